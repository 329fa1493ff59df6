# Over 300 lines: every metric stands in one registry, with its formula.
"""The single number to rank by: every metric with its formula, range, direction and source.

A metric of hard predictions is a function of a `Tally`; averaging is written once for all. A
figure that does not exist is NaN in here and `null`, with the reason, outside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from mlstrat.core.counts import RIGHT_OR_WRONG, Cells, Floats, Tally, tally
from mlstrat.core.record import Record
from mlstrat.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from mlstrat.core import schema_parts

Needs = Literal["", "score", "log_loss", "brier", "top_2", "top_3", "top_5", "top_10"]

TOP = (2, 3, 5, 10)
"""How many of the most probable classes may hold the label in `top_k_accuracy`."""

AVERAGES = ("binary", "macro", "weighted", "micro")


def _ratio(above: Floats, below: Floats) -> Floats:
    out = np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
    return np.minimum(out, 1.0)  # weights added up in two orders may say a hair more than 1


def _precision(t: Tally, _beta: float) -> Floats:
    return _ratio(t.right, t.predicted)


def _recall(t: Tally, _beta: float) -> Floats:
    return _ratio(t.right, t.actual)


def _f_beta(t: Tally, beta: float) -> Floats:
    return _ratio((1 + beta**2) * t.right, beta**2 * t.actual + t.predicted)


def _specificity(t: Tally, _beta: float) -> Floats:
    others = t.total[:, None] - t.actual
    return _ratio(others - (t.predicted - t.right), others)


def _accuracy(t: Tally, _beta: float) -> Floats:
    return _ratio(t.right.sum(axis=1), t.total)


def _error(t: Tally, beta: float) -> Floats:
    return 1 - _accuracy(t, beta)


def _balanced_accuracy(t: Tally, beta: float) -> Floats:
    return _mean_of_defined(_recall(t, beta), np.ones_like(t.right))


def _mcc(t: Tally, _beta: float) -> Floats:
    total, right = t.total, t.right.sum(axis=1)
    abstained = total - t.predicted.sum(axis=1)
    cross = right * total - (t.predicted * t.actual).sum(axis=1)
    called = total**2 - (t.predicted**2).sum(axis=1) - abstained**2
    truth = total**2 - (t.actual**2).sum(axis=1)
    # Rounding leaves a trace of total² where one class holds every row: that is 0, not tiny.
    called, truth = (np.where(x > 1e-12 * total**2, x, 0.0) for x in (called, truth))
    return _ratio(cross, np.sqrt(called * truth))


def _cohen_kappa(t: Tally, _beta: float) -> Floats:
    chance = (t.predicted * t.actual).sum(axis=1) / t.total**2
    left = np.where(1 - chance > 1e-12, 1 - chance, 0.0)
    return _ratio(t.right.sum(axis=1) / t.total - chance, left)


def _quadratic_kappa(t: Tally, _beta: float) -> Floats:
    place = np.arange(t.actual.shape[1], dtype=np.float64)
    far = np.maximum(place, len(place) - 1 - place) ** 2
    called = t.predicted.sum(axis=1)
    expected = (
        (t.actual @ place**2) * called
        + t.total * (t.predicted @ place**2)
        - 2 * (t.actual @ place) * (t.predicted @ place)
        + (t.total - called) * (t.actual @ far)  # a blank prediction is the farthest one
    ) / t.total
    defined = expected > 1e-12 * t.total
    return np.where(defined, 1 - t.distance / np.where(defined, expected, 1.0), np.nan)


def _mean_of_defined(values: Floats, weights: Floats) -> Floats:
    """Average over the last axis, leaving out what is undefined; NaN where all of it is."""
    known = ~np.isnan(values)
    return _ratio((np.where(known, values, 0.0) * weights).sum(axis=-1),
                  (known * weights).sum(axis=-1))  # fmt: skip


class Metric(Record):
    """What is known about one metric.

    ``by_class`` tells that it exists for each class and needs averaging; ``needs`` which columns
    it reads beyond labels and predictions: "" none, "score" a ranking, else the loss by row.
    """

    name: str
    title: str
    formula: str
    low: float
    high: float
    higher_is_better: bool
    undefined: str
    source: str
    compute: Callable[[Tally, float], Floats] | None = None
    by_class: bool = False
    needs: Needs = ""
    rate: bool = False
    """Whether it is shown in percent though it may exceed 1, as a word error rate does."""

    def to_dict(self) -> schema_parts.MetricFacts:
        """Return the JSON of what is known; no upper bound is null."""
        return {
            "name": self.name, "title": self.title, "formula": self.formula, "low": self.low,
            "high": None if math.isinf(self.high) else self.high,
            "higher_is_better": self.higher_is_better, "averaged_over_classes": self.by_class,
            "needs": self.needs or None, "undefined": self.undefined, "source": self.source,
        }  # fmt: skip


_LECTURE = "C3W1 Single number evaluation metric"
_RIJSBERGEN = "van Rijsbergen (1979), Information Retrieval"

METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        Metric("accuracy", "accuracy", "right rows / rows", 0, 1, True, "no rows",
               _LECTURE, _accuracy),
        Metric("error", "error", "wrong rows / rows = 1 − accuracy", 0, 1, False, "no rows",
               _LECTURE, _error),
        Metric("precision", "precision", "TP / (TP + FP)", 0, 1, True,
               "the class was never predicted", _LECTURE, _precision, True),
        Metric("recall", "recall", "TP / (TP + FN)", 0, 1, True,
               "the class has no rows", _LECTURE, _recall, True),
        Metric("f1", "F1", "2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall",
               0, 1, True, "the class occurs among neither labels nor predictions",
               f"{_LECTURE}; {_RIJSBERGEN}", lambda t, _beta: _f_beta(t, 1.0), True),
        Metric("f_beta", "F-beta", "(1 + β²) TP / ((1 + β²) TP + β² FN + FP)", 0, 1, True,
               "the class occurs among neither labels nor predictions",
               _RIJSBERGEN, _f_beta, True),
        Metric("specificity", "specificity", "TN / (TN + FP)", 0, 1, True,
               "every row is of the class", "Yerushalmy (1947)", _specificity, True),
        Metric("balanced_accuracy", "balanced accuracy",
               "mean recall over the classes that have rows", 0, 1, True, "no rows",
               "Brodersen et al. (2010)", _balanced_accuracy),
        Metric("mcc", "Matthews correlation",
               "(c s − Σ pₖ tₖ) / √((s² − Σ pₖ²)(s² − Σ tₖ²)) with c right of s rows, "
               "tₖ rows of class k and pₖ predicted as k", -1, 1, True,
               "all labels, or all predictions, are of one class",
               "Matthews (1975); Gorodkin (2004)", _mcc),
        Metric("cohen_kappa", "Cohen's kappa", "(accuracy − chance) / (1 − chance) with "
               "chance = Σ pₖ tₖ / s²", -1, 1, True,
               "all labels and all predictions are of one and the same class",
               "Cohen (1960)", _cohen_kappa),
        Metric("quadratic_kappa", "quadratic kappa", "1 − Σ (i − j)² nᵢⱼ / Σ (i − j)² tᵢ pⱼ / s "
               "with i and j the places of label and prediction in the order of the labels, which "
               "are numbers", -1, 1, True,
               "all labels and all predictions are of one and the same class",
               "Cohen (1968), Psychological Bulletin 70", _quadratic_kappa),
        *(
            Metric(f"top_{k}_accuracy", f"top-{k} accuracy",
                   f"rows whose label is among the {k} most probable classes / rows; of equal "
                   f"probabilities that do not all fit into the {k}, none counts", 0, 1, True,
                   "no rows", "Russakovsky et al. (2015), IJCV 115",
                   needs=cast("Needs", f"top_{k}"))
            for k in TOP
        ),
        Metric("log_loss", "log loss", "mean of −ln p(label), in nats", 0, math.inf, False,
               "no rows", "Good (1952)", needs="log_loss"),
        Metric("brier", "Brier score", "binary: mean of (p − y)²; else mean of Σₖ (pₖ − yₖ)²",
               0, 2, False, "no rows", "Brier (1950)", needs="brier"),
        Metric("roc_auc", "ROC AUC", "P(score of a positive > score of a negative) + ½ P(equal)",
               0, 1, True, "one of the two classes has no rows",
               "Hanley and McNeil (1982); DeLong et al. (1988)", needs="score"),
        Metric("average_precision", "average precision",
               "Σ (Rᵢ − Rᵢ₋₁) Pᵢ over falling thresholds", 0, 1, True, "no positive rows",
               "Buckley and Voorhees (2000)", needs="score"),
    )
}  # fmt: skip
"""The registry, by name."""


class MetricChoice(Record):
    """A metric as it is asked for: which, averaged how, with which positive class.

    ``average`` is None for metrics that need none.
    """

    metric: Metric
    average: str | None
    positive: str | None
    beta: float = 1.0

    @property
    def title(self) -> str:
        """The name on screen, such as "macro-F1"."""
        name = self.metric.title if self.metric.name != "f_beta" else f"F{self.beta:g}"
        if self.average in (None, "binary"):
            return name
        return f"{self.average}-{name if name[0].isupper() else name.lower()}"

    @property
    def symmetric(self) -> bool:
        """Whether labels may change places: none is positive, and they have no order."""
        return self.average != "binary" and self.metric.name != "quadratic_kappa"

    @property
    def undefined(self) -> str:
        """The note of a figure that is not defined for what was counted."""
        return f"undefined: {self.metric.undefined}"

    def of_tally(self, t: Tally, labels: tuple[str, ...]) -> Floats:
        """Return B values; NaN where undefined."""
        compute = self.metric.compute
        if compute is None:
            raise ValueError(f"{self.metric.name} does not follow from hard predictions")
        if self.average is None:
            return compute(t, self.beta)
        if self.average == "binary":
            if self.positive not in labels:
                return np.full(len(t.total), np.nan)
            return compute(t, self.beta)[:, labels.index(self.positive)]
        if self.average == "micro":
            return compute(_one_versus_rest_pool(t), self.beta)[:, 0]
        return _mean_of_defined(*self._of_classes(t))

    def _of_classes(self, t: Tally) -> tuple[Floats, Floats]:
        """Return the value of each class, NaN where it does not exist, and its weight."""
        if self.metric.compute is None:
            raise ValueError(f"{self.metric.name} does not follow from hard predictions")
        values = np.where((t.actual + t.predicted) > 0, self.metric.compute(t, self.beta), np.nan)
        return values, t.actual if self.average == "weighted" else np.ones_like(values)

    @property
    def class_by_class(self) -> bool:
        """Whether it is a mean of figures of which each is of its own class and the whole."""
        return self.metric.by_class and self.average in ("macro", "weighted")

    def moved_alone(self, t: Tally, moved: Tally) -> Floats:
        """Return by how much it changes where one class alone is as in `moved`, for each of C.

        Formula: the mean is Σ wf / Σ w over classes that are defined. With f′ and w′ of one class,
        it changes by (w′f′ − wf − mean · (w′ − w)) / (Σ w − w + w′).
        """
        (values, weights), (new_values, new_weights) = map(self._of_classes, (t, moved))
        mean = _mean_of_defined(values, weights)[:, None]
        sums = []
        for f, w in ((values, weights), (new_values, new_weights)):
            known = ~np.isnan(f)
            sums.append((np.where(known, f, 0.0) * w, known * w))
        (old, weight), (new, new_weight) = sums
        change: Floats = (new - old - mean * (new_weight - weight))[0]
        left = weight.sum() - weight[0] + new_weight[0]
        out: Floats = np.divide(change, left, out=np.full_like(change, np.nan), where=left > 0)
        return out


def values_of(choices: Sequence[MetricChoice], t: Tally, labels: tuple[str, ...]) -> Floats:
    """Return several metrics of B tallies, shape (S, B); NaN where undefined."""
    return np.stack([choice.of_tally(t, labels) for choice in choices])


def undefined_classes(
    parts: Mapping[str, Cells], choice: MetricChoice
) -> dict[str, tuple[str, ...]]:
    """Return the classes that occur in each part and that an average over classes leaves out."""
    out: dict[str, tuple[str, ...]] = dict.fromkeys(parts, ())
    compute = choice.metric.compute
    if compute is None or not choice.class_by_class:
        return out
    for name, cells in parts.items():
        t = tally(cells)
        left_out = ((t.actual + t.predicted)[0] > 0) & np.isnan(compute(t, choice.beta)[0])
        out[name] = tuple(cells.labels[i] for i in np.flatnonzero(left_out))
    return out


def moves_alone(choices: Sequence[MetricChoice]) -> Callable[[Tally, Tally], Floats] | None:
    """Return what tells how metrics change where one class is moved; None where one cannot."""
    if not all(x.class_by_class for x in choices):
        return None
    return lambda t, moved: np.stack([x.moved_alone(t, moved) for x in choices])


def _one_versus_rest_pool(t: Tally) -> Tally:
    """Add up the one-against-rest tables of all classes that occur, as micro-averaging does."""
    occurs = ((t.actual + t.predicted) > 0).sum(axis=1)
    right, actual, predicted = (
        x.sum(axis=1, keepdims=True) for x in (t.right, t.actual, t.predicted)
    )
    return Tally(right, actual, predicted, t.total * occurs, t.distance)


def _check_ordered(labels: tuple[str, ...]) -> None:
    for label in labels:
        try:
            float(label)
        except ValueError:
            raise UsageError(
                f"quadratic_kappa is for ordered labels, and {label!r} is not a number",
                accepted="labels that are numbers",
                hint=f"say their order: --label-as {label}=1, and so for each label",
            ) from None


OF_CORRECTNESS = ("accuracy", "error")
"""The metrics of rows that are known to be right or wrong, and no more."""


def refuse_classes(metric: str) -> None:
    """Refuse a metric of classes where only right and wrong rows are known."""
    if metric not in OF_CORRECTNESS:
        raise UsageError(
            f"{metric} needs labels and predictions, and this run only tells which rows are right",
            accepted=", ".join(OF_CORRECTNESS),
        )


def choose_metric(
    name: str | None,
    *,
    labels: tuple[str, ...],
    positive: str | None,
    average: str | None = None,
    beta: float = 1.0,
) -> MetricChoice:
    """Return the metric asked for, or the course's single number: F1, or macro-F1.

    Where only right and wrong rows are known it is accuracy.

    Without `average` it is binary where a positive class is known, else macro.
    """
    correctness = labels == RIGHT_OR_WRONG
    name = name or ("accuracy" if correctness else None)
    name = (name or "f1").strip().lower().replace("-", "_")
    if name not in METRICS:
        raise UsageError(
            f"unknown metric {name!r}",
            accepted=", ".join(METRICS),
            hint=did_you_mean(name, METRICS),
        )
    metric = METRICS[name]
    if name == "quadratic_kappa" and len(labels) > 2:
        _check_ordered(labels)
    if beta != 1.0 and name != "f_beta":
        raise UsageError("beta belongs to the metric f_beta", accepted="--metric f_beta --beta 2")
    if beta <= 0 or not math.isfinite(beta):
        raise UsageError(f"beta is {beta:g}", accepted="a number above 0")
    if average is not None and average not in AVERAGES:
        raise UsageError(f"unknown average {average!r}", accepted=", ".join(AVERAGES))
    if correctness:
        refuse_classes(metric.name)
    if metric.needs == "score" and (len(labels) > 2 or positive is None):
        if average not in (None, "macro", "weighted"):
            raise UsageError(
                f"a ranking without a positive class has no {average} average",
                accepted="macro, weighted: each label against the rest",
            )
        return MetricChoice(metric, average or "macro", None, beta)
    if not metric.by_class:
        return MetricChoice(metric, None, positive, beta)
    if average == "binary" and positive is None:
        raise UsageError(
            "a binary average needs a positive class",
            accepted=f"--positive with one of {', '.join(map(repr, labels[:10]))}"
            if len(labels) <= 2
            else "macro, weighted or micro: there are more than two labels",
        )
    if average is None:
        average = "binary" if positive is not None else "macro"
    return MetricChoice(metric, average, positive, beta)
