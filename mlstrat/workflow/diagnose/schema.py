"""The documents of `gaps` and `diagnose`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, NotRequired, TypedDict

from mlstrat.core.schema_parts import (
    Base,
    Calibration,
    Columns,
    Count,
    Figure,
    Fraction,
    Interval,
    Threshold,
    ToSettle,
)
from mlstrat.tasks import HOMES

LevelName = Literal["human", "train", "train-dev", "dev", "test"]
GapName = Literal[
    "avoidable_bias", "variance", "data_mismatch", "dev_overfit", "variance_or_mismatch",
    "avoidable_bias_or_variance", "bias_variance_or_mismatch",
]  # fmt: skip
Verdict = Literal["focus", "contested", "small", "undetermined", "insufficient"]
if TYPE_CHECKING:
    Task = str
else:
    Task = Literal[("binary", "multiclass", *HOMES)]


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
    errors: Annotated[Count | None, "null where scores are not probabilities and say no class"]
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


class Units(TypedDict):
    """What is right or wrong inside examples: spans, labels, trials."""

    true: Count
    predicted: Count
    tp: Count
    fp: Count
    fn: Count


class MeasuredClass(TypedDict):
    """One class of a split: a label, a type of spans, an identity."""

    label: str
    tp: Count | None
    fp: Count | None
    fn: Count | None
    num: float
    den: float
    error: Figure
    precision: NotRequired[Annotated[Fraction | None, "of detection"]]
    recall: NotRequired[Annotated[Fraction | None, "of detection"]]


class Beside(Figure):
    """A figure that stands beside the error, and that no gap is of."""

    metric: str
    signature: NotRequired[Annotated[str, "how the tool that defines it was set"]]


class Attributed(TypedDict):
    """Whose fault errors are."""

    count: Count
    share: Figure


class Attribution(TypedDict):
    """Errors of the search, and of the model; a lower bound of the first."""

    search: Attributed
    model: Attributed
    unknown: Count
    lower_bound: bool
    difference: Annotated[Figure, "share of search minus that of the model"]


class Alignment(TypedDict):
    """What had no partner, and what was read as something else."""

    unmatched_truth: Count
    unmatched_predictions: Count
    dropped: Count
    repairs: Count


class MeasuredSplit(TypedDict):
    """The figures of one split of a task that is not classification."""

    n: Annotated[Count, "examples"]
    errors: Annotated[Count | None, "units; null where num is an amount"]
    error: Figure
    units: Units | None
    per_class: list[MeasuredClass]
    confusion: Annotated[Confusion | None, "the last row and column are nothing"]
    categories: list[Category]
    beside: list[Beside]
    det: NotRequired[Annotated[list[list[float]], "threshold, FAR, FRR, of verification"]]


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
    unit: NotRequired[str | None]
    example: NotRequired[Annotated[str, "what one row is called; not of classification"]]
    cluster: NotRequired[Cluster]
    threshold: NotRequired[Threshold | None]
    calibration: NotRequired[
        Annotated[Calibration | None, "with a chosen threshold; null of no probabilities"]
    ]
    alignment: NotRequired[Alignment | None]
    attribution: NotRequired[Annotated[Attribution | None, "of the split of the single number"]]
