"""The process and its surroundings: standard streams that are closed, and too little memory.

Exit code 1 means that a gate failed, and nothing else may end with it: not Python, which gives it
to whatever nobody caught, and not a library in C, which exits with it where it gets no memory.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any, TextIO

from mlstrat.errors import for_want_of_memory, harmless

LEAST = 2**30
"""Bytes of address space below which no library of numbers is begun with: it may come up by half,
and then abort, exit or wait for ever, each time otherwise."""

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
        sys.stderr.write(f"mlstrat: {harmless(message)}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        silence(sys.stderr)


def say_fault(error: BaseException) -> int:
    """Say what nobody foresaw, and return the exit code."""
    limit = memory_limit()
    if for_want_of_memory(error) or (limit is not None and limit < LEAST):
        return say_little_memory()
    if os.environ.get("MLSTRAT_DEBUG"):
        import traceback

        with suppress(OSError, ValueError):
            traceback.print_exception(error)
    else:
        say(
            f"internal error: a bug in mlstrat, not in your data: {type(error).__name__}: {error}\n"
            "  hint: run again with MLSTRAT_DEBUG=1 and report what it shows"
        )
    return 2


def say_little_memory() -> int:
    """Say that memory does not suffice, and return the exit code."""
    _SAID_LITTLE[:] = [True]
    limit = memory_limit()
    there = "" if limit is None else f"ulimit allows {limit / 2**20:,.0f} MiB, and "
    say(f"too little memory: {there}a small file takes about 1.5 GiB, a large one more")
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
        _end_with_the_watcher()
        _refuse_what_needs_more()
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
    _wait(told, child)
    answer = os.read(told, 2)
    _, status = os.waitpid(child, 0)
    if not answer or (answer[0] == 130 and not interrupted):  # OpenBLAS interrupts where it fails
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGTERM, signal.SIGHUP):
            return 128 + os.WTERMSIG(status)
        return 130 if interrupted else say_little_memory()
    if not answer[1]:
        _release(held)
    return answer[0]


class _Refused:
    """Finds no module, and refuses the libraries of numbers."""

    @staticmethod
    def find_spec(name: str, *_: Any) -> None:
        """Raise MemoryError for a library that needs more memory than there is."""
        if name in ("numpy", "polars"):
            raise MemoryError


def _refuse_what_needs_more() -> None:
    """Stop, below the least, before a library is loaded; help and the like do without any."""
    limit = memory_limit()
    if limit is not None and limit < LEAST:
        sys.meta_path.insert(0, _Refused())


def _wait(told: int, child: int) -> None:
    """Wait until a process has told its code or ended; end it where its engine came to a halt."""
    import select

    in_a_store = any("://" in argument for argument in sys.argv)  # whose answers take their time
    idle, before = 0, -1
    while not select.select([told], [], [], EVERY)[0]:
        waits, used = _activity(child)
        idle = idle + 1 if waits and used == before and not in_a_store else 0
        before = used
        if idle == IDLE:
            os.kill(child, signal.SIGKILL)
            return


def _activity(child: int) -> tuple[bool, int]:
    """Return whether the main thread of a process waits for another, and the time all have used."""
    try:
        with open(f"/proc/{child}/wchan") as file:  # noqa: PTH123
            waits = file.read().startswith("futex")
        with open(f"/proc/{child}/stat") as file:  # noqa: PTH123
            fields = file.read().rpartition(")")[2].split()
    except OSError:  # not Linux
        return False, 0
    return waits, int(fields[11]) + int(fields[12])


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


def _end_with_the_watcher() -> None:
    """Ask the system to end this process where the one that watches it is killed."""
    with suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(1, int(signal.SIGTERM))  # PR_SET_PDEATHSIG, on Linux


def _own_stream_for_messages(held: IO[bytes]) -> None:
    """Let our messages go where they go, and what libraries write to the descriptor be held."""
    import warnings

    warnings.simplefilter("ignore")  # of a library that is imported by half
    sys.stderr = _stream(os.dup(2), "w")
    os.dup2(held.fileno(), 2)
