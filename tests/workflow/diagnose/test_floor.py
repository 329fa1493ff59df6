"""What a constant answer and chance reach, and that a model which is not above it is said first."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
import pytest

import mlstrat as ms

Counts = Mapping[tuple[str, str], int]
"""Rows by label and prediction."""


def run_of(splits: Mapping[str, Counts]) -> pl.DataFrame:
    """Return a run of so many rows by split, label and prediction."""
    rows = [
        (split, label, taken)
        for split, counts in splits.items()
        for (label, taken), n in counts.items()
        for _ in range(n)
    ]
    return pl.DataFrame(rows, ["split", "label", "prediction"], orient="row").with_row_index("id")


def first_line(found) -> str:
    return " ".join(found.to_text().split("\n\n")[0].split())


def codes(found) -> list[str]:
    return [x["code"] for x in found.to_dict()["findings"]]


GOOD = {("no", "no"): 480, ("no", "yes"): 20, ("yes", "yes"): 470, ("yes", "no"): 30}
NEVER = {("no", "no"): 990, ("yes", "no"): 10}


def test_the_constant_answer_is_the_most_frequent_label_of_train():
    train = {("a", "a"): 60, ("b", "b"): 30, ("c", "c"): 10}
    dev = {("a", "a"): 30, ("b", "b"): 50, ("b", "a"): 10, ("c", "c"): 10}
    floor = ms.diagnose(run_of({"train": train, "dev": dev})).to_dict()["floor"]
    assert floor["label"] == "a"
    assert floor["split"] == "dev"
    assert floor["constant"]["value"] == 0.7
    assert floor["constant"]["n"] == 100
    low, high = floor["constant"]["ci"]
    assert low < 0.7 < high
    # 1 − Σ pₖ qₖ with the frequencies of train and of dev.
    assert floor["chance"] == pytest.approx(1 - (0.6 * 0.3 + 0.3 * 0.6 + 0.1 * 0.1))
    assert [x["split"] for x in floor["splits"]] == ["train", "dev"]
    assert floor["splits"][0]["constant"] == pytest.approx(0.4)
    assert floor["difference"]["value"] == pytest.approx(0.1 - 0.7)
    assert floor["above"] is True


def test_without_train_the_constant_answer_is_that_of_the_split():
    floor = ms.diagnose(run_of({"dev": {("a", "a"): 30, ("b", "b"): 50}})).to_dict()["floor"]
    assert floor["label"] == "b"


def test_the_floor_is_one_line_on_the_screen():
    text = " ".join(ms.diagnose(run_of({"train": GOOD, "dev": GOOD})).to_text().split())
    assert "The floor: always answering 'no' errs on 50.0% (train) and 50.0% (dev)" in text
    assert "chance on 50.0% of dev." in text


def test_a_model_that_never_finds_the_positive_class_is_told_so_and_no_gap_is_called_small():
    found = ms.diagnose(run_of({"train": NEVER, "dev": NEVER}), human_error="0%")
    document = found.to_dict()
    assert (found.verdict, found.focus, found.attention) == ("undetermined", (), None)
    assert document["to_settle"] is None
    assert document["findings"][0]["code"] == "MLS270"
    assert document["findings"][0]["severity"] == "issue"
    line = first_line(found)
    assert line.startswith("The model is no better than always answering 'no'")
    assert "recall 0.0%" in line
    assert "small" not in line
    assert "work on this" not in found.to_text()


def test_one_class_for_all_of_several_is_no_better_than_a_constant():
    dev = {(f"grade{i}", "grade4"): 5 for i in range(5)}
    found = ms.diagnose(run_of({"dev": dev}))
    assert found.verdict == "undetermined"
    assert "it answers 'grade4' to every row" in first_line(found)


def test_a_model_worse_than_a_constant_is_called_worse():
    bad = {("no", "yes"): 300, ("no", "no"): 500, ("yes", "yes"): 150, ("yes", "no"): 50}
    assert first_line(ms.diagnose(run_of({"dev": bad}))).startswith(
        "The model is worse than always answering 'no': error 35.0% against 20.0% on dev"
    )


def test_the_difference_is_paired_by_row():
    # Of 400 rows the model alone is right on 25 and the constant alone on 5: as of McNemar's table
    # 5 / 25, of which unpaired intervals of 20% and 15% would say nothing.
    dev = {("no", "no"): 315, ("no", "yes"): 5, ("yes", "yes"): 25, ("yes", "no"): 55}
    found = ms.diagnose(run_of({"dev": dev})).to_dict()
    low, high = found["floor"]["difference"]["ci"]
    assert found["floor"]["difference"]["value"] == pytest.approx(-0.05)
    assert low < -0.05 < high < 0
    assert "MLS270" not in [x["code"] for x in found["findings"]]


def test_rows_that_count_more_move_the_floor():
    run = run_of({"dev": {("a", "a"): 60, ("b", "b"): 40}}).with_columns(
        sample_weight=pl.when(pl.col("label") == "b").then(3.0).otherwise(1.0)
    )
    floor = ms.diagnose(run).to_dict()["floor"]
    assert floor["label"] == "b"
    assert floor["constant"]["value"] == pytest.approx(60 / 180)


def test_a_split_with_one_label_has_no_floor():
    found = ms.diagnose(run_of({"dev": {("a", "a"): 90, ("a", "b"): 10}}))
    assert found.to_dict()["floor"] is None
    assert "MLS270" not in codes(found)


def test_levels_of_another_metric_have_no_floor_and_that_is_said():
    found = ms.diagnose(run_of({"train": GOOD, "dev": GOOD}), metric="f1", positive="yes")
    assert found.to_dict()["floor"] is None
    assert "No floor: it is told of the error, not of F1." in found.to_text()


def test_what_was_typed_has_no_floor():
    assert ms.gaps(train="8/100", dev="10/100").to_dict()["floor"] is None


FRAUD = {("no", "no"): 9600, ("no", "yes"): 200, ("yes", "yes"): 160, ("yes", "no"): 40}
"""2% rare; found in 80%, at a precision of 44%: more errors than a constant answer makes."""


def test_of_a_rare_class_recall_and_precision_are_said_and_not_its_error_alone():
    found = ms.diagnose(run_of({"dev": FRAUD}))
    line = first_line(found)
    assert "'yes' is rare (2.0% of dev, 200 rows): recall 80.0%, precision 44.4%" in line
    assert "--metric f1" in line
    # By the metric that speaks of it the model is above the floor.
    for of_f1 in (
        ms.diagnose(run_of({"dev": FRAUD}), metric="f1"),
        ms.score(run_of({"dev": FRAUD})),
    ):
        assert "MLS270" not in codes(of_f1)


def test_small_errors_of_a_rare_class_are_not_called_small_while_it_is_missed():
    missed = {("no", "no"): 49_000, ("yes", "yes"): 600, ("yes", "no"): 400}
    found = ms.diagnose(run_of({"train": missed, "dev": missed}), human_error="0%")
    assert (found.verdict, found.focus) == ("undetermined", ())
    line = first_line(found)
    assert line.startswith("No gap of the error is above 1.0 points, but 'yes' is rare")
    assert "recall 60.0%" in line
    assert codes(found)[0] == "MLS271"


def test_small_errors_of_a_rare_class_that_is_found_are_small():
    hit = {("no", "no"): 49_000, ("yes", "yes"): 990, ("yes", "no"): 10}
    found = ms.diagnose(run_of({"train": hit, "dev": hit}), human_error="0%")
    assert found.verdict == "small"
    assert "recall 99.0%" in first_line(found)
    (note,) = [x for x in found.to_dict()["findings"] if x["code"] == "MLS271"]
    assert note["severity"] == "note"


def test_a_class_of_more_than_a_tenth_is_not_rare():
    common = {("no", "no"): 880, ("yes", "yes"): 100, ("yes", "no"): 20}
    assert "MLS271" not in codes(ms.diagnose(run_of({"dev": common})))


def test_every_command_that_takes_a_run_says_that_it_is_not_above_the_floor(empty_folder):
    found = {("no", "no"): 990, ("yes", "yes"): 10}
    run_of({"dev": found}).write_csv("good.csv")
    for name in ("never.csv", "again.csv"):
        run_of({"dev": NEVER}).write_csv(name)
    for document in (
        ms.score("never.csv"),
        ms.score("never.csv", metric="error"),
        ms.compare("good.csv", "never.csv"),
        ms.gate("never.csv", baseline="good.csv"),
        ms.select(["never.csv", "again.csv"], optimize="f1"),
    ):
        assert "MLS270" in codes(document), document.to_dict()["schema"]
    for document in (
        ms.score("good.csv"),
        ms.gate("good.csv", baseline="never.csv"),
        ms.select(["never.csv", "good.csv"], optimize="f1"),  # the better one is chosen
    ):
        assert "MLS270" not in codes(document), document.to_dict()["schema"]
    report = ms.report("never.csv", human_error="0%").to_dict()
    assert "MLS270" in str(report)


def test_a_model_at_the_floor_seldom_passes_for_better():
    """A model that answers by a coin looks better in at most 2.5% of runs."""
    rng = np.random.default_rng(0)
    better = 0
    for _ in range(60):
        label = rng.random(300) < 0.3
        taken = rng.random(300) < 0.02
        frame = pl.DataFrame({"label": label.astype(int), "prediction": taken.astype(int)})
        better += "MLS270" not in codes(ms.score(frame, metric="error"))
    assert better <= 4


def scored(flipped: float) -> pl.DataFrame:
    """Return a run of scores of which a share of the rows is ranked the wrong way round."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 400)
    right = np.where(rng.random(400) < flipped, 1 - label, label)
    score = np.clip(0.5 + 0.3 * (right - 0.5) + rng.normal(0, 0.1, 400), 0, 1)
    return pl.DataFrame({"label": label, "score": score})


def test_a_score_that_surely_ranks_worse_than_chance_is_an_issue():
    backwards = scored(0.9)
    found = ms.score(backwards, metric="roc_auc")
    assert "MLS252" in codes(found)
    assert "'1' as positive class" in " ".join(found.to_text().split())
    ladder = ms.diagnose(backwards, metric="roc_auc", human_error=0.2)
    assert (ladder.verdict, ladder.focus) == ("undetermined", ())
    assert first_line(ladder).startswith("ROC AUC with '1' as positive class is")
    # With the class that the score speaks of it is gone.
    assert "MLS252" not in codes(ms.score(backwards, metric="roc_auc", positive="0"))
    for fine in (scored(0.1), scored(0.5)):
        assert "MLS252" not in codes(ms.score(fine, metric="roc_auc"))
