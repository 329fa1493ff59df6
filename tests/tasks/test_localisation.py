"""One object a picture: presence, class and box, against plain loops; two tables joined by id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import InputError, MlstratError, UsageError
from mlstrat.tasks.localisation.task import corners, iou

pytestmark = pytest.mark.usefixtures("typed")

FEW = {"resamples": 300}
NAMES = ("car", "dog", "man")
Two = tuple[pl.DataFrame, pl.DataFrame]


def pictures(n: int = 300, seed: int = 0, off: float = 6.0) -> Two:
    """Return boxes that are right, and predictions some of which are wrong in each of the ways."""
    rng = np.random.default_rng(seed)
    split = np.where(np.arange(n) < n // 3, "train", "dev")
    pc = (rng.random(n) < 0.7).astype(int)
    box = np.column_stack([rng.uniform(20, 80, (n, 2)), rng.uniform(10, 40, (n, 2))])
    c = rng.choice(NAMES, n)
    truth = pl.DataFrame({"id": [f"p{i}" for i in range(n)], "split": split,
                          "light": rng.choice(["day", "night"], n), "pc": pc,
                          **dict(zip(("bx", "by", "bh", "bw"), box.T, strict=True)),
                          "c": c})  # fmt: skip
    said = np.column_stack([box[:, :2] + rng.normal(0, off, (n, 2)),
                            box[:, 2:] * np.exp(rng.normal(0, 0.1, (n, 2)))])  # fmt: skip
    sure = np.clip(pc + rng.normal(0, 0.3, n) * np.where(pc, -1, 1), 0, 1)
    guess = np.where(rng.random(n) < 0.1, rng.choice(NAMES, n), c)
    run = pl.DataFrame(
        {
            "id": truth["id"],
            "pc": sure,
            **dict(zip(("bx", "by", "bh", "bw"), said.T, strict=True)),
            "c": guess,
        }
    )
    return truth, run[::-1]  # the order of rows means nothing


def plain_iou(a: dict[str, Any], b: dict[str, Any]) -> float:
    def side(mid: str, size: str) -> float:
        low = max(a[mid] - a[size] / 2, b[mid] - b[size] / 2)
        return max(min(a[mid] + a[size] / 2, b[mid] + b[size] / 2) - low, 0.0)

    both = side("bx", "bw") * side("by", "bh")
    return both / (a["bw"] * a["bh"] + b["bw"] * b["bh"] - both)


def plain(truth: pl.DataFrame, run: pl.DataFrame, split: str) -> dict[str, Any]:
    """Return the counts of a split in plain Python."""
    said = {row["id"]: row for row in run.iter_rows(named=True)}
    out: dict[str, Any] = {"n": 0, "wrong": 0, "missed": 0, "phantom": 0, "class": 0,
                           "loose box": 0, "class alone": 0, "iou": []}  # fmt: skip
    for row in truth.filter(pl.col("split") == split).iter_rows(named=True):
        other = said[row["id"]]
        kinds = []
        if row["pc"] and other["pc"] < 0.5:
            kinds = ["missed"]
        elif not row["pc"] and other["pc"] >= 0.5:
            kinds = ["phantom"]
        elif row["pc"]:
            out["iou"].append(plain_iou(row, other))
            kinds = ["class"] * (row["c"] != other["c"]) + ["loose box"] * (out["iou"][-1] < 0.5)
        out["n"] += 1
        out["wrong"] += bool(kinds)
        out["class alone"] += kinds == ["class"]
        for kind in kinds:
            out[kind] += 1
    return out


def test_a_picture_is_wrong_in_presence_class_or_box():
    truth, run = pictures()
    document = ms.diagnose(run, truth=truth, task="localisation", **FEW).to_dict()
    assert (document["task"], document["unit"], document["example"]) == (
        "localisation", "box", "image")  # fmt: skip
    for split in ("train", "dev"):
        wanted, found = plain(truth, run, split), document["splits"][split]
        assert (found["n"], found["errors"]) == (wanted["n"], wanted["wrong"])
        kinds = {x["category"]: x for x in found["categories"]}
        assert {k: x["count"] for k, x in kinds.items()} == {
            k: wanted[k] for k in ("missed", "phantom", "class", "loose box")}  # fmt: skip
        assert wanted["class alone"] < wanted["class"]  # some boxes are loose as well
        left = (wanted["wrong"] - wanted["class alone"]) / wanted["n"]
        assert kinds["class"]["ceiling"]["error"] == pytest.approx(left)
        (mean,) = found["beside"]
        assert (mean["metric"], mean["value"]) == (
            "mean_iou",
            pytest.approx(np.mean(wanted["iou"])),
        )
        assert mean["ci"][0] < mean["value"] < mean["ci"][1]


def test_iou_by_hand_and_its_bounds():
    a = np.array([[0.0, 0.0, 2.0, 2.0]] * 3)
    b = np.array([[1.0, 1.0, 3.0, 3.0], [2.0, 0.0, 4.0, 2.0], [0.0, 0.0, 2.0, 2.0]])
    assert iou(a, b).tolist() == [1 / 7, 0.0, 1.0]
    rng = np.random.default_rng(0)
    a, b = (corners(np.hstack([rng.normal(0, 1, (200, 2)), rng.gamma(2, 1, (200, 2))]), "xywh")
            for _ in range(2))  # fmt: skip
    assert iou(a, b) == pytest.approx(iou(b, a))
    assert iou(3 * a + 5, 3 * b + 5) == pytest.approx(iou(a, b))


def test_boxes_can_be_written_in_three_ways():
    truth, run = pictures()
    wanted = ms.score(run, truth=truth, **FEW).value
    w, h = pl.col("bw"), pl.col("bh")
    corner = [x.with_columns(bx=pl.col("bx") - w / 2, by=pl.col("by") - h / 2)
              for x in (truth, run)]  # fmt: skip
    assert ms.score(corner[1], truth=corner[0], box="xywh", **FEW).value == wanted
    ends = [x.select("id", *(y for y in ("split",) if y in x.columns), "pc", "c",
                     xmin="bx", ymin="by", xmax=pl.col("bx") + w, ymax=pl.col("by") + h)
            for x in corner]  # fmt: skip
    assert ms.score(ends[1], truth=ends[0], box="xyxy", task="localisation", **FEW).value == wanted


def test_without_an_object_the_rest_is_ignored(empty_folder: Path):
    (empty_folder / "truth.csv").write_text("id,pc,bx,by,bh,bw,c\na,1,5,5,2,2,1\nb,0,?,?,?,?,?\n")
    (empty_folder / "run.csv").write_text("id,pc,bx,by,bh,bw,c\nb,0.1,,,,,\na,0.9,5,5,2,2,1\n")
    assert ms.score("run.csv", truth="truth.csv").value == 0.0


def test_classes_of_a_split_and_what_is_taken_for_what():
    truth, run = pictures()
    found = ms.diagnose(run, truth=truth, **FEW).to_dict()["splits"]["dev"]
    said = {row["id"]: row for row in run.iter_rows(named=True)}
    dev = list(truth.filter(pl.col("split") == "dev").iter_rows(named=True))
    labels = found["confusion"]["labels"]
    assert labels == [*NAMES, "∅"]
    counts = np.zeros((4, 4), int)
    for row in dev:
        other = said[row["id"]]
        at = labels.index(row["c"]) if row["pc"] else 3
        counts[at, labels.index(other["c"]) if other["pc"] >= 0.5 else 3] += 1
    assert found["confusion"]["counts"] == counts.tolist()
    assert [x["den"] for x in found["per_class"]] == counts[:3].sum(axis=1).tolist()
    units = found["units"]
    assert units["tp"] + units["fn"] == units["true"] == counts[:3].sum()
    assert units["tp"] + units["fp"] == units["predicted"] == counts[:, :3].sum()


def test_a_threshold_says_from_where_there_is_an_object():
    truth, run = pictures()
    low, high = (ms.diagnose(run, truth=truth, threshold=x, **FEW).to_dict()["splits"]["dev"]
                 for x in (0.0, 1.0))  # fmt: skip
    assert low["units"]["predicted"] == low["n"]
    kinds = {x["category"]: x["count"] for x in high["categories"]}
    assert kinds["missed"] > 50
    with pytest.raises(UsageError, match="--threshold is 2"):
        ms.score(run, truth=truth, task="localisation", threshold=2)


def test_a_class_that_the_truth_never_has_is_told():
    truth, run = pictures()
    other = run.with_columns(c=pl.col("c").replace("dog", "Dog"))
    found = ms.score(other, truth=truth, **FEW).to_dict()["findings"]
    (evidence,) = [x["evidence"] for x in found if x["code"] == "MLS820"]
    seen = other.filter((pl.col("c") == "Dog") & (pl.col("pc") >= 0.5))
    assert evidence == {"classes": {"Dog": len(seen)}}
    assert "MLS820" not in [x["code"] for x in ms.score(run, truth=truth).to_dict()["findings"]]


BAD = {
    "sure truth": ("truth", "pc", "0.4", "0.4 in the truth"),
    "pc above 1": ("run", "pc", "1.5", "'1.5' is not accepted"),
    "pc that is none": ("run", "pc", "", "a blank"),
    "negative width": ("run", "bw", "-3", "a box of size -3"),
    "height of 0": ("truth", "bh", "0", "a box of size 0"),
    "no number": ("run", "bx", "nan", "a blank"),
    "infinite": ("truth", "by", "inf", "'inf' is not accepted"),
    "no class": ("run", "c", "", "a blank"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_refused_with_its_row(name: str, empty_folder: Path):
    where, column, cell, said = BAD[name]
    truth, run = (x.cast(pl.String) for x in pictures(30, off=0.1))
    tables = {"truth": truth, "run": run.with_columns(pc=pl.lit("1"))}
    tables["truth"] = tables["truth"].with_columns(pc=pl.lit("1"))
    own = tables[where].with_row_index()
    tables[where] = own.with_columns(
        pl.when(pl.col("index") == 5).then(pl.lit(cell)).otherwise(pl.col(column)).alias(column)
    ).drop("index")
    for one, frame in tables.items():
        frame.write_csv(f"{one}.csv")
    with pytest.raises(InputError) as caught:
        ms.score("run.csv", truth="truth.csv")
    assert said in caught.value.message
    assert (caught.value.file, caught.value.row, caught.value.column) == (f"{where}.csv", 7, column)


def test_tables_that_do_not_go_together_are_refused(empty_folder: Path):
    truth, run = pictures(30)

    def refused(run: pl.DataFrame, truth: pl.DataFrame | None, **more: Any) -> MlstratError:
        with pytest.raises(MlstratError) as caught:
            ms.score(run, truth=truth, task="localisation", **more)
        return caught.value

    assert "nothing that says what is right" in refused(run, None).message
    assert "2 ids of 30 are missing here" in refused(run[2:], truth).message
    assert "the id 'p29' twice" in refused(pl.concat([run, run[:1]]), truth).message
    assert "no column bx" in refused(run.drop("bx"), truth).message
    assert "no column c, and" in refused(run.drop("c"), truth).message
    assert "no column x1" in refused(run, truth, box="xyxy").message
    assert "--box corners: no such choice" in refused(run, truth, box="corners").message


def test_two_runs_on_other_boxes_are_not_compared(empty_folder: Path):
    truth, run = pictures()
    moved = truth.with_columns(pl.col("bx") + 1)
    runs = []
    for i, (right, said) in enumerate(((truth, run), (moved, run))):
        folder = Path(f"r{i}")
        folder.mkdir()
        right.write_csv(folder / "truth.csv")
        said.write_csv(folder / "said.csv")
        (folder / "run.toml").write_text(CARD)
        runs.append(str(folder))
    with pytest.raises(InputError, match="images are others than in"):
        ms.compare(*runs)


CARD = """[task]
name = "localisation"
[task.dev]
truth = "truth.csv"
predictions = "said.csv"
"""


def test_every_command_takes_it(empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    for name, off in (("a", 6.0), ("b", 2.0)):
        truth, run = pictures(off=off)
        Path(name).mkdir()
        truth.write_csv(f"{name}/truth.csv")
        run.write_csv(f"{name}/said.csv")
        Path(f"{name}/run.toml").write_text(CARD)
    for line in (
        "diagnose a/said.csv --truth a/truth.csv", "diagnose a", "score a --by light",
        "compare a b", "slices a", "error-table a", "count a", "gate b --baseline a --margin 5%",
        "sample a -n 9 -o sheet.csv", "select a b --minimize error", "report b --baseline a",
    ):  # fmt: skip
        assert command(line.split()) in (0, 1, 3), (line, capsys.readouterr().err)
        assert capsys.readouterr().out
    sheet = pl.read_csv("sheet.csv")
    assert set(sheet["unit"]) == {"box"}
    assert command(["sample", "a", "--kind", "class", "-n", "999", "-o", "all.csv"]) == 0
    of_class = pl.read_csv("all.csv")
    assert len(of_class) == plain(*pictures(), "dev")["class"]
    assert set(of_class["category"]) == {"class", "class;loose box"}
    by_cli = ms.score("a").value
    assert by_cli == ms.score("a/said.csv", truth="a/truth.csv").value == plain_error()


def plain_error() -> float:
    found = plain(*pictures(), "dev")
    return found["wrong"] / found["n"]


def test_people_are_the_human_level(empty_folder: Path):
    truth, run = pictures()
    _, second = pictures(off=1.0)
    truth.write_csv("truth.csv")
    run.write_csv("said.csv")
    second.write_csv("second.csv")
    more = '[task.human]\ntruth = "truth.csv"\npredictions = "second.csv"\n'
    Path("card.toml").write_text(CARD + more)
    levels = {x["level"]: x for x in ms.diagnose("card.toml", **FEW).to_dict()["levels"]}
    assert levels["human"]["error"] < levels["dev"]["error"]
