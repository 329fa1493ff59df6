"""Splits of two sources: dev and test of the target, train of the rest."""

import numpy as np
import pytest

from mlstrat.harness.recipes.recipe import SplitDesign
from mlstrat.harness.train.task import make_splits

SOURCES = np.array(["web"] * 300 + ["app"] * 100)


@pytest.mark.parametrize("growing", [False, True])
def test_dev_and_test_are_of_the_target_and_train_of_the_rest(growing):
    design = SplitDesign((200, 50, 30, 40), target="app")
    splits = make_splits(design, 0, SOURCES, growing=growing)

    assert [len(rows) for rows in splits.values()] == [200, 50, 30, 40]
    assert set(SOURCES[np.concatenate([splits["dev"], splits["test"]])]) == {"app"}
    assert set(SOURCES[np.concatenate([splits["train"], splits["train-dev"]])]) == {"web"}
    every = np.concatenate(list(splits.values()))
    assert len(set(every.tolist())) == len(every)


def test_train_dev_is_of_the_mixture_of_train():
    design = SplitDesign((160, 40, 20, 30), target="app", target_in_train=50)
    splits = make_splits(design, 0, SOURCES)

    assert (SOURCES[splits["train"]] == "app").sum() == 40
    assert (SOURCES[splits["train-dev"]] == "app").sum() == 10
    assert [len(rows) for rows in splits.values()] == [160, 40, 20, 30]


def test_rows_of_the_target_that_are_not_there_are_a_slip():
    with pytest.raises(ValueError, match="100 rows of 'app'"):
        make_splits(SplitDesign((200, 50, 60, 60), target="app"), 0, SOURCES)
    with pytest.raises(ValueError, match="no sources"):
        make_splits(SplitDesign((200, 50, 30, 40), target="app"), 0)


def test_what_is_held_out_stays_when_train_grows():
    small, large = (make_splits(SplitDesign((n, 20, 15, 15)), 0, growing=True) for n in (50, 500))

    for split in ("train-dev", "dev", "test"):
        np.testing.assert_array_equal(small[split], large[split])
    np.testing.assert_array_equal(large["train"][:50], small["train"])
