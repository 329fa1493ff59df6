# Over 300 lines: the choice of a threshold, and what it adds to a variance, stand together.
"""The threshold that a rule chooses of scores: by F1, by a constraint, by costs; cross-fitted.

An example is called positive where its score is at least the threshold. Candidates are the scores
themselves, and where nobody may be called a number just above the largest of them. Halves of dev
tell what choosing two thresholds adds to the variance of their difference.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import ByRow, Floats, Ints
from mlstrat.core.hashing import text_hash
from mlstrat.core.record import Record
from mlstrat.core.wording import clean
from mlstrat.errors import UsageError

FOLDS = 5
PARTS = 4 * FOLDS
"""Twentieths of dev, four a fold: what halves of it are made of."""
FOLD_PREFIX = "fold/"
"""What stands before an id whose hash says its fold."""

ACCEPTED = 'f1, "recall >= 0.9", "precision >= 0.9", "far <= 0.01", cost, or "cost label=spam:10"'
_CONSTRAINT = re.compile(r"(recall|precision|far|fpr)\s*(>=|<=)\s*([0-9.eE+-]+)\s*(%?)")
_COST = re.compile(r"label=(.+):([^:]+)")
_HOLDS = 1e-9
"""By how much a constraint may be missed: what rounding leaves."""


class Wanted(Record):
    """The rule that a threshold is chosen by: ``f1``, ``cost``, or a metric with its bound.

    ``costs`` is what an error of a label costs, by its name; 1 where nothing is said.
    """

    kind: str
    bound: float = 0.0
    costs: Mapping[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The rule in words."""
        if self.kind == "f1":
            return "best F1"
        if self.kind == "far":
            return f"smallest with FAR <= {self.bound:g}"
        if self.kind == "cost":
            said = ", ".join(f"{clean(label, 30)}: {cost:g}" for label, cost in self.costs.items())
            return "lowest cost of errors" + (f" ({said})" if said else "")
        other = "precision" if self.kind == "recall" else "recall"
        return f"best {other} with {self.kind} >= {self.bound:g}"


def parse_wanted(text: str) -> Wanted:
    """Return the rule that ``--choose-threshold`` says."""
    said = " ".join(text.split())
    low = said.lower()
    if low == "f1":
        return Wanted("f1")
    if low == "cost" or low.startswith("cost "):
        return Wanted("cost", costs=_costs(text, said[4:].strip()))
    found = _CONSTRAINT.fullmatch(low)
    if found is None:
        raise _refused(text)
    name, sign, number, percent = found.groups()
    name = "far" if name == "fpr" else name
    try:
        bound = float(number) / (100 if percent else 1)
    except ValueError:
        bound = math.nan
    if (sign == "<=") != (name == "far") or not 0 <= bound <= 1:
        raise _refused(text)
    return Wanted(name, bound)


def _costs(text: str, said: str) -> dict[str, float]:
    costs: dict[str, float] = {}
    for one in filter(None, said.split()):
        found = _COST.fullmatch(one)
        try:
            cost = float(found[2]) if found else math.nan
        except ValueError:
            cost = math.nan
        if found is None or not 0 <= cost < math.inf:
            raise _refused(text)
        costs[found[1]] = cost
    return costs


def _refused(text: str) -> UsageError:
    return UsageError(f"--choose-threshold {text[:60]!r} is not a rule", accepted=ACCEPTED)


class Scored(ByRow, eq=False):
    """Examples as weights by score: M scores, of positives and of negatives, their twentieths."""

    score: Floats
    positive: Floats
    negative: Floats
    part: Ints

    @property
    def fold(self) -> Ints:
        """The fifth of each."""
        return self.part % FOLDS

    @property
    def both(self) -> bool:
        """Whether there are positives and negatives."""
        return bool(self.positive.sum() > 0 and self.negative.sum() > 0)

    def outcomes(self, threshold: float | Floats) -> tuple[float, float, float, float]:
        """Return the weights of TP, FP, FN, TN at a threshold, or at one of each score."""
        called = self.score >= threshold
        p, n = self.positive, self.negative
        hits, false = float(p[called].sum()), float(n[called].sum())
        return hits, false, float(p[~called].sum()), float(n[~called].sum())


def curve(scored: Scored) -> tuple[Floats, Floats, Floats]:
    """Return every threshold, rising, with the weights of true and of false positives at it."""
    scores, place = np.unique(scored.score, return_inverse=True)
    sums = (np.bincount(place, x, len(scores)) for x in (scored.positive, scored.negative))
    hits, false = (np.cumsum(x[::-1])[::-1] for x in sums)
    return scores, hits.astype(np.float64), false.astype(np.float64)


def above(score: float) -> float:
    """Return a threshold that calls nobody."""
    return math.nextafter(score, math.inf)


Threshold = float | Wanted | None
"""A threshold as it is asked for: a number, a rule to choose it by, or none."""


def choose(
    scored: Scored, wanted: Wanted, costs: tuple[float, float] = (1.0, 1.0), lost: float = 0.0
) -> float | None:
    """Return the threshold that a rule chooses; None where no score keeps its constraint.

    Formula: the highest of those with the best F1 = 2 TP / (TP + FP + P); with recall >= x that of
    the best precision, and of equals the best recall, and the other way round; the smallest with
    FAR <= x; the highest of those with the lowest cost FN · c₁ + FP · c₀. `costs` are c₁ and c₀;
    `lost` is the weight of positives without any score: boxes that no detection meets, say.

    Source: C3W1 Satisficing and optimizing metric.
    """
    scores, hits, false = curve(scored)
    positives, negatives = hits[0] + lost, false[0]
    called = hits + false
    if wanted.kind == "f1":
        return _best(scores, [2 * hits / (called + positives)])
    if wanted.kind == "cost":
        loss = costs[0] * (positives - hits) + costs[1] * false
        nobody = np.append(scores, above(float(scores[-1])))
        return _best(nobody, [-np.append(loss, costs[0] * positives)])
    if wanted.kind == "far":
        kept = false <= wanted.bound * negatives + _HOLDS
        return float(scores[np.argmax(kept)]) if kept.any() else above(float(scores[-1]))
    precision, recall = hits / called, hits / positives
    first, then = (recall, precision) if wanted.kind == "recall" else (precision, recall)
    kept = first >= wanted.bound - _HOLDS
    if not kept.any():
        return None
    return _best(scores[kept], [then[kept], first[kept]])


def _best(scores: Floats, by: Iterable[Floats]) -> float:
    """Return the highest of the scores that are best by the first figure, then by the next."""
    places = np.arange(len(scores))
    for values in by:
        here = values[places]
        places = places[here >= here.max() - 1e-12 * max(1.0, abs(float(here.max())))]
    return float(scores[places[-1]])


def cross_fitted(
    scored: Scored, wanted: Wanted, costs: tuple[float, float], whole: float
) -> tuple[float, ...]:
    """Return the threshold that each fold is read at: that of the other four.

    Where these hold one kind alone, or none that keeps the constraint, it is that of the whole.

    Source: Stone (1974), Journal of the Royal Statistical Society B 36, 111-147.
    """
    cuts = []
    for fold in range(FOLDS):
        others = scored.where(scored.fold != fold)
        found = choose(others, wanted, costs) if others.both else None
        cuts.append(whole if found is None else found)
    return tuple(cuts)


def parts_of(texts: Iterable[str]) -> Ints:
    """Return the twentieth of each cluster by its name, or of each example by its id."""
    known: dict[str, int] = {}
    return np.array(
        [known[x] if x in known else known.setdefault(x, text_hash(FOLD_PREFIX + x) % PARTS)
         for x in texts], np.int64,
    )  # fmt: skip


def parts_of_equals(score: Floats, rank: Ints) -> Ints:
    """Return the twentieth of each example without an id: by its score, equals dealt out in turn.

    So that the order of rows plays no part. `rank` counts examples of the same score and label.
    """
    x = np.ascontiguousarray(score + 0.0, np.float64).view(np.uint64)  # -0.0 is 0.0
    x = (x ^ (x >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    x = x ^ (x >> np.uint64(33))
    return ((x % np.uint64(PARTS)).astype(np.int64) + rank) % PARTS


def no_dev() -> UsageError:
    """Return the error for a run without a split to choose on."""
    return UsageError(
        "a threshold is chosen on dev alone, and there is no dev split",
        accepted="a dev split", hint="or fix it: --threshold X",
    )  # fmt: skip


def out_of_reach(scored: Scored, wanted: Wanted, lost: float = 0.0) -> UsageError:
    """Return the error for a constraint that no score of dev keeps."""
    _, hits, false = curve(scored)
    rate = hits / (hits[0] + lost) if wanted.kind == "recall" else hits / (hits + false)
    return UsageError(
        f"no threshold has {wanted.kind} >= {wanted.bound:g} on dev: the best is "
        f"{float(rate.max()):.3g}",
        accepted="a bound that can be kept",
    )


Flags = NDArray[np.bool_]

MOVED, WHOLE = 1.5, 1.2
"""By what the two variances over halves are multiplied. Found by simulation of equal models, in
which once is too little: where the optimum is flat, thresholds move by jumps."""

PRIME = PARTS - 1


@cache
def halves() -> tuple[Flags, ...]:
    """Return which twentieths of dev are in each of 38 halves: 19, and what each leaves out.

    Any two twentieths are together in 9 of 19 halves, and apart in 10, so that all count alike: the
    rows of a Hadamard matrix of order 20 (Paley's, of the squares modulo 19).

    Source: McCarthy (1969), Pseudo-replication: half samples; Review of the International
    Statistical Institute 37, 239-264.
    """
    squares = {x * x % PRIME for x in range(1, PRIME)}
    skew = [[0 if i == j else 1 if (i - j) % PRIME in squares else -1 for j in range(PRIME)]
            for i in range(PRIME)]  # fmt: skip
    matrix = np.ones((PARTS, PARTS), int)
    matrix[1:, 0], matrix[1:, 1:] = -1, np.array(skew) + np.eye(PRIME, dtype=int)
    inside = (matrix * matrix[0])[1:] > 0
    return (*inside, *~inside)


def half_thresholds(
    scored: Scored, wanted: Wanted, costs: tuple[float, float], whole: float
) -> tuple[float, ...]:
    """Return the threshold that each half of dev chooses; that of the whole where it cannot."""
    order = np.argsort(scored.score, kind="stable")  # once: each half is then nearly sorted
    ranked, found = scored.where(order), []
    for inside in halves():
        half = ranked.where(inside[ranked.part])
        chosen = choose(half, wanted, costs) if half.both else None
        found.append(whole if chosen is None else chosen)
    return tuple(found)


class Apart(NamedTuple):
    """What choosing two thresholds makes of the variance of a difference.

    It is that at given thresholds and `extra`, and not below `least`.
    """

    extra: float = 0.0
    least: float = 0.0

    def of(self, own: float) -> float:
        """Return the variance, by that at given thresholds."""
        return max(own + self.extra, self.least)


class HalfFigures(Record):
    """What is known of one run by the thresholds that halves of its dev choose.

    ``crossed`` is the figure of dev, each fifth read at the threshold of the others; ``moved`` are
    H figures of dev, each at the threshold that a half chooses, ``own`` those of these halves, each
    at its own.
    """

    crossed: float | None
    moved: Sequence[float | None]
    own: Sequence[float | None]


def choosing_both(a: HalfFigures, b: HalfFigures) -> Apart:
    """Return what choosing two thresholds on one dev adds; nothing where a figure is undefined.

    Formula: 1.5 V(moved) + (mean of moved − crossed)² are added, V being the variance of the
    differences over halves; and all is at least 1.2 V(own) + the same square. V(moved) is of
    thresholds alone. V(own) is of rows and thresholds together, as rows that ask for another
    threshold are counted at it, too. The square is luck in which rows were in which fifth: what
    cross-fitting tells and no half confirms.
    """

    def change(x: Sequence[float | None], y: Sequence[float | None]) -> list[float] | None:
        both = [v - u for u, v in zip(x, y, strict=True) if u is not None and v is not None]
        return both if len(both) == len(x) else None

    moved, own = change(a.moved, b.moved), change(a.own, b.own)
    crossed = change([a.crossed], [b.crossed])
    if moved is None or own is None or crossed is None:
        return Apart()
    luck = (float(np.mean(moved)) - crossed[0]) ** 2
    return Apart(MOVED * float(np.var(moved)) + luck, WHOLE * float(np.var(own)) + luck)
