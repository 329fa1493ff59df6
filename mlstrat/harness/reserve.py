"""Rows that confirm a gain: set aside before anything is trained, whole groups by their hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.hashing import text_hash
from mlstrat.errors import UsageError
from mlstrat.harness.recipes.recipe import SPLITS
from mlstrat.harness.train.task import Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlstrat.harness.train.run_files import TrainedRun


def set_aside(task: Task, share: float, seed: int, *, drawn: bool) -> Task:
    """Return the task with a share of its rows as test: whole groups, by their hash.

    Where splits were drawn, of all rows; else of dev's, and where the table has test rows of its
    own, those confirm.
    """
    splits = dict(task.splits)
    if not drawn and "test" in splits:
        raise UsageError(
            "--confirm is a share, and the table has test rows of its own, which confirm the gain",
            hint="leave out --confirm",
        )
    examples = task.examples
    units = examples.groups if examples.groups is not None else examples.ids
    pool = np.sort(np.concatenate(list(splits.values()))) if drawn else splits["dev"]
    names = np.array([str(i) for i in range(len(examples))]) if units is None else units
    known, place = np.unique(names[pool], return_inverse=True)
    order = np.argsort(_hashes(known, seed), kind="stable")
    sizes = np.bincount(place)[order]
    taken = np.isin(place, order[np.cumsum(sizes) <= max(share * len(pool), sizes[0])])
    test = pool[taken]
    kept = {name: rows[~np.isin(rows, test)] for name, rows in splits.items() if name != "test"}
    if drawn and "test" in splits:  # what was drawn for test and is not needed is learnt from
        kept["train"] = np.sort(np.concatenate([kept["train"], np.setdiff1d(splits["test"], test)]))
    empty = [name for name, rows in kept.items() if len(rows) == 0]
    if empty or len(test) == 0:
        raise UsageError(f"--confirm is {share:g}, and {(empty or ['test'])[0]} would be empty",
                         accepted="a share that leaves rows in each split, as 25%")  # fmt: skip
    ordered = {name: kept[name] for name in SPLITS if name in kept}
    return replace(task, splits={**ordered, "test": test})


def _hashes(names: Any, seed: int) -> NDArray[np.uint64]:
    """Return hashes that know nothing of those by which splits are drawn."""
    return np.array([text_hash(f"confirm/{name}", seed) for name in names], np.uint64)


@dataclass(frozen=True, eq=False)
class Reserve:
    """Rows that nobody chose on, in the order of the hashes of their groups or ids."""

    labels: NDArray[Any]
    """(N,) what they are."""
    groups: NDArray[np.str_] | None
    """(N,) whose rows are not independent; None where all are."""
    rows: NDArray[np.intp] | None = None
    """Their places in the examples that are trained on; None of a table of their own."""
    cells: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    """Column to its cells, of a table of their own."""
    file: str = ""
    """Its name."""

    def __len__(self) -> int:
        return len(self.labels)

    def wrong(self, run: TrainedRun, chosen: slice) -> NDArray[np.float64]:
        """Return which of some of the rows a model in memory gets wrong; of numbers how far."""
        from mlstrat.harness.train.measuring import predicted

        task = run.task
        if self.rows is not None:
            features = task.examples.rows(self.rows[chosen])
        elif task.reading is not None:
            cells = {name: values[chosen] for name, values in self.cells.items()}
            features = task.reading.frame(cells, self.file)
        if run.fitted is None or (self.rows is None and task.reading is None):
            raise UsageError("--confirm FILE is for tables", accepted="--confirm 25%")
        labels, _ = predicted(run.fitted, features)
        said: NDArray[Any] = self.labels[chosen]
        if task.examples.number:
            return np.asarray(np.abs(labels - said), float)
        return np.asarray(labels != said, float)


def reserve_of(task: Task) -> Reserve:
    """Return the rows that a task set aside."""
    rows = task.reserved.get("test", np.zeros(0, np.intp))
    examples = task.examples
    groups = examples.groups
    names = groups if groups is not None else examples.ids
    names = np.array([str(i) for i in range(len(examples))]) if names is None else names
    rows = rows[_order(names[rows])]
    return Reserve(examples.labels[rows], None if groups is None else groups[rows], rows)


def reserve_in(source: Any, task: Task) -> Reserve:
    """Return the rows of a table of their own, with the columns of the one that is learnt from."""
    from mlstrat.data.examples import examples_of, open_examples
    from mlstrat.errors import InputError
    from mlstrat.harness.datasets.reading import parsed_numbers
    from mlstrat.harness.train.learning_table import cells_of

    reading = task.reading
    if reading is None or reading.target is None:
        raise UsageError("--confirm FILE is for tables", accepted="a share of the rows, as 25%")
    examples = examples_of(open_examples(source), columns={})
    cells, file = cells_of(examples), examples.table.name
    reading.frame({name: values[:1] for name, values in cells.items()}, file)  # refuses early
    if reading.target not in cells:
        raise InputError("the column to predict is missing", file=file, column=reading.target)
    group = examples.roles.get("group")
    groups = None if group is None else cells[group]
    ids = cells.get(reading.ids or "", np.arange(len(cells[reading.target])).astype(str))
    order = _order(ids if groups is None else groups)
    ordered = {name: values[order] for name, values in cells.items()}
    labels: NDArray[Any] = ordered[reading.target]
    if task.examples.number:
        labels = parsed_numbers(labels)
        if np.isnan(labels).any():
            raise InputError("rows without a number to predict", file=file, column=reading.target)
    return Reserve(labels, None if groups is None else groups[order], None, ordered, file)


def _order(names: NDArray[Any]) -> NDArray[np.intp]:
    if not len(names):
        return np.zeros(0, np.intp)
    known, place = np.unique(names, return_inverse=True)
    order: NDArray[np.intp] = np.argsort(_hashes(known, 1)[place], kind="stable")
    return order
