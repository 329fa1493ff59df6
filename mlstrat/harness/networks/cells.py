"""Recurrent cells as modules of PyTorch, each sequence read as far as it goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mlstrat.harness.networks.blocks import Recurrent
from mlstrat.harness.networks.layers import Shape
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
