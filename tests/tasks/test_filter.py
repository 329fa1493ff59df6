"""Rows that ``--filter`` keeps: the same whatever the table is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.core.conditions.rows import parse_condition
from mlstrat.errors import InputError

pytestmark = pytest.mark.usefixtures("typed")

ROWS: dict[str, list[Any]] = {
    "id": list(range(6)),
    "label": ["a", "b", "a", "b", "a", "b"],
    "prediction": ["a", "a", "a", "b", "a", "b"],
    "model": ["x", "x", "y", "y", None, "z z"],
    "size": [1.0, 2.0, 3.0, 4.0, None, 10.0],
    "big": [False, False, False, True, True, True],
}


@pytest.fixture(params=["csv", "polars", "pandas", "ndjson"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    frame = pl.DataFrame(ROWS)
    if request.param == "csv":
        frame.write_csv(tmp_path / "run.csv")
        return tmp_path / "run.csv"
    if request.param == "ndjson":
        frame.write_ndjson(tmp_path / "run.ndjson")
        return tmp_path / "run.ndjson"
    return frame if request.param == "polars" else pd.DataFrame(ROWS)


def kept(source: Any, condition: str) -> int:
    n: int = ms.diagnose(source, filter=condition).to_dict()["splits"]["dev"]["n"]
    return n


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("model == x", 2),
        ("model == 'z z'", 1),
        ("model != x", 3),  # blank cells meet == '' alone
        ("model == ''", 1),
        ("model != ''", 5),
        ("size == 3", 1),
        ("size != 3", 4),
        ("size >= 2 and size < 4e0", 2),
        ("model in (x, y)", 4),
        ("model not in (x, y)", 2),
        ("size in (1, 10)", 2),
        ("not size > 2", 3),
        ("model == x or model == y and size > 3", 3),
        ("(model == x or model == y) and size > 3", 1),
        ("big == true", 3),
        ("`label` == a", 3),
        ("LABEL == a", 3),
    ],
)
def test_rows_that_meet_it_are_kept(source: Any, condition: str, rows: int) -> None:
    assert kept(source, condition) == rows


def test_text_has_no_order(source: Any) -> None:
    with pytest.raises(ms.MlstratError, match="> compares numbers"):
        kept(source, "model > 3")


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("model = x", "single ="),
        ("model == z z", "should end here"),
        ("model", "comparison is missing"),
        ("model > x", "> compares numbers"),
        ("model in x", r"'\(' is missing"),
        ("(model == x", r"'\)' is missing"),
        ("== x", "a column is missing"),
        ("model == 'x", "cannot be read"),
        ("model == ", "a value is missing"),
        ("(" * 60 + "a == 1" + ")" * 60, "levels inside"),
    ],
)
def test_what_makes_no_sense_is_shown_at_its_place(condition: str, words: str) -> None:
    with pytest.raises(ms.UsageError, match=words):
        parse_condition(condition)


def test_a_column_that_is_not_there_and_no_row_kept_are_refused(source: Any) -> None:
    with pytest.raises(ms.InputError, match="filter names the column 'modle'") as error:
        kept(source, "modle == x")
    assert "'model'" in str(error.value.hint)
    with pytest.raises(ms.InputError, match="filter keeps no row"):
        kept(source, "model == w")


def test_every_command_takes_it_and_messages_name_the_line(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    pl.DataFrame(ROWS).write_csv(path)
    found = ms.compare(path, path, filter="model in (x, y)").to_dict()
    assert found["both_right"] + found["both_wrong"] == 4
    assert ms.score(path, metric="error", filter="size > 3").to_dict()["scores"][0]["n"] == 2
    sheet = ms.sample(path, n=5, output=tmp_path / "sheet.csv", filter="model == x").to_frame()
    assert list(sheet["id"].astype(str)) == ["1"]
    path.write_text("label,prediction,model\na,a,x\n,a,x\n,a,y\n")
    with pytest.raises(ms.InputError, match="1 blank label") as error:
        ms.diagnose(path, filter="model == y")
    assert error.value.row == 4


def test_a_table_of_ratios_is_filtered_too() -> None:
    table = pl.DataFrame({"num": [1, 2, 3], "den": [10, 10, 10], "site": ["a", "a", "b"]})
    found = ms.score(table, task="ratio", filter="site == a").to_dict()["scores"][0]
    assert found["value"] == pytest.approx(0.15)


ANSWERS = """\
id,worker,response,label,round
1,ann,cat,cat,1
1,bob,dog,cat,2
2,ann,cat,dog,2
2,bob,dog,dog,1
"""


def test_the_condition_on_a_long_table_is_asked_of_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text(ANSWERS)
    assert errors_of(ms.human(path)) == {"ann": (0.5, 2), "bob": (0.5, 2)}
    assert errors_of(ms.human(path, filter="round == 1")) == {"ann": (0, 1), "bob": (0, 1)}
    assert errors_of(ms.human(path, filter="worker == ann")) == {"ann": (0.5, 2)}
    with pytest.raises(InputError, match="--filter keeps no row"):
        ms.human(path, filter="round == 9")
    with pytest.raises(InputError, match="--filter names the column 'rund', which is not there"):
        ms.human(path, filter="rund == 1")


def errors_of(document: Any) -> dict[str, tuple[float, int]]:
    return {x["name"]: (x["error"]["value"], x["answered"])
            for x in document.to_dict()["annotators"]}  # fmt: skip


@pytest.mark.parametrize(("header", "rows"), [
    ("task,worker,label,gold", ["1,a,x,x", "2,a,y,x"]),
    ("item_id,rater,rating,y_true", ["1,a,x,x", "2,a,y,x"]),
    ("id,coder_id,annotation,truth", ["1,a,x,x", "2,a,y,x"]),
    ("Id,Annotator,Answer,Label", ["1,a,x,x", "2,a,y,x"]),
])  # fmt: skip
def test_the_names_of_a_long_table(header: str, rows: list[str], tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("\n".join([header, *rows]))
    assert errors_of(ms.human(path)) == {"a": (0.5, 2)}


def test_what_people_called_a_label_is_an_answer_where_labels_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "answers.csv").write_text("task,worker,label\n1,a,x\n2,a,y\n")
    (tmp_path / "run.csv").write_text("id,label\n1,x\n2,x\n")
    found = ms.human(tmp_path / "answers.csv", run=tmp_path / "run.csv")
    assert errors_of(found) == {"a": (0.5, 2)}
    beside = ms.human(tmp_path / "answers.csv", labels=tmp_path / "run.csv")
    assert errors_of(beside) == {"a": (0.5, 2)}


def test_a_run_with_a_column_of_workers_is_a_run(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_text("label,prediction,human_ann,worker,rating\nx,x,x,w,3\ny,x,y,w,4\n")
    assert errors_of(ms.human(path)) == {"ann": (0, 2)}
