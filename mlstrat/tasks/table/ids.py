"""Ids and groups of a table of examples that are in two splits, and ids twice in one."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from mlstrat.core.counts import SPLITS
from mlstrat.core.findings import Finding
from mlstrat.data.grouping import unordered
from mlstrat.tasks.findings import IDS_TWICE, OVERLAP
from mlstrat.tasks.ids import in_two, one_in_of, repeated
from mlstrat.tasks.table.examples import Raw
from mlstrat.tasks.table.figures import splits_of


def about_ids(raw: Raw, truth: str) -> list[Finding]:
    """Return what is odd about the ids and groups of examples, whose column `truth` is right."""
    import polars as pl

    own = raw.frame
    names = splits_of(own).tolist()
    splits = sorted(set(names), key=SPLITS.index)
    codes = pl.Series("split", [splits.index(x) for x in names])
    out = _groups(own, codes, splits) if "group" in own.columns else []
    if "id" not in own.columns:
        return out
    one_in = one_in_of(len(own))
    texts = {"h": own["id"].cast(pl.String), "label": own[truth].cast(pl.String)}
    frame = pl.DataFrame({**texts, "split": codes})
    frame = frame.filter(frame["h"].is_not_null() & (frame["h"].str.strip_chars() != ""))
    if one_in > 1:
        frame = frame.filter(frame["h"].hash() % one_in == 0)
    if frame["h"].n_unique() == len(frame):
        return out
    counted = unordered(frame, ("h", "split"), pl.len().alias("n"), pl.col("label").min())
    counted = counted.sort("h", "split")
    found, many = repeated(counted, splits)
    if found and "group" not in own.columns:
        flags = f"--map {shlex.quote('group=' + raw.columns['id'])}"
        evidence = {"splits": found, "one_in": one_in}
        twice = Finding(IDS_TWICE, evidence, lowered_to=None if many else "tip", flags=flags)
        out = [twice, *out]
    return [*in_two(counted, splits, one_in, lambda some, _: sorted(some)), *out]


def _groups(frame: Any, codes: Any, splits: Sequence[str]) -> list[Finding]:
    """Return whether groups are in two splits; a tip, as the next day of one user may be meant."""
    overlaps = []
    for i, j in combinations(range(len(splits)), 2):
        one, two = (frame["group"].filter(codes == k).drop_nulls() for k in (i, j))
        both = one.filter(one.is_in(two.implode())).unique(maintain_order=True)
        if shared := len(both):
            rows = [int(x.is_in(both.implode()).sum()) for x in (one, two)]
            overlaps.append({"kind": "group", "splits": [splits[i], splits[j]], "shared": shared,
                             "rows": rows, "examples": []})  # fmt: skip
    return [Finding(OVERLAP, {"overlaps": overlaps}, lowered_to="tip")] if overlaps else []
