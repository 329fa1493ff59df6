"""A row of the table of networks, and the scale that it is built at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlstrat.harness.networks.layers import Layer, Shape

COMMON = (
    "width", "epochs", "batch_size", "learning_rate", "decay", "optimizer", "l2", "early_stopping",
    "class_weights", "clip", "init_from", "freeze", "ensemble",
)  # fmt: skip
"""Options that every network takes."""

PICTURES = (*COMMON, "augment", "crops")
"""Options of networks that look at pictures."""


@dataclass(frozen=True)
class Scale:
    """What a network is built for: its input and classes, and how large it is to be."""

    input: Shape
    classes: int
    width: float = 1.0
    """Scale of filters and units; 1 is the published network."""
    depth: int = 0
    """Layers as the architecture counts them; 0 where it has no such choice."""
    dropout: float = 0.0
    batch_norm: bool = False
    tokens: int = 0
    """Distinct tokens, padding included, where the input is a sequence of them."""

    def units(self, published: int) -> int:
        """Scale a number of filters or units; one is left at least.

        Examples
        --------
        >>> Scale((1, 32, 32), 10, width=1 / 8).units(64)
        8
        """
        return max(1, round(self.width * published))


@dataclass(frozen=True)
class Network:
    """An architecture: its layers at any scale, and the options it takes."""

    title: str
    source: str
    """Who published it, or that it is ours."""
    layers: Callable[[Scale], tuple[Layer, ...]]
    scale: Scale
    """What the recipes train: width, depth and the shape of their input."""
    full: Scale
    """As published."""
    knobs: tuple[str, ...]
    """The options that it has a use for: names of :class:`~.options.NetworkOptions`."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Options where none are given, unless those of everyone fit."""
