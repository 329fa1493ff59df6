"""What can be set when a network is trained, and how its pictures are augmented."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mlstrat.core.record import Record
from mlstrat.errors import UsageError, did_you_mean
from mlstrat.harness.networks.torch_needed import load_torch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


CROP = 1 / 8
"""Most that a picture is shifted, of its side: a crop of a picture with a margin."""
DEGREES, SHEAR = 15.0, 0.2
"""Most that a picture is turned, and slanted."""
COLOUR = 0.1
"""Deviation of what is added to a channel, of the range from black to white."""
PRINCIPAL = 0.1
"""Deviation of the share of each principal component that is added (Krizhevsky et al. 2012)."""

GEOMETRIC = ("mirror", "crop", "rotate", "shear")

Tensor = Any


def build_augmentation(
    names: tuple[str, ...], pictures: Tensor
) -> Callable[[Tensor, np.random.Generator], Tensor]:
    """Return what changes a batch of pictures (N, C, H, W) in 0 to 1.

    mirror: left and right, every second one · crop: shifted by up to an eighth, black beyond the
    edge · rotate: by up to 15° · shear: slanted by up to 0.2 · colour: a normal shift of each
    channel · pca: a normal shift along the principal components of the training pictures' colours.
    """
    torch = load_torch()
    components = _components(pictures) if "pca" in names else None

    def change(batch: Tensor, random: np.random.Generator) -> Tensor:
        if any(name in GEOMETRIC for name in names):
            batch = _moved(batch, names, random)
        shift = 0.0
        if "colour" in names:
            shift = random.normal(0, COLOUR, batch.shape[:2])
        if components is not None:
            shares = random.normal(0, PRINCIPAL, batch.shape[:2])
            shift = shift + shares @ components
        if isinstance(shift, float):
            return batch
        added = torch.from_numpy(shift).to(batch.dtype)[:, :, None, None]
        return (batch + added).clamp(0, 1)

    return change


def _moved(batch: Tensor, names: tuple[str, ...], random: np.random.Generator) -> Tensor:
    """Mirror, shift, turn and slant in one pass over the pixels."""
    import numpy as np

    torch = load_torch()
    n, height, width = len(batch), batch.shape[2], batch.shape[3]
    flip = random.choice([-1.0, 1.0], n) if "mirror" in names else np.ones(n)
    angle = np.radians(random.uniform(-DEGREES, DEGREES, n)) if "rotate" in names else np.zeros(n)
    slant = random.uniform(-SHEAR, SHEAR, n) if "shear" in names else np.zeros(n)
    matrix = np.zeros((n, 2, 3))
    cos, sin = np.cos(angle), np.sin(angle)
    matrix[:, 0, 0], matrix[:, 0, 1] = flip * cos, flip * (slant * cos - sin)
    matrix[:, 1, 0], matrix[:, 1, 1] = sin, slant * sin + cos
    if "crop" in names:
        for axis, side in ((0, width), (1, height)):
            most = int(side * CROP)
            # Whole pixels, which blur nothing; the picture runs from −1 to 1.
            matrix[:, axis, 2] = random.integers(-most, most, n, endpoint=True) * 2 / side
    functional = torch.nn.functional
    grid = functional.affine_grid(
        torch.from_numpy(matrix).to(batch.dtype), list(batch.shape), align_corners=False
    )
    return functional.grid_sample(batch, grid, align_corners=False)


def _components(pictures: Tensor) -> NDArray[np.float64]:
    """Principal components of colours, each as long as its deviation: (C, C), one a row."""
    import numpy as np

    colours = np.asarray(pictures.transpose(0, 1).flatten(1), dtype=np.float64)
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(colours)))
    return np.asarray(np.sqrt(np.clip(values, 0, None))[:, None] * vectors.T)


OPTIMIZERS = ("momentum", "rmsprop", "adam", "sgd")
DECAYS = ("none", "inverse", "exponential", "root", "staircase", "cosine")
AUGMENTATIONS = ("mirror", "crop", "rotate", "shear", "colour", "pca")
TRANSFERS = ("none", "fewer", "last", "all")
CROPS = (1, 5, 9, 10)

RATES = {"momentum": 0.05, "rmsprop": 0.001, "adam": 0.001, "sgd": 0.05}
"""Learning rate of each optimizer where none is given: what trained the networks here steadily."""


class NetworkOptions(Record):
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
