"""The document of `study`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from mlstrat.show.schema_parts import Base, Count, Figure, Fraction


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
