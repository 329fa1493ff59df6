"""One run of several files: each with its split, or labels beside predictions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run
from mlstrat.data.opening import open_all, open_table
from mlstrat.data.several.composed import one_table
from mlstrat.data.several.named import named_files
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.run import read_run
from tests.data.test_formats import same
from tests.written_runs import WriteRun

pytestmark = pytest.mark.usefixtures("typed")

WHOLE = """\
split,id,label,prediction,site
train,1,cat,cat,north
train,2,dog,cat,south
train,3,dog,dog,south
dev,4,cat,cat,north
dev,5,dog,cat,south
test,6,dog,dog,north
"""
TRAIN = "id,label,prediction,site\n1,cat,cat,north\n2,dog,cat,south\n3,dog,dog,south\n"
DEV = "prediction;site;id;y_true\ncat;north;4;cat\n\ncat;south;5;dog\n"
TEST = '[{"id": 6, "label": "dog", "prediction": "dog", "site": "north"}]'


@pytest.fixture
def files(write: WriteRun) -> dict[str, str]:
    return {"train": write(TRAIN, "a.csv"), "dev": write(DEV, "b.csv"),
            "test": write(TEST, "c.json")}  # fmt: skip


def test_files_of_three_formats_are_one_run(files: dict[str, str], write: WriteRun) -> None:
    found, whole = read_run(files, by=["site"]), read_run(write(WHOLE), by=["site"])
    assert same(found.cells, whole.cells)
    assert found.columns == whole.columns


def test_the_signature_lists_each_file_with_its_split(files: dict[str, str]) -> None:
    inputs = ms.score(files, metric="accuracy").to_dict()["signature"]["inputs"]
    assert [(x["path"], x["split"], x["rows"]) for x in inputs] == [
        (files["train"], "train", 3), (files["dev"], "dev", 2), (files["test"], "test", 1),
    ]  # fmt: skip
    assert all(len(x["sha256"]) == 64 for x in inputs)


def test_splits_go_by_their_other_names_and_frames_beside_files(files: dict[str, str]) -> None:
    frame = pl.DataFrame({"label": ["cat"], "prediction": ["dog"], "id": [9]})
    run = read_run({"Training": files["train"], "val": frame.to_pandas(), "holdout": frame})
    assert run.splits == ("train", "dev", "test")
    assert run.cells.of_split("dev").rows == 1


def test_what_a_file_lacks_is_blank_in_its_rows(write: WriteRun) -> None:
    a = write("label,prediction,hours\na,a,1\n", "a.csv")
    b = write("prediction,label,place\na,b,x\n", "b.csv")
    table = open_all({"train": a, "dev": b})
    assert table.header == ("split", "label", "prediction", "hours", "place")
    assert table.frame.collect().rows() == [
        ("train", "a", "a", "1", None), ("dev", "b", "a", None, "x"),
    ]  # fmt: skip


def test_columns_of_other_types_become_text(write: WriteRun) -> None:
    path = str(Path(write("")).with_name("b.parquet"))
    pl.DataFrame({"label": [1, 0], "prediction": [1.0, 1.0], "ok": [True, False]}).write_parquet(
        path
    )
    run = read_run({"train": write("label,prediction,ok\n1,1,false\n", "a.csv"), "dev": path})
    assert run.cells.labels == ("0", "1")
    assert run.cells.of_split("dev").errors == 1


def test_counts_of_each_split_add_up(write: WriteRun) -> None:
    a = write("label,prediction,n\na,a,10\nb,a,5\n", "a.csv")
    b = write("label,prediction,n\na,b,2\n", "b.csv")
    assert read_run({"train": a, "dev": b}).cells.rows == 17


def test_a_row_that_is_wrong_is_told_in_its_file(write: WriteRun, files: dict[str, str]) -> None:
    blank = write("prediction,label\na,a\n\na,\n", "blank.csv")
    with pytest.raises(InputError, match="1 blank label") as caught:
        read_run({**files, "dev": blank})
    assert (caught.value.file, caught.value.row) == (blank, 4)
    short = write("prediction,label\na,a\na\n", "short.csv")
    with pytest.raises(InputError, match="1 cells where the header has 2") as caught:
        read_run({**files, "dev": short})
    assert (caught.value.file, caught.value.row) == (short, 3)


def test_a_column_of_splits_that_agrees_goes_and_another_is_refused(write: WriteRun) -> None:
    rows = "subset,label,prediction\nval,a,a\ndev,b,a\n"
    path = write(rows, "dev.csv")
    assert open_all({"dev": path}).header == ("split", "label", "prediction")
    with pytest.raises(InputError, match="'val' in a file that is given for train") as caught:
        open_all({"train": path})
    assert (caught.value.file, caught.value.row, caught.value.column) == (path, 2, "subset")


def test_a_mapped_split_beside_files_of_splits_is_refused(files: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="--map split=site, and each file is given for a split"):
        read_run(files, columns={"split": "site"})


def test_a_file_for_two_splits_and_a_split_named_twice(files: dict[str, str]) -> None:
    path = files["train"]
    with pytest.raises(UsageError, match="is given for two splits, train and dev"):
        open_all({"train": path, "dev": path})
    with pytest.raises(UsageError, match="the split 'dev' is named twice"):
        open_all({"dev": path, "val": files["dev"]})
    with pytest.raises(UsageError, match="unknown split 'prod'"):
        open_all({"prod": path, "dev": files["dev"]})
    with pytest.raises(UsageError, match="the split 'dev' is named twice"):
        named_files("dev=a.csv,val=b.csv")


def test_the_condition_of_a_call_is_asked_of_the_whole(files: dict[str, str]) -> None:
    document = ms.score(files, metric="accuracy", filter="site == south").to_dict()
    assert [(x["split"], x["n"]) for x in document["scores"]] == [("dev", 1), ("train", 2)]
    assert [x["rows"] for x in document["signature"]["inputs"]] == [2, 1, 0]


def test_tables_alone_are_enough() -> None:
    """What opens frames needs no files: tables come in, a table goes out."""
    frame = pl.DataFrame({"label": ["a"], "prediction": ["b"]})
    table = one_table({"train": open_table(frame), "dev": open_table(frame)})
    assert table.files is None
    assert table.frame.collect().height == 2


def scored(capsysbinary: Any, *words: str) -> Any:
    code = run([*words, "-f", "json"])
    found = capsysbinary.readouterr()
    assert code in (0, 1, 3), found.err
    return json.loads(found.out)


def told(capsys: Any, *words: str) -> str:
    assert run(list(words)) == 2
    return str(capsys.readouterr().err)


@pytest.mark.parametrize("command", [
    "diagnose", "score", "slices", "sample", "count", "report", "human",
])  # fmt: skip
def test_every_command_that_takes_a_run_takes_files_by_split(
    command: str, write: WriteRun, capsysbinary: Any
) -> None:
    rows = "id,label,prediction,human,site\n" + "".join(
        f"{{}}{i},{'ab'[i % 2]},{'ab'[i % 3 % 2]},{'ab'[i % 2]},{'xy'[i % 5 % 2]}\n"
        for i in range(40)
    )  # fmt: skip
    a, b = write(rows.replace("{}", "a"), "a.csv"), write(rows.replace("{}", "b"), "b.csv")
    document = scored(capsysbinary, command, f"train={a}", f"dev={b}")
    inputs = document["signature"]["inputs"]
    assert [(x["path"], x["split"]) for x in inputs] == [(a, "train"), (b, "dev")]


def test_a_run_of_files_in_one_word_for_options(files: dict[str, str], capsysbinary: Any) -> None:
    one = ",".join(f"{split}={path}" for split, path in files.items())
    both = scored(capsysbinary, "compare", one, one, "--metric", "accuracy")
    assert both["verdict"] == "identical"
    gate = scored(capsysbinary, "gate", *one.split(","), "--baseline", one)
    assert gate["checks"]


def test_the_next_command_of_a_sheet_names_the_files(
    files: dict[str, str], capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(files["dev"]).parent)
    out, typed = "sheet.csv", ["train=a.csv", "dev=b.csv", "test=c.json"]
    assert run(["sample", *typed, "-o", out]) == 0
    said = "".join(capsys.readouterr().out.split())
    assert f"--run{','.join(typed)}" in said
    text = Path(out).read_text().replace("error,1,0,", "error,1,0,blurry")
    Path(out).write_text(text)
    assert run(["error-table", out, "--run", ",".join(typed)]) == 0


def test_nothing_is_written_over_a_file_of_a_split(files: dict[str, str], capsys: Any) -> None:
    typed = [f"{split}={path}" for split, path in files.items()]
    assert "would be written over" in told(capsys, "diagnose", *typed, "-o", files["dev"])
    one = ",".join(typed)
    assert "would be written over" in told(capsys, "compare", one, one, "-o", files["test"])


def test_names_of_files_with_an_equals_sign_still_open(
    write: WriteRun, monkeypatch: pytest.MonkeyPatch, capsysbinary: Any
) -> None:
    path = write(TRAIN, "train=a.csv")
    monkeypatch.chdir(Path(path).parent)
    document = scored(capsysbinary, "score", "train=a.csv", "--metric", "accuracy")
    assert document["scores"][0]["split"] == "dev"  # one file, without splits
    document = scored(capsysbinary, "score", "dev=train=a.csv", "--metric", "accuracy")
    assert document["signature"]["inputs"][0]["path"] == "train=a.csv"


def test_a_glob_for_a_split(write: WriteRun, capsysbinary: Any) -> None:
    for i in range(3):
        path = write(TRAIN, f"part-{i}.csv")
    typed = f"train={Path(path).with_name('part-*.csv')}"
    document = scored(capsysbinary, "score", typed, "--split", "train", "--metric", "accuracy")
    assert document["scores"][0]["n"] == 9


def test_several_files_without_splits(files: dict[str, str], capsys: Any) -> None:
    said = told(capsys, "diagnose", files["train"], files["dev"])
    assert "names no split" in said
    assert "train=a.csv dev=b.csv" in said


PREDICTIONS = "id,prediction,site\n1.0,cat,x\n2.0,dog,y\n3.0,dog,x\n"
TRUTH = "id,label,split\n3,dog,dev\n1,cat,dev\n2,cat,train\n"


def test_labels_are_joined_by_id(write: WriteRun) -> None:
    document = ms.score(
        write(PREDICTIONS), labels=write(TRUTH, "l.csv"), metric="accuracy"
    ).to_dict()  # fmt: skip
    assert [(x["split"], x["value"], x["n"]) for x in document["scores"]] == [
        ("dev", 1.0, 2), ("train", 0.0, 1),
    ]  # fmt: skip
    assert [Path(x["path"]).name for x in document["signature"]["inputs"]] == ["run.csv", "l.csv"]


@pytest.mark.parametrize(("truth", "columns"), [
    ("id,category\n3,dog\n1,cat\n2,cat\n", {}),
    ("guid,a,b\n3,dog,1\n1,cat,1\n2,cat,1\n", {"label": "a"}),
    ("key,y_true\n3,dog\n1,cat\n2,cat\n", {"id": "key"}),
])  # fmt: skip
def test_names_of_the_labels(truth: str, columns: dict[str, str], write: WriteRun) -> None:
    found = ms.score(
        write(PREDICTIONS), labels=write(truth, "l.csv"), metric="accuracy", columns=columns
    )
    assert found.to_dict()["scores"][0]["value"] == pytest.approx(2 / 3)


def test_predictions_called_labels_are_predictions(write: WriteRun) -> None:
    submitted = PREDICTIONS.replace("prediction", "label")
    found = ms.score(write(submitted), labels=write(TRUTH, "l.csv"), metric="accuracy")
    assert found.to_dict()["scores"][0]["value"] == 1.0


def test_labels_of_a_frame(write: WriteRun) -> None:
    truth = pl.DataFrame({"id": [1, 2, 3], "label": ["cat", "cat", "dog"]}).to_pandas()
    found = ms.score(write(PREDICTIONS), labels=truth, metric="accuracy").to_dict()
    assert found["scores"][0]["value"] == pytest.approx(2 / 3)


REFUSED = {
    "ids without a label": (
        PREDICTIONS, "id,label\n1,cat\n", "2 ids without a label in .*: '2', '3'", 3,
    ),
    "ids without a prediction": (
        PREDICTIONS, TRUTH + "8,cat,dev\n9,cat,dev\n", "2 ids without a prediction in .*: '8'", 5,
    ),
    "an id twice": (PREDICTIONS, TRUTH + "1,dog,dev\n", "1 repeated id, '1' first", 3),
    "a blank id": (PREDICTIONS, TRUTH + ",dog,dev\n", "1 blank id", 5),
    "no id": ("prediction\na\n", TRUTH, "no id column, by which labels find", None),
    "no label": (PREDICTIONS, "id,x,z\n1,2,3\n", "no label column", None),
    "labels in both": (
        "id,label,prediction\n1,a,a\n", "id,label\n1,a\n", "labels of their own", None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("run", "truth", "said", "row"), REFUSED.values(), ids=REFUSED)
def test_labels_that_do_not_fit(
    run: str, truth: str, said: str, row: int | None, write: WriteRun
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        ms.score(write(run), labels=write(truth, "l.csv"))
    assert caught.value.row == row


def test_labels_in_the_order_of_rows(write: WriteRun) -> None:
    run, truth = write("prediction\na\n\nb\n\nb\n"), write("y;set\na;x\nb;x\na;x\n", "l.csv")
    found = ms.score(run, labels=truth, labels_in_order=True, metric="accuracy").to_dict()
    assert found["scores"][0]["value"] == pytest.approx(2 / 3)
    with pytest.raises(InputError, match="3 labels, and 2 predictions in"):
        ms.score(write("prediction\na\nb\n"), labels=truth, labels_in_order=True)
    with pytest.raises(UsageError, match="belongs to --labels"):
        ms.score(run, labels_in_order=True)


def test_an_order_that_ids_contradict_is_refused(write: WriteRun) -> None:
    with pytest.raises(InputError, match=r"row 1 is id '1', and in .* '3'"):
        ms.score(write(PREDICTIONS), labels=write(TRUTH, "l.csv"), labels_in_order=True)


def test_labels_belong_to_every_run_of_a_call(write: WriteRun, capsysbinary: Any) -> None:
    a, b = write(PREDICTIONS, "a.csv"), write(PREDICTIONS.replace("dog,y", "cat,y"), "b.csv")
    truth = write(TRUTH.replace("train", "dev"), "l.csv")
    found = scored(capsysbinary, "compare", a, b, "--labels", truth, "--metric", "accuracy")
    assert (found["only_a_right"], found["only_b_right"]) == (0, 1)


def test_nothing_is_written_over_labels(write: WriteRun, capsys: Any) -> None:
    run_, truth = write(PREDICTIONS), write(TRUTH, "l.csv")
    assert "would be written over" in told(capsys, "score", run_, "--labels", truth, "-o", truth)
    with pytest.raises(UsageError, match="would be written over"):
        ms.sample(run_, labels=truth, output=truth)


def test_labels_join_files_of_splits(write: WriteRun) -> None:
    files = {
        "train": write("id,pred\n1,a\n2,b\n", "a.csv"),
        "dev": write("id,pred\n3,a\n", "b.csv"),
    }
    truth = write("id,label\n1,a\n2,a\n3,a\n", "l.csv")
    found = ms.score(files, labels=truth, metric="accuracy").to_dict()
    assert [(x["split"], x["value"]) for x in found["scores"]] == [("dev", 1.0), ("train", 0.5)]
    assert [x.get("split") for x in found["signature"]["inputs"]] == ["train", "dev", None]
