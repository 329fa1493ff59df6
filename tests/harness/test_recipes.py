"""The table of recipes: names, sizes and messages."""

import subprocess
import sys

import pytest

from mlstrat.errors import UsageError
from mlstrat.harness import find_recipe, list_recipes
from mlstrat.harness.recipes.models import list_architectures, task_models
from mlstrat.tasks import NAMES


def test_four_diseases_are_there():
    shown = {recipe.expected_focus for recipe in list_recipes()}

    assert shown >= {("avoidable_bias",), ("variance",), ("data_mismatch",), ("dev_overfit",)}


def test_names_are_unique():
    names = [recipe.name for recipe in list_recipes()]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("recipe", list_recipes(), ids=lambda recipe: recipe.name)
def test_a_recipe_is_complete(recipe):
    for variant in (recipe, recipe.smaller()):
        left = variant.dataset.rows - sum(variant.splits.sizes)
        assert left == 0 or (left > 0 and variant.splits.target is not None)
    assert recipe.model.architecture in {**list_architectures(), **task_models()}
    assert recipe.task in NAMES
    assert recipe.question.endswith("?")
    assert bool(recipe.expected_focus) or recipe.expected_verdict != "focus"


def test_an_error_known_by_construction_is_the_planted_one():
    known = [recipe for recipe in list_recipes() if recipe.human and recipe.human.known]

    assert [recipe.name for recipe in known] == ["dev_overfit"]
    assert all(recipe.human.error == recipe.dataset.flipped for recipe in known)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("varience", "variance"), ("data-mismatch", "data_mismatch"), ("Dev_Overfit", "dev_overfit")],
)
def test_an_unknown_recipe_names_the_nearest_and_lists_all(typed, meant):
    with pytest.raises(UsageError) as caught:
        find_recipe(typed)

    assert caught.value.message == f"no recipe {typed!r}"
    assert caught.value.hint == f"did you mean {meant!r}?"
    assert caught.value.accepted == ", ".join(recipe.name for recipe in list_recipes())


def test_a_recipe_like_no_other_gets_no_guess():
    with pytest.raises(UsageError, match="no recipe 'zzz'") as caught:
        find_recipe("zzz")

    assert caught.value.hint == "`mlstrat train --list` describes all"


def test_importing_the_harness_loads_nothing_heavy():
    code = (
        "import sys, mlstrat.harness as h; h.list_recipes();"
        "print([m for m in ('numpy', 'pandas', 'sklearn', 'polars', 'torch') if m in sys.modules])"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"
