# Over 300 lines: how scores, losses and weights are read and summed stands together.
"""Counts by score, for metrics of a ranking.

Losses by row, and weights, are summed as whole numbers too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Cells, ScoreCells
from mlstrat.core.findings import Finding
from mlstrat.data.columns import Columns
from mlstrat.data.counting import Number, Range, floored, scale_for, scaled, tally
from mlstrat.data.grouping import Counted
from mlstrat.data.table import Table
from mlstrat.data.values import label_text, label_texts, shown, value_texts
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.contingency import Keys, weights_of
from mlstrat.tasks.classification.findings import SCORES_BINNED
from mlstrat.tasks.classification.predictions import (
    class_columns,
    hint_of_scores,
    match_columns,
    number_of,
)
from mlstrat.tasks.keys import HEAVIEST, collapse, split_codes, text_codes

EXACT_UP_TO = 5_000_000
"""Distinct scores up to which every one is kept: above, the table would outgrow memory."""

BINS = 2**20
"""Bins above that: the AUC is then known to about one in a million."""

ROWS_UP_TO = 128 * 2**20
"""Bytes of scores of several classes that are read at once (ours)."""

Mirrored = bool | tuple[Any, ...]
"""Whether a number speaks of the other class; or the predictions, raw, beside which it does."""


def score_number(columns: Columns, positive: str | None, file: str) -> list[Number]:
    """Return the columns of which one ranks the rows."""
    score = columns.get("score")
    classes = class_columns(columns, file)
    # Whether a score speaks (two labels) or the classes do (more) is known only after counting.
    chosen = [*([score] if score else []), *classes.values()]
    if not chosen and (sure := columns.get("confidence")):
        return [number_of(sure, probability=True)]
    if not chosen:
        raise InputError(
            "no score, which this metric needs",
            file=file,
            accepted="a score of the positive class, prob_<class> columns, or of two labels the "
            "confidence in the prediction",
            hint=hint_of_scores(columns) or "name it: --map score=COLUMN",
        )
    if score is None and positive is not None and len(chosen) > 1:
        own = [c for name, c in classes.items() if name.lower() == label_text(positive).lower()]
        chosen = own or chosen
    return [number_of(column, probability=False) for column in chosen]


def read_scores(
    keys: Keys,
    cells: Cells,
    groups: tuple[str, ...],
    positive: str | None,
    ranges: Mapping[str, Range],
) -> tuple[dict[str, ScoreCells], Finding | None]:
    """Return the counts by score of each class that is ranked, and the note on bins if any.

    Of two labels the positive one is ranked; of more, or without a positive one, each against the
    rest.
    """
    found, notes = {}, []
    ranked = ranked_columns(keys, cells.labels, positive)
    rows = _rows(keys, ranked, cells.rows, ranges)
    for label, (column, flip) in ranked.items():
        bins = BINS if rows is None and _too_many(keys, column, cells.rows) else 0
        x, low, width = score_expression(keys, column, flip, ranges, bins)
        if rows is None:
            counted, scales = _tallied(keys, x, cells.rows, ranges)
            score = counted.floats("score")
        else:
            counted, scales, score = rows, {}, rows.floats(f"score {label}")
        one = _counted(keys, counted, score, scales, groups, label, (low, width))
        found[label] = one
        if bins:
            bound = auc_bound(one, len(cells.splits))
            notes.append(Finding(SCORES_BINNED, {"bins": bins, "auc_bound": bound}))
    return found, next(iter(notes), None)


def ranked_columns(
    keys: Keys, labels: tuple[str, ...], positive: str | None
) -> dict[str, tuple[str, Mirrored]]:
    """Return, by class that is ranked, the column that ranks and where it is to be mirrored."""
    by_class = match_columns(keys.columns, labels, keys.table.name)
    if len(labels) > 2 and confidence_alone(keys.columns):
        raise UsageError(
            f"a confidence is of the predicted label: it ranks two labels, and there are "
            f"{len(labels)}",
            accepted="prob_<class> columns, or a metric of predictions, such as f1",
        )
    each = positive is None and not keys.columns.get("score") and set(labels) <= set(by_class)
    if len(labels) > 2 or each:
        missing = [label for label in labels if label not in by_class]
        if missing:
            raise UsageError(
                f"a ranking of {len(labels)} labels needs a probability of each; "
                f"missing: {shown(missing)}",
                accepted="prob_<class> columns, or a metric of predictions, such as f1",
            )
        return {label: (by_class[label], False) for label in labels}
    if positive is None:
        raise UsageError(
            "a ranking by score needs a positive class, and none is named",
            accepted=", ".join(map(repr, labels)),
            hint=f"name it: --positive {labels[-1]}",
        )
    return {positive: _score_column(keys, labels, positive)}


def score_expression(
    keys: Keys, column: str, flip: Mirrored, ranges: Mapping[str, Range], bins: int
) -> tuple[Any, float, float]:
    """Return the expression of a score, and the start and width of its bins, 0 where exact."""
    x = keys.table.number(column)
    limits = ranges[column]
    if flip:
        mirrored = Range(1.0 - limits.high, 1.0 - limits.low)
        if isinstance(flip, bool):
            x, limits = 1.0 - x, mirrored
        else:
            other = keys.rule.key(keys.table).is_in(list(flip))
            x = keys.table.ns.when(other).then(1.0 - x).otherwise(x)
            limits = Range(min(limits.low, mirrored.low), max(limits.high, mirrored.high))
    width = (limits.high - limits.low) / bins if bins else 0.0
    if width:
        x = floored((x - limits.low) / width).clip(0, bins - 1).cast(keys.table.ns.Int64)
    return x, limits.low, width


def confidence_alone(columns: Columns) -> str | None:
    """Return the column of the confidence in the prediction, where nothing else ranks."""
    if columns.get("score") or columns.probabilities:
        return None
    return columns.get("confidence")


def _score_column(keys: Keys, labels: tuple[str, ...], positive: str) -> tuple[str, Mirrored]:
    """Return the column that ranks, and whether, or for which predictions, it is of the other."""
    score = keys.columns.get("score")
    if score:
        return score, False
    if sure := confidence_alone(keys.columns):
        raw, _ = tally(keys.table, {"x": keys.rule.key(keys.table)}, {}).codes("x")
        texts = keys.rule.texts(raw, labels, positive)
        return sure, tuple(x for x, text in zip(raw, texts, strict=True)
                           if x is not None and text != positive)  # fmt: skip
    by_class = match_columns(keys.columns, labels, keys.table.name)
    if positive in by_class:
        return by_class[positive], False
    other = next((c for name, c in by_class.items() if name in labels), None)
    if other is None:
        raise UsageError(
            f"no probability of {positive!r}", hint=f"name it: --map prob_{positive}=COLUMN"
        )
    return other, True


def _too_many(keys: Keys, column: str, rows: int) -> bool:
    if rows <= EXACT_UP_TO:
        return False
    if not keys.table.polars:
        return True
    x = keys.table.number(column)
    found = keys.table.collect(lambda frame: frame.select(x.approx_n_unique().alias("distinct")))
    return int(found.value("distinct")) > EXACT_UP_TO


def _rows(
    keys: Keys, ranked: Mapping[str, tuple[str, Mirrored]], rows: int, ranges: Mapping[str, Range]
) -> Counted | None:
    """Return the rows with the scores of several classes, read once; None where that is too much.

    Hardly two rows have the same score: to count them a class at a time reads them each time, and
    counts nothing.
    """
    table = keys.table
    plain = table.polars and table.multiple is None and not keys.columns.get("weight")
    if len(ranked) < 2 or not plain or rows > EXACT_UP_TO or 8 * rows * len(ranked) > ROWS_UP_TO:
        return None
    scores = {
        f"score {label}": score_expression(keys, column, flip, ranges, 0)[0]
        for label, (column, flip) in ranked.items()
    }
    asked = [x.alias(name) for name, x in {**_keys(keys), **scores}.items()]
    frame = table.collect(lambda frame: frame.select(asked)).frame
    return Counted(frame.with_columns(table.ns.lit(1, table.ns.Int64).alias("n")), polars=True)


def _keys(keys: Keys) -> dict[str, Any]:
    """Return the expressions that a score is counted by."""
    roles = {"label", "split", "group", *(f"by {keys.table.spelled(x)}" for x in keys.by)}
    return {name: e for name, e in keys.expressions().items() if name in roles}


def _tallied(
    keys: Keys, x: Any, rows: int, ranges: Mapping[str, Range]
) -> tuple[Counted, Mapping[str, float]]:
    """Return rows counted by split, class, score and group, and the scales of sums of weights."""
    weight = keys.columns.get("weight")
    values: dict[str, Any] = {}
    scales: dict[str, float] = {}
    if weight:
        expression = keys.table.number(weight)
        values, scales = weight_sums(keys.table, expression, ranges[weight], rows)
    return tally(keys.table, _keys(keys) | {"score": x}, values), scales


def _counted(
    keys: Keys,
    found: Counted,
    score: NDArray[np.float64],
    scales: Mapping[str, float],
    groups: tuple[str, ...],
    positive: str,
    bins: tuple[float, float],
) -> ScoreCells:
    _, split = split_codes(keys, found)
    raw, codes = found.codes("label")
    is_positive = np.array([text == positive for text in label_texts(raw)], dtype=np.int64)[codes]
    columns: list[NDArray[Any]] = [split, is_positive, score]
    group = _group(found, groups)
    slices = {column: text_codes(found, f"by {column}") for column in keys.by}
    columns += [] if group is None else [group]
    order, starts = _in_order([*columns, *(codes for _, codes in slices.values())])
    first = order[starts]
    low, width = bins
    n = found.ints("n")
    n = n[first] if len(starts) == len(order) else np.add.reduceat(n[order], starts)
    total = {
        name: np.add.reduceat(found.ints(name)[order], starts) / scale
        for name, scale in scales.items()
    }
    weight, weight_squared = weights_of(total, n)
    return ScoreCells(
        split=split[first],
        positive=is_positive[first],
        score=low + (score[first] + 0.5) * width if width else score[first],
        n=n,
        weight=weight,
        weight_squared=weight_squared,
        group=None if group is None else group[first],
        bin_width=width,
        slices={column: (values, codes[first]) for column, (values, codes) in slices.items()},
    )


def _in_order(columns: list[NDArray[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return what `collapse` does of split, class and score: sorted a split and class at a time."""
    if len(columns) > 3:
        return collapse(columns)
    split, positive, score = columns
    side = 2 * split + positive
    parts = []
    for one in range(int(side.max(initial=-1)) + 1):
        mine = np.flatnonzero(side == one)
        parts.append(mine[np.argsort(score[mine])])
    order = np.concatenate(parts) if parts else np.zeros(0, np.int64)
    side, score = side[order], score[order]
    changes = np.ones(len(order), dtype=bool)
    changes[1:] = (score[1:] != score[:-1]) | (side[1:] != side[:-1])
    return order, np.flatnonzero(changes)


def _group(found: Counted, groups: tuple[str, ...]) -> NDArray[np.int64] | None:
    if not groups:
        return None
    raw, codes = found.codes("group")
    position = {group: i for i, group in enumerate(groups)}
    return np.array([position[text] for text in value_texts(raw)], dtype=np.int64)[codes]


def auc_bound(scores: ScoreCells, splits: int) -> float:
    """Return by how much binning can move the AUC of any split.

    Pairs of a positive and a negative in one bin count half, and could count none or one:
    ½ Σ_b P_b N_b / (P N).
    """
    bound = 0.0
    for split in range(splits):
        here = scores.split == split
        bins, codes = np.unique(scores.score[here], return_inverse=True)
        weight, positive = scores.weight[here], scores.positive[here] == 1
        p = np.bincount(codes[positive], weight[positive], len(bins))
        n = np.bincount(codes[~positive], weight[~positive], len(bins))
        pairs = float(p.sum() * n.sum())
        if pairs > 0:
            bound = max(bound, 0.5 * float((p * n).sum()) / pairs)
    return bound


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
        from mlstrat.core.linearised import CLIP

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
