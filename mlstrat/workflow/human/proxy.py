"""The proxy for Bayes error: what the best of the people reach, corrected for the picking.

The lowest error of people bounds Bayes error from above (C3W1 Understanding human-level
performance). But the lowest of ten equal people is the luckiest, and who answered easy examples
looks good. So the proxy is a level and an advantage:

- the level: the mean over answered examples of the share of people who are wrong;
- the advantage: how far below it the best person is within examples that several answered,
  people and examples being the two factors of a least-squares fit. Who is best is chosen on two
  thirds of the examples and measured on the third, in turns, averaged over partitions.

Simulated in ``tests/workflow/human/test_proxy_simulated.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells, Floats, Ints
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Estimate, Figure, Sampling
from mlstrat.core.intervals import normal_quantile, wilson_interval
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.resampling import generator
from mlstrat.workflow.human.agreement import mean_level
from mlstrat.workflow.human.crowd import Crowd, corrected
from mlstrat.workflow.human.level import VOTER

FEWEST_ANSWERS = 100
"""Typed levels count for the lowest from this many answers on: at an error of 5%, so many leave a
standard error of 2 points."""

PARTITIONS, FEWEST_PARTITIONS, CELLS_AT_MOST = 200, 20, 1_000_000
"""Partitions to average over: with 200 the proxy moves by some .05 points with the seed. Fewer
where there are more cells than a second takes; there the partitions differ less."""

STREAM = 6
"""Of the partitions: the same for `human` and `diagnose`."""

TIE = 1e-12
"""Errors that differ by the rounding of sums are one."""

Method = Literal["person", "level", "level_and_advantage", "lowest", "lowest_corrected"]


@dataclass(frozen=True)
class Proxy:
    """Who stands for Bayes error, and at what error.

    Attributes
    ----------
    name
        The person whose error is the lowest; who they are together, where nobody is taken.
    error
        As a loss, with its interval; ``n`` are the examples that anyone answered.
    method
        ``person``: there is one. ``level``: too few shared examples to tell who is best.
        ``level_and_advantage``: the best of several, corrected. Of typed levels: ``lowest``, exact,
        or ``lowest_corrected``, where they have counts.
    level
        The error of people before the advantage; None where it is not of the error, or typed.
    shared
        Examples that two or more answered; None of typed levels.
    people
        How many people, or typed levels, there are.
    compared
        Who could have been the best; the others gave too few answers, or share too few examples.
    not_told_from
        Who else may be the best.
    majority_below
        The error of the majority minus the proxy, where that is surely below 0.
    """

    name: str
    error: Estimate
    method: Method
    level: float | None = None
    shared: int | None = None
    people: int = 0
    compared: tuple[str, ...] = ()
    not_told_from: tuple[str, ...] = ()
    majority_below: Figure | None = None

    def is_level(self, name: str) -> bool:
        """Tell whether it is the error of this person, as it was seen."""
        return self.name == name and self.method in ("person", "lowest")

    @property
    def value(self) -> float:
        """The error, a fraction."""
        return float(self.error.value or 0.0)


def cross_fit(moves: Floats, rows: Ints, rng: np.random.Generator) -> Floats:
    """Return the share of times that each person is the one measured at a cell, K×P.

    Formula: the rows of K cells are put into thirds at random; on each third the person with the
    lowest sum of `moves` over the other two is measured, several where they tie.

    Parameters
    ----------
    moves
        K×P: what the rows of a cell add to the error of each person; infinite for those who
        cannot be chosen.
    rows
        K numbers of rows, at least 1.
    rng
        Where the partitions come from.

    Examples
    --------
    >>> cross_fit(np.array([[0.1, 0.0], [0.0, 0.3]]), np.array([9, 9]), np.random.default_rng(0))
    array([[1., 0.],
           [1., 0.]])
    """
    measured = np.zeros_like(moves)
    possible = np.isfinite(moves).all(axis=0)
    total = moves[:, possible].sum(axis=0)
    rounds = min(PARTITIONS, max(FEWEST_PARTITIONS, CELLS_AT_MOST // len(moves)))
    for _ in range(rounds):
        held = rng.multinomial(rows, [1 / 3] * 3) / rows[:, None]  # K×3
        rest = total - held.T @ moves[:, possible]  # 3×P
        best = rest <= rest.min(axis=1, keepdims=True) + TIE
        measured[:, possible] += held @ (best / best.sum(axis=1, keepdims=True))
    return measured / rounds


def proxy_of_answers(
    part: Cells, choice: MetricChoice, sampling: Sampling, stream: int = 0
) -> Proxy | None:
    """Return what the best of the people of one split reach; None where nothing tells.

    Parameters
    ----------
    part
        The counts of one split, with the answers of people (`mlstrat.workflow.human.level`) or
        their votes.
    choice
        The metric, of which the proxy is the loss. Another one than the error is that of the
        answers of whoever is measured at each example.
    sampling, stream
        Of interval and draws.
    """
    names = tuple(n for n, codes in part.answers.items() if (codes != ABSTAINED).any())
    of_error = choice.metric.name in ("error", "accuracy")
    if choice.metric.needs or not (names or (of_error and part.votes is not None)):
        return None
    crowd = Crowd.of(part, names)
    if not crowd.cells.rows:
        return None
    measured = crowd.shares
    if len(names) == 1:
        proxy = Proxy(names[0], Estimate(None), "person")
    elif not crowd.comparable.any():
        who = together(names, "people") if names else VOTER
        proxy = Proxy(who, Estimate(None), "level")
    else:
        moves, rows, place = crowd.units()
        moves = np.where(crowd.comparable, moves, np.inf)
        measured = cross_fit(moves, rows, generator(sampling.seed, STREAM))[place]
        best, tied = crowd.best(sampling)
        may = [name for name, flag in zip(names, crowd.comparable, strict=True) if flag]
        proxy = Proxy(names[best], Estimate(None), "level_and_advantage", compared=tuple(may),
                      not_told_from=tuple(names[i] for i in tied))  # fmt: skip
    if of_error and proxy.method != "person":
        found = crowd.estimate(measured, sampling, stream)
    else:
        found = estimate(crowd.said(measured), choice, sampling, stream).as_loss(choice)
        found = replace(found, n=crowd.cells.rows)
    if found.value is None:
        return None
    proxy = replace(proxy, error=found, shared=crowd.shared, people=len(names))
    if not of_error:
        return proxy
    below = crowd.majority_below(measured, sampling)
    return replace(proxy, level=crowd.level, majority_below=below)


def together(names: Sequence[str], what: str) -> str:
    """Return what several are called together: ``both people``, ``all 5 levels``."""
    return f"both {what}" if len(names) == 2 else f"all {len(names)} {what}"


def proxy_of_levels(names: Sequence[str], levels: Sequence[Estimate], sampling: Sampling) -> Proxy:
    """Return the lowest of typed levels, corrected where all have counts.

    Levels with fewer than `FEWEST_ANSWERS` are passed over; where all have fewer, it is the mean
    of all: the best of many small samples is the luckiest. A level whose counts are unknown is
    taken as exact.

    Examples
    --------
    >>> proxy_of_levels(["doctor", "team"], [Estimate(0.01), Estimate(0.005)], Sampling()).name
    'team'
    """
    order = sorted(range(len(names)), key=lambda i: (float(levels[i].value or 0.0), names[i]))
    enough = [i for i in order if (levels[i].n or FEWEST_ANSWERS) >= FEWEST_ANSWERS]
    if not enough:
        if len(names) == 1:
            return Proxy(names[0], levels[0], "person", people=1)
        who = together(names, "levels")
        return Proxy(who, mean_level(levels, sampling), "level", people=len(names))
    first, compared = enough[0], tuple(names[i] for i in enough)
    counts = [size for i in enough if (size := levels[i].n) is not None]
    if len(enough) == 1 or len(counts) < len(enough):
        return Proxy(names[first], levels[first], "lowest", people=len(names), compared=compared)
    n = np.array(counts)
    rates = np.array([float(levels[i].value or 0.0) for i in enough])
    rows = np.maximum(np.rint(rates * n).astype(np.int64), 1)
    measured = cross_fit(np.diag(rates), rows, generator(sampling.seed, STREAM))
    value = float((measured * np.diag(rates)).sum())
    chosen = rows @ measured / rows.sum()
    trials = float(1 / (chosen / n).sum())
    z = normal_quantile(sampling.confidence)
    low, high = wilson_interval(value, trials, z)
    lows = [wilson_interval(p, m, z)[0] for p, m in zip(rates, n, strict=True)]
    found = corrected(value, (min(low, *lows), high), levels[first].n, trials, sampling, 0)
    return Proxy(
        names[first], found, "lowest_corrected", people=len(names), compared=compared
    )  # fmt: skip
