"""From the levels of the ladder to its gaps, their intervals, and the one to work on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mlstrat.core.counts import Floats
from mlstrat.core.figures import Sampling
from mlstrat.core.intervals import Interval, newcombe_interval
from mlstrat.core.resampling import generator, percentiles
from mlstrat.workflow.diagnose.ladder import (
    LADDER,
    SECOND_FOCUS,
    SLACK,
    Decomposition,
    Gap,
    Level,
    name_gaps,
)

if TYPE_CHECKING:
    from mlstrat.core.pairs import PairedErrors


def decompose(
    levels: Sequence[Level],
    *,
    sampling: Sampling | None = None,
    different_distributions: bool = False,
    tolerance: float = 0.01,
    paired: PairedErrors | None = None,
    resampled_gaps: bool = False,
) -> Decomposition:
    """Return the gaps between levels, and the one to work on.

    Verdict and focus are decided on the values alone. With no human level, or with a model that
    beats it, avoidable bias lies between 0 and the training loss, since Bayes error is not below
    0; another gap is the focus only if it is larger than that whole range. A model that beats Bayes
    error itself on its training set has learnt its noise by heart: no avoidable bias is left.

    Parameters
    ----------
    levels
        At most one of each name of `LADDER`, in any order.
    sampling
        Confidence, resamples and seed.
    different_distributions
        Whether train and dev come from different distributions.
    tolerance
        The largest gap is worth attention above it; a fraction.
    paired
        Human and model on the same rows, where that is so.
    resampled_gaps
        Take the interval of a gap from resamples instead of from Newcombe's method: for losses
        other than the error.

    Raises
    ------
    InputError
        Where a level has no value.

    Examples
    --------
    >>> from mlstrat.core.figures import Estimate
    >>> ladder = [Level(n, Estimate(v)) for n, v in
    ...           [("human", 0.01), ("train", 0.08), ("dev", 0.10)]]
    >>> result = decompose(ladder)
    >>> result.verdict, result.focus
    ('focus', ('avoidable_bias',))
    """
    sampling = sampling or Sampling()
    ordered = sorted(levels, key=lambda level: LADDER.index(level.name))
    by_name = {level.name: level for level in ordered}
    pairs = name_gaps(list(by_name), different_distributions=different_distributions)
    values = {gap: by_name[end].value - by_name[start].value for gap, start, end in pairs}
    train = by_name.get("train")
    unknown_bias: Interval | None = None
    surpassed = False
    if train is not None:
        surpassed = values.get("avoidable_bias", 0.0) < -SLACK and not by_name["human"].bayes
        if surpassed or "human" not in by_name:
            unknown_bias = (0.0, train.value)
    joint = _joint_draws(by_name, paired, sampling)
    largest = _share_largest(pairs, joint, unknown_bias is not None)
    gaps = [
        _gap(name, by_name[start], by_name[end], largest.get(name), paired, sampling,
             joint if resampled_gaps else {},
             unknown_bias if name == "avoidable_bias" else None)
        for name, start, end in pairs
    ]  # fmt: skip
    if unknown_bias is not None and not surpassed:
        gaps.insert(0, Gap("avoidable_bias", "human", "train", None, bounds=unknown_bias))
    missing = tuple(n for n in ("human", "train", "dev") if n not in by_name)
    result = Decomposition(
        tuple(ordered), tuple(gaps), (), None, "insufficient", different_distributions, tolerance,
        surpassed=surpassed, missing=missing,
    )  # fmt: skip
    if train is not None and values:
        result = _judge(result, values, unknown_bias)
    return result


def _judge(
    result: Decomposition, values: Mapping[str, float], unknown_bias: Interval | None
) -> Decomposition:
    known = {
        name: value
        for name, value in values.items()
        if not (name == "avoidable_bias" and unknown_bias is not None)
    }
    # max() keeps the first of equals, which is the order of the ladder.
    first = max(known, key=lambda name: round(known[name] / SLACK), default=None)
    unresolved = "undetermined" if result.surpassed else "insufficient"
    if first is None:
        return replace(result, verdict=unresolved)
    if unknown_bias is not None and known[first] <= unknown_bias[1] + SLACK:
        return replace(result, verdict=unresolved)
    if first == "variance_or_mismatch" and known[first] > SLACK:
        return replace(result, verdict="undetermined")
    focus = [first] if known[first] > SLACK else []
    rest = {n: v for n, v in known.items() if n != first and v > SLACK}
    if focus and rest:
        second = max(rest, key=lambda name: round(rest[name] / SLACK))
        if rest[second] > SECOND_FOCUS * known[first] + SLACK:
            focus.append(second)
    attention = known[first] > result.tolerance + SLACK
    order = [g.gap for g in result.gaps]
    return replace(
        result,
        focus=tuple(sorted(focus, key=lambda n: (-round(known[n] / SLACK), order.index(n)))),
        attention=attention,
        verdict="focus" if attention else "small",
    )


def _gap(
    name: str,
    start: Level,
    end: Level,
    p_largest: float | None,
    paired: PairedErrors | None,
    sampling: Sampling,
    joint: Mapping[str, Floats],
    bounds: Interval | None,
) -> Gap:
    a, b = start.estimate, end.estimate
    start_ci = (start.value, start.value) if start.fixed else a.ci
    ci: Interval | None = None
    if start_ci is not None and b.ci is not None:
        if {start.name, end.name} <= set(joint) and not start.fixed and a.influence is None:
            low, high = percentiles(joint[end.name] - joint[start.name], sampling.confidence)
            value = end.value - start.value
            ci = min(low, value), max(high, value)
        else:
            ci = newcombe_interval(
                start.value, start_ci, end.value, b.ci, _correlation(start, end, paired)
            )
    resolved = None if ci is None else ci[0] > 0 or ci[1] < 0
    return Gap(name, start.name, end.name, end.value - start.value, ci, p_largest, resolved, bounds)


def _correlation(start: Level, end: Level, paired: PairedErrors | None) -> float:
    a, b = start.estimate, end.estimate
    if a.influence is not None and b.influence is not None:
        scale = math.sqrt(a.influence.variance * b.influence.variance)
        if not scale > 0:
            return 0.0
        return max(-1.0, min(1.0, a.influence.covariance(b.influence) / scale))
    if paired is not None and start.name == "human" and end.name == paired.split:
        return paired.correlation
    return 0.0


def _joint_draws(
    levels: Mapping[str, Level], paired: PairedErrors | None, sampling: Sampling
) -> dict[str, Floats]:
    """Resample all levels together; empty where a level has no counts."""
    draws: dict[str, Floats] = {}
    grouped = [x for x in levels.values() if x.estimate.influence is not None]
    for level in levels.values():
        if level.fixed:
            draws[level.name] = np.full(sampling.resamples, level.value)
        elif level.estimate.draws is None:
            return {}
        else:
            draws[level.name] = level.estimate.draws
    if len(grouped) > 1:
        # A group that occurs in several splits moves all of them at once: each level keeps its
        # own draws, ranked as correlated normals are.
        correlation = [[_correlation(a, b, None) for b in grouped] for a in grouped]
        np.fill_diagonal(matrix := np.array(correlation), 1.0)
        ranks = (
            generator(sampling.seed, 5)
            .multivariate_normal(np.zeros(len(grouped)), matrix, sampling.resamples, method="eigh")
            .argsort(axis=0)
            .argsort(axis=0)
        )
        for i, level in enumerate(grouped):
            draws[level.name] = np.sort(draws[level.name])[ranks[:, i]]
    elif paired is not None and "human" in levels:
        draws["human"], draws[paired.split] = paired.draws(sampling)
    return draws


def _share_largest(
    pairs: Sequence[tuple[str, str, str]], joint: Mapping[str, Floats], bias_unknown: bool
) -> dict[str, float]:
    """Share of resamples in which each gap is the largest.

    Against an avoidable bias that is only bounded, a gap must be larger than the whole training
    loss.
    """
    if not joint or not pairs:
        return {}
    rows = {
        name: joint[end] - joint[start]
        for name, start, end in pairs
        if not (name == "avoidable_bias" and bias_unknown)
    }
    if not rows:
        return {}
    table = np.stack(list(rows.values()))
    if bias_unknown:
        table = np.vstack([table, joint["train"]])
    table = table[:, ~np.isnan(table).any(axis=0)]
    winner = table.argmax(axis=0)
    return {name: float(np.mean(winner == i)) for i, name in enumerate(rows)}
