"""What a study trains: the knobs that it turns, and the data that it makes itself."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest

from mlstrat.errors import UsageError
from mlstrat.harness.recipes.recipe import find_recipe, list_recipes
from mlstrat.harness.studies import KINDS, find_kind, make_plan
from mlstrat.harness.studies import digits as on_digits
from mlstrat.harness.studies.digits import digits, wrong_labels
from mlstrat.harness.studies.end_to_end import (
    APART,
    DIGIT,
    JITTER,
    SCRAP,
    WINDOW,
    training_windows,
    windows_at,
)
from mlstrat.harness.studies.plan import Place
from mlstrat.harness.studies.turning import turns_of

RECIPES = [recipe.name for recipe in list_recipes()]


@pytest.mark.parametrize("name", RECIPES)
def test_every_knob_of_every_recipe_is_one_that_it_takes_and_turns_it(name):
    from mlstrat.harness.train.knobs import turned

    recipe = find_recipe(name)
    for sized in (recipe, recipe.smaller()):
        found = turns_of(sized)
        assert len({x.name for x in found}) == len(found)
        for one in found:
            assert turned(sized, one.knobs) != sized or "n" in one.knobs, one


def test_knobs_are_turned_from_where_the_recipe_stands():
    found = {x.name: x for x in turns_of(find_recipe("data_mismatch"))}
    assert found["bigger"].knobs == {"width": 256}
    assert found["more_data"].knobs == {"n": 6000}
    assert found["target_data"].knobs == {"target_in_train": 300}
    assert found["l2"].knobs == {"l2": 10.0}
    assert found["optimiser"].knobs == {"optimizer": "momentum"}
    assert found["early_stopping"].title == "early stopping (patience 3)"
    digits = {x.name: x for x in turns_of(find_recipe("variance"))}
    assert digits["half_the_data"].knobs == {"n": 150}
    assert "more_data" not in digits  # there are no more of them


def test_knobs_can_be_named_or_given_a_value():
    recipe = find_recipe("data_mismatch")
    chosen = turns_of(recipe, ("early-stopping", "l2=0.5"))
    assert [x.knobs for x in chosen] == [{"early_stopping": 3}, {"l2": 0.5}]
    two = turns_of(recipe, ("n=20", "n=40", "n=20"))
    assert [(x.name, x.title) for x in two] == [("n_20", "n = 20"), ("n_40", "n = 40")]
    assert len({x.name for x in turns_of(recipe, ("l2=1e-3", "l2=1e+3"))}) == 2
    for asked, message in (
        (("early_stoping",), "turns no knob 'early_stoping'"),
        (("dropout=0.5",), "takes no --dropout"),
        (("epochs=many",), "epochs is 'many'"),
        (("epochs=0",), "--epochs is 0"),
    ):
        with pytest.raises(UsageError, match=message):
            turns_of(recipe, asked)
    with pytest.raises(UsageError) as caught:
        turns_of(recipe, ("early_stoping",))
    assert "did you mean 'early_stopping'?" in str(caught.value)


def test_gaps_that_a_recipe_cannot_have_are_not_asked_about():
    def asked(name: str) -> set[str]:
        return {x.quantity for x in make_plan("knobs", name, small=True).comparisons}

    assert asked("variance") == {"avoidable_bias", "variance", "dev"}
    assert asked("data_mismatch") == {"avoidable_bias", "variance", "data_mismatch", "dev"}


def test_kinds_are_found_however_they_are_written():
    assert find_kind("End_to_End")[0] == "end-to-end"
    with pytest.raises(UsageError, match="no study 'transfr'") as caught:
        find_kind("transfr")
    assert "did you mean 'transfer'?" in str(caught.value)


@pytest.mark.parametrize("name", [x for x, kind in KINDS.items() if not kind.recipe])
def test_every_plan_compares_conditions_that_it_trains(name):
    for small in (False, True):
        plan = make_plan(name, None, small=small)
        names = [x.name for x in plan.shown]
        assert len(set(names)) == len(plan.shown)
        assert {x.of for x in plan.comparisons} | {x.against for x in plan.comparisons} <= set(
            names
        )


@pytest.mark.parametrize(
    ("kind", "recipe", "options", "message"),
    [
        ("knobs", None, {}, "is about a recipe"),
        ("synthesis", "wine", {}, "takes no recipe"),
        ("knobs", "wine", {"sizes": (30, 40, 50)}, "takes no --sizes"),
        ("curve", "wine", {"sizes": (30, 40)}, "2 sizes of train"),
        ("knobs", "wien", {}, "no recipe 'wien'"),
        ("label-noise", None, {"target": "5%"}, "takes no --target"),
        ("curve", "breast_cancer", {"sizes": (10, 20, 4000)}, "--n is 4,000"),
        ("knobs", "breast_cancer", {"knobs": ("n=5000",)}, "--n is 5,000"),
        ("transfer", None, {"sizes": (30, 99_999)}, "--sizes has 99,999"),
    ],
)
def test_what_a_study_does_not_take_is_refused(kind, recipe, options, message):
    with pytest.raises(UsageError, match=message):
        make_plan(kind, recipe, small=True, **options)


@pytest.mark.parametrize("how", ["random", "systematic"])
def test_exactly_the_share_of_labels_is_wrong_and_in_train_alone(how):
    features, labels = digits()
    train = np.arange(0, 1000)
    given = wrong_labels(features, labels, train, how, 0.2, seed=0)
    assert (given[train] != labels[train]).sum() == 200
    assert (given[1000:] == labels[1000:]).all()
    assert set(given) == set(labels)


def test_a_systematic_mistake_follows_the_picture_and_a_random_one_does_not():
    features, labels = digits()
    train = np.arange(0, 1000)
    ink = features[train].mean(axis=1)
    for how, follows in (("systematic", True), ("random", False)):
        wrong = wrong_labels(features, labels, train, how, 0.2, seed=0)[train] != labels[train]
        assert (ink[wrong].min() >= ink[~wrong].max()) == follows


def test_dev_and_test_of_the_mismatch_are_the_targets_and_the_same_in_every_way():
    ways = {way: on_digits.make_rows(way, 600, seed=1) for way in on_digits.WAYS}
    for way, splits in ways.items():
        every = np.concatenate(list(splits.values()))
        assert len(np.unique(every)) == len(every), way
        if way == "shuffled":
            assert (splits["dev"] < on_digits.FIRST).any()
            continue
        assert (splits["dev"] >= on_digits.FIRST).all()
        assert (splits["test"] >= on_digits.FIRST).all()
        assert (splits["dev"] == ways["other"]["dev"]).all()
    assert (ways["target"]["train"] >= on_digits.FIRST).all()
    added = ways["added"]["train"]
    assert (added >= on_digits.FIRST).sum() == on_digits.ADDED
    assert (ways["weighted"]["train"] == added).all()


def test_noise_of_dev_is_of_sources_that_train_never_had(tmp_path):
    import pandas as pd

    place = Place(tmp_path)
    plan = make_plan("synthesis", None, small=True)
    plan.conditions[0].train(0, place, "few")
    run = pd.read_csv(place.of("few", 0) / "run.csv")
    sources = run.groupby("split")["source"].unique().map(list).to_dict()
    assert sources == {"train": ["5 sources"], "train-dev": ["5 sources"],
                       "dev": ["new"], "test": ["new"]}  # fmt: skip
    sizes = run["split"].value_counts().to_dict()
    assert sizes["train"] == on_digits.SMALL_CLEAN["train"] * on_digits.SMALL_COPIES
    digits_of = run.groupby("split")["group"].unique().map(set)
    assert not digits_of["train"] & digits_of["dev"]
    assert run["id"].is_unique


def test_a_run_says_the_studys_command_and_a_human_level_only_where_one_is_known(tmp_path):
    place = Place(tmp_path, "mlstrat study KIND --seeds 3")
    for kind in ("synthesis", "label-noise"):
        make_plan(kind, None, small=True).conditions[0].train(0, place, kind)
    noisy, plain = (
        tomllib.loads((place.of(kind, 0) / "run.toml").read_text("utf-8"))
        for kind in ("synthesis", "label-noise")
    )
    assert noisy["run"]["command"] == plain["run"]["command"] == place.command
    assert "human" not in noisy
    assert noisy["run"]["human_level"].startswith("not known")
    assert plain["human"]["error"] == 0


def test_digits_in_clutter_are_the_same_examples_in_every_seed():
    assert not make_plan("end-to-end", None, small=True).fresh


def test_training_windows_hold_the_digit_or_are_well_away_from_it():
    pictures = np.zeros((40, 1, 40, 40), dtype=np.float32)
    rows, columns = np.mgrid[0:40, 0:40]
    pictures[:, 0] = (40 * rows + columns) / 1600  # a window's first pixels tell where it lies
    boxes = np.tile([[12, 8, 16, 16]], (40, 1))
    windows, found, which = training_windows(pictures, np.array(["7"] * 40), boxes, seed=0)
    corner = windows[:, 0] * 1600 - 20.5
    top, left = np.divmod(np.round(corner).astype(int), 40)
    off = np.maximum(np.abs(top - 12), np.abs(left - 8))
    assert off[found == DIGIT].max() <= JITTER
    assert off[found == SCRAP].min() >= APART
    assert set(which[found == DIGIT]) == {"7"}
    assert set(which[found == SCRAP]) == {""}


def test_a_window_is_what_the_box_frames():
    pictures = np.random.default_rng(0).random((2, 1, 40, 40)).astype(np.float32)
    cut = windows_at(pictures, np.array([[0, 0], [24, 3]]))
    whole = pictures[1, 0, 24 : 24 + WINDOW, 3 : 3 + WINDOW]
    assert cut.shape == (2, 64)
    assert cut[1].reshape(8, 8)[0, 0] == pytest.approx(whole[:2, :2].mean())


def test_the_finder_returns_the_window_that_it_likes_best():
    from mlstrat.harness.studies.end_to_end import Chain

    class LikesLight:
        classes = (DIGIT, SCRAP)

        def predict_proba(self, windows):
            light = windows.mean(axis=1)
            return np.stack([light, 1 - light], axis=1)

    pictures = np.zeros((70, 1, 40, 40), dtype=np.float32)
    corners = np.random.default_rng(0).integers(0, 13, (70, 2)) * 2
    for picture, (top, left) in zip(pictures, corners, strict=True):
        picture[0, top : top + WINDOW, left : left + WINDOW] = 1
    assert (Chain(LikesLight(), None).find(pictures) == corners).all()
