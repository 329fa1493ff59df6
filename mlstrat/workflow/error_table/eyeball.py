"""Who is in the eyeball set of a run, and how the two sets stand."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlstrat.core.hashing import ALL
from mlstrat.data.sheet.eyeball import EYEBALL_PREFIX, EyeballSet, Part
from mlstrat.tasks.classification.row_source import ROW, Drawable


def in_eyeball(run: Drawable, fixed: EyeballSet) -> Any:
    """Return the expression that is true for rows of the eyeball set."""
    ns = run.table.ns
    return run.hashes(EYEBALL_PREFIX, fixed.seed) < ns.lit(fixed.cut, dtype=ns.UInt64)


def fix_eyeball(run: Drawable, size: int, seed: int) -> EyeballSet:
    """Return the eyeball set of the `size` smallest hashes of the split: all rows, if fewer."""
    hashes, wrong = run.hashed(EYEBALL_PREFIX, seed)
    cut = ALL if size >= len(hashes) else int(np.partition(hashes, size - 1)[size - 1]) + 1
    return EyeballSet(seed, cut, *_parts(hashes, wrong, cut))


def count_eyeball(run: Drawable, fixed: EyeballSet) -> tuple[Part, Part]:
    """Return errors and rows of the eyeball set and of the blackbox set on a run."""
    return _parts(*run.hashed(EYEBALL_PREFIX, fixed.seed), fixed.cut)


def _parts(hashes: Any, wrong: Any, cut: int) -> tuple[Part, Part]:
    inside = hashes < np.uint64(cut)
    eyeball = Part(int(wrong[inside].sum()), int(inside.sum()))
    return eyeball, Part(int(wrong.sum()) - eyeball.errors, len(wrong) - eyeball.n)


def rows_there(run: Drawable, ids: list[str]) -> int:
    """Return how many of some ids stand in the split."""
    within, wanted = run.within(), run.key().is_in(ids)
    ns = run.table.ns
    found = run.table.collect(
        lambda frame: frame.with_row_index(ROW).filter(within & wanted).select(ns.len().alias("n"))
    )
    return int(found.value("n"))
