"""What the tags of a sheet are worth so far, whether reading on can change it, and two readers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mlstrat.core.counts import Cells
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.metrics import choose_metric
from mlstrat.core.record import Record
from mlstrat.core.sample_size import stopping
from mlstrat.core.sample_size.planned import fewest_fixed
from mlstrat.core.wording import Scale, count
from mlstrat.data.sheet.layout import SheetRow
from mlstrat.data.sheet.read import Sheet, variants
from mlstrat.workflow.error_table.findings import named, some
from mlstrat.workflow.error_table.table import (
    Category,
    DrawnError,
    ErrorTable,
    SplitError,
    TooManyReadError,
    TwoReadings,
    Worth,
)
from mlstrat.workflow.error_table.tally import SheetErrors, errors_of_sheet

WORDS = {
    "worth": "worth it", "not worth": "cannot become worth it", "open": "open",
    "unlikely": "open; this sheet is unlikely to settle it",
}  # fmt: skip


class Known(Record):
    """What is known of the split of a sheet, once: its run is counted when the review starts.

    ``worth`` is the smallest gain worth the work, None for what dev can show; ``of_run`` label,
    prediction and split of each id, as the run has them.
    """

    split: SplitError
    split_name: str | None
    positive: str | None
    sampling: Sampling
    worth: float | None = None
    of_run: Mapping[str, tuple[str | None, str | None, str | None]] | None = None


def with_run(row: SheetRow, known: Known) -> SheetRow:
    """Return a row with what the run says of it."""
    found = (known.of_run or {}).get(row.id or "")
    if found is None:
        return row
    return replace(row, label=found[0], prediction=found[1], split=found[2])


def tally(sheet: Sheet, tags: Sequence[str], since: Mapping[str, int], known: Known) -> Any:
    """Return what the page shows of the tags: counts, ceilings, states, and what is still open.

    `since` counts, for tags that came up while reading, the rows that were read before.
    """
    errors = errors_of_sheet(
        replace(sheet, tags=tuple(tags)), split=known.split_name, positive=known.positive,
        unread=True,
    )  # fmt: skip
    try:
        table = errors.tally(known.split, known.sampling.confidence)
    except TooManyReadError as error:
        said = f"{error}: is this the sheet of this run?"
        return {"tags": [], "said": said, "why_not": "", "ceilings": "", "variants": []}
    by_tag = {c.tag: c for c in table.categories}
    states, said, why_not = _stop(errors, table, known)
    return {
        "tags": [_line(by_tag.get(tag), tag, states, since) for tag in errors.tags],
        "said": said, "why_not": why_not, "ceilings": _no_ceilings(table, errors),
        "variants": [list(group) for group in variants(
            {c.tag: c.count for c in table.categories if c.count})],
    }  # fmt: skip


def _line(
    c: Category | None, tag: str, states: Mapping[str, str], since: Mapping[str, int]
) -> dict[str, Any]:
    out: dict[str, Any] = {"tag": tag, "count": 0 if c is None else c.count}
    if c is not None and c.gain.value is not None:
        out["ceiling"] = Scale().points(c.gain.value)
    if tag in states:
        out["state"], out["words"] = states[tag], WORDS[states[tag]]
    if since.get(tag):
        out["since"] = since[tag] + 1
    return out


def _no_ceilings(table: ErrorTable, errors: SheetErrors) -> str:
    if not errors.drawn:
        return "Nothing on this sheet is an error: there is nothing to count."
    if not errors.random:
        return "No ceilings: a ranking picked these rows, so that they stand for no others."
    if table.split.error.value is None:
        return "No ceilings: the error is unknown. Start with --run RUN or --error RATE."
    return ""


def _stop(errors: SheetErrors, table: ErrorTable, known: Known) -> tuple[dict[str, str], str, str]:
    """Return the state of each tag, the sentence about stopping, and why there is none."""
    size, least = table.split.drawn_from, _least(table, known)
    drawn = errors.drawn
    if not drawn:
        return {}, "", ""
    if not errors.random:
        return {}, "", "Whether you may stop cannot be said: these rows are not a random sample."
    if size is None or least is None:
        return {}, "", ("Whether you may stop cannot be said: the number of errors is unknown. "
                        "Start with --run RUN or --error 100/1000.")  # fmt: skip
    if size < len(drawn):
        return {}, "", "The sheet holds more errors than there are."
    strata = _strata(errors, size)
    if strata is None:
        return {}, "", ("Whether you may stop cannot be said: the weights of the strata do not "
                        f"add up to the {count(size)} errors.")  # fmt: skip
    run = next((i for i, row in enumerate(drawn) if not row.reviewed), len(drawn))
    tags = [tag for tag in errors.tags if any(tag in row.tags for row in drawn)]
    alpha = stopping.level(known.sampling.confidence, len(tags))
    states: dict[str, str] = {}
    for tag in tags:
        marks = [tag in row.tags for row in drawn[:run]]
        found: str = stopping.state(stopping.sequence(strata, marks, alpha), least)
        if found == "open":
            chance = (
                stopping.chance_to_settle(size, len(drawn), run, sum(marks), least, alpha)
                if len(strata.sizes) == 1 else
                stopping.chance_of_strata(strata, marks, least, alpha)
            )  # fmt: skip
            found = "unlikely" if chance < stopping.UNLIKELY else found
        states[tag] = found
    unseen, last = (
        strata.ends([False] * n, alpha)[1] >= least for n in (run, len(drawn))
    )  # fmt: skip
    return states, _sentence(states, run, len(drawn), unseen, last), ""


def _strata(errors: SheetErrors, size: int) -> stopping.Strata | None:
    """Return the strata of the errors: one where all weights are the same; None where unknown."""
    drawn = errors.drawn
    if not errors.weighted or len({row.weight for row in drawn}) == 1:
        return stopping.Strata((size,), (0,) * len(drawn))
    weights = dict.fromkeys((row.stratum, row.weight) for row in drawn)
    names = [name for name, _ in weights]
    places = tuple(names.index(row.stratum) for row in drawn)
    sizes = tuple(round(w * places.count(i)) for i, (_, w) in enumerate(weights))
    known = len(set(names)) == len(names) and sum(sizes) == size
    return stopping.Strata(sizes, places) if known else None


def _sentence(states: Mapping[str, str], run: int, sheet: int, unseen: bool, last: bool) -> str:
    """Say in words what is open.

    ``unseen`` is whether a kind that was not seen yet may still be worth it, ``last`` whether it
    may be when the whole sheet is read.
    """
    still = [tag for tag, state in states.items() if state in ("open", "unlikely")]
    if not still and not unseen:
        return "You can stop: reading on cannot change which tags are worth work."
    parts = [named(tag) for tag in still]
    if unseen:
        parts.append("a kind not seen yet")
    first = "error" if run == 1 else f"{count(run)} errors"
    text = f"Open after the first {first}: {some(parts)}." if run else (
        "Nothing is settled yet: read from the top."
    )  # fmt: skip
    never = [named(tag) for tag, state in states.items() if state == "unlikely"]
    if last:
        never.append("a kind not seen yet")
    if run and never and run < sheet:
        which = some(never) if never != parts else "any of them" if len(never) > 1 else "it"
        text += (f" This sheet is unlikely to settle {which}: add rows with "
                 "mlstrat sample --append, or take a larger dev set.")  # fmt: skip
    elif run == sheet:
        text += " All errors of this sheet are read: add rows with mlstrat sample --append."
    return text


def _least(table: ErrorTable, known: Known) -> float | None:
    """Return the smallest number of errors whose fix is worth the work."""
    split = table.split
    if known.worth is None:
        return fewest_fixed(known.sampling.confidence) if split.plain else None
    error, errors = split.error.value, split.errors
    if split.rows is not None:
        return max(1, math.ceil(known.worth * split.rows - 1e-9))
    if error is None or not errors:
        return None
    return max(1, math.ceil(known.worth * errors / error - 1e-9))


def compare_readings(
    first: SheetErrors,
    second: SheetErrors,
    split: SplitError,
    sampling: Sampling,
) -> tuple[int, tuple[TwoReadings, ...]]:
    """Return how many errors both read, and for each tag what they say of these.

    The tags are in falling order of what either gave.
    """
    theirs = {row.key: drawn for row, drawn in zip(second.rows, second.drawn, strict=True)}
    pairs = [
        (drawn, theirs[row.key])
        for row, drawn in zip(first.rows, first.drawn, strict=True)
        if row.key is not None and row.key in theirs
    ]
    read = [a.reviewed and b.reviewed for a, b in pairs]
    tags = tuple(dict.fromkeys((*first.tags, *second.tags)))
    either = _table(pairs, read, tags, split, first, sampling, agreed=False)
    agreed = _table(pairs, read, tags, split, first, sampling, agreed=True)
    shared = [pair for pair, both in zip(pairs, read, strict=True) if both]
    out = []
    for tag in tags:
        counts = np.zeros((2, 2), np.int64)
        for a, b in shared:
            counts[int(tag in a.tags), int(tag in b.tags)] += 1
        low, high = agreed[tag], either[tag]
        worth = low[1] if low[1] == high[1] else "undecided"
        out.append(
            TwoReadings(
                tag, int(counts[1, 1]), int(counts[1, 0]), int(counts[0, 1]), int(counts[0, 0]),
                kappa(counts, sampling), (low[0], high[0]), worth,
            )
        )  # fmt: skip
    out.sort(key=lambda x: (-(x.both + x.first + x.second), x.tag.casefold(), x.tag))
    return len(shared), tuple(out)


def _table(
    pairs: Sequence[tuple[DrawnError, DrawnError]], read: Sequence[bool], tags: Sequence[str],
    split: SplitError, errors: SheetErrors, sampling: Sampling, *, agreed: bool,
) -> Mapping[str, tuple[Figure, Worth | None]]:  # fmt: skip
    """Return gain and worth by tag, of what both gave or of what either did."""
    drawn = [
        replace(a, tags=a.tags & b.tags if agreed else a.tags | b.tags, reviewed=both)
        for (a, b), both in zip(pairs, read, strict=True)
    ]
    table = replace(errors, drawn=tuple(drawn)).tally(split, sampling.confidence, tags)
    return {c.tag: (c.gain, c.worth) for c in table.categories}


def kappa(counts: np.ndarray[tuple[int, int], np.dtype[np.int64]], sampling: Sampling) -> Figure:
    """Return Cohen's kappa of errors by what the first says (no, yes) and what the second says."""
    if not counts.sum():
        return Figure(None, None, 0, "undefined: no error was read by both")
    truth, predicted = np.nonzero(counts)
    n = counts[truth, predicted]
    rows = n.astype(np.float64)
    cells = Cells(
        labels=("no", "yes"), splits=("dev",), split=np.zeros(len(n), np.int64),
        truth=truth.astype(np.int64), predicted=predicted.astype(np.int64), n=n, weight=rows,
        weight_squared=rows, weighted=False, group=None,
    )  # fmt: skip
    choice = choose_metric("cohen_kappa", labels=cells.labels, positive=None)
    return estimate(cells, choice, sampling, 8, draws=False).figure
