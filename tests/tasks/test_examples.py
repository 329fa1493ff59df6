"""Small figures of the tasks and of what they share, each checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mlstrat.core.figures import Sampling
from mlstrat.errors import InputError
from mlstrat.tasks.caller import speaks_python
from mlstrat.tasks.cards import card_of
from mlstrat.tasks.detection import fits
from mlstrat.tasks.detection.folders_read import names_of
from mlstrat.tasks.detection.sides import bare
from mlstrat.tasks.findings import tags_as_classes
from mlstrat.tasks.landmarks.compute import (
    Poses,
    average_precision,
    diagonal,
    joined,
    normalised_mean_error,
    off,
    oks,
    other_sides,
    patterns,
    recall,
)
from mlstrat.tasks.localisation.task import corners, iou, kinds_of_error
from mlstrat.tasks.table.alignment import distances, each_edit, edits, edits_of_alternatives
from mlstrat.tasks.table.columns import find_ratio_columns
from mlstrat.tasks.table.figures import codes, ratio, thresholds_in
from mlstrat.tasks.table.text import are_columns, is_text, lines_of


def test_fits():
    assert fits(("image_id", "kind", "category", "x", "y", "w", "h", "score"), ())
    assert fits((), ('[{"image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 4], "score": 0.9}]',))


def test_names_of():
    assert names_of("nc: 2\nnames: [cat, 'a dog']", "data.yaml") == {0: "cat", 1: "a dog"}
    found = names_of("names:\n  0: cat  # small\n  2: dog\ntrain: images", "data.yaml")
    assert found == {
        0: "cat",
        2: "dog",
    }


def test_bare():
    given = ("val/a.b.jpg", "000139", "x\\y.png", "v1.2")
    assert [bare(x) for x in given] == ["a.b", "000139", "y", "v1.2"]


def test_diagonal():
    assert diagonal(np.array([[[0.0, 0.0], [3.0, 4.0], [np.nan, np.nan]]])).tolist() == [5.0]


def test_off():
    truth, said = np.array([[[0.0, 0.0], [9.0, 9.0]]]), np.array([[[3.0, 4.0], [9.0, 9.0]]])
    assert off(truth, said, np.array([10.0])).tolist() == [[0.5, 0.0]]


def test_normalised_mean_error():
    found = normalised_mean_error(np.array([[0.25, np.nan, 0.75], [np.nan] * 3]))
    assert found.tolist() == pytest.approx([0.5, np.nan], nan_ok=True)


def test_other_sides():
    found = other_sides(["left_eye", "nose", "RightEye", "right_eye", "hip.l", "hip.r"])
    assert found.tolist() == [3, 1, 2, 0, 5, 4]


def test_patterns():
    truth = np.array([[[0.0, 0.0], [9.0, 0.0], [5.0, 5.0]]])
    names = ["left_eye", "right_eye", "nose"]
    found = patterns(truth, truth[:, [1, 0, 2]], np.array([9.0]), names)
    assert [int(n[0]) for n in found.values()] == [2, 0, 0, 0]


def test_oks():
    truth = np.zeros((1, 17, 2))
    seen, area, box = np.ones((1, 17), bool), np.array([100.0]), np.zeros((1, 4))
    assert oks(truth, seen, area, box, truth).tolist() == [[1.0]]


def test_joined():
    like, none = np.array([[0.9, 0.6], [0.8, 0.7]]), np.zeros(2, bool)
    assert joined(like, none, none, 0.5)[0].tolist() == [0, 1]


def test_recall():
    right = np.array([[True, False]] * 5 + [[False, False]] * 5)
    assert recall(Poses(np.array([0.9, 0.8]), right, np.zeros((10, 2), bool), 2)) == 0.25


def test_average_precision():
    right = np.array([[True, False, True]] * 10)
    poses = Poses(np.array([0.9, 0.8, 0.7]), right, np.zeros((10, 3), bool), 2)
    assert round(average_precision(poses), 4) == 0.835


def test_corners():
    found = corners(np.array([[50.0, 50.0, 20.0, 10.0]]), "middle")
    assert found.tolist() == [[40.0, 45.0, 60.0, 55.0]]


def test_iou():
    left, right = np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([[1.0, 0.0, 3.0, 2.0]])
    assert iou(left, right).round(4).tolist() == [0.3333]


def test_kinds_of_error():
    yes = np.array([True])
    found = kinds_of_error(yes, yes, ~yes, np.array([0.4]))
    assert [kind for kind, wrong in found.items() if wrong[0]] == ["class", "loose box"]


def test_edits():
    found = edits([["a", "b", "c"], []], [["a", "x"], ["y"]])
    assert [x.tolist() for x in found] == [
        [1, 0],
        [1, 0],
        [0, 1],
    ]


def test_distances():
    assert distances(["abc", ""], ["ax", "y"]).tolist() == [2, 1]


def test_edits_of_alternatives():
    assert edits_of_alternatives(["a", (("b",), ("c", "d"), ())], ["a", "c", "d"]) == (0, 0, 0, 3)


def test_each_edit():
    found = each_edit("abcd", "xbd")
    assert [(x.right, x.place, x.said, x.said_place) for x in found] == [
        ("a", 0, "x", 0),
        ("c", 2, None, None),
    ]


def test_find_ratio_columns():
    found = find_ratio_columns(["ID", "num", "den", "count.typo"], {}, file="own.csv")
    assert found.roles == {"id": "ID", "num": "num", "den": "den", "count.typo": "count.typo"}


def test_ratio():
    found = ratio(np.repeat([1, 0], [20, 80]), np.ones(100), None, Sampling())
    assert (found.value, *found.ci) == pytest.approx((0.2, 0.133, 0.289), abs=0.0005)


def test_thresholds_in():
    assert thresholds_in(np.array([0.5, 0.25, 0.5]), 0.3) == [0.25, 0.3, 0.5]
    assert len(thresholds_in(np.arange(1000), None)) == 60


def test_codes():
    assert codes(["b", "a", "b"]).tolist() == [0, 1, 0]


def test_is_text():
    assert not is_text("run.csv")
    assert not is_text([1])


def test_lines_of():
    assert lines_of("a\r\nb\n") == ["a", "b"]
    assert lines_of("a\n\n") == ["a", ""]


def test_are_columns():
    assert are_columns(["a a p0 -1.5", "a b p1 nan"], (4, 5))
    assert not are_columns(["some words are"], (3,))


def test_speaks_python():
    def draw():
        raise InputError("no rows")

    with pytest.raises(InputError, match="no rows"):
        speaks_python(draw, "draw")()


def test_card_of():
    assert card_of("run.csv") is None


def test_tags_as_classes():
    assert [x.code for x in tags_as_classes(["O", "B-PER", "I-PER"])] == ["MLS804"]
    assert tags_as_classes(["B-", "A"]) == []
