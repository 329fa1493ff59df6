"""The document of `slices`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.decisions import LARGEST, SLICES
from mlstrat.core.figures import Figure
from mlstrat.core.wording import Scale, clean, count, file_names, listed
from mlstrat.show.blocks import Block, Heading, Table, Verdict
from mlstrat.show.document import Document, Signature, ends, findings_blocks, head
from mlstrat.workflow.slices import layout as parts
from mlstrat.workflow.slices.analysis import Sliced
from mlstrat.workflow.slices.compute import Slice
from mlstrat.workflow.slices.differences import SliceDifference
from mlstrat.workflow.slices.findings import condition, slice_name
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


@dataclass(frozen=True)
class SliceDocument(Document):
    """Where errors concentrate."""

    result: Sliced
    names: tuple[str, str]
    signature: Signature
    columns: Mapping[str, str]

    @property
    def slices(self) -> tuple[Slice, ...]:
        """The slices, the most errors above the rest first."""
        return self.result.slices

    @property
    def confirmed(self) -> tuple[Slice, ...]:
        """Those that held on the half that was not searched."""
        return tuple(x for x in self.result.slices if x.confirmed)

    @property
    def differences(self) -> tuple[SliceDifference, ...]:
        """The slices on which two models differ most; none where there is one model."""
        return self.result.differences or ()

    def save_figure(self, path: str | Path) -> None:
        """Write the heat map of two columns as SVG or PNG.

        Raises
        ------
        UsageError
            Where other than two columns are sliced by.
        """
        from mlstrat.workflow.slices.figure import heatmap_figure

        heatmap_figure(self.result.heat, self._verdict(), self.own_place(path))

    def to_dict(self) -> schema.Slices:
        """Return the JSON document."""
        r = self.result
        found: schema.Slices = {
            "schema": "mlstrat.slices/1",
            **head(self.signature, r.findings),
            "split": r.split,
            "n": r.n,
            "errors": r.errors,
            "error": r.error.to_dict(),
            "min_size": r.smallest,
            "halves": self._halves(),
            "columns": [
                {"column": x.name, "values": list(x.values), "joined": x.joined} for x in r.columns
            ],
            "left_out": [
                {"column": x.name, "reason": x.reason, "values": x.distinct} for x in r.left_out
            ],
            "slices": [parts.slice_json(x) for x in r.slices],
            "label_pairs": [parts.label_pair_json(x) for x in r.pairs],
            "to_settle": None
            if r.leading is None or r.leading.to_settle is None
            else r.leading.to_settle.to_dict(),
        }
        if r.differences is not None and r.whole_difference is not None:
            found["versus"] = {
                "a": self.names[0],
                "b": self.names[1],
                "whole": parts.difference_json(r.whole_difference),
                "slices": [parts.difference_json(x) for x in r.differences],
            }
        if r.mismatch is not None:
            found["mismatch"] = mismatch_json(r.mismatch)
        if r.heat is not None:
            found["heat_map"] = parts.heat_json(r.heat)
        return found

    def _halves(self) -> schema.Halves | None:
        unit, rows = self.result.unit, self.result.half_rows
        if unit is None or rows is None:
            return None
        return {"by": unit, "searched": rows[0], "held_out": rows[1]}

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        r = self.result
        blocks: list[Block] = [Verdict(self._verdict(), LARGEST if r.mismatch else SLICES)]
        if r.mismatch is not None:
            blocks += mismatch_blocks(r.mismatch)
        if r.differences is not None:
            blocks += parts.difference_blocks(r.differences, *self._short())
        blocks += parts.slice_blocks(r)
        if r.heat is not None:
            blocks += parts.heat_blocks(r.heat)
        blocks += parts.label_pair_blocks(r)
        blocks += findings_blocks(r.findings, Scale(r.share))
        blocks.append(self._basis())
        return blocks

    def _short(self) -> list[str]:
        return [clean(x, 30) for x in file_names(self.names)]

    def _verdict(self) -> str:
        r = self.result
        if r.mismatch is not None:
            return mismatch_verdict(r.mismatch)
        if r.differences is not None:
            names = self._short()
            if r.whole_difference is not None and not any(r.whole_difference.quadrants[1:3]):
                return f"{names[0]} and {names[1]} are right and wrong on the same rows."
            return parts.difference_verdict(r.differences, *names)
        if not r.errors:
            return f"No errors on {r.split}: {count(r.n)} rows, all right."
        sure = self.confirmed
        scale = Scale()
        if not sure:
            return f"Cannot tell where errors concentrate: no slice of {r.split} is confirmed."
        first = sure[0]
        if first.held_out is None or first.above is None:
            raise ValueError("what is confirmed was tested")
        return (
            f"Errors concentrate in {slice_name(dict(first.where))}: on the half held out "
            f"{scale.value(first.held_out.value)} of its rows are wrong, "
            f"{scale.points(first.above.value)} ({scale.interval(first.above.ci)}) above the rest. "
            f"It holds {100 * (first.share_of_errors or 0.0):.0f}% of all errors."
        )

    def _basis(self) -> Block:
        s, r, halves = self.signature, self.result, self._halves()
        if halves is None:
            raise ValueError("rows that are not halved have a basis of their own")
        way = {"group": "the hash of the group", "id": "the hash of the id",
               "row": "the hash of the row's content", "lot": "lot"}[halves["by"]]  # fmt: skip
        predicted = self.columns.get("prediction") or self.columns.get("score") or "probabilities"
        read = f"label {clean(self.columns.get('label', ''))}, predictions {clean(predicted)}"
        if correct := self.columns.get("correct"):
            read = f"right or wrong by {clean(correct)}"
        return s.basis(
            f"; split {r.split}, {read}. Slices of {count(r.smallest)} rows or more, of "
            f"{listed([clean(x.name, 30) for x in r.columns])}. Searched on "
            f"{count(halves['searched'])} rows, tested on {count(halves['held_out'])}, halves by "
            f"{way}",
            f", seed {s.seed}",
        )

    def records(self) -> list[dict[str, Any]]:
        """Return one record a slice; of the gap's slices with --mismatch, or of two models."""
        r = self.result
        if r.mismatch is not None:
            return mismatch_records(r.mismatch)
        if r.differences is not None and r.whole_difference is not None:
            return parts.difference_records(r.differences, r.whole_difference)
        return parts.slice_records(r)
