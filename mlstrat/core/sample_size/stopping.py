"""When reading may stop: how many of a finite set have a mark, said after any number of draws.

A person looks at the figures after every example, so an interval for a fixed number is too short:
stop the first time that it looks good, and it lies. A confidence sequence holds at all times at
once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np

from mlstrat.core.counts import Floats
from mlstrat.core.record import Record

State = Literal["worth", "not worth", "open"]
Drawn = tuple[tuple[int, int, int], ...]
"""Of each stratum how many rows it has, how many of them were drawn, and how many have the mark."""

EVERY = 200
"""Draws up to which the sequence is looked at after each; beyond, at ever rarer ones (ours). Which
ones does not depend on the data, so that the sequence holds."""

RARER = 1.05

UNLIKELY = 0.1
"""Chance below which a tag is unlikely to be settled by reading the whole sheet (ours)."""


@lru_cache(maxsize=8)
def _log_factorials(n: int) -> Floats:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])


@lru_cache(maxsize=100_000)
def ends(size: int, drawn: int, hits: int, alpha: float) -> tuple[int, int]:
    """Return how few and how many of a set can have a mark, as of one time of the sequence.

    Formula: the numbers K whose prior is less than 1/α times their posterior, with a uniform prior
    on 0 … N: C(K, k) C(N − K, n − k) / C(N + 1, n + 1) > α / (N + 1).

    Of a set of N, n were drawn without replacement, of which k have the mark; α is the chance that
    the sequence ever leaves the truth out.

    Source: Waudby-Smith and Ramdas (2020), Confidence sequences for sampling without replacement,
    NeurIPS 33.
    """
    kept = np.flatnonzero(_gained(size, drawn, hits) > math.log(alpha))
    return hits + int(kept[0]), hits + int(kept[-1])


def _gained(size: int, drawn: int, hits: int) -> Floats:
    """Return the log of posterior by prior of each number, from the hits on."""
    f = _log_factorials(size + 1)
    k = np.arange(hits, size - drawn + hits + 1)
    ways = f[k] - f[hits] - f[k - hits]
    ways += f[size - k] - f[drawn - hits] - f[size - k - drawn + hits]
    out: Floats = ways - (f[size + 1] - f[drawn + 1] - f[size - drawn]) + math.log(size + 1)
    return out


class Strata(Record):
    """A set that is drawn from stratum by stratum.

    ``sizes`` are Nₕ, ``places`` the stratum of each draw, in the order in which they are made.
    """

    sizes: tuple[int, ...]
    places: tuple[int, ...]

    def drawn(self, marks: Sequence[bool], at: Sequence[int]) -> list[Drawn]:
        """Return Nₕ, nₕ and kₕ of each stratum after each of these numbers of draws."""
        here = np.arange(len(self.sizes))[:, None] == np.asarray(self.places[: len(marks)], int)
        n, k = (np.cumsum(x, axis=1) for x in (here, here & np.asarray(marks, bool)))
        return [
            tuple(zip(self.sizes, n[:, x - 1].tolist(), k[:, x - 1].tolist(), strict=True))
            if x else tuple((size, 0, 0) for size in self.sizes)
            for x in at
        ]  # fmt: skip

    def ends(self, marks: Sequence[bool], alpha: float) -> tuple[int, int]:
        """Return how few and how many of the set can have the mark, as `ends` does of one."""
        return ends_of_strata(self.drawn(marks, [len(marks)])[0], alpha)


@lru_cache(maxsize=20_000)
def ends_of_strata(drawn: Drawn, alpha: float) -> tuple[int, int]:
    """Return how few and how many of a set can have a mark that was drawn from by strata.

    Formula: the sums ΣKₕ whose likeliest parts have Π prior / posterior < 1/α, each with a uniform
    prior on 0 … Nₕ. The log of the posterior is concave in Kₕ, so that the likeliest parts of each
    sum come of adding one at a time where it costs the least.

    By stratum Nₕ, nₕ and kₕ; α is the chance that the sequence ever leaves the truth out.

    Source: As `ends`, of which the product over strata that are drawn from independently holds as
    well.
    """
    if len(drawn) == 1:
        return ends(*drawn[0], alpha)
    parts = [_gained(*one) for one in drawn]
    steps = np.sort(np.concatenate([np.diff(part) for part in parts]), kind="stable")[::-1]
    gained = sum(part[0] for part in parts) + np.concatenate([[0.0], np.cumsum(steps)])
    kept = np.flatnonzero(gained > math.log(alpha))
    hits = sum(k for _, _, k in drawn)
    return hits + int(kept[0]), hits + int(kept[-1])


def times(drawn: int) -> list[int]:
    """Return at which numbers of draws the sequence is looked at, the last of them now."""
    out = list(range(1, min(drawn, EVERY) + 1))
    while out and (more := math.ceil(out[-1] * RARER)) < drawn:
        out.append(more)
    return out if not out or out[-1] == drawn else [*out, drawn]


def sequence(size: int | Strata, marks: Sequence[bool], alpha: float) -> tuple[int, int]:
    """Return how few and how many of a set can have a mark, from all times of the sequence.

    Of a set of so many, or of its strata; the marks are in the order in which they were drawn.
    """
    strata = size if isinstance(size, Strata) else Strata((size,), (0,) * len(marks))
    low, high = 0, sum(strata.sizes)
    for drawn in strata.drawn(marks, times(len(marks))):
        here = ends_of_strata(drawn, alpha)
        if here[0] > high or here[1] < low:  # the truth was left out before: begin again
            low, high = here
        low, high = max(low, here[0]), min(high, here[1])
    return low, high


def level(confidence: float, tags: int) -> float:
    """Return the chance of error of each statement: of every tag, and of a kind not seen yet."""
    return (1 - confidence) / (tags + 1)


def state(bounds: tuple[int, int], least: float) -> State:
    """Return whether a tag is worth the work, cannot become so, or is open.

    ``least`` is the smallest number that is worth it.
    """
    if bounds[0] >= least:
        return "worth"
    return "not worth" if bounds[1] < least else "open"


def chance_to_settle(
    size: int, sheet: int, drawn: int, hits: int, least: float, alpha: float
) -> float:
    """Return how likely reading the whole sheet settles a tag (posterior predictive)."""
    if sheet >= size:
        return 1.0
    left = sheet - drawn
    more = np.arange(left + 1)
    f = _log_factorials(sheet + 2)
    a, b = hits + more, drawn - hits + left - more
    logs = f[a] + f[b] - f[sheet + 1] - (f[hits] + f[drawn - hits] - f[drawn + 1])
    weights = np.exp(logs + f[left] - f[more] - f[left - more])
    settled = [
        w for w, k in zip(weights, a, strict=True)
        if w > 1e-6 and state(ends(size, sheet, int(k), alpha), least) != "open"
    ]  # fmt: skip
    return float(min(1.0, sum(settled)))


READINGS = 100
"""Completions of a sheet of strata that are drawn to see whether they settle a tag (ours)."""


def chance_of_strata(strata: Strata, marks: Sequence[bool], least: float, alpha: float) -> float:
    """Return how likely reading the whole sheet settles a tag, from completions that are drawn."""
    rng = np.random.default_rng(0)
    sheet = np.bincount(strata.places, minlength=len(strata.sizes))
    sizes, n, k = np.array(strata.drawn(marks, [len(marks)])[0]).T
    p = rng.beta(k + 1, n - k + 1, (READINGS, len(k)))
    totals = k + rng.binomial(sheet - n, p)
    settled = [
        state(ends_of_strata(tuple(zip(sizes.tolist(), sheet.tolist(), x, strict=True)), alpha),
              least) != "open" for x in totals.tolist()
    ]  # fmt: skip
    return sum(settled) / READINGS
