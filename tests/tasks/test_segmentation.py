"""A class a pixel: an image is a row a pair of classes, and every figure is that of the masks."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import accuracy_score, f1_score, jaccard_score

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.core.figures import Sampling
from mlstrat.errors import InputError, MlstratError
from mlstrat.tasks.segmentation.task import mean_ratio
from mlstrat.tasks.table.figures import ratio
from tests.tasks.mask_sets import FEW, NAMES, Masks, images, table

pytestmark = pytest.mark.usefixtures("typed")


def flat(masks: Masks, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Return all pixels of a split: what they are, and what was said."""
    mine = [x for x in masks if x[1] == split]
    return tuple(np.concatenate([x[i].ravel() for x in mine]) for i in (2, 3))


def dev_of(frame: Any, **more: Any) -> dict[str, Any]:
    return ms.diagnose(frame, **FEW, **more).to_dict()["splits"]["dev"]


def beside(split: dict[str, Any]) -> dict[str, Any]:
    return {x["metric"]: x["value"] for x in split["beside"]}


def test_the_error_is_1_minus_dice_over_the_pixels_of_all_images_without_the_background():
    masks = images()
    document = ms.diagnose(table(masks), **FEW).to_dict()
    assert [document[x] for x in ("task", "unit", "example")] == ["segmentation", "pixel", "image"]
    for split in ("train", "dev"):
        truth, said = flat(masks, split)
        found = document["splits"][split]
        dice = f1_score(truth, said, labels=[1, 2], average="micro")
        assert found["error"]["value"] == pytest.approx(1 - dice)
        assert found["n"] == found["error"]["n"] == 30
        fn, fp = (((x > 0) & (truth != said)).sum() for x in (truth, said))
        hits = ((truth > 0) & (truth == said)).sum()
        assert found["errors"] == fn + fp
        assert found["units"] == {
            "true": (truth > 0).sum(), "predicted": (said > 0).sum(), "tp": hits, "fp": fp,
            "fn": fn,
        }  # fmt: skip


def test_iou_dice_and_accuracy_are_those_of_scikit_learn():
    masks = images()
    found, (truth, said) = dev_of(table(masks)), flat(masks, "dev")
    iou = jaccard_score(truth, said, average=None)
    assert beside(found) == pytest.approx({
        "mean_iou": iou[1:].mean(), "mean_iou_with_background": iou.mean(),
        "pixel_accuracy": accuracy_score(truth, said), "iou of cell": iou[1],
        "iou of nucleus": iou[2], "iou of background": iou[0],
    })  # fmt: skip
    dice = f1_score(truth, said, average=None)
    assert {x["label"]: 1 - x["error"]["value"] for x in found["per_class"]} == pytest.approx(
        dict(zip(NAMES[1:], dice[1:], strict=True)))  # fmt: skip
    for one in (*found["per_class"], *found["beside"]):
        figure = one.get("error", one)
        low, high = figure["ci"]
        assert low < figure["value"] < high
    labels = [*NAMES[1:], NAMES[0]]  # nothing is last
    pairs = Counter(zip(truth.tolist(), said.tolist(), strict=True))
    codes = [NAMES.index(x) for x in labels]
    assert found["confusion"] == {
        "labels": labels, "counts": [[pairs[a, b] for b in codes] for a in codes]}  # fmt: skip


REPAIRED = {
    "missed": lambda truth, said: (truth > 0) & (said == 0),
    "spurious": lambda truth, said: (truth == 0) & (said > 0),
    "confused": lambda truth, said: (truth > 0) & (said > 0) & (truth != said),
}


def test_a_ceiling_is_the_error_of_masks_in_which_the_kind_is_repaired():
    masks = images()
    kinds = {x["category"]: x for x in dev_of(table(masks))["categories"]}
    assert set(kinds) == set(REPAIRED)
    for kind, wrong in REPAIRED.items():
        mine = [x for x in masks if x[1] == "dev"]
        assert kinds[kind]["count"] == sum(wrong(t, s).sum() for _, _, t, s in mine)
        assert kinds[kind]["examples"] == sum(wrong(t, s).any() for _, _, t, s in mine)
        better = [(*x, t, np.where(wrong(t, s), t, s)) for *x, t, s in masks]
        assert kinds[kind]["ceiling"]["error"] == pytest.approx(
            ms.score(table(better), **FEW).value)  # fmt: skip


def test_the_background_is_the_class_of_that_name_or_0():
    masks = images()
    wanted = ms.score(table(masks), **FEW).value
    for names in (
        ("0", "1", "2"),
        ("Background", "a", "b"),
        ("BACKGROUND", "0", "x"),
        ("false", "true", "x"),
    ):
        assert ms.score(table(masks, names), **FEW).value == wanted
    numbers = table(masks, ("0", "1", "2")).with_columns(pl.col("label", "prediction").cast(float))
    assert ms.score(numbers, **FEW).value == wanted
    assert "iou of 0 (background)" in beside(dev_of(numbers))


def test_without_a_background_every_class_counts_and_the_error_is_that_of_pixels():
    masks = images()
    found, (truth, said) = dev_of(table(masks, ("sky", "road", "car"))), flat(masks, "dev")
    assert found["error"]["value"] == pytest.approx((truth != said).mean())
    assert "mean_iou_with_background" not in beside(found)
    assert [x["label"] for x in found["per_class"]] == ["car", "road", "sky"]
    counts = {x["category"]: x["count"] for x in found["categories"]}
    assert counts == {"missed": 0, "spurious": 0, "confused": (truth != said).sum()}


def test_a_blank_label_is_not_annotated_left_out_and_told():
    frame = table(images())
    void = (
        frame.with_columns(label=pl.lit(""))
        .group_by("id", "split", "label", "prediction", maintain_order=True)
        .agg(pl.len().alias("pixels"))
    )
    both = pl.concat([frame, void.with_columns(pl.col("pixels").cast(pl.Int64))])
    found, plain = (ms.diagnose(x, **FEW).to_dict() for x in (both, frame))
    assert found["alignment"]["dropped"] == void["pixels"].sum()
    mine, theirs = (x["splits"]["dev"] for x in (found, plain))
    dropped = void.filter(pl.col("split") == "dev")["pixels"].sum()
    assert mine.pop("beside") == [*theirs.pop("beside"), {
        "metric": "pixels_not_annotated", "value": dropped, "ci": None, "n": 30}]  # fmt: skip
    assert mine == theirs
    text = ms.diagnose(both, **FEW).to_text(full=True)
    assert re.search(rf"pixels not annotated +{dropped}", text)


def test_order_of_rows_pairs_without_pixels_and_the_form_of_the_file_mean_nothing(empty_folder):
    frame = table(images())
    wanted = ms.score(frame, **FEW).value
    whole = frame.select("id", "split").unique().join(
        pl.DataFrame({"label": NAMES}), how="cross").join(
        pl.DataFrame({"prediction": NAMES}), how="cross")  # fmt: skip
    full = whole.join(frame, on=whole.columns, how="left").fill_null(0)
    assert len(full) > len(frame)
    full.sample(fraction=1, shuffle=True, seed=1).write_csv("run.csv")
    frame.write_parquet("run.parquet")
    frame.write_ndjson("run.jsonl")
    for held in ("run.csv", "run.parquet", "run.jsonl", frame.to_pandas(), frame.to_dicts()):
        assert ms.score(held, **FEW).value == wanted


def test_a_table_that_classification_can_read_is_not_taken_unless_the_task_is_named(empty_folder):
    frame = table(images())
    frame.write_csv("run.csv")
    assert ms.diagnose("run.csv", resamples=100).to_dict()["task"] == "multiclass"
    Path("run.toml").write_text('[task]\nname = "segmentation"\n')
    assert ms.diagnose(".").to_dict()["task"] == "segmentation"


def test_images_of_a_group_are_not_independent_and_what_an_image_has_can_be_sliced_by():
    frame = table(images()).with_columns(
        group=pl.col("id").str.slice(1).cast(int) % 24 // 2,
        light=pl.when(pl.col("id").str.ends_with("3")).then(pl.lit("night")).otherwise(pl.lit("day")),
        size=pl.col("pixels"),
    )  # fmt: skip
    document = ms.diagnose(frame, **FEW).to_dict()
    assert document["cluster"] == {"by": "group", "count": 12}
    night = table([x for x in images() if x[0].endswith("3")])
    scores = ms.score(frame, by="light", **FEW).to_dict()["scores"]
    (found,) = [x for x in scores if x["by"] == {"light": "night"} and x["split"] == "dev"]
    assert (found["value"], found["n"]) == (ms.score(night, **FEW).value, 6)
    with pytest.raises(MlstratError, match="size"):  # it differs between the rows of an image
        ms.score(frame, by="size", **FEW)


def test_an_image_without_any_object_is_an_example_in_which_nothing_could_be_wrong():
    frame = table(images())
    empty = pl.DataFrame({"id": ["none", "void"], "split": "dev", "label": ["background", ""],
                          "prediction": ["background", "cell"], "pixels": [81, 81]})  # fmt: skip
    found = dev_of(pl.concat([frame, empty]))
    assert (found["n"], found["error"]["value"]) == (32, ms.score(frame, **FEW).value)


CARD = """[task]
name = "segmentation"
[task.train]
predictions = "train.csv"
[task.dev]
predictions = "dev.csv"
"""


def test_a_card_has_a_table_a_split_and_people_are_the_human_level(empty_folder: Path):
    masks = images()
    for name, split, frame in (("train", "train", table(masks)), ("dev", "dev", table(masks)),
                               ("human", "dev", table(images(off=0.05)))):  # fmt: skip
        mine = frame.filter(pl.col("split") == split).drop("split")
        mine.with_columns(pl.col("id").rle_id()).write_csv(f"{name}.csv")  # from 0 in each
    Path("card.toml").write_text(CARD + '[task.human]\npredictions = "human.csv"\n')
    found = ms.diagnose("card.toml", resamples=300).to_dict()
    levels = {x["level"]: x["error"] for x in found["levels"]}
    wanted = ms.diagnose(table(masks), **FEW).to_dict()["splits"]
    assert levels["dev"] == wanted["dev"]["error"]["value"]
    assert levels["train"] == wanted["train"]["error"]["value"]
    assert levels["human"] == ms.score(table(images(off=0.05)), **FEW).value < levels["dev"]
    Path("card.toml").write_text(CARD + 'truth = "train.csv"\n')
    with pytest.raises(InputError, match="a separate truth"):
        ms.diagnose("card.toml")


def test_two_runs_are_paired_by_image_and_must_be_of_the_same_masks(empty_folder: Path):
    a, b = table(images()), table(images(seed=1, off=0.1))
    found = ms.compare(a, b.sample(fraction=1, shuffle=True, seed=0), **FEW).to_dict()
    assert (found["a"]["value"], found["b"]["value"]) == (
        ms.score(a, **FEW).value, ms.score(b, **FEW).value)  # fmt: skip
    assert found["n"] == 30
    other = [(*x, truth[::-1] if x[0] == "i3" else (truth + (x[0] == "i5")) % 3, said)
             for *x, truth, said in images()]  # fmt: skip
    with pytest.raises(InputError, match=r"1 images are others than in .*'i5'"):
        ms.compare(a, table(other), **FEW)  # turned masks have the same pixels


def test_a_sheet_has_an_image_a_row_with_the_pixels_of_both_sides(empty_folder: Path):
    masks = images()
    masks[1][2][:], masks[1][3][:] = 1, 2  # i1 is cells, and all of it is said to be nuclei
    table(masks).write_csv("run.csv")
    line = "sample run.csv --task segmentation --kind confused -n 99 -o sheet.csv"
    assert command(line.split()) == 0
    sheet = pl.read_csv("sheet.csv")
    confused = [x[0] for x in masks if x[1] == "dev" and REPAIRED["confused"](*x[2:]).any()]
    assert set(sheet["id"]) == set(confused)
    (row,) = sheet.filter(pl.col("id") == "i1").to_dicts()
    wanted = {"unit": "image", "category": "confused", "truth": "cell 81",
              "prediction": "nucleus 81", "score": 1.0}  # fmt: skip
    assert {x: row[x] for x in wanted} == wanted


LINES = (
    "diagnose a.csv", "score a.csv", "score a.csv --by light", "compare a.csv b.csv",
    "slices a.csv", "slices a.csv --by category", "error-table a.csv", "count a.csv",
    "gate b.csv --baseline a.csv --margin 5%", "sample a.csv -n 9 -o sheet.csv",
    "select a.csv b.csv --minimize error", "report b.csv --baseline a.csv",
    "mislabels --suspects a.csv --versus b.csv",
)  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_every_command_takes_it(line: str, empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    for name, masks in (("a", images()), ("b", images(seed=1, off=0.1))):
        light = pl.when(pl.col("id").str.ends_with("3")).then(pl.lit("night"))
        table(masks).with_columns(light=light.otherwise(pl.lit("day"))).write_csv(f"{name}.csv")
    typed = [*line.split(), "--task", "segmentation"]
    assert command(typed) in (0, 1, 3), capsys.readouterr().err
    assert capsys.readouterr().out
    if typed[0] != "report":
        assert command([*typed, "-f", "json"]) in (0, 1, 3)
        assert json.loads(capsys.readouterr().out)["findings"] is not None


def test_its_examples_are_a_ratio_table_with_the_same_figures():
    frame = table(images())
    examples = ms.examples(frame, task="segmentation")
    mine, theirs = ms.score(frame, **FEW), ms.score(examples, task="ratio", resamples=300)
    assert (mine.value, mine.to_dict()["scores"][0]["ci"]) == (
        theirs.value, theirs.to_dict()["scores"][0]["ci"])  # fmt: skip


def test_of_many_classes_the_json_has_each_and_the_text_the_means():
    masks = images(classes=60)
    found = dev_of(table(masks, tuple(map(str, range(60)))))
    assert list(beside(found)) == ["mean_iou", "mean_iou_with_background", "pixel_accuracy"]
    assert [x["label"] for x in found["per_class"]] == [str(i) for i in range(1, 60)]
    assert found["confusion"] is None


def test_the_mean_of_ratios_has_the_interval_of_a_ratio_with_its_residuals():
    rng = np.random.default_rng(0)
    den = rng.integers(1, 50, (3, 80)).astype(float)
    num = np.floor(den * rng.uniform(0, 0.5, (3, 80)))
    one = mean_ratio([(num[0], den[0])], None, Sampling())
    assert one.value == pytest.approx(num[0].sum() / den[0].sum())
    plain = ratio(num[0] / 3, den[0] / 3, None, Sampling())  # amounts, not counts
    assert one.ci == pytest.approx(plain.ci)
    mean = mean_ratio(list(zip(num, den, strict=True)), None, Sampling())
    assert mean.value == pytest.approx((num.sum(axis=1) / den.sum(axis=1)).mean())

    def without(i: int) -> float:
        keep = np.arange(80) != i
        return float((num[:, keep].sum(axis=1) / den[:, keep].sum(axis=1)).mean())

    each = np.array([without(i) for i in range(80)])
    wide = 2 * 1.99 * np.sqrt(79 / 80 * ((each - each.mean()) ** 2).sum())
    assert mean.ci[1] - mean.ci[0] == pytest.approx(wide, rel=0.05)
    assert mean_ratio([(0 * num[0], den[0])] * 2, None, Sampling()).value == 0


def test_the_page_makes_the_table_from_masks(root: Path):
    page = (root / "docs" / "tasks" / "segmentation.md").read_text("utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.M)
    assert len(block.split("\n\n")[1].splitlines()) <= 4
    masks = [(name, split, truth.astype(np.uint8), said.astype(np.uint8))
             for name, split, truth, said in images()]  # fmt: skip
    masks[1][2][:2] = 3  # of nobody
    names = {"masks": masks, "names": [*NAMES, ""]}
    exec(block, names)
    wanted = table(masks, (*NAMES, ""))
    assert names["frame"].sort(pl.all()).equals(wanted.sort(pl.all()))
    found = names["result"].to_dict()["splits"]["dev"]["error"]["value"]
    assert found == ms.score(wanted, task="segmentation").value
