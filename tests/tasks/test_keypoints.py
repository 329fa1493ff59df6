"""Keypoints of COCO: people, poses, OKS; average precision as pycocotools 2.0.11 printed it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import InputError, UsageError
from tests.tasks.landmark_sets import NAMES, SIDES, people

pytestmark = pytest.mark.usefixtures("typed")

FEW = {"resamples": 300, "task": "landmarks"}
Set = tuple[dict[str, Any], list[dict[str, Any]]]


def split_of(found: Set, **more: Any) -> dict[str, Any]:
    truth, results = found
    return ms.diagnose(results, truth=truth, **FEW, **more).to_dict()["splits"]["dev"]


FIGURES = ("oks_ap", "oks_ap50", "oks_ap75", "oks_ap_medium", "oks_ap_large", "oks_ar")
PYCOCOTOOLS = {
    0: (0.17275176205909806, 0.303009124441856, 0.18101998879133194, 0.16384528850127292,
        0.32895223588292893, 0.4666666666666666),
    1: (0.2972853605785605, 0.45881874679177476, 0.3132507110984019, 0.32401385683035494,
        0.2599903740374037, 0.5864864864864864),
    2: (0.21648002782855866, 0.49694982887870587, 0.1551155115511551, 0.22222603061690066,
        0.26864686468646864, 0.4536585365853659),
}  # fmt: skip


@pytest.mark.parametrize("seed", PYCOCOTOOLS)
def test_average_precision_and_recall_are_those_of_pycocotools(seed: int):
    figures = {x["metric"]: x["value"] for x in split_of(people(seed=seed))["beside"]}
    assert [figures[x] for x in FIGURES] == pytest.approx(PYCOCOTOOLS[seed], abs=1e-9)


def exact(found: Set) -> Set:
    """Return poses that are exactly those of the people that can be found."""
    truth, _ = found
    poses = [{"image_id": x["image_id"], "category_id": 1, "keypoints": x["keypoints"],
              "score": 0.9} for x in truth["annotations"]
             if x["num_keypoints"] and not x["iscrowd"]]  # fmt: skip
    return truth, poses


def test_exact_poses_have_no_error():
    truth, poses = exact(people())
    found = split_of((truth, poses))
    assert found["n"] == len(truth["images"])
    assert found["error"]["value"] == 0
    assert found["units"] == {"true": len(poses), "predicted": len(poses), "tp": len(poses),
                              "fp": 0, "fn": 0}  # fmt: skip
    figures = {x["metric"]: x["value"] for x in found["beside"]}
    assert figures["oks_ap"] == pytest.approx(1.0)
    assert figures["mean_oks"] == 1.0
    assert figures["nme"] == figures["failure_rate"] == figures["oks_one_minus_f1"] == 0


def test_somebody_who_is_not_found_has_all_points_wrong():
    truth, poses = exact(people())
    gone = poses.pop(3)
    found = split_of((truth, poses))
    points = sum(x > 0 for x in gone["keypoints"][2::3])
    kinds = {x["category"]: x["count"] for x in found["categories"] if x["count"]}
    assert (found["errors"], kinds["missed"]) == (points, points)
    assert found["units"]["fn"] == 1
    figures = {x["metric"]: x["value"] for x in found["beside"]}
    assert figures["nme"] == 0
    assert figures["failure_rate"] == 1 / found["units"]["true"]


def test_a_pose_with_swapped_sides_is_of_that_person():
    truth, poses = exact(people())
    truth = {**truth, "annotations": [
        x | {"keypoints": [v if i % 3 < 2 else 2 for i, v in enumerate(x["keypoints"])]}
        if x["num_keypoints"] == 17 else x for x in truth["annotations"]
    ]}  # fmt: skip
    turned = []
    for pose in poses:
        flat = np.reshape(pose["keypoints"], (17, 3))
        turned.append(pose | {"keypoints": flat[SIDES].ravel().tolist()})
    hidden = [x for x in truth["annotations"] if 0 in x["keypoints"][2::3]]
    assert hidden  # whose points are 0, 0 where they are not visible
    found = split_of((truth, turned))
    kinds = {x["category"]: x["count"] for x in found["categories"] if x["count"]}
    assert kinds["sides swapped"] > 5
    assert kinds.get("all shifted", 0) == 0


def test_the_score_from_which_a_pose_counts():
    truth, poses = exact(people())
    poses = [x | {"score": 0.2} for x in poses]
    assert split_of((truth, poses))["error"]["value"] == 1
    assert split_of((truth, poses), threshold=0.1)["error"]["value"] == 0
    told = ms.diagnose(poses, truth=truth, threshold=0.1, **FEW).to_dict()["threshold"]
    assert (told["value"], told["chosen"]) == (0.1, "given")


def test_points_that_coco_does_not_have_have_no_average_precision():
    truth, poses = exact(people())
    few = copy.deepcopy(truth)
    few["categories"][0]["keypoints"] = NAMES[:5]
    for one in few["annotations"]:
        one["keypoints"] = one["keypoints"][:15]
        one["num_keypoints"] = sum(x > 0 for x in one["keypoints"][2::3])
    poses = [x | {"keypoints": x["keypoints"][:15]} for x in poses]
    figures = {x["metric"]: x for x in split_of((few, poses))["beside"]}
    assert figures["oks_ap"]["value"] is None
    assert "COCO's 17" in figures["oks_ap"]["reason"]
    assert figures["mean_oks"]["value"] == 1.0


def test_files_cards_and_objects_say_the_same(
    empty_folder: Path, capsys: pytest.CaptureFixture[str]
):
    truth, results = people()
    Path("gt.json").write_text(json.dumps(truth, indent=1))
    Path("results.json").write_text(json.dumps(results))
    Path("run.toml").write_text(
        '[task]\nname = "landmarks"\n[task.dev]\ntruth = "gt.json"\npredictions = "results.json"\n'
    )
    wanted = split_of((truth, results))
    files = ms.diagnose("results.json", truth="gt.json", resamples=300).to_dict()
    assert files["task"] == "landmarks"
    assert files["splits"]["dev"] == ms.diagnose(".", resamples=300).to_dict()["splits"]["dev"]
    assert files["splits"]["dev"] == wanted
    ids = [x.get("id") for x in ms.examples(".").to_dict("records")]
    assert ids == [f"p{i}" for i in range(30)]
    for line in (
        "diagnose results.json --truth gt.json", "score run.toml", "compare . run.toml",
        "slices . --min-size 3", "error-table .", "count .",
        "gate . --baseline run.toml --margin 9%",
        "sample . -n 5 -o sheet.csv", "select . run.toml --minimize error", "report .",
    ):  # fmt: skip
        assert command(line.split()) in (0, 1, 3), (line, capsys.readouterr().err)
        assert capsys.readouterr().out


GONE = object()
BAD = {
    "an unknown image": ("results", (0, "image_id"), 99, "1 poses of images"),
    "no image": ("results", (0, "image_id"), GONE, "image_id is None"),
    "another category": ("results", (1, "category_id"), 2, "results[1]: category_id 2"),
    "no score": ("results", (0, "score"), GONE, "score is None"),
    "NaN": ("results", (2, "keypoints", 4), float("nan"), "results[2]: keypoints"),
    "too few points": ("results", (0, "keypoints"), [1, 2, 3], "holds 3 values"),
    "no object": ("results", (1,), 7, "results: not a list of objects"),
    "a number for a list": ("truth", ("annotations", 0, "keypoints"), 7, "holds 7"),
    "a negative side": ("truth", ("annotations", 1, "bbox"), [0, 0, -1, 2], "box -1 x 2"),
    "no box": ("truth", ("annotations", 1, "bbox"), GONE, "annotations[1]: bbox holds None"),
    "no names": ("truth", ("categories",), [], "0 categories with keypoints"),
    "a name twice": ("truth", ("categories", 0, "keypoints"), ["a", "a"], "twice"),
    "no images": ("truth", ("images",), GONE, "images: not a list of objects"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_as_coco_has_it_is_refused(name: str):
    where, path, value, said = BAD[name]
    truth, results = people(6, seed=3)
    inside: Any = truth if where == "truth" else results
    for key in path[:-1]:
        inside = inside[key]
    if value is GONE:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    with pytest.raises(InputError) as caught:
        split_of((truth, results))
    assert said in caught.value.message


def test_pictures_of_coco_have_no_columns_to_filter_by():
    with pytest.raises(UsageError, match="--filter is about columns"):
        split_of(people(4), filter="id == p1")


def test_json_that_is_cut_off_or_nested_too_deeply_is_refused(empty_folder: Path):
    truth, results = people(4)
    Path("gt.json").write_text(json.dumps(truth))
    text = json.dumps(results)
    for bad, said in ((text[:900], "truncated at byte 900"), ("[" * 100_000, "nested too deeply"),
                      ("{}", "results: not a list")):  # fmt: skip
        Path("results.json").write_text(bad)
        with pytest.raises(InputError, match=said) as caught:
            ms.score("results.json", truth="gt.json", task="landmarks")
        assert caught.value.file == "results.json"
