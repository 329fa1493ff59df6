"""Every engine gives the same document, to the last digit, for random tables of awkward types."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.tasks.classification.run import read_run

from .tables import ENGINES, LABELS, random_table

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # the engines' own warnings

BY = ["kind", "when", "day", "part.no", "price", "on", "level", "ratio", "none"]

QUESTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "diagnose": lambda a, _b: ms.diagnose(a, human_error="1%"),
    "score": lambda a, _b: ms.score(a, metric="accuracy", by=BY),
    "log loss": lambda a, _b: ms.diagnose(a, metric="log_loss"),
    "brier": lambda a, _b: ms.score(a, metric="brier", by=["kind"]),
    "slices": lambda a, _b: ms.slices(a),
    "compare": lambda a, b: ms.compare(a, b, by=["kind", "on"]),
    "compare, log loss": lambda a, b: ms.compare(a, b, metric="log_loss"),
}


def told(document: Any) -> Any:
    """Return the JSON of a document without the names of engines."""
    return json.loads(re.sub(r"<[\w.]+>", "<frame>", document.to_json()))


def check(seed: int, make: Callable[[pl.DataFrame], Any]) -> None:
    tables, wanted = of_polars(seed)
    frames = [make(table) for table in tables]
    for name, ask in QUESTIONS.items():
        assert told(ask(*frames)) == wanted[name], name
    assert sources(frames[0]) == sources(tables[0])


@functools.cache
def of_polars(seed: int) -> tuple[list[pl.DataFrame], dict[str, Any]]:
    """Return two random tables and the documents that Polars gives of them, once for all."""
    tables = [random_table(seed, model) for model in (0, 1)]
    return tables, {name: told(ask(*tables)) for name, ask in QUESTIONS.items()}


def sources(run: Any) -> Any:
    return read_run(run, columns={"source": "part.no"}, sources=True).sources


@pytest.mark.parametrize("seed", range(len(LABELS)), ids=LABELS)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_frame_gives_the_document_of_polars(engine: str, seed: int) -> None:
    package, make = ENGINES[engine]
    pytest.importorskip(package)
    check(seed, make)


@pytest.mark.engines
@pytest.mark.parametrize("seed", [2, 4], ids=["decimal", "dictionary"])
def test_a_frame_of_spark_gives_the_document_of_polars(
    seed: int, spark: Any, tmp_path: Path
) -> None:
    def make(frame: pl.DataFrame) -> Any:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.parquet"
        frame.write_parquet(path)
        return spark.read.parquet(str(path))

    check(seed, make)
