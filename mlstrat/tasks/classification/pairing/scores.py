"""The scores of two runs on the same examples, counted together, for metrics of a ranking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats
from mlstrat.core.findings import Finding
from mlstrat.core.pairs import PairLosses, PairScores
from mlstrat.data.counting import scale_for, scaled, squares_of
from mlstrat.data.grouping import Counted, unordered
from mlstrat.data.values import label_texts
from mlstrat.tasks.classification.findings import SCORES_BINNED
from mlstrat.tasks.classification.losses import loss_of_row, loss_sums, weight_sums
from mlstrat.tasks.classification.pairing.open import LabelSide
from mlstrat.tasks.classification.scores import (
    EXACT_UP_TO,
    auc_bound,
    ranked_columns,
    score_expression,
)
from mlstrat.tasks.keys import collapse, text_codes
from mlstrat.tasks.pairing import added, in_parts

PAIR_BINS = 2**10
"""Bins of each of two scores where rows are many: their pairs then fit in memory."""


def read_pair_scores(
    left: LabelSide, right: LabelSide, labels: tuple[str, ...], positive: str | None
) -> tuple[dict[str, PairScores], tuple[Finding, ...]]:
    """Return the counts by both scores of each class that is ranked, and a note on bins if any."""
    columns = [ranked_columns(side.keys, labels, positive) for side in (left, right)]
    bins = PAIR_BINS if max(left.rows, right.rows) > EXACT_UP_TO else 0
    found, bounds = {}, []
    for label in columns[0]:
        scores = [
            score_expression(side.keys, *ranked[label], side.measured[1], bins)
            for side, ranked in zip((left, right), columns, strict=True)
        ]
        one = _counted(left, right, label, scores)
        found[label] = one
        bounds += [auc_bound(one.side(name), 1) for name in ("a", "b")] if bins else []
    notes = (Finding(SCORES_BINNED, {"bins": bins, "auc_bound": max(bounds)}),) if bounds else ()
    return found, notes


def _counted(
    left: LabelSide, right: LabelSide, positive: str, scores: list[tuple[Any, float, float]]
) -> PairScores:
    """Count one class against the rest by the two scores, in one join."""
    ns = left.table.ns
    (mine, *_), (theirs, *_) = scores
    keys = {k: e for k, e in left.keys.expressions().items() if k in ("label", "group")}
    sums: dict[str, Any] = {}
    scales: Mapping[str, float] = {}
    if weight := left.keys.columns.get("weight"):
        rows, ranges = left.measured
        sums, scales = weight_sums(left.table, left.table.number(weight), ranges[weight], rows)
    by = ("a", "b", *keys)

    def count(one: LabelSide, two: LabelSide) -> Any:
        a = one.frame.select(
            one.id.alias("id"), mine.alias("a"), *(e.alias(k) for k, e in {**keys, **sums}.items())
        )
        b = two.frame.select(two.id.alias("id"), theirs.alias("b"))
        sizes = (ns.len().alias("n"), *(ns.col(name).sum() for name in sums))
        return unordered(a.join(b, on="id", how="inner"), by, *sizes)

    found = added(in_parts(count, left, right), by)
    return _of_counts(found, positive, scales, [(low, width) for _, low, width in scores])


def _of_counts(
    found: Counted,
    positive: str,
    scales: Mapping[str, float],
    bins: list[tuple[float, float]],
) -> PairScores:
    raw, codes = found.codes("label")
    columns: list[NDArray[Any]] = [found.floats("a"), found.floats("b")]
    columns += [np.array([text == positive for text in label_texts(raw)], np.int64)[codes]]
    columns += [text_codes(found, "group")[1]] if "group" in found.frame.columns else []
    order, starts = collapse(columns)
    a, b, is_positive, *group = (x[order[starts]] for x in columns)
    n = np.add.reduceat(found.ints("n")[order], starts)
    total = {
        name: np.add.reduceat(found.ints(name)[order], starts) / scale
        for name, scale in scales.items()
    }
    a, b = (
        low + (x + 0.5) * width if width else x
        for x, (low, width) in zip((a, b), bins, strict=True)
    )
    return PairScores(
        is_positive.astype(np.int64),
        a,
        b,
        n,
        total.get("weight", n.astype(np.float64)),
        squares_of(total["weight"], total["weight_squared"], n)
        if "weight" in total
        else n.astype(np.float64),
        group[0].astype(np.int64) if group else None,
        (bins[0][1], bins[1][1]),
    )


SUMS = ("loss", "loss_weight_squared", "loss_squared")


@dataclass(frozen=True)
class Losses:
    """What a join selects of each run, what it sums by cell, and the scale of each sum."""

    mine: tuple[Any, ...]
    theirs: tuple[Any, ...]
    sums: Mapping[str, Any]
    scales: Mapping[str, float]


def pair_losses(
    left: LabelSide,
    right: LabelSide,
    joined: Counted,
    metric: str,
    labels: tuple[str, ...],
    positive: str | None,
) -> Losses:
    """Return the losses of two runs whose labels are known."""
    ns = left.table.ns

    def of(side: LabelSide, key: str) -> tuple[Any, float]:
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
