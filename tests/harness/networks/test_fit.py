"""Training: what it learns, that it repeats itself, and what its options do."""

import numpy as np
import pytest

from mlstrat.errors import UsageError
from mlstrat.harness.networks.fit import fit_network, network_options

torch = pytest.importorskip("torch")


def fit(bars, seed=0, rows=slice(0, 120), architecture="lenet5", told=None, **options):
    pictures, labels = bars
    given = {"epochs": 4, "width": 0.5, "batch_size": 20, "learning_rate": 0.01, **options}
    return fit_network(
        architecture, network_options(architecture, given), enlarged(pictures[rows]), labels[rows],
        enlarged(pictures[120:]), labels[120:], seed=seed,
        progress=None if told is None else told.append,
    )  # fmt: skip


def enlarged(pictures):
    """LeNet-5 wants room for two convolutions."""
    return np.pad(pictures, ((0, 0), (0, 0), (2, 2), (2, 2)))


def error(fitted, bars):
    pictures, labels = bars
    shares = fitted.predict_proba(enlarged(pictures[120:]))
    return (np.array(fitted.classes)[shares.argmax(axis=1)] != labels[120:]).mean()


def weights(fitted):
    return [w.numpy().copy() for m in fitted.members for w in m.state_dict().values()]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


def test_it_learns_what_can_be_learnt(bars):
    fitted = fit(bars, epochs=8)

    assert error(fitted, bars) < 0.05
    assert fitted.classes == ("lying", "upright")
    shares = fitted.predict_proba(enlarged(bars[0][:7]))
    assert shares.shape == (7, 2)
    assert shares.dtype == np.float64
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_same_seed_same_weights_and_another_seed_others(bars):
    assert same(fit(bars), fit(bars))
    assert not same(fit(bars), fit(bars, seed=1))


@pytest.mark.parametrize(
    "options",
    [
        {"dropout": 0.5}, {"augment": ("crop", "rotate")}, {"early_stopping": 1},
        {"optimizer": "momentum", "decay": "cosine"}, {"optimizer": "rmsprop", "l2": 0.01},
    ],
    ids=str,
)  # fmt: skip
def test_options_repeat_themselves_and_change_what_is_learnt(bars, options):
    base = fit(bars, early_stopping=0)
    changed = fit(bars, **options)

    assert same(changed, fit(bars, **options))
    if "early_stopping" not in options:
        assert not same(base, changed)


def test_the_callers_generator_and_threads_are_left_alone(bars):
    torch.manual_seed(5)
    before, threads = torch.get_rng_state(), torch.get_num_threads()

    fit(bars, epochs=1)

    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


def test_progress_is_a_line_an_epoch(bars):
    told = []

    fit(bars, epochs=3, told=told)

    assert [line.partition(":")[0] for line in told] == [f"epoch {k} of 3" for k in (1, 2, 3)]
    assert all("train loss" in line and "dev loss" in line and "s left" in line for line in told)


def test_l2_shortens_the_weights(bars):
    def length(fitted):
        return sum((w**2).sum() for w in weights(fitted) if w.ndim > 1)

    assert length(fit(bars, l2=0.1)) < 0.7 * length(fit(bars))


def test_gradients_are_clipped(bars):
    """With plain descent no step is longer than rate × clip."""
    start = fit(bars, epochs=1, optimizer="sgd", learning_rate=1e-9)
    moved = fit(bars, epochs=1, optimizer="sgd", learning_rate=1.0, clip=1e-3)
    steps = 120 // 20

    longest = np.sqrt(sum(((a - b) ** 2).sum() for a, b in
                          zip(weights(start), weights(moved), strict=True)))  # fmt: skip
    assert 0 < longest <= steps * 1e-3 * 1.01


def test_early_stopping_takes_the_best_epoch(bars):
    pictures, labels = bars
    guessing = np.random.default_rng(0).permutation(labels)  # what is learnt by heart helps nobody
    fitted = fit((pictures, guessing), epochs=30, early_stopping=2, rows=slice(0, 40))

    assert fitted.notes["epochs"] < 30
    assert fitted.notes["best_epoch"] == fitted.notes["epochs"] - 2


def test_class_weights_make_rare_classes_count(bars):
    pictures, labels = bars
    rare = np.r_[np.flatnonzero(labels[:120] == "lying"), np.flatnonzero(labels == "upright")[:6]]

    plain = fit(bars, rows=rare, epochs=2, batch_size=8)
    weighed = fit(bars, rows=rare, epochs=2, batch_size=8, class_weights=True)

    def upright(fitted):
        return fitted.predict_proba(enlarged(pictures[120:]))[:, 1].mean()

    assert upright(weighed) > upright(plain) + 0.05


def test_an_ensemble_averages_networks_of_other_seeds(bars):
    both = fit(bars, ensemble=2)
    first, pictures = fit(bars), enlarged(bars[0][120:])

    assert both.notes["inference_cost"] == 2
    assert both.notes["multiply_adds"] == 2 * first.notes["multiply_adds"]
    assert both.size_bytes == 2 * first.size_bytes - 8  # mean and deviation are stored once
    one, other = (type(both)(**{**vars(both), "members": [m]}) for m in both.members)
    assert same(one, first)
    assert not same(one, other)
    np.testing.assert_allclose(
        both.predict_proba(pictures),
        (one.predict_proba(pictures) + other.predict_proba(pictures)) / 2,
    )


@pytest.mark.parametrize("crops", [5, 9, 10])
def test_crops_average_shifted_copies(bars, crops):
    fitted, plain = fit(bars, crops=crops), fit(bars)
    pictures = enlarged(bars[0][120:])

    assert same(fitted, plain)  # only prediction differs
    assert fitted.notes["inference_cost"] == crops
    assert not np.allclose(fitted.predict_proba(pictures), plain.predict_proba(pictures))


def test_a_last_batch_of_one_example_joins_the_one_before(bars):
    """Batch norm has no variance of one example."""
    none = bars[0][:0].reshape(0, 1, 144), bars[1][:0]
    fitted = fit_network(
        "dense", network_options("dense", {"epochs": 1, "batch_size": 20, "batch_norm": True}),
        bars[0][:41].reshape(41, 144), bars[1][:41], none[0].reshape(0, 144), none[1],
    )  # fmt: skip

    assert fitted.notes["epochs"] == 1


def test_dev_may_hold_a_class_that_train_does_not(bars):
    pictures, labels = bars
    others = labels.astype("<U9").copy()
    others[150:] = "slanting"

    fitted = fit((pictures, others), epochs=1, early_stopping=1)

    assert fitted.classes == ("lying", "upright")


@pytest.mark.parametrize("architecture", ["conv1d", "conv3d", "dense"])
def test_other_shapes_than_pictures(bars, architecture):
    pictures, labels = bars
    shape = {"conv1d": (1, 144), "conv3d": (1, 4, 6, 6), "dense": (144,)}[architecture]
    features = pictures.reshape(200, *shape)

    fitted = fit_network(
        architecture, network_options(architecture, {"epochs": 2}), features[:150], labels[:150],
        features[150:], labels[150:],
    )  # fmt: skip

    assert fitted.predict_proba(features[150:]).shape == (50, 2)


def test_examples_of_the_wrong_kind_are_refused(bars):
    pictures, labels = bars
    options = network_options("conv3d", {})

    with pytest.raises(UsageError, match="conv3d reads examples of 4 axes, and these have 3"):
        fit_network("conv3d", options, pictures, labels, pictures, labels)
    with pytest.raises(UsageError, match="does not fit a side of"):
        fit_network("lenet5", network_options("lenet5", {}), pictures[..., :6, :6], labels,
                    pictures, labels)  # fmt: skip
    with pytest.raises(UsageError, match="1 examples to train on"):
        fit_network("lenet5", network_options("lenet5", {}), pictures[:1], labels[:1],
                    pictures, labels)  # fmt: skip


def test_features_with_holes_are_refused(bars):
    pictures = enlarged(bars[0])
    pictures[3, 0, 2, 2] = np.nan

    with pytest.raises(UsageError, match="not finite numbers") as caught:
        fit_network("lenet5", network_options("lenet5", {}), pictures, bars[1], pictures, bars[1])

    assert "impute" in caught.value.hint
