# Over 300 lines: the catalogue of decisions stands beside the tools that make them.
"""What the data support: the one place where a sentence of choice or rank is decided.

A reader acts on the first line, so each kind of such a sentence is a statistical claim with an
error rate: a `Decision` says which, and how it is kept. A rule or a first line that chooses, ranks
or says that something is enough names its decision, and a test walks all of them.

The tools are few: Holm's adjustment for how many were looked at, a contrast of several levels by
square-and-add, exact bounds for extreme confidences, an interval for the largest of many. What
would settle an open question is `mlstrat.core.sample_size.to_settle`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, cast

from mlstrat.core.intervals import (
    Interval,
    normal_quantile,
    proportion_interval,
    t_quantile,
    wilson_interval,
)

if TYPE_CHECKING:
    from mlstrat.core.figures import Estimate


@dataclass(frozen=True)
class Decision:
    """One kind of sentence: how it is decided, and how often it may be wrong.

    Attributes
    ----------
    name
        Short, as in ``focus``.
    claim
        The sentence, or its pattern.
    method
        How it is decided.
    promise
        How often it may be wrong, and where.
    source
        Where the method comes from.
    """

    name: str
    claim: str
    method: str
    promise: str
    source: str


FOCUS = Decision(
    "focus", "Work on variance (5.7 points).",
    "The leading gap, and a second of more than 0.6 of it, where each is above 0 after Holm's "
    "adjustment over the ladder and no other gap may be larger by more than the tolerance "
    "(interval of the difference of the two gaps, square-and-add over all levels involved).",
    "With every gap truly 0, focus or contested in at most 5% of runs at any size; a first line "
    "that leaves out every gap within the tolerance of the largest in at most 2.5%.",
    "Holm (1979); Newcombe (1998b); Zou and Donner (2008); Gupta (1965)",
)  # fmt: skip

CONTESTED = Decision(
    "contested", "Work on data mismatch (5.7 points); overfitting to dev, 1.3 here, may be larger.",
    "As focus, but up to three gaps may be the largest: each of them is named.",
    FOCUS.promise, FOCUS.source,
)  # fmt: skip

SMALL = Decision(
    "small", "Every gap is small: none is above 1.0 points.",
    "There are unseen rows, and the one-sided upper bound of every gap is at most the tolerance.",
    "Said with a true gap above the tolerance in at most 5% of runs.",
    "Schuirmann (1987)",
)  # fmt: skip

UNDETERMINED = Decision(
    "undetermined", "No gap stands clear of the noise; none is above 2.3 points.",
    "Bounds on all gaps at once, at the confidence divided by how many there are.",
    "A gap above the bound that is named in at most 5% of runs.",
    "Bonferroni's inequality",
)  # fmt: skip

SURPASSED = Decision(
    "surpassed", "The model is better than people on examples that it has not seen.",
    "The interval of the error on unseen rows of the people's distribution minus the human level "
    "lies wholly below 0.",
    "Said of a model at human level in at most 2.5% of runs.",
    "Newcombe (1998b)",
)  # fmt: skip

SETTLE = Decision(
    "to settle", "About 1,400 more examples would settle it if the gap is what it looks like.",
    "The smallest number of new rows with which the same decision says resolved, or rules out the "
    "tolerance, in all but an adverse fifth of the ways in which they may fall.",
    "If the truth is what was observed, so many settle it in 75 to 97% of cases.",
    "Schuirmann (1987); Hoenig and Heisey (2001)",
)  # fmt: skip

FALLING = Decision(
    "a falling error", "Test is easier than dev.",
    "The gap is below 0 after Holm's adjustment over the ladder.",
    "Said of equal levels in at most 2.5% of runs.", "Holm (1979)",
)  # fmt: skip

BEST_PERSON = Decision(
    "best person", "The best of 5 people errs on about 4.1%.",
    "Where people differ by more than chance: chosen on two thirds of the rows and measured on the "
    "third, in turns. Else the level of all of them.",
    "Within 0.5 points of the truth for equal people who gave 100 answers each.",
    "Stone (1974), cross-validation",
)  # fmt: skip

LARGEST = Decision(
    "largest of several", "The largest tag is blurry.",
    "Said where the interval of its difference from each other tag, on the same errors, lies above "
    "0. Its own interval has its lower end at one Kth of the error, for the K that were looked at.",
    "Said of equal tags in at most 5% of tables. The interval of the largest of ten equal tags "
    "covers at least 90% from 30 errors read, 93% from 100.",
    "Bonferroni's inequality; Hsu (1984)",
)  # fmt: skip

CONSTRAINTS = Decision(
    "constraints", "Model B meets every constraint.",
    "Yes where every constraint holds at the error divided by the k candidates, no where one is "
    "broken at the error divided by k and the m constraints; Clopper-Pearson for counts.",
    "A candidate just beyond its bound passes in at most 5% of choices, whatever the number "
    "of candidates.",
    "Clopper and Pearson (1934); Berger (1982)",
)  # fmt: skip

TIED = Decision(
    "the best candidate", "B is the best; C cannot be told from it.",
    "Comparison with the best: every candidate whose difference from the leader may be 0 is tied "
    "with it; the leader's figure is shrunk for having been picked.",
    "The truly best is left out in at most 2.5% of choices.",
    "Hsu (1984); Efron and Morris (1973)",
)  # fmt: skip

DIFFERENCE = Decision(
    "two models", "B is better than A.",
    "Exact McNemar of accuracy and error, else the interval of the difference; Holm over slices. "
    "Within the tolerance where the whole interval is.",
    "Said of equal models in at most 5% of comparisons; within the tolerance, of models that are "
    "apart by it, in at most 2.5%.",
    "McNemar (1947); Newcombe (1998c); Schuirmann (1987)",
)  # fmt: skip

GATE = Decision(
    "gate", "The gate failed.",
    "A check fails where its whole interval is beyond the bound, passes where it is within, at "
    "Holm's confidence over all checks; Clopper-Pearson above 99%.",
    "A gate whose checks are all exactly at their bound fails in at most 2.5% of runs.",
    "Holm (1979); Shaffer (1980); Brown, Cai and DasGupta (2001)",
)  # fmt: skip

SLICES = Decision(
    "slices", "Errors concentrate in night pictures.",
    "Found in one half of the rows and tested on the other, Holm over what was found; people "
    "against the model likewise, by exact McNemar. What would settle a slice is said of the first "
    "of the searched half alone, where the other half leans to it.",
    "A slice is confirmed in at most 5% of runs in which no slice differs; so are people called "
    "better, or a number of examples named that would settle it.",
    "Cox (1975); Holm (1979)",
)  # fmt: skip

REACHED = Decision(
    "reached", "The target is reached with 20,000 examples.",
    "The interval of the error, or of the fitted curve, lies wholly on one side of the target.",
    "Said wrongly in at most 5% of runs.",
    "Newcombe (1998a)",
)  # fmt: skip

DETECTABLE = Decision(
    "what a dev set can tell", "A full fix shows on this dev set from 6 errors on.",
    "Exact McNemar of the errors that are fixed against none that are broken, on the same rows; "
    "where a part of the errors was read, of as many as there surely are, for all tags together. "
    "With some broken, McNemar's size at a power of 80%, for two models that disagree on 5%.",
    "A fix of so many errors shows at 5%; of fewer it does not. An improvement of the size that is "
    "named is found by 79 to 86% of models that disagree as assumed.",
    "McNemar (1947); Connor (1987)",
)  # fmt: skip

WORTH = Decision(
    "worth fixing", "The labels are worth correcting.",
    "The interval of the share of errors that are wrong labels against a threshold; with two "
    "models, of their part of the error against the difference of the two.",
    "Said wrongly in at most 5% of sheets.",
    "Newcombe (1998a)",
)  # fmt: skip

MOVED = Decision(
    "moved", "Variance fell by 4.1 points.",
    "The interval of the change of the gap, paired where both runs have the ids, Holm over the "
    "gaps.",
    "Said of an unchanged gap in at most 5% of pairs of runs.",
    "Newcombe (1998c); Holm (1979)",
)  # fmt: skip

KNOB = Decision(
    "knob", "Dropout lowered the error on dev.",
    "Holm over all comparisons of a study; intervals over seeds and examples.",
    "A change is said of a study without one in at most 5% of studies.",
    "Holm (1979); Satterthwaite (1946)",
)  # fmt: skip

ABOVE_FLOOR = Decision(
    "the floor", "No better than always answering 'no'.",
    "Said unless the interval of the model's error minus that of the constant answer, on the same "
    "rows, lies wholly below 0.",
    "A model that errs as often as the constant answer passes for better in at most 2.5% of runs.",
    "Newcombe (1998c)",
)  # fmt: skip

DECISIONS = (
    FOCUS, CONTESTED, SMALL, UNDETERMINED, SURPASSED, SETTLE, FALLING, BEST_PERSON, LARGEST,
    CONSTRAINTS, TIED, DIFFERENCE, GATE, SLICES, REACHED, DETECTABLE, WORTH, MOVED, KNOB,
    ABOVE_FLOOR,
)  # fmt: skip
"""Every kind of sentence that chooses, ranks or says that something is enough."""


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number, by Holm's method.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
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

    Parameters
    ----------
    interval_at
        The interval at a confidence, wider with it.
    null
        The value that is tested.

    Examples
    --------
    >>> from mlstrat.core.intervals import normal_quantile
    >>> round(p_value(lambda c: (2 - normal_quantile(c), 2 + normal_quantile(c))), 4)
    0.0455
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

    Parameters
    ----------
    terms
        Weight, value and interval of each; a fixed value has itself at both ends.
    correlation
        φ of two terms by their places; 0 for independent ones.

    References
    ----------
    Zou and Donner (2008), Statistics in Medicine 27, 1693-1702; Newcombe (1998), 17, 873-890.

    Examples
    --------
    >>> low, high = contrast([(1, 56/70, (0.6918, 0.8767)), (-1, 48/80, (0.4904, 0.7003))])
    >>> round(low, 2), round(high, 2)
    (0.05, 0.33)
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


def one_sided(confidence: float, family: int = 1) -> float:
    """Return the two-sided confidence whose one end holds at `confidence` for a whole family.

    Examples
    --------
    >>> round(one_sided(0.95), 9), round(one_sided(0.95, 10), 9)
    (0.9, 0.99)
    """
    return 1 - 2 * (1 - confidence) / family


def interval_of_largest(
    interval_at: Callable[[float], Interval], family: int, confidence: float
) -> Interval:
    """Return the interval of the largest of `family` figures, which was picked for being it.

    The largest looks larger than it is: its lower end is taken at 1 − α / K, its upper end at
    1 − α as of one figure.

    References
    ----------
    Bonferroni's inequality; simulated: covers 91 to 96% for ten equal tags and 30 to 300 errors.

    Examples
    --------
    >>> from mlstrat.core.intervals import normal_quantile, wilson_interval
    >>> def read(c):
    ...     return wilson_interval(0.2, 100, normal_quantile(c))
    >>> [round(x, 3) for x in interval_of_largest(read, 10, 0.95)]
    [0.112, 0.289]
    """
    return interval_at(1 - (1 - confidence) / family)[0], interval_at(confidence)[1]


def interval_at(
    estimate: Estimate, confidence: float, of_ci: float, *, exact: bool = False
) -> Interval:
    """Return the interval of an estimate at another confidence than that of its `ci`.

    A proportion is asked anew: Wilson's, as Newcombe's differences are made of. For all else each
    end moves with the quantile. A figure without an interval is taken as exact.

    Parameters
    ----------
    estimate
        With a value.
    confidence
        The confidence that is wanted.
    of_ci
        The confidence at which its own interval was made.
    exact
        A proportion beyond 99% is Clopper and Pearson's (`proportion_interval`).
    """
    value = cast("float", estimate.value)
    if estimate.ci is None:
        return value, value

    if estimate.trials is not None:
        return proportion_at(value, estimate.trials, estimate.degrees, confidence, exact=exact)
    wider = _quantile(confidence, estimate.degrees) / _quantile(of_ci, estimate.degrees)
    low, high = estimate.ci
    return value - wider * (value - low), value + wider * (high - value)


def proportion_at(
    value: float, trials: float, degrees: float | None, confidence: float, *, exact: bool
) -> Interval:
    """Return Wilson's interval of a proportion, beyond 99% the exact one where asked for."""
    if exact:
        return proportion_interval(value, trials, confidence, degrees)
    return wilson_interval(value, trials, _quantile(confidence, degrees))


def _quantile(confidence: float, degrees: float | None) -> float:
    return t_quantile(confidence, degrees) if degrees else normal_quantile(confidence)
