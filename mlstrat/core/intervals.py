# Over 300 lines: the closed forms stand together.
"""Intervals in closed form: of a proportion, a count, a difference.

Which method serves which figure, and what was simulated, stands in `tests/core/test_coverage.py`.
Beside them what every decision is made with: Holm's adjustment for how many were looked at, a
contrast of several figures by square-and-add, an interval for the largest of many.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import combinations

import numpy as np

from mlstrat.core.counts import Floats

Interval = tuple[float, float]
Intervals = tuple[Floats, Floats]
"""The lower and the upper ends of several."""


def interval_json(ci: Iterable[float] | None) -> list[float] | None:
    """Return an interval as JSON holds it."""
    return None if ci is None else list(ci)


@cache
def normal_quantile(confidence: float) -> float:
    """Return z with P(|Z| ≤ z) = confidence for a standard normal Z."""
    z = 1.0
    for _ in range(60):  # Newton on erf; the statistics module would cost the start-up 15 ms
        step = (math.erf(z / math.sqrt(2)) - confidence) / (
            math.sqrt(2 / math.pi) * math.exp(-z * z / 2)
        )
        z -= max(-1.0, min(1.0, step))
        if abs(step) < 1e-14:
            break
    return z


_NODES = (
    0.02435029266342443, 0.07299312178779904, 0.12146281929612054, 0.16964442042399283,
    0.21742364374000708, 0.2646871622087674, 0.31132287199021097, 0.3572201583376681,
    0.4022701579639916, 0.4463660172534641, 0.48940314570705296, 0.5312794640198946,
    0.571895646202634, 0.6111553551723933, 0.6489654712546573, 0.6852363130542333,
    0.7198818501716109, 0.7528199072605319, 0.7839723589433414, 0.8132653151227975,
    0.8406292962525803, 0.8659993981540928, 0.8893154459951141, 0.9105221370785028,
    0.9295691721319396, 0.9464113748584028, 0.9610087996520538, 0.973326827789911,
    0.983336253884626, 0.9910133714767443, 0.9963401167719552, 0.9993050417357722,
)  # fmt: skip
_WEIGHTS = (
    0.048690957009139814, 0.04857546744150351, 0.048344762234802996, 0.04799938859645842,
    0.04754016571483042, 0.046968182816210076, 0.04628479658131447, 0.045491627927418184,
    0.044590558163756566, 0.04358372452932355, 0.04247351512365361, 0.041262563242623576,
    0.039953741132720544, 0.03855015317861564, 0.03705512854024009, 0.0354722132568823,
    0.033805161837141794, 0.032057928354851495, 0.030234657072402554, 0.028339672614259535,
    0.02637746971505491, 0.0243527025687112, 0.02227017380838297, 0.020134823153530088,
    0.017951715775697284, 0.01572603047602503, 0.01346304789671786, 0.011168139460131028,
    0.008846759826363397, 0.006504457968978502, 0.004147033260564499, 0.00178328072169414,
)  # fmt: skip
"""Of Gauss-Legendre at 64 points, those above 0 and their weights: NumPy finds them in 20 ms."""


@cache
def _legendre() -> tuple[Floats, Floats]:
    nodes, weights = np.array(_NODES), np.array(_WEIGHTS)
    return np.concatenate([-nodes[::-1], nodes]), np.concatenate([weights[::-1], weights])


MOST_DEGREES = 1e6
"""More are as good as infinitely many."""


def two_sided_tail(t: float, degrees: float) -> float:
    """Return P(|T| > t) for Student's t.

    Formula: 1 − ∫₀^θ cos^(ν−1) / ∫₀^(π/2) cos^(ν−1) with θ = atan(t/√ν); the numerator by
    Gauss-Legendre, the denominator √π Γ(ν/2) / 2Γ((ν+1)/2).
    """
    nodes, weights = _legendre()
    degrees = min(degrees, MOST_DEGREES)
    end = math.atan(abs(t) / math.sqrt(degrees))
    angle = end * (nodes + 1) / 2
    part = float(end / 2 * (weights * np.cos(angle) ** (degrees - 1)).sum())
    log_whole = math.lgamma(degrees / 2) - math.lgamma((degrees + 1) / 2)
    whole = math.sqrt(math.pi) / 2 * math.exp(log_whole)
    return max(0.0, min(1.0, 1 - part / whole))


def p_of_chi_squared(value: float, free: int) -> float:
    """Return how often a χ² of so many degrees of freedom is as large or larger.

    Formula: (χ²/ν)^⅓ is nearly normal with mean 1 − 2/(9ν) and variance 2/(9ν).

    Source: Wilson and Hilferty (1931), PNAS 17. SciPy takes longer to import than this to be told.
    """
    shift = 2 / (9 * free)
    return math.erfc(((value / free) ** (1 / 3) - 1 + shift) / math.sqrt(2 * shift)) / 2


@lru_cache(maxsize=4096)
def t_quantile(confidence: float, degrees: float) -> float:
    """Return the two-sided quantile of Student's t, for 1 degree of freedom or more.

    Formula: from 10 degrees on the Cornish-Fisher expansion in powers of 1/ν around the normal
    quantile, to 0.01%; below by bisection of the tail. SciPy has it exactly and takes longer to
    import than a diagnosis takes.

    Source: Abramowitz and Stegun (1964), 26.7.5.
    """
    if degrees < 10:
        low, high = 0.0, 1e4
        for _ in range(80):
            middle = (low + high) / 2
            if two_sided_tail(middle, degrees) > 1 - confidence:
                low = middle
            else:
                high = middle
        return high
    z = normal_quantile(confidence)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / min(degrees, MOST_DEGREES) ** power
                   for power, term in enumerate(terms, 1))  # fmt: skip


def quantile(confidence: float, degrees: float | None) -> float:
    """Return the two-sided quantile of Student's t, of the normal distribution without degrees."""
    return t_quantile(confidence, degrees) if degrees else normal_quantile(confidence)


def wilson_interval(p: float, n: float, z: float) -> Interval:
    """Return Wilson's score interval of a proportion.

    Formula: (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n).

    p is the observed proportion, n the trials, an effective number where rows are weighted or
    grouped, and z the two-sided normal quantile, 1.96 for 95%.

    Source: Wilson (1927), JASA 22.
    """
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # At the ends the bound is exact; rounding must not push it across the value.
    low = 0.0 if p <= 0 else max(0.0, min(p, centre - half))
    high = 1.0 if p >= 1 else min(1.0, max(p, centre + half))
    return low, high


def each_wilson_interval(asked: Iterable[tuple[float, float, float]]) -> list[Interval]:
    """Return Wilson's interval of each p, n and z: of a few, where arrays would take longer."""
    return [wilson_interval(p, n, z) for p, n, z in asked]


EXACT_ABOVE = 0.99
"""The confidence above which the interval of a proportion is exact: there Wilson's tails are too
thin, a false alarm of 12 instead of 2.5% in fifty checks. Brown, Cai and DasGupta (2001)."""


MANY = 100_000
"""Of so many errors, and right ones, Wilson's tails are exact to 2% of them, and quick."""


def clopper_pearson(events: float, trials: float, confidence: float) -> Interval:
    """Return the exact interval of a proportion: each tail holds at most half of the error.

    Formula: the ½(1 − confidence) quantile of Beta(k, n − k + 1) and the ½(1 + confidence)
    quantile of Beta(k + 1, n − k).

    Source: Clopper and Pearson (1934), Biometrika 26.
    """
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    low = 0.0 if events <= 0 else float(betaincinv(events, trials - events + 1, tail))
    high = 1.0 if events >= trials else float(betaincinv(events + 1, trials - events, 1 - tail))
    return low, high


def wilson_intervals(p: Floats, n: Floats | float, z: float) -> Floats:
    """Return Wilson's intervals of several proportions, a row each; see `wilson_interval`."""
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low = np.where(p <= 0, 0.0, np.maximum(0.0, np.minimum(p, centre - half)))
    high = np.where(p >= 1, 1.0, np.minimum(1.0, np.maximum(p, centre + half)))
    return np.stack([low, high], axis=1)


def proportion_interval(
    p: float,
    trials: float,
    confidence: float,
    degrees: float | None = None,
    *,
    exact: bool = False,
) -> Interval:
    """Return the interval of a proportion: Wilson's, and beyond 99% Clopper and Pearson's.

    With groups the exact one takes n (z / t)² trials, of the quantiles of the normal distribution
    and of Student's.

    `trials` are an effective number where rows are weighted or grouped; `degrees` of freedom of its
    variance are None for rows (normal) and those of groups; `exact` makes it Clopper and Pearson's
    at any confidence.

    Source: Wilson (1927), JASA 22; Brown, Cai and DasGupta (2001), Statistical Science 16; Korn and
    Graubard (1998), Survey Methodology 24.
    """
    t = quantile(confidence, degrees)
    few = min(p, 1 - p) * trials < MANY
    if not few or (not exact and confidence <= EXACT_ABOVE):
        return wilson_interval(p, trials, t)
    trials *= (normal_quantile(confidence) / t) ** 2
    return clopper_pearson(p * trials, trials, confidence)


def proportion_intervals(
    p: Floats,
    trials: Floats | float,
    confidence: float,
    degrees: float | None = None,
    *,
    exact: bool = True,
) -> Intervals:
    """Return the intervals of several proportions; see `proportion_interval`.

    Without `exact` they are Wilson's at any confidence.
    """
    if not exact or confidence <= EXACT_ABOVE:
        low, high = wilson_intervals(p, trials, quantile(confidence, degrees)).T
        return low, high
    several = zip(p.tolist(), np.broadcast_to(trials, p.shape).tolist(), strict=True)
    low, high = np.array([proportion_interval(*x, confidence, degrees) for x in several]).T
    return low, high


def newcombe_interval(
    start: float, start_ci: Interval, end: float, end_ci: Interval, correlation: float = 0.0
) -> Interval:
    """Return the interval of the difference ``end − start`` from the two intervals.

    Formula (Newcombe's square-and-add, 1998, methods 10 of both papers): with
    d = end − start, the lower limit is
    d − √((end − l₂)² − 2φ(end − l₂)(u₁ − start) + (u₁ − start)²), the upper one mirrored.

    A fixed figure has ``(start, start)`` for its interval; φ is 0 for independent samples.
    """
    d = end - start
    down_end, up_start = end - end_ci[0], start_ci[1] - start
    up_end, down_start = end_ci[1] - end, start - start_ci[0]
    lower = down_end**2 - 2 * correlation * down_end * up_start + up_start**2
    upper = up_end**2 - 2 * correlation * up_end * down_start + down_start**2
    return d - math.sqrt(max(lower, 0.0)), d + math.sqrt(max(upper, 0.0))


def paired_correlation(both: float, only_first: float, only_second: float, neither: float) -> float:
    """Return Newcombe's φ for two proportions on the same rows, with his continuity correction.

    The four counts of a 2×2 table; 0 where a margin is empty.

    Source: Newcombe (1998), Statistics in Medicine 17, 2635–2650, method 10.
    """
    n = both + only_first + only_second + neither
    margins = (
        (both + only_first)
        * (only_second + neither)
        * (both + only_second)
        * (only_first + neither)
    )
    if margins <= 0:
        return 0.0
    cross = both * neither - only_first * only_second
    if cross > 0:
        cross = max(cross - n / 2, 0.0)
    return float(cross / math.sqrt(margins))


def paired_intervals(
    both: Floats, only_first: Floats, only_second: Floats, neither: Floats, confidence: float
) -> Intervals:
    """Return Newcombe's intervals of the second proportion minus the first, on the same rows.

    The counts of each table are those of rows with both, only the first, only the second, neither.

    Source: Newcombe (1998), Statistics in Medicine 17, 2635-2650, method 10.
    """
    n = both + only_first + only_second + neither
    first, second = (both + only_first) / n, (both + only_second) / n
    a, b = (proportion_intervals(x, n, confidence) for x in (first, second))
    counts = [x.tolist() for x in (both, only_first, only_second, neither)]
    shared = np.array([paired_correlation(*table) for table in zip(*counts, strict=True)])
    return contrast_each([(-1.0, first, a), (1.0, second, b)], {(0, 1): shared})


def logit_interval(
    value: float, error: float, quantile: float, low: float, high: float
) -> Interval:
    """Return value ± quantile · error, taken on the logit scale of [low, high] and back.

    An infinite `high` gives the log scale. A value on the edge keeps its edge: the caller
    decides whether an interval exists there.
    """
    if math.isinf(high):
        spread = quantile * error / (value - low) if value > low else 0.0
        return low + (value - low) * math.exp(-spread), low + (value - low) * math.exp(spread)
    share = (value - low) / (high - low)
    if share <= 0 or share >= 1:
        return value, value
    centre = math.log(share / (1 - share))
    spread = quantile * error / (high - low) / (share * (1 - share))
    ends = (centre - spread, centre + spread)
    back = [1 / (1 + math.exp(-x)) if x > -700 else 0.0 for x in ends]
    return low + (high - low) * back[0], low + (high - low) * back[1]


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number, by Holm's method.

    Source: Holm (1979), Scandinavian Journal of Statistics 6.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    out, largest = [1.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[i]))
        out[i] = largest
    return out


def p_value(interval_at: Callable[[float], Interval], null: float = 0.0) -> float:
    """Return the two-sided p-value of which an interval is the inversion.

    The interval at confidence 1 − p has `null` at its end: bisection, to 1e-9.
    """
    low, high = 0.0, 45.0  # −log₂ p, down to 3e-14
    for _ in range(32):
        middle = (low + high) / 2
        a, b = interval_at(1 - 2.0**-middle)
        low, high = (low, middle) if a <= null <= b else (middle, high)
    return float(2.0**-high)


Correlation = Callable[[int, int], float]


def independent(_first: int, _second: int) -> float:
    """Return the correlation of two figures that share no rows: 0."""
    return 0.0


def contrast(
    terms: Sequence[tuple[float, float, Interval]],
    correlation: Correlation = independent,
) -> Interval:
    """Return the interval of a weighted sum of figures, from their intervals.

    Formula (square-and-add): with d = Σ wᵢxᵢ and aᵢ = |wᵢ| times the distance from xᵢ to the end of
    its interval that lowers the sum, negative where wᵢ is, the lower limit is
    d − √(Σᵢ Σⱼ φᵢⱼ aᵢ aⱼ); the upper one mirrored.

    Terms are weight, value and interval, a fixed value having itself at both ends; φ is of two
    terms by their places, 0 for independent ones.

    Source: Zou and Donner (2008), Statistics in Medicine 27, 1693-1702; Newcombe (1998), 17,
    873-890.
    """
    middle = sum(w * x for w, x, _ in terms)
    half = []
    for end in (0, 1):
        away = [abs(w) * (x - ci[end if w > 0 else 1 - end]) for w, x, ci in terms]
        total = sum(a * a for a in away) + sum(
            2 * away[i] * away[j] * phi
            for i, j in ([] if correlation is independent else combinations(range(len(away)), 2))
            if away[i] and away[j] and (phi := correlation(i, j))
        )
        # An end that nobody knows is infinitely far, whatever else goes with it.
        half.append(math.sqrt(max(total, 0.0)) if all(map(math.isfinite, away)) else math.inf)
    return middle - half[0], middle + half[1]


def contrast_each(
    terms: Sequence[tuple[float, Floats, Intervals]],
    shared: Mapping[tuple[int, int], Floats | float],
) -> Intervals:
    """Return the intervals of several sums of figures at once; see `contrast`.

    Values and ends are finite; `shared` are φ of terms that are not independent.
    """
    middle = sum(w * x for w, x, _ in terms)
    half = []
    for end in (0, 1):
        away = [abs(w) * (x - ci[end if w > 0 else 1 - end]) for w, x, ci in terms]
        total = sum(a * a for a in away) + sum(
            2 * away[i] * away[j] * phi for (i, j), phi in shared.items()
        )
        half.append(np.sqrt(np.maximum(total, 0.0)))
    return middle - half[0], middle + half[1]


def contrasts(
    sums: Iterable[Mapping[str, float]],
    figures: Mapping[str, tuple[float, Interval]],
    correlation: Callable[[str, str], float] | None = None,
) -> list[Interval]:
    """Return the intervals of weighted sums of named figures; see `contrast`."""

    def one(weights: Mapping[str, float]) -> Interval:
        terms, names = [(w, *figures[name]) for name, w in weights.items()], list(weights)
        if correlation is None:
            return contrast(terms)
        return contrast(terms, lambda i, j: correlation(names[i], names[j]))

    return [one(weights) for weights in sums]


def one_sided(confidence: float, family: int = 1) -> float:
    """Return the two-sided confidence whose one end holds at `confidence` for a whole family."""
    return 1 - 2 * (1 - confidence) / family


def interval_of_largest(
    interval_at: Callable[[float], Interval], family: int, confidence: float
) -> Interval:
    """Return the interval of the largest of `family` figures, which was picked for being it.

    The largest looks larger than it is: its lower end is taken at 1 − α / K, its upper end at
    1 − α as of one figure.

    Source: Bonferroni's inequality; simulated: covers 91 to 96% for ten equal tags and 30 to 300
    errors.
    """
    return interval_at(1 - (1 - confidence) / family)[0], interval_at(confidence)[1]


EXACT_UP_TO = 1e5
"""Counts above it take the Wilson-Hilferty quantile, which is off by less than 1e-7 of it there."""


def poisson_interval(count: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return the exact interval of the mean behind each count.

    Formula (Garwood 1936): P(X ≥ k; low) = P(X ≤ k; high) = (1 − confidence) / 2, which are the
    quantiles α/2 of Gamma(k) and 1 − α/2 of Gamma(k + 1); low is 0 where k is 0.
    """
    distinct, place = np.unique(count, return_inverse=True)
    tail = (1 - confidence) / 2
    low = np.zeros_like(distinct)
    seen = distinct > 0
    if seen.any():
        low[seen] = _gamma_quantile(distinct[seen], tail, -1.0, confidence)
    high = _gamma_quantile(distinct + 1, 1 - tail, 1.0, confidence)
    place = place.reshape(-1)
    return np.asarray(low[place]), np.asarray(high[place])


def _gamma_quantile(shape: Floats, p: float, side: float, confidence: float) -> Floats:
    """Return x with P(shape, x) = p: Newton's steps, kept inside a bracket that shrinks."""
    z = side * normal_quantile(confidence)
    x = shape * np.maximum(1 - 1 / (9 * shape) + z / (3 * np.sqrt(shape)), 0.05) ** 3
    small = shape <= EXACT_UP_TO
    if not small.any():
        return np.asarray(x)
    a = shape[small]
    guess = x[small]
    # The first guess is within some percent; far above it the series would overflow.
    low, high = np.zeros_like(a), guess + 10 * np.sqrt(guess) + 60
    log_gamma = np.array([math.lgamma(v) for v in a])
    for _ in range(100):
        share, density = _regularised_gamma(a, guess, log_gamma)
        low, high = np.where(share < p, guess, low), np.where(share < p, high, guess)
        with np.errstate(divide="ignore", invalid="ignore"):
            following = guess - (share - p) / density
        inside = (following > low) & (following < high)
        following = np.where(inside, following, (low + high) / 2)
        done = bool(np.all(np.abs(following - guess) <= 1e-10 * guess))
        guess = following
        if done:
            break
    x[small] = guess
    return np.asarray(x)


def _regularised_gamma(a: Floats, x: Floats, log_gamma: Floats) -> tuple[Floats, Floats]:
    """Return P(a, x) and its derivative: x^a e^−x / Γ(a + 1) · Σ xⁿ / ((a + 1) … (a + n))."""
    log_density = (a - 1) * np.log(x) - x - log_gamma
    term = np.ones_like(a)
    total = np.ones_like(a)
    for n in range(1, 1_000_000):
        term = term * (x / (a + n))
        total = total + term
        if np.all(term <= 1e-16 * total):
            break
    density = np.exp(log_density)
    return np.minimum(density * x / a * total, 1.0), density
