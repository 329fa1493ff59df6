"""A network's layers, as a document: shapes, parameters, multiply-adds and receptive fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlstrat.core.wording import count
from mlstrat.show.blocks import Block, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature


@dataclass(frozen=True)
class NetworkDocument(Document):
    """A network, layer by layer.

    Attributes
    ----------
    architecture, title, source
        Its name, what it is called, and who published it.
    full_size
        Whether it is as published, or as the recipes train it.
    input
        The shape of one example.
    layers
        ``layer`` (3, or 3.a.2 inside a block), ``title``, ``output``, ``parameters``,
        ``multiply_adds`` and ``field`` (None: all of the input) of each.
    parameters, multiply_adds
        Of the whole network.
    """

    architecture: str
    title: str
    source: str
    full_size: bool
    input: tuple[int, ...]
    layers: tuple[Mapping[str, Any], ...]
    parameters: int
    multiply_adds: int
    signature: Signature

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON document."""
        return {
            "schema": "mlstrat.network/1",
            "signature": self.signature.to_dict(),
            "findings": [],
            "architecture": self.architecture,
            "title": self.title,
            "source": self.source,
            "full_size": self.full_size,
            "input": list(self.input),
            "layers": [dict(layer) for layer in self.layers],
            "parameters": self.parameters,
            "multiply_adds": self.multiply_adds,
        }

    def records(self) -> list[dict[str, Any]]:
        """Return one record a layer."""
        shapes = ("output", "field")
        return [
            {k: _shape(v) if k in shapes else v for k, v in layer.items()} for layer in self.layers
        ]

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        size = "as published" if self.full_size else "as the recipes train it"
        rows = tuple(
            (
                f"{x['layer']} {x['title']}", _shape(x["output"]), count(x["parameters"]),
                count(x["multiply_adds"]), _shape(x["field"]),
            )
            for x in self.layers
        )  # fmt: skip
        return [
            Verdict(
                f"{self.title}, {size}: {count(self.parameters)} parameters, "
                f"{count(self.multiply_adds)} multiply-adds an example."
            ),
            Paragraph(f"{self.source}. Input {_shape(self.input)}."),
            Table(("layer", "output", "parameters", "multiply-adds", "sees"), rows),
            Paragraph(
                "A layer with a dotted number is inside the one above it, and counted there. "
                "3×3/2 moves by 2 pixels. What one output sees of the input: its receptive field."
            ),
        ]


def _shape(shape: Any) -> str:
    return "all" if shape is None else "×".join(map(str, shape))
