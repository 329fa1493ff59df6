"""Pictures and signals that are drawn: the same by seed, and what they promise."""

import numpy as np
import pytest

from mlstrat.harness.datasets import load_examples
from mlstrat.harness.datasets.digit_pictures import PASTED, TRAINED_WRITERS, draw_cluttered
from mlstrat.harness.datasets.glyphs import ALPHABET, FONTS, posterior_error
from mlstrat.harness.datasets.shapes import QUESTIONS, draw_faces
from mlstrat.harness.datasets.signals import squares_error
from mlstrat.harness.recipes.recipe import Dataset

LETTERS = {"side": 16, "characters": "CDGOQ", "blur": 0.08, "noise": 0.35}
DRAWN = {
    "glyphs": ({"side": 16, "printed": 20}, (1, 16, 16)),
    "blurred_glyphs": (LETTERS, (1, 16, 16)),
    "heartbeats": ({"wearable": 20}, (1, 128)),
    "moving_squares": ({"noise": 0.7}, (1, 8, 16, 16)),
}


def load(name, rows=60, seed=0, **options):
    return load_examples(Dataset(name, "", rows, options={**DRAWN[name][0], **options}), seed)


@pytest.mark.parametrize("name", DRAWN)
def test_shapes_and_seeds(name):
    once, again, other = load(name), load(name), load(name, seed=1)

    assert once.features.shape == (60, *DRAWN[name][1])
    assert once.features.dtype == np.float32
    np.testing.assert_array_equal(once.features, again.features)
    np.testing.assert_array_equal(once.labels, again.labels)
    assert not np.array_equal(once.features, other.features)


@pytest.mark.parametrize("name", DRAWN)
def test_the_first_examples_stay_when_more_are_asked_for(name):
    few, more = load(name), load(name, rows=90)

    np.testing.assert_array_equal(more.features[:60], few.features)
    np.testing.assert_array_equal(more.labels[:60], few.labels)


def test_letters_come_from_the_fonts_of_their_source():
    examples = load("glyphs", rows=600, printed=200)

    assert (examples.sources == np.repeat(["TeX", "DejaVu"], [200, 400])).all()
    for source, families in FONTS.items():
        assert set(examples.slices["family"][examples.sources == source]) == set(families)
    assert set(examples.labels) == set(ALPHABET)


def test_without_a_target_there_is_one_source():
    assert load("glyphs", printed=0).sources is None
    assert load("heartbeats", wearable=0).sources is None


def test_the_bayes_error_of_two_pictures_is_the_normal_tail():
    """Two deviations apart: Φ(−1) = 0.1587; three pictures in a row: 2/3 · 2 · Φ(−1)."""
    row = np.array([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]])

    assert posterior_error(row[:2], 1.0, 400_000) == pytest.approx(0.1587, abs=0.002)
    assert posterior_error(row, 1.0, 400_000) == pytest.approx(4 / 3 * 0.1587, abs=0.002)
    assert posterior_error(row, 0.05, 20_000) == 0


def test_no_rule_beats_the_known_error_of_blurred_letters():
    """The best rule, which knows the letters, errs as often as the data set says."""
    examples = load("blurred_glyphs", rows=20_000)
    x = examples.features.reshape(len(examples), -1).astype(np.float64)
    names = np.array(sorted(set(examples.labels)))
    means = np.stack([x[examples.labels == name].mean(axis=0) for name in names])

    # Means of thousands of examples stand for the letters themselves.
    called = names[(x @ means.T - (means**2).sum(axis=1) / 2).argmax(axis=1)]

    assert examples.human.known
    assert 0.15 < examples.human.error < 0.35
    assert (called != examples.labels).mean() == pytest.approx(examples.human.error, abs=0.012)


def test_the_bayes_error_of_moving_squares_grows_with_the_noise():
    errors = [squares_error(noise, 2_000) for noise in (0.7, 2.0, 30.0)]

    assert errors[0] == 0
    assert errors[0] < errors[1] < errors[2]
    assert errors[2] == pytest.approx(3 / 4, abs=0.05)  # nothing is left but guessing


def test_no_frame_alone_tells_where_a_square_goes():
    examples = load("moving_squares", rows=4_000, noise=0.01)
    first = examples.features[:, 0, 0]
    means = [first[examples.labels == name].mean(axis=0) for name in set(examples.labels)]

    # 256 places, 1,000 squares of 16 pixels a direction: each mean is 1/16, ± 0.008.
    assert np.ptp(np.stack(means), axis=0).max() < 0.06


def test_digits_in_clutter_are_where_their_boxes_are():
    drawn = draw_cluttered(40, held=10, seed=0)
    digits = load_examples(Dataset("digits", "", 1797), 0)

    for picture, (top, left, high, wide), row in zip(
        drawn.pictures[:, 0], drawn.boxes, drawn.digits, strict=True
    ):
        assert (high, wide) == (PASTED, PASTED)
        inside = picture[top : top + high, left : left + wide]
        expected = digits.features[row].reshape(8, 8).repeat(2, axis=0).repeat(2, axis=1)
        np.testing.assert_allclose(inside, expected, atol=1e-6)
        assert picture.sum() > inside.sum()
    assert (drawn.labels == digits.labels[drawn.digits]).all()


def test_no_digit_is_both_trained_on_and_held_out():
    drawn = draw_cluttered(200, held=100, seed=0)

    assert drawn.digits[:100].min() >= TRAINED_WRITERS
    assert drawn.digits[100:].max() < TRAINED_WRITERS


def test_digits_are_enlarged_pixel_by_pixel():
    examples = load_examples(Dataset("digit_pictures", "", 1797, options={"side": 32}), 0)

    assert examples.features.shape == (1797, 1, 32, 32)
    assert set(examples.slices) == {"third", "ink"}
    np.testing.assert_array_equal(examples.features[5, 0, ::4, ::4].max(), 1)


def test_faces_have_independent_answers():
    faces = draw_faces(1_000, 0)

    assert faces.pictures.shape == (1_000, 1, 32, 32)
    np.testing.assert_allclose(faces.answers.mean(axis=0), 0.5, atol=0.06)
    assert np.abs(np.corrcoef(faces.answers.T) - np.eye(len(QUESTIONS))).max() < 0.12


def test_each_answer_can_be_seen_in_the_face():
    faces = draw_faces(2_000, 0)

    for column in range(len(QUESTIONS)):
        yes = faces.answers[:, column] > 0
        apart = faces.pictures[yes].mean(axis=0) - faces.pictures[~yes].mean(axis=0)
        assert np.abs(apart).max() > 0.05  # ten deviations of the mean of 1,000 noisy pixels
