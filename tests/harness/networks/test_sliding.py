"""A fully connected layer as a convolution: one pass over a picture equals cropping it."""

import pytest

from mlstrat.harness.networks.build import build, start_weights
from mlstrat.harness.networks.layers import Activation, Conv, Dense, Flatten, Pool
from mlstrat.harness.networks.torch_needed import one_thread

torch = pytest.importorskip("torch")

WINDOW, STEP = 14, 2
BODY = (Conv(6, 5), Activation("relu"), Pool(2))
"""The window of the course: 14 pixels, of which 5×5 remain before the dense layer."""


def test_a_dense_layer_as_a_convolution_gives_what_cropping_gives():
    layers = (*BODY, Flatten(), Dense(9), Activation("relu"), Dense(4))
    with one_thread(0), torch.inference_mode():
        module = build(layers, (3, WINDOW, WINDOW)).double().eval()
        start_weights(module, layers)
        picture = torch.rand(1, 3, 20, 18).double()
        whole = build(
            (*BODY, Conv(9, 5), Activation("relu"), Conv(4, 1)), (3, 20, 18)
        ).double().eval()  # fmt: skip
        for place, dense, shape in ((0, 0, None), (3, 4, (9, 6, 5, 5)), (5, 6, (4, 9, 1, 1))):
            weight = module[dense].weight
            whole[place].weight.copy_(weight if shape is None else weight.reshape(shape))
            whole[place].bias.copy_(module[dense].bias)
        slid = whole(picture)[0]
        cropped = torch.stack([
            torch.stack([
                module(picture[..., y : y + WINDOW, x : x + WINDOW])[0]
                for x in range(0, 18 - WINDOW + 1, STEP)
            ], dim=1)
            for y in range(0, 20 - WINDOW + 1, STEP)
        ], dim=1)  # fmt: skip

    assert slid.shape == cropped.shape == (4, 4, 3)
    assert slid.numpy() == pytest.approx(cropped.numpy(), abs=5e-8)
