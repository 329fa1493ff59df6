"""Splits that stand for what matters, and that stay as the data grow.

Dev and test come from the target source only, and are alike; train is the rest plus what is left
of the target; train-dev is drawn from exactly the mixture of train. A unit (a group, an id, or a
row known by its content) is placed by its hash alone: the smallest hashes of each stratum fill
dev, the next ones test, then train-dev. The hashes at which one split ends and the next begins
are the cut points; with them, data that come later never move what was placed.

Source: C3W2 Training and testing on different distributions; Machine Learning Yearning 36.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Ints
from mlstrat.core.hashing import ALL, Hashes
from mlstrat.core.record import Record

DRAWN = ("dev", "test", "train-dev")
"""The splits that are drawn, by rising hash; what is left is train."""

MADE = ("train", "train-dev", "dev", "test")
"""In the order in which they are shown."""

Key = Literal["group", "id", "row"]


class Stratum(Record):
    """Rows of one source and one value of the column to stratify by."""

    source: str
    value: str = ""


class Ends(Record):
    """The hashes below which dev, test and train-dev end in one stratum."""

    dev: int = 0
    test: int = 0
    train_dev: int = 0


class Cuts(Record):
    """Everything that places a row: how it is hashed, and where the splits end."""

    seed: int
    key: Key
    """What is hashed: a group, an id, or the content of the row."""
    columns: Mapping[str, str]
    """The column of ``key`` (but of ``row``), ``source`` and ``stratify``, where there are."""
    target: tuple[str, ...]
    """The sources of dev and test; empty where all rows are of one distribution."""
    strata: Mapping[Stratum, Ends] = field(default_factory=dict)
    """The ends of each stratum that was there when the cuts were made."""
    target_rest: Ends = Ends()
    other_rest: Ends = Ends()
    """As ``target_rest`` the ends for strata that come later: the shares of the whole."""

    def ends(self, stratum: Stratum) -> Ends:
        """Return the ends of a stratum, seen before or not."""
        new = self.target_rest if is_target(stratum.source, self.target) else self.other_rest
        return self.strata.get(stratum, new)


def is_target(source: str, target: Sequence[str]) -> bool:
    """Tell whether rows of a source may go into dev and test."""
    return not target or source in target


class Units(Record):
    """What is placed as a whole, by rising hash: U hashes, codes of strata and numbers of rows.

    ``torn`` is the hash of a unit that lies in two strata, or None.
    """

    hashes: Hashes
    stratum: Ints
    rows: Ints
    torn: int | None = None


def units_of(hashes: Hashes, stratum: Ints) -> Units:
    """Return the units of N rows."""
    if len(stratum) and not stratum.any():  # all of one: numbers alone sort many times as fast
        hashes = np.sort(hashes)
    else:
        order = np.argsort(hashes)
        hashes, stratum = hashes[order], stratum[order]
    same = hashes[1:] == hashes[:-1]
    torn = np.flatnonzero(same & (stratum[1:] != stratum[:-1]))
    starts = np.flatnonzero(np.concatenate([[True], ~same])) if len(hashes) else np.zeros(0, int)
    rows = np.diff(np.append(starts, len(hashes))).astype(np.int64)
    return Units(hashes[starts], stratum[starts], rows, int(hashes[torn[0]]) if len(torn) else None)


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Return whole numbers in the proportion of the weights that add up to `total`.

    Largest remainder (Hamilton's method); equal remainders go to the first.
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts = [total * w // whole for w in weights]
    remainders = [total * w % whole for w in weights]
    ranked = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for i in ranked[: total - sum(parts)]:
        parts[i] += 1
    return parts


class Sizes(Record):
    """How many rows dev, test and train-dev shall have."""

    dev: int
    test: int
    train_dev: int = 0


def make_cuts(
    units: Units, strata: Sequence[Stratum], sizes: Sizes, target: Sequence[str]
) -> tuple[Mapping[Stratum, Ends], Ends, Ends]:
    """Return the ends of each stratum, and those of later target and other strata.

    The sizes must fit into what is there: dev and test into the target, train-dev into the rest.
    """
    rows = np.bincount(units.stratum, units.rows, len(strata)).astype(np.int64).tolist()
    mine = [is_target(s.source, target) for s in strata]
    available = [n if ours else 0 for n, ours in zip(rows, mine, strict=True)]
    held_out = apportion(sizes.dev + sizes.test, available)
    dev = apportion(sizes.dev, held_out)
    by_stratum = np.argsort(units.stratum, kind="stable")
    limits = np.cumsum([0, *np.bincount(units.stratum, minlength=len(strata))])
    parts = [_Line(units, by_stratum[limits[i] : limits[i + 1]]) for i in range(len(strata))]
    for part, first, both in zip(parts, dev, held_out, strict=True):
        part.take(first)
        part.take(both - first)
    pool = [part.left for part in parts]
    for part, wanted in zip(parts, apportion(sizes.train_dev, pool), strict=True):
        part.take(wanted)
    ends = {s: Ends(*part.ends) for s, part in zip(strata, parts, strict=True)}
    return ends, *_rest(sizes, sum(available), sum(pool))


class _Line:
    """The units of one stratum in the order of their hashes, taken from the front."""

    def __init__(self, units: Units, places: NDArray[np.intp]) -> None:
        self.hashes = units.hashes[places]
        self.rows = np.concatenate([[0], np.cumsum(units.rows[places])])
        self.taken = 0
        self.ends: list[int] = []

    @property
    def left(self) -> int:
        """Number of rows not taken."""
        return int(self.rows[-1] - self.rows[self.taken])

    def take(self, wanted: int) -> None:
        """Take the whole units whose rows come nearest to those wanted, but at least one."""
        if wanted > 0 and self.left:
            goal = self.rows[self.taken] + wanted
            over = int(np.searchsorted(self.rows, goal))
            over = min(over, len(self.rows) - 1)
            under = max(over - 1, self.taken + 1)
            nearer = goal - self.rows[under] < self.rows[over] - goal
            self.taken = under if nearer else over
        if self.taken == 0:
            self.ends.append(0)
        elif self.taken == len(self.hashes):
            self.ends.append(ALL)
        else:
            self.ends.append(int(self.hashes[self.taken]))


def _rest(sizes: Sizes, target_rows: int, pool: int) -> tuple[Ends, Ends]:
    """Return the ends of strata that come later: the shares of all rows."""
    dev = ALL * sizes.dev // target_rows
    test = ALL * (sizes.dev + sizes.test) // target_rows
    share = ALL * sizes.train_dev // pool if pool else 0
    return Ends(dev, test, test + (ALL - test) * share // ALL), Ends(0, 0, share)


class Mixed(Record):
    """What shuffling all sources together would have meant: the course's option 1.

    ``dev_by_source`` are the expected rows of each source in dev, ``share_by_source`` their share.
    """

    train: int
    dev: int
    test: int
    dev_by_source: Mapping[str, int]
    share_by_source: Mapping[str, float]


def mixed_option(by_source: Mapping[str, int], sizes: Sizes) -> Mixed:
    """Return what dev and test of these sizes would hold were all sources shuffled together."""
    total = sum(by_source.values())
    dev = apportion(sizes.dev, list(by_source.values()))
    return Mixed(
        total - sizes.dev - sizes.test,
        sizes.dev,
        sizes.test,
        dict(zip(by_source, dev, strict=True)),
        {source: n / total for source, n in by_source.items()},
    )


def placed(
    units: Units, strata: Sequence[Stratum], cuts: Cuts
) -> dict[tuple[str, Stratum], tuple[int, int]]:
    """Return the numbers of rows and of units by split and stratum, where there are any."""
    out: dict[tuple[str, Stratum], tuple[int, int]] = {}
    for code, stratum in enumerate(strata):
        mine = units.stratum == code
        ends = cuts.ends(stratum)
        limits = np.array([ends.dev, ends.test, ends.train_dev], np.uint64)
        place = np.searchsorted(limits, units.hashes[mine], side="right")
        rows = np.bincount(place, units.rows[mine], 4).astype(np.int64)
        many = np.bincount(place, minlength=4)
        for split, n, m in zip((*DRAWN, "train"), rows.tolist(), many.tolist(), strict=True):
            if n:
                out[split, stratum] = (n, m)
    return out
