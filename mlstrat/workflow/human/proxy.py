"""The proxy for Bayes error: what the best of the people reach, corrected for the picking.

The lowest error of people bounds Bayes error from above (C3W1 Understanding human-level
performance). But the lowest of ten equal people is the luckiest, and who answered easy examples
looks good. So the proxy is a level and an advantage:

- the level: the mean over answered examples of the share of people who are wrong;
- the advantage: how far below it the best person is within examples that several answered,
  people and examples being the two factors of a least-squares fit. Who is best is chosen on two
  thirds of the examples and measured on the third, in turns, averaged over partitions. Where the
  errors of people differ no more than by chance there is none.

Simulated in ``tests/workflow/human/test_proxy_simulated.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Estimate, Figure, Sampling
from mlstrat.core.intervals import normal_quantile, wilson_interval
from mlstrat.core.metrics import MetricChoice
from mlstrat.workflow.human.agreement import mean_level
from mlstrat.workflow.human.cross_fit import corrected, cross_fit, p_of_chi_squared
from mlstrat.workflow.human.crowd import Crowd
from mlstrat.workflow.human.level import VOTER

FEWEST_ANSWERS = 100
"""Typed levels count for the lowest from this many answers on: at an error of 5%, so many leave a
standard error of 2 points."""

ALIKE = 0.1
"""From this p-value on people are taken as alike, and nobody has an advantage: their errors differ
as much by chance in one of ten crowds. mlstrat's threshold: at 0.2 the best of two to ten equal
people would be .4 to .7 points too low, at 0.1 it is .1 to .4."""

Method = Literal["person", "level", "level_and_advantage", "lowest", "lowest_corrected"]


@dataclass(frozen=True)
class Proxy:
    """Who stands for Bayes error, and at what error.

    Attributes
    ----------
    name
        The person whose error is the lowest; who they are together, where nobody is picked.
    error
        As a loss, with its interval; ``n`` are the examples that anyone answered.
    method
        ``person``: there is one. ``level``: nobody can be told to be better, by too few shared
        examples or by chance. ``level_and_advantage``: the best of several, corrected. Of typed
        levels: ``lowest``, exact, or ``lowest_corrected``, where they have counts.
    level
        The error of people before the advantage; None where it is not of the error, or typed.
    shared
        Examples that two or more answered; None of typed levels.
    p_alike
        How often people who are alike differ as much; None where they cannot be compared.
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
    p_alike: float | None = None
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
    measured, p = None, crowd.p_alike
    proxy = Proxy(together(names, "people") if names else VOTER, Estimate(None), "level")
    if len(names) == 1:
        proxy = Proxy(names[0], Estimate(None), "person")
    elif p is not None and p < ALIKE:
        moves, rows, place = crowd.units()
        moves = np.where(crowd.comparable, moves, np.inf)
        chosen = cross_fit(moves, rows, sampling.seed)[place]
        if crowd.mean(crowd.by_cell(chosen)) < crowd.level:
            measured = chosen
            best, tied = crowd.best(sampling)
            proxy = Proxy(names[best], Estimate(None), "level_and_advantage",
                          not_told_from=tuple(names[i] for i in tied))  # fmt: skip
    if of_error and proxy.method != "person":
        found = crowd.estimate(measured, sampling, stream)
    else:
        table = crowd.said(crowd.shares if measured is None else measured)
        found = estimate(table, choice, sampling, stream).as_loss(choice)
        found = replace(found, n=crowd.cells.rows)
    if found.value is None:
        return None
    compared = tuple(n for n, may in zip(names, crowd.comparable, strict=True) if may)
    proxy = replace(proxy, error=found, shared=crowd.shared, p_alike=p, people=len(names),
                    compared=compared)  # fmt: skip
    if not of_error:
        return proxy
    below = crowd.majority_below(measured, sampling)
    return replace(proxy, level=crowd.level, majority_below=below)


def together(names: Sequence[str], what: str) -> str:
    """Return what several are called together: ``both people``, ``all 5 levels``."""
    return f"both {what}" if len(names) == 2 else f"all {len(names)} {what}"


def proxy_of_levels(names: Sequence[str], levels: Sequence[Estimate], sampling: Sampling) -> Proxy:
    """Return the lowest of typed levels, corrected where all have counts.

    Levels with fewer than `FEWEST_ANSWERS` are passed over. Where all have fewer, or those that
    have enough differ no more than by chance, it is the mean of all: the best of many is the
    luckiest. A level whose counts are unknown is taken as exact.

    Examples
    --------
    >>> proxy_of_levels(["doctor", "team"], [Estimate(0.01), Estimate(0.005)], Sampling()).name
    'team'
    """
    order = sorted(range(len(names)), key=lambda i: (float(levels[i].value or 0.0), names[i]))
    enough = [i for i in order if (levels[i].n or FEWEST_ANSWERS) >= FEWEST_ANSWERS]
    few, enough = not enough, enough or order
    who, found = tuple(names[i] for i in enough), [levels[i] for i in enough]
    sizes = [x.n for x in found if x.n is not None]
    if len(found) == 1 or len(sizes) < len(found):
        return Proxy(who[0], found[0], "lowest", people=len(names), compared=who)
    n, rates = np.array(sizes, np.float64), np.array([float(x.value or 0.0) for x in found])
    mean = float(rates @ n / n.sum())
    noise, spread = mean * (1 - mean), float(n @ (rates - mean) ** 2)
    p = p_of_chi_squared(spread / noise, len(n) - 1) if noise > 0 else 1.0
    alike = Proxy(together(who, "levels"), mean_level(found, sampling), "level", p_alike=p,
                  people=len(names), compared=who)  # fmt: skip
    if few or p >= ALIKE:
        return alike
    errors = np.maximum(np.rint(rates * n), 1).astype(np.int64)
    measured = cross_fit(np.diag(rates), errors, sampling.seed)
    value = float((measured * np.diag(rates)).sum())
    trials = float(1 / (errors @ measured / errors.sum() / n).sum())
    z = normal_quantile(sampling.confidence)
    low, high = wilson_interval(value, trials, z)
    lows = [wilson_interval(rate, size, z)[0] for rate, size in zip(rates, n, strict=True)]
    best = corrected(value, (min(low, *lows), high), found[0].n, trials, sampling, 0)
    if value >= mean:
        return alike
    return replace(alike, name=who[0], error=best, method="lowest_corrected")
