"""The layers of convolutional networks, at any scale."""

from __future__ import annotations

from mlstrat.core.record import Record
from mlstrat.errors import UsageError
from mlstrat.harness.networks.layers import (
    Activation,
    Branches,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalPool,
    Layer,
    Layers,
    LocalResponseNorm,
    Norm,
    Pool,
    Residual,
    Shape,
)

RELU = Activation("relu")
LARGE_PICTURE = 128
"""Ours: from this side on, networks start with the large strides that were published."""


class Scale(Record):
    """What a network is built for: its input and classes, and how large it is to be."""

    input: Shape
    classes: int
    width: float = 1.0
    depth: int = 0
    dropout: float = 0.0
    batch_norm: bool = False
    tokens: int = 0
    """Distinct tokens, padding included, where the input is a sequence of them."""

    def units(self, published: int) -> int:
        """Scale a number of filters or units; one is left at least."""
        return max(1, round(self.width * published))


def lenet5(scale: Scale) -> Layers:
    """Two convolutions with pooling, three dense layers; tanh."""
    tanh, units = Activation("tanh"), scale.units
    return (
        Conv(units(6), 5), tanh, Pool(2, kind="mean"),
        Conv(units(16), 5), tanh, Pool(2, kind="mean"),
        Flatten(), Dense(units(120)), tanh, Dense(units(84)), tanh, *_dropout(scale),
        Dense(scale.classes),
    )  # fmt: skip


def alexnet(scale: Scale) -> Layers:
    """Five convolutions, two with local response norm, three dense layers with dropout."""
    units, large = scale.units, scale.input[-1] >= LARGE_PICTURE
    first = Conv(units(96), 11, 4) if large else Conv(units(96), 5, 2, 2)
    return (
        first, RELU, LocalResponseNorm(), Pool(3, 2),
        Conv(units(256), 5, 1, 2), RELU, LocalResponseNorm(), Pool(3, 2),
        Conv(units(384), 3, 1, 1), RELU, Conv(units(384), 3, 1, 1), RELU,
        Conv(units(256), 3, 1, 1), RELU, Pool(3, 2), Flatten(),
        *_dropout(scale), Dense(units(4096)), RELU,
        *_dropout(scale), Dense(units(4096)), RELU, Dense(scale.classes),
    )  # fmt: skip


def vgg16(scale: Scale) -> Layers:
    """Thirteen 3×3 convolutions whose filters double after each pooling, three dense layers."""
    layers: list[Layer] = []
    for filters, many in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(many):
            layers += _conv(scale, scale.units(filters), 3, padding=1)
        layers.append(Pool(2))
    hidden = scale.units(4096)
    for _ in range(2):
        layers += [Flatten()] if isinstance(layers[-1], Pool) else []
        layers += [Dense(hidden), RELU, *_dropout(scale)]
    return (*layers, Dense(scale.classes))


def network_in_network(scale: Scale) -> Layers:
    """Three convolutions, each followed by two of 1×1; the last has a filter a class."""
    groups = (((192, 5), (160, 1), (96, 1)), ((192, 5), (192, 1), (192, 1)), ((192, 3), (192, 1)))
    layers: list[Layer] = []
    for number, group in enumerate(groups):
        for filters, kernel in group:
            layers += _conv(scale, scale.units(filters), kernel, padding=kernel // 2)
        if number < 2:
            layers += [Pool(3, 2, 1, "max" if number == 0 else "mean"), *_dropout(scale)]
    return (*layers, Conv(scale.classes, 1), GlobalPool())


def conv1d(scale: Scale) -> Layers:
    """Three 1D convolutions of 7, 5 and 3 steps."""
    layers: list[Layer] = []
    for filters, kernel in ((16, 7), (32, 5), (32, 3)):
        layers += [*_conv(scale, scale.units(filters), kernel, padding=kernel // 2), Pool(2)]
    return (*layers, GlobalPool(), *_dropout(scale), Dense(scale.classes))


def conv3d(scale: Scale) -> Layers:
    """Two 3D convolutions of 3×3×3 with pooling."""
    layers: list[Layer] = []
    for filters in (8, 16):
        layers += [*_conv(scale, scale.units(filters), 3, padding=1), Pool(2)]
    return (*layers, GlobalPool(), *_dropout(scale), Dense(scale.classes))


def dense(scale: Scale) -> Layers:
    """As many hidden layers of 64 units as the depth says."""
    layers: list[Layer] = [] if len(scale.input) == 1 else [Flatten()]
    for _ in range(scale.depth):
        layers += [Dense(scale.units(64)), *_norm(scale), RELU, *_dropout(scale)]
    return (*layers, Dense(scale.classes))


def _conv(
    scale: Scale, filters: int, kernel: int, *, stride: int = 1, padding: int = 0
) -> list[Layer]:
    """Convolution, batch norm where it is on (whose shift is the bias), relu."""
    conv = Conv(filters, kernel, stride, padding, bias=not scale.batch_norm)
    return [conv, *_norm(scale), RELU]


def _norm(scale: Scale) -> list[Layer]:
    return [Norm()] if scale.batch_norm else []


def _dropout(scale: Scale) -> list[Layer]:
    return [Dropout(scale.dropout)] if scale.dropout else []


def residual(scale: Scale, *, shortcut: bool) -> Layers:
    """6n + 2 layers: three groups of n blocks of two 3×3 convolutions, each with a shortcut."""
    blocks, rest = divmod(scale.depth - 2, 6)
    if rest or blocks < 1:
        below = 6 * max(blocks, 1) + 2
        raise UsageError(
            f"a depth of {scale.depth} layers", accepted="6n + 2: 8, 14, 20, 26, 32, 44, 56, …",
            hint=f"the nearest are {below} and {below + 6}",
        )  # fmt: skip
    layers: list[Layer] = _conv(scale, scale.units(16), 3, padding=1)
    for group, filters in enumerate((16, 32, 64)):
        for block in range(blocks):
            stride = 2 if group and not block else 1
            two = _conv(scale, scale.units(filters), 3, stride=stride, padding=1)
            two += _conv(scale, scale.units(filters), 3, padding=1)[:-1]  # relu follows the sum
            layers += [Residual(tuple(two), shortcut), RELU]
    return (*layers, GlobalPool(), Dense(scale.classes))


MODULES = (
    # 1×1, before 3×3, 3×3, before 5×5, 5×5, after pooling: table 1 of the paper
    (64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64),
    (192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64),
    (112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128),
    (256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128),
)  # fmt: skip
SHRINK_BEFORE = (2, 7)
"""Modules before which the picture is halved."""


def inception(scale: Scale, *, bottleneck: bool) -> Layers:
    """Modules of 1×1, 3×3 and 5×5 convolutions side by side, with 1×1 bottlenecks before them.

    Without these, pooling has no projection either.
    """
    if not 1 <= scale.depth <= len(MODULES):
        raise UsageError(f"a depth of {scale.depth} modules", accepted=f"1 to {len(MODULES)}")
    units = scale.units
    layers = [*_conv(scale, units(64), 7, stride=2, padding=3), Pool(3, 2, 1)]
    if scale.input[-1] < LARGE_PICTURE:
        layers = [*_conv(scale, units(64), 3, padding=1), Pool(3, 2, 1)]
    else:
        layers += _conv(scale, units(64), 1) + _conv(scale, units(192), 3, padding=1)
        layers.append(Pool(3, 2, 1))
    for number, filters in enumerate(MODULES[: scale.depth]):
        if number in SHRINK_BEFORE:
            layers.append(Pool(3, 2, 1))
        layers.append(_module(scale, tuple(map(units, filters)), bottleneck=bottleneck))
    return (*layers, GlobalPool(), *_dropout(scale), Dense(scale.classes))


def _module(scale: Scale, filters: tuple[int, ...], *, bottleneck: bool) -> Branches:
    """Four branches side by side; 1×1 convolutions before the wide ones, or not."""
    one, before_three, three, before_five, five, after_pool = filters
    pool: list[Layer] = [Pool(3, 1, 1)]
    narrow_three = _conv(scale, before_three, 1) if bottleneck else []
    narrow_five = _conv(scale, before_five, 1) if bottleneck else []
    branches = (
        _conv(scale, one, 1),
        narrow_three + _conv(scale, three, 3, padding=1),
        narrow_five + _conv(scale, five, 5, padding=2),
        pool + (_conv(scale, after_pool, 1) if bottleneck else []),
    )
    return Branches(tuple(tuple(branch) for branch in branches))
