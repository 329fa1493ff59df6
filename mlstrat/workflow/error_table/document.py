"""The document of `error-table`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.decisions import LARGEST
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import interval_json
from mlstrat.core.wording import Scale, clean, count, files_read
from mlstrat.show.blocks import Block, Paragraph, Verdict
from mlstrat.show.document import Document, Signature, findings_blocks, head
from mlstrat.workflow.error_table.findings import reading_level
from mlstrat.workflow.error_table.layout import (
    ReadRow,
    ceilings_table,
    grid_blocks,
    moves_blocks,
    second_blocks,
    sets_blocks,
    shares_table,
    verdict,
)
from mlstrat.workflow.error_table.table import (
    Category,
    ErrorTable,
    Kind,
    Move,
    SharedErrors,
    TagSet,
    TwoReadings,
    total_move,
)

if TYPE_CHECKING:
    from mlstrat.show.picture import Picture
    from mlstrat.workflow.error_table import schema

KINDS: dict[Kind, str] = {
    "false_positives": "false positives",
    "false_negatives": "false negatives",
}


@dataclass(frozen=True)
class Read:
    """What was read from the sheet.

    ``kind`` is the only kind of errors that was drawn, None for all; ``ignored`` are columns that
    mean nothing here, ``uncosted`` tags of the effort file that no error has; ``of_eyeball`` says
    that the errors are those of the eyeball set.
    """

    split: str | None = None
    kind: Kind | None = None
    tag_columns: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    uncosted: tuple[str, ...] = ()
    of_eyeball: bool = False


@dataclass(frozen=True)
class ErrorTableDocument(Document):
    """Why the errors are errors, and what could be gained."""

    table: ErrorTable
    findings: tuple[Finding, ...]
    signature: Signature
    read: Read | None = None
    rows: tuple[ReadRow, ...] | None = None
    before: ErrorTable | None = None
    moved: tuple[Move, ...] = field(default=())
    shared: SharedErrors | None = None
    second: tuple[int, tuple[TwoReadings, ...]] | None = None

    @property
    def categories(self) -> tuple[Category, ...]:
        """The tags, by falling share."""
        return self.table.categories

    @property
    def best_sets(self) -> tuple[TagSet, ...]:
        """The best set of one tag, of two, of three."""
        return self.table.best_sets

    def save_figure(self, path: str | Path) -> None:
        """Write the Pareto chart as SVG or PNG, as the ending says."""
        (figure,) = self.pictures()
        figure.save(self.own_place(path))

    def pictures(self) -> Sequence[Picture]:
        """Return the Pareto chart, drawn when it is shown."""
        from mlstrat.workflow.error_table.figure import tally_picture

        return (tally_picture(self.table, verdict(self.table)),)

    def to_dict(self) -> schema.ErrorTable:
        """Return the JSON document."""
        t = self.table
        out: schema.ErrorTable = {
            "schema": "mlstrat.error-table/1",
            **head(self.signature, self.findings),
            "split": None if self.read is None else self.read.split,
            "of": "errors" if self.read is None or self.read.kind is None else self.read.kind,
            "of_eyeball": self.read is not None and self.read.of_eyeball,
            "reviewed": t.reviewed,
            "drawn": t.drawn,
            "reading": reading_level(t.reviewed),
            "errors": t.split.errors,
            "error": t.split.error.to_dict(),
            "noise": t.split.noise,
            "detectable": _detectable(t),
            "categories": [category_json(c) for c in t.categories],
            "untagged": t.untagged,
            "untagged_share": None if t.untagged_share is None else t.untagged_share.to_dict(),
            "best_sets": [
                {
                    "tags": list(s.tags),
                    "covered": s.category.count,
                    "share": s.category.share.to_dict(),
                    "error": s.category.error,
                    "gain": s.category.ceiling.to_dict(),
                }
                for s in t.best_sets
            ],
            "ignored_columns": [] if self.read is None else list(self.read.ignored),
        }
        if self.rows is not None:
            out["rows"] = [
                {"id": r.name, "tags": list(r.tags), "comment": r.comment} for r in self.rows
            ]
        if self.before is not None:
            out["before"] = {
                "reviewed": self.before.reviewed,
                "errors": self.before.split.errors,
                "error": self.before.split.error.to_dict(),
            }
            out["error_change"] = total_move(self.before, t, self.shared).to_dict()
            out["moved"] = [_move(m) for m in self.moved]
        if self.second is not None:
            out["second"] = {"read_by_both": self.second[0],
                             "tags": [_two(x) for x in self.second[1]]}  # fmt: skip
        return out

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        t = self.table
        blocks: list[Block] = [Verdict(verdict(t), decision=LARGEST), Paragraph(self._how_many())]
        if t.categories:
            blocks += [shares_table(t), *ceilings_table(t)]
        blocks += sets_blocks(t)
        if self.before is not None:
            blocks += moves_blocks(self.before, t, self.moved, self.shared)
        if self.second is not None:
            blocks += second_blocks(*self.second)
        if self.rows is not None:
            blocks += grid_blocks(t, self.rows)
        blocks += findings_blocks(self.findings, self.table.scale)
        blocks.append(self._basis())
        return blocks

    def _how_many(self) -> str:
        t, scale = self.table, Scale()
        known = t.split.drawn_from
        kind = "errors" if self.read is None or self.read.kind is None else KINDS[self.read.kind]
        of = "" if known is None else f" of {count(known)}"
        one = t.reviewed == 1 and known is None
        text = f"{count(t.reviewed)}{of} {kind.removesuffix('s') if one else kind} "
        text += "of the eyeball set " if self.read is not None and self.read.of_eyeball else ""
        text += "was read" if t.reviewed == 1 else "were read"
        if t.drawn > t.reviewed:
            more = t.drawn - t.reviewed
            text += f", {count(more)} more wait{'s' if more == 1 else ''} on the sheet"
        if t.untagged:
            share = "" if t.untagged_share is None else f" ({scale.value(t.untagged_share.value)})"
            text += f"; {count(t.untagged)}{share} {'has' if t.untagged == 1 else 'have'} no tag"
        error = t.split.error
        if error.value is not None:
            text += f". The error is {scale.value(error.value)}"
            text += f" ({scale.interval(error.ci)})" if error.ci is not None else " as typed"
        return text + "."

    def _basis(self) -> Block:
        s = self.signature
        parts = []
        if s.inputs:
            parts.append(f"Read {files_read(s.inputs)}.")
        if self.read is not None and self.read.tag_columns:
            parts.append(f"Tags from {_names(self.read.tag_columns)}.")
        if self.read is not None and self.read.ignored:
            parts.append(f"Columns ignored: {_names(self.read.ignored)}.")
        if self.read is not None and self.read.uncosted:
            parts.append(f"Costs of tags that no error has: {_names(self.read.uncosted)}.")
        if len(self.table.categories) > 1 and self.table.best_sets:
            parts.append("Tags overlap, so shares need not add to 100%.")
        if self.table.random:
            parts.append(
                f"Intervals at {s.level}: shares are of this set, gains (in points) of the "
                "population; those of the largest tag, and of sets, allow for having been picked."
            )
        return Paragraph(" ".join(parts))

    def records(self) -> list[dict[str, Any]]:
        """Return one record a tag."""
        rows = [record(c) for c in self.table.categories]
        return rows or [dict.fromkeys(_RECORD)]


def _detectable(t: ErrorTable) -> schema.Detectable | None:
    can = t.detectable
    if can is None:
        return None
    return {"fewest_fixed": can.fewest_fixed, "disagreement": can.disagreement,
            "difference": can.difference}  # fmt: skip


def category_json(c: Category) -> schema.Category:
    """Return the JSON of a tag."""
    out: schema.Category = {
        "tag": c.tag,
        "count": c.count,
        "share": c.share.to_dict(),
        "ceiling": {
            "error": c.error,
            "gain": c.gain.value,
            "ci": interval_json(c.ceiling.ci),
        },
        "false_positives": c.false_positives,
        "false_negatives": c.false_negatives,
        "only": c.only,
        "only_share": None if c.only_share is None else c.only_share.to_dict(),
        "worth": c.worth,
        "full_fix": {"errors": c.fixed.to_dict(), "p_value": c.p_value},
    }
    if c.days is not None:
        out["effort"] = {"days": c.days, "gain_per_day": c.gain_per_day,
                         "share_per_day": c.share_per_day}  # fmt: skip
    return out


def _two(x: TwoReadings) -> schema.SecondTag:
    return {
        "tag": x.tag, "both": x.both, "first_only": x.first, "second_only": x.second,
        "neither": x.neither, "cohen_kappa": x.kappa.to_dict(),
        "gain_if_agreed": x.gains[0].to_dict(), "gain_if_either": x.gains[1].to_dict(),
        "worth": x.worth,
    }  # fmt: skip


def _move(m: Move) -> schema.Move:
    return {
        "tag": m.tag,
        "count": list(m.counts),
        "share": [x.to_dict() for x in m.shares],
        "share_change": m.share.to_dict(),
        "error": [x.to_dict() for x in m.errors],
        "error_change": m.error.to_dict(),
        "sure": m.sure,
        "shared": None if m.shared is None else {
            "read": m.shared.read,
            "only_before": m.shared.only_before,
            "only_after": m.shared.only_after,
        },
    }  # fmt: skip


_RECORD = (
    "tag", "count", "share", "share_low", "share_high", "error_left", "gain", "gain_low",
    "gain_high", "false_positives", "false_negatives", "only", "worth", "days", "gain_per_day",
)  # fmt: skip


def record(c: Category) -> dict[str, Any]:
    """Return the row of a tag, as CSV has it."""
    share, gain = c.share.ci or (None, None), c.ceiling.ci or (None, None)
    values = (
        c.tag, c.count, c.share.value, *share, c.error, c.gain.value, *gain, c.false_positives,
        c.false_negatives, c.only, c.worth, c.days, c.gain_per_day,
    )  # fmt: skip
    return dict(zip(_RECORD, values, strict=True))


def _names(names: Sequence[str]) -> str:
    return ", ".join(clean(name) for name in names)
