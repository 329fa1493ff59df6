"""Labels as they are: no right answer, several, sheets without a design, suspects past a filter."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.core.stratified import Design, share_of_population
from mlstrat.errors import InputError


def sheet(rows: list[tuple[str, str, str, str]], **columns) -> pl.DataFrame:
    """Return a sheet of (label, prediction, mislabeled, true_label)."""
    names = ("label", "prediction", "mislabeled", "true_label")
    cells = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    ids = [str(i) for i in range(len(rows))]
    return pl.DataFrame({"id": ids, "split": ["dev"] * len(rows), **cells, **columns})


def codes(found) -> set[str]:
    return {finding.code for finding in found.findings}


DROPPED = [
    *[("a", "b", "drop", "")] * 10, *[("a", "b", "0", "")] * 20,
    *[("a", "a", "drop", "")] * 15, *[("b", "b", "0", "")] * 155,
]  # fmt: skip


def test_rows_to_drop_leave_the_corrected_error_above_and_below_the_line():
    found = ms.mislabels(sheet(DROPPED))
    assert found.overall_error.value == 30 / 200
    assert found.corrected_error.value == pytest.approx(20 / 175)
    assert found.corrected_error.n == 175
    assert found.error_from_labels.value == 10 / 200
    assert found.to_dict()["unusable"] == 25
    assert "MLS291" in codes(found)


def test_rows_to_drop_of_a_run_that_was_read_in_part():
    rows = [*DROPPED[:30], *DROPPED[30:130]]
    run = sheet([*DROPPED, *[("b", "b", "0", "")] * 800]).select(
        "id", "split", "label", "prediction"
    )
    found = ms.mislabels(sheet(rows), run=run)
    kept = 1000 - 10 - 970 * 15 / 100
    assert found.corrected_error.value == pytest.approx(20 / kept)
    assert found.label_share.ci == pytest.approx((1 / 3, 1 / 3))  # all errors were read


def test_any_of_several_right_answers_is_right():
    rows = [
        ("cat", "lynx", "x", "dog|lynx"), ("cat", "lynx", "0", "cat|lynx"), ("cat", "dog", "0", ""),
        *[("dog", "dog", "0", "")] * 7,
    ]  # fmt: skip
    found = ms.mislabels(sheet(rows))
    assert (found.overall_error.value, found.corrected_error.value) == (0.3, 0.1)
    assert found.error_from_labels.value == 0.1  # the second label is one of the right ones


def test_a_label_that_holds_a_bar_is_one_label():
    rows = [("a|b", "c", "0", ""), ("c", "a|b", "x", "a|b"), ("c", "c", "0", "")]
    assert ms.mislabels(sheet(rows)).corrected_error.value == pytest.approx(1 / 3)


def test_a_row_to_drop_has_no_true_label():
    with pytest.raises(InputError, match="to drop, as no label is right"):
        ms.mislabels(sheet([("a", "b", "drop", "b"), ("a", "a", "0", "")]))


def test_a_sheet_without_a_design_is_taken_as_random_and_said_so():
    found = ms.mislabels(sheet(DROPPED))
    assert "MLS290" in codes(found)
    low, high = found.label_share.ci
    assert low < 1 / 3 < high
    assert "exact" not in found.to_text()
    weighted = sheet(DROPPED, sampling_weight=["1"] * 200, stratum=["all"] * 200)
    assert "MLS290" not in codes(ms.mislabels(weighted))


def test_map_holds_on_a_sheet_that_is_the_run():
    frame = sheet(DROPPED, other=[*["b"] * 200]).rename({"label": "given"})
    with pytest.raises(InputError):
        ms.mislabels(frame)
    mapped = ms.mislabels(frame, columns={"label": "given"})
    assert mapped.corrected_error.value == pytest.approx(20 / 175)
    of_other = ms.mislabels(frame, columns={"label": "given", "prediction": "other"})
    assert of_other.overall_error.value == pytest.approx(45 / 200)


def suspects(unfit: int, seed: int = 0) -> tuple[pl.DataFrame, np.ndarray]:
    """Return a run of ten classes in which no class fits some rows, and which rows these are."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(10, size=1000)
    logits = rng.normal(size=(1000, 10)) + 5 * np.eye(10)[truth]
    bad = np.arange(1000) < 60
    label = np.where(bad, (truth + 1) % 10, truth)
    logits[:unfit] = rng.normal(0, 0.5, (unfit, 10))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    ids = [f"{i:04}" for i in range(1000)]
    return pl.DataFrame(
        {"id": ids, "label": label} | {f"prob_{k}": p[:, k] for k in range(10)}
    ), bad


@pytest.mark.parametrize(
    ("unfit", "ranking", "said"),
    [(50, "label_probability", "no class is confident for"),
     (0, "confident_learning", "The filter of confident learning ends after")],
)  # fmt: skip
def test_as_many_suspects_as_asked_ranked_by_what_the_data_show(unfit, ranking, said):
    frame, bad = suspects(unfit)
    found = ms.mislabels(suspects=frame, n=80)
    told = found.to_dict()["suspects"]
    assert (told["drawn"], told["ranking"]) == (80, ranking)
    assert told["found"] < 80
    text = " ".join(found.to_text().split())
    assert said in text
    assert "likeliest" in text  # the rows themselves
    assert sum(bad[int(row["id"])] for row in found.sheet) >= 57


def test_suspects_never_pass_for_random_even_without_their_stratum():
    frame, bad = suspects(50)
    picked = pl.DataFrame(ms.mislabels(suspects=frame, n=80).sheet)
    marks = ["x" if bad[int(i)] else "0" for i in picked["id"]]
    bare = picked.drop("stratum", "sampling_weight", "seed", strict=False)
    for one in (picked, bare):
        found = ms.mislabels(one.with_columns(mislabeled=pl.Series(marks)))
        assert found.to_dict()["picked"]
        assert found.corrected_error.ci is None


@pytest.mark.slow
def test_the_corrected_error_is_covered_where_rows_are_dropped():
    """2,000 rows, 12% errors; of errors 30%, of correct rows 3% have no right label."""
    rng = np.random.default_rng(7)
    truth = (0.12 * 0.7 * 0.9 + 0.88 * 0.97 * 0.03) / (0.12 * 0.7 + 0.88 * 0.97)
    hits = 0
    for _ in range(600):
        errors = rng.binomial(2000, 0.12)
        strata = []
        for size, read, drop, still in ((errors, 60, 0.3, 0.9), (2000 - errors, 100, 0.03, 0.03)):
            dropped = rng.random(read) < drop
            design = Design.of_rows(["x"] * read, [size / read] * read, [True] * read)
            strata += design.strata(rng.random(read) < still, dropped)
        low, high = share_of_population(strata, 2000).ci
        hits += low <= truth <= high
    assert hits / 600 >= 0.93
