"""The document of `compare`."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from mlstrat.core.schema_parts import Base, Columns, Count, Figure, Fraction, Threshold, ToSettle


class Side(Figure):
    """One of the two runs."""

    name: str
    columns: Columns
    threshold: NotRequired[Annotated[Threshold, "where its dev chose it"]]


class Quadrants(TypedDict):
    """Examples by who is right; null where an example is not right or wrong as a whole."""

    both_right: Count | None
    only_a_right: Count | None
    only_b_right: Count | None
    both_wrong: Count | None


class Slice(Quadrants):
    """The rows of one value of a column."""

    where: dict[str, str]
    n: Count
    difference: Figure
    p_value: Fraction | None
    p_adjusted: Fraction | None


class LeftOut(TypedDict):
    """Examples of one run only."""

    count: Count
    ids: Annotated[list[str], "the first of them"]


class Compare(Base, Quadrants):
    """Two runs on the same examples."""

    schema: Literal["mlstrat.compare/1"]
    split: str
    metric: str
    average: str | None
    a: Side
    b: Side
    n: Count
    difference: Annotated[Figure, "metric of b minus a"]
    p_value: Annotated[Fraction | None, "null without an interval"]
    test: str
    p_b_better: Fraction | None
    n_needed: Annotated[Count | None, "new rows in all that would settle it"]
    to_settle: NotRequired[ToSettle | None]
    verdict: str
    decided_by: str
    tolerance: NotRequired[
        Annotated[float, "no difference worth having; the margin, where there is one"]
    ]
    equivalent: NotRequired[Annotated[bool, "the whole interval is within the tolerance"]]
    margin: float | None
    non_inferior: Literal["yes", "no", "undecided"] | None
    missing: LeftOut
    extra: LeftOut
    slices: list[Slice]
