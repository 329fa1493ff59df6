"""Tables to learn from: every cell as text in memory, and each row's split.

A ``split`` column is honoured; without one, splits are drawn as `split` draws them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mlstrat.core.cuts import DRAWN
from mlstrat.data.asked.read_as import no_rows
from mlstrat.data.columns import find_column, named
from mlstrat.data.examples import (
    Examples,
    examples_of,
    open_examples,
)
from mlstrat.data.parts import InputFile
from mlstrat.data.several.inputs import describe_table
from mlstrat.errors import UsageError
from mlstrat.harness.train.table_splits import (
    Texts,
    check_classes,
    check_labels,
    check_train,
    draw_splits,
    take_splits,
)


@dataclass(frozen=True, eq=False)
class LearningTable:
    """A table in memory.

    Attributes
    ----------
    cells
        Column to its N cells as text, blank where nothing is there; without roles and target.
    target
        The column to predict.
    labels
        Its cells.
    splits
        (N,) names.
    drawn
        Whether the splits were drawn here.
    ids, groups, sources
        (N,), or None where there is no such column.
    file
        What was read, for a signature.
    """

    cells: Mapping[str, Texts]
    target: str
    labels: Texts
    splits: Texts
    drawn: bool
    ids: Texts | None
    groups: Texts | None
    sources: Texts | None
    file: InputFile


def read_learning_table(source: Any, target: str | None, seed: int) -> LearningTable:
    """Read a table of examples, and give each row its split.

    Parameters
    ----------
    source
        A path, or a frame.
    target
        The column to predict; None: the one that plays the role of the label.
    seed
        Of the splits that are drawn.

    Raises
    ------
    InputError
        For a target that is missing, blank, constant, or an id; a class with fewer rows than
        splits; an unknown split.
    UsageError
        Where no target is named, or the sources ask for `split`.
    """
    table = open_examples(source)
    examples = examples_of(table, columns={})
    column = _target(examples, target)
    roles = {role: name for role, name in examples.roles.items() if name != column}
    cells = _cells(examples)
    labels = cells.pop(column)
    file, own = table.name, {role: cells.pop(name) for role, name in roles.items()}
    check_labels(labels, column, examples)
    splits = take_splits(own["split"], roles["split"], examples) if "split" in own else None
    if splits is None and len(set(own.get("source", ()))) > 1:
        raise UsageError(
            f"several sources in the column {roles['source']!r}, and no split column",
            hint="`mlstrat split` makes the splits: it asks which source dev and test are for",
        )
    used = DRAWN[:2] if splits is None else sorted(set(splits.tolist()) - {"train"})
    check_classes(labels, ("train", *used), column, file)
    drawn = (
        draw_splits(replace(examples, roles=roles), column, own, seed) if splits is None else splits
    )
    check_train(labels[drawn == "train"], column, file)
    return LearningTable(
        cells, column, labels, drawn, splits is None, own.get("id"), own.get("group"),
        own.get("source"), describe_table(table, len(labels), checksum=False),
    )  # fmt: skip


def _target(examples: Examples, target: str | None) -> str:
    """Return the column to predict: the one named, or the only one that is called like a label."""
    header, file = examples.table.header, examples.table.name
    if target is not None:
        return find_column(header, target, file=file, option="--target")
    like = named(header, "label")
    if len(like) == 1:
        return like[0]
    raise UsageError(
        f"{file}: which column is to be predicted?",
        accepted="--target COLUMN, one of " + ", ".join(repr(name[:40]) for name in header[:12]),
    )


def _cells(examples: Examples) -> dict[str, Texts]:
    """Return all columns as text.

    Raises
    ------
    InputError
        For no rows, or uneven ones.
    """
    table = examples.table
    table.check_rows()
    names = [str(place) for place in range(len(table.header))]
    found = table.collect(
        lambda frame: frame.select(
            examples.text(column).alias(name)
            for name, column in zip(names, table.header, strict=True)
        )
    )
    if len(found) == 0:
        raise no_rows(table)
    columns = (found.frame[name].to_numpy().astype(str) for name in names)
    return dict(zip(table.header, columns, strict=True))
