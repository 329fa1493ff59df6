"""Runs of one model by seed, each in a file of its own: one run with the seed as a column."""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlstrat.data.files import find_files
from mlstrat.data.likely_roles import seed_column
from mlstrat.data.opening import as_asked, in_polars, open_all, open_files
from mlstrat.data.several.composed import Composed, one_after_another
from mlstrat.data.several.named import run_names
from mlstrat.data.shards import matches
from mlstrat.data.table import Table
from mlstrat.errors import InputError


def runs_by_seed(run: Any, by: Sequence[str]) -> Any:
    """Return several files, each a run by its seed, as one opened table; other runs as they are.

    Files are so many runs where `by` names a column of seeds (``seed``, ``repeat``, …) and they
    are a list, or a glob of files that lack the column. A run is called as its file is.
    """
    column = seed_column(by)
    several = None if column is None else _several(run, column)
    if several is None or column is None:
        return run
    names = run_names(several, "run")
    tables = {name: in_polars(open_all(x)) for name, x in zip(names, several, strict=True)}
    return as_asked(of_runs(tables, column.strip()))


def first_of(run: Any, by: Sequence[str]) -> Any:
    """Return the run beside which settings may stand: of a list of runs by seed the first."""
    return run[0] if is_list_of_runs(run) and seed_column(by) is not None else run


def is_list_of_runs(run: Any) -> bool:
    """Whether a run is several paths or frames in a list, and neither labels nor rows."""
    return (
        isinstance(run, list | tuple)
        and len(run) > 1
        and not any(isinstance(x, Mapping | int | float | list | tuple) for x in run)
    )


def _several(run: Any, column: str) -> list[Any] | None:
    if is_list_of_runs(run):
        return list(run)
    if not isinstance(run, str) or not glob.has_magic(run) or Path(run).exists():
        return None
    files = sorted(matches(run))
    if len(files) < 2:
        return None
    header = open_files(find_files(files[0]), surveyed=False).header
    named = {x.strip().lower() for x in header}
    return None if column.strip().lower() in named else list(files)


def of_runs(tables: Mapping[str, Table], column: str) -> Composed:
    """Return tables of Polars, each a run of one model, as one with a column that names the run.

    Examples
    --------
    >>> import polars as pl
    >>> from mlstrat.data.opening import open_table
    >>> one, two = (open_table(pl.DataFrame({"label": [x]})) for x in "ab")
    >>> of_runs({"1": one, "2": two}, "seed").frame.collect().rows()
    [('1', 'a'), ('2', 'b')]
    """
    for table in tables.values():
        if any(x.strip().lower() == column.strip().lower() for x in table.header):
            raise InputError(
                "the file tells its runs itself, and is one of several", file=table.name,
                column=column, accepted="files without that column, each a run",
                hint="files that have it are one glob: 'part-*.csv'",
            )  # fmt: skip
    ours = {name: {x: x for x in table.header} for name, table in tables.items()}
    return replace(one_after_another(tables, ours, column), runs=(column, tuple(tables)))
