"""Documents of `mislabels`."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from mlstrat.core.schema_parts import Base, Count, Figure, Fraction, Interval


class Corrected(Figure):
    """The error with corrected labels."""

    bound: Annotated[Literal["at_least"] | None, "nobody read correct rows"]
    range: Annotated[Interval | None, "by what the unknown true labels are"]


class WrongLabels(Figure):
    """The share of all rows that have wrong labels."""

    bound: Annotated[Literal["at_least"] | None, "nobody read correct rows"]


class Read(TypedDict):
    """Rows of one kind that were read."""

    rows: Count
    mislabeled: Count
    unresolved: Annotated[Count, "mislabeled, and the right label is not known"]
    turned: Annotated[Count, "errors that are right, or correct rows that are wrong, corrected"]


class Reviewed(TypedDict):
    """Rows that were read."""

    errors: Read
    correct: Read


class Concentration(TypedDict):
    """The test whether wrong labels are concentrated by one column."""

    column: str
    value: Annotated[str, "the one with the largest excess"]
    read: Count
    mislabeled: Count
    expected: float
    p_value: Fraction
    p_adjusted: Annotated[Fraction, "by Holm, for the number of columns"]


class PairRead(TypedDict):
    """Rows read on which the two models differ."""

    only_a_right: Count
    only_b_right: Count
    both_wrong: Count


class Choice(TypedDict):
    """The choice between two models."""

    a: str
    b: str
    observed_difference: Annotated[float, "error of b minus error of a"]
    corrected_difference: float | None
    p_better_observed: Annotated[Fraction | None, "that a is really better"]
    p_better_corrected: Annotated[Fraction | None, "the same with corrected labels"]
    n: Count | None
    assumed: Literal["mirrored", "unchanged", "independent"] | None
    read: PairRead | None
    reason: str | None


class Mislabels(Base):
    """Errors that are due to wrong labels."""

    schema: Literal["mlstrat.mislabels/1"]
    split: str | None
    n: Count | None
    errors: Count | None
    correct: Count | None
    overall_error: Figure
    error_from_labels: Figure
    error_from_other: Figure
    label_share: Annotated[Figure, "of the errors of this split"]
    corrected_error: Corrected
    wrong_labels: WrongLabels
    reviewed: Reviewed
    picked: Annotated[bool, "a ranking chose the rows: no estimate"]
    unusable: NotRequired[
        Annotated[Count, "rows marked drop: no label is right; not in the corrected error"]
    ]
    worth_fixing: bool | None
    fix_test_too: bool
    fix_train_needed: Annotated[bool | None, "wrong labels are systematic"]
    systematic: list[Concentration]
    versus: Choice | None


class SuspectPair(TypedDict):
    """Suspects of one label and one suggestion."""

    label: str
    suggested: str
    count: Count


class Suspected(TypedDict):
    """Likely wrong labels."""

    found: Annotated[
        Count, "rows within the filter of confident learning, or units that may be wrong, in all"
    ]
    drawn: Count
    ranking: NotRequired[
        Annotated[
            Literal["confident_learning", "label_probability", "agreement", "score"],
            "what comes first on the sheet; the last two of erring units of a task",
        ]
    ]
    within_filter: NotRequired[Annotated[Count, "rows of the sheet within the filter"]]
    sheet: str | None
    pairs: list[SuspectPair]
    thresholds: dict[str, Fraction]


class Suspects(Base):
    """Likely wrong labels, picked by confident learning."""

    schema: Literal["mlstrat.mislabels/1"]
    split: str
    n: Count
    overall_error: Annotated[Figure, "null: a ranking is not an estimate"]
    error_from_labels: Figure
    error_from_other: Figure
    label_share: Figure
    corrected_error: Figure
    worth_fixing: None
    versus: None
    suspects: Suspected
