"""Recipes of tasks beyond one label an example: a folder with its card, and what turns at them."""

import pytest

import mlstrat as ms
from mlstrat.errors import UsageError
from mlstrat.harness import find_recipe, list_recipes
from mlstrat.harness.studies.turning import turns_of
from mlstrat.harness.tasks.answers import MODELS, drawn, settings_of
from mlstrat.harness.train.knobs import KNOBS, knobs_of, turned

RECIPES = [recipe for recipe in list_recipes() if not recipe.classifies]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_diagnose_finds_what_a_recipe_shows_with_another_seed_too(recipe, folder_of):
    found = ms.diagnose(folder_of(recipe.name))

    assert found.verdict == recipe.expected_verdict
    assert found.verdict != "focus" or found.focus == recipe.expected_focus


def test_every_knob_of_a_model_is_one_of_the_table_and_turns_an_option():
    for name, row in MODELS.items():
        assert set(row.knobs) <= set(KNOBS)
        assert set(row.defaults) <= {*row.knobs, *row.choices, "far"}, name


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_settings_of_a_recipe_are_those_that_its_model_has(recipe):
    for variant in (recipe, recipe.smaller()):
        settings_of(variant.model.architecture, variant.model.options)
        assert set(variant.model.options) <= set(knobs_of(recipe))


def test_a_cell_that_there_is_not_is_refused_with_those_that_there_are():
    recipe = turned(find_recipe("markov_lm"), {"cell": "gur"})

    with pytest.raises(UsageError, match="cell is 'gur'") as caught:
        settings_of(recipe.model.architecture, recipe.model.options)
    assert caught.value.accepted == "rnn, gru, lstm"


def test_more_examples_leave_the_first_ones_and_the_other_splits_as_they_are():
    recipe = find_recipe("char_lm_rnn")
    few, many = (
        drawn(turned(recipe, {"n": n}), 0, lambda random, target: (random.random(), target))
        for n in (1200, 1500)
    )

    assert many.splits["train"][:1200] == few.splits["train"]
    assert all(many.splits[x] == few.splits[x] for x in ("train-dev", "dev", "test"))
    assert {target for _, target in few.splits["dev"]} == {True}


def test_examples_of_the_target_join_train_and_train_dev_and_count_as_often_as_said():
    recipe = turned(find_recipe("char_lm_rnn"), {"target_in_train": 240, "target_weight": 3})
    found = drawn(recipe, 0, lambda _, target: target)

    assert [sum(found.splits[x]) for x in ("train", "train-dev", "dev")] == [240, 60, 300]
    assert (len(found.trained), sum(found.trained)) == (1200 + 2 * 240, 3 * 240)


def test_more_examples_of_the_target_than_train_has_are_refused():
    recipe = turned(find_recipe("char_lm_rnn"), {"target_in_train": 1201})

    with pytest.raises(UsageError, match="--target-in-train is 1,201"):
        drawn(recipe, 0, lambda _, target: target)


def test_a_study_of_a_task_turns_knobs_of_its_own():
    turns = {name: {x.name for x in turns_of(find_recipe(name))} for name in (
        "anchors_lost", "yolo_shapes", "lstm_tagger", "triplet_random")}  # fmt: skip

    assert "more_anchors" in turns["anchors_lost"]
    assert {"no_suppression", "target_data"} <= turns["yolo_shapes"]
    assert "both_directions" in turns["lstm_tagger"]
    own = turns_of(find_recipe("triplet_random"), ("mining=semihard", "distance=chi_square"))
    assert [x.knobs for x in own] == [{"mining": "semihard"}, {"distance": "chi_square"}]
    assert turns_of(find_recipe("dates_seq2seq"), ("beam=3",))[0].knobs == {"beam": 3}
