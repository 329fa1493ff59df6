"""Cut points: sizes, mixtures, whole units, and rows that never move."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mlstrat as ms
from mlstrat.core.cuts import Cuts, Ends, Sizes, Stratum, apportion, make_cuts, placed, units_of
from mlstrat.errors import InputError


def drawn(n: int, strata: int, groups: int | None = None, seed: int = 0):
    rng = np.random.default_rng(seed)
    if groups is None:
        return rng.integers(0, 1 << 63, n, dtype=np.uint64), rng.integers(0, strata, n)
    group = rng.integers(0, groups, n)
    keys = rng.integers(0, 1 << 63, groups, dtype=np.uint64)
    return keys[group], rng.integers(0, strata, groups)[group]


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_apportioned_parts_add_up_and_are_within_one(total, weights):
    parts = apportion(total, weights)
    whole = sum(weights)
    assert sum(parts) == (total if whole else 0)
    assert all(abs(p - total * w / whole) < 1 for p, w in zip(parts, weights, strict=True) if whole)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 200), st.integers(1, 200), st.integers(0, 300),
       st.integers(1, 6))  # fmt: skip
def test_sizes_are_met_exactly_where_rows_are_single(seed, dev, test, train_dev, strata):
    hashes, code = drawn(1000, strata, seed=seed)
    names = [Stratum("app" if i % 2 == 0 else "web", str(i)) for i in range(strata)]
    units = units_of(hashes, code)
    target = ["app"]
    there = sum(int((code == i).sum()) for i in range(0, strata, 2))
    if dev + test > there or dev + test + train_dev >= 1000:
        return
    cuts = Cuts(0, "id", {"id": "id"}, ("app",),
                *make_cuts(units, names, Sizes(dev, test, train_dev), target))  # fmt: skip
    rows = placed(units, names, cuts)
    total = {s: sum(n for (x, _), (n, _) in rows.items() if x == s)
             for s in ("train", "train-dev", "dev", "test")}  # fmt: skip
    assert total == {"dev": dev, "test": test, "train-dev": train_dev,
                     "train": 1000 - dev - test - train_dev}  # fmt: skip
    assert all(s.source == "app" for (x, s) in rows if x in ("dev", "test"))


def test_train_dev_has_exactly_the_mixture_of_train():
    hashes, code = drawn(100_000, 4)
    names = [Stratum("web", "a"), Stratum("web", "b"), Stratum("app", "a"), Stratum("app", "b")]
    units = units_of(hashes, code)
    cuts = Cuts(0, "id", {"id": "id"}, ("app",),
                *make_cuts(units, names, Sizes(20_000, 10_000, 5_000), ["app"]))  # fmt: skip
    rows = placed(units, names, cuts)
    for stratum in names:
        held, kept = rows["train-dev", stratum][0], rows["train", stratum][0]
        assert held == pytest.approx((held + kept) * 5_000 / 70_000, abs=1)


def test_whole_groups_stay_together_and_come_near_the_size():
    hashes, code = drawn(20_000, 1, groups=500)
    units = units_of(hashes, np.zeros_like(code))
    cuts = Cuts(0, "group", {"group": "g"}, (),
                *make_cuts(units, [Stratum("")], Sizes(2_000, 2_000), []))  # fmt: skip
    rows = placed(units, [Stratum("")], cuts)
    assert {s: n for (s, _), (n, _) in rows.items()} == {
        "dev": pytest.approx(2_000, abs=40), "test": pytest.approx(2_000, abs=40),
        "train": pytest.approx(16_000, abs=80),
    }  # fmt: skip
    assert sum(m for _, m in rows.values()) == len(units.hashes)


def split_of(ends: Ends, hashed: int) -> str:
    """Return the split of a unit: an end is the first hash that is not below it."""
    below = {"dev": ends.dev, "test": ends.test, "train-dev": ends.train_dev}
    return next((split for split, end in below.items() if hashed < end), "train")


def test_new_rows_never_move_old_ones_and_join_in_proportion():
    hashes, code = drawn(50_000, 2)
    names = [Stratum("web"), Stratum("app")]
    first = slice(0, 10_000)
    units = units_of(hashes[first], code[first])
    cuts = Cuts(0, "id", {"id": "id"}, ("app",),
                *make_cuts(units, names, Sizes(1_000, 500, 300), ["app"]))  # fmt: skip
    old = [split_of(cuts.ends(names[c]), int(h))
           for h, c in zip(hashes[first], code[first], strict=True)]  # fmt: skip
    assert {s: old.count(s) for s in ("dev", "test", "train-dev")} == {
        "dev": 1_000, "test": 500, "train-dev": 300}  # fmt: skip
    grown = placed(units_of(hashes, code), names, cuts)
    assert grown["dev", names[1]][0] == pytest.approx(5_000, rel=0.08)
    assert ("dev", names[0]) not in grown


def test_strata_that_come_later_are_cut_at_the_shares_of_the_whole():
    hashes, code = drawn(100_000, 2)
    units = units_of(hashes, code)
    cuts = Cuts(0, "id", {"id": "id"}, ("app",), *make_cuts(
        units, [Stratum("web"), Stratum("app")], Sizes(10_000, 5_000, 1_700), ["app"]))  # fmt: skip
    later = units_of(*drawn(100_000, 2, seed=1))
    names = [Stratum("app", "new"), Stratum("other")]
    rows = placed(later, names, cuts)
    assert rows["dev", names[0]][0] == pytest.approx(10_000, rel=0.04)
    assert rows["test", names[0]][0] == pytest.approx(5_000, rel=0.06)
    assert rows["train-dev", names[1]][0] == pytest.approx(1_000, rel=0.1)
    assert ("dev", names[1]) not in rows


def test_a_target_used_up_goes_on_filling_dev_and_test():
    hashes, _ = drawn(100, 1)
    units = units_of(hashes, np.zeros(100, np.int64))
    ends, _, _ = make_cuts(units, [Stratum("app")], Sizes(50, 50), ["app"])
    assert ends[Stratum("app")].test == 1 << 63


def test_a_unit_in_two_strata_is_told():
    hashes = np.array([3, 9, 9, 4], np.uint64)
    assert units_of(hashes, np.array([0, 0, 1, 1])).torn == 9
    assert units_of(hashes, np.array([0, 1, 1, 1])).torn is None


def test_rows_of_one_stratum_are_read_once_and_placed_as_with_a_source(tmp_path: Path) -> None:
    rows = pl.DataFrame({"id": [f"{i}.0" if i % 2 else str(i) for i in range(500)]})
    made = ms.split(rows, dev=50, test=50, output=tmp_path / "out.csv")
    ms.split(rows.with_columns(source=pl.lit("app")), dev=50, test=50,
             output=tmp_path / "with_source.csv")  # fmt: skip
    alone, sourced = (pl.read_csv(tmp_path / f"{x}.csv") for x in ("out", "with_source"))
    assert alone["split"].to_list() == sourced["split"].to_list()
    assert made.sizes["dev"] == {"": 50}
    with pytest.raises(InputError, match="a blank id"):
        ms.split(pl.DataFrame({"id": ["a", "", "b", "c"]}), dev=1, test=1)
