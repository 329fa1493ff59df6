"""Paired differences of metrics that need scores: rankings and losses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

import mlstrat as ms

ORACLES = {
    "roc_auc": roc_auc_score,
    "average_precision": average_precision_score,
    "log_loss": log_loss,
    "brier": brier_score_loss,
}


def runs(
    rng: np.random.Generator, n: int, *, alike: float = 0.8
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two models whose scores share most of their noise; the second is a little worse."""
    y = (rng.random(n) < 0.4).astype(int)
    shared = rng.normal(size=n)
    out = []
    for signal in (1.2, 1.0):
        own = rng.normal(size=n)
        x = signal * (y - 0.5) * 2 + alike * shared + np.sqrt(1 - alike**2) * own
        score = (1 / (1 + np.exp(-x))).round(3).clip(0.001, 0.999)
        out.append(pd.DataFrame({"id": np.arange(n), "label": y, "score": score}))
    return out[0], out[1]


@pytest.mark.parametrize("metric", ORACLES)
def test_the_difference_is_that_of_the_two_scores(metric):
    a, b = runs(np.random.default_rng(1), 400)
    found = ms.compare(a, b.sample(frac=1, random_state=3), metric=metric)
    want = ORACLES[metric](b.label, b.score) - ORACLES[metric](a.label, a.score)
    assert found.to_dict()["difference"]["value"] == pytest.approx(want)
    low, high = found.to_dict()["difference"]["ci"]
    assert low < want < high
    single = [ms.score(x, metric=metric).to_dict()["scores"][0]["ci"] for x in (a, b)]
    apart = sum((top - bottom) ** 2 for bottom, top in single) ** 0.5
    assert high - low < 0.85 * apart  # pairing pays


def test_the_variance_of_two_areas_is_delongs():
    a, b = runs(np.random.default_rng(5), 120)
    y = a.label.to_numpy()

    def placements(score):
        pos, neg = score[y == 1][:, None], score[y == 0][None, :]
        won = (pos > neg) + (pos == neg) / 2
        return won.mean(axis=1), won.mean(axis=0)

    v10, v01 = zip(*(placements(x.score.to_numpy()) for x in (a, b)), strict=True)
    variance = (v10[1] - v10[0]).var(ddof=1) / (y == 1).sum()
    variance += (v01[1] - v01[0]).var(ddof=1) / (y == 0).sum()
    found = ms.compare(a, b, metric="roc_auc")
    d = found.to_dict()
    z = d["difference"]["value"] / variance**0.5
    from scipy.stats import norm

    assert d["p_b_better"] == pytest.approx(norm.cdf(z), abs=1e-9)


@pytest.mark.parametrize("metric", ORACLES)
def test_weights_of_two_are_rows_twice(metric):
    a, b = runs(np.random.default_rng(2), 200)
    weight = np.random.default_rng(3).integers(1, 3, 200)
    twice = [pd.concat([x, x[weight == 2].assign(id=lambda f: f.id + 1000)]) for x in (a, b)]
    plain = ms.compare(*twice, metric=metric).to_dict()["difference"]["value"]
    weighed = ms.compare(a.assign(sample_weight=weight), b, metric=metric)
    assert weighed.to_dict()["difference"]["value"] == pytest.approx(plain)


@pytest.mark.parametrize("metric", ORACLES)
def test_the_unit_of_weights_plays_no_part(metric):
    a, b = (x.assign(sample_weight=1 + x.id % 3) for x in runs(np.random.default_rng(5), 40))
    larger = [x.assign(sample_weight=100 * x.sample_weight) for x in (a, b)]
    one, other = (ms.compare(*x, metric=metric).to_dict()["difference"] for x in ((a, b), larger))
    assert one["ci"] == pytest.approx(other["ci"])


@pytest.mark.parametrize("metric", ORACLES)
def test_groups_of_one_row_are_rows(metric):
    a, b = runs(np.random.default_rng(4), 150)
    alone = ms.compare(a, b, metric=metric).to_dict()["difference"]
    grouped = ms.compare(a.assign(group=a.id), b, metric=metric).to_dict()["difference"]
    assert grouped["value"] == pytest.approx(alone["value"])
    widths = [ci[1] - ci[0] for ci in (alone["ci"], grouped["ci"])]
    assert widths[1] == pytest.approx(widths[0], rel=0.1)


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision", "log_loss", "brier"])
def test_of_several_classes_the_mean_is_compared(metric):
    rng = np.random.default_rng(6)
    label = rng.choice(list("xyz"), 300)
    two = []
    for sharp in (2.0, 1.5):
        raw = rng.random((300, 3)) + sharp * (label[:, None] == np.array(list("xyz")))
        share = raw / raw.sum(axis=1, keepdims=True)
        columns = {f"prob_{k}": share[:, i] for i, k in enumerate("xyz")}
        two.append(pd.DataFrame({"id": range(300), "label": label, **columns}))
    found = ms.compare(*two, metric=metric).to_dict()
    values = [ms.score(x, metric=metric).value for x in two]
    assert found["difference"]["value"] == pytest.approx(values[1] - values[0])
    assert (
        found["difference"]["ci"][0] < found["difference"]["value"] < found["difference"]["ci"][1]
    )


def test_the_same_predictions_with_other_scores_are_not_identical():
    a, b = runs(np.random.default_rng(7), 300)
    b = b.assign(score=np.where(a.score >= 0.5, 0.5 + b.score / 2, b.score / 2).round(3))
    found = ms.compare(a, b, metric="roc_auc").to_dict()
    assert found["p_value"] == 1.0  # of correctness, which is the same
    assert found["difference"]["value"] != 0
    assert found["p_b_better"] != 0.5
    same = ms.compare(a, a.assign(note=1), metric="log_loss")
    assert (same.verdict, same.to_dict()["p_b_better"]) == ("identical", 0.5)


def test_without_a_score_the_run_is_named():
    a, b = runs(np.random.default_rng(8), 30)
    b = b.assign(prediction=b.label).drop(columns="score")
    with pytest.raises(ms.InputError, match="no score, which this metric needs"):
        ms.compare(a, b, metric="roc_auc")
    with pytest.raises(ms.UsageError, match="a and b name predictions"):
        ms.compare(a.assign(p=1, q=0), a="p", b="q", metric="roc_auc")


@pytest.mark.slow
@pytest.mark.parametrize("metric", ORACLES)
def test_intervals_of_paired_differences_cover(metric):
    truth = [ORACLES[metric](x.label, x.score) for x in runs(np.random.default_rng(0), 400_000)]
    rng, n = np.random.default_rng(300), 300

    def one() -> bool:
        a, b = runs(rng, n)
        low, high = ms.compare(a, b, metric=metric, resamples=100).to_dict()["difference"]["ci"]
        return low <= truth[1] - truth[0] <= high

    # Average precision resamples each of the two 1,000 times.
    trials = 150 if metric == "average_precision" else 300
    hits = np.mean([one() for _ in range(trials)])
    assert 0.92 <= hits <= 0.985


def test_scores_of_any_scale_are_ranked_beside_weights_in_percent():
    a, b = (
        x.assign(score=9 * x.score, sample_weight="50%") for x in runs(np.random.default_rng(6), 40)
    )
    plain = (x.assign(sample_weight=0.5) for x in (a, b))
    one, other = (ms.compare(*x, metric="roc_auc").to_dict()["difference"] for x in ((a, b), plain))
    assert one["value"] == other["value"]
