"""Runs that recipes give: disjoint splits, the disease they promise, latency and size."""

import numpy as np
import pytest

from mlstrat.errors import UsageError
from mlstrat.harness import train
from mlstrat.harness.recipes.recipe import SPLITS
from mlstrat.harness.recipes.tables import RECIPES as TABLES
from mlstrat.harness.train import training as timed
from mlstrat.harness.train.run_files import csv_text
from tests.conftest import TIMED_PREDICTIONS as USUAL

RECIPES = [recipe.name for recipe in TABLES]
LADDER = ("avoidable_bias", "variance", "data_mismatch", "dev_overfit")


def gaps_of(run):
    """Gaps of neighbouring levels, with plain pandas."""
    table = run.table
    levels = (table["label"] != table["prediction"]).groupby(table["split"]).mean()
    human = run.recipe.human
    known = [np.nan if human is None else human.error, *levels[list(run.rows)]]
    names = [gap for gap in LADDER if "train-dev" in levels or gap != "data_mismatch"]
    return dict(zip(names, np.diff(known), strict=True))


@pytest.mark.parametrize("name", ["avoidable_bias", "variance", "data_mismatch", "dev_overfit"])
def test_the_planted_gap_is_the_largest_by_far(trained, name):
    run = trained(name)
    gaps = gaps_of(run)
    (focus,) = run.recipe.expected_focus
    planted = gaps.pop(focus)

    assert planted > 0.03
    # The interface names a second focus from 0.6 of the first on.
    assert max(gaps.values()) < 0.6 * planted


def test_no_level_beats_a_known_human_level_on_train(trained):
    run = trained("dev_overfit")

    assert run.errors["train"] >= run.recipe.human.error


def test_breast_cancer_leaves_open_whether_it_is_bias(trained):
    run = trained("breast_cancer")
    gaps = gaps_of(run)

    assert run.recipe.human is None
    assert max(gaps[gap] for gap in LADDER[1:]) < run.errors["train"]


def test_wine_needs_no_human_level(trained):
    run = trained("wine")
    gaps = gaps_of(run)

    assert run.recipe.human is None
    assert run.errors["train"] == 0
    assert max(gaps["data_mismatch"], gaps["dev_overfit"]) < 0.6 * gaps["variance"]


@pytest.mark.parametrize("name", RECIPES)
def test_rows_are_whole_and_in_order(trained, name):
    run = trained(name)
    table = run.table

    sizes = dict(zip(SPLITS, run.recipe.splits.sizes, strict=True))
    assert run.rows == {split: n for split, n in sizes.items() if n}
    assert table["id"].is_unique
    assert table["split"].unique().tolist() == list(run.rows)
    for split in run.rows:
        ids = table.loc[table["split"] == split, "id"].tolist()
        assert ids == sorted(ids)
    assert not table.isna().any().any()


@pytest.mark.parametrize("name", [r.name for r in TABLES if not r.dataset.generated])
def test_rows_of_a_file_are_shuffled_into_all_splits(trained, name):
    run = trained(name)
    rows = run.table["id"].str.rsplit("-", n=1).str[1].astype(int)
    spans = rows.groupby(run.table["split"]).agg(["min", "max"])

    assert spans["min"].max() < spans["max"].min()


@pytest.mark.parametrize("name", [r.name for r in TABLES if r.probabilities])
def test_probabilities_agree_with_predictions(trained, name):
    table = trained(name).table
    classes = sorted(set(table["label"]))
    shares = table[[f"prob_{label}" for label in classes]].to_numpy()

    assert ((shares >= 0) & (shares <= 1)).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)
    predicted = table["prediction"].map(classes.index).to_numpy()
    assert (shares[np.arange(len(shares)), predicted] == shares.max(axis=1)).all()


@pytest.mark.parametrize("name", RECIPES)
def test_latency_and_size_are_measured(trained, name):
    run = trained(name)

    assert 0 < run.batch_latency_ms < run.latency_ms
    assert run.seconds > run.latency_ms / 1000
    assert run.size_bytes > 0


def test_a_latency_is_a_median_of_two_hundred_and_slow_models_are_asked_less(monkeypatch):
    asked, rows = [], np.arange(3000)
    monkeypatch.setattr(timed, "TIMED_PREDICTIONS", USUAL)  # fewer in these tests
    timed.latency_of(lambda x: x, lambda x: asked.append(len(x)), rows)
    assert asked == [1, *[1] * 200, *[2000] * 5]

    asked.clear()
    monkeypatch.setattr(timed, "LONGEST_TIMING", -1.0)
    timed.latency_of(lambda x: x, lambda x: asked.append(len(x)), rows)
    assert asked == [1, *[1] * 5, *[2000] * 5]


def test_size_counts_the_weights(trained):
    # 64 × 64 + 64 and 64 × 10 + 10 weights of 8 bytes; 58 wines of 13 numbers and a class.
    assert trained("data_mismatch").size_bytes == (64 * 64 + 64 + 64 * 10 + 10) * 8
    assert trained("wine").size_bytes == 58 * (13 + 1) * 8
    # Weights and bias; mean and deviation of each of 30 measurements.
    assert trained("breast_cancer").size_bytes == (30 + 1 + 30 + 30) * 8


@pytest.mark.parametrize("name", ["variance", "data_mismatch", "breast_cancer"])
def test_same_seed_same_bytes(trained, name):
    again = train(name, seed=0)

    assert csv_text(again) == csv_text(trained(name))
    assert csv_text(train(name, seed=1)) != csv_text(again)


def test_progress_is_told_step_by_step(capsys):
    told = []

    train("wine", progress=told.append)

    assert told == [
        "wine of three cultivars, 13 measurements simulated from 178 bottles: "
        "train 58, train-dev 200, dev 200, test 200 rows",
        "training",
        "predicting and measuring latency",
    ]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(UsageError, match="the seed is"):
        train("wine", seed=seed)
