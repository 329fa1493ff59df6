"""Documents of `explain` and of `schema` itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from mlstrat.show.schema_parts import Base, Figure, Finding, Interval, Signature
from mlstrat.workflow.diagnose.schema import MetricFacts


class Code(TypedDict):
    """What a finding means."""

    code: str
    severity: Literal["issue", "tip", "note"]
    title: str
    meaning: str
    rule: str
    source: str
    next_steps: list[str]
    terms: list[str]


class Term(TypedDict):
    """A term of the workflow."""

    name: str
    title: str
    rule: str
    conditions: list[str]
    numbers: list[str]
    source: str
    codes: list[str]
    commands: list[str]
    also: list[str]


class WorkedMetric(MetricFacts):
    """A metric with a worked number."""

    worked: str


class Explain(Base):
    """Findings, terms and metrics, explained."""

    schema: Literal["mlstrat.explain/1"]
    codes: list[Code]
    terms: list[Term]
    metrics: list[WorkedMetric]


class Named(TypedDict):
    """One document."""

    name: str
    schema: str
    title: str


class Schemas(Base):
    """The list of documents that have a schema."""

    schema: Literal["mlstrat.schema/1"]
    schemas: list[Named]


class SectionFinding(Finding):
    """A finding, and the section that it is of."""

    section: str | None


class Report(TypedDict):
    """The documents of several commands as one."""

    schema: Literal["mlstrat.report/1"]
    signature: Signature
    findings: list[SectionFinding]
    verdict: Annotated[dict[str, Any], "by section"]
    focus: list[str]
    sections: Annotated[dict[str, Any], "each the document that its own schema describes"]


HistoryGap = TypedDict(
    "HistoryGap",
    {"gap": str, "from": str, "to": str, "value": float | None, "ci": Interval | None},
)


class Trial(TypedDict):
    """One run of the history."""

    name: str
    path: str
    settings: dict[str, Any]
    metric: Figure
    gaps: list[HistoryGap]
    focus: list[str]
    verdict: str


class Turn(TypedDict):
    """A knob that was turned."""

    knob: str
    before: Any
    after: Any


class GapMove(TypedDict):
    """What became of a gap."""

    gap: str
    change: Figure
    moved: Any


class Change(TypedDict):
    """A run beside the one before it."""

    run: str
    beside: str
    knobs: list[Turn]
    gaps: list[GapMove]


class History(Base):
    """Which knob moved which gap, over runs."""

    schema: Literal["mlstrat.history/1"]
    runs: list[Trial]
    changes: list[Change]


class CheckedInput(TypedDict):
    """An input that can be read."""

    part: Literal["run", "baseline", "review", "candidates", "history"]
    path: str
    rows: Annotated[int | None, "null where the header alone was looked at"]


class ReportCheck(Base):
    """The inputs of a report that can be read."""

    schema: Literal["mlstrat.report-check/1"]
    verdict: Literal["ok"]
    checked: list[CheckedInput]
