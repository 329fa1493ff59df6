"""What a shell offers after <TAB>: names, columns, codes; fast, and never noise."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest


def offered(typed: str) -> list[str]:
    """Return what bash offers for the last word of a command line."""
    words = typed.split(" ")
    environment = {**os.environ, "_MLSTRAT_COMPLETE": "complete_bash", "COMP_WORDS": typed,
                   "COMP_CWORD": str(len(words) - 1)}  # fmt: skip
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c",
         "import sys; sys.argv = ['mlstrat']; from mlstrat.__main__ import main; main()"],
        env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ended.stderr == ""
    return ended.stdout.split()


@pytest.fixture
def run(empty_folder: Path) -> None:
    head, row = "id,label,prediction,source,night\n", "1,a,a,web,yes\n"
    (empty_folder / "run.csv").write_text(head + row)
    (empty_folder / "run.csv.gz").write_bytes(gzip.compress((head + row).encode()))
    pl.read_csv("run.csv").write_parquet("run.parquet")
    (empty_folder / "broken.parquet").write_bytes(b"PAR1")


def test_commands_and_options():
    assert "diagnose" in offered("mlstrat dia")
    assert "--metric" in offered("mlstrat score run.csv --met")


def test_codes_terms_and_metrics_of_explain():
    assert offered("mlstrat explain mls10") == [f"mls10{i}" for i in (1, 2, 3, 4, 5, 7)]
    assert offered("mlstrat explain avoid") == ["avoidable-bias"]
    assert offered("mlstrat explain bal") == ["balanced_accuracy"]


def test_names_of_metrics_and_of_schemas():
    assert offered("mlstrat score run.csv --metric f") == ["f1", "f_beta"]
    assert offered("mlstrat schema dia") == ["diagnose"]


@pytest.mark.parametrize("file", ["run.csv", "run.csv.gz", "run.parquet"])
def test_columns_of_the_file_that_was_typed(run, file):
    names = ["id", "label", "prediction", "source", "night"]
    assert offered(f"mlstrat score {file} --by ") == names
    assert offered(f"mlstrat slices {file} --by la") == ["label"]
    assert offered(f"mlstrat compare {file} --by so") == ["source"]


@pytest.mark.parametrize("file", ["none.csv", "broken.parquet", "-", "*.nothing"])
def test_a_file_that_cannot_be_read_offers_nothing_and_says_nothing(run, file):
    assert offered(f"mlstrat score {file} --by s") == []


def test_a_large_file_is_not_read_for_its_header(empty_folder):
    with Path("run.csv").open("w") as file:
        file.write("label,prediction,source\n")
        for _ in range(200):
            file.write("a,a,web\n" * 10_000)
    resource = pytest.importorskip("resource")
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    assert offered("mlstrat score run.csv --by so") == ["source"]
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 5
