"""Several labels an example: a blank is not 0, and every figure is that of plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import InputError, UsageError

pytestmark = pytest.mark.usefixtures("typed")

NAMES = ("cat", "dog", "fur")
FEW = {"resamples": 300}


def photos(n: int = 300, seed: int = 0) -> pl.DataFrame:
    """Return photos with three labels, a quarter of which nobody looked for."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {"id": [f"p{i}" for i in range(n)],
                               "split": rng.choice(["train", "dev"], n),
                               "light": rng.choice(["day", "night"], n)}  # fmt: skip
    for name in NAMES:
        truth = rng.random(n) < 0.4
        known = rng.random(n) < 0.75
        columns[f"label_{name}"] = [
            int(t) if k else None for t, k in zip(truth, known, strict=True)
        ]
        columns[f"score_{name}"] = np.clip(0.5 + (truth - 0.5) * 0.8 + rng.normal(0, 0.3, n), 0, 1)
    return pl.DataFrame(columns)


def plain(frame: pl.DataFrame, split: str) -> dict[str, Any]:
    """Return the counts of a split, label by label, in plain Python."""
    out: dict[str, Any] = {x: {"known": 0, "tp": 0, "fp": 0, "fn": 0} for x in NAMES}
    for row in frame.filter(pl.col("split") == split).iter_rows(named=True):
        for name in NAMES:
            truth, said = row[f"label_{name}"], row[f"score_{name}"] >= 0.5
            if truth is None:
                continue
            out[name]["known"] += 1
            key = ("tp" if said else "fn") if truth else "fp" if said else None
            if key:
                out[name][key] += 1
    return out


def test_a_blank_is_not_known_and_left_out_above_and_below_the_line():
    frame = photos()
    document = ms.diagnose(frame, **FEW).to_dict()
    assert document["task"] == "multilabel"
    assert (document["unit"], document["example"]) == ("label", "example")
    for split in ("train", "dev"):
        wanted = plain(frame, split)
        wrong = sum(x["fp"] + x["fn"] for x in wanted.values())
        known = sum(x["known"] for x in wanted.values())
        assert document["splits"][split]["error"]["value"] == wrong / known
        assert document["splits"][split]["errors"] == wrong
    as_zero = frame.with_columns(pl.col([f"label_{x}" for x in NAMES]).fill_null(0))
    assert ms.score(as_zero).value != ms.score(frame).value


def test_each_label_has_its_own_figures():
    frame = photos()
    split = ms.diagnose(frame, **FEW).to_dict()["splits"]["dev"]
    wanted = plain(frame, "dev")
    for row in split["per_class"]:
        mine = wanted[row["label"]]
        assert (row["tp"], row["fp"], row["fn"]) == (mine["tp"], mine["fp"], mine["fn"])
        assert row["error"]["value"] == (mine["fp"] + mine["fn"]) / mine["known"]
        low, high = row["error"]["ci"]
        assert low < row["error"]["value"] < high
    counts = {x["category"]: x["count"] for x in split["categories"]}
    assert counts == {f"{name}: false {way}": wanted[name][key] for name in NAMES
                      for way, key in (("positive", "fp"), ("negative", "fn"))}  # fmt: skip


def test_f1_and_what_stands_beside_it():
    frame = photos()
    wanted = plain(frame, "dev")
    tp, fp, fn = (sum(x[k] for x in wanted.values()) for k in ("tp", "fp", "fn"))
    each = [2 * x["tp"] / (2 * x["tp"] + x["fp"] + x["fn"]) for x in wanted.values()]
    split = ms.diagnose(frame, **FEW).to_dict()["splits"]["dev"]
    figures = {x["metric"]: x["value"] for x in split["beside"]}
    assert figures["micro_f1"] == pytest.approx(2 * tp / (2 * tp + fp + fn))
    assert figures["macro_f1"] == pytest.approx(np.mean(each))
    assert split["units"] == {"true": tp + fn, "predicted": tp + fp, "tp": tp, "fp": fp, "fn": fn}
    of_f1 = ms.diagnose(frame, metric="f1", **FEW).to_dict()
    assert of_f1["splits"]["dev"]["error"]["value"] == pytest.approx((fp + fn) / (2 * tp + fp + fn))
    (category,) = [x for x in of_f1["splits"]["dev"]["categories"]
                   if x["category"] == "cat: false negative"]  # fmt: skip
    found = category["count"]  # which become true positives: the line below grows
    left = (fp + fn - found) / (2 * tp + fp + fn + found)
    assert category["ceiling"]["error"] == pytest.approx(left)


def test_labels_as_lists_are_the_same_labels():
    frame = photos().with_columns(pl.col([f"label_{x}" for x in NAMES]).fill_null(0))

    def listed(row: dict[str, Any], kind: str) -> str:
        there = [x for x in NAMES if row[f"{kind}_{x}"] >= 0.5]
        return ";".join(there) if there else "[]"

    sets = pl.DataFrame([
        {"id": row["id"], "split": row["split"], "labels": listed(row, "label"),
         "predictions": listed(row, "score")} for row in frame.iter_rows(named=True)
    ])  # fmt: skip
    assert ms.score(sets, task="multilabel").value == ms.score(frame).value
    python = [{"labels": ["cat", "dog"], "predictions": ["cat"]},
              {"labels": [], "predictions": []}]  # fmt: skip
    assert ms.score(python, task="multilabel").value == 1 / 4  # cat and dog, of two examples


def test_a_threshold_and_a_word_for_missing():
    frame = photos()
    assert ms.score(frame, threshold=0.0).value > ms.score(frame).value
    marked = frame.with_columns(pl.col([f"label_{x}" for x in NAMES]).fill_null(-1))
    assert ms.score(marked, missing="-1").value == ms.score(frame).value
    with pytest.raises(InputError, match="'-1' is neither yes nor no") as caught:
        ms.score(marked)
    assert "--missing -1" in (caught.value.hint or "")


def test_bad_cells_are_refused_with_their_row(empty_folder):
    photos().write_csv("run.csv")
    text = (empty_folder / "run.csv").read_text().splitlines()
    cells = text[3].split(",")
    for column, cell, said in ((3, "maybe", "row 4, column 'label_cat'"),
                               (4, "x", "row 4, column 'score_cat'")):  # fmt: skip
        bad = [*cells[:column], cell, *cells[column + 1 :]]
        (empty_folder / "bad.csv").write_text("\n".join([*text[:3], ",".join(bad), *text[4:]]))
        with pytest.raises(InputError) as caught:
            ms.score("bad.csv")
        assert said in str(caught.value)


def test_options_that_cannot_be_are_refused():
    with pytest.raises(UsageError, match="--metric auc: multilabel has no such metric"):
        ms.score(photos(), metric="auc")
    with pytest.raises(InputError, match="no labels beside predictions"):
        ms.score(pl.DataFrame({"id": [1], "cat": [1]}), task="multilabel")


def test_every_command_takes_it(empty_folder, capsys: pytest.CaptureFixture[str]):
    photos().write_csv("a.csv")
    photos(seed=1).select("id").hstack(photos().drop("id", "score_cat")).with_columns(
        score_cat=pl.col("label_cat").fill_null(0)
    ).write_csv("b.csv")  # fmt: skip
    for line in (
        "score a.csv --by light", "compare a.csv b.csv", "slices a.csv", "error-table a.csv",
        "gate b.csv --baseline a.csv --margin 5%", "select a.csv b.csv --optimize error",
        "sample a.csv -n 5 -o sheet.csv", "report b.csv --baseline a.csv", "count a.csv",
    ):  # fmt: skip
        assert command(line.split()) in (0, 1, 3), (line, capsys.readouterr())
        assert capsys.readouterr().out
    sheet = pl.read_csv("sheet.csv")
    assert len(sheet) == 5
    assert set(sheet["unit"]) <= set(NAMES)


def test_what_is_not_known_is_told():
    (found,) = [x for x in ms.score(photos()).to_dict()["findings"] if x["code"] == "MLS801"]
    frame = photos()
    blanks = sum(frame[f"label_{x}"].null_count() for x in NAMES)
    assert (found["evidence"]["unknown"], found["evidence"]["of"]) == (blanks, 900)


def scored_labels(n: int = 200, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    split = np.repeat(["train", "dev", "test"], n)
    columns: dict[str, object] = {"id": [f"e{i}" for i in range(3 * n)], "split": split}
    for name in ("cat", "dog"):
        label = rng.random(3 * n) < 0.3
        columns[f"score_{name}"] = rng.normal(1.5 * label, 1.0)
        known = np.where(rng.random(3 * n) < 0.2, "", label.astype(int).astype(str))
        columns[f"label_{name}"] = known
    return pl.DataFrame(columns)


def pooled(frame: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the known labels of all examples, and their scores."""
    pairs = [(frame[f"label_{x}"], frame[f"score_{x}"]) for x in ("cat", "dog")]
    truth = np.concatenate([a.to_numpy() for a, _ in pairs])
    score = np.concatenate([b.to_numpy() for _, b in pairs])
    return truth[truth != ""] == "1", score[truth != ""]


def test_one_threshold_of_all_labels_is_chosen_on_dev_and_kept():
    run = scored_labels()
    found = ms.diagnose(run, task="multilabel", choose_threshold="f1").to_dict()
    truth, score = pooled(run.filter(pl.col("split") == "dev"))

    def f1(t: float) -> float:
        called = score >= t
        return 2 * (called & truth).sum() / (called.sum() + truth.sum())

    best = max(sorted(score), key=lambda t: (round(f1(t), 12), t))
    told = found["threshold"]
    assert (told["value"], told["chosen"], told["rule"]) == (best, "dev", "best F1")
    assert told["dev_apparent"] == pytest.approx(((score >= best) != truth).mean())
    truth, score = pooled(run.filter(pl.col("split") == "test"))
    assert found["splits"]["test"]["error"]["value"] == pytest.approx(
        ((score >= best) != truth).mean()
    )
    alike = ms.compare(run, run.sample(fraction=1, shuffle=True, seed=0), task="multilabel",
                       choose_threshold="f1")  # fmt: skip
    assert alike.to_dict()["a"]["value"] == found["splits"]["dev"]["error"]["value"]
    assert "chosen on dev: best F1" in " ".join(
        ms.score(run, task="multilabel", choose_threshold="f1").to_text().split()
    )


def test_predictions_have_no_threshold_to_choose_and_one_that_is_given_is_told():
    run = scored_labels()
    said = run.select("id", "split", "label_cat", prediction_cat=pl.lit(1))
    with pytest.raises(UsageError, match="--choose-threshold needs scores"):
        ms.score(said, task="multilabel", choose_threshold="f1")
    with pytest.raises(UsageError, match="--threshold needs scores"):
        ms.score(said, task="multilabel", threshold=0.7)
    with pytest.raises(UsageError, match="no dev split") as caught:
        ms.score(run.filter(pl.col("split") == "test"), task="multilabel", choose_threshold="f1")
    assert "--threshold X" in (caught.value.hint or "")
    told = ms.score(run, task="multilabel", threshold=0.7).to_dict()["threshold"]
    assert (told["value"], told["chosen"]) == (0.7, "given")
