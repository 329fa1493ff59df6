"""A model on a user's own table: what is read, left out, refused, and written."""

import csv
import tomllib
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlstrat as ms
from mlstrat.errors import InputError, UsageError
from mlstrat.harness.train.own_data import train_own

train_all = partial(ms.train, with_test=True)

pytestmark = pytest.mark.usefixtures("typed")


def churn(rows=300):
    """A table of numbers, categories, gaps and columns that are of no use."""
    random = np.random.default_rng(0)
    age, plan = random.integers(18, 80, rows), random.choice(["free", "pro"], rows)
    leaves = random.random(rows) < 1 / (1 + np.exp(-(age - 50) / 8 - 2 * (plan == "free") + 1))
    return pd.DataFrame({
        "customer_id": 7 * np.arange(rows) + 1000,
        "age": np.where(random.random(rows) < 0.1, "", age.astype(str)),
        "plan": plan,
        "city": random.choice(["a", "b", "NA"], rows),
        "note": [f"note {i}" for i in range(rows)],
        "country": "here",
        "churned": np.where(leaves, "yes", "no"),
    })  # fmt: skip


@pytest.fixture
def table(empty_folder):
    churn().to_csv("churn.csv", index=False)
    return "churn.csv"


MODELS = (
    None, "logistic_regression", "mlp", "decision_tree", "random_forest", "nearest_neighbours",
    "hist_gradient_boosting", "sklearn.ensemble.ExtraTreesClassifier", "sklearn.svm.LinearSVC",
)  # fmt: skip


@pytest.mark.parametrize("model", MODELS)
def test_a_first_system_stands(table, model):
    document = train_all(table, target="churned", model=model, out="run")
    rows = list(csv.DictReader(Path("run/run.csv").read_text().splitlines()))

    assert sum(document.rows.values()) == len(rows) == 300
    assert set(document.rows) == {"train", "dev", "test"}
    assert document.errors["dev"] < 0.45
    assert ms.diagnose("run/run.csv").to_dict()["labels"] == ["no", "yes"]
    assert {row["id"] for row in rows} == {str(7 * i + 1000) for i in range(300)}
    shares = np.array([[float(row["prob_no"]), float(row["prob_yes"])] for row in rows])
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)


def test_what_cannot_be_learnt_from_is_left_out_and_said(table):
    document = train_all(table, target="churned", model="decision_tree", out="run")

    assert [text.split(" (")[0] for text in document.remarks] == [
        "left out the column 'customer_id'", "left out the column 'note'",
        "left out the column 'country'",
    ]  # fmt: skip
    config = tomllib.loads(Path("run/run.toml").read_text())
    assert config["run"]["remarks"] == list(document.remarks)
    assert "recipe" not in config["run"]
    assert config["run"]["command"] == (
        "mlstrat train churn.csv --target churned --model decision_tree --seed 0"
    )
    header = Path("run/run.csv").read_text().splitlines()[0]
    assert header == "id,split,label,prediction,plan,city,prob_no,prob_yes"


def test_the_same_seed_gives_the_same_run_and_a_frame_the_same_as_its_file(table):
    for out, what, seed in (("a", table, 0), ("b", table, 0), ("c", table, 1)):
        train_all(what, target="churned", model="random_forest", out=out, seed=seed)
    train_all(churn(), target="churned", model="random_forest", out="d")
    texts = [Path(out, "run.csv").read_bytes() for out in "abcd"]

    assert texts[0] == texts[1] == texts[3]
    assert texts[0] != texts[2]


def test_splits_are_those_that_split_makes(table):
    ms.split(table, dev="20%", test="20%", stratify="churned", output="splits.csv")
    train_all(table, target="churned", model="decision_tree", out="drawn")
    train_all("splits.csv", target="churned", model="decision_tree", out="given")
    drawn, given = (
        pd.read_csv(f"{out}/run.csv").sort_values("id")["split"] for out in ("drawn", "given")
    )

    assert drawn.tolist() == given.tolist()


def test_a_split_column_is_honoured(empty_folder):
    frame = churn()
    frame["fold"] = np.resize(["training", "val", "train", "holdout", "train/dev"], len(frame))
    document = train_all(frame, target="churned", model="decision_tree")

    assert document.rows == {"train": 120, "train-dev": 60, "dev": 60, "test": 60}


def test_groups_do_not_leak(empty_folder):
    frame = churn()
    frame["user_id"] = np.arange(len(frame)) // 5
    document = train_all(frame, target="churned", model="decision_tree", out="run")
    run = pd.read_csv("run/run.csv")

    assert run.groupby("group")["split"].nunique().max() == 1
    assert [level.ci for level in document.levels] == [None] * 3


def test_ids_are_kept_and_rows_of_one_stay_together(empty_folder):
    frame = churn().rename(columns={"customer_id": "id"})
    frame["id"] = [f"c{i // 2}" for i in range(len(frame))]
    train_all(frame, target="churned", model="decision_tree", out="run")
    run = pd.read_csv("run/run.csv")

    assert set(run["id"]) == set(frame["id"])
    assert run.groupby("id")["split"].nunique().max() == 1


def test_other_sources_in_dev_are_declared(empty_folder):
    frame = churn()
    frame["split"] = np.resize(["train", "train", "dev", "test"], len(frame))
    frame["source"] = np.where(frame["split"] == "train", "web", "app")
    train_all(frame, target="churned", model="decision_tree", out="run")

    assert tomllib.loads(Path("run/run.toml").read_text())["diagnose"]["different_distributions"]
    assert set(pd.read_csv("run/run.csv")["source"]) == {"web", "app"}


def test_rows_without_an_id_are_numbered():
    assert train_own(cells(), target="y").table["id"].tolist()[0].startswith("row-")


def test_a_column_that_is_called_like_a_role_of_a_run_gets_another_name(empty_folder):
    frame = cells(output=np.resize(["u", "v"], 40), prob_a=np.resize(["s", "t", "r"], 40))
    train_all(frame, target="y", model="decision_tree", out="run")
    header = Path("run/run.csv").read_text().splitlines()[0]

    assert header == "id,split,label,prediction,feature_output,feature_prob_a,prob_a,prob_b"
    assert ms.diagnose("run/run.csv").verdict


def test_knobs_turn_own_models(table):
    document = train_all(table, target="churned", model="mlp", n=50, width=5, epochs=7, out="run")

    assert document.rows["train"] == 50
    assert "hidden_layer_sizes=(5,), max_iter=7" in document.model
    with pytest.raises(UsageError, match="'mlp' takes no --dropout"):
        train_all(table, target="churned", model="mlp", dropout=0.5)
    with pytest.raises(UsageError, match=r"LinearSVC' takes no --l2"):
        train_all(table, target="churned", model="sklearn.svm.LinearSVC", l2=0.5)
    with pytest.raises(TypeError, match="'lr'"):
        train_all(table, target="churned", model="mlp", lr=0.5)
    with pytest.raises(UsageError, match="n is 181, and train has 180 rows"):
        train_all(table, target="churned", n=181)


@pytest.mark.parametrize(
    ("model", "knobs", "said"),
    [
        ("nearest_neighbours", {"n": 4}, "--neighbours is 5, and train has 4 examples"),
        ("nearest_neighbours", {"neighbours": 25}, "--neighbours is 25, and train has 24 examples"),
        ("sklearn.neighbors.KNeighborsClassifier", {"n": 4}, "scikit-learn refuses: .*n_neighbors"),
    ],
)
def test_more_neighbours_than_examples_are_refused(model, knobs, said):
    with pytest.raises(UsageError, match=said):
        train_own(cells(), target="y", model=model, knobs=knobs)


@pytest.mark.parametrize("model", ["decision_tree", "dense"])
def test_so_few_examples_that_they_are_of_one_class_are_refused(model):
    if model == "dense":
        pytest.importorskip("torch")
    with pytest.raises(InputError, match="train holds only the class"):
        train_own(cells(), target="y", model=model, knobs={"n": 1})


def test_a_network_scales_by_the_examples_that_it_learns_from():
    pytest.importorskip("torch")
    task = train_own(cells(), target="y", model="dense", knobs={"n": 8, "epochs": 1}).task
    rows = task.examples.rows(task.training)
    seen = task.prepare(rows).transform(rows)

    assert len(seen) == 8
    np.testing.assert_allclose([seen.mean(), seen.std()], [0, 1], atol=1e-6)


def test_a_frame_has_no_command_line_that_makes_the_run_again(empty_folder):
    document = train_all(cells(), target="y", model="decision_tree", out="run")

    assert document.command is None
    assert "command" not in tomllib.loads(Path("run/run.toml").read_text())["run"]


def cells(**columns):
    """A table of 40 rows with a feature, and with these columns instead or besides."""
    return pd.DataFrame({"x": np.arange(40) * 1.5, "y": np.resize(["a", "b"], 40), **columns})


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (cells(y="a"), "the target is 'a' in every row"),
        (cells(y=[f"v{i}" for i in range(40)]), "40 values in 40 rows: an id, or a number"),
        (cells(y=["rare"] * 2 + ["a", "b"] * 19), r"fewer rows than .* splits.*'rare' \(2\)"),
        (cells(y=[""] * 3 + ["a"] * 37), "3 of 40 rows have no label"),
        (cells(split="wal"), "unknown split 'wal'"),
        (cells(split="train"), "no rows of dev"),
        (cells(split=["train"] * 20 + ["dev"] * 20, y=["a"] * 20 + ["b"] * 20),
         "train holds only the class 'a'"),
        (cells()[:6], "6 rows are too few"),
        (cells(group="one"), "would be empty: whole groups are too large"),
        (cells(x="same", id=range(40)), "no column is left to learn from"),
        (cells(id=range(40)).drop(columns="x"), "no column but the target"),
        (cells()[:0], "no rows"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_learnt_from(frame, message):
    with pytest.raises(InputError, match=message):
        train_own(frame, target="y")


def test_sources_without_splits_ask_for_split():
    with pytest.raises(UsageError, match="several sources in the column 'source'") as caught:
        train_own(cells(source=np.resize(["web", "app"], 40)), target="y")

    assert "mlstrat split" in caught.value.hint


def test_a_target_that_is_not_there_or_not_named():
    with pytest.raises(InputError, match="'why', which is not there"):
        train_own(cells(), target="why")
    with pytest.raises(UsageError, match="which column is to be predicted"):
        train_own(cells().rename(columns={"y": "churned"}))
    assert train_own(cells()).rows["train"] == 24  # a name that labels have


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("os.path.join", "no installed package 'os'"),
        ("sklearn.linear_model.Ridge", "not a scikit-learn classifier"),
        ("sklearn.linear_model.Lasso", "not a scikit-learn classifier"),
        ("sklearn.ensemble.nothing_like_this", "has no 'nothing_like_this'"),
        ("sklearn.nowhere.Thing", "cannot be imported"),
        ("sklearn.ensemble.VotingClassifier", "cannot be made with its defaults"),
        ("sklearn..Thing", "no import path"),
        ("randm_forest", "no architecture"),
    ],
)
def test_a_model_that_is_none(path, message):
    with pytest.raises(UsageError, match=message):
        train_own(cells(), target="y", model=path)


def test_a_file_that_lies_about_is_not_imported(empty_folder, monkeypatch):
    Path("evil.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(str(empty_folder))

    with pytest.raises(UsageError, match="no installed package 'evil'"):
        train_own(cells(), target="y", model="evil.Classifier")


def test_a_network_for_pictures_does_not_read_tables():
    with pytest.raises(UsageError, match="lenet5 does not read tables") as caught:
        train_own(cells(), target="y", model="lenet5")

    assert "dense" in caught.value.accepted


def test_what_is_missing_everywhere_in_train_is_no_failure():
    split = ["train"] * 20 + ["dev"] * 20
    gaps = ["" if i < 20 else str(i) for i in range(40)]

    assert train_own(cells(split=split, gaps=gaps), target="y").rows == {"train": 20, "dev": 20}


def test_a_dense_network_reads_tables(table):
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")

    document = train_all(table, target="churned", model="dense", epochs=3, out="run")

    assert "model.safetensors" in document.files
    assert not list(Path("run").glob("checkpoint*"))
