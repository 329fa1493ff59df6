"""What the benchmark runs in processes of its own: making data, resampling from counts."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

SEED = 20_170_815
CLASSES, SITES = 10, ("north", "south", "east", "west")
SPLITS = {"train": 0.70, "train-dev": 0.10, "dev": 0.10, "test": 0.10}
ERRORS = {"train": 0.08, "train-dev": 0.09, "dev": 0.12, "test": 0.12}
BLOCK = 500_000
"""Rows made at a time; the file depends on it, as each block has a random stream of its own."""


def run_blocks(rows: int, *, twin: bool = False) -> Iterator[Any]:
    """Yield a run of six columns in frames, its errors growing along the ladder.

    The twin has the same rows, called by another model.
    """
    import numpy as np
    import polars as pl

    classes = [f"class_{i}" for i in range(CLASSES)]

    def text(codes: Any, names: list[str]) -> pl.Series:
        return pl.Series(names)[pl.Series(codes)]

    for first in range(0, rows, BLOCK):
        n = min(BLOCK, rows - first)
        rng = np.random.default_rng([SEED, first])
        split = rng.choice(len(SPLITS), n, p=list(SPLITS.values()))
        label = rng.integers(CLASSES, size=n)
        model = np.random.default_rng([SEED, first, 1]) if twin else rng
        wrong = model.random(n) < np.array(list(ERRORS.values()))[split]
        called = np.where(wrong, (label + model.integers(1, CLASSES, n)) % CLASSES, label)
        yield pl.DataFrame(
            {
                "id": np.arange(first, first + n),
                "split": text(split, list(SPLITS)),
                "label": text(label, classes),
                "prediction": text(called, classes),
                "site": text(rng.integers(len(SITES), size=n), list(SITES)),
                "score": rng.random(n).round(6),
            }
        )


def make_run(rows: int, path: Path, *, twin: bool = False) -> None:
    """Write a run as CSV, 45 bytes a row, or as Parquet, ids as text; a block at a time."""
    import polars as pl
    from polars.io.plugins import register_io_source

    part, blocks = path.with_suffix(".part"), run_blocks(rows, twin=twin)
    if path.suffix == ".csv":
        with part.open("wb") as stream:
            for i, block in enumerate(blocks):
                block.write_csv(stream, include_header=not i, float_precision=6)
    else:
        as_text = (block.with_columns(pl.col("id").cast(pl.String)) for block in blocks)
        first = next(as_text)
        source = register_io_source(lambda *_: chain([first], as_text), schema=first.schema)
        source.sink_parquet(part)
    part.rename(path)


def review_errors(rows: int, path: Path) -> None:
    """Write a review sheet as a person leaves it: one or two of eight tags, two strata."""
    import csv
    import random

    rng = random.Random(SEED)
    tags = ["blurry", "great cat", "dog", "rain", "night", "wrong crop", "caption", "none"]
    with path.open("w", encoding="utf-8", newline="") as stream:
        sheet = csv.writer(stream)
        sheet.writerow(
            ["id", "split", "label", "prediction", "score", "stratum", "sampling_weight", "seed",
             "tags", "mislabeled", "true_label", "comment", "run.site", "run.path"]
        )  # fmt: skip
        for i in range(rows):
            stratum, weight = ("error: cat→dog", 3) if i % 3 else ("error: dog→cat", 1.5)
            label, called = stratum.removeprefix("error: ").split("→")
            given = "; ".join(rng.sample(tags, rng.randint(1, 2)))
            sheet.writerow(
                [i, "dev", label, called, f"{rng.random():.4f}", stratum, weight, 0, given,
                 "x" if rng.random() < 0.05 else "", "", "", rng.choice(SITES), f"{i}.png"]
            )  # fmt: skip


def count_run(path: Path) -> None:
    """Count with Polars alone, which is the least that reading a run costs."""
    import polars as pl

    scan = pl.scan_csv(path, infer_schema=False) if path.suffix == ".csv" else pl.scan_parquet(path)
    scan.group_by("split", "label", "prediction").len().collect(engine="streaming")


def join_runs(path: Path, other: Path) -> None:
    """Join two runs by id and count with Polars alone: the least that a paired comparison costs."""
    import polars as pl

    one, two = (pl.scan_csv(p, infer_schema=False) for p in (path, other))
    both = one.join(two, on="id")
    by = both.group_by("split", "label", "prediction", "prediction_right")
    by.len().collect(engine="streaming")


def filter_run(path: Path) -> None:
    """Collect the errors of dev with Polars alone: the least that drawing from them costs."""
    import polars as pl

    scan = pl.scan_csv(path, infer_schema=False)
    wrong = (pl.col("split") == "dev") & (pl.col("label") != pl.col("prediction"))
    scan.filter(wrong).collect(engine="streaming")


def make_table(rows: int, path: Path) -> None:
    """Write a run with 20 columns to slice by, 14 of categories; one pair of values is planted."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng([SEED, rows])
    label = rng.integers(CLASSES, size=rows)
    words = {f"kind_{i}": rng.integers(4 + i, size=rows) for i in range(14)}
    numbers = {f"amount_{i}": rng.normal(size=rows).round(4) for i in range(6)}
    planted = (words["kind_1"] == 1) & (words["kind_3"] == 2)
    wrong = rng.random(rows) < np.where(planted, 0.25, 0.05)
    pl.DataFrame(
        {
            "id": np.arange(rows),
            "label": label,
            "prediction": np.where(wrong, (label + 1) % CLASSES, label),
            **{name: np.char.add("v", codes.astype(str)) for name, codes in words.items()},
            **numbers,
        }
    ).write_csv(path)


def slice_line(path: Path, rows: int) -> None:
    """Print the seconds of SliceLine (Sagadeeva and Boehm 2021) on some rows, reading not counted.

    Values and pairs of them, twenty slices, the same fifths of numbers and the same least size.
    """
    import numpy as np
    import polars as pl
    from sliceline.slicefinder import Slicefinder

    frame = pl.read_csv(path, n_rows=rows, infer_schema=False)
    columns = []
    for name in frame.columns:
        if name.startswith("amount"):
            x = frame[name].cast(pl.Float64).to_numpy()
            columns.append(1 + np.searchsorted(np.quantile(x, (0.2, 0.4, 0.6, 0.8)), x, "right"))
        elif name not in ("id", "prediction"):
            columns.append(frame[name].rank("dense").to_numpy())
    wrong = (frame["label"] != frame["prediction"]).to_numpy().astype(int)
    finder = Slicefinder(k=20, max_l=2, min_sup=max(20, rows // 1000), verbose=False)
    begun = time.perf_counter()
    finder.fit(np.stack(columns, axis=1), wrong)
    print(time.perf_counter() - begun)


def report_run(path: Path) -> None:
    """Print what most people print: a report of every class, without intervals or splits."""
    import pandas as pd
    from sklearn.metrics import classification_report

    frame = pd.read_csv(path)
    print(classification_report(frame["label"], frame["prediction"]))


def resample_counts(rows: int, classes: int, replicates: int) -> None:
    """Print the seconds for replicates of macro-F1; importing and making the cells not counted."""
    import numpy as np

    from mlstrat.core.counts import Cells
    from mlstrat.core.metrics import choose_metric
    from mlstrat.core.resampling import generator, resample

    rng = np.random.default_rng([SEED, rows, classes])
    share = np.full((classes, classes), 0.2 / (classes - 1))
    np.fill_diagonal(share, 0.8)
    counts = rng.multinomial(rows, (share / share.sum()).ravel())
    seen = np.flatnonzero(counts)
    n = counts[seen]
    labels = tuple(f"class_{i}" for i in range(classes))
    cells = Cells(
        labels=labels,
        splits=("dev",),
        split=np.zeros(len(seen), np.int64),
        truth=seen // classes,
        predicted=seen % classes,
        n=n,
        weight=n.astype(np.float64),
        weight_squared=n.astype(np.float64),
    )
    choice = choose_metric("f1", labels=labels, positive=None, average="macro", beta=1.0)
    begun = time.perf_counter()
    resample(cells, lambda t: choice.of_tally(t, labels)[None, :], replicates, generator(SEED))
    print(time.perf_counter() - begun)


def group_rows(rows: int, path: Path) -> None:
    """Write a run of Parquet whose rows come in groups of twenty, scattered."""
    import polars as pl

    run, part = path.with_name(f"run_{rows}.parquet"), path.with_suffix(".part")
    if not run.exists():
        make_run(rows, run)
    groups = max(1, rows // 20) | 1
    row = pl.col("id").cast(pl.Int64)
    pl.scan_parquet(run).with_columns(group=row * 7_919 % groups).sink_parquet(part)
    part.rename(path)


def make_candidates(rows: int, path: Path) -> None:
    """Write a table of candidates: accuracy of 10,000 examples each, milliseconds, megabytes."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng([SEED, rows])
    true = rng.beta(60, 8, rows)
    pl.DataFrame(
        {
            "model": [f"model_{i}" for i in range(rows)],
            "accuracy": rng.binomial(10_000, true) / 10_000,
            "n": np.full(rows, 10_000),
            "ms": rng.lognormal(4, 0.7, rows).round(1),
            "megabytes": rng.lognormal(3, 1, rows).round(1),
        }
    ).write_csv(path)


def count_by_duckdb(path: Path) -> None:
    """Count with DuckDB alone, on as many threads as Polars has."""
    import duckdb

    source = f"read_csv('{path}', all_varchar=true)" if path.suffix == ".csv" else f"'{path}'"
    by = "split, label, prediction"
    duckdb.sql(f"SELECT {by}, count(*) FROM {source} GROUP BY {by}").fetchall()


def import_alone(path: Path) -> None:
    """Import all that `diagnose` imports, in its order; the names are kept beside the run."""
    import importlib

    names = path.with_suffix(".imports")
    if not names.exists():
        import contextlib
        import io

        before = set(sys.modules)
        from mlstrat.cli import run

        sys.argv = ["mlstrat", "diagnose", str(path)]
        with contextlib.redirect_stdout(io.StringIO()):
            run()
        names.write_text("\n".join(x for x in sys.modules if x not in before))
        return
    for name in names.read_text().split():
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:  # one that another makes as it is imported
            continue


def metrics_of_diagnose(path: Path) -> None:
    """Print the seconds that `diagnose` spends beside reading; imports not counted."""
    import mlstrat
    from mlstrat.workflow.diagnose import answer

    head = path.with_name("run_1000.csv")
    if not head.exists():
        make_run(1_000, head)
    mlstrat.diagnose(head).to_text()
    read, spent = answer.read_run, []

    def timed(*args: Any, **options: Any) -> Any:
        begun = time.perf_counter()
        found = read(*args, **options)
        spent.append(time.perf_counter() - begun)
        return found

    answer.read_run = timed
    begun = time.perf_counter()
    mlstrat.diagnose(path).to_text()
    print(time.perf_counter() - begun - sum(spent))


def bootstrap_rows(rows: int, classes: int, replicates: int) -> None:
    """Print the seconds of replicates of macro-F1 as most people draw them: rows, one by one."""
    import numpy as np
    from sklearn.metrics import f1_score
    from sklearn.utils import resample

    rng = np.random.default_rng([SEED, rows, classes])
    label = rng.integers(classes, size=rows)
    called = np.where(rng.random(rows) < 0.2, rng.integers(classes, size=rows), label)
    begun = time.perf_counter()
    for i in range(replicates):
        f1_score(*resample(label, called, random_state=i), average="macro")
    print(time.perf_counter() - begun)


def torch_metrics(path: Path) -> None:
    """Compute with torchmetrics what it has of a diagnosis: no splits, no intervals."""
    import polars as pl
    import torch
    from torchmetrics.functional import classification as of

    frame = pl.read_csv(path, columns=["label", "prediction"])
    label, called = (frame[x].str.tail(1).cast(pl.Int64).to_torch() for x in frame.columns)
    for metric in (of.multiclass_f1_score, of.multiclass_precision, of.multiclass_recall,
                   of.multiclass_confusion_matrix):  # fmt: skip
        assert torch.isfinite(metric(called, label, num_classes=CLASSES)).all()


def serve(path: Path) -> None:
    """Serve a file from a local store of objects until standard input ends; print where."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    where = f"http://{host}:{port}"
    client = boto3.client("s3", endpoint_url=where, region_name="us-east-1",
                          aws_access_key_id="key", aws_secret_access_key="secret")  # fmt: skip
    client.create_bucket(Bucket="runs")
    with path.open("rb") as stream:
        client.put_object(Bucket="runs", Key=path.name, Body=stream)
    print(where, flush=True)
    sys.stdin.read()
    server.stop()


TASKS = {
    "make": make_run,
    "twin": lambda rows, path: make_run(rows, path, twin=True),
    "grouped": group_rows,
    "review": review_errors,
    "table": make_table,
    "candidates": make_candidates,
    "count": count_run,
    "duckdb": count_by_duckdb,
    "join": join_runs,
    "filter": filter_run,
    "report": report_run,
    "imports": import_alone,
    "metrics": metrics_of_diagnose,
    "torchmetrics": torch_metrics,
    "sliceline": slice_line,
    "resample": resample_counts,
    "bootstrap": bootstrap_rows,
    "serve": serve,
}  # fmt: skip


def main(task: str, *given: str) -> None:
    """Do one task; numbers and paths come from the command line."""
    TASKS[task](*(int(word) if word.isdigit() else Path(word) for word in given))


if __name__ == "__main__":
    main(*sys.argv[1:])
