# Over 300 lines: a kind of layer after another.
"""A network as a list of layers that know their shapes and costs: PyTorch is not needed.

Shapes leave out the examples: ``(channels, height, width)`` for a picture, ``(channels, length)``
for a signal, ``(channels, frames, height, width)`` for a moving picture, ``(steps, features)`` for
a sequence, ``(features,)`` for a vector. A window is the same along each axis.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from math import prod

from mlstrat.core.record import Record
from mlstrat.errors import UsageError

Shape = tuple[int, ...]


class Field(Record):
    """What one output sees of the input: pixels a side, and pixels between neighbours."""

    size: int = 1
    jump: int = 1

    def through(self, kernel: int, stride: int) -> Field:
        """Return the field after a window moved over this one."""
        return Field(self.size + (kernel - 1) * self.jump, self.jump * stride)


def output_side(side: int, kernel: int, stride: int = 1, padding: int = 0) -> int:
    """Return the side of what a window leaves: floor((n + 2p − f) / s) + 1."""
    room = side + 2 * padding - kernel
    if room < 0:
        raise UsageError(
            f"a window of {kernel} does not fit a side of {side}",
            hint="larger pictures, or a network with fewer layers that shrink them",
        )
    return room // stride + 1


class Layer(Record):
    """What changes neither shape nor field, and costs nothing, unless a kind of layer says so."""

    def output(self, given: Shape) -> Shape:
        """Return the output's shape for an input of this shape."""
        return given

    def parameters(self, given: Shape) -> int:
        """Count the numbers that are trained."""
        return 0

    def multiply_adds(self, given: Shape) -> int:
        """Count multiplications, each with its addition, an example; biases are not counted."""
        return 0

    def field(self, before: Field | None, given: Shape) -> Field | None:
        """Return the receptive field after this layer; None: the whole input."""
        return before

    def title(self, given: Shape) -> str:
        """Put the layer into words."""
        return type(self).__name__.lower()


class Window(Layer, ABC):
    """What moves over as many axes as the input has beside its channels: 1, 2 or 3."""

    @property
    @abstractmethod
    def window(self) -> tuple[int, int, int]:
        """Kernel, stride and padding."""

    def output(self, given: Shape) -> Shape:
        kernel, stride, padding = self.window
        return (given[0], *(output_side(n, kernel, stride, padding) for n in given[1:]))

    def field(self, before: Field | None, given: Shape) -> Field | None:
        kernel, stride, _ = self.window
        return before and before.through(kernel, stride)

    def words(self, given: Shape, more: str = "") -> str:
        """Write a window as papers do: 3×3/2 moves by 2."""
        kernel, stride, padding = self.window
        text = "×".join([str(kernel)] * (len(given) - 1)) + (f"/{stride}" if stride > 1 else "")
        return text + more + (f", pad {padding}" if padding else "")


class Conv(Window):
    """Convolution."""

    filters: int
    kernel: int
    stride: int = 1
    padding: int = 0
    bias: bool = True

    @property
    def window(self) -> tuple[int, int, int]:
        return self.kernel, self.stride, self.padding

    def output(self, given: Shape) -> Shape:
        return (self.filters, *super().output(given)[1:])

    def parameters(self, given: Shape) -> int:
        weights = prod([self.kernel] * (len(given) - 1)) * given[0] * self.filters
        return weights + self.filters * self.bias

    def multiply_adds(self, given: Shape) -> int:
        # Every output looks through the kernel at every channel.
        return prod([*self.output(given), *[self.kernel] * (len(given) - 1)]) * given[0]

    def title(self, given: Shape) -> str:
        return "conv " + self.words(given, f", {self.filters}")


class Pool(Window):
    """Maximum or mean of a window; the stride is the kernel unless it is given."""

    kernel: int
    stride: int | None = None
    padding: int = 0
    kind: str = "max"

    @property
    def window(self) -> tuple[int, int, int]:
        return self.kernel, self.stride or self.kernel, self.padding

    def title(self, given: Shape) -> str:
        return f"{self.kind} pool {self.words(given)}"


class Dense(Layer):
    """Every input to every unit; applied to each step of a sequence."""

    units: int

    def output(self, given: Shape) -> Shape:
        return (*given[:-1], self.units)

    def parameters(self, given: Shape) -> int:
        return (given[-1] + 1) * self.units

    def multiply_adds(self, given: Shape) -> int:
        return prod(given) * self.units

    def field(self, before: Field | None, given: Shape) -> Field | None:
        return before if len(given) > 1 else None

    def title(self, given: Shape) -> str:
        return f"dense {self.units}"


class Norm(Layer):
    """Batch normalisation of each channel, with a scale and a shift that are trained."""

    def parameters(self, given: Shape) -> int:
        return 2 * given[0]

    def title(self, given: Shape) -> str:
        return "batch norm"


class LocalResponseNorm(Layer):
    """Each value over the strength of its neighbours in other channels (Krizhevsky et al. 2012)."""

    channels: int = 5

    def title(self, given: Shape) -> str:
        return f"local response norm {self.channels}"


class Activation(Layer):
    """A nonlinearity: relu or tanh."""

    name: str = "relu"

    def title(self, given: Shape) -> str:
        return self.name


class Dropout(Layer):
    """Units switched off at random while training, the others scaled up (inverted dropout)."""

    share: float = 0.5

    def title(self, given: Shape) -> str:
        return f"dropout {self.share:g}"


class Flatten(Layer):
    """All axes to one."""

    def output(self, given: Shape) -> Shape:
        return (prod(given),)

    def field(self, before: Field | None, given: Shape) -> Field | None:
        return None


class GlobalPool(Layer):
    """The mean of each channel over all other axes."""

    def output(self, given: Shape) -> Shape:
        return (given[0],)

    def field(self, before: Field | None, given: Shape) -> Field | None:
        return None

    def title(self, given: Shape) -> str:
        return "global mean pool"


Layers = tuple[Layer, ...]


class Nested(Layer, ABC):
    """Lists of layers given the same input."""

    @abstractmethod
    def inside(self) -> tuple[Layers, ...]:
        """Return the lists."""

    def parameters(self, given: Shape) -> int:
        return sum(x.parameters(shape) for b in self.inside() for x, shape in placed(b, given))

    def multiply_adds(self, given: Shape) -> int:
        return sum(x.multiply_adds(shape) for b in self.inside() for x, shape in placed(b, given))

    def field(self, before: Field | None, given: Shape) -> Field | None:
        fields = []  # the largest of the lists'
        for branch in self.inside():
            found = before
            for layer, shape in placed(branch, given):
                found = layer.field(found, shape)
            fields.append(found)
        return None if None in fields else max((f for f in fields if f), key=lambda f: f.size)


class Residual(Nested):
    """What a block of layers adds to its input; additions alone are not counted.

    Where the shape changes, the input is thinned out and new channels are filled with zeros, which
    has no parameters (option A of He et al. 2016). Without ``shortcut`` it is a plain block.
    """

    block: Layers
    shortcut: bool = True

    def inside(self) -> tuple[Layers, ...]:
        return (self.block,)

    def output(self, given: Shape) -> Shape:
        return after(self.block, given)

    def title(self, given: Shape) -> str:
        return "residual block" if self.shortcut else "plain block"


class Branches(Nested):
    """Several lists of layers, whose channels stand behind each other."""

    branches: tuple[Layers, ...]

    def inside(self) -> tuple[Layers, ...]:
        return self.branches

    def output(self, given: Shape) -> Shape:
        shapes = [after(branch, given) for branch in self.branches]
        return (sum(shape[0] for shape in shapes), *shapes[0][1:])

    def title(self, given: Shape) -> str:
        return f"{len(self.branches)} branches"


class Embedding(Layer):
    """A vector a token; token 0 is padding and stays a vector of zeros."""

    tokens: int
    size: int

    def output(self, given: Shape) -> Shape:
        return (*given, self.size)

    def parameters(self, given: Shape) -> int:
        return self.tokens * self.size

    def title(self, given: Shape) -> str:
        return f"embedding of {self.tokens} tokens, {self.size}"


GATES = {"rnn": 1, "gru": 3, "lstm": 4}


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
        units = self.units * (1 + self.bidirectional)
        return (given[0], units) if self.sequence else (units,)

    def parameters(self, given: Shape) -> int:
        return self._gates * self.units * (given[-1] + self.units + 2)

    def multiply_adds(self, given: Shape) -> int:
        return given[0] * self._gates * self.units * (given[-1] + self.units)

    @property
    def _gates(self) -> int:
        return GATES[self.cell] * (1 + self.bidirectional)

    def field(self, before: Field | None, given: Shape) -> Field | None:
        return None

    def title(self, given: Shape) -> str:
        text = f"{'bidirectional ' if self.bidirectional else ''}{self.cell} {self.units}"
        return f"{text}, every step" if self.sequence else text


def placed(layers: Layers, given: Shape) -> Iterator[tuple[Layer, Shape]]:
    """Give each layer with the shape that reaches it."""
    for layer in layers:
        yield layer, given
        given = layer.output(given)


def after(layers: Layers, given: Shape) -> Shape:
    """Return the shape after all layers."""
    for layer in layers:
        given = layer.output(given)
    return given
