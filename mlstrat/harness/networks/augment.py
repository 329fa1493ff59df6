"""Training pictures changed a little, differently each time they are seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

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
