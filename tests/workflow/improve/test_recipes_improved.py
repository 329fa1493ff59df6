"""Recipes with a known disease, through the whole loop: they end better, or say why they do not."""

from __future__ import annotations

import pytest

import mlstrat as ms

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("recipe", ["variance", "avoidable_bias", "curved_boundary", "wine",
                                    "narrow_network", "reviews_rnn"])  # fmt: skip
def test_a_disease_is_healed_and_fresh_rows_show_it(recipe: str) -> None:
    if recipe == "reviews_rnn":
        pytest.importorskip("torch")
        pytest.importorskip("safetensors")
    found = ms.improve(recipe, budget="40 runs")
    assert found.steps
    assert found.dev[1] < found.dev[0]
    assert found.levels is not None
    assert found.levels[1] < found.levels[0]
    assert found.confirmed is not None
    assert found.confirmed.ci is not None
    assert found.confirmed.ci[0] > 0


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ("healthy", {"MLS861", "MLS866", "MLS867", "MLS865"}),
        ("random_labels", {"MLS853"}),  # its labels, not a bigger network
        ("dev_overfit", {"MLS864"}),  # dev 20 rows, chosen from 2,000 candidates
    ],
)
def test_where_no_knob_helps_there_is_no_step_and_a_reason(recipe: str, said: set[str]) -> None:
    found = ms.improve(recipe, budget="12 runs")
    assert not found.steps
    assert said & {x.code for x in found.findings}
