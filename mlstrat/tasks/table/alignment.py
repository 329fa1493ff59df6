"""The least number of edits between sequences: substitutions, deletions and insertions.

Many pairs go through one table of distances at once, a column of numpy a pair, or one by one
through rapidfuzz where it is installed; a reference with alternatives goes alone, each part's best
alternative taken.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.record import Record

Ints = NDArray[np.int64]
Part = str | tuple[tuple[str, ...], ...]
"""A token, or alternatives, each of some tokens (none: it may be left out)."""

EDIT = 1 << 24
"""What an edit weighs; below it stand deletions, so that of equal costs the fewest are taken."""

AT_ONCE = 2_000
"""Pairs of about one length that share a table (mlstrat's threshold)."""


def edits(
    references: Sequence[Sequence[str]], predictions: Sequence[Sequence[str]]
) -> tuple[Ints, Ints, Ints]:
    """Return substitutions, deletions and insertions of each pair; fewest edits, then deletions.

    Formula: Wagner and Fischer (1974); of all alignments with the least number of edits one with
    the most substitutions.
    """
    right = np.array([len(x) for x in references], np.int64)
    said = np.array([len(x) for x in predictions], np.int64)
    cost = _quick_costs(references, predictions, (EDIT, EDIT + 1, EDIT))
    if cost is None:
        cost = _costs(references, predictions, right, said)
    deletions = cost % EDIT
    insertions = said - right + deletions
    return cost // EDIT - deletions - insertions, deletions, insertions


def distances(references: Sequence[Sequence[str]], predictions: Sequence[Sequence[str]]) -> Ints:
    """Return the least number of edits of each pair, whatever their kinds."""
    found = _quick_costs(references, predictions, (1, 1, 1))
    if found is not None:
        return found
    substitutions, deletions, insertions = edits(references, predictions)
    return substitutions + deletions + insertions


def _quick_costs(
    references: Sequence[Sequence[str]], predictions: Sequence[Sequence[str]],
    weights: tuple[int, int, int],
) -> Ints | None:  # fmt: skip
    """Return the cost of each pair by rapidfuzz; None where it is not installed.

    ``weights`` are those of an insertion, a deletion and a substitution.
    """
    try:
        from rapidfuzz.distance import Levenshtein
    except ImportError:
        return None
    pairs = zip(references, predictions, strict=True)
    found = (0 if a == b else Levenshtein.distance(a, b, weights=weights) for a, b in pairs)
    return np.fromiter(found, np.int64, len(references))


def _costs(
    references: Sequence[Sequence[str]], predictions: Sequence[Sequence[str]], right: Ints,
    said: Ints,
) -> Ints:  # fmt: skip
    cost = np.zeros(len(references), np.int64)
    codes: dict[str, int] = {}
    order = np.lexsort((said, right))
    for start in range(0, len(references), AT_ONCE):
        some = order[start : start + AT_ONCE]
        a = _padded([references[i] for i in some], codes, -1)
        b = _padded([predictions[i] for i in some], codes, -2)
        cost[some] = _distances(a, b, right[some], said[some])
    return cost


def _padded(rows: Sequence[Sequence[str]], codes: dict[str, int], filler: int) -> Ints:
    """Return the codes of tokens, a row a token and a column a sequence."""
    found = np.full((max(map(len, rows), default=0), len(rows)), filler, np.int64)
    for j, row in enumerate(rows):
        found[: len(row), j] = [codes.setdefault(x, len(codes)) for x in row]
    return found


def _distances(a: Ints, b: Ints, right: Ints, said: Ints) -> Ints:
    wide, n = len(b), len(right)
    places = np.arange(wide + 1, dtype=np.int64)[:, None] * EDIT
    above = places + np.zeros(n, np.int64)
    found = np.where(right == 0, above[said, np.arange(n)], 0)
    for i in range(len(a)):
        row = above + EDIT + 1
        changed = above[:-1] + np.where(a[i] == b, 0, EDIT)
        np.minimum(row[1:], changed, out=row[1:])
        # An insertion costs the same wherever it is: the least of all cells to the left, moved on.
        row = np.minimum.accumulate(row - places, axis=0) + places
        above = row
        ends = right == i + 1
        if ends.any():
            found[ends] = above[said[ends], np.flatnonzero(ends)]
    return found


class Edit(Record):
    """One edit: a token of the reference and its place, one of the prediction and its place.

    Places count from 0; an insertion has no token of the reference, a deletion none of the
    prediction.
    """

    right: str | None
    place: int | None
    said: str | None
    said_place: int | None


Trail = tuple["Trail | None", Edit] | None
Cell = tuple[int, int, Trail]
"""What has been paid, the tokens of the reference so far, and the edits, the last one first."""


def edits_of_alternatives(
    reference: Sequence[Part], prediction: Sequence[str]
) -> tuple[int, int, int, int]:
    """Return substitutions, deletions, insertions, and the tokens of the alternatives taken."""
    cost, tokens, _ = _cheapest(reference, prediction)
    deletions = cost % EDIT
    insertions = len(prediction) - tokens + deletions
    return cost // EDIT - deletions - insertions, deletions, insertions, tokens


def each_edit(reference: Sequence[Part], prediction: Sequence[str]) -> list[Edit]:
    """Return the edits that the functions above count, in their order."""
    trail, found = _cheapest(reference, prediction)[2], []
    while trail is not None:
        trail, one = trail
        found.append(one)
    return found[::-1]


def _cheapest(reference: Sequence[Part], prediction: Sequence[str]) -> Cell:
    """Return the last cell of the table of distances; equal ends are matched first."""
    most = min(len(reference), len(prediction))
    first = next((i for i in range(most) if reference[i] != prediction[i]), most)
    last = next((i for i in range(most - first) if reference[-1 - i] != prediction[-1 - i]),
                most - first)  # fmt: skip
    row: list[Cell] = [(0, first, None)]
    said = prediction[first : len(prediction) - last]
    for j, word in enumerate(said, start=first):
        row.append((row[-1][0] + EDIT, first, (row[-1][2], Edit(None, None, word, j))))
    for part in reference[first : len(reference) - last]:
        ways = ((part,),) if isinstance(part, str) else part
        ends = [_through(row, way, said, first) for way in ways]
        row = [min(cells, key=lambda x: (x[0] // EDIT, -x[1], x[0])) for cells in
               zip(*ends, strict=True)]  # fmt: skip
    cost, tokens, trail = row[-1]
    return cost, tokens + last, trail


def _through(row: list[Cell], way: Sequence[str], said: Sequence[str], first: int) -> list[Cell]:
    """Return the row of distances after some tokens of the reference."""
    for token in way:
        cost, place, trail = row[0]
        after: list[Cell] = [(cost + EDIT + 1, place + 1, (trail, Edit(token, place, None, None)))]
        for j, word in enumerate(said):
            cost, place, trail = row[j]
            if token == word:
                best: Cell = (cost, place + 1, trail)
            else:
                best = (cost + EDIT, place + 1, (trail, Edit(token, place, word, first + j)))
            cost, place, trail = row[j + 1]
            if (cost + EDIT + 1, place + 1) < best[:2]:
                best = cost + EDIT + 1, place + 1, (trail, Edit(token, place, None, None))
            cost, place, trail = after[j]
            if (cost + EDIT, place) < best[:2]:
                best = cost + EDIT, place, (trail, Edit(None, None, word, first + j))
            after.append(best)
        row = after
    return row
