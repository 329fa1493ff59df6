"""The model against people, slice by slice: chosen on one half of the rows, tested on the other."""

from __future__ import annotations

import numpy as np

from mlstrat.core.counts import Ints
from mlstrat.core.decisions import p_value
from mlstrat.core.estimates import FEWEST_GROUPS
from mlstrat.core.figures import Sampling
from mlstrat.core.paired_tests import mcnemar_exact
from mlstrat.workflow.slices.compute import PeopleThere, Ranked, adjusted_of, table_of
from mlstrat.workflow.slices.counts import MOST_TESTED, GroupSums
from mlstrat.workflow.slices.differences import difference_figure
from mlstrat.workflow.slices.search import HELD_OUT, SEARCHED, Search
from mlstrat.workflow.slices.significance import error_figure

ANSWERED = (0, 0, 1, 1, 1, 1)
MODEL_LESS_PEOPLE = (0, 0, 0, 1, -1, 0)
"""Scores by outcome, which is wrong + 2 × what people say (0 nothing, 1 right, 2 wrong)."""


def compare_people(
    found: Search, ranked: Ranked, sampling: Sampling, sums: GroupSums | None = None
) -> dict[int, PeopleThere]:
    """Return the model against people, by position within the slices of `ranked`.

    The twenty slices with the most errors on the searched half that people do not make are tested
    on the other half: exact McNemar, one-sided, and with groups also the linearised difference with
    t(G − 1); Holm over those that are tested.

    Parameters
    ----------
    found, ranked
        The search, outcomes being those of `MODEL_LESS_PEOPLE`, and what it came to.
    sampling
        Confidence.
    sums
        Rows that people answered, and `MODEL_LESS_PEOPLE` of them, by group; None without groups.
    """
    tables = [table_of(found, int(place)) for place in ranked.places]
    ahead = [int(np.dot(MODEL_LESS_PEOPLE, table[SEARCHED])) for table in tables]
    candidates = [
        i
        for i, place in enumerate(ranked.places)
        if ahead[i] > 0 and found.explained[place] < 0 and tables[i][HELD_OUT, 2:].any()
    ]
    candidates.sort(key=lambda i: -ahead[i])
    held = None if sums is None else sums.of_half(HELD_OUT)
    p_values = {}
    for i in candidates[:MOST_TESTED]:
        p = _p_value(tables[i][HELD_OUT], held, i)
        if p is not None:
            p_values[i] = p
    adjusted = adjusted_of(p_values)
    out = {}
    for i, table in enumerate(tables):
        whole = table.sum(axis=0)
        answered = int(whole[2:].sum())
        out[i] = PeopleThere(
            error_figure(answered, int(whole[4:].sum()), sampling.confidence),
            int(whole[3] + whole[5]) / answered if answered else None,
            difference_figure(table[HELD_OUT, 2:], sampling.confidence, held, i)
            if i in adjusted
            else None,
            adjusted.get(i),
            adjusted.get(i, 1.0) <= 1 - sampling.confidence + 1e-12,
        )
    return out


def _p_value(table: Ints, sums: GroupSums | None, place: int) -> float | None:
    """Return the one-sided p-value that people are no better; None for too few groups."""
    only_people, only_model = int(table[3]), int(table[4])
    if only_people <= only_model:
        return 1.0
    by_rows = mcnemar_exact(only_model, only_people) / 2
    if sums is None:
        return by_rows
    if (sums.slice_rows[:, place] > 0).sum() < FEWEST_GROUPS:
        return None

    def interval(confidence: float) -> tuple[float, float]:
        return difference_figure(table[2:], confidence, sums, place).ci or (-1.0, 1.0)

    return max(by_rows, p_value(interval) / 2)
