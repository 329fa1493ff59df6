"""What the half held out says: the model against people by slice, and the slice that leads.

Both are chosen on the searched half, so that the test on the other is honest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlstrat.core.counts import Ints
from mlstrat.core.estimates import FEWEST_GROUPS
from mlstrat.core.figures import Estimate, Sampling
from mlstrat.core.intervals import normal_quantile, one_sided, p_value
from mlstrat.core.paired_tests import mcnemar_exact
from mlstrat.core.sample_size.to_settle import IntervalAt, Side, ToSettle, settle
from mlstrat.core.wording import Scale
from mlstrat.workflow.slices.compute import PeopleThere, Ranked, Slice, adjusted_of, table_of
from mlstrat.workflow.slices.counts import MOST_TESTED, GroupSums
from mlstrat.workflow.slices.differences import difference_figure
from mlstrat.workflow.slices.findings import slice_name
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


@dataclass(frozen=True)
class Leading:
    """The strongest slice of the searched half, and what would settle whether it is one."""

    slice: Slice
    to_settle: ToSettle | None


def leading_slice(
    slices: Sequence[Slice], rows: int, split: str, confidence: float, tolerance: float
) -> Leading | None:
    """Return the strongest slice of the searched half, where the other half leans to it, too.

    One slice is looked at, which the other half had no part in choosing: so its p-value needs no
    adjustment to be named, only to be confirmed. It is settled where the adjusted test shows it, or
    rules out that its error is above the rest by the tolerance; of new rows one half is searched.

    Parameters
    ----------
    slices
        Those of a run.
    rows
        Of both halves.
    split
        Where new rows would come from.
    confidence, tolerance
        As asked for.

    Returns
    -------
    Leading or None
        None where a slice is confirmed, or where the other half does not lean to it.
    """
    tested = [x for x in slices if x.p_value is not None]
    lead = max(tested, key=lambda x: x.found, default=None)
    if lead is None or any(x.confirmed for x in tested):
        return None
    if lead.p_value is None or lead.p_value > 1 - confidence or lead.above is None:
        return None
    level = one_sided(confidence, len(tested))

    def decides(at: IntervalAt) -> bool:
        low, high = at(level)
        return low > 0 or high < tolerance

    where, points = slice_name(dict(lead.where)), Scale().points(tolerance)
    question = f"is the error of {where} above that of the rest, or by less than {points}?"
    # The interval of which the test's p-value is the inversion, so that the decision is the same.
    value = lead.above.value or 0.0
    error = value / normal_quantile(1 - 2 * lead.p_value)
    half = normal_quantile(confidence) * error
    above = Estimate(value, (value - half, value + half), rows, variance=error**2)
    side = Side(split, 1.0, above)
    return Leading(
        lead, settle(question, [side], decides, of_ci=confidence, hardest=(tolerance / 2,))
    )
