"""Layers and their modules agree: counts, shapes and gradients."""

import pytest

from mlstrat.harness.networks.architectures import NETWORKS, describe_network, scaled
from mlstrat.harness.networks.build import build, start_weights
from mlstrat.harness.networks.layers import (
    Activation,
    Branches,
    Conv,
    Dense,
    Flatten,
    GlobalPool,
    LocalResponseNorm,
    Norm,
    Pool,
    Residual,
)
from mlstrat.harness.networks.torch_needed import one_thread

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("full_size", [False, True], ids=["scaled", "full size"])
@pytest.mark.parametrize("architecture", NETWORKS)
def test_pytorch_counts_the_same_parameters(architecture, full_size):
    network = NETWORKS[architecture]
    scale = network.full if full_size else network.scale

    module = build(network.layers(scale), scale.input, device="meta")

    counted = sum(p.numel() for p in module.parameters())
    assert counted == describe_network(architecture, full_size=full_size).parameters


@pytest.mark.parametrize("architecture", [name for name, row in NETWORKS.items()
                                          if not row.scale.tokens])  # fmt: skip
def test_every_layer_gives_the_shape_that_is_described(architecture):
    network = NETWORKS[architecture]
    module = build(network.layers(network.scale), network.scale.input, device="meta")
    x = torch.zeros((2, *network.scale.input), device="meta")

    shapes = []
    for layer in module:
        x = layer(x)
        shapes.append(tuple(x.shape[1:]))

    rows = describe_network(architecture).rows
    assert shapes == [row.output for row in rows if row.level == 0]


RELU, TANH = Activation("relu"), Activation("tanh")
SMALL = {
    "1D convolution": ((2, 12), (Conv(3, 3), Norm(), TANH, Pool(2), Flatten(), Dense(3))),
    "2D convolution": ((2, 8, 8), (Conv(3, 3, 2, 1), TANH, Pool(2, kind="mean"), Flatten(),
                                   Dense(3))),
    "3D convolution": ((1, 4, 5, 5), (Conv(2, 3, 1, 1), Norm(), TANH, GlobalPool(), Dense(3))),
    "local response norm": ((4, 5, 5), (Conv(6, 3), LocalResponseNorm(3), GlobalPool(), Dense(3))),
    "residual": ((2, 6, 6), (Residual((Conv(4, 3, 2, 1), Norm(), TANH, Conv(4, 3, 1, 1))), TANH,
                             GlobalPool(), Dense(3))),
    "plain": ((2, 6, 6), (Residual((Conv(4, 3, 2, 1), Norm(), TANH, Conv(4, 3, 1, 1)), False),
                          TANH, GlobalPool(), Dense(3))),
    "branches": ((2, 6, 6), (Branches(((Conv(2, 1), TANH), (Conv(3, 3, 1, 1), TANH),
                                       (Pool(3, 1, 1, "mean"),))), GlobalPool(), Dense(3))),
    "dense": ((5,), (Dense(4), TANH, Dense(3))),
}  # fmt: skip


@pytest.mark.parametrize("kind", SMALL)
def test_gradients_agree_with_finite_differences(kind):
    """(L(w + ε) − L(w − ε)) / 2ε, for each weight and bias, in double precision."""
    shape, layers = SMALL[kind]
    with one_thread(seed=0):
        module = build(layers, shape).double().to(memory_format=torch.contiguous_format)
        start_weights(module, layers)
        x, y = torch.randn(4, *shape, dtype=torch.double), torch.tensor([0, 1, 2, 1])

        def loss():
            return torch.nn.functional.cross_entropy(module(x), y)

        loss().backward()
        for weights in module.parameters():
            flat, gradient = weights.data.view(-1), weights.grad.reshape(-1)
            for place in range(0, len(flat), max(1, len(flat) // 8)):
                with torch.no_grad():
                    before, step = flat[place].item(), 1e-6
                    flat[place] = before + step
                    above = loss().item()
                    flat[place] = before - step
                    below = loss().item()
                    flat[place] = before
                assert gradient[place].item() == pytest.approx((above - below) / 2e-6, abs=1e-7)


def test_a_shortcut_adds_the_input():
    """With weights of zero a residual block is its input: why depth does no harm."""
    block = build((Residual((Conv(3, 3, 1, 1),)),), (3, 4, 4))
    plain = build((Residual((Conv(3, 3, 1, 1),), False),), (3, 4, 4))
    x = torch.rand(2, 3, 4, 4)
    for module in (block, plain):
        for weights in module.parameters():
            weights.data.zero_()

    assert torch.equal(block(x), x)
    assert not plain(x).any()


def test_a_shortcut_to_more_channels_thins_out_and_fills_with_zeros():
    block = build((Residual((Conv(5, 3, 2, 1),)),), (3, 4, 4))
    for weights in block.parameters():
        weights.data.zero_()
    x = torch.rand(2, 3, 4, 4)

    assert torch.equal(block(x)[:, :3], x[:, :, ::2, ::2])
    assert not block(x)[:, 3:].any()


def test_weights_start_so_that_activations_keep_their_size():
    """He for relu: the deviation stays near one through twenty layers."""
    layers = tuple(layer for _ in range(20) for layer in (Dense(400), RELU))
    with one_thread(seed=0):
        module = build((*layers, Dense(10)), (400,))
        start_weights(module, (*layers, Dense(10)))
        x = torch.randn(100, 400)

    with torch.inference_mode():
        for layer in list(module)[:-1]:
            x = layer(x)

    assert 0.2 < x.pow(2).mean().sqrt().item() < 5


def test_batch_norm_takes_the_place_of_the_bias():
    layers = NETWORKS["vgg16"].layers(NETWORKS["vgg16"].scale)
    plain = NETWORKS["vgg16"].layers(scaled(NETWORKS["vgg16"].scale, batch_norm=False))

    assert not any(layer.bias for layer in layers if isinstance(layer, Conv))
    assert all(layer.bias for layer in plain if isinstance(layer, Conv))
