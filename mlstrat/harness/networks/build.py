"""Layers to modules of PyTorch: nothing is decided here that the layers do not say.

A recurrent cell reads each sequence as far as it goes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

from mlstrat.harness.networks.layers import (
    Activation,
    Branches,
    Conv,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalPool,
    Layer,
    LocalResponseNorm,
    Nested,
    Norm,
    Pool,
    Recurrent,
    Residual,
    Shape,
    placed,
)
from mlstrat.harness.networks.torch_needed import load_torch

Tensor = Any

FORGET = 1.0
"""Bias of an LSTM's forget gate at the start."""


def recurrent(layer: Recurrent, given: Shape) -> Any:
    """Return the module of a recurrent layer for sequences of shape (steps, features).

    Steps of zeros at the end are padding and are not read: the state at the end is that after the
    last step that is none, and the other direction begins there. An embedding gives zeros to token
    0 alone, and a recurrent layer to steps of padding, so that layers can stand on each other.
    """
    torch = load_torch()
    cell = new_cell(layer.cell, given[-1], layer.units, bidirectional=layer.bidirectional)
    rnn = torch.nn.utils.rnn

    def run(parts: Any, x: Tensor) -> Tensor:
        lengths, steps = lengths_of(x), x.shape[1]
        padded = bool((lengths < steps).any())
        if padded:
            x = rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        states, last = parts[0](x)
        if not layer.sequence:
            last = last[0] if layer.cell == "lstm" else last
            return torch.cat(list(last), dim=1)
        if not padded:
            return states
        return rnn.pad_packed_sequence(states, batch_first=True, total_length=steps)[0]

    return combined([cell], run)


def new_cell(name: str, inputs: int, units: int, *, bidirectional: bool = False) -> Any:
    """Return PyTorch's module of an rnn, a gru or an lstm, with weights to start with.

    They are as PyTorch draws them, but for the forget gate of an LSTM, which starts open: with a
    bias of `FORGET` it keeps 0.73 of its state a step. Source: Gers, Schmidhuber and Cummins 2000;
    Jozefowicz, Zaremba and Sutskever 2015.
    """
    torch = load_torch()
    kind = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[name]
    cell = kind(inputs, units, batch_first=True, bidirectional=bidirectional)
    if name == "lstm":
        with torch.no_grad():
            for part, bias in cell.named_parameters():
                if part.startswith("bias"):  # of two that add up
                    bias[units : 2 * units].fill_(FORGET if part.startswith("bias_ih") else 0.0)
    return cell


def lengths_of(x: Tensor) -> Tensor:
    """Return how many steps each sequence (N, steps, features) has before its padding.

    One at least: of a sequence that is all padding one step of zeros is read.
    """
    torch = load_torch()
    said = (x != 0).any(dim=2)
    places = torch.arange(1, x.shape[1] + 1, device=x.device)
    return (said * places).amax(dim=1).clamp(min=1).cpu()


def combined(children: Sequence[Any], combine: Callable[[Sequence[Any], Any], Any]) -> Any:
    """Return a module that holds others and combines them by a function of them and the input."""
    import torch

    class Combined(torch.nn.Module):  # type: ignore[misc] # PyTorch may be missing
        def __init__(self) -> None:
            super().__init__()
            self.parts = torch.nn.ModuleList(children)

        def forward(self, x: Any) -> Any:
            return combine(self.parts, x)

    return Combined()


GAINS = {"relu": math.sqrt(2), "tanh": 1.0}
"""Weights start with deviation gain / √(inputs): He et al. 2015 for relu, Xavier for tanh."""


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
        if isinstance(layer, Nested):
            out += [inner for branch in layer.inside() for inner in _flat(branch)]
        else:
            out.append(layer)
    return out


def _module(layer: Layer, given: Shape) -> Any:
    nn, axes = load_torch().nn, len(given) - 1

    def over(name: str) -> Any:
        """Return the module of this name for as many axes as the input has."""
        return getattr(nn, f"{name}{max(axes, 1)}d")

    match layer:
        case Conv(filters, kernel, stride, padding, bias):
            return over("Conv")(given[0], filters, kernel, stride, padding, bias=bias)
        case Pool(kind="max"):
            return over("MaxPool")(*layer.window)
        case Pool():
            # Zeros of the padding are no pixels: they do not count in the mean.
            return over("AvgPool")(*layer.window, count_include_pad=False)
        case Norm():
            return over("BatchNorm")(given[0])
        case Dense():
            return nn.Linear(given[-1], layer.units)
        case LocalResponseNorm():
            return nn.LocalResponseNorm(layer.channels)
        case Activation() | Flatten():
            return {"relu": nn.ReLU, "tanh": nn.Tanh, "flatten": nn.Flatten}[layer.title(given)]()
        case Dropout():
            return nn.Dropout(layer.share)
        case GlobalPool():
            return combined([], lambda _, x: x.flatten(2).mean(2))
        case Embedding():
            return nn.Embedding(layer.tokens, layer.size, padding_idx=0)
        case Recurrent():
            return recurrent(layer, given)
        case Nested():
            return _nested(layer, given)
    raise ValueError(f"no module for {layer!r}")


def _nested(layer: Nested, given: Shape) -> Any:
    torch = load_torch()
    children = [build(branch, given) for branch in layer.inside()]
    if isinstance(layer, Branches):
        return combined(children, lambda parts, x: torch.cat([part(x) for part in parts], dim=1))
    if not (isinstance(layer, Residual) and layer.shortcut):
        return children[0]
    shape = layer.output(given)
    stride, more = -(-given[-1] // shape[-1]), shape[0] - given[0]

    def add(parts: Sequence[Any], x: Any) -> Any:
        pad = torch.nn.functional.pad
        across = x[..., ::stride, ::stride] if stride > 1 else x
        return parts[0](x) + (pad(across, (0, 0, 0, 0, 0, more)) if more else across)

    return combined(children, add)
