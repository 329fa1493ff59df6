"""Networks that read sequences and say one thing about each, one a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mlstrat.harness.networks.blocks import Embedding, Recurrent
from mlstrat.harness.networks.layers import Dense, Dropout, Layer
from mlstrat.harness.networks.rows import COMMON, Network, Scale

UNITS = 32
"""Of the embedding and of each direction of each layer, at width 1; ours."""

TOKENS = 64
"""Distinct tokens there is room for, padding included; more where train has more."""


def _layers(cell: str, *, bidirectional: bool = False) -> Callable[[Scale], tuple[Layer, ...]]:
    """Return what makes an embedding, as many recurrent layers as deep, and a dense layer."""

    def layers(scale: Scale) -> tuple[Layer, ...]:
        units = scale.units(UNITS)
        out: list[Layer] = [Embedding(scale.tokens, units)]
        for number in range(scale.depth):
            below = number < scale.depth - 1  # another layer reads its state at every step
            out.append(Recurrent(cell, units, bidirectional, sequence=below))
            out += [Dropout(scale.dropout)] if scale.dropout and not below else []
        return (*out, Dense(scale.classes))

    return layers


_SCALE = Scale((24,), 4, depth=1, tokens=TOKENS)
_TAKES = (*COMMON, "depth", "dropout")
_CELLS = {
    "rnn": ("recurrent network", "Elman 1990"),
    "gru": ("gated recurrent units", "Cho et al. 2014"),
    "lstm": ("long short-term memory", "Hochreiter and Schmidhuber 1997, Gers et al. 2000"),
}


def _row(cell: str, *, bidirectional: bool) -> Network:
    title, source = _CELLS[cell]
    if bidirectional:
        title, source = f"bidirectional {title}", f"Schuster and Paliwal 1997; {source}"
    layers = _layers(cell, bidirectional=bidirectional)
    return Network(
        title,
        f"{source}; embedding, size and the one answer at the end are ours",
        layers,
        _SCALE,
        _SCALE,
        _TAKES,
        {"epochs": 20, "learning_rate": 0.005},
    )


ROWS: Mapping[str, Network] = {
    f"{'bi' if bidirectional else ''}{cell}": _row(cell, bidirectional=bidirectional)
    for bidirectional in (False, True)
    for cell in _CELLS
}
"""Each takes ``depth``: so many layers, each reading the states of the one below."""
