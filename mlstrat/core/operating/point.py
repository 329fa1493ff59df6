"""What was chosen: the threshold of dev, and what it flatters, in any metric of two classes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlstrat.core.counts import Tally
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.operating.calibration import Calibration
from mlstrat.core.operating.choose import Scored
from mlstrat.core.operating.widening import jackknife
from mlstrat.core.wording import Scale


@dataclass(frozen=True, eq=False)
class Point:
    """A threshold that was chosen on dev, with the scores that it was chosen on.

    Attributes
    ----------
    value
        The threshold.
    rule
        The rule in words.
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
    rule: str
    labels: tuple[str, str]
    dev: Scored
    cuts: tuple[float, ...] = ()
    train: Scored | None = None
    train_value: float | None = None
    calibration: Calibration | None = None

    def at(
        self, scored: Scored, threshold: float, choice: MetricChoice, *, loss: bool
    ) -> float | None:
        """Return a metric, or its loss, of scores at a threshold; None where it is undefined."""
        if choice.metric.needs:
            return None
        tp, fp, fn, tn = scored.outcomes(threshold)
        right, actual, called = [tn, tp], [fp + tn, tp + fn], [fn + tn, tp + fp]
        rows = [np.array([x]) for x in (right, actual, called)]
        counts = Tally(rows[0], rows[1], rows[2], np.array([tp + fp + fn + tn]),
                       np.array([fp + fn]))  # fmt: skip
        value = float(choice.of_tally(counts, self.labels)[0])
        if math.isnan(value):
            return None
        return 1 - value if loss and choice.metric.higher_is_better else value

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


TIMES = 4.0
"""By what the jackknife's variance of a difference is multiplied: it has five values, and what is
chosen of them moves by jumps. Found by simulation of equal models, in which once is too little."""


def both_apart(a: Point | None, b: Point | None) -> Callable[[MetricChoice], float] | None:
    """Return the variance that choosing two thresholds adds to b minus a; None without two.

    Formula: 4 (K − 1) / K Σ (vₖ − mean)², with vₖ the difference without fold k.
    """
    if a is None or b is None:
        return None

    def apart(choice: MetricChoice) -> float:
        pairs = [[x.at(x.dev, t, choice, loss=False) for t in x.cuts] for x in (a, b)]
        known = zip(*pairs, strict=True)
        return TIMES * jackknife([None if x is None or y is None else y - x for x, y in known])

    return apart


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
    """Return what is said of a threshold in one line.

    Parameters
    ----------
    told
        The JSON of it.
    scale
        How figures are written.
    what
        What the level of dev is of.
    name
        Whose it is, of two runs.
    """
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
