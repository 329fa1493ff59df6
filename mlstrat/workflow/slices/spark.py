"""A run in Spark to be sliced: rows that are alike are counted there, and come back as counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mlstrat.core.cuts import Key
from mlstrat.core.hashing import ALL
from mlstrat.data.columns import Columns
from mlstrat.data.counting import tally
from mlstrat.data.examples import Examples
from mlstrat.data.grouping import unordered
from mlstrat.data.spark.table import HALF, HASH, ID, KEY, OTHER, N, SparkTable
from mlstrat.data.table import Table
from mlstrat.tasks.classification.predictions import Rule
from mlstrat.tasks.classification.row_source import wrong_of
from mlstrat.tasks.classification.sides import LabelSide

if TYPE_CHECKING:
    from mlstrat.workflow.slices.passes import Coding, Outcomes, Weighing


class CountedRule(Rule):
    """A rule that Spark has applied: the key of a row stands in a column."""

    def key(self, table: Table) -> Any:
        """Return the expression of that column."""
        return table.ns.col(KEY)


def condensed(
    table: SparkTable,
    columns: Columns,
    rule: Rule,
    names: Sequence[str],
    unit: Key,
    seed: int,
    more: Sequence[str] = (),
    weighing: Weighing | None = None,
) -> tuple[Table, Rule]:
    """Return a table in Polars of counts, one row for all that are alike, and the rule for it.

    `names` are further columns that tell rows apart, `more` columns of the frame that are not the
    run's, to keep too. Rows are halved by `unit`: of ids a column `HALF` tells the half; without
    ids or groups the whole content of a row does, and every column is kept.
    """
    import narwhals as nw
    import polars as pl

    roles = [columns.get(role) for role in ("label", "split", "group")]
    kept = [x for x in (*roles, *columns.people.values(), *names) if x is not None]
    if rule.kind == "column":
        kept.append(rule.columns[0])
    if unit == "row":
        kept += table.header
    kept = list(dict.fromkeys(kept))
    keys: dict[str, Any] = {f"k{i}": table.category(x) for i, x in enumerate(kept)}
    called = dict(zip(keys, kept, strict=True))
    if rule.kind != "column":
        keys["key"], called["key"] = rule.key(table), KEY
        rule = CountedRule(**{x: getattr(rule, x) for x in rule.__dataclass_fields__})
    keys |= {f"m{i}": nw.col(x) for i, x in enumerate(more)}
    called |= {f"m{i}": x for i, x in enumerate(more)}
    counting = table
    if unit == "id":
        counting = replace(table, frames=(table.hashed(columns.roles["id"], seed),))
        keys["half"], called["half"] = nw.col(HASH) >= ALL // 2, HALF
    sums = {"n": _multiple(table)}
    if weighing is not None:
        sums |= weighing.expressions(table)
    found = counting.collect(
        lambda frame: unordered(
            frame.select(*(x.alias(name) for name, x in (keys | sums).items())),
            keys,
            *(nw.col(x).sum() for x in sums),
        )
    )
    own = {key: name for key, name in called.items() if name not in kept}
    frame = found.frame.rename({**own, "n": N}).lazy()
    names = [own.get(key, key) for key in called]
    if unit == "row" and table.counts is None:
        places = [names[kept.index(x)] for x in table.header]
        alone = Table(table.name, table.header, (frame,), pl, tuple(places))
        hashes = Examples(alone, {"split": columns.get("split") or ""}, unit).hashes(seed)
        frame = frame.with_columns((hashes >= ALL // 2).alias(HALF))
        called[HALF] = HALF
        names.append(HALF)
    last = (*(x for x in sums if x != "n"), N)
    header, names = (*called.values(), *last), [*names, *last]
    return Table(table.name, header, (frame,), pl, tuple(names), counts=N), rule


def _multiple(table: Table) -> Any:
    """Return the expression of how many examples a row stands for."""
    import narwhals as nw

    return nw.lit(1, nw.Int64) if table.multiple is None else table.multiple


def paired_counts(left: LabelSide, right: LabelSide, coding: Coding, outcomes: Outcomes) -> Any:
    """Return the rows that two runs in Spark both predict as codes, lazily: joined there."""
    import polars as pl

    if not isinstance(left.table, SparkTable):
        raise TypeError("no table of Spark")
    wrong = wrong_of(right.keys, tally(right.table, right.keys.expressions(), {}))
    theirs = right.frame.select(right.id.alias(ID), wrong.cast(right.table.ns.Int64).alias(OTHER))
    joined = left.frame.with_columns(left.id.alias(ID)).join(theirs, on=ID, how="inner")
    counts, _ = condensed(
        replace(left.table, frames=(joined,)), left.keys.columns, left.keys.rule,
        [column.name for column, _ in coding.cuts], coding.examples.key, coding.seed, (OTHER,),
        coding.weighing,
    )  # fmt: skip
    codes = coding.expressions(coding.half, 2 * outcomes.wrong + pl.col(OTHER))
    return counts.frame.select(codes)
