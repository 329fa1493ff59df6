# Over 300 lines: the decomposition as blocks, whole and as one screen, stands together.
"""The decomposition as blocks: verdict, ladder, tables. Shared by `gaps` and `diagnose`."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mlstrat.core.decisions import CONTESTED, FOCUS, SMALL, SURPASSED, UNDETERMINED
from mlstrat.core.figures import Estimate
from mlstrat.core.findings import Finding
from mlstrat.core.wording import GAP_TITLES, Scale, count, counts, listed, share_of_resamples
from mlstrat.show.blocks import (
    Bar,
    Block,
    Heading,
    Item,
    Ladder,
    Paragraph,
    Step,
    Table,
    Verdict,
)
from mlstrat.show.document import item
from mlstrat.workflow.diagnose.findings import (
    DEV_EASIER,
    ERROR_FALLS,
    EVERY_GAP_SMALL,
    FOCUS_CODES,
    GAP_MAY_BE_NOISE,
    HUMAN_UNKNOWN,
    LEVEL_MISSING,
    VERDICT_OPEN,
)
from mlstrat.workflow.diagnose.ladder import SLACK, Decomposition, Gap

if TYPE_CHECKING:
    from mlstrat.workflow.diagnose.ladder import TwoWayTable

DECISIONS = {
    "focus": FOCUS, "contested": CONTESTED, "small": SMALL, "undetermined": UNDETERMINED,
}  # fmt: skip
"""What decides each first line; ``insufficient`` claims nothing."""


def verdict(result: Decomposition, scale: Scale) -> Verdict:
    """Return the first line of the document."""
    if result.before is not None:
        return Verdict(result.before.first_line(scale), result.before.rule.decision)
    decision = SURPASSED if result.surpassed else None
    if not (result.surpassed and result.verdict == "undetermined"):
        decision = DECISIONS.get(result.verdict)
    text = _verdict(result, scale)
    if result.beside is not None:
        text += f" {result.beside.sentence(scale)}"
    return Verdict(text, decision)


def _verdict(result: Decomposition, scale: Scale) -> str:
    named = [g for name in result.focus if (g := result.gap(name)) is not None]
    if result.verdict == "focus":
        text = f"Work on {listed([_with_points(g, result, scale) for g in named])}."
        if result.exact:
            text += " How sure that is cannot be told without counts."
        return text
    if result.verdict == "contested":
        first, *others = (named[0], *(g for g in result.candidates if g is not named[0]))
        rivals = [f"{title(g, result)}, {_here(g, scale)} here," for g in others]
        return f"Work on {_with_points(first, result, scale)}; {listed(rivals)} may be larger."
    if result.verdict == "small":
        text = f"Every gap is small: none is above {scale.points(result.tolerance)}."
        if named:
            text += f" The largest is {_with_points(named[0], result, scale)}."
        return text
    if not result.gaps:
        return "Cannot tell what to work on: there are no two neighbouring levels."
    return f"Cannot tell {_why_not(result, scale)}"


def title(gap: Gap, result: Decomposition) -> str:
    """Return what a gap is called: without a cause where dev and test are known to differ."""
    if gap.gap == "dev_overfit" and result.test_unlike_dev:
        return "the gap from dev to test"
    return GAP_TITLES[gap.gap]


def _with_points(gap: Gap, result: Decomposition, scale: Scale) -> str:
    return f"{title(gap, result)} ({scale.points(gap.value)})"


def _here(gap: Gap, scale: Scale) -> str:
    return scale.points(gap.value).removesuffix(" points")


def _why_not(result: Decomposition, scale: Scale) -> str:
    bounded = next((g for g in result.gaps if g.only_bounded), None)
    merged = next((g for g in result.candidates if g.merged and not g.only_bounded), None)
    if (
        not result.exact
        and result.most is not None
        and all(abs(g.counted) <= SLACK for g in result.gaps)
    ):
        return (
            "whether anything is left to work on: no gap is seen, and so few rows leave room for "
            f"{scale.points(result.most)}."
        )
    if bounded is not None and bounded.candidate:
        why = (
            "the model beats people on new examples" if result.surpassed
            else "no human level is known"
        )  # fmt: skip
        low, high = bounded.bounds or (0.0, 0.0)
        return (
            f"what to work on: {why}, so {GAP_TITLES[bounded.gap]} lies anywhere between "
            f"{scale.points(low)} and {scale.points(high)}."
        )
    easier = result.falling.get("data_mismatch")
    leading = max(result.gaps, key=lambda g: g.counted)
    if easier is not None and -easier.counted >= leading.counted:
        return (
            f"what to work on: dev is easier than train-dev, by {scale.points(-easier.counted)}. "
            "Measure people on both distributions."
        )
    if merged is not None:
        what, cure = {
            "variance_or_mismatch": ("variance from mismatch", "Make a train-dev set."),
            "avoidable_bias_or_variance": ("avoidable bias from variance", "Predict on train too."),
            "bias_variance_or_mismatch": ("bias, variance and mismatch apart",
                                          "Predict on train and on a train-dev set too."),
        }[merged.gap]  # fmt: skip
        return (
            f"{what}: {merged.start} → {merged.end} ({scale.points(merged.value)}) mixes "
            f"{'both' if merged.gap != 'bias_variance_or_mismatch' else 'all three'}. {cure}"
        )
    if leading.counted <= SLACK:
        return "what to work on: no gap is above 0."
    most = "" if result.most is None or math.isinf(result.most) else (
        f"; none is above {scale.points(result.most)}"
    )  # fmt: skip
    ci = "" if leading.ci is None else f" ({scale.interval(leading.ci)})"
    largest = f"{title(leading, result)}, {scale.points(leading.value)}{ci}"
    if any(g.shown and g.counted > SLACK for g in result.candidates):
        names = listed([title(g, result) for g in result.candidates])
        return f"which gap is the largest: {names} all may be. The largest seen is {largest}{most}."
    return f"what to work on: no gap stands clear of the noise. The largest is {largest}{most}."


def ladder(
    result: Decomposition, scale: Scale, confidence: float, loss: str = "error"
) -> list[Block]:
    """Return the picture and the two tables of a decomposition."""
    blocks: list[Block] = []
    points = _gap_values(result.gaps, scale)
    if result.levels:
        blocks += [Heading("The ladder"), picture(result, scale)]
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
            [title(g, result) for g in result.gaps],
            [f"{g.start} → {g.end}" for g in result.gaps],
            points,
            scale.intervals([g.ci for g in result.gaps]),
            [share_of_resamples(g.p_largest) for g in result.gaps],
            strict=True,
        )
        blocks.append(Table(("gap", "between", "points", percent, "largest in"), tuple(gap_rows)))
    return blocks


def _gap_values(gaps: Sequence[Gap], scale: Scale) -> list[str]:
    values = scale.differences([g.value for g in gaps])
    for i, gap in enumerate(gaps):
        if gap.only_bounded and gap.bounds is not None:
            values[i] = " to ".join(scale.points(x).removesuffix(" points") for x in gap.bounds)
    return values


def mark(gap: Gap, result: Decomposition) -> str:
    """Return what the picture says beside a gap: work on it, or that it may be the largest."""
    if result.verdict == "focus":
        return "◀ work on this" if gap.gap in result.focus else ""
    if result.verdict == "contested" and gap.gap == result.focus[0]:
        return "◀ work on this"
    open_ = result.verdict != "small" and result.before is None
    return "◁ may be the largest" if gap.candidate and open_ else ""


def picture(
    result: Decomposition, scale: Scale, confidence: float | None = None, loss: str = "error"
) -> Ladder:
    """Return the levels as bars, with the gaps between; at a confidence with the intervals, too."""
    levels, gaps = result.levels, result.gaps
    ends = [x.estimate.ci or (x.value, x.value) for x in levels]
    widest = max([high for _, high in ends] + [x.value for x in levels])
    unit = widest if widest > 0 and math.isfinite(widest) else 1.0
    cells: list[tuple[str, ...]] = [()] * len(levels)
    columns: tuple[str, ...] = ()
    within = [""] * len(gaps)
    if confidence is not None:
        columns = (loss, f"{100 * confidence:g}% interval", "rows")
        intervals = scale.intervals([x.estimate.ci for x in levels])
        sure = ["exact" if x.fixed else ci for x, ci in zip(levels, intervals, strict=True)]
        cells = list(zip(sure, counts([x.estimate.n for x in levels]), strict=True))
        intervals = scale.intervals([g.ci for g in gaps])
        within = ["" if g.ci is None else f" ({ci})" for g, ci in zip(gaps, intervals, strict=True)]
    points = " points" * scale.share
    steps = {
        g.end: Step(f"{title(g, result)}: {value}{points}{ci}", mark(g, result))
        for g, value, ci in zip(gaps, _gap_values(gaps, scale), within, strict=True)
    }
    parts: list[Bar | Step] = []
    labels = scale.values([x.value for x in levels])
    for level, (low, high), label, told in zip(levels, ends, labels, cells, strict=True):
        parts += [steps[level.name]] if level.name in steps else []
        parts.append(Bar(level.name, level.value / unit, low / unit, high / unit, label, told))
    drawn = confidence is None and any(x.estimate.ci is not None for x in levels)
    return Ladder(tuple(parts), drawn, columns)


def two_way(table: TwoWayTable, scale: Scale) -> list[Block]:
    """Return the table distribution × human / trained on / held out, with the gaps within."""
    rows = [
        (row, *_cells([table.cells.get((row, d)) for d in table.distributions], scale))
        for row in table.ROWS
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


LINES, COLUMNS = 24, 80
"""What a terminal shows."""

MOST_FINDINGS = 3

IN_THE_LADDER = (
    *FOCUS_CODES.values(), DEV_EASIER, ERROR_FALLS, EVERY_GAP_SMALL, HUMAN_UNKNOWN, LEVEL_MISSING,
)  # fmt: skip
"""Findings whose figures the ladder or the verdict tells: what is left to say is what to do."""

ORDER = {"issue": 0, "tip": 1, "note": 2}


def one_screen(
    first: Verdict,
    number: Sequence[Paragraph],
    result: Decomposition,
    scale: Scale,
    confidence: float,
    loss: str,
    findings: Sequence[Finding],
    below: Sequence[Paragraph],
    read: str,
) -> list[Block]:
    """Return verdict, number, ladder, the findings that come first, and where the rest is.

    `below` is what was asked for and stands below the ladder, such as a threshold that was chosen.
    """
    ladder = picture(result, scale, confidence, loss)
    text = [first.text, *(x.text for x in (*number, *below))]
    taken = sum(len(textwrap.wrap(x, COLUMNS)) for x in text) + len(ladder.parts) + 1 + 2
    telling = [x for x in findings if x.rule is not GAP_MAY_BE_NOISE]
    ranked = sorted(telling, key=lambda x: (not x.doubts, ORDER[x.severity]))
    room = min(MOST_FINDINGS, max(1, (LINES - taken - 3) // 2))
    shown = ranked[:room]
    said = {first.text}
    blocks: list[Block] = [first, *number, *([ladder] if result.levels else []), *below]
    blocks += [_brief(x, scale, said) for x in shown]
    blocks += [Paragraph(read)] if read else []
    return [*blocks, _rest(len(findings) - len(shown))]


def _brief(finding: Finding, scale: Scale, said: Collection[str]) -> Item:
    """Return a finding in two lines; what the screen says above is not said again."""
    whole = item(finding, scale)
    known = finding.rule in IN_THE_LADDER or any(whole.text in x for x in said)
    text = whole.text
    if finding.rule is VERDICT_OPEN:
        text = text.partition("? ")[2] or text  # the verdict asks the question
    steps = tuple(x[:1].upper() + x[1:] if known and not i else x
                  for i, x in enumerate(whole.next_steps))  # fmt: skip
    return replace(whole, text="" if known and steps else text, next_steps=steps, brief=True)


def _rest(more: int) -> Paragraph:
    others = f"{count(more)} more finding{'s' if more > 1 else ''}, " if more > 0 else ""
    return Paragraph(f"Add --full for {others}every table and next step.")
