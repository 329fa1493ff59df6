"""What scikit-learn's `learning_curve` returns is a learning curve; its folds tell the spread."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mlstrat as ms

SIZES = np.array([40, 80, 160, 320])
TRAIN = np.repeat([[0.99], [0.985], [0.98], [0.97]], 5, axis=1)
TEST = np.array([[0.7], [0.78], [0.83], [0.86]]) + np.array([-0.02, -0.01, 0, 0.01, 0.02])


def test_scores_are_accuracies_and_times_are_not_looked_at():
    found = ms.curve((SIZES, TRAIN, TEST), target="10%")
    said = found.to_dict()
    assert [p["n"] for p in said["points"]] == SIZES.tolist()
    assert [p["dev"]["value"] for p in said["points"]] == pytest.approx([0.3, 0.22, 0.17, 0.14])
    assert [p["train"]["n"] for p in said["points"]] == SIZES.tolist()
    assert {p["runs"] for p in said["points"]} == {5}
    assert found.diagnosis == "variance"
    assert said["signature"]["inputs"][0]["path"] == "<learning_curve>"
    timed = ms.curve((SIZES, TRAIN, TEST, TEST, TEST), target="10%")
    assert timed.to_dict() == said
    lists = ms.curve((SIZES.tolist(), TRAIN.tolist(), TEST.tolist()), target="10%")
    assert lists.to_dict() == said


def test_errors_are_taken_as_such_where_that_is_said_and_doubted_where_not():
    said = ms.curve((SIZES, 1 - TRAIN, 1 - TEST), accuracies=False).to_dict()
    assert [p["dev"]["value"] for p in said["points"]] == pytest.approx([0.3, 0.22, 0.17, 0.14])
    doubted = ms.curve((SIZES, 1 - TRAIN, 1 - TEST), target="10%")
    (finding,) = [f for f in doubted.findings if f.code == "MLS610"]
    assert finding.evidence["flag"] == "--errors"
    assert doubted.reaches == "cannot_tell"


def test_folds_that_differ_more_make_wider_intervals_and_two_or_equal_ones_none():
    def width(test: np.ndarray) -> float:
        low, high = ms.curve((SIZES, TRAIN[:, : test.shape[1]], test)).to_dict()["points"][-1][
            "dev"
        ]["ci"]
        return high - low

    wide = TEST.mean(axis=1, keepdims=True) + 3 * (TEST - TEST.mean(axis=1, keepdims=True))
    assert width(wide) == pytest.approx(3 * width(TEST), rel=0.2)
    # s²/K with t of 4 degrees: 2.776 · √(0.00025 / 5), as Wilson's is nearly symmetric here.
    assert width(TEST) / 2 == pytest.approx(2.776 * (0.00025 / 5) ** 0.5, rel=0.25)
    equal = np.repeat(TEST[:, :1], 5, axis=1)
    for few in (TEST[:, :2], TEST[:, :1], equal):
        points = ms.curve((SIZES, TRAIN[:, : few.shape[1]], few)).to_dict()["points"]
        assert points[-1]["dev"]["ci"] is None


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ((SIZES[:3], TRAIN, TEST), "shapes (3,), (4, 5), (4, 5)"),
        ((SIZES, TRAIN[:, :3], TEST), "shapes (4,), (4, 3), (4, 5)"),
        ((SIZES, TRAIN[:, 0], TEST[:, 0]), "scores without folds"),
        ((SIZES, TRAIN, -TEST), "a test score of -0.68 at 40 examples, fold 1"),
        ((SIZES, np.where(SIZES[:, None] > 40, TRAIN, np.nan), TEST), "a train score of nan at 40"),
        ((SIZES / 400, TRAIN, TEST), "a train size that is not a whole number"),
        ((["a", "b"], TRAIN, TEST), "not numbers"),
        ((SIZES[:2], TRAIN[:2], TEST[:2]), "2 training sizes: 40, 80"),
    ],
)
def test_what_does_not_belong_together_is_refused(source, wanted):
    with pytest.raises(ms.InputError) as error:
        ms.curve(source)
    assert wanted in str(error.value)


def test_options_of_tables_do_not_apply():
    with pytest.raises(ms.UsageError, match="folds tell their own spread"):
        ms.curve((SIZES, TRAIN, TEST), dev_n=100)


def test_a_tuple_of_frames_is_still_runs():
    frame = pd.DataFrame({"split": ["train", "dev"] * 4, "label": list("aabb") * 2})
    runs = tuple(pd.concat([frame.assign(prediction="a")] * k) for k in (1, 2, 3))
    assert [p["n"] for p in ms.curve(runs).to_dict()["points"]] == [4, 8, 12]


def test_what_scikit_learn_returns_is_taken_as_it_comes():
    selection = pytest.importorskip("sklearn.model_selection")
    naive = pytest.importorskip("sklearn.naive_bayes")
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    x = rng.normal(size=(300, 5)) + y[:, None]
    came = selection.learning_curve(
        naive.GaussianNB(), x, y, cv=5, train_sizes=[0.1, 0.3, 0.6, 1.0], return_times=True
    )
    found = ms.curve(came, target="20%").to_dict()
    assert [p["n"] for p in found["points"]] == came[0].tolist()
    assert [p["dev"]["value"] for p in found["points"]] == pytest.approx(1 - came[2].mean(axis=1))
