"""One line on standard error while work takes longer than two seconds; in a pipe, nothing."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mlstrat.errors import harmless

if TYPE_CHECKING:
    from mlstrat.data.progress import Meter

AFTER, EVERY = 2.0, 0.2
"""Seconds until the line appears, and between two of its states."""

CLEAR = "\r\x1b[K"

_STOP: list[Callable[[], None]] = []


def start() -> None:
    """Show how far the work has come, from two seconds on, if a person watches."""
    stop()
    if not sys.stderr.isatty():
        return
    import threading

    from mlstrat.data.progress import unwatch, watch

    ended, meter, stream = threading.Event(), watch(), _own(sys.stderr)

    def show() -> None:
        begun = since = time.monotonic()
        if ended.wait(AFTER):
            return
        passes = meter.passes
        while True:
            now = time.monotonic()
            if meter.passes != passes:
                passes, since = meter.passes, now
            stream.write(CLEAR + line(meter, now - begun, now - since)[:79])
            stream.flush()
            if ended.wait(EVERY):
                stream.write(CLEAR)
                stream.flush()
                return

    shower = threading.Thread(target=show, daemon=True)
    shower.start()

    def end() -> None:
        ended.set()
        shower.join()
        unwatch()

    _STOP.append(end)


def _own(stream: Any) -> Any:
    """Return a stream to the same terminal: the descriptor itself is held while files are read."""
    try:
        return os.fdopen(os.dup(stream.fileno()), "w", encoding="utf-8")
    except (OSError, ValueError):
        return stream


def stop() -> None:
    """Take the line away, before anything else is written."""
    while _STOP:
        _STOP.pop()()


def tell(step: str) -> None:
    """Say one step of a training on standard error; nothing is lost where nobody can hear it."""
    stop()
    with suppress(OSError):
        print(harmless(step), file=sys.stderr, flush=True)


def line(meter: Meter, elapsed: float, of_pass: float) -> str:
    """Return the state of the work: done, of how much, how fast, how long yet."""
    if not meter.done or meter.done >= meter.total > 0 or of_pass <= 0:
        return f"working, {elapsed:.0f} s"
    rate = meter.done / of_pass
    if not meter.total:
        return f"{_amount(meter.done, meter.unit)}, {_amount(rate, meter.unit)}/s"
    left = (meter.total - meter.done) / rate
    return (
        f"{_amount(meter.done, meter.unit)} of {_amount(meter.total, meter.unit)}, "
        f"{_amount(rate, meter.unit)}/s, about {left:.0f} s left of this pass"
    )


def _amount(number: float, unit: str) -> str:
    for size, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.1f} {name}{'B' if unit == 'bytes' else ' rows'}"
    return f"{number:.0f} {unit}"
