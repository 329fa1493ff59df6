"""Every term of the workflow, by chapter and by name: the text behind `explain` and the docs.

The text is `terms.md`. A chapter begins with ``#``, a term with ``##``, each with its name and its
title. What a term says follows without a blank line: its rule, the checklist (``-``), the numbers
(``*``), and the other fields of `Term` by their names. Lines that go on are indented.
"""

from __future__ import annotations

from pathlib import Path

from mlstrat.core.decisions import DECISIONS
from mlstrat.core.findings import Decision
from mlstrat.core.record import Record


class Term(Record):
    """One idea of the course, as `mlstrat explain NAME` tells it."""

    name: str
    """Lower case, words joined by hyphens."""
    title: str
    rule: str
    conditions: tuple[str, ...]
    """When it holds, as a checklist."""
    numbers: tuple[str, ...]
    """Worked numbers of the course; mlstrat's own where they say so."""
    source: str
    """The lecture, and the chapter of Machine Learning Yearning (MLY) where there is one."""
    codes: tuple[str, ...] = ()
    """Findings that rest on it; the first letters of a code stand for all that begin so."""
    commands: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    """Neighbouring terms, by name."""
    aliases: tuple[str, ...] = ()
    decision: Decision | None = None
    """How a sentence of this kind is decided, and how often it may be wrong."""

    def covers(self, code: str) -> bool:
        """Tell whether a finding rests on this term."""
        return code.startswith(self.codes)


_FIELDS = ("source", "codes", "commands", "also", "aliases", "decision")


def _term(head: str, text: str) -> Term:
    name, _, title = head.partition(": ")
    said: dict[str, list[str]] = {key: [] for key in ("rule", "-", "*", *_FIELDS)}
    told = said["rule"]
    for line in text.splitlines():
        key, _, rest = line.partition(" ")
        key = key.removesuffix(":")
        if key in said and key != "rule":
            told = said[key]
            told.append(rest)
        elif line.startswith("  "):
            told[-1] += line[1:]
        else:
            told.append(line)
    lists = {key: tuple(" ".join(said[key]).split(", ")) for key in _FIELDS[1:5] if said[key]}
    decided = [x for x in DECISIONS if [x.name] == said["decision"]]
    return Term(
        name, title, " ".join(said["rule"]), tuple(said["-"]), tuple(said["*"]), said["source"][0],
        **lists, decision=decided[0] if decided else None,
    )  # fmt: skip


def _chapter(text: str) -> tuple[str, str, tuple[Term, ...]]:
    head, *terms = text.strip().split("\n\n## ")
    name, _, title = head.partition(": ")
    return name, title, tuple(_term(*x.split("\n", 1)) for x in terms)


_WALK = (
    "why-strategy", "orthogonalization", "single-number", "satisficing", "distributions", "sizes",
    "changing-metrics", "human-level", "avoidable-bias", "human-level-proxy", "surpassing",
    "improving", "error-analysis", "wrong-labels", "first-system", "training-on-other-data",
    "mismatched-distributions", "addressing-mismatch", "transfer", "multi-task", "end-to-end",
    "whether-end-to-end", "convolution", "padding", "stride", "pooling", "skip-connection",
    "one-by-one", "augmentation", "ensembles", "localisation", "landmarks", "iou",
    "non-max-suppression", "anchor-boxes", "one-shot", "triplet", "style-cost",
    "vanishing-gradients", "gru", "lstm", "bidirectional", "word-embedding", "beam-search", "bleu",
    "attention-model",
)  # fmt: skip
"""The terms of the lectures, in the order of the course."""

NO_COMMAND = {
    "anchor-boxes": "no command: part of a detector's training; judge its boxes by diagnose --task "
    "detection",
    "triplet": "no command: a loss to train with; judge its distances by diagnose --task "
    "verification",
    "style-cost": "no command: a picture that is made has no right answer to count errors by",
    "word-embedding": "no command: judge them by the task that uses them, with diagnose",
    "bleu": "no command of its own: diagnose --task seq2seq shows it beside the error",
    "attention-model": "no command: judge its outputs by diagnose --task seq2seq",
}
"""Why a lecture has none."""


def _workflow() -> Term:
    """Return the walk through the course: each lecture, its commands and its first numbers."""
    steps = []
    for lecture, name in LECTURES:
        commands = ", ".join(f"mlstrat {x}" for x in _TOLD[name].commands) or NO_COMMAND[name]
        steps.append(f"{lecture}: {commands}. {_TOLD[name].numbers[0]}")
    return Term(
        "workflow",
        "The workflow",
        "Set the target, build a first system, measure where the error comes from, read errors, "
        "change the one thing that the largest gap asks for, and measure again. Here is the "
        "course in its order: each lecture with its command, and its numbers.",
        tuple(steps),
        (f"{len(steps)} lectures, {len(steps) - len(NO_COMMAND)} of them with a command.",),
        "C3W1, C3W2, C4, C5; MLY 1-58",
        commands=("init --example variance", "plan", "split", "diagnose", "sample", "review",
                  "error-table", "compare", "report"),
        also=("why-strategy", "first-system", "error-analysis"),
        aliases=("course", "where-to-begin", "start"),
    )  # fmt: skip


_TEXT = Path(__file__).with_name("terms.md").read_text(encoding="utf-8")
_CHAPTERS = [_chapter(text) for text in f"\n{_TEXT}".split("\n# ")[1:]]
_TOLD = {term.name: term for _, _, terms in _CHAPTERS for term in terms}

LECTURES = tuple((_TOLD[name].source.partition(";")[0], name) for name in _WALK)
"""Lecture to the term that holds it, in the order of the course."""

CHAPTERS: dict[str, tuple[str, tuple[Term, ...]]] = {
    "lectures": ("The course in its order", (_workflow(),)),
    **{name: (title, terms) for name, title, terms in _CHAPTERS},
}
"""Title and terms of each chapter, in the order of the course."""

TERMS: dict[str, Term] = {t.name: t for _, terms in CHAPTERS.values() for t in terms}
"""By name."""


def spelt(text: str) -> str:
    """Return words in lower case, joined by hyphens."""
    plain = text.lower().replace("×", "x")
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())


NAMES: dict[str, str] = {
    a: t.name for t in TERMS.values() for a in (spelt(t.title), *t.aliases, t.name)
}
"""Titles, other words and names of terms, each with the term's name."""


def terms_of(code: str) -> tuple[Term, ...]:
    """Return the terms that a finding rests on."""
    return tuple(term for term in TERMS.values() if term.covers(code))
