"""Tables to learn from: cells as text, roles, and the splits of `split`."""

import numpy as np
import polars as pl
import pytest

from mlstrat.errors import InputError
from mlstrat.harness.train.learning_table import drawn_splits, given_splits, read_learning_table


def frame(rows=200):
    labels = np.resize(["a", "b", "b", "b"], rows)
    return pl.DataFrame({"x": [1.0, None] * (rows // 2), "y": labels, "row": range(rows)})


def test_cells_are_text_without_roles_and_target():
    table = read_learning_table(frame().with_columns(pl.Series("id", range(200))), "Y")

    assert list(table.cells) == ["x", "row"]
    assert table.cells["x"][:2].tolist() == ["1", ""]
    assert (table.target, table.labels[:2].tolist()) == ("y", ["a", "b"])
    assert table.ids is not None
    assert table.groups is table.sources is None


def test_a_fifth_of_each_class_is_held_out_twice():
    table = read_learning_table(frame(), "y")
    counts = {
        (split, label): int(((table.splits == split) & (table.labels == label)).sum())
        for split in ("train", "dev", "test")
        for label in "ab"
    }

    assert table.drawn
    assert counts == {
        ("train", "a"): 30, ("dev", "a"): 10, ("test", "a"): 10,
        ("train", "b"): 90, ("dev", "b"): 30, ("test", "b"): 30,
    }  # fmt: skip


def test_more_rows_do_not_move_those_there_are_far():
    few, more = (read_learning_table(frame(n), "y").splits[:200] for n in (200, 240))

    assert (few == more).mean() > 0.8  # placed by their hash; only the cut points move


def test_names_and_classes_alone_are_split_too():
    names = np.array([f"{i}.png" for i in range(60)])
    labels = np.resize(["a", "b"], 60)
    splits = drawn_splits(names, labels, "pictures", 0)

    assert {s: int((splits == s).sum()) for s in ("train", "dev", "test")} == {
        "train": 36, "dev": 12, "test": 12,
    }  # fmt: skip
    assert given_splits(splits, labels, "pictures") is splits
    with pytest.raises(InputError, match="no rows of dev"):
        given_splits(np.full(60, "train"), labels, "pictures")
