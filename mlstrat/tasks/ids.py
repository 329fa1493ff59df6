"""Ids that stand twice in a split, and ids that are in two splits: what a count of them says.

A count is a frame of Polars with a row an id and split: ``h``, what tells ids apart, ``split``, the
code of one, ``n`` rows, and ``label``, what is right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from mlstrat.core.findings import Finding
from mlstrat.tasks.findings import OVERLAP

EXACT_UP_TO = 1_000_000
"""Rows up to which every id is looked at; above, those of some hashes."""

SAMPLED = 250_000
"""Rows whose ids are looked at, about, where there are more."""

MANY, NEARLY_ALL = 0.05, 0.9
"""Share of rows that are repeated from which intervals are surely too narrow; of ids that stand
equally often from which all of them are meant to (mlstrat's thresholds)."""

ALIKE = 0.5
"""Where labels of the same id agree across splits by this share of what chance leaves open, ids are
those of examples, and not the numbers of rows within each split (mlstrat's threshold)."""

FIRST = 3
"""Ids that are shown."""


def one_in_of(rows: int) -> int:
    """Return in how many hashes of ids one is looked at, of a run of so many rows."""
    return 1 if rows <= EXACT_UP_TO else -(-rows // SAMPLED)


def repeated(counted: Any, splits: Sequence[str]) -> tuple[dict[str, Any], bool]:
    """Return the evidence on ids that stand twice by split, and whether many do."""
    found, many = {}, False
    for code, split in enumerate(splits):
        n = counted.filter(counted["split"] == code)["n"].to_numpy()
        if not len(n) or n.max() == 1:
            continue
        times, often = np.unique(n, return_counts=True)
        usual = int(times[often.argmax()])
        every = usual > 1 and often.max() >= NEARLY_ALL * len(n)
        found[split] = {
            "ids": len(n), "rows": int(n.sum()), "repeated": int((n > 1).sum()),
            "times": usual if every else None,
        }  # fmt: skip
        many = many or bool(every or n.sum() - len(n) >= MANY * n.sum())
    return found, many


def in_two(
    counted: Any, splits: Sequence[str], one_in: int, ids_of: Callable[[Any, int], Sequence[str]]
) -> list[Finding]:
    """Return the finding on ids in two splits; ``ids_of`` are the ids of some ``h`` of a split."""
    overlaps, same = [], False
    for i, j in combinations(range(len(splits)), 2):
        one, two = (counted.filter(counted["split"] == k) for k in (i, j))
        both = one.join(two, on="h", how="inner")
        if not len(both):
            continue
        same = same or same_examples(both["label"].to_list(), both["label_right"].to_list())
        overlaps.append({
            "kind": "id", "splits": [splits[i], splits[j]], "shared": len(both) * one_in,
            "rows": [int(both["n"].sum()) * one_in, int(both["n_right"].sum()) * one_in],
            "examples": list(ids_of(both["h"].head(FIRST), j))[:FIRST],
        })  # fmt: skip
    if not overlaps:
        return []
    evidence: dict[str, Any] = {"overlaps": overlaps}
    if one_in > 1:
        evidence["one_in"] = one_in
    return [Finding(OVERLAP, evidence, lowered_to=None if same else "tip")]


def same_examples(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Tell whether one id is one example in both splits, by its labels; True where that is open.

    Rows that are numbered anew in each split agree as often as chance has it.
    """
    values, codes = np.unique([str(v) for v in (*ours, *theirs)], return_inverse=True)
    a, b = codes[: len(ours)], codes[len(ours) :]
    agree = float((a == b).mean())
    p, q = (np.bincount(c, minlength=len(values)) / len(c) for c in (a, b))
    chance = float(p @ q)
    return chance >= 1 or agree - chance >= ALIKE * (1 - chance)
