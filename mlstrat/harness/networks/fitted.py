"""A trained network: its probabilities, its weights on disk, and what it lends to another."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mlstrat.core.record import Record
from mlstrat.errors import InputError, UsageError
from mlstrat.harness.networks.architectures import find_network
from mlstrat.harness.networks.build import build
from mlstrat.harness.networks.convolutional import Scale
from mlstrat.harness.networks.layers import Conv, Dense, Embedding, Layer, Nested, Recurrent
from mlstrat.harness.networks.loop import outputs, read_tensors, write_tensors
from mlstrat.harness.networks.options import NetworkOptions
from mlstrat.harness.networks.torch_needed import one_thread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS = "model.safetensors"

SHIFT = 1 / 16
"""How far crops at test time are shifted, of a picture's side."""

Tensor = Any


class FittedNetwork(Record, eq=False):
    """One network, or several whose probabilities are averaged."""

    architecture: str
    scale: Scale
    classes: tuple[str, ...]
    members: Sequence[Any]
    centre: Tensor
    spread: Tensor
    """Mean and deviation of train, a channel, which inputs are standardised by."""
    crops: int
    notes: Mapping[str, int | float | str]

    @property
    def size_bytes(self) -> int:
        """Bytes of the arrays that prediction needs."""
        tensors = [t for member in self.members for t in member.state_dict().values()]
        return sum(t.numel() * t.element_size() for t in [*tensors, self.centre, self.spread])

    def predict_proba(self, features: Any) -> NDArray[np.float64]:
        """Return (N, K) probabilities, the mean over members and crops."""
        return self.mean_of(features, lambda logits: logits.softmax(dim=1))

    def mean_of(self, features: Any, link: Callable[[Tensor], Tensor]) -> NDArray[np.float64]:
        """Return (N, K) outputs after a link function, the mean over members and crops."""
        with one_thread():
            total: Any = 0.0
            inputs = as_tensor(features)
            for member in self.members:
                for shifted in crops_of(inputs, self.crops):
                    logits = outputs(member, standardised(shifted, self.centre, self.spread))
                    total = total + link(logits.double())
            mean: NDArray[np.float64] = (total / (len(self.members) * self.crops)).numpy()
            return mean

    def save(
        self,
        folder: Path,
        arrays: Mapping[str, Tensor] = MappingProxyType({}),
        told: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Write ``model.safetensors`` into a folder; its header says what the weights are of.

        What stands before the network adds its own arrays, and its part of the header (``told``).
        """
        tensors = {"centre": self.centre, "spread": self.spread, **arrays}
        for number, member in enumerate(self.members):
            tensors |= {f"{number}.{name}": t for name, t in member.state_dict().items()}
        about = {
            "schema": "mlstrat.weights/1",
            "architecture": self.architecture,
            "scale": dataclasses.asdict(self.scale),
            "classes": list(self.classes),
            "members": len(self.members),
            "crops": self.crops,
            "notes": dict(self.notes),
            **told,
        }
        write_tensors(folder / WEIGHTS, tensors, about)


def load_network(folder: Path) -> FittedNetwork:
    """Return the network that a run's folder holds."""
    tensors, about = read_tensors(folder / WEIGHTS)
    try:
        held = about["scale"]
        scale = Scale(**{**held, "input": tuple(held["input"])})
        members = []
        layers = find_network(about["architecture"]).layers(scale)
        for number in range(about["members"]):
            start = f"{number}."
            state = {k[len(start) :]: t for k, t in tensors.items() if k.startswith(start)}
            member = build(layers, scale.input)
            member.load_state_dict(state)
            members.append(member.eval())
        return FittedNetwork(
            about["architecture"],
            scale,
            tuple(about["classes"]),
            members,
            tensors["centre"],
            tensors["spread"],
            about["crops"],
            about["notes"],
        )
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            "the weights do not fit the network that the file names",
            file=str(folder / WEIGHTS),
            hint="train it again",
        ) from error


def as_tensor(features: Any) -> Tensor:
    """Return features as a tensor: tokens as whole numbers, everything else as float32."""
    import numpy as np
    import torch

    array = np.asarray(features)
    kind = np.int64 if np.issubdtype(array.dtype, np.integer) else np.float32
    return torch.from_numpy(np.ascontiguousarray(array, dtype=kind))


def standardised(inputs: Tensor, centre: Tensor, spread: Tensor) -> Tensor:
    """Return inputs less their mean, over their deviation; tokens stay as they are."""
    if not inputs.is_floating_point():
        return inputs
    shape = (1, -1, *[1] * (inputs.ndim - 2))
    return (inputs - centre.view(shape)) / spread.view(shape)


def crops_of(inputs: Tensor, crops: int) -> list[Tensor]:
    """Return shifted copies of pictures (N, C, H, W), the unshifted one first."""
    import torch

    if crops == 1:
        return [inputs]
    step = max(1, round(inputs.shape[-1] * SHIFT))
    corners = [(0, 0), (-step, -step), (-step, step), (step, -step), (step, step)]
    sides = [(-step, 0), (step, 0), (0, -step), (0, step)] if crops == 9 else []
    height, width = inputs.shape[-2:]
    framed = torch.nn.functional.pad(inputs, (step, step, step, step))
    shifted = [
        framed[..., step + y : step + y + height, step + x : step + x + width]
        for y, x in corners + sides
    ]
    return shifted + [crop.flip(-1) for crop in shifted] if crops == 10 else shifted


def lender(options: NetworkOptions, architecture: str, scale: Scale) -> FittedNetwork | None:
    """Return the network whose weights training begins with; None where it begins from scratch."""
    if options.init_from is None:
        return None
    lent = load_network(Path(options.init_from))
    if lent.architecture != architecture:
        raise UsageError(
            f"{options.init_from} holds the network {lent.architecture!r}, not {architecture!r}",
            hint="weights are lent only between networks of the same layers",
        )
    for name in ("input", "width", "depth", "batch_norm", "tokens"):
        theirs, ours = getattr(lent.scale, name), getattr(scale, name)
        if theirs != ours:
            raise UsageError(
                f"the network in {options.init_from} has {name} {theirs}, this one {ours}",
                hint=f"train one of them again with the {name} of the other",
            )
    return lent


def borrow(module: Any, lent: FittedNetwork, layers: tuple[Layer, ...]) -> None:
    """Copy all weights but those of the last layer, which answers another question."""
    last = weighted(layers)[-1]
    ours, theirs = list(module), list(lent.members[0])
    for mine, other in zip(ours[:last], theirs[:last], strict=True):
        mine.load_state_dict(other.state_dict())


def frozen_layers(options: NetworkOptions, layers: tuple[Layer, ...]) -> int:
    """Return how many of the first layers stay as they were lent.

    Source: the course on transfer learning: the less data, the more layers stay.
    """
    places = weighted(layers)
    match options.freeze:
        case "all":
            return places[-1]
        case "last":
            return places[-2] if len(places) > 1 else 0
        case "fewer":
            return places[len(places) // 2]
        case _:
            return 0


def weighted(layers: tuple[Layer, ...]) -> list[int]:
    """Return where the layers with weights stand; a norm goes with the layer before it."""
    kinds = (Conv, Dense, Nested, Embedding, Recurrent)
    return [place for place, layer in enumerate(layers) if isinstance(layer, kinds)]


def cached(path: Path | None, body: Any, inputs: dict[str, Tensor], fingerprint: str) -> Any:
    """Return what the frozen layers make of inputs: computed once, and kept on disk.

    A file of other data or other lent weights is written anew.
    """
    if path is not None and path.exists():
        tensors, about = read_tensors(path)
        if about.get("fingerprint") == fingerprint:
            return tensors
    features = {name: outputs(body, x).clone() for name, x in inputs.items()}
    if path is not None:
        write_tensors(path, features, {"schema": "mlstrat.features/1", "fingerprint": fingerprint})
    return features
