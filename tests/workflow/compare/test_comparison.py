"""Two models on the same examples: tests, differences, what it takes to settle; and simulations."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

import mlstrat as ms
from mlstrat.core.figures import Sampling
from mlstrat.core.intervals import holm
from mlstrat.core.metrics import METRICS, MetricChoice
from mlstrat.core.paired_tests import mcnemar_exact, sign_flip
from mlstrat.core.pairs import PairCells
from mlstrat.workflow.compare.compute import compare_cells
from mlstrat.workflow.compare.difference import joint_draws, paired_difference
from tests.pair_simulation import PairWorld

ACCURACY = MetricChoice(METRICS["accuracy"], None, None)
ERROR = MetricChoice(METRICS["error"], None, None)
MACRO_F1 = MetricChoice(METRICS["f1"], "macro", None)
F1 = MetricChoice(METRICS["f1"], "binary", "c0")


def quadrants(both: int, only_a: int, only_b: int, neither: int) -> pd.DataFrame:
    """Return a run of two predictions with these counts."""
    rows = [("x", "x", "x")] * both + [("x", "x", "y")] * only_a
    rows += [("x", "y", "x")] * only_b + [("x", "y", "y")] * neither
    return pd.DataFrame(rows, columns=["label", "a", "b"])


@pytest.mark.parametrize("only_a", [0, 1, 5, 59, 300])
@pytest.mark.parametrize("only_b", [0, 1, 6, 101, 320, 4000])
def test_mcnemar_is_the_two_sided_binomial(only_a, only_b):
    n = only_a + only_b
    wanted = binomtest(only_a, n, 0.5).pvalue if n else 1.0
    assert mcnemar_exact(only_a, only_b) == pytest.approx(wanted, rel=1e-9)


def test_mcnemar_of_millions_is_quick_and_symmetric():
    p = mcnemar_exact(5_000_000, 5_010_000)
    assert p == mcnemar_exact(5_010_000, 5_000_000)
    z = 10_000 / math.sqrt(10_010_000)
    assert p == pytest.approx(math.erfc(z / math.sqrt(2)), rel=0.01)


def test_a_sign_flip_of_equal_rows_is_mcnemar():
    few = np.array([1.0] * 9 + [-1.0] * 2)
    assert sign_flip(few, Sampling()) == pytest.approx(mcnemar_exact(2, 9))
    many = np.array([1.0] * 60 + [-1.0] * 35 + [0.0] * 50)
    assert sign_flip(many, Sampling()) == pytest.approx(mcnemar_exact(35, 60), abs=0.005)


def test_holm_by_hand():
    assert holm([0.04, 0.01, 0.03, 0.005]) == pytest.approx([0.06, 0.03, 0.06, 0.02])
    assert holm([]) == []


def test_newcombes_own_example():
    # Newcombe (1998), method 10 for the table 36, 12, 2, 0: 0.0569 to 0.3404.
    run = quadrants(36, 2, 12, 0)
    found = ms.compare(run, a="a", b="b")
    assert found.difference.value == pytest.approx(0.2)
    assert found.difference.ci == pytest.approx((0.0569, 0.3404), abs=5e-4)


def test_the_document_keeps_its_promises():
    document = ms.compare(quadrants(1502, 59, 101, 159), a="a", b="b").to_dict()
    assert document["schema"] == "mlstrat.compare/1"
    names = ("both_right", "only_a_right", "only_b_right", "both_wrong")
    assert [document[x] for x in names] == [1502, 59, 101, 159]
    assert document["p_value"] == pytest.approx(0.00112291, abs=5e-9)
    assert set(document["difference"]) == {"value", "ci", "n"}
    assert document["difference"]["value"] == pytest.approx(42 / 1821)
    assert document["p_b_better"] > 0.999
    assert document["verdict"] == "b_better"


def test_b_minus_a_changes_its_sign_with_them_and_error_is_accuracy_mirrored():
    run = quadrants(100, 10, 25, 15)
    one, two = ms.compare(run, a="a", b="b"), ms.compare(run, a="b", b="a")
    assert one.difference.value == -two.difference.value
    assert one.difference.ci == pytest.approx([-x for x in reversed(two.difference.ci)])
    assert (one.verdict, two.verdict) == ("b_better", "a_better")
    error = ms.compare(run, a="a", b="b", metric="error")
    assert error.difference.ci == pytest.approx([-x for x in reversed(one.difference.ci)])
    assert error.verdict == "b_better"
    assert error.to_dict()["p_b_better"] == one.to_dict()["p_b_better"]


@pytest.mark.parametrize("metric", [x for x, m in METRICS.items() if not m.needs])
def test_the_difference_is_that_of_the_two_scores(metric):
    rng = np.random.default_rng(0)
    label = rng.choice(["1", "2", "3"], 300)
    a, b = (np.where(rng.random(300) < r, label, rng.choice(["1", "2", "3"], 300))
            for r in (0.5, 0.8))  # fmt: skip
    run = pd.DataFrame({"label": label, "a": a, "b": b})
    found = ms.compare(run, a="a", b="b", metric=metric, resamples=500)
    scores = [ms.score(run, metric=metric, columns={"prediction": x}).value for x in "ab"]
    assert found.difference.value == pytest.approx(scores[1] - scores[0])
    assert found.difference.ci[0] < found.difference.value < found.difference.ci[1]
    assert found.verdict == "b_better"
    assert [found.to_dict()[x]["value"] for x in "ab"] == pytest.approx(scores)


def test_equal_models_are_as_likely_better():
    found = ms.compare(quadrants(80, 10, 10, 5), a="a", b="b").to_dict()
    assert found["p_b_better"] == pytest.approx(0.5, abs=0.02)
    assert found["p_value"] == 1.0
    assert found["verdict"] == "undecided"
    # Nothing can be shown where nothing is; what can be is that it is less than the tolerance.
    assert found["to_settle"]["rows"] == {"dev": found["n_needed"]}
    assert "within 1.0 points" in found["to_settle"]["question"]


def test_identical_predictions_are_pointed_out():
    found = ms.compare(quadrants(80, 0, 0, 5), a="a", b="b")
    assert found.verdict == "identical"
    assert found.to_dict()["p_b_better"] == 0.5
    assert [x["code"] for x in found.to_dict()["findings"]][:1] == ["MLS321"]
    assert found.to_text().startswith("The same:")


def test_both_wrong_in_other_ways_is_not_identical():
    run = pd.DataFrame({"label": ["x"] * 9 + ["y"], "a": ["y"] * 10, "b": ["z"] * 9 + ["y"]})
    assert ms.compare(run, a="a", b="b").verdict == "undecided"


@pytest.mark.parametrize(
    ("counts", "margin", "wanted"),
    [
        ((900, 20, 22, 58), "3%", "yes"),
        ((900, 20, 22, 58), "0.5%", "undecided"),
        ((800, 120, 20, 60), "3%", "no"),
    ],
)
def test_non_inferiority(counts, margin, wanted):
    run = quadrants(*counts)
    assert ms.compare(run, a="a", b="b", margin=margin).result.non_inferior == wanted
    # The same question asked of the error has the same answer.
    found = ms.compare(run, a="a", b="b", margin=margin, metric="error").result
    assert found.non_inferior == wanted


def test_without_a_margin_nothing_is_said_of_it():
    assert ms.compare(quadrants(9, 1, 1, 1), a="a", b="b").to_dict()["non_inferior"] is None


@pytest.mark.parametrize("margin", ["0", "-1%", "130%", "one"])
def test_a_margin_is_a_rate(margin):
    with pytest.raises(ms.MlstratError, match="margin"):
        ms.compare(quadrants(9, 1, 1, 1), a="a", b="b", margin=margin)


def test_undecided_says_how_many_examples_it_takes():
    found = ms.compare(quadrants(180, 8, 12, 10), a="a", b="b")
    document = found.to_dict()
    assert document["n_needed"] == sum(document["to_settle"]["rows"].values()) > 210
    assert found.verdict == "undecided"
    assert "MLS323" in [x.code for x in found.result.findings]
    assert found.to_text().startswith(
        "Cannot tell a and b apart: b has the higher accuracy, by 1.9 points (p = 0.503).\n"
        "About 2,000 more paired dev examples would settle it if the figures stay; "
    )


def test_the_better_of_two_errors_is_the_lower():
    found = ms.compare(quadrants(720, 0, 8, 72), a="a", b="b", metric="error")
    assert found.to_text().startswith(
        "b is better than a: lower error, by 1.0 points (p = 0.00781).\n"
    )


def test_two_that_differ_by_less_than_the_tolerance_are_open_no_more():
    found = ms.compare(quadrants(9_600, 20, 22, 358), a="a", b="b")
    document = found.to_dict()
    assert (document["verdict"], document["equivalent"]) == ("undecided", True)
    assert document["to_settle"] is None
    assert "within 1.0 points of each other" in found.to_text().splitlines()[1]
    narrow = ms.compare(quadrants(9_600, 20, 22, 358), a="a", b="b", margin="0.1%").to_dict()
    assert (narrow["equivalent"], narrow["tolerance"]) == (False, 0.001)
    assert narrow["to_settle"]["rows"]["dev"] > 10_000


def test_discordant_examples_by_slice():
    run = quadrants(30, 5, 15, 10).assign(region=["EU", "US"] * 30)
    found = ms.compare(run, a="a", b="b", by=["region"]).to_dict()["slices"]
    by_region = {x["where"]["region"]: x for x in found if "region" in x["where"]}
    assert sum(x["only_b_right"] for x in by_region.values()) == 15
    assert sum(x["n"] for x in by_region.values()) == 60
    assert {"label"} == {k for x in found for k in x["where"]} - {"region"}
    for x in found:
        assert x["p_adjusted"] >= x["p_value"]


def test_a_slice_that_goes_its_own_way_is_a_finding():
    good, bad = quadrants(50, 0, 30, 0), quadrants(50, 30, 0, 0)
    run = pd.concat([good.assign(region="EU"), bad.assign(region="US")])
    found = ms.compare(run, a="a", b="b", by=["region"])
    (finding,) = [x for x in found.result.findings if x.code == "MLS326"]
    assert [x["where"] for x in finding.evidence["slices"]] == [{"region": "EU"}, {"region": "US"}]
    assert found.verdict == "undecided"


def test_weights_move_the_difference_and_leave_the_p_value():
    run = quadrants(50, 5, 15, 10)
    heavy = run.assign(sample_weight=np.where((run.a == "x") & (run.b == "y"), 9.0, 1.0))
    plain, weighted = ms.compare(run, a="a", b="b"), ms.compare(heavy, a="a", b="b")
    assert plain.p_value == weighted.p_value
    assert weighted.difference.value == pytest.approx((15 - 45) / (75 + 45))
    assert weighted.result.decided_by == "interval"
    assert "MLS325" in [x.code for x in weighted.result.findings]


def test_equal_weights_are_no_weights():
    run = quadrants(50, 5, 15, 10)
    for metric in ("accuracy", "f1"):
        one, two = (ms.compare(x, a="a", b="b", metric=metric).difference
                    for x in (run, run.assign(sample_weight=2.0)))  # fmt: skip
        assert one.value == pytest.approx(two.value)
        assert one.ci == pytest.approx(two.ci)


def test_groups_take_the_test():
    # b wins 5 rows in each of 4 groups: 20 rows for McNemar, 4 groups for what is independent.
    run = pd.concat([quadrants(20, 0, 5, 5).assign(group=g) for g in range(4)])
    found = ms.compare(run, a="a", b="b")
    assert found.result.test == "sign_flip"
    assert found.p_value == 0.125
    assert found.verdict == "undecided"
    assert found.difference.ci is None
    assert "fewer than 5" in found.difference.reason


def test_groups_of_one_row_are_rows():
    run = quadrants(300, 20, 45, 35)
    alone = run.assign(group=range(len(run)))
    for metric in ("accuracy", "f1"):
        one, two = (ms.compare(x, a="a", b="b", metric=metric) for x in (run, alone))
        assert one.difference.ci == pytest.approx(two.difference.ci, abs=0.006)
        assert one.p_value == pytest.approx(two.p_value, abs=0.005)


def test_a_metric_of_scores_is_refused():
    with pytest.raises(ms.UsageError, match="needs scores"):
        ms.compare(quadrants(5, 1, 1, 1), a="a", b="b", metric="roc_auc")


def test_what_is_undefined_has_no_difference():
    run = pd.DataFrame({"label": ["yes", "no"] * 5, "a": ["no"] * 10, "b": ["yes", "no"] * 5})
    found = ms.compare(run, a="a", b="b", metric="precision").to_dict()
    assert found["difference"]["value"] is None
    assert found["verdict"] == "undecided"
    assert found["p_b_better"] is None
    assert found["n_needed"] is None


def test_the_same_seed_gives_the_same_bytes():
    run = quadrants(50, 5, 15, 10).assign(group=[i // 3 for i in range(80)])
    one, two = (ms.compare(run, a="a", b="b", metric="f1").to_json() for _ in "12")
    assert one == two


def test_joint_resamples_have_the_spread_of_each_model():
    cells = PairWorld(500, 0.2, 0.1, 0.05, (0.6, 0.3, 0.1)).draw(np.random.default_rng(0))
    drawn = joint_draws(cells, ACCURACY, Sampling())
    for row, wrong in zip(drawn, (cells.truth != cells.a, cells.truth != cells.b), strict=True):
        right = 1 - cells.n[wrong].sum() / 500
        assert row.mean() == pytest.approx(right, abs=0.002)
        assert row.std() == pytest.approx(math.sqrt(right * (1 - right) / 500), rel=0.05)


CASES = {
    "accuracy": (ACCURACY, (0.5, 0.5)),
    "F1 of a rare class": (F1, (0.3, 0.7)),
    "macro-F1": (MACRO_F1, (0.34, 0.33, 0.33)),
    "macro-F1, uneven": (MACRO_F1, (0.6, 0.3, 0.1)),
}


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("grouped", [False, True], ids=["", "grouped"])
@pytest.mark.parametrize("name", CASES)
def test_the_interval_of_a_paired_difference_covers(name, grouped, weighted):
    choice, prior = CASES[name]
    trials, misses = 400, {}
    # Equal models that err on the same rows, and different ones that err alone, are no harder.
    apart = ((0, 0), (0.7, 0.3))
    for n, error, (shared, better) in product((50, 200, 2000), (0.01, 0.1, 0.5), apart):
        other = error * (1 - better)
        world = PairWorld(n, error, other, shared * other, prior, grouped, weighted)
        wanted, rng, covered, given = world.metric(choice), np.random.default_rng(1), 0, 0
        for trial in range(trials):
            found = paired_difference(
                world.draw(rng), choice, Sampling(0.95, 400, trial), draws=False
            ).figure
            if found.ci is None:
                assert found.reason
                continue
            given += 1
            covered += found.ci[0] - 1e-12 <= wanted <= found.ci[1] + 1e-12
        slack = 3 * np.sqrt(0.95 * 0.05 / trials)
        # Where discordant rows are few, never too narrow is asked: exactness is not to be had.
        discordant = n * error * (2 - better) * (1 - shared)
        few = discordant < 20 or (grouped and n <= 200)
        if given > 30 and not (
            covered / given >= (0.90 if few else 0.93) - slack
            and (few or covered / given <= 0.97 + slack)
        ):
            misses[n, error, shared, better] = covered / given
    assert not misses


def called_different(pair: PairCells, choice: MetricChoice, trial: int) -> bool:
    """Tell what `compare_cells` concludes, without its tables."""
    if choice is not ACCURACY:
        ci = paired_difference(pair, choice, Sampling(0.95, 400, trial), draws=False).figure.ci
        return ci is not None and not ci[0] <= 0 <= ci[1]
    code = pair.quadrants
    if pair.group is None:
        return mcnemar_exact(*(int(pair.n[code == x].sum()) for x in (1, 2))) <= 0.05
    gain = np.where(code == 2, 1.0, np.where(code == 1, -1.0, 0.0)) * pair.n
    return sign_flip(np.bincount(pair.group, gain), Sampling(0.95, 1000, trial)) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("grouped", [False, True], ids=["rows", "groups"])
@pytest.mark.parametrize("metric", ["accuracy", "macro-F1"])
def test_equally_good_models_are_seldom_called_different(metric, grouped):
    """At most 5.5% of trials, with the simulation's own error of three standard errors."""
    choice, prior = CASES[metric]
    trials, misses = 2000 if metric == "accuracy" else 800, {}
    for n, error, shared in product((200, 2000), (0.05, 0.3), (0, 0.7)):
        world = PairWorld(n, error, error, shared * error, prior, grouped)
        rng = np.random.default_rng(2)
        called = sum(called_different(world.draw(rng), choice, t) for t in range(trials))
        if called / trials > 0.055 + 3 * math.sqrt(0.05 * 0.95 / trials):
            misses[n, error, shared] = called / trials
    assert not misses


def test_the_simulation_concludes_what_the_command_does():
    rng = np.random.default_rng(5)
    for grouped, choice in product((False, True), (ACCURACY, MACRO_F1)):
        for trial in range(8):
            pair = PairWorld(300, 0.3, 0.24, 0.1, grouped=grouped).draw(rng)
            found = compare_cells(pair, choice, sampling=Sampling(0.95, 1000, trial))
            told = found.verdict in ("a_better", "b_better")
            near = found.decided_by == "p_value" and abs(found.p_value - 0.05) < 0.02
            ci = found.difference.ci
            near = near or (choice is MACRO_F1 and min(abs(x) for x in ci) < 0.005)
            assert near or told == called_different(pair, choice, trial)


def test_an_interval_and_a_p_value_on_two_sides_of_the_line_are_said_to_be():
    """Exact McNemar of 3 and 11 is p = .057, and Newcombe's interval lies beside 0."""
    right = np.repeat([True, True, False, False], [80, 3, 11, 6])
    other = np.repeat([True, False, True, False], [80, 3, 11, 6])
    runs = [
        pd.DataFrame({"id": np.arange(100), "label": ["x"] * 100,
                      "prediction": np.where(one, "x", "y")})
        for one in (right, other)
    ]  # fmt: skip
    found = ms.compare(*runs, metric="accuracy")
    assert found.p_value > 0.05
    assert found.difference.ci[0] > 0
    assert found.verdict == "undecided"
    assert "MLS294" in {x["code"] for x in found.to_dict()["findings"]}
