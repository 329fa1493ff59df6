"""`mislabels --suspects` of a task: errors whose truth is likelier to be wrong than the output."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import InputError, UsageError


def chunks(*said: str) -> pl.DataFrame:
    """Return one sentence of six tokens, whose truth lacks the chunk at the fourth."""
    return pl.DataFrame({
        "sentence_id": ["s1"] * 6, "label": ["B-NP", "I-NP", "O", "O", "B-VP", "O"],
        "prediction": list(said),
    })  # fmt: skip


def texts(*said: str) -> pl.DataFrame:
    return pl.DataFrame({
        "id": [f"u{i}" for i in range(len(said))], "prediction": list(said),
        "reference": ["a b c"] * len(said),
    })  # fmt: skip


def trials() -> pl.DataFrame:
    scores = {"yes": [9, 8, 7, 6, -4, 1], "no": [-9, -8, 0, 3, 12, -7]}
    rows = [(f"{same}{i}", same == "yes", float(x)) for same in scores
            for i, x in enumerate(scores[same])]  # fmt: skip
    return pl.DataFrame(rows, schema=["id", "label", "score"], orient="row").with_columns(
        pl.col("label").cast(int)
    )


def ids(document) -> list[str]:
    return [row["id"] for row in document.sheet]


def test_spans_that_every_run_finds_and_truth_lacks_are_suspect():
    one = chunks("B-NP", "I-NP", "O", "B-PP", "B-NP", "B-ADVP")
    other = chunks("B-NP", "O", "O", "B-PP", "B-VP", "O")
    found = ms.mislabels(suspects=one, versus=other, task="tagging")
    assert [row["prediction"] for row in found.sheet] == ["PP 4"]
    out = found.to_dict()["suspects"]
    assert (out["found"], out["drawn"], out["ranking"]) == (1, 1, "agreement")
    third = chunks("B-NP", "I-NP", "O", "O", "B-VP", "O")
    none = ms.mislabels(suspects=one, versus=[other, third], task="tagging")
    assert none.to_dict()["suspects"]["found"] == 0
    assert "No suspects among 3 errors" in none.to_text()


def test_utterances_on_which_a_second_model_agrees_and_the_reference_does_not_are_suspect():
    one, other = texts("a b c", "a x c", "x", "a b"), texts("a b", "a x  c", "y", "a b c")
    for task in ("speech", "seq2seq"):
        assert ids(ms.mislabels(suspects=one, versus=other, task=task)) == ["u1"]


def test_labels_that_both_models_deny_are_suspect_each_by_itself():
    one = pl.DataFrame({
        "id": ["a", "b"], "label_cat": [1, 0], "prediction_cat": [0, 1],
        "label_dog": [1, 1], "prediction_dog": [0, 1],
    })  # fmt: skip
    other = one.with_columns(prediction_cat=pl.Series([0, 0]), prediction_dog=pl.Series([1, 1]))
    found = ms.mislabels(suspects=one, versus=other, task="multilabel")
    assert [(x["id"], x["unit"]) for x in found.sheet] == [("a", "cat")]


def test_genuine_pairs_with_the_lowest_and_impostors_with_the_highest_scores_come_first():
    found = ms.mislabels(suspects=trials(), task="verification", far=0.2, n=2)
    assert ids(found) == ["yes4", "no4"]
    assert found.to_dict()["suspects"]["ranking"] == "score"
    falling = trials().with_columns(-pl.col("score"))
    again = ms.mislabels(suspects=falling, task="verification", far=0.2, n=2, distance=True)
    assert ids(again) == ids(found)


def test_numbers_farthest_from_their_targets_come_first():
    frame = pl.DataFrame({"id": list("abc"), "target": [1.0, 2, 3], "prediction": [1.5, 9, 2]})
    assert ids(ms.mislabels(suspects=frame, task="regression")) == ["b", "c", "a"]


def test_nothing_is_estimated_and_the_sheet_is_to_be_read(empty_folder: Path):
    texts("a b c", "a x c").write_csv("a.csv")
    texts("a b", "a x c").write_csv("b.csv")
    asked = ["mislabels", "--suspects", "a.csv", "--versus", "b.csv", "--task", "speech"]
    assert command([*asked, "-o", "review.csv"]) == 0
    row = pl.read_csv("review.csv", infer_schema_length=0).row(0, named=True)
    assert (row["id"], row["prediction"], row["sampling_weight"]) == ("u1", "a x c", None)
    assert row["stratum"].startswith("suspect")
    found = ms.mislabels(suspects="a.csv", versus="b.csv", task="speech")
    assert found.to_dict()["overall_error"]["value"] is None
    assert "MLS429" in [x.code for x in found.findings]


def test_a_text_is_its_own_truth():
    docs = pl.DataFrame({"doc": ["a", "a", "b"], "token": list("xyz"), "logprob": [-1.0, -2, -3]})
    for other in ([], docs):
        with pytest.raises(UsageError, match="the text is its own truth"):
            ms.mislabels(suspects=docs, versus=other, task="language_model")


def test_what_cannot_be_ranked_is_refused():
    one = texts("a", "b")
    with pytest.raises(UsageError, match="no score of task speech speaks against"):
        ms.mislabels(suspects=one, task="speech")
    with pytest.raises(UsageError, match="picked from runs alone"):
        ms.mislabels("sheet.csv", suspects=one, task="speech")
    with pytest.raises(UsageError, match="belongs to suspects"):
        ms.mislabels(error="10%", from_labels="1%", task="speech")
    others = texts("a", "b").with_columns(reference=pl.lit("z"))
    with pytest.raises(InputError, match="others than in"):
        ms.mislabels(suspects=one, versus=others, task="speech")
