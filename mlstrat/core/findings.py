"""A finding: a numbered conclusion, its evidence in figures, and the rule behind its code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

from mlstrat.core.record import Record
from mlstrat.core.wording import Scale

if TYPE_CHECKING:
    from mlstrat.core import schema_parts

Severity = Literal["issue", "tip", "note"]


class Decision(Record):
    """One kind of sentence that claims: how it is decided, and how often it may be wrong."""

    name: str
    claim: str
    method: str
    promise: str
    source: str


class Rule(Record):
    """What a finding code means: the text behind `mlstrat explain`."""

    code: str
    severity: Severity
    title: str
    meaning: str
    rule: str
    source: str
    next_steps: tuple[str, ...] = ()
    sentence: Callable[[Mapping[str, Any], Scale], str] | None = None
    """The evidence in words; without it the meaning stands for all."""
    decision: Decision | None = None
    """What decides it, where it chooses, ranks or says that something is enough."""
    doubts: bool = False
    """Whether, as an issue, it stands before any verdict: figures may not be what they seem."""


class Finding(Record):
    """A numbered conclusion with its evidence in figures and the steps that follow."""

    rule: Rule
    evidence: Mapping[str, Any] = field(default_factory=dict)
    done: bool = False
    """Whether the next steps of the rule were taken already."""
    lowered_to: Severity | None = None
    """Another severity than the rule's: ``tip`` where the data only lean to it."""
    flags: str = ""
    """The options that fix it, built from the data; blank where none does."""
    first: tuple[str, ...] = ()
    """The steps that the data put before those of the rule."""

    @property
    def code(self) -> str:
        """MLS and three digits."""
        return self.rule.code

    @property
    def severity(self) -> Severity:
        """``issue``: what the data show; ``tip``: what they lean to; ``note``: the rest."""
        return self.lowered_to or self.rule.severity

    @property
    def next_steps(self) -> tuple[str, ...]:
        """What follows, the options that fix it first; nothing where that was done already."""
        own = (f"fix it: {self.flags}",) if self.flags else ()
        return () if self.done else (*own, *self.first, *self.rule.next_steps)

    @property
    def doubts(self) -> bool:
        """Whether no verdict stands beside it."""
        return self.rule.doubts and self.severity == "issue"

    def first_line(self, scale: Scale) -> str:
        """Return the evidence in words and the options that fix it, to stand before all else."""
        said = self.sentence(scale)
        return f"{said} Fix: {self.flags}" if self.flags else said

    def sentence(self, scale: Scale) -> str:
        """Return the evidence in words; without it the meaning stands for all."""
        rule = self.rule
        return rule.sentence(self.evidence, scale) if rule.sentence else rule.meaning

    def to_dict(self) -> schema_parts.Finding:
        """Return code, severity, title, evidence and next steps."""
        return {
            "code": self.code,
            "severity": self.severity,
            "title": self.rule.title,
            "evidence": dict(self.evidence),
            "next_steps": list(self.next_steps),
        }
