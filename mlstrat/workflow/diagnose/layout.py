"""The decomposition as blocks: verdict, ladder, tables. Shared by `gaps` and `diagnose`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mlstrat.core.figures import Estimate
from mlstrat.core.wording import (
    GAP_TITLES,
    Scale,
    counts,
    listed,
    share_of_resamples,
    shares_of_resamples,
)
from mlstrat.show.blocks import Bar, Block, Heading, Ladder, Paragraph, Step, Table, Verdict
from mlstrat.workflow.diagnose.ladder import Decomposition, Gap
from mlstrat.workflow.diagnose.two_way import TwoWayTable


def verdict(result: Decomposition, scale: Scale) -> Verdict:
    """Return the first line of the document."""
    return Verdict(_verdict(result, scale))


def _verdict(result: Decomposition, scale: Scale) -> str:
    named = [g for name in result.focus if (g := result.gap(name)) is not None]
    if result.verdict == "focus":
        gaps = listed([f"{GAP_TITLES[g.gap]} ({scale.points(g.value)})" for g in named])
        text = f"Work on {gaps}."
        first = named[0]
        if first.p_largest is not None:
            share = share_of_resamples(first.p_largest)
            what = "It is" if len(named) == 1 else f"{GAP_TITLES[first.gap].capitalize()} is"
            text += f" {what} the largest gap in {share} of resamples."
        elif any(x.estimate.n is None and not x.fixed for x in result.levels):
            text += " How sure that is cannot be told without counts."
        return text
    if result.verdict == "small":
        text = f"Every gap is small: none is above {scale.points(result.tolerance)}."
        if named:
            text += f" The largest is {GAP_TITLES[named[0].gap]} ({scale.points(named[0].value)})."
        return text
    bias = result.gap("avoidable_bias")
    if "train" in result.missing:
        return "Cannot tell what to work on: there is no training error to measure gaps from."
    if bias is not None and bias.bounds is not None:
        why = "the model beats the human level" if result.surpassed else "no human level is known"
        low, high = bias.bounds
        return (
            f"Cannot tell what to work on: {why}, so avoidable bias lies anywhere between "
            f"{scale.points(low)} and {scale.points(high)}."
        )
    both = result.gap("variance_or_mismatch")
    if both is not None:
        return (
            f"Cannot tell variance from mismatch: train → dev ({scale.points(both.value)}) mixes "
            "both. Make a train-dev set."
        )
    return "Cannot tell what to work on: there are no two neighbouring levels."


def ladder(
    result: Decomposition, scale: Scale, confidence: float, loss: str = "error"
) -> list[Block]:
    """Return the picture and the two tables of a decomposition."""
    blocks: list[Block] = []
    points = [_gap_value(g, scale) for g in result.gaps]
    if result.levels:
        blocks += [Heading("The ladder"), _picture(result, scale, points)]
    percent = f"{100 * confidence:g}% interval"
    estimates = [level.estimate for level in result.levels]
    intervals = scale.intervals([x.ci for x in estimates])
    exact = zip(result.levels, intervals, strict=True)
    level_rows = zip(
        [level.name for level in result.levels],
        scale.values([x.value for x in estimates]),
        ["taken as exact" if level.fixed else interval for level, interval in exact],
        counts([x.n for x in estimates]),
        strict=True,
    )
    blocks.append(Table(("level", loss, percent, "rows"), tuple(level_rows)))
    if result.gaps:
        gap_rows = zip(
            [GAP_TITLES[g.gap] for g in result.gaps],
            [f"{g.start} → {g.end}" for g in result.gaps],
            points,
            scale.intervals([g.ci for g in result.gaps]),
            shares_of_resamples([g.p_largest for g in result.gaps]),
            strict=True,
        )
        blocks.append(Table(("gap", "between", "points", percent, "largest in"), tuple(gap_rows)))
    return blocks


def _gap_value(gap: Gap, scale: Scale) -> str:
    if gap.bounds is not None:
        low, high = (scale.points(x).removesuffix(" points") for x in gap.bounds)
        return f"{low} to {high}"
    return scale.points(gap.value, sign=True).removesuffix(" points")


def _picture(result: Decomposition, scale: Scale, points: Sequence[str]) -> Ladder:
    values = [level.value for level in result.levels]
    ends = [
        level.estimate.ci or (value, value)
        for level, value in zip(result.levels, values, strict=True)
    ]
    widest = max([high for _, high in ends] + values)
    unit = widest if widest > 0 and math.isfinite(widest) else 1.0
    steps = {g.end: (g, text) for g, text in zip(result.gaps, points, strict=True)}
    parts: list[Bar | Step] = []
    labels = scale.values(values)
    for level, value, (low, high), label in zip(result.levels, values, ends, labels, strict=True):
        if level.name in steps:
            gap, text = steps[level.name]
            text += " points" if scale.share else ""
            parts.append(Step(f"{GAP_TITLES[gap.gap]}: {text}", gap.gap in result.focus))
        parts.append(Bar(level.name, value / unit, low / unit, high / unit, label))
    return Ladder(tuple(parts), any(x.estimate.ci is not None for x in result.levels))


def two_way(table: TwoWayTable, scale: Scale) -> list[Block]:
    """Return the table distribution × human / trained on / held out, with the gaps within."""
    rows = [
        (row, *_cells([table.cells.get((row, d)) for d in table.distributions], scale))
        for row in TwoWayTable.ROWS
    ]
    for name, low, high in (
        ("avoidable bias", "human", "trained on"),
        ("variance", "trained on", "held out"),
    ):
        gaps = [table.difference(low, high, d) for d in table.distributions]
        if any(g is not None for g in gaps):
            rows.append((name, *("–" if g is None else scale.points(g, sign=True) for g in gaps)))
    return [
        Heading("Two distributions"),
        Table(("", *table.distributions), tuple(rows)),
        Paragraph("Down a column: avoidable bias, then variance. Along a row: data mismatch."),
    ]


def _cells(row: Sequence[Estimate | None], scale: Scale) -> list[str]:
    values = scale.values([None if x is None else x.value for x in row])
    intervals = scale.intervals([None if x is None else x.ci for x in row])
    return [
        "not measured" if x is None else value if x.ci is None else f"{value} ({interval})"
        for x, value, interval in zip(row, values, intervals, strict=True)
    ]
