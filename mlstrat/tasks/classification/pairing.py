# Over 300 lines: the join and what is counted of it stand together.
"""Two models on the same examples, counted as one table: two runs by id, or two columns of one.

Runs are paired in one lazy join, and the order of rows plays no part. Whether every id met exactly
one partner is seen without a second join: rows and hashes of ids, summed over each run and over the
pairs, must agree. Only where they do not are the ids looked at one by one
(`mlstrat.tasks.classification.sides`). Scores and losses of both are counted together, for
metrics of a ranking and of probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import ABSTAINED, RIGHT_OR_WRONG, Floats, Ints, pick_split
from mlstrat.core.findings import Finding
from mlstrat.core.pairs import PairCells, PairLosses, PairScores
from mlstrat.core.record import Record
from mlstrat.data.counting import scale_for, scaled
from mlstrat.data.grouping import Counted, unordered
from mlstrat.data.opening import open_table
from mlstrat.data.parts import InputFile
from mlstrat.data.progress import counted
from mlstrat.data.roles import roles_of
from mlstrat.data.values import (
    as_labels,
    display_order,
    label_texts,
    resolve_positive,
    word_for_positive,
)
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.contingency import label_codes, weights_of
from mlstrat.tasks.classification.findings import SCORES_BINNED
from mlstrat.tasks.classification.meant import judge
from mlstrat.tasks.classification.predictions import CODES
from mlstrat.tasks.classification.scores import (
    EXACT_UP_TO,
    auc_bound,
    loss_of_row,
    loss_sums,
    ranked_columns,
    score_expression,
    weight_sums,
)
from mlstrat.tasks.classification.seen import Seen
from mlstrat.tasks.classification.sides import (
    LabelSide,
    Sides,
    check_labels,
    naming,
    open_sides,
)
from mlstrat.tasks.findings import NO_SPLIT_COLUMN, say
from mlstrat.tasks.keys import bucket_notes, collapse, group_codes, text_codes
from mlstrat.tasks.pairing import added, id_hash, in_parts
from mlstrat.tasks.unpaired import Unpaired, unpaired

if TYPE_CHECKING:
    from mlstrat.core.operating.choose import Threshold
    from mlstrat.core.operating.point import Point

NONE_UNPAIRED = Unpaired(0, ())

OF_B = {"label b": "label", "prediction b": "prediction"}
"""Columns of a joint table that are of the second run, and what they are of it."""


class Pair(Record):
    """Two models on the same examples, counted.

    ``inputs`` is one where both stand in one file; ``missing`` and ``extra`` are the ids that only
    a, and only b, has: they are left out. ``points`` are the thresholds chosen on dev.
    """

    cells: PairCells
    names: tuple[str, str]
    columns: tuple[Mapping[str, str], Mapping[str, str]]
    inputs: tuple[InputFile, ...]
    task: Literal["binary", "multiclass"]
    positive: str | None
    missing: Unpaired = NONE_UNPAIRED
    extra: Unpaired = NONE_UNPAIRED
    notes: tuple[Finding, ...] = ()
    points: tuple[Point | None, Point | None] = (None, None)

    @property
    def identical(self) -> bool:
        """Whether both predict the same of every example."""
        return self.cells.identical

    def examples(self) -> int:
        """Return the number of examples that both have."""
        return self.cells.rows

    @property
    def overlap(self) -> float:
        """How far the two are on the same rows: n / √(nₐ n_b), 1 where all are shared."""
        n = self.cells.rows
        return n / math.sqrt((n + self.missing.count) * (n + self.extra.count))


def read_pair(
    a: Any,
    b: Any,
    *,
    columns: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
    split: str | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    threshold: Threshold = None,
    by: Sequence[str] = (),
    needs: str = "",
    predicts: bool = True,
    checksum: bool = False,
    kept: dict[Any, Any] | None = None,
) -> Pair:
    """Return two runs on the same examples, paired by id.

    Options as for `read_run`; weights, groups and the columns of `by` are those of a. `kept` holds
    what was made of an a beside others: it is opened, checked and counted once for all.
    """
    return count_pair(
        open_sides(
            a, b, columns=columns, split=split, split_as=split_as, positive=positive,
            threshold=threshold, by=by, needs=needs, predicts=predicts, kept=kept,
        ),
        positive=positive,
        needs=needs,
        checksum=checksum,
    )  # fmt: skip


def count_pair(
    sides: Sides, *, positive: str | None = None, needs: str = "", checksum: bool = False
) -> Pair:
    """Return two runs that are checked as one joint table."""
    left, right, main = sides.left, sides.right, sides.main
    joined, scales = _joined(left, right)
    complete = right.aligned or _complete(joined, left, right)
    missing, extra = (NONE_UNPAIRED,) * 2 if complete else unpaired(left, right)
    for table in (left.table, right.table):
        if table.delimited and joined.nulls():
            table.check_rows()
    check_labels(joined, left, right)
    cells = _assembled(joined, scales, left, right, main)
    if positive is None and len(cells.labels) <= 2:
        positive = word_for_positive(cells.labels)
    notes: tuple[Finding, ...] = ()
    if left.keys.columns.get("split") is None and right.keys.columns.get("split") is None:
        notes = (Finding(NO_SPLIT_COLUMN, {"rows": cells.rows}),)
    notes += bucket_notes(left.keys.buckets)
    for side, predicted in ((left, cells.a), (right, cells.b)):
        if side.keys.rule.kind == "column" and not right.read_before:
            roles = {**side.keys.columns.roles, "prediction": side.keys.rule.columns[0]}
            say(side.table.name, judge(Seen.of_pair(cells, predicted), roles, positive))
    positive = resolve_positive(positive, cells.labels)
    if needs == "score":
        scores, binned = read_pair_scores(left, right, cells.labels, positive)
        predicts = all(x.keys.rule.predicts(x.measured[1]) for x in (left, right))
        cells, notes = replace(cells, scores=scores, predicts=predicts), notes + binned
    elif needs:
        losses = pair_losses(left, right, joined, needs, cells.labels, positive)
        cells = _assembled(*_joined(left, right, losses), left, right, main)
    points, apart = (left.keys.rule.point, right.keys.rule.point), None
    if None not in points:
        from mlstrat.core.operating.point import both_apart

        apart = both_apart(*points)
    return Pair(
        replace(cells, apart=apart),
        (left.table.name, right.table.name),
        (dict(sides.roles[0]), dict(sides.roles[1])),
        tuple(x.table.described(x.all_rows, checksum=checksum) for x in (left, right)),
        "binary" if len(cells.labels) <= 2 else "multiclass",
        positive,
        missing,
        extra,
        notes,
        points,
    )


def _joined(
    left: LabelSide, right: LabelSide, losses: Losses | None = None
) -> tuple[Counted, Mapping[str, float]]:
    """Return rows by (label, prediction of a, label in b, prediction of b, …), losses summed."""
    ns = left.table.ns
    rows, ranges = left.measured
    weight = left.keys.columns.get("weight")
    sums: dict[str, Any] = {}
    scales: dict[str, float] = {}
    if weight is not None:
        if ranges[weight].high == 0:
            raise InputError("all weights are 0", file=left.table.name, column=weight)
        sums, scales = weight_sums(left.table, left.table.number(weight), ranges[weight], rows)
    keys = {k: e for k, e in left.keys.expressions().items() if k != "split"}
    theirs = right.keys.expressions()
    more = losses.sums if losses else {}
    by = (*keys, *OF_B)

    def ids(side: LabelSide) -> tuple[Any, ...]:
        return () if right.aligned else (side.id.alias("id"),)

    def hashed(a: LabelSide) -> tuple[Any, ...]:
        """Return the hash of the id: a number goes through the join cheaper than an id."""
        if right.aligned:
            return ()
        return ((id_hash(a.id) if a.table.polars else ns.lit(0)).alias("hash"),)

    def mine(a: LabelSide) -> Any:
        return a.frame.select(
            *ids(a),
            *hashed(a),
            *(e.alias(k) for k, e in {**keys, **sums}.items()),
            *(losses.mine if losses else ()),
        )

    def other(b: LabelSide) -> Any:
        return b.frame.select(
            *ids(b),
            *(theirs[k].alias(name) for name, k in OF_B.items()),
            *(losses.theirs if losses else ()),
        )

    def count(a: LabelSide, b: LabelSide) -> Any:
        one, two = counted(mine(a)), counted(other(b))
        joined = (
            ns.concat([one, two], how="horizontal")
            if right.aligned
            else one.join(two, on="id", how="inner")
        )
        return unordered(
            joined,
            by,
            ns.len().alias("n"),
            *(ns.col(name).sum() for name in (*([] if right.aligned else ["hash"]), *sums)),
            *(x.sum().alias(name) for name, x in more.items()),
        )

    found = in_parts(count, left, right)
    if right.table.files is not None:
        right.table.files.check_unchanged()
    return added(found, by), {**scales, **(losses.scales if losses else {})}


def _complete(joined: Counted, left: LabelSide, right: LabelSide) -> bool:
    """Whether every id of both runs met exactly one partner."""
    rows, total = int(joined.ints("n").sum()), int(joined.ints("hash").sum())
    if left.table.on_spark:  # which told how many ids each run has: none twice, as many pairs
        return all((rows, rows) == (x.rows, x.hash) for x in (left, right))
    # Sums of hashes keep 64 bits.
    return all(rows == x.rows and (total - x.hash) % 2**64 == 0 for x in (left, right))


def _assembled(
    joined: Counted,
    scales: Mapping[str, float],
    left: LabelSide,
    right: LabelSide,
    split: str | None,
) -> PairCells:
    """Return the joint table of what was counted, with the labels of both."""
    checked = right.read_before
    labels_a, codes_a, own = label_codes(left.keys, joined, checked=checked)
    labels_b, codes_b, _ = label_codes(right.keys, joined.renamed(OF_B), checked=checked)
    labels_b = tuple(as_labels(labels_b, own))
    labels = display_order({*labels_a, *labels_b})
    # The last entry serves ABSTAINED, −1.
    of_a = np.array([labels.index(x) for x in labels_a] + [ABSTAINED])
    of_b = np.array([labels.index(x) for x in labels_b] + [ABSTAINED])
    _, group = group_codes(left.keys, joined)
    slices = {x: text_codes(joined, f"by {x}") for x in left.keys.by}
    columns = [of_a[codes_a["label"]], of_a[codes_a["prediction"]], of_b[codes_b["prediction"]]]
    columns += [] if group is None else [group]
    order, starts = collapse([*columns, *(codes for _, codes in slices.values())])
    first = order[starts]

    n = np.add.reduceat(joined.ints("n")[order], starts)
    total = _totals(joined, order, starts, scales)
    return PairCells(
        labels,
        split or "dev",
        columns[0][first],
        columns[1][first],
        columns[2][first],
        n,
        *weights_of(total, n),
        "weight" in scales,
        None if group is None else group[first],
        {name: (values, codes[first]) for name, (values, codes) in slices.items()},
        summed_losses(total),
    )


def _totals(
    found: Counted, order: Ints, starts: Ints, scales: Mapping[str, float]
) -> dict[str, Floats]:
    """Return what was summed as whole multiples, added up by cell."""
    return {
        name: np.add.reduceat(found.ints(name)[order], starts) / scale
        for name, scale in scales.items()
    }


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
        one = _counted_scores(left, right, label, scores)
        found[label] = one
        bounds += [auc_bound(one.side(name), 1) for name in ("a", "b")] if bins else []
    notes = (Finding(SCORES_BINNED, {"bins": bins, "auc_bound": max(bounds)}),) if bounds else ()
    return found, notes


def _counted_scores(
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
    a, b = (
        low + (x + 0.5) * width if width else x
        for x, (low, width) in zip((a, b), bins, strict=True)
    )
    return PairScores(
        is_positive.astype(np.int64),
        a,
        b,
        n,
        *weights_of(_totals(found, order, starts, scales), n),
        group[0].astype(np.int64) if group else None,
        (bins[0][1], bins[1][1]),
    )


SUMS = ("loss", "loss_weight_squared", "loss_squared")


class Losses(Record):
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


def read_columns(
    source: Any,
    a: str,
    b: str,
    *,
    columns: Mapping[str, str] | None = None,
    split: str | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    by: Sequence[str] = (),
    checksum: bool = False,
) -> Pair:
    """Return two prediction columns of one run, paired row by row.

    Of a run without a label they say which rows are right.
    """
    from mlstrat.tasks.classification.run import read_run

    table = open_table(source)
    role = "prediction" if "label" in roles_of(table, columns or {}, ["label"]) else "correct"
    with naming("--a"):
        run = read_run(
            table,
            columns={**(columns or {}), role: a},
            split_as=split_as,
            by=by,
            also={b: "--b"},
            looked=split or "",
            checksum=checksum,
        )
    cells = run.cells.of_split(pick_split(run.cells.splits, split))
    names = list(cells.slices)
    column = next(x for x in names if x == b.strip() or x.lower() == b.strip().lower())
    first = run.columns[role]
    if column == first:
        raise UsageError(f"--a and --b both name the column {column!r}", accepted="two columns")
    values, codes = cells.slices[column]
    texts = _right_or_wrong(values) if role == "correct" else label_texts(values)
    texts = as_labels(texts, [cells.labels[code] for code in np.unique(cells.truth)])
    labels = display_order({*cells.labels, *texts} - {""})
    used = {texts[code] for code in np.unique(codes)} - {""}
    truths = {cells.labels[code] for code in np.unique(cells.truth)}
    if role == "correct" and not used <= set(RIGHT_OR_WRONG):
        raise InputError(
            f"{next(iter(sorted(used - set(RIGHT_OR_WRONG))))!r} is neither right nor wrong",
            file=run.inputs[0].path, column=column, accepted="0 or 1, true or false",
        )  # fmt: skip
    if role == "prediction" and not used & truths:
        raise InputError(
            f"labels and predictions have no value in common: {sorted(used)[:5]}",
            file=run.inputs[0].path,
            column=column,
            accepted="predictions written like the labels",
        )
    own = np.array([labels.index(x) for x in cells.labels] + [ABSTAINED])
    theirs = np.array([labels.index(x) if x else ABSTAINED for x in texts])
    asked = {x for x in names if x.lower() in {name.strip().lower() for name in by}}
    paired = PairCells(
        labels,
        cells.splits[int(cells.split[0])],
        own[cells.truth],
        own[cells.predicted],
        theirs[codes],
        cells.n,
        cells.weight,
        cells.weight_squared,
        cells.weighted,
        cells.group,
        {x: cells.slices[x] for x in names if x in asked},
    )
    other = {**run.columns, role: column}
    if role == "prediction":
        say(run.inputs[0].path, judge(Seen.of_pair(paired, paired.b), other, run.positive))
    return Pair(
        paired,
        (first, column),
        (run.columns, other),
        run.inputs,
        "binary" if len(labels) <= 2 else "multiclass",
        resolve_positive(positive, labels),
        notes=run.notes,
    )


def _right_or_wrong(values: Sequence[str]) -> list[str]:
    """Return values as labels of right and wrong rows; what is neither stays as it is."""
    texts = label_texts(values)
    return [RIGHT_OR_WRONG[CODES[x.lower()]] if x.lower() in CODES else x or "blank" for x in texts]
