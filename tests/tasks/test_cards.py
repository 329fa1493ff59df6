"""Run cards and sniffing: which task a run is of, and which file holds which split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import ConfigError, InputError, MlstratError, UsageError
from mlstrat.tasks import HOMES
from mlstrat.tasks.sniffing import task_of

pytestmark = pytest.mark.usefixtures("typed")

CARD = """[task]
name = "regression"
within = 1.0
[task.train]
predictions = "train.csv"
[task.dev]
truth = "dev_truth.csv"
predictions = "dev_said.csv"
[task.human]
truth = "dev_truth.csv"
predictions = "people.csv"
"""


@pytest.fixture
def card(empty_folder: Path) -> Path:
    """Lay out a card: train 1 wrong of 10, dev 4 of 10, people 0 of 10."""

    def said(wrong: int) -> pl.DataFrame:
        off = [5.0 if i < wrong else 0.5 for i in range(10)]
        return pl.DataFrame({"id": range(10), "prediction": [i + x for i, x in enumerate(off)]})

    truth = pl.DataFrame({"id": range(10), "target": [float(i) for i in range(10)]})
    truth.join(said(1), on="id").write_csv("train.csv")
    truth.write_csv("dev_truth.csv")
    said(4).sample(fraction=1, shuffle=True, seed=0).write_csv("dev_said.csv")
    said(0).write_csv("people.csv")
    Path("card.toml").write_text(CARD)
    return empty_folder / "card.toml"


@pytest.mark.usefixtures("card")
def test_a_card_gives_each_split_its_files_and_the_human_level():
    levels = ms.diagnose("card.toml").to_dict()["levels"]
    assert [(x["level"], x["error"]) for x in levels] == [
        ("human", 0),
        ("train", 0.1),
        ("dev", 0.4),
    ]
    assert levels[0]["errors"] == 0


@pytest.mark.usefixtures("card")
def test_a_folder_with_run_toml_is_a_card():
    Path("card.toml").rename("run.toml")
    assert ms.score(".").value == 0.4


@pytest.mark.usefixtures("empty_folder")
def test_a_folder_of_a_run_of_labels_is_that_run():
    Path("run").mkdir()
    Path("run/run.csv").write_text("label,prediction\na,a\nb,a\n")
    Path("run/run.toml").write_text("[human]\nerror = 0.1\n")
    found = ms.diagnose("run", resamples=300).to_dict()
    assert [(x["level"], x["error"]) for x in found["levels"]] == [("human", 0.1), ("dev", 0.5)]
    Path("card.toml").write_text('[task]\nname = "classification"\n')
    with pytest.raises(ConfigError, match="a card of classification"):
        ms.score("card.toml")


@pytest.mark.usefixtures("card")
def test_an_option_of_the_call_wins_over_the_card():
    assert ms.score("card.toml", within=10).value == 0


@pytest.mark.usefixtures("card")
def test_predictions_and_truth_are_named_on_the_command_line(capsys: pytest.CaptureFixture[str]):
    asked = ["score", "dev_said.csv", "--task", "regression", "--truth", "dev_truth.csv"]
    assert command([*asked, "--within", "1"]) == 0
    assert capsys.readouterr().out.startswith("Error on dev: 40.0%")
    found = ms.diagnose("dev_said.csv", task="regression", truth="dev_truth.csv", split="test")
    assert found.to_dict()["metric"]["split"] == "test"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("within", "withn", "unknown 'withn' in"),
        ("[task.dev]", "[task.dve]", "unknown \\[task.dve\\]"),
        ("truth =", "truht =", "unknown 'truht' in"),
        ('"dev_said.csv"', '"../dev_said.csv"', "leaves the folder of the card"),
        ('"dev_said.csv"', '"/etc/passwd"', "leaves the folder of the card"),
        ('"dev_said.csv"', "3", "predictions is 3"),
        ('name = "regression"', "", "no task is named"),
    ],
)
@pytest.mark.usefixtures("card")
def test_a_card_that_cannot_be_is_refused(old: str, new: str, said: str):
    Path("card.toml").write_text(CARD.replace(old, new, 1))
    with pytest.raises(ConfigError, match=said):
        ms.score("card.toml")


@pytest.mark.usefixtures("card")
def test_a_task_in_a_card_that_there_is_not_is_refused():
    Path("card.toml").write_text(CARD.replace("regression", "regresion", 1))
    with pytest.raises(UsageError, match="there is no such task"):
        ms.score("card.toml")


@pytest.mark.usefixtures("card")
def test_a_card_is_a_run_and_no_settings():
    with pytest.raises(ConfigError, match="belongs to a run card"):
        ms.score("card.toml", config="card.toml")


@pytest.mark.usefixtures("card")
def test_a_truth_beside_a_card_is_refused():
    with pytest.raises(UsageError, match="a card that says what is right"):
        ms.score("card.toml", truth="dev_truth.csv")


@pytest.mark.parametrize(("file", "change", "said"), [
    ("dev_said.csv", lambda x: x.head(9), "1 ids of 10 are missing here: '"),
    ("dev_truth.csv", lambda x: x.head(9), "1 ids of 10 are missing here: '9'"),
    ("dev_said.csv", lambda x: pl.concat([x, x.head(1)]), "twice"),
    ("dev_said.csv", lambda x: x.drop("id"), "no id column"),
])  # fmt: skip
@pytest.mark.usefixtures("card")
def test_predictions_of_other_examples_than_the_truth_are_refused(file, change, said):
    change(pl.read_csv(file)).write_csv(file)
    with pytest.raises(InputError, match=said):
        ms.score("card.toml")


@pytest.mark.usefixtures("card")
def test_no_command_writes_over_a_file_of_a_card(capsys: pytest.CaptureFixture[str]):
    for name in ("card.toml", "train.csv", "dev_truth.csv", "people.csv"):
        before = Path(name).read_bytes()
        assert command(["diagnose", "card.toml", "-f", "json", "-o", name]) == 2
        assert "would be written over" in capsys.readouterr().err
        assert Path(name).read_bytes() == before


def sniffed(header: str, row: str = "", name: str = "x.csv") -> str | None:
    Path(name).write_text(f"{header}\n{row}\n")
    return task_of(name, None)


def test_the_columns_tell_the_task(empty_folder: Path):
    assert sniffed("id,label,prediction", "1,a,b") is None
    assert sniffed("id,label,score", "1,0,.5") is None
    assert sniffed("id,num,den", "1,0,1") == "ratio"
    assert sniffed("id,label_a,score_a", "1,0,.5") == "multilabel"
    assert sniffed("id,labels,predictions", "1,a;b,b") == "multilabel"
    assert sniffed("id,labels,predictions", "1,a,b") is None
    assert sniffed("target,prediction", "1.5,2.5") is None  # numbers are classes until named
    assert sniffed('{"tokens": ["a"], "tags": ["O"], "predictions": ["O"]}', name="x.ndjson") == (
        "tagging"
    )
    assert sniffed("Kim B-PER B-PER", "saw O O", "x.conll") == "tagging"
    assert sniffed("some words", "that are none", "x.txt") is None


def test_a_role_that_is_named_makes_it_classification(empty_folder: Path):
    Path("x.csv").write_text("num,den,y\n1,1,1\n")
    assert task_of("x.csv", {"label": "y"}) is None


def test_an_option_of_another_task_is_refused():
    frame = pl.DataFrame({"label": ["a", "b"], "prediction": ["a", "a"]})
    with pytest.raises(UsageError, match="--scheme does not belong to --task classification"):
        ms.score(frame, scheme="iob2")
    with pytest.raises(UsageError, match="--within does not belong to --task ratio"):
        ms.score(pl.DataFrame({"num": [1], "den": [1]}), within=3)


def test_the_table_of_examples_is_what_every_figure_is_made_of():
    frame = pl.DataFrame({
        "id": ["x", "y", "z"], "label": ["a", "b", "b"], "prediction": ["a", "a", "b"],
        "light": ["day", "day", "night"],
    })  # fmt: skip
    found = ms.examples(frame)
    assert found[["id", "num", "den", "light"]].values.tolist() == [
        ["x", 0, 1, "day"], ["y", 1, 1, "day"], ["z", 0, 1, "night"],
    ]  # fmt: skip
    table = pl.DataFrame({"id": [1, 2], "label_a": [1, 0], "prediction_a": [0, 0]})
    again = ms.examples(table)
    assert again["num"].tolist() == [1, 0]
    assert ms.score(again, task="ratio").value == ms.score(table).value == 0.5


@pytest.mark.parametrize("ending", ["csv", "parquet", "ndjson"])
def test_count_writes_the_table_of_examples_or_its_sums(ending: str, empty_folder: Path):
    table = pl.DataFrame({"id": range(40), "label_a": [1, 0] * 20, "prediction_a": [0, 0] * 20})
    whole = ms.score(table).to_dict()["scores"]
    for sums in (False, True):
        ms.count(table, output=f"out.{ending}", sums=sums)
        assert ms.score(f"out.{ending}", task="ratio").to_dict()["scores"] == whole


def test_no_task_loads_the_reader_of_another():
    import subprocess
    import sys

    code = (
        "import sys, polars as pl, mlstrat as ms\n"
        "ms.score(pl.DataFrame({'label_a': [1, 0], 'prediction_a': [0, 0]}))\n"
        "print(sorted(x for x in sys.modules if x.startswith('mlstrat.tasks.') "
        "and x.count('.') == 3))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "'mlstrat.tasks.multilabel.task'" in ended.stdout
    others = set(HOMES) - {"multilabel"}
    assert not [x for x in others if f"mlstrat.tasks.{x}.task" in ended.stdout]


def test_a_run_that_fits_more_than_one_task_is_refused_with_both():
    frame = pl.DataFrame({"num": [1], "den": [1], "label_a": [1], "score_a": [0.5]})
    with pytest.raises(MlstratError, match="this may be ratio or multilabel"):
        ms.score(frame)


@pytest.mark.usefixtures("empty_folder")
def test_a_file_a_split_is_a_run_of_any_task(capsys: pytest.CaptureFixture[str]):
    near, far = ({"target": [1.0, 2.0], "prediction": [1.0 + x, 2.0]} for x in (0, 1))
    pl.DataFrame(near).write_csv("a.csv")
    pl.DataFrame(far).write_csv("b.csv")
    assert command(["score", "train=a.csv", "val=b.csv", "--task", "regression"]) == 0
    assert "Error on dev: 0.5" in capsys.readouterr().out
    given: tuple[Any, ...] = (
        "train=a.csv,dev=b.csv",
        {"train": "a.csv", "dev": "b.csv"},
        {"train": pl.DataFrame(near), "dev": pl.DataFrame(far)},
    )
    for run in given:
        levels = ms.diagnose(run, task="regression").to_dict()["levels"]
        assert [(x["level"], x["error"]) for x in levels] == [("train", 0), ("dev", 0.5)]
    Path("a.conll").write_text("a B-X B-X\n\n")
    Path("b.conll").write_text("a B-X O\n\n")
    said = ms.diagnose("train=a.conll,dev=b.conll").to_dict()  # told by the lines of the first
    assert [(x["level"], x["error"]) for x in said["levels"]] == [("train", 0), ("dev", 1)]
    with pytest.raises(UsageError, match="--truth is of one split"):
        ms.diagnose("train=a.csv,dev=b.csv", task="regression", truth="a.csv")
    with pytest.raises(UsageError, match="'train' is named twice"):
        ms.diagnose({"train": "a.csv", "training": "b.csv"}, task="regression")


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"label_as": {"a": "b"}}, "--label-as belongs to classification"),
        ({"ignore": ["a"]}, "--ignore belongs to classification"),
        ({"ignore_case": True}, "--ignore-case belongs to classification"),
        ({"any_of": True}, "--any-of belongs to classification"),
        ({"classes": "a,b"}, "--classes belongs to classification"),
        ({"shift_predictions": 1}, "--shift-predictions belongs to classification"),
        ({"filter": "n > 3"}, "--filter is about columns, and this run is not a table"),
        ({"columns": {"group": "x"}}, "--map is about columns, and this run is not a table"),
        ({"labels": "truth.csv"}, "--labels is about columns, and this run is not a table"),
    ],
)
def test_what_a_task_cannot_heed_is_refused(option: dict[str, Any], said: str):
    Path("run.conll").write_text("a B-X B-X\nb O O\n\n")
    Path("truth.csv").write_text("id,label\n1,a\n")
    with pytest.raises(UsageError, match=said):
        ms.diagnose("run.conll", **option)
    with pytest.raises(UsageError, match=said):
        ms.examples("run.conll", **option)


def test_rows_of_a_table_are_filtered_in_any_task():
    run = pl.DataFrame({"target": [1.0, 2.0, 3.0], "prediction": [1.0, 2.0, 9.0], "n": [1, 2, 3]})
    assert ms.score(run, task="regression", filter="n < 3").value == 0
