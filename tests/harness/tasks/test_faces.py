"""Drawn faces: boxes, points and answers are what is drawn, and what is blank costs nothing."""

import csv

import numpy as np
import pytest

import mlstrat as ms
from mlstrat.harness import find_recipe, train
from mlstrat.harness.datasets import source_of
from mlstrat.harness.datasets.shapes import SIDE

torch = pytest.importorskip("torch")

from mlstrat.harness.tasks.faces import HEADS, SQUARES, loss_of, network  # noqa: E402


def faces(recipe, n, seed=0):
    draw = source_of(find_recipe(recipe).dataset).draw
    random = np.random.default_rng(seed)
    return [draw(random, False) for _ in range(n)]


def rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_a_box_holds_what_is_bright_and_a_third_of_pictures_have_none():
    drawn = faces("localise_faces", 400)
    for face in drawn[:50]:
        x, y, w, h = face.box
        across, down = np.meshgrid(np.arange(SIDE) + 0.5, np.arange(SIDE) + 0.5)
        inside = ((across - x) / w) ** 2 + ((down - y) / h) ** 2 < 0.2
        beside = (np.abs(across - x) > w) | (np.abs(down - y) > h)
        assert face.picture[0][inside].mean() > face.picture[0][beside].mean() + 0.1
        right = HEADS["localisation"].right(face)
        assert np.isnan(right[1:]).all() if not face.there else right[2:] == pytest.approx(
            np.array([x, y, h, w]) / SIDE)  # fmt: skip
    assert np.mean([not x.there for x in drawn]) == pytest.approx(0.3, abs=0.06)


def test_points_stand_on_eyes_and_mouth():
    drawn = faces("landmarks_faces", 200)
    points = np.array([x.points for x in drawn])
    assert (points[:, 0, 0] < points[:, 1, 0]).all()
    assert (points[:, 2:, 1] > points[:, :2, 1] + 4).all()

    # Around an eye it is now white, now black: more uneven than on the forehead above.
    def uneven(face, up):
        x, y = face.points[0].round().astype(int)
        return face.picture[0, y - 2 - up : y + 2 - up, x - 2 : x + 3].std()

    apart = [uneven(x, 0) - uneven(x, 5) for x in drawn if not x.answers[2]]  # without a hat
    assert np.mean(np.array(apart) > 0) > 0.9


def test_what_nobody_answered_costs_nothing():
    blank = torch.tensor([[1.0, torch.nan, 0.2], [0.0, torch.nan, torch.nan]])
    said = torch.tensor([[0.0, 5.0, 0.4], [0.0, -5.0, 9.0]], requires_grad=True)
    loss = loss_of(2)(said, blank)
    loss.backward()

    assert float(loss.detach()) == pytest.approx(np.log(2) + SQUARES * 0.2**2 / 2)
    assert (said.grad != 0).tolist() == [[True, False, True], [True, False, False]]


def test_networks_apart_share_nothing():
    one, three = (network(3, 0.5, shared=shared) for shared in (True, False))
    pictures = torch.ones(2, 1, SIDE, SIDE)
    assert one(pictures).shape == three(pictures).shape == (2, 3)
    three(pictures)[:, 1].sum().backward()
    touched = [any(bool(x.grad.any()) for x in part.parameters()) for part in three.parts]
    assert touched == [False, True, False]


def test_a_box_is_told_as_in_the_course_and_nothing_of_it_where_there_is_no_face(folder_of):
    folder = folder_of("localise_faces")
    truth, said = rows(folder / "dev.truth.csv"), rows(folder / "dev.csv")
    assert list(truth[0]) == list(said[0]) == ["id", "pc", "bx", "by", "bh", "bw", "c"]
    assert {x["c"] for x in truth if x["pc"] == "0"} == {""}
    assert all(0 < float(x["bx"]) < 1 for x in truth if x["pc"] == "1")
    tags = {x["tag"] for x in ms.error_table(folder).to_dict()["categories"] if x["count"]}
    assert {"loose box", "missed", "phantom"} <= tags


def test_half_of_the_answers_are_blank_and_left_out(folder_of):
    folder = folder_of("multitask_faces")
    cells = [row[key] for row in rows(folder / "train.csv") for key in row if key[:5] == "label"]
    assert cells.count("") / len(cells) == pytest.approx(0.5, abs=0.05)
    found = ms.diagnose(folder)
    assert "MLS801" in {x.code for x in found.findings}


def test_points_are_told_in_pixels_and_each_is_a_kind_of_error(folder_of):
    found = ms.diagnose(folder_of("landmarks_faces")).to_dict()
    kinds = {x["category"] for x in found["splits"]["dev"]["categories"]}
    assert {"left_eye", "right_eye", "left_mouth", "right_mouth"} <= kinds
    nme = next(x["value"] for x in found["splits"]["dev"]["beside"] if x["metric"] == "nme")
    assert 0 < nme < 0.1


def test_a_network_for_each_question_is_a_knob():
    apart = train("multitask_faces", knobs={"shared": False, "n": 20, "epochs": 1})
    shared = train("multitask_faces", knobs={"n": 20, "epochs": 1})
    assert apart.notes["parameters"] > 4 * shared.notes["parameters"]
