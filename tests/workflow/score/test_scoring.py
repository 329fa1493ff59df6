"""The single number: by split, by column, by cost; the course's cases through the public door."""

from __future__ import annotations

import json
from itertools import product

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

import mlstrat as ms
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Estimate, Sampling
from mlstrat.core.metrics import METRICS, MetricChoice
from mlstrat.workflow.score.compute import CostRule, mean_of_parts, score_cells
from tests.simulation import World, make_cells


def binary(tp: int, fp: int, fn: int, tn: int, **more: object) -> pd.DataFrame:
    """Return a run of that confusion matrix, positive label 1."""
    label = [1] * (tp + fn) + [0] * (fp + tn)
    prediction = [1] * tp + [0] * fn + [1] * fp + [0] * tn
    return pd.DataFrame({"label": label, "prediction": prediction, **more})


@pytest.mark.parametrize(
    ("counts", "precision", "recall", "f1"),
    [
        # M1: precision 95%, recall 90%: 19 · 90 = 1710 of 1800 predicted, of 1900 there.
        ((1710, 90, 190, 2000), 0.95, 0.90, 0.92432432),
        # M1: precision 98%, recall 85%.
        ((1666, 34, 294, 2000), 0.98, 0.85, 0.91038251),
        # M2: TP 3, FP 1, FN 2, TN 4.
        ((3, 1, 2, 4), 0.75, 0.60, 2 / 3),
    ],
)
def test_f1_of_the_course(counts, precision, recall, f1):
    run = binary(*counts)
    assert ms.score(run).value == pytest.approx(f1)
    assert ms.score(run, metric="precision").value == pytest.approx(precision)
    assert ms.score(run, metric="recall").value == pytest.approx(recall)


def test_the_course_prefers_a_by_f1():
    a, b = (ms.score(binary(*x)) for x in ((1710, 90, 190, 2000), (1666, 34, 294, 2000)))
    assert a.value > b.value


def test_accuracy_of_the_notes():
    assert ms.score(binary(3, 1, 2, 4), metric="accuracy").value == pytest.approx(0.7)


def cat_app(errors_porn: int, errors_other: int) -> pd.DataFrame:
    """Return 1,000 images, 20 of them pornographic; the wrong ones are let through as cats."""
    label = ["porn"] * 20 + ["cat"] * 480 + ["other"] * 500
    wrong = [i < errors_porn for i in range(20)]
    wrong += [False] * 480 + [i < errors_other for i in range(500)]
    prediction = ["cat" if w else x for w, x in zip(wrong, label, strict=True)]
    return pd.DataFrame({"label": label, "prediction": prediction})


def test_m7_plain_error_prefers_a_and_weighted_error_prefers_b():
    # A errs on 3% and lets pornography through; B errs on 5% and lets none through.
    a, b = cat_app(10, 20), cat_app(0, 50)
    plain = [ms.score(x, metric="error").value for x in (a, b)]
    assert plain == pytest.approx([0.03, 0.05])
    weighted = [ms.score(x, weight_when=["label=porn:10"]).value for x in (a, b)]
    # Σ w = 20 · 10 + 980; A: (10 · 10 + 20) / 1180, B: 50 / 1180.
    assert weighted == pytest.approx([120 / 1180, 50 / 1180])
    assert weighted[0] > weighted[1]


def test_m8_to_m10_when_to_change_the_metric_is_explained():
    text = " ".join(ms.explain("MLS302").to_text().split())
    assert "change the metric and/or the dev and test sets" in text
    assert "if the target itself moved, move metric, dev and test first" in text
    assert "is one step, aiming at it another" in text


def test_the_document_keeps_its_promises():
    run = cat_app(10, 20).assign(region=["EU", "US"] * 500, split=["dev"] * 600 + ["test"] * 400)
    document = ms.score(run, by=["region"], metric="error").to_dict()
    json.dumps(document, allow_nan=False)
    assert document["schema"] == "mlstrat.score/1"
    assert [(x["split"], x["by"]) for x in document["scores"]] == [
        ("dev", None), ("test", None), ("dev", {"region": "EU"}), ("dev", {"region": "US"}),
    ]  # fmt: skip
    first = document["scores"][0]
    assert {"metric", "value", "ci", "n"} <= set(first)
    mean = document["mean"]
    assert set(mean) == {"value", "ci", "n"}
    assert mean["value"] == pytest.approx(
        (document["scores"][2]["value"] + document["scores"][3]["value"]) / 2
    )


def test_without_by_there_is_no_mean():
    document = ms.score(cat_app(1, 1)).to_dict()
    assert document["mean"] is None
    assert document["means"] == []
    assert document["scores"][0]["metric"] == "f1"


def test_the_mean_is_over_values_not_over_rows():
    run = pd.DataFrame({
        "label": ["a", "b"] * 55,
        "prediction": ["a", "b"] * 50 + ["b", "a"] * 5,
        "region": ["big"] * 100 + ["small"] * 10,
    })  # fmt: skip
    found = ms.score(run, metric="accuracy", by=["region"])
    assert found.value == pytest.approx(100 / 110)
    assert found.mean.value == pytest.approx(0.5)
    assert found.mean.n == 110


def test_a_cell_of_the_confusion_matrix_weighs():
    run = cat_app(10, 20)
    found = ms.score(run, weight_when=["label=porn,prediction=cat:5"])
    assert found.value == pytest.approx((10 * 5 + 20) / (1000 + 10 * 4))


def test_a_column_weighs_and_weights_multiply_with_each_other_and_the_rows_own():
    run = cat_app(10, 20).assign(region=["EU", "US"] * 500, sample_weight=2.0)
    weight = np.where(run.label == "porn", 10, 1) * np.where(run.region == "EU", 3, 1) * 2.0
    wrong = run.label != run.prediction
    found = ms.score(run, weight_when=["label=porn:10", "region=EU:3"])
    assert found.value == pytest.approx((weight * wrong).sum() / weight.sum())


def test_weighted_f1_is_scikit_learns_with_sample_weights():
    run = cat_app(10, 20)
    weight = np.where(run.label == "porn", 10.0, 1.0)
    wanted = f1_score(run.label, run.prediction, average="macro", sample_weight=weight)
    assert ms.score(run, metric="f1", weight_when=["label=porn:10"]).value == pytest.approx(wanted)


def test_a_column_with_weight_one_changes_nothing():
    run = cat_app(10, 20)
    one, two = ms.score(run, metric="error"), ms.score(run, weight_when=["label=porn:1"])
    assert one.value == pytest.approx(two.value)
    assert one.ci == pytest.approx(two.ci)


def test_what_the_weights_did_is_a_finding():
    found = ms.score(cat_app(10, 20), weight_when=["label=porn:10"]).to_dict()
    (finding,) = [x for x in found["findings"] if x["code"] == "MLS302"]
    assert finding["evidence"]["unweighted"] == pytest.approx(0.03)
    assert finding["evidence"]["rules"][0]["rows"] == 20
    assert found["weights"][0]["share_of_weight"] == pytest.approx(200 / 1180)
    assert found["unweighted"]["value"] == pytest.approx(0.03)


def test_a_rule_that_meets_no_row_of_the_split_is_a_finding():
    run = cat_app(10, 20).assign(split=["test"] * 20 + ["dev"] * 980)
    codes = [x["code"] for x in ms.score(run, weight_when=["label=porn:10"]).to_dict()["findings"]]
    assert "MLS303" in codes


def test_values_without_a_figure_are_left_out_and_listed():
    run = binary(3, 1, 2, 4, region=["x"] * 6 + ["y"] * 4).assign()
    run.loc[run.region == "y", ["label", "prediction"]] = 0
    found = ms.score(run, metric="recall", by=["region"])
    assert found.to_dict()["means"][0]["left_out"] == ["y"]
    assert "MLS301" in [x["code"] for x in found.to_dict()["findings"]]
    assert found.mean.value == ms.score(run[run.region == "x"], metric="recall").value


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("label=porn", "no weight"),
        ("label=porn:ten", "weight 'ten'"),
        ("label=porn:-1", "weight '-1'"),
        ("label=porn:nan", "weight 'nan'"),
        ("porn:10", "is not a rule"),
        ("label=pron:10", "did you mean 'porn'"),
        ("regoin=EU:2", "weight_when names the column 'regoin'"),
        ("region=FR:2", "there is no such value"),
    ],
)
def test_bad_rules_are_refused(rule, wanted):
    run = cat_app(1, 1).assign(region=["EU", "US"] * 500)
    with pytest.raises(ms.MlstratError, match=wanted):
        ms.score(run, weight_when=[rule])


def test_weights_that_leave_nothing_are_refused():
    run = pd.DataFrame({"label": ["a", "a"], "prediction": ["a", "b"]})
    with pytest.raises(ms.UsageError, match="leaves no row any weight"):
        ms.score(run, weight_when=["label=a:0"])


def test_one_column_or_one_cost_needs_no_list():
    run = binary(3, 1, 2, 4, region=["eu", "us"] * 5)
    assert ms.score(run, by="region").to_dict() == ms.score(run, by=["region"]).to_dict()
    assert ms.score(run, weight_when="label=1:3").value == pytest.approx((2 * 3 + 1) / (5 * 3 + 5))


def test_a_value_may_hold_commas_colons_and_equals():
    run = pd.DataFrame({"label": ["a,b", "x:y"], "prediction": ["x:y", "x:y"]})
    assert ms.score(run, weight_when=["label=a,b:3"]).value == pytest.approx(3 / 4)
    assert ms.score(run, weight_when=["label=x:y:3"]).value == pytest.approx(1 / 4)


def test_a_value_whose_rows_weigh_nothing_has_no_cost():
    run = pd.DataFrame({"label": ["a", "b"] * 4, "prediction": ["a", "b", "a", "a"] * 2,
                        "region": ["n", "n", "n", "s"] * 2,
                        "sample_weight": [1.0, 1.0, 1.0, 0.0] * 2})  # fmt: skip
    found = ms.score(run, by=["region"], weight_when=["label=a:3"]).to_dict()["scores"]
    assert [x["value"] for x in found] == [0.0, 0.0, None]


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision"])
@pytest.mark.parametrize("labels", [("no", "yes"), ("a", "b", "c")])
def test_a_ranking_by_column_is_that_of_the_rows_of_each_value(metric, labels):
    rng = np.random.default_rng(2)
    chances = rng.dirichlet(np.ones(len(labels)), 240).round(2)
    run = pd.DataFrame({"split": rng.choice(["dev", "test"], 240), "r": rng.choice(["x", "y"], 240),
                        "label": rng.choice(labels, 240),
                        **{f"prob_{x}": chances[:, i] for i, x in enumerate(labels)}})  # fmt: skip
    found = {x["by"]["r"]: x["value"] for x in ms.score(run, metric=metric, by=["r"]).to_dict()[
        "scores"] if x["by"]}  # fmt: skip
    alone = {value: ms.score(run[run.r == value], metric=metric).value for value in "xy"}
    assert found == pytest.approx(alone)


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision"])
def test_two_classes_and_no_positive_one_are_ranked_each_against_the_other(metric):
    rng = np.random.default_rng(3)
    run = pd.DataFrame({"label": rng.choice(["cat", "dog"], 200), "prob_cat": rng.random(200)})
    run["prob_dog"] = 1 - run.prob_cat
    found = ms.score(run, metric=metric)
    each = [ms.score(run, metric=metric, positive=label).value for label in ("cat", "dog")]
    assert found.value == pytest.approx(np.mean(each))
    assert found.signature.average == "macro"
    assert "MLS202" in {x["code"] for x in found.to_dict()["findings"]}
    with pytest.raises(ms.UsageError, match="no binary average"):
        ms.score(run, metric=metric, average="binary")


def test_without_negatives_average_precision_is_one_and_has_no_interval():
    run = pd.DataFrame({"label": [1, 1, 0, 1], "score": [0.2, 0.6, 0.3, 0.7],
                        "split": ["train", "train", "dev", "dev"]})  # fmt: skip
    train = ms.score(run, metric="average_precision").to_dict()["scores"][1]
    assert (train["split"], train["value"], train["ci"]) == ("train", 1.0, None)
    assert "nothing varied" in train["reason"]


def test_a_ranking_has_no_cost():
    run = pd.DataFrame({"label": [0, 1] * 5, "score": np.linspace(0, 1, 10)})
    with pytest.raises(ms.UsageError, match="roc_auc ranks rows"):
        ms.score(run, metric="roc_auc", weight_when=["label=1:2"])


def test_log_loss_by_column_is_the_mean_of_its_rows():
    run = pd.DataFrame({"label": [0, 1] * 20, "score": np.linspace(0.1, 0.9, 40),
                        "r": ["x"] * 20 + ["y"] * 20})  # fmt: skip
    p = np.where(run.label == 1, run.score, 1 - run.score)
    loss = -np.log(p)
    found = ms.score(run, metric="log_loss", by=["r"], weight_when=["label=1:2"])
    w = np.where(run.label == 1, 2.0, 1.0)
    assert found.value == pytest.approx((w * loss).sum() / w.sum())


def test_the_registry_is_listed():
    rows = {x["name"]: x for x in ms.list_metrics().records()}
    assert set(rows) == set(METRICS)
    assert rows["log_loss"]["higher_is_better"] is False
    assert all(x["formula"] and x["undefined"] for x in rows.values())


def test_groups_that_straddle_values_bring_their_covariance():
    # Halves of every group: their mean is the whole error, and so must its interval be.
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(40), 10)
    wrong = rng.random(400) < rng.beta(0.5, 2, 40)[group]
    run = pd.DataFrame({"label": "a", "prediction": np.where(wrong, "b", "a"), "group": group,
                        "r": np.tile(["x", "y"], 200)})  # fmt: skip
    run.loc[0, ["label", "prediction"]] = "b"
    found = ms.score(run, metric="error", by=["r"])
    assert found.mean.value == pytest.approx(found.value)
    assert found.mean.ci == pytest.approx(found.ci, rel=0.05)


def test_a_mean_of_one_value_is_that_value():
    one = Estimate(0.2, (0.1, 0.35), 50)
    found = mean_of_parts([one])
    assert (found.value, found.ci) == (0.2, pytest.approx((0.1, 0.35)))


def test_the_mean_stays_within_the_range():
    parts = [Estimate(0.0, (0.0, 0.3), 10), Estimate(1.0, (0.7, 1.0), 10)]
    low, high = mean_of_parts(parts).ci
    assert 0 <= low <= 0.5 <= high <= 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["accuracy", "f1"])
def test_the_interval_of_a_mean_covers(name):
    average = "binary" if name == "f1" else None
    choice = MetricChoice(METRICS[name], average, "c0" if average else None)
    misses, trials = {}, 300
    for n, parts, error in product((50, 200), (2, 6), (0.1, 0.5)):
        world, rng, covered = World(n, error), np.random.default_rng(3), 0
        wanted = 1 - error
        for trial in range(trials):
            found = mean_of_parts(
                [estimate(world.draw(rng), choice, Sampling(0.95, 200, trial), draws=False)
                 for _ in range(parts)]
            )  # fmt: skip
            covered += found.ci[0] <= wanted <= found.ci[1]
        rate, slack = covered / trials, 3 * np.sqrt(0.95 * 0.05 / trials)
        if not 0.93 - slack <= rate <= 0.97 + slack:
            misses[n, parts, error] = rate
    assert not misses


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize(
    "rule", [(("label", "c1"),), (("label", "c1"), ("prediction", "c0"))], ids=["label", "cell"]
)
@pytest.mark.parametrize("cost", [10.0, 100.0])
def test_the_interval_of_a_cost_weighted_error_covers(rule, cost, weighted):
    """A rare and a common class that costs more, as often wrong or three times as often."""
    choice = MetricChoice(METRICS["error"], None, None)
    costs = [CostRule(rule, cost)]
    misses, trials = {}, 500
    for n, rare, error, times in product((200, 2000), (0.1, 0.5), (0.05, 0.2), (1, 3)):
        rng, covered, heavy = np.random.default_rng(4), 0, rare * error * times
        light = (1 - rare) * error
        wrong, right = heavy * cost + light, (1 - rare) * (1 - error)
        right += (rare - heavy) * (cost if len(rule) == 1 else 1)
        wanted = wrong / (wrong + right)
        for trial in range(trials):
            truth = (rng.random(n) < rare).astype(int)
            wrong_row = rng.random(n) < np.where(truth == 1, error * times, error)
            weight = rng.choice([1.0, 3.0], size=n) if weighted else np.ones(n)
            cells = make_cells(truth, truth ^ wrong_row, weight, None, 2, weighted)
            found = score_cells(
                cells, choice, costs=costs, sampling=Sampling(0.95, 100, trial)
            ).number
            covered += found.ci[0] <= wanted <= found.ci[1]
        rate, slack = covered / trials, 3 * np.sqrt(0.95 * 0.05 / trials)
        # The heavy class may bring as few as one error that counts: even so.
        if not 0.93 - slack <= rate <= 0.97 + slack:
            misses[n, rare, error, times] = rate
    assert not misses
