"""The document of `curve`."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from mlstrat.core.schema_parts import As, Base, Count, Figure, Fraction, ToSettle


class Point(TypedDict):
    """One size."""

    n: Annotated[Count, "training examples"]
    train: Figure
    dev: Figure
    runs: Annotated[Count, "models trained on so many, averaged"]


Target = TypedDict(
    "Target", {"error": Fraction, "from": Annotated[Literal["option", "human"], "who says so"]}
)


Ends = Annotated[list[int | None], As(tuple[Count, Count | None])]


class Size(TypedDict):
    """A number of training examples."""

    value: Annotated[Count | None, "null where it never is reached, or that cannot be told"]
    ci: Annotated[Ends | None, "low and high; a high of null has no end"]
    n: None
    reason: NotRequired[Annotated[str, "why the value is missing"]]


class Doubled(TypedDict):
    """Dev at twice the largest size, from the fit."""

    n: Count
    dev: Figure


class Fit(TypedDict):
    """error(n) = floor + scale · (n / unit)^−exponent."""

    floor: Annotated[float, "the limit, which no size reaches"]
    scale: float
    exponent: float
    unit: float
    chi_squared: Annotated[float | None, "null where counts are unknown"]
    degrees: Annotated[Count, "points beyond the three parameters"]
    spread: Annotated[float | None, "variance of the points over that of their counts"]
    same_dev_examples: Annotated[bool, "taken as such: as many dev examples at every size"]


class Settling(TypedDict):
    """What would tell whether the target is reached."""

    reason: Literal["dev", "floor", "train", "counts"]
    times: Annotated[float | None, "times the dev examples and the runs a size"]
    n: Annotated[Count | None, "training examples of one more run"]


class Curve(Base):
    """A learning curve: will more data reach the target?"""

    schema: Literal["mlstrat.curve/1"]
    points: list[Point]
    target: Target | None
    diagnosis: Annotated[
        Literal["bias", "variance", "both", "fine"] | None,
        "by intervals, where counts are known; null where it cannot be told, or without a target",
    ]
    more_data_helps: Annotated[bool | None, "null where it cannot be told, or without a target"]
    reaches: Literal["reached", "yes", "never", "cannot_tell"] | None
    n_to_target: Size
    floor: Annotated[Figure, "dev of the fit at 100 times the largest size"]
    doubled: Doubled
    fit: Fit
    would_settle: Settling | None
    to_settle: NotRequired[Annotated[ToSettle | None, "new dev examples that would tell"]]
