"""The document of `human`."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from mlstrat.core.schema_parts import Base, Count, Figure


class Annotator(TypedDict):
    """One person, or one level that was given."""

    name: str
    group: str | None
    error: Figure


class Team(TypedDict):
    """The majority of several people."""

    error: Figure | None
    ties: NotRequired[Count | None]


class Group(TypedDict):
    """People of one group."""

    name: str
    members: list[str]
    error: Figure
    team: Team


class Agreement(Figure):
    """Agreement beyond chance."""

    method: str


class Proxy(TypedDict):
    """Who stands for Bayes error."""

    name: str
    error: Figure
    not_told_from: list[str]


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
    bayes_proxy: Proxy
    bar: Bar | None
    model: Model | None
