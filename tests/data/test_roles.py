"""What a name alone does not tell of a column, its values do."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.data.columns import BY_NAME, STRONG, WEAK, resolve_columns
from mlstrat.data.opening import open_table
from mlstrat.data.roles import columns_of
from mlstrat.errors import InputError

WEAK_NAMES = [(role, name) for role, names in WEAK.items() for name in names
              if role in BY_NAME]  # fmt: skip


def roles(columns: dict[str, list[Any]], **mapping: str) -> dict[str, str]:
    return dict(columns_of(open_table(pl.DataFrame(columns)), mapping).roles)


@pytest.mark.parametrize(("role", "name"), WEAK_NAMES)
def test_a_weak_name_has_the_role_only_where_no_strong_one_and_no_map_does(role, name) -> None:
    others = [x for x in ("label", "prediction") if x != role]
    strong = STRONG[role][0]
    assert resolve_columns([name, *others], {}, file="").roles[role] == name
    assert resolve_columns([name, strong, *others], {}, file="").roles[role] == strong
    assert resolve_columns([name, "site", *others], {role: "site"}, file="").roles[role] == "site"


@pytest.mark.parametrize("pair", [("y_true", "target"), ("y", "class")])
def test_two_names_of_one_strength_are_named_in_the_error(pair: tuple[str, str]) -> None:
    with pytest.raises(InputError, match=rf"{pair[0]}.*{pair[1]}") as error:
        resolve_columns([*pair, "prediction"], {}, file="run.csv")
    assert error.value.hint == f"say which one: --map label={pair[0]}"


def test_numbers_of_folds_are_no_splits_beside_a_split_and_alone() -> None:
    run = {"label": ["a", "b"], "prediction": ["a", "b"], "fold": [0, 1]}
    assert "split" not in roles(run)
    assert roles({**run, "split": ["train", "dev"]})["split"] == "split"
    assert ms.diagnose(pl.DataFrame(run)).to_dict()["metric"]["n"] == 2


@pytest.mark.parametrize("name", ["fold", "Partition", "set"])
def test_a_set_is_a_split_where_every_value_is_one(name: str) -> None:
    run = {"label": ["a", "b"], "prediction": ["a", "b"], name: ["Training", "val"]}
    assert roles(run)["split"] == name
    assert "split" not in roles({**run, name: ["train", "spare"]})


def test_other_names_of_probabilities_count_where_they_name_labels_that_occur() -> None:
    tidymodels = {"truth": ["no", "yes"], ".pred_no": [0.7, 0.3], ".pred_yes": [0.3, 0.7]}
    assert roles(tidymodels) == {
        "label": "truth", "prob_no": ".pred_no", "prob_yes": ".pred_yes",
    }  # fmt: skip
    found = roles({**tidymodels, ".pred_class": ["no", "yes"], "p_value": [0.1, 0.2]})
    assert found["prediction"] == ".pred_class"
    assert "prob_value" not in found
    with pytest.raises(InputError, match="2 columns for the role 'prob_no'"):
        roles({**tidymodels, "p_no": [0.7, 0.3]})


def test_once_a_score_is_mapped_probabilities_are_columns_like_others() -> None:
    run = {"label": [0, 1], "pred_a": [0, 1], "prob_a": [0.2, 0.8], "prob_b": [1.7, 2.1]}
    assert roles(run, score="prob_a") == {"label": "label", "score": "prob_a"}


def test_what_a_person_corrected_is_never_the_label() -> None:
    assert resolve_columns(["true_label", "pred"], {}, file="").roles["label"] == "true_label"
    with pytest.raises(InputError, match="no label column"):
        resolve_columns(["true_label", "mislabeled", "pred"], {}, file="")


@pytest.mark.parametrize(
    ("header", "flags"),
    [
        (["Outcome flag", "guess"], "both: --map 'label=Outcome flag' --map prediction=guess"),
        (["label", "model_7"], "it: --map prediction=model_7"),
        (["gold_standard", "pred"], "it: --map label=gold_standard"),
        (["a", "b"], "both: --map label=COLUMN --map prediction=COLUMN"),
    ],
)
def test_a_missing_role_is_told_with_the_likeliest_flags(header: list[str], flags: str) -> None:
    with pytest.raises(InputError) as error:
        resolve_columns(header, {}, file="run.csv")
    assert error.value.hint == f"name {flags}"


def test_a_blank_column_says_that_none_has_the_role() -> None:
    run = {"label": ["a", "b"], "prediction": ["a", "b"], "score": [0.1, 0.9],
           "prob_a": [0.9, 0.1], "prob_b": [0.1, 0.9], "user_id": [1, 2],
           "split": ["train", "dev"], "fold": [0, 1]}  # fmt: skip
    assert roles(run)["group"] == "user_id"
    assert "group" not in roles(run, group="")
    assert {"prob_a", "prob_b"} < set(roles(run, score=" "))
    assert "score" not in roles(run, score=" ")
    assert "split" not in roles(run, split="")
    assert roles(run, split="")["fold"] == "fold"
    with pytest.raises(InputError, match="no label column"):
        roles(run, label="")
