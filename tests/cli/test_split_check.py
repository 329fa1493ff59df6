"""`split --check`: leaks, unlike dev and test, the wrong target, sizes."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest


def table(n: int = 300, seed: int = 0) -> pl.DataFrame:
    """Return n rows each of train, train-dev, dev and test, all alike."""
    rng = np.random.default_rng(seed)
    rows = 4 * n
    return pl.DataFrame({
        "id": np.arange(rows), "split": np.repeat(["train", "train-dev", "dev", "test"], n),
        "source": rng.choice(["web", "app"], rows), "label": rng.choice(["cat", "dog"], rows),
        "width": rng.normal(100, 20, rows).round(5),
        "text": [f"Picture, No. {i}" for i in rng.permutation(rows)],
    })  # fmt: skip


@pytest.fixture
def check(mlstrat, empty_folder):
    def call(frame: pl.DataFrame, *arguments: str):
        frame.write_csv("x.csv")
        ended = mlstrat("split", "x.csv", "--check", "-f", "json", *arguments)
        assert (ended.code, ended.err) == (0, "")
        document = json.loads(ended.out)
        return document, {f["code"]: f["evidence"] for f in document["findings"]}

    return call


def test_good_splits_are_said_to_be_good(check, mlstrat):
    document, found = check(table(), "--target", "app", "--target", "web")
    assert found == {}
    assert document["overlaps"] == []
    low, high = document["classifier"]["auc"]["ci"]
    assert low < 0.5 < high
    assert mlstrat(
        "split", "x.csv", "--check", "--target", "app", "--target", "web"
    ).out.startswith("Nothing wrong was found: no leak, and no difference between dev and test.")


def test_ids_groups_and_rows_in_two_splits(check):
    good = table()
    copies = good.head(5).with_columns(split=pl.lit("dev"))
    frame = pl.concat([good, copies]).with_columns(patient=pl.col("id") // 2)
    _, found = check(frame, "--group", "patient")
    overlaps = {x["kind"]: x for x in found["MLS351"]["overlaps"]}
    assert overlaps["id"] == {"kind": "id", "splits": ["train", "dev"], "shared": 5,
                              "rows": [5, 5], "examples": overlaps["id"]["examples"]}  # fmt: skip
    assert overlaps["group"]["shared"] == 3
    assert overlaps["row"]["shared"] == 5
    assert overlaps["row"]["examples"][1] - overlaps["row"]["examples"][0] == 1200
    assert "MLS353" not in found


def test_rows_that_differ_in_case_blanks_and_late_digits_are_near(check):
    good = table()
    near = good.head(4).with_columns(
        id=pl.col("id") + 9000, split=pl.lit("test"), width=pl.col("width") + 1e-5,
        text=pl.lit("  ") + pl.col("text").str.to_uppercase().str.replace(",", " -"),
    )  # fmt: skip
    _, found = check(pl.concat([good, near]))
    (one,) = found["MLS353"]["overlaps"]
    assert (one["splits"], one["shared"], one["rows"]) == (["train", "test"], 4, [4, 4])
    assert "MLS351" not in found


def test_columns_that_do_not_tell_examples_apart_are_no_leak(check):
    document, found = check(table().drop("width", "text").with_columns(site=pl.lit("north")))
    assert document["overlaps"] == []
    assert "features" in found["MLS350"]["unchecked"]


def test_dev_and_test_of_other_labels_or_sources(check):
    frame = table().with_columns(
        label=pl.when((pl.col("split") == "test") & (pl.col("id") % 2 == 0)).then(pl.lit("dog"))
        .otherwise("label"),
        source=pl.when((pl.col("split") == "train-dev") & (pl.col("id") % 2 == 0))
        .then(pl.lit("phone")).otherwise("source"),
    )  # fmt: skip
    _, found = check(frame)
    assert [d["by"] for d in found["MLS354"]["differences"]] == ["label"]
    assert [d["by"] for d in found["MLS356"]["differences"]] == ["source"]


@pytest.mark.parametrize("column", ["width", "text", "kind"])
def test_a_classifier_tells_numbers_words_and_categories_apart(check, column):
    test = pl.col("split") == "test"
    frame = table().with_columns(kind=pl.Series(["a", "b", "c", "d"] * 300)).with_columns(
        width=pl.col("width") + (20 * test.cast(float) if column == "width" else 0),
        text=pl.when(test & (column == "text")).then(pl.lit("photo of ") + pl.col("text"))
        .otherwise("text"),
        kind=pl.when(test & (column == "kind") & (pl.col("id") % 3 == 0)).then(pl.lit("z"))
        .otherwise("kind"),
    )  # fmt: skip
    document, found = check(frame)
    (difference,) = found["MLS354"]["differences"]
    assert difference["by"] == "classifier"
    assert difference["auc"]["ci"] is None or difference["auc"]["ci"][0] > 0.5
    assert document["classifier"]["tells_apart"]


def test_target_sizes_and_what_cannot_be_checked(check):
    _, found = check(table(), "--target", "app", "--detect", "1%", "--error", "8%")
    assert set(found["MLS355"]["rows"]) == {"dev", "test"}
    assert found["MLS357"]["needed"] == {"dev": 4_120, "test": 2_833}
    assert found["MLS357"]["disagreement"] == 0.05
    assert found["MLS357"]["rows"] == {"dev": 300, "test": 300}
    _, found = check(table().drop("source", "label", "id"))
    assert set(found["MLS350"]["unchecked"]) == {"source", "label", "id"}
    _, found = check(table().filter(pl.col("split") == "dev"))
    assert "splits" in found["MLS350"]["unchecked"]


def test_train_dev_is_asked_for_where_sources_differ(check):
    frame = (
        table()
        .filter(pl.col("split") != "train-dev")
        .with_columns(
            source=pl.when(pl.col("split") == "train").then("source").otherwise(pl.lit("app"))
        )
    )
    _, found = check(frame, "--target", "app")
    assert set(found["MLS352"]["sources"]) == {"web"}


def test_other_names_of_splits(check, mlstrat):
    frame = table().with_columns(split=pl.col("split").replace({"dev": "hans", "test": "holdout"}))
    document, _ = check(frame, "--split-as", "hans=dev")
    assert set(document["sizes"]) == {"train", "train-dev", "dev", "test"}
    ended = mlstrat("split", "x.csv", "--check")
    assert ended.code == 2
    assert "x.csv, row 602, column 'split': no split: 'hans'" in ended.err
    assert "--split-as 'hans=dev'" in ended.err


def test_what_split_makes_passes_its_own_check(mlstrat, empty_folder):
    table().drop("split").write_csv("raw.csv")
    made = mlstrat("split", "raw.csv", "--target", "app", "--dev", "150", "--test", "150",
                   "--train-dev", "100", "--stratify", "label", "-o", "made.csv")  # fmt: skip
    assert made.code == 0
    ended = mlstrat("split", "made.csv", "--check", "--target", "app", "-o", "check.md")
    assert (ended.code, ended.out) == (0, "")
    text = (empty_folder / "check.md").read_text()
    assert text.startswith(
        "## Nothing wrong was found: no leak, and no difference between dev and test."
    )
