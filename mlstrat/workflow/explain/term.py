"""What is known about one term of the workflow: the text behind `explain` and the docs."""

from __future__ import annotations

from dataclasses import dataclass

from mlstrat.core.findings import Decision


@dataclass(frozen=True)
class Term:
    """One idea of the course, as `mlstrat explain NAME` tells it.

    Attributes
    ----------
    name
        Lower case, words joined by hyphens.
    title
        As a heading.
    rule
        What to do, or what it is, in a few sentences.
    conditions
        When it holds, as a checklist.
    numbers
        Worked numbers of the course; mlstrat's own where they say so.
    source
        The lecture, and the chapter of Machine Learning Yearning (MLY) where there is one.
    cases
        The course's worked cases that the numbers come from.
    codes
        Findings that rest on it; the first letters of a code stand for all that begin so.
    commands
        The commands that do it.
    also
        Neighbouring terms, by name.
    aliases
        Other words for it.
    decision
        How a sentence of this kind is decided, and how often it may be wrong.
    """

    name: str
    title: str
    rule: str
    conditions: tuple[str, ...]
    numbers: tuple[str, ...]
    source: str
    cases: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    decision: Decision | None = None

    def covers(self, code: str) -> bool:
        """Tell whether a finding rests on this term."""
        return any(code.startswith(start) for start in self.codes)
