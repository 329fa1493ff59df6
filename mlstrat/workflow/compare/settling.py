"""What would settle a comparison: more examples that both models predict."""

from __future__ import annotations

from dataclasses import replace

from mlstrat.core.figures import Figure
from mlstrat.core.intervals import Interval, paired_interval
from mlstrat.core.paired_tests import mcnemar_exact
from mlstrat.core.sample_size.to_settle import IntervalAt, ToSettle, settle, settle_paired, side_of
from mlstrat.core.wording import Scale


def within(ci: Interval | None, tolerance: float) -> bool:
    """Return whether a difference lies within the tolerance: two one-sided tests say so.

    References
    ----------
    Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15.
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

    def decides(at: IntervalAt) -> bool:
        low, high = at(confidence)
        return low > 0 or high < 0 or within((low, high), tolerance)

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
    _both, only_a, only_b, neither = quadrants
    rows = sum(quadrants)
    discordant, none_right = (only_a + only_b) / rows, neither / rows

    def counts(gain: float, n: int) -> tuple[float, float, float, float]:
        a, b = (max(discordant + x, 0.0) / 2 * n for x in (-gain, gain))
        return max(n * (1 - none_right) - a - b, 0.0), a, b, n * none_right

    def decides(gain: float, n: int) -> bool:
        now = counts(gain, n)
        if abs(gain) < tolerance and within(paired_interval(*now, confidence), tolerance):
            return True
        return mcnemar_exact(round(now[1]), round(now[2])) <= 1 - confidence

    gain = (only_b - only_a) / rows
    ci = paired_interval(*quadrants, confidence)
    return settle_paired(question, split, gain, discordant, rows, decides, ci, hardest)
