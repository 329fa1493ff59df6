"""A table of examples, written with its ``split`` column as it is read: larger than memory, too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mlstrat.core.cuts import Cuts, Stratum
from mlstrat.data.examples import Examples
from mlstrat.errors import InputError, UsageError
from mlstrat.places import STANDARD_OUTPUT

WRITTEN = (".csv", ".tsv", ".parquet", ".ndjson", ".jsonl")
"""Endings of tables that are written."""


SPLIT = "split"
"""The column that is written."""


def write_examples(
    examples: Examples, strata: Sequence[Stratum], cuts: Cuts, output: str | Path, path: Path
) -> None:
    """Write the table with its split column to `path`, in the format of the name `output`."""
    table, ns = examples.table, examples.table.ns
    ends = [cuts.ends(stratum) for stratum in strata]

    def below(each: list[int]) -> Any:
        if not any(each):
            return ns.lit(value=False)
        code = ns.col("__code")
        end = code.replace_strict(list(range(len(each))), each, return_dtype=ns.UInt64)
        return ns.col("__hash") < end

    split = (
        ns.when(below([e.dev for e in ends])).then(ns.lit("dev"))
        .when(below([e.test for e in ends])).then(ns.lit("test"))
        .when(below([e.train_dev for e in ends])).then(ns.lit("train-dev"))
        .otherwise(ns.lit("train")).alias(SPLIT)
    )  # fmt: skip
    old = examples.roles.get("split")
    if old != SPLIT and SPLIT in table.header:
        raise InputError(
            f"a column {SPLIT!r} is there that is not the split, and the table would get another",
            file=table.name,
            column=SPLIT,
            hint=f"rename it, or let it be replaced: --map split={SPLIT}",
        )
    kept = [
        ns.col(name).alias(given)
        for column, name, given in zip(
            table.header, table.names, table.given or table.header, strict=True
        )
        if column != old
    ]

    def ask(frame: Any) -> Any:
        placed = frame.with_columns(
            examples.hashes(cuts.seed).alias("__hash"), examples.code(strata).alias("__code")
        )
        return sink(placed.select(*kept, split), ending_of(output), path)

    table.collect(ask)


def ending_of(output: str | Path) -> str:
    """Return the ending of a table to be written; standard output gets CSV.

    Raises
    ------
    UsageError
        For a format that is not written.
    """
    ending = ".csv" if str(output) == STANDARD_OUTPUT else Path(output).suffix.lower()
    if ending not in WRITTEN:
        raise UsageError(
            f"cannot write {str(output)!r}: unknown format ({ending or 'no ending'})",
            accepted=", ".join(WRITTEN),
        )
    return ending


def sink(frame: Any, ending: str, path: Path) -> Any:
    """Return the frame that writes a lazy one to a file when it is collected."""
    if ending == ".parquet":
        return frame.sink_parquet(path, lazy=True)
    if ending in (".csv", ".tsv"):
        return frame.sink_csv(path, separator="," if ending == ".csv" else "\t", lazy=True)
    return frame.sink_ndjson(path, lazy=True)
