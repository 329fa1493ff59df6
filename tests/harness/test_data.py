"""The examples and their splits."""

import numpy as np
import pytest

from mlstrat.harness import find_recipe
from mlstrat.harness.datasets import load_examples
from mlstrat.harness.recipes.recipe import Dataset, SplitDesign
from mlstrat.harness.recipes.tables import RECIPES as TABLES
from mlstrat.harness.train.task import make_splits


@pytest.mark.parametrize("recipe", TABLES, ids=lambda recipe: recipe.name)
def test_examples_match_the_table(recipe):
    examples = load_examples(recipe.dataset, seed=0)

    assert len(examples.features) == len(examples.labels) == recipe.dataset.rows
    assert all(len(values) == recipe.dataset.rows for values in examples.slices.values())
    names = set(examples.labels.tolist())
    assert recipe.dataset.positive is None or recipe.dataset.positive in names


def test_labels_are_names():
    names = {
        recipe.name: sorted(set(load_examples(recipe.dataset, seed=0).labels.tolist()))
        for recipe in map(find_recipe, ["variance", "dev_overfit", "breast_cancer", "wine"])
    }

    assert names == {
        "variance": list("0123456789"),
        "dev_overfit": ["even", "odd"],
        "breast_cancer": ["benign", "malignant"],
        "wine": ["class_0", "class_1", "class_2"],
    }


def test_splits_use_every_row_once():
    splits = make_splits(SplitDesign((50, 20, 15, 15)), seed=3)

    assert [len(rows) for rows in splits.values()] == [50, 20, 15, 15]
    assert sorted(np.concatenate(list(splits.values())).tolist()) == list(range(100))


def test_a_split_without_rows_is_none():
    assert list(make_splits(SplitDesign((50, 0, 25, 25)), seed=0)) == ["train", "dev", "test"]


def test_another_seed_gives_other_splits():
    design = SplitDesign((50, 20, 15, 15))

    assert (make_splits(design, 0)["train"] == make_splits(design, 0)["train"]).all()
    assert (make_splits(design, 0)["train"] != make_splits(design, 1)["train"]).any()


def test_the_planted_share_of_labels_is_flipped():
    dataset = find_recipe("dev_overfit").dataset
    examples = load_examples(dataset, seed=0)
    odd = examples.slices["digit"].astype(int) % 2 == 1
    wrong = (examples.labels == "odd") != odd

    assert (wrong == (examples.slices["flipped"] == "yes")).all()
    # Three standard deviations of a share of 0.4 over 1,797 draws.
    assert wrong.mean() == pytest.approx(0.4, abs=0.035)


def test_a_dataset_without_loader_is_a_slip():
    with pytest.raises(KeyError, match="iris"):
        load_examples(Dataset("iris", "flowers", rows=150), seed=0)
