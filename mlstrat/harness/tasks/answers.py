"""What a family of recipes gives: the files of a run, and the network that wrote them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlstrat.harness.networks.options import NetworkOptions
from mlstrat.harness.recipes.recipe import HumanLevel, Recipe
from mlstrat.harness.train.fitted import Note, Progress

DECIMALS = 6
"""Of what a network says; what lies beyond differs between machines."""


@dataclass(frozen=True)
class Job:
    """What is to be trained: a recipe with its knobs turned, and its settings."""

    recipe: Recipe
    options: NetworkOptions
    own: Mapping[str, Any]
    """Options of the model's own."""
    seed: int
    report: Progress


@dataclass(frozen=True, eq=False)
class Answers:
    """What a trained network answers to all examples."""

    files: Mapping[str, str]
    """Name to text, as the task reads them."""
    parts: Mapping[str, Mapping[str, str]]
    """Split to what its ``predictions`` and ``truth`` are read from."""
    rows: Mapping[str, int]
    modules: Mapping[str, Any]
    """Networks of PyTorch by name."""
    fetch: Callable[[Any], Any]
    predict: Callable[[Any], Any]
    """The inputs of some rows of dev, and what predicts them: for the latency."""
    notes: Mapping[str, Note] = field(default_factory=dict)
    """What the config says besides."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Of the task, as the card says them."""
    human: HumanLevel | None = None
    """The error that nobody can avoid, where it is known."""

    @property
    def tensors(self) -> dict[str, Any]:
        """The weights of all networks, by name."""
        return {
            f"{name}.{key}": tensor
            for name, module in self.modules.items()
            for key, tensor in module.state_dict().items()
        }

    @property
    def size_bytes(self) -> int:
        """Bytes of the arrays that prediction needs."""
        return sum(t.numel() * t.element_size() for t in self.tensors.values())

    def save(self, folder: Path) -> None:
        """Write the weights into a folder that is there."""
        from mlstrat.harness.networks.checkpoint import write_tensors
        from mlstrat.harness.networks.fitted import WEIGHTS

        about = {"schema": "mlstrat.weights/1", "notes": dict(self.notes)}
        write_tensors(folder / WEIGHTS, self.tensors, about)


def ndjson(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as JSON, one a line.

    Examples
    --------
    >>> ndjson([{"doc": "a"}])
    '{"doc": "a"}\\n'
    """
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def csv_of(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as CSV; none of their cells holds a comma, a quote or a break.

    Examples
    --------
    >>> csv_of(["id", "score"], [["a", 0.5]])
    'id,score\\na,0.5\\n'
    """
    lines = [",".join(map(str, row)) for row in rows]
    return "\n".join([",".join(header), *lines]) + "\n"
