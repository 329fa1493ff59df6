"""What the bytes of delimited text tell before they are parsed: separators and blank lines."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.record import Record
from mlstrat.data.formats.contents import DAMAGED
from mlstrat.data.formats.delimited_text import SAMPLE, damaged, header_of
from mlstrat.data.formats.first_lines import Header
from mlstrat.data.parts import Part
from mlstrat.data.progress import passed
from mlstrat.errors import InputError

STRETCH = 32 * SAMPLE
"""Bytes that a thread looks through at once."""

LONGEST_LINE = 256 * SAMPLE
"""Bytes of one line: more is a quote left open or no text, and would be held whole (ours)."""

TAIL = 2**16
"""Bytes at the end in which blank lines are looked for."""


class Survey(Record):
    """What the bytes of delimited text tell before any of them is parsed.

    ``first_line`` is the first that is not blank, as it stands there; ``whole`` a small file.
    """

    header: Header
    first_line: bytes
    separators: int
    blank_lines: bool
    whole: bytes | None = None

    def plain_names(self, separator: str) -> tuple[str, ...]:
        """Return the names as they stand there; none where only the engine knows what it reads."""
        text = self.first_line.decode("utf-8-sig", "replace").rstrip("\r\n")
        names = tuple(text.split(separator))
        plain = '"' not in text and all(names)
        return names if plain and tuple(x.strip() for x in names) == self.header else ()


def survey(part: Part, separator: str) -> Survey:
    """Read a file once: its header, its separators, and whether lines hold nothing."""
    try:
        with part.open() as stream:
            beginning = stream.read(SAMPLE)
        header = header_of(part, beginning, separator)
        first_line = next((x for x in io.BytesIO(beginning) if x.strip()), b"")
        whole = beginning if len(beginning) < SAMPLE else None
        look = partial(_look, part if whole is None else replace(part, instead=whole), separator)
        separators, blank, line, tail = 0, False, 0, b""  # `line` is where the last line begins
        with closing(_each_stretch(part, look)) as stretches:
            for seen in stretches:
                if (seen.end if seen.first is None else seen.first) - line > LONGEST_LINE:
                    raise _too_long(part, line)
                line = line if seen.first is None else seen.last
                if seen.end - line > LONGEST_LINE:
                    raise _too_long(part, line)
                separators, tail = separators + seen.separators, seen.tail
                blank = blank or seen.blank
    except DAMAGED as error:
        raise damaged(part, error) from None
    kept = tail.rstrip(b" \r\n")
    _, _, rest = tail[len(kept) :].replace(b"\r\n", b"\n").partition(b"\n")
    return Survey(header, first_line, separators, blank or bool(rest), whole)


class _Stretch(Record):
    """What some of the bytes tell: where the first line and the last begin in them, if any does."""

    separators: int
    blank: bool
    first: int | None
    last: int
    end: int
    tail: bytes


def _each_stretch(part: Part, look: Callable[[int, float], _Stretch]) -> Generator[_Stretch]:
    """Look at a file from place to place: at a large one with the threads that the engine has."""
    stretches = part.size // STRETCH
    if stretches < 2 or part.zipped or part.path is None or part.instead is not None:
        yield look(0, math.inf)
        return
    from concurrent.futures import ThreadPoolExecutor

    import polars as pl

    starts = range(0, stretches * STRETCH, STRETCH)
    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        yield from pool.map(look, starts, [*starts[1:], math.inf])


def _look(part: Part, separator: str, start: int, stop: float) -> _Stretch:
    """Look at the bytes of a file from a place to another."""
    count, blank, tail, first, line, read = 0, False, b"", None, start, start
    buffer = bytearray(SAMPLE if part.instead is None else min(SAMPLE, len(part.instead)))
    block = np.frombuffer(buffer, dtype=np.uint8)
    with cast(io.BufferedIOBase, part.open()) as stream:  # each of its kinds is one
        if start:
            stream.seek(start - 2)
            tail = stream.read(2)
        while read - line <= LONGEST_LINE and (
            size := stream.readinto(block.data[: int(min(len(buffer), stop - read))])
        ):
            passed(size)
            count += int(np.count_nonzero(block[:size] == ord(separator)))
            blank = blank or _blank_lines(block[:size], tail[-2:])
            end = block[max(0, size - TAIL) : size].tobytes()
            tail = end if size >= TAIL else (tail + end)[-TAIL:]
            if (last := buffer.rfind(b"\n", 0, size)) >= 0:
                first = read + buffer.find(b"\n", 0, size) + 1 if first is None else first
                line = read + last + 1
            read += size
    return _Stretch(count, blank, first, line, read, tail)


def _blank_lines(block: NDArray[np.uint8], before: bytes) -> bool:
    """Whether a line of a block holds nothing; two bytes stand `before` it."""
    edge = before + block[:2].tobytes()
    if b"\n\n" in edge or b"\n\r\n" in edge:
        return True
    ends = block <= ord("\r")
    if not (ends[:-1] & ends[1:]).any():
        return False  # as nearly always: no line begins with the end of one
    if not ((block[:-1] == ord("\n")) & ends[1:]).any():
        return False
    text = block.tobytes()
    return b"\n\n" in text or b"\n\r\n" in text


def _too_long(part: Part, start: int) -> InputError:
    row = 1
    with part.open() as stream:
        while start > 0 and (block := stream.read(min(SAMPLE, start))):
            row, start = row + block.count(b"\n"), start - len(block)
    return InputError(
        f"a line of more than {LONGEST_LINE // 2**20:,} MiB",
        file=part.name,
        row=row,
        accepted="one example a line",
        hint="is a line end missing, or is this no text?",
    )
