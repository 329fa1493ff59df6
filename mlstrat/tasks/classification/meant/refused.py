"""Labels and predictions that cannot be what is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlstrat.data.values import display_order, shown
from mlstrat.errors import InputError
from mlstrat.tasks.classification.meant.disjoint import hint_to_join
from mlstrat.tasks.classification.meant.numbers import refuse_numbers
from mlstrat.tasks.classification.meant.seen import Ints, Seen, seen_of
from mlstrat.tasks.classification.predictions import Rule


def check_meant(
    file: str,
    roles: Mapping[str, str],
    rule: Rule,
    texts: Mapping[str, tuple[Sequence[str], Ints]],
    n: Ints,
) -> None:
    """Refuse labels and predictions that are scores or numbers, or share no value.

    Parameters
    ----------
    file, roles, rule
        Of a run.
    texts
        By role, the distinct texts and the code of each counted row.
    n
        The rows of each.

    Raises
    ------
    InputError
        With the flags that read them as what they are.
    """
    if rule.kind == "threshold":
        return
    (truths, t), (predicted, p) = texts["label"], texts["prediction"]
    if rule.kind == "largest" and set(truths) & set(predicted):
        return
    seen = seen_of(truths, t, predicted, p, n)
    if rule.kind == "column":
        refuse_numbers(seen, file, roles["label"], rule.columns[0])
    if seen.own.isdisjoint(seen.said):
        _refuse_disjoint(seen, file, roles["label"], rule)


def _refuse_disjoint(seen: Seen, file: str, label: str, rule: Rule) -> None:
    if not seen.said:
        raise InputError("every prediction is blank", file=file, column=rule.columns[0])
    columns = ", ".join(repr(column) for column in rule.columns[:3])
    raise InputError(
        f"labels and predictions have no value in common: {shown(display_order(seen.own))} "
        f"in column {label!r}, {shown(display_order(seen.said))} from {columns}",
        file=file,
        accepted="predictions written like the labels",
        hint=hint_to_join(seen) or "name the columns: --map label=COLUMN --map prediction=COLUMN",
    )
