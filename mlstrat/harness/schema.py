"""The documents of the harness: what there is to train, a run that was trained, predictions."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from mlstrat.core.schema_parts import Base, Count, Interval, Limits

Positive = Annotated[float, Limits(minimum=0)]
Error = Positive


class TrainedLevel(TypedDict):
    """The error of one split."""

    level: str
    error: Annotated[Error | None, "above 1 where the task's error has no upper end"]
    ci: Annotated[Interval | None, "null where rows are not independent"]
    n: Count
    errors: Annotated[Count | None, "null where the error is not a share of wrong rows"]


class Human(TypedDict):
    """The human level that the run's config carries."""

    error: Error
    source: str
    known: Annotated[bool, "whether it is the error that nobody can avoid, by construction"]


class Expected(TypedDict):
    """What `diagnose` finds in a recipe."""

    verdict: str
    focus: list[str]


class Train(Base):
    """A run that was trained."""

    schema: Literal["mlstrat.train/1"]
    task: Annotated[str, "what is predicted: classification, detection, …"]
    what: Annotated[str, "the recipe, or the user's file or folder"]
    recipe: Annotated[str | None, "null for own data"]
    small: Annotated[bool, "the recipe's variant of at most ten seconds"]
    knobs: Annotated[dict[str, Any], "what was turned"]
    dataset: str
    model: str
    command: Annotated[str | None, "makes the run again; null for a frame"]
    levels: list[TrainedLevel]
    human: Annotated[Human | None, "null where it is not known"]
    expected: Annotated[Expected | None, "null for own data, or where a knob was turned"]
    latency_ms: Annotated[Positive, "an example, predicted one by one"]
    batch_latency_ms: Annotated[Positive, "an example, many at once"]
    size_bytes: Annotated[Count, "of the arrays that prediction needs"]
    seconds: Positive
    notes: Annotated[dict[str, Any], "what else the run's config says"]
    remarks: Annotated[list[str], "what was done to own data, and why"]
    reserved: Annotated[dict[str, Count], "rows by split that were not predicted"]
    folder: Annotated[str | None, "null where nothing was written"]
    files: list[str]


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


class Predict(Base):
    """Predictions of a trained model on the rows of a table."""

    schema: Literal["mlstrat.predict/1"]
    run: Annotated[str, "the folder of the run"]
    model: Annotated[str, "in words"]
    rows: Count
    classes: Annotated[dict[str, Count], "rows predicted as each class"]
    predictions: Annotated[
        list[dict[str, Any]], "a record a row: id, label where the table has it, prediction, prob_*"
    ]
