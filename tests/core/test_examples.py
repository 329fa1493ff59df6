"""Figures, intervals, tests and words of the core, each by a small example."""

from __future__ import annotations

import numpy as np

from mlstrat.core.counts import (
    ABSTAINED,
    OTHER,
    Cells,
    codes_in,
    distances,
    distinct_codes,
    is_person,
    places_in,
    sum_by,
)
from mlstrat.core.cuts import Sizes, apportion, mixed_option, units_of
from mlstrat.core.figures import (
    Figure,
    Sampling,
    jackknife,
    jeffreys_trials,
    jeffreys_variance,
    over_runs,
    widened,
)
from mlstrat.core.groups import as_where_none_errs, even_groups, trials_if_alike
from mlstrat.core.hashing import text_hash
from mlstrat.core.intervals import (
    clopper_pearson,
    contrast,
    holm,
    interval_of_largest,
    newcombe_interval,
    normal_quantile,
    one_sided,
    p_of_chi_squared,
    p_value,
    paired_intervals,
    poisson_interval,
    proportion_interval,
    t_quantile,
    two_sided_tail,
    wilson_interval,
    wilson_intervals,
)
from mlstrat.core.linearised import weighted_by_class
from mlstrat.core.operating.choose import (
    HalfFigures,
    Scored,
    Wanted,
    choose,
    choosing_both,
    parse_wanted,
    parts_of,
)
from mlstrat.core.operating.point import calibration
from mlstrat.core.paired_tests import mcnemar_exact, sign_flip
from mlstrat.core.ranking import auc_interval, auc_variance
from mlstrat.core.ratio import Ratios, Sums, estimate
from mlstrat.core.ratio_pairs import above_rest
from mlstrat.core.resampling import method_of, percentiles
from mlstrat.core.stratified import Design, Stratum, share_of_population, share_of_set
from mlstrat.core.wording import (
    clean,
    file_names,
    guarded,
    html_text,
    markdown_text,
    printable,
    rounded_up,
    share_of_resamples,
    short_path,
    unguarded,
)


def test_is_person():
    assert [is_person(np.array(codes), np.array([3, 2])) for codes in ([0, OTHER], [OTHER, 0])] == [
        True,
        False,
    ]


def test_sum_by():
    assert sum_by(np.array([0, 2, 2]), np.array([1.0, 2.0, 3.0])).tolist() == [1, 0, 5]


def test_distances():
    assert distances(np.array([0, 2, 1]), np.array([2, 2, ABSTAINED]), 4).tolist() == [4, 0, 4]


def test_codes_in():
    assert (
        codes_in(np.array([2, ABSTAINED, 2])).tolist(),
        codes_in(np.array([], np.int64)).tolist(),
    ) == ([-1, 2], [])


def test_places_in():
    assert [x.tolist() for x in places_in(np.array([7, 5, 7]))] == [[5, 7], [1, 0, 1]]


def test_distinct_codes():
    found, place = distinct_codes(np.array([1, 0, 1]), np.array([-1, 5, -1]))
    assert ([x.tolist() for x in found], place.tolist()) == ([[0, 1], [5, -1]], [1, 0, 1])


def test_units_of():
    assert units_of(np.array([7, 2, 7], np.uint64), np.array([0, 1, 0])).rows.tolist() == [1, 2]


def test_apportion():
    assert apportion(2500, [200_000, 10_000]) == [2381, 119]


def test_mixed_option():
    assert mixed_option({"web": 200_000, "app": 10_000}, Sizes(2500, 2500)).dev_by_source == {
        "web": 2381,
        "app": 119,
    }


def test_jeffreys_trials():
    assert [round(jeffreys_trials(p, jeffreys_variance(p, 500)), 6) for p in (0.0, 0.1)] == [
        500.0,
        500.0,
    ]


def test_jackknife():
    assert round(jackknife([0.1, 0.1, 0.1, 0.1, 0.2]), 4) == 0.0064


def test_widened():
    found = widened(Figure(0.5, (0.4, 0.6), 100), 3 * (0.1 / 1.959964) ** 2, 0.95)
    assert [round(x, 3) for x in found.ci] == [0.3, 0.7]


def test_text_hash():
    assert (text_hash("a"), text_hash("a", seed=1)) == (6193116520552906973, 3261800401424686551)


def test_normal_quantile():
    assert round(normal_quantile(0.95), 6) == 1.959964


def test_two_sided_tail():
    assert (round(two_sided_tail(12.706, 1), 4), round(two_sided_tail(1.96, 1e6), 4)) == (
        0.05,
        0.05,
    )


def test_p_of_chi_squared():
    assert (round(p_of_chi_squared(3.841, 1), 3), round(p_of_chi_squared(16.92, 9), 3)) == (
        0.047,
        0.05,
    )


def test_t_quantile():
    assert [round(t_quantile(0.95, degrees), 3) for degrees in (1, 2, 3.5, 10)] == [
        12.706,
        4.303,
        2.94,
        2.228,
    ]


def test_wilson_interval():
    assert [round(x, 6) for x in wilson_interval(81 / 500, 500, normal_quantile(0.95))] == [
        0.132302,
        0.196852,
    ]


def test_clopper_pearson():
    assert [round(x, 4) for x in clopper_pearson(10, 100, 0.95)] == [0.049, 0.1762]


def test_wilson_intervals():
    assert (
        repr(
            wilson_intervals(np.array([81 / 500]), np.array([500.0]), normal_quantile(0.95)).round(
                6
            )
        )
        == "array([[0.132302, 0.196852]])"
    )


def test_proportion_interval():
    assert [round(x, 4) for c in (0.95, 0.999) for x in proportion_interval(0.1, 100, c)] == [
        0.0552,
        0.1744,
        0.0279,
        0.2338,
    ]


def test_newcombe_interval():
    low, high = newcombe_interval(48 / 80, (0.4904, 0.7003), 56 / 70, (0.6918, 0.8767))
    assert (round(low, 2), round(high, 2)) == (0.05, 0.33)


def test_paired_intervals():
    table = [np.array([float(x)]) for x in (80, 4, 12, 4)]
    assert [round(float(x[0]), 4) for x in paired_intervals(*table, 0.95)] == [-0.0009, 0.1645]


def test_as_where_none_errs():
    found = as_where_none_errs((0.0, 0.2), 0.01, 100, (100, 1, 99), 0.95)
    assert [round(x, 4) for x in found] == [0.0, 0.0554]


def test_holm():
    assert holm([0.01, 0.04, 0.03]) == [0.03, 0.06, 0.06]


def test_p_value():
    assert round(p_value(lambda c: (2 - normal_quantile(c), 2 + normal_quantile(c))), 4) == 0.0455


def test_contrast():
    low, high = contrast([(1, 56 / 70, (0.6918, 0.8767)), (-1, 48 / 80, (0.4904, 0.7003))])
    assert (round(low, 2), round(high, 2)) == (0.05, 0.33)


def test_one_sided():
    assert (round(one_sided(0.95), 9), round(one_sided(0.95, 10), 9)) == (0.9, 0.99)


def test_interval_of_largest():
    def read(c):
        return wilson_interval(0.2, 100, normal_quantile(c))

    assert [round(x, 3) for x in interval_of_largest(read, 10, 0.95)] == [0.112, 0.289]


def test_trials_if_alike():
    ten = np.full(4, 10.0)
    wholly, alike = np.array([10.0, 0, 0, 0]), np.full(4, 5.0)
    found = [round(trials_if_alike(x, ten, ten), 9) for x in (wholly, alike)]
    assert found == [4.0, 40.0]
    of_one = (np.array([1.0, 0.0]), np.array([2.0, 0.0]), np.array([2.0, 0.0]))
    assert trials_if_alike(*of_one) == 1.0


def test_even_groups():
    assert (even_groups(np.array([5.0, 5.0, 5.0])), even_groups(np.array([40.0] + 60 * [1.0]))) == (
        3.0,
        6.024096385542169,
    )


def test_weighted_by_class():
    cells = Cells(
        ("cat", "dog"),
        ("dev",),
        np.zeros(3, int),
        np.array([0, 1, 1]),
        np.array([0, 1, 0]),
        np.array([90, 6, 4]),
        np.array([90.0, 60.0, 40.0]),
        np.array([90.0, 600.0, 400.0]),
        weighted=True,
    )
    assert weighted_by_class(cells).tolist() == [
        [10.0, 1.0, 4.0],
        [10.0, 0.0, 6.0],
        [1.0, 1.0, 0.0],
        [1.0, 0.0, 90.0],
    ]


def test_parse_wanted():
    assert (parse_wanted("recall >= 90%").text, parse_wanted("cost label=spam:10").costs) == (
        "best precision with recall >= 0.9",
        {"spam": 10.0},
    )


def test_choose():
    ones, zeros = np.array([0, 0, 1, 0, 1.0]), np.array([1, 1, 0, 1, 0.0])
    scored = Scored(np.arange(5.0), ones, zeros, np.zeros(5, int))
    assert (choose(scored, Wanted("f1")), choose(scored, Wanted("recall", 0.4))) == (2.0, 4.0)
    assert (choose(scored, Wanted("far", 0.0)), choose(scored, Wanted("cost"), (3.0, 1.0))) == (
        4.0,
        2.0,
    )


def test_parts_of():
    assert (parts_of(["a", "b", "a"]) % 5).tolist() == [4, 0, 4]


def test_choosing_both():
    a = HalfFigures(0.0, [0.0] * 4, [0.0] * 4)
    b = HalfFigures(0.2, [0.1, 0.3, 0.1, 0.3], [0.2, 0.2, 0.0, 0.4])
    assert [round(x, 4) for x in choosing_both(a, b)] == [0.015, 0.024]


def test_calibration():
    p, y = np.array([0.2, 0.2, 0.8, 0.8]), np.array([False, True, False, True])
    found = calibration(p, y, np.array([50] * 4), np.full(4, 50.0), None, 0.95)
    assert (round(found.ece.value, 3), found.bins, found.off) == (0.3, 2, True)


def test_mcnemar_exact():
    assert round(mcnemar_exact(59, 101), 8) == 0.00112291


def test_sign_flip():
    assert sign_flip(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), Sampling()) == 0.0625


def test_poisson_interval():
    low, high = poisson_interval(np.array([0.0, 1.0]), 0.95)
    assert (low.round(4).tolist(), high.round(4).tolist()) == ([0, 0.0253], [3.6889, 5.5716])


def test_auc_variance():
    assert round(auc_variance(0.9, 10, 490) ** 0.5, 4) == 0.051


def test_auc_interval():
    assert [round(x, 3) for x in auc_interval(1.0, 0.0, 10, 490, 1.96)] == [0.9, 1.0]


def test_estimate():
    errors = Ratios(Sums.of(np.repeat([1.0, 0.0], [81, 419]), np.ones(500)))
    found = estimate(errors, Sampling())
    assert (found.value, [round(x, 6) for x in found.ci]) == (0.162, [0.132302, 0.196852])


def test_above_rest():
    def wrong(k, n):
        return Ratios(Sums.of((np.arange(n) < k) * 1.0, np.ones(n)))

    t, degrees = above_rest(wrong(30, 100), wrong(90, 900))
    assert (round(t, 2), round(degrees)) == (3.92, 99)


def test_over_runs():
    runs = [0.10, 0.11, 0.12]
    low, high = over_runs(runs, [(x - 0.02, x + 0.02) for x in runs], 0.95)
    assert (round(low, 4), round(high, 4)) == (0.0781, 0.1419)


def test_method_of():
    few = np.zeros(3, np.int64)
    assert method_of("Bayesian bootstrap of cells", few, few, few) == "Bayesian bootstrap of cells"


def test_percentiles():
    assert percentiles(np.array([4.0, np.nan, 0.0, 1.0, 2.0, 3.0]), 0.5) == (1.0, 3.0)


def test_design():
    design = Design.of_rows(["a", "a", "b"], [10.0, 10.0, 5.0], [True, True, False])
    assert (design.size, design.unread) == (25.0, 5.0)
    assert design.strata([True, False, False]) == (Stratum("a", 25.0, 2, 1),)


def test_share_of_set():
    found = share_of_set([Stratum("errors", 200, 100, 43)])
    assert (found.value, [round(x, 3) for x in found.ci]) == (0.43, [0.363, 0.499])


def test_share_of_population():
    # The errors of 1,000 rows, all read:
    found = share_of_population([Stratum("errors", 100, 100, 6)], 1000)
    assert (found.value, [round(x, 4) for x in found.ci]) == (0.006, [0.0028, 0.013])


def test_clean():
    assert clean("a\x1b[31mb\nc") == "a�[31mb�c"


def test_printable():
    assert printable("a\x1b[31mb\nc") == "a�[31mb\nc"


def test_html_text():
    assert html_text("@all: see #1 <b>") == "@&#8203;all: see #&#8203;1 &lt;b&gt;"


def test_markdown_text():
    assert markdown_text("a_b of @all") == "a\\_b of \\@&#8203;all"


def test_rounded_up():
    assert (rounded_up(1347), rounded_up(43)) == (1400, 43)


def test_short_path():
    assert (
        short_path("runs/dev.csv"),
        short_path("/home/someone/projects/faces/runs/dev.csv", 24),
    ) == ("runs/dev.csv", "…/faces/runs/dev.csv")


def test_file_names():
    assert file_names(["sample_runs/story/first.csv", "sample_runs/story/second.csv"]) == [
        "first.csv",
        "second.csv",
    ]
    assert (file_names(["old/run.csv", "new/run.csv"]), file_names(["a/run.csv", "a/run.csv"])) == (
        ["old/run.csv", "new/run.csv"],
        ["a/run.csv", "a/run.csv"],
    )


def test_share_of_resamples():
    assert (share_of_resamples(0.9999), share_of_resamples(0.5), share_of_resamples(1.0)) == (
        "> 99.9%",
        "50%",
        "> 99.9%",
    )


def test_guarded():
    assert [guarded(x) for x in ("=1+1", "-1", "- a dog", "'=1+1", "it's")] == [
        "'=1+1",
        "-1",
        "'- a dog",
        "''=1+1",
        "it's",
    ]


def test_unguarded():
    assert [unguarded(x) for x in ("'=1+1", "''=1+1", "-1", "'quoted'")] == [
        "=1+1",
        "'=1+1",
        "-1",
        "'quoted'",
    ]
