"""`error-table RUN --parts`: which part of a chain owns the errors of a run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.core.intervals import wilson_interval
from mlstrat.errors import InputError, UsageError
from mlstrat.workflow.study.read import owners

PARTS = ["after_detect", "after_read"]


def chain(n: int = 400) -> pl.DataFrame:
    """Return a run of plates that are detected, read and looked up: three parts, two columns."""
    rng = np.random.default_rng(0)
    right = rng.random(n) < 0.7
    detect = right | (rng.random(n) < 0.5)
    read = detect | (rng.random(n) < 0.6)
    return pl.DataFrame({
        "id": np.arange(n), "split": ["dev"] * n, "label": ["a"] * n,
        "prediction": np.where(right, "a", "b"),
        "after_detect": detect.astype(int), "after_read": read.astype(int),
    })  # fmt: skip


def owned(found: ms.ErrorTableDocument) -> dict[str, int]:
    return {c.tag: c.count for c in found.categories}


def test_the_first_part_whose_fix_makes_the_whole_right_owns_an_error_and_the_last_all_others():
    frame = chain()
    right = (frame["label"] == frame["prediction"]).to_numpy()
    blamed = owners(right, [frame[x].to_numpy() == 1 for x in PARTS])
    found = ms.error_table(frame, parts=PARTS)
    first, last, unexplained = np.bincount(blamed[blamed >= 0])
    assert owned(found) == {"detect": first, "read": last + unexplained}
    errors = int((~right).sum())
    detect = next(c for c in found.categories if c.tag == "detect")
    assert detect.share.value == pytest.approx(first / errors)
    assert detect.share.ci == pytest.approx(wilson_interval(first / errors, errors, 1.959964), 1e-6)
    assert detect.error == pytest.approx((errors - first) / len(frame))
    low, high = detect.gain.ci
    assert low < first / len(frame) < high


def test_what_stays_with_every_part_perfect_is_said_and_the_last_ceiling_is_at_most():
    frame = chain()
    out = ms.error_table(frame, parts=PARTS).to_dict()
    wrong = frame.filter(pl.col("label") != pl.col("prediction"))
    stays = len(wrong.filter((pl.col("after_detect") == 0) & (pl.col("after_read") == 0)))
    assert stays > 0
    assert out["unexplained"] == stays
    assert {x["tag"]: x["ceiling"]["at_most"] for x in out["categories"]} == {
        "detect": False, "read": True,
    }  # fmt: skip
    assert "MLS418" in [x["code"] for x in out["findings"]]
    repaired = ms.error_table(frame.with_columns(after_read=1), parts=PARTS)
    assert repaired.to_dict()["unexplained"] == 0
    assert "MLS418" not in [x.code for x in repaired.findings]


def test_the_json_names_each_part_and_its_column():
    out = ms.error_table(chain(), parts="after_detect,after_read").to_dict()
    assert out["parts"] == [
        {"part": "detect", "column": "after_detect"}, {"part": "read", "column": "after_read"},
    ]  # fmt: skip
    assert {x["source"] for x in out["categories"]} == {"part"}
    assert (out["task"], out["errors"], out["reviewed"]) == ("classification", 143, 143)


def test_a_right_example_and_one_that_an_earlier_part_owns_need_no_answer():
    frame = chain()
    cells = pl.when(pl.col("label") == pl.col("prediction")).then(None)
    blank = frame.with_columns(
        after_detect=cells.otherwise("after_detect"),
        after_read=cells.when(pl.col("after_detect") == 1).then(None).otherwise("after_read"),
    )
    assert owned(ms.error_table(blank, parts=PARTS)) == owned(ms.error_table(frame, parts=PARTS))


@pytest.mark.parametrize("words", [("yes", "no"), ("True", "False"), ("1.0", "0.0")])
def test_answers_are_numbers_or_words(words: tuple[str, str]):
    frame = chain()
    texts = frame.with_columns(
        pl.when(pl.col(x) == 1).then(pl.lit(words[0])).otherwise(pl.lit(words[1])).alias(x)
        for x in PARTS
    )
    assert owned(ms.error_table(texts, parts=PARTS)) == owned(ms.error_table(frame, parts=PARTS))


def test_examples_of_one_group_are_not_independent():
    frame = chain()
    wide = ms.error_table(frame.with_columns(group=pl.col("id") // 20), parts=PARTS)
    repeated = pl.concat([frame] * 5).with_columns(id=pl.int_range(2_000), group=pl.col("id"))
    again = ms.error_table(repeated, parts=PARTS)
    alone = ms.error_table(frame, parts=PARTS)
    assert owned(again) == {x: 5 * n for x, n in owned(alone).items()}
    for one in (wide, again):  # five copies of an error tell no more than the error
        low, high = one.categories[0].share.ci
        wilson = alone.categories[0].share.ci
        assert high - low > 0.95 * (wilson[1] - wilson[0])


def test_weights_weigh_shares_and_ceilings():
    frame = chain().with_columns(weight=pl.when(pl.col("after_detect") == 1).then(2).otherwise(1))
    found = ms.error_table(frame, parts=PARTS, columns={"weight": "weight"})
    wrong = frame.filter(pl.col("label") != pl.col("prediction"))
    mine = wrong.filter(pl.col("after_detect") == 1)["weight"].sum()
    detect = next(c for c in found.categories if c.tag == "detect")
    assert detect.share.value == pytest.approx(mine / wrong["weight"].sum())
    assert detect.gain.value == pytest.approx(mine / frame["weight"].sum())


def test_a_run_of_another_task_is_wrong_where_it_has_any_error():
    frame = chain().select(
        "id", num=3 * (pl.col("label") != pl.col("prediction")).cast(int), den=5,
        after_detect="after_detect", after_read="after_read",
    )  # fmt: skip
    of_labels = ms.error_table(chain(), parts=PARTS)
    of_ratio = ms.error_table(frame, task="ratio", parts=PARTS)
    assert owned(of_ratio) == owned(of_labels)
    assert of_ratio.categories[0].gain.ci == pytest.approx(of_labels.categories[0].gain.ci)


def test_search_and_model_come_out_in_the_same_form():
    rng = np.random.default_rng(1)
    wrong, search = rng.random(300) < 0.4, rng.random(300) < 0.3
    frame = pl.DataFrame({
        "id": np.arange(300), "reference": "a b", "prediction": np.where(wrong, "a c", "a b"),
        "logprob_reference": np.where(search, -1.0, -2.0),
        "logprob_prediction": np.where(wrong, -1.5, np.where(search, -1.0, -2.0)),
    })  # fmt: skip
    out = ms.error_table(frame, task="seq2seq").to_dict()
    errors = int(wrong.sum())
    found = {x["tag"]: x for x in out["categories"]}
    n = int((wrong & search).sum())
    assert (found["search"]["count"], found["model"]["count"]) == (n, errors - n)
    assert found["search"]["share"]["value"] == pytest.approx(n / errors)
    assert found["search"]["share"]["n"] == out["reviewed"] == errors
    assert found["search"]["share"]["ci"] == pytest.approx(
        list(wilson_interval(n / errors, errors, 1.959964)), 1e-6
    )
    text = ms.error_table(frame, task="seq2seq").to_text()
    assert [x.split()[0] for x in text.splitlines() if "% at best " in x] == ["search"]
    assert {x: found[x]["ceiling"]["at_most"] for x in ("search", "model")} == {
        "search": True, "model": False,
    }  # fmt: skip


def test_parts_are_called_as_their_columns_where_the_rest_of_the_names_is_none_or_one():
    frame = chain().rename({"after_read": "AFTER_detect"})
    assert set(owned(ms.error_table(frame, parts="after_detect,AFTER_detect"))) == {
        "after_detect", "AFTER_detect",
    }  # fmt: skip
    frame = chain().rename({"after_read": "after_"})
    assert set(owned(ms.error_table(frame, parts="after_detect,after_"))) == {
        "after_detect", "after_",
    }  # fmt: skip


def test_without_errors_nobody_is_to_blame():
    found = ms.error_table(chain().with_columns(prediction=pl.col("label")), parts=PARTS)
    assert found.to_text().startswith("There are no errors to tell apart.")
    shares = [x["share"] for x in found.to_dict()["categories"]]
    assert all(x["value"] is None and x["ci"] is None and x["reason"] for x in shares)


def test_bad_parts_are_refused_with_their_place(empty_folder: Path):
    frame = chain()
    first = int((frame["label"] != frame["prediction"]).arg_max())
    for value, message in ((None, "an error without an answer"), (7, "'7' is not yes or no")):
        cells = frame["after_detect"].to_list()
        cells[first] = value
        frame.with_columns(after_detect=pl.Series(cells, dtype=pl.Int64)).write_csv("run.csv")
        with pytest.raises(InputError, match=message) as found:
            ms.error_table("run.csv", parts=PARTS)
        assert (found.value.row, found.value.column) == (first + 2, "after_detect")
    with pytest.raises(InputError, match="names the column 'after_look'"):
        ms.error_table(frame, parts="after_look")
    with pytest.raises(UsageError, match="blank, or named twice"):
        ms.error_table(frame, parts="after_read,after_read")
    with pytest.raises(UsageError, match="has a role of its own"):
        ms.error_table(frame, parts="id")
    with pytest.raises(UsageError, match="no run"):
        ms.error_table(parts="a")
    with pytest.raises(UsageError, match="belongs to a review sheet"):
        ms.error_table(frame, parts="after_read", error="10%")


def test_the_command(empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    chain().write_csv("run.csv")
    asked = ["error-table", "run.csv", "--parts", "after_detect,after_read"]
    assert command(asked) == 0
    text = capsys.readouterr().out
    assert "143 errors owned by 2 parts." in text
    assert "all read" not in text
    assert command([*asked, "--format", "json"]) == 0
    out = json.loads(capsys.readouterr().out)
    assert out == json.loads(json.dumps(ms.error_table("run.csv", parts=PARTS).to_dict()))


@pytest.mark.parametrize("task", [None, "ratio"])
def test_diagnose_sends_to_the_parts_of_a_run_before_it_names_a_knob(task: str | None):
    frame = chain().with_columns(split=pl.Series(["train", "dev"] * 200))
    if task:
        wrong = pl.col("label") != pl.col("prediction")
        frame = frame.select("id", "split", *PARTS, num=wrong.cast(int), den=1)
    asked = {"human_error": 0, "task": task, "resamples": 300}
    whole = ms.diagnose(frame.rename({"after_read": "read_right"}), **asked).to_dict()["findings"]
    found = ms.diagnose(frame, **asked).to_dict()["findings"]
    first, *others = found[0]["next_steps"]
    assert first == "which part errs? error-table RUN --parts after_detect,after_read"
    assert (found[0]["code"], others) == ("MLS101", whole[0]["next_steps"])
    assert found[1:] == whole[1:]
