"""Sizes: the course's numbers, published examples, and that they reach their power."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import mlstrat as ms
from mlstrat.core.counts import Bools, Floats
from mlstrat.core.paired_tests import mcnemar_exact, mcnemar_exact_each
from mlstrat.core.sample_size import planned as size
from mlstrat.core.sample_size.planned import (
    Test,
    assumed_disagreement,
    detectable_difference,
    examples_for,
    fewest_fixed,
    paired_difference,
)
from mlstrat.core.sample_size.to_settle import settle_paired
from mlstrat.workflow.splits.planning import SETS

USUAL = Test()


def plan(**options):
    return ms.plan(**options).to_dict()


def codes(document):
    return {f["code"]: f["evidence"] for f in document["findings"]}


# The course


@pytest.mark.parametrize(
    ("n", "counts"), [(100, (60, 20, 20)), (1_000, (600, 200, 200)), (10_000, (6000, 2000, 2000))]
)
def test_s1_the_old_shares_hold_up_to_ten_thousand(n, counts):
    found = plan(examples=n)
    assert found["era"] == "small"
    assert tuple(found["sizes"][x] for x in ("train", "dev", "test")) == counts
    assert [rule["name"] for rule in found["rules_of_thumb"]] == ["60/20/20", "70/30"]
    two = found["rules_of_thumb"][1]
    assert (two["train"], two["dev"], two["test"]) == (round(0.7 * n), 0, round(0.3 * n))


def test_s1_a_million_is_98_1_1():
    found = plan(examples=1_000_000)
    assert (found["era"], [r["name"] for r in found["rules_of_thumb"]]) == ("large", ["98/1/1"])
    assert [found["sizes"][x] for x in ("train", "dev", "test")] == [980_000, 10_000, 10_000]


@pytest.mark.parametrize(("n", "dev"), [(1_000_001, 10_000), (2_000_000, 10_000),
                                        (10_000_000, 25_000)])  # fmt: skip
def test_s1_above_a_million_it_is_less_and_never_fewer(n, dev):
    found = plan(examples=n)
    assert {"99.5/0.25/0.25", "99.5/0.4/0.1"} <= {r["name"] for r in found["rules_of_thumb"]}
    assert (found["sizes"]["dev"], found["sizes"]["test"]) == (dev, dev)


def test_ten_million_name_the_shares_of_the_quiz_beside_what_the_difference_needs():
    found = plan(examples=10_000_000, error="5%", detect="0.1%")
    shares = {r["name"]: (r["train"], r["dev"], r["test"]) for r in found["rules_of_thumb"]}
    assert shares["95/2.5/2.5"] == (9_500_000, 250_000, 250_000)
    assert found["sizes"]["dev"] == plan(error="5%", detect="0.1%")["sizes"]["dev"]
    text = ms.plan(examples=10_000_000, error="5%", detect="0.1%").to_text()
    assert "95/2.5/2.5" in text
    assert "dev tells" in text
    assert "95/2.5/2.5" not in {r["name"] for r in plan(examples=9_999_999)["rules_of_thumb"]}


@pytest.mark.parametrize("n", [10_001, 200_000, 999_999])
def test_s1_between_the_eras_nothing_is_made_up(n):
    found = plan(examples=n, error="5%")
    assert (found["era"], set(found["sizes"].values())) == ("open", {None})
    assert [r["name"] for r in found["rules_of_thumb"]] == ["60/20/20", "98/1/1"]
    assert "MLS342" in codes(found)
    assert ms.plan(examples=n).to_text().startswith("There is no rule of thumb for this size")


def test_s11_a_hundred_examples_do_not_tell_a_tenth_of_a_point():
    found = plan(dev=100, error="10%", detect="0.1%")
    assert codes(found)["MLS341"]["needed"] == plan(error="10%", detect="0.1%")["sizes"]["dev"]
    assert found["detectable_difference"] > 0.05
    assert found["sizes"]["dev"] == 100


def test_s11_a_tenth_of_a_point_takes_1_41_million_where_models_predict_other_examples():
    found = plan(error="10%", detect="0.1%")
    assert codes(found)["MLS345"]["unpaired"] == pytest.approx(1.41e6, rel=0.005)
    assert found["sizes"]["dev"] == 394_440
    assert found["detectable_difference"] == pytest.approx(0.001, rel=1e-5)


def test_s11_ten_thousand_tell_it_only_where_two_models_mostly_agree():
    same = plan(dev=10_000, error="10%", detect="0.1%", discordance="0.1%")
    assert same["detectable_difference"] <= 0.001
    assert "MLS341" not in codes(same)
    assert "MLS341" in codes(plan(dev=10_000, error="10%", detect="0.1%", discordance="1%"))


def test_s12_a_test_set_is_for_confidence_not_a_share():
    found = plan(examples=10_000_000, error="10%")
    evidence = codes(found)["MLS346"]
    assert evidence["share"] < 0.3
    assert evidence["half_width"] == found["test_half_width"] == pytest.approx(0.00372, abs=1e-5)
    assert "not recommended" in str(ms.explain("MLS346"))


@pytest.mark.parametrize(("errors", "picture"), [(5, None), (10, "very rough"), (20, "rough"),
                                                 (50, "good"), (100, "very good")])  # fmt: skip
def test_e9_how_good_a_picture_so_many_errors_give(errors, picture):
    found = plan(error="5%", eyeball_errors=errors)
    assert found["sizes"]["eyeball"] == 20 * errors
    assert codes(found)["MLS343"]["picture"] == picture


def test_e9_nobody_reads_more_than_a_thousand_errors():
    assert codes(plan(error="5%", eyeball_errors=1001))["MLS343"]["more_than_people_read"]
    assert not codes(plan(error="5%", eyeball_errors=500))["MLS343"]["more_than_people_read"]
    assert "cannot do" in str(ms.explain("MLS343"))


@pytest.mark.parametrize(("dev", "left", "use"), [
    (2_000, 0, "none"), (2_050, 50, "too small"), (2_100, 100, "small but useful"),
    (3_000, 1_000, "enough"), (12_000, 10_000, "enough"),
])  # fmt: skip
def test_e11_the_blackbox_set_is_the_rest_of_dev(dev, left, use):
    found = plan(dev=dev, error="5%", eyeball_errors=100)
    assert (found["sizes"]["eyeball"], found["sizes"]["blackbox"]) == (2_000, left)
    assert codes(found)["MLS344"] == {"blackbox": left, "use": use}


def test_m11_a_tenth_of_the_examples_is_ten_times_faster():
    evidence = codes(plan(examples=100_000_000))["MLS347"]
    assert (evidence["reduced"], evidence["speedup"]) == (10_000_000, 10)
    assert 14 / evidence["speedup"] == 1.4
    assert "two weeks" in str(ms.explain("MLS347"))


# What a plan adds up to


def test_dev_grows_to_hold_the_eyeball_set_and_the_rest_is_train():
    found = plan(examples=5_000, error="5%", eyeball_errors=100)
    assert found["sizes"] == {"train": 2_000, "train-dev": None, "dev": 2_000, "test": 1_000,
                              "eyeball": 2_000, "blackbox": 0}  # fmt: skip
    needs = {(r["set"], r["need"]): (r["n"], r["binding"]) for r in found["reasons"]}
    assert needs["dev", "eyeball"] == (2_000, True)
    assert needs["dev", "rule_of_thumb"] == (1_000, False)


def test_every_size_is_there_and_they_add_up():
    found = plan(examples=1_000_000, error="10%", detect="1%", mismatch="2%", eyeball_errors=100)
    sizes = found["sizes"]
    assert tuple(sizes) == SETS
    assert sum(sizes[x] for x in ("train", "train-dev", "dev", "test")) == 1_000_000
    assert sizes["eyeball"] + sizes["blackbox"] == sizes["dev"]
    assert sizes["train-dev"] < size.unpaired_size(0.10, 0.02, USUAL) < sizes["dev"]


def test_without_an_eyeball_number_nothing_is_said_of_it():
    found = plan(error="5%", detect="1%")
    assert found["sizes"]["train"] is None
    assert found["sizes"]["eyeball"] is found["sizes"]["blackbox"] is None
    assert plan(error="5%", eyeball_errors=100)["sizes"]["dev"] is None


def test_two_models_predict_the_same_dev_set_and_disagree_on_five_percent_unless_said():
    found = plan(error="5%", detect="1%")
    assert found["sizes"]["dev"] == 4_120
    assert (found["assumptions"]["discordance"], found["assumptions"]["discordance_stated"]) == (
        0.05, False)  # fmt: skip
    assert ms.plan(error="5%", detect="1%").to_text().startswith("Dev needs 4,120 examples")
    evidence = codes(found)["MLS345"]
    assert [p["n"] for p in evidence["paired"]] == [1_762, 4_120, 6_947]
    assert (evidence["assumed"], evidence["unpaired"]) == (0.05, 6_745)
    stated = plan(error="5%", detect="1%", discordance="2%")
    assert (stated["sizes"]["dev"], stated["assumptions"]["discordance_stated"]) == (1_762, True)
    assert "MLS345" not in codes(stated)


@pytest.mark.parametrize("error", [0.001, 0.01, 0.05, 0.3, 0.6])
@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 1.0])
def test_the_disagreement_that_is_assumed_can_be(error, share):
    difference = share * error
    told = assumed_disagreement(error, difference)
    other = error - difference
    assert difference * (1 - 1e-9) <= told <= error + other
    assert told <= max(0.05, 2 * difference) + 1e-12


def test_test_is_sized_for_confidence_in_its_figure():
    found = plan(error="5%", detect="1%")
    n = found["sizes"]["test"]
    assert found["test_half_width"] <= 0.01
    assert size.half_width(0.05, n - 1, 0.95) > 0.01
    assert [r["need"] for r in found["reasons"] if r["set"] == "test"] == ["half_width"]


@pytest.mark.parametrize(("dev", "severity"), [(4_119, "tip"), (973, "tip"), (972, "issue")])
def test_that_dev_is_too_small_is_shown_only_where_it_holds_at_any_disagreement(dev, severity):
    assert size.paired_size(0.01, 0.01, USUAL) == 973  # where no row is broken
    assert severity_of(plan(error="5%", detect="1%", dev=dev), "MLS341") == severity
    stated = plan(error="5%", detect="1%", dev=dev, discordance="5%")
    assert severity_of(stated, "MLS341") == "issue"


def severity_of(document, code):
    return next(f["severity"] for f in document["findings"] if f["code"] == code)


def test_the_printed_way_out_works():
    with pytest.raises(ms.MlstratError) as refused:
        ms.plan(examples=20_000, error="5%", detect="0.1%")
    told = re.search(r"tells ([0-9.]+) points", refused.value.hint).group(1)
    sizes = plan(examples=20_000, error="5%", detect=f"{told}%")["sizes"]
    assert sizes["train"] > 0
    assert sizes["dev"] <= 20_000 / 4 * 1.02


@pytest.mark.parametrize(("psi", "d"), [(0.05, 0.01), (0.02, 0.01), (0.1, 0.02), (0.01, 0.001)])
def test_plan_and_what_would_settle_it_agree(psi, d):
    """With no rows yet, what settles a difference is what a plan asks for."""

    def shows(x: Floats, n: int) -> Bools:
        only = (np.rint((psi + y) * n / 2).astype(int) for y in (-x, x))
        return mcnemar_exact_each(*only) <= 0.05

    found = settle_paired("", "dev", d, psi, 0, shows, (d, d))
    assert found.total == pytest.approx(size.paired_size(psi, d, USUAL), rel=0.04)


def test_six_errors_fixed_and_none_broken_always_show():
    assert fewest_fixed(0.95) == 6
    for confidence in (0.8, 0.9, 0.95, 0.99, 0.999):
        k = fewest_fixed(confidence)
        assert mcnemar_exact(k, 0) <= 1 - confidence + 1e-12 < mcnemar_exact(k - 1, 0)
    assert plan(error="5%", detect="1%")["fewest_fixed"] == 6


def test_little_left_to_train_on_is_said():
    assert "MLS348" in codes(plan(examples=15_000, error="10%", detect="1%"))
    assert "MLS349" in codes(plan(dev=20, error="5%"))


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, "nothing to plan for"),
        ({"detect": "1%"}, "detect needs the expected error"),
        ({"error": "0%", "detect": "1%"}, "the expected error is 0%"),
        ({"error": "5%", "detect": "6%"}, "detect is 6 points"),
        ({"error": "5%", "mismatch": "6%"}, "mismatch is 6 points"),
        ({"error": "5%", "detect": "0"}, "detect is 0 points"),
        ({"error": "5%", "detect": "2%", "discordance": "1%"}, "discordance is 1%"),
        ({"error": "5%", "detect": "2%", "discordance": "9%"}, "2% to 8%"),
        ({"examples": 20_000, "error": "5%", "detect": "0.1%"}, "more examples than there are"),
        ({"examples": 20_000, "error": "0.1%", "eyeball_errors": 100},
         "more examples than there are"),
        ({"examples": 100, "dev": 100}, "more examples than there are"),
        ({"dev": 100, "error": "5%", "eyeball_errors": 100}, "the eyeball set asks for"),
        ({"examples": 0}, "examples is 0"),
        ({"examples": 2, "error": "5%"}, "more examples than there are"),
        ({"error": "5%", "detect": "1%", "power": 1.0}, "power is 1"),
        ({"error": "8", "detect": "1%"}, "write 8% for 8 percent"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(options, wanted):
    with pytest.raises(ms.MlstratError) as refused:
        ms.plan(**options)
    assert wanted in str(refused.value)


# The formulas


def test_sizes_are_those_of_statsmodels_and_of_published_examples():
    # Fleiss, Levin and Paik: p1 = 0.6, p2 = 0.7 (errors 0.4 and 0.3), 5%, power 0.8: 356.
    assert size.unpaired_size(0.4, 0.3 - 0.2, USUAL) == 356
    # Connor without correction, worked by hand: (1.96 √0.2 + 0.8416 √0.19)² / 0.01 = 155.1; with
    # it √n = (k + √(k² + 4d)) / 2d.
    k = 1.959964 * math.sqrt(0.2) + 0.841621 * math.sqrt(0.19)
    root = (k + math.sqrt(k * k + 0.4)) / 0.2
    assert size.paired_size(0.2, 0.1, USUAL) == math.ceil(root**2)
    assert math.ceil((k / 0.1) ** 2) == 155


@pytest.mark.parametrize("error", [0.01, 0.1, 0.4, 0.7])
def test_smaller_differences_take_more_and_the_reverse_solves_back(error):
    differences = np.array([0.01, 0.05, 0.2, 0.5, 1.0]) * error
    sizes = [size.unpaired_size(error, d, USUAL) for d in differences]
    assert sizes == sorted(sizes, reverse=True)
    sizes = [examples_for(error, d, USUAL) for d in differences]
    assert sizes == sorted(sizes, reverse=True)
    for d, n in zip(differences, sizes, strict=True):
        assert detectable_difference(error, n, USUAL) <= d * (1 + 1e-6)
    for d in differences[:3]:
        n = size.paired_size(error, d, USUAL)
        assert paired_difference(error, error, n, USUAL) == pytest.approx(d, rel=0.01)


def test_train_dev_is_none_where_dev_alone_is_too_small():
    assert size.train_dev_for(0.01, 0.1, 1_000, USUAL) is None
    n = size.unpaired_size(0.1, 0.02, USUAL)
    assert size.train_dev_for(0.02, 0.1, n, USUAL) == pytest.approx(n, rel=0.03)
    found = plan(dev=1_000, error="10%", mismatch="1%")
    assert found["sizes"]["train-dev"] is None
    assert codes(found)["MLS341"]["need"] == "mismatch"
    assert "do not tell a mismatch of 1 point;" in ms.plan(dev=1_000, error=0.1,
                                                           mismatch=0.01).to_text()  # fmt: skip


def binomial_p(least: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """Return the exact two-sided McNemar p of the smaller of two discordant counts."""
    most = int(trials.max())
    log = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most + 1)))])
    out = np.empty(len(trials))
    for i, (k, n) in enumerate(zip(least, trials, strict=True)):
        j = np.arange(k + 1)
        out[i] = min(1.0, 2 * np.exp(log[n] - log[j] - log[n - j] - n * math.log(2)).sum())
    return out


@pytest.mark.slow
@pytest.mark.parametrize(("error", "difference"), [(0.1, 0.02), (0.05, 0.01), (0.3, 0.05)])
def test_unpaired_sizes_reach_their_power_with_newcombes_interval(error, difference):
    from mlstrat.core.intervals import newcombe_interval, normal_quantile, wilson_interval

    rng, trials, z = np.random.default_rng(0), 10_000, normal_quantile(0.95)
    n = size.unpaired_size(error, difference, USUAL)

    def told(other: float) -> float:
        pairs = rng.binomial(n, [error, other], size=(trials, 2)) / n
        hits = 0
        for p, q in pairs:
            low, high = newcombe_interval(p, wilson_interval(p, n, z), q, wilson_interval(q, n, z))
            hits += low > 0 or high < 0
        return hits / trials

    assert told(error - difference) == pytest.approx(0.8, abs=0.015)
    assert told(error) == pytest.approx(0.05, abs=0.0075)


@pytest.mark.slow
@pytest.mark.parametrize(("discordance", "difference"),
                         [(0.02, 0.01), (0.05, 0.01), (0.1, 0.02), (0.002, 0.001)])  # fmt: skip
def test_paired_sizes_reach_their_power_with_the_exact_test(discordance, difference):
    rng, trials = np.random.default_rng(1), 10_000
    n = size.paired_size(discordance, difference, USUAL)

    def told(d: float) -> float:
        shares = [(discordance + d) / 2, (discordance - d) / 2, 1 - discordance]
        counts = rng.multinomial(n, shares, size=trials)
        least, both = counts[:, :2].min(axis=1), counts[:, :2].sum(axis=1)
        return float((binomial_p(least, both) <= 0.05).mean())

    assert 0.79 <= told(difference) <= 0.86
    assert told(0.0) <= 0.055


@pytest.mark.slow
@pytest.mark.parametrize(("mismatch", "error", "dev"), [(0.02, 0.1, 10_000), (0.05, 0.2, 2_000)])
def test_the_train_dev_size_tells_the_mismatch(mismatch, error, dev):
    from mlstrat.core.intervals import newcombe_interval, normal_quantile, wilson_interval

    rng, trials, z = np.random.default_rng(2), 10_000, normal_quantile(0.95)
    n = size.train_dev_for(mismatch, error, dev, USUAL)
    starts = rng.binomial(n, error - mismatch, size=trials) / n
    ends = rng.binomial(dev, error, size=trials) / dev
    told = sum(
        newcombe_interval(p, wilson_interval(p, n, z), q, wilson_interval(q, dev, z))[0] > 0
        for p, q in zip(starts, ends, strict=True)
    )
    assert told / trials == pytest.approx(0.8, abs=0.03)
