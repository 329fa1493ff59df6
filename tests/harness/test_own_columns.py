"""A contract for own data: what the columns of a user's table are taken for, and what is said."""

from __future__ import annotations

import csv
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlstrat as ms
from mlstrat.errors import InputError, UsageError
from mlstrat.harness.datasets.reading import days_of, numbers_of
from mlstrat.harness.train.learning_table import TableAsked
from mlstrat.harness.train.own_data import train_own

train_all = partial(ms.train, with_test=True)

pytestmark = pytest.mark.usefixtures("typed")

ROWS = 400


def table(rows: int = ROWS, **columns) -> pd.DataFrame:
    """A feature that tells the target, and these columns besides."""
    random = np.random.default_rng(4)
    x = random.normal(0, 1, rows).round(3)
    y = np.where(x + random.normal(0, 0.3, rows) > 0, "yes", "no")
    return pd.DataFrame({"x": x, "y": y, **columns})


def told_by(column) -> pd.DataFrame:
    """Rows of which one column alone tells the target, but for one in twenty."""
    random = np.random.default_rng(5)
    y = np.where(column == column[0], "a", "b")
    y = np.where(random.random(len(y)) < 0.05, np.where(y == "a", "b", "a"), y)
    return pd.DataFrame({"garage": column, "noise": random.random(len(y)), "y": y})


@pytest.mark.parametrize("missing", ["none", "", "NA", "?"])
def test_what_is_missing_is_a_value_of_its_category(missing):
    garage = np.random.default_rng(0).choice(["yes", missing], ROWS)
    document = train_all(told_by(garage), target="y", model="logistic_regression")
    assert document.errors["dev"] < 0.15
    assert not document.remarks


def test_that_a_number_is_there_is_a_category():
    garage = np.random.default_rng(0).choice(["1", ""], ROWS)
    document = train_all(told_by(garage), target="y", model="decision_tree")
    assert document.errors["dev"] < 0.15


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["1,234.56", "12", "1,000,000"], [1234.56, 12, 1e6]),
        (["45%", " 7 %", "0.5%"], [0.45, 0.07, 0.005]),
        (["3,5", "1,25", "-4"], [3.5, 1.25, -4]),
        (["1,234", "567"], [1234, 567]),
        (["1e3", "inf", "n/a"], [1000, np.nan, np.nan]),
        (["-", "5", "?"], [np.nan, 5, np.nan]),
    ],
)
def test_numbers_however_they_are_written(cells, wanted):
    np.testing.assert_array_equal(numbers_of("x", np.array(cells)).values["x"], wanted)


def test_one_cell_in_a_hundred_that_is_no_number_is_missing_and_said():
    cells = np.array([str(i / 7) for i in range(99)] + ["unknown"])
    document = train_all(table(100, size=cells), target="y", model="decision_tree")
    assert document.remarks == ("1 cell of the column 'size' is not a number: taken as missing",)
    half = np.where(np.arange(100) < 50, "unknown", cells)
    assert numbers_of("size", half) is None


@pytest.mark.parametrize(
    ("form", "cells"),
    [
        ("ISO", ["2024-02-29", "2023-12-31"]),
        ("of Germany", ["29.02.2024", "31.12.2023"]),
        ("with the day first", ["29/02/2024", "31/12/2023"]),
        ("of America", ["02/29/2024", "12/31/2023"]),
        ("with hours", ["2024-02-29 09:00", "2023-12-31 09:00"]),
    ],
)
def test_dates_are_their_parts(form, cells):
    parts = days_of("seen", np.array(cells)).values
    assert parts["seen (year)"].tolist() == [2024, 2023], form
    assert parts["seen (month)"].tolist() == [2, 12]
    assert parts["seen (weekday)"].tolist() == [3, 6]
    assert np.ptp(parts["seen (days)"]) == 60


def test_what_a_month_tells_is_learnt():
    days = pd.date_range("2022-01-01", periods=ROWS).strftime("%Y-%m-%d").to_numpy()
    summer = np.isin([x[5:7] for x in days], ["06", "07", "08"])
    frame = pd.DataFrame({"day": days, "y": np.where(summer, "warm", "cold")})
    assert train_all(frame, target="y", model="decision_tree").errors["dev"] < 0.05


WORDS = ("good fine lovely great", "bad poor awful grim")


def reviews(rows: int = ROWS) -> pd.DataFrame:
    random = np.random.default_rng(2)
    y = random.integers(0, 2, rows)
    common = [" ".join(random.choice(list("abcdefghijklmnop"), 6)) for _ in range(rows)]
    words = [random.choice(WORDS[k].split()) for k in y]
    text = [f"{a} {w} {a[::-1]} {i}" for i, (a, w) in enumerate(zip(common, words, strict=True))]
    return pd.DataFrame({"text": text, "length": random.integers(1, 9, rows),
                         "y": np.array(["good", "bad"])[y]})  # fmt: skip


@pytest.mark.parametrize("model", ["logistic_regression", "sklearn.svm.LinearSVC"])
def test_free_text_is_a_bag_of_words_for_linear_models(model):
    document = train_all(reviews(), target="y", model=model)
    assert document.errors["dev"] < 0.1
    assert not document.remarks


def test_free_text_that_a_model_does_not_read_is_named_with_one_that_does():
    (said,) = train_all(reviews(), target="y", model="decision_tree").remarks
    assert said.startswith("left out the column 'text' (free text")
    assert "logistic_regression" in said


def people(name: str = "patient", rows: int = ROWS) -> pd.DataFrame:
    who = np.random.default_rng(3).integers(0, rows // 3, rows)
    return table(rows).assign(**{name: [f"p{i}" for i in who]})


@pytest.mark.parametrize("name", ["patient", "Patient No", "customer_id", "speaker", "subject-key"])
def test_rows_of_a_person_stay_together_and_are_carried_into_the_run(name, empty_folder):
    document = train_all(people(name), target="y", model="decision_tree", out="run")
    run = pd.read_csv("run/run.csv")
    assert run.groupby("group")["split"].nunique().max() == 1
    assert all(level.ci is None for level in document.levels)  # rows are not independent
    if name != "customer_id":
        assert name in document.remarks[0]
    assert "group" in ms.diagnose("run/run.csv").to_dict()["columns"]


def test_a_group_is_named_or_refused(empty_folder):
    frame = people("place")
    train_all(frame, target="y", model="decision_tree", group="place", out="run")
    assert pd.read_csv("run/run.csv").groupby("group")["split"].nunique().max() == 1
    train_all(frame, target="y", model="decision_tree", columns={"group": "place"}, out="again")
    assert Path("run/run.csv").read_text() == Path("again/run.csv").read_text()
    train_all(people(), target="y", model="decision_tree", columns={"group": ""}, out="none")
    assert "group" not in pd.read_csv("none/run.csv").columns
    with pytest.raises(InputError, match="'where', which is not there"):
        train_all(frame, target="y", group="where")


def test_kinds_of_people_are_a_category():
    frame = table(customer=np.resize(["private", "business", "state"], ROWS))
    assert "group" not in train_own(frame, target="y").table.columns


def test_the_target_may_be_mapped_and_is_named_once(empty_folder):
    assert train_all(table(), columns={"label": "y"}, model="decision_tree").rows["train"] == 240
    with pytest.raises(UsageError, match="the target is given twice"):
        train_all(table(), columns={"label": "y"}, target="y")


def test_the_seed_of_the_splits_is_not_the_models(empty_folder):
    table().to_csv("t.csv", index=False)

    def splits(**how):
        document = train_all(
            "t.csv", target="y", model="decision_tree", out="run", force=True, **how
        )
        rows = csv.DictReader(Path("run/run.csv").read_text().splitlines())
        return {row["id"]: row["split"] for row in rows}, document.command

    first, _ = splits(seed=0)
    assert splits(seed=1)[0] == first
    other, command = splits(split_seed=1)
    assert other != first
    assert "--split-seed 1" in command


def test_the_latest_rows_are_held_out_and_where_the_target_drifts_that_is_offered(empty_folder):
    days = pd.date_range("2022-01-01", periods=ROWS).strftime("%Y-%m-%d").to_numpy()
    shuffled = np.random.default_rng(1).permutation(ROWS)
    frame = table().assign(day=days)
    frame["y"] = np.where(np.arange(ROWS) > 250, "yes", frame["y"])
    frame = frame.iloc[shuffled]
    offered = {x.code: x for x in train_all(frame, target="y", model="decision_tree").findings}
    assert offered["MLS263"].flags == "--split-by-time day"
    document = train_all(frame, target="y", model="decision_tree", split_by_time="day", out="run")
    assert "MLS263" not in {x.code for x in document.findings}
    assert document.rows == {"train": 240, "dev": 80, "test": 80}
    ids = train_own(frame, target="y").task.examples.ids
    latest = dict(zip(ids, frame["day"], strict=True))
    run = pd.read_csv("run/run.csv")
    day = run["id"].map(latest)
    by = day.groupby(run["split"]).agg(["min", "max"])
    assert by["max"]["train"] < by["min"]["dev"] <= by["max"]["dev"] < by["min"]["test"]


def test_a_target_that_does_not_change_is_not_said_to_drift():
    days = pd.date_range("2022-01-01", periods=ROWS).strftime("%Y-%m-%d")
    found = train_all(table(day=days), target="y", model="decision_tree").findings
    assert "MLS263" not in {x.code for x in found}


@pytest.mark.parametrize(
    ("day", "message"),
    [
        (np.resize(["2024-01-01", ""], ROWS), "no date in every row"),
        (np.resize(["mon", "tue"], ROWS), "these are not dates"),
        ("2024-01-01", "too many rows are of one moment"),
    ],
)
def test_dates_that_do_not_split(day, message):
    with pytest.raises(InputError, match=message):
        train_own(table(day=day), target="y", roles=TableAsked(by_time="day"))


def test_dates_do_not_split_what_has_splits():
    split = np.resize(["train", "dev"], ROWS)
    with pytest.raises(UsageError, match="the column 'split' says the splits"):
        train_own(table(split=split), target="y", roles=TableAsked(by_time="x"))


def test_a_class_that_train_never_saw_is_said_by_train_and_by_diagnose(empty_folder):
    frame = table(split=np.resize(["train", "train", "dev"], ROWS))
    frame.loc[(frame["split"] == "dev") & (np.arange(ROWS) % 4 == 0), "y"] = "maybe"
    document = train_all(frame, target="y", model="decision_tree", out="run")
    found = {x.code: x for x in document.findings}
    assert found["MLS261"].evidence == {"splits": {"dev": {"maybe": 33}}}
    diagnosis = ms.diagnose("run/run.csv")
    (told,) = [x for x in diagnosis.findings if x.code == "MLS218"]
    assert told.evidence["splits"]["dev"]["errors"] == 33
    assert (diagnosis.verdict, diagnosis.focus) == ("undetermined", ())
    assert "which does not occur in train" in diagnosis.to_text().splitlines()[0]


def test_a_class_that_train_has_is_not_said():
    rows = [("train", "a", "a"), ("train", "b", "b"), ("dev", "a", "b"), ("dev", "b", "b")] * 20
    frame = pd.DataFrame(rows, columns=["split", "label", "prediction"])
    assert "MLS218" not in {x.code for x in ms.diagnose(frame).findings}


def test_copies_of_train_in_other_splits_are_said():
    frame = table(split=np.resize(["train", "train", "dev"], ROWS))
    dev, train = frame.index[frame["split"] == "dev"][:20], frame.index[frame["split"] == "train"]
    frame.loc[dev, ["x", "y"]] = frame.loc[train[:20], ["x", "y"]].to_numpy()
    found = {x.code: x for x in train_all(frame, target="y", model="decision_tree").findings}
    assert found["MLS262"].severity == "issue"
    assert found["MLS262"].evidence["copies"]["dev"] >= 20


def test_rows_that_agree_by_chance_are_no_copies():
    frame = pd.DataFrame({"a": np.resize([0, 1, 2], ROWS), "b": np.resize(["u", "v"], ROWS),
                          "y": np.resize(["no", "yes", "no", "yes", "yes"], ROWS)})  # fmt: skip
    assert not train_all(frame, target="y", model="decision_tree").findings


def test_options_of_own_data_are_refused_of_a_recipe_and_of_a_folder(empty_folder):
    with pytest.raises(UsageError, match="'wine' is a recipe: --group, --split-seed does not"):
        train_all("wine", group="x", split_seed=3)
    Path("pictures/a").mkdir(parents=True)
    with pytest.raises(UsageError, match="--group is of a table"):
        train_own("pictures", roles=TableAsked(group="x"))


def test_scaling_and_products_are_those_of_scikit_learn(empty_folder):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, QuantileTransformer, StandardScaler

    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(300, 3)).round(3), columns=list("abc"))
    frame["y"] = np.where(frame["a"] * frame["b"] > 0, "same", "other")
    found = train_all(frame, target="y", model="logistic_regression", scaling="quantile",
                      features=["products"])  # fmt: skip
    run = found.predictions
    rows = run["id"].str.removeprefix("row-").astype(int).to_numpy() - 1
    train = rows[(run["split"] == "train").to_numpy()]
    plain = make_pipeline(
        QuantileTransformer(output_distribution="normal", random_state=0),
        PolynomialFeatures(2, include_bias=False), StandardScaler(),
        LogisticRegression(random_state=0),
    )  # fmt: skip
    x = frame[list("abc")].to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # more quantiles than rows
        plain.fit(x[train], frame["y"].to_numpy()[train])
    assert (plain.predict(x[rows]) == run["prediction"]).all()
    assert found.errors["dev"] < 0.1
    straight = train_all(frame, target="y", model="logistic_regression")
    assert straight.errors["dev"] > 0.3
    with pytest.raises(UsageError, match="scaling is 'quantiles'"):
        ms.train(frame, target="y", model="logistic_regression", scaling="quantiles")
    with pytest.raises(UsageError, match="takes no"):
        ms.train("wine", scaling="none")
