"""What people say together: their majority and error, and how far they agree, also beyond chance.

Cohen's kappa of two, Krippendorff's alpha of more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlstrat.core.counts import ABSTAINED, OTHER, Cells, Ints, sum_by
from mlstrat.core.estimates import FEWEST_GROUPS, estimate
from mlstrat.core.figures import Estimate, Figure, Sampling, jeffreys_variance
from mlstrat.core.intervals import logit_interval, normal_quantile, t_quantile, wilson_interval
from mlstrat.core.metrics import choose_metric

TEAM, VOTER = "team (majority)", "one voter"
"""What everyone together, and one of those of whom only votes are known, is called."""


@dataclass(frozen=True)
class Agreement:
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
