"""A call from a notebook: arrays, dicts, estimators in place of runs become runs before it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.asked import signature_of
from mlstrat.core.findings import Finding
from mlstrat.data.asked.read_as import classes_of
from mlstrat.errors import InputError
from mlstrat.show.document import Document
from mlstrat.tasks import CLASSIFICATION
from mlstrat.tasks.findings import INDEXES_DIFFER

if TYPE_CHECKING:
    from mlstrat.data.python.values import Named

RUNS = ("run", "other", "source", "sheet", "after", "candidates", "baseline", "pinned", "versus",
        "suspects", "examples")  # fmt: skip
"""Parameters that name runs, sheets or tables."""

ARRAYS = ("score", "group", "weight", "id")
BESIDE = ("y_pred", "probabilities", "classes", *ARRAYS)
"""Parameters that go with an array of labels."""

SEVERAL = {("select", "candidates"), ("plot", "source"),
           ("error_table", "run"), ("mislabels", "run")}  # fmt: skip
"""Function and parameter for which a list is one of runs, not a column of labels."""

Call = tuple[dict[str, Any], list[Finding]]


def with_runs(function: Callable[..., Any], args: Any, kwargs: Mapping[str, Any]) -> Call | None:
    """Return the arguments of a call by name, each run as it is read; None where all are so."""
    args = tuple(map(_predictions, args))
    kwargs = {k: _predictions(v) if k in RUNS else v for k, v in kwargs.items()}
    curve = function.__name__ == "curve" or (function.__name__ == "plot" and args[:1] == ("curve",))
    if curve and not any(isinstance(x, Mapping) for x in args):
        return None  # which takes what scikit-learn's `learning_curve` returns
    task = kwargs.get("task")
    alone = len(args) < 2 and not {"y_true", "y_pred"} & set(kwargs)
    if isinstance(task, str) and task.strip().lower() not in ("", CLASSIFICATION) and alone:
        return None  # what another task reads: sentences, trials, documents
    if alone and function.__name__ == "score" and args and _by_seed(args[0], kwargs.get("by", ())):
        return None
    if "y_true" in kwargs:
        args, kwargs = (kwargs["y_true"], *args), {k: v for k, v in kwargs.items() if k != "y_true"}
    if _plain([*args, *(kwargs[x] for x in kwargs if x in RUNS or x in BESIDE)]):
        return None
    given = dict(signature_of(function).bind_partial(*args, **kwargs).arguments)
    names = [x for x in given if x in RUNS]
    first = next(iter(inspect.signature(function).parameters))
    for name in names:
        beside = _beside(given) if name == first and "y_pred" in _parameters(function) else {}
        if "classes" in beside and _names_itself(given[name]):
            given["classes"] = beside.pop("classes")  # as its columns are read
        several = (function.__name__, name) in SEVERAL
        given[name] = _run(given[name], beside, several=several)
    if not any(map(_named, (given[x] for x in names))):
        return given, []
    if function.__name__ not in ("error_table", "mislabels", "human"):
        _number(given, names)
    runs = [y for x in names for y in _all(given[x]) if _named(y)]
    differ = sorted({x.index for x in runs if x.index})
    return given, [Finding(INDEXES_DIFFER, {"same_values": differ == ["order"]})] if differ else []


def _predictions(value: Any) -> Any:
    """Return the predictions of a run that was trained here; other values as they are."""
    return (
        value.predictions
        if isinstance(value, Document) and hasattr(value, "predictions")
        else value
    )


def _by_seed(run: Any, by: Any) -> bool:
    """Whether a run is several of one model, and the call tells them apart by seed."""
    if not isinstance(run, list | tuple):
        return False
    from mlstrat.data.likely_roles import seed_column
    from mlstrat.data.settings import names_of
    from mlstrat.data.several.seeds import is_list_of_runs

    return seed_column(names_of(by)) is not None and is_list_of_runs(run)


def _parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(function).parameters


def _names_itself(run: Any) -> bool:
    from mlstrat.data.python.values import is_frame

    return isinstance(run, str | Path) or is_frame(run)


def _plain(values: list[Any]) -> bool:
    return all(
        x is None or isinstance(x, str | Path | int | float)
        or (isinstance(x, list) and x and all(isinstance(y, Mapping) for y in x))  # rows
        or (isinstance(x, Mapping) and all(isinstance(y, str | Path) for y in x.values()) and x)
        or (isinstance(x, list) and len(x) < 10_000 and all(isinstance(y, Path) for y in x) and x)
        for x in values
    )  # fmt: skip


def _beside(given: dict[str, Any]) -> dict[str, Any]:
    """Return what goes with the first run, and take it out of a call."""
    out = {name: given.pop(name) for name in BESIDE if name in given}
    if out.get("classes") is not None:
        out["classes"] = classes_of(out["classes"])
    if not isinstance(given.get("split"), str | None):
        out["split"] = given.pop("split")
    elif isinstance(given.get("split"), str):
        out["split of all"] = given["split"]
    return out


def _run(value: Any, beside: Mapping[str, Any], *, several: bool) -> Any:
    from mlstrat.data.python.arrays import Given
    from mlstrat.data.python.runs import has_own_splits, is_several, run_of

    if value is None:
        return None
    if several and isinstance(value, list):
        return [_run(x, {}, several=False) for x in value]
    if several and is_several(value):
        return {str(name): _run(x, {}, several=False) for name, x in value.items()}
    split = beside.get("split")
    if split is None and not has_own_splits(value, beside.get("y_pred")):
        split = beside.get("split of all")
    return run_of(value, Given(
        beside.get("y_pred"), split, beside.get("probabilities"), beside.get("classes"),
        {x: beside[x] for x in ARRAYS if beside.get(x) is not None},
    ))  # fmt: skip


def _named(value: Any) -> bool:
    from mlstrat.data.python.values import Named

    return any(isinstance(x, Named) for x in _all(value))


def _all(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else [value]


def _number(given: dict[str, Any], names: list[str]) -> None:
    """Give runs of arrays without ids their positions for ids, where several are compared."""
    runs = [y for x in names for y in _all(given[x]) if y is not None]
    if len(runs) < 2 or not all(map(_without_ids, runs)) or "id" in (given.get("columns") or {}):
        return
    lengths = {len(x.frame) for x in runs}
    if len(lengths) > 1:
        raise InputError(
            "runs of different lengths: " + " and ".join(f"{len(x.frame):,}" for x in runs)
            + " rows",
            file=runs[0].name,
            accepted="runs on the same examples in the same order, or with ids",
        )  # fmt: skip

    def numbered(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {k: numbered(v) for k, v in value.items()}
        if isinstance(value, list):
            return [numbered(x) for x in value]
        return value if value is None else _with_ids(value)

    for name in names:
        given[name] = numbered(given[name])


def _without_ids(run: Any) -> bool:
    from mlstrat.data.columns import ALIASES
    from mlstrat.data.python.values import Named

    return isinstance(run, Named) and not any(x.lower() in ALIASES["id"] for x in run.frame.columns)


def _with_ids(run: Named) -> Named:
    import polars as pl

    ids = pl.int_range(1, len(run.frame) + 1).alias("id")
    return replace(run, frame=run.frame.select(ids, pl.all()))
