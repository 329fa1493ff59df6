"""Runs of a dict of splits, of a fitted estimator and of a dataset."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

import mlstrat as ms

QUICK: dict[str, Any] = {"resamples": 100}
Y, P = [1, 0, 1, 0] * 10, [1, 0, 0, 0] * 10


def test_a_dict_of_splits_holds_pairs_frames_files_and_columns(tmp_path: Any) -> None:
    path = tmp_path / "test.csv"
    pl.DataFrame({"target": Y, "guess": P}).rename({"guess": "yhat"}).write_csv(path)
    frame = pd.DataFrame({"y_true": P, "y_pred": P})
    found = ms.diagnose(
        {"training": (Y, Y), "val": frame, "test": path, "train-dev": {"label": Y, "pred": P}},
        **QUICK,
    ).to_dict()
    assert {x["level"]: x["errors"] for x in found["levels"]} == {
        "train": 0, "train-dev": 10, "dev": 0, "test": 10}  # fmt: skip
    one = pl.concat([
        pl.DataFrame({"split": split, "label": y, "prediction": p})
        for split, y, p in (("train", Y, Y), ("dev", P, P), ("test", Y, P), ("train-dev", Y, P))
    ])  # fmt: skip
    assert found["gaps"] == ms.diagnose(one, **QUICK).to_dict()["gaps"]


def test_a_dict_whose_keys_are_columns_is_a_table() -> None:
    found = ms.diagnose({"label": Y, "prediction": P, "split": "test"}, **QUICK).to_dict()
    assert [x["level"] for x in found["levels"]] == ["test"]


def test_a_dict_of_splits_may_hold_scores_and_unknown_names() -> None:
    scores = np.linspace(0, 1, 40)
    parts = {"train": (Y, P, scores), "hans": (Y, P, scores)}
    found = ms.score(parts, metric="roc_auc", split_as={"hans": "dev"}, **QUICK)
    assert found.value == ms.score(Y, P, score=scores, metric="roc_auc", **QUICK).value
    with pytest.raises(ms.InputError, match="hans"):
        ms.score(parts, **QUICK)


def test_frames_of_splits_may_have_names_that_the_call_tells() -> None:
    frame = pd.DataFrame({"churned": Y, "guess": P})
    found = ms.diagnose({"train": frame, "dev": frame},
                        columns={"label": "churned", "prediction": "guess"}, **QUICK)  # fmt: skip
    assert [x["errors"] for x in found.to_dict()["levels"]] == [10, 10]


def test_splits_that_cannot_be_joined_are_refused() -> None:
    with pytest.raises(ms.InputError, match="'dev' is given twice: 'dev' and 'valid'"):
        ms.diagnose({"dev": (Y, P), "valid": (Y, P)})
    two = pl.DataFrame({"label": Y, "pred": P, "split": ["train", "dev"] * 20})
    with pytest.raises(ms.InputError, match="a column of several splits"):
        ms.diagnose({"train": (Y, P), "dev": two})
    counts = ms.count(Y, P).to_frame()
    with pytest.raises(ms.InputError, match="'train' rows, 'dev' counts"):
        ms.diagnose({"train": (Y, P), "dev": counts})
    with pytest.raises(ms.UsageError, match="one array of score for a dict of splits"):
        ms.diagnose({"train": (Y, P), "dev": (Y, P)}, score=[0.1] * 40)


def halves(load: Any, **how: Any) -> tuple[Any, Any, Any, Any]:
    """Return the even and the odd rows of a data set."""
    x, y = load(return_X_y=True, **how)
    return x[::2], y[::2], x[1::2], y[1::2]


def test_an_estimator_is_diagnosed_on_its_data_in_three_lines() -> None:
    x, y, x_dev, y_dev = halves(load_wine)
    model = DecisionTreeClassifier(max_depth=2, random_state=0).fit(x, y)
    found = ms.diagnose(model, {"train": (x, y), "dev": (x_dev, y_dev)}, **QUICK)
    by_hand = {"train": (y, model.predict(x)), "dev": (y_dev, model.predict(x_dev))}
    assert found.to_dict()["levels"] == ms.diagnose(by_hand, **QUICK).to_dict()["levels"]
    assert found.signature.inputs[0]["path"] == "<sklearn.DecisionTreeClassifier>"
    log_loss = ms.score(model, (x_dev, y_dev), metric="log_loss", **QUICK)
    assert (
        log_loss.value
        == ms.score(
            (y_dev, model.predict(x_dev), model.predict_proba(x_dev)), metric="log_loss", **QUICK
        ).value
    )


@pytest.mark.parametrize("model", [
    make_pipeline(StandardScaler(), LogisticRegression()),
    GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2]}, cv=2),
    LinearSVC(random_state=0),
], ids=["pipeline", "search", "decision function"])  # fmt: skip
def test_pipelines_searches_and_decision_functions_rank(model: Any) -> None:
    x, y, x_dev, y_dev = halves(load_breast_cancer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(x, y)
    found = ms.score(model, (x_dev, y_dev), metric="roc_auc", **QUICK)
    assert 0.8 < found.value <= 1
    assert ms.score(model, (x_dev, y_dev), metric="error", **QUICK).value == pytest.approx(
        (model.predict(x_dev) != y_dev).mean())  # fmt: skip


def test_features_of_a_frame_are_columns_to_slice_by() -> None:
    x, y = load_wine(return_X_y=True, as_frame=True)
    x = x.assign(id=1, label=2, cellar=["north", "south"] * 89)
    model = SimpleNamespace(predict=lambda z: np.where(z["cellar"] == "south", 0, y))
    found = ms.slices(model, (x, y), **QUICK)
    assert found.to_dict()["slices"][0]["where"] == {"cellar": "south"}


def test_two_estimators_are_compared_on_the_same_rows() -> None:
    x, y, x_dev, y_dev = halves(load_wine)
    stump, tree = (DecisionTreeClassifier(max_depth=d, random_state=0).fit(x, y) for d in (1, 4))
    data = (x_dev, y_dev)
    assert ms.compare((stump, data), (tree, data), **QUICK).verdict == "b_better"
    chosen = ms.select({"stump": (stump, data), "tree": (tree, data)}, optimize="accuracy", **QUICK)
    assert chosen.choice == "tree"


@pytest.mark.parametrize(("model", "data", "wanted"), [
    (LogisticRegression(), (np.eye(2), [0, 1]), r"LogisticRegression is not fitted.*\n.*fit\(X, y"),
    (make_pipeline(StandardScaler(), LinearSVC()), (np.eye(2), [0, 1]), "Pipeline is not fitted"),
    (LogisticRegression, (np.eye(2), [0, 1]), "is a class, not an estimator"),
    (Ridge().fit(np.eye(2), [0, 1]), (np.eye(2), [0, 1]), "Ridge is a regressor"),
    (KMeans(2, n_init=1).fit(np.eye(4)), (np.eye(4), [0, 1, 0, 1]), "KMeans is a clusterer"),
    (LogisticRegression().fit(np.eye(2), [0, 1]), None, "LogisticRegression without data"),
    (LogisticRegression().fit(np.eye(2), [0, 1]), np.eye(2), "not a pair of features and labels"),
    (LogisticRegression().fit(np.eye(2), [0, 1]), (np.eye(3), [0, 1, 1]), "X has 3 features"),
    (LogisticRegression().fit(np.eye(2), [0, 1]), (np.eye(2), [0, 1, 1]), "3 of label, 2 of"),
])  # fmt: skip
def test_what_is_no_fitted_classifier_is_refused_in_a_sentence(
    model: Any, data: Any, wanted: str
) -> None:
    with pytest.raises(ms.MlstratError, match=wanted):
        ms.diagnose(model, data)


class ClassLabel:
    def __init__(self, names: list[str]) -> None:
        self.names = names

    def int2str(self, value: int) -> str:
        return self.names[value]


class Dataset:
    """The part of `datasets.Dataset` that tells it from others."""

    def __init__(self, columns: dict[str, Any], features: dict[str, Any]) -> None:
        self.columns, self.features = columns, features

    def to_pandas(self) -> pd.DataFrame:
        return pd.DataFrame(self.columns)


NAMES = ["neg", "pos"]


def dataset() -> Dataset:
    columns = {"text": ["good", "bad"] * 20, "tokens": [[1, 2]] * 40, "label": Y}
    return Dataset(columns, {"text": None, "tokens": None, "label": ClassLabel(NAMES)})


def test_classes_of_a_dataset_have_their_names_in_labels_and_predictions() -> None:
    expected = ms.diagnose([NAMES[x] for x in Y], [NAMES[x] for x in P], **QUICK).to_dict()
    for predictions in (P, np.eye(2)[P], [NAMES[x] for x in P], np.array(P)):
        found = ms.diagnose(dataset(), predictions, **QUICK).to_dict()
        assert found["splits"] == expected["splits"]
        assert found["labels"] == NAMES
    both = {"train": dataset(), "validation": dataset()}
    found = ms.diagnose(both, {"train": Y, "validation": P}, **QUICK).to_dict()
    assert {x["level"]: x["errors"] for x in found["levels"]} == {"train": 0, "dev": 10}
    pairs = ms.diagnose({"train": (dataset(), Y), "dev": (dataset(), P)}, **QUICK).to_dict()
    assert pairs["levels"] == found["levels"]


def test_a_real_dataset_is_read_alike() -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=NAMES)}
    )
    made = datasets.Dataset.from_dict({"text": ["a"] * 40, "label": Y}, features=features)
    found = ms.diagnose(datasets.DatasetDict({"test": made}), {"test": P}, **QUICK).to_dict()
    assert found["labels"] == NAMES
    assert found["levels"][0]["errors"] == 10


class PredictionOutput(NamedTuple):
    """What `transformers.Trainer.predict` returns: labels are not first."""

    predictions: Any
    label_ids: Any
    metrics: Any


def test_what_a_trainer_predicts_is_a_run() -> None:
    output = PredictionOutput(np.eye(2)[P] * 7.0 - 3, np.array(Y), {"test_loss": 0.5})
    found = ms.diagnose(output, **QUICK).to_dict()["splits"]["dev"]
    assert found["errors"] == 10
    assert found["confusion"]["counts"] == [[20, 0], [10, 10]]
    parts = {"train": output, "dev": output}
    assert ms.diagnose(parts, **QUICK).to_dict()["levels"][0]["errors"] == 10
