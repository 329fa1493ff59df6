"""Named points of a picture, against plain loops and planted errors; two tables joined by id."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import InputError, MlstratError, UsageError
from mlstrat.tasks.landmarks.compute import other_sides, patterns
from tests.tasks.landmark_sets import FACE, faces

pytestmark = pytest.mark.usefixtures("typed")

FEW = {"resamples": 300}
EYES = "left_eye,right_eye"


def plain(truth: pl.DataFrame, run: pl.DataFrame, split: str, *, box: bool = False) -> Any:
    """Return wrong and visible points, by point, and the NME of each picture, in plain Python."""
    said = {row["id"]: row for row in run.iter_rows(named=True)}
    wrong, visible, nme = Counter(), Counter(), []
    for row in truth.filter(pl.col("split") == split).iter_rows(named=True):
        at = {x: (row[f"x_{x}"], row[f"y_{x}"]) for x in FACE if row[f"x_{x}"] is not None}
        if box:
            sides = [[p[k] for p in at.values()] for k in (0, 1)]
            measure = math.hypot(*(max(x) - min(x) for x in sides))
        else:
            measure = math.dist(at["left_eye"], at["right_eye"])
        other = said[row["id"]]
        far = {x: math.dist(p, (other[f"x_{x}"], other[f"y_{x}"])) / measure
               for x, p in at.items()}  # fmt: skip
        visible.update(far.keys())
        wrong.update(x for x, d in far.items() if d > 0.1)
        nme.append(sum(far.values()) / len(far))
    return wrong, visible, nme


@pytest.mark.parametrize("box", [True, False])
def test_the_error_is_visible_points_that_are_too_far_off(box: bool):
    truth, run = faces()
    norm = None if box else EYES
    document = ms.diagnose(run, truth=truth, norm=norm, **FEW).to_dict()
    assert (document["task"], document["unit"], document["example"]) == (
        "landmarks", "point", "image")  # fmt: skip
    for split in ("train", "dev"):
        wrong, visible, nme = plain(truth, run, split, box=box)
        found = document["splits"][split]
        assert found["errors"] == wrong.total() > 0
        assert found["error"]["value"] == wrong.total() / visible.total()
        rows = {x["label"]: (x["num"], x["den"]) for x in found["per_class"]}
        assert rows == {x: (wrong[x], visible[x]) for x in FACE}
        kinds = {x["category"]: x["count"] for x in found["categories"]}
        assert {x: kinds[x] for x in FACE} == {x: wrong[x] for x in FACE}
        figures = {x["metric"]: x for x in found["beside"]}
        assert figures["nme"]["value"] == pytest.approx(np.mean(nme))
        assert figures["failure_rate"]["value"] == np.mean(np.array(nme) > 0.1)
        assert figures["nme"]["ci"][0] < np.mean(nme) < figures["nme"]["ci"][1]


def test_patterns_are_those_that_were_planted():
    truth, run = faces(jitter=0.3)
    table = pl.from_pandas(ms.examples(run, truth=truth, norm=EYES))
    kinds = {"swapped": "sides swapped", "shifted": "all shifted", "one": "one point off"}
    planted = dict(zip(truth["id"], truth["planted"], strict=True))
    for row in table.iter_rows(named=True):
        found = [x for x in kinds.values() if row[f"count.{x}"]]
        assert found == [kinds[x] for x in (planted[row["id"]],) if x in kinds]
        assert all(row[f"fixed.{x}.num"] == -row[f"count.{x}"] for x in (*FACE, *found))
        assert row["num"] == sum(row[f"count.{x}"] for x in (*found,))


def test_a_ceiling_is_what_would_be_left():
    truth, run = faces()
    found = ms.diagnose(run, truth=truth, norm=EYES, **FEW).to_dict()["splits"]["dev"]
    wrong, visible, _ = plain(truth, run, "dev")
    for kind in found["categories"]:
        assert kind["share"]["value"] == kind["count"] / wrong.total()  # a point, and a pattern
        left = (wrong.total() - kind["count"]) / visible.total()
        assert kind["ceiling"]["error"] == pytest.approx(left)


def test_patterns_by_hand():
    truth = np.array([[[0.0, 0.0], [10.0, 0.0], [5.0, 8.0]]])
    names = ["eye_l", "eye_r", "nose"]
    assert other_sides(names).tolist() == [1, 0, 2]

    def told(said: list[list[float]], right: np.ndarray = truth) -> dict[str, int]:
        found = patterns(right, np.array([said]), np.array([10.0]), names)
        return {k: int(n[0]) for k, n in found.items() if n[0]}

    assert told([[0, 0], [10, 0], [5, 8]]) == {}
    assert told([[0, 0], [10, 0], [5, 9.5]]) == {"one point off": 1}
    assert told([[10, 0], [0, 0], [5, 9.5]]) == {"sides swapped": 2}
    assert told([[2, 2], [12, 2], [7, 10]]) == {"all shifted": 3}
    assert told([[0, 9], [19, 0], [5, 8]]) == {}  # two points, of no pattern
    hidden = truth.copy()
    hidden[0, 1] = np.nan
    assert told([[10, 0], [0, 0], [5, 8]], hidden) == {"sides swapped": 1}
    assert told([[math.nan] * 2] * 3) == {"missed": 3}


def test_swapped_and_shifted_pictures_are_told():
    truth, run = faces()
    found = {x["code"]: x["evidence"] for x in
             ms.score(run, truth=truth, norm=EYES, **FEW).to_dict()["findings"]}  # fmt: skip
    assert found["MLS821"]["pictures"] == (truth["planted"] == "swapped").sum()
    assert found["MLS822"]["pictures"] == (truth["planted"] == "shifted").sum()
    truth, run = faces(often=0.0, jitter=2.5)
    codes = [x["code"] for x in ms.score(run, truth=truth, norm=EYES).to_dict()["findings"]]
    assert not {"MLS821", "MLS822", "MLS823"} & {*codes}


def test_a_picture_without_its_measure_is_left_out_and_told():
    truth, run = faces()
    gone = truth["id"].is_in(["f100", "f101"])
    blank = truth.with_columns(
        pl.when(gone).then(None).otherwise(pl.col(x)).alias(x) for x in ("x_nose", "y_nose")
    )
    found = ms.score(run, truth=blank, norm="left_eye,nose", **FEW).to_dict()
    hidden = int(blank["x_nose"].null_count())
    (evidence,) = [x["evidence"] for x in found["findings"] if x["code"] == "MLS823"]
    assert evidence == {"left_out": hidden, "of": len(truth), "norm": "left_eye and nose"}
    table = pl.from_pandas(ms.examples(run, truth=blank, norm="left_eye,nose"))
    table = table.filter(pl.col("den") == 0)
    assert len(table) == hidden
    assert {"f100", "f101"} <= {*table["id"]}


def test_eyes_that_all_but_coincide_measure_nothing():
    """A distance of 1e-320 would make every other one more than a number can hold."""
    truth, run = faces()
    close = truth.with_columns(
        x_nose=pl.when(pl.col("id") == "f100").then(pl.col("x_left_eye") * 0 + 1e-320)
        .otherwise("x_nose"),
        y_nose=pl.when(pl.col("id") == "f100").then(0.0).otherwise("y_nose"),
        x_left_eye=pl.when(pl.col("id") == "f100").then(0.0).otherwise("x_left_eye"),
        y_left_eye=pl.when(pl.col("id") == "f100").then(0.0).otherwise("y_left_eye"),
    )  # fmt: skip
    table = pl.from_pandas(ms.examples(run, truth=close, norm="left_eye,nose"))
    assert table.filter(pl.col("id") == "f100")["den"].item() == 0


def test_a_point_that_is_not_visible_is_not_asked_for():
    truth = pl.DataFrame(
        {
            "id": ["a"],
            "x_l": [0.0],
            "y_l": [0.0],
            "x_r": [10.0],
            "y_r": [0.0],
            "x_nose": [None],
            "y_nose": [None],
        }
    ).cast({"x_nose": float})
    run = truth.with_columns(x_nose=pl.lit(None, pl.Float64), y_nose=pl.lit(99.0))
    assert ms.score(run, truth=truth, task="landmarks").to_dict()["scores"][0]["n"] == 1


BAD = {
    "truth without its y": ("truth", "y_left_eye", "", "a point without its y"),
    "no number": ("run", "x_left_eye", "abc", "'abc' is not accepted"),
    "NaN": ("run", "y_right_eye", "nan", "a blank"),
    "infinite": ("truth", "x_right_eye", "inf", "'inf' is not accepted"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_refused_with_its_row(name: str, empty_folder: Path):
    where, column, cell, said = BAD[name]
    truth, run = faces(20)
    tables = {"truth": truth.cast(pl.String), "run": run.cast(pl.String)}
    own = tables[where].with_row_index()
    tables[where] = own.with_columns(
        pl.when(pl.col("index") == 3).then(pl.lit(cell)).otherwise(pl.col(column)).alias(column)
    ).drop("index")
    for one, frame in tables.items():
        frame.write_csv(f"{one}.csv")
    with pytest.raises(InputError) as caught:
        ms.score("run.csv", truth="truth.csv")
    assert said in caught.value.message
    assert (caught.value.file, caught.value.row, caught.value.column) == (f"{where}.csv", 5, column)


def test_tables_that_do_not_go_together_are_refused():
    truth, run = faces(30)

    def refused(run: pl.DataFrame, truth: pl.DataFrame | None = truth, **more: Any) -> MlstratError:
        with pytest.raises(MlstratError) as caught:
            ms.score(run, truth=truth, task="landmarks", **more)
        return caught.value

    assert refused(run, None).hint == "name what is right: --truth FILE"
    assert "1 ids of 30 are missing here" in refused(run[1:]).message
    strange = refused(run.rename({"x_nose": "x_noose", "y_nose": "y_noose"}))
    assert strange.message == "the point 'noose', which the other table does not have"
    assert strange.hint == "did you mean 'nose'?"
    assert "'nose', which the other" in refused(run.drop("x_nose", "y_nose")).message
    assert refused(run.drop("y_nose")).message == "no column y_nose"
    assert "0 points" in refused(run.select("id"), truth.select("id")).message
    assert "no point 'chin'" in refused(run, norm="left_eye,chin").message
    assert "not two points" in refused(run, norm="nose").message
    assert "no scores" in refused(run, threshold=0.5).message
    names = {f"{x}_nose": f"{x}_one point off" for x in "xy"}
    assert "as a kind of error is" in refused(run.rename(names), truth.rename(names)).message


def test_rows_are_kept_by_what_the_truth_says(empty_folder: Path):
    truth, run = faces()
    truth.write_csv("truth.csv")
    run.write_csv("said.csv")
    asked = {"truth": "truth.csv", "norm": EYES, **FEW}
    for condition, rows in (("planted == shifted", pl.col("planted") == "shifted"),
                            ("x_left_eye > 60", pl.col("x_left_eye") > 60)):  # fmt: skip
        found = ms.diagnose("said.csv", filter=condition, **asked).to_dict()
        wrong, visible, _ = plain(truth.filter(rows), run, "dev")
        assert found["splits"]["dev"]["error"]["value"] == wrong.total() / visible.total()
    short = run.filter(pl.col("id") != "f200")
    with pytest.raises(InputError, match="1 ids of"):
        ms.score(short, filter="id == f200", **(asked | {"truth": truth}))


def test_other_columns_of_two_axes_are_no_points():
    frame = pl.DataFrame({"id": ["a"], "x_min": [1], "y_min": [2], "x_max": [3], "y_max": [4]})
    with pytest.raises(InputError, match="no label column"):
        ms.score(frame)
    with pytest.raises(InputError, match="no label column"):
        ms.score(pl.DataFrame({"x_train": [1.0], "y_train": [0.0]}))
    with pytest.raises(InputError, match="nothing that says what is right"):
        ms.score(pl.DataFrame({"id": ["a"], "x_nose": [1], "y_nose": [2]}))


CARD = """[task]
name = "landmarks"
norm = "left_eye,right_eye"
[task.dev]
truth = "truth.csv"
predictions = "said.csv"
"""


def test_two_runs_on_other_points_are_not_compared(empty_folder: Path):
    truth, run = faces()
    runs = []
    for name, right in (("a", truth), ("b", truth.with_columns(pl.col("x_left_eye") + 1))):
        Path(name).mkdir()
        right.write_csv(f"{name}/truth.csv")
        run.write_csv(f"{name}/said.csv")
        Path(f"{name}/run.toml").write_text(CARD)
        runs.append(name)
    with pytest.raises(InputError, match="images are others than in"):
        ms.compare(*runs)


def test_every_command_takes_it(empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    for name, often in (("a", 0.2), ("b", 0.05)):
        truth, _ = faces()
        _, run = faces(often=often)
        truth.write_csv("truth.csv")
        Path(name).mkdir()
        truth.write_csv(f"{name}/truth.csv")
        run = truth.select("id").join(run, on="id")
        run.write_csv(f"{name}/said.csv")
        Path(f"{name}/run.toml").write_text(CARD)
    for line in (
        f"diagnose a/said.csv --truth a/truth.csv --norm {EYES}", "diagnose a",
        "score a --by planted", "compare a b", "slices a", "error-table a", "count a",
        "gate b --baseline a --margin 5%", "sample a -n 9 -o sheet.csv",
        "select a b --minimize error", "report b --baseline a",
    ):  # fmt: skip
        assert command(line.split()) in (0, 1, 3), (line, capsys.readouterr().err)
        assert capsys.readouterr().out
    sheet = pl.read_csv("sheet.csv")
    assert set(sheet["unit"]) <= {*FACE}
    assert ms.score("a").value == ms.score("a/said.csv", truth="a/truth.csv", norm=EYES).value
    assert command(["sample", "a", "--kind", "sides swapped", "-n", "999", "-o", "all.csv"]) == 0
    every = pl.read_csv("all.csv")
    assert all("sides swapped" in x.split(";") for x in every["category"])
    assert command(["sample", "a", "--kind", "chin", "-o", "no.csv"]) == 2
    assert "sides swapped" in capsys.readouterr().err


def test_norm_is_named_in_python_and_in_a_card(empty_folder: Path):
    truth, run = faces()
    truth.write_csv("truth.csv")
    run.write_csv("said.csv")
    Path("card.toml").write_text(CARD)
    wanted = ms.score(run, truth=truth, norm=EYES).value
    assert ms.score("card.toml").value == wanted
    assert ms.score(run, truth=truth, norm=["left_eye", "right_eye"]).value == wanted
    assert ms.score("card.toml", norm="nose,left_eye").value != wanted
    with pytest.raises(UsageError, match="does not belong to"):
        ms.score(run, truth=truth, task="localisation", norm=EYES)
