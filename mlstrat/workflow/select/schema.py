"""The document of `select`."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from mlstrat.core.schema_parts import Base, Count, Figure, Interval, ToSettle


class Optimize(TypedDict):
    """What is optimised."""

    expression: str
    direction: Literal["maximize", "minimize"]


class Constraint(TypedDict):
    """A bound, and how many candidates meet it."""

    expression: str
    met: Count
    undecided: Count
    violated: Count


class Miss(TypedDict):
    """By how much a candidate misses a constraint."""

    constraint: str
    value: float | None
    bound: float
    by: float | None


class Constrained(TypedDict):
    """The left side of a constraint."""

    constraint: str
    value: float | None


class Candidate(TypedDict):
    """One candidate."""

    name: str
    feasible: Literal["yes", "no", "undecided"]
    violates: list[str]
    value: float | None
    ci: Interval | None
    n: Count | None
    reason: NotRequired[str]
    tied: Annotated[bool, "cannot be told from the best"]
    pareto: bool
    shrunk: Annotated[float | None, "the figure to expect of it"]
    undecided: list[str]
    passes_by_value: bool
    misses: list[Miss]
    constrained: list[Constrained]


class ChosenAmong(TypedDict):
    """The pool of the choice."""

    feasible: Literal["yes", "undecided"] | None
    k: Count


class PreferenceWeight(TypedDict):
    """A weight under which the metric orders as people do."""

    where: dict[str, str]
    above: float | None
    weight: float | None


class WrongPair(TypedDict):
    """A pair that the metric orders against people."""

    better: str
    worse: str
    value_better: float | None
    value_worse: float | None
    equal: bool


class Preferences(TypedDict):
    """How the metric orders pairs beside people."""

    pairs: Count
    agree: Count
    ties: Count
    agreement: Figure
    wrong: list[WrongPair]
    weights: list[PreferenceWeight] | None
    smallest_weight: PreferenceWeight | None


class Select(Base):
    """A choice among candidates."""

    schema: Literal["mlstrat.select/1"]
    optimize: Optimize
    constraints: list[Constraint]
    candidates: list[Candidate]
    choice: Annotated[str | None, "null where no candidate is feasible"]
    tied_with_choice: list[str]
    best_by_value: str | None
    chosen_among: ChosenAmong
    preferred_by: str | None
    shrunk: float | None
    nearest: list[str]
    rows_needed: Annotated[Count | None, "new rows in all that would settle it"]
    to_settle: NotRequired[Annotated[ToSettle | None, "what would tell the best from the next"]]
    preferences: Preferences | None
