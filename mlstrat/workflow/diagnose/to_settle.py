"""What would settle the verdict on a ladder: which question is open, and how many rows it takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from mlstrat.core.counts import Bools
from mlstrat.core.figures import Sampling
from mlstrat.core.intervals import normal_quantile, one_sided
from mlstrat.core.sample_size.to_settle import IntervalAt, Side, ToSettle, settle
from mlstrat.core.wording import GAP_TITLES
from mlstrat.workflow.diagnose.ladder import SLACK, Decomposition, Gap, correlation_of, minus, named

if TYPE_CHECKING:
    from mlstrat.core.pairs import PairedErrors


def with_what_would_settle(
    result: Decomposition, sampling: Sampling, paired: PairedErrors | None = None
) -> Decomposition:
    """Return the decomposition with what would settle its verdict, where that is open.

    Contested: whether the leading gap or its rival is larger; undetermined: whether the leading gap
    is above 0, or which part of a merged one it is. Of several open questions the one that takes
    the most rows. More rows answer no question about people, or about levels without counts.
    """
    if not result.is_open:
        return result
    merged = next((g for g in result.candidates if g.merged and not g.only_bounded), None)
    if merged is not None:
        return replace(result, to_settle=_split_of(merged, result, sampling))
    if result.exact or any(g.only_bounded for g in result.candidates):
        return result
    found = [x for ask in _open(result) if (x := ask(result, sampling, paired)) is not None]
    return replace(result, to_settle=max(found, key=lambda x: x.total, default=None))


Ask = Callable[[Decomposition, Sampling, "PairedErrors | None"], ToSettle | None]


def _open(result: Decomposition) -> list[Ask]:
    leading, *rivals = result.candidates
    few = named(result)
    asks: list[Ask] = [_above_0(g) for g in (leading, *few) if not g.shown]
    if result.verdict == "contested" or not asks:
        asks += [_larger(leading, rival) for rival in rivals if rival not in few]
    return asks


def _above_0(gap: Gap) -> Ask:
    def ask(
        result: Decomposition, sampling: Sampling, paired: PairedErrors | None
    ) -> ToSettle | None:
        # Holm's step: as many gaps as are not yet shown share the error.
        family = sum(not g.shown for g in result.gaps if not g.only_bounded) or 1
        level = 1 - (1 - sampling.confidence) / family
        one_end = one_sided(sampling.confidence)

        def decides(at: IntervalAt) -> Bools:
            low, high = at(level)
            return (low > 0) | (high < 0) | (at(one_end)[1] <= result.tolerance)

        question = f"is {GAP_TITLES[gap.gap]} above 0?"
        return _settle(question, gap.weights, decides, result, sampling, paired)

    return ask


def _larger(leading: Gap, rival: Gap) -> Ask:
    def ask(
        result: Decomposition, sampling: Sampling, paired: PairedErrors | None
    ) -> ToSettle | None:
        within = result.tolerance

        def decides(at: IntervalAt) -> Bools:
            low, high = at(sampling.confidence)
            return (low > -within) | (high < within)

        question = f"is {GAP_TITLES[leading.gap]} or {GAP_TITLES[rival.gap]} the larger?"
        return _settle(question, minus(leading, rival), decides, result, sampling, paired)

    return ask


def _settle(
    question: str,
    weights: dict[str, float],
    decides: Callable[[IntervalAt], Bools],
    result: Decomposition,
    sampling: Sampling,
    paired: PairedErrors | None,
) -> ToSettle | None:
    levels = [x for x in result.levels if x.name in weights]
    if any(x.estimate.ci is None and not x.exact for x in levels):
        return None  # too few groups for any interval
    sides = [Side(None if x.exact else x.name, weights[x.name], x.estimate) for x in levels]
    return settle(
        question, sides, decides,
        of_ci=sampling.confidence,
        hardest=(0.0, result.tolerance / 2),
        correlation=lambda i, j: correlation_of(levels[i], levels[j], paired),
    )  # fmt: skip


def _split_of(merged: Gap, result: Decomposition, sampling: Sampling) -> ToSettle | None:
    """Return the rows to set aside so that a merged gap splits.

    Formula: n = z² p(1 − p) / d², so that ± z standard errors of the new level's error are half of
    the gap: it must be placed on either side.
    """
    level = result.level(merged.end)
    split = "train-dev" if merged.gap == "variance_or_mismatch" else "train"
    if level is None or merged.counted <= SLACK:
        return None
    z, half = normal_quantile(sampling.confidence), merged.counted / 2
    n = math.ceil(z * z * max(level.value * (1 - level.value), 0.01) / half**2)
    question = f"what is {GAP_TITLES[merged.gap]} made of?"
    return ToSettle(question, {split: n}, None)
