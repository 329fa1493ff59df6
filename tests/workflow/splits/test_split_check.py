"""What lies in two splits, and tests that call two alike splits different as rarely as they say."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.workflow.splits.checks import (
    distinguish,
    distinguished,
    find_overlaps,
    mix_difference,
)


def test_overlaps_of_three_splits():
    hashes = np.array([1, 1, 1, 2, 2, 3, 4, 1], np.uint64)
    split = np.array([0, 1, 2, 0, 0, 1, 2, 1])
    pairs, distinct = find_overlaps(hashes, split, ("train", "dev", "test"))
    assert distinct == 4
    assert [(p.splits, p.shared, p.rows, p.hashes) for p in pairs] == [
        (("train", "dev"), 1, (1, 2), (1,)),
        (("train", "test"), 1, (1, 1), (1,)),
        (("dev", "test"), 1, (2, 1), (1,)),
    ]


def test_no_overlap():
    found = find_overlaps(np.arange(5, dtype=np.uint64), np.arange(5) % 2, ("dev", "test"))
    assert found == ([], 5)


def test_a_g_test_by_shuffling_agrees_with_the_chi_square_where_rows_are_many():
    """SciPy 1.17: chi2_contingency(table, lambda_="log-likelihood") gives p = 0.03876."""
    distance, p = mix_difference(np.array([300, 300, 200]), np.array([260, 300, 240]))
    assert distance == pytest.approx(0.05)
    assert p == pytest.approx(0.03876, abs=0.006)  # 3 standard errors of 9,999 shufflings


def test_rows_of_one_group_are_not_taken_for_many():
    """Ten groups of 50 alike rows each: by rows the mixes differ, by groups they need not."""
    first = np.array([[50, 0]] * 6 + [[0, 50]] * 4)
    second = np.array([[50, 0]] * 4 + [[0, 50]] * 6)
    assert mix_difference(first.sum(0), second.sum(0))[1] <= 0.001
    assert mix_difference(first, second)[1] > 0.5


def test_one_category_is_no_difference():
    assert mix_difference(np.array([5, 0]), np.array([9, 0])) == (0.0, 1.0)


def test_a_classifier_without_rows_of_both_is_undefined():
    found = distinguished(np.zeros(4), np.zeros(4, dtype=bool))
    assert (found.auc.value, found.auc.ci, found.alarm) == (None, None, False)
    found = distinguished(np.arange(4.0), np.array([False, False, True, True]))
    assert (found.auc.value, found.auc.ci, found.alarm) == (1.0, None, True)


@pytest.mark.slow
@pytest.mark.parametrize("grouped", [False, True])
def test_the_mix_of_alike_splits_is_called_different_in_one_of_a_hundred(grouped):
    alarms = 0
    for trial in range(2000):
        rng = np.random.default_rng(trial)
        if grouped:
            one, two = (rng.multinomial(10, rng.dirichlet(np.ones(3), n)) for n in (40, 30))
        else:
            one, two = (rng.multinomial(n, [0.9, 0.09, 0.01]) for n in (300, 200))
        alarms += mix_difference(one, two, trial)[1] <= 0.01
    assert alarms / 2000 <= 0.017  # 0.01 and 3 standard errors


@pytest.mark.slow
@pytest.mark.parametrize("grouped", [False, True])
def test_the_classifier_calls_alike_splits_different_as_rarely(grouped):
    trials, alarms, covered = 1000, 0, 0
    for trial in range(trials):
        rng = np.random.default_rng(trial)
        group = np.arange(400) // (4 if grouped else 1)
        x = rng.normal(size=(400, 3))[group] + 0.3 * rng.normal(size=(400, 3)) * grouped
        second = (rng.permutation(group.max() + 1) % 2)[group].astype(bool)
        columns = {str(i): x[:, i].tolist() for i in range(3)}
        rows, score = distinguish(columns, second, group if grouped else None)
        found = distinguished(score, second[rows], group[rows] if grouped else None)
        alarms += found.alarm
        covered += found.auc.ci is not None and found.auc.ci[0] <= 0.5 <= found.auc.ci[1]
    assert alarms / trials <= 0.02  # 0.01 and 3 standard errors
    assert 0.93 <= covered / trials <= 0.97


def pictures(designs: int, made: int) -> pl.DataFrame:
    """Return pictures of train, some made of designs, and others of dev and test."""
    rows = [("train", f"design {i % designs}" if i < made else "", i) for i in range(2 * made)]
    rows += [(split, "", i) for i in range(100) for split in ("dev", "test")]
    return pl.DataFrame(rows, schema=["split", "design", "brightness"], orient="row")


@pytest.mark.parametrize(
    ("designs", "made", "severity"), [(20, 4000, "issue"), (20, 400, "note"), (400, 400, "note")]
)
def test_unique_sources_of_synthesised_rows_are_counted(designs, made, severity):
    found = ms.check_split(pictures(designs, made), synthesis_source="design")
    (one,) = [x for x in found.findings if x.code == "MLS870"]
    assert one.severity == severity
    assert one.evidence == {"column": "design", "sources": designs, "rows": made}
    assert f"{made:,} train rows are made of {designs} distinct values of 'design'" in " ".join(
        found.to_text().split()
    )


def test_without_the_option_or_without_such_rows_nothing_is_said_of_synthesis():
    run = pictures(20, 400)
    assert not [x for x in ms.check_split(run).findings if x.code == "MLS870"]
    none = run.with_columns(design=pl.lit(""))
    found = ms.check_split(none, synthesis_source="design")
    assert not [x for x in found.findings if x.code == "MLS870"]
    with pytest.raises(ms.InputError, match="desing"):
        ms.check_split(run, synthesis_source="desing")


def test_a_column_that_is_blank_throughout_dev_and_test_tells_nothing():
    second = np.arange(200) % 2 == 1
    blank = {"blank": [""] * 200}
    rows, score = distinguish(blank, second)
    assert len(rows) == len(score) == 100
    assert not score.any()
    known = {"x": [float(i % 7) for i in range(200)]}
    assert (distinguish(known | blank, second)[1] == distinguish(known, second)[1]).all()
