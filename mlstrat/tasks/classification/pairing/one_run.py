"""Two models in one run: a column each, paired row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlstrat.core.counts import ABSTAINED, RIGHT_OR_WRONG, pick_split
from mlstrat.core.pairs import PairCells
from mlstrat.data.opening import open_table
from mlstrat.data.roles import roles_of
from mlstrat.data.values import as_labels, display_order, label_texts, resolve_positive
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.meant.look import judge
from mlstrat.tasks.classification.meant.seen import Seen
from mlstrat.tasks.classification.pairing.join import Pair
from mlstrat.tasks.classification.pairing.open import naming
from mlstrat.tasks.classification.predictions import CODES
from mlstrat.tasks.findings import say


def read_columns(
    source: Any,
    a: str,
    b: str,
    *,
    columns: Mapping[str, str] | None = None,
    split: str | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    by: Sequence[str] = (),
    checksum: bool = False,
) -> Pair:
    """Return two prediction columns of one run, paired row by row.

    Of a run without a label they say which rows are right.
    """
    from mlstrat.tasks.classification.run import read_run

    table = open_table(source)
    role = "prediction" if "label" in roles_of(table, columns or {}, ["label"]) else "correct"
    with naming("--a"):
        run = read_run(
            table,
            columns={**(columns or {}), role: a},
            split_as=split_as,
            by=by,
            also={b: "--b"},
            looked=split or "",
            checksum=checksum,
        )
    cells = run.cells.of_split(pick_split(run.cells.splits, split))
    names = list(cells.slices)
    column = next(x for x in names if x == b.strip() or x.lower() == b.strip().lower())
    first = run.columns[role]
    if column == first:
        raise UsageError(f"--a and --b both name the column {column!r}", accepted="two columns")
    values, codes = cells.slices[column]
    texts = _right_or_wrong(values) if role == "correct" else label_texts(values)
    texts = as_labels(texts, [cells.labels[code] for code in np.unique(cells.truth)])
    labels = display_order({*cells.labels, *texts} - {""})
    used = {texts[code] for code in np.unique(codes)} - {""}
    truths = {cells.labels[code] for code in np.unique(cells.truth)}
    if role == "correct" and not used <= set(RIGHT_OR_WRONG):
        raise InputError(
            f"{next(iter(sorted(used - set(RIGHT_OR_WRONG))))!r} is neither right nor wrong",
            file=run.inputs[0].path, column=column, accepted="0 or 1, true or false",
        )  # fmt: skip
    if role == "prediction" and not used & truths:
        raise InputError(
            f"labels and predictions have no value in common: {sorted(used)[:5]}",
            file=run.inputs[0].path,
            column=column,
            accepted="predictions written like the labels",
        )
    own = np.array([labels.index(x) for x in cells.labels] + [ABSTAINED])
    theirs = np.array([labels.index(x) if x else ABSTAINED for x in texts])
    asked = {x for x in names if x.lower() in {name.strip().lower() for name in by}}
    paired = PairCells(
        labels,
        cells.splits[int(cells.split[0])],
        own[cells.truth],
        own[cells.predicted],
        theirs[codes],
        cells.n,
        cells.weight,
        cells.weight_squared,
        cells.weighted,
        cells.group,
        {x: cells.slices[x] for x in names if x in asked},
    )
    other = {**run.columns, role: column}
    if role == "prediction":
        say(run.inputs[0].path, judge(Seen.of_pair(paired, paired.b), other, run.positive))
    return Pair(
        paired,
        (first, column),
        (run.columns, other),
        run.inputs,
        "binary" if len(labels) <= 2 else "multiclass",
        resolve_positive(positive, labels),
        notes=run.notes,
    )


def _right_or_wrong(values: Sequence[str]) -> list[str]:
    """Return values as labels of right and wrong rows; what is neither stays as it is."""
    texts = label_texts(values)
    return [RIGHT_OR_WRONG[CODES[x.lower()]] if x.lower() in CODES else x or "blank" for x in texts]
