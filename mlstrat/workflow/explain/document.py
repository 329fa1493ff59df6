"""What `explain` returns: the meaning of findings, terms and metrics."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mlstrat.core.findings import Decision, Rule
from mlstrat.core.metrics import METRICS, TOP, Metric
from mlstrat.errors import nearest as nearest_names
from mlstrat.show.blocks import Block, Checklist, Heading, Paragraph, Table
from mlstrat.show.document import Document, head
from mlstrat.workflow.explain.registry import RULES
from mlstrat.workflow.explain.terms import CHAPTERS, NAMES, TERMS, Term, spelt, terms_of

if TYPE_CHECKING:
    from mlstrat.workflow.explain import schema

COUNTS = "3 true positives, 1 false positive, 2 false negatives and 4 true negatives"
"""The course notes' illustration of precision and recall (case M2)."""


SCORES = "Positives scored 0.9 and 0.4, negatives scored 0.6 and 0.1 (mlstrat's example)"


WORKED: dict[str, str] = {
    "accuracy": f"{COUNTS}: (3 + 4) / 10 = 0.700.",
    "error": f"{COUNTS}: (1 + 2) / 10 = 0.300.",
    "precision": f"{COUNTS}: 3 / (3 + 1) = 0.750.",
    "recall": f"{COUNTS}: 3 / (3 + 2) = 0.600.",
    "f1": f"{COUNTS}: 6 / (6 + 1 + 2) = 0.667. Precision 95% and recall 90%: 92.4%.",
    "f_beta": f"{COUNTS}, β = 2: 15 / (15 + 8 + 1) = 0.625.",
    "specificity": f"{COUNTS}: 4 / (4 + 1) = 0.800.",
    "balanced_accuracy": f"{COUNTS}: (3/5 + 4/5) / 2 = 0.700.",
    "mcc": f"{COUNTS}: (3 × 4 − 1 × 2) / √(4 × 5 × 5 × 6) = 0.408.",
    "cohen_kappa": f"{COUNTS}: chance is 0.5, so (0.7 − 0.5) / 0.5 = 0.400.",
    "quadratic_kappa": f"{COUNTS}: of two labels it is Cohen's kappa, 0.400.",
    **{f"top_{k}_accuracy": f"{SCORES}: both labels are among the {k} most probable, 1.000."
       for k in TOP},
    "log_loss": f"{SCORES}: −(2 ln 0.9 + 2 ln 0.4) / 4 = 0.511.",
    "brier": f"{SCORES}: (2 × 0.01 + 2 × 0.36) / 4 = 0.185.",
    "roc_auc": f"{SCORES}: 3 of 4 pairs are in order, 0.750.",
    "average_precision": f"{SCORES}: ½ × 1 + ½ × ⅔ = 0.833.",
}  # fmt: skip
"""By metric; each figure is what `score` computes."""

OTHER_WORDS = {
    "f1-score": "f1", "f-score": "f_beta", "sensitivity": "recall", "true-positive-rate": "recall",
    "positive-predictive-value": "precision", "kappa": "cohen_kappa", "auc": "roc_auc",
    "matthews-correlation-coefficient": "mcc", "cross-entropy": "log_loss",
}  # fmt: skip
"""Other words for a metric, as `spelt`."""

RANGES = {"brier": "0 to 1 (two classes), 0 to 2 (more)"}
"""Of metrics whose range is not the same for two classes as for more."""


class Explanation(Document):
    """What one finding, term or metric means, or the list of all."""

    rules: tuple[Rule, ...] = ()
    terms: tuple[Term, ...] = ()
    metrics: tuple[Metric, ...] = ()

    def to_dict(self) -> schema.Explain:
        return {
            "schema": "mlstrat.explain/1",
            **head(),
            "codes": [
                {"code": r.code, "severity": r.severity, "title": r.title, "meaning": r.meaning,
                 "rule": r.rule, "source": r.source, "next_steps": list(r.next_steps),
                 "terms": [t.name for t in terms_of(r.code)],
                 "decision": None if r.decision is None else decided(r.decision)}
                for r in self.rules
            ],
            "terms": [
                {"name": t.name, "title": t.title, "rule": t.rule,
                 "conditions": list(t.conditions), "numbers": list(t.numbers),
                 "source": t.source, "codes": codes_of(t), "commands": list(t.commands),
                 "also": list(t.also),
                 "decision": None if t.decision is None else decided(t.decision)}
                for t in self.terms
            ],
            "metrics": [{**m.to_dict(), "worked": WORKED[m.name]} for m in self.metrics],
        }  # fmt: skip

    def blocks(self) -> list[Block]:
        """Return one entry in full, or the list of all."""
        if len(self.rules) + len(self.terms) + len(self.metrics) > 1:
            return self._list()
        if self.terms:
            return term_blocks(self.terms[0])
        if self.metrics:
            return metric_blocks(self.metrics[0])
        return rule_blocks(self.rules[0])

    def _list(self) -> list[Block]:
        out: list[Block] = []
        for title, terms in CHAPTERS.values():
            rows = tuple((t.name, t.title) for t in terms)
            out += [Heading(title), Table(("term", "title"), rows, left=2)]
        metrics = tuple((m.name, m.title) for m in self.metrics)
        out += [Heading("Metrics"), Table(("metric", "title"), metrics, left=2)]
        codes = tuple((r.code, r.title) for r in self.rules)
        return [*out, Heading("Findings"), Table(("code", "title"), codes, left=2)]

    def records(self) -> list[dict[str, Any]]:
        terms = [("term", t.name, t.title, t.rule, t.source) for t in self.terms]
        metrics = [("metric", m.name, m.title, m.formula, m.source) for m in self.metrics]
        codes = [("finding", r.code, r.title, r.meaning, r.source) for r in self.rules]
        names = ("kind", "name", "title", "meaning", "source")
        return [dict(zip(names, row, strict=True)) for row in (*terms, *metrics, *codes)]


def codes_of(term: Term) -> list[str]:
    """Return the codes of the findings that rest on a term."""
    return [code for code in RULES if term.covers(code)]


def decided(decision: Decision) -> schema.Decided:
    """Return the JSON of how a kind of sentence is decided."""
    return {"name": decision.name, "claim": decision.claim, "method": decision.method,
            "promise": decision.promise, "source": decision.source}  # fmt: skip


def decision_blocks(decision: Decision | None) -> list[Block]:
    """Return how a kind of sentence is decided, and how often it may be wrong."""
    if decision is None:
        return []
    return [
        Paragraph(f"Decided, as in “{decision.claim}”: {decision.method}"),
        Paragraph(f"Promise: {decision.promise}"),
    ]


def rule_blocks(rule: Rule) -> list[Block]:
    """Return what a finding means."""
    blocks: list[Block] = [
        Heading(f"{rule.code} {rule.title}"),
        Paragraph(rule.meaning),
        Paragraph(f"When: {rule.rule}"),
        *decision_blocks(rule.decision),
        Paragraph(f"Source: {rule.source}"),
    ]
    if rule.next_steps:
        blocks += [Heading("Next steps", 2), Checklist(rule.next_steps, boxes=False)]
    return [*blocks, *_more([t.name for t in terms_of(rule.code)])]


def term_blocks(term: Term) -> list[Block]:
    """Return a term: rule, checklist, worked numbers, source."""
    blocks: list[Block] = [
        Heading(term.title),
        Paragraph(term.rule),
        Heading("Check", 2),
        Checklist(term.conditions),
        Heading("In numbers", 2),
        Checklist(term.numbers, boxes=False),
        *decision_blocks(term.decision),
    ]
    if term.commands:
        commands = ", ".join(f"mlstrat {c}" for c in term.commands)
        blocks.append(Paragraph(f"Commands: {commands}"))
    blocks.append(Paragraph(f"Source: {term.source}"))
    if codes := codes_of(term):
        blocks.append(Paragraph(f"Findings: {', '.join(codes)}"))
    return [*blocks, *_more(term.also)]


def metric_blocks(m: Metric) -> list[Block]:
    """Return a metric: formula, range, where it does not exist, a worked number."""
    span = RANGES.get(m.name, f"{m.low:g} to {'∞' if math.isinf(m.high) else f'{m.high:g}'}")
    better = "higher" if m.higher_is_better else "lower"
    averaged = (
        " Of the positive class where there is one; else one figure a class, averaged."
        if m.by_class
        else ""
    )
    return [
        Heading(f"{m.name}: {m.title}"),
        Paragraph(f"{m.formula}. From {span}, {better} is better.{averaged}"),
        Paragraph(f"Undefined: {m.undefined}."),
        Heading("In numbers", 2),
        Checklist((WORKED[m.name],), boxes=False),
        Paragraph(f"Source: {m.source}"),
        *_more(("single-number", "changing-metrics")),
    ]


def _more(names: Sequence[str]) -> list[Block]:
    return [Paragraph(f"More: {', '.join(f'mlstrat explain {n}' for n in names)}")] if names else []


def find(text: str) -> Explanation | None:
    """Return the entry of a code, a term or a metric, however it is spelt; None for no such."""
    if rule := RULES.get(text.strip().upper()):
        return Explanation(rules=(rule,))
    name = spelt(text)
    metrics = {spelt(word): m for m in METRICS.values() for word in (m.name, m.title)}
    if metric := metrics.get(name) or METRICS.get(OTHER_WORDS.get(name, "")):
        return Explanation(metrics=(metric,))
    return Explanation(terms=(TERMS[NAMES[name]],)) if name in NAMES else None


def nearest(text: str) -> list[str]:
    """Return names of entries that are spelt nearly so, the nearest first."""
    name = spelt(text)
    words = {x.lower(): x for x in (*NAMES, *METRICS, *OTHER_WORDS, *RULES)}
    close = nearest_names(name, words, 0.6, 3)
    holds = [w for w in words if len(name) > 2 and name in w]
    return list(dict.fromkeys(words[w] for w in (*close, *holds)))[:3]
