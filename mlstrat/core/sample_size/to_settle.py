# Over 300 lines: the rule for what would settle a question stands beside its search and its uses.
"""What would settle an open question: one rule for every "about N more examples".

N is the smallest number of new rows such that, if the truth is what was observed, the same decision
on old and new rows together says that the difference is there, or that it is within the tolerance,
in all but an adverse fifth of the ways in which the new rows may fall. The second outcome keeps N
finite where the difference is nothing; so does it in ``or_more``, N at the worst effect that the
interval leaves open.

Sources: Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15 (equivalence as an
outcome); Hoenig and Heisey (2001), The American Statistician 55 (a range instead of the power at
what was observed). The power of 0.8 is the convention of Cohen (1988).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from mlstrat.core.counts import Bools, Floats
from mlstrat.core.figures import Estimate, Figure, interval_at
from mlstrat.core.intervals import (
    Correlation,
    Interval,
    Intervals,
    contrast,
    contrast_each,
    independent,
    normal_quantile,
    proportion_intervals,
)
from mlstrat.core.record import Record
from mlstrat.core.wording import count, listed, rounded_up

if TYPE_CHECKING:
    from mlstrat.core import schema_parts


OUTCOMES = np.array([math.copysign(normal_quantile(abs(0.2 * i - 1)), i - 5) for i in range(1, 10)])
"""The deciles of how far new rows fall from the truth, in standard errors."""

MOST_ROWS = 10**12
"""More than this is no number of examples that anyone has."""


def mostly(settled: Bools) -> bool:
    """Return whether the new rows settle it in all but an adverse fifth of their `OUTCOMES`.

    These are cut at their deciles; a tenth settles where both its ends do, so that two of
    the ten are open for one decile that does not settle it, and three or more for two. An adverse
    outcome is below the truth where the difference is to be shown, on either side where it is to
    be ruled out.
    """
    return int(settled.sum()) >= len(settled) - 1


def smallest_number(settles: Callable[[int], bool], start: int = 1) -> int | None:
    """Return the smallest whole number from 1 on that settles, by doubling and halving.

    To 1%: nobody collects so many examples exactly. None where a million million would not do.
    """
    if not settles(MOST_ROWS):
        return None
    low, high = 0, max(start, 1)
    while not settles(high):
        low, high = high, 2 * high
    while low == 0 and high > 1 and settles(high // 2):
        high //= 2
    low = max(low, high // 2)
    while high - low > max(1, high // 100):
        middle = (low + high) // 2
        low, high = (low, middle) if settles(middle) else (middle, high)
    return high


IntervalAt = Callable[[float], Intervals]
"""The intervals of a difference at a confidence, one of each outcome."""


class ToSettle(Record):
    """How many more examples settle a question.

    ``rows`` are new rows by split, if the truth is what was observed; ``or_more`` those whatever it
    is, within the interval, None where no number that anyone has would do. ``paired`` tells that
    both models predict them.
    """

    question: str
    rows: Mapping[str, int]
    or_more: Mapping[str, int] | None
    paired: bool = False

    @property
    def total(self) -> int:
        """The sum of `rows`."""
        return sum(self.rows.values())

    def to_dict(self) -> schema_parts.ToSettle:
        """Return question, rows and or_more."""
        return {
            "question": self.question,
            "rows": dict(self.rows),
            "or_more": None if self.or_more is None else dict(self.or_more),
        }


def to_settle_sentence(
    rows: Mapping[str, int],
    or_more: Mapping[str, int] | None,
    *,
    paired: bool = False,
    of: str = "examples",
) -> str:
    """Return what would settle it in words, rounded up to two digits; see `ToSettle`."""
    kind = "paired " if paired else ""
    shares = [f"{count(rounded_up(n))}{' more' * (len(rows) == 1)} {kind}{split}".strip()
              for split, n in rows.items()]  # fmt: skip
    text = f"About {listed(shares)} {of}{' more' * (len(rows) > 1)} would settle it "
    text += "if the figures stay"
    if or_more is None:
        return f"{text}; how many it takes whatever they are cannot be told."
    if or_more == rows:
        return f"{text}."
    more = rounded_up(sum(or_more.values()))
    return f"{text}; {count(more)} whatever they are."


class Side(Record):
    """One figure in the difference that is asked about.

    ``split`` is where new rows would come from; None for a figure that cannot be measured better.
    ``weight`` is its coefficient in the difference.
    """

    split: str | None
    weight: float
    estimate: Estimate

    @property
    def value(self) -> float:
        """The value of the figure."""
        return self.estimate.value or 0.0


def side_of(split: str | None, figure: Figure, confidence: float) -> Side:
    """Return a figure as what can grow: its variance, where none is known, from its interval."""
    known = figure if isinstance(figure, Estimate) else None
    if known is None or known.variance is None:
        low, high = figure.ci or (0.0, 0.0)
        spread = (high - low) / (2 * normal_quantile(confidence))
        known = Estimate(figure.value, figure.ci, figure.n, variance=spread**2)
    return Side(split, 1.0, known)


def settle(
    question: str,
    sides: Sequence[Side],
    decides: Callable[[IntervalAt], Bools],
    *,
    of_ci: float,
    hardest: Sequence[float] = (0.0,),
    correlation: Correlation = independent,
) -> ToSettle | None:
    """Return how many more rows settle a question about a weighted sum of figures.

    `decides` tells which intervals of the sum, at the confidences that it asks for, settle the
    question: by showing the difference, or by ruling out the tolerance. `of_ci` is the confidence
    of the figures' own intervals; `hardest` are effects that are hardest to settle, as half of the
    tolerance, looked at for ``or_more`` where the interval leaves them open. None where no figure
    can grow, or nobody has so many rows.
    """
    spread = [_spread(side) for side in sides]
    able = [i for i, s in enumerate(spread) if s > 0]
    if not able:
        return None
    total = sum(spread[i] for i in able)
    plans = [{i: 1.0} for i in able]
    if len(able) > 1:
        plans.append({i: spread[i] / total for i in able})
    alone = sum(side.estimate.ci is not None for side in sides) == 1  # beside a bound, perhaps
    seen = contrast(
        [(x.weight, x.value, interval_at(x.estimate, of_ci, of_ci)) for x in sides], correlation
    )
    effect = sum(side.weight * side.value for side in sides)
    pairs = combinations(range(len(sides)), 2)
    shared = {pair: phi for pair in pairs if (phi := correlation(*pair))}

    variances = {i: spread[i] ** 2 / (sides[i].estimate.n or 1) for i in able}
    whole = sum(variances.values())

    def settles(n: int, truth: float, plan: Mapping[int, float]) -> bool:
        return mostly(decides(_after(n, truth, plan)))

    def rows_for(truth: float, start: int) -> tuple[int, dict[int, float]] | None:
        found = []
        for plan in plans:
            n = smallest_number(partial(settles, truth=truth, plan=plan), start)
            if n is not None:
                found.append((n, plan))
        return min(found, key=lambda x: x[0], default=None)

    def _after(n: int, truth: float, plan: Mapping[int, float]) -> IntervalAt:
        """Return the intervals of old and new rows together, of each outcome of the new ones."""
        noise = math.sqrt(sum(spread[i] ** 2 / (n * share) for i, share in plan.items()))
        grown = []
        for i, side in enumerate(sides):
            value, growth = np.full(len(OUTCOMES), side.value), 1.0
            if i in plan:
                old, new = float(side.estimate.n or 1), n * plan[i]
                shift = (truth - effect) * variances[i] / whole
                fallen = shift + OUTCOMES * spread[i] ** 2 / new / noise
                value += new / (old + new) * fallen / side.weight
                growth += new / old
            grown.append((side, value, growth))
        return lambda confidence: contrast_each(
            [(side.weight, *_grown(side.estimate, value, growth, confidence, of_ci, alone))
             for side, value, growth in grown],
            shared,
        )  # fmt: skip

    now = rows_for(effect, max(sides[i].estimate.n or 1 for i in able))
    if now is None:
        return None
    low, high = seen
    most: tuple[int, dict[int, float]] | None = now
    for truth in [x for x in hardest if low < x < high] or (low, high):
        if most is not None and not any(settles(most[0], truth, plan) for plan in plans):
            most = rows_for(truth, most[0])

    def by_split(found: tuple[int, dict[int, float]]) -> dict[str, int]:
        n, plan = found
        return {sides[i].split or "": max(1, math.ceil(n * share)) for i, share in plan.items()}

    return ToSettle(question, by_split(now), None if most is None else by_split(most))


def _spread(side: Side) -> float:
    """Return |weight| times the standard deviation of one row; 0 where no rows can be added."""
    e = side.estimate
    if side.split is None or e.n is None or e.variance is None or side.weight == 0:
        return 0.0
    variance = e.variance
    if e.trials and e.value and e.value < 1:  # with no errors seen, its Jeffreys variance
        variance = e.value * (1 - e.value) / e.trials
    return abs(side.weight) * math.sqrt(variance * e.n)


def _grown(
    e: Estimate, value: Floats, growth: float, confidence: float, of_ci: float, alone: bool
) -> tuple[Floats, Intervals]:
    """Return a figure at other values, and its intervals with so many times as many rows.

    The intervals of a difference are Wilson's; a proportion alone has its own.
    """
    if e.trials is not None:
        value = np.minimum(np.maximum(value, 0.0), 1.0)
        return value, proportion_intervals(
            value, e.trials * growth, confidence, e.degrees, exact=alone
        )
    low, high = interval_at(e, confidence, of_ci)
    before, shrink = e.value or 0.0, 1 / math.sqrt(growth)
    return value, (value - shrink * (before - low), value + shrink * (high - before))


def settle_paired(
    question: str,
    split: str,
    difference: float,
    discordance: float,
    rows: int,
    decides: Callable[[Floats, int], Bools],
    interval: Interval,
    hardest: Sequence[float] = (0.0,),
) -> ToSettle | None:
    """Return how many more rows that both models predict settle a question about the two.

    `difference` is the error of the one minus that of the other on the `rows` so far, `discordance`
    ψ, the share of rows on which exactly one of the two is right. `decides` tells which
    differences on so many rows, at the same discordance, settle it; see `settle`.
    """

    def settles(n: int, truth: float) -> bool:
        noise = math.sqrt(max(discordance - truth**2, 0.0) / n)
        after = (rows * difference + n * (truth + OUTCOMES * noise)) / (rows + n)
        return mostly(decides(after, rows + n))

    now = smallest_number(partial(settles, truth=difference), rows)
    if now is None:
        return None
    low, high = interval
    most: int | None = now
    for truth in [x for x in hardest if low < x < high] or (low, high):
        if most is not None and not settles(most, truth):
            most = smallest_number(partial(settles, truth=truth), most)
    return ToSettle(question, {split: now}, None if most is None else {split: most}, paired=True)
