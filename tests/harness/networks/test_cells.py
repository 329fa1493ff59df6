"""Recurrent cells: their gradients, their parameters, and that padding is not read."""

import math

import numpy as np
import pytest

from mlstrat.errors import UsageError
from mlstrat.harness.networks.architectures import ROWS, describe_network, find_network, scaled
from mlstrat.harness.networks.convolutional import Scale
from mlstrat.harness.networks.fit import fit_network, network_options

torch = pytest.importorskip("torch")

from mlstrat.harness.networks.build import (  # noqa: E402
    build,
    lengths_of,
    new_cell,
)
from mlstrat.harness.networks.torch_needed import one_thread  # noqa: E402

NETWORKS = [(name, depth) for name in ROWS for depth in (1, 2)]
STEP = 1e-6


@pytest.fixture(autouse=True)
def _one_thread():
    with one_thread():
        yield


def small(name, depth=1, steps=5, units=2):
    """Return a network of few weights, in double precision."""
    scale = Scale((steps,), 3, width=units / 32, depth=depth, tokens=6)
    torch.manual_seed(0)
    return build(find_network(name).layers(scale), scale.input).double()


@pytest.mark.parametrize(("name", "depth"), NETWORKS)
def test_gradients_agree_with_finite_differences(name, depth):
    network = small(name, depth)
    # One sequence ends in padding, so that this way through the cells is held, too.
    tokens, answers = torch.tensor([[1, 2, 3, 4, 5], [5, 3, 1, 0, 0]]), torch.tensor([2, 0])

    def loss():
        return torch.nn.functional.cross_entropy(network(tokens), answers)

    loss().backward()
    for part in network.parameters():
        expected = torch.empty_like(part).flatten()
        flat = part.data.view(-1)
        for place in range(len(flat)):
            value = flat[place].item()
            with torch.no_grad():
                flat[place] = value + STEP
                above = loss()
                flat[place] = value - STEP
                below = loss()
                flat[place] = value
            expected[place] = (above - below) / (2 * STEP)
        found = part.grad.flatten()
        if part is network[0].weight:  # of the embedding; padding stays a vector of zeros
            assert not found[:2].any()
            expected[:2] = 0
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-8)
        assert found.any()


@pytest.mark.parametrize(("name", "depth"), [(name, depth) for name in ROWS for depth in (1, 3)])
def test_parameters_are_those_that_pytorch_counts(name, depth):
    scale = scaled(find_network(name).scale, depth=depth)
    network = build(find_network(name).layers(scale), scale.input, device="meta")

    counted = sum(part.numel() for part in network.parameters())

    assert describe_network(name, scale=scale).parameters == counted


def test_a_cell_by_hand():
    """An LSTM of 32 units on vectors of 32: 4 gates of 32 · (32 + 32 + 2) weights and biases."""
    table = describe_network("lstm", scale=Scale((24,), 4, depth=1, tokens=10))
    embedding, cell, dense = table.rows

    assert (embedding.parameters, cell.parameters, dense.parameters) == (320, 8448, 132)
    assert cell.multiply_adds == 24 * 4 * 32 * (32 + 32)
    assert (embedding.output, cell.output, dense.output) == ((24, 32), (32,), (4,))
    assert (embedding.field, cell.field) == ((1,), None)  # one token; the whole sequence


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_each_direction_has_weights_of_its_own(cell):
    one = describe_network(cell).rows[1]
    both = describe_network(f"bi{cell}").rows[1]
    network = small(f"bi{cell}")
    forward, backward = (
        getattr(network[1].parts[0], name) for name in ("weight_hh_l0", "weight_hh_l0_reverse")
    )

    assert both.parameters == 2 * one.parameters
    assert both.output == (2 * one.output[0],)
    assert not torch.equal(forward, backward)


def test_a_deep_network_reads_the_states_below():
    rows = describe_network("bigru", scale=scaled(ROWS["bigru"].scale, depth=3)).rows

    assert [row.output for row in rows] == [(24, 32), (24, 64), (24, 64), (64,), (4,)]


@pytest.mark.parametrize(("name", "depth"), NETWORKS)
def test_padding_does_not_change_what_comes_out(name, depth):
    network = small(name, depth, units=4)
    tokens = torch.tensor([[3, 1, 4, 1, 5], [2, 5, 0, 0, 0], [4, 0, 0, 0, 0]])
    padded = torch.nn.functional.pad(tokens, (0, 7))
    alone = [network(row[row > 0][None]) for row in tokens]

    torch.testing.assert_close(network(tokens), torch.cat(alone))
    torch.testing.assert_close(network(padded), network(tokens))


def test_padding_does_not_change_a_prediction():
    tokens, labels = sequences()
    fitted = fit(tokens, labels)

    shares = fitted.predict_proba(tokens[:20])

    np.testing.assert_allclose(
        fitted.predict_proba(np.pad(tokens[:20], ((0, 0), (0, 9)))), shares, atol=1e-6
    )
    np.testing.assert_allclose(fitted.predict_proba(tokens[3:4]), shares[3:4], atol=1e-6)


def test_the_length_is_that_before_padding():
    vectors = torch.zeros(3, 4, 2)
    vectors[0, :2, 0] = 1.0
    vectors[1, 3, 1] = -1.0  # zeros before something are read

    assert lengths_of(vectors).tolist() == [2, 4, 1]


def test_the_forget_gate_of_an_lstm_starts_open():
    cell = new_cell("lstm", 3, 2, bidirectional=True)
    gates = [
        (getattr(cell, f"bias_ih_l0{way}") + getattr(cell, f"bias_hh_l0{way}"))[2:4]
        for way in ("", "_reverse")
    ]

    assert all(gate.tolist() == [1.0, 1.0] for gate in gates)
    assert math.isclose(1 / (1 + math.exp(-1.0)), 0.73, abs_tol=0.005)


@pytest.mark.parametrize("name", ROWS)
def test_same_seed_same_weights_and_another_seed_others(name):
    tokens, labels = sequences()
    one, again, other = (fit(tokens, labels, name, seed) for seed in (1, 1, 2))

    shares = one.predict_proba(tokens)

    assert np.array_equal(shares, again.predict_proba(tokens))
    assert not np.allclose(shares, other.predict_proba(tokens), atol=1e-3)


@pytest.mark.parametrize("name", ROWS)
def test_it_learns_the_order_of_two_tokens(name):
    """Which of two came first: a bag of tokens cannot tell."""
    tokens, labels = sequences()
    fitted = fit(tokens[:300], labels[:300], name, epochs=12)

    shares = fitted.predict_proba(tokens[300:])

    assert (np.array(fitted.classes)[shares.argmax(axis=1)] != labels[300:]).mean() < 0.05


def test_what_was_saved_predicts_the_same(tmp_path):
    from mlstrat.harness.networks.fitted import load_network

    tokens, labels = sequences()
    fitted = fit(tokens, labels, "bilstm", depth=2, dropout=0.2)
    fitted.save(tmp_path)

    again = load_network(tmp_path).predict_proba(tokens)

    np.testing.assert_array_equal(again, fitted.predict_proba(tokens))


@pytest.mark.parametrize("name", ROWS)
def test_what_is_no_sequence_of_tokens_is_refused(name):
    tokens, labels = sequences()

    with pytest.raises(UsageError, match=f"{name} reads sequences of tokens"):
        fit(tokens.astype(float), labels, name)


def sequences():
    """Return 400 sequences of 3 to 8 tokens with one 1 and one 2, and which came first."""
    random = np.random.default_rng(0)
    tokens = np.zeros((400, 8), dtype=np.int64)
    labels = []
    for row in tokens:
        length = random.integers(3, 9)
        row[:length] = random.integers(3, 6, length)
        first, second = sorted(random.permutation(length)[:2])
        one_first = random.random() < 0.5
        row[first], row[second] = (1, 2) if one_first else (2, 1)
        labels.append("one" if one_first else "two")
    return tokens, np.array(labels)


def fit(tokens, labels, name="gru", seed=0, **options):
    given = {"epochs": 2, "width": 0.5, "learning_rate": 0.02, **options}
    return fit_network(
        name, network_options(name, given), tokens, labels, tokens[:5], labels[:5], seed=seed
    )
