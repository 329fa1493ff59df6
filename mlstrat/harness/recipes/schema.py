"""What there is to train: recipes, models, and a network layer by layer."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from mlstrat.core.schema_parts import Base, Count
from mlstrat.harness.train.schema import Expected


class RecipeRow(TypedDict):
    """One recipe: dataset, splits, model, and what is found in them."""

    name: str
    question: str
    shows: str
    task: Annotated[str, "what is predicted: classification, detection, …"]
    dataset: str
    splits: str
    model: str
    architecture: str
    needs_torch: bool
    expected: Expected
    found_in_20: Annotated[int | None, "seeds of twenty that show it; null where not counted"]
    knobs: list[str]


class ArchitectureRow(TypedDict):
    """One architecture."""

    name: str
    title: str
    library: Literal["scikit-learn", "torch"]
    knobs: list[str]


class Recipes(Base):
    """What there is to train."""

    schema: Literal["mlstrat.recipes/1"]
    recipes: list[RecipeRow]
    architectures: list[ArchitectureRow]
    knobs: Annotated[dict[str, str], "name to what it turns"]


class NetworkLayer(TypedDict):
    """One layer of a network."""

    layer: Annotated[str, "its place: 3, or 3.a.2 inside a block"]
    title: str
    output: list[int]
    parameters: Count
    multiply_adds: Annotated[Count, "an example"]
    field: Annotated[list[int] | None, "pixels that one output sees; null: all"]


class Network(Base):
    """A network, layer by layer."""

    schema: Literal["mlstrat.network/1"]
    architecture: str
    title: str
    source: str
    full_size: Annotated[bool, "as published, or as the recipes train it"]
    input: list[int]
    layers: list[NetworkLayer]
    parameters: Count
    multiply_adds: Count
