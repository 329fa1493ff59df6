"""The process and its surroundings: standard streams that are closed, and too little memory.

Exit code 1 means that a gate failed, and nothing else may end with it: not Python, which gives it
to whatever nobody caught, and not a library in C, which exits with it where it gets no memory.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any, TextIO

ENOUGH = 2**30
"""Bytes of address space up to which whatever a library cannot do is for want of memory."""

IDLE, EVERY = 10, 0.5
"""Looks without any work done after which an engine has come to a halt, and seconds between two."""

_SAID_LITTLE: list[bool] = []


def occupy_streams() -> None:
    """Put what can be neither read nor written in the place of each closed standard stream.

    Else the next file that is opened takes the descriptor, and messages are written into it; and
    Python, whose stream is None then, prints on standard output what is meant for the other.
    """
    for number, way in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_RDONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, way)  # the lowest number that is free: this one
            os.set_inheritable(number, True)
    streams: list[tuple[str, int, str]] = [
        ("stdin", 0, "r"),
        ("stdout", 1, "w"),
        ("stderr", 2, "w"),
    ]
    for name, number, mode in streams:
        if getattr(sys, name) is None:
            setattr(sys, name, _stream(number, mode))


def _stream(number: int, mode: str) -> Any:
    """Return a text stream on a descriptor; what is written comes to light with its line."""
    return open(number, mode, 1, encoding="utf-8", errors="backslashreplace", closefd=False)


def silence(stream: TextIO) -> None:
    """Send what is left in the buffer of a stream nowhere."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def say(message: str) -> None:
    """Say something on standard error; where nobody can hear, the exit code says it alone."""
    try:
        print(f"mlstrat: {message}", file=sys.stderr, flush=True)  # noqa: T201
    except (OSError, ValueError):
        silence(sys.stderr)


def say_fault(error: BaseException) -> int:
    """Say what nobody foresaw, and return the exit code."""
    limit = memory_limit()
    if isinstance(error, MemoryError) or (limit is not None and limit < ENOUGH):
        return say_little_memory()
    if os.environ.get("MLSTRAT_DEBUG"):
        import traceback

        with suppress(OSError, ValueError):
            traceback.print_exception(error)
    else:
        say(
            f"a fault of mlstrat, not of yours: {type(error).__name__}: {error}\n"
            "  hint: run again with MLSTRAT_DEBUG=1 and report what it shows"
        )
    return 2


def say_little_memory() -> int:
    """Say that memory does not suffice, and return the exit code."""
    _SAID_LITTLE[:] = [True]
    limit = memory_limit()
    of = "" if limit is None else f" (ulimit allows {limit / 2**20:,.0f} MiB)"
    say(f"too little memory{of}: mlstrat needs about 1 GiB, and more for large files")
    return 2


def memory_limit() -> int | None:
    """Return the bytes that this process may have; None where nothing limits them."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    kinds = (resource.RLIMIT_AS, resource.RLIMIT_DATA)
    limits = [resource.getrlimit(kind)[0] for kind in kinds]
    return min((x for x in limits if x != resource.RLIM_INFINITY), default=None)


def end(code: int) -> None:
    """End the process with this code, whatever its streams do."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            silence(stream)
    if "sklearn" in sys.modules:  # training may have workers and files that want an orderly end
        sys.exit(code)
    # Taking thousands of imported objects apart would take as long as reading the run did.
    os._exit(code)


def watched(work: Callable[[], int]) -> int:
    """Return the exit code of work that is done in a process of its own, watched from this one.

    With little memory, libraries abort, exit with a code of theirs, or wait for ever for a thread
    that could not be started. None of this can be caught within; so only a code that the work
    itself has told counts, and any other end is said to be for want of memory. What they write to
    the descriptor of standard error is held back.
    """
    told, telling = os.pipe()
    held = _held()
    child = os.fork()
    if child == 0:
        os.close(told)
        _own_stream_for_messages(held)
        _watch_for_a_halt()
        code = work()
        os.write(telling, bytes([code, bool(_SAID_LITTLE)]))
        end(code)
    os.close(telling)

    def pass_on(number: int, _frame: Any) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, number)

    interrupted: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: interrupted.append(number))  # both have it
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, pass_on)
    _, status = os.waitpid(child, 0)
    answer = os.read(told, 2)
    if not answer or (answer[0] == 130 and not interrupted):  # OpenBLAS interrupts where it fails
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGTERM, signal.SIGHUP):
            return 128 + os.WTERMSIG(status)
        return 130 if interrupted else say_little_memory()
    if not answer[1]:
        _release(held)
    return answer[0]


def _held() -> IO[bytes]:
    """Return a file that holds what libraries say."""
    import tempfile

    try:
        return tempfile.TemporaryFile()
    except OSError:
        return open(os.devnull, "r+b")  # noqa: PTH123


def _release(held: IO[bytes]) -> None:
    """Write what libraries said, but for what is of memory."""
    held.seek(0)
    lines = [x for x in held if not x.startswith((b"<jemalloc>", b"OpenBLAS"))]
    with suppress(OSError):
        os.write(2, b"".join(lines))


def _own_stream_for_messages(held: IO[bytes]) -> None:
    """Let our messages go where they go, and what libraries write to the descriptor be held."""
    import warnings

    warnings.simplefilter("ignore")  # of a library that is imported by half
    sys.stderr = _stream(os.dup(2), "w")
    os.dup2(held.fileno(), 2)


def _watch_for_a_halt() -> None:
    """End the process where its engine waits for what never comes, or nobody for this process."""
    parent, main = os.getppid(), threading.get_ident()
    in_a_store = any("://" in argument for argument in sys.argv)  # whose answers take their time

    def watch() -> None:
        idle, before = 0, 0.0
        while idle < IDLE and os.getppid() == parent:
            time.sleep(EVERY)
            used, frame = time.process_time(), sys._current_frames().get(main)
            waits = frame is not None and f"{os.sep}polars{os.sep}" in frame.f_code.co_filename
            idle = idle + 1 if waits and not in_a_store and used - before < EVERY / 50 else 0
            before = used
        os._exit(2)

    with suppress(RuntimeError):  # no memory for a thread: the engine will not have any either
        threading.Thread(target=watch, daemon=True).start()
