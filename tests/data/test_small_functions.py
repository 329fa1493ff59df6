"""Small functions of reading, by examples: labels as text, names of columns, what options say."""

from __future__ import annotations

import mlstrat as ms
from mlstrat.data.columns import find_roles, named, resolve_columns
from mlstrat.data.values import as_labels, display_order, label_text, split_name, value_text


def test_a_label_is_one_text_however_it_is_written():
    said = [label_text(v) for v in (1, 1.0, "+1.00", " cat ", "01", True, "TRUE", None)]
    assert said == ["1", "1", "1", "cat", "01", "true", "true", ""]
    said = [label_text(v) for v in ("1e+05", ".50", 0.5, "1e-7", 1e-7, "-0.0", "1e5x")]
    assert said == ["100000", "0.5", "0.5", "0.0000001", "0.0000001", "0", "1e5x"]


def test_a_value_keeps_more_of_what_is_written():
    said = [value_text(v) for v in (1, 1.0, "1.00", " cat ", "01", True, "1e5", None)]
    assert said == ["1", "1", "1", "cat", "01", "true", "1e5", ""]


def test_truth_values_are_written_as_labels_are():
    assert as_labels(["1", "0", ""], ["true", "false"]) == ["true", "false", ""]
    assert as_labels(["true"], ["0"]) == ["1"]
    assert as_labels(["1", "true"], ["1", "true", "maybe"]) == ["1", "true"]


def test_labels_are_shown_in_the_order_of_numbers_or_of_letters():
    assert display_order({"10", "9"}) == ("9", "10")
    assert display_order({"10", "9", "cat"}) == ("10", "9", "cat")


def test_a_split_is_known_by_its_names_and_by_what_a_call_says():
    assert split_name("Validation", {}) == "dev"
    assert split_name("hans", {"*": "dev"}) == "dev"
    assert split_name("hans", {}) is None


def test_columns_have_roles_by_their_names():
    roles = resolve_columns(["Y_True", "pred", "site"], {}, file="run.csv").roles
    assert roles == {"label": "Y_True", "prediction": "pred"}
    assert resolve_columns(["label", "prediction", "n"], {}, file="counts.csv").get("n") == "n"
    said = find_roles(["guid", "y_true"], {"source": "GUID"}, file="a.csv", roles=["label"])
    assert said == {"source": "guid", "label": "y_true"}
    assert find_roles(["class", "target"], {}, file="run.csv") == {"label": "target"}
    assert find_roles(["class"], {}, file="run.csv") == {"label": "class"}


def test_strong_names_of_a_role_come_before_weak_ones():
    assert named(["Class", "y"], "label") == ["Class", "y"]
    assert named(["class", "truth"], "label") == ["truth"]
    assert named(["true_label", "mislabeled"], "label") == []  # what a person corrected


def test_what_a_value_stands_for_is_followed_to_its_end():
    run = {"label": ["0", "1"], "prediction": ["animal", "dog"]}
    chain = {"0": "cat", "cat": "animal"}
    assert ms.score(run, metric="error", label_as=chain, classes="cat, dog").value == 0
