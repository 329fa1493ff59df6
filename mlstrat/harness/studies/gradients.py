"""`study gradients`: how much of a gradient reaches back through the steps of a sequence.

Measured on the copy task: the loss at the end of a sequence is differentiated by the state so many
steps earlier, by all that a cell hands on to the next step, which for an LSTM is its state and its
memory. Source: Hochreiter 1991; Bengio, Simard and Frasconi 1994; Pascanu, Mikolov and Bengio 2013
(clipping).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlstrat.core.record import Record
from mlstrat.errors import UsageError, did_you_mean
from mlstrat.harness.datasets.sequences import FIRST, copies
from mlstrat.harness.networks.build import new_cell
from mlstrat.harness.networks.torch_needed import one_thread
from mlstrat.harness.studies.plan import Plan

LARGE = 2.5
"""Times the recurrent weights that PyTorch starts an RNN with: then gradients jump."""

CELLS: Mapping[str, tuple[str, float]] = {
    "rnn": ("rnn", 1.0),
    "rnn_large": ("rnn", LARGE),
    "gru": ("gru", 1.0),
    "lstm": ("lstm", 1.0),
}
"""Name to the kind of cell, and what its recurrent weights are multiplied by at the start."""

LAGS = (0, 1, 2, 5, 10, 20)
"""Steps before the end; the token that is asked for stands at the last of them."""

UNITS, SYMBOLS, BATCH, RATE = 32, 8, 64, 0.005
MEASURED, HELD_OUT = 128, 512
"""Sequences whose gradients are averaged, and on which the error is measured."""

Tensor = Any


class CellGradients(Record):
    """What one network of one cell showed."""

    before: tuple[float, ...]
    after: tuple[float, ...]
    """At each lag the norm of the derivative of the loss by the state, before and after training:
    the mean over sequences."""
    steps: tuple[float, ...]
    """The norm of the parameters' gradient at each step of training, before it is clipped."""
    error: float
    """On held-out sequences, after training."""
    cell: str = ""
    seed: int = 0
    lags: tuple[int, ...] = ()


class _Network(Record, eq=False):
    parts: Any
    """Embedding, cell and dense layer."""

    def loss(self, tokens: Tensor, shown: Tensor) -> Tensor:
        embedding, cell, dense = self.parts
        states, _ = cell(embedding(tokens))
        return _cross_entropy(dense(states[:, -1]), shown)


def gradient_norms(
    cells: Sequence[str] = tuple(CELLS),
    lags: Sequence[int] = LAGS,
    *,
    clip: float | None = None,
    seed: int = 0,
    steps: int = 400,
    progress: Callable[[str], None] | None = None,
) -> tuple[CellGradients, ...]:
    """Measure gradients by lag on the copy task, before and after training, for each cell.

    The last lag is how long the token is to be kept. Each step trains on 64 new sequences, by
    Adam; the weights at the start do not depend on clipping.
    """
    for name in cells:
        if name not in CELLS:
            raise UsageError(f"no cell {name!r}", accepted=", ".join(CELLS),
                             hint=did_you_mean(name, CELLS))  # fmt: skip
    if list(lags) != sorted(set(lags)) or len(lags) < 2 or lags[0] != 0:
        raise UsageError(f"the lags are {list(lags)}", accepted="0 and longer ones, ascending")
    if clip is not None and not 0 < clip < math.inf:
        raise UsageError(f"clip is {clip}", accepted="above 0, or none")
    out = []
    for name in cells:
        out.append(_measured(name, tuple(lags), clip, seed, steps))
        if progress is not None:
            clipped = "" if clip is None else f", clipped at {clip:g}"
            progress(f"{name}, seed {seed}{clipped}: error {out[-1].error:.2f}")
    return tuple(out)


def _measured(
    name: str, lags: tuple[int, ...], clip: float | None, seed: int, steps: int
) -> CellGradients:
    with one_thread(seed) as torch:
        network = _network(name)
        shown, tokens = (
            torch.from_numpy(array)
            for array in copies(HELD_OUT + steps * BATCH, SYMBOLS, lags[-1], seed)
        )
        measured = tokens[:MEASURED], shown[:MEASURED]
        before = _norms(network, lags, *measured)
        trained = _train(
            network, tokens[HELD_OUT:].split(BATCH), shown[HELD_OUT:].split(BATCH), clip
        )
        embedding, cell, dense = network.parts
        with torch.no_grad():
            answers = dense(cell(embedding(tokens[:HELD_OUT]))[0][:, -1]).argmax(dim=1)
        wrong = float((answers != shown[:HELD_OUT]).double().mean())
        after = _norms(network, lags, *measured)
    return CellGradients(before, after, trained, wrong, name, seed, lags)


def _network(name: str) -> _Network:
    import torch

    kind, factor = CELLS[name]
    cell = new_cell(kind, UNITS, UNITS)
    with torch.no_grad():
        cell.weight_hh_l0.mul_(factor)
    nn = torch.nn
    return _Network(
        nn.ModuleList(
            [nn.Embedding(FIRST + SYMBOLS, UNITS, padding_idx=0), cell, nn.Linear(UNITS, SYMBOLS)]
        )
    )


def _train(
    network: _Network, tokens: Sequence[Tensor], shown: Sequence[Tensor], clip: float | None
) -> tuple[float, ...]:
    """Take one step a batch; return the norm of each gradient before it was clipped."""
    import torch

    parameters = list(network.parts.parameters())
    optimizer = torch.optim.Adam(parameters, lr=RATE)
    norms = []
    for x, y in zip(tokens, shown, strict=True):
        optimizer.zero_grad()
        network.loss(x, y).backward()
        longest = math.inf if clip is None else clip
        norms.append(float(torch.nn.utils.clip_grad_norm_(parameters, longest)))
        optimizer.step()
    return tuple(norms)


def _norms(
    network: _Network, lags: tuple[int, ...], tokens: Tensor, shown: Tensor
) -> tuple[float, ...]:
    """Return ‖∂loss/∂state‖ at each lag, the mean over sequences; in double precision.

    The sum of the losses is differentiated: that of a sequence depends on its own states alone.
    """
    import torch

    embedding, cell, dense = copy.deepcopy(network.parts).double()
    inputs = embedding(tokens)
    state, states = None, []
    for step in range(inputs.shape[1]):
        _, state = cell(inputs[:, step : step + 1], state)
        states.append(state if isinstance(state, tuple) else (state,))
    loss = _cross_entropy(dense(states[-1][0][-1]), shown, reduction="sum")
    wanted = [part for lag in lags for part in states[-1 - lag]]
    found = torch.autograd.grad(loss, wanted, allow_unused=True, materialize_grads=True)
    width = len(states[0])
    return tuple(
        float(torch.cat(found[k : k + width], dim=2).norm(dim=2).mean())
        for k in range(0, len(found), width)
    )


def _cross_entropy(scores: Tensor, shown: Tensor, reduction: str = "mean") -> Tensor:
    import torch

    return torch.nn.functional.cross_entropy(scores, shown, reduction=reduction)


STEPS, SMALL_STEPS, SMALL_LAGS = 400, 100, (0, 1, 2, 5, 10)

CLIP = 1.0
"""Longest gradient with clipping: one that is usual, and below the jumps that these cells make."""


def plan_gradients(*, small: bool = False) -> Plan:
    """Return the plan: it trains no runs, but networks whose gradients are measured."""
    lags, steps = (SMALL_LAGS, SMALL_STEPS) if small else (LAGS, STEPS)
    about = (
        f"Copy task: one of {SYMBOLS} tokens is shown, and asked for {lags[-1]} blanks later. "
        f"{len(CELLS)} networks of {UNITS} units a seed; the large RNN starts with {LARGE:g} times "
        "the usual recurrent weights, the LSTM with its forget gate open. Gradient: the norm of "
        "the derivative of the loss by the state so many steps earlier, as a share of that by the "
        f"last state. Trained on {steps} batches of {BATCH} by Adam, without clipping and with the "
        f"parameters' gradient clipped at {CLIP:g}."
    )
    facts = {"lags": lags, "steps": steps, "clip": CLIP}
    return Plan("gradients", None, about, (), (), facts=facts)
