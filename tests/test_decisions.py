"""Every sentence that chooses, ranks or says "enough" comes from the layer that decides."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from mlstrat.core.decisions import DECISIONS
from mlstrat.core.findings import Rule
from mlstrat.workflow.explain.registry import RULES

PACKAGE = Path(__file__).parent.parent / "mlstrat"

CHOICE = re.compile(
    r"\b(best|better|worse|largest|smallest|strongest|easier|harder|surely|reached|reaches|never "
    r"reach|worth|enough|meets|tied|told apart|cannot be told|people (are|do) better|concentrate|"
    r"settle|moved|beats)\b",
    re.IGNORECASE,
)
"""Words of a choice, a rank, or of what suffices."""

NO_CHOICE: dict[str, str] = {
    "MLS853": "why a loop stops; the intervals of train and dev that it compares do not meet",
}
"""Rules whose titles hold such a word and choose nothing, with the reason."""


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_a_finding_that_chooses_or_ranks_has_its_decision(rule: Rule):
    if CHOICE.search(rule.title) and rule.code not in NO_CHOICE:
        assert rule.decision in DECISIONS, rule.title


def test_what_is_left_out_is_still_there_and_says_why():
    for code, why in NO_CHOICE.items():
        assert CHOICE.search(RULES[code].title), code
        assert RULES[code].decision is None, code
        assert len(why) > 10


HEADLINES_WITHOUT_CHOICE = {
    "workflow/count/document.py",  # how many rows were counted, how many examples there are
    "workflow/error_table/sample_document.py",  # what was sampled
    "workflow/explain/answer.py",  # whose schema it is
    "workflow/improve/plan_document.py",  # that nothing was trained
    "workflow/mislabels/suspects.py",  # how many were ranked
    "workflow/plot/document.py",  # the first line of the document that is drawn
    "workflow/report/check.py",  # that inputs can be read
    "workflow/report/document.py",  # the first lines of its parts
    "workflow/score/document.py",  # a figure with its interval
    "workflow/settings/document.py",  # what was written
    "workflow/splits/document.py",  # the sizes of splits; the first title of its findings
}
"""Documents whose first line claims nothing: a figure, what was written, what was read."""


def first_lines() -> list[tuple[str, ast.Call]]:
    found = []
    for path in sorted(PACKAGE.glob("workflow/**/*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "Verdict(" in text else ():
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Verdict":
                found.append((path.relative_to(PACKAGE).as_posix(), node))
    return found


@pytest.mark.parametrize(
    ("file", "call"), first_lines(), ids=lambda x: x if isinstance(x, str) else ""
)
def test_a_first_line_has_its_decision(file: str, call: ast.Call):
    decided = len(call.args) > 1 or any(word.arg == "decision" for word in call.keywords)
    assert decided != (file in HEADLINES_WITHOUT_CHOICE), file
