"""Which column plays which role."""

from __future__ import annotations

import pytest

from mlstrat.data.columns import ALIASES, BY_NAME, resolve_columns
from mlstrat.errors import InputError, UsageError


@pytest.mark.parametrize(
    ("role", "alias"), [(role, alias) for role in BY_NAME for alias in ALIASES[role]]
)
def test_every_alias_is_found_in_any_case(role: str, alias: str) -> None:
    needed = [name for name in ("label", "prediction") if name != role]
    found = resolve_columns([alias.upper(), *needed], {}, file="run.csv")
    assert found.roles[role] == alias.upper()


def test_the_roles_come_in_the_order_of_the_interface() -> None:
    header = ["prob_dog", "prob_cat", "human_ann", "human", "pred", "y_true", "pred_cnn", "site"]
    assert dict(resolve_columns(header, {}, file="run.csv").roles) == {
        "label": "y_true",
        "prediction": "pred",
        "human": "human",
        "prob_dog": "prob_dog",
        "prob_cat": "prob_cat",
        "human_ann": "human_ann",
    }


def test_map_wins_over_names() -> None:
    header = ["label", "churned", "pred_cnn", "P_Cat", "weight"]
    mapping = {
        "label": "churned",
        "Prediction": "PRED_CNN",
        "prob_Cat": "P_Cat",
        "weight": "weight",
    }
    assert dict(resolve_columns(header, mapping, file="run.csv").roles) == {
        "label": "churned",
        "prediction": "pred_cnn",
        "weight": "weight",
        "prob_Cat": "P_Cat",
    }


def test_a_column_given_to_one_role_plays_no_other() -> None:
    header = ["label", "target", "pred"]
    found = resolve_columns(header, {"label": "label", "human": "target"}, file="run.csv")
    assert found.people == {"human": "target"}


def test_weight_alone_is_no_role() -> None:
    assert resolve_columns(["label", "pred", "weight"], {}, file="run.csv").get("weight") is None


@pytest.mark.parametrize(
    ("header", "mapping", "words"),
    [
        (["label", "y_true", "pred"], {}, ["'label', 'y_true'", "--map label=label"]),
        (["label", "prediction", "Output"], {}, ["'prediction', 'Output'"]),
        (["x", "pred"], {}, ["no label column", "'x', 'pred'", "--map label=COLUMN"]),
        (["label", "site"], {}, ["neither a prediction nor a score", "prob_<class>"]),
        (["label", "pred_cnn"], {}, ["--map prediction=pred_cnn"]),
        (["label", "prediction"], {"label": "lable"}, ["'lable'", "did you mean 'label'?"]),
        (["label", "prediction"], {"score": "zzz"}, ["--map score", "'label', 'prediction'"]),
    ],
)
def test_a_header_that_leaves_a_doubt(
    header: list[str], mapping: dict[str, str], words: list[str]
) -> None:
    with pytest.raises(InputError) as caught:
        resolve_columns(header, mapping, file="run.csv")
    for word in ["run.csv", *words]:
        assert word in str(caught.value)


@pytest.mark.parametrize("role", ["labels", "prob_", "human_", ""])
def test_an_unknown_role(role: str) -> None:
    with pytest.raises(UsageError, match=r"prob_<class>"):
        resolve_columns(["label", "pred"], {role: "label"}, file="run.csv")
