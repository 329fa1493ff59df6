# Over 300 lines: each kind of oddity once, in the order in which they are looked for.
"""What is odd about a run that was counted: its labels, predictions, scores and people."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import ABSTAINED, Cells, Ints, ScoreCells, codes_in
from mlstrat.core.findings import Finding, Severity
from mlstrat.data.columns import Columns
from mlstrat.data.counting import Range, scale_for, scaled, tally
from mlstrat.data.grouping import Counted
from mlstrat.data.likely_roles import seed_column
from mlstrat.data.table import Table
from mlstrat.data.values import SPELLING, as_labels, label_texts
from mlstrat.errors import InputError
from mlstrat.tasks.classification.contingency import Keys, no_answers
from mlstrat.tasks.classification.findings import (
    BELOW_CHANCE,
    CONTRADICTION,
    FILLER,
    LOOK_ALIKES,
    NO_COLUMN_OF_CLASS,
    ONE_CLASS_IN_SPLIT,
    ONE_CLASS_PREDICTED,
    POSITIVE_NEVER_FOUND,
    SEVERAL_LABELS,
    SHIFTED_CLASSES,
    SUMS,
    UNKNOWN_VALUES,
)
from mlstrat.tasks.classification.ids import SomeIds, about_groups, about_ids
from mlstrat.tasks.classification.predictions import match_classes
from mlstrat.tasks.classification.seen import (
    MATTERS,
    Seen,
    alike,
    flags_of,
    numbers_of,
    only_case,
    shift_of,
)
from mlstrat.tasks.keys import split_codes

MOST_LISTED = 20
"""Values that the evidence lists."""

FEW_LABELS, OFTEN = 50, 0.05
"""So few labels all occur among so many rows: a prediction that none is has another name."""

FEWEST_OTHERS, FEWEST_POSITIVES = 3, 5

FEWEST_OF_ONE, BY_CHANCE = 10, 0.001
"""A split of one label is no chance from so many rows, where others have no label else; or where
drawing them at random does so less often than this (mlstrat's thresholds)."""

FILLERS = frozenset((
    "-100", "-99", "-999", "-9999", "999", "9999", "?", "??", "-", "--", "n/a", "na", "nan", "null",
    "#n/a", "unknown", "unk", "<unk>", "[unk]", "<pad>", "[pad]", "pad", "missing", "unlabeled",
    "unlabelled", "ignore", "void", "not available", "none given", "tbd",
))  # fmt: skip
"""What is written, in any case, where a label is missing."""

NUMBERS_ONLY = {"-1", "255"}
"""Fillers where all other labels are whole numbers of at least 0."""

_LIST = re.compile(r"\s*[|;,]\s*")


def judge(seen: Seen, columns: Mapping[str, str], positive: str | None) -> list[Finding]:
    """Return what is odd, the costliest kinds first."""
    label, prediction = columns["label"], columns.get("prediction", "predictions")
    found: list[Finding] = []
    several = [] if SPELLING.get().as_classes else list(_several(seen))
    shifted = list(_shifted(seen))
    spelled = [] if shifted else list(_alike(seen, label, prediction))
    found += [*several, *shifted, *spelled]
    if not shifted:
        known = {x["value"] for f in spelled for x in f.evidence["values"]}
        found += _unknown(seen, prediction, known, several=bool(several))
    return [*found, *_fillers(seen), *degenerate(seen, positive)]


def degenerate(seen: Seen, positive: str | None) -> Iterator[Finding]:
    """Yield what is said of splits of one label, or with one prediction; whatever predicts."""
    one_label, one_said, missed = {}, {}, {}
    for code, split in enumerate(seen.splits):
        here = (seen.split == code) & (seen.n > 0)
        truths = np.flatnonzero(np.bincount(seen.truth[here]))
        said = np.flatnonzero(np.bincount(seen.predicted[here] - ABSTAINED)) + ABSTAINED
        n = int(seen.n[here].sum())
        if len(truths) == 1 and _not_by_chance(seen, int(truths[0]), n):
            one_label[split] = seen.labels[truths[0]]
        if len(said) == 1 and said[0] != ABSTAINED:
            others = int(seen.n[here & seen.wrong].sum())
            if others >= FEWEST_OTHERS and len(truths) > 1:
                value = seen.labels[said[0]]
                one_said[split] = {"value": value, "n": n, "others": others}
        if positive in seen.own and split not in one_said:
            mine = here & (seen.truth == seen.labels.index(positive))
            if seen.n[mine].sum() >= FEWEST_POSITIVES and seen.wrong[mine].all():
                missed[split] = int(seen.n[mine].sum())
    if one_said:
        yield Finding(ONE_CLASS_PREDICTED, {"splits": one_said})
    if missed:
        yield Finding(POSITIVE_NEVER_FOUND, {"positive": positive, "rows": missed})
    if one_label:
        yield Finding(ONE_CLASS_IN_SPLIT, {"splits": one_label})


def _not_by_chance(seen: Seen, label: int, n: int) -> bool:
    """Tell whether a split of so many rows surely was not drawn at random to hold one label."""
    share = seen.rows_of[seen.labels[label]] / seen.rows
    return n >= FEWEST_OF_ONE if share == 1 else share**n < BY_CHANCE


def _shifted(seen: Seen) -> Iterator[Finding]:
    if (found := shift_of(seen)) is not None:
        shift, agree, as_they_are = found
        evidence = {"shift": shift, "shifted": agree, "agreement": as_they_are,
                    "rows": seen.by_split(seen.wrong)}  # fmt: skip
        yield Finding(SHIFTED_CLASSES, evidence, flags=f"--shift-predictions={shift}")


def _alike(seen: Seen, label: str, prediction: str) -> Iterator[Finding]:
    rows = {x: seen.rows_of[x] if x in seen.own else 0 for x in seen.labels}
    pairs = alike(rows)
    if not pairs:
        return
    main = np.array([*(seen.labels.index(pairs.get(x, x)) for x in seen.labels), ABSTAINED])
    costs = seen.wrong & (main[seen.truth] == main[seen.predicted])
    own = {x for x in pairs if x in seen.own}
    apart = {x for x in own if _told_apart(seen, main, seen.labels.index(pairs[x]))}
    kept = {pairs[x] for x in apart}
    pairs = {x: y for x, y in pairs.items() if x not in apart and y not in kept}
    if not pairs:
        return
    costs &= np.isin(main[seen.truth], [seen.labels.index(x) for x in pairs.values()])
    column = label if own - apart and not costs.any() else prediction
    written = {x: n + rows[x] for x, n in seen.rows_said.items()}
    cost, lowered = seen.by_split(costs), not seen.matters(costs)
    yield _look_alikes(column, pairs, written, cost, seen.own, lowered=lowered)


def _look_alikes(
    column: str, pairs: Mapping[str, str], rows: Mapping[str, int], cost: Mapping[str, int],
    own: frozenset[str], *, lowered: bool,
) -> Finding:  # fmt: skip
    """Return the finding on values that are written like a label; `rows` of each value."""
    listed = [{"value": x, "label": y, "rows": rows[x]}
              for x, y in list(pairs.items())[:MOST_LISTED]]  # fmt: skip
    evidence = {"column": column, "values": listed, "distinct": len(pairs), "rows": dict(cost)}
    severity: Severity | None = "tip" if lowered else None
    return Finding(LOOK_ALIKES, evidence, lowered_to=severity, flags=flags_of(pairs, own))


def _told_apart(seen: Seen, main: NDArray[np.int64], code: int) -> bool:
    """Tell whether the model knows spellings of one label from each other: two labels, then.

    Predictions that follow the label's spelling more often than they would by chance (three
    standard errors) do; where a spelling is never predicted, or at random, it is no label.
    """
    here = (main[seen.truth] == code) & (main[seen.predicted] == code)
    n = seen.n[here]
    total = n.sum()
    if not total:
        return True  # no cost, and nothing says that they are one
    truth, said = seen.truth[here], seen.predicted[here]
    p = np.bincount(truth, n, len(seen.labels)) / total
    q = np.bincount(said, n, len(seen.labels)) / total
    chance = float(p @ q)
    if chance >= 1:
        return False
    right = float(n[truth == said].sum() / total)
    return bool(right > chance + 3 * np.sqrt(chance * (1 - chance) / total))


def _unknown(seen: Seen, prediction: str, known: set[str], *, several: bool) -> Iterator[Finding]:
    """Yield predictions that no label is, nor is written like."""
    values = sorted(seen.said - seen.own - known, key=lambda x: (-seen.rows_said[x], x))
    if not values or several:
        return
    where = seen.flags(frozenset(values))[seen.predicted]
    rows = seen.by_split(where)
    often = any(n >= OFTEN * seen.n[seen.split == seen.splits.index(s)].sum()
                for s, n in rows.items())  # fmt: skip
    many = SPELLING.get().as_classes or not 1 < len(seen.own) <= FEW_LABELS
    yield unknown_values(
        prediction, {x: seen.rows_said[x] for x in values}, rows, lowered=many or not often
    )


def unknown_values(
    column: str, values: Mapping[str, int], rows: Mapping[str, int], *, lowered: bool
) -> Finding:
    """Return the finding on values of a column that no label is."""
    listed = [{"value": x, "rows": n} for x, n in list(values.items())[:MOST_LISTED]]
    evidence = {"column": column, "values": listed, "distinct": len(values), "rows": dict(rows)}
    return Finding(UNKNOWN_VALUES, evidence, lowered_to="tip" if lowered else None)


def _fillers(seen: Seen) -> Iterator[Finding]:
    """Yield labels that look like a filler and are never predicted."""
    rest = [x for x in seen.own if x.casefold() not in FILLERS | NUMBERS_ONLY]
    numbers = numbers_of(rest)
    wholes = bool(rest) and bool(((numbers >= 0) & (numbers == np.round(numbers))).all())
    known = FILLERS | NUMBERS_ONLY if wholes else FILLERS
    values = sorted(x for x in seen.own - seen.said if x.casefold() in known)
    if not values or len(rest) < 2:
        return
    where = seen.flags(frozenset(values))[seen.truth]
    if seen.matters(where):
        yield Finding(
            FILLER, {"values": values, "rows": seen.by_split(where)},
            flags=" ".join(f"--ignore={shlex.quote(x)}" for x in values),
        )  # fmt: skip


def _several(seen: Seen) -> Iterator[Finding]:
    """Yield whether cells are lists of labels."""
    lists = {x: _parts(x) for x in seen.labels if _LIST.search(x)}
    lists = {x: parts for x, parts in lists.items() if len(parts) > 1 and all(parts)}
    sets: dict[frozenset[str], list[str]] = {}
    for x, parts in lists.items():
        sets.setdefault(frozenset(parts), []).append(x)
    orders = {x for each in sets.values() if len(each) > 1 for x in each}
    alone = {x for x in seen.labels if x not in lists}
    found = {x for x, parts in lists.items() if x in orders or set(parts) <= alone}
    if not found or not found & seen.own:
        return
    first = {x: min(sets[frozenset(lists[x])], key=lambda y: (-seen.rows_of[y], y))
             for x in sorted(orders)}  # fmt: skip
    same = np.array([*(seen.labels.index(first.get(x, x)) for x in seen.labels), ABSTAINED])
    flags = seen.flags(frozenset(found))
    yield Finding(
        SEVERAL_LABELS,
        {"values": sorted(found)[:MOST_LISTED],
         "rows": seen.by_split(flags[seen.truth] | flags[seen.predicted]),
         "reordered": seen.by_split(seen.wrong & (same[seen.truth] == same[seen.predicted]))},
        flags=_as_classes({x: y for x, y in first.items() if x != y}),
    )  # fmt: skip


def _as_classes(reordered: Mapping[str, str]) -> str:
    return " ".join([*([flags_of(reordered)] if reordered else []), "--task classification"])


def _parts(cell: str) -> list[str]:
    """Return the values of a list, also as Python or JSON writes it."""
    if cell[:1] in "[({" and cell[-1:] in "])}":
        return [x.strip(" '\"") for x in cell[1:-1].split(",")]
    return _LIST.split(cell)


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
    """Return whether probabilities add up to 1."""
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
    """Return whether predictions and scores contradict each other."""
    prediction, column = columns.get("prediction"), columns.get("score")
    if column is None and positive is not None:
        named = {x: c for x, c in columns.probabilities.items() if only_case(x, positive)}
        column = next(iter(named.values()), None)
    if prediction is None or column is None or positive is None or len(labels) != 2:
        return []
    if column not in ranges:
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
    """Return what is odd about the answers of a person."""
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
        lowered = cost < MATTERS * sum(given.values())
        of = frozenset(rows_of)
        found.append(_look_alikes(column, spelled, stray, {"all": cost}, of, lowered=lowered))
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
    out: list[Finding] = []
    known = {x: seen.rows_of[x] for x in seen.labels}
    for role, column in keys.columns.people.items():
        raw, codes = found.codes(role)
        said = as_labels(label_texts(raw), seen.own)
        out += judge_answers(column, known, said, codes, found.ints("n"), no_answers())
    return out


def _ids(keys: Keys, found: Counted, cells: Cells) -> list[Finding]:
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
