"""A run out of what a notebook holds: arrays, a dict of columns or splits, an estimator, a dataset.

Each becomes one frame under a name, which `open_table` reads as it reads any other. Nothing is
imported to tell what a value is: it is known by what it offers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.data.python.arrays import NOTHING, Given, as_classes, framed, of_arrays, of_frame
from mlstrat.data.python.values import ARRAYS, Named, array_of, is_array, is_frame
from mlstrat.data.values import SPLIT_ALIASES
from mlstrat.errors import InputError, UsageError

if TYPE_CHECKING:
    import polars as pl


def is_estimator(value: object) -> bool:
    """Whether a value predicts as an estimator of scikit-learn does."""
    return hasattr(value, "predict") and not is_frame(value)


def is_dataset(value: object) -> bool:
    """Whether a value is a split of a Hugging Face dataset."""
    return hasattr(value, "features") and hasattr(value, "to_pandas")


def is_run(value: object) -> bool:
    """Whether a value is a run by itself, and no column of one."""
    if isinstance(value, tuple):
        return 2 <= len(value) <= 3 and (is_estimator(value[0]) or is_dataset(value[0]) or (
            is_array(value[0]) or is_frame(value[0]))) and not np.isscalar(value[1])  # fmt: skip
    return (
        isinstance(value, str | Path | Mapping | Named) or is_frame(value) or is_dataset(value)
        or hasattr(value, "collect_schema")
    )  # fmt: skip


def is_several(value: object) -> bool:
    """Whether a value is a dict of runs by name, not one of columns."""
    return isinstance(value, Mapping) and bool(value) and all(map(is_run, value.values()))


def is_splits(value: object) -> bool:
    """Whether a value is a dict of splits: their names are, or each value is a run."""
    return isinstance(value, Mapping) and bool(value) and (
        is_several(value) or any(map(is_dataset, value.values()))
        or all(str(x).strip().lower() in SPLIT_ALIASES for x in value)
    )  # fmt: skip


def has_own_splits(run: object, data: object) -> bool:
    """Whether the rows of a run may be of several splits: a frame's, a dict's, an estimator's."""
    if is_estimator(run):
        return isinstance(data, Mapping)
    return isinstance(run, str | Path | Mapping) or is_frame(run) or hasattr(run, "collect_schema")


def run_of(run: Any, given: Given = NOTHING) -> Any:
    """Return a run as `mlstrat.data.opening.open_table` takes it: a path and a frame as they are.

    Examples
    --------
    >>> run_of(([1, 0, 1], [1, 1, 1])).frame.columns
    ['label', 'prediction']
    """
    if hasattr(run, "label_ids") and hasattr(run, "predictions"):  # a tuple too, labels last
        return of_arrays(run.label_ids, replace(given, second=run.predictions))
    if isinstance(run, tuple) and is_run(run) and given.second is None:
        run, given = run[0], _with_rest(run, given)
    if is_estimator(run):
        from mlstrat.data.python.estimators import estimated

        return estimated(run, given)
    if is_splits(run):
        return _of_splits(run, given)
    if is_dataset(run):
        return _of_dataset(run, given)
    if isinstance(run, Mapping):
        return replace(of_frame(_of_columns(run), given), name=ARRAYS)
    if is_array(run):
        if given.second is None and not given.named:
            raise InputError(
                f"{type(run).__name__}: labels alone, and no predictions",
                file=ARRAYS,
                accepted="two arrays, (y_true, y_pred); a dict of columns; a frame; a path",
            )
        return of_arrays(run, given)
    return _with_arrays(run, given)


def _with_arrays(run: Any, given: Given) -> Any:
    if given.second is None and not given.named and given.classes is None:
        return run
    if isinstance(run, str | Path):
        what = given.named[0] if given.named else "an array of predictions"
        raise UsageError(f"{what} beside a file", accepted="a column of the file")
    if not is_frame(run) and not hasattr(run, "collect_schema"):
        return run
    if not hasattr(run, "collect") and len(run.columns) == 1:  # labels, as a frame of one column
        return of_arrays(run, given)
    return of_frame(run, given)


def _with_rest(run: tuple[Any, ...], given: Given) -> Given:
    """Return what goes with a run given as (y, p), (y, p, scores) or (estimator, data)."""
    given = replace(given, second=run[1])
    if len(run) == 3:
        flat = array_of(run[2], "score").ndim == 1
        if flat:
            return replace(given, arrays={**given.arrays, "score": run[2]})
        return replace(given, probabilities=run[2])
    return given


def _of_columns(columns: Mapping[Any, Any]) -> pl.DataFrame:
    """Return a dict of columns as a frame; a text alone stands in every row."""
    arrays = {str(k): array_of(v, str(k)) for k, v in columns.items() if is_array(v)}
    if not arrays:
        raise InputError(
            f"a dict without columns: {', '.join(map(repr, list(columns)[:5])) or 'it is empty'}",
            file="<dict>",
            accepted='{"label": y, "prediction": p}, or a split a key: {"train": (y, p)}',
        )
    n = len(next(iter(arrays.values())))
    every = {
        str(k): arrays[str(k)] if str(k) in arrays else np.array([v] * n, dtype=object)
        for k, v in columns.items()
    }
    return framed(every, None)


def _of_splits(runs: Mapping[str, Any], given: Given) -> Named:
    from mlstrat.data.python.splits import joined

    known: dict[str, str] = {}
    for name in map(str, runs):
        split = SPLIT_ALIASES.get(name.strip().lower(), name.strip())
        if split in known:
            raise InputError(
                f"the split {split!r} is given twice: {known[split]!r} and {name!r}",
                file=ARRAYS,
                accepted="each split once",
            )
        known[split] = name
    parts = {str(name): run_of(run, given.of(name)) for name, run in runs.items()}
    for name, part in parts.items():
        if not is_run(part):
            raise InputError(
                f"the split {name!r} is {type(part).__name__}", file=ARRAYS,
                accepted="(y, p), a frame, a dict of columns, or a path",
            )  # fmt: skip
    index = next((x.index for x in parts.values() if isinstance(x, Named) and x.index), "")
    return Named(joined(parts), index=index)


def _of_dataset(dataset: Any, given: Given) -> Named:
    """Return a split of a Hugging Face dataset with its predictions, classes by their names."""
    frame = dataset.to_pandas()
    named = {
        column: list(feature.names)
        for column, feature in dataset.features.items()
        if hasattr(feature, "names") and hasattr(feature, "int2str")
    }
    flat = [x for x in frame.columns if x in named or not frame[x].map(_nested).any()]
    columns = {x: array_of(frame[x], x) for x in flat}
    classes = next(iter(named.values())) if len({*map(tuple, named.values())}) == 1 else None
    for column, names in named.items():
        columns[column] = np.array([names[x] if _index_of(x, names) else None
                                    for x in columns[column].tolist()], dtype=object)  # fmt: skip
    if given.classes is None and classes is not None:
        given = replace(given, classes=classes)
        for column in columns.keys() & {"prediction", "pred", "y_pred", "predicted"} - named.keys():
            columns[column] = np.asarray(as_classes(columns[column], classes))
    return replace(of_frame(framed(columns, None), given), name="<datasets.Dataset>")


def _nested(cell: Any) -> bool:
    return isinstance(cell, dict | list) or bool(getattr(cell, "ndim", 0))


def _index_of(value: Any, names: Sequence[str]) -> bool:
    """Whether a value is the number of a class; -1 is that of none."""
    return value is not None and value == value and 0 <= int(value) < len(names)  # noqa: PLR0124
