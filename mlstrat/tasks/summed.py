"""Ratios as a table of sums: a row a cell, task-free, and sums of shards add up.

Beside split, group and the columns to slice by a row holds ``n`` examples and their sums: ``num``,
``den``, ``num.num`` (of squares), ``num.den``, ``den.den``; ``over`` and ``parted`` say whether num
exceeds den or either is no count. Of each category: ``count.c``, ``has.c`` (examples that have
any), ``fixed.c.num`` and the like (the five sums with its errors right), ``cross.c.num.num`` and
the like (of products of the examples as they are and as they would be).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.ratio_table import RatioTable

MARK = "num.num"
"""The column that tells a table of sums from one of examples."""

_SUMS = {
    "num": "num", "den": "den", "num.num": "num_num", "num.den": "num_den", "den.den": "den_den",
}  # fmt: skip
_CROSS = {"num.num": "num_num", "num.den": "num_den", "den.num": "den_num", "den.den": "den_den"}
HAS = "has."


def columns_of(categories: Iterable[str]) -> dict[str, str]:
    """Return the columns of sums, each with what it is called where sums are read."""
    found = {"n": "n", **{name: f"all {key}" for name, key in _SUMS.items()}}
    found |= {"over": "over", "parted": "parted"}
    for one in categories:
        found |= {f"count.{one}": f"count {one}", f"{HAS}{one}": f"has {one}"}
        found |= {f"fixed.{one}.{name}": f"fixed {one} {key}" for name, key in _SUMS.items()}
        found |= {f"cross.{one}.{name}": f"cross {one} {key}" for name, key in _CROSS.items()}
    return found


def categories_of(header: Sequence[str]) -> list[str]:
    """Return the categories of a table of sums."""
    return sorted(x[len(HAS) :] for x in header if x.startswith(HAS) and len(x) > len(HAS))


def summed(table: RatioTable) -> dict[str, NDArray[Any]]:
    """Return the sums of each cell by column; ``n`` is the last."""
    r, texts = table.ratios, {"split": np.array(table.splits, object)[table.split]}
    if r.group is not None:
        texts["group"] = np.array(table.group_names, object)[r.group]
    texts |= {
        name: np.array(values, object)[codes] for name, (values, codes) in table.slices.items()
    }
    n = len(table.split)
    found: dict[str, NDArray[Any]] = {
        "over": np.full(n, float(not r.bounded)), "parted": np.full(n, float(not r.whole)),
        **{name: getattr(r.sums, key) for name, key in _SUMS.items()},
    }  # fmt: skip
    for name, one in table.categories.items():
        found |= {f"count.{name}": one.count, f"{HAS}{name}": one.examples}
        found |= {f"fixed.{name}.{x}": getattr(one.fixed, key) for x, key in _SUMS.items()}
        found |= {f"cross.{name}.{x}": getattr(one.cross, key) for x, key in _CROSS.items()}
    numbers = {name: _plain(x) for name, x in (found | {"n": r.sums.n}).items()}
    return {**texts, **numbers}


def _plain(x: NDArray[Any]) -> NDArray[Any]:
    """Return whole numbers as such where all are."""
    return x.astype(np.int64) if np.array_equal(x, np.floor(x)) and (abs(x) < 2**53).all() else x
