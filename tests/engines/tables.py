"""Random tables of awkward types, and the frames of every engine that hold them."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

LABELS: dict[str, tuple[list[Any], pl.DataType]] = {
    "whole": ([0, 1, 7], pl.Int64()),
    "boolean": ([False, True], pl.Boolean()),
    "decimal": ([Decimal("1.50"), Decimal("2.00"), Decimal("-0.25")], pl.Decimal(9, 2)),
    "float": ([0.0, 1.0, 2.5], pl.Float64()),
    "dictionary": (["cat", "öwl", "a b"], pl.Categorical()),
    "text": (["yes", "no"], pl.String()),
    "unicode": (["gato", "ねこ", "\U0001f63a", " pad", "x.y`z"], pl.String()),
}
"""Labels of each type, and the type."""


def random_table(seed: int, model: int = 0) -> pl.DataFrame:
    """Return a run; the seed is of its examples and types, the model of what it predicts."""
    rng, own = np.random.default_rng(seed), np.random.default_rng([seed, model])
    rows = int(rng.integers(60, 400))
    values, kind = LABELS[list(LABELS)[seed % len(LABELS)]]
    truth = rng.integers(0, len(values), rows)
    said = np.where(own.random(rows) < 0.7, truth, own.integers(0, len(values), rows))
    raw = own.dirichlet(np.ones(len(values)), rows)
    chances = {f"prob_{label(x)}": raw[:, i] for i, x in enumerate(values)}

    def some(x: list[Any], nulls: float, of: Any = None) -> pl.Series:
        picked = [None if rng.random() < nulls else x[i] for i in rng.integers(0, len(x), rows)]
        return pl.Series(picked, dtype=of)

    start = dt.datetime(2024, 2, 29, 23, 59, 59, 250_000)
    weights = [lambda: rng.random(rows) * 3, lambda: rng.integers(0, 4, rows) + 1,
               lambda: pl.Series([Decimal(int(x)) / 8 for x in rng.integers(1, 40, rows)],
                                 dtype=pl.Decimal(9, 3))]  # fmt: skip
    ids = rng.permutation(rows)
    frame = pl.DataFrame(
        {
            "id": ids if seed % 2 else [f"é {i}" for i in ids],
            "split": pl.Series(rng.choice(["train", "dev"], rows), dtype=pl.Categorical()),
            "label": pl.Series([values[i] for i in truth], dtype=kind),
            "prediction": pl.Series(
                [None if own.random() < 0.02 else values[i] for i in said], dtype=kind
            ),
            "sample_weight": weights[seed % 3](),
            **chances,
            "when": some([start + dt.timedelta(hours=7 * i) for i in range(4)], 0.1),
            "day": some([dt.date(2024, 1, 1), dt.date(1969, 12, 31)], 0.0),
            "price": some([Decimal("0.10"), Decimal("-3.00"), None], 0.1, pl.Decimal(12, 2)),
            "kind": some(["größer", "a", "b.c"], 0.2, pl.Categorical()),
            "on": some([True, False], 0.1),
            "level": some([3, -1, 10**12], 0.2),
            "part.no": some(["1", "1.0", " 2", "", "NaN"], 0.1),
            "ratio": some([0.5, -0.0, 1.0, float("nan")], 0.1),
            "none": pl.Series([None] * rows, dtype=pl.String),
        }
    )
    if seed % 3 == 0:
        frame = frame.with_columns(group=pl.Series(rng.integers(0, 30, rows)))
    return frame.sample(fraction=1.0, shuffle=True, seed=model)


def label(value: Any) -> str:
    """Return a label as the name of a column of probabilities has it."""
    from mlstrat.data.values import label_text

    return label_text(value)


def eager(frame: pl.DataFrame) -> Any:
    return frame


def duck(frame: pl.DataFrame) -> Any:
    import duckdb

    arrow = frame.to_arrow()
    return duckdb.connect().from_arrow(arrow)


def dask(frame: pl.DataFrame) -> Any:
    import dask.dataframe as dd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dd.from_pandas(frame.to_pandas(date_as_object=True), npartitions=3)


ENGINES: dict[str, tuple[str, Callable[[pl.DataFrame], Any]]] = {
    "polars, lazy": ("polars", lambda frame: frame.lazy()),
    "pandas": ("pandas", lambda frame: frame.to_pandas(date_as_object=True)),
    "pandas, of arrow": (
        "pyarrow", lambda frame: frame.to_pandas(use_pyarrow_extension_array=True)
    ),
    "pyarrow": ("pyarrow", lambda frame: frame.to_arrow()),
    "duckdb": ("duckdb", duck),
    "dask": ("dask", dask),
}  # fmt: skip
"""What makes a frame of an engine, and the package that it needs."""
