"""Weights lent by a network that was trained on something else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlstrat.errors import UsageError
from mlstrat.harness.networks.checkpoint import read_tensors, write_tensors
from mlstrat.harness.networks.convolutional import Scale
from mlstrat.harness.networks.fitted import FittedNetwork, load_network
from mlstrat.harness.networks.layers import Conv, Dense, Embedding, Layer, Nested, Recurrent
from mlstrat.harness.networks.loop import outputs
from mlstrat.harness.networks.options import NetworkOptions

Tensor = Any


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
