"""The documents of `gaps` and `diagnose`."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from mlstrat.core.schema_parts import (
    Base,
    Columns,
    Count,
    Figure,
    Fraction,
    Interval,
    ToSettle,
)

LevelName = Literal["human", "train", "train-dev", "dev", "test"]
GapName = Literal[
    "avoidable_bias", "variance", "data_mismatch", "dev_overfit", "variance_or_mismatch",
    "avoidable_bias_or_variance", "bias_variance_or_mismatch",
]  # fmt: skip
Verdict = Literal["focus", "contested", "small", "undetermined", "insufficient"]
Task = Literal["binary", "multiclass", "ratio"]


class Level(TypedDict):
    """The error at one station."""

    level: LevelName
    error: Annotated[float, "the error, or the loss of --metric"]
    ci: Interval | None
    n: Count | None
    errors: Count | None
    num: NotRequired[Annotated[float | None, "what is wrong, summed; not of classification"]]
    den: NotRequired[Annotated[float | None, "what could be; null for people"]]
    clusters: NotRequired[Annotated[Count | None, "independent observations"]]


Gap = TypedDict(
    "Gap",
    {
        "gap": GapName,
        "from": LevelName, "to": LevelName,
        "value": Annotated[float | None, "null where it is only bounded"],
        "ci": Interval | None,
        "p_largest": Annotated[Fraction | None, "share of resamples in which it is the largest"],
        "resolved": Annotated[bool | None, "whether it is not 0, by Holm over the ladder"],
        "candidate": NotRequired[
            Annotated[bool, "whether it may be the largest, by more than the tolerance"]
        ],
        "bounds": NotRequired[Annotated[Interval, "where it lies when it is not known"]],
    },
)  # fmt: skip


class TwoWay(TypedDict):
    """One distribution of the table of people, trained on and held out."""

    distribution: str
    human: Figure | None
    trained_on: Figure | None
    held_out: Figure | None
    avoidable_bias: float | None
    variance: float | None


class Metric(Figure):
    """The single number."""

    name: str
    average: str | None
    split: str


class ClassFigures(TypedDict):
    """One class of a split."""

    label: str
    support: Count
    predicted: Count
    precision: Fraction | None
    recall: Fraction | None
    f1: Fraction | None


class Confusion(TypedDict):
    """Rows true, columns predicted."""

    labels: list[str]
    counts: Annotated[list[list[Count]] | None, "null above 50 classes: the filled cells alone"]
    cells: NotRequired[
        Annotated[list[list[Count]], "places of the true and the predicted label, and the rows"]
    ]


class Split(TypedDict):
    """The figures of one split."""

    n: Count
    errors: Count
    error: Figure
    accuracy: Figure
    precision: Figure
    recall: Figure
    f1: Figure
    abstentions: Count
    per_class: list[ClassFigures]
    confusion: Confusion


class Ceiling(TypedDict):
    """The error with all errors of a kind right."""

    error: float | None
    gain: float | None
    ci: Interval | None
    at_most: bool


class Category(TypedDict):
    """One kind of error, told apart by the task."""

    category: str
    count: Count
    share: Annotated[Figure, "of the errors that have a kind"]
    ceiling: Ceiling
    examples: Annotated[Count, "that have any"]


class MeasuredSplit(TypedDict):
    """The figures of one split of a task that is not classification."""

    n: Annotated[Count, "examples"]
    errors: Annotated[Count | None, "units; null where num is an amount"]
    error: Figure
    units: None
    per_class: list[ClassFigures]
    confusion: None
    categories: list[Category]
    beside: list[Figure]


class FloorOfSplit(TypedDict):
    """What takes no model on one split: errors."""

    split: str
    constant: Fraction
    chance: Annotated[Fraction, "of answers drawn with the frequencies of the labels"]


class Floor(TypedDict):
    """What a constant answer and chance reach on the rows of the single number."""

    constant: Annotated[Figure, "the error of always answering `label`"]
    label: Annotated[str, "the most frequent label of train, else of the split"]
    split: str
    chance: Fraction
    difference: Annotated[Figure, "error of the model minus that of the constant answer, paired"]
    above: Annotated[bool | None, "whether the model surely errs less; null without an interval"]
    splits: list[FloorOfSplit]


class Cluster(TypedDict):
    """What is independent: examples, or groups of them."""

    by: str
    count: Count


class Decomposition(TypedDict):
    """The levels, the gaps between them, and the one to work on."""

    levels: list[Level]
    gaps: Annotated[list[Gap], "in the order of the ladder"]
    leading: NotRequired[
        Annotated[GapName | None, "the largest gap by value; null where it is only bounded"]
    ]
    focus: Annotated[list[str], "the gaps to work on"]
    attention: Annotated[bool | None, "whether the largest gap is above the tolerance"]
    verdict: Verdict
    to_settle: NotRequired[ToSettle | None]
    two_way: NotRequired[list[TwoWay]]


class _Ladder(Base):
    task: Task | None
    labels: list[str]
    metric: Metric | None
    splits: dict[str, Split | MeasuredSplit]
    floor: NotRequired[Annotated[Floor | None, "null where the levels are not of the error"]]


class Gaps(_Ladder, Decomposition):
    """The ladder of levels that were typed in."""

    schema: Literal["mlstrat.gaps/1"]


class Diagnose(_Ladder, Decomposition):
    """The ladder of a run, its single number, and the gap to work on."""

    schema: Literal["mlstrat.diagnose/1"]
    columns: Columns
    unit: NotRequired[None]
    example: NotRequired[Annotated[str, "what one row is called; not of classification"]]
    cluster: NotRequired[Cluster]
    threshold: NotRequired[None]
    alignment: NotRequired[None]
    attribution: NotRequired[None]
