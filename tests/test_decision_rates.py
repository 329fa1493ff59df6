"""Every kind of sentence is simulated, its rates are written down, and its promise is kept."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from docs.pages import PAPERS
from mlstrat.core.decisions import DECISIONS
from tests.decision_simulation import SIMULATIONS, Rate

TRIALS = 100
"""Of each world here; `python -m benchmarks.decisions` takes ten times as many."""


@pytest.fixture(scope="module")
def rates(root: Path) -> list[Rate]:
    """What was simulated last."""
    found = json.loads((root / "docs" / "decisions.json").read_text("utf-8"))
    assert list(found) == list(SIMULATIONS), "run python -m benchmarks.decisions"
    named = {x.name: x for x in DECISIONS}
    return [Rate(**{**row, "decision": named[row["decision"]]})
            for rows in found.values() for row in rows]  # fmt: skip


def test_every_kind_of_sentence_is_simulated(rates):
    assert {x.decision for x in rates} == set(DECISIONS)


def test_every_promise_is_kept_in_what_is_written_down(rates):
    broken = [f"{x.rate:.1%}: {x.world} ({x.n})" for x in rates if not x.kept]
    assert broken == []


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda x: x.name)
def test_a_paper_is_named_in_full(decision):
    known = {re.match(r"(.*?\(\d{4}[a-c]?\))", paper)[1] for paper in PAPERS}
    for source in re.findall(r"[A-Z][\w,' -]*? \(\d{4}[a-c]?\)", decision.source):
        assert source in known


@pytest.mark.slow
@pytest.mark.parametrize("name", SIMULATIONS)
def test_a_promise_is_kept(name):
    _, simulate = SIMULATIONS[name]
    for rate in simulate(TRIALS):
        assert rate.kept, rate
