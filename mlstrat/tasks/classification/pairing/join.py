# Over 300 lines: the join and what is counted of it stand together.
"""Two runs on the same examples: paired by id in one lazy join, counted as one table.

The order of rows plays no part. Whether every id met exactly one partner is seen without a second
join: rows and hashes of ids, summed over each run and over the pairs, must agree. Only where they
do not are the ids looked at one by one (`mlstrat.tasks.classification.pairing.open`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mlstrat.core.counts import ABSTAINED
from mlstrat.core.findings import Finding
from mlstrat.core.pairs import PairCells
from mlstrat.data.counting import squares_of
from mlstrat.data.grouping import Counted, unordered
from mlstrat.data.parts import InputFile
from mlstrat.data.progress import counted
from mlstrat.data.values import as_labels, display_order, resolve_positive, word_for_positive
from mlstrat.errors import InputError
from mlstrat.tasks.classification.contingency import label_codes
from mlstrat.tasks.classification.losses import weight_sums
from mlstrat.tasks.classification.meant.look import judge
from mlstrat.tasks.classification.meant.seen import Seen
from mlstrat.tasks.classification.pairing.open import (
    LabelSide,
    Sides,
    check_labels,
    open_sides,
)
from mlstrat.tasks.classification.pairing.scores import (
    Losses,
    pair_losses,
    read_pair_scores,
    summed_losses,
)
from mlstrat.tasks.findings import NO_SPLIT_COLUMN, say
from mlstrat.tasks.keys import bucket_notes, collapse, group_codes, text_codes
from mlstrat.tasks.pairing import added, id_hash, in_parts
from mlstrat.tasks.unpaired import Unpaired, unpaired

if TYPE_CHECKING:
    from mlstrat.core.operating.choose import Threshold
    from mlstrat.core.operating.point import Point

NONE_UNPAIRED = Unpaired(0, ())


@dataclass(frozen=True)
class Pair:
    """Two models on the same examples, counted.

    Attributes
    ----------
    cells
        The joint table of the split.
    names
        What to call the two.
    columns
        The column of each role, of each of the two.
    inputs
        What was read; one where both stand in one file.
    task
        ``binary`` where at most two labels occur.
    positive
        The positive class, or None.
    missing, extra
        Ids of a that b does not have, and of b that a does not have; they are left out.
    notes
        What is worth a finding: its code and evidence.
    points
        The threshold of each that was chosen on dev; None where none was.
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
    complete = _complete(joined, left, right)
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
        if side.keys.rule.kind == "column":
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
    by = (*keys, "label b", "prediction b")

    def mine(a: LabelSide) -> Any:
        return a.frame.select(
            a.id.alias("id"),
            # A number goes through the join cheaper than an id.
            (id_hash(a.id) if a.table.polars else ns.lit(0)).alias("hash"),
            *(e.alias(k) for k, e in {**keys, **sums}.items()),
            *(losses.mine if losses else ()),
        )

    def other(b: LabelSide) -> Any:
        return b.frame.select(
            b.id.alias("id"),
            theirs["label"].alias("label b"),
            theirs["prediction"].alias("prediction b"),
            *(losses.theirs if losses else ()),
        )

    def count(a: LabelSide, b: LabelSide) -> Any:
        one, two = counted(mine(a)), counted(other(b))
        joined = (
            ns.concat([one, two.drop("id")], how="horizontal")
            if b.aligned
            else one.join(two, on="id", how="inner")
        )
        return unordered(
            joined,
            by,
            ns.len().alias("n"),
            *(ns.col(name).sum() for name in ("hash", *sums)),
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
    checked = right.aligned and left.keys.columns.get("split") is None  # these very rows
    labels_a, codes_a, own = label_codes(left.keys, joined, checked=checked)
    renamed = joined.frame.select("label b", "prediction b", "n").rename(
        {"label b": "label", "prediction b": "prediction"}
    )
    labels_b, codes_b, _ = label_codes(right.keys, Counted(renamed, True), checked=checked)
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

    def total(name: str) -> Any:
        return np.add.reduceat(joined.ints(name)[order], starts)

    n = total("n")
    weighted = "weight" in scales
    return PairCells(
        labels,
        split or "dev",
        columns[0][first],
        columns[1][first],
        columns[2][first],
        n,
        total("weight") / scales["weight"] if weighted else n.astype(np.float64),
        squares_of(
            total("weight") / scales["weight"],
            total("weight_squared") / scales["weight_squared"],
            n,
        )
        if weighted
        else n.astype(np.float64),
        weighted,
        None if group is None else group[first],
        {name: (values, codes[first]) for name, (values, codes) in slices.items()},
        summed_losses({name: total(name) / scale for name, scale in scales.items()}),
    )
