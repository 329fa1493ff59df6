"""The look at a run that was counted: each kind of oddity once."""

from __future__ import annotations

from mlstrat.core.counts import ABSTAINED, Cells
from mlstrat.core.findings import Finding
from mlstrat.data.table import Counted
from mlstrat.data.values import as_labels, label_texts
from mlstrat.tasks.classification.contingency import Keys, no_answers
from mlstrat.tasks.classification.meant.findings import NO_COLUMN_OF_CLASS
from mlstrat.tasks.classification.meant.ids import about_groups, about_ids
from mlstrat.tasks.classification.meant.judge import degenerate, judge
from mlstrat.tasks.classification.meant.people import judge_answers
from mlstrat.tasks.classification.meant.seen import Seen
from mlstrat.tasks.classification.predictions import match_classes
from mlstrat.tasks.keys import split_codes


def look(keys: Keys, found: Counted, cells: Cells, positive: str | None) -> list[Finding]:
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
    return [*out, *about_groups(cells), *_ids(keys, found, cells)]


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
    if keys.columns.get("split") is None:
        return about_ids(keys.table, keys.columns, cells.rows, [], [], cells.splits)
    splits, codes = split_codes(keys, found)
    raw, place = found.codes("split")
    of_value = dict(zip(place.tolist(), codes.tolist(), strict=True))
    known = [i for i in range(len(raw)) if of_value.get(i, ABSTAINED) != ABSTAINED]
    return about_ids(
        keys.table, keys.columns, cells.rows, [raw[i] for i in known],
        [of_value[i] for i in known], splits,
    )  # fmt: skip
