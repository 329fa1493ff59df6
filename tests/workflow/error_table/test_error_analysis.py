"""The table of errors: shares of a set, ceilings of the population, sets of tags, what is first."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from mlstrat.core.figures import Figure
from mlstrat.core.intervals import normal_quantile, wilson_interval
from mlstrat.core.wording import Scale
from mlstrat.workflow.error_table.findings import table_findings
from mlstrat.workflow.error_table.table import (
    DrawnError,
    SplitError,
    TooManyReadError,
    moves,
    total_move,
)
from mlstrat.workflow.error_table.tally import best_covers, tally_counts, tally_errors

Z = normal_quantile(0.95)


def errors(*tags: str, **more) -> list[DrawnError]:
    return [DrawnError(frozenset(t.split()), **more) for t in tags]


def split(wrong: int, n: int) -> SplitError:
    return SplitError(Figure(wrong / n, wilson_interval(wrong / n, n, Z), n), wrong, n)


def codes(table, **more) -> set[str]:
    return {f.code for f in table_findings(table, **more)}


def test_count_alone_and_untagged():
    table = tally_errors(errors("a", "a b", "b", "", "a"), ["a", "b"], SplitError())
    a, b = table.categories
    assert (a.tag, a.count, a.only, b.count, b.only) == ("a", 3, 2, 2, 1)
    assert (table.reviewed, table.untagged, table.untagged_share.value) == (5, 1, 0.2)
    assert a.only_share.value == 0.4


def test_rows_that_nobody_read_do_not_count():
    waiting = errors("a", "a", reviewed=False)
    table = tally_errors(errors("a", "b") + waiting, ["a", "b"], SplitError())
    assert (table.reviewed, table.drawn) == (2, 4)
    assert [c.count for c in table.categories] == [1, 1]


def test_false_positives_and_negatives_are_apart():
    rows = errors("a", "a b", predicted_positive=True) + errors("a", predicted_positive=False)
    a, b = tally_errors(rows, ["a", "b"], SplitError()).categories
    assert (a.false_positives, a.false_negatives) == (2, 1)
    assert (b.false_positives, b.false_negatives) == (1, 0)


def test_the_interval_of_a_share_shrinks_to_nothing_where_all_was_read():
    rows = errors(*["a"] * 6, *["b"] * 4)
    share = [tally_errors(rows, ["a"], split(n, 1000)).categories[0].share for n in (10, 11, 100)]
    assert share[0].ci == (0.6, 0.6)
    widths = [high - low for low, high in (x.ci for x in share)]
    assert widths == sorted(widths)
    assert tally_errors(rows, ["a"], SplitError()).categories[0].share.ci == pytest.approx(
        wilson_interval(0.6, 10, Z))  # fmt: skip


def test_the_ceiling_speaks_of_the_population_though_all_errors_were_read():
    rows = errors(*["a"] * 40, *["b"] * 60)
    a = tally_errors(rows, ["a"], split(100, 1000)).categories[0]
    assert a.gain.value == pytest.approx(0.04)
    assert a.gain.ci == pytest.approx(wilson_interval(0.04, 1000, Z))
    assert a.error == pytest.approx(0.06)


def test_an_error_typed_without_counts_is_taken_as_it_stands():
    (dog,) = tally_counts({"dog": 5}, 100, SplitError(Figure(0.1))).categories
    low, high = wilson_interval(0.05, 100, Z)
    assert dog.gain.ci == pytest.approx((0.1 * low, 0.1 * high))
    assert dog.worth is None


def test_without_an_error_there_is_no_ceiling():
    (dog,) = tally_counts({"dog": 5}, 100, SplitError()).categories
    assert (dog.gain.value, dog.gain.ci, dog.error, dog.worth) == (None, None, None, None)


def test_weights_of_the_sheet_are_honoured():
    rows = errors("a", "a", stratum="rare", weight=1.0)
    rows += errors("b", "b", stratum="common", weight=9.0)
    table = tally_errors(rows, ["a", "b"], split(20, 100), weighted=True)
    b, a = table.categories
    assert (b.share.value, a.share.value) == (pytest.approx(0.9), pytest.approx(0.1))
    assert a.gain.value == pytest.approx(0.02)
    assert table.best_sets[0].tags == ("b",)
    assert table.cumulative == pytest.approx((0.9, 1.0))


def test_weights_tell_how_many_errors_there_are():
    table = tally_errors(errors("a", "b", weight=10.0), ["a"], SplitError(), weighted=True)
    assert table.split.errors == 20


def test_weights_that_do_not_add_up_are_scaled_and_said():
    table = tally_errors(errors("a", "b", weight=10.0), ["a"], split(30, 100), weighted=True)
    assert (table.weighed, table.split.errors) == (20.0, 30)
    assert "MLS407" in codes(table)
    assert "MLS407" not in codes(tally_errors(errors("a", "b", weight=15.0), ["a"], split(30, 100),
                                              weighted=True))  # fmt: skip


def test_a_sheet_of_false_positives_speaks_of_them():
    pool = SplitError(Figure(0.1, (0.08, 0.12), 1000), 100, 1000, pool=40)
    (a,) = tally_errors(errors("a", "b"), ["a"], pool).categories
    assert a.share.value == 0.5
    assert a.gain.value == pytest.approx(0.02)


def test_a_stratum_that_nobody_read_is_said():
    rows = errors("a", "b", stratum="x", weight=5.0)
    rows += errors("", stratum="y", weight=10.0, reviewed=False)
    table = tally_errors(rows, ["a", "b"], split(20, 100), weighted=True)
    assert table.unread == 10
    assert "MLS408" in codes(table)


def test_more_read_than_there_are_is_refused():
    with pytest.raises(TooManyReadError, match="3 errors were read, and there are 2"):
        tally_errors(errors("a", "a", "a"), ["a"], split(2, 10))


def test_groups_or_weights_of_the_run_widen_the_ceiling():
    rows = errors(*["a"] * 50, *["b"] * 50)
    plain = split(100, 1000)
    wide = SplitError(Figure(0.1, (0.05, 0.19), 1000), 100, 1000, plain=False)
    one, two = (tally_errors(rows, ["a"], s).categories[0].gain for s in (plain, wide))
    assert one.value == pytest.approx(two.value)
    assert two.ci[0] < one.ci[0] < one.ci[1] < two.ci[1]


def test_a_dev_set_shows_a_full_fix_of_six_errors():
    table = tally_counts({"a": 45, "b": 5, "c": 6, "d": 4}, 100, split(100, 1000))
    assert {c.tag: c.worth for c in table.categories} == {
        "a": "yes", "b": "no", "c": "yes", "d": "no"}  # fmt: skip
    assert [c.p_value for c in table.categories][1:3] == pytest.approx([2 * 0.5**6, 2 * 0.5**5])
    assert {"MLS401", "MLS402", "MLS403"} <= codes(table)
    can = table.detectable
    assert (can.fewest_fixed, can.disagreement) == (6, 0.05)
    assert can.difference == pytest.approx(0.0208, abs=1e-4)  # 1,000 rows, 5% of them unlike


def test_what_was_read_stands_for_the_errors_of_the_split():
    # 10 of 50 errors read have the tag: of 200 there are some 40, and surely six.
    table = tally_counts({"a": 10, "b": 1, "c": 0}, 50, split(200, 2000))
    a, b, c = table.categories
    assert (a.fixed.value, b.fixed.value) == (40, 4)
    assert (a.worth, b.worth, c.worth) == ("yes", "undecided", "undecided")
    low, high = a.fixed.ci
    assert 15 < low < 40 < high
    assert tally_counts({"a": 10}, 50, split(50, 2000)).categories[0].fixed.ci == (10, 10)


def test_where_rows_do_not_count_alike_nobody_says_what_shows():
    grouped = SplitError(Figure(0.1, (0.05, 0.19), 1000), 100, 1000, plain=False)
    table = tally_counts({"a": 45, "b": 5}, 100, grouped)
    assert [c.worth for c in table.categories] == [None, None]
    assert table.detectable is None
    assert not {"MLS401", "MLS402"} & codes(table)


def test_the_interval_of_the_largest_tag_allows_for_having_been_picked():
    counts = dict(zip("abcdefghij", [8, *[3] * 9], strict=True))
    table = tally_counts(counts, 35, split(35, 350))
    alone = tally_counts({"a": 8}, 35, split(35, 350)).categories[0]
    a, b = table.categories[:2]
    assert a.ceiling.value == a.gain.value == alone.gain.value
    assert a.ceiling.ci[0] < a.gain.ci[0]
    assert a.ceiling.ci[1] == a.gain.ci[1]
    assert (b.picked, b.ceiling) == (None, b.gain)
    (finding,) = [f for f in table_findings(table) if f.code == "MLS440"]
    assert (finding.evidence["tag"], finding.evidence["family"]) == ("a", 10)
    assert "MLS440" not in codes(tally_counts({"a": 8}, 35, split(35, 350)))


@pytest.mark.parametrize("seed", range(30))
def test_best_sets_are_those_that_trying_all_would_find(seed):
    rng = np.random.default_rng(seed)
    tags = int(rng.integers(1, 8))
    marks = (rng.random((40, tags)) < rng.random(tags) * 0.5).astype(float)
    weights = rng.integers(1, 5, 40).astype(float)
    for size, found in enumerate(best_covers(marks, weights), 1):
        best = max(weights @ marks[:, list(c)].max(axis=1)
                   for c in combinations(range(tags), size))  # fmt: skip
        assert len(set(found)) == size
        assert weights @ marks[:, list(found)].max(axis=1) == best


def test_covered_is_a_count_and_not_a_sum():
    table = tally_errors(errors("a b", "a b", "a", "c"), ["a", "b", "c"], split(4, 40))
    assert [(s.tags, s.category.count) for s in table.best_sets] == [
        (("a",), 3), (("a", "c"), 4), (("a", "b", "c"), 4)]  # fmt: skip
    assert table.best_sets[1].category.error == pytest.approx(0.0)


def test_the_two_largest_are_told_apart_or_the_number_to_read_is_named():
    clear = tally_errors(errors(*["a"] * 40, *["b"] * 5), ["a", "b"], SplitError())
    assert clear.leading.resolved
    assert "MLS404" not in codes(clear)
    close = tally_errors(errors(*["a"] * 12, *["b"] * 10), ["a", "b"], SplitError())
    assert not close.leading.resolved
    assert close.leading.more > 500
    assert close.leading.tied == ("b",)


def test_which_tag_is_the_largest_is_a_matter_of_all_errors_there_will_be():
    # All errors of this set are read, and 12 against 10 of them say little of the next ones.
    every = tally_errors(errors(*["a"] * 12, *["b"] * 10), ["a", "b"], split(22, 220))
    (finding,) = [f for f in table_findings(every) if f.code == "MLS404"]
    assert finding.evidence["rows"] == math.ceil(every.leading.more / 0.1)
    assert "more dev examples would settle it" in finding.rule.sentence(finding.evidence, Scale())
    part = tally_errors(errors(*["a"] * 30, *["b"] * 20), ["a", "b"], split(5_000, 50_000))
    (finding,) = [f for f in table_findings(part) if f.code == "MLS404"]
    assert finding.evidence["rows"] is None
    assert "more dev errors would settle it" in finding.rule.sentence(finding.evidence, Scale())


def test_every_tag_that_may_be_the_largest_is_named():
    marks = errors(*["a"] * 12, *["b"] * 10, *["c"] * 9, "d")
    table = tally_errors(marks, list("abcd"), split(100, 1000))
    assert table.leading.tied == ("b", "c")
    counts = tally_counts({"a": 12, "b": 10, "c": 9, "d": 1}, 32, split(100, 1000))
    assert counts.leading.tied == ("b", "c")
    clear = tally_counts({"a": 60, "b": 10}, 100, split(100, 1000))
    assert clear.leading.resolved


def test_equal_tags_need_no_number_of_errors():
    table = tally_errors(errors("a", "b"), ["a", "b"], SplitError())
    assert (table.leading.difference.value, table.leading.more) == (0.0, None)


@pytest.mark.parametrize(("n", "reading"), [(10, "very_rough"), (20, "rough"), (50, None)])
def test_few_errors_are_only_a_hint(n, reading):
    found = [f for f in table_findings(tally_counts({"a": 5}, n, SplitError()))
             if f.code == "MLS405"]  # fmt: skip
    assert [f.evidence["reading"] for f in found] == ([reading] if reading else [])


def test_effort_puts_the_cheap_one_first():
    table = tally_counts({"a": 50, "b": 40}, 100, split(100, 1000)).with_days({"a": 20, "b": 2})
    assert [c.gain_per_day for c in table.categories] == pytest.approx([0.0025, 0.02])
    (finding,) = [f for f in table_findings(table) if f.code == "MLS403"]
    assert (finding.evidence["largest"], finding.evidence["most_per_day"]) == ("a", "b")
    assert finding.evidence["surely"]
    assert '"b" gives most for each day' in finding.rule.sentence(finding.evidence, Scale())
    alike = tally_counts({"a": 50, "b": 40}, 100, split(100, 1000)).with_days({"a": 2, "b": 1.5})
    (finding,) = [f for f in table_findings(alike) if f.code == "MLS403"]
    assert not finding.evidence["surely"]
    assert '"b" seems to give most' in finding.rule.sentence(finding.evidence, Scale())


def test_errors_not_drawn_at_random_have_no_intervals_and_no_ceilings():
    table = tally_errors(errors("a", "b"), ["a", "b"], split(20, 200)).as_seen()
    for c in table.categories:
        assert (c.share.ci, c.gain.value, c.error, c.worth) == (None, None, None, None)
    assert "MLS410" in codes(table)


def test_what_moved_has_an_interval():
    before = tally_counts({"a": 50, "b": 20}, 100, split(100, 1000))
    after = tally_counts({"a": 10, "b": 20}, 60, split(60, 1000))
    a, b = moves(before, after)
    assert (a.tag, a.sure, b.sure) == ("a", True, False)
    assert a.error.value == pytest.approx(0.01 - 0.05)
    assert a.error.ci[0] < -0.04 < a.error.ci[1] < 0
    assert b.share.value == pytest.approx(20 / 60 - 0.2)
    assert total_move(before, after).value == pytest.approx(-0.04)


DESIGNS = [
    # rows, share and tag rate by stratum of errors, errors drawn of each
    (2000, (0.05, 0.03, 0.02), (0.6, 0.2, 0.05), (20, 20, 20)),
    (1000, (0.08, 0.04), (0.3, 0.9), (40, 10)),
    (10_000, (0.02, 0.02, 0.02, 0.02, 0.02), (0.5, 0.4, 0.3, 0.2, 0.1), (20,) * 5),
    (1000, (0.1,), (0.05,), (100,)),
    (4000, (0.05, 0.005), (0.02, 0.8), (60, 15)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "shares", "rates", "drawn"), DESIGNS)
def test_ceilings_and_shares_cover_the_truth_under_stratified_sampling(rows, shares, rates, drawn):
    rng, trials = np.random.default_rng(41), 2000
    truth = float(np.dot(shares, rates))
    gains = sets = 0
    seen = 0
    for _ in range(trials):
        sizes = rng.multinomial(rows, [*shares, 1 - sum(shares)])[:-1]
        tagged = rng.binomial(sizes, rates)
        sheet: list[DrawnError] = []
        for h, (size, hits, most) in enumerate(zip(sizes, tagged, drawn, strict=True)):
            n = min(most, int(size))
            k = rng.hypergeometric(hits, size - hits, n)
            sheet += [
                DrawnError(frozenset(["t"] if i < k else []), stratum=str(h), weight=size / n)
                for i in range(n)
            ]
        known = split(int(sizes.sum()), rows)
        (t,) = tally_errors(sheet, ["t"], known, weighted=True).categories
        gains += t.gain.ci[0] <= truth <= t.gain.ci[1]
        share = tagged.sum() / sizes.sum()
        sets += t.share.ci[0] - 1e-12 <= share <= t.share.ci[1] + 1e-12
        seen += t.count
    few = seen / trials < 10
    for covered in (gains / trials, sets / trials):
        assert covered >= (0.90 if few else 0.925)
        assert covered <= 1.0 if few else covered <= 0.985


@pytest.mark.slow
@pytest.mark.parametrize(("rates", "rows"), [((0.5, 0.3), 2000), ((0.1, 0.05), 1000)])
def test_changes_between_two_sheets_cover_the_truth(rates, rows):
    rng, trials, covered = np.random.default_rng(42), 2000, 0
    error = 0.1
    for _ in range(trials):
        tables = []
        for rate in rates:
            wrong = int(rng.binomial(rows, error))
            hits = int(rng.binomial(wrong, rate))
            n = min(80, wrong)
            k = int(rng.hypergeometric(hits, wrong - hits, n))
            tables.append(tally_counts({"t": k}, n, split(wrong, rows)))
        (move,) = moves(*tables)
        truth = error * (rates[1] - rates[0])
        covered += move.error.ci[0] <= truth <= move.error.ci[1]
    assert 0.925 <= covered / trials <= 0.985


@pytest.mark.slow
def test_a_sheet_left_half_way_covers_the_truth():
    rng, trials, covered = np.random.default_rng(43), 2000, 0
    rows, shares, rates = 4000, (0.05, 0.05), (0.6, 0.1)
    truth = float(np.dot(shares, rates))
    for _ in range(trials):
        sizes = rng.multinomial(rows, [*shares, 1 - sum(shares)])[:-1]
        tagged = rng.binomial(sizes, rates)
        sheet = []
        for h, (size, hits) in enumerate(zip(sizes, tagged, strict=True)):
            k = rng.hypergeometric(hits, size - hits, 50)
            sheet += [("t" if i < k else "", str(h), size / 50) for i in range(50)]
        # Rows stand in random order: whoever stops has read a random half of them.
        order = rng.permutation(len(sheet))
        drawn = [
            DrawnError(frozenset(sheet[i][0].split()), place < 50, sheet[i][1], sheet[i][2])
            for place, i in enumerate(order)
        ]
        known = split(int(sizes.sum()), rows)
        (t,) = tally_errors(drawn, ["t"], known, weighted=True).categories
        covered += t.gain.ci[0] <= truth <= t.gain.ci[1]
    assert 0.925 <= covered / trials <= 0.985


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "n"), [(0.3, 100), (0.1, 50), (0.5, 400)])
def test_equal_tags_are_seldom_told_apart(rate, n):
    rng, trials, apart = np.random.default_rng(44), 1500, 0
    for _ in range(trials):
        marks = rng.random((n, 2)) < rate
        drawn = [DrawnError(frozenset(np.array(["a", "b"])[row])) for row in marks]
        leading = tally_errors(drawn, ["a", "b"], SplitError()).leading
        apart += leading is not None and leading.resolved
    # Two-sided at 95%, whichever of the two leads.
    assert apart / trials <= 0.065
