"""Knobs: what each recipe takes, what is refused, and that each one turns something."""

from dataclasses import replace

import numpy as np
import pytest

from mlstrat.errors import InputError, UsageError
from mlstrat.harness import find_recipe, list_recipes, train
from mlstrat.harness.recipes.models import ARCHITECTURES
from mlstrat.harness.recipes.recipe import Model
from mlstrat.harness.train.knobs import KNOBS, knobs_of, turned
from mlstrat.harness.train.task import command_of

VALUES = {
    "n": 150, "width": 8, "depth": 2, "epochs": 5, "batch_size": 20, "learning_rate": 0.3,
    "optimizer": "sgd", "l2": 3.0, "early_stopping": 2, "class_weights": True, "neighbours": 3,
    "ensemble": 3, "target_in_train": 100, "target_weight": 3,
}  # fmt: skip


def test_every_architecture_takes_knobs_of_the_table():
    for row in ARCHITECTURES.values():
        assert set(row.knobs) <= set(KNOBS)
    for recipe in list_recipes():
        assert "n" in knobs_of(recipe)


OPTIONS = {
    "mlp": {"max_iter": 20}, "hist_gradient_boosting": {"max_iter": 20},
    "random_forest": {"n_estimators": 10, "max_depth": 3}, "decision_tree": {"max_depth": 3},
    "random_tree": {"max_depth": 3},
}  # fmt: skip
"""So that each is trained in a moment, and no tree is grown until its leaves are pure."""


def small(architecture, knob):
    """Return a recipe on which a knob has something to turn: sources, or classes of two sizes."""
    model = Model(architecture, OPTIONS.get(architecture, {}))
    if not knob.startswith("target"):
        return replace(find_recipe("breast_cancer"), model=model)
    recipe = find_recipe("random_labels")
    dataset = replace(recipe.dataset, rows=1500)
    dataset = replace(dataset, options={**dataset.options, "experts": 800})
    splits = replace(recipe.splits, sizes=(200, 100, 200, 100))
    return replace(recipe, dataset=dataset, splits=splits, model=model, probabilities=True)


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
@pytest.mark.parametrize("knob", sorted(VALUES))
def test_no_knob_that_is_taken_does_nothing(architecture, knob):
    recipe = small(architecture, knob)
    if knob not in knobs_of(recipe):
        with pytest.raises(UsageError, match=f"takes no --{knob.replace('_', '-')}"):
            train(recipe, knobs={knob: VALUES[knob]})
        return
    others = {"target_in_train": 100} if knob == "target_weight" else {}
    plain, other = train(recipe, knobs=others), train(recipe, knobs={**others, knob: VALUES[knob]})

    shares = [c for c in plain.table if c.startswith("prob_")]
    held = [run.table[run.table["split"] == "dev"][shares].to_numpy() for run in (plain, other)]
    if architecture == "ridge":  # its shares are 0 and 1, so that a small change does not show
        held = [run.fitted.members[0][-1].coef_ for run in (plain, other)]
    assert not np.array_equal(*held)


def test_an_unknown_knob_names_those_taken_and_the_nearest():
    with pytest.raises(UsageError) as caught:
        train("narrow_network", knobs={"withd": 3})

    assert caught.value.message == "the recipe 'narrow_network' takes no --withd"
    assert caught.value.hint == "did you mean 'width'?"
    assert "--width, --depth, --epochs" in caught.value.accepted


@pytest.mark.parametrize(
    ("recipe", "knob", "value"),
    [
        ("wine", "n", 0), ("wine", "n", 2.5), ("wine", "n", True), ("wine", "neighbours", 0),
        ("narrow_network", "width", 0), ("narrow_network", "width", 2.5),
        ("narrow_network", "l2", -1.0), ("narrow_network", "l2", float("nan")),
        ("narrow_network", "optimizer", "adamw"), ("curved_boundary", "l2", 0),
        ("few_rows", "class_weights", 1), ("curved_boundary", "class_weights", "yes"),
    ],
)  # fmt: skip
def test_a_value_outside_what_a_knob_takes_is_refused(recipe, knob, value):
    with pytest.raises(UsageError, match=f"--{knob.replace('_', '-')} is") as caught:
        train(recipe, knobs={knob: value})

    assert caught.value.accepted


def test_more_examples_than_a_file_has_are_refused():
    with pytest.raises(UsageError, match="leaves 209 examples for train"):
        train("breast_cancer", knobs={"n": 210})


def test_more_neighbours_than_examples_are_refused():
    with pytest.raises(UsageError, match="--neighbours is 59, and train has 58 examples"):
        train("wine", knobs={"neighbours": 59})


def test_one_example_is_of_one_class_and_refused():
    with pytest.raises(InputError, match="train holds only the class"):
        train("wine", knobs={"n": 1})


def test_a_weight_of_examples_that_are_not_in_train_is_refused():
    with pytest.raises(UsageError, match="--target-weight is 5") as caught:
        train("systematic_labels", knobs={"target_weight": 5}, small=True)

    assert caught.value.hint == "--target-in-train N adds them"


def test_fewer_examples_are_among_those_of_more_and_what_is_held_out_stays():
    runs = [train("variance", knobs={"n": n}).table for n in (40, 120)] + [train("variance").table]
    ids = [set(table.loc[table["split"] == "train", "id"]) for table in runs]

    assert [len(x) for x in ids] == [40, 120, 300]
    assert ids[0] < ids[1] < ids[2]
    for split in ("train-dev", "dev", "test"):
        assert len({tuple(t.loc[t["split"] == split, "id"]) for t in runs}) == 1


def test_a_generator_draws_more_and_keeps_what_it_drew():
    few, more = train("few_rows"), train("few_rows", knobs={"n": 400})

    assert (few.rows["train"], more.rows["train"]) == (100, 400)
    held = [run.table[run.table["split"] == "dev"] for run in (few, more)]
    assert held[0]["label"].tolist() == held[1]["label"].tolist()
    train_rows = [run.task.examples.rows(run.task.splits["train"])[:100] for run in (few, more)]
    np.testing.assert_array_equal(*train_rows)


def test_a_knob_cures_its_disease():
    assert train("narrow_network").errors["dev"] > 0.09
    assert train("narrow_network", knobs={"width": 64}).errors["dev"] < 0.05


def test_examples_of_the_target_in_train_move_the_mismatch():
    base, added = (
        train("systematic_labels", knobs=knobs).errors
        for knobs in ({}, {"target_in_train": 1000, "target_weight": 8})
    )

    assert base["dev"] - base["train-dev"] > 0.1
    assert added["dev"] < base["dev"] - 0.05


def test_a_turned_recipe_is_told_by_its_command():
    run = train("data_mismatch", knobs={"width": 8, "n": 100}, seed=3)

    assert run.command == "mlstrat train data_mismatch --width 8 --n 100 --seed 3"
    assert command_of("a b.csv", {"augment": ("mirror", "crop"), "batch_norm": False}, 0) == (
        "mlstrat train 'a b.csv' --augment mirror --augment crop --no-batch-norm --seed 0"
    )


def test_a_number_stands_in_the_command_with_all_its_digits():
    numbers = {"learning_rate": 0.0123456789, "width": 64.0, "init_from": "run-1.0"}

    assert command_of("wine", numbers, 0) == (
        "mlstrat train wine --learning-rate 0.0123456789 --width 64 --init-from run-1.0 --seed 0"
    )


@pytest.mark.parametrize("recipe", list_recipes(), ids=lambda recipe: recipe.name)
def test_turning_nothing_gives_the_recipe(recipe):
    assert turned(recipe, {}) == recipe
