"""Two readers of one sheet: what both say, and what depends on who is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlstrat.core.counts import Cells
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.metrics import choose_metric
from mlstrat.workflow.error_table.sheet_errors import SheetErrors
from mlstrat.workflow.error_table.table import DrawnError, SplitError, Worth


@dataclass(frozen=True)
class TwoReadings:
    """What two readers say of one tag, on the errors that both read.

    ``first`` and ``second`` gave it alone. ``gains`` are the ceilings if disputed errors do not
    count, and if they do; ``worth`` is undecided where it depends on that.
    """

    tag: str
    both: int
    first: int
    second: int
    neither: int
    kappa: Figure
    gains: tuple[Figure, Figure]
    worth: Worth | None


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
