"""The threshold of a run of labels, chosen on dev; and the fold of every row of it.

One pass counts the run by score, label and fold; from these counts everything is chosen. Rows of
dev are then read at the threshold of the other four folds, all others at that of the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mlstrat.core.hashing import text_hashes
from mlstrat.core.operating.choose import (
    FOLD_PREFIX,
    FOLDS,
    PARTS,
    Scored,
    Threshold,
    Wanted,
    choose,
    cross_fitted,
    no_dev,
    out_of_reach,
    parts_of_equals,
)
from mlstrat.core.operating.point import Point, calibration
from mlstrat.data.columns import Columns
from mlstrat.data.counting import measure, tally
from mlstrat.data.grouping import Counted
from mlstrat.data.opening import in_polars
from mlstrat.data.table import Table
from mlstrat.data.values import BLANK, label_texts
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.predictions import Rule, as_percent
from mlstrat.tasks.classification.scores import weight_sums
from mlstrat.tasks.keys import RowKeys, split_codes

CONFIDENCE = 0.95
"""Of the interval of the calibration error."""


def chosen_rule(
    table: Table, columns: Columns, rule: Rule, wanted: Threshold, positive: str | None,
    split_as: dict[str, str] | Any, more: Sequence[str],
) -> tuple[Table, Rule]:  # fmt: skip
    """Return how a run predicts, its threshold chosen on dev, and its table."""
    if not isinstance(wanted, Wanted):
        return table, rule
    _refuse_sums(table)
    if not table.polars:
        kept = dict.fromkeys([*columns.roles.values(), *more])
        table = in_polars(table, [x for x in table.header if x in kept])
    return as_percent(table, lambda x: _chosen(x, columns, rule, wanted, positive, split_as))


def _refuse_sums(table: Table) -> None:
    """Refuse rows that cannot be dealt out into folds here."""
    hint = "choose it on the rows of dev, then give it: --threshold X"
    if table.on_spark:
        raise UsageError("--choose-threshold is not for --engine spark", hint=hint)
    if table.counts is not None:
        raise UsageError("--choose-threshold needs rows, and these are counts", hint=hint)


def _chosen(
    table: Table, columns: Columns, rule: Rule, wanted: Wanted, positive: str | None, split_as: Any
) -> Rule:
    (column,) = rule.columns
    score = table.number(column)
    score = 1.0 - score if rule.flip else score
    part = _part(table, columns, score)
    keys = RowKeys(table, columns, split_as, ())
    by = {**keys.expressions(), "label": table.category(columns.roles["label"]), "score": score,
          "part": part}  # fmt: skip
    usable = table.where(score.is_finite() & ~table.is_blank(columns.roles["label"]))
    weights, scales = _weights(table, columns)
    found = tally(usable, by, weights)
    if not len(found):
        measure(table, rule.numbers)  # says which value is not a number
        raise InputError("no row with a label and a score", file=table.name)
    splits, split = split_codes(keys, found)
    if "dev" not in splits:
        raise no_dev()
    raw, codes = found.codes("label")
    texts = label_texts(raw)
    yes, no = rule.texts([True, False], tuple(dict.fromkeys(x for x in texts if x != BLANK)),
                         positive)  # fmt: skip
    is_yes = np.array([x == yes for x in texts])[codes]
    n = found.ints("n")
    weight = found.ints("weight") / scales["weight"] if scales else n.astype(float)

    def of_split(name: str) -> Scored:
        here = split == splits.index(name)
        w = weight[here]
        return Scored(found.floats("score")[here], np.where(is_yes[here], w, 0.0),
                      np.where(is_yes[here], 0.0, w), found.ints("part")[here])  # fmt: skip

    dev = of_split("dev")
    if not dev.both:
        raise InputError(
            f"dev holds no row of {no if dev.positive.sum() > 0 else yes!r}", file=table.name,
            accepted="a dev of both classes, to choose a threshold on",
        )  # fmt: skip
    costs = _costs(wanted, yes, no)
    value = choose(dev, wanted, costs)
    if value is None:
        raise out_of_reach(dev, wanted)
    cuts = cross_fitted(dev, wanted, costs, value)
    train = of_split("train") if "train" in splits else None
    point = Point(
        value, wanted, costs, (no, yes), dev, cuts, train,
        choose(train, wanted, costs) if train is not None and train.both else None,
        _calibration(found, split == splits.index("dev"), is_yes, n, weight),
    )  # fmt: skip
    return replace(rule, threshold=value, cut=_cut(table, columns, keys, found, part, value, cuts),
                   point=point)  # fmt: skip


def _cut(
    table: Table, columns: Columns, keys: RowKeys, found: Counted, part: Any, value: float,
    cuts: tuple[float, ...],
) -> Any:  # fmt: skip
    """Return the expression of the threshold of each row."""
    import polars as pl

    each = np.array(cuts)
    of_fold = part.map_batches(
        lambda x: pl.Series(each[x.to_numpy() % FOLDS]),
        return_dtype=pl.Float64,
        is_elementwise=True,
    )
    column = columns.roles.get("split")
    if column is None:
        return of_fold
    splits, split = split_codes(keys, found)
    raw, codes = found.codes("split")
    dev = {int(x) for x in codes[split == splits.index("dev")]}
    is_dev = table.category(column).is_in([raw[i] for i in dev])
    return pl.when(is_dev).then(of_fold).otherwise(value)


def _part(table: Table, columns: Columns, score: Any) -> Any:
    """Return the expression of the twentieth of a row: by its group, its id, or else its score."""
    import polars as pl

    key = columns.get("group") or columns.get("id")
    if key is not None:
        return table.plain_text(key).fill_null("").map_batches(
            _parts, return_dtype=pl.Int64, is_elementwise=True)  # fmt: skip
    alike = [table.category(columns.roles[x]) for x in ("split", "label") if x in columns.roles]
    rank = pl.int_range(pl.len()).over([*alike, score])
    return pl.struct(score.alias("score"), rank.alias("rank")).map_batches(
        lambda x: pl.Series(parts_of_equals(
            x.struct.field("score").fill_null(0.0).to_numpy(),
            x.struct.field("rank").fill_null(0).to_numpy().astype(np.int64),
        )),
        return_dtype=pl.Int64, is_elementwise=True,
    )  # fmt: skip


def _parts(texts: Any) -> Any:
    """Return the twentieths of names."""
    import polars as pl

    lengths = texts.str.len_bytes().to_numpy().astype(np.int64)
    data = "".join(texts.to_list()).encode()
    hashes = text_hashes(np.frombuffer(data, np.uint8), lengths, 0, FOLD_PREFIX)
    return pl.Series((hashes % PARTS).astype(np.int64))


def _weights(table: Table, columns: Columns) -> tuple[dict[str, Any], dict[str, float]]:
    from mlstrat.data.counting import Number

    column = columns.roles.get("weight")
    if column is None:
        return {}, {}
    rows, ranges = measure(table, [Number("weight", column, low=0.0)])
    if not rows or ranges[column].high == 0:
        return {}, {}
    sums, scales = weight_sums(table, table.number(column), ranges[column], rows)
    return {"weight": sums["weight"]}, {"weight": scales["weight"]}


def _costs(wanted: Wanted, yes: str, no: str) -> tuple[float, float]:
    """Return what an error of the positive class costs, and one of the other."""
    unknown = [x for x in wanted.costs if x not in (yes, no)]
    if unknown:
        raise UsageError(
            f"--choose-threshold cost: there is no label {unknown[0][:40]!r}",
            accepted=f"{yes!r}, {no!r}",
        )
    return wanted.costs.get(yes, 1.0), wanted.costs.get(no, 1.0)


def _calibration(found: Counted, dev: Any, is_yes: Any, n: Any, weight: Any) -> Any:
    group = None
    if "group" in found.frame.columns:
        _, group = found.codes("group")
        group = group[dev]
    return calibration(
        found.floats("score")[dev], is_yes[dev], n[dev], weight[dev], group, CONFIDENCE
    )
