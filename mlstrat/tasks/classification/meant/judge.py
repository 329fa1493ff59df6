"""What is odd about the labels and predictions of a run, from its counts alone."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import ABSTAINED, codes_in
from mlstrat.core.findings import Finding
from mlstrat.data.values import SPELLING
from mlstrat.tasks.classification.meant.findings import (
    FILLER,
    LOOK_ALIKES,
    ONE_CLASS_IN_SPLIT,
    ONE_CLASS_PREDICTED,
    POSITIVE_NEVER_FOUND,
    SEVERAL_LABELS,
    SHIFTED_CLASSES,
    UNKNOWN_VALUES,
)
from mlstrat.tasks.classification.meant.seen import Seen, alike, flags_of, numbers_of, shift_of

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
        truths, said = codes_in(seen.truth[here]), codes_in(seen.predicted[here])
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
    """Yield whether classes are counted from 0 here and from 1 there."""
    if (found := shift_of(seen)) is not None:
        shift, agree, as_they_are = found
        evidence = {"shift": shift, "shifted": agree, "agreement": as_they_are,
                    "rows": seen.by_split(seen.wrong)}  # fmt: skip
        yield Finding(SHIFTED_CLASSES, evidence, flags=f"--shift-predictions={shift}")


def _alike(seen: Seen, label: str, prediction: str) -> Iterator[Finding]:
    """Yield labels and predictions that are written like another label."""
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
    n = seen.rows_said
    yield Finding(
        LOOK_ALIKES,
        {"column": column,
         "values": [{"value": x, "label": y, "rows": n[x] + rows[x]}
                    for x, y in list(pairs.items())[:MOST_LISTED]],
         "distinct": len(pairs), "rows": seen.by_split(costs)},
        lowered_to=None if seen.matters(costs) else "tip",
        flags=flags_of(pairs, seen.own),
    )  # fmt: skip


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
