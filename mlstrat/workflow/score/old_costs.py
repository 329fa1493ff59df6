"""What an error costs, as a person types it: ``label=porn:10``."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from mlstrat.data.values import label_text
from mlstrat.errors import UsageError
from mlstrat.workflow.score.costs import CostRule

ACCEPTED_COSTS = "COLUMN=VALUE:WEIGHT, as label=porn:10 or label=cat,prediction=dog:5"

_NEXT_CONDITION = re.compile(r",(?=[^,=]+=)")
"""A comma within a value stays: only one before another COLUMN= parts two conditions."""


def parse_costs(texts: Sequence[str]) -> tuple[CostRule, ...]:
    """Return the rules of ``--weight-when``.

    Parameters
    ----------
    texts
        ``COLUMN=VALUE:WEIGHT`` each, or several conditions with commas between them; `label` and
        `prediction` are the roles, any other name is a column.

    Raises
    ------
    UsageError
        For what is no rule, and for a weight that is no number of at least 0.

    Examples
    --------
    >>> parse_costs(["label=cat,prediction=dog:5"])[0].conditions
    (('label', 'cat'), ('prediction', 'dog'))
    """
    return tuple(_parse(text) for text in texts)


def _parse(text: str) -> CostRule:
    when, colon, number = text.rpartition(":")
    try:
        weight = float(number)
    except ValueError:
        weight = math.nan
    if not colon or not math.isfinite(weight) or weight < 0:
        found = f"weight {number.strip()!r}" if colon else "no weight"
        raise UsageError(f"--weight-when {text!r} has {found}", accepted=ACCEPTED_COSTS)
    conditions = []
    for part in _NEXT_CONDITION.split(when):
        column, equals, value = part.partition("=")
        if not (column.strip() and equals):
            raise UsageError(f"--weight-when {text!r} is no rule", accepted=ACCEPTED_COSTS)
        name = column.strip()
        conditions.append((name.lower() if name.lower() in _ROLES else name, label_text(value)))
    return CostRule(tuple(conditions), weight)


_ROLES = ("label", "prediction")
