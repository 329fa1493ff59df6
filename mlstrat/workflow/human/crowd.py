# Over 300 lines: agreement, errors and the best of a crowd are worked out of the same answers.
"""Several people and the examples that they share, and the best of them: the proxy for Bayes error.

Formula: y_kp is 1 where person p is wrong on example k, ȳ_k the mean over the m_k people of the
example, g_k who they are, and M = Σ w (diag(g_k) − g_k g_kᵀ / m_k) the information on people within
examples. Their least-squares effects are β = M⁺ Σ w g_k (y_k − ȳ_k): linear in y, so that what
examples add can be summed over any part of them.

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

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import ABSTAINED, OTHER, Cells, Floats, Ints, sum_by
from mlstrat.core.estimates import FEWEST_GROUPS, estimate
from mlstrat.core.figures import Estimate, Figure, Sampling, jeffreys_trials, jeffreys_variance
from mlstrat.core.groups import Influence
from mlstrat.core.intervals import (
    Interval,
    logit_interval,
    normal_quantile,
    p_of_chi_squared,
    t_quantile,
    wilson_interval,
)
from mlstrat.core.metrics import MetricChoice, choose_metric
from mlstrat.core.record import Record
from mlstrat.core.resampling import generator

TEAM, VOTER = "team (majority)", "one voter"
"""What everyone together, and one of those of whom only votes are known, is called."""


class Agreement(Record):
    """A coefficient of agreement; ``method`` is cohen_kappa or krippendorff_alpha.

    ``figure.n`` is the number of examples that at least two people answered, ``raw`` the share of
    pairs of answers that agree. ``by_class`` is for each answer how often a second person says it
    where a first one did, and how many said it; the answers that are no label are last, under a
    blank. A coefficient is low where one class is rare, though people agree on nearly all
    (Feinstein and Cicchetti 1990).
    """

    method: str
    figure: Figure
    raw: float | None = None
    by_class: tuple[tuple[str, float, int], ...] = ()


def agreement(cells: Cells, sampling: Sampling) -> Agreement | None:
    """Return how far the people of one split agree; None where there is only one, or no label.

    Answers that are no label of the run count as one category more.
    """
    people = {n: codes for n, codes in cells.answers.items() if (codes != ABSTAINED).any()}
    if len(people) < 2 or not cells.classes:
        return None
    answers = np.stack(list(people.values()), axis=1)
    answers = np.where(answers == OTHER, len(cells.labels), answers)
    shared = (answers != ABSTAINED).sum(axis=1) >= 2
    if not shared.any():
        reason = "undefined: no example was answered by two people"
        method = "cohen_kappa" if len(people) == 2 else "krippendorff_alpha"
        return Agreement(method, Figure(None, None, 0, reason))
    part, answers = cells.where(shared), answers[shared]
    if len(people) == 2:
        found = Agreement("cohen_kappa", _kappa(part, answers, sampling))
    else:
        found = Agreement("krippendorff_alpha", _alpha(part, answers, sampling))
    raw, by_class = _as_seen(part, answers)
    return replace(found, raw=raw, by_class=by_class)


def _as_seen(part: Cells, answers: Ints) -> tuple[float, tuple[tuple[str, float, int], ...]]:
    """Return the share of pairs of answers that agree, over all and where one of them says a class.

    Formula: Σ m_c (m_c − 1) / (m − 1) / Σ m_c over examples with m answers of which m_c say c: of
    two people 2a / (2a + b + c), the specific agreement of Spitzer and Fleiss (1974).
    """
    given = (answers != ABSTAINED).sum(axis=1)
    same, said = [], []
    for code in range(len(part.labels) + 1):
        mine = (answers == code).sum(axis=1)
        same.append(float(part.n @ (mine * (mine - 1) / (given - 1))))
        said.append(int(part.n @ mine))
    by_class = zip((*part.labels, ""), same, said, strict=True)
    return sum(same) / sum(said), tuple((c, x / m, m) for c, x, m in by_class if m)


def _kappa(part: Cells, answers: Ints, sampling: Sampling) -> Figure:
    rows = part.n.astype(np.float64)
    between = replace(
        part, labels=(*part.labels, ""), truth=answers[:, 0], predicted=answers[:, 1],
        weight=rows, weight_squared=rows, weighted=False, answers={}, scores=None, loss=None,
    )  # fmt: skip
    choice = choose_metric("cohen_kappa", labels=between.labels, positive=None)
    return estimate(between, choice, sampling, 8, draws=False).figure


def _alpha(part: Cells, answers: Ints, sampling: Sampling) -> Figure:
    """Return Krippendorff's nominal alpha with missing answers, and its interval.

    Formula: α = 1 − (N − 1) Σ_u Dᵤ / (N² − Σ_c N_c²), over examples u with m ≥ 2 answers of which
    m_c say c: Dᵤ = m − Σ_c m_c(m_c − 1)/(m − 1); N = Σ m, N_c = Σ m_c. The interval is of the
    ratio 1 − α, linearised over examples (or groups) on the log scale, with t(examples − 1).
    """
    votes = np.stack(
        [(answers == c).sum(axis=1) for c in range(len(part.labels) + 1)], axis=1
    ).astype(np.float64)
    given = votes.sum(axis=1)
    apart = given - (votes * (votes - 1)).sum(axis=1) / (given - 1)
    n = part.n.astype(np.float64)
    total, by_answer = float(n @ given), n @ votes
    chance = total**2 - float(by_answer @ by_answer)
    units = part.rows
    if chance <= 0:
        return Figure(None, None, units, "undefined: all answers are one and the same")
    seen = float(n @ apart)
    disagreement = (total - 1) * seen / chance
    value = 1 - disagreement
    if seen <= 0:
        return Figure(value, None, units, "no interval: nobody ever disagreed")
    # Slopes of ln(1 − α) along one more example of each kind.
    by_chance = (2 * total * given - 2 * (votes @ by_answer)) / chance
    slope = apart / seen + given / (total - 1) - by_chance
    if part.group is None:
        count, variance = units, float(n @ slope**2)
    else:
        _, place = np.unique(part.group, return_inverse=True)
        sums = sum_by(place, n * slope)
        count, variance = len(sums), max(float(sums @ sums), float(n @ slope**2))
    if count < FEWEST_GROUPS:
        return Figure(value, None, units, f"no interval: fewer than {FEWEST_GROUPS} examples")
    error = disagreement * math.sqrt(variance * count / (count - 1))
    quantile = t_quantile(sampling.confidence, count - 1)
    low, high = logit_interval(disagreement, error, quantile, 0.0, math.inf)
    return Figure(value, (max(-1.0, 1 - high), 1 - low), units)


def pooled_error(part: Cells, people: Sequence[str], sampling: Sampling) -> Estimate:
    """Return the error of all answers of several people together.

    Answers to one example are not independent: the variance is that of the ratio Σ wrong answers
    / Σ answers, linearised over examples (or groups of them), with Wilson's interval at the
    number of independent answers of the same variance.
    """
    answers = np.stack([part.answers[name] for name in people], axis=1)
    given = (answers != ABSTAINED).sum(axis=1)
    wrong = ((answers != ABSTAINED) & (answers != part.truth[:, None])).sum(axis=1)
    return _pooled(part, given, wrong, sampling)


def error_of_votes(part: Cells, sampling: Sampling) -> Estimate:
    """Return the error of one of the people who voted, as `pooled_error` does."""
    votes = np.zeros((len(part.n), 3), np.int64) if part.votes is None else part.votes
    return _pooled(part, votes[:, 0], votes[:, 0] - votes[:, 1], sampling)


def _pooled(part: Cells, given: Ints, wrong: Ints, sampling: Sampling) -> Estimate:
    total = float(part.weight @ given)
    value = float(part.weight @ wrong) / total
    asked = given > 0
    residual = (wrong - value * given) / total
    count, degrees = float(part.n[asked].sum()), None
    variance = float(part.weight_squared @ residual**2)
    if part.group is not None:
        _, place = np.unique(part.group[asked], return_inverse=True)
        sums = sum_by(place, (part.weight * residual)[asked])
        count, degrees = float(len(sums)), len(sums) - 1
        variance = max(variance, float(sums @ sums) * count / max(count - 1, 1))
    n = int(part.n @ given)
    if degrees is not None and count < FEWEST_GROUPS:
        return Estimate(value, None, n, f"no interval: {count:g} groups")
    # No errors, or only errors: an example counts once, however many answered it.
    trials = value * (1 - value) / variance if variance > 0 and 0 < value < 1 else count
    quantile = (
        normal_quantile(sampling.confidence)
        if degrees is None
        else t_quantile(sampling.confidence, degrees)
    )
    return Estimate(value, wilson_interval(value, trials, quantile), n,
                    variance=jeffreys_variance(value, trials))  # fmt: skip


def mean_level(levels: Sequence[Estimate], sampling: Sampling) -> Estimate:
    """Return the level of a typical member; by answers where all have counts, else the mean.

    Whether the members answered the same examples is unknown: the standard error of a mean is at
    most the mean of the standard errors.
    """
    values = [float(x.value or 0.0) for x in levels]
    sizes = [x.n for x in levels if x.n is not None]
    if len(sizes) < len(levels):
        return Estimate(sum(values) / len(values))
    n = sum(sizes)
    value = sum(v * m for v, m in zip(values, sizes, strict=True)) / n
    error = sum(math.sqrt(x.variance or 0.0) * m for x, m in zip(levels, sizes, strict=True)) / n
    centre = (value * n + 0.5) / (n + 1)
    trials = min(centre * (1 - centre) / error**2, n) if error > 0 else float(min(sizes))
    ci = wilson_interval(value, trials, normal_quantile(sampling.confidence))
    return Estimate(value, ci, n, variance=error**2)


def majority(answers: Ints) -> Ints:
    """Return the most frequent answer of each row of a K×P table; a tie is no answer."""
    classes = range(max(int(answers.max()), 0) + 1)
    votes = np.stack([(answers == code).sum(axis=1) for code in classes], axis=1)
    best = votes.argmax(axis=1)
    tied = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) > 1
    return np.where(tied | (votes.max(axis=1) == 0), ABSTAINED, best)


FEWEST_SHARED = 30
"""Shared examples from which on people are compared: with fewer, luck (mlstrat's threshold)."""

PARTITIONS, FEWEST_PARTITIONS, CELLS_AT_MOST = 200, 20, 1_000_000
"""Partitions to average over: with 200 the proxy moves by some .05 points with the seed. Fewer
where there are more cells than a second takes; there the partitions differ less."""

STREAM = 6
"""Of the partitions: the same for `human` and `diagnose`."""

TIE = 1e-12
"""Errors that differ by the rounding of sums are one."""

TINY = 1e-300  # instead of 0 below a fraction bar


class Crowd(Record):
    """K distinct (group, label, answers) of P people that anyone gave, by content."""

    cells: Cells
    answers: Ints

    @classmethod
    def of(cls, part: Cells, names: tuple[str, ...]) -> Crowd:
        """Return the people of one split, or its votes where nobody is named."""
        answers = [part.answers[name] for name in names]
        group = np.zeros(len(part.n), np.int64) if part.group is None else part.group
        votes = [] if names or part.votes is None else list(part.votes.T)
        table = np.stack([group, part.truth, *answers, *votes], axis=1)
        asked = (table[:, 2:] != ABSTAINED).any(axis=1) if names else table[:, 2] > 0
        part, table = part.where(asked), table[asked]
        distinct, first, place = np.unique(table, axis=0, return_index=True, return_inverse=True)
        place = place.ravel()
        cells = replace(
            part.where(first),
            n=np.rint(sum_by(place, part.n.astype(np.float64))).astype(np.int64),
            weight=sum_by(place, part.weight),
            weight_squared=sum_by(place, part.weight_squared),
            answers={}, loss=None, scores=None, slices={},
        )  # fmt: skip
        return cls(cells, distinct[:, 2 : 2 + len(names)])

    @cached_property
    def given(self) -> Floats:
        """K×P: 1 where a person answered."""
        return np.asarray(self.answers != ABSTAINED, np.float64)

    @cached_property
    def shares(self) -> Floats:
        """K×P: each person's part in the answers to an example; rows sum to 1."""
        return np.asarray(self.given / np.maximum(self.given.sum(axis=1, keepdims=True), 1))

    @cached_property
    def _is_wrong(self) -> Floats:
        return np.asarray(self.given * (self.answers != self.cells.truth[:, None]))

    @cached_property
    def wrong(self) -> Floats:
        """K shares of the people who answered that are wrong."""
        votes = self.cells.votes
        if votes is None or self.answers.shape[1]:
            return np.asarray((self._is_wrong * self.shares).sum(axis=1))
        return np.asarray(1 - votes[:, 1] / votes[:, 0])

    def mean(self, by_cell: Floats) -> Floats:
        """Return the weighted mean over examples of a figure by cell, or of several columns."""
        return np.asarray(self.cells.weight @ by_cell / self.cells.weight.sum())

    @property
    def level(self) -> float:
        """The mean over examples of the share of people who are wrong."""
        return float(self.mean(self.wrong))

    @cached_property
    def _by_two(self) -> NDArray[np.bool_]:
        return np.asarray(self.given.sum(axis=1) >= 2)

    @property
    def shared(self) -> int:
        """Examples that two or more answered."""
        return int(self.cells.n[self._by_two].sum())

    @cached_property
    def _weights(self) -> Floats:
        """P×P: what an answer of each person (columns) adds to the effect of each (rows).

        People who share too few examples, directly or through others, are taken as alike: a
        direction of M counts from half of `FEWEST_SHARED` on, the information in so many examples
        of two people each. Weighted examples count at their effective number.
        """
        weight = self.cells.weight * self._by_two
        scale = weight.sum() / max(float(self.cells.weight_squared[self._by_two].sum()), TINY)
        here = self.given * (weight * scale)[:, None]
        values, directions = np.linalg.eigh(np.diag(here.sum(axis=0)) - here.T @ self.shares)
        known = values >= FEWEST_SHARED / 2 - 1e-6
        inverse = (directions[:, known] / values[known]) @ directions[:, known].T
        return np.asarray(scale * (inverse - self.mean(self.shares) @ inverse))

    @cached_property
    def effects(self) -> Floats:
        """K×P: what an example adds to the error of each person minus the level; the mean is it."""
        away = self._by_two[:, None] * (self._is_wrong - self.given * self.wrong[:, None])
        return np.asarray(away @ self._weights.T * self.cells.weight.sum())

    @cached_property
    def errors(self) -> Floats:
        """P errors, adjusted for which examples each answered."""
        return np.asarray(self.level + self.mean(self.effects))

    @cached_property
    def comparable(self) -> NDArray[np.bool_]:
        """P flags: who shares enough examples with others to be the best of them."""
        mine = (self.cells.n * self._by_two) @ self.given
        flags = (mine >= FEWEST_SHARED) & self._weights.any(axis=1)
        return np.asarray(flags & (flags.sum() > 1))

    @cached_property
    def _own_trials(self) -> Floats:
        """P numbers of a person's own answers on which the error of each rests.

        Formula: 1 / Σ c², c being what each of the answers adds; the number of examples where all
        answered all.
        """
        total = self.cells.weight.sum()
        by_others = self.shares @ self._weights.T
        adds = self.shares + self._by_two[:, None] * total * (np.diag(self._weights) - by_others)
        squares = self.cells.weight_squared @ (self.given * adds) ** 2 / total**2
        return np.asarray(1 / np.maximum(squares, TINY))

    @cached_property
    def _groups(self) -> tuple[Ints, Ints] | None:
        """The groups that occur, and the place of each cell among them; None without groups."""
        if self.cells.group is None:
            return None
        groups, place = np.unique(self.cells.group, return_inverse=True)
        return groups, place

    def _by_group(self, by_cell: Floats) -> Floats:
        groups, place = self._groups or (np.zeros(1, np.int64), np.zeros(len(by_cell), np.int64))
        sums = np.zeros((len(groups), by_cell.shape[1]))
        np.add.at(sums, place, by_cell)
        return sums

    def units(self) -> tuple[Floats, Ints, Ints]:
        """Return what falls into a third as a whole: U×P moves, rows, and the place of each cell.

        Rows of a cell are apart, those of a group together.
        """
        moves = self.effects * (self.cells.weight / self.cells.weight.sum())[:, None]
        if self._groups is None:
            return moves, self.cells.n, np.arange(len(moves))
        sums = self._by_group(moves)
        return sums, np.ones(len(sums), np.int64), self._groups[1]

    def _variance(self, by_cell: Floats) -> Floats:
        """Return the variance of the mean of each of K×C columns, linearised over examples.

        Formula: Σ w² (v − v̄)² / (Σ w)²; with groups also G / (G − 1) Σ (Σ w (v − v̄))² / (Σ w)²
        over the sums of each, whichever is larger.
        """
        total = self.cells.weight.sum()
        away = by_cell - self.mean(by_cell)
        by_rows = np.asarray(self.cells.weight_squared @ away**2 / total**2)
        if self._groups is None:
            return by_rows
        sums = self._by_group(away * (self.cells.weight / total)[:, None])
        by_groups = (sums**2).sum(axis=0) * len(sums) / max(len(sums) - 1, 1)
        return np.asarray(np.maximum(by_rows, by_groups))

    def _quantile(self, confidence: float) -> float:
        if self._groups is None:
            return normal_quantile(confidence)
        return t_quantile(confidence, max(len(self._groups[0]) - 1, 1))

    def best(self, sampling: Sampling) -> tuple[int, list[int]]:
        """Return who has the lowest adjusted error, and who else may be the best.

        Comparison with the best: everyone of whom the interval of the difference at 1 − α/(P − 1)
        reaches down to 0 (Gupta 1965; Hsu 1984).
        """
        chosen = np.flatnonzero(self.comparable)
        best = int(chosen[np.argmin(np.round(self.errors[chosen], 12))])
        others = chosen[chosen != best]
        apart = self.effects[:, others] - self.effects[:, [best]]
        z = self._quantile(1 - (1 - sampling.confidence) / len(others))
        low = self.mean(apart) - z * np.sqrt(self._variance(apart))
        return best, [int(i) for i in others[low <= 0]]

    @property
    def p_alike(self) -> float | None:
        """The p-value of people who are alike: by chance their errors differ as much or more.

        Formula: (P − 1) times the variance of the P errors over the mean of their own variances,
        a χ² of P − 1 degrees of freedom; where all answered all it is Cochran's Q (1950).
        """
        may = self.comparable
        if not may.any():
            return None
        free, noise = int(may.sum()) - 1, self._variance(self.effects[:, may])
        spread, own = float(self.errors[may].var()), float(noise.mean())
        return p_of_chi_squared(free * spread / own, free) if own > 0 else 1.0

    def by_cell(self, measured: Floats | None) -> Floats:
        """Return K errors of whoever is measured at each example, or of all who answered it."""
        if measured is None:
            return self.wrong
        return np.asarray(self.wrong + (measured * self.effects).sum(axis=1))

    def estimate(self, measured: Floats | None, sampling: Sampling, stream: int) -> Estimate:
        """Return the level, or with `measured` level and advantage.

        `measured`, K×P, is the share of times that each person is the one measured at an example.
        The upper end is that of whoever is measured. The lower end is the lowest of all who can be
        compared: any of them may be the best, and whoever is lies above it in all but α/2 of cases.
        """
        by_cell = self.by_cell(measured)
        value = round(min(max(float(self.mean(by_cell)), 0.0), 1.0), 12)
        z = self._quantile(sampling.confidence)
        trials, more = self._trials(value, by_cell), 0.0
        errors, own = np.clip(self.errors, 0, 1), self._own_trials
        # The noise of those whom a person is compared with stays where the person never errs.
        others = self._variance(self.wrong[:, None] + self.effects)
        others = np.maximum(others - errors * (1 - errors) / own, 0)
        lows = [_reach(p, m, x, z)[0] for p, m, x, may in
                zip(errors, own, others, self.comparable, strict=True) if may]  # fmt: skip
        if measured is not None:
            chosen = self.cells.n @ measured / self.cells.rows
            trials, more = float(1 / (chosen / own).sum()), float(chosen @ others)
        low, high = _reach(value, trials, more, z)
        trials = jeffreys_trials(value, jeffreys_variance(value, trials) + more)
        ci = float(min(low, *lows, value)), float(high)
        found = corrected(value, ci, self.cells.rows, trials, sampling, stream)
        if self._groups is None:
            return found
        away = (by_cell - self.mean(by_cell)) * self.cells.weight / self.cells.weight.sum()
        influence = Influence(self._groups[0], self._by_group(away[:, None])[:, 0])
        degrees = len(influence.groups) - 1
        found = replace(found, influence=influence, degrees=degrees)
        if degrees >= FEWEST_GROUPS - 1:
            return found
        return replace(found, ci=None, draws=None, reason=f"no interval: {degrees + 1} groups")

    def _trials(self, value: float, by_cell: Floats) -> float:
        """Return the independent examples that would tell the level as well."""
        variance = float(self._variance(by_cell[:, None])[0])
        if variance > 0 and 0 < value < 1:
            return value * (1 - value) / variance
        most = self.cells.weight.sum() ** 2 / self.cells.weight_squared.sum()
        return float(most if self._groups is None else min(most, len(self._groups[0])))

    def said(self, measured: Floats) -> Cells:
        """Return the answers of whoever is measured at each example, weighted by how often."""
        place, person = np.nonzero(self.given * measured)
        share, cells = measured[place, person], self.cells.where(place)
        once = np.diff(place, prepend=-1) > 0
        return replace(
            cells, predicted=np.maximum(self.answers[place, person], ABSTAINED),
            n=cells.n * once, weight=cells.weight * share,
            weight_squared=cells.weight_squared * share,
            weighted=cells.weighted or self.answers.shape[1] > 1,
        )  # fmt: skip

    def majority_below(self, measured: Floats | None, sampling: Sampling) -> Figure | None:
        """Return the error of the majority minus the proxy, where it is surely below 0."""
        votes = self.cells.votes
        named = self.answers.shape[1] > 0
        most = majority(self.answers) if votes is None or named else votes[:, 2]
        apart = (most != self.cells.truth) - self.by_cell(measured)
        value, variance = float(self.mean(apart)), float(self._variance(apart[:, None])[0])
        reach = self._quantile(sampling.confidence) * math.sqrt(variance)
        ci = value - reach, value + reach
        return Figure(value, ci, self.cells.rows) if ci[1] < 0 else None


def _reach(value: float, trials: float, more: float, z: float) -> Interval:
    """Return Wilson's interval, each half widened by a variance that does not shrink with it."""
    low, high = wilson_interval(value, trials, z)
    low, high = (math.hypot(value - end, z * math.sqrt(more)) for end in (low, high))
    return max(0.0, value - low), min(1.0, value + high)


def cross_fit(moves: Floats, rows: Ints, seed: int) -> Floats:
    """Return the share of times that each person is the one measured at a cell, K×P.

    Formula: the rows of K cells are put into thirds at random; on each third the person with the
    lowest sum of `moves` over the other two is measured, several where they tie.

    `moves`, K×P, is what the rows of a cell add to the error of each person; infinite for those who
    cannot be chosen. What is chosen and measured on the same examples looks better than it is
    (Stone, 1974).
    """
    rng = generator(seed, STREAM)
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


def corrected(
    value: float, ci: Interval, n: int | None, trials: float, sampling: Sampling, stream: int
) -> Estimate:
    """Return an error that has an interval of its own, and draws as of so many trials."""
    k = value * trials
    rng = generator(sampling.seed, 1, stream)
    drawn = rng.beta(k + 0.5, trials - k + 0.5, sampling.resamples)
    return Estimate(value, ci, n, variance=jeffreys_variance(value, trials), draws=drawn)


FEWEST_ANSWERS = 100
"""Typed levels count for the lowest from this many answers on: at an error of 5%, so many leave a
standard error of 2 points."""

ALIKE = 0.1
"""From this p-value on people are taken as alike, and nobody has an advantage: their errors differ
as much by chance in one of ten crowds. mlstrat's threshold: at 0.2 the best of two to ten equal
people would be .4 to .7 points too low, at 0.1 it is .1 to .4."""

Method = Literal["person", "level", "level_and_advantage", "lowest", "lowest_corrected"]


class Proxy(Record):
    """Who stands for Bayes error, and at what error.

    ``name`` is the person whose error is the lowest, or who they are together, where nobody is
    picked; ``error`` is a loss, whose ``n`` are the examples that anyone answered. The ``method``
    is ``person``: there is one; ``level``: nobody can be told to be better, by too few shared
    examples or by chance; ``level_and_advantage``: the best of several, corrected; of typed levels
    ``lowest``, exact, or ``lowest_corrected``, where they have counts.

    ``level`` is the error before the advantage, ``shared`` are examples that two or more answered,
    ``p_alike`` is how often people who are alike differ as much; each None where it cannot be told.
    ``compared`` are those who could have been the best: the others gave too few answers, or share
    too few examples. ``majority_below`` is the error of the majority minus the proxy, where that is
    surely below 0.
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

    `part` are the counts of one split, with the answers of people or their votes. The proxy is the
    loss of the metric; another one than the error is that of the answers of whoever is measured at
    each example.
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
