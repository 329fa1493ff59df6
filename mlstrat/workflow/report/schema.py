"""The documents of `report`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from mlstrat.core.schema_parts import Base, Finding, Signature


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
