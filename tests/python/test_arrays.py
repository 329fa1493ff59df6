"""Runs of arrays: positions count, whatever library they are of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mlstrat as ms

LABEL = [1, 0, 1, 1, 0, 0, 1, 0] * 5
WRONG = [1, 0, 1, 0, 0, 1, 1, 0] * 5
QUICK: dict[str, Any] = {"resamples": 100}


class Tensor:
    """What PyTorch and TensorFlow have in common with arrays, and what only PyTorch asks for."""

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Any:
        return iter(self.values)


class Torch(Tensor):
    def detach(self) -> Torch:
        return self

    def cpu(self) -> Torch:
        return self

    def numpy(self) -> Any:
        return self.values


class BFloat(Torch):
    def numpy(self) -> Any:
        raise TypeError("Got unsupported ScalarType BFloat16")

    def float(self) -> Torch:
        return Torch(self.values)


class Eager(Tensor):
    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.values


KINDS: dict[str, Any] = {
    "list": list,
    "tuple": tuple,
    "NumPy": np.array,
    "float": lambda x: np.array(x, dtype=np.float32),
    "text": lambda x: np.array(x).astype(str),
    "a column of a matrix": lambda x: np.array(x)[:, None],
    "one-hot": lambda x: np.eye(2, dtype=int)[x],
    "Series of pandas": pd.Series,
    "nullable": lambda x: pd.Series(x, dtype="Int64"),
    "Categorical": pd.Categorical,
    "frame of one column": lambda x: pd.DataFrame({"y": x}),
    "Series of Polars": pl.Series,
    "categories of Polars": lambda x: pl.Series([str(y) for y in x], dtype=pl.Categorical),
    "pyarrow": pa.array,
    "PyTorch": Torch,
    "bfloat16": BFloat,
    "TensorFlow": Eager,
}


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_of_any_library_are_one_run(kind: str) -> None:
    made = KINDS[kind]
    found = ms.diagnose(made(LABEL), made(WRONG), **QUICK)
    expected = ms.diagnose({"label": LABEL, "prediction": WRONG}, **QUICK)
    assert found.to_dict() == expected.to_dict()
    assert found.signature.inputs[0]["path"] == "<arrays>"
    assert found.to_dict()["splits"]["dev"]["errors"] == 10


def test_arrays_of_split_group_weight_and_id_go_with_labels() -> None:
    split, group = ["train", "dev"] * 20, np.arange(40) // 4
    found = ms.score(LABEL, WRONG, split=split, group=group, weight=np.ones(40), id=range(40),
                     metric="error", **QUICK)  # fmt: skip
    table = {"split": split, "group": group, "sample_weight": np.ones(40), "id": range(40),
             "label": LABEL, "prediction": WRONG}  # fmt: skip
    assert found.to_dict() == ms.score(table, metric="error", **QUICK).to_dict()
    assert found.columns["group"] == "group"


def test_one_split_may_be_named_for_all() -> None:
    found = ms.diagnose(LABEL, WRONG, split="test", **QUICK).to_dict()
    assert list(found["splits"]) == ["test"]


def test_scores_and_probabilities_rank_as_columns_do() -> None:
    scores = np.linspace(0.05, 0.95, 40)
    both = np.column_stack([1 - scores, scores])
    of_score = ms.score(LABEL, score=scores, threshold=0.5, metric="roc_auc", **QUICK).value
    assert ms.score(LABEL, both, metric="roc_auc", **QUICK).value == of_score
    assert ms.score(LABEL, probabilities=both, metric="roc_auc", **QUICK).value == of_score
    third = ms.score((LABEL, WRONG, scores), metric="roc_auc", **QUICK)
    assert third.value == of_score


def test_classes_name_columns_of_probabilities_and_numbers_of_labels() -> None:
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 3, 60), rng.dirichlet([1, 1, 1], 60)
    names = ["owl", "ant", "cat"]
    found = ms.diagnose(y, p, classes=names, **QUICK)
    assert sorted(found.to_dict()["labels"]) == ["ant", "cat", "owl"]
    text = ms.diagnose(np.array(names)[y], np.array(names)[p.argmax(1)], **QUICK)
    assert found.to_dict()["splits"] == text.to_dict()["splits"]
    # Without names: the classes in the order that scikit-learn has.
    order = sorted(range(3), key=lambda i: names[i])
    assert ms.diagnose(np.array(names)[y], p[:, order], **QUICK).to_dict()["levels"] == (
        found.to_dict()["levels"])  # fmt: skip


def test_positions_count_and_an_index_that_says_otherwise_is_told() -> None:
    y = pd.Series(LABEL)
    same = ms.diagnose(y, pd.Series(WRONG), **QUICK)
    assert "MLS236" not in {x.code for x in same.findings}
    for index, same_values in ((range(39, -1, -1), True), (range(100, 140), False)):
        found = ms.diagnose(y, pd.Series(WRONG, index=index), **QUICK)
        assert found.to_dict()["levels"] == same.to_dict()["levels"]
        (told,) = [x for x in found.findings if x.code == "MLS236"]
        assert told.evidence == {"same_values": same_values}


REFUSED: dict[str, tuple[Any, str]] = {
    "lengths": (lambda: ms.diagnose([1, 0, 1], [1, 0]), "3 of label, 2 of prediction"),
    "length of a score": (
        lambda: ms.diagnose([1, 0], [1, 0], score=[0.5]), "2 of label, 1 of score"),
    "rows of probabilities": (
        lambda: ms.diagnose([1, 0, 1], np.ones((2, 2)) / 2), "3 of label, 2 of prob"),
    "labels alone": (lambda: ms.diagnose(np.array([1, 0])), "labels alone"),
    "a Series alone": (lambda: ms.diagnose(pd.Series([1, 0])), "labels alone"),
    "a set": (lambda: ms.diagnose({1, 0}, [1, 0]), "a set has no order"),
    "a number": (lambda: ms.diagnose([1, 0], 7), "int is not an array"),
    "tensors of three dimensions": (
        lambda: ms.diagnose(np.zeros((2, 3, 4)), np.zeros((2, 3, 4))), r"y\.ravel\(\)"),
    "several labels a row": (
        lambda: ms.diagnose(np.array([[1, 1], [0, 1]]), [1, 0]), "several labels a row"),
    "lists in a list": (lambda: ms.diagnose([[1], [0, 1]], [1, 0]), "cannot be read as an array"),
    "classes": (lambda: ms.diagnose([1, 0], np.ones((2, 2)) / 2, classes=["a"]), "1 classes for 2"),
    "an index of no class": (
        lambda: ms.diagnose([5, 0], [0, 0], classes=["a", "b"]), "label 5 is not an index"),
    "unnamed classes": (
        lambda: ms.diagnose(["x", "y"], np.ones((2, 3)) / 3), r"classes=\[…\]"),
    "arrays beside a file": (lambda: ms.diagnose("run.csv", [1, 0]), "beside a file"),
    "an empty dict": (lambda: ms.diagnose({}), "a dict without columns"),
    "two runs": (lambda: ms.compare(([1, 0], [1, 0]), ([1, 0, 1], [1, 0, 1])), "2 and 3 rows"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_run_is_refused_with_what_was_found(case: str) -> None:
    ask, wanted = REFUSED[case]
    with pytest.raises(ms.MlstratError, match=wanted):
        ask()


def test_frames_of_one_model_take_predictions_beside_them() -> None:
    frame = pd.DataFrame({"label": LABEL, "site": ["a", "b"] * 20})
    found = ms.score(frame, WRONG, by=["site"], metric="error", **QUICK)
    expected = ms.score(frame.assign(prediction=WRONG), by=["site"], metric="error", **QUICK)
    assert found.to_dict()["scores"] == expected.to_dict()["scores"]


def test_every_function_that_takes_a_run_takes_arrays(tmp_path: Any) -> None:
    better = [*LABEL[:35], *WRONG[35:]]
    assert ms.compare((LABEL, WRONG), (LABEL, better), **QUICK).verdict == "b_better"
    chosen = ms.select(
        {"old": (LABEL, WRONG), "new": (LABEL, better)}, optimize="accuracy", **QUICK
    )
    assert chosen.choice == "new"
    assert ms.gate(LABEL, better, baseline=(LABEL, WRONG), **QUICK).verdict == "pass"
    assert ms.report(LABEL, better, baseline=(LABEL, WRONG), **QUICK).to_markdown()
    assert ms.slices(LABEL, WRONG, versus=(LABEL, better), by=["label"], **QUICK).to_dict()
    assert ms.count(LABEL, WRONG, split=["dev"] * 40).to_dict()["rows"] == 40
    assert len(ms.sample(LABEL, WRONG, n=5).to_frame()) == 5
    assert ms.human({"label": LABEL, "human_a": WRONG}, **QUICK).to_dict()["annotators"]
    scores = np.column_stack([np.linspace(0, 1, 40), np.linspace(1, 0, 40)])
    assert ms.mislabels(suspects=(LABEL, scores), n=3).to_dict()
    sheet = {"id": [1, 2, 3], "label": [1, 0, 1], "prediction": [0, 1, 0], "tags": ["dark", "", ""]}
    assert ms.error_table(sheet, error="10%").to_dict()["categories"]
    assert ms.plot("ladder", (LABEL, WRONG), **QUICK).to_dict()


def test_candidates_of_a_dict_may_be_files(tmp_path: Any) -> None:
    paths = {"one": tmp_path / "x.csv", "two": tmp_path / "y.csv"}
    for path, prediction in zip(paths.values(), (LABEL, WRONG), strict=True):
        pl.DataFrame({"id": range(40), "label": LABEL, "prediction": prediction}).write_csv(path)
    found = ms.select(paths, optimize="accuracy", **QUICK).to_dict()
    assert [x["name"] for x in found["candidates"]] == ["one", "two"]
