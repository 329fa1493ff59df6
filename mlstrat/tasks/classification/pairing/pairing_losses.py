"""The loss of each row under two models, as expressions of a join: log loss and Brier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlstrat.core._pair_scores import PairLosses
from mlstrat.core.counts import Floats
from mlstrat.data.counting import scale_for, scaled
from mlstrat.data.table import Counted
from mlstrat.tasks.classification.losses import loss_of_row, loss_sums
from mlstrat.tasks.classification.pairing.side import Side

SUMS = ("loss", "loss_weight_squared", "loss_squared")


@dataclass(frozen=True)
class Losses:
    """What a join selects of each run, what it sums by cell, and the scale of each sum."""

    mine: tuple[Any, ...]
    theirs: tuple[Any, ...]
    sums: Mapping[str, Any]
    scales: Mapping[str, float]


def pair_losses(
    left: Side,
    right: Side,
    joined: Counted,
    metric: str,
    labels: tuple[str, ...],
    positive: str | None,
) -> Losses:
    """Return the losses of two runs whose labels are known.

    Raises
    ------
    InputError, UsageError
        For a label without a probability, a score without a positive class.
    """
    ns = left.table.ns

    def of(side: Side, key: str) -> tuple[Any, float]:
        raw, _ = joined.codes(key)
        return loss_of_row(side.table, side.keys.columns, metric, labels, raw, positive)

    (a, bound_a), (b, bound_b) = of(left, "label"), of(right, "label b")
    weight = left.keys.columns.get("weight")
    heaviest = left.measured[1][weight].high if weight else 1.0
    w = ns.col("w") if weight else None
    sums: dict[str, Any] = {}
    scales: dict[str, float] = {}
    for name, bound in (("a", bound_a), ("b", bound_b)):
        loss = ns.col(f"loss {name}")
        found, by = loss_sums(left.table, loss, bound, w, heaviest, left.rows)
        sums |= {f"{name} {key}": x for key, x in found.items()}
        scales |= {f"{name} {key}": scale for key, scale in by.items()}
    product = ns.col("loss a") * ns.col("loss b") * (1.0 if w is None else w * w)
    scales["product"] = scale_for(heaviest**2 * bound_a * bound_b, left.rows)
    sums["product"] = scaled(left.table, product, scales["product"])
    mine = (a.alias("loss a"), *([left.table.number(weight).alias("w")] if weight else []))
    return Losses(mine, (b.alias("loss b"),), sums, scales)


def summed_losses(total: Mapping[str, Floats]) -> PairLosses | None:
    """Return the sums of both losses by cell; None where none were asked for."""
    if "product" not in total:
        return None
    a, b = (tuple(total[f"{name} {key}"] for key in SUMS) for name in ("a", "b"))
    return PairLosses(a, b, total["product"])  # type: ignore[arg-type]
