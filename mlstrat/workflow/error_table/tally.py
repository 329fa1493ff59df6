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
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import Interval, normal_quantile, wilson_interval
from mlstrat.core.stratified import Design, Stratum, share_of_population, share_of_set
from mlstrat.workflow.error_table.covers import best_covers
from mlstrat.workflow.error_table.table import (
    Category,
    DrawnError,
    ErrorTable,
    SplitError,
    TagSet,
    TooManyReadError,
    leading_pair,
    worth_of,
)


class _Estimates:
    """Shares and gains of hits among the errors of one sheet."""

    def __init__(self, split: SplitError, design: Design | None, confidence: float) -> None:
        self.split, self.design, self.confidence = split, design, confidence

    def share(self, strata: Sequence[Stratum]) -> Figure:
        """Return a share of the errors of this set."""
        if self.split.drawn_from is None:
            return _wilson(strata, self.confidence)
        return share_of_set(strata, self.confidence)

    def share_in_population(self, strata: Sequence[Stratum]) -> Figure:
        """Return a share of all errors there will be, of which these are a sample."""
        if self.split.drawn_from is None:
            return _wilson(strata, self.confidence)
        return share_of_population(strata, sum(s.rows for s in strata), self.confidence)

    def gain(self, strata: Sequence[Stratum]) -> Figure:
        """Return the part of the error that the hits make up, in the population."""
        split, error = self.split, self.split.error
        if error.value is None:
            return Figure(None, None, None, "the error of the split is unknown")
        if split.rows is not None and split.drawn_from is not None and split.plain:
            return share_of_population(strata, split.rows, self.confidence)
        share = self.share_in_population(strata)
        if split.pool is not None:  # of the errors of one kind: what part of all are these?
            if not split.errors:
                return Figure(None, None, None, "the number of all errors is unknown")
            share = _scaled(share, split.pool / split.errors)
        if share.value is None:
            return Figure(None, None, 0, share.reason)
        return Figure(error.value * share.value, _product(error, share), split.rows)

    def category(self, tag: str, strata: Sequence[Stratum]) -> Category:
        """Return the line of the table for some hits."""
        gain = self.gain(strata)
        error = self.split.error.value
        left = None if gain.value is None or error is None else max(0.0, error - gain.value)
        count = sum(s.hits for s in strata)
        return Category(
            tag, count, self.share(strata), self.share_in_population(strata), gain, left,
            worth_of(gain.ci, self.split.noise),
        )  # fmt: skip


def tally_errors(
    drawn: Sequence[DrawnError],
    tags: Sequence[str],
    split: SplitError,
    *,
    weighted: bool = False,
    confidence: float = 0.95,
) -> ErrorTable:
    """Return the table of the errors on a sheet.

    Formula: the share is Σ Nₕkₕ/nₕ / Σ Nₕ over the strata of the sheet, the gain Σ Nₕkₕ/nₕ / N.

    Parameters
    ----------
    drawn
        The errors on the sheet, read or not.
    tags
        In the order in which they were first seen.
    split
        What is known of the split.
    weighted
        Whether the sheet carries its sampling design. Without one the rows that were read are
        taken for a random part of the errors.
    confidence
        Of the intervals.

    Raises
    ------
    TooManyReadError
        For more errors read than there are.

    References
    ----------
    C3W2 Carrying out error analysis; MLY14-18; Cochran (1977), 5.3 and 12.2.

    Examples
    --------
    >>> rows = [DrawnError(frozenset(x)) for x in (["Dog"], ["Blurry"], ["Cat", "Blurry"], ["Cat"])]
    >>> table = tally_errors(rows, ["Dog", "Blurry", "Cat"], SplitError())
    >>> [(c.tag, c.share.value, c.only) for c in table.categories]
    [('Blurry', 0.5, 1), ('Cat', 0.5, 1), ('Dog', 0.25, 1)]
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
    estimates = _Estimates(split, design, confidence)
    tags = list(tags)
    marks = np.array([[tag in row.tags for tag in tags] for row in drawn], float)
    marks = marks.reshape(len(drawn), len(tags)) * design.read[:, None]
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
        leading=leading_pair(design, marks, categories, known, confidence),
        cumulative=tuple(float(x) for x in row_weights @ any_of / max(row_weights.sum(), 1e-300)),
        drawn=len(drawn),
        unread=design.unread,
        weighed=weighed,
        confidence=confidence,
    )


def tally_counts(
    counts: Mapping[str, int], reviewed: int, split: SplitError, confidence: float = 0.95
) -> ErrorTable:
    """Return the table of numbers alone: how many of the errors that were read have each tag.

    Examples
    --------
    >>> table = tally_counts({"dog": 5}, 100, SplitError(Figure(0.10)))
    >>> dog = table.categories[0]
    >>> round(dog.gain.value, 4), round(dog.error, 4)
    (0.005, 0.095)
    """
    estimates = _Estimates(split, None, confidence)
    known = split.drawn_from
    if known is not None and reviewed > known:
        raise TooManyReadError(reviewed, known)
    size = float(reviewed if known is None else known)
    found = [
        estimates.category(tag, (Stratum("", size, reviewed, count),))
        for tag, count in counts.items()
    ]
    found.sort(key=_rank)
    return ErrorTable(
        reviewed, split, tuple(found), None, None, (), None, drawn=reviewed, confidence=confidence
    )


def errors_stood_for(drawn: Sequence[DrawnError], split: SplitError, *, weighted: bool) -> Floats:
    """Return how many errors of the split each row of a sheet stands for; 0 where nobody read it.

    Examples
    --------
    >>> rows = [DrawnError(frozenset()), DrawnError(frozenset(), reviewed=False)]
    >>> errors_stood_for(rows, SplitError(errors=100), weighted=False)
    array([100.,   0.])
    """
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


def _wilson(strata: Sequence[Stratum], confidence: float) -> Figure:
    """Return the share where nobody knows how many errors there are: as of endlessly many."""
    n, k = sum(s.reviewed for s in strata), sum(s.hits for s in strata)
    if not n:
        return Figure(None, None, 0, "nobody read an error")
    return Figure(k / n, wilson_interval(k / n, n, normal_quantile(confidence)), n)


def _scaled(figure: Figure, factor: float) -> Figure:
    ci = None if figure.ci is None else (factor * figure.ci[0], factor * figure.ci[1])
    return replace(figure, value=None if figure.value is None else factor * figure.value, ci=ci)


def _product(error: Figure, share: Figure) -> Interval | None:
    """Return the interval of error · share from the two: square and add, on the log scale.

    An error that was typed without counts is taken as it stands.

    References
    ----------
    Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.
    """
    if error.value is None or share.value is None or share.ci is None:
        return None
    if error.ci is None:
        return error.value * share.ci[0], error.value * share.ci[1]
    value = error.value * share.value
    if value <= 0:
        return 0.0, error.ci[1] * share.ci[1]

    def spread(end: int) -> float:
        ratios = [math.log(f.ci[end] / f.value) if f.ci and f.value and f.ci[end] > 0 else math.inf
                  for f in (error, share)]  # fmt: skip
        return math.hypot(*ratios)

    return value * math.exp(-spread(0)), min(1.0, value * math.exp(spread(1)))


def _best_sets(
    estimates: _Estimates,
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
        hits = marks[:, list(places)].max(axis=1) > 0
        out.append(TagSet(tags, estimates.category(" + ".join(tags), design.strata(hits))))
    return tuple(out)
