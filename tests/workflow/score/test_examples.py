"""Costs, means and chances, each by a small example."""

from __future__ import annotations

from mlstrat.core.figures import Estimate
from mlstrat.workflow.score.compute import mean_of_parts, parse_costs
from mlstrat.workflow.score.curves import _chance_bound


def test_mean_of_parts():
    assert (
        mean_of_parts([Estimate(0.2, (0.1, 0.3), 50), Estimate(0.4, (0.3, 0.5), 50)]).value
        == 0.30000000000000004
    )


def test_parse_costs():
    assert parse_costs(["label=cat,prediction=dog:5"])[0].conditions == (
        ("label", "cat"),
        ("prediction", "dog"),
    )


def test_chance_bound():
    assert round(_chance_bound(0.15, 0.02, 20), 3) == 0.053
