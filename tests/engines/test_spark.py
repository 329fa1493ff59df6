"""Spark counts what Polars counts: the same documents, on a cluster and through Spark Connect."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run
from mlstrat.core.hashing import text_hash
from mlstrat.data.progress import unwatch, watch
from mlstrat.data.spark.table import hash_sql
from mlstrat.public import on_engine

from .conftest import Cluster, free_port, wait_for

pytestmark = [
    pytest.mark.engines,
    pytest.mark.slow,  # so that a plain `-m "not slow"` starts no cluster
    pytest.mark.filterwarnings("ignore"),  # PySpark's own
]


def model(seed: int, rows: int = 3000) -> pl.DataFrame:
    """Return a run: the seed is of the model, the examples are the same."""
    rng, own = np.random.default_rng(1), np.random.default_rng(seed)
    labels = rng.choice(["cat", "dog", "öwl"], rows)
    night = rng.random(rows) < 0.3
    right = own.random(rows) < np.where(night, 0.6, 0.85)
    return pl.DataFrame(
        {
            "id": [f"ex {i:05d}" for i in rng.permutation(rows)],
            "split": np.where(np.arange(rows) < rows // 2, "train", "dev"),
            "label": labels,
            "prediction": np.where(right, labels, own.choice(["cat", "dog", "öwl"], rows)),
            "light": np.where(night, "night", "day"),
            "place": rng.choice(["north", "south", 'Süd, "west"'], rows),
            "site.no": rng.integers(0, 5, rows),
        }
    )


@pytest.fixture
def files() -> tuple[str, str]:
    """Two runs, each as CSV and as Parquet."""
    for name, seed in (("a", 2), ("b", 3)):
        model(seed).write_csv(f"{name}.csv")
        model(seed).write_parquet(f"{name}.parquet")
    return "a", "b"


def told(document: Any) -> Any:
    """Return the JSON of a document without the names of engines."""
    text = document.to_json().replace("pyspark.DataFrame", "frame")
    return json.loads(text.replace("polars.DataFrame", "frame"))


QUESTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "compare, examples missing": lambda a, b: ms.compare(a, b.filter(*few(b))),
    "slices by group": lambda a, _b: ms.slices(a, columns={"group": "site.no"}, by=["light"]),
    "slices by row": lambda a, _b: ms.slices(a.drop("id"), by=["light"]),
    "slices of two": lambda a, b: ms.slices(a, versus=b, by=["light", "place"]),
    "sample": lambda a, _b: ms.sample(a, n=30, stratify="light"),
    "sample, eyeball": lambda a, _b: ms.sample(a, n=30, correct=20, eyeball=500, seed=3),
}


def few(frame: Any) -> list[Any]:
    """Return a condition that some rows of b do not fulfil, as the frame's engine says it."""
    return [pl.col("id") > "ex 00007"] if isinstance(frame, pl.DataFrame) else ["id > 'ex 00007'"]


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_frame_of_spark_gives_the_document_of_polars(
    name: str, spark: Any, files: tuple[str, str], tmp_path: Path
) -> None:
    ask = QUESTIONS[name]
    local = told(ask(*(pl.read_parquet(f"{x}.parquet") for x in files)))
    Path("ledger.jsonl").unlink(missing_ok=True)
    found = told(ask(*(spark.read.parquet(str(tmp_path / f"{x}.parquet")) for x in files)))
    assert found == local


COMMANDS = {
    "diagnose": ["diagnose", "a.csv"],
    "score": ["score", "a.parquet", "--by", "light", "--metric", "f1"],
    "compare": ["compare", "a.csv", "b.csv", "--by", "light"],
    "slices": ["slices", "a.csv", "--by", "light", "--by", "site.no"],
    "sample": ["sample", "a.csv", "-n", "20"],
    "gate": ["gate", "a.parquet", "--baseline", "b.parquet"],
    "report": ["report", "b.csv", "--baseline", "a.csv"],
}


@pytest.mark.usefixtures("spark", "files")
@pytest.mark.parametrize("name", COMMANDS)
def test_engine_spark_prints_what_the_local_engine_prints(
    name: str, cluster: Cluster, capfdbinary: Any
) -> None:
    code = run([*COMMANDS[name], "-f", "json"])
    local = capfdbinary.readouterr()
    assert (
        run([*COMMANDS[name], "-f", "json", "--engine", "spark", "--master", cluster.url]) == code
    )
    found = capfdbinary.readouterr()
    assert found.out == local.out != b""
    assert found.err == local.err  # Spark's own messages stay away


@pytest.mark.usefixtures("spark")
def test_partitioned_parquet_and_blanks(cluster: Cluster, capfdbinary: Any) -> None:
    frame = model(2).with_columns(
        pl.when(pl.col("prediction") == "dog").then(pl.col("prediction")).alias("prediction")
    )
    for split in ("train", "dev"):
        folder = Path("run", f"split={split}", "day=01")
        folder.mkdir(parents=True)
        frame.filter(pl.col("split") == split).drop("split").write_parquet(folder / "0.parquet")
    asked = ["score", "run", "--by", "day", "-f", "json"]
    assert run(asked) == 0
    local = capfdbinary.readouterr().out
    assert run([*asked, "--engine", "spark", "--master", cluster.url]) == 0
    assert capfdbinary.readouterr().out == local
    assert b'"01"' in local


@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("label,prediction\na,a\nb,b,b\n", "row 3"),
        ("label,prediction\na,a\n,b\n", "1 blank label"),
        ("label,prediction,sample_weight\na,a,1\nb,a,two\n", "'two' is not a weight"),
    ],
)
def test_bad_rows_are_refused_in_one_message(
    text: str, message: str, cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("bad.csv").write_text(text)
    assert run(["diagnose", "bad.csv", "--engine", "spark", "--master", cluster.url]) == 2
    told = capsys.readouterr()
    assert message in told.err
    assert told.out == ""


def test_the_hash_of_sql_is_the_hash_of_every_machine(spark: Any) -> None:
    texts = ["", "a", "é", "\U0001f600 x", "0", "1234567890" * 9]
    frame = spark.createDataFrame([(text,) for text in texts], ["text"])
    for seed, prefix in ((0, ""), (7, "draw/")):
        found = frame.selectExpr(hash_sql("text", seed, prefix)).collect()
        assert [row[0] for row in found] == [text_hash(prefix + text, seed) for text in texts]


def test_ids_that_are_one_number_pair(spark: Any) -> None:
    rows = pl.DataFrame({"id": ["30", "7", "x"], "label": ["a", "b", "a"]})
    rows = rows.with_columns(prediction=pl.col("label"))
    pointed = rows.with_columns(id=pl.col("id").replace({"30": "30.0", "7": "7."}))
    frames = [spark.createDataFrame(x.rows(), x.columns) for x in (rows, pointed)]
    assert ms.compare(*frames, metric="accuracy").to_dict()["both_right"] == 3


@pytest.mark.usefixtures("spark", "files")
def test_whoever_watches_gets_the_same(cluster: Cluster) -> None:
    runs = ["a.parquet", "b.parquet"]
    watch()
    try:
        found = ms.compare(*on_engine(runs, "spark", cluster.url))
    finally:
        unwatch()
    assert found.to_json() == ms.compare(*runs).to_json()


def test_nobody_listens_is_said_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyspark")
    Path("run.csv").write_text("label,prediction\na,a\n")
    for url in (f"spark://127.0.0.1:{free_port()}", f"sc://127.0.0.1:{free_port()}/;token=x"):
        assert run(["diagnose", "run.csv", "--engine", "spark", "--master", url]) == 2
        told = capsys.readouterr()
        assert f"no server of Spark listens at {url.partition('/;')[0]}\n" in told.err
        assert "token" not in told.err
    assert run(["diagnose", "run.jsonl", "--engine", "dask"]) == 2


def test_rows_in_spark_need_ids_to_be_drawn(spark: Any) -> None:
    frame = spark.createDataFrame([("a", "b"), ("a", "a")], ["label", "prediction"])
    with pytest.raises(ms.InputError, match="no order"):
        ms.sample(frame)


def test_a_worker_that_dies_while_counting_changes_no_number(spark: Any, cluster: Cluster) -> None:
    rows = 6_000_000
    frame = spark.range(0, rows, numPartitions=60).selectExpr(
        "if(id % 3 = 0, 'dev', 'train') AS split",
        "cast(id % 7 AS string) AS label",
        "cast(if(conv(substr(sha2(cast(id AS string), 256), 1, 2), 16, 10) < 64,"
        " (id + 1) % 7, id % 7) AS string) AS prediction",
    )
    expected = told(ms.diagnose(frame))
    ended: list[Any] = []
    asking = threading.Thread(target=lambda: ended.append(told(ms.diagnose(frame))))
    asking.start()
    tracker = spark.sparkContext.statusTracker()
    until = time.monotonic() + 120
    while time.monotonic() < until and asking.is_alive():
        stages = [tracker.getStageInfo(x) for x in tracker.getActiveStageIds()]
        if any(x is not None and x.numTasks == 60 and 5 < x.numCompletedTasks < 40 for x in stages):
            break
        time.sleep(0.01)
    assert asking.is_alive(), "it ended before a worker could be killed"
    cluster.kill(cluster.processes[-1])
    try:
        asking.join(240)
    finally:
        cluster.add_worker()
    assert ended == [expected]
    assert expected["splits"]["dev"]["n"] == rows // 3


def test_spark_connect(cluster: Cluster, files: tuple[str, str], tmp_path: Path) -> None:
    if importlib.util.find_spec("grpc") is None:
        pytest.skip("the client of Spark Connect is not installed")
    port = free_port()
    server = cluster.start(
        "org.apache.spark.deploy.SparkSubmit",
        "--class", "org.apache.spark.sql.connect.service.SparkConnectServer",
        "--master", "local[1]",
        "--conf", f"spark.connect.grpc.binding.port={port}",
        "--conf", "spark.ui.enabled=false",
        "spark-internal",
        memory="640m",
    )  # fmt: skip
    try:
        wait_for(port, server)
        for asked in (
            ["compare", "a.parquet", "b.parquet"],
            ["slices", "a.csv"],
            ["sample", "a.csv"],
        ):
            command = [sys.executable, "-m", "mlstrat", *asked, "-f", "json"]
            local = subprocess.run(command, capture_output=True, check=True)
            found = subprocess.run(
                [*command, "--engine", "spark"],
                env={**os.environ, "SPARK_REMOTE": f"sc://127.0.0.1:{port}"},
                capture_output=True,
                check=False,
            )
            assert (found.returncode, found.stderr) == (0, b"")
            assert found.stdout == local.stdout
    finally:
        cluster.kill(server)


def test_without_java_there_is_one_message(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    pytest.importorskip("pyspark")
    Path("run.csv").write_text("label,prediction\na,a\n")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert run(["diagnose", "run.csv", "--engine", "spark"]) == 2
    assert "Java" in capsys.readouterr().err
