"""Files that Spark is to read: a session found or started, and tables of CSV and Parquet."""

from __future__ import annotations

import logging
import os
import re
import shutil
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mlstrat.data.files import Files, SparkPath
from mlstrat.data.spark.table import SparkTable, quoted, spark_table
from mlstrat.errors import UsageError

SETTINGS = {
    "spark.app.name": "mlstrat",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
}
"""Of a session that is started here."""

PORTS = {"sc": "15002", "spark": "7077"}
"""Where Spark Connect and a master listen where nobody says."""

REACHED_WITHIN = 10
"""Seconds in which a server must answer (ours)."""


def start_session(master: str | None) -> Any:
    """Return a session of Spark at `master`, as ``sc://host:port`` of Spark Connect.

    Without it the environment's ``SPARK_REMOTE`` or ``SPARK_MASTER``, else this machine.
    """
    url = master or os.environ.get("SPARK_REMOTE") or os.environ.get("SPARK_MASTER") or "local[*]"
    remote = url.startswith("sc://")
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # errors are told once, by us
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError(
            "--engine spark needs PySpark, which is not installed",
            hint="pip install 'mlstrat[spark]'",
        ) from None
    if not remote and not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise UsageError(
            "Spark runs on Java, and there is no java here",
            hint="install a Java runtime of version 17 or later, or name a server of Spark "
            "Connect: SPARK_REMOTE=sc://host:15002",
        )
    _check_reachable(url)
    if remote:
        builder = SparkSession.builder.remote(url)
    else:
        os.environ.pop("SPARK_REMOTE", None)  # which PySpark would prefer to a master
        builder = SparkSession.builder.master(url).config(map=dict(SETTINGS))
    try:
        with _silent():
            session = builder.getOrCreate()
            session.range(1).count()  # a server is not asked before there is work
    except Exception as error:
        lines = [x.strip() for x in str(error).splitlines() if x.strip()]
        reason = (lines or [type(error).__name__])[0][:200]
        raise UsageError(
            f"Spark cannot be started at {_without_secrets(url)}: {_without_secrets(reason)}",
            hint="name a master that runs: --master spark://host:7077, or sc://host:15002",
        ) from None
    return session


def _check_reachable(url: str) -> None:
    """Refuse a server where nobody listens, for whom Spark would wait for many minutes."""
    found = re.match(r"(sc|spark)://([^/;]+)", url)
    if found is None:
        return
    for place in found[2].split(","):  # masters that stand in for each other
        host, _, port = place.rpartition(":") if ":" in place else (place, ":", PORTS[found[1]])
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=REACHED_WITHIN):
                return
        except (OSError, ValueError):
            continue
    raise UsageError(
        f"no server of Spark listens at {found[0]}",
        hint="name one that runs: --master spark://host:7077, or sc://host:15002",
    )


def _without_secrets(text: str) -> str:
    """Return a text without what follows the address in a URL of Spark Connect, as a token."""
    return re.sub(r"(sc://[^/;\s]*)[/;]\S*", r"\1", text)


@contextmanager
def _silent() -> Iterator[None]:
    """Let Spark's own process inherit no standard output or error; ours come back after."""
    kept = [os.dup(1), os.dup(2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            yield
    finally:
        for place, copy in zip((1, 2), kept, strict=True):
            os.dup2(copy, place)
            os.close(copy)
        os.close(nowhere)


def open_on_spark(files: Files, header: tuple[str, ...]) -> SparkTable:
    """Return the table of files that Spark reads, named by a `SparkPath`; headers are checked."""
    if not isinstance(files.name, SparkPath):
        raise TypeError("a path that names no session")
    session = files.name.session
    places = [_escaped(str(part.path.resolve())) for part in files.parts if part.path is not None]
    if files.format not in ("csv", "tsv", "parquet") or len(places) < len(files.parts):
        raise UsageError(
            f"--engine spark: {files.name}: Spark is asked to read files of CSV, TSV and Parquet",
            accepted="such a file, a glob, or a folder of partitioned Parquet, on a disk that "
            "the workers see, too",
        )
    if files.format == "parquet":
        read = session.read.option("mergeSchema", "false")
        if files.keys:
            # Spark would read 01 as a number.
            session.conf.set("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
            read = read.option("basePath", _base(files))
        frame = read.parquet(*places)
        if files.keys:  # which come first where Polars reads
            others = [x for x in frame.columns if x not in files.keys]
            frame = frame.select(*map(quoted, (*files.keys, *others)))
        return spark_table(files.name, frame, header, files=files)
    frame = _csv(session, places, files, header)
    return spark_table(files.name, frame, header, text=True, files=files)


def _csv(session: Any, places: list[str], files: Files, header: tuple[str, ...]) -> Any:
    options = {
        "sep": files.separator,
        "header": True,
        "quote": '"',
        "escape": '"',
        "multiLine": True,  # a cell in quotes may hold a line end
        "mode": "FAILFAST",
        "columnPruning": False,  # else nobody looks whether rows are even
        "maxColumns": max(20_480, len(header)),
    }
    schema = ", ".join(f"c{i} STRING" for i in range(len(header)))
    return session.read.options(**options).schema(schema).csv(places)


def _base(files: Files) -> str:
    """Return the folder under which the folders of keys stand."""
    first = files.parts[0].path
    return "" if first is None else _escaped(str(first.resolve().parents[len(files.keys)]))


def _escaped(path: str) -> str:
    """Return a path whose characters that Spark would take for a glob stand for themselves."""
    return "file:" + re.sub(r"([\[\]{}*?\\])", r"\\\1", path)
