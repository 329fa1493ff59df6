"""The part of the document of `slices` that takes a gap apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlstrat.core.figures import Figure
from mlstrat.core.wording import Scale, clean, count
from mlstrat.show.blocks import Block, Heading, Table
from mlstrat.show.document import ends
from mlstrat.workflow.slices.findings import condition
from mlstrat.workflow.slices.layout import LONGEST, percent
from mlstrat.workflow.slices.mismatch import Mismatch

if TYPE_CHECKING:
    from mlstrat.workflow.slices import schema

MOST_PARTS = 12
"""Parts of a gap that a reader is shown; the JSON has all."""


def mismatch_json(m: Mismatch) -> schema.Mismatch:
    """Return the JSON of a gap."""
    return {
        "from": m.start,
        "to": m.end,
        "gap": m.gap.to_dict(),
        "columns": [
            {"column": x.column, "mix": x.mix.to_dict(), "within": x.within.to_dict()}
            for x in m.columns
        ],
        "slices": [
            {
                "where": {x.column: x.value},
                "n": dict(zip((m.start, m.end), x.rows, strict=True)),
                "share": dict(zip((m.start, m.end), x.shares, strict=True)),
                "error": dict(zip((m.start, m.end), x.errors, strict=True)),
                "mix": x.mix.to_dict(),
                "within": x.within.to_dict(),
            }
            for x in m.slices()
        ],
    }


def mismatch_verdict(m: Mismatch) -> str:
    """Return the first line of a gap."""
    scale = Scale()
    text = f"{m.start} → {m.end}: {scale.points(m.gap.value, sign=True)}{_between(m.gap)}"
    if m.gap.ci is not None and m.gap.ci[0] <= 0 <= m.gap.ci[1]:
        return f"Cannot tell whether there is a gap. {text}."
    best = m.largest_mix()
    return (
        f"{text}. Another mix of {clean(best.column, 30)} makes up "
        f"{scale.points(best.mix.value, sign=True)}{_between(best.mix)}, error within its values "
        f"{scale.points(best.within.value, sign=True)}{_between(best.within)}."
    )


def mismatch_blocks(m: Mismatch) -> list[Block]:
    """Return the tables of a gap."""
    scale = Scale()

    def points(x: Figure) -> str:
        return scale.points(x.value, sign=True).removesuffix(" points")

    columns = tuple(
        (clean(x.column, 24), points(x.mix), scale.interval(x.mix.ci), points(x.within),
         scale.interval(x.within.ci))
        for x in sorted(m.columns, key=lambda x: -abs(x.mix.value or 0.0))
    )  # fmt: skip
    found = m.slices()
    slices = tuple(
        (
            condition(x.column, x.value, LONGEST),
            " → ".join(percent(y) for y in x.shares),
            " → ".join(percent(y) for y in x.errors),
            points(x.mix),
            points(x.within),
        )
        for x in found[:MOST_PARTS]
    )
    name = f"Slices that make up the gap ({min(MOST_PARTS, len(found))} of {count(len(found))})"
    return [
        Heading(f"The gap {m.start} → {m.end} by column, in points; columns do not add up"),
        Table(("column", "mix", "interval", "within", "interval "), columns),
        Heading(name),
        Table(("slice", "share of rows", "error", "mix", "within"), slices),
    ]


def mismatch_records(m: Mismatch) -> list[dict[str, Any]]:
    """Return one record a slice of the gap."""
    return [
        {"column": x.column, "value": x.value, "n_from": x.rows[0], "n_to": x.rows[1],
         "error_from": x.errors[0], "error_to": x.errors[1], **ends("mix", x.mix, "mix"),
         **ends("within", x.within, "within")}
        for x in m.slices()
    ]  # fmt: skip


def _between(figure: Figure) -> str:
    return "" if figure.ci is None else f" ({Scale().interval(figure.ci)})"
