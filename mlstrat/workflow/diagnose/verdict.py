"""Which gap to work on: focus, contested, small, undetermined or insufficient.

Decided so that what the first line says is true; the error rates are those of the decisions FOCUS,
CONTESTED, SMALL and SURPASSED of `mlstrat.core.decisions`. Levels that were typed without counts
are exact: then the course's rule on values decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mlstrat.core.decisions import one_sided
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import Interval
from mlstrat.workflow.diagnose.ladder import SECOND_FOCUS, SLACK, UNSEEN, Decomposition, Gap

IntervalOf = Callable[[Mapping[str, float], float], Interval]
"""The interval of a weighted sum of levels at a confidence."""

MOST_CONTESTED = 3
"""More gaps than this that may be the largest are no help to anyone who must choose."""


def judge(result: Decomposition, interval: IntervalOf, confidence: float) -> Decomposition:
    """Return the decomposition with its leading gap, candidates, verdict and focus."""
    if not result.gaps:
        return result
    # max() keeps the first of equals, which is the order of the ladder.
    leading = max(result.gaps, key=lambda g: round(g.counted / SLACK))
    gaps = tuple(
        # The leading gap itself, and each that may be larger by more than the tolerance.
        replace(
            g,
            candidate=g is leading
            or interval(minus(leading, g), confidence)[0] <= -result.tolerance,
        )
        for g in result.gaps
    )
    leading = next(g for g in gaps if g.gap == leading.gap)
    result = replace(result, gaps=gaps, leading=None if leading.only_bounded else leading.gap)
    if result.exact:
        verdict = _on_values(result, leading)
        focus = named(result) if verdict in ("focus", "small") else ()
    else:
        family = one_sided(confidence, len(gaps))
        result = replace(result, most=max(interval(g.weights, family)[1] for g in gaps))
        verdict, focus = _on_counts(result, leading, interval, one_sided(confidence))
    known = verdict in ("focus", "contested", "small")
    attention = leading.counted > result.tolerance + SLACK if known else None
    return replace(result, verdict=verdict, focus=tuple(g.gap for g in focus), attention=attention)


def held_back(result: Decomposition, before: Sequence[Finding]) -> Decomposition:
    """Return the decomposition without a claim where an issue comes before any figure.

    Gaps between errors that are not what they seem, or that a constant answer reaches, say nothing:
    the first line is that issue.
    """
    first = next((x for x in before if x.severity == "issue"), None)
    if first is None:
        return result
    return replace(
        result, verdict="undetermined", focus=(), attention=None, to_settle=None, before=first
    )


def minus(first: Gap, second: Gap) -> dict[str, float]:
    """Return the levels of the difference of two gaps; a shared level enters once."""
    weights = dict(first.weights)
    for name, weight in second.weights.items():
        weights[name] = weights.get(name, 0.0) - weight
    return {name: weight for name, weight in weights.items() if weight}


def named(result: Decomposition) -> tuple[Gap, ...]:
    """Return the one or two gaps that the values name: the course's rule."""
    rest = [g for g in result.gaps if not g.only_bounded and not g.merged and g.counted > SLACK]
    rest.sort(key=lambda g: -round(g.counted / SLACK))
    return tuple(
        g for i, g in enumerate(rest[:2])
        if not i or g.counted > SECOND_FOCUS * rest[0].counted + SLACK
    )  # fmt: skip


def _bounded(result: Decomposition) -> Gap | None:
    """Return the gap that is only bounded, since people are unknown or surpassed."""
    return next((g for g in result.gaps if g.only_bounded), None)


def _has_unseen(result: Decomposition) -> bool:
    return any(level.name in UNSEEN for level in result.levels)


def _dev_is_much_easier(result: Decomposition, leading: Gap) -> bool:
    gap = result.gap("data_mismatch")
    return gap is not None and gap.falls and -gap.counted >= leading.counted - SLACK


def _on_values(result: Decomposition, leading: Gap) -> str:
    bounded, few = _bounded(result), named(result)
    beaten = bounded is None or (bool(few) and few[0].counted > bounded.counted + SLACK)
    if result.surpassed and not beaten:
        return "undetermined"
    if _has_unseen(result) and leading.counted <= result.tolerance + SLACK:
        return "small"
    if not beaten:
        return "insufficient"
    if leading.merged or not few or _dev_is_much_easier(result, leading):
        return "undetermined"
    return "focus"


def _on_counts(
    result: Decomposition, leading: Gap, interval: IntervalOf, one_end: float
) -> tuple[str, tuple[Gap, ...]]:
    bounded, candidates, few = _bounded(result), result.candidates, named(result)
    within = result.tolerance + SLACK
    if _has_unseen(result) and all(interval(g.weights, one_end)[1] <= within for g in result.gaps):
        return "small", ()
    if _dev_is_much_easier(result, leading):
        return "undetermined", ()
    if bounded is not None and bounded in candidates:
        return ("undetermined" if result.surpassed else "insufficient"), ()
    shown = [g for g in candidates if g.counted > SLACK and g.shown]
    if not shown or any(g.merged for g in candidates):
        return "undetermined", ()
    if all(g in few and g in shown for g in candidates):
        return "focus", tuple(g for g in few if g.shown)
    if len(candidates) <= MOST_CONTESTED:
        return "contested", tuple(g for g in candidates if g.counted > SLACK)
    return "undetermined", ()
