"""Which set a split is: a fingerprint of its ids and labels, whatever the order of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mlstrat.data.columns import resolve_columns
from mlstrat.data.counts import with_counts
from mlstrat.data.examples import hashes_of
from mlstrat.data.grouping import unordered
from mlstrat.data.opening import open_in_place
from mlstrat.data.spark.table import HASH, SparkTable
from mlstrat.data.values import label_text, split_name

HASH_BITS = 36
"""Of each id's hash: sums over up to 2^27 rows then fit into 63 bits."""


def set_fingerprints(
    source: Any, *, columns: Mapping[str, str], split_as: Mapping[str, str]
) -> dict[str, str]:
    """Return the fingerprint of each split of a run, in one pass.

    Two runs on the same examples have the same: predictions play no part. Without an id column it
    is of the labels alone, so that two sets with the same labels look alike.

    Parameters
    ----------
    source
        A path or a frame that was read before, so that it is known to be sound.
    columns, split_as
        As for `mlstrat.tasks.classification.run.read_run`.
    """
    table = open_in_place(source)
    found = resolve_columns(table.header, columns, file=table.name)
    table = with_counts(table, found)
    ns = table.ns
    label, split, id_ = (found.get(role) for role in ("label", "split", "id"))
    keys = {"label": table.category(label or "")}
    if split is not None:
        keys["split"] = table.category(split)
    values = [table.size.alias("n")]
    if id_ is not None:
        if isinstance(table, SparkTable):
            table = replace(table, frames=(table.hashed(id_, 0, whole=False),))
            hashes = ns.col(HASH)
        else:
            text = table.category(id_).cast(ns.String).str.strip_chars().fill_null("")
            hashes = hashes_of(text, ns, 0)
        values.append((hashes % (1 << HASH_BITS)).cast(ns.Int64).sum().alias("ids"))
    counted = table.collect(
        lambda frame: unordered(frame, (e.alias(name) for name, e in keys.items()), *values)
    ).frame
    sums: dict[str, dict[str, list[int]]] = {}
    for row in counted.to_dicts():
        name = "dev" if split is None else split_name(label_text(row["split"]), split_as)
        if name is None:
            continue
        total = sums.setdefault(name, {}).setdefault(label_text(row["label"]), [0, 0])
        total[0] += row["n"]
        total[1] += row.get("ids", 0)
    return {name: _digest(by_label) for name, by_label in sorted(sums.items())}


def _digest(by_label: Mapping[str, list[int]]) -> str:
    lines = (f"{len(x.encode())}:{x} {n} {ids}" for x, (n, ids) in sorted(by_label.items()))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
