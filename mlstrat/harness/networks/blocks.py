"""Layers made of layers: residual blocks, parallel branches, embeddings and recurrent cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mlstrat.harness.networks.layers import Field, Layer, Shape, after

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
"""Sets of weights a recurrent cell has."""

Placed = tuple[Layer, Shape]
"""A layer with the shape that it is given."""


@dataclass(frozen=True)
class Residual(Layer):
    """What a block of layers adds to its input.

    Where the shape changes, ``pad`` thins the input out and fills new channels with zeros, which
    has no parameters (option A of He et al. 2016); ``None`` leaves the input out: a plain block.
    """

    block: tuple[Layer, ...]
    shortcut: Literal["pad"] | None = "pad"

    def output(self, given: Shape) -> Shape:
        """Return the block's output."""
        return after(self.block, given)

    def parameters(self, given: Shape) -> int:
        """Those of the block."""
        return sum(layer.parameters(shape) for layer, shape in placed(self.block, given))

    def multiply_adds(self, given: Shape) -> int:
        """Those of the block; additions alone are not counted."""
        return sum(layer.multiply_adds(shape) for layer, shape in placed(self.block, given))

    def field(self, before: Field | None, given: Shape) -> Field | None:
        """That of the block, which sees more than the shortcut."""
        for layer, shape in placed(self.block, given):
            before = layer.field(before, shape)
        return before

    def title(self, given: Shape) -> str:
        """With its shortcut or without."""
        return "residual block" if self.shortcut else "plain block"


@dataclass(frozen=True)
class Branches(Layer):
    """Several lists of layers given the same input; their channels stand behind each other."""

    branches: tuple[tuple[Layer, ...], ...]

    def output(self, given: Shape) -> Shape:
        """Return the sum of the branches' channels."""
        shapes = [after(branch, given) for branch in self.branches]
        return (sum(shape[0] for shape in shapes), *shapes[0][1:])

    def parameters(self, given: Shape) -> int:
        """Those of all branches."""
        return sum(layer.parameters(shape) for layer, shape in self._placed(given))

    def multiply_adds(self, given: Shape) -> int:
        """Those of all branches."""
        return sum(layer.multiply_adds(shape) for layer, shape in self._placed(given))

    def field(self, before: Field | None, given: Shape) -> Field | None:
        """The largest of the branches'."""
        fields = []
        for branch in self.branches:
            found = before
            for layer, shape in placed(branch, given):
                found = layer.field(found, shape)
            fields.append(found)
        return None if None in fields else max((f for f in fields if f), key=lambda f: f.size)

    def title(self, given: Shape) -> str:
        """How many."""
        return f"{len(self.branches)} branches"

    def _placed(self, given: Shape) -> Iterator[Placed]:
        for branch in self.branches:
            yield from placed(branch, given)


@dataclass(frozen=True)
class Embedding(Layer):
    """A vector a token; token 0 is padding and stays a vector of zeros."""

    tokens: int
    size: int

    def output(self, given: Shape) -> Shape:
        """Return steps × size."""
        return (*given, self.size)

    def parameters(self, given: Shape) -> int:
        """A vector a token."""
        return self.tokens * self.size

    def title(self, given: Shape) -> str:
        """Tokens and size."""
        return f"embedding of {self.tokens} tokens, {self.size}"


@dataclass(frozen=True)
class Recurrent(Layer):
    """A recurrent cell moved along a sequence: rnn, gru or lstm.

    Each direction has weights of its own. PyTorch keeps two biases a gate, and so does the count.
    """

    cell: str
    units: int
    bidirectional: bool = False
    sequence: bool = False
    """True: the state at each step; False: the last state of each direction."""

    def output(self, given: Shape) -> Shape:
        """Return the units of each direction, a step at a time or at the end."""
        units = self.units * (1 + self.bidirectional)
        return (given[0], units) if self.sequence else (units,)

    def parameters(self, given: Shape) -> int:
        """A gate: weights of input and state, two biases."""
        gate = self.units * (given[-1] + self.units + 2)
        return GATES[self.cell] * gate * (1 + self.bidirectional)

    def multiply_adds(self, given: Shape) -> int:
        """A gate and step: weights of input and state."""
        gate = self.units * (given[-1] + self.units)
        return given[0] * GATES[self.cell] * gate * (1 + self.bidirectional)

    def field(self, before: Field | None, given: Shape) -> Field | None:
        """The whole sequence."""
        return None

    def title(self, given: Shape) -> str:
        """Cell, units and directions."""
        text = f"{'bidirectional ' if self.bidirectional else ''}{self.cell} {self.units}"
        return f"{text}, every step" if self.sequence else text


def placed(layers: tuple[Layer, ...], given: Shape) -> Iterator[Placed]:
    """Give each layer with the shape that reaches it."""
    for layer in layers:
        yield layer, given
        given = layer.output(given)
