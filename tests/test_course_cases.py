"""Every worked case of the course has an owner: a test, an entry of `explain`, or both."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mlstrat.workflow.explain.terms import TERMS
from tests.course_cases import CASES, Owned

TESTS = Path(__file__).parent

ADVICE = {
    "checklist", "order", "target", "dev_test_same_distribution", "include_data", "synthesis",
    "transfer", "finetune", "multitask_loss", "end_to_end", "parts_rule", "parts_human",
    "opt_verification", "beam", "beam_width", "bleu", "timing", "feature_selection",
    "learning_curve", "misc_numbers", "metric_change",
}  # fmt: skip
"""Kinds whose cases say what to do: they are told by `explain`."""


def test_no_case_is_without_owner_or_the_issue_that_brings_it():
    assert len(CASES) == 81
    assert len({case.id for case in CASES}) == 81
    orphans = [case for case in CASES if not (case.test or case.terms)]
    assert [case.id for case in orphans if case.issue is None] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_owner_is_there(case: Owned):
    for name in case.terms:
        assert name in TERMS
    if case.test is not None:
        file, _, name = case.test.partition("::")
        text = (TESTS / file).read_text("utf-8")
        wanted = rf'Case\(f?"{case.id}\b' if name == "Case" else rf"def {name}\("
        assert re.search(wanted, text), case.test


def test_advice_is_told_by_explain():
    assert [case.id for case in CASES if case.kind in ADVICE and not case.terms] == []
