"""What was chosen: the threshold of dev, and what it flatters, in any metric of two classes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mlstrat.core.counts import Tally
from mlstrat.core.figures import jackknife
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.operating.calibration import Calibration
from mlstrat.core.operating.choose import Scored, Wanted
from mlstrat.core.operating.halves import (
    Apart,
    HalfFigures,
    choosing_both,
    half_thresholds,
    halves,
)
from mlstrat.core.wording import Scale


@dataclass(frozen=True, eq=False)
class Point:
    """A threshold that was chosen on dev, with the scores that it was chosen on.

    Attributes
    ----------
    value
        The threshold.
    wanted, costs
        The rule, and what an error of the positive class costs, and one of the other.
    labels
        The negative and the positive class.
    dev, train
        Their scores; None without train.
    cuts
        The threshold of dev without each fold.
    train_value
        The threshold that train would choose.
    calibration
        Whether the scores of dev keep what they promise; None where they are no probabilities.
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
