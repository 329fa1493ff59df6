"""The table of a network's layers: shapes, parameters, costs and receptive fields, from arithmetic.

Nothing is allocated and PyTorch is not needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mlstrat.harness.networks.architectures import find_network
from mlstrat.harness.networks.convolutional import Scale
from mlstrat.harness.networks.layers import (
    Branches,
    Conv,
    Embedding,
    Field,
    Layer,
    Nested,
    Shape,
    Window,
    placed,
)


@dataclass(frozen=True)
class LayerRow:
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


@dataclass(frozen=True)
class NetworkTable:
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


def scaled(scale: Scale, **changes: object) -> Scale:
    """Return a scale with what is given and not None."""
    return replace(scale, **{k: v for k, v in changes.items() if v is not None})  # type: ignore[arg-type]


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
