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
    """Write a run as CSV, 45 bytes a row, or as Parquet, ids as text: a block in memory at a time."""
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

    from mlstrat.workflow._counts import Cells
    from mlstrat.workflow._resampling import generator, resample
    from mlstrat.workflow.metrics import choose_metric

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


def main(task: str, *given: str) -> None:
    """Do one task; the numbers and the path come from the command line."""
    if task in ("make", "twin"):
        make_run(int(given[0]), Path(given[1]), twin=task == "twin")
    elif task == "join":
        join_runs(Path(given[0]), Path(given[1]))
    elif task == "review":
        review_errors(int(given[0]), Path(given[1]))
    elif task == "table":
        make_table(int(given[0]), Path(given[1]))
    elif task == "sliceline":
        slice_line(Path(given[0]), int(given[1]))
    elif task == "count":
        count_run(Path(given[0]))
    elif task == "filter":
        filter_run(Path(given[0]))
    elif task == "report":
        report_run(Path(given[0]))
    else:
        resample_counts(*map(int, given))


if __name__ == "__main__":
    main(*sys.argv[1:])
