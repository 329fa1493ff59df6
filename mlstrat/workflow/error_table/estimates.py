"""Shares and ceilings of tags among the errors of one sheet, and whether the largest is decided."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from mlstrat.core.counts import Floats
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import Interval, interval_of_largest, normal_quantile, wilson_interval
from mlstrat.core.paired_tests import mcnemar_exact
from mlstrat.core.sample_size.planned import fewest_fixed
from mlstrat.core.sample_size.to_settle import settle_paired
from mlstrat.core.stratified import Design, Stratum, share_of_population, share_of_set
from mlstrat.workflow.error_table.table import Category, LeadingPair, SplitError, worth_of


@dataclass(frozen=True)
class Estimates:
    """Shares and gains of hits among the errors of one sheet, for so many tags."""

    split: SplitError
    confidence: float
    tags: int

    @cached_property
    def known(self) -> int | None:
        """Number of the errors that the sheet speaks of."""
        return self.split.drawn_from

    @cached_property
    def fewest(self) -> int:
        """Errors whose fix, with none broken, would be seen on this set."""
        return fewest_fixed(self.confidence)

    def share(self, strata: Sequence[Stratum], confidence: float | None = None) -> Figure:
        """Return a share of the errors of this set."""
        if self.known is None:
            return _wilson(strata, confidence or self.confidence)
        return share_of_set(strata, confidence or self.confidence)

    def share_in_population(
        self, strata: Sequence[Stratum], confidence: float | None = None
    ) -> Figure:
        """Return a share of all errors there will be, of which these are a sample."""
        confidence = confidence or self.confidence
        if self.known is None:
            return _wilson(strata, confidence)
        return share_of_population(strata, sum(s.rows for s in strata), confidence)

    def gain(self, strata: Sequence[Stratum], confidence: float | None = None) -> Figure:
        """Return the part of the error that the hits make up, in the population."""
        split, error = self.split, self.split.error
        if error.value is None:
            return Figure(None, None, None, "the error of the split is unknown")
        if split.rows is not None and self.known is not None and split.plain:
            return share_of_population(strata, split.rows, confidence or self.confidence)
        share = self.share_in_population(strata, confidence)
        if split.pool is not None:  # of the errors of one kind: what part of all are these?
            if not split.errors:
                return Figure(None, None, None, "the number of all errors is unknown")
            share = _scaled(share, split.pool / split.errors)
        if share.value is None:
            return Figure(None, None, 0, share.reason)
        return Figure(error.value * share.value, _product(error, share), split.rows)

    def fixed(self, strata: Sequence[Stratum]) -> Figure:
        """Return how many errors of this set a full fix would fix, for all tags together."""
        known = self.known
        if known is None:
            return Figure(None, None, None, "the number of all errors is unknown")
        if not self.split.plain:
            return Figure(None, None, known, "errors in groups, or with weights, count unalike")
        return _scaled(self.share(strata, 1 - (1 - self.confidence) / max(self.tags, 1)), known)

    def category(self, tag: str, strata: Sequence[Stratum]) -> Category:
        """Return the line of the table for some hits."""
        gain, fixed = self.gain(strata), self.fixed(strata)
        error = self.split.error.value
        left = None if gain.value is None or error is None else max(0.0, error - gain.value)
        count = sum(s.hits for s in strata)
        return Category(
            tag, count, self.share(strata), self.share_in_population(strata), gain, left, fixed,
            None if fixed.value is None else mcnemar_exact(round(fixed.value), 0),
            worth_of(fixed.ci, self.fewest),
        )  # fmt: skip

    def picked(self, category: Category, strata: Sequence[Stratum], family: int) -> Category:
        """Return the line of the largest of `family`, which was picked for being it."""

        def of(figure: Callable[[Sequence[Stratum], float], Figure]) -> Figure:
            plain = figure(strata, self.confidence)
            if plain.ci is None:
                return plain
            ci = interval_of_largest(
                lambda at: figure(strata, at).ci or (0.0, 0.0), family, self.confidence
            )
            return replace(plain, ci=ci)

        if family < 2:
            return category
        return replace(category, share=of(self.share), picked=of(self.gain))


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


def leading_pair(
    design: Design, marks: Floats, categories: Sequence[Category], confidence: float
) -> LeadingPair | None:
    """Hold the largest tag against each other, on the same errors: only those with one count.

    One comparison a pair: of equal tags the largest is said to be so less often the more there are.

    References
    ----------
    Hsu (1984), Annals of Statistics 12, comparison with the best.
    """
    seen = [i for i, c in enumerate(categories) if c.count]
    if len(seen) < 2:
        return None
    rows = [s.rows for s in design.strata(marks[:, 0] > 0)]
    found = [(i, *_difference(design, rows, marks, i, confidence)) for i in seen[1:]]
    tied = tuple(categories[i].tag for i, d, _, half in found if d - half <= 0)
    closest, difference, discordance, half = min(found, key=lambda x: x[1] - x[3])
    read = int(design.reviewed.sum())
    ci = (max(-1.0, difference - half), min(1.0, difference + half))
    z = normal_quantile(confidence)

    def decides(d: float, n: int) -> bool:
        apart, lead = (discordance * n + 1) / (n + 2), d * n / (n + 2)
        return abs(d) > z * math.sqrt(max(apart - lead**2, 0.0) / n)

    more = None
    if tied:
        more = settle_paired("which tag is larger?", "dev", difference, discordance, read, decides,
                             ci, ())  # fmt: skip
    return LeadingPair(
        (categories[0].tag, categories[closest].tag), Figure(difference, ci, read), tied,
        None if more is None else more.total,
    )  # fmt: skip


def _difference(
    design: Design, rows: Sequence[float], marks: Floats, other: int, confidence: float
) -> tuple[float, float, float]:
    """Return by how much the first tag leads another, their discordance, and half the interval."""
    first = design.strata(marks[:, 0] > marks[:, other])
    second = design.strata(marks[:, other] > marks[:, 0])
    whole = sum(rows)
    difference = discordance = variance = 0.0
    for size, a, b in zip(rows, first, second, strict=True):
        part, n = size / whole, a.reviewed
        difference += part * (a.hits - b.hits) / n
        discordance += part * (a.hits + b.hits) / n
        # Half a row in each of the four cells, so that nothing seen is not no variance.
        apart, lead = (a.hits + b.hits + 1) / (n + 2), (a.hits - b.hits) / (n + 2)
        variance += part**2 * (apart - lead**2) / n
    return difference, discordance, normal_quantile(confidence) * math.sqrt(variance)


def leading_by_intervals(
    categories: Sequence[Category], of: Callable[[Category], Figure]
) -> LeadingPair | None:
    """Hold the largest tag against the others where nobody knows which errors have both.

    It is decided where its interval lies above all others, whatever they have in common.
    """
    known = [(c, x.value, x.ci) for c in categories
             if c.count and (x := of(c)).value is not None and x.ci is not None]  # fmt: skip
    if len(known) < 2:
        return None
    first, value, (low, high) = known[0]
    tied = tuple(c.tag for c, _, ci in known[1:] if ci[1] >= low)
    closest, other, ends = max(known[1:], key=lambda x: x[2][1])
    ci = (low - ends[1], high - ends[0])
    return LeadingPair((first.tag, closest.tag), Figure(value - other, ci, of(first).n), tied)
