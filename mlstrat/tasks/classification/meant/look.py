"""The look at a run that was counted: each kind of oddity once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells, ScoreCells, codes_in
from mlstrat.core.findings import Finding
from mlstrat.data.columns import Columns
from mlstrat.data.counting import Range, scale_for, scaled, tally
from mlstrat.data.grouping import Counted
from mlstrat.data.likely_roles import seed_column
from mlstrat.data.table import Table
from mlstrat.data.values import as_labels, label_texts
from mlstrat.errors import InputError
from mlstrat.tasks.classification.contingency import Keys, no_answers
from mlstrat.tasks.classification.meant.findings import (
    BELOW_CHANCE,
    CONTRADICTION,
    LOOK_ALIKES,
    NO_COLUMN_OF_CLASS,
    SUMS,
)
from mlstrat.tasks.classification.meant.ids import SomeIds, about_groups, about_ids
from mlstrat.tasks.classification.meant.judge import MOST_LISTED, degenerate, judge, unknown_values
from mlstrat.tasks.classification.meant.seen import MATTERS, Ints, Seen, alike, flags_of, only_case
from mlstrat.tasks.classification.predictions import match_classes
from mlstrat.tasks.keys import split_codes

ROUNDED = 0.005
"""Probabilities of two decimals are off by up to this, each."""

STANDARD_ERRORS = 3.0


def sums_of(table: Table, columns: Columns) -> dict[str, Any]:
    """Return what to ask about the sum of the probabilities of a row, if there are several."""
    named = list(dict.fromkeys(columns.probabilities.values()))
    if len(named) < 2:
        return {}
    total = reduce(add, map(table.number, named))
    off = (total - 1.0).abs() > ROUNDED * len(named) + 1e-9
    rows = off.cast(table.ns.Int64)
    rows = rows if table.multiple is None else rows * table.multiple
    return {"off": rows.sum(), "least": total.min(), "most": total.max()}


def about_sums(
    table: Table, columns: Columns, rows: int, found: Mapping[str, Any], needs: str
) -> list[Finding]:
    """Return whether probabilities add up to 1.

    Raises
    ------
    InputError
        Where they do not, and a log loss or a Brier score is asked for.
    """
    off = int(found.get("off") or 0)
    if not off:
        return []
    low, high = float(found["least"]), float(found["most"])
    if needs in ("log_loss", "brier"):
        named = list(dict.fromkeys(columns.probabilities.values()))
        total = reduce(add, map(table.number, named))
        wanted = (total - 1.0).abs() > ROUNDED * len(named) + 1e-9
        file, row, value = table.first_row(wanted, total)
        raise InputError(
            f"the probabilities add up to {value:.4g} here, and to something else than 1 in "
            f"{off:,} of {rows:,} rows: no {needs.replace('_', ' ')} of them exists",
            file=file,
            row=row,
            accepted="probabilities of all classes that add up to 1",
            hint="divide each row by its sum; of scores (logits) take the softmax first",
        )
    return [Finding(SUMS, {"rows": off, "of": rows, "low": low, "high": high})]


def about_auc(
    scores: Mapping[str, ScoreCells], cells: Cells, positive: str | None
) -> list[Finding]:
    """Return whether the positive class is surely ranked below the other."""
    if positive is None or positive not in scores:
        return []
    below = {}
    for code, split in enumerate(cells.splits):
        part = scores[positive]
        found = _auc(part.where(part.split == code))
        if found is not None:
            below[split] = found
    if not below:
        return []
    evidence = {"positive": positive, "auc": below}
    return [Finding(BELOW_CHANCE, evidence, flags=other_class(cells.labels, positive))]


def other_class(labels: tuple[str, ...], positive: str) -> str:
    """Return the flag that names the other of two classes as the positive one."""
    import shlex

    others = [x for x in labels if x != positive]
    return f"--positive {shlex.quote(others[0])}" if len(others) == 1 else ""


def _auc(part: ScoreCells) -> float | None:
    """Return the ROC AUC where it is surely below one half, else None."""
    values, place = np.unique(part.score, return_inverse=True)
    yes = np.bincount(place, part.weight * part.positive, len(values))
    no = np.bincount(place, part.weight * (1 - part.positive), len(values))
    p, q = yes.sum(), no.sum()
    if not p or not q:
        return None
    below = np.cumsum(no) - no / 2
    auc = float((yes * below).sum() / (p * q))
    fewest = min(part.n[part.positive == 1].sum(), part.n[part.positive == 0].sum())
    if part.group is not None:
        fewest = min(fewest, len(codes_in(part.group)))
    if auc + STANDARD_ERRORS * math.sqrt(max(auc * (1 - auc), 1 / fewest) / fewest) < 0.5:
        return auc
    return None


def about_contradictions(
    table: Table,
    columns: Columns,
    ranges: Mapping[str, Range],
    rows: int,
    positive: str | None,
    labels: tuple[str, ...],
    texts: Any,
) -> list[Finding]:
    """Return whether predictions and scores contradict each other.

    Parameters
    ----------
    table, columns, ranges, rows
        Of a run with a column of predictions whose scores were measured.
    positive, labels
        The positive class of two labels.
    texts
        The labels that raw predictions stand for.
    """
    prediction, column, mirrored = columns.get("prediction"), columns.get("score"), False
    if column is None and positive is not None:
        named = {x: c for x, c in columns.probabilities.items() if only_case(x, positive)}
        column = next(iter(named.values()), None)
    if prediction is None or column is None or positive is None or len(labels) != 2:
        return []
    if column not in ranges or mirrored:
        return []
    bound = max(abs(ranges[column].low), abs(ranges[column].high))
    scale = scale_for(bound, rows)
    found = tally(
        table, {"prediction": table.category(prediction)},
        {"score": scaled(table, table.number(column), scale)},
    )  # fmt: skip
    raw, codes = found.codes("prediction")
    said = texts(raw)
    sums, n = found.ints("score") / scale, found.ints("n")
    mine = np.array([x == positive for x in said])[codes]
    theirs = np.array([x in labels and x != positive for x in said])[codes]
    if not n[mine].sum() or not n[theirs].sum():
        return []
    mean, other = (float(sums[x].sum() / n[x].sum()) for x in (mine, theirs))
    if mean >= other:
        return []
    evidence = {"positive": positive, "column": column, "mean": mean, "other": other}
    return [Finding(CONTRADICTION, evidence, flags=other_class(labels, positive))]


def judge_answers(
    column: str,
    rows_of: dict[str, int],
    said: Sequence[str],
    codes: Ints,
    n: Ints,
    no_answers: frozenset[str],
) -> list[Finding]:
    """Return what is odd about the answers of a person.

    Parameters
    ----------
    column
        Where they stand.
    rows_of
        Rows of each label of the run.
    said, codes, n
        The distinct answers, the code of each counted row, and its rows.
    no_answers
        What is written instead of an answer, in lower case.
    """
    rows = np.bincount(codes, n, len(said)).astype(int)
    given = {
        x: int(k) for x, k in zip(said, rows, strict=True)
        if x and x.casefold() not in no_answers and k
    }  # fmt: skip
    stray = {x: k for x, k in given.items() if x not in rows_of}
    if not stray or (2 * sum(stray.values()) > sum(given.values()) and len(stray) > len(rows_of)):
        return []  # no person: times, counts and comments are named elsewhere
    spelled = {x: y for x, y in alike({**dict.fromkeys(stray, 0), **rows_of}).items() if x in stray}
    found = []
    if spelled:
        cost = sum(stray[x] for x in spelled)
        found.append(Finding(
            LOOK_ALIKES,
            {"column": column,
             "values": [{"value": x, "label": y, "rows": stray[x]}
                        for x, y in list(spelled.items())[:MOST_LISTED]],
             "distinct": len(spelled), "rows": {"all": cost}},
            lowered_to=None if cost >= MATTERS * sum(given.values()) else "tip",
            flags=flags_of(spelled, frozenset(rows_of)),
        ))  # fmt: skip
    rest = {x: k for x, k in sorted(stray.items(), key=lambda x: (-x[1], x[0])) if x not in spelled}
    if rest:
        found.append(unknown_values(column, rest, {"all": sum(rest.values())}, lowered=True))
    return found


def look(
    keys: Keys, found: Counted, cells: Cells, positive: str | None, ids: SomeIds | None = None
) -> list[Finding]:
    """Return what is odd about labels, predictions and people's answers, groups and ids."""
    seen, rule = Seen.of_cells(cells), keys.rule
    if rule.kind == "column":
        out = judge(seen, keys.columns.roles, positive)
    elif rule.kind == "correct":
        out = []  # there are no labels to look at
    else:
        out = list(degenerate(seen, positive))
        if rule.kind == "largest":
            out = [*_without_column(keys, seen), *out]
    out += _answers(keys, found, seen)
    out += about_groups(cells)
    return out if ids and ids.differ(cells.rows) else [*out, *_ids(keys, found, cells)]


def _without_column(keys: Keys, seen: Seen) -> list[Finding]:
    """Return the finding on labels without a column of probabilities."""
    classes = set(match_classes(keys.rule.classes, sorted(seen.own)).values())
    missing = sorted(seen.own - classes)
    if not missing:
        return []
    where = seen.flags(frozenset(missing))[seen.truth]
    return [Finding(
        NO_COLUMN_OF_CLASS, {"values": missing, "rows": seen.by_split(where)},
        lowered_to=None if seen.matters(where) else "tip",
    )]  # fmt: skip


def _answers(keys: Keys, found: Counted, seen: Seen) -> list[Finding]:
    """Return what is odd about the answers of people."""
    out: list[Finding] = []
    known = {x: seen.rows_of[x] for x in seen.labels}
    for role, column in keys.columns.people.items():
        raw, codes = found.codes(role)
        said = as_labels(label_texts(raw), seen.own)
        out += judge_answers(column, known, said, codes, found.ints("n"), no_answers())
    return out


def _ids(keys: Keys, found: Counted, cells: Cells) -> list[Finding]:
    """Return what is odd about ids."""
    runs = seed_column(keys.by)
    if keys.columns.get("split") is None:
        return about_ids(keys.table, keys.columns, cells.rows, [], [], cells.splits, runs)
    splits, codes = split_codes(keys, found)
    raw, place = found.codes("split")
    of_value = dict(zip(place.tolist(), codes.tolist(), strict=True))
    known = [i for i in range(len(raw)) if of_value.get(i, ABSTAINED) != ABSTAINED]
    return about_ids(
        keys.table, keys.columns, cells.rows, [raw[i] for i in known],
        [of_value[i] for i in known], splits, runs,
    )  # fmt: skip
