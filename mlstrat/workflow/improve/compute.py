"""One round of the loop: paired changes on dev, Holm over the turns, and what would have been seen.

Source: McNemar (1947); Holm (1979); Newcombe (1998), Statistics in Medicine 17, 2635-2650.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlstrat.core.figures import Sampling
from mlstrat.core.intervals import (
    Interval,
    holm,
    newcombe_interval,
    normal_quantile,
    paired_correlation,
    t_quantile,
    wilson_interval,
)
from mlstrat.core.paired_tests import mcnemar_exact, sign_flip
from mlstrat.core.record import Record
from mlstrat.core.sample_size.planned import Test, detectable_difference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEVEL = 0.05
"""Error rate of a round, over all its turns."""

POWER = 0.8
"""How often a gain is found that is said to be found."""

MANY_USES = 50
"""Comparisons on one dev set beyond which each step is confirmed on fresh rows as well."""


class Paired(Record):
    """Two models on the same examples: the gain is the error before minus the error after."""

    gain: float
    ci: Interval | None
    p_value: float
    rows: int
    disagree: float
    """Share of the examples on which one of the two errs and the other does not."""
    design: float = 1.0
    """By how much groups widen the variance of the gain."""
    spread: float | None = None
    """The standard error of the gain, where errors are no mere right or wrong."""


def paired(before: Floats, after: Floats, units: NDArray[np.intp] | None) -> Paired:
    """Return the gain of one model over another on the same examples.

    Exact McNemar where each example is right or wrong and independent, else signs of the sums of
    groups (``units``) are flipped (of examples, where errors are means over seeds).
    """
    n, change = len(before), before - after
    gain = float(change.mean())
    whole = bool(np.isin(before, (0.0, 1.0)).all() and np.isin(after, (0.0, 1.0)).all())
    disagree = float((np.abs(change) > 0).mean())
    if units is None and whole:
        fixed, broken = int((change > 0).sum()), int((change < 0).sum())
        p_value = mcnemar_exact(fixed, broken)
        return Paired(gain, _newcombe(before, after, gain), p_value, n, disagree)
    place = np.arange(n) if units is None else units
    sums = np.bincount(place, weights=change).astype(np.float64)
    sizes = np.bincount(place).astype(float)
    kept = sizes > 0
    sums, sizes = sums[kept], sizes[kept]
    p_value = sign_flip(sums, Sampling())
    many = len(sums)
    variance = float(((sums - gain * sizes) ** 2).sum()) * many / max(many - 1, 1) / n**2
    alone = float(((change - gain) ** 2).sum()) / n**2
    design = max(1.0, variance / alone) if alone > 0 else 1.0
    reach = t_quantile(0.95, many - 1) * math.sqrt(variance) if many > 1 else math.inf
    ci = (gain - reach, gain + reach) if math.isfinite(reach) else None
    return Paired(gain, ci, p_value, n, disagree, design, None if whole else math.sqrt(variance))


def _newcombe(before: Floats, after: Floats, gain: float) -> Interval:
    n, z = len(before), normal_quantile(0.95)
    both = float(((before == 1) & (after == 1)).sum())
    only_before, only_after = float(before.sum()) - both, float(after.sum()) - both
    old, new = float(before.mean()), float(after.mean())
    correlation = paired_correlation(both, only_after, only_before, n - both - only_before
                                     - only_after)  # fmt: skip
    low, high = newcombe_interval(
        new, wilson_interval(new, n, z), old, wilson_interval(old, n, z), correlation
    )
    return (min(low, gain), max(high, gain))


class Choice(Record):
    """What a round comes to."""

    p_values: Mapping[str, float]
    """Of each turn, adjusted by Holm over the round."""
    best: str | None
    unseen: float | None
    """The smallest gain that the round would have found in four of five cases, a fraction; None
    where a turn is kept, or where no gain would have been."""


def choose(turns: Mapping[str, Paired], error: float) -> Choice:
    """Return which turn of a round is kept: of those that surely help the largest gain."""
    adjusted = dict(zip(turns, holm([x.p_value for x in turns.values()]), strict=True))
    sure = [name for name, x in turns.items() if adjusted[name] <= LEVEL and x.gain > 0]
    best = max(sure, key=lambda name: turns[name].gain, default=None)  # the first of equals
    unseen = would_be_seen(list(turns.values()), error) if best is None else None
    return Choice(adjusted, best, unseen)


def would_be_seen(turns: Sequence[Paired], error: float) -> float | None:
    """Return the smallest gain that is found with power 0.8, by a turn that disagrees as these do.

    Groups count by the variance that they add. None where no gain would be found.
    """
    if not turns or error <= 0:
        return None
    spreads = sorted(x.spread for x in turns if x.spread is not None)
    if len(spreads) == len(turns):
        tail = 1 - LEVEL / len(turns)
        seen = (normal_quantile(tail) + normal_quantile(2 * POWER - 1)) * spreads[len(turns) // 2]
        return seen if 0 < seen < error else None
    if error >= 1:
        return None
    typical = sorted(turns, key=lambda x: x.disagree)[len(turns) // 2]
    rows = max(1, math.floor(typical.rows / typical.design))
    apart = typical.disagree or None
    test = Test(1 - LEVEL / len(turns))
    found = None if apart is None else detectable_difference(error, rows, test, apart)
    # Turns that hardly change an answer could gain nothing that is seen; one that gains, more.
    return detectable_difference(error, rows, test) if found is None else found


def typed_budget(text: str) -> tuple[float | None, int | None]:
    """Return a budget as seconds, or as a number of runs."""
    said = text.strip().lower()
    if said.endswith(("runs", "run")):
        runs = int(said.removesuffix("s").removesuffix("run").strip())
        if runs < 1:
            raise ValueError("no runs")
        return None, runs
    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    seconds = float(said[:-1]) * units[said[-1:]] if said[-1:] in units else math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise ValueError("no time")
    return seconds, None
