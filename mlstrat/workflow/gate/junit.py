"""The checks of a gate as JUnit XML, which CI systems show: a test case a check."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from mlstrat.core.wording import clean
from mlstrat.workflow.gate.findings import evidence
from mlstrat.workflow.gate.judge import Check
from mlstrat.workflow.gate.wording import bound, named, sentence, settle

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 does not allow in any form, escaped or not (section 2.2, Char)."""


def xml_text(text: str) -> str:
    """Return text without what XML forbids; the writer escapes the rest.

    Examples
    --------
    >>> xml_text("a\\x1b[31m\\ud800]]>")
    'a�[31m�]]>'
    """
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
