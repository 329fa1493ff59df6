"""The documents of `plan` and `split`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from mlstrat.core.schema_parts import Base, Columns, Count, Figure, Fraction

Sizes = TypedDict(
    "Sizes",
    {"train": Count | None, "train-dev": Count | None, "dev": Count | None,
     "test": Count | None, "eyeball": Count | None, "blackbox": Count | None},
)  # fmt: skip


class Reason(TypedDict):
    """What asks for a set of this size."""

    set: str
    need: str
    n: Count
    binding: bool
    text: str


class Assumptions(TypedDict):
    """What the sizes rest on."""

    examples: Count | None
    error: Fraction | None
    detect: Fraction | None
    discordance: Annotated[Fraction | None, "of two models on dev; assumed where not stated"]
    discordance_stated: NotRequired[bool]
    mismatch: Fraction | None
    eyeball_errors: Count | None
    dev: Count | None
    power: Fraction


class RuleOfThumb(TypedDict):
    """Shares of the course."""

    name: str
    train: Count
    dev: Count
    test: Count
    detectable_difference: float | None


class Plan(Base):
    """How large each set must be, and why."""

    schema: Literal["mlstrat.plan/1"]
    sizes: Sizes
    detectable_difference: Annotated[float | None, "by two models on the same dev set"]
    fewest_fixed: NotRequired[
        Annotated[Count, "errors fixed, none broken, that show on any dev set"]
    ]
    test_half_width: float | None
    reasons: list[Reason]
    assumptions: Assumptions
    era: str | None
    rules_of_thumb: list[RuleOfThumb]


class SplitSize(TypedDict):
    """Rows of a split."""

    n: Count
    units: NotRequired[Annotated[Count, "groups, ids or distinct rows"]]
    sources: dict[str, Count] | None


Asked = TypedDict("Asked", {"dev": Count | None, "test": Count | None, "train-dev": Count | None})


class Mixed(TypedDict):
    """What shuffling all sources together would have meant."""

    train: Count
    dev: Count
    test: Count
    dev_by_source: dict[str, float]
    share_by_source: dict[str, Fraction]


class CutFacts(TypedDict):
    """What places a row."""

    path: str | None
    seed: Count
    key: Literal["row", "id", "group"]
    columns: Columns


class Split(Base):
    """Splits that were made, or that would be."""

    schema: Literal["mlstrat.split/1"]
    target: list[str]
    sizes: dict[str, SplitSize]
    asked: Asked | None
    option_1: Mixed | None
    output: str | None
    cuts: CutFacts


class Overlap(TypedDict):
    """What lies in two splits."""

    kind: Literal["id", "group", "row", "near"]
    splits: list[str]
    shared: Count
    rows: Any
    examples: list[Any]


class Difference(TypedDict):
    """Two splits compared."""

    splits: list[str]
    by: str
    distance: Fraction
    p_value: Fraction


class Classifier(TypedDict):
    """How well dev and test are told apart."""

    auc: Figure
    tells_apart: bool


class SplitCheck(Base):
    """Splits that exist, checked: `split --check`."""

    schema: Literal["mlstrat.split/1"]
    target: list[str]
    sizes: dict[str, SplitSize]
    overlaps: list[Overlap]
    differences: list[Difference]
    classifier: Classifier | None
