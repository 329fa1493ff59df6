"""Boxes in images: one answer from every format, at the threshold that dev chooses."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.detection.boxes import iou, nms
from mlstrat.tasks.sniffing import task_of
from tests.boxes import by_loops, scene, table, write_coco, write_voc, write_yolo

pytestmark = pytest.mark.usefixtures("typed")

FEW = {"resamples": 300, "task": "detection"}
BOX = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10]}


def coco(boxes: list[dict], images: int = 1, categories: tuple[str, ...] = ("cat", "dog")) -> dict:
    """Return COCO's truth of boxes that say what is not usual."""
    return {
        "images": [{"id": i + 1, "file_name": f"p{i + 1}.png", "width": 100, "height": 100}
                   for i in range(images)],
        "annotations": [{**BOX, **x} for x in boxes],
        "categories": [{"id": i + 1, "name": x} for i, x in enumerate(categories)],
    }  # fmt: skip


def said(*boxes: dict) -> list[dict]:
    """Return results of COCO."""
    return [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10], "score": 0.9, **x}
            for x in boxes]  # fmt: skip


def dev(run, **asked) -> dict:
    """Return the figures of dev."""
    return ms.diagnose(run, **{**FEW, **asked}).to_dict()["splits"]["dev"]


def kinds(split: dict) -> dict[str, int]:
    return {x["category"]: x["count"] for x in split["categories"]}


def told(split: dict) -> dict[str, float | None]:
    return {x["metric"]: x["value"] for x in split["beside"]}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("threshold", [0.01, 0.5])
def test_units_and_kinds_are_those_of_plain_loops(seed: int, threshold: float):
    truth, results = scene(30, seed)
    found = dev(results, truth=truth, threshold=threshold)
    wanted = by_loops(truth, results, threshold)
    assert {x: found["units"][x] for x in ("tp", "fp", "fn")} == {
        x: wanted[x] for x in ("tp", "fp", "fn")
    }
    assert kinds(found) == {x: wanted[x] for x in ("Cls", "Loc", "Both", "Dupe", "Bkg", "Miss")}
    fp, fn, tp = (wanted[x] for x in ("fp", "fn", "tp"))
    assert found["error"]["value"] == pytest.approx((fp + fn) / (2 * tp + fp + fn))
    assert told(found)["recall"] == pytest.approx(tp / (tp + fn))
    assert told(found)["precision"] == pytest.approx(tp / (tp + fp))


def test_every_format_gives_one_answer(empty_folder: Path):
    truth, results = scene()
    gt, res = write_coco(truth, results)
    labels, predictions = write_yolo(truth, results)
    voc = write_voc(truth)
    table(truth, results).write_csv("boxes.csv")
    both = table(truth, results)
    both.filter(pl.col("kind") != "det").drop("kind").write_csv("true.csv")
    both.filter(pl.col("kind") == "det").drop("kind").write_csv("said.csv")
    named = {"images": truth["images"], "categories": truth["categories"], "annotations": results}
    Path("named.json").write_text(json.dumps(named))
    wanted = dev(res, truth=gt)
    for right in (gt, labels, voc, "true.csv", truth):
        for run in (predictions, "named.json", "said.csv", named):
            found = dev(run, truth=right)
            assert found["units"] == wanted["units"], (right, run)
            assert kinds(found) == kinds(wanted), (right, run)
            assert found["error"]["value"] == wanted["error"]["value"]
    assert dev("boxes.csv")["units"] == wanted["units"]
    assert dev(both)["units"] == wanted["units"]
    without = both.filter(pl.col("kind") == "det").drop("image_width", "image_height")
    with pytest.raises(InputError, match="boxes are fractions of the image") as caught:
        dev(without, truth=labels)
    assert "image_width" in (caught.value.hint or "")


def test_a_box_is_right_from_half_its_union_on():
    """Boxes of 10 × 10, moved: 1/3, 1/2 and 9/11 of the union are shared."""
    truth = coco([{}])
    for box, right in (([5, 0, 10, 10], 0), ([0, 0, 10, 5], 1), ([1, 0, 10, 10], 1)):
        assert dev(said({"bbox": box}), truth=truth, threshold=0)["units"]["tp"] == right
    assert dev(said({"bbox": [5, 0, 10, 10]}), truth=truth, threshold=0, iou=0.3)["units"]["tp"]
    with pytest.raises(UsageError, match="--iou is"):
        dev(said({}), truth=truth, iou=1.5)


@pytest.mark.parametrize(("boxes", "kind", "fixed"), [
    ([{"bbox": [5, 0, 10, 10]}], "Loc", 0.0),  # it would be the box that is missed
    ([{"category_id": 2}], "Cls", 0.0),
    ([{"bbox": [5, 0, 10, 10], "category_id": 2}], "Both", 1.0),
    ([{"bbox": [50, 50, 9, 9]}], "Bkg", 1.0),
    ([{}, {"score": 0.8}], "Dupe", 0.0),
    ([{"bbox": [5, 0, 10, 10]}, {"bbox": [6, 0, 10, 10]}], "Loc", 0.0),
    ([], "Miss", 0.0),
])  # fmt: skip
def test_each_kind_of_error_and_what_fixing_it_leaves(boxes, kind: str, fixed: float):
    """One true box, a cat: what is said of it has one thing wrong."""
    found = dev(said(*boxes), truth=coco([{}], 6), threshold=0)
    counts = {x["category"]: x for x in found["categories"]}
    assert counts[kind]["count"] == max(len(boxes) - (kind == "Dupe"), 1)
    assert counts[kind]["ceiling"]["error"] == fixed
    assert sum(x["count"] for x in found["categories"]) == counts[kind]["count"] + (
        kind in ("Both", "Bkg"))  # fmt: skip


def test_the_higher_score_takes_the_box_and_the_best_box_is_taken():
    truth = coco([{}, {"id": 2, "bbox": [3, 0, 10, 10]}])
    found = dev(said({"bbox": [2, 0, 10, 10], "score": 0.9}, {"bbox": [2, 0, 10, 10]}),
                truth=truth, threshold=0)  # fmt: skip
    assert (found["units"]["tp"], found["units"]["fp"]) == (2, 0)


def test_a_crowd_counts_neither_way_however_much_is_found_in_it():
    truth = coco([{"bbox": [50, 50, 40, 40], "iscrowd": 1}, {}])
    inside = [{"bbox": [50 + 5 * i, 55, 10, 10]} for i in range(4)]
    document = ms.diagnose(said({}, *inside), truth=truth, threshold=0, **FEW).to_dict()
    assert document["splits"]["dev"]["units"] == {
        "true": 1, "predicted": 1, "tp": 1, "fp": 0, "fn": 0,
    }  # fmt: skip
    assert document["alignment"]["dropped"] == 4
    evidence = [x["evidence"] for x in document["findings"] if x["code"] == "MLS830"]
    assert evidence == [{"crowd": 1, "difficult": 0}]


def test_difficult_boxes_are_ignored_unless_they_are_asked_for(empty_folder: Path):
    truth = coco([{"difficult": 1, "bbox": [50, 50, 20, 20]}, {}])
    voc = write_voc(truth)
    for boxes, wanted in (([{}], (1, 0, 1)), ([{}, {"bbox": [50, 50, 20, 20]}], (1, 0, 2))):
        named = {**truth, "annotations": said(*boxes)}  # as results have it, with names
        for right in (truth, voc):
            units = dev(named, truth=right, threshold=0)["units"]
            every = dev(named, truth=right, threshold=0, difficult=True)["units"]
            assert (units["tp"], units["fn"], every["tp"]) == wanted


def at_best(truth: dict, results: list) -> tuple[float, float]:
    """Return 1 − F1 of the best threshold, and the highest of those."""
    best = []
    for cut in {x["score"] for x in results}:
        n = by_loops(truth, results, cut)
        wrong = n["fp"] + n["fn"]
        best.append((wrong / (2 * n["tp"] + wrong), -cut))
    error, cut = min(best)
    return error, -cut


def test_the_threshold_of_dev_is_kept_and_train_tells_its_own(empty_folder: Path):
    lines = ['[task]\nname = "detection"\n']
    scenes = {}
    for seed, split in enumerate(("train", "dev", "test")):
        scenes[split] = scene(25, seed, split)
        gt, res = write_coco(*scenes[split], split)
        lines.append(f'[task.{split}]\ntruth = "{gt}"\npredictions = "{res}"\n')
    Path("card.toml").write_text("".join(lines))
    found = ms.diagnose("card.toml", resamples=300).to_dict()
    error, cut = at_best(*scenes["dev"])
    shown = found["threshold"]
    assert (shown["value"], shown["chosen"]) == (cut, "dev")
    assert shown["dev_apparent"] == pytest.approx(error)
    assert shown["train_best"] == pytest.approx(at_best(*scenes["train"])[0])
    for split in ("train", "test"):
        wanted = by_loops(*scenes[split], cut)
        assert found["splits"][split]["units"]["tp"] == wanted["tp"]
        assert found["splits"][split]["units"]["fp"] == wanted["fp"]
    assert found["splits"]["dev"]["error"]["value"] >= error


def test_dev_is_read_at_the_threshold_of_its_other_images():
    """Each fifth of the images is read at the best threshold of the other four."""
    from mlstrat.core.operating.choose import FOLDS, parts_of

    truth, results = scene(25, 4)
    names = [Path(x["file_name"]).stem for x in truth["images"]]
    folds = dict(zip([x["id"] for x in truth["images"]], parts_of(names) % FOLDS, strict=True))
    wrong = units = 0
    for fold in range(5):
        parts = []
        for inside in (False, True):
            keep = {i for i, f in folds.items() if (f == fold) == inside}
            parts.append(({"images": [x for x in truth["images"] if x["id"] in keep],
                           "annotations": [x for x in truth["annotations"]
                                           if x["image_id"] in keep]},
                          [x for x in results if x["image_id"] in keep]))  # fmt: skip
        n = by_loops(*parts[1], at_best(*parts[0])[1])
        wrong += n["fp"] + n["fn"]
        units += 2 * n["tp"] + n["fp"] + n["fn"]
    assert set(folds.values()) == set(range(5))
    assert dev(results, truth=truth)["error"]["value"] == pytest.approx(wrong / units)


def test_without_dev_a_threshold_must_be_given():
    truth, results = scene(8)
    with pytest.raises(UsageError, match="a threshold is chosen on dev alone") as caught:
        ms.score(results, truth=truth, split="test", **FEW)
    assert "--threshold X" in (caught.value.hint or "")
    assert ms.score(results, truth=truth, split="test", threshold=0.5, **FEW).value > 0


def test_a_threshold_of_dev_far_below_that_of_train_explains_the_gap(empty_folder: Path):
    """Scores of dev are lower by a half, and their order is as good."""
    scenes = {x: scene(60, i, x) for i, x in enumerate(("train", "dev"))}
    for row in scenes["dev"][1]:
        row["score"] = round(row["score"] / 2, 4)
    lines = ['[task]\nname = "detection"\n']
    for split, (truth, results) in scenes.items():
        gt, res = write_coco(truth, results, split)
        lines.append(f'[task.{split}]\ntruth = "{gt}"\npredictions = "{res}"\n')
    Path("card.toml").write_text("".join(lines))
    found = ms.diagnose("card.toml", resamples=300).to_dict()
    (told,) = [x["evidence"] for x in found["findings"] if x["code"] == "MLS832"]
    cut = at_best(*scenes["train"])[1]
    n = by_loops(*scenes["dev"], cut)
    wrong = n["fp"] + n["fn"]
    assert told["dev"] == pytest.approx(wrong / (2 * n["tp"] + wrong))
    assert told["dev_best"] == found["threshold"]["dev_apparent"]


def test_people_are_a_second_set_of_boxes_without_scores(empty_folder: Path):
    truth, results = scene(20)
    gt, res = write_coco(truth, results)
    people = {**truth, "annotations": truth["annotations"][:-5]}
    Path("people.json").write_text(json.dumps(people))
    Path("card.toml").write_text(
        f'[task]\nname = "detection"\n[task.dev]\ntruth = "{gt}"\npredictions = "{res}"\n'
        f'[task.human]\ntruth = "{gt}"\npredictions = "people.json"\n')  # fmt: skip
    levels = ms.diagnose("card.toml", resamples=300).to_dict()["levels"]
    n = len(truth["annotations"])
    assert (levels[0]["level"], levels[0]["error"]) == ("human", pytest.approx(5 / (2 * n - 5)))


def test_figures_by_class_and_by_size():
    big, small = [0, 0, 40, 40], [50, 50, 20, 20]
    truth = coco([{"bbox": big}, {"bbox": small, "category_id": 2}])
    found = dev(said({"bbox": big}, {"bbox": [80, 80, 10, 10], "category_id": 2}), truth=truth,
                threshold=0)  # fmt: skip
    rows = {x["label"]: (x["tp"], x["fp"], x["fn"], x["precision"], x["recall"])
            for x in found["per_class"]}  # fmt: skip
    assert rows == {"cat": (1, 0, 0, 1.0, 1.0), "dog": (0, 1, 1, 0.0, 0.0)}
    figures = told(found)
    assert (figures["recall_small"], figures["recall_medium"]) == (0.0, 1.0)
    assert (figures["precision_small"], figures["precision_medium"]) == (0.0, 1.0)
    assert figures["recall_large"] is None
    labels, counts = found["confusion"]["labels"], found["confusion"]["counts"]
    assert labels == ["cat", "dog", "∅"]
    assert counts == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]


def test_an_image_without_boxes_and_a_category_that_truth_never_has():
    truth = coco([{}], 2, ("cat", "dog", "kite"))
    results = said({}, {"image_id": 2}, {"category_id": 3})
    document = ms.diagnose(results, truth=truth, threshold=0, **FEW).to_dict()
    found = {x["code"]: x["evidence"] for x in document["findings"]}
    assert found["MLS831"] == {"categories": {"kite": 1}}
    assert found["MLS833"] == {"images": 1, "detections": 1}
    assert document["splits"]["dev"]["units"]["fp"] == 2


def test_every_command_takes_it(empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    truth, results = scene(60)
    better = [x for i, x in enumerate(results) if x["score"] > 0.3 or i % 2]
    gt, _ = write_coco(truth, results, "a")
    write_coco(truth, better, "b")
    for name in "ab":
        Path(f"{name}.toml").write_text('[task]\nname = "detection"\n[task.dev]\n'
            f'truth = "{name}/gt.json"\npredictions = "{name}/results.json"\n')  # fmt: skip
    for line in (
        "score a.toml", "compare a.toml b.toml", "error-table a.toml", "count a.toml",
        "diagnose a.toml", "gate b.toml --baseline a.toml --margin 5%", "slices a.toml --by light",
        "select a.toml b.toml --minimize error", "sample a.toml -n 8 -o sheet.csv --seed 1",
        "report b.toml --baseline a.toml", f"diagnose a/results.json --truth {gt}",
        "mislabels --suspects a.toml -n 5 -o suspects.csv",
        f"compare a/results.json b/results.json --task detection --truth {gt}",
        f"score a/results.json --task detection --truth {gt} --threshold none --iou 0.3",
    ):  # fmt: skip
        assert command(line.split()) in (0, 1, 3), (line, capsys.readouterr().err)
        assert capsys.readouterr().out
    suspects = pl.read_csv("suspects.csv")
    assert set(suspects["category"]) <= {"Bkg", "Cls"}
    assert suspects["score"].is_sorted(descending=True)
    sheet = pl.read_csv("sheet.csv")
    assert set(sheet["unit"]) == {"box"}
    assert set(sheet["category"]) <= {"Cls", "Loc", "Both", "Dupe", "Bkg", "Miss"}


def test_what_is_wrong_is_listed_with_its_place():
    truth = coco([{}, {"id": 2, "bbox": [60, 60, 20, 20], "category_id": 2}])
    from mlstrat.tasks.contract import How
    from mlstrat.tasks.detection.task import TASK

    how = How(options={"truth": truth, "threshold": 0.0})
    rows = list(TASK.units(said({"bbox": [5, 0, 10, 10]}), how))
    assert [(x["category"], x["where"], x["truth"], x["prediction"], x["score"]) for x in rows] == [
        ("Loc", "5 0 10 10", "cat 0 0 10 10", "cat 5 0 10 10", 0.9),
        ("Miss", "60 60 20 20", "dog 60 60 20 20", "", None),
    ]


def test_the_files_tell_the_task(empty_folder: Path):
    truth, results = scene(5)
    gt, res = write_coco(truth, results)
    table(truth, results).write_csv("boxes.csv")
    assert task_of(res, None) == "detection"
    assert task_of("boxes.csv", None) == "detection"
    Path("indented.json").write_text(json.dumps(results, indent=1))
    assert ms.score("indented.json", truth=gt, threshold=0.5).value == (
        ms.score(res, truth=gt, threshold=0.5).value
    )


def test_overlaps_of_many_boxes():
    boxes = [[0, 0, 4, 4], [2, 0, 4, 4], [2, 2, 4, 4], [9, 9, 1, 1]]
    assert iou(boxes, boxes).tolist() == [
        [1, 8 / 24, 4 / 28, 0], [8 / 24, 1, 8 / 24, 0], [4 / 28, 8 / 24, 1, 0], [0, 0, 0, 1],
    ]  # fmt: skip
    with pytest.raises(UsageError, match="without width or height"):
        iou([[0, 0, 0, 1]], boxes)


def test_what_non_maximum_suppression_keeps():
    """The first two share 9/11, the second and the third 6/14; the fourth is of another kind."""
    boxes = [[0, 0, 10, 10], [1, 0, 10, 10], [5, 0, 10, 10], [0, 0, 10, 10]]
    scores = [0.8, 0.9, 0.7, 0.6]
    assert nms(boxes, scores).tolist() == [1, 2]
    assert nms(boxes, scores, categories=["a", "a", "a", "b"]).tolist() == [1, 2, 3]
    assert nms(boxes, scores, 0.3).tolist() == [1]
    assert nms([], []).tolist() == []
