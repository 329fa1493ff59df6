"""Small figures of select, gate, history and plot, each checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mlstrat.core.bounds import Gate
from mlstrat.core.figures import Figure
from mlstrat.workflow.gate.document import xml_text
from mlstrat.workflow.gate.judge import Question, judge
from mlstrat.workflow.gate.ledger import Ledger
from mlstrat.workflow.history.compute import turns
from mlstrat.workflow.plot.kinds import find_kind
from mlstrat.workflow.plot.network_figure import mosaic
from mlstrat.workflow.select.constraints import pareto_front
from mlstrat.workflow.select.preferences import PartErrors, Weight, smallest_weight
from mlstrat.workflow.select.table import words_of
from mlstrat.workflow.select.winner import shrink


def test_xml_holds_what_it_may():
    assert xml_text("a\x1b[31m\ud800]]>") == "a�[31m�]]>"


def test_a_check_is_decided_by_where_its_interval_lies():
    def ask(low, high):
        figure = Figure((low + high) / 2, (low, high), 100)
        return Question(Gate(min=0.8), "min", "f1", "dev", {}, 0.8, lambda _: figure, True)

    checks = judge([ask(0.6, 0.7), ask(0.7, 0.9), ask(0.81, 0.9)], 0.95).checks
    assert [c.verdict for c in checks] == ["fail", "inconclusive", "pass"]


def test_a_ledger_counts_uses_and_runs():
    ledger = Ledger().after("f", "dev", 100, "a", None).after("f", "dev", 100, "b", 0.02)
    assert (ledger.sets["f"].uses, len(ledger.sets["f"].runs)) == (2, 2)


def test_turns():
    found = turns({"rate": 0.1, "depth": 3}, {"rate": 0.1, "depth": 5})
    assert [turn.knob for turn in found] == ["depth"]


def test_a_kind_of_figure_in_any_case():
    assert find_kind("ROC").section == "number"


def test_mosaic():
    assert mosaic(np.zeros((4, 2, 2))).shape == (5, 5, 3)


def test_pareto_front():
    front = pareto_front(np.array([[1.0, 2.0, 3.0, 3.0], [3.0, 2.0, 2.0, 1.0]]))
    assert front.tolist() == [True, True, False, True]


def test_the_smallest_weight_that_agrees_with_people():
    three = PartErrors(
        {"label": "porn"}, np.array([10.0, 0.0]), np.array([20.0, 20.0]), np.array([20.0, 50.0]),
        np.array([980.0, 980.0]),
    )  # fmt: skip
    assert smallest_weight(three, [(1, 0)]) == Weight({"label": "porn"}, 3.0, 4.0)


def test_words_of_a_column():
    assert sorted(words_of("MNLI dev acc.")) == ["acc", "dev", "mnli", "mnli_dev_acc"]


def test_shrink():
    found = shrink(np.array([0.90, 0.92, 0.94]), np.full(3, 0.0001))
    assert found == pytest.approx([0.9075, 0.92, 0.9325], abs=5e-5)
