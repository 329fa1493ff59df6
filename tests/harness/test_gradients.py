"""Gradients by lag: that they are derivatives, and what cells and clipping do to them."""

import numpy as np
import pytest

from mlstrat.errors import UsageError

torch = pytest.importorskip("torch")

from mlstrat.harness.datasets.sequences import copies  # noqa: E402
from mlstrat.harness.networks.torch_needed import one_thread  # noqa: E402
from mlstrat.harness.studies import gradients  # noqa: E402
from mlstrat.harness.studies.gradients import CELLS, gradient_norms  # noqa: E402

STEP = 1e-6


@pytest.fixture(scope="module")
def untrained():
    return {one.cell: one for one in gradient_norms(lags=(0, 1, 2, 5, 10, 20), steps=1)}


@pytest.mark.parametrize("cell", CELLS)
def test_norms_are_those_of_finite_differences(cell):
    """The state `lag` steps before the end is moved a little, and the rest is run again."""
    lags = (0, 1, 3)
    with one_thread(0):
        network = gradients._network(cell)
        shown, tokens = (torch.from_numpy(x) for x in copies(2, 4, 3, seed=0))
        found = gradients._norms(network, lags, tokens, shown)
        embedding, module, dense = (part.double() for part in network.parts)
        with torch.no_grad():
            expected = [
                np.mean([_norm(embedding, module, dense, tokens[k : k + 1], shown[k : k + 1], lag)
                         for k in range(2)])
                for lag in lags
            ]  # fmt: skip

    np.testing.assert_allclose(found, expected, rtol=1e-5)


def _norm(embedding, module, dense, tokens, shown, lag):
    inputs = embedding(tokens)
    upto = inputs.shape[1] - lag
    _, state = module(inputs[:, :upto])
    parts = state if isinstance(state, tuple) else (state,)
    squares = 0.0
    for part in parts:
        for place in range(part.numel()):
            losses = []
            for step in (STEP, -STEP):
                moved = [x.clone() for x in parts]
                moved[[x is part for x in parts].index(True)].view(-1)[place] += step
                end = tuple(moved) if isinstance(state, tuple) else moved[0]
                if lag:
                    _, end = module(inputs[:, upto:], end)
                last = end[0] if isinstance(end, tuple) else end
                losses.append(torch.nn.functional.cross_entropy(dense(last[-1]), shown).item())
            squares += ((losses[0] - losses[1]) / (2 * STEP)) ** 2
    return squares**0.5


def test_an_untrained_rnn_lets_the_gradient_vanish_and_gates_keep_more(untrained):
    shares = {cell: one.before[-1] / one.before[0] for cell, one in untrained.items()}

    assert shares["rnn"] < 1e-5
    assert min(shares["gru"], shares["lstm"]) > 1e-4
    assert shares["rnn_large"] > 1e-3


def test_it_falls_by_about_the_same_factor_a_step(untrained):
    norms = untrained["rnn"].before

    for start, end, steps in [(2, 3, 3), (3, 4, 5), (4, 5, 10)]:  # places of lags 2, 5, 10, 20
        assert 0.2 < (norms[end] / norms[start]) ** (1 / steps) < 0.6


def test_same_seed_same_figures_and_another_seed_others():
    one, again, other = (gradient_norms(["gru"], (0, 3), seed=s, steps=3) for s in (4, 4, 5))

    assert one == again
    assert one[0].before != other[0].before
    assert len(one[0].steps) == 3


def test_clipping_starts_from_the_same_network_and_shortens_what_is_too_long():
    free, held = (gradient_norms(["rnn"], (0, 3), clip=clip, steps=4)[0] for clip in (None, 1e-3))

    assert free.before == held.before
    assert free.steps[0] == held.steps[0] > 1e-3  # measured before it is clipped
    assert free.steps[1:] != held.steps[1:]
    assert max(held.steps) > 1e-3


def test_a_clip_that_nothing_reaches_changes_nothing():
    free, held = (gradient_norms(["rnn"], (0, 3), clip=clip, steps=4)[0] for clip in (None, 1e6))

    assert free.after == held.after


def test_a_token_just_before_the_end_is_learnt():
    (found,) = gradient_norms(["gru"], (0, 1), steps=60)

    assert found.error == 0


def test_progress_is_told_a_cell_at_a_time():
    told = []

    gradient_norms(["rnn", "gru"], (0, 2), clip=0.5, seed=3, steps=1, progress=told.append)

    assert [line.split(":")[0] for line in told] == [
        "rnn, seed 3, clipped at 0.5", "gru, seed 3, clipped at 0.5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"cells": ["gruu"]}, "no cell 'gruu'"),
        ({"lags": (1, 2)}, "the lags are"),
        ({"lags": (0, 5, 2)}, "the lags are"),
        ({"lags": (0,)}, "the lags are"),
        ({"clip": 0.0}, "clip is 0"),
    ],
)
def test_what_cannot_be_measured(given, message):
    with pytest.raises(UsageError, match=message):
        gradient_norms(**given)
