"""From the distinct raw values of a run to its contingency table.

Only distinct values meet Python; the rows of the table are numpy codes throughout, as a run with
many groups has hundreds of thousands of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlstrat.core.counts import ABSTAINED, OTHER, RIGHT_OR_WRONG, Cells, Floats, Ints
from mlstrat.core.record import Record
from mlstrat.data.columns import VOTES
from mlstrat.data.counting import squares_of
from mlstrat.data.grouping import Counted
from mlstrat.data.rates import COUNT_DIGITS
from mlstrat.data.values import BLANK, SPELLING, as_labels, display_order, label_texts
from mlstrat.errors import InputError
from mlstrat.tasks.classification.predictions import Rule, correctness_codes
from mlstrat.tasks.classification.seen import check_meant
from mlstrat.tasks.keys import (
    NO_ANSWER,
    RowKeys,
    collapse,
    group_codes,
    locate,
    split_codes,
    text_codes,
)

MOST_LABELS = 100_000
"""Distinct labels above which a label column is taken for an id or a number."""


FORMS = 3
"""Ways in which a label may be written, as 1, 1.0 and 01.0: more distinct values than so many times
the labels are refused before each is looked at."""

FEW_HASHES = 2**64 // MOST_LABELS
"""Ten labels have a smaller hash once in ten thousand runs, which are then counted for nothing; ten
times as many labels as are accepted have none once in twenty thousand."""


class Keys(RowKeys, kw_only=True):
    """What a run of labels is counted by, and how its raw values are read."""

    rule: Rule
    positive: str | None

    def expressions(self) -> dict[str, Any]:
        """Return the expressions to group by, by name."""
        category, keys = self.table.category, super().expressions()
        if column := self.columns.get("label"):
            keys["label"] = category(column)
        elif self.rule.kind == "correct":
            keys["label"] = self.table.ns.lit(RIGHT_OR_WRONG[0])
        keys["prediction"] = self.rule.key(self.table)
        return keys | {role: category(column) for role, column in self.columns.answers.items()}

    def sketches(self) -> dict[str, Any]:
        """Return the hash of the label, and of a column of predictions."""
        return {name: x.hash().alias(name) for name, x in self._columns().items()}

    def check_sketches(self, found: Counted) -> None:
        """Refuse labels that look like an id or a number, where their smallest hashes say so."""
        for name, x in self._columns().items():
            if found.frame[name].min() < FEW_HASHES:
                distinct = x.n_unique().alias("n")
                values = self.table.collect(lambda frame, x=distinct: frame.select(x))  # type: ignore[misc]
                check_many(self, int(values.value("n")), name, FORMS * MOST_LABELS)

    def _columns(self) -> dict[str, Any]:
        roles, table = self.columns.roles, self.table
        return {x: table.category(roles[x]) for x in ("label", "prediction") if x in roles}


class Sums(Record):
    """Sums by row of the counted table, as whole multiples of 1 / scale, by name."""

    values: Mapping[str, Ints]
    scales: Mapping[str, float]


def label_codes(
    keys: Keys, found: Counted, *, checked: bool = False
) -> tuple[tuple[str, ...], dict[str, Ints], tuple[str, ...]]:
    """Return the labels in display order, and the codes of truth, prediction and each person.

    Third come the labels that occur in the label column alone. Rows that were `checked` before
    are labels and predictions.
    """
    if keys.rule.kind == "correct":
        return RIGHT_OR_WRONG, correctness_codes(keys, found, keys.rule.columns[0]), RIGHT_OR_WRONG
    if len(found) > FORMS * MOST_LABELS:
        for role in ("label", "prediction"):
            check_many(keys, found.distinct(role), role, FORMS * MOST_LABELS)
    raw, codes = found.codes("label")
    truths = label_texts(raw)
    check_many(keys, len(set(truths)))
    _check_truths(keys, found, raw, codes, truths)
    texts = {"label": (truths, codes)}
    own = display_order(set(truths))
    raw, codes = found.codes("prediction")
    predicted = keys.rule.texts(raw, own, keys.positive)
    texts["prediction"] = (predicted, codes)
    if not checked:
        check_meant(keys.table.name, keys.columns.roles, keys.rule, texts, found.ints("n"))
    for role in keys.columns.people:
        raw, codes = found.codes(role)
        texts[role] = (as_labels(label_texts(raw), own), codes)
    labels = display_order((set(truths) | set(predicted)) - {BLANK})
    check_many(keys, len(labels))
    position = {label: i for i, label in enumerate(labels)} | {BLANK: ABSTAINED}
    # What only people say ("unsure") is no class of the task: an answer, and a wrong one.
    none = no_answers()
    position |= {text: ABSTAINED if text.casefold() in none else OTHER
                 for values, _ in texts.values() for text in values
                 if text not in position}  # fmt: skip
    return (
        labels,
        {
            role: np.array([position[text] for text in values], dtype=np.int64)[codes]
            for role, (values, codes) in texts.items()
        },
        own,
    )


def no_answers() -> frozenset[str]:
    """Return what is written instead of an answer, in lower case."""
    return frozenset((*NO_ANSWER, *(x.casefold() for x in SPELLING.get().ignored)))


def _check_truths(
    keys: Keys, found: Counted, raw: list[Any], codes: Ints, truths: list[str]
) -> None:
    blank = [i for i, text in enumerate(truths) if text == BLANK]
    if not blank:
        return
    column = keys.columns.roles["label"]
    rows = int(found.ints("n")[np.isin(codes, blank)].sum())
    file, row, _ = locate(keys.table, column, [raw[i] for i in blank])
    every = " (all of them)" if len(blank) == len(truths) else ""
    raise InputError(
        f"{rows} blank label{'s' if rows > 1 else ''}{every}; the first is here",
        file=file,
        row=row,
        column=column,
        accepted="a label in every row",
        hint="fill them in, or leave these rows out",
    )


def check_many(keys: Keys, labels: int, role: str = "label", most: int = MOST_LABELS) -> None:
    """Refuse a column of labels that looks like an id or a number."""
    if labels > most:
        raise InputError(
            f"{labels:,} distinct {role}s: this looks like an id or a number, not a category",
            file=keys.table.name,
            column=keys.columns.get(role),
            accepted=f"at most {MOST_LABELS:,} labels",
            hint=f"name the {role} column: --map {role}=COLUMN",
        )


def assemble(keys: Keys, found: Counted, sums: Sums) -> tuple[Cells, tuple[str, ...]]:
    """Return the contingency table of what was counted, and the groups by their codes."""
    splits, split = split_codes(keys, found)
    labels, codes, _ = label_codes(keys, found)
    groups, group = group_codes(keys, found)
    slices = {column: text_codes(found, f"by {column}") for column in keys.by}
    columns = [split, codes["label"], codes["prediction"]]
    columns += [] if group is None else [group]
    people = [codes[role] for role in keys.columns.people]
    votes, other = _votes(keys, found, labels, codes["label"])
    people += [] if votes is None else list(votes.T)
    order, starts = collapse([*columns, *people, *(c for _, c in slices.values())])
    first = order[starts]
    n = np.add.reduceat(found.ints("n")[order], starts)
    total = {
        name: np.add.reduceat(values[order], starts) / sums.scales[name]
        for name, values in sums.values.items()
    }
    weight, weight_squared = weights_of(total, n)
    loss = total.get("loss")
    return Cells(
        labels=labels,
        splits=splits,
        split=split[first],
        truth=codes["label"][first],
        predicted=codes["prediction"][first],
        n=n,
        weight=weight,
        weight_squared=weight_squared,
        weighted="weight" in total,
        group=None if group is None else group[first],
        answers={_person(role): codes[role][first] for role in keys.columns.people}
        | {role: np.full(len(first), OTHER) for role in other},
        votes=None if votes is None else votes[first],
        loss=loss,
        loss_weight_squared=total.get("loss_weight_squared", loss),
        loss_squared=total.get("loss_squared"),
        slices={column: (values, c[first]) for column, (values, c) in slices.items()},
    ), groups


def weights_of(total: Mapping[str, Floats], n: Ints) -> tuple[Floats, Floats]:
    """Return Σw and Σw² of counted rows; how many they are where nothing weighs them."""
    if "weight" not in total:
        return n.astype(np.float64), n.astype(np.float64)
    return total["weight"], squares_of(total["weight"], total["weight_squared"], n)


def _votes(
    keys: Keys, found: Counted, labels: tuple[str, ...], truth: Ints
) -> tuple[Ints | None, list[str]]:
    """Return the votes of each row as `Cells` has them, and the roles of votes for no label."""
    by_label: dict[int, str] = {}
    other = []
    for role in keys.columns.roles:
        if role.startswith(VOTES):
            text = role.removeprefix(VOTES)
            same = [i for i, x in enumerate(labels) if x.casefold() == text.casefold()]
            code = labels.index(text) if text in labels else next(iter(same), None)
            if code is None or code in by_label:
                other.append(role)
            else:
                by_label[code] = role
    if not by_label:
        return None, other
    table = np.stack([_vote(keys, found, role) for role in by_label.values()], axis=1)
    own = np.where(np.array(list(by_label)) == truth[:, None], table, 0).sum(axis=1)
    most = table.max(axis=1, keepdims=True)
    first = np.array(list(by_label))[table.argmax(axis=1)]
    clear = (most[:, 0] > 0) & ((table == most).sum(axis=1) == 1)
    return np.stack([table.sum(axis=1), own, np.where(clear, first, ABSTAINED)], axis=1), other


def _vote(keys: Keys, found: Counted, role: str) -> Ints:
    """Return the votes of each row for one label; a blank is none."""
    raw, codes = found.codes(role)
    texts = [text or "0" for text in label_texts(raw)]
    bad = [i for i, x in enumerate(texts) if not (x.isdecimal() and len(x) <= COUNT_DIGITS)]
    if bad:
        column = keys.columns.roles[role]
        file, row, value = locate(keys.table, column, [raw[i] for i in bad])
        raise InputError(
            f"{value!r} is not a number of people",
            file=file, row=row, column=column, accepted="a whole number of at least 0",
            hint="is it no count of votes? Then give the column another name",
        )  # fmt: skip
    return np.array([int(x) for x in texts], dtype=np.int64)[codes]


def _person(role: str) -> str:
    """Return the name of a person: what follows ``human_``, or ``human``."""
    return role.removeprefix("human_")
