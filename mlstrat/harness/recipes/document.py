"""What there is to train, as a document: recipes, models and knobs, from their one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlstrat.core.wording import clean, count
from mlstrat.show.blocks import Block, Checklist, Heading, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, head

if TYPE_CHECKING:
    from mlstrat.harness import schema


class RecipesDocument(Document):
    """Recipes, models and knobs."""

    recipes: tuple[schema.RecipeRow, ...]
    architectures: tuple[schema.ArchitectureRow, ...]
    knobs: Mapping[str, str]
    signature: Signature

    def to_dict(self) -> schema.Recipes:
        return {
            "schema": "mlstrat.recipes/1",
            **head(self.signature),
            "recipes": list(self.recipes),
            "architectures": list(self.architectures),
            "knobs": dict(self.knobs),
        }

    def records(self) -> list[dict[str, Any]]:
        flat = []
        for recipe in self.recipes:
            expected = recipe["expected"]
            row = {k: v for k, v in recipe.items() if k not in ("expected", "knobs")}
            flat.append({**row, "verdict": expected["verdict"],
                         "focus": " ".join(expected["focus"]),
                         "knobs": " ".join(recipe["knobs"])})  # fmt: skip
        return flat

    def blocks(self) -> list[Block]:
        knobs = [(f"--{name.replace('_', '-')}", title) for name, title in self.knobs.items()]
        return [
            Heading("Recipes"),
            Paragraph("Trained by their name; diagnose finds in each what it shows."),
            Checklist(tuple(map(_recipe, self.recipes)), boxes=False),
            Heading("Models of scikit-learn"),
            Paragraph("For own data, by --model; also any classifier by its import path."),
            *self._models("scikit-learn"),
            Heading("Networks, which need torch"),
            Paragraph("For own data, by --model; --describe shows their layers."),
            *self._models("torch"),
            Heading("Knobs"),
            Table(("option", "what it is"), tuple(knobs), left=2),
        ]

    def _models(self, library: str) -> list[Block]:
        mine = [x for x in self.architectures if x["library"] == library]
        common = [k for k in self.knobs if all(k in x["knobs"] for x in mine)]
        lines = []
        for x in mine:
            own = _options([k for k in self.knobs if k in x["knobs"] and k not in common])
            lines.append(f"{x['name']}: {clean(x['title'])}" + (f"; {own}" if own else ""))
        return [
            Paragraph(f"Options of all: {_options(common)}; others stand behind their name."),
            Checklist(tuple(lines), boxes=False),
        ]


def _options(knobs: Sequence[str]) -> str:
    return " ".join(f"--{knob.replace('_', '-')}" for knob in knobs)


def _recipe(recipe: Mapping[str, Any]) -> str:
    torch = "; needs torch" if recipe["needs_torch"] else ""
    task = "" if recipe["task"] == "classification" else f"; task {recipe['task']}"
    seeds = recipe["found_in_20"]
    found = "" if seeds is None else f"; found alone in {seeds} of 20 seeds"
    return (
        f"{recipe['name']}: {recipe['shows']}. {recipe['model']}; {recipe['dataset']}, "
        f"{recipe['splits']}{task}{torch}{found}."
    )


class NetworkDocument(Document):
    """A network, layer by layer."""

    architecture: str
    title: str
    source: str
    full_size: bool
    input: tuple[int, ...]
    layers: tuple[schema.NetworkLayer, ...]
    parameters: int
    multiply_adds: int
    signature: Signature

    def to_dict(self) -> schema.Network:
        return {
            "schema": "mlstrat.network/1",
            **head(self.signature),
            "architecture": self.architecture,
            "title": self.title,
            "source": self.source,
            "full_size": self.full_size,
            "input": list(self.input),
            "layers": list(self.layers),
            "parameters": self.parameters,
            "multiply_adds": self.multiply_adds,
        }

    def records(self) -> list[dict[str, Any]]:
        shapes = ("output", "field")
        return [
            {k: _shape(v) if k in shapes else v for k, v in layer.items()} for layer in self.layers
        ]

    def blocks(self) -> list[Block]:
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
