"""Why a Parquet file stopped the engine: it is damaged, or sound and of a kind that is not read.

The two are told apart, since a damaged shard may be left out and asked for again, and a sound one
must be written another way.
"""

from __future__ import annotations

import re
from typing import Any

from mlstrat.data.formats.delimited_text import refuse_repeated
from mlstrat.data.formats.parquet import FooterColumn, encrypted_footer, footer_columns
from mlstrat.data.parts import Part
from mlstrat.data.shards import BrokenShardError
from mlstrat.errors import InputError, first_line

MOST_DIGITS = 38
"""Of a decimal: the engine reads it into 128 bits."""

DAMAGED = "is not a readable Parquet file: truncated or corrupt"
DECRYPT = "read it with its keys, and write it again without encryption"

_NOT_TEXT = re.compile("utf-?8", re.IGNORECASE)
_TIME_ZONE = re.compile(r"time zone: '([^']*)'")


def check_undamaged(part: Part, frame: Any, reason: str) -> None:
    """Refuse a file that is truncated or corrupt; `reason` is what stopped the reading."""
    refused = _refused(frame, reason)
    if not refused:
        return
    told = footer_columns(part)
    if told is None and part.address is None:
        if encrypted_footer(part):
            return
    elif not any(_is_damage(text) for name, text in refused.items() if not _known(name, told)):
        return
    raise BrokenShardError(DAMAGED, file=part.name, rows=_rows_told(frame)) from None


def check_usable(part: Part, frame: Any, reason: str) -> None:
    """Refuse a sound file that the engine does not read, and say why; the rest as above."""
    refused = _refused(frame, reason)
    if not refused:
        return
    told = footer_columns(part) or []
    hidden = [x.name for x in told if x.encrypted and refused.keys() & {x.name, None}]
    locked = part.address is None and encrypted_footer(part)
    if hidden or locked or any("encrypt" in text.lower() for text in refused.values()):
        whole = len(hidden) in (0, len(told))
        raise InputError(
            "the Parquet file is encrypted" if whole
            else f"encrypted columns of a Parquet file: {', '.join(map(repr, hidden))}",
            file=part.name,
            accepted="Parquet that is not encrypted",
            hint=DECRYPT,
        )  # fmt: skip
    refuse_repeated((x.name for x in told), part.name)
    for name, text in refused.items():
        raise _refusal(part.name, name, text, told)


def _refusal(file: str, name: str | None, text: str, told: list[FooterColumn]) -> InputError:
    wide = [x for x in told if x.precision > MOST_DIGITS and name in (x.name, None)]
    if wide:
        return InputError(
            f"decimals of {wide[0].precision} digits", file=file, column=wide[0].name,
            accepted=f"decimals of at most {MOST_DIGITS} digits, or floats",
            hint="cast the column to decimal128 or to floats, and write the file again",
        )  # fmt: skip
    if zone := _TIME_ZONE.search(text):
        return InputError(
            f"times in an unknown time zone, {zone[1]!r}", file=file, column=name,
            accepted="a zone of the IANA database, such as UTC or Europe/Berlin",
            hint="convert the column to UTC, and write the file again",
        )  # fmt: skip
    if _NOT_TEXT.search(text):
        return InputError(
            "text that is not UTF-8", file=file, column=name, accepted="UTF-8",
            hint="encode the column as UTF-8, and write the file again",
        )  # fmt: skip
    return InputError(
        f"cannot be read by the engine: {text}", file=file, column=name,
        hint="write it again with another writer or simpler types",
    )  # fmt: skip


def _known(name: str | None, told: list[FooterColumn] | None) -> bool:
    """Whether the footer says why a column is refused."""
    return any(
        (x.encrypted or x.precision > MOST_DIGITS) and name in (x.name, None) for x in told or ()
    )


def _is_damage(text: str) -> bool:
    """Whether the engine says that bytes are not as the format demands.

    Text that is not UTF-8 is not so: many writers do not look.
    """
    return "out of specification" in text.lower() and not _NOT_TEXT.search(text)


def _refused(frame: Any, reason: str) -> dict[str | None, str]:
    """Return the first line of what the engine says of each column, None being the file.

    A frame whose schema made the engine panic says that it is poisoned from then on; what was said
    at first is the reason.
    """
    import polars as pl

    if _said(frame.select(pl.all().null_count())) is None:
        return {}
    try:
        names = frame.collect_schema().names()
    except BaseException as error:
        text = _first_line(error)
        return {None: reason if "PoisonError" in text else text}
    said = {name: _said(frame.select(pl.nth(i).null_count())) for i, name in enumerate(names)}
    return {name: text for name, text in said.items() if text is not None}


def _said(query: Any) -> str | None:
    try:
        query.collect(engine="streaming")
    except BaseException as error:  # a panic in Rust is no Exception
        return _first_line(error)
    return None


def _first_line(error: BaseException) -> str:
    import polars as pl

    if not isinstance(error, pl.exceptions.PolarsError | pl.exceptions.PanicException | OSError):
        raise error
    return first_line(error)


def _rows_told(frame: Any) -> int | None:
    """Return the rows that the footer of a damaged file tells, if it can be read."""
    import polars as pl

    try:
        return int(frame.select(pl.len()).collect(engine="streaming").item())
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        return None
