"""The networks, one a row: PyTorch is not needed to list, scale or describe them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mlstrat.errors import UsageError, did_you_mean
from mlstrat.harness.networks import convolutional
from mlstrat.harness.networks.blocks import Embedding, Recurrent
from mlstrat.harness.networks.layers import Dense, Dropout, Layer
from mlstrat.harness.networks.rows import COMMON, PICTURES, Network, Scale

UNITS = 32
"""Of the embedding and of each direction of each layer, at width 1; ours."""

TOKENS = 64
"""Distinct tokens there is room for, padding included; more where train has more."""


def _layers(cell: str, *, bidirectional: bool = False) -> Callable[[Scale], tuple[Layer, ...]]:
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

NETWORKS: Mapping[str, Network] = {
    "lenet5": Network(
        "LeNet-5",
        "LeCun et al. 1998, as the course draws it: dense where the paper connects sparsely",
        convolutional.lenet5,
        Scale((1, 32, 32), 10),
        Scale((1, 32, 32), 10),
        (*PICTURES, "dropout"),
        {"epochs": 15},
    ),
    "alexnet": Network(
        "AlexNet",
        "Krizhevsky, Sutskever and Hinton 2012, undivided: the paper spreads it over two GPUs",
        convolutional.alexnet,
        Scale((1, 32, 32), 10, width=1 / 6, dropout=0.5),
        Scale((3, 227, 227), 1000, dropout=0.5),
        (*PICTURES, "dropout"),
        {"epochs": 12},
    ),
    "vgg16": Network(
        "VGG-16",
        "Simonyan and Zisserman 2015, configuration D; batch norm is ours",
        convolutional.vgg16,
        Scale((1, 32, 32), 10, width=1 / 8, dropout=0.5, batch_norm=True),
        Scale((3, 224, 224), 1000, dropout=0.5),
        (*PICTURES, "dropout", "batch_norm"),
        {"epochs": 6},
    ),
    "resnet": Network(
        "ResNet",
        "He et al. 2016, of 6n + 2 layers with shortcuts that have no parameters",
        convolutional.resnet,
        Scale((1, 32, 32), 10, width=0.5, depth=20, batch_norm=True),
        Scale((3, 32, 32), 10, depth=56, batch_norm=True),
        (*PICTURES, "depth", "batch_norm"),
        {"epochs": 6},
    ),
    "plain": Network(
        "plain network beside ResNet",
        "He et al. 2016: the same layers without shortcuts",
        convolutional.plain,
        Scale((1, 32, 32), 10, width=0.5, depth=20, batch_norm=True),
        Scale((3, 32, 32), 10, depth=56, batch_norm=True),
        (*PICTURES, "depth", "batch_norm"),
        {"epochs": 6},
    ),
    "nin": Network(
        "network in network",
        "Lin, Chen and Yan 2014, for pictures of 32×32; batch norm is ours",
        convolutional.network_in_network,
        Scale((1, 32, 32), 10, width=1 / 6, dropout=0.0, batch_norm=True),
        Scale((3, 32, 32), 10, dropout=0.5),
        (*PICTURES, "dropout", "batch_norm"),
        {"epochs": 8},
    ),
    "inception": Network(
        "Inception",
        "Szegedy et al. 2015 (GoogLeNet), without its auxiliary outputs",
        convolutional.inception,
        Scale((1, 32, 32), 10, width=1 / 4, depth=3, batch_norm=True),
        Scale((3, 224, 224), 1000, depth=9, dropout=0.4),
        (*PICTURES, "depth", "dropout", "batch_norm"),
        {"epochs": 6},
    ),
    "inception_naive": Network(
        "Inception without bottlenecks",
        "Szegedy et al. 2015, figure 2a: no 1×1 convolution before 3×3 and 5×5",
        convolutional.inception_naive,
        Scale((1, 32, 32), 10, width=1 / 4, depth=3, batch_norm=True),
        Scale((3, 224, 224), 1000, depth=9, dropout=0.4),
        (*PICTURES, "depth", "dropout", "batch_norm"),
        {"epochs": 6},
    ),
    "conv1d": Network(
        "1D convolution",
        "ours: the course's 1D filter over a heartbeat",
        convolutional.conv1d,
        Scale((1, 128), 4, batch_norm=True),
        Scale((1, 128), 4, batch_norm=True),
        (*COMMON, "dropout", "batch_norm"),
        {"epochs": 10},
    ),
    "conv3d": Network(
        "3D convolution",
        "ours: the course's 3D filter over a moving picture",
        convolutional.conv3d,
        Scale((1, 8, 16, 16), 4, batch_norm=True),
        Scale((1, 8, 16, 16), 4, batch_norm=True),
        (*COMMON, "dropout", "batch_norm"),
        {"epochs": 8},
    ),
    "dense": Network(
        "dense network",
        "ours: layers of 64 units, relu",
        convolutional.dense,
        Scale((64,), 10, depth=2),
        Scale((64,), 10, depth=2),
        (*COMMON, "depth", "dropout", "batch_norm"),
        {"epochs": 30},
    ),
    **ROWS,
}


def find_network(name: str) -> Network:
    """Return the architecture of this name.

    Examples
    --------
    >>> find_network("lenet5").title
    'LeNet-5'
    """
    if name in NETWORKS:
        return NETWORKS[name]
    raise UsageError(
        f"no network {name!r}",
        accepted=", ".join(NETWORKS),
        hint=did_you_mean(name, NETWORKS),
    )
