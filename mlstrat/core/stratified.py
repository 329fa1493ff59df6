"""Estimates from rows that were drawn by stratum and read: shares of a set and of its population.

A set of N rows was cut into strata of known sizes Nₕ; in each, nₕ rows were drawn at random
without replacement and read, and kₕ of them were hits. The estimate of the share is Σ Nₕkₕ/nₕ / N.
Strata whose rows read stand for about as many rows each (Nₕ/nₕ within a factor of `ALIKE`) are
taken together; the interval (l, u) of the share in such a class is Wilson's at the number of
independent trials that would have the same variance:

    V = Σ Nₕ² qₕ(1 − qₕ)/nₕ · (Nₕ − nₕ)/(Nₕ − 1) / (Σ Nₕ)²,    trials = q(1 − q)/V

with qₕ = (kₕ + ½)/(nₕ + 1), Jeffreys' mean, so that no hit seen in a stratum is not no variance,
and q their weighted mean. (Nₕ − nₕ)/(Nₕ − 1) is the correction for a finite set: where all rows
were read the share of the set is exact. The classes, each with its share w of the set, are put
together by variance estimates recovery (Zou and Donner 2008; for strata: Newcombe 1998), which
keeps the skewness that a few hits among correct rows have:

    low = p − √Σ w²(p_c − l_c)²,    high = p + √Σ w²(u_c − p_c)²

For the population that the set came from, the set itself is one more part, with Wilson's interval
of p among N rows (double sampling: Neyman 1938; Cochran 1977, 12.2).
Simulated in `tests/core/test_stratified.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import normal_quantile, wilson_interval
from mlstrat.core.record import Record

NOBODY_READ = "nobody read a row of it"

ALIKE = 3.0
"""Strata whose rows read stand for as many rows, up to this factor, share one interval. Ours: of
1, 1.5, 2 and 3 the one that covers best, few hits in many strata included."""


class Stratum(Record):
    """Rows that were drawn alike."""

    name: str
    size: float
    """Nₕ, rows of the set in it; may be a sum of weights."""
    reviewed: int
    """nₕ, rows of it that were read."""
    hits: int
    """kₕ, rows among those that have what is estimated."""
    dropped: int = 0
    """dₕ, rows among those that turned out to be out of the set; no hit is one."""

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.reviewed - self.dropped:
            raise ValueError(f"{self.hits} hits among {self.reviewed} rows read: {self.name}")

    @property
    def rows(self) -> float:
        """Nₕ, and never less than were read: weights add up with rounding."""
        return max(self.size, float(self.reviewed))

    @property
    def total(self) -> float:
        """Nₕkₕ/nₕ, the estimated number of hits in the stratum; 0 where none was read."""
        return self.rows * self.hits / self.reviewed if self.reviewed else 0.0

    @property
    def kept(self) -> float:
        """Nₕ(nₕ − dₕ)/nₕ, the estimated rows that stay in the set."""
        return self.rows * (1 - self.dropped / self.reviewed) if self.reviewed else 0.0


class Design(Record):
    """How the rows of a sheet were drawn, and which of them were read.

    The size of a stratum is the sum of the weights of its rows, read or not, so a sheet that was
    left half way needs no other weights. A stratum of which nobody read a row is taken to be like
    the others: these grow to cover it, in proportion, and `unread` says by how many rows. So a
    design holds rows of one kind (errors, or correct rows), never both.
    """

    names: tuple[str, ...]
    sizes: Floats
    reviewed: NDArray[np.int64]
    """As ``names`` and ``sizes`` by stratum, in the order of first appearance."""
    place: NDArray[np.int64]
    """The stratum of each row."""
    read: NDArray[np.bool_]

    @classmethod
    def of_rows(
        cls, names: Sequence[str], weights: Iterable[float], read: Iterable[bool]
    ) -> Design:
        """Return the design of the rows of a sheet."""
        order = {name: i for i, name in enumerate(dict.fromkeys(names))}
        place = np.array([order[name] for name in names], np.int64)
        filled = np.array(list(read), bool)
        count = len(order)
        sizes: Floats = np.bincount(place, np.array(list(weights), float), count).astype(float)
        return cls(tuple(order), sizes, np.bincount(place[filled], minlength=count), place, filled)

    @property
    def size(self) -> float:
        """Rows of the set that the design covers."""
        return float(self.sizes.sum())

    @property
    def unread(self) -> float:
        """Rows of strata of which nobody read one."""
        return float(self.sizes[self.reviewed == 0].sum())

    @property
    def row_weights(self) -> Floats:
        """Rows of the set that each row stands for; 0 where nobody read it."""
        read = self.reviewed
        each = np.divide(self.sizes, read, out=np.zeros_like(self.sizes), where=read > 0)
        return np.where(self.read, each[self.place], 0.0)

    def resized(self, size: float) -> Design:
        """Return the design scaled to a known number of rows, as where a run tells it."""
        if self.size <= 0:
            return self
        return Design(
            self.names, self.sizes * (size / self.size), self.reviewed, self.place, self.read
        )

    def strata(
        self, hits: Iterable[bool], dropped: Iterable[bool] | None = None
    ) -> tuple[Stratum, ...]:
        """Return the strata that were read, with the hits among the rows that were read."""
        out = np.zeros(len(self.read), bool) if dropped is None else np.array(list(dropped), bool)
        out &= self.read
        found = np.array(list(hits), bool) & self.read & ~out
        counted = np.bincount(self.place[found], minlength=len(self.names))
        left = np.bincount(self.place[out], minlength=len(self.names))
        known = self.size - self.unread
        growth = self.size / known if known > 0 else 1.0
        return tuple(
            Stratum(name, float(size * growth), int(n), int(k), int(d))
            for name, size, n, k, d in zip(
                self.names, self.sizes, self.reviewed, counted, left, strict=True
            )
            if n
        )


def share_of_set(strata: Sequence[Stratum], confidence: float = 0.95) -> Figure:
    """Return the share of hits in the set that the strata make up: exact where all was read.

    Formula: Σ Nₕkₕ/nₕ / Σ Nₕ; the interval as the module says, and never beyond what was seen.

    Source: Wilson (1927), JASA 22; Cochran (1977), Sampling Techniques, 5.3.
    """
    whole = sum(stratum.kept for stratum in strata)
    if not strata or whole <= 0:
        return Figure(None, None, 0, NOBODY_READ)
    read = sum(stratum.reviewed for stratum in strata)
    value, (low, high) = _estimate(strata, whole, 0.0, confidence)
    seen = sum(stratum.hits for stratum in strata) / whole
    unseen = sum(stratum.reviewed - stratum.hits for stratum in strata) / whole
    return Figure(value, (min(value, max(low, seen)), max(value, min(high, 1 - unseen))), read)


def share_of_population(
    strata: Sequence[Stratum], rows: float, confidence: float = 0.95, trials: float | None = None
) -> Figure:
    """Return the share of hits in the population of which the set is a random sample.

    Formula: Σ Nₕkₕ/nₕ / N; the interval as the module says, with the variance of the set.

    Strata are parts of the set, each with a row read; its other rows hold no hits. `rows` is N;
    `trials` the independent rows that tell as much, fewer where rows come in groups.

    Source: Cochran (1977), Sampling Techniques, 12.2: double sampling for stratification.
    """
    if rows <= 0:
        return Figure(None, None, 0, NOBODY_READ)
    kept = rows - sum(stratum.rows - stratum.kept for stratum in strata)
    if kept <= 0:
        return Figure(None, None, round(rows), "no row is left")
    of_rows = (trials or rows) * kept / rows
    value, ci = _estimate(strata, kept, 1 / of_rows, confidence)
    return Figure(value, ci, round(kept))


def _estimate(
    strata: Sequence[Stratum], whole: float, first_phase: float, confidence: float
) -> tuple[float, tuple[float, float]]:
    """Return Σ Nₕkₕ/nₕ / whole and its interval; `first_phase` is 1/N, 0 for the set alone."""
    quantile = normal_quantile(confidence)
    value = min(1.0, sum(stratum.total for stratum in strata) / whole)
    below = above = 0.0
    for alike in _classes(strata):
        rows = sum(stratum.kept for stratum in alike)
        if rows <= 0:
            continue
        share = sum(stratum.total for stratum in alike) / rows
        low, high = _interval(alike, rows, share, value, quantile)
        below += (rows / whole * (share - low)) ** 2
        above += (rows / whole * (high - share)) ** 2
    if first_phase:
        low, high = wilson_interval(value, 1 / first_phase, quantile)
        below += (value - low) ** 2
        above += (high - value) ** 2
    return value, (max(0.0, value - math.sqrt(below)), min(1.0, value + math.sqrt(above)))


def _classes(strata: Sequence[Stratum]) -> list[list[Stratum]]:
    """Return the strata by how many rows each row read stands for, about the same together."""
    classes: list[list[Stratum]] = []
    smallest = 0.0
    for stratum in sorted(strata, key=lambda x: (x.rows / x.reviewed, x.name)):
        stands_for = stratum.rows / stratum.reviewed
        if not classes or stands_for > ALIKE * smallest:
            classes.append([])
            smallest = stands_for
        classes[-1].append(stratum)
    return classes


def _interval(
    strata: Sequence[Stratum], rows: float, share: float, value: float, quantile: float
) -> tuple[float, float]:
    """Return Wilson's interval of a class of strata at its effective number of trials.

    With rows dropped the share is a ratio: what varies is hit − value among the rows kept, and
    how many these are (Cochran 1977, 5A.14: a domain within strata).
    """
    centre = spread = 0.0
    for stratum in strata:
        size, read = stratum.rows, stratum.reviewed
        left = stratum.dropped / read
        kept = read - stratum.dropped
        q = (stratum.hits + 0.5) / (kept + 1)
        finite = (size - read) / (size - 1) if size > 1 else 0.0
        centre += stratum.kept * q / rows
        varies = (1 - left) * (q * (1 - q) + left * (q - value) ** 2)
        spread += (size / rows) ** 2 * varies / read * min(1.0, finite)
    if spread <= 0:
        return share, share
    return wilson_interval(share, centre * (1 - centre) / spread, quantile)
