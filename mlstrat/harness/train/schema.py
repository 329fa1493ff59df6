"""The document of `train`."""

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
