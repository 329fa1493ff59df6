"""How the rows of a review sheet are drawn: strata, how many of each, and what each stands for.

Within a stratum the rows of the smallest hash are taken, which is a simple random sample without
replacement that anyone can repeat and that a later draw continues.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass

ERROR, CORRECT = "error", "correct"
"""Strata of a sheet that was not stratified; the strata of errors begin with the first."""

CONFIDENT = "error: most confident first, not a random sample"
SUSPECT = "suspect: likely wrong label, not a random sample"
NOT_RANDOM = frozenset({CONFIDENT, SUSPECT})
"""Strata of rows that a ranking picked. No estimate follows from them: their ``sampling_weight`` is
blank, and whatever stands there counts as nothing."""

SUGGESTED = ("suggested_label", "label_probability")
"""Own columns of a sheet of suspects, which tell them from random rows without a stratum, too."""

OTHERS = "other strata"
"""The rarest strata together, where there are more of them than can be drawn from."""

FEWEST_PER_STRATUM = 2
"""Rows drawn from each stratum (ours): from one row nobody can tell how much a stratum varies."""

DRAW_PREFIX = "draw/"
"""Before an id that is hashed for drawing: independent of the hashes that cut splits and halves."""

ORDER_PREFIX = "order/"
"""Before an id that is hashed for its place in the sheet."""


@dataclass(frozen=True)
class Drawn:
    """One stratum of a sheet: its rows in the run, those in the sheet, and those added now."""

    name: str
    rows: int
    drawn: int
    new: int
    random: bool = True

    @property
    def weight(self) -> float | None:
        """Rows of the run that a row of the sheet stands for; None where that is not known."""
        return self.rows / self.drawn if self.random and self.drawn else None


def stratum_name(kind: str, part: str | None = None) -> str:
    """Return the name of a stratum of errors.

    Examples
    --------
    >>> stratum_name("all"), stratum_name("all", "cat→dog"), stratum_name("fp", "site=north")
    ('error', 'error: cat→dog', 'error: false positive, site=north')
    """
    base = {"all": ERROR, "fp": "error: false positive", "fn": "error: false negative"}[kind]
    if part is None:
        return base
    return f"{base}{': ' if base == ERROR else ', '}{part}"


def pooled(sizes: Mapping[str, int], n: int, others: str) -> dict[str, str]:
    """Return for each stratum the name under which it is drawn, the rarest as `others`.

    Each stratum that keeps its name gets at least two of the `n` rows.

    Examples
    --------
    >>> pooled({"a": 50, "b": 30, "c": 2, "d": 1}, 6, "rest")
    {'a': 'a', 'b': 'b', 'c': 'rest', 'd': 'rest'}
    """
    most = max(n // FEWEST_PER_STRATUM, 1)
    ranked = sorted(sizes, key=lambda name: (-sizes[name], name))
    if len(ranked) <= most:
        return {name: name for name in ranked}
    return {name: name if i < most - 1 else others for i, name in enumerate(ranked)}


def allocate(
    sizes: Mapping[str, int], n: int, already: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Return how many more rows to draw from each stratum, given its size Nₕ and what was drawn.

    First two of each stratum, the largest first; then in proportion to the sizes, by the method
    of Webster and Sainte-Laguë: the next row goes to the largest Nₕ / (2nₕ + 1). It never takes a
    row back when n grows, so that a sheet can be added to.

    Examples
    --------
    >>> allocate({"a": 90, "b": 9, "c": 1}, 10)
    {'a': 7, 'b': 2, 'c': 1}
    >>> allocate({"a": 90, "b": 9, "c": 1}, 10, {"a": 7, "b": 2, "c": 1})
    {'a': 10, 'b': 0, 'c': 0}
    """
    before = already or {}
    drawn = {name: before.get(name, 0) for name in sizes}

    def urgency(name: str) -> tuple[int, float, str]:
        few = drawn[name] < FEWEST_PER_STRATUM
        return (0 if few else 1, -sizes[name] / (1 if few else 2 * drawn[name] + 1), name)

    heap = [urgency(name) for name in sizes if drawn[name] < sizes[name]]
    heapq.heapify(heap)
    for _ in range(n):
        if not heap:
            break
        *_, name = heapq.heappop(heap)
        drawn[name] += 1
        if drawn[name] < sizes[name]:
            heapq.heappush(heap, urgency(name))
    return {name: drawn[name] - before.get(name, 0) for name in sizes}
