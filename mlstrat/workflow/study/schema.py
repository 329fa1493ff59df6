"""The document of `study`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from mlstrat.core.schema_parts import Base, Count, Figure, Fraction, Limits


class StudyCondition(TypedDict):
    """One way to train, over all seeds."""

    name: str
    title: str
    series: Annotated[str | None, "the line of the figure that it stands on"]
    n: Annotated[Count | None, "training examples, in studies over their number"]
    settings: Annotated[dict[str, Any], "what was turned"]
    levels: Annotated[dict[str, Figure], "the error of each split, the mean over seeds"]
    gaps: Annotated[dict[str, Figure], "the gaps between them"]


class Comparison(TypedDict):
    """A level or a gap of one condition minus that of another."""

    of: str
    against: str
    quantity: Annotated[str, "a gap, or the split of an error"]
    change: Figure
    by_seed: Annotated[list[float], "in the order of the seeds"]
    p_value: Annotated[Fraction | None, "null with too few seeds"]
    p_adjusted: Annotated[Fraction | None, "by Holm over all comparisons of the study"]
    outcome: Annotated[
        Literal["fell", "rose", "small", "unsure", "none_seen", "not_told"],
        "small: seen, but below the tolerance; unsure: seen alone, not among so many comparisons",
    ]


class Study(Base):
    """What a study found: runs that differ in one thing, over several seeds."""

    schema: Literal["mlstrat.study/1"]
    study: Annotated[str, "the kind"]
    recipe: str | None
    small: Annotated[bool, "whether it is the variant that ends in seconds"]
    about: Annotated[str, "data and model in words"]
    seeds: list[Count]
    human: Annotated[Fraction | None, "null where it is not known"]
    tolerance: Annotated[Fraction, "a change below it is called small"]
    conditions: list[StudyCondition]
    comparisons: list[Comparison]
    facts: Annotated[dict[str, Any], "what the kind of study has to say besides"]
    curve: Annotated[dict[str, Any] | None, "of the study curve: as the document of curve has it"]
    folder: Annotated[str | None, "where the runs are; null where they were not kept"]
    files: Annotated[list[str], "beside the runs"]


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
