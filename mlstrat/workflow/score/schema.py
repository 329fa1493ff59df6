"""The documents of `score`."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from mlstrat.core.schema_parts import (
    Base,
    Calibration,
    Columns,
    Count,
    Figure,
    Fraction,
    MetricFacts,
    Threshold,
)


class ScoreRow(Figure):
    """The metric on a split, or on the rows of one value."""

    split: str
    by: dict[str, str] | None
    metric: str


class Spread(TypedDict):
    """How far apart the runs of one model are."""

    runs: Count
    sd: float
    low: float
    high: float


class Mean(Figure):
    """The mean over the values of a column."""

    by: str
    left_out: list[str]
    spread: NotRequired[Annotated[Spread | None, "where the values are seeds of one model"]]


class Rule(TypedDict):
    """A cost of errors."""

    where: dict[str, str]
    weight: float


class Weight(Rule):
    """A cost of errors, and what it met."""

    rows: Count
    share_of_weight: Fraction | None


class Score(Base):
    """The single number, by split and by the values of columns."""

    schema: Literal["mlstrat.score/1"]
    columns: Columns
    split: str
    scores: list[ScoreRow]
    mean: Annotated[Figure | None, "over the values of the first --by"]
    means: list[Mean]
    weights: list[Weight]
    unweighted: Figure | None
    threshold: NotRequired[Annotated[Threshold | None, "where dev chose it, or a task has one"]]
    calibration: NotRequired[
        Annotated[Calibration | None, "with a chosen threshold; null of no probabilities"]
    ]


class Metrics(Base):
    """The registry of metrics: `score --list-metrics`."""

    schema: Literal["mlstrat.score/1"]
    metrics: list[MetricFacts]
