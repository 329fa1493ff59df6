"""The runs of a study: which example is wrong in which run, by the id that it has in all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mlstrat.core.counts import SPLITS
from mlstrat.data.config import find_config
from mlstrat.data.parts import InputFile
from mlstrat.errors import InputError
from mlstrat.tasks import find
from mlstrat.tasks.classification.run import Run, read_run
from mlstrat.tasks.contract import How
from mlstrat.workflow.study.intervals import SeedRun


def read_study(
    paths: Mapping[str, Sequence[str | Path]], seeds: Sequence[int], *, fresh: bool
) -> tuple[dict[str, tuple[SeedRun, ...]], tuple[InputFile, ...]]:
    """Return the runs of each condition, one a seed, and what was read.

    Rows of one group count as one example. Where every seed draws its own (``fresh``), the same id
    of two seeds is not the same example.
    """
    codes: dict[tuple[int, str], int] = {}
    out: dict[str, tuple[SeedRun, ...]] = {}
    inputs: list[InputFile] = []
    for condition, files in paths.items():
        runs = []
        for seed, path in zip(seeds, files, strict=True):
            of = seed if fresh else -1
            task = find_config(path, None).task
            if task:
                run, read_from = _of_task(str(task["name"]), path, of, codes)
                inputs += read_from
                runs.append(run)
                continue
            read, column = _read(path)
            inputs += read.inputs
            runs.append(_seed_run(read, column, of, codes))
        out[condition] = tuple(runs)
    return out, tuple(inputs)


def human_error(path: str | Path) -> float | None:
    """Return the human level that the config beside a run carries; None without one."""
    from mlstrat.data.rates import parse_rate

    found = find_config(path, None)
    if "error" not in found.human:
        return None
    return parse_rate(found.human["error"], "the human error", bounded=not found.task).value


def _of_task(
    name: str, path: str | Path, seed: int, codes: dict[tuple[int, str], int]
) -> tuple[SeedRun, tuple[InputFile, ...]]:
    """Return a run of another task than classification: num and den of every example."""
    task, how = find(name), How()
    opened = task.opened(str(path), how)
    lazy = task.table(opened, how)
    found = lazy.collect(lambda frame: frame.select(*lazy.names)).frame
    table = found.rename(dict(zip(lazy.names, lazy.header, strict=True)))
    splits = tuple(x for x in SPLITS if x in set(table["split"]))
    place = np.array([splits.index(x) for x in table["split"]], np.int64)
    ids = table["group" if "group" in table.columns else "id"].to_list()
    example = np.array([codes.setdefault((seed, str(x)), len(codes)) for x in ids], np.int64)
    den, num = (table[x].to_numpy().astype(np.float64) for x in ("den", "num"))
    return SeedRun(splits, place, example, den, num), opened.inputs


def _read(path: str | Path) -> tuple[Run, str]:
    """Return a run counted by example, and the column that names it: the group, or the id."""
    settings = find_config(path, None)
    read = read_run(str(path), columns=settings.columns, by=["id"])
    if "group" in read.columns:
        column = read.columns["group"]
        return read_run(str(path), columns=settings.columns, by=[column]), column
    if "id" not in read.cells.slices:
        raise InputError("there are no ids", file=str(path), accepted="a column id")
    return read, "id"


def _seed_run(read: Run, column: str, seed: int, codes: dict[tuple[int, str], int]) -> SeedRun:
    cells = read.cells
    values, places = cells.slices[column]
    known = np.array([codes.setdefault((seed, value), len(codes)) for value in values], np.int64)
    n = cells.n.astype(np.float64)
    return SeedRun(cells.splits, cells.split, known[places], n, np.where(cells.wrong, n, 0.0))


def wrong_rows(path: str | Path, split: str) -> dict[str, tuple[str, bool]]:
    """Return, by the id of each row of one split, its group (or its id) and whether it is wrong."""
    read, column = _read(path)
    settings = find_config(path, None)
    if column != "id":
        read = read_run(str(path), columns=settings.columns, by=["id", column])
    cells = read.cells.of_split(split)
    (ids, id_codes), (groups, group_codes) = cells.slices["id"], cells.slices[column]
    wrong = cells.wrong
    return {
        ids[i]: (groups[g], bool(w))
        for i, g, w in zip(id_codes.tolist(), group_codes.tolist(), wrong.tolist(), strict=True)
    }
