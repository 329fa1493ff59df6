"""What is inside a trained network: the kernels of its first convolution, what moves its units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.record import Record
from mlstrat.data.config import read_config
from mlstrat.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

LOOKED_AT, LAYERS, UNITS, PATCHES = 500, 4, 4, 9
"""Pictures that are looked through at most, layers and units that are shown, patches of a unit."""


class Kernels(Record, eq=False):
    """The first convolution of a network."""

    weights: Floats
    """(filters, channels, side) or (filters, channels, height, width)."""
    edges: NDArray[np.float64]
    """(filters,) how alike each is to an edge in some direction, 0 to 1; NaN of another kind."""
    angles: NDArray[np.float64]
    """(filters,) the direction across that edge, degrees from 0 to 360."""

    def records(self) -> list[dict[str, Any]]:
        """Return a record a kernel."""
        return [
            {"kernel": i + 1, "edge": None if np.isnan(edge) else float(edge),
             "angle": None if np.isnan(edge) else float(angle), "weights": kernel.tolist()}
            for i, (kernel, edge, angle) in enumerate(
                zip(self.weights, self.edges, self.angles, strict=True))
        ]  # fmt: skip


class Unit(Record, eq=False):
    """What moves one unit of a layer: patches from the strongest on, and what they are part of.

    ``patches`` is (P, H, W) or (P, H, W, 3) in 0 to 1; ``pictures`` are places of what was looked
    through.
    """

    number: int
    patches: Floats
    labels: tuple[str, ...]
    pictures: tuple[int, ...]


class Seen(Record, eq=False):
    """A layer: its place, its words, the side of what one unit of it sees, and some units."""

    place: int
    title: str
    field: int
    units: tuple[Unit, ...]


class Inside(Record, eq=False):
    """The layers of a network that have a field, and the pictures that were looked through."""

    layers: tuple[Seen, ...]
    pictures: int
    of: str

    def records(self) -> list[dict[str, Any]]:
        """Return a record a patch, the strongest of each unit first."""
        return [
            {"layer": x.place, "title": x.title, "sees": x.field, "unit": u.number + 1,
             "picture": name, "label": u.labels[i] if u.labels else None}
            for x in self.layers for u in x.units for i, name in enumerate(u.pictures)
        ]  # fmt: skip


def edge_filters(height: int, width: int) -> tuple[Floats, Floats]:
    """Return the edge filters of this size: light left of dark, and light above dark.

    Source: C4W1 Edge detection.
    """
    across, down = (np.sign((n - 1) / 2 - np.arange(n)).astype(np.float32) for n in (width, height))
    return np.tile(across, (height, 1)), np.tile(down[:, None], (1, width))


def kernels_of(folder: Path) -> Kernels:
    """Return the kernels of the first convolution of a run's network.

    Formula: with a kernel's mean over its channels less its own mean, k, and edge filters v and h:
    √((k·v / |k||v|)² + (k·h / |k||h|)²), the correlation with the nearest edge at any angle.
    """
    tensors = _tensors(folder)
    first = min((x for x in tensors if x.endswith("weight") and tensors[x].ndim in (3, 4, 5)),
                key=_natural, default=None)  # fmt: skip
    if first is None:
        raise _no_convolution(folder)
    weights: Any = tensors[first].numpy()
    if weights.ndim == 5:  # of moving pictures the frame in the middle
        weights = weights[:, :, weights.shape[2] // 2]
    edges = angles = np.full(len(weights), np.nan)
    if weights.ndim == 4 and min(weights.shape[2:]) > 1:
        k = weights.mean(axis=1).astype(float)
        k -= k.mean(axis=(1, 2), keepdims=True)
        size = np.sqrt((k**2).sum(axis=(1, 2)))
        with np.errstate(invalid="ignore", divide="ignore"):
            v, h = ((k * x).sum(axis=(1, 2)) / size / np.sqrt((x**2).sum())
                    for x in edge_filters(*weights.shape[2:]))  # fmt: skip
        edges, angles = np.hypot(v, h), np.degrees(np.arctan2(h, v)) % 360
    return Kernels(np.asarray(weights, np.float32), edges, angles)


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(x), "") if x.isdigit() else (-1, x) for x in re.split(r"(\d+)", name)]


def weights_of(folder: Path) -> Path:
    """Return the file of the weights of a run's network."""
    from mlstrat.harness.networks.fitted import WEIGHTS
    from mlstrat.harness.train.estimators import WEIGHTS as OF_ESTIMATORS
    from mlstrat.harness.train.run_files import weights_in

    if (folder / OF_ESTIMATORS).is_file() and not (folder / WEIGHTS).is_file():
        raise _no_convolution(folder)
    return weights_in(folder, WEIGHTS)


def _no_convolution(folder: Path) -> UsageError:
    return UsageError("the model has no convolution over pictures", file=str(folder),
                      accepted="a network such as that of the recipe lenet5")  # fmt: skip


def inside_of(folder: Path, media: Path | None) -> Inside:
    """Return what moves some units of each layer most, in pictures it was not trained on.

    A unit is one channel of a layer's output; its patch is the part of the picture that it sees
    where it is highest, one patch a picture. Without a folder of pictures these are the dev rows
    of the recipe. Source: Zeiler and Fergus (2014); C4W4 What are deep ConvNets learning?
    """
    from mlstrat.harness.networks.architectures import fields_of, find_network
    from mlstrat.harness.networks.fitted import load_network, standardised
    from mlstrat.harness.networks.torch_needed import one_thread

    if not any(x.ndim == 4 for x in _tensors(folder).values()):
        raise _no_convolution(folder)
    network = load_network(folder)
    given = network.scale.input
    if len(given) != 3:
        raise _no_convolution(folder)
    pictures, labels, of = _pictures(folder, media, given)
    layers = find_network(network.architecture).layers(network.scale)
    fields = fields_of(layers, given)
    convolving = [i for i, x in enumerate(fields) if x is not None]
    some = np.unique(np.linspace(0, len(convolving) - 1, LAYERS).round().astype(int))
    chosen = {convolving[i] for i in some.tolist()}
    out = []
    with one_thread() as torch, torch.inference_mode():
        x = standardised(torch.from_numpy(pictures), network.centre, network.spread)
        shape: tuple[int, ...] = given
        for i, layer in enumerate(layers):
            title, shape = layer.title(shape), layer.output(shape)
            x = network.members[0][i](x)
            found = fields[i]
            if i in chosen and found is not None:
                units = _units(x.numpy(), found, pictures, labels)
                out.append(Seen(i + 1, title, found[0].size, units))
    return Inside(tuple(out), len(pictures), of)


def _tensors(folder: Path) -> Mapping[str, Any]:
    from mlstrat.harness.networks.loop import read_tensors

    return read_tensors(weights_of(folder))[0]


def _units(
    outputs: Floats, seeing: Any, pictures: Floats, labels: tuple[str, ...]
) -> tuple[Unit, ...]:
    """Return the units that answer most unevenly, each with the patches that move it most."""
    field, start = seeing
    n, channels, _, width = outputs.shape
    flat = outputs.reshape(n, channels, -1)
    best, where = flat.max(axis=2), flat.argmax(axis=2)
    spread = flat.std(axis=(0, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        peak = np.nan_to_num((best.max(axis=0) - flat.mean(axis=(0, 2))) / spread)
    units = []
    for unit in np.argsort(-peak, kind="stable")[:UNITS].tolist():
        rows = np.argsort(-best[:, unit], kind="stable")[:PATCHES]
        patches = [_patch(pictures[i], divmod(int(where[i, unit]), width), field, start)
                   for i in rows]  # fmt: skip
        told = tuple(labels[i] for i in rows) if labels else ()
        units.append(Unit(unit, np.stack(patches), told, tuple(rows.tolist())))
    return tuple(units)


def _patch(picture: Floats, at: tuple[int, int], field: Any, start: int) -> Floats:
    """Return what an output sees of a picture (C, H, W); what lies outside is grey."""
    sides = picture.shape[1:]
    size = tuple(min(field.size, side) for side in sides)
    low = [start + at[i] * field.jump + (field.size - size[i]) // 2 for i in (0, 1)]
    if size == tuple(sides):
        low = [0, 0]
    out = np.full((picture.shape[0], *size), 0.5, np.float32)
    (top, left), (high, wide) = low, size
    inside = picture[:, max(top, 0) : top + high, max(left, 0) : left + wide]
    down, across = max(-top, 0), max(-left, 0)
    out[:, down : down + inside.shape[1], across : across + inside.shape[2]] = inside
    return out[0] if len(out) != 3 else out.transpose(1, 2, 0)


def _pictures(
    folder: Path, media: Path | None, given: tuple[int, ...]
) -> tuple[Floats, tuple[str, ...], str]:
    if media is not None:
        from mlstrat.harness.datasets.own_pictures import pictures_in

        return pictures_in(media, given, LOOKED_AT)
    told: Mapping[str, Any] = {}
    if (folder / "run.toml").is_file():
        told = read_config(folder / "run.toml").run
    found = _of_recipe(told, given)
    if found is None:
        raise UsageError("nobody knows the pictures of this run", file=str(folder),
                         accepted="--media DIR, a folder of pictures")  # fmt: skip
    return found


def _of_recipe(
    told: Mapping[str, Any], given: tuple[int, ...]
) -> tuple[Floats, tuple[str, ...], str] | None:
    """Return the dev rows of a recipe, small or not, whichever has pictures of this size."""
    from mlstrat.harness.recipes.recipe import list_recipes
    from mlstrat.harness.train.task import recipe_task

    recipe = next((x for x in list_recipes() if x.name == told.get("recipe")), None)
    seed = told.get("seed")
    if recipe is None or not isinstance(seed, int) or recipe.task != "classification":
        return None
    for small in (False, True):
        task = recipe_task(recipe, {}, seed, small=small)
        if getattr(task.examples.features, "shape", ())[1:] == given:
            rows = task.splits["dev"][:LOOKED_AT]
            pictures = np.asarray(task.examples.features[rows], np.float32)
            return pictures, tuple(map(str, task.examples.labels[rows])), f"dev of {recipe.name}"
    return None
