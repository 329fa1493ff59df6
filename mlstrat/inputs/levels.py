"""Tables of levels: a CSV with ``level`` and ``error``, optional ``n`` and ``distribution``."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, replace
from pathlib import Path

from mlstrat.errors import InputError
from mlstrat.inputs.rates import Rate, parse_rate

LEVEL_NAMES = {
    "human": "human",
    "train": "train", "training": "train", "trained_on": "train",
    "train_dev": "train-dev", "traindev": "train-dev", "train/dev": "train-dev",
    "dev": "dev", "val": "dev", "valid": "dev", "validation": "dev", "eval": "dev",
    "held_out": "held out", "heldout": "held out", "not_trained_on": "held out",
    "test": "test", "holdout": "test",
}  # fmt: skip


@dataclass(frozen=True)
class TypedLevel:
    """One row of a table of levels; ``distribution`` is None in a table without that column."""

    level: str
    rate: Rate
    distribution: str | None


def read_levels(path: str | Path, n: int | None = None) -> tuple[TypedLevel, ...]:
    """Return the levels of a CSV table.

    Parameters
    ----------
    path
        A CSV file with the columns ``level``, ``error``, and optionally ``n``, ``distribution``.
    n
        Number of rows behind every level whose ``n`` is not given.

    Raises
    ------
    InputError
        Naming file, row and column.
    """
    shown = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=shown) from None
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", file=shown) from None
    reader = csv.reader(text.splitlines())
    rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    if not rows:
        raise InputError("the file is empty", file=shown, accepted="columns level, error")
    header = [name.strip().lower() for name in rows[0][1]]
    for needed in ("level", "error"):
        if header.count(needed) != 1:
            raise InputError(
                f"{'no' if needed not in header else 'more than one'} column {needed!r}",
                file=shown,
                row=rows[0][0],
                accepted="columns level, error, and optionally n, distribution",
            )
    out = [_read_level(shown, line, header, row, n) for line, row in rows[1:]]
    if not out:
        raise InputError("a header and no rows", file=shown)
    seen: set[tuple[str | None, str]] = set()
    for (line, _), level in zip(rows[1:], out, strict=True):
        key = (level.distribution, level.level)
        if key in seen:
            raise InputError(f"level {level.level!r} occurs twice", file=shown, row=line)
        seen.add(key)
    return tuple(out)


def _read_level(
    file: str, line: int, header: list[str], row: list[str], n: int | None
) -> TypedLevel:
    if len(row) != len(header):
        raise InputError(
            f"{len(row)} cells where the header has {len(header)}", file=file, row=line
        )
    cells = dict(zip(header, (cell.strip() for cell in row), strict=True))
    name = LEVEL_NAMES.get(cells["level"].lower().replace("-", "_").replace(" ", "_"))
    if name is None:
        raise InputError(
            f"{cells['level']!r} is no level",
            file=file,
            row=line,
            column="level",
            accepted="human, train (trained on), train-dev (held out), dev, test",
        )
    try:
        rate = parse_rate(cells["error"], name)
    except InputError as error:
        raise InputError(
            error.message, file=file, row=line, column="error",
            accepted=error.accepted, hint=error.hint,
        ) from None  # fmt: skip
    count = cells.get("n", "") or ("" if n is None or name == "human" else str(n))
    if count and rate.n is None:
        if not count.isdecimal() or int(count) == 0:
            raise InputError(
                f"{count!r} is no number of rows", file=file, row=line, column="n",
                accepted="a whole number above 0",
            )  # fmt: skip
        rate = replace(rate, errors=round(rate.value * int(count)), n=int(count))
    distribution = cells.get("distribution")
    if "distribution" in header and not distribution:
        raise InputError("a blank distribution", file=file, row=line, column="distribution")
    return TypedLevel(name, rate, distribution)


def read_human_document(path: str | Path) -> Rate:
    """Return the proxy for Bayes error from the JSON that ``mlstrat human`` printed.

    Raises
    ------
    InputError
        Where the file is not such a document.
    """
    shown = str(path)
    accepted = 'what `mlstrat human -f json` printed: {"bayes_proxy": {"name", "error"}}'
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        error = document["bayes_proxy"]["error"]
        value, n = error["value"], error.get("n")
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", file=shown) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError("holds no proxy for Bayes error", file=shown, accepted=accepted) from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"its proxy for Bayes error is {value!r}", file=shown, accepted=accepted)
    rate = parse_rate(value, "the proxy for Bayes error")
    if isinstance(n, int) and n > 0:
        return Rate(rate.value, round(rate.value * n), n)
    return rate
