# Over 300 lines: the curves of one split stand together.
"""What scores are worth: ROC, precision and recall at every threshold, and calibration.

Everything follows from the counts by distinct score, so ten million rows cost one sort of their
distinct scores. Curves are thinned for drawing; the figures beside them are not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from mlstrat.core.counts import SPLITS, Cells, Floats, ScoreCells, sum_by
from mlstrat.core.estimates import FEWEST_GROUPS, estimate
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.groups import proportion
from mlstrat.core.intervals import Interval
from mlstrat.core.metrics import METRICS, MetricChoice
from mlstrat.core.record import Record
from mlstrat.errors import UndefinedError

MOST_POINTS = 500
"""Points of a curve that is drawn: a column of a page shows no more."""

RELIABILITY_BINS = 10
"""Bins of a reliability diagram, with about as many rows each. Ours; ten is usual (Guo et al.
2017, On calibration of modern neural networks)."""

FEWEST_IN_BIN = 20
"""Rows of a bin; with fewer rows in all there are fewer bins. Ours: a share of fewer rows has an
interval of half the diagram."""


class OperatingPoint(Record):
    """Where the predictions of the run stand; fractions, None where undefined."""

    recall: float | None
    false_positive_rate: float | None
    precision: float | None


class RankingCurve(Record):
    """One class against the rest: its curves from the highest score to the lowest.

    ``share`` is that of the class, weighted where the run is: the precision of chance. Points are
    of equal number, at falling thresholds; ``operating`` is where the run's own predictions stand.
    """

    label: str
    rows: int
    positives: int
    share: float
    false_positive_rate: tuple[float, ...]
    recall: tuple[float, ...]
    precision: tuple[float, ...]
    roc_auc: Figure
    average_precision: Figure
    operating: OperatingPoint


class ReliabilityBin(Record):
    """Rows of neighbouring scores: the share that the scores promise, and the share that came.

    ``ci`` is that of ``observed``; ``off`` tells whether it differs from what was promised beyond
    chance, with all bins looked at together.
    """

    low: float
    high: float
    promised: float
    observed: float
    ci: Interval | None
    n: int
    off: bool


class ScoreCurves(Record):
    """All that is drawn from the scores of one split.

    ``reliability`` is empty where the scores are no probabilities, with the reason; ``error`` is
    the mean distance of promised and observed share, by rows (the expected calibration error).
    """

    split: str
    labels: tuple[str, ...]
    curves: tuple[RankingCurve, ...]
    reliability: tuple[ReliabilityBin, ...]
    error: float | None
    reason: str | None = None


def score_curves(cells: Cells, sampling: Sampling, positive: str | None = None) -> ScoreCurves:
    """Return the curves of one split.

    Source: Fawcett (2006), An introduction to ROC analysis; Davis and Goadrich (2006), The
    relationship between precision-recall and ROC curves; DeGroot and Fienberg (1983) for
    reliability diagrams.
    """
    found: Mapping[str, ScoreCells] = cells.scores or {}
    wanted = {k: v for k, v in found.items() if positive is None or k == positive}
    curves = [_curve(cells, label, sc, sampling) for label, sc in wanted.items() if _both(sc)]
    split = cells.splits[int(cells.split[0])]
    if not curves:
        raise UndefinedError(
            f"no curve on {split}: there is no class with rows of it and rows of others"
        )
    bins, reason = reliability(wanted, cells.weighted, sampling)
    total = sum(b.n for b in bins)
    error = sum(b.n * abs(b.observed - b.promised) for b in bins) / total if total else None
    return ScoreCurves(split, cells.labels, tuple(curves), bins, error, reason)


def _both(scores: ScoreCells) -> bool:
    weight, positive = scores.weight, scores.positive == 1
    return bool(weight[positive].sum() > 0 and weight[~positive].sum() > 0)


def _curve(cells: Cells, label: str, scores: ScoreCells, sampling: Sampling) -> RankingCurve:
    positive = scores.positive == 1
    _, place = np.unique(-scores.score, return_inverse=True)
    hits = np.cumsum(sum_by(place, np.where(positive, scores.weight, 0.0)))
    false = np.cumsum(sum_by(place, np.where(positive, 0.0, scores.weight)))
    recall, false_rate = hits / hits[-1], false / false[-1]
    called = hits + false
    precision = np.divide(hits, called, out=np.ones_like(hits), where=called > 0)
    keep = _thinned(false_rate, recall, precision)
    alone = replace(cells, scores={label: scores})
    stream = SPLITS.index(cells.splits[int(cells.split[0])])  # that of `score`: the same figures
    auc, area = (
        estimate(
            alone, MetricChoice(METRICS[name], "binary", label), sampling, stream, draws=False
        ).figure
        for name in ("roc_auc", "average_precision")
    )
    rows = int(scores.n.sum())
    return RankingCurve(
        label,
        rows,
        int(scores.n[positive].sum()),
        float(hits[-1] / called[-1]),
        (0.0, *map(float, false_rate[keep])),
        (0.0, *map(float, recall[keep])),
        (float(precision[keep[0]]), *map(float, precision[keep])),
        auc,
        area,
        _operating(cells, label),
    )


def _thinned(false_rate: Floats, recall: Floats, precision: Floats) -> np.ndarray:
    """Return the places of at most `MOST_POINTS` points, evenly along both curves.

    Along means by the way that is gone in all three rates, so that a steep part and a jagged one
    keep their shape.
    """
    size = len(recall)
    if size < MOST_POINTS:
        return np.arange(size)
    steps = sum(np.abs(np.diff(x, prepend=x[0])) for x in (false_rate, recall, precision))
    way = np.cumsum(steps)
    evenly = np.linspace(0.0, float(way[-1]), MOST_POINTS - 2)
    places = np.searchsorted(way, evenly).clip(0, size - 1)
    return np.unique(np.append(places, size - 1))


def _operating(cells: Cells, label: str) -> OperatingPoint:
    """Return where the predictions stand, if there are any; a blank one calls no class."""
    code = cells.labels.index(label)
    actual, called = cells.truth == code, cells.predicted == code

    def share(num: np.ndarray, den: np.ndarray) -> float | None:
        total = float(cells.weight[den].sum()) if cells.predicts else 0.0
        return float(cells.weight[num & den].sum()) / total if total > 0 else None

    return OperatingPoint(share(called, actual), share(called, ~actual), share(actual, called))


def reliability(
    found: Mapping[str, ScoreCells], weighted: bool, sampling: Sampling
) -> tuple[tuple[ReliabilityBin, ...], str | None]:
    """Return the bins, of several classes together, or why there are none."""
    scores = np.concatenate([x.score for x in found.values()])
    if len(scores) == 0 or scores.min() < 0 or scores.max() > 1:
        return (), "the scores are not probabilities: they do not lie between 0 and 1"
    rows = as_cells(found, weighted)
    total = rows.rows
    bins = int(max(1, min(RELIABILITY_BINS, total // FEWEST_IN_BIN)))
    _, place = np.unique(scores, return_inverse=True)
    by_score = sum_by(place, rows.n.astype(np.float64))
    middle = np.cumsum(by_score) - by_score / 2
    of_score = np.minimum((middle / total * bins).astype(np.int64), bins - 1)
    of_row = of_score[place]
    chosen = [code for code in np.unique(of_row) if rows.weight[of_row == code].sum() > 0]
    # All bins are looked at together: each is held to a share of the error that is allowed.
    strict = 1 - (1 - sampling.confidence) / max(len(chosen), 1)
    out = []
    for code in chosen:
        den = of_row == code
        one = proportion(rows, rows.truth == 1, den)
        if one is None:
            continue
        promised = float((rows.weight * scores)[den].sum() / rows.weight[den].sum())
        sure = one.groups is None or one.groups >= FEWEST_GROUPS
        low, high = one.interval(strict) if sure else (0.0, 1.0)
        chance = _chance_bound(one.value, promised, one.trials)
        here = scores[den]
        out.append(
            ReliabilityBin(
                float(here.min()), float(here.max()), promised, one.value,
                one.interval(sampling.confidence) if sure else None, one.rows,
                sure and not low <= promised <= high and chance <= 1 - strict,
            )
        )  # fmt: skip
    return tuple(out), None


def _chance_bound(observed: float, promised: float, trials: float) -> float:
    """Return a bound on the chance of a share as far from what was promised, on either side.

    Formula: 2 exp(−n KL(observed ‖ promised)), Chernoff's bound. It holds for few expected hits
    too, where Wilson's interval is left too often on one side, and for rows of unlike chances
    (Hoeffding 1963).
    """
    distance = 0.0
    for seen, held in ((observed, promised), (1 - observed, 1 - promised)):
        if seen > 0:
            if held <= 0:
                return 0.0
            distance += seen * math.log(seen / held)
    return min(1.0, 2 * math.exp(-trials * distance))


def as_cells(found: Mapping[str, ScoreCells], weighted: bool) -> Cells:
    """Return counts by score as cells whose truth is the class or not."""

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(x, name) for x in found.values()])

    # A row of several classes stands here once for each. Only one of them can be its label, so
    # that they vary against each other, and a bin that holds several varies a little less.
    grouped = all(x.group is not None for x in found.values())
    truth = joined("positive")
    return Cells(
        labels=("", "1"),
        splits=("",),
        split=np.zeros_like(truth),
        truth=truth,
        predicted=truth,
        n=joined("n"),
        weight=joined("weight"),
        weight_squared=joined("weight_squared"),
        weighted=weighted,
        group=joined("group") if grouped else None,
    )


MOST_THRESHOLDS = 60
"""Thresholds that are drawn, at most: at quantiles of the scores (mlstrat's choice)."""

OVER_THRESHOLDS = ("precision", "recall", "f1", "error")


class ThresholdCurve(Record):
    """One class on one split, at rising thresholds.

    ``points`` are figures by threshold, by the names of `OVER_THRESHOLDS`; of trials the rates of
    both errors. ``used`` is the threshold that the run is read at and ``rule`` what chose it; None
    where it has predictions of its own, or none was chosen. ``row`` is what a row is called.
    """

    split: str
    label: str
    rows: int
    points: Mapping[float, Mapping[str, Figure]]
    used: float | None = None
    rule: str | None = None
    row: str = "row"

    @property
    def of_task(self) -> bool:
        """Whether it is of units in examples, and not of rows."""
        return self.row != "row"

    @property
    def names(self) -> tuple[str, ...]:
        """What is drawn over thresholds."""
        return tuple(x for x in next(iter(self.points.values())) if x != "error")

    @property
    def best(self) -> float:
        """The threshold with the best F1 of those that are drawn; of equals the highest.

        Of trials that where both rates are closest.
        """

        def worth(threshold: float) -> float:
            found = self.points[threshold]
            if "f1" in found:
                return found["f1"].value or 0.0
            first, second = (found[x].value or 0.0 for x in self.names)
            return -abs(first - second)

        return max(self.points, key=lambda t: (worth(t), t))


def threshold_curve(
    cells: Cells, confidence: float, *, of: str | None = None, used: float | None = None,
    rule: str | None = None,
) -> ThresholdCurve:  # fmt: skip
    """Return what every threshold gives on one split.

    Formula: precision TP / (TP + FP), recall TP / (TP + FN), error (FP + FN) / n, each with the
    interval of a proportion; F1 = 2J / (1 + J) of J = TP / (TP + FP + FN), and so its interval.
    Intervals are of each threshold by itself.
    """
    scores = cells.scores or {}
    label = next(iter(scores)) if of is None else of
    one = scores[label]
    split = cells.splits[int(cells.split[0])]
    if not 0 < one.n[one.positive == 1].sum() < one.n.sum():
        raise UndefinedError(
            f"no curve on {split}: there is no class with rows of it and rows of others"
        )
    rows = as_cells({label: one}, cells.weighted)
    cuts = _cuts(one)
    if used is not None and one.score.min() <= used <= one.score.max():
        cuts = np.unique(np.append(cuts, used))
    points = {float(t): _figures(rows, one.score >= t, confidence) for t in cuts}
    return ThresholdCurve(split, label, rows.rows, points, used, rule)


def _cuts(scores: ScoreCells) -> np.ndarray:
    """Return the scores to draw at: all of them, or quantiles by their rows."""
    distinct, place = np.unique(scores.score, return_inverse=True)
    if len(distinct) <= MOST_THRESHOLDS:
        return distinct
    mass = np.cumsum(sum_by(place, scores.n.astype(np.float64)))
    wanted = np.linspace(0, mass[-1], MOST_THRESHOLDS)
    found: np.ndarray = distinct[np.searchsorted(mass, wanted).clip(0, len(distinct) - 1)]
    return np.unique(found)


def _figures(rows: Cells, called: np.ndarray, confidence: float) -> dict[str, Figure]:
    positive = rows.truth == 1
    hit, every = called & positive, np.ones(len(called), bool)
    found = {
        "precision": _figure(rows, hit, called, confidence),
        "recall": _figure(rows, hit, positive, confidence),
        "f1": _figure(rows, hit, called | positive, confidence),
        "error": _figure(rows, called != positive, every, confidence),
    }
    j = found["f1"]
    if j.value is not None:
        ci = None if j.ci is None else (_f1(j.ci[0]), _f1(j.ci[1]))
        found["f1"] = Figure(_f1(j.value), ci, j.n, j.reason)
    return found


def _f1(j: float) -> float:
    return 2 * j / (1 + j)


def _figure(rows: Cells, num: np.ndarray, den: np.ndarray, confidence: float) -> Figure:
    one = proportion(rows, num, den)
    if one is None:
        return Figure(None, None, 0, "undefined: no row counts")
    if one.groups is not None and one.groups < FEWEST_GROUPS:
        return Figure(one.value, None, one.rows, f"no interval: {one.groups} groups")
    return Figure(one.value, one.interval(confidence), one.rows)
