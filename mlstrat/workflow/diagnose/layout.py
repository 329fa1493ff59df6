"""The decomposition as blocks: verdict, ladder, tables. Shared by `gaps` and `diagnose`."""

from __future__ import annotations

import math

from mlstrat.core.wording import GAP_TITLES, Scale, count, ladder_sides, listed, share_of_resamples
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
    if result.levels:
        blocks += [Heading("The ladder"), _picture(result, scale)]
    percent = f"{100 * confidence:g} % interval"
    level_rows = tuple(
        (
            level.name,
            scale.value(level.value),
            "taken as exact" if level.fixed else scale.interval(level.estimate.ci),
            count(level.estimate.n),
        )
        for level in result.levels
    )
    blocks.append(Table(("level", loss, percent, "rows"), level_rows))
    if result.gaps:
        gap_rows = tuple(
            (
                GAP_TITLES[g.gap],
                f"{g.start} → {g.end}",
                _gap_value(g, scale),
                scale.interval(g.ci),
                "–" if g.p_largest is None else share_of_resamples(g.p_largest),
            )
            for g in result.gaps
        )
        blocks.append(Table(("gap", "between", "points", percent, "largest in"), gap_rows))
    return blocks


def _gap_value(gap: Gap, scale: Scale) -> str:
    if gap.bounds is not None:
        low, high = (scale.points(x).removesuffix(" points") for x in gap.bounds)
        return f"{low} to {high}"
    return scale.points(gap.value, sign=True).removesuffix(" points")


def _picture(result: Decomposition, scale: Scale) -> Ladder:
    ends = {x.name: ladder_sides(x.estimate.ci, x.value) for x in result.levels}
    widest = max([high for _, high in ends.values()] + [x.value for x in result.levels])
    unit = widest if widest > 0 and math.isfinite(widest) else 1.0
    parts: list[Bar | Step] = []
    for level in result.levels:
        gap = next((g for g in result.gaps if g.end == level.name), None)
        if gap is not None:
            focus = gap.gap in result.focus
            points = _gap_value(gap, scale) + (" points" if scale.share else "")
            parts.append(Step(f"{GAP_TITLES[gap.gap]}: {points}", focus))
        low, high = ends[level.name]
        parts.append(
            Bar(level.name, level.value / unit, low / unit, high / unit, scale.value(level.value))
        )
    return Ladder(tuple(parts), any(x.estimate.ci is not None for x in result.levels))


def two_way(table: TwoWayTable, scale: Scale) -> list[Block]:
    """Return the table distribution × human / trained on / held out, with the gaps within."""
    rows = [
        (row, *(_cell(table, row, d, scale) for d in table.distributions))
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


def _cell(table: TwoWayTable, row: str, distribution: str, scale: Scale) -> str:
    found = table.cells.get((row, distribution))
    if found is None:
        return "not measured"
    text = scale.value(found.value)
    return text if found.ci is None else f"{text} ({scale.interval(found.ci)})"
