"""What was chosen: the threshold of dev, what it flatters, and whether scores keep their promise.

The expected calibration error is taken in bins of equal mass.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats, Ints, Tally
from mlstrat.core.figures import Figure, jackknife
from mlstrat.core.intervals import t_quantile
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.operating.choose import (
    Apart,
    HalfFigures,
    Scored,
    Wanted,
    choosing_both,
    half_thresholds,
    halves,
)
from mlstrat.core.record import Record
from mlstrat.core.wording import Scale

BINS = 10
"""Bins of about as many rows each; ten is usual (Guo et al. 2017)."""

FEWEST_IN_BIN = 20
"""Rows of a bin; with fewer rows in all there are fewer bins (mlstrat's threshold)."""

FEWEST_GROUPS = 5


class Calibration(Record):
    """How far promised and observed shares are apart on one split.

    ``bins`` are of about equal mass; ``by_chance`` is what a calibrated model would show on so many
    rows, ``promised`` the mean score and ``observed`` the share of positives.
    """

    ece: Figure
    bins: int
    by_chance: float
    promised: float
    observed: float

    @property
    def off(self) -> bool:
        """Whether the scores surely do not keep what they promise."""
        return self.ece.ci is not None and self.ece.ci[0] > 0

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON."""
        return {
            "ece": self.ece.to_dict(), "bins": self.bins, "by_chance": self.by_chance,
            "promised": self.promised, "observed": self.observed,
        }  # fmt: skip


def calibration(
    score: Floats, positive: NDArray[np.bool_], n: Ints, weight: Floats, group: Ints | None,
    confidence: float,
) -> Calibration | None:  # fmt: skip
    """Return the expected calibration error of counts by score; None of no probabilities.

    Formula: ECE = Σ_b (w_b / w) |mean(y − p) in b|. Chance alone makes it larger, by at most
    Σ_b (w_b / w) σ_b √(2 / π), what a calibrated model shows; so the interval is from ECE less that
    and t standard errors to ECE plus t standard errors: it covers too often rather than too seldom.
    σ_b and the standard error are linearised over rows, or over groups.

    Source: Naeini, Cooper and Hauskrecht (2015), AAAI; Guo et al. (2017), ICML; Roelofs et al.
    (2022), AISTATS (bins of equal mass, bias).
    """
    if not len(score) or score.min() < 0 or score.max() > 1:
        return None
    rows, total = int(n.sum()), float(weight.sum())
    code = bins_of(score, weight, rows)
    bins = int(code.max()) + 1
    mass = np.bincount(code, weight, bins)
    gap = weight * (positive - score)
    mean = np.bincount(code, gap, bins) / mass
    value = float((mass / total * np.abs(mean)).sum())
    # Each row, or group, as what it adds to the mean of its bin.
    each = gap - weight * mean[code]
    clusters = rows if group is None else len(np.unique(group))
    spread = _variances(each, code, n, group, bins) / total**2
    by_chance = float(np.sqrt(spread).sum() * math.sqrt(2 / math.pi))
    whole = _variances(each * np.sign(mean)[code], np.zeros_like(code), n, group, 1) / total**2
    promised, observed = float((weight * score).sum()), float(weight[positive].sum())
    if clusters < FEWEST_GROUPS:
        figure = Figure(value, None, rows, f"no interval: {clusters} groups are too few")
    else:
        reach = t_quantile(confidence, clusters - 1) * math.sqrt(float(whole[0]))
        low, high = max(0.0, value - by_chance - reach), min(1.0, value + reach)
        figure = Figure(value, (low, high), rows)
    return Calibration(figure, bins, by_chance, promised / total, observed / total)


def bins_of(score: Floats, weight: Floats, rows: int) -> Ints:
    """Return the bin of each count: about equal mass, equal scores in one bin."""
    distinct, place = np.unique(score, return_inverse=True)
    mass = np.bincount(place, weight, len(distinct))
    bins = max(1, min(BINS, rows // FEWEST_IN_BIN))
    middle = np.cumsum(mass) - mass / 2
    of_score = np.minimum((middle / weight.sum() * bins).astype(np.int64), bins - 1)
    codes: Ints = np.unique(of_score, return_inverse=True)[1][place]
    return codes


def _variances(each: Floats, code: Ints, n: Ints, group: Ints | None, bins: int) -> Floats:
    """Return the variance of the sum of each bin: over the rows of the counts, or over groups."""
    if group is None:
        return np.bincount(code, each**2 / np.maximum(n, 1), bins).astype(np.float64)
    groups, place = np.unique(group, return_inverse=True)
    sums = np.bincount(code * len(groups) + place, each, bins * len(groups))
    scale = len(groups) / max(len(groups) - 1, 1)
    found: Floats = scale * (sums.reshape(bins, len(groups)) ** 2).sum(axis=1)
    return found


class Point(Record, eq=False):
    """A threshold that was chosen on dev, with the scores that it was chosen on.

    ``costs`` are of an error of the positive class and of the other, ``labels`` the negative and
    the positive class, ``cuts`` the threshold of dev without each fold, ``train_value`` the one
    that train would choose. ``calibration`` is None where the scores are no probabilities.
    """

    value: float
    wanted: Wanted
    costs: tuple[float, float]
    labels: tuple[str, str]
    dev: Scored
    cuts: tuple[float, ...] = ()
    train: Scored | None = None
    train_value: float | None = None
    calibration: Calibration | None = None

    @property
    def rule(self) -> str:
        """The rule in words."""
        return self.wanted.text

    def at(
        self, scored: Scored, threshold: float, choice: MetricChoice, *, loss: bool
    ) -> float | None:
        """Return a metric, or its loss, of scores at a threshold; None where it is undefined."""
        return self._of(scored.outcomes(threshold), choice, loss=loss)

    def _of(self, outcomes: tuple[float, ...], choice: MetricChoice, *, loss: bool) -> float | None:
        if choice.metric.needs:
            return None
        tp, fp, fn, tn = outcomes
        right, actual, called = [tn, tp], [fp + tn, tp + fn], [fn + tn, tp + fp]
        rows = [np.array([x]) for x in (right, actual, called)]
        counts = Tally(rows[0], rows[1], rows[2], np.array([tp + fp + fn + tn]),
                       np.array([fp + fn]))  # fmt: skip
        value = float(choice.of_tally(counts, self.labels)[0])
        if math.isnan(value):
            return None
        return 1 - value if loss and choice.metric.higher_is_better else value

    def crossed(self, choice: MetricChoice) -> float | None:
        """Return a metric of dev, each fold read at the threshold of the others."""
        parts = [self.dev.where(self.dev.fold == i).outcomes(x) for i, x in enumerate(self.cuts)]
        return self._of(tuple(map(sum, zip(*parts, strict=True))), choice, loss=False)

    @cached_property
    def halves(self) -> tuple[float, ...]:
        """The threshold that each half of dev chooses."""
        return half_thresholds(self.dev, self.wanted, self.costs, self.value)

    def of_halves(self, choice: MetricChoice) -> HalfFigures:
        """Return a metric by the thresholds that halves of dev choose."""
        moved = {x: self.at(self.dev, x, choice, loss=False) for x in set(self.halves)}
        own = [self.at(self.dev.where(inside[self.dev.part]), x, choice, loss=False)
               for inside, x in zip(halves(), self.halves, strict=True)]  # fmt: skip
        return HalfFigures(self.crossed(choice), [moved[x] for x in self.halves], own)

    def apart(self, choice: MetricChoice) -> float:
        """Return the variance that choosing the threshold adds to a metric of dev."""
        return jackknife([self.at(self.dev, x, choice, loss=False) for x in self.cuts])

    def told(self, choice: MetricChoice, *, loss: bool = False) -> dict[str, Any]:
        """Return the JSON: the threshold, its rule, and what train and dev are at their own."""
        best = None
        if self.train is not None and self.train_value is not None:
            best = self.at(self.train, self.train_value, choice, loss=loss)
        return {
            "value": self.value, "chosen": "dev", "rule": self.rule, "train_best": best,
            "dev_apparent": self.at(self.dev, self.value, choice, loss=loss),
        }  # fmt: skip


def both_apart(a: Point | None, b: Point | None) -> Callable[[MetricChoice], Apart] | None:
    """Return what choosing two thresholds adds to the variance of b minus a; None without two."""
    if a is None or b is None:
        return None
    return lambda choice: choosing_both(a.of_halves(choice), b.of_halves(choice))


def point_json(point: Point | None, choice: MetricChoice, *, loss: bool = False) -> dict[str, Any]:
    """Return the keys that a document has of a threshold that was chosen; none without."""
    if point is None:
        return {}
    c = point.calibration
    return {
        "threshold": point.told(choice, loss=loss),
        "calibration": None if c is None else c.to_dict(),
    }


def calibration_line(point: Point) -> list[str]:
    """Return what is said of the calibration of dev; nothing where scores are no probabilities."""
    c, scale = point.calibration, Scale()
    if c is None:
        return []
    sure = f"({scale.interval(c.ece.ci)})" if c.ece.ci else f"({c.ece.reason})"
    return [
        f"Calibration error (ECE) on dev: {scale.value(c.ece.value)} {sure}, {c.bins} bins of "
        f"equal mass; a calibrated model would show about {scale.value(c.by_chance)}."
    ]


def threshold_line(told: Mapping[str, Any], scale: Scale, what: str, name: str = "") -> str:
    """Return what is said of a threshold in one line."""
    whose = f" of {name}" if name else ""
    text = f"Threshold{whose} {told['value']:.4g}"
    if told["chosen"] != "dev":
        return f"{text}, as given."
    text += f", chosen on dev: {told['rule']}."
    if told["dev_apparent"] is None:
        return text
    return (
        f"{text} Dev is cross-fitted; at its own threshold its {what} is "
        f"{scale.value(told['dev_apparent'])}."
    )
