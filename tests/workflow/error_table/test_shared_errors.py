"""Tags on errors that were read on two sheets: Newcombe's paired case, and what is promised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import mlstrat as ms
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import paired_correlation, wilson_interval
from mlstrat.workflow.error_table.table import (
    DrawnError,
    ReadError,
    SplitError,
    moves,
    shared_errors,
    total_move,
)
from mlstrat.workflow.error_table.tally import errors_stood_for, tally_errors

UNKNOWN = (SplitError(), SplitError())


def share(before, after, splits=UNKNOWN):
    return shared_errors(before, after, splits, (frozenset(before), frozenset(after)))


def read(marks, label="a") -> dict[str, ReadError]:
    return {str(i): ReadError(frozenset(["t"] * int(x)), label) for i, x in marks}


def test_where_all_errors_are_read_twice_it_is_newcombes_correlation():
    then = [1] * 30 + [1] * 5 + [0] * 2 + [0] * 63
    now = [1] * 30 + [0] * 5 + [1] * 2 + [0] * 63
    shared = share(read(enumerate(then)), read(enumerate(now))).of_tag("t")
    assert (shared.read, shared.only_before, shared.only_after) == (100, 5, 2)
    assert shared.of_share == pytest.approx(paired_correlation(30, 5, 2, 63))


def test_the_fewer_are_common_the_less_figures_go_together():
    then = read(enumerate([1, 0] * 50))
    half = read((i + 50, x) for i, x in enumerate([1, 0] * 50))
    shared = share(then, half).of_tag("t")
    assert shared.read == 50
    # 50 of 100: half of φ = 1, and half a row less.
    assert shared.of_share == pytest.approx((50 * 0.25 - 0.5) / 25)


def test_nothing_is_shared_without_an_id_on_both_or_with_other_labels():
    one = read(enumerate([1, 0]))
    assert share(one, read([(7, 1)])) is None
    assert share(one, read(enumerate([1, 0]), "b")) is None


def test_a_tag_that_nobody_or_everybody_has_tells_no_correlation():
    one, two = read(enumerate([0, 0, 0])), read(enumerate([1, 1, 1]))
    found = share(one, two).of_tag("t")
    assert (found.of_share, found.of_error) == (0.0, 0.0)


ERROR, P_BEFORE, LOST, NEW = 0.25, 0.3, 0.3, 0.05
P_AFTER = P_BEFORE * (1 - LOST) + (1 - P_BEFORE) * NEW


def sheet(names, tagged, split):
    drawn = [DrawnError(frozenset(["t"] * int(x))) for x in tagged]
    each = errors_stood_for(drawn, split, weighted=False)
    by_id = {str(i): ReadError(d.tags, None, w) for i, d, w in zip(names, drawn, each, strict=True)}
    return tally_errors(drawn, ["t"], split), by_id


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "reads", "common"),
    [(2_000, 100, 100), (2_000, 100, 50), (400, 10_000, 10_000)],
    ids=["a hundred, all again", "a hundred, half again", "all errors"],
)
def test_intervals_of_changes_cover_at_their_nominal_rate(rows, reads, common):
    """One model, one set; the same or other errors are read again after the work."""
    rng = np.random.default_rng(5)
    of_share = of_error = 0
    trials = 4_000
    for _ in range(trials):
        wrong = np.flatnonzero(rng.random(rows) < ERROR)
        before = rng.random(len(wrong)) < P_BEFORE
        after = np.where(before, rng.random(len(wrong)) >= LOST, rng.random(len(wrong)) < NEW)
        order = rng.permutation(len(wrong))
        first = order[:reads]
        second = np.concatenate([first[:common], order[reads : 2 * reads - common]])
        value, m = len(wrong) / rows, len(wrong)
        split = SplitError(Figure(value, wilson_interval(value, rows, 1.96), rows), m, rows)
        one, ids = sheet(first, before[first], split)
        two, ids_after = sheet(second, after[second], split)
        listed = frozenset(map(str, range(len(wrong))))
        shared = shared_errors(ids, ids_after, (split, split), (listed, listed))
        (move,) = moves(one, two, shared)
        low, high = move.share.ci
        of_share += low <= P_AFTER - P_BEFORE <= high
        low, high = move.error.ci
        of_error += low <= ERROR * (P_AFTER - P_BEFORE) <= high
        assert total_move(one, two, shared).ci == (0.0, 0.0)
    assert 0.93 <= of_share / trials <= 0.97
    assert 0.93 <= of_error / trials <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_so_they_do_where_the_model_was_trained_again(kept):
    """All errors of both models on one set are read: some are wrong twice, with the same tags."""
    rng = np.random.default_rng(1)
    rows, tagged, new, trials = 2_000, 0.3, 0.03, 2_500
    rates = ERROR * kept * np.array([0.6, 1.0]) + (1 - ERROR) * new  # of rows with the tag, without
    after = rates @ (tagged, 1 - tagged)
    truth = tagged * rates[0] - ERROR * tagged, after - ERROR, tagged * rates[0] / after - tagged
    covered = np.zeros(3)
    for _ in range(trials):
        has = rng.random(rows) < tagged
        first = rng.random(rows) < ERROR
        second = rng.random(rows) < np.where(first, kept * np.where(has, 0.6, 1.0), new)
        tables, read_by_id, splits = [], [], []
        for wrong in (first, second):
            places = np.flatnonzero(wrong)
            ci = wilson_interval(len(places) / rows, rows, 1.96)
            splits.append(SplitError(Figure(len(places) / rows, ci, rows), len(places), rows))
            table, ids = sheet(places, has[places], splits[-1])
            tables.append(table)
            read_by_id.append(ids)
        shared = share(*read_by_id, tuple(splits))
        (move,) = moves(*tables, shared)
        found = move.error.ci, total_move(*tables, shared).ci, move.share.ci
        covered += [low <= x <= high for (low, high), x in zip(found, truth, strict=True)]
    assert (covered >= 0.93 * trials).all()
    assert (covered <= 0.97 * trials).all()


def test_units_of_one_example_are_shared_one_by_one():
    head = "id,unit,where,stratum,sampling_weight,tags\n"
    for path, fog in (("a.csv", 10), ("b.csv", 6)):
        rows = [f"{i // 2},Paris,{i % 2},error,1,{'fog' if i < fog else 'none'}" for i in range(20)]
        Path(path).write_text(head + "\n".join(rows) + "\n")
    (fog,) = ms.error_table("a.csv", "b.csv").to_dict()["moved"]
    assert fog["shared"] == {"read": 20, "only_before": 4, "only_after": 0}
