"""One label is one label however it is written."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import mlstrat as ms

SPELT = {"100000": ["1e+05", "100000.0", "1E5"], "0.5": [".50", "0.500", "5e-1"], "7": ["+7", "7."]}


def run(labels: list[object], predictions: list[object], **more: list[object]) -> pl.DataFrame:
    columns = {"id": range(len(labels)), "label": labels, "prediction": predictions, **more}
    return pl.DataFrame({k: pl.Series(k, list(v), strict=False) for k, v in columns.items()})


def errors(source: object) -> int:
    return ms.diagnose(source).to_dict()["splits"]["dev"]["errors"]


def test_a_number_is_one_label_however_it_is_written(tmp_path: Path) -> None:
    labels = [label for label, forms in SPELT.items() for _ in forms]
    predictions = [form for forms in SPELT.values() for form in forms]
    source = run(labels, predictions)
    assert errors(source) == 0
    source.write_csv(tmp_path / "run.csv")
    assert errors(tmp_path / "run.csv") == 0
    assert ms.diagnose(source).to_dict()["labels"] == ["0.5", "7", "100000"]
    assert errors(run(["01", "1"], ["1", "1"])) == 1


def test_letters_are_composed() -> None:
    assert errors(run(["caf\u00e9", "x"], ["cafe\u0301", "x"])) == 0


BOOLEANS = [
    (["True", "False", "True"], ["1", "0", "0"], ["false", "true"]),
    ([1, 0, 1], ["TRUE", "False", "False"], ["0", "1"]),
    ([True, False, True], [1.0, 0.0, 0.0], ["false", "true"]),
]


@pytest.mark.parametrize(("labels", "predictions", "shown"), BOOLEANS)
def test_truth_values_beside_0_and_1_are_the_same_two_labels(labels, predictions, shown) -> None:
    found = ms.diagnose(run(labels, predictions)).to_dict()
    assert (found["labels"], found["splits"]["dev"]["errors"]) == (shown, 1)
    assert found["signature"]["positive"] == shown[1]


def test_truth_values_beside_three_labels_are_labels_of_their_own() -> None:
    assert errors(run(["true", "false", "maybe"], ["1", "0", "maybe"])) == 2


@pytest.mark.parametrize(("labels", "predictions", "shown"), BOOLEANS)
def test_what_is_counted_is_what_is_drawn(labels, predictions, shown, tmp_path: Path) -> None:
    run(labels, predictions).write_csv(tmp_path / "run.csv")
    sheet = ms.sample(tmp_path / "run.csv", n=5, output=tmp_path / "sheet.csv").to_frame()
    assert list(sheet["id"].astype(str)) == ["2"]


def test_answers_of_people_and_two_runs_are_read_alike() -> None:
    a = run(["True", "False"] * 20, [1, 0] * 20, human_ann=["1", "0"] * 20)
    assert ms.human(a).to_dict()["annotators"][0]["error"]["value"] == 0
    b = run([1, 0] * 20, ["True", "True"] * 20)
    found = ms.compare(a, b).to_dict()
    assert (found["both_right"], found["only_a_right"], found["both_wrong"]) == (20, 20, 0)
    named = run(["True", "False"], [1, 0]).with_columns(prob_0=pl.Series([0.2, 0.8]),
                                                        prob_1=pl.Series([0.8, 0.2]))  # fmt: skip
    loss = ms.score(named, metric="log_loss").to_dict()["scores"][0]["value"]
    assert loss == pytest.approx(0.2231, abs=1e-4)


def test_an_id_like_a_number_with_an_exponent_stays_a_name() -> None:
    ids = {"id": ["1e5", "100000"], "label": ["a", "b"], "prediction": ["a", "a"]}
    assert ms.compare(pl.DataFrame(ids), pl.DataFrame(ids)).to_dict()["both_right"] == 1
