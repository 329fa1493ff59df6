"""Pictures changed a little: each change does what its name says, and repeats by its seed."""

import threading

import numpy as np
import pytest

from mlstrat.harness.networks.loop import Task, train_network
from mlstrat.harness.networks.options import AUGMENTATIONS, NetworkOptions, build_augmentation

torch = pytest.importorskip("torch")


@pytest.fixture
def pictures():
    """Return 40 pictures of 16×16 in three channels, with a spot away from the middle."""
    random = torch.Generator().manual_seed(0)
    out = 0.2 + 0.1 * torch.rand((40, 3, 16, 16), generator=random)
    out[:, :, 3:6, 10:13] += 0.5
    return out


def changed(pictures, *names, seed=0):
    return build_augmentation(names, pictures)(pictures, np.random.default_rng(seed))


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_every_change_is_one_and_repeats_itself(pictures, name):
    once, again, other = (changed(pictures, name, seed=s) for s in (3, 3, 4))

    assert once.shape == pictures.shape
    assert once.dtype == torch.float32
    assert torch.equal(once, again)
    assert not torch.allclose(once, other)
    assert not torch.allclose(once, pictures)
    assert 0 <= once.min() <= once.max() <= 1


def test_mirroring_turns_about_half_the_pictures_around(pictures):
    out = changed(pictures, "mirror")

    kept = [torch.allclose(a, b, atol=1e-5) for a, b in zip(out, pictures, strict=True)]
    turned = [torch.allclose(a, b.flip(-1), atol=1e-5) for a, b in zip(out, pictures, strict=True)]
    assert [k != t for k, t in zip(kept, turned, strict=True)] == [True] * 40
    assert 10 <= sum(turned) <= 30


def test_a_crop_moves_by_whole_pixels_and_is_black_beyond_the_edge(pictures):
    out = changed(pictures, "crop")

    for before, after in zip(pictures, out, strict=True):
        fits = [
            (y, x)
            for y in range(-2, 3)
            for x in range(-2, 3)
            if torch.allclose(shifted(before, y, x), after, atol=1e-5)
        ]
        assert len(fits) == 1
    assert (out == 0).any()


def shifted(picture, y, x):
    """Return what lies y below and x right of each pixel."""
    framed = torch.nn.functional.pad(picture, (2, 2, 2, 2))
    return framed[:, 2 + y : 18 + y, 2 + x : 18 + x]


@pytest.mark.parametrize("name", ["rotate", "shear"])
def test_turning_and_slanting_keep_the_middle_and_most_of_the_light(pictures, name):
    flat = torch.zeros_like(pictures)
    flat[:, :, 6:10, 6:10] = 1

    out = changed(flat, name)

    assert (out[:, :, 7:9, 7:9] > 0.9).all()
    np.testing.assert_allclose(out.sum((1, 2, 3)), flat.sum((1, 2, 3)), rtol=0.1)


def test_a_shift_of_colour_is_one_number_a_channel(pictures):
    out = changed(pictures, "colour")
    shift = (out - pictures).flatten(2)

    inside = (out > 0).flatten(2).all(2) & (out < 1).flatten(2).all(2)
    assert inside.sum() > 60
    np.testing.assert_allclose(shift.std(dim=2)[inside], 0, atol=1e-6)
    assert len(np.unique(np.round(shift.mean(dim=2)[inside].numpy(), 5))) > 30


def test_the_pca_variant_shifts_along_the_colours_that_vary():
    """Pictures that vary only from black to white change all channels alike."""
    random = torch.Generator().manual_seed(0)
    grey = 0.3 + 0.4 * torch.rand((200, 1, 8, 8), generator=random).expand(-1, 3, -1, -1)

    out = build_augmentation(("pca",), grey)(grey, np.random.default_rng(0))

    shift = (out - grey).mean((2, 3))
    np.testing.assert_allclose(shift, shift[:, :1].expand(-1, 3), atol=1e-6)
    # A tenth of the deviation along the one component, 0.4 / √12 · √3; 1/√3 of it a channel.
    assert shift.std().item() == pytest.approx(0.4 / 12**0.5 * 0.1, rel=0.25)


def test_pictures_are_changed_in_another_thread_while_training_goes_on():
    order, main = [], threading.get_ident()

    def prepare(batch, _):
        order.append(("prepared", threading.get_ident() != main))
        return batch

    module = torch.nn.Linear(2, 2)
    task = Task(module, lost(order), torch.rand(6, 2), torch.zeros(6, dtype=torch.long),
                prepare=prepare)  # fmt: skip

    train_network(task, NetworkOptions(epochs=1, batch_size=2), seed=0)

    assert order.count(("prepared", True)) == order.count(("trained",)) == 3


def lost(order):
    def loss(outputs, targets):
        order.append(("trained",))
        return torch.nn.functional.cross_entropy(outputs, targets)

    return loss
