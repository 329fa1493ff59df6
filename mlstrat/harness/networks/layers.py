"""A network as a list of layers that know their shapes and costs: PyTorch is not needed.

Shapes leave out the examples: ``(channels, height, width)`` for a picture, ``(channels, length)``
for a signal, ``(channels, frames, height, width)`` for a moving picture, ``(steps, features)`` for
a sequence, ``(features,)`` for a vector.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from mlstrat.errors import UsageError

Shape = tuple[int, ...]
Sides = int | tuple[int, ...]
"""One number for all axes, or one an axis."""


@dataclass(frozen=True)
class Field:
    """What one output sees of the input: pixels a side, and pixels between neighbours."""

    size: tuple[int, ...]
    jump: tuple[int, ...]

    def through(self, kernel: tuple[int, ...], stride: tuple[int, ...]) -> Field:
        """Return the field after a window moved over this one.

        ``size + (kernel − 1) · jump``, ``jump · stride``, an axis at a time.

        Examples
        --------
        >>> Field((1,), (1,)).through((3,), (1,)).through((3,), (2,))
        Field(size=(5,), jump=(2,))
        """
        size = tuple(s + (k - 1) * j for s, k, j in zip(self.size, kernel, self.jump, strict=True))
        return Field(size, tuple(j * s for j, s in zip(self.jump, stride, strict=True)))


def output_side(side: int, kernel: int, stride: int = 1, padding: int = 0) -> int:
    """Return the side of what a window leaves: floor((n + 2p − f) / s) + 1.

    Examples
    --------
    >>> output_side(227, 11, stride=4)
    55
    """
    room = side + 2 * padding - kernel
    if room < 0:
        raise UsageError(
            f"a window of {kernel} does not fit a side of {side}",
            hint="larger pictures, or a network with fewer layers that shrink them",
        )
    return room // stride + 1


def on_axes(value: Sides, axes: int) -> tuple[int, ...]:
    """Return one number an axis."""
    return (value,) * axes if isinstance(value, int) else value


@dataclass(frozen=True)
class Layer:
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


@dataclass(frozen=True)
class Conv(Layer):
    """Convolution over as many axes as the input has beside its channels: 1, 2 or 3."""

    filters: int
    kernel: Sides
    stride: Sides = 1
    padding: Sides = 0
    bias: bool = True

    def output(self, given: Shape) -> Shape:
        """Return filters × what the window leaves."""
        return (self.filters, *_windows(given, self.kernel, self.stride, self.padding))

    def parameters(self, given: Shape) -> int:
        """Kernel × channels × filters, and a bias a filter."""
        weights = prod(on_axes(self.kernel, len(given) - 1)) * given[0] * self.filters
        return weights + self.filters * self.bias

    def multiply_adds(self, given: Shape) -> int:
        """Every output looks through the kernel at every channel."""
        kernel = prod(on_axes(self.kernel, len(given) - 1))
        return prod(self.output(given)) * kernel * given[0]

    def field(self, before: Field | None, given: Shape) -> Field | None:
        """A window over the field before."""
        axes = len(given) - 1
        return before and before.through(on_axes(self.kernel, axes), on_axes(self.stride, axes))

    def title(self, given: Shape) -> str:
        """Kernel, filters, stride and padding."""
        axes = len(given) - 1
        window = _window(self.kernel, self.stride, axes)
        return f"conv {window}, {self.filters}" + _padded(self.padding)


@dataclass(frozen=True)
class Pool(Layer):
    """Maximum or mean of a window; the stride is the kernel unless it is given."""

    kernel: Sides
    stride: Sides | None = None
    padding: int = 0
    kind: str = "max"

    @property
    def step(self) -> Sides:
        """The stride that is meant."""
        return self.kernel if self.stride is None else self.stride

    def output(self, given: Shape) -> Shape:
        """Return channels × what the window leaves."""
        return (given[0], *_windows(given, self.kernel, self.step, self.padding))

    def field(self, before: Field | None, given: Shape) -> Field | None:
        """A window over the field before."""
        axes = len(given) - 1
        return before and before.through(on_axes(self.kernel, axes), on_axes(self.step, axes))

    def title(self, given: Shape) -> str:
        """Kind, kernel, stride and padding."""
        axes = len(given) - 1
        return f"{self.kind} pool {_window(self.kernel, self.step, axes)}" + _padded(self.padding)


@dataclass(frozen=True)
class Dense(Layer):
    """Every input to every unit; applied to each step of a sequence."""

    units: int

    def output(self, given: Shape) -> Shape:
        """Return the units, a step at a time for a sequence."""
        return (*given[:-1], self.units)

    def parameters(self, given: Shape) -> int:
        """A weight an input and a bias, a unit."""
        return (given[-1] + 1) * self.units

    def multiply_adds(self, given: Shape) -> int:
        """One an input and unit."""
        return prod(given) * self.units

    def field(self, before: Field | None, given: Shape) -> Field | None:
        """All of a vector; one step of a sequence."""
        return before if len(given) > 1 else None

    def title(self, given: Shape) -> str:
        """Units."""
        return f"dense {self.units}"


@dataclass(frozen=True)
class Norm(Layer):
    """Batch normalisation of each channel, with a scale and a shift that are trained."""

    def parameters(self, given: Shape) -> int:
        """A scale and a shift a channel."""
        return 2 * given[0]

    def title(self, given: Shape) -> str:
        """Its name."""
        return "batch norm"


@dataclass(frozen=True)
class LocalResponseNorm(Layer):
    """Each value over the strength of its neighbours in other channels (Krizhevsky et al. 2012)."""

    channels: int = 5

    def title(self, given: Shape) -> str:
        """Channels."""
        return f"local response norm {self.channels}"


@dataclass(frozen=True)
class Activation(Layer):
    """A nonlinearity: relu, tanh or sigmoid."""

    name: str = "relu"

    def title(self, given: Shape) -> str:
        """Its name."""
        return self.name


@dataclass(frozen=True)
class Dropout(Layer):
    """Units switched off at random while training, the others scaled up (inverted dropout)."""

    share: float = 0.5

    def title(self, given: Shape) -> str:
        """The share of units that are switched off."""
        return f"dropout {self.share:g}"


@dataclass(frozen=True)
class Flatten(Layer):
    """All axes to one."""

    def output(self, given: Shape) -> Shape:
        """Return the product of all axes."""
        return (prod(given),)

    def field(self, before: Field | None, given: Shape) -> Field | None:
        """What follows sees all of it."""
        return None


@dataclass(frozen=True)
class GlobalPool(Layer):
    """The mean of each channel over all other axes."""

    def output(self, given: Shape) -> Shape:
        """Return the channels."""
        return (given[0],)

    def field(self, before: Field | None, given: Shape) -> Field | None:
        """The whole input."""
        return None

    def title(self, given: Shape) -> str:
        """Its name."""
        return "global mean pool"


def after(layers: tuple[Layer, ...], given: Shape) -> Shape:
    """Return the shape after all layers.

    Examples
    --------
    >>> after((Conv(6, 5), Pool(2), Flatten(), Dense(10)), (1, 32, 32))
    (10,)
    """
    for layer in layers:
        given = layer.output(given)
    return given


def _windows(given: Shape, kernel: Sides, stride: Sides, padding: Sides) -> tuple[int, ...]:
    axes = len(given) - 1
    each = zip(
        given[1:], on_axes(kernel, axes), on_axes(stride, axes), on_axes(padding, axes), strict=True
    )
    return tuple(output_side(n, k, s, p) for n, k, s, p in each)


def _window(kernel: Sides, stride: Sides, axes: int) -> str:
    """Write a window as papers do: 3×3/2 moves by 2."""
    text = "×".join(map(str, on_axes(kernel, axes)))
    return text if on_axes(stride, axes) == (1,) * axes else f"{text}/{_short(stride)}"


def _padded(padding: Sides) -> str:
    return f", pad {_short(padding)}" if padding else ""


def _short(value: Sides) -> str:
    return str(value) if isinstance(value, int) else "×".join(map(str, value))
