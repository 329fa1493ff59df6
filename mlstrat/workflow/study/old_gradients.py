"""The document of `study gradients`."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from mlstrat.show.schema import Limits
from mlstrat.show.schema_parts import Base, Count, Figure, Fraction

Positive = Annotated[float, Limits(minimum=0)]


class GradientShares(TypedDict):
    """How much of the gradient at the end reaches back."""

    norm_at_end: Annotated[Figure, "of the derivative of the loss by the last state"]
    shares: Annotated[list[Figure], "at each of the lags, of the norm at the end"]
    a_step: Annotated[Figure, "the factor a step, up to the longest lag"]
    fate: Annotated[
        Literal["vanishes", "arrives", "cannot_tell"], "at the longest lag, by the interval"
    ]


class GradientSteps(TypedDict):
    """The steps of training, over all seeds."""

    longest: Annotated[Positive, "norm of the parameters' gradient, before it was clipped"]
    handed_on: Annotated[Positive, "the longest that the optimizer was given"]
    shortened: Annotated[Fraction, "share of steps"]
    errors: Annotated[list[Fraction], "on held-out sequences, in the order of the seeds"]


class GradientTraining(TypedDict):
    """Training without and with clipping."""

    free: GradientSteps
    clipped: GradientSteps


class GradientCell(TypedDict):
    """One cell."""

    cell: str
    untrained: GradientShares
    trained: GradientShares
    clipped: GradientShares
    training: GradientTraining
    moved: Annotated[Figure, "share at the longest lag with clipping, over that without"]


class Gradients(Base):
    """How much of a gradient reaches back, by cell and lag."""

    schema: Literal["mlstrat.gradients/1"]
    study: Literal["gradients"]
    small: Annotated[bool, "whether it is the variant that ends in seconds"]
    about: Annotated[str, "task, networks and training in words"]
    seeds: list[Count]
    lags: Annotated[list[Count], "steps before the end"]
    clip: Annotated[Positive, "longest gradient, with clipping"]
    steps: Annotated[Count, "of training"]
    vanished: Annotated[Fraction, "below this share a gradient is said to vanish"]
    cells: list[GradientCell]
    folder: Annotated[str | None, "null where nothing was kept"]
    files: list[str]
