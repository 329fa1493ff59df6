"""The JSON that several documents share, as types: figures, findings, what was read.

A document's own keys stand in the ``schema.py`` of its question. What makes JSON returns these
types, so that mypy holds the keys; the schemas that are published are written from them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict, final

from mlstrat.core.record import Record


class Limits(Record):
    """What narrows a number or a text down."""

    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the keywords of JSON schema."""
        return {key: x for key, x in vars(self).items() if x is not None}


class As(Record):
    """The type that stands in the schema, where Python's list cannot say as much."""

    hint: Any


Fraction = Annotated[float, Limits(minimum=0, maximum=1)]
Count = Annotated[int, Limits(minimum=0)]
Interval = Annotated[list[float], As(tuple[float, float])]
Columns = Annotated[dict[str, str], "which column was read for each role"]


class Figure(TypedDict):
    """A figure with its interval."""

    value: Annotated[float | None, "null where the figure does not exist"]
    ci: Annotated[Interval | None, "low and high; null where the counts are unknown"]
    n: Annotated[Count | None, "rows behind it"]
    reason: NotRequired[Annotated[str, "why value or interval are missing"]]


class MissingShard(TypedDict):
    """A shard that is cut off or damaged, and was left out."""

    path: str
    reason: str
    rows: Annotated[Count | None, "null where nothing tells how many it held"]


class Input(TypedDict):
    """A file that was read."""

    path: Annotated[str, "as it was typed"]
    bytes: Count | None
    sha256: Annotated[str | None, "null above 64 MiB without --checksum"]
    rows: Annotated[Count | None, "examples, whether rows or added up by counts"]
    counts: NotRequired[Annotated[bool, "whether its rows are counts of examples"]]
    split: NotRequired[Annotated[str, "the split that the file was given for"]]
    left_out: NotRequired[Annotated[list[MissingShard], "with --skip-broken, where any are"]]


class Signature(TypedDict):
    """What a document is based on."""

    mlstrat: Annotated[str, "the version that made it"]
    inputs: list[Input]
    metric: str | None
    average: str | None
    positive: str | None
    confidence: Fraction
    seed: Count
    resamples: Count
    method: str


class Finding(TypedDict):
    """A numbered conclusion."""

    code: Annotated[str, Limits(pattern="^MLS[0-9]{3}$")]
    severity: Literal["issue", "tip", "note"]
    title: str
    evidence: Annotated[dict[str, Any], "figures; which ones depends on the code"]
    next_steps: list[str]


class Base(TypedDict):
    """What every document holds."""

    signature: Signature
    findings: list[Finding]


@final
class Head(Base):
    """The head of a document: what is made, beside the name of its schema."""


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


class Threshold(TypedDict):
    """The operating point: chosen on dev alone, and kept for every other split."""

    value: float | None
    chosen: Literal["dev", "given"] | None
    rule: str
    train_best: Annotated[float | None, "the level of train at its own best threshold"]
    dev_apparent: Annotated[float | None, "the level of dev at its own best threshold"]


class Calibration(TypedDict):
    """How far the scores of dev are from the shares that come true."""

    ece: Annotated[Figure, "expected calibration error"]
    bins: Annotated[Count, "of equal mass"]
    by_chance: Annotated[Fraction, "what a calibrated model shows on so many rows"]
    promised: Annotated[Fraction, "the mean score"]
    observed: Annotated[Fraction, "the share of positives"]


class ToSettle(TypedDict):
    """How many more examples settle an open question."""

    question: str
    rows: Annotated[dict[str, int], "new rows by split, if the truth is what was observed"]
    or_more: Annotated[dict[str, int] | None, "new rows by split, whatever the truth is"]
