"""Tables of examples of tasks: Spark sums what Polars sums, to the last digit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlstrat as ms
from mlstrat.cli import run

from .conftest import Cluster

pytestmark = [
    pytest.mark.engines,
    pytest.mark.slow,  # so that a plain `-m "not slow"` starts no cluster
    pytest.mark.filterwarnings("ignore"),  # PySpark's own
]

SAMPLES = Path(__file__).parents[2] / "sample_runs"
TASKS = {
    "multilabel": "tasks/multilabel/run.csv", "tagging": "tasks/tagging/run.toml",
    "verification": "tasks/verification/run.csv", "detection": "boxes/card.toml",
}  # fmt: skip
"""Sample runs, whose tables of examples are summed."""


def amounts() -> pd.DataFrame:
    """Return amounts of any digits, with groups and a kind of error."""
    rng = np.random.default_rng(0)
    den = rng.lognormal(1, 1, 500)
    num = den * rng.random(500)
    return pd.DataFrame({
        "id": [f"x{i}" for i in range(500)], "split": np.where(np.arange(500) % 3, "dev", "train"),
        "group": [f"g{i}" for i in rng.integers(0, 40, 500)], "num": num, "den": den,
        "count.late": rng.integers(0, 3, 500), "fixed.late.num": -num * rng.random(500),
        "place": rng.choice(["north", "süd"], 500),
    })  # fmt: skip


def written(name: str) -> str:
    """Write the table of examples of a task as CSV and Parquet; return its name."""
    frame = amounts() if name == "amounts" else ms.examples(SAMPLES / TASKS[name], task=name)
    frame.to_csv(f"{name}.csv", index=False)
    frame.to_parquet(f"{name}.parquet")
    return name


@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize("name", [*TASKS, "amounts"])
def test_spark_sums_examples_to_the_last_digit(
    name: str, cluster: Cluster, capfdbinary: Any
) -> None:
    table = written(name)
    for ending, command in (("csv", "diagnose"), ("parquet", "score")):
        asked = [command, f"{table}.{ending}", "--task", "ratio", "-f", "json"]
        code = run(asked)
        local = capfdbinary.readouterr()
        assert (code, local.err) == (0, b"")
        assert run([*asked, "--engine", "spark", "--master", cluster.url]) == code
        found = capfdbinary.readouterr()
        assert found.out == local.out != b""
        assert found.err == b""  # Spark's own messages stay away
