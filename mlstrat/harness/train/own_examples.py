"""A user's own pictures and tables as examples with their splits, whatever is trained on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.errors import InputError, UsageError, nearest
from mlstrat.harness.datasets import Examples
from mlstrat.harness.datasets.own_pictures import (
    Found,
    counted,
    decode,
    find_pictures,
    listed_pictures,
)
from mlstrat.harness.datasets.own_tables import split_rows
from mlstrat.harness.train.learning_table import LearningTable
from mlstrat.harness.train.table_splits import drawn_splits, given_splits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlstrat.core.findings import Finding
    from mlstrat.core.schema_parts import Input


@dataclass(frozen=True)
class Reading:
    """How pictures are read: size, shape, and whether broken ones are left out."""

    side: int
    flat: bool
    """A row of numbers a picture, as scikit-learn's models take them."""
    skip_broken: bool
    seed: int


@dataclass(frozen=True, eq=False)
class OwnData:
    """Examples with their splits, of whatever kind."""

    examples: Examples
    splits: Mapping[str, NDArray[np.intp]]
    title: str
    design: str
    remarks: tuple[str, ...]
    inputs: tuple[Input, ...]
    findings: tuple[Finding, ...] = ()


def design_of(table: LearningTable) -> str:
    """Return in words where the splits of a table come from."""
    if not table.drawn:
        return "the splits of its own column"
    if table.ordered is not None:
        return f"the latest fifth by {table.ordered!r} for test, the fifth before it for dev"
    return drawn_words("groups" if table.groups is not None else "rows")


def drawn_words(whole: str) -> str:
    """Return in words how splits were drawn."""
    return f"60% of the {whole} for train, 20% each for dev and test, placed by their hash"


def folder_data(folder: Path, reading: Reading) -> OwnData:
    """Read a folder of pictures, with its own splits or with drawn ones."""
    found, others = find_pictures(folder)
    names = np.array([each.name for each in found])
    labels = np.array([each.label for each in found])
    told = found[0].split is not None
    splits = (
        given_splits(np.array([each.split for each in found]), labels, str(folder))
        if told
        else drawn_splits(names, labels, str(folder), reading.seed)
    )
    left = counted(others, "file")
    remarks = (f"left out {left}, not called like pictures",) if others else ()
    design = "the splits of its own folders" if told else drawn_words("pictures")
    facts: Input = {"path": str(folder), "bytes": None, "sha256": None, "rows": len(found)}
    examples = Examples(None, labels, ids=names)
    rows = split_rows(splits)
    return _pictures(
        found, OwnData(examples, rows, str(folder), design, remarks, (facts,)), reading
    )


def listed_data(table: LearningTable, place: Path, column: str, reading: Reading) -> OwnData:
    """Read the pictures that a table names."""
    beside = place.parent if place.exists() else Path()
    paths = table.cells[column]
    found = listed_pictures(paths.tolist(), [str(x) for x in table.labels], beside, table.file.path)
    ids = paths if table.ids is None else table.ids
    examples = Examples(None, table.labels, {}, table.sources, table.groups, ids=ids)
    data = OwnData(examples, split_rows(table.splits), f"pictures of {table.file.path}",
                 design_of(table), (), table.file.every())  # fmt: skip
    return _pictures(found, data, reading)


def _pictures(found: Sequence[Found], data: OwnData, reading: Reading) -> OwnData:
    made = decode(found, reading.side, None, skip_broken=reading.skip_broken)
    kept, examples = made.kept, data.examples
    place = np.full(len(found), -1)
    place[kept] = np.arange(len(kept))
    splits = {name: place[rows][place[rows] >= 0] for name, rows in data.splits.items()}
    pixels = made.pixels.reshape(len(kept), -1) if reading.flat else made.pixels
    chosen = Examples(
        pixels,
        examples.labels[kept],
        sources=None if examples.sources is None else examples.sources[kept],
        groups=None if examples.groups is None else examples.groups[kept],
        ids=None if examples.ids is None else examples.ids[kept],
    )
    _check_left(splits, chosen, data.title)
    return replace(data, examples=chosen, splits=splits, remarks=(*data.remarks, *made.said))


def _check_left(splits: Mapping[str, NDArray[np.intp]], examples: Examples, file: str) -> None:
    empty = [name for name, rows in splits.items() if len(rows) == 0]
    if empty or len(np.unique(examples.labels[splits["train"]])) < 2:
        raise InputError(
            f"without the broken pictures {empty[0]} is empty" if empty
            else "without the broken pictures train holds one class", file=file,
        )  # fmt: skip


ACCEPTED = "the path of a classifier, as sklearn.ensemble.ExtraTreesClassifier"


def import_classifier(path: str, *, number: bool | None = None) -> type[Any]:
    """Return the class of this import path; ``number``: that of a regressor, None either."""
    import importlib
    from importlib.metadata import packages_distributions

    module, _, name = path.rpartition(".")
    package = module.partition(".")[0]
    if not all(part.isidentifier() for part in path.split(".")) or not module:
        raise UsageError(f"no import path: {path!r}", accepted=ACCEPTED)
    if package not in packages_distributions():
        raise UsageError(f"no installed package {package!r}", accepted=ACCEPTED)
    try:
        inside = importlib.import_module(module)
    except ImportError as error:
        raise UsageError(f"{module!r} cannot be imported: {error}", accepted=ACCEPTED) from None
    found = getattr(inside, name, None)
    if found is None:
        near = nearest(name, dir(inside), 0.6)
        raise UsageError(
            f"{module} has no {name!r}", accepted=ACCEPTED,
            hint=f"did you mean {module}.{near[0]}?" if near else None,
        )  # fmt: skip
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

    kinds: tuple[Any, ...] = (*([] if number else [ClassifierMixin]),
                              *([] if number is False else [RegressorMixin]))  # fmt: skip
    if not (isinstance(found, type) and issubclass(found, kinds)
            and issubclass(found, BaseEstimator)):  # fmt: skip
        wanted = "regressor, and the target is a number" if number else "classifier"
        raise UsageError(f"{path} is not a scikit-learn {wanted}", accepted=ACCEPTED)
    return found


def build_classifier(kind: type[Any], seed: int) -> Any:
    """Return a classifier with its defaults, and with the seed where it takes one."""
    try:
        made = kind()
    except TypeError as error:
        raise UsageError(f"{kind.__name__} cannot be made with its defaults: {error}") from None
    if "random_state" in made.get_params():
        made.set_params(random_state=seed)
    return made
