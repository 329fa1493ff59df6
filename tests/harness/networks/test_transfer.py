"""Weights lent by another run, in the four ways of the course."""

import numpy as np
import pytest

from mlstrat.errors import InputError, UsageError
from mlstrat.harness.networks.fit import fit_network, network_options

torch = pytest.importorskip("torch")


def fit(bars, labels=None, rows=slice(0, 100), path=None, **options):
    pictures, own = bars
    labels = own if labels is None else labels
    given = {"width": 0.05, "epochs": 3, "batch_size": 25, "learning_rate": 0.01, **options}
    return fit_network(
        "nin", network_options("nin", given), pictures[rows], labels[rows], pictures[100:],
        labels[100:], checkpoint=path,
    )  # fmt: skip


@pytest.fixture
def lent(bars, tmp_path):
    """A trained network, and the folder that it stands in."""
    folder = tmp_path / "lender"
    folder.mkdir()
    fitted = fit(bars, epochs=6)
    fitted.save(folder)
    return fitted, str(folder)


@pytest.fixture
def other_question(bars):
    """Is the bar in the first half?"""
    pictures, labels = bars
    profile = np.where((labels == "upright")[:, None], pictures.mean((1, 2)), pictures.mean((1, 3)))
    return np.where(profile.argmax(axis=1) < 6, "first half", "second half")


def changed(fitted, other):
    """Which of the convolutions are other than those of another network."""
    pairs = zip(fitted.members[0], other.members[0], strict=True)
    return [
        not torch.equal(mine.weight, theirs.weight)
        for mine, theirs in pairs
        if isinstance(mine, torch.nn.Conv2d)
    ]


@pytest.mark.parametrize(
    ("freeze", "trained"),
    [
        ("all", [False] * 8 + [True]),
        ("last", [False] * 7 + [True] * 2),
        ("fewer", [False] * 4 + [True] * 5),
        ("none", [True] * 9),
    ],
)
def test_the_four_ways(bars, lent, other_question, freeze, trained):
    network, folder = lent

    fitted = fit(bars, other_question, init_from=folder, freeze=freeze)

    assert changed(fitted, network) == trained
    assert fitted.classes == ("first half", "second half")


def test_frozen_norms_do_not_learn_the_new_pictures(bars, lent, other_question):
    network, folder = lent

    fitted = fit(bars, other_question, init_from=folder, freeze="all")

    for mine, theirs in zip(fitted.members[0], network.members[0], strict=True):
        if isinstance(mine, torch.nn.BatchNorm2d):
            assert torch.equal(mine.running_mean, theirs.running_mean)
    assert torch.equal(fitted.centre, network.centre)


def test_features_of_frozen_layers_are_kept_on_disk_and_change_nothing(
    bars, lent, other_question, tmp_path, monkeypatch
):
    _, folder = lent
    path = tmp_path / "checkpoint-1.safetensors"
    in_memory = fit(bars, other_question, init_from=folder, freeze="all")

    kept = fit(bars, other_question, init_from=folder, freeze="all", path=path)

    assert (tmp_path / "checkpoint-1-frozen.safetensors").exists()
    np.testing.assert_array_equal(kept.predict_proba(bars[0]), in_memory.predict_proba(bars[0]))

    def never(*_):
        raise AssertionError("computed again")

    path.unlink()
    with monkeypatch.context() as patched:
        patched.setattr("mlstrat.harness.networks.fitted.outputs", never)
        again = fit(bars, other_question, init_from=folder, freeze="all", path=path)
    np.testing.assert_array_equal(kept.predict_proba(bars[0]), again.predict_proba(bars[0]))


def test_frozen_layers_see_augmented_pictures_anew(bars, lent, other_question):
    network, folder = lent

    fitted = fit(bars, other_question, init_from=folder, freeze="last", augment=("crop",))

    assert changed(fitted, network) == [False] * 7 + [True] * 2


def test_only_a_network_of_the_same_layers_lends(bars, lent):
    _, folder = lent

    with pytest.raises(UsageError, match=r"has width 0\.05, this one 0\.1"):
        fit(bars, width=0.1, init_from=folder)
    with pytest.raises(UsageError, match="holds the network 'nin', not 'dense'"):
        fit_network(
            "dense", network_options("dense", {"init_from": folder}), bars[0], bars[1], bars[0],
            bars[1],
        )  # fmt: skip
    with pytest.raises(UsageError, match=r"has input \(1, 12, 12\), this one \(1, 16, 16\)"):
        padded = np.pad(bars[0], ((0, 0), (0, 0), (2, 2), (2, 2)))
        fit((padded, bars[1]), init_from=folder)


def test_a_folder_that_holds_no_weights(bars, tmp_path):
    with pytest.raises(InputError, match="no weights that mlstrat wrote") as caught:
        fit(bars, init_from=str(tmp_path))

    assert caught.value.file.endswith("model.safetensors")
