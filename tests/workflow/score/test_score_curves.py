"""Curves of scores: held to scikit-learn, and their intervals and alarms to simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlstrat.core.counts import ScoreCells
from mlstrat.core.figures import Sampling
from mlstrat.errors import UndefinedError
from mlstrat.tasks.classification.run import read_run
from mlstrat.workflow.score.curves import MOST_POINTS, reliability, score_curves

SAMPLING = Sampling(resamples=100)


def curves(frame: pd.DataFrame, positive: str | None = "1", of: str | None = None):
    return score_curves(
        read_run(frame, needs="score", positive=positive).cells.of_split("dev"), SAMPLING, of
    )


def binary(n: int, seed: int, digits: int = 8, weights: bool = False) -> pd.DataFrame:
    """Rows whose scores are right: a row of score p is positive in a share p."""
    rng = np.random.default_rng(seed)
    score = np.round(rng.beta(1.2, 2.0, n), digits)
    frame = pd.DataFrame({"label": (rng.random(n) < score).astype(int), "score": score})
    return frame.assign(sample_weight=rng.uniform(0.5, 2, n)) if weights else frame


@pytest.mark.parametrize("weights", [False, True])
def test_the_curves_are_those_of_scikit_learn(weights: bool):
    from sklearn.metrics import precision_recall_curve, roc_curve

    frame = binary(300, 1, digits=2, weights=weights)
    weight = frame["sample_weight"] if weights else None
    (ours,) = curves(frame).curves
    false, recall, _ = roc_curve(
        frame["label"], frame["score"], sample_weight=weight, drop_intermediate=False
    )
    assert ours.false_positive_rate == pytest.approx(tuple(false))
    assert ours.recall == pytest.approx(tuple(recall))
    precision, _, _ = precision_recall_curve(frame["label"], frame["score"], sample_weight=weight)
    assert ours.precision[1:] == pytest.approx(tuple(precision[:-1][::-1]))


def test_areas_and_the_operating_point_are_those_of_the_commands():
    import mlstrat as ms

    frame = binary(400, 2)
    (ours,) = curves(frame).curves
    for name in ("roc_auc", "average_precision"):
        figure = ms.score(frame, metric=name, resamples=100).to_dict()["scores"][0]
        assert getattr(ours, name).value == figure["value"]
        assert list(getattr(ours, name).ci) == figure["ci"]
    called, actual = frame["score"] >= 0.5, frame["label"] == 1
    assert ours.operating.recall == (called & actual).sum() / actual.sum()
    assert ours.operating.precision == (called & actual).sum() / called.sum()
    assert ours.operating.false_positive_rate == (called & ~actual).sum() / (~actual).sum()
    assert (ours.rows, ours.positives, ours.share) == (400, actual.sum(), actual.mean())


def test_a_long_curve_is_thinned_and_keeps_its_shape():
    from sklearn.metrics import roc_curve

    frame = binary(20_000, 3)
    (ours,) = curves(frame).curves
    assert len(ours.recall) <= MOST_POINTS
    assert (ours.recall[-1], ours.false_positive_rate[-1]) == (1, 1)
    false, recall, _ = roc_curve(frame["label"], frame["score"], drop_intermediate=False)
    places = np.stack([false, recall])
    for point in zip(ours.false_positive_rate, ours.recall, strict=True):
        assert np.abs(places.T - point).sum(axis=1).min() < 1e-9
    area = np.trapezoid(ours.recall, ours.false_positive_rate)
    assert area == pytest.approx(ours.roc_auc.value, abs=2e-4)
    area = np.sum(np.diff(ours.recall) * ours.precision[1:])
    assert area == pytest.approx(ours.average_precision.value, abs=2e-3)


def test_bins_of_a_reliability_diagram_hold_as_many_rows_each():
    found = curves(binary(1000, 4))
    assert [b.n for b in found.reliability] == [100] * 10
    assert all(b.low <= b.promised <= b.high for b in found.reliability)
    frame = binary(1000, 4).sort_values("score")
    for k, b in enumerate(found.reliability):
        rows = frame.iloc[100 * k : 100 * (k + 1)]
        assert b.observed == pytest.approx(rows["label"].mean())
        assert b.promised == pytest.approx(rows["score"].mean())
    assert found.error == pytest.approx(
        sum(abs(b.observed - b.promised) for b in found.reliability) / 10
    )


def test_few_rows_have_few_bins_and_equal_scores_stay_together():
    assert len(curves(binary(60, 5)).reliability) == 3
    assert len(curves(binary(15, 5)).reliability) == 1
    same = pd.DataFrame({"label": [1, 0] * 200, "score": [0.5] * 400})
    (only,) = curves(same).reliability
    assert (only.promised, only.observed, only.off) == (0.5, 0.5, False)


def test_scores_that_are_too_sure_are_off():
    frame = binary(2000, 6)
    frame["score"] = np.where(frame["score"] > 0.5, 0.99, 0.01)
    found = curves(frame)
    assert all(b.off for b in found.reliability)
    assert found.error > 0.1


def test_scores_that_are_no_probabilities_rank_and_promise_nothing():
    frame = binary(200, 7).assign(prediction=lambda f: f["score"].round().astype(int))
    found = curves(frame.assign(score=lambda f: 10 * f["score"] - 3))
    assert found.reliability == ()
    assert "between 0 and 1" in found.reason
    assert found.error is None
    assert found.curves[0].roc_auc.value > 0.5


def test_each_of_several_classes_is_ranked_against_the_rest():
    rng = np.random.default_rng(8)
    chance = rng.dirichlet([1, 1, 1], 600)
    label = [rng.choice(list("abc"), p=p) for p in chance]
    frame = pd.DataFrame(
        {"label": label, **{f"prob_{c}": chance[:, i] for i, c in enumerate("abc")}}
    )
    found = curves(frame, None)
    assert [c.label for c in found.curves] == ["a", "b", "c"]
    assert sum(b.n for b in found.reliability) == 3 * 600
    assert not any(b.off for b in found.reliability)
    alone = curves(frame, None, "b")
    assert alone.curves == found.curves[1:2]
    assert sum(b.n for b in alone.reliability) == 600


def test_groups_widen_the_bins_and_few_of_them_have_no_interval():
    frame = binary(800, 9)
    rows = curves(frame).reliability[4].ci
    frame["label"] = np.repeat(frame["label"].to_numpy()[::8], 8)
    frame["score"] = np.repeat(frame["score"].to_numpy()[::8], 8)
    grouped = curves(frame.assign(group=np.arange(800) // 8)).reliability[4].ci
    assert grouped[1] - grouped[0] > 1.5 * (rows[1] - rows[0])
    few = curves(frame.assign(group=np.arange(800) // 200))
    assert all(b.ci is None and not b.off for b in few.reliability)


def test_one_class_alone_has_no_curve():
    cells = read_run(binary(40, 10), needs="score", positive="1").cells
    scores = cells.scores["1"]
    only = replace(cells, scores={"1": replace(scores, positive=np.ones_like(scores.positive))})
    with pytest.raises(UndefinedError, match="rows of it and rows of others"):
        score_curves(only, SAMPLING)


def drawn_bins(rng: np.random.Generator, n: int, weights: bool):
    """Return the bins of a run whose scores are right, without the way through a file."""
    score = np.sort(rng.beta(1.2, 2.0, n))
    weight = rng.uniform(0.5, 2, n) if weights else np.ones(n)
    counts = ScoreCells(
        split=np.zeros(n, np.int64), positive=(rng.random(n) < score).astype(np.int64),
        score=score, n=np.ones(n, np.int64), weight=weight, weight_squared=weight**2,
    )  # fmt: skip
    return reliability({"1": counts}, weights, SAMPLING)[0]


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 200, 2000])
@pytest.mark.parametrize("weights", [False, True])
def test_intervals_of_bins_cover_and_right_scores_are_rarely_off(n: int, weights: bool):
    """The interval of a bin holds what was promised; few diagrams of right scores alarm."""
    rng = np.random.default_rng(n)
    trials, held, bins, alarms = 2000, 0, 0, 0
    for _ in range(trials):
        found = drawn_bins(rng, n, weights)
        # A row of score p is positive with chance p, so that the truth of a bin is its mean.
        held += sum(b.ci[0] <= b.promised <= b.ci[1] for b in found)
        bins += len(found)
        alarms += any(b.off for b in found)
    assert 0.93 <= held / bins <= 0.975
    assert alarms / trials <= 0.05


def test_scores_that_are_wrong_by_much_are_seen():
    rng = np.random.default_rng(3)
    seen = 0
    for _ in range(50):
        score = rng.beta(1.2, 2.0, 1000)
        counts = ScoreCells(
            split=np.zeros(1000, np.int64),
            positive=(rng.random(1000) < score**2).astype(np.int64), score=score,
            n=np.ones(1000, np.int64), weight=np.ones(1000), weight_squared=np.ones(1000),
        )  # fmt: skip
        seen += any(b.off for b in reliability({"1": counts}, False, SAMPLING)[0])
    assert seen == 50
