"""What can be set when a network is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlstrat.errors import UsageError, did_you_mean

OPTIMIZERS = ("momentum", "rmsprop", "adam", "sgd")
DECAYS = ("none", "inverse", "exponential", "root", "staircase", "cosine")
AUGMENTATIONS = ("mirror", "crop", "rotate", "shear", "colour", "pca")
TRANSFERS = ("none", "fewer", "last", "all")
CROPS = (1, 5, 9, 10)

RATES = {"momentum": 0.05, "rmsprop": 0.001, "adam": 0.001, "sgd": 0.05}
"""Learning rate of each optimizer where none is given: what trained the networks here steadily."""


@dataclass(frozen=True)
class NetworkOptions:
    """Options of a network; None is the architecture's own choice."""

    width: float | None = None
    depth: int | None = None
    epochs: int = 10
    batch_size: int = 64
    learning_rate: float | None = None
    """None: :data:`RATES` of the optimizer."""
    decay: str = "none"
    """How the learning rate falls from epoch to epoch; see :func:`~.optimizers.rate_at`."""
    optimizer: str = "adam"
    l2: float = 0.0
    """l2/2 · ‖w‖² is added to the loss, w being weights, not biases nor norms. Not decoupled: its
    gradient passes through the optimizer, in which Adam differs from AdamW."""
    dropout: float | None = None
    batch_norm: bool | None = None
    augment: tuple[str, ...] = ()
    early_stopping: int = 0
    """Epochs without a lower dev loss after which training stops and the best epoch's weights are
    taken; 0 is off."""
    class_weights: bool = False
    """Weigh the loss by n / (classes · n of the class): every class counts the same."""
    clip: float = 0.0
    """Longest gradient, over all parameters; a longer one is shortened to it. 0 is off."""
    init_from: str | None = None
    """Folder of a run whose network of the same architecture lends its weights."""
    freeze: str = "none"
    """What of the lent weights stays as it is: ``all`` but a new last layer, on features computed
    once and kept on disk; all but the ``last`` two layers; ``fewer``: the first half; ``none``:
    they are where training starts."""
    ensemble: int = 1
    """Networks trained with other seeds, whose probabilities are averaged."""
    crops: int = 1
    """Shifted copies of a picture whose probabilities are averaged; 10: five and their mirrors."""

    def __post_init__(self) -> None:
        for name, accepted in CHOICES.items():
            for value in _listed(getattr(self, name)):
                if value not in accepted:
                    raise UsageError(
                        f"{name} is {value!r}",
                        accepted=", ".join(map(str, accepted)),
                        hint=did_you_mean(str(value), map(str, accepted)),
                    )
        for name, (lowest, highest) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not lowest <= value <= highest:
                raise UsageError(f"{name} is {value}", accepted=f"{lowest:g} to {highest:g}")
        if self.freeze != "none" and self.init_from is None:
            raise UsageError(
                f"freeze is {self.freeze!r}, but no weights are lent",
                hint="name the folder of a run with init_from",
            )

    @property
    def rate(self) -> float:
        """The learning rate that is meant."""
        return RATES[self.optimizer] if self.learning_rate is None else self.learning_rate


CHOICES: Mapping[str, tuple[Any, ...]] = {
    "optimizer": OPTIMIZERS,
    "decay": DECAYS,
    "augment": AUGMENTATIONS,
    "freeze": TRANSFERS,
    "crops": CROPS,
}

RANGES: Mapping[str, tuple[float, float]] = {
    "width": (1e-3, 16),
    "depth": (1, 1_000),
    "epochs": (1, 100_000),
    "batch_size": (1, 65_536),
    "learning_rate": (1e-9, 1e3),
    "l2": (0, 1e3),
    "dropout": (0, 0.95),
    "early_stopping": (0, 100_000),
    "clip": (0, math.inf),
    "ensemble": (1, 100),
}
"""Lowest and highest value; ours, wide enough to break a network and not the machine."""


def _listed(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


INVERSE, EXPONENTIAL, STAIRS = 1.0, 0.95, 4
"""Decay rate of 1 / (1 + rate · epoch), base of base^epoch (the course's), and the number of equal
steps, each half as high as the one before (ours)."""


def rate_at(options: NetworkOptions, epoch: int) -> float:
    """Return the learning rate of an epoch, counted from 0.

    none: α · inverse: α / (1 + epoch) · exponential: α · 0.95^epoch · root: α / √(epoch + 1) ·
    staircase: halved three times, at equal distances · cosine: half a wave from α to 0.

    Source: the course on learning-rate decay; cosine is Loshchilov and Hutter 2017.
    """
    done = epoch / options.epochs
    factor = {
        "none": 1.0,
        "inverse": 1 / (1 + INVERSE * epoch),
        "exponential": EXPONENTIAL**epoch,
        "root": 1 / math.sqrt(epoch + 1),
        "staircase": 0.5 ** int(STAIRS * done),
        "cosine": (1 + math.cos(math.pi * done)) / 2,
    }[options.decay]
    return options.rate * factor
