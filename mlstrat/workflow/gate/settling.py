"""What would settle the checks that a gate could not decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mlstrat.core.figures import Estimate
from mlstrat.core.sample_size.to_settle import IntervalAt, Side, settle, side_of
from mlstrat.core.wording import Scale
from mlstrat.workflow.gate.findings import evidence
from mlstrat.workflow.gate.judge import Check, Judgement
from mlstrat.workflow.gate.wording import bound, named


def with_what_would_settle(found: Judgement, tolerance: float) -> Judgement:
    """Return the checks, each that its interval left open with the rows that would decide it.

    A check is settled where it passes or fails at the same adjusted confidence, or where the whole
    interval is within the tolerance of the bound: then more rows tell nothing that matters, and
    the bound is to be moved, or the case decided by hand.

    Parameters
    ----------
    found
        The decided checks.
    tolerance
        What is no difference worth having.
    """
    return replace(found, checks=tuple(_settled(check, tolerance) for check in found.checks))


def _settled(check: Check, tolerance: float) -> Check:
    q, level, figure = check.question, check.confidence, check.figure
    if check.verdict != "inconclusive" or check.too_small or level is None or figure.ci is None:
        return check
    near = Scale(q.share).points(tolerance)

    def within(low: float, high: float) -> bool:
        return -tolerance < low and high < tolerance

    if within(figure.ci[0] - q.bound, figure.ci[1] - q.bound):
        return replace(check, reason=f"the figure is within {near} of its bound")

    def decides(at: IntervalAt) -> bool:
        low, high = at(level)
        return low >= 0 or high <= 0 or within(low, high)

    e, word = evidence(check), "less than " if q.kind == "margin" else ""
    to_settle = settle(
        f"is {named(e)} {word}{bound(e)}, or within {near} of that?",
        [*_sides(check, level), Side(None, -1.0, Estimate(q.bound))],
        decides,
        of_ci=level,
        hardest=(-tolerance / 2, tolerance / 2),
    )
    if to_settle is not None:
        to_settle = replace(to_settle, paired=q.paired)
    return replace(check, to_settle=to_settle)


def _sides(check: Check, level: float) -> Sequence[Side]:
    q = check.question
    if q.sides is not None:
        return q.sides(level)
    return (side_of(q.split, check.figure, level),)
