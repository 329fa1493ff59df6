"""What is told of a threshold that dev chose, whatever the task: MLS813 and 814."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlstrat.core.findings import Finding, Rule
from mlstrat.core.wording import Scale, count

if TYPE_CHECKING:
    from mlstrat.core.metrics import MetricChoice
    from mlstrat.core.operating.point import Point

LEAST = 0.01
"""By how much dev must be worse at the threshold of train to be told (mlstrat's threshold)."""


def _of_train(e: Mapping[str, Any], s: Scale) -> str:
    return (
        f"Dev is at {s.value(e['dev'])} with its own threshold {e['threshold']:.3g}, and at "
        f"{s.value(e['dev_at_train'])} with that of train, {e['train_threshold']:.3g}; train is at "
        f"{s.value(e['train'])}."
    )


SCORES_MOVED = Rule(
    "MLS813", "tip", "The threshold explains part of the gap from train to dev",
    "The threshold that is best on train costs much of the gap on dev: scores of unseen examples "
    "lie elsewhere as a whole. That is calibration, not overfitting, and more data will not close "
    "it; whoever chooses the threshold on train reads it as variance.",
    "Dev at the threshold that train would choose is worse than dev by more than half of the gap "
    f"from train to dev, and by more than {LEAST:.0%}.",
    "mlstrat: part of the gap that more data would not close",
    ("choose the threshold on dev, as here, or recalibrate scores on held-out examples",),
    sentence=_of_train)  # fmt: skip


def _off(e: Mapping[str, Any], _s: Scale) -> str:
    share = Scale()
    over = e["promised"] > e["observed"]
    return (
        f"The expected calibration error on dev is {share.value(e['ece'])} "
        f"({share.interval(e['ci'])}, {e['bins']} bins of equal mass, {count(e['n'])} rows); a "
        f"calibrated model would show about {share.value(e['by_chance'])}. On average scores "
        f"promise {share.value(e['promised'])} and {share.value(e['observed'])} come true: too "
        f"{'much' if over else 'little'}."
    )


NOT_CALIBRATED = Rule(
    "MLS814", "issue", "The scores are not the probabilities that they look like",
    "Scores between 0 and 1 are read as chances, and these do not come true as often as they say. "
    "The ranking may be as good, and a threshold chosen on dev makes up for it; a threshold of "
    "0.5, costs weighed by the score, and a log loss do not.",
    "Scores lie between 0 and 1, and the interval of the expected calibration error, less what "
    "chance alone makes of it, is above 0.",
    "Guo et al. (2017), On calibration of modern neural networks",
    ("recalibrate on held-out examples: temperature or Platt scaling, isotonic with many rows",
     "see where: mlstrat plot reliability RUN"),
    sentence=_off)  # fmt: skip


OWN_THRESHOLDS = Rule(
    "MLS815", "tip", "Model and threshold are compared together",
    "Each run is read at the threshold of its own dev, and by chance alone the thresholds of two "
    "models that rank equally well differ. The interval adds what choosing adds, by the thresholds "
    "that halves of dev choose, and the verdict follows it; McNemar's p-value of right rows takes "
    "thresholds as given. Simulated, at most 5.5 of 100 such pairs are told apart by their error, "
    "1 on average; with thresholds taken as given it would be up to 68.",
    "--choose-threshold, and two runs on the same examples.",
    "mlstrat's simulation of A against A",
    ("to compare models alone, take a metric without a threshold: --metric roc_auc",
     "or one threshold for both: --threshold X"),
    sentence=lambda e, _s: (
    f"The thresholds are {e['a']:.4g} and {e['b']:.4g}, each chosen on its own dev."
    ))  # fmt: skip


def about_pair(points: tuple[Point | None, Point | None]) -> list[Finding]:
    """Return the finding on two runs that are each read at a threshold of their own."""
    a, b = points
    return [] if a is None or b is None else own_thresholds(a.value, b.value)


def own_thresholds(a: float, b: float) -> list[Finding]:
    """Return the finding on two thresholds that differ, each chosen on dev of its own run."""
    return [] if a == b else [Finding(OWN_THRESHOLDS, {"a": a, "b": b})]


def moved(
    threshold: float, train_threshold: float, levels: Mapping[str, float | None]
) -> list[Finding]:
    """Return the finding on the threshold of train, by the losses of both and ``dev_at_train``."""
    train, dev, other = (levels.get(x) for x in ("train", "dev", "dev_at_train"))
    if train is None or dev is None or other is None:
        return []
    gap, cost = dev - train, other - dev
    if gap <= 0 or cost <= gap / 2 or cost <= LEAST:
        return []
    evidence = {"threshold": threshold, "train_threshold": train_threshold, "train": train,
                "dev": dev, "dev_at_train": other}  # fmt: skip
    return [Finding(SCORES_MOVED, evidence)]


def about_point(
    point: Point | None, choice: MetricChoice, levels: Mapping[str, float | None]
) -> list[Finding]:
    """Return what follows from a threshold that dev chose; ``levels`` are losses by split."""
    if point is None:
        return []
    found = []
    if point.train_value is not None:
        other = point.at(point.dev, point.train_value, choice, loss=True)
        found += moved(point.value, point.train_value, {**levels, "dev_at_train": other})
    return found + about_calibration(point)


def about_calibration(point: Point | None) -> list[Finding]:
    """Return the finding on scores that surely do not keep what they promise."""
    c = None if point is None else point.calibration
    if c is None or not c.off or c.ece.ci is None:
        return []
    evidence = {
        "ece": c.ece.value, "ci": list(c.ece.ci), "n": c.ece.n, "bins": c.bins,
        "by_chance": c.by_chance, "promised": c.promised, "observed": c.observed,
    }  # fmt: skip
    return [Finding(NOT_CALIBRATED, evidence)]
