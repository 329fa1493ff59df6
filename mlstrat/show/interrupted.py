"""Temporary files go with the process that made them, also where a signal ends it.

An interrupt from the keyboard is an exception, and files are removed as it passes. A request to
end kills at once: so while there are such files, it is waited for, by a thread of its own, since
the main one may be deep in an engine for minutes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextlib.contextmanager
def removed_at_the_end(files: Sequence[Path]) -> Iterator[None]:
    """Remove these files and folders, whether work ends, fails, or the process is told to end."""
    with contextlib.ExitStack() as stack:
        stack.callback(_remove, files)
        # Whoever handles these signals keeps them: a library does not take what is another's.
        free = [x for x in ENDING if signal.getsignal(x) == signal.SIG_DFL]
        if free and threading.current_thread() is threading.main_thread():
            stack.enter_context(_watched(files, free))
        yield


def _remove(files: Sequence[Path]) -> None:
    for file in files:
        if file.is_dir() and not file.is_symlink():
            shutil.rmtree(file, ignore_errors=True)
            continue
        with contextlib.suppress(OSError):
            file.unlink()


@contextlib.contextmanager
def _watched(files: Sequence[Path], signals: Sequence[signal.Signals]) -> Iterator[None]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)

    def wait() -> None:
        while came := ours.recv(1):
            if came[0] in signals:
                _remove(files)
                os._exit(128 + came[0])

    watcher = threading.Thread(target=wait, daemon=True)
    watcher.start()
    before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    for each in signals:
        signal.signal(each, lambda *_: None)
    try:
        yield
    finally:
        for each in signals:
            signal.signal(each, signal.SIG_DFL)
        signal.set_wakeup_fd(before)
        theirs.close()  # which ends the thread
        watcher.join()
        ours.close()
