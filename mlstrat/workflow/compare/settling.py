"""What would settle a comparison: more examples that both models predict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mlstrat.core.counts import Bools, Floats
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import Interval, paired_intervals
from mlstrat.core.paired_tests import mcnemar_exact_each
from mlstrat.core.sample_size.to_settle import (
    IntervalAt,
    ToSettle,
    mostly,
    settle,
    settle_paired,
    side_of,
)
from mlstrat.core.wording import Scale


def within(ci: Interval | None, tolerance: float) -> bool:
    """Return whether a difference lies within the tolerance: two one-sided tests say so.

    Source: Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15.
    """
    return ci is not None and -tolerance < ci[0] and ci[1] < tolerance


def settle_comparison(
    difference: Figure,
    *,
    split: str,
    tolerance: float,
    share: bool,
    confidence: float,
    quadrants: tuple[int, int, int, int] | None = None,
    open_question: str = "which of the two is better",
) -> ToSettle | None:
    """Return how many more examples tell two models apart, or that they are within the tolerance.

    ``quadrants`` are examples that both get right, only a, only b, none, where McNemar's test of
    them decides; else the interval does. None where nothing is open, and where no number of
    examples that anyone has would do.
    """
    value, ci, n = difference.value, difference.ci, difference.n
    if value is None or ci is None or n is None or within(ci, tolerance):
        return None
    question = f"{open_question}, or are they within {Scale(share).points(tolerance)}?"
    if not tolerance:
        question = f"{open_question}?"
    hardest = (-tolerance / 2, tolerance / 2)
    if quadrants is not None:
        return _by_mcnemar(question, split, quadrants, tolerance, confidence, hardest)

    def decides(at: IntervalAt) -> Bools:
        low, high = at(confidence)
        return (low > 0) | (high < 0) | ((-tolerance < low) & (high < tolerance))

    side = side_of(split, difference, confidence)
    found = settle(question, [side], decides, of_ci=confidence, hardest=hardest)
    return None if found is None else replace(found, paired=True)


def _by_mcnemar(
    question: str,
    split: str,
    quadrants: tuple[int, int, int, int],
    tolerance: float,
    confidence: float,
    hardest: tuple[float, float],
) -> ToSettle | None:
    rows, gain = sum(quadrants), (quadrants[2] - quadrants[1]) / sum(quadrants)
    discordant, none_right = (quadrants[1] + quadrants[2]) / rows, quadrants[3] / rows

    def decides(gains: Floats, n: int) -> Bools:
        a, b = (np.maximum(discordant + x, 0.0) / 2 * n for x in (-gains, gains))
        only_a, only_b = (np.rint(x).astype(np.int64) for x in (a, b))
        shown: Bools = mcnemar_exact_each(only_a, only_b) <= 1 - confidence
        near = np.abs(gains) < tolerance
        if near.any() and mostly(shown | near):
            right = np.maximum(n * (1 - none_right) - a - b, 0.0)
            wrong = np.full(len(gains), n * none_right)
            low, high = paired_intervals(right, a, b, wrong, confidence)
            shown |= near & (-tolerance < low) & (high < tolerance)
        return shown

    right, a, b, wrong = (np.array([float(x)]) for x in quadrants)
    low, high = paired_intervals(right, a, b, wrong, confidence)
    ci = float(low[0]), float(high[0])
    return settle_paired(question, split, gain, discordant, rows, decides, ci, hardest)
