"""Documents of `sample`, `error-table`, `mislabels` and `slices`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from mlstrat.show.schema_parts import Base, Columns, Count, Figure, Fraction, Interval

Where = dict[str, Any]


class Stratum(TypedDict):
    """Rows that are drawn from together."""

    stratum: str
    rows: Count
    drawn: Count
    new: Count
    sampling_weight: float | None


class EyeballPart(TypedDict):
    """One of the two parts of dev."""

    n: Count
    errors: Count
    error: NotRequired[Any]


class Eyeball(TypedDict):
    """An eyeball set and a blackbox set, fixed once."""

    seed: Count
    cut: str
    eyeball: EyeballPart
    blackbox: EyeballPart


class Sample(Base):
    """What was drawn into a review sheet."""

    schema: Literal["mlstrat.sample/1"]
    columns: Columns
    split: str
    kind: str
    stratify: str | None
    by: str | None
    errors: Count
    drawn: Count
    new: Count
    strata: list[Stratum]
    eyeball: Eyeball | None
    output: str | None
    appended: bool


class Ceiling(TypedDict):
    """What would be left if all of these were fixed."""

    error: Annotated[float | None, "what would be left of the error"]
    gain: Annotated[float | None, "by how much the error would fall"]
    ci: Annotated[Interval | None, "of the gain, for the population"]


class Effort(TypedDict):
    """What fixing it costs."""

    days: float
    gain_per_day: float | None
    share_per_day: float | None


class Category(TypedDict):
    """One tag."""

    tag: str
    count: Annotated[float, "rows that carry it"]
    share: Figure
    ceiling: Ceiling
    false_positives: float | None
    false_negatives: float | None
    only: Annotated[float | None, "rows that carry no other tag"]
    only_share: Figure | None
    worth: Any
    effort: NotRequired[Effort]


class BestSet(TypedDict):
    """Tags that cover most errors together."""

    tags: list[str]
    covered: float
    share: Figure
    error: float | None
    gain: Figure


class SheetRow(TypedDict):
    """One example of the grid."""

    id: str | None
    tags: list[str]
    comment: str


class Before(TypedDict):
    """The sheet before."""

    reviewed: Count
    errors: Count | None
    error: Figure


class SharedTag(TypedDict):
    """A tag on the errors that were read on both sheets."""

    read: Annotated[Count, "errors read on both"]
    only_before: Count
    only_after: Count


class Move(TypedDict):
    """What became of a tag between two sheets."""

    tag: str
    count: list[float]
    share: list[Figure]
    share_change: Figure
    error: list[Figure]
    error_change: Figure
    sure: Any
    shared: Annotated[SharedTag | None, "null where changes are of independent samples"]


class ErrorTable(Base):
    """The tally of tags: shares, ceilings, best sets."""

    schema: Literal["mlstrat.error-table/1"]
    split: str | None
    of: str
    of_eyeball: Annotated[bool, "the errors are those of the eyeball set"]
    reviewed: Count
    drawn: Count | None
    reading: str | None
    errors: Annotated[Count | None, "all errors of the split"]
    error: Figure
    noise: float | None
    categories: Annotated[list[Category], "by falling share"]
    untagged: float | None
    untagged_share: Figure | None
    best_sets: list[BestSet]
    ignored_columns: list[str]
    rows: NotRequired[list[SheetRow]]
    before: NotRequired[Before]
    error_change: NotRequired[Figure]
    moved: NotRequired[list[Move]]


class Halves(TypedDict):
    """Where slices were searched, and where they were tested."""

    by: str
    searched: Count
    held_out: Count


class SliceColumn(TypedDict):
    """A column that was sliced by."""

    column: str
    values: list[str]
    joined: Any


class LeftOutColumn(TypedDict):
    """A column that was not sliced by."""

    column: str
    reason: str
    values: Count | None


class Slice(TypedDict):
    """Rows that share values."""

    where: Where
    n: Count
    errors: Count
    error: Figure
    share_of_errors: Fraction | None
    lift: float | None
    p_adjusted: Annotated[Fraction | None, "null where it was not tested"]
    confirmed: bool | None
    rest: float | None
    excess: float | None
    p_value: Fraction | None
    held_out: Figure | None
    also: Annotated[list[Where], "the same rows by another name"]
    explained_by: Where | None
    human_error: NotRequired[Figure]
    error_where_answered: NotRequired[float | None]


class LabelPair(TypedDict):
    """A label that is mistaken for another."""

    label: str
    prediction: str | None
    errors: Count
    share_of_errors: Fraction | None
    ceiling: Ceiling


class SliceDifference(TypedDict):
    """Rows on which two models differ."""

    where: Where
    n: Count
    both_right: Count
    only_a_right: Count
    only_b_right: Count
    both_wrong: Count
    difference: Figure
    rest: float | None
    excess: float | None
    p_value: Fraction | None
    p_adjusted: Fraction | None
    confirmed: bool | None
    also: list[Where]
    explained_by: Where | None


class SlicesVersus(TypedDict):
    """Two models, slice by slice."""

    a: str
    b: str
    whole: SliceDifference
    slices: list[SliceDifference]


class MismatchColumn(TypedDict):
    """A gap as another mix and as more error within."""

    column: str
    mix: Figure
    within: Figure


class MismatchSlice(TypedDict):
    """One value's part of the gap."""

    where: Where
    n: dict[str, Count]
    share: dict[str, Fraction | None]
    error: dict[str, Fraction | None]
    mix: Figure
    within: Figure


Mismatch = TypedDict(
    "Mismatch",
    {"from": str, "to": str, "gap": Figure, "columns": list[MismatchColumn],
     "slices": list[MismatchSlice]},
)  # fmt: skip


class HeatMap(TypedDict):
    """Rows and errors by two columns."""

    columns: list[str]
    values: list[list[str]]
    n: list[list[Count]]
    errors: list[list[Count]]


class Slices(Base):
    """Where the errors concentrate."""

    schema: Literal["mlstrat.slices/1"]
    split: str
    n: Count
    errors: Count
    error: Figure
    min_size: Count
    halves: Halves
    columns: list[SliceColumn]
    left_out: list[LeftOutColumn]
    slices: list[Slice]
    label_pairs: list[LabelPair]
    versus: NotRequired[SlicesVersus]
    mismatch: NotRequired[Mismatch]
    heat_map: NotRequired[HeatMap]
