"""Same inputs, same bytes: whatever threads, hashes, formats and orders of rows there are."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from tests.same_bytes import CASES, ENDINGS

PACKAGE = Path(ms.__file__).parent

RUNS = ((1, "as it is"), (2, "as it is"), (2, "shuffled"))
"""Threads, and the order of rows, of three times that every command is run over all formats."""

MEASURED = {"seconds", "latency_ms", "batch_latency_ms"}
"""Keys of times that `train` took."""


def trees(word: str) -> list[tuple[Path, ast.Module]]:
    """Return what reads and has a word: training looks at frames of its own."""
    texts = {
        path: path.read_text(encoding="utf-8")
        for path in sorted(PACKAGE.rglob("*.py"))
        if "harness" not in path.relative_to(PACKAGE).parts
    }
    return [(path, ast.parse(text)) for path, text in texts.items() if word in text]


def methods(tree: ast.AST, name: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
    ]


def test_rows_are_grouped_in_one_place():
    assert {path.name for path, tree in trees("group_by") if methods(tree, "group_by")} == {
        "grouping.py"
    }


def test_distinct_values_of_an_engine_are_put_in_order():
    for path, tree in trees("unique"):
        in_order = [
            x.func.value for x in methods(tree, "sort") if isinstance(x.func, ast.Attribute)
        ]
        for call in methods(tree, "unique"):
            kept = any(keyword.arg == "maintain_order" for keyword in call.keywords)
            numpy = ast.unparse(call.func) == "np.unique"  # which sorts
            assert numpy or kept or call in in_order, f"{path.name}, line {call.lineno}"


@pytest.fixture
def grouped() -> pl.DataFrame:
    """Rows of groups and many labels, of which dev has another mix than test, nearly by chance."""
    rng = np.random.default_rng(3)
    rows = 3_000
    label = rng.integers(0, 40, rows)
    right = rng.random(rows) < 0.8
    return pl.DataFrame({
        "id": [f"e{i}" for i in range(rows)],
        "split": rng.choice(["train-dev", "dev", "test"], rows),
        "group": [f"g{x}" for x in rng.integers(0, 300, rows)],
        "label": [f"c{x}" for x in label],
        "prediction": [f"c{x}" for x in np.where(right, label, 0)],
        "site": [f"s{x}" for x in rng.integers(0, 40, rows)],
        "size": np.round(rng.normal(0, 1, rows), 2),
    })  # fmt: skip


AGAIN = 5


@pytest.mark.parametrize("by", ["rows", "groups"])
def test_a_check_of_splits_says_the_same_of_the_same_rows(by: str, grouped: pl.DataFrame):
    frame = grouped.select("id", "split", "label", *(["group"] if by == "groups" else []))
    found = {ms.check_split(frame).to_json() for _ in range(AGAIN)}
    assert len(found) == 1


def test_a_classifier_tells_splits_apart_alike_in_any_order_of_the_rows(grouped: pl.DataFrame):
    found = set()
    for seed in range(2):
        rows = grouped.sample(fraction=1.0, shuffle=True, seed=seed)
        document = ms.check_split(rows).to_dict()
        found.add(json.dumps(without(document, {"examples"})))  # lines on which something stands
    assert len(found) == 1


def test_a_mismatch_of_groups_has_the_same_last_digits(grouped: pl.DataFrame):
    found = {ms.slices(grouped, mismatch=True, by=["site"]).to_json() for _ in range(AGAIN)}
    assert len(found) == 1


def test_scores_of_two_runs_have_the_same_last_digits(grouped: pl.DataFrame):
    rng = np.random.default_rng(4)
    rows = len(grouped)
    yes = rng.integers(0, 2, rows)
    weight = rng.choice([0.1, 0.7, 1.3, 2.9], rows)
    number = grouped["group"].str.slice(1).cast(pl.Int64)  # a number in one file, text in another
    frame = grouped.select(
        "id", "split", group=number, label=pl.Series(yes), sample_weight=pl.Series(weight)
    )
    scores = [np.round(0.2 * yes + 0.8 * rng.random(rows), 1) for _ in "ab"]
    runs = [frame.with_columns(score=pl.Series(score)) for score in scores]
    texts = [run.with_columns(pl.all().cast(pl.String)) for run in runs]
    found = [ms.compare(*pair, metric="roc_auc").to_dict() for pair in (runs, texts) * 2]
    assert len({json.dumps(without(x, {"signature"})) for x in found}) == 1


def test_likely_wrong_labels_are_ranked_alike_in_any_order_of_the_rows(grouped: pl.DataFrame):
    rng = np.random.default_rng(5)
    score = np.round(rng.random(len(grouped)), 1)  # of equals are many
    yes = pl.Series((score > 0.5).astype(int))
    label = pl.Series(rng.integers(0, 2, len(grouped)))
    frame = grouped.select("id", label=label, score=pl.Series(score), prediction=yes)
    found = set()
    for seed in range(3):
        rows = frame.sample(fraction=1.0, shuffle=True, seed=seed)
        found.add(ms.mislabels(suspects=rows, n=20).to_frame().to_csv())
    assert len(found) == 1


def test_a_column_has_as_many_values_in_any_kind_of_file(grouped: pl.DataFrame, empty_folder):
    """The estimate comes from hashes, and those of numbers are not those of their text."""
    frame = grouped.with_columns(serial=pl.int_range(pl.len()) + 7)
    frame.write_csv("run.csv")
    frame.write_parquet("run.parquet")
    frame.write_ndjson("run.ndjson")
    found = [ms.slices(f"run.{ending}").to_dict() for ending in ("csv", "parquet", "ndjson")]
    assert found[0]["left_out"]
    assert found[0]["left_out"] == found[1]["left_out"] == found[2]["left_out"]


def test_groups_are_put_together_alike_in_any_kind_of_file(
    grouped: pl.DataFrame, empty_folder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("mlstrat.tasks.keys.MOST_GROUPS", 100)
    monkeypatch.setattr("mlstrat.tasks.keys.SMALL", 60_000)
    frame = grouped.with_columns(pl.col("group").str.slice(1).cast(pl.Int64))
    frame.write_csv("run.csv")
    frame.write_parquet("run.parquet")
    assert Path("run.parquet").stat().st_size < 60_000 < Path("run.csv").stat().st_size
    found = [ms.diagnose(f"run.{ending}", split="dev").to_dict() for ending in ("csv", "parquet")]
    assert "MLS215" in [x["code"] for x in found[0]["findings"]]
    assert found[0]["metric"] == found[1]["metric"]


def without(value: Any, keys: set[str]) -> Any:
    """A document without some keys."""
    if isinstance(value, dict):
        return {k: without(x, keys) for k, x in value.items() if k not in keys}
    return [without(x, keys) for x in value] if isinstance(value, list) else value


def run(threads: int, order: str, folder: Path) -> dict[str, dict[str, str]]:
    """Run every command in a process of its own; return outputs by kind of file and by name."""
    folder.mkdir()
    environment = {
        **os.environ, "POLARS_MAX_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads),
        "OMP_NUM_THREADS": str(threads), "PYTHONHASHSEED": folder.name, "COLUMNS": "80",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.same_bytes", str(folder), order],
        env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
        cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    found: dict[str, dict[str, str]] = json.loads(done.stdout)
    return found


def compared(name: str, output: str, keys: set[str]) -> str:
    """What of an output must be the same."""
    return json.dumps(without(json.loads(output), keys)) if name.endswith("-f json") else output


@pytest.mark.slow
def test_every_command_writes_the_same_bytes(tmp_path: Path):
    """Each of `CASES` under `RUNS`, Python's hashes of text being others in each.

    Left out are what files are (`inputs`: bytes and checksum), times that were measured, and, in
    another order or format, the lines on which something stands. What copies cells is compared
    within a format alone, and what depends on the order of rows (`Case.ordered` says why) within
    one order.
    """
    with ThreadPoolExecutor(len(RUNS)) as pool:
        begun = [pool.submit(run, *how, tmp_path / str(i)) for i, how in enumerate(RUNS, start=1)]
        runs = [one.result() for one in begun]
    first = runs[0]
    different = []
    for (threads, order), found in zip(RUNS, runs, strict=True):
        for ending, case in product(ENDINGS, CASES):
            if order == "shuffled" and case.ordered:
                continue
            keys = MEASURED if case.line.startswith("train") else set()
            if (ending, order) != ("csv", "as it is"):
                keys = keys | {"inputs", "examples"}
            names = [
                x for x in found[ending] if x.startswith((f"{case.line} -f ", f"{case.line}: "))
            ]
            assert f"{case.line} -f json" in names
            for name in names:
                alike = first[ending if name.rpartition(": ")[2] in case.copied else "csv"]
                if compared(name, found[ending][name], keys) != compared(name, alike[name], keys):
                    different.append(f"{ending}, {threads} threads, {order}: {name}")
    assert not different, "\n".join(different)
