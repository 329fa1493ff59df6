"""A trained model as a whole: its weights hold all that new rows need, and test stays fresh."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlstrat as ms
from mlstrat.harness.datasets import Examples
from mlstrat.harness.train.own_models import preprocessing
from mlstrat.harness.train.prepared import prepared
from mlstrat.harness.train.run_files import RUN

pytestmark = pytest.mark.usefixtures("typed")

needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="needs PyTorch")

ROWS = 300


def table(rows: int = ROWS, seed: int = 0) -> pd.DataFrame:
    """Return people with a number that is missing at times, a category, a date and a class."""
    rng = np.random.default_rng(seed)
    age = rng.normal(40, 10, rows).round(1)
    town = rng.choice(["Ely", "Ayr", "Rye", ""], rows)
    days = pd.to_datetime("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, rows), unit="D")
    wanted = age + 8 * (town == "Ely") + rng.normal(0, 3, rows) > 42
    return pd.DataFrame({
        "who": [f"p{i}" for i in range(rows)],
        "age": np.where(rng.random(rows) < 0.1, "n/a", age.astype(str)),
        "town": town,
        "since": days.strftime("%d.%m.%Y"),
        "joined": np.where(wanted, "yes", "no"),
    })  # fmt: skip


def trained(folder: Path, model: str, **how: Any) -> Any:
    """Train a model on the table, with its weights; `who` names the rows."""
    frame = table()
    if model != "dense":
        pytest.importorskip("skops")
    return ms.train(frame, target="joined", model=model, columns={"id": "who"}, weights=True,
                    with_test=True, out=folder, **how)  # fmt: skip


MODELS = [
    "logistic_regression", "hist_gradient_boosting",
    pytest.param("dense", marks=needs_torch),
]  # fmt: skip


@pytest.mark.parametrize("model", MODELS)
def test_predictions_of_a_stored_model_are_those_of_its_run(tmp_path: Path, model: str) -> None:
    run = trained(tmp_path, model).predictions.set_index("id")
    shuffled = table().drop(columns="joined").sample(frac=1, random_state=1)[::-1]
    shuffled = shuffled[list(reversed(shuffled.columns))]
    found = ms.predict(tmp_path, shuffled).to_frame().set_index("id")
    assert list(found.index) == list(shuffled["who"])
    assert (found.loc[run.index, "prediction"] == run["prediction"]).all()
    np.testing.assert_allclose(found.loc[run.index, "prob_yes"], run["prob_yes"], atol=2e-6)


def test_one_new_row_is_read_as_the_table_was(tmp_path: Path) -> None:
    # Alone, 03.04.2024 could be of March or of April, and "n/a" says nothing of the column.
    run = trained(tmp_path, "logistic_regression").predictions.set_index("id")
    frame = table()
    for place in (0, 5, 17):
        alone = ms.predict(tmp_path, frame.iloc[[place]].drop(columns="joined"))
        assert alone.table["prob_yes"] == [run.loc[f"p{place}", "prob_yes"]]


def test_a_category_that_train_never_saw_is_predicted_all_the_same(tmp_path: Path) -> None:
    trained(tmp_path, "logistic_regression")
    frame = table(3).assign(town="Oslo")
    assert len(ms.predict(tmp_path, frame).table["prediction"]) == 3


def test_what_the_table_knows_of_labels_stands_beside_the_predictions(tmp_path: Path) -> None:
    trained(tmp_path, "logistic_regression")
    frame = table(40, 3)
    found = ms.predict(tmp_path, frame)
    assert found.table["label"] == frame["joined"].tolist()
    assert ms.score(found.to_frame(), metric="accuracy").to_dict()["scores"]


def test_missing_columns_are_named(tmp_path: Path) -> None:
    trained(tmp_path, "logistic_regression")
    with pytest.raises(ms.InputError, match=r"columns are missing .*: 'age' and? ?|'age', 'town'"):
        ms.predict(tmp_path, table().drop(columns=["age", "town"]))


def test_a_run_without_weights_says_how_to_get_them(tmp_path: Path) -> None:
    ms.train(table(), target="joined", model="logistic_regression", out=tmp_path)
    with pytest.raises(ms.InputError, match="holds no weights") as caught:
        ms.predict(tmp_path, table())
    assert "--weights" in str(caught.value) or "weights" in str(caught.value)


def test_a_model_that_names_other_code_is_refused(tmp_path: Path) -> None:
    io = pytest.importorskip("skops.io")
    (tmp_path / "x").mkdir()
    io.dump({"classes": ("a",), "models": (Path("a"),), "reading": None}, tmp_path / "model.skops")
    with pytest.raises(ms.InputError, match=r"types of other packages|no model that mlstrat wrote"):
        ms.predict(tmp_path, table())


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    trained(tmp_path, "logistic_regression")
    stored = tmp_path / "model.skops"
    stored.write_bytes(stored.read_bytes()[:200])
    with pytest.raises(ms.InputError, match="no model that mlstrat wrote"):
        ms.predict(tmp_path, table())


def test_what_stands_before_a_network_is_what_scikit_learn_makes() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({
        "a": np.where(rng.random(400) < 0.2, np.nan, rng.normal(size=400)),
        "b": rng.normal(5, 2, 400), "blank": np.nan,
        "few": rng.choice(["x", "y"], 400), "many": rng.integers(0, 90, 400).astype(str),
    })  # fmt: skip
    names = ("a", "b", "blank"), ("few", "many")
    seen, new = frame[:300], frame[300:].assign(few="z")
    made = prepared(preprocessing(*names), seen, *names)
    steps = preprocessing(*names).fit(seen)
    for rows in (seen, new):
        np.testing.assert_allclose(made.transform(rows), steps.transform(rows), atol=1e-6)
    assert len(made.names) == made.transform(seen).shape[1]


def test_test_rows_of_own_data_are_not_predicted_unless_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: set[str] = set()
    ids = table()["age"].index
    own = Examples.rows

    def spied(self: Any, rows: Any) -> Any:
        looked.update(map(str, np.asarray(ids)[rows]))
        return own(self, rows)

    monkeypatch.setattr(Examples, "rows", spied)
    document = ms.train(table(), target="joined", model="logistic_regression", out=tmp_path)
    assert document.reserved == {"test": 60}
    assert set(document.rows) == {"train", "dev"}
    assert set(pd.read_csv(tmp_path / RUN)["split"]) == {"train", "dev"}
    assert len(looked) == ROWS - 60
    asked = ms.train(table(), target="joined", model="logistic_regression", with_test=True)
    assert set(asked.rows) == {"train", "dev", "test"}
    assert asked.reserved == {}


def test_a_recipe_is_predicted_on_test_unless_asked_otherwise() -> None:
    assert "test" in ms.train("wine", n=30).rows
    assert "test" not in ms.train("wine", n=30, with_test=False).rows


def test_a_run_in_memory_is_diagnosed_as_its_folder_is(tmp_path: Path) -> None:
    document = ms.train("wine", n=30, out=tmp_path)
    there, here = ms.diagnose(tmp_path / RUN).to_dict(), ms.diagnose(document).to_dict()
    for name in ("verdict", "focus", "levels", "gaps"):
        assert here[name] == there[name]
    assert ms.diagnose(document.predictions).focus == ("variance",)
    assert ms.compare(document, ms.train("wine", n=60)).verdict


@needs_torch
def test_borrowed_weights_are_matched_by_the_names_of_columns(tmp_path: Path) -> None:
    first, frame = tmp_path / "first", table()
    ms.train(frame, target="joined", model="dense", epochs=3, columns={"id": "who"}, out=first)
    turned = frame[["town", "who", "since", "joined", "age"]]
    how: Any = {"target": "joined", "model": "dense", "epochs": 1, "columns": {"id": "who"},
                "init_from": str(first)}  # fmt: skip
    same, moved = ms.train(frame, **how), ms.train(turned, **how)
    kept = ["id", "prob_yes"]
    pd.testing.assert_frame_equal(same.predictions[kept], moved.predictions[kept], rtol=1e-4)
    with pytest.raises(ms.UsageError, match="trained on other columns: this table lacks 'town="):
        ms.train(frame.drop(columns="town"), **how)
    assert ms.predict(first, frame).table["prediction"]


@needs_torch
def test_latency_and_size_of_a_network_hold_what_stands_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from mlstrat.harness.train.prepared import Prepared, PreparedNetwork

    calls: list[int] = []
    own = Prepared.transform
    monkeypatch.setattr(Prepared, "transform",
                        lambda self, rows: calls.append(len(rows)) or own(self, rows))  # fmt: skip
    from mlstrat.harness.train.own_data import train_own

    run = train_own(table(), target="joined", model="dense", knobs={"epochs": 1})
    assert isinstance(run.fitted, PreparedNetwork)
    assert calls.count(1) >= 5  # each of the predictions that are timed one by one
    assert run.size_bytes > run.fitted.network.size_bytes
