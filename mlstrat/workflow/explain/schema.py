"""The documents of `explain`, and the list of `schema`."""

from __future__ import annotations

from typing import Literal, TypedDict

from mlstrat.core.schema_parts import Base, MetricFacts


class Decided(TypedDict):
    """How a kind of sentence is decided, and how often it may be wrong."""

    name: str
    claim: str
    method: str
    promise: str
    source: str


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
    decision: Decided | None


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
    decision: Decided | None


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
