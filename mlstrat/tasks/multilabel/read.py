"""Reads many labels an example: which are known, which are there, which were predicted or scored.

A column of scores is one of floats, beside whole numbers of what was predicted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.errors import InputError
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.multilabel import LABEL, PREDICTION, SCORE
from mlstrat.tasks.table.examples import Raw
from mlstrat.tasks.table.rows import BLANKS, Rows, open_rows

ROLES = (
    Role("id", "names an example; needed to pair two runs"),
    Role("labels", "the labels that are right, as a;b or a JSON list"),
    Role("predictions", "those that were predicted"),
    Role("split", "train, train-dev, dev or test"),
    Role("group", "examples of one group are not independent"),
)
YES, NO = {"1", "1.0", "true", "yes"}, {"0", "0.0", "false", "no"}
MOST_LABELS = 1_000
"""Labels of a run, at most (mlstrat's threshold)."""

UNKNOWN, NOT_THERE, THERE = -1, 0, 1
TRUTH, SAID = "truth ", "said "
"""What the names of columns of the rows of the task start with, before the label."""


def read_labels(given: Given, how: How) -> Raw:
    """Return the rows of a run: for each label what is true (−1: not known) and what was said.

    A label that is predicted by a score keeps it.
    """
    import polars as pl

    rows = open_rows(given, ROLES, how, {})
    header = {x.strip().lower(): x for x in reversed(rows.frame.columns)}
    used: list[str] = []
    columns: dict[str, Any] = {}
    names = _paired(header)
    missing = str(how.options.get("missing", "")).strip().lower()
    if names:
        for name in names:
            truth = header[LABEL + name.lower()]
            columns[TRUTH + name] = _truth(rows, truth, missing)
            columns[SAID + name] = _said(rows, header, name.lower())
            used += [truth, *(header[x + name.lower()] for x in (PREDICTION, SCORE)
                              if x + name.lower() in header)]  # fmt: skip
    elif "labels" in rows.roles and "predictions" in rows.roles:
        columns = _sets(rows, missing)
    else:
        raise rows.lacks(
            "no labels beside predictions",
            accepted="label_<name> with prediction_<name> or score_<name>; or labels, predictions",
        )
    frame = pl.DataFrame({**rows.free(used), **rows.shared(), **columns})
    roles = {x: c for x, c in rows.roles.items() if not names or x in ("id", "split", "group")}
    if names:
        roles |= {x: header[x] for x in header
                  if header[x] in used and x.startswith(LABEL)}  # fmt: skip
    return Raw(frame, rows.name, rows.inputs, roles)


def _paired(header: Mapping[str, str]) -> list[str]:
    """Return the names of labels that have a truth and a prediction, as they are written."""
    found = []
    for low, column in header.items():
        stem = low[len(LABEL) :]
        if low.startswith(LABEL) and stem and {PREDICTION + stem, SCORE + stem} & header.keys():
            found.append(column.strip()[len(LABEL) :])
    return sorted(found)


def _truth(rows: Rows, column: str, missing: str) -> NDArray[np.int8]:
    """Return what is true of a label: yes, no, or not known."""
    return _yes_or_no(rows, column, {*BLANKS, missing}, "1, 0, or blank for not known")


def _said(rows: Rows, header: Mapping[str, str], name: str) -> NDArray[Any]:
    """Return what was predicted of a label, else its score."""
    column = header.get(PREDICTION + name)
    if column is not None:
        return _yes_or_no(rows, column, set(), "1 or 0")
    return rows.numbers(header[SCORE + name])


def _yes_or_no(rows: Rows, column: str, unknown: set[str], accepted: str) -> NDArray[np.int8]:
    values = rows.frame[column].to_list()
    meaning: dict[Any, int] = {}
    found = np.empty(len(values), np.int8)
    for i, value in enumerate(values):
        if value not in meaning:
            text = "" if value is None else str(value).strip().lower()
            if text in YES:
                meaning[value] = THERE
            elif text in NO:
                meaning[value] = NOT_THERE
            elif text in unknown:
                meaning[value] = UNKNOWN
            else:
                hint = "say that it means not known: --missing -1" if text == "-1" else None
                said = "a blank" if text in BLANKS else f"{text[:40]!r} is neither yes nor no"
                raise rows.refuse(i, column, said, accepted=accepted, hint=hint)
        found[i] = meaning[value]
    return found


def _sets(rows: Rows, missing: str) -> dict[str, NDArray[np.int8]]:
    """Return the labels of examples that are written as lists."""
    unknown = {*BLANKS, missing}
    truth = [_names(x, unknown) for x in rows.frame[rows.roles["labels"]].to_list()]
    said = [_names(x, BLANKS) or frozenset()
            for x in rows.frame[rows.roles["predictions"]].to_list()]  # fmt: skip
    labels = sorted({x for one in (*truth, *said) for x in one or ()})
    if len(labels) > MOST_LABELS:
        raise InputError(
            f"{len(labels):,} labels", file=rows.name, column=rows.roles["labels"],
            accepted=f"at most {MOST_LABELS:,}: labels parted by ; or a JSON list",
        )  # fmt: skip
    if not labels:
        raise InputError("no label anywhere", file=rows.name, column=rows.roles["labels"],
                         accepted="labels parted by ; or a JSON list")  # fmt: skip
    found = {}
    for name in labels:
        found[TRUTH + name] = np.array(
            [UNKNOWN if x is None else int(name in x) for x in truth], np.int8)  # fmt: skip
        found[SAID + name] = np.array([int(name in x) for x in said], np.int8)
    return found


def _names(cell: Any, unknown: Sequence[str] | set[str]) -> frozenset[str] | None:
    """Return the labels of a cell; None where they are not known."""
    if cell is None:
        return None
    if not isinstance(cell, str):
        return frozenset(str(x).strip() for x in cell)
    text = cell.strip()
    if text.lower() in unknown:
        return None
    if text.startswith("["):
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if isinstance(found, list):
            return frozenset(str(x).strip() for x in found)
    return frozenset(x.strip() for x in text.split(";") if x.strip())
