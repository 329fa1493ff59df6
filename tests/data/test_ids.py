"""One example has one id, however a file writes it: 30 in one, 30.0 in the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.data.table import Table
from mlstrat.errors import InputError
from mlstrat.tasks import ids
from tests.written_runs import WriteRun

ROWS = [(i, "ab"[i % 2], "ab"[i % 3 % 2]) for i in range(12)]


def csv(*, pointed: bool) -> str:
    end = ".0" if pointed else ""
    return "id,label,prediction\n" + "".join(f"{i}{end},{x},{y}\n" for i, x, y in ROWS)


def frame() -> pl.DataFrame:
    return pl.DataFrame(ROWS, schema=["id", "label", "prediction"], orient="row")


@pytest.fixture(params=["text", "whole", "float", "json"])
def other(request: pytest.FixtureRequest, write: WriteRun) -> Any:
    if request.param == "text":
        return write(csv(pointed=True), "b.csv")
    if request.param == "json":
        floats = frame().with_columns(pl.col("id").cast(pl.String) + ".0")
        return write(floats.write_json(), "b.json")
    path = str(Path(write("", "b.csv")).with_name("b.parquet"))
    kind = pl.Float64 if request.param == "float" else pl.Int64
    frame().with_columns(pl.col("id").cast(kind)).write_parquet(path)
    return path


@pytest.mark.parametrize("pointed", [False, True])
def test_a_comparison_pairs_them(pointed: bool, other: Any, write: WriteRun) -> None:
    a = write(csv(pointed=pointed), "a.csv")
    for one, two in ((a, other), (other, a)):
        found = ms.compare(one, two, metric="accuracy").to_dict()
        assert found["verdict"] == "identical"
        assert found["both_right"] + found["both_wrong"] == len(ROWS)


def test_whatever_pairs_does(other: Any, write: WriteRun) -> None:
    a = write(csv(pointed=False), "a.csv")
    assert ms.gate(a, baseline=other).to_dict()["checks"][0]["observed"] == 0
    assert ms.slices(a, versus=other, by=["label"], min_size=2).to_dict()["split"] == "dev"
    assert len(ms.select([a, other], optimize="accuracy").to_dict()["candidates"]) == 2


def test_two_ids_that_are_one_number_are_a_repetition(write: WriteRun) -> None:
    rows = "id,label,prediction\n30,a,a\n30.0,a,a\n7,b,b\n"
    with pytest.raises(InputError, match="1 id repeated: '30'"):
        ms.compare(write(rows, "a.csv"), write(rows, "b.csv"))


@pytest.mark.parametrize(("here", "there"), [("030", "30"), ("1e5", "100000"), ("v1.0", "v1")])
def test_what_is_no_whole_number_is_a_name(here: str, there: str, write: WriteRun) -> None:
    a = write(f"id,label,prediction\n{here},a,a\n1.0,b,b\n", "a.csv")
    b = write(f"id,label,prediction\n{there},a,a\n1,b,b\n", "b.csv")
    found = ms.compare(a, b, metric="accuracy").to_dict()
    assert found["both_right"] + found["both_wrong"] == 1


def test_a_sheet_finds_its_rows(write: WriteRun) -> None:
    a = write(csv(pointed=True), "a.csv")
    sheet = Path(a).with_name("sheet.csv")
    ms.sample(a, n=3, output=sheet)
    filled = pl.read_csv(sheet, infer_schema=False).with_columns(tags=pl.lit("odd"))
    filled.write_csv(sheet)
    assert ms.error_table(sheet, run=write(csv(pointed=False), "b.csv")).to_dict()["reviewed"] == 3


def test_people_find_their_labels(write: WriteRun) -> None:
    answers = "id,annotator,answer\n" + "".join(f"{i}.0,ann,{x}\n" for i, x, _ in ROWS)
    found = ms.human(write(answers, "p.csv"), run=write(csv(pointed=False), "a.csv")).to_dict()
    assert found["annotators"][0]["error"]["value"] == 0


@pytest.mark.parametrize(("last", "repeated"), [("11", 0), ("", 0), ("0", 1)])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_ids_that_differ_need_no_pass_of_their_own(
    last: str, repeated: int, ending: str, write: WriteRun, monkeypatch: Any
) -> None:
    """Blank ones are none; only where one stands twice is it asked which, and how often."""
    path = str(Path(write("", "run.csv")).with_name(f"ids.{ending}"))
    texts = [str(i) for i in range(11)] + [last]
    rows = frame().with_columns(pl.Series("id", texts))
    rows.write_csv(path) if ending == "csv" else rows.write_parquet(path)
    asked: list[str] = []
    collect = Table.collect

    def counted(table: Table, ask: Any) -> Any:
        asked.append(ask.__qualname__)
        return collect(table, ask)

    monkeypatch.setattr(Table, "collect", counted)
    found = [x for x in ms.diagnose(path).to_dict()["findings"] if x["code"] == "MLS253"]
    assert [x["evidence"]["splits"]["dev"]["repeated"] for x in found] == [1] * repeated
    assert any("about_ids" in x for x in asked) == bool(repeated)


@pytest.mark.parametrize("twice", [False, True])
def test_of_many_rows_the_ids_of_some_hashes_are_looked_at(
    twice: bool, write: WriteRun, monkeypatch: Any
) -> None:
    monkeypatch.setattr(ids, "EXACT_UP_TO", 100)
    monkeypatch.setattr(ids, "SAMPLED", 50)
    body = "".join(f"{i % (150 if twice else 300)},{'ab'[i % 2]},a\n" for i in range(300))
    run = write("id,label,prediction\n" + body)
    found = [x for x in ms.diagnose(run).to_dict()["findings"] if x["code"] == "MLS253"]
    assert [x["evidence"]["one_in"] for x in found] == [6] * twice
