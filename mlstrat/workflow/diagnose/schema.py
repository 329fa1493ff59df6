"""Documents of `gaps`, `diagnose`, `score` and `human`."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from mlstrat.show.schema_parts import Base, Columns, Count, Figure, Fraction, Interval

LevelName = Literal["human", "train", "train-dev", "dev", "test"]


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
        "gap": Literal["avoidable_bias", "variance", "data_mismatch", "variance_or_mismatch",
                       "dev_overfit"],
        "from": LevelName, "to": LevelName,
        "value": Annotated[float | None, "null without a human level"],
        "ci": Interval | None,
        "p_largest": Annotated[Fraction | None, "share of resamples in which it is the largest"],
        "resolved": Annotated[bool | None, "whether the interval excludes 0"],
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
    counts: list[list[Count]]


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


class Cluster(TypedDict):
    """What is independent: examples, or groups of them."""

    by: str
    count: Count


class _Ladder(Base):
    task: Literal["binary", "multiclass", "ratio"] | None
    labels: list[str]
    metric: Metric | None
    splits: dict[str, Split | MeasuredSplit]
    levels: list[Level]
    gaps: Annotated[list[Gap], "in the order of the ladder"]
    focus: Annotated[list[str], "the gaps to work on"]
    attention: Annotated[bool | None, "whether the largest gap is above the tolerance"]
    verdict: Literal["focus", "small", "undetermined", "insufficient"]
    two_way: NotRequired[list[TwoWay]]


class Gaps(_Ladder):
    """The ladder of levels that were typed in."""

    schema: Literal["mlstrat.gaps/1"]


class Diagnose(_Ladder):
    """The ladder of a run, its single number, and the gap to work on."""

    schema: Literal["mlstrat.diagnose/1"]
    columns: Columns
    unit: NotRequired[None]
    example: NotRequired[Annotated[str, "what one row is called; not of classification"]]
    cluster: NotRequired[Cluster]
    threshold: NotRequired[None]
    alignment: NotRequired[None]
    attribution: NotRequired[None]


class ScoreRow(Figure):
    """The metric on a split, or on the rows of one value."""

    split: str
    by: dict[str, str] | None
    metric: str


class Mean(Figure):
    """The mean over the values of a column."""

    by: str
    left_out: list[str]


class Weight(TypedDict):
    """A cost of errors, and what it met."""

    where: dict[str, str]
    weight: float
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


class MetricFacts(TypedDict):
    """What is known about a metric."""

    name: str
    title: str
    formula: str
    low: float
    high: Annotated[float | None, "null where there is no bound"]
    higher_is_better: bool
    averaged_over_classes: bool
    needs: str | None
    undefined: Annotated[str, "when the figure does not exist"]
    source: str


class Metrics(Base):
    """The registry of metrics: `score --list-metrics`."""

    schema: Literal["mlstrat.score/1"]
    metrics: list[MetricFacts]


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
