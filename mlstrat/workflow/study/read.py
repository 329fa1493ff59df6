"""The runs of a study, by the ids that examples have in all, and what some kinds say besides."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.counts import SPLITS
from mlstrat.core.figures import Figure
from mlstrat.core.record import Record
from mlstrat.data.config import find_config
from mlstrat.data.parts import InputFile
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks import find
from mlstrat.tasks.classification.run import Run, read_run
from mlstrat.tasks.contract import How
from mlstrat.workflow.study.compute import SeedRun, ratio, too_few

if TYPE_CHECKING:
    from mlstrat.harness.studies.plan import Place, Plan
    from mlstrat.workflow.study.compute import SeedRun, Study


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


Runs = Mapping[str, Sequence["SeedRun"]]


def reuse(plan: Plan, _place: Place, _study: Study, _runs: Runs) -> dict[str, Any]:
    """Return how often each source of a synthesis is used."""
    rows = []
    for x in plan.facts["amounts"]:
        rows.append({**x, "repeats": source_reuse(x["clean"] * x["copies"], x["sources"])})
    return {"reuse": rows}


def weights(plan: Plan, _place: Place, _study: Study, _runs: Runs) -> dict[str, Any]:
    """Return the weight at which both sources count as much."""
    settings = next(x.settings for x in plan.conditions if x.name == "weighted")
    return {
        "weight": {
            "target": settings["target"], "other": settings["other"],
            "weight_of_other": balancing_weight(settings["target"], settings["other"]),
        }
    }  # fmt: skip


def conditions(plan: Plan, _place: Place, study: Study, _runs: Runs) -> dict[str, Any]:
    """Return the course's three conditions of transfer, with the figures of this study."""
    counts = plan.facts["examples"]
    least = counts["b"][0]
    frozen = study.change(f"frozen-{least}", f"scratch-{least}", "dev")
    return {
        "conditions": {
            "input": "both are 32×32 grey pictures of characters",
            "examples_a": counts["a"],
            "examples_b": list(counts["b"]),
            "frozen": frozen.figure.to_dict(),
            "frozen_outcome": frozen.outcome,
        }
    }


def parts(plan: Plan, place: Place, study: Study, _runs: Runs) -> dict[str, Any]:
    """Return which part of the chain owns the errors, at each size."""
    from mlstrat.harness.studies.end_to_end import PARTS

    rows = []
    for n in plan.facts["sizes"]:
        seeds = [
            tuple(
                wrong_rows(place.of(f"{name}-{n}", seed) / "run.csv", "dev")
                for name in ("chain", "true-box")
            )
            for seed in study.seeds
        ]
        shares = part_shares(PARTS, seeds, study.confidence)
        rows.append({"n": n, "parts": [{"part": x.part, "errors": x.errors,
                                        "share": x.share.to_dict()} for x in shares]})  # fmt: skip
    return {"parts": rows}


FACTS: Mapping[str, Callable[[Plan, Place, Study, Runs], dict[str, Any]]] = {
    "reuse": reuse,
    "weights": weights,
    "conditions": conditions,
    "parts": parts,
}


class PartShare(Record):
    """The errors that one part of a chain owns, and their share of all errors."""

    part: str
    errors: int
    share: Figure


def owners(right: np.ndarray, perfect: Sequence[np.ndarray]) -> np.ndarray:
    """Return the place of the part that owns each error; −1 where the whole is right.

    Replace the first part by the truth: is the whole right now? Then that part is to blame. Else
    replace the second one too, and so on: `perfect` says for each part whether the whole is right
    once that one, and all before it, are perfect. What no part explains has their number.

    Source: Machine Learning Yearning 53-57.
    """
    blamed = np.where(right, -1, len(perfect))
    for place in reversed(range(len(perfect))):
        blamed = np.where(~right & perfect[place], place, blamed)
    return blamed


Rows = Mapping[str, tuple[str, bool]]
"""Id of a row to its example, which is one over all seeds, and whether it is wrong."""


def part_shares(
    parts: Sequence[str], seeds: Sequence[Sequence[Rows]], confidence: float = 0.95
) -> tuple[PartShare, ...]:
    """Return the share of the errors that each part of a chain owns, over seeds and examples.

    A seed gives the rows of the chain as it is, then with the first part perfect, then with the
    first two, and so on; a perfect last part makes everything right.
    """
    codes: dict[str, int] = {}
    whole, owned = [], [[] for _ in parts]  # type: list[SeedRun], list[list[SeedRun]]
    counts = np.zeros(len(parts), dtype=np.int64)
    for chain, *replaced in seeds:
        ids = list(chain)
        wrong = np.array([chain[x][1] for x in ids])
        perfect = [np.array([not rows[x][1] for x in ids]) for rows in replaced]
        blamed = owners(~wrong, perfect)
        example = np.array([codes.setdefault(chain[x][0], len(codes)) for x in ids], np.int64)
        whole.append(_run(example, wrong))
        for place in range(len(parts)):
            owned[place].append(_run(example, blamed == place))
            counts[place] += int((blamed == place).sum())
    errors = int(sum(run.wrong.sum() for run in whole))
    return tuple(
        PartShare(part, int(counts[place]), _share(owned[place], whole, errors, confidence))
        for place, part in enumerate(parts)
    )


def _run(example: np.ndarray, wrong: np.ndarray) -> SeedRun:
    rows = np.ones(len(example))
    return SeedRun(("dev",), np.zeros(len(example), np.int64), example, rows,
                   wrong.astype(np.float64))  # fmt: skip


def _share(
    owned: Sequence[SeedRun], whole: Sequence[SeedRun], errors: int, confidence: float
) -> Figure:
    if not errors:
        return Figure(None, None, 0, "there is no error")
    found = ratio(owned, whole, "dev")
    reason = too_few(len(whole))
    if reason is not None:
        return Figure(found.value, None, errors, reason)
    ci = found.difference(confidence).ci or (0.0, 1.0)
    return Figure(found.value, (max(0.0, ci[0]), min(1.0, ci[1])), errors)


def source_reuse(clean: float, sources: float) -> float:
    """Return how often each source of noise is heard or seen, on average."""
    for name, amount in (("clean", clean), ("sources", sources)):
        if not (amount > 0 and math.isfinite(amount)):
            raise UsageError(f"{name} is {amount:g}", accepted="a number above 0")
    return max(clean / sources, 1.0)


def balancing_weight(target: float, other: float) -> float:
    """Return the weight at which the other source counts as much as the target as a whole.

    Formula: β = target / other, the weight of the target being 1.
    """
    if not (target > 0 and other > 0):
        raise UsageError(f"target is {target:g} and other {other:g}", accepted="numbers above 0")
    return target / other
