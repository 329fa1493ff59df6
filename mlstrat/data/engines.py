"""Where rows are counted: here, or by Spark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlstrat.errors import UsageError

ENGINES = ("polars", "spark")


def on_engine(paths: Sequence[str | None], engine: str | None, master: str | None) -> list[Any]:
    """Return paths whose rows an engine is to count.

    Parameters
    ----------
    paths
        As the user wrote them; None where there is none.
    engine
        ``polars`` or ``spark``; without it ``polars``.
    master
        Of Spark, as `mlstrat.data.spark.opening.start_session` takes it.

    Raises
    ------
    UsageError
        For another engine, for standard input, and where Spark cannot be started.
    """
    if engine not in (None, *ENGINES):
        raise UsageError(f"--engine {engine}: no such engine", accepted=", ".join(ENGINES))
    if engine != "spark":
        if master is not None:
            raise UsageError("--master is Spark's", accepted="--engine spark with it")
        return list(paths)
    if "-" in paths:
        raise UsageError("Spark cannot read standard input", accepted="a file")
    from mlstrat.data.files import SparkPath
    from mlstrat.data.spark.opening import start_session

    session = start_session(master)
    return [x if x is None else SparkPath(x, session) for x in paths]
