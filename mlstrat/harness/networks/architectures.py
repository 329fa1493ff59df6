"""The networks, one a row: PyTorch is not needed to list, scale or describe them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from typing import Any

from mlstrat.core.record import Record
from mlstrat.errors import UsageError, did_you_mean
from mlstrat.harness.networks import convolutional
from mlstrat.harness.networks.convolutional import Scale
from mlstrat.harness.networks.layers import (
    Branches,
    Conv,
    Dense,
    Dropout,
    Embedding,
    Field,
    Layer,
    Layers,
    Nested,
    Recurrent,
    Shape,
    Window,
    placed,
)

COMMON = (
    "width", "epochs", "batch_size", "learning_rate", "decay", "optimizer", "l2", "early_stopping",
    "class_weights", "clip", "init_from", "freeze", "ensemble",
)  # fmt: skip

PICTURES = (*COMMON, "augment", "crops")


class Network(Record):
    """An architecture: its layers at any scale, and the options it takes."""

    title: str
    source: str
    """Who published it, or that it is ours."""
    layers: Callable[[Scale], Layers]
    scale: Scale
    """What the recipes train: width, depth and the shape of their input."""
    knobs: tuple[str, ...]
    """The options that it has a use for: names of :class:`~.options.NetworkOptions`."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Options where none are given, unless those of everyone fit."""
    published: Scale | None = None
    """Where the recipes train it at another scale."""

    @property
    def full(self) -> Scale:
        """As published."""
        return self.published or self.scale


UNITS, TOKENS = 32, 64
"""Of the embedding and of each direction of each layer, at width 1; distinct tokens there is room
for, padding included, more where train has more. Ours."""


def _reading(scale: Scale, cell: str, *, bidirectional: bool) -> Layers:
    units = scale.units(UNITS)
    out: list[Layer] = [Embedding(scale.tokens, units)]
    for number in range(scale.depth):
        below = number < scale.depth - 1  # another layer reads its state at every step
        out.append(Recurrent(cell, units, bidirectional, sequence=below))
        out += [Dropout(scale.dropout)] if scale.dropout and not below else []
    return (*out, Dense(scale.classes))


def _row(cell: str, title: str, source: str, *, bidirectional: bool) -> Network:
    if bidirectional:
        title, source = f"bidirectional {title}", f"Schuster and Paliwal 1997; {source}"
    return Network(
        title, f"{source}; embedding, size and the one answer at the end are ours",
        partial(_reading, cell=cell, bidirectional=bidirectional),
        Scale((24,), 4, depth=1, tokens=TOKENS), (*COMMON, "depth", "dropout"),
        {"epochs": 20, "learning_rate": 0.005},
    )  # fmt: skip


ROWS: Mapping[str, Network] = {
    f"{'bi' if both else ''}{cell}": _row(cell, title, source, bidirectional=both)
    for both in (False, True)
    for cell, title, source in (
        ("rnn", "recurrent network", "Elman 1990"),
        ("gru", "gated recurrent units", "Cho et al. 2014"),
        ("lstm", "long short-term memory",
         "Hochreiter and Schmidhuber 1997, Gers et al. 2000"),
    )
}  # fmt: skip
"""Each takes ``depth``: so many layers, each reading the states of the one below."""

GREY = (1, 32, 32)
RESIDUAL = Scale(GREY, 10, width=0.5, depth=20, batch_norm=True)
MODULES = Scale(GREY, 10, width=1 / 4, depth=3, batch_norm=True)
GOOGLENET = Scale((3, 224, 224), 1000, depth=9, dropout=0.4)

NETWORKS: Mapping[str, Network] = {
    "lenet5": Network(
        "LeNet-5",
        "LeCun et al. 1998, as the course draws it: dense where the paper connects sparsely",
        convolutional.lenet5, Scale(GREY, 10), (*PICTURES, "dropout"), {"epochs": 15},
    ),
    "alexnet": Network(
        "AlexNet",
        "Krizhevsky, Sutskever and Hinton 2012, undivided: the paper spreads it over two GPUs",
        convolutional.alexnet, Scale(GREY, 10, width=1 / 6, dropout=0.5),
        (*PICTURES, "dropout"), {"epochs": 12}, Scale((3, 227, 227), 1000, dropout=0.5),
    ),
    "vgg16": Network(
        "VGG-16", "Simonyan and Zisserman 2015, configuration D; batch norm is ours",
        convolutional.vgg16, Scale(GREY, 10, width=1 / 8, dropout=0.5, batch_norm=True),
        (*PICTURES, "dropout", "batch_norm"), {"epochs": 6},
        Scale((3, 224, 224), 1000, dropout=0.5),
    ),
    **{name: Network(
        title, source, partial(convolutional.residual, shortcut=name == "resnet"), RESIDUAL,
        (*PICTURES, "depth", "batch_norm"), {"epochs": 6},
        Scale((3, 32, 32), 10, depth=56, batch_norm=True),
    ) for name, title, source in (
        ("resnet", "ResNet",
         "He et al. 2016, of 6n + 2 layers with shortcuts that have no parameters"),
        ("plain", "plain network beside ResNet",
         "He et al. 2016: the same layers without shortcuts"),
    )},
    "nin": Network(
        "network in network", "Lin, Chen and Yan 2014, for pictures of 32×32; batch norm is ours",
        convolutional.network_in_network, Scale(GREY, 10, width=1 / 6, batch_norm=True),
        (*PICTURES, "dropout", "batch_norm"), {"epochs": 8}, Scale((3, 32, 32), 10, dropout=0.5),
    ),
    **{name: Network(
        title, source, partial(convolutional.inception, bottleneck=name == "inception"), MODULES,
        (*PICTURES, "depth", "dropout", "batch_norm"), {"epochs": 6}, GOOGLENET,
    ) for name, title, source in (
        ("inception", "Inception",
         "Szegedy et al. 2015 (GoogLeNet), without its auxiliary outputs"),
        ("inception_naive", "Inception without bottlenecks",
         "Szegedy et al. 2015, figure 2a: no 1×1 convolution before 3×3 and 5×5"),
    )},
    "conv1d": Network(
        "1D convolution", "ours: the course's 1D filter over a heartbeat", convolutional.conv1d,
        Scale((1, 128), 4, batch_norm=True), (*COMMON, "dropout", "batch_norm"), {"epochs": 10},
    ),
    "conv3d": Network(
        "3D convolution", "ours: the course's 3D filter over a moving picture",
        convolutional.conv3d, Scale((1, 8, 16, 16), 4, batch_norm=True),
        (*COMMON, "dropout", "batch_norm"), {"epochs": 8},
    ),
    "dense": Network(
        "dense network", "ours: layers of 64 units, relu", convolutional.dense,
        Scale((64,), 10, depth=2), (*COMMON, "depth", "dropout", "batch_norm"), {"epochs": 30},
    ),
    **ROWS,
}  # fmt: skip


def find_network(name: str) -> Network:
    """Return the architecture of this name."""
    if name in NETWORKS:
        return NETWORKS[name]
    raise UsageError(
        f"no network {name!r}",
        accepted=", ".join(NETWORKS),
        hint=did_you_mean(name, NETWORKS),
    )


class LayerRow(Record):
    """One layer of the table."""

    level: int
    """0 at the top; 1 inside a block or branch."""
    name: str
    """Its place: 3, or 3.a.2 inside a block."""
    title: str
    output: Shape
    parameters: int
    multiply_adds: int
    """Multiplications, each with its addition, an example."""
    field: tuple[int, ...] | None
    """Pixels of the input that one output sees, an axis; None: all of them."""


class NetworkTable(Record):
    """A network in figures."""

    architecture: str
    title: str
    source: str
    scale: Scale
    rows: tuple[LayerRow, ...]
    """Blocks and branches are followed by the rows of what is inside them."""

    @property
    def parameters(self) -> int:
        """Numbers that are trained."""
        return sum(row.parameters for row in self.rows if row.level == 0)

    @property
    def multiply_adds(self) -> int:
        """Multiplications, each with its addition, that one example costs."""
        return sum(row.multiply_adds for row in self.rows if row.level == 0)


def describe_network(
    architecture: str, *, full_size: bool = False, scale: Scale | None = None
) -> NetworkTable:
    """Describe an architecture layer by layer: as the recipes train it, or as published."""
    network = find_network(architecture)
    scale = scale or (network.full if full_size else network.scale)
    return NetworkTable(
        architecture,
        network.title,
        network.source,
        scale,
        tuple(layer_rows(network.layers(scale), scale.input)),
    )


def layer_rows(layers: Sequence[Layer], given: Shape) -> Iterator[LayerRow]:
    """Give the rows of layers that an input of this shape reaches."""
    vector = len(given) == 1 and not (layers and isinstance(layers[0], Embedding))
    axes = max(1, len(given) - 1)
    yield from _rows(layers, given, axes, None if vector else Field(), 0, "")


def _rows(
    layers: Sequence[Layer], given: Shape, axes: int, field: Field | None, level: int, prefix: str
) -> Iterator[LayerRow]:
    for number, layer in enumerate(layers, start=1):
        name, after = f"{prefix}{number}", layer.field(field, given)
        yield LayerRow(
            level,
            name,
            layer.title(given),
            layer.output(given),
            layer.parameters(given),
            layer.multiply_adds(given),
            None if after is None else (after.size,) * axes,
        )
        if isinstance(layer, Nested):
            letters = [f"{x}." for x in "abcdefgh"] if isinstance(layer, Branches) else [""]
            for letter, branch in zip(letters, layer.inside(), strict=False):
                yield from _rows(branch, given, axes, field, level + 1, f"{name}.{letter}")
        given, field = layer.output(given), after


def scaled(scale: Scale, **changes: Any) -> Scale:
    """Return a scale with what is given and not None."""
    return replace(scale, **{k: v for k, v in changes.items() if v is not None})


Seeing = tuple[Field, int]
"""A receptive field, and where that of the first output begins on each axis."""


def fields_of(layers: tuple[Layer, ...], given: Shape) -> list[Seeing | None]:
    """Return what one output of each layer that convolves sees; None of the others."""
    field: Field | None = Field()
    start = 0
    out: list[Seeing | None] = []
    for layer, shape in placed(layers, given):
        before, field = field, layer.field(field, shape)
        if before is None or field is None:
            field = None
        elif isinstance(layer, Window):
            start -= layer.window[2] * before.jump
        else:
            start -= (field.size - before.size) // 2
        convolves = isinstance(layer, Conv | Nested)
        out.append((field, start) if convolves and field is not None else None)
    return out
