"""Levels that no run tells: of people, and of a CSV with ``level``, ``error``, and perhaps more."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.figures import Estimate, Sampling, from_rate
from mlstrat.core.record import Record
from mlstrat.data.config import Config, read_document
from mlstrat.data.formats.contents import read_text_file
from mlstrat.data.formats.first_lines import HINT
from mlstrat.data.rates import COUNT_DIGITS, Rate, parse_count, parse_rate, typed_estimate
from mlstrat.errors import InputError, UsageError
from mlstrat.show.document import Document
from mlstrat.workflow.diagnose.ladder import LADDER, Level

if TYPE_CHECKING:
    from mlstrat.workflow.diagnose.ladder import TwoWayTable

LEVEL_NAMES = {
    "human": "human",
    "train": "train", "training": "train", "trained_on": "train",
    "train_dev": "train-dev", "traindev": "train-dev", "train/dev": "train-dev",
    "dev": "dev", "val": "dev", "valid": "dev", "validation": "dev", "eval": "dev",
    "held_out": "held out", "heldout": "held out", "not_trained_on": "held out",
    "test": "test", "holdout": "test",
}  # fmt: skip


class TypedLevel(Record):
    """One row of a table of levels; ``distribution`` is None in a table without that column."""

    level: str
    rate: Rate
    distribution: str | None


def read_levels(path: str | Path, n: int | None = None) -> tuple[TypedLevel, ...]:
    """Return the levels of a CSV table."""
    shown = str(path)
    text = read_text_file(path, "CSV")
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise InputError(f"is not CSV: {error}", file=shown, row=reader.line_num) from None
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
                hint=HINT if header[0].replace("-", "_") in LEVEL_NAMES else None,
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
            f"{cells['level']!r} is not a level",
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
    count = cells.get("n", "")
    if count and rate.n is None:
        rows = parse_count(count)
        if rows is None:
            raise InputError(
                f"{count!r} is not a number of rows", file=file, row=line, column="n",
                accepted="a whole number above 0",
            )  # fmt: skip
        rate = Rate(rate.value, round(rate.value * rows), rows)
    rate = with_n(rate, name, n)
    distribution = cells.get("distribution")
    if "distribution" in header and not distribution:
        raise InputError("a blank distribution", file=file, row=line, column="distribution")
    return TypedLevel(name, rate, distribution)


def bayes_proxy(
    document: Mapping[str, Any], shown: str, sampling: Sampling | None = None
) -> Estimate:
    """Return the proxy for Bayes error of the document that ``mlstrat human`` makes.

    Its interval is the document's own where that corrects for the picking, at this confidence.
    """
    accepted = 'what `mlstrat human -f json` printed: {"bayes_proxy": {"name", "error"}}'
    try:
        error = document["bayes_proxy"]["error"]
        figure = error if isinstance(error, dict) else {"value": error}
        value, n = figure["value"], figure.get("n")
    except (KeyError, TypeError):
        raise InputError("holds no proxy for Bayes error", file=shown, accepted=accepted) from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"its proxy for Bayes error is {value!r}", file=shown, accepted=accepted)
    rate, sampling = parse_rate(value, "the proxy for Bayes error"), sampling or Sampling()
    if not (isinstance(n, int) and 0 < n < 10**COUNT_DIGITS):
        return Estimate(rate.value)
    found = from_rate(rate.value, n, round(rate.value * n), sampling, len(LADDER))
    try:
        low, high = figure["ci"]
        own = document["bayes_proxy"]["method"] not in ("person", "lowest")
        own &= document["signature"]["confidence"] == sampling.confidence
        own &= 0 <= low <= rate.value <= high <= 1
    except (KeyError, TypeError, ValueError):
        own = False
    return replace(found, ci=(low, high), errors=None, trials=None) if own else found


def with_n(rate: Rate, name: str, n: int | None) -> Rate:
    """Return the rate with the counts that n rows make of it, unless it has its own."""
    if n is None or rate.n is not None or name == "human":
        return rate
    return Rate(rate.value, round(rate.value * n), n)


def typed_level(name: str, rate: Rate, sampling: Sampling) -> Level:
    """Return a level as it was typed; a human level without counts is taken as exact."""
    return Level(
        name, typed_estimate(rate, sampling, LADDER.index(name)), name == "human" and not rate.n
    )


def ladder_of_table(
    rows: tuple[TypedLevel, ...], sampling: Sampling
) -> tuple[list[Level], TwoWayTable | None]:
    """Return the ladder of a table, and the two-way table where it names distributions.

    Of several distributions the first is that of training; dev is the held-out level of the
    second, or of whichever has a row ``dev``.
    """
    names = tuple(dict.fromkeys(row.distribution for row in rows if row.distribution))
    if not names:
        ladder = [
            typed_level("train-dev" if r.level == "held out" else r.level, r.rate, sampling)
            for r in rows
        ]
        return ladder, None
    cells: dict[tuple[str, str], Estimate] = {}
    levels: dict[str, Level] = {}
    places = {"human": "human", "train": "trained on", "test": "test"}
    rates = {(r.distribution, r.level): r.rate for r in rows}
    for i, row in enumerate(rows):
        if row.distribution is None:
            continue
        place = places.get(row.level, "held out")
        if place != "test":
            cells.setdefault((place, row.distribution), typed_estimate(row.rate, sampling, 10 + i))
    training = next((d for d in names if (d, "train") in rates), names[0])
    others = [d for d in names if d != training]
    target = next((d for d in others if (d, "dev") in rates), others[0] if others else None)
    wanted = [("human", training, ("human",)), ("train", training, ("train",)),
              ("train-dev", training, ("train-dev", "held out"))]  # fmt: skip
    if target is None:
        wanted += [("dev", training, ("dev",)), ("test", training, ("test",))]
    else:
        wanted += [("dev", target, ("dev", "held out", "train-dev")), ("test", target, ("test",))]
    for name, distribution, sources in wanted:
        found = next((rates[distribution, s] for s in sources if (distribution, s) in rates), None)
        if found is not None:
            levels[name] = typed_level(name, found, sampling)
    from mlstrat.workflow.diagnose.ladder import TwoWayTable

    return list(levels.values()), TwoWayTable(names, cells)


def outside_human(
    typed: str | float | None,
    document: str | Path | Document | None,
    settings: Config,
    sampling: Sampling,
    *,
    bounded: bool,
) -> Level | None:
    """Return the human level that an option or the config tells; None without one."""
    if typed is not None and document is not None:
        raise UsageError("the human level is given twice, by --human-error and by --human")
    bayes = False
    if document is not None:
        if isinstance(document, Document):
            found = bayes_proxy(document.to_dict(), "human", sampling)
        else:
            found = bayes_proxy(read_document(document), str(document), sampling)
        return Level("human", found, found.n is None)
    if typed is not None:
        rate = parse_rate(typed, "the human error", bounded=bounded)
    elif "error" in settings.human:
        rate = parse_rate(settings.human["error"], "the human error", bounded=bounded)
        bayes = bool(settings.human.get("known"))
    else:
        return None
    if not math.isfinite(rate.value):
        return None
    return Level("human", typed_estimate(rate, sampling, len(LADDER)), rate.n is None, bayes)
