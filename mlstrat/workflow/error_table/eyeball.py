"""Who is in the eyeball set of a run, and how the two sets stand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.findings import Finding
from mlstrat.core.hashing import ALL
from mlstrat.data.sheet.design import EYEBALL_PREFIX, EyeballSet, Part, eyeball_wear
from mlstrat.data.sheet.layout import EYEBALL
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.row_source import ROW, Drawable, open_drawable
from mlstrat.workflow.error_table.findings import EYEBALL_NOT_WORN, EYEBALL_WORN_OUT
from mlstrat.workflow.error_table.write import Begun, read_begun

if TYPE_CHECKING:
    from mlstrat.data.parts import InputFile


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


def eyeball_findings(
    run: Any, sheet: str | Path, *, confidence: float, **how: Any
) -> tuple[tuple[Finding, ...], InputFile]:
    """Return what is to be said of the eyeball set that a sheet fixes on this run, and the sheet.

    Further arguments are those of `mlstrat.tasks.classification.row_source.open_drawable`.
    """
    begun, fixed = _fixed(sheet)
    drawable = open_drawable(run, **how)
    ids = list(begun.drawn)
    within, wanted, ns = drawable.within(), drawable.key().is_in(ids), drawable.table.ns
    counted = drawable.table.collect(
        lambda frame: frame.with_row_index(ROW).filter(within & wanted).select(ns.len().alias("n"))
    )
    there = int(counted.value("n"))
    if not there:
        raise InputError(
            f"none of its {len(ids)} rows is in {drawable.split} of {drawable.table.name}",
            file=str(sheet),
            column="id",
            accepted="a run on the examples that the sheet was drawn from",
        )
    eyeball, blackbox = count_eyeball(drawable, fixed)
    wear = eyeball_wear(fixed, eyeball, blackbox, confidence)
    start = (fixed.eyeball, fixed.blackbox)
    parts = {
        name: {"start": then.error, "now": now.error, "n": now.n, "errors": now.errors}
        for name, then, now in zip(("eyeball", "blackbox"), start, (eyeball, blackbox), strict=True)
    }
    evidence = {
        "split": drawable.split,
        **parts,
        "difference": wear.difference.to_dict(),
        "bar": wear.bar,
        "rows": None if wear.to_settle is None else wear.to_settle.total,
        "to_settle": None if wear.to_settle is None else wear.to_settle.to_dict(),
        "missing": len(ids) - there,
    }
    found = Finding(EYEBALL_WORN_OUT if wear.worn else EYEBALL_NOT_WORN, evidence)
    return (found,), begun.sheet.input


def size_of(eyeball: int | str | Path | None) -> int | None:
    """Return the size of an eyeball set that is to be fixed; None for a sheet or nothing."""
    try:
        return None if eyeball is None else int(str(eyeball).replace(",", ""))
    except ValueError:
        return None


def eyeball_of(
    drawable: Drawable, eyeball: int | str | Path | None, begun: Begun | None, seed: int
) -> EyeballSet | None:
    """Return the eyeball set: that of the sheet that is added to, of another one, or a new one."""
    if begun is not None:
        if eyeball is not None:
            raise UsageError(
                "an eyeball set is fixed once, and --append draws from that of the sheet",
                accepted="--eyeball without --append",
            )
        return begun.eyeball
    if eyeball is None:
        return None
    size = size_of(eyeball)
    if size is None:
        return _fixed(str(eyeball))[1]
    if size < 1:
        raise UsageError(f"--eyeball is {size}", accepted="rows, as 500, or an earlier sheet")
    return fix_eyeball(drawable, size, seed)


def _fixed(sheet: str | Path) -> tuple[Begun, EyeballSet]:
    begun = read_begun(sheet)
    found = begun.eyeball
    if found is None:
        raise InputError(
            "the sheet fixes no eyeball set",
            file=str(sheet),
            column=EYEBALL,
            accepted="a sheet that `mlstrat sample --eyeball 500 -o` wrote",
        )
    return begun, found
