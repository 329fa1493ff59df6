"""A sheet of erring units beside its run: the kinds of the task, and the tags of a person."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import InputError, UsageError
from mlstrat.workflow.error_table.automatic_answer import tagged_ceiling


def sentences(n: int = 150) -> str:
    """Return CoNLL columns with spans that are missed, made up, and of another type."""
    rng = np.random.default_rng(3)
    out = []
    for _ in range(n):
        for _ in range(rng.integers(3, 9)):
            gold, said = rng.choice(["B-A", "B-B", "O"], p=[0.3, 0.3, 0.4]), None
            said = gold if rng.random() < 0.8 else rng.choice(["B-A", "B-B", "O"])
            out.append(f"w {gold} {said}")
        out.append("")
    return "\n".join(out)


def tagged(path: str, tags: dict[str, str], reviewed: float = 1.0) -> pl.DataFrame:
    """Return a sheet whose rows are tagged by their category."""
    sheet = pl.read_csv(path, infer_schema_length=0)
    read = np.arange(len(sheet)) < reviewed * len(sheet)
    found = [tags.get(x, "none") if y else "" for x, y in zip(sheet["category"], read, strict=True)]
    return sheet.with_columns(tags=pl.Series(found))


@pytest.fixture
def run(empty_folder: Path) -> str:
    Path("run.conll").write_text(sentences())
    return "run.conll"


def test_a_tag_on_all_units_of_a_kind_has_the_ceiling_of_the_kind(run: str):
    ms.sample(run, n=1000, output="sheet.csv")
    sheet = tagged("sheet.csv", {"spurious": "made up", "missing": "missed"})
    out = ms.error_table(sheet, run=run).to_dict()
    found = {(x["source"], x["tag"]): x for x in out["categories"]}
    for kind, tag in (("spurious", "made up"), ("missing", "missed")):
        automatic, person = found["automatic", kind], found["person", tag]
        assert person["count"] == automatic["count"] > 10
        assert person["share"]["value"] == pytest.approx(automatic["share"]["value"])
        assert person["ceiling"]["error"] == pytest.approx(automatic["ceiling"]["error"])
        assert person["ceiling"]["gain"] == pytest.approx(automatic["ceiling"]["gain"])
        assert person["ceiling"]["ci"] == pytest.approx(automatic["ceiling"]["ci"], rel=0.25)
    shares = [x["share"]["value"] for x in out["categories"]]
    assert shares == sorted(shares, reverse=True)


def test_a_ceiling_is_never_share_times_error(run: str):
    ms.sample(run, n=1000, output="sheet.csv")
    found = ms.error_table(tagged("sheet.csv", {"spurious": "made up"}), run=run).to_dict()
    one = next(x for x in found["categories"] if x["source"] == "person")
    naive = one["share"]["value"] * found["error"]["value"]
    assert abs(one["ceiling"]["gain"] - naive) > 0.005


def test_of_units_that_were_read_in_part_each_stands_for_others(run: str):
    ms.sample(run, n=80, output="sheet.csv")
    sheet = tagged("sheet.csv", {"spurious": "made up"}, reviewed=0.5)
    out = ms.error_table(sheet, run=run).to_dict()
    assert (out["reviewed"], out["drawn"]) == (40, 80)
    one = next(x for x in out["categories"] if x["source"] == "person")
    whole = next(x for x in out["categories"] if x["tag"] == "spurious")
    low, high = one["ceiling"]["ci"]
    assert low < whole["ceiling"]["gain"] < high
    assert high - low > whole["ceiling"]["ci"][1] - whole["ceiling"]["ci"][0]


def test_a_wrong_word_is_a_row_of_the_sheet_and_a_tag_on_it_takes_that_word_away():
    texts = pl.DataFrame({
        "id": [f"u{i}" for i in range(40)], "reference": ["a b c d"] * 40,
        "prediction": ["a x y"] * 10 + ["a b c d"] * 30,
    })  # fmt: skip
    sheet = ms.sample(texts, task="speech", n=100).to_frame()
    lost = sheet["category"] == "deletion"
    sheet["tags"] = np.where(lost, "noise", "accent")
    out = ms.error_table(sheet, run=texts, task="speech").to_dict()
    found = {x["tag"]: x for x in out["categories"] if x["source"] == "person"}
    assert {x: found[x]["count"] for x in found} == {"accent": 20, "noise": 10}
    assert found["noise"]["ceiling"]["gain"] == pytest.approx(10 / 160)
    sheet["tags"] = "noise"
    every = ms.error_table(sheet, run=texts, task="speech").to_dict()
    one = next(x for x in every["categories"] if x["source"] == "person")
    assert one["ceiling"]["gain"] == pytest.approx(out["error"]["value"])
    assert one["ceiling"]["error"] == pytest.approx(0)


def test_the_only_unit_of_an_example_is_all_that_is_wrong_in_it():
    """A wrong sentence is one row of the sheet, whatever the number of its wrong words."""
    texts = pl.DataFrame({
        "id": [f"u{i}" for i in range(40)], "reference": ["a b c d"] * 40,
        "prediction": ["a x y"] * 10 + ["a b c d"] * 30,
    })  # fmt: skip
    sheet = ms.sample(texts, task="seq2seq", n=100).to_frame()
    sheet["tags"] = "noise"
    out = ms.error_table(sheet, run=texts, task="seq2seq").to_dict()
    one = next(x for x in out["categories"] if x["source"] == "person")
    assert one["count"] == 10
    assert one["ceiling"]["gain"] == pytest.approx(out["error"]["value"])
    assert one["ceiling"]["error"] == pytest.approx(0)


def test_fixing_some_of_an_amount_has_no_size():
    rng = np.random.default_rng(0)
    docs = pl.DataFrame({
        "doc": np.repeat([f"d{i}" for i in range(8)], 200),
        "token": [f"w{i}" for i in rng.geometric(0.01, 1600)],
        "logprob": -rng.exponential(2, 1600),
    })  # fmt: skip
    sheet = ms.sample(docs, task="language_model", n=8).to_frame()
    sheet["tags"] = "legal"
    out = ms.error_table(sheet, run=docs, task="language_model").to_dict()
    one = next(x for x in out["categories"] if x["source"] == "person")
    assert (one["count"], one["ceiling"]["gain"]) == (8, None)


def test_a_kind_is_drawn_from_units_that_have_several():
    docs = pl.DataFrame({
        "id": list("abc"), "num": [2, 1, 1], "den": 5, "count.x": [1, 1, 0],
        "fixed.x.num": [-1, -1, 0], "count.y": [1, 0, 1], "fixed.y.num": [-1, 0, -1],
    })  # fmt: skip
    found = ms.sample(docs, task="ratio", kind="y", n=9).to_frame()
    assert sorted(zip(found["id"], found["category"], strict=True)) == [("a", "x;y"), ("c", "y")]


def test_few_examples_with_a_tag_have_no_interval():
    wrong = (np.arange(100) < 20) * 1.0
    some = np.where(np.arange(100) < 4, -1.0, 0.0)
    gain, left = tagged_ceiling(wrong, np.ones(100), (some, np.zeros(100)), None, 0.95)
    assert (gain.value, gain.ci, left) == (pytest.approx(0.04), None, pytest.approx(0.16))
    one_group = np.zeros(100, np.int64)
    every = (-wrong, np.zeros(100))
    assert tagged_ceiling(wrong, np.ones(100), every, one_group, 0.95)[0].ci is None


@pytest.mark.slow
def test_intervals_of_gains_cover_what_a_tag_would_bring():
    """Spans of sentences, of which a part is read; the truth is that of very many sentences."""
    rng, reps, hits = np.random.default_rng(1), 400, 0

    def draw(n: int) -> tuple[np.ndarray, ...]:
        size = 1 + rng.poisson(6, n)
        right = rng.binomial(size, 0.8)
        return right, size - right, rng.poisson(0.8 * rng.gamma(2, 0.5, n))

    def error(right: float, missed: float, extra: float) -> float:
        return (missed + extra) / (2 * right + missed + extra)

    right, missed, extra = (float(x.sum()) for x in draw(1_000_000))
    found = 0.3 * missed  # a span that is found is right, and no longer missed
    truth = error(right, missed, extra) - error(right + found, missed - found, 0.7 * extra)
    for _ in range(reps):
        right, missed, extra = draw(200)
        example = np.repeat(np.tile(np.arange(200), 2), np.concatenate([extra, missed]))
        sign = np.repeat([-1.0, 1.0], [extra.sum(), missed.sum()])
        has = rng.random(len(example)) < 0.3
        read = rng.permutation(len(example))[:100]
        weight, picked = len(example) / len(read), read[has[read]]
        num = np.bincount(example[picked], minlength=200) * -weight
        den = np.bincount(example[picked], sign[picked], minlength=200) * weight
        wrong = (missed + extra).astype(float)
        gain, _ = tagged_ceiling(wrong, 2 * right + wrong, (num, den), None, 0.95)
        low, high = gain.ci
        hits += low <= truth <= high
    assert 0.93 <= hits / reps <= 0.995


def test_a_sheet_of_another_run_is_refused(run: str):
    ms.sample(run, n=20, output="sheet.csv")
    sheet = tagged("sheet.csv", {"spurious": "made up"}).with_columns(id=pl.lit("elsewhere"))
    with pytest.raises(InputError, match="'elsewhere' has no error in the run"):
        ms.error_table(sheet, run=run)
    with pytest.raises(UsageError, match="second belongs to a review sheet"):
        ms.error_table(sheet, run=run, second=sheet)
    with pytest.raises(UsageError):
        ms.error_table(sheet, run=[run, run])


def test_the_command_that_sample_names_reads_the_sheet(
    run: str, capsys: pytest.CaptureFixture[str]
):
    assert command(["sample", run, "-n", "60", "-o", "sheet.csv"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "mlstrat error-table sheet.csv --run run.conll --task tagging" in said
    tagged("sheet.csv", {"spurious": "made up"}).write_csv("sheet.csv")
    asked = ["error-table", "sheet.csv", "--run", run, "--task", "tagging"]
    assert command(asked) == 0
    assert "Tags of a person, who read 60 of" in capsys.readouterr().out
    assert command([*asked, "-f", "json"]) == 0
    sources = {x["source"] for x in json.loads(capsys.readouterr().out)["categories"]}
    assert sources == {"automatic", "person"}
    assert command([*asked, "-f", "csv"]) == 0
    assert "made up" in capsys.readouterr().out
