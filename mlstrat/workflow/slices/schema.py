"""The document of `slices`."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from mlstrat.core.schema_parts import Base, Count, Figure, Fraction, Interval, ToSettle

Where = Annotated[dict[str, str], "column to value, one or two; a blank value is empty"]
BySplit = dict[str, Fraction | None]


class SlicedColumn(TypedDict):
    """A column that was sliced by."""

    column: str
    values: Annotated[list[str], "what it was cut into"]
    joined: Annotated[Count, "rare values that the last one stands for"]


class LeftOutColumn(TypedDict):
    """A column that is no use to slice by."""

    column: str
    reason: Literal["id", "constant", "rare", "nested", "prediction", "error", "model"]
    values: Annotated[Count, "about how many distinct ones"]


class Halves(TypedDict):
    """How the rows were halved."""

    by: Literal["group", "id", "row", "lot"]
    searched: Count
    held_out: Count


class Tested(TypedDict):
    """What a test on the half that was not searched said."""

    p_value: Annotated[Fraction | None, "null where it was not tested"]
    p_adjusted: Annotated[Fraction | None, "by Holm's method; null where it was not tested"]
    confirmed: bool
    also: Annotated[list[Where], "the same rows by other names"]
    explained_by: Annotated[Where | None, "the slice that accounts for this one"]


class ErrorSlice(Tested):
    """Rows that share one or two values, and their errors."""

    where: Where
    n: Count
    errors: Annotated[Count | None, "null where they are not counts"]
    error: Annotated[Figure, "of the whole split"]
    share_of_errors: Annotated[Fraction | None, "by weight, where there are weights"]
    lift: Annotated[float | None, "error over the error of the split"]
    rest: Annotated[float | None, "the error of all other rows"]
    excess: Annotated[float, "errors above what the rest would have"]
    held_out: Annotated[Figure | None, "the error on the half that was not searched"]
    above_rest: NotRequired[
        Annotated[Figure | None, "that less the error of the rest, on the same half"]
    ]
    human_error: NotRequired[Annotated[Figure, "of people, on the rows that they answered"]]
    error_where_answered: NotRequired[Annotated[Fraction | None, "of the model, on those rows"]]
    model_above_people: NotRequired[Annotated[Figure | None, "on the half that was not searched"]]
    people_p_adjusted: NotRequired[Annotated[Fraction | None, "null where it was not tested"]]
    people_better: NotRequired[bool]


class PairCeiling(TypedDict):
    """What fixing all of these would gain."""

    error: Annotated[Fraction, "what would be left"]
    gain: Fraction
    ci: Annotated[Interval | None, "of the gain"]


class LabelPair(TypedDict):
    """Rows of one label that were given another."""

    label: str
    prediction: Annotated[str, "empty for an abstention"]
    errors: Count
    share_of_errors: Fraction
    ceiling: PairCeiling


class DifferenceSlice(Tested):
    """Rows on which two models differ otherwise than on the rest."""

    where: Where
    n: Count
    both_right: Count
    only_a_right: Count
    only_b_right: Count
    both_wrong: Count
    difference: Annotated[Figure, "error of b minus that of a"]
    rest: Annotated[float | None, "the same on all other rows"]
    excess: Annotated[float, "errors of b above what the rest's difference would bring"]


class Versus(TypedDict):
    """Two models."""

    a: str
    b: str
    whole: Annotated[DifferenceSlice, "all rows"]
    slices: list[DifferenceSlice]


class ColumnParts(TypedDict):
    """The gap by the values of one column: the two add up to it."""

    column: str
    mix: Annotated[Figure, "due to another mix of its values"]
    within: Annotated[Figure, "due to more error within them"]


class GapSlice(TypedDict):
    """One value's part in the gap."""

    where: Where
    n: dict[str, Count]
    share: BySplit
    error: BySplit
    mix: Figure
    within: Figure


Mismatch = TypedDict(
    "Mismatch",
    {
        "from": str, "to": str,
        "gap": Figure,
        "columns": list[ColumnParts],
        "slices": list[GapSlice],
    },
)  # fmt: skip


class HeatMap(TypedDict):
    """Rows and errors by two columns; one list a value of the first."""

    columns: list[str]
    values: list[list[str]]
    n: list[list[Count]]
    errors: list[list[Count]]


class Slices(Base):
    """Where errors concentrate."""

    schema: Literal["mlstrat.slices/1"]
    split: str
    n: Count
    errors: Annotated[Count | None, "null where they are not counts"]
    error: Figure
    min_size: Count
    halves: Annotated[Halves | None, "null where all slices were tested on all rows"]
    columns: list[SlicedColumn]
    left_out: list[LeftOutColumn]
    slices: list[ErrorSlice]
    label_pairs: list[LabelPair]
    to_settle: NotRequired[
        Annotated[ToSettle | None, "of the slice that leads, where none is confirmed"]
    ]
    versus: NotRequired[Annotated[Versus, "with --versus"]]
    mismatch: NotRequired[Annotated[Mismatch, "with --mismatch"]]
    heat_map: NotRequired[Annotated[HeatMap, "where two columns are sliced by"]]
