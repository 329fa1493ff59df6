"""The error of any task: Σ num / Σ den over examples, with all that follows from a few sums.

An example is what is drawn and paired: an image, a sentence, a trial. Its ``num`` is what is
wrong in it and its ``den`` what could be: 1 and 1 for a wrong label, FP + FN and 2TP + FP + FN
for 1 − F1, −Σ log p and tokens for a language model. Per cell (split, group, slices) six sums
are kept; they add up over shards, and give what the examples would give.

=====================  ===================================================================
num is 0 or 1, den 1   Wilson at the number of examples
num ≤ den              Wilson at v(1 − v)/variance trials, t at the clusters of even size
num 0 or den           the same, at no more trials than Kish's n: den is a weight
no upper end           v · exp(± t · standard error / v)
=====================  ===================================================================
"""

from __future__ import annotations

import math

import numpy as np

from mlstrat.core.counts import ByRow, Floats, Ints, sum_by
from mlstrat.core.figures import Estimate, Sampling, jeffreys_variance
from mlstrat.core.groups import Influence, as_where_none_errs, trials_if_alike
from mlstrat.core.intervals import (
    Interval,
    logit_interval,
    proportion_interval,
    t_quantile,
    wilson_interval,
)
from mlstrat.core.record import Record
from mlstrat.core.resampling import generator, jeffreys_draws

FEWEST_CLUSTERS = 5
"""Fewer clusters of examples give no interval: their spread is not known."""


class Sums(ByRow, eq=False):
    """The six sums of each cell: n, Σnum, Σden, Σnum², Σnum·den, Σden²."""

    n: Floats
    num: Floats
    den: Floats
    num_num: Floats
    num_den: Floats
    den_den: Floats

    @classmethod
    def of(cls, num: Floats, den: Floats) -> Sums:
        """Return the sums of examples, each a cell."""
        return cls(np.ones(len(num)), num, den, num * num, num * den, den * den)


class Ratios(ByRow, eq=False):
    """The sums of examples that share a split or a slice, with what their interval depends on.

    K cells, and K codes of groups or None. ``bounded``: num is at most den in every example of the
    task, so that the error ends at 1; ``whole``: both are counts of units.
    """

    sums: Sums
    group: Ints | None = None
    bounded: bool = True
    whole: bool = True

    @property
    def examples(self) -> int:
        """Number of examples."""
        return int(self.sums.n.sum())

    @property
    def wrong(self) -> int | None:
        """Number of wrong units, Σnum; None where num is an amount and not a count."""
        return round(float(self.sums.num.sum())) if self.whole else None

    @property
    def right_or_wrong(self) -> bool:
        """Whether each example is simply right or wrong: num 0 or 1, den 1."""
        s, n = self.sums, self.sums.n.sum()
        ones = bool(s.den.sum() == n and s.den_den.sum() == n)
        return ones and self.bounded and bool(s.num_num.sum() == s.num.sum())

    @property
    def all_or_none(self) -> bool:
        """Whether each example is wholly right or wholly wrong, den being its weight."""
        square, product = float(self.sums.num_num.sum()), float(self.sums.num_den.sum())
        return self.bounded and product - square <= 1e-9 * product


class Linearised(Record, eq=False):
    """Σnum / Σden with its linearised variance.

    Formula: variance = G/(G − 1) Σ (num − value·den)² / (Σden)² over the G clusters: groups, or
    examples. ``influence`` is by group; None where examples are independent. ``even`` is how many
    clusters of even size would hold all units, the wrong and the right ones alike: (Σx)²/Σx² with x
    the den, the num, and den − num of a cluster. ``alike`` is `trials_if_alike` of groups, of an
    error between 0 and 1 that ends there.
    """

    value: float
    variance: float
    influence: Influence | None
    clusters: int
    even: tuple[float, float, float]
    alike: float | None = None


def linearise(ratios: Ratios) -> Linearised | None:
    """Return the ratio with its variance; None where Σden is 0.

    Source: Cochran (1977), Sampling Techniques, 6.3 and 9A.2 (the ratio estimator, of clusters
    too).
    """
    s, rows = ratios.sums, ratios.examples
    total = float(s.den.sum())
    if total <= 0:
        return None
    value = float(s.num.sum()) / total
    influence, clusters, alike = None, rows, None
    num_num, num_den, den_den = s.num_num, s.num_den, s.den_den
    spread = num_num.sum() - 2 * value * num_den.sum() + value**2 * den_den.sum()
    variance = max(float(spread), 0.0) / total**2 * (rows / (rows - 1) if rows > 1 else math.nan)
    if ratios.group is not None:
        codes, place = np.unique(ratios.group, return_inverse=True)
        influence = Influence(codes, sum_by(place, (s.num - value * s.den) / total))
        influence = influence.at_least(variance)
        variance, clusters = influence.variance, len(codes)
        num, den = sum_by(place, s.num), sum_by(place, s.den)
        num_num, num_den, den_den = num * num, num * den, den * den
        if ratios.bounded and 0 < value < 1:
            units = s.den if ratios.whole and not ratios.all_or_none else s.den_den
            alike = trials_if_alike(num, den, sum_by(place, units))
    wrong, right = float(s.num.sum()), total - float(s.num.sum())
    squares = [float(x.sum()) for x in (den_den, num_num, den_den - 2 * num_den + num_num)]
    even = [
        min(max(x * x / square, 1.0), clusters) if square > 0 else 1.0
        for x, square in zip((total, wrong, right), squares, strict=True)
    ]
    return Linearised(value, variance, influence, clusters, (even[0], even[1], even[2]), alike)


def estimate(
    ratios: Ratios,
    sampling: Sampling,
    stream: int = 0,
    *,
    draws: bool = True,
    paired: bool = False,
) -> Estimate:
    """Return Σnum / Σden with its interval and its resamples.

    The degrees of freedom of each end are the even clusters behind it: the upper one rests on the
    wrong units, which a few long or bad examples may hold, the lower one on the right ones. Of
    fewer than five of these the spread is not known: each then counts as one observation; from five
    to ten the one end goes over into the other. For
    the interval the variance is larger by 2/K at K even clusters, as residuals around a ratio
    that they made themselves are too small (the jackknife's correction at the mean leverage). With
    groups it is at least Wilson's at `trials_if_alike` with t(K − 1). Simulated in
    `tests/core/test_ratio_coverage.py`.

    `stream` numbers the random stream, so that two splits are resampled independently; `draws`
    tells whether resamples are wanted where the interval does not need them; `paired` as in
    `mlstrat.core.groups.proportion`.
    """
    rows, found = ratios.examples, linearise(ratios)
    if found is None:
        return Estimate(None, None, rows, "undefined: nothing that could be wrong (Σden is 0)")
    value = found.value
    variance = found.variance if math.isfinite(found.variance) else None
    if (why := _no_interval(ratios, found)) is not None:
        return Estimate(value, None, rows, why, variance, None, found.influence, ratios.wrong)
    drawn = None
    trials = _trials(ratios, found)
    if trials is None:
        ci = _log_interval(ratios, found, sampling.confidence)
        if draws:
            rng = generator(sampling.seed, 1, stream)
            drawn = rng.normal(value, math.sqrt(_floored(ratios, found)), sampling.resamples)
    else:
        ci = _score_interval(ratios, found, trials, sampling.confidence)
        if found.alike is not None and not paired:
            t = t_quantile(sampling.confidence, max(found.even[0] - 1, 1.0))
            low, high = wilson_interval(value, found.alike, t)
            ci = min(ci[0], low), max(ci[1], high)
        if ratios.right_or_wrong or not _inside(ratios, value):
            variance = jeffreys_variance(value, trials)
        if draws:
            drawn = jeffreys_draws(value, trials, sampling.resamples, sampling.seed, stream)
    return Estimate(value, ci, rows, None, variance, drawn, found.influence, ratios.wrong)


def _inside(ratios: Ratios, value: float) -> bool:
    return value > 0 and not (ratios.bounded and value >= 1)


def _no_interval(ratios: Ratios, found: Linearised) -> str | None:
    if ratios.right_or_wrong and ratios.group is None:
        return None
    if found.clusters < FEWEST_CLUSTERS:
        of = "examples" if ratios.group is None else "groups"
        return (
            f"no interval: {found.clusters} {of}, and fewer than {FEWEST_CLUSTERS} do not tell "
            "their spread"
        )
    if _inside(ratios, found.value):
        nothing = not _floored(ratios, found) > 1e-12 * found.value**2  # the rounding of sums
    else:
        nothing = not (ratios.bounded or ratios.whole)
    return "no interval: nothing varied in what was seen" if nothing else None


def _floored(ratios: Ratios, found: Linearised) -> float:
    """The variance, not below that of as many independent units where units are counted."""
    if not ratios.whole:
        return found.variance
    spread = found.value * (1 - found.value) if ratios.bounded else found.value
    return max(found.variance, spread / float(ratios.sums.den.sum()))


def _trials(ratios: Ratios, found: Linearised) -> float | None:
    """Return the independent trials that would tell as much; None on a scale without an end."""
    if ratios.right_or_wrong and ratios.group is None:
        return float(ratios.examples)
    if not _inside(ratios, found.value):  # a cluster without errors is one observation
        return found.even[0]
    if not ratios.bounded:
        return None
    larger = _floored(ratios, found) * (1 + 2 / found.even[0])
    trials = found.value * (1 - found.value) / larger
    if not ratios.all_or_none:
        return trials
    # A heavy example that happened to be right hides how much a wrong one would move (Kish).
    s = ratios.sums
    return min(trials, float(s.den.sum()) ** 2 / float(s.den_den.sum()))


def _ends(found: Linearised, confidence: float) -> tuple[float, float]:
    den, wrong, right = found.even
    lower, upper = min(den - 1, right), min(den - 1, wrong)
    return t_quantile(confidence, max(lower, 1.0)), t_quantile(confidence, max(upper, 1.0))


def _score_interval(
    ratios: Ratios, found: Linearised, trials: float, confidence: float
) -> Interval:
    if ratios.right_or_wrong and ratios.group is None:
        return proportion_interval(found.value, trials, confidence)
    lower, upper = (wilson_interval(found.value, trials, t) for t in _ends(found, confidence))
    ends = lower[0], upper[1]
    return as_where_none_errs(ends, found.value, trials, found.even, confidence)


def _log_interval(ratios: Ratios, found: Linearised, confidence: float) -> Interval:
    error = math.sqrt(_floored(ratios, found) * (1 + 2 / found.even[0]))
    _, upper = _ends(found, confidence)
    lower = t_quantile(confidence, max(found.even[0] - 1, 1.0))
    low, high = (logit_interval(found.value, error, t, 0.0, math.inf) for t in (lower, upper))
    ends = low[0], high[1]
    if not (ratios.whole and found.value < 1):
        return ends
    trials, even = found.value * (1 - found.value) / error**2, (*found.even[:2], math.inf)
    return as_where_none_errs(ends, found.value, trials, even, confidence)
