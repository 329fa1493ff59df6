"""The document of `gate`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from xml.etree import ElementTree

from mlstrat.core.decisions import GATE
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import interval_json
from mlstrat.core.wording import Scale, clean, count, listed, some_of
from mlstrat.show.blocks import Block, Paragraph, Table
from mlstrat.show.blocks import Verdict as FirstLine
from mlstrat.show.document import Document, Signature, findings_blocks, head
from mlstrat.workflow.gate.findings import (
    bound,
    evidence,
    interval,
    named,
    sentence,
    settle,
    short_bound,
    short_observed,
)
from mlstrat.workflow.gate.judge import Beside, Check, Judgement, Verdict
from mlstrat.workflow.gate.ledger import UsedSet

if TYPE_CHECKING:
    from mlstrat.workflow.gate import schema


_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 does not allow in any form, escaped or not (section 2.2, Char)."""


def xml_text(text: str) -> str:
    """Return text without what XML forbids; the writer escapes the rest."""
    return _FORBIDDEN.sub("�", text)


def junit_xml(checks: Sequence[Check]) -> str:
    """Return a JUnit document with a test case a check.

    A failed check is a failure, and so is an inconclusive one where the gate says
    ``on_inconclusive = "fail"``; any other inconclusive one is skipped.
    """
    cases = [_case(c) for c in checks]
    failed = sum(case.find("failure") is not None for case in cases)
    skipped = sum(case.find("skipped") is not None for case in cases)
    counts = {"tests": str(len(cases)), "failures": str(failed), "errors": "0"}
    root = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(
        root, "testsuite", {"name": "mlstrat gate", **counts, "skipped": str(skipped)}
    )
    suite.extend(cases)
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _case(check: Check) -> ElementTree.Element:
    e = evidence(check)
    name = f"{named(e)}: {'less than ' if check.question.kind == 'margin' else ''}{bound(e)}"
    group = check.question.split or "run"
    case = ElementTree.Element(
        "testcase", {"classname": f"mlstrat.gate.{group}", "name": xml_text(name)}
    )
    text = xml_text(sentence(e))
    if check.verdict == "fail":
        kind = "missing" if check.missing else "beyond"
        _add(case, "failure", text if not check.missing else xml_text(clean(
            f"missing: {check.reason}", 300)), kind)  # fmt: skip
    elif check.verdict == "inconclusive":
        text = xml_text(f"{sentence(e)}. {settle(e)}.")
        matters = check.question.gate.on_inconclusive == "fail"
        _add(case, "failure" if matters else "skipped", text, "inconclusive")
    else:
        ElementTree.SubElement(case, "system-out").text = text
    return case


def _add(case: ElementTree.Element, tag: str, text: str, kind: str) -> None:
    attributes = {"message": text} | ({"type": kind} if tag == "failure" else {})
    ElementTree.SubElement(case, tag, attributes)


EXIT_CODES = {"pass": 0, "fail": 1, "inconclusive": 0}
INCONCLUSIVE_MATTERS = 3
MOST_CHECKS = 50
"""Checks that a reader is shown; the JSON has all."""

_ORDER = {"fail": 0, "inconclusive": 1, "pass": 2}


class GateDocument(Document):
    """Whether a run keeps to its bounds."""

    result: Judgement
    run: str
    baselines: Mapping[str, str]
    default: bool
    findings: tuple[Finding, ...]
    ledger: tuple[str, tuple[tuple[str, UsedSet], ...]] | None
    signature: Signature
    beside: Beside | None = None
    threshold: Mapping[str, Any] | None = None

    @property
    def verdict(self) -> Verdict:
        """One of pass, fail, inconclusive."""
        return self.result.verdict

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks, in the order of the config."""
        return self.result.checks

    @property
    def exit_code(self) -> int:
        """What the command ends with: 0, 1 for a fail, 3 for what the config says matters."""
        if self.verdict == "inconclusive" and self.result.matters:
            return INCONCLUSIVE_MATTERS
        return EXIT_CODES[self.verdict]

    @property
    def warning(self) -> str | None:
        """What to warn of where an inconclusive check exits 0, unless its gate says "pass"."""
        open_ = [c for c in self.checks if c.verdict == "inconclusive"
                 and c.question.gate.on_inconclusive != "pass"]  # fmt: skip
        if not open_ or self.verdict != "inconclusive":
            return None
        every = list(dict.fromkeys(named(evidence(c)) for c in open_))  # two baselines, one name
        return f"inconclusive: {some_of(every)}"

    def to_dict(self) -> schema.Gate:
        out = {
            "schema": "mlstrat.gate/1",
            **head(self.signature, self.findings),
            "verdict": self.verdict,
            "run": self.run,
            "baselines": dict(self.baselines),
            "default": self.default,
            "beside_run": None if self.beside is None else {
                "path": self.beside.file,
                "gates": self.beside.gates,
                "settings": list(self.beside.settings),
            },
            "checks": [_check(c) for c in self.checks],
            "ledger": None if self.ledger is None else {
                "path": self.ledger[0],
                "sets": [
                    {"set": key, "split": x.split, "rows": x.rows, "uses": x.uses,
                     "runs": len(x.runs)}
                    for key, x in self.ledger[1]
                ],
            },
        }  # fmt: skip
        return cast("schema.Gate", out | self._threshold())

    def _threshold(self) -> dict[str, Any]:
        return {} if self.threshold is None else {"threshold": dict(self.threshold)}

    def blocks(self) -> list[Block]:
        ranked = sorted(self.checks, key=lambda c: _ORDER[c.verdict])
        rows = [_row(c) for c in ranked[:MOST_CHECKS]]
        level = self.signature.interval
        if self.result.family > 1:
            level = "adjusted interval"  # wider than at the confidence that was asked for
        blocks: list[Block] = [
            FirstLine(self._verdict(ranked[0]) + self._whose(), GATE),
            Table(("check", "observed", level, "bound", "verdict"), tuple(rows)),
        ]
        if len(ranked) > MOST_CHECKS:
            blocks.append(Paragraph(f"{count(len(ranked) - MOST_CHECKS)} more checks in the JSON."))
        if self.threshold is not None and self.threshold["value"] is not None:
            from mlstrat.core.operating.point import threshold_line

            alone = {**self.threshold, "dev_apparent": None}  # whose metric need not be a check's
            blocks.append(Paragraph(threshold_line(alone, Scale(), "")))
        blocks += findings_blocks(self.findings, Scale(self.checks[0].question.share))
        blocks.append(self._basis())
        return blocks

    def _verdict(self, first: Check) -> str:
        total = len(self.checks)
        held = sum(c.verdict == self.verdict for c in self.checks)
        if self.verdict == "pass":
            one = f" {sentence(evidence(first))}." if total == 1 else ""
            several = f"all {count(total)} checks are"
            which = {1: "the check is", 2: "both checks are"}.get(total, several)
            return f"Pass: {which} within bounds.{one}"
        e = evidence(first)
        others = f" ({count(held)} of {count(total)} checks)" if total > 1 else ""
        if self.verdict == "fail":
            why = f"{named(e)} is missing: {clean(first.reason or '', 200)}"
            return f"Fail{others}: {why if first.missing else sentence(e)}."
        return f"Inconclusive{others}: {sentence(e)}. {settle(e)}."

    def _whose(self) -> str:
        """Say whose gates they are, where whoever wrote the run may have written them."""
        if self.beside is None or not self.beside.gates:
            return ""
        return f" The gates are those of {clean(self.beside.file, 200)}, beside the run: the " \
            "project's config has none."  # fmt: skip

    def _basis(self) -> Block:
        s = self.signature
        adjusted = f", adjusted for {self.result.family} checks" if self.result.family > 1 else ""
        people = any(c.question.metric == "avoidable_bias" for c in self.checks)
        theirs = self.beside.settings if self.beside is not None else ()
        shown = [clean(x, 60) for x in theirs if people or not x.startswith("human.")]
        also = ""
        if self.beside is not None and shown:
            also = f". Settings of {clean(self.beside.file, 200)}, beside the run: {listed(shown)}"
        return s.basis(also, adjusted + s.resampled)

    def records(self) -> list[dict[str, Any]]:
        """Return one record a check."""
        out = []
        for c in self.checks:
            found: dict[str, Any] = {**_check(c)}
            low, high = found.pop("ci") or (None, None)
            where = found.pop("where") or {}
            found.pop("to_settle")
            place = {"where": "; ".join(f"{k}={v}" for k, v in where.items())}
            out.append({**found, **place, "ci_low": low, "ci_high": high})
        return out

    def to_junit(self) -> str:
        """Return the checks as JUnit XML."""
        return junit_xml(self.checks)


def _check(c: Check) -> schema.Check:
    q = c.question
    return {
        "metric": q.metric,
        "split": q.split,
        "where": dict(q.where) or None,
        "observed": c.figure.value,
        "ci": interval_json(c.figure.ci),
        "n": c.figure.n,
        "bound": q.bound,
        "kind": q.kind,
        "against": q.against,
        "verdict": c.verdict,
        "confidence": c.confidence,
        "needed": c.needed,
        "to_settle": None if c.to_settle is None else c.to_settle.to_dict(),
        "reason": c.reason,
        "decide_on": cast("schema.DecideOn", q.gate.decide_on),
        "on_inconclusive": cast("schema.OnInconclusive", q.gate.on_inconclusive),
        "gate": q.gate.name,
    }


def _row(c: Check) -> tuple[str, ...]:
    e = evidence(c)
    return named(e), short_observed(e), interval(e), short_bound(e), c.verdict
