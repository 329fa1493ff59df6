"""Several answers from one network; what nobody answered costs nothing."""

import numpy as np
import pytest

from mlstrat.errors import UsageError
from mlstrat.harness.networks.multitask import answered as probabilities
from mlstrat.harness.networks.multitask import fit_multitask, masked_logistic, masked_squares
from mlstrat.harness.networks.options import NetworkOptions

torch = pytest.importorskip("torch")

UNKNOWN = float("nan")


def logistic(share, answer):
    return -np.log(share if answer else 1 - share)


def test_k2_the_loss_is_a_sum_of_logistic_losses():
    """Course C3W2, multi-task learning: pedestrian, car, stop sign, traffic light = 0 1 1 0."""
    shares = np.array([[0.1, 0.8, 0.6, 0.3], [0.5, 0.5, 0.9, 0.2]])
    answers = np.array([[0, 1, 1, 0], [1, 0, 1, 0]])
    outputs = torch.tensor(np.log(shares / (1 - shares)))

    loss = masked_logistic(outputs, torch.tensor(answers, dtype=torch.double)).item()

    terms = [logistic(s, a) for s, a in zip(shares.ravel(), answers.ravel(), strict=True)]
    assert loss == pytest.approx(sum(terms) / 2)  # 1/m, m = 2 examples


def test_k2_a_question_mark_is_skipped():
    """Quiz of the course: y = [0 ? 1 1 ?] is usable, with three of five terms."""
    shares = np.array([[0.2, 0.7, 0.6, 0.9, 0.4]])
    answers = torch.tensor([[0, UNKNOWN, 1, 1, UNKNOWN]], dtype=torch.double)
    outputs = torch.tensor(np.log(shares / (1 - shares)), requires_grad=True)

    loss = masked_logistic(outputs, answers)
    loss.backward()

    assert loss.item() == pytest.approx(logistic(0.2, 0) + logistic(0.6, 1) + logistic(0.9, 1))
    assert outputs.grad[0].isfinite().all()
    assert (outputs.grad[0] == 0).tolist() == [False, True, False, False, True]


def test_k2_several_outputs_may_be_yes_at_once():
    """Sigmoid, not softmax: the gradient of one output does not depend on the others."""
    answers = torch.tensor([[1.0, 1.0, 0.0]])
    outputs = torch.tensor([[5.0, 5.0, -5.0]])

    assert masked_logistic(outputs, answers).item() < 0.03


def test_squares_skip_what_is_missing():
    values = torch.tensor([[1.0, UNKNOWN], [0.0, 2.0]])

    assert masked_squares(torch.tensor([[3.0, 9.0], [0.0, 1.0]]), values).item() == (4 + 1) / 2


@pytest.fixture
def answered(bars):
    """Two questions: upright? in the first half? A third of the answers is missing."""
    pictures, labels = bars
    upright = labels == "upright"
    profile = np.where(upright[:, None], pictures.mean((1, 2)), pictures.mean((1, 3)))
    answers = np.stack([upright, profile.argmax(axis=1) < 6], axis=1).astype(np.float32)
    known = answers.copy()
    known[np.random.default_rng(0).random(answers.shape) < 1 / 3] = np.nan
    return pictures, known, answers


def fit(answered, **given):
    pictures, known, answers = answered
    options = NetworkOptions(epochs=15, batch_size=20, learning_rate=0.01)
    return fit_multitask(
        "dense", options, pictures[:160], known[:160], pictures[160:], answers[160:],
        **{"names": ("upright", "first half"), **given},
    )  # fmt: skip


def test_one_network_answers_two_questions(answered):
    fitted = fit(answered)

    shares = probabilities(fitted, answered[0][160:])

    assert fitted.classes == ("upright", "first half")
    assert shares.shape == (40, 2)
    assert ((shares > 0.5) == answered[2][160:]).mean() > 0.85
    np.testing.assert_array_equal(shares, probabilities(fit(answered), answered[0][160:]))


def test_bad_answers(answered):
    pictures, known, answers = answered
    silent = known.copy()
    silent[:, 1] = np.nan

    with pytest.raises(UsageError, match="nobody answered 'first half'"):
        fit((pictures, silent, answers))
    with pytest.raises(UsageError, match=r"answers of shape \(160, 2\)"):
        fit(answered, names=("one",))
