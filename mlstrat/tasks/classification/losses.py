"""The loss of each row, as expressions: logarithmic loss, the Brier score, and top-k hits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

from mlstrat.data.columns import Columns
from mlstrat.data.counting import Number, Range, floored, scale_for, scaled
from mlstrat.data.table import Table
from mlstrat.data.values import label_text, shown
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.predictions import (
    class_columns,
    hint_of_scores,
    match_columns,
    number_of,
)
from mlstrat.tasks.keys import HEAVIEST

LOG_UNIT = 2.0**-28
"""What a logarithm is a whole multiple of. Engines differ in its last bit, Java and C in 7 rows of
100; so rounded, in one of some hundred million. The mean of n rows moves by 1e-9 / √n (ours)."""


def loss_numbers(columns: Columns, file: str) -> list[Number]:
    """Return the columns of probabilities that a loss reads."""
    score = columns.get("score")
    chosen = list(class_columns(columns, file).values()) or ([score] if score else [])
    if not chosen:
        raise InputError(
            "no probabilities, which this metric needs",
            file=file,
            accepted="prob_<class> columns, or the score of the positive class",
            hint=hint_of_scores(columns),
        )
    several = len(chosen) > 1
    hint = "of scores (logits) take the softmax first; accuracy and ranking need none"
    return [number_of(x, probability=True, hint=hint if several else None) for x in chosen]


def loss_of_row(
    table: Table,
    columns: Columns,
    metric: str,
    labels: Sequence[str],
    raw: Sequence[Any],
    positive: str | None,
) -> tuple[Any, float]:
    """Return the expression of the loss of a row, and a bound on it.

    Log loss: −ln p of the true label, p kept in [ε, 1 − ε]. Brier: (p − y)² of the positive
    class of two, else Σ_k (p_k − y_k)² over the classes. Top k: 1 where the label is among the k
    most probable classes, which is no loss, but summed as one.
    """
    chances = class_chances(table, columns, labels, positive)
    missing = [label for label in labels if label not in chances]
    if missing:
        raise InputError(
            f"no probability of {shown(missing)}",
            file=table.name,
            accepted="a prob_<class> column for every label",
            hint=f"name it: --map prob_{missing[0]}=COLUMN",
        )
    if metric == "brier" and len(chances) == 2:
        yes = positive if positive is not None else labels[-1]
        chances |= {label: 1.0 - chances[yes] for label in chances if label != yes}
    ns = table.ns
    label = table.category(columns.roles["label"])
    forms: dict[str, list[Any]] = {}
    for value in raw:
        forms.setdefault(label_text(value), []).append(value)
    of_truth = ns.sum_horizontal(
        *(
            ns.when(label.is_in(forms[name])).then(p).otherwise(0.0)
            for name, p in chances.items()
            if name in forms
        )
    )
    if metric.startswith("top_"):
        # As many as are not below it: of equals at the last place none is a hit.
        above = reduce(add, ((p >= of_truth).cast(ns.Int64) for p in chances.values()))
        return (above <= int(metric.removeprefix("top_"))).cast(ns.Float64), 1.0
    if metric == "log_loss":
        from mlstrat.core.scarce.losses import CLIP

        log = of_truth.clip(CLIP, 1.0 - CLIP).log()
        rounded = floored(log * (-1.0 / LOG_UNIT) + 0.5) * LOG_UNIT
        return rounded, LOG_UNIT - math.log(CLIP)
    if len(chances) == 2:
        return (1.0 - of_truth) * (1.0 - of_truth), 1.0
    squares = reduce(add, (p * p for p in chances.values()))  # one by one: all in one order
    return squares - 2.0 * of_truth + 1.0, len(chances) + 1.0


def class_chances(
    table: Table, columns: Columns, labels: Sequence[str], positive: str | None
) -> dict[str, Any]:
    """Return the expression of the probability of each class."""
    found = {
        name: table.number(c) for name, c in match_columns(columns, labels, table.name).items()
    }
    score = columns.get("score")
    if not found and score:
        if len(labels) > 2:
            raise InputError(
                f"a score tells two classes apart, and there are {len(labels)} labels",
                file=table.name,
                accepted="a prob_<class> column for every label",
            )
        if positive is None:
            raise UsageError(
                "a score belongs to the positive class, and none is named",
                accepted=", ".join(map(repr, labels)),
                hint=f"name it: --positive {labels[-1]}",
            )
        found = {positive: table.number(score)}
    if len(found) == 1 and len(labels) <= 2:
        ((name, p),) = found.items()
        found |= {label: 1.0 - p for label in labels if label != name}
    return found


def loss_sums(
    table: Table, loss: Any, bound: float, weight: Any | None, heaviest: float, rows: int
) -> tuple[dict[str, Any], dict[str, float]]:
    """Return the expressions to sum, Σwℓ, Σw²ℓ and Σw²ℓ², and the scale of each."""
    w = 1.0 if weight is None else weight
    parts: Mapping[str, tuple[Any, float]] = {
        "loss": (loss * w, heaviest * bound),
        "loss_weight_squared": (loss * w * w, heaviest**2 * bound),
        "loss_squared": (loss * loss * w * w, heaviest**2 * bound**2),
    }
    scales = {name: scale_for(limit, rows) for name, (_, limit) in parts.items()}
    return {name: scaled(table, x, scales[name]) for name, (x, _) in parts.items()}, scales


def weight_sums(
    table: Table, weight: Any, weights: Range, rows: int
) -> tuple[dict[str, Any], dict[str, float]]:
    """Return the expressions to sum, Σw and Σw², and the scale of each."""
    if not 1 / HEAVIEST <= weights.high <= HEAVIEST:
        raise InputError(
            f"the largest weight is {weights.high:g}",
            file=table.name,
            accepted=f"a largest weight from {1 / HEAVIEST:g} to {HEAVIEST:g}",
            hint="weights count in proportion: divide all of them by the largest",
        )
    scales = {
        "weight": scale_for(weights.high, rows),
        "weight_squared": scale_for(weights.high**2, rows),
    }
    return {
        "weight": scaled(table, weight, scales["weight"]),
        "weight_squared": scaled(table, weight * weight, scales["weight_squared"]),
    }, scales
