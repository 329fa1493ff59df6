"""The detector of one stage: what an anchor takes, how cells become boxes, and what NMS removes."""

import json

import numpy as np
import pytest

import mlstrat as ms
from mlstrat.harness import find_recipe, train
from mlstrat.harness.datasets import source_of
from mlstrat.harness.datasets.shapes import Scene
from mlstrat.harness.tasks.detectors import anchor_boxes, decoded, encoded, shape_iou


def scene(*boxes):
    return Scene(np.zeros((64, 64), np.float32), np.array(boxes, float), np.zeros(len(boxes), int))


def test_a_box_belongs_to_the_cell_of_its_midpoint_and_to_the_anchor_of_its_shape():
    anchors = np.array([[6.0, 22.0], [22.0, 6.0]])
    right, lost = encoded([scene([5, 29, 22, 6])], anchors, 64)

    assert lost == 0
    assert np.argwhere(right[0, :, 0]).tolist() == [[1, 2, 1]]  # the wide anchor, row 2, column 1
    assert right[0, 1, 1:5, 2, 1] == pytest.approx([0, 0, 0, 0])


def test_a_box_that_finds_no_anchor_in_its_cell_is_lost_and_counted():
    crossed = scene([21, 29, 22, 6], [29, 21, 6, 22])

    assert encoded([crossed], np.array([[14.0, 14.0]]), 64)[1] == 1
    assert encoded([crossed], np.array([[6.0, 22.0], [22.0, 6.0]]), 64)[1] == 0


def test_cells_that_say_what_they_should_give_back_the_boxes():
    anchors = np.array([[16.0, 18.0], [24.0, 12.0]])
    source, random = source_of(find_recipe("yolo_shapes").dataset), np.random.default_rng(1)
    for _ in range(20):
        drawn = source.draw(random, False)
        right = encoded([drawn], anchors, 64)[0][0].astype(float)
        said = np.zeros((2, 5 + 3, 4, 4))
        said[:, 0] = np.where(right[:, 0] > 0, 30.0, -30.0)
        middle = np.clip(right[:, 1:3], 1e-9, 1 - 1e-9)
        said[:, 1:3], said[:, 3:5] = np.log(middle / (1 - middle)), right[:, 3:5]
        for kind in range(3):
            said[:, 5 + kind] = np.where(right[:, 5] == kind, 30.0, 0.0)
        boxes, scores, kinds = decoded(said.reshape(-1, 4, 4), anchors, 3)
        overlap = ms.iou(drawn.boxes, boxes)
        assert overlap.max(axis=1) == pytest.approx(1, abs=1e-5)
        assert kinds[overlap.argmax(axis=1)].tolist() == drawn.kinds.tolist()
        assert scores == pytest.approx(1)


def test_anchors_are_means_of_boxes_of_like_shape():
    random = np.random.default_rng(0)
    tall, wide = (np.abs(random.normal(sides, 0.5, (50, 2))) for sides in ((6, 22), (22, 6)))
    found = anchor_boxes(np.concatenate([tall, wide]), 2)

    assert found == pytest.approx(np.array([tall.mean(axis=0), wide.mean(axis=0)]))
    assert shape_iou(tall, found)[:, 0].min() > shape_iou(tall, found)[:, 1].max()


def test_the_target_is_darker_than_train():
    source, random = source_of(find_recipe("yolo_shapes").dataset), np.random.default_rng(2)
    light, dark = (
        np.mean([np.quantile(source.draw(random, target).picture, 0.95) for _ in range(50)])
        for target in (False, True)
    )
    assert light > dark + 0.1


def test_one_anchor_loses_a_half_of_the_boxes_and_two_lose_none(folder_of, tmp_path):
    found = ms.diagnose(folder_of("anchors_lost")).to_dict()
    units = found["splits"]["train"]["units"]
    assert units["tp"] / units["true"] == pytest.approx(0.5, abs=0.02)

    run = train("anchors_lost", small=True, knobs={"anchors": 2}, seed=1)
    assert run.notes["boxes_that_no_anchor_took"] == 0
    assert run.errors["train"] < 0.1


def test_without_suppression_more_boxes_stand_on_one_shape(folder_of, tmp_path):
    kept = folder_of("yolo_shapes")
    train("yolo_shapes", small=True, knobs={"nms": False}, seed=1, out=tmp_path / "run")
    with_it, without = (
        {json.dumps(x) for x in json.loads((folder / "train.json").read_text())}
        for folder in (kept, tmp_path / "run")
    )
    assert with_it < without  # the same network, of which fewer boxes are kept

    dupes = [
        sum(x["count"] for x in found["splits"]["train"]["categories"] if x["category"] == "Dupe")
        for found in (ms.diagnose(folder).to_dict() for folder in (kept, tmp_path / "run"))
    ]
    assert dupes[1] > dupes[0]


def test_a_threshold_that_is_given_stands_in_the_card(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    knobs = {"threshold": 0.3, "epochs": 1, "n": 40}
    train("anchors_lost", small=True, knobs=knobs, out=tmp_path / "run")
    found = ms.diagnose(tmp_path / "run").to_dict()

    assert found["threshold"]["value"] == 0.3
    assert found["threshold"]["chosen"] == "given"


def test_boxes_are_as_coco_has_them(folder_of):
    folder = folder_of("yolo_shapes")
    truth, results = (
        json.loads((folder / name).read_text()) for name in ("dev.truth.json", "dev.json")
    )
    assert [x["name"] for x in truth["categories"]] == ["square", "disc", "triangle"]
    assert {x["image_id"] for x in results} <= {x["id"] for x in truth["images"]}
    assert all(0 < x["score"] <= 1 for x in results)
