"""The documents of `sample` and `error-table`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from mlstrat.core.schema_parts import Base, Columns, Count, Figure, Interval


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
    ci: Annotated[
        Interval | None, "of the gain, for the population; allows for the largest to be picked"
    ]
    at_most: NotRequired[Annotated[bool, "fixing may gain less, whatever the interval says"]]


class FullFix(TypedDict):
    """All errors with the tag fixed, and none broken."""

    errors: Annotated[Figure, "of this set; the interval holds for all tags together"]
    p_value: Annotated[float | None, "of the comparison before and after"]


class Detectable(TypedDict):
    """What this set can tell of a new model."""

    fewest_fixed: Annotated[Count, "errors fixed, none broken, that show"]
    disagreement: Annotated[float, "share of the rows on which exactly one model is right, assumed"]
    difference: Annotated[float | None, "smallest improvement that is then found, power 0.8"]


class Effort(TypedDict):
    """What fixing it costs."""

    days: float
    gain_per_day: float | None
    share_per_day: float | None


class Category(TypedDict):
    """One tag."""

    tag: str
    source: NotRequired[
        Annotated[
            Literal["automatic", "part", "person"],
            "who told it: the task of a run, the parts of its chain, a person who read its errors",
        ]
    ]
    count: Annotated[float, "rows that carry it"]
    share: Figure
    ceiling: Ceiling
    false_positives: float | None
    false_negatives: float | None
    only: Annotated[float | None, "rows that carry no other tag"]
    only_share: Figure | None
    worth: Annotated[Any, "whether this set would show a full fix: yes, no, undecided"]
    full_fix: NotRequired[FullFix]
    effort: NotRequired[Effort]


class BestSet(TypedDict):
    """Tags that cover most errors together."""

    tags: list[str]
    covered: float
    share: Figure
    error: float | None
    gain: Figure


class Part(TypedDict):
    """A part of a chain."""

    part: str
    column: Annotated[str, "which says whether the whole is right once the part is perfect"]


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


class SecondTag(TypedDict):
    """What two readers say of a tag, on the errors that both read."""

    tag: str
    both: Count
    first_only: Count
    second_only: Count
    neither: Count
    cohen_kappa: Figure
    gain_if_agreed: Annotated[Figure, "the ceiling if disputed errors do not count"]
    gain_if_either: Annotated[Figure, "the ceiling if they do"]
    worth: Annotated[Any, "yes, no; undecided where it depends on who is right"]


class Second(TypedDict):
    """A second reader of the same errors."""

    read_by_both: Count
    tags: list[SecondTag]


class ErrorTable(Base):
    """The tally of tags: shares, ceilings, best sets."""

    schema: Literal["mlstrat.error-table/1"]
    task: NotRequired[Annotated[str, "of a run whose task tells kinds of error apart"]]
    split: str | None
    of: str
    of_eyeball: Annotated[bool, "the errors are those of the eyeball set"]
    reviewed: Count
    drawn: Count | None
    reading: str | None
    errors: Annotated[Count | None, "all errors of the split"]
    error: Figure
    noise: Annotated[float | None, "half the width of the interval of the error"]
    detectable: NotRequired[Detectable | None]
    categories: Annotated[list[Category], "by falling share"]
    parts: NotRequired[Annotated[list[Part], "of a chain, in its order; each is a category"]]
    unexplained: NotRequired[
        Annotated[Count, "errors that stay with every part perfect; the last one owns them"]
    ]
    untagged: float | None
    untagged_share: Figure | None
    best_sets: list[BestSet]
    ignored_columns: list[str]
    rows: NotRequired[list[SheetRow]]
    before: NotRequired[Before]
    error_change: NotRequired[Figure]
    moved: NotRequired[list[Move]]
    second: NotRequired[Second]
