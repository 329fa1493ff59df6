"""The detector of two stages: what is proposed, what the network sees, and which part errs."""

import csv

import numpy as np
import pytest

import mlstrat as ms
from mlstrat.harness.datasets.shapes import Scene
from mlstrat.harness.tasks.proposals import CROP, crops_of, proposed

PARTS = "after_proposals,after_classifier"


def test_shapes_that_touch_are_one_proposal_and_specks_are_none():
    picture = np.zeros((64, 64), np.float32)
    picture[10:20, 10:22] = 0.9
    picture[20:30, 22:40] = 0.6  # at a corner of the first
    picture[50:60, 5:15] = 0.5
    picture[40:43, 40:43] = 1.0

    assert sorted(proposed(picture).tolist()) == [[5, 50, 10, 10], [10, 10, 30, 20]]
    assert proposed(np.zeros((64, 64), np.float32)).shape == (0, 4)


def test_a_crop_holds_its_box_and_a_fringe_and_stays_in_the_picture():
    picture = np.arange(64 * 64, dtype=np.float32).reshape(64, 64)
    (crop,), (corner,) = crops_of(picture, np.array([[10.0, 20, 30, 18], [-5, -5, 10, 10]]))[:, 0:1]

    rows, columns = np.divmod(crop, 64)
    assert crop.shape == corner.shape == (CROP, CROP)
    assert (rows[:, 0] == rows[:, -1]).all()
    assert (columns[0, 0], columns[0, -1], rows[0, 0], rows[-1, 0]) == (8, 41, 18, 39)
    assert corner.min() == 0


def test_what_is_taught_is_the_shape_of_a_proposal_or_none_of_them():
    pytest.importorskip("torch")
    from mlstrat.harness.tasks.proposals import taught

    picture = np.zeros((64, 64), np.float32)
    picture[10:20, 10:20] = picture[20:40, 20:40] = picture[45:60, 5:20] = 0.9
    boxes = np.array([[10.0, 10, 10, 10], [20, 20, 20, 20], [5, 45, 15, 15]])
    crops, right = taught([Scene(picture, boxes, np.array([0, 1, 2]))], 3)

    assert len(crops) == len(right) == 2 + 3
    assert right.tolist() == [3, 2, 0, 1, 2]  # both that touch: 20x20 of 30x30 is no half


def test_the_proposals_own_the_errors(folder_of):
    folder = folder_of("rcnn_components")
    table = ms.error_table(folder, parts=PARTS)
    owned = {x["tag"]: x["count"] for x in table.to_dict()["categories"]}

    assert 'The largest part is "proposals"' in table.to_text().replace("\n", " ")
    assert owned["proposals"] > 10 * max(owned["classifier"], 1)
    found = ms.diagnose(folder).to_dict()
    assert "--parts after_proposals,after_classifier" in found["findings"][0]["next_steps"][0]
    beside = {x["metric"]: x["value"] for x in found["splits"]["dev"]["beside"]}
    assert 0.4 < beside["recall"] < 0.65
    with (folder / "dev.csv").open() as file:
        assert {x["after_classifier"] for x in csv.DictReader(file)} == {"1"}
