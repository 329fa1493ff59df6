"""The document of `human`."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from mlstrat.core.schema_parts import Base, Count, Figure, Fraction


class Annotator(TypedDict):
    """One person, or one level that was given."""

    name: str
    group: str | None
    error: Figure
    answered: NotRequired[Annotated[Count | None, "null of a typed level without counts"]]
    abstained: NotRequired[Annotated[Count | None, "examples that only others answered"]]


class Team(TypedDict):
    """The majority of several people."""

    error: Figure | None
    ties: NotRequired[Annotated[Count | None, "examples without a majority, counted as wrong"]]


class Group(TypedDict):
    """People of one group."""

    name: str
    members: list[str]
    error: Figure
    team: Team


class ClassAgreement(TypedDict):
    """How often a second person says a class where a first one did."""

    label: Annotated[str, "blank: answers that are not labels"]
    agreement: Fraction
    answers: Count


class Agreement(Figure):
    """Agreement beyond chance, and as seen."""

    method: str
    raw: NotRequired[Annotated[Fraction | None, "share of pairs of answers that agree"]]
    by_class: NotRequired[list[ClassAgreement]]


class Lowest(TypedDict):
    """The lowest error as seen, of a person or a team."""

    name: str
    error: Figure


class Proxy(TypedDict):
    """Who stands for Bayes error."""

    name: Annotated[str, "the best person, or all together"]
    error: Annotated[Figure, "corrected for having been picked"]
    method: NotRequired[
        Literal["person", "level", "level_and_advantage", "lowest", "lowest_corrected"]
    ]
    level: NotRequired[
        Annotated[Fraction | None, "mean share of people who are wrong; null if typed"]
    ]
    shared: NotRequired[
        Annotated[Count | None, "examples that two or more answered; null if typed"]
    ]
    p_alike: NotRequired[
        Annotated[Fraction | None, "p-value of people who are alike; null if not compared"]
    ]
    lowest: NotRequired[Lowest | None]
    not_told_from: Annotated[list[str], "who else may be the best"]


class Bar(TypedDict):
    """The level to pass for publishing or deploying."""

    name: str
    error: Figure


class Versus(TypedDict):
    """The model against one person or team."""

    name: str
    difference: Figure
    beats: Literal["yes", "no", "undecided"]


class Model(TypedDict):
    """Where the model stands."""

    error: Figure
    versus: list[Versus]


class Human(Base):
    """The error of people, groups and teams; `diagnose --human` reads bayes_proxy."""

    schema: Literal["mlstrat.human/1"]
    split: str | None
    annotators: list[Annotator]
    groups: list[Group]
    team: Team
    agreement: Agreement | None
    no_people: NotRequired[Annotated[list[str], "columns that hold no answers of people"]]
    bayes_proxy: Annotated[Proxy | None, "null where no column holds answers"]
    bar: Bar | None
    model: Model | None
