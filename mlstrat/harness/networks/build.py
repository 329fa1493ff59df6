"""Layers to modules of PyTorch: nothing is decided here that the layers do not say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from mlstrat.harness.networks.blocks import Branches, Embedding, Recurrent, Residual, placed
from mlstrat.harness.networks.cells import combined
from mlstrat.harness.networks.layers import (
    Activation,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalPool,
    Layer,
    LocalResponseNorm,
    Norm,
    Pool,
    Shape,
)
from mlstrat.harness.networks.torch_needed import load_torch

GAINS = {"relu": math.sqrt(2), "tanh": 1.0, "sigmoid": 1.0}
"""Weights start with deviation gain / √(inputs): He et al. 2015 for relu, Xavier for the others."""


def build(layers: Sequence[Layer], given: Shape, *, device: str | None = None) -> Any:
    """Return one module a layer, in a ``torch.nn.Sequential``; weights as PyTorch starts them.

    On the device ``meta`` parameters are counted without memory.
    """
    torch = load_torch()
    with nullcontext() if device is None else torch.device(device):
        module = torch.nn.Sequential(
            *[_module(layer, shape) for layer, shape in placed(tuple(layers), given)]
        )
    if len(given) == 3:  # channels last in memory: convolutions on a CPU take two thirds the time
        module = module.to(memory_format=torch.channels_last)
    return module


def start_weights(module: Any, layers: Sequence[Layer]) -> None:
    """Draw the weights of convolutions and dense layers; biases are 0.

    The last layer, before which no activation shrinks anything, starts with gain 1.
    """
    nn = load_torch().nn
    names = [layer.name for layer in _flat(layers) if isinstance(layer, Activation)]
    gain = GAINS[names[0]] if names else 1.0
    weighted = [
        m for m in module.modules() if isinstance(m, (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear))
    ]
    for part in weighted:
        inputs = part.weight[0].numel()
        scale = (1.0 if part is weighted[-1] else gain) / math.sqrt(inputs)
        nn.init.normal_(part.weight, 0.0, scale)
        if part.bias is not None:
            nn.init.zeros_(part.bias)


def _flat(layers: Sequence[Layer]) -> list[Layer]:
    out: list[Layer] = []
    for layer in layers:
        if isinstance(layer, Residual):
            out += _flat(layer.block)
        elif isinstance(layer, Branches):
            out += [inner for branch in layer.branches for inner in _flat(branch)]
        else:
            out.append(layer)
    return out


def _module(layer: Layer, given: Shape) -> Any:
    match layer:
        case Conv() | Pool():
            return _window(layer, given)
        case Embedding() | Recurrent():
            return _sequence(layer, given)
        case Residual():
            return _residual(layer, given)
        case Branches():
            return _branches(layer, given)
        case _:
            return _simple(layer, given)


def _simple(layer: Layer, given: Shape) -> Any:
    nn = load_torch().nn
    match layer:
        case Dense():
            return nn.Linear(given[-1], layer.units)
        case Norm():
            return getattr(nn, f"BatchNorm{max(len(given) - 1, 1)}d")(given[0])
        case LocalResponseNorm():
            return nn.LocalResponseNorm(layer.channels)
        case Activation():
            return {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}[layer.name]()
        case Dropout():
            return nn.Dropout(layer.share)
        case Flatten():
            return nn.Flatten()
        case GlobalPool():
            return combined([], lambda _, x: x.flatten(2).mean(2))
    raise ValueError(f"no module for {layer!r}")


def _window(layer: Conv | Pool, given: Shape) -> Any:
    nn, axes = load_torch().nn, len(given) - 1
    if isinstance(layer, Conv):
        conv = getattr(nn, f"Conv{axes}d")
        return conv(
            given[0], layer.filters, layer.kernel, layer.stride, layer.padding, bias=layer.bias
        )
    if layer.kind == "max":
        return getattr(nn, f"MaxPool{axes}d")(layer.kernel, layer.step, layer.padding)
    # Zeros of the padding are no pixels: they do not count in the mean.
    pool = getattr(nn, f"AvgPool{axes}d")
    return pool(layer.kernel, layer.step, layer.padding, count_include_pad=False)


def _sequence(layer: Embedding | Recurrent, given: Shape) -> Any:
    if isinstance(layer, Embedding):
        nn = load_torch().nn
        return nn.Embedding(layer.tokens, layer.size, padding_idx=0)
    from mlstrat.harness.networks.cells import recurrent

    return recurrent(layer, given)


def _residual(layer: Residual, given: Shape) -> Any:
    block = build(layer.block, given)
    if layer.shortcut is None:
        return block
    shape = layer.output(given)
    stride, more = -(-given[-1] // shape[-1]), shape[0] - given[0]

    def add(parts: Sequence[Any], x: Any) -> Any:
        pad = load_torch().nn.functional.pad
        across = x[..., ::stride, ::stride] if stride > 1 else x
        return parts[0](x) + (pad(across, (0, 0, 0, 0, 0, more)) if more else across)

    return combined([block], add)


def _branches(layer: Branches, given: Shape) -> Any:
    torch = load_torch()
    children = [build(branch, given) for branch in layer.branches]
    return combined(children, lambda parts, x: torch.cat([part(x) for part in parts], dim=1))
