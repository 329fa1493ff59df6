"""What the benchmark runs in processes of its own: making data, resampling from counts."""

from __future__ import annotations

import sys
import time
from pathlib import Path

SEED = 20_170_815
CLASSES, SITES = 10, ("north", "south", "east", "west")
SPLITS = {"train": 0.70, "train-dev": 0.10, "dev": 0.10, "test": 0.10}
ERRORS = {"train": 0.08, "train-dev": 0.09, "dev": 0.12, "test": 0.12}
BLOCK = 500_000
"""Rows made at a time; the file depends on it, as each block has a random stream of its own."""


def make_run(rows: int, path: Path) -> None:
    """Write a run of six columns, 45 bytes a row, whose errors grow along the ladder."""
    import numpy as np
    import polars as pl

    classes = [f"class_{i}" for i in range(CLASSES)]

    def text(codes: np.ndarray, names: list[str]) -> pl.Series:
        return pl.Series(codes.astype(np.uint32)).replace_strict(
            range(len(names)), names, return_dtype=pl.String
        )

    part = path.with_suffix(".part")
    with part.open("wb") as stream:
        for first in range(0, rows, BLOCK):
            n = min(BLOCK, rows - first)
            rng = np.random.default_rng([SEED, first])
            split = rng.choice(len(SPLITS), n, p=list(SPLITS.values()))
            label = rng.integers(CLASSES, size=n)
            wrong = rng.random(n) < np.array(list(ERRORS.values()))[split]
            called = np.where(wrong, (label + rng.integers(1, CLASSES, n)) % CLASSES, label)
            pl.DataFrame(
                {
                    "id": np.arange(first, first + n),
                    "split": text(split, list(SPLITS)),
                    "label": text(label, classes),
                    "prediction": text(called, classes),
                    "site": text(rng.integers(len(SITES), size=n), list(SITES)),
                    "score": rng.random(n).round(6),
                }
            ).write_csv(stream, include_header=first == 0, float_precision=6)
    part.rename(path)


def count_run(path: Path) -> None:
    """Count with Polars alone, which is the least that reading a run costs."""
    import polars as pl

    scan = pl.scan_csv(path, infer_schema=False)
    scan.group_by("split", "label", "prediction").len().collect(engine="streaming")


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
    if task == "make":
        make_run(int(given[0]), Path(given[1]))
    elif task == "count":
        count_run(Path(given[0]))
    elif task == "report":
        report_run(Path(given[0]))
    else:
        resample_counts(*map(int, given))


if __name__ == "__main__":
    main(*sys.argv[1:])
