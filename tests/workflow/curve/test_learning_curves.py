"""Learning curves: the verdicts of the course, what lies beyond the last point, what would tell."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import mlstrat as ms
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import t_quantile
from mlstrat.workflow.curve.compute import Measured, PowerLaw, fit_power_law

SIZES = [200, 400, 800, 1600, 3200, 6400, 12_800]


def table(dev, train=0.01, n=SIZES, dev_n: int | None = 50_000) -> pd.DataFrame:
    """A curve without noise: `dev` and `train` are numbers or functions of n."""

    def of(error):
        return [error(x) if callable(error) else error for x in n]

    counts = {} if dev_n is None else {"dev_n": dev_n}
    return pd.DataFrame({"n": n, "train": of(train), "dev": of(dev), **counts})


def measured(errors, dev_n: int) -> list[Measured]:
    """Runs of `SIZES` with these dev errors and hardly any train error."""
    return [
        Measured(n, Figure(0.001, (0.0, 0.002), n), Figure(e, (e, e), dev_n), n, dev_n)
        for n, e in zip(SIZES, map(float, errors), strict=True)
    ]


def falling(floor: float, scale: float = 1.2, exponent: float = 0.55):
    return lambda n: floor + scale * n**-exponent


# The course draws its curves and gives no figures; these are curves of the shapes it draws.
@pytest.mark.parametrize(
    ("train", "dev", "target", "diagnosis", "reaches", "helps", "code"),
    [
        pytest.param(0.01, falling(0.08), 0.05, "variance", "never", False, "MLS601",
                     id="plateau above the target: more data will not reach it"),
        pytest.param(lambda n: 0.14 - 5 / n, falling(0.145), 0.05, "bias", "never", False, "MLS602",
                     id="train above the target, small gap: bias, data alone cannot help"),
        pytest.param(0.01, falling(0.02), 0.025, "variance", "yes", True, "MLS603",
                     id="train low, dev much higher: variance, data likely help"),
        pytest.param(0.13, falling(0.2), 0.05, "both", "never", False, "MLS604",
                     id="train high and gap large: both"),
        pytest.param(0.01, falling(0.02), 0.04, "fine", "reached", False, None,
                     id="dev is at the target"),
    ],
)  # fmt: skip
def test_l1_the_verdicts_of_the_course(train, dev, target, diagnosis, reaches, helps, code):
    found = ms.curve(table(dev, train), target=target).to_dict()
    assert (found["diagnosis"], found["reaches"]) == (diagnosis, reaches)
    assert found["more_data_helps"] is helps
    codes = [f["code"] for f in found["findings"]]
    assert code in codes if code else codes == []


def test_l1_train_error_rises_and_dev_error_falls_with_m():
    curve = ms.curve(table(falling(0.02), lambda n: 0.02 - 1 / n))
    trains, devs = ([p[k]["value"] for p in curve.to_dict()["points"]] for k in ("train", "dev"))
    assert trains == sorted(trains)
    assert devs == sorted(devs, reverse=True)
    assert curve.curve.fit.law.at(20_000) < devs[-1]


def test_a_target_within_reach_has_its_size_with_an_interval():
    law = PowerLaw(0.02, 1.2, 0.55, 1.0)
    found = ms.curve(table(law.at, dev_n=200_000), target=0.025)
    size = found.to_dict()["n_to_target"]
    assert found.n_to_target == pytest.approx(law.size_for(0.025), rel=0.02)
    assert size["ci"][0] < law.size_for(0.025) < size["ci"][1] < math.inf
    assert found.floor.ci[0] < 0.02 < found.floor.ci[1] < 0.025
    doubled = found.to_dict()["doubled"]
    assert doubled["n"] == 25_600
    assert doubled["dev"]["value"] == pytest.approx(law.at(25_600), abs=1e-4)


def test_what_cannot_be_told_names_what_would_tell_and_that_does():
    open_ = ms.curve(table(falling(0.045), dev_n=20_000), target=0.04)
    assert open_.reaches == "cannot_tell"
    assert open_.more_data_helps is None
    said = open_.to_dict()
    assert said["n_to_target"]["value"] is None
    assert said["n_to_target"]["ci"][1] is None
    low, high = said["floor"]["ci"]
    assert low < 0.04 < high
    times = said["would_settle"]["times"]
    settled = ms.curve(table(falling(0.045), dev_n=round(20_000 * times * 1.05)), target=0.04)
    assert settled.reaches == "never"
    assert "MLS606" in [f["code"] for f in said["findings"]]


def test_one_more_run_that_would_settle_it_does():
    open_ = ms.curve(table(falling(0.045), dev_n=20_000), target=0.05)
    more = open_.to_dict()["would_settle"]["n"]
    assert more is not None
    law = open_.curve.fit.law
    grown = table(falling(0.045), dev_n=20_000, n=[*SIZES, more])
    grown.loc[len(SIZES), "dev"] = law.at(more)
    assert ms.curve(grown, target=0.05).reaches in ("yes", "reached")


def test_three_sizes_cannot_tell_where_a_curve_leads():
    found = ms.curve(table(falling(0.045), n=[500, 1000, 2000], dev_n=2_000), target=0.06)
    assert found.reaches == "cannot_tell"
    assert found.floor.ci[0] < 0.01


def test_without_counts_the_scatter_tells_and_few_points_tell_nothing():
    rng = np.random.default_rng(0)
    noisy = table(falling(0.045), dev_n=None, n=[*SIZES, 25_600, 51_200])
    noisy["dev"] *= 1 + 0.01 * rng.normal(size=len(noisy))
    low, high = ms.curve(noisy).floor.ci
    assert 0.03 < low < 0.045 < high < 0.06
    bare = ms.curve(table(falling(0.045), dev_n=None, n=[500, 1000, 2000, 4000]), target=0.05)
    said = bare.to_dict()
    assert said["floor"]["ci"] is None
    assert "counts" in said["floor"]["reason"]
    assert said["would_settle"] == {"reason": "counts", "times": None, "n": None}
    assert bare.reaches == "cannot_tell"
    given = ms.curve(table(falling(0.045), dev_n=None), dev_n=20_000).to_dict()
    assert given["points"][0]["dev"]["n"] == 20_000
    assert given["floor"]["ci"] is not None


def test_a_train_error_that_is_not_surely_above_the_target_leaves_it_open():
    found = ms.curve(table(falling(0.02), 0.031, dev_n=200_000).assign(train_n=2000), target=0.0305)
    assert found.reaches == "reached" or found.to_dict()["would_settle"]["reason"] == "train"
    found = ms.curve(table(falling(0.02), 0.026, dev_n=200_000).assign(train_n=2000), target=0.025)
    assert found.reaches == "cannot_tell"
    assert found.to_dict()["would_settle"]["reason"] == "train"


def test_a_target_is_reached_where_the_interval_of_dev_lies_at_or_below_it():
    open_ = ms.curve(table(0.069, dev_n=2_000), target="7%")
    said = open_.to_dict()
    assert said["reaches"] == "cannot_tell"
    assert said["diagnosis"] is said["more_data_helps"] is None
    assert said["would_settle"]["reason"] == "dev"
    assert said["to_settle"]["question"].startswith("is the error on dev at most 7.0% with 12,800")
    text = " ".join(open_.to_text().split())
    assert text.startswith("Whether the target of 7.0% is reached cannot be told: dev is at 6.9%")
    assert "Diagnosis: cannot tell. Dev is at 6.9% (5.9 to 8.1), on either side" in text
    assert "more dev examples would settle it if the figures stay" in text
    more = 2_000 + said["to_settle"]["rows"]["dev"]
    settled = ms.curve(table(0.069, dev_n=more), target="7%")
    assert (settled.reaches, settled.diagnosis) == ("reached", "fine")
    assert said["would_settle"]["times"] == pytest.approx(more / 2_000, rel=1e-3)


@pytest.mark.parametrize(
    ("dev_n", "train_n", "diagnosis"), [(100_000, 100_000, "both"), (300, 300, None)]
)
def test_bias_and_variance_are_told_apart_by_intervals(dev_n, train_n, diagnosis):
    rows = table(0.11, 0.08, dev_n=dev_n).assign(train_n=train_n)
    found = ms.curve(rows, target="5%")
    assert found.diagnosis == diagnosis
    told = {f.code for f in found.findings} & {"MLS602", "MLS603", "MLS604"}
    assert told == (set() if diagnosis is None else {"MLS604"})
    if diagnosis is None:
        text = " ".join(found.to_text().split())
        assert "Train less the target is +3.0 points" in text
        assert "dev less train +3.0 points" in text
        assert "either may be the larger." in text


def test_without_counts_the_values_decide_and_that_is_said():
    found = ms.curve(table(0.13, 0.12, n=[500, 1000, 2000, 4000], dev_n=None), target="5%")
    assert found.diagnosis == "bias"
    (bias,) = [f for f in found.findings if f.code == "MLS602"]
    assert bias.severity == "tip"
    text = " ".join(found.to_text().split())
    assert text.count("This is by values alone: nothing tells on how many dev examples.") == 2


def test_what_dev_falls_towards_is_not_below_train_which_only_rises():
    low = table(falling(0.15, 3.0), 0.13, dev_n=1_000)
    found, free = ms.curve(low), ms.curve(low.assign(train=0.0))
    assert found.floor.ci[0] == pytest.approx(found.curve.last.train.ci[0])
    assert free.floor.ci[0] < 0.1 < found.floor.ci[0]
    # Where train is above dev, as with dropout, it bounds nothing.
    above = ms.curve(low.assign(train=0.3))
    assert above.floor.ci == free.floor.ci


def test_several_runs_of_one_size_are_averaged_and_the_order_of_rows_is_all_one():
    rows = table(falling(0.045), dev_n=2_000)
    up, down = rows.assign(dev=rows["dev"] + 0.004), rows.assign(dev=rows["dev"] - 0.004)
    both = ms.curve(pd.concat([up, down]), target=0.05).to_dict()
    assert [p["runs"] for p in both["points"]] == [2] * len(SIZES)
    assert both["points"][0]["dev"]["value"] == pytest.approx(rows["dev"][0])
    # Two runs on one dev set are no larger dev set.
    once = ms.curve(rows).to_dict()["points"][0]["dev"]["ci"]
    assert both["points"][0]["dev"]["ci"] == pytest.approx(once)
    mixed = pd.concat([down, up]).sample(frac=1, random_state=0)
    again = ms.curve(mixed, target=0.05).to_dict()
    for key in ("points", "floor", "fit", "reaches", "diagnosis"):
        assert again[key] == both[key]


def test_runs_of_one_size_count_by_their_examples():
    rows = pd.DataFrame({"n": [10, 10, 20, 40], "train": 0.0, "dev": ["10/100", "90/300", 0.2, 0.2],
                         "dev_n": [None, None, 100, 100]})  # fmt: skip
    (first, *_) = ms.curve(rows).to_dict()["points"]
    assert (first["dev"]["value"], first["dev"]["n"]) == (0.25, 400)


def test_points_that_scatter_more_than_counts_allow_widen_the_interval_and_are_told():
    rows = table(falling(0.045), dev_n=20_000)
    calm = ms.curve(rows)
    wild = ms.curve(rows.assign(dev=rows["dev"] * [1.1, 0.9, 1.1, 0.9, 1.1, 0.9, 1.1]))
    assert "MLS607" in [f.code for f in wild.findings]
    assert "MLS607" not in [f.code for f in calm.findings]
    assert np.diff(wild.floor.ci) > 2 * np.diff(calm.floor.ci)
    assert wild.curve.fit.spread > 5


def test_dev_sets_of_one_size_are_taken_to_be_one_and_never_tell_more_than_one_measurement():
    flat = table(falling(0.1, 30, 1.5), n=[2000 * k for k in range(4, 40)], dev_n=1000)
    one = ms.curve(flat)
    several = ms.curve(flat.assign(dev_n=[1000 + k for k in range(36)]))
    assert one.to_dict()["fit"]["same_dev_examples"]
    assert not several.to_dict()["fit"]["same_dev_examples"]
    assert np.diff(one.floor.ci) > 0.035  # Wilson at 10% of 1,000
    ends = [np.diff(x.curve.fit.errors_at(150_000))[0] for x in (one, several)]
    assert ends[0] > 0.035
    assert ends[1] < 0.02


def test_a_flat_or_rising_curve_is_a_floor_and_a_perfect_one_is_none():
    flat = ms.curve(table(0.1), target=0.05)
    assert flat.curve.fit.law.floor == pytest.approx(0.1)
    assert (flat.reaches, flat.curve.proof) == ("never", "floor")
    rising = ms.curve(table(lambda n: 0.1 + n / 1e6), target=0.05)
    assert rising.reaches == "never"
    perfect = ms.curve(table(0.0, 0.0), target="0.1%").to_dict()
    assert (perfect["reaches"], perfect["diagnosis"]) == ("reached", "fine")
    assert perfect["floor"]["value"] == 0
    # Not one error in 50,000 is no proof that there never is one.
    assert ms.curve(table(0.0, 0.0), target=0.0).reaches == "cannot_tell"
    at_zero = ms.curve(table(falling(0.0)), target=0.0).to_dict()
    assert at_zero["n_to_target"]["value"] is None


def test_the_fit_is_that_of_an_independent_optimiser():
    optimize = pytest.importorskip("scipy.optimize")
    rng = np.random.default_rng(3)
    n = np.array(SIZES, float)
    errors = rng.binomial(5000, 0.05 + 1.5 * n**-0.6) / 5000
    fit = fit_power_law(list(n), list(errors), [5000.0] * len(n), 0.95)

    sigma = np.sqrt([fit.law.at(x) * (1 - fit.law.at(x)) / 5000 for x in n])
    found, _ = optimize.curve_fit(
        lambda m, floor, scale, exponent: floor + scale * (m / n.max()) ** -exponent,
        n, errors, p0=[0.05, 0.01, 0.5], sigma=sigma,
        bounds=([0, 0, 0.05], [1, 1, 2]), xtol=1e-12, ftol=1e-12,
    )  # fmt: skip
    assert (fit.law.floor, fit.law.scale, fit.law.exponent) == pytest.approx(found, rel=5e-3)


def test_the_ends_of_an_interval_are_where_the_sum_of_squares_has_risen_by_the_allowance():
    n = [float(x) for x in SIZES]
    fit = fit_power_law(n, [falling(0.045)(x) for x in n], [20_000.0] * 7, 0.95)
    low, high = fit.errors_at(math.inf)
    for end in (low, high):
        assert fit.rise_at(math.inf, end) == pytest.approx(fit.allowance, rel=1e-3)
    assert fit.rise_at(math.inf, fit.law.floor) < 1e-6
    assert fit.rise_at(5000, fit.law.at(5000)) < 1e-6
    assert fit.errors_at(1e12)[0] >= low - 1e-6


@pytest.mark.parametrize("dev_n", [500, 20_000, 10**6, 10**9])
def test_the_interval_shrinks_with_the_root_of_the_dev_examples_to_the_end(dev_n):
    fit = fit_power_law(SIZES, [falling(0.045)(x) for x in SIZES], [float(dev_n)] * 7, 0.95)
    for n in (25_600, 12_800_000):
        low, high = fit.errors_at(n)
        assert low < fit.law.at(n) < high
        if dev_n >= 20_000:
            spread = (high - low) * dev_n**0.5
            assert spread == pytest.approx({25_600: 1.45, 12_800_000: 3.0}[n], rel=0.5)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
def test_quantiles_of_student_for_few_degrees(confidence):
    stats = pytest.importorskip("scipy.stats")
    for degrees in (2, 3):
        exact = stats.t.ppf((1 + confidence) / 2, degrees)
        assert t_quantile(confidence, degrees) == pytest.approx(exact, rel=1e-9)


def test_the_same_input_gives_the_same_bytes_and_more_confidence_wider_intervals():
    rows = table(falling(0.045), dev_n=2_000)
    assert ms.curve(rows, target="5%").to_json() == ms.curve(rows, target="5%").to_json()
    wide, narrow = (ms.curve(rows, confidence=c).floor.ci for c in (0.99, 0.8))
    assert wide[0] <= narrow[0] < narrow[1] < wide[1]
