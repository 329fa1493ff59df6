"""The table of the course: why rows are wrong, counted; and the ceiling of each reason.

A person read some errors of a split and gave each the tags that apply. The share of a tag speaks
of the errors of this set, and its interval shrinks as they are read; the ceiling, by how much the
error would fall if every error with the tag were right, speaks of the population.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from mlstrat.core.counts import Floats
from mlstrat.core.stratified import Design, Stratum
from mlstrat.workflow.error_table.estimates import (
    Estimates,
    leading_by_intervals,
    leading_pair,
)
from mlstrat.workflow.error_table.table import (
    Category,
    DrawnError,
    ErrorTable,
    SplitError,
    TagSet,
    TooManyReadError,
)


def tally_errors(
    drawn: Sequence[DrawnError],
    tags: Sequence[str],
    split: SplitError,
    *,
    weighted: bool = False,
    confidence: float = 0.95,
) -> ErrorTable:
    """Return the table of the errors on a sheet, read or not.

    Formula: the share is Σ Nₕkₕ/nₕ / Σ Nₕ over the strata of the sheet, the gain Σ Nₕkₕ/nₕ / N.
    ``weighted`` says that the sheet carries its sampling design; without one the rows that were
    read are taken for a random part of the errors. More errors read than there are is a
    TooManyReadError.

    References
    ----------
    C3W2 Carrying out error analysis; MLY14-18; Cochran (1977), 5.3 and 12.2.
    """
    design = _design(drawn, split, weighted)
    if weighted and split.drawn_from is None:
        split = replace(split, errors=round(design.size))
    known = split.drawn_from
    read = int(design.reviewed.sum())
    if known is not None and read > known:
        raise TooManyReadError(read, known)
    weighed = None
    if weighted and known is not None and not _adds_up(design.size, known):
        weighed = design.size
        design = design.resized(known)
    tags = list(tags)
    estimates = Estimates(split, confidence, len(tags))
    marks = np.array([[tag in row.tags for row in drawn] for tag in tags], float)
    marks = np.ascontiguousarray(marks.reshape(len(tags), len(drawn)).T) * design.read[:, None]
    per_row = marks.sum(axis=1)
    positives = np.array([_sign(row) for row in drawn])
    binary = bool(read) and not np.any(np.isnan(positives[design.read]))
    categories = []
    for i, tag in enumerate(tags):
        hits = marks[:, i] > 0
        alone = hits & (per_row == 1)
        categories.append(
            replace(
                estimates.category(tag, design.strata(hits)),
                false_positives=int((hits & (positives > 0)).sum()) if binary else None,
                false_negatives=int((hits & (positives < 0)).sum()) if binary else None,
                only=int(alone.sum()),
                only_share=estimates.share(design.strata(alone)),
            )
        )
    order = sorted(range(len(tags)), key=lambda i: _rank(categories[i]))
    marks = marks[:, order]
    categories = [categories[i] for i in order]
    if categories:
        strata = design.strata(marks[:, 0] > 0)
        categories[0] = estimates.picked(categories[0], strata, len(tags))
    row_weights = design.row_weights
    untagged = design.read & (per_row == 0)
    any_of = np.maximum.accumulate(marks, axis=1) if tags else marks
    return ErrorTable(
        reviewed=read,
        split=split,
        categories=tuple(categories),
        untagged=int(untagged.sum()),
        untagged_share=estimates.share(design.strata(untagged)),
        best_sets=_best_sets(estimates, design, marks, row_weights, categories),
        leading=leading_pair(design, marks, categories, confidence),
        cumulative=tuple(float(x) for x in row_weights @ any_of / max(row_weights.sum(), 1e-300)),
        drawn=len(drawn),
        unread=design.unread,
        weighed=weighed,
        confidence=confidence,
    )


def tally_counts(
    counts: Mapping[str, int], reviewed: int, split: SplitError, confidence: float = 0.95
) -> ErrorTable:
    """Return the table of numbers alone: how many of the errors that were read have each tag."""
    estimates = Estimates(split, confidence, len(counts))
    known = split.drawn_from
    if known is not None and reviewed > known:
        raise TooManyReadError(reviewed, known)
    size = float(reviewed if known is None else known)
    strata = {tag: (Stratum("", size, reviewed, n),) for tag, n in counts.items()}
    found = sorted((estimates.category(tag, part) for tag, part in strata.items()), key=_rank)
    leading = leading_by_intervals(found, lambda c: c.share_in_population)
    if found:
        found[0] = estimates.picked(found[0], strata[found[0].tag], len(counts))
    return ErrorTable(
        reviewed, split, tuple(found), None, None, (), leading, drawn=reviewed,
        confidence=confidence,
    )  # fmt: skip


def errors_stood_for(drawn: Sequence[DrawnError], split: SplitError, *, weighted: bool) -> Floats:
    """Return how many errors of the split each row stands for; 0 where nobody read it."""
    design = _design(drawn, split, weighted)
    known = split.drawn_from
    if weighted and known is not None:
        design = design.resized(known)
    return design.row_weights


def _rank(category: Category) -> tuple[float, str, str]:
    """Order by falling share; of equal ones by name, so that the order of rows does not matter."""
    return -round(category.share.value or 0.0, 12), category.tag.casefold(), category.tag


def _design(drawn: Sequence[DrawnError], split: SplitError, weighted: bool) -> Design:
    names = [row.stratum if weighted else "" for row in drawn]
    known = split.drawn_from
    each = known / len(drawn) if known is not None and drawn else 1.0
    weights = [row.weight if weighted else each for row in drawn]
    return Design.of_rows(names, weights, [row.reviewed for row in drawn])


def _adds_up(weighed: float, errors: int) -> bool:
    return abs(weighed - errors) <= max(0.5, 1e-6 * errors)


def _sign(row: DrawnError) -> float:
    if row.predicted_positive is None:
        return math.nan
    return 1.0 if row.predicted_positive else -1.0


def _best_sets(
    estimates: Estimates,
    design: Design,
    marks: Floats,
    weights: Floats,
    categories: Sequence[Category],
) -> tuple[TagSet, ...]:
    if not categories or not weights.sum():
        return ()
    out = []
    for places in best_covers(marks, weights):
        tags = tuple(categories[i].tag for i in places)
        strata = design.strata(marks[:, list(places)].max(axis=1) > 0)
        together = estimates.category(" + ".join(tags), strata)
        family = math.comb(len(categories), len(places))
        out.append(TagSet(tags, estimates.picked(together, strata, family)))
    return tuple(out)


def best_covers(marks: Floats, weights: Floats) -> tuple[tuple[int, ...], ...]:
    """Return the best set of one tag, of two, of three.

    The weight of the rows that have at least one tag of a set, and of all sets the largest; of
    equal ones the first in falling order of the tags alone. A set whose parts alone cannot add up
    to the best one is not looked at, which keeps it exact. `marks` are rows by tags, 1 where a row
    has the tag.
    """
    order = np.argsort(-(weights @ marks), kind="stable")
    found = (_best(marks[:, order], weights, size)[1] for size in range(1, min(3, len(order)) + 1))
    return tuple(tuple(int(order[i]) for i in places) for places in found)


def _best(marks: Floats, weights: Floats, size: int) -> tuple[float, tuple[int, ...]]:
    """Return the weight and the places of the best set of a size: of its first tag and the rest."""
    single = weights @ marks
    if size == 1:
        first = int(np.argmax(single))
        return float(single[first]), (first,)
    best, places = -1.0, tuple[int, ...]()
    for i in range(len(single) - size + 1):
        if single[i] + np.sort(single[i + 1 :])[1 - size :].sum() <= best:
            continue
        left = weights * (1 - marks[:, i])
        more, rest = _best(marks[:, i + 1 :], left, size - 1)
        if single[i] + more > best + 1e-9:
            best, places = float(single[i] + more), (i, *(i + 1 + j for j in rest))
    return best, places
