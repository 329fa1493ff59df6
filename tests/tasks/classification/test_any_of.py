"""Several right labels a row, ``cat|lynx``: any of them is a right answer (``--any-of``)."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest
from sklearn.metrics import top_k_accuracy_score

import mlstrat as ms
from mlstrat.cli import run as cli
from mlstrat.errors import MlstratError

pytestmark = pytest.mark.usefixtures("typed")

RUN = pl.DataFrame({
    "id": range(6),
    "label": ["cat|lynx", "lynx | cat", "dog", "dog|wolf|fox", "cat", "owl|owl"],
    "prediction": ["lynx", "cat", "wolf", "fox", "cat", "owl"],
})  # fmt: skip
"""One of six is wrong: a wolf for a dog."""


def frames() -> list:
    return [RUN, RUN.to_pandas(), RUN.lazy()]


@pytest.mark.parametrize("source", frames(), ids=["polars", "pandas", "lazy"])
def test_any_of_the_labels_is_right(source):
    found = ms.score(source, metric="error", any_of=True)
    assert found.value == pytest.approx(1 / 6)


def test_without_the_flag_a_cell_is_one_label():
    assert ms.score(RUN, metric="error").value == pytest.approx(5 / 6)


def test_a_right_answer_counts_for_the_first_of_the_right_labels():
    found = ms.diagnose(RUN, any_of=True).to_dict()
    support = {x["label"]: x["support"] for x in found["splits"]["dev"]["per_class"]}
    assert support == {"cat": 2, "dog": 2, "lynx": 1, "owl": 1, "wolf": 0}
    assert found["splits"]["dev"]["errors"] == 1


def test_a_file_from_the_command_line(capsys, empty_folder):
    RUN.write_csv("run.csv")
    assert cli(["score", "run.csv", "--metric", "error", "--any-of", "-f", "csv"]) == 0
    assert "0.1666" in capsys.readouterr().out


def test_numbers_and_other_spellings_are_the_same_labels():
    run = pd.DataFrame({"label": ["1|2", "3.0|4", "2"], "prediction": [2.0, 4.0, 1.0]})
    assert ms.score(run, metric="error", any_of=True).value == pytest.approx(1 / 3)
    cased = pd.DataFrame({"label": ["Cat|Lynx", "dog"], "prediction": ["lynx", "Dog"]})
    assert ms.score(cased, metric="error", any_of=True, ignore_case=True).value == 0
    mapped = pd.DataFrame({"label": ["0|1", "1"], "prediction": ["lynx", "cat"]})
    how = {"any_of": True, "label_as": {"0": "cat", "1": "lynx"}}
    assert ms.score(mapped, metric="error", **how).value == 0.5


def test_people_may_say_any_of_them_too():
    run = RUN.with_columns(human_a=pl.Series(["cat", "lynx", "dog", "wolf", "dog", "owl"]))
    people = ms.human(run, any_of=True).to_dict()["annotators"]
    assert people[0]["error"]["value"] == pytest.approx(1 / 6)


def test_two_models_and_slices_and_sheets_look_at_the_same_errors(empty_folder):
    many = pl.concat([RUN] * 50).with_columns(
        id=pl.int_range(300), site=pl.Series([("a", "b")[i % 2] for i in range(300)])
    )
    worse = many.with_columns(prediction=pl.lit("cat"))
    found = ms.compare(worse, many, any_of=True).to_dict()
    assert (found["both_right"], found["only_b_right"], found["only_a_right"]) == (150, 100, 0)
    assert ms.slices(many, any_of=True).to_dict()["errors"] == 50
    many.write_csv("run.csv")
    sheet = ms.sample("run.csv", n=10, any_of=True, output="sheet.csv").to_dict()
    assert sheet["errors"] == 50


def test_probabilities_are_of_the_most_probable_right_label():
    run = pd.DataFrame({
        "label": ["a|b", "b|c", "c", "a"],
        "prob_a": [0.1, 0.6, 0.5, 0.2], "prob_b": [0.7, 0.1, 0.3, 0.5],
        "prob_c": [0.2, 0.3, 0.2, 0.3],
    })  # fmt: skip
    assert ms.score(run, metric="error", any_of=True).value == pytest.approx(0.75)
    best = ["b", "c", "c", "a"]
    chances = run[["prob_a", "prob_b", "prob_c"]].to_numpy()
    assert ms.score(run, metric="top_2_accuracy", any_of=True).value == pytest.approx(
        top_k_accuracy_score(best, chances, k=2, labels=["a", "b", "c"])
    )


def test_a_score_has_one_right_label():
    run = pd.DataFrame({"label": ["1|0", "0"], "score": [0.2, 0.3]})
    with pytest.raises(MlstratError, match="--any-of needs predictions"):
        ms.score(run, any_of=True)


def test_a_cell_without_a_label_is_blank():
    run = pd.DataFrame({"label": ["a|b", " | "], "prediction": ["a", "b"]})
    with pytest.raises(MlstratError, match="1 blank label"):
        ms.score(run, any_of=True)
