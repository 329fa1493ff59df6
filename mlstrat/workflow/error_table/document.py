# Over 300 lines: the document, and its tables one after another.
"""The document of `error-table`: the verdict, shares, ceilings, sets, the grid, what moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.decisions import LARGEST
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import interval_json
from mlstrat.core.record import Record
from mlstrat.core.wording import Scale, clean, cleaned, count, counts, files_read
from mlstrat.show.blocks import Block, Heading, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, findings_blocks, head
from mlstrat.workflow.error_table.findings import named, reading_level, some
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


LONGEST_TAG, LONGEST_COMMENT = 24, 40
MOST_TAGS, MOST_ROWS = 30, 200
"""Tags and rows that a reader is shown; the JSON has all."""

EVERY_READ = "all read"
"""Stands for the interval of a share that is exact, since every error of the set was read."""


class ReadRow(Record):
    """An error that was read: its id or row, its tags, and the comment."""

    name: str
    tags: tuple[str, ...]
    comment: str


WORTH = {"yes": "yes", "no": "no", "undecided": "open", None: "–"}


def verdict(t: ErrorTable) -> str:
    """Return the first line: the largest tag where that is decided, and what dev would show."""
    seen = [c for c in t.categories if c.count]
    if not seen and t.of_run:
        return "There are no errors to tell apart."
    if not seen:
        return f"No error has a tag yet: {count(t.reviewed)} were read."
    if not t.random:
        return (
            f"Counts alone: {named(seen[0].tag)} is in {count(seen[0].count)} of the "
            f"{count(t.reviewed)} errors that were read, and a ranking picked these."
        )
    which = _largest(t, seen)
    if t.reviewed < 20:
        which = f"Only a hint: {which[0].lower()}{which[1:]}"
    return f"{which} {_shown(t, seen)}".strip()


def _largest(t: ErrorTable, seen: Sequence[Category]) -> str:
    largest, pair = seen[0], t.leading
    if t.split.error.value is None or largest.error is None:
        of = "the errors" if t.split.pool is None else "the errors of this kind"
        share = f"{named(largest.tag)} is in {Scale().value(largest.share.value)} of {of}"
        if pair is not None and pair.tied:
            return f"{share}, not told apart from {some([named(tag) for tag in pair.tied], 3)}."
        return f"{share}{'' if pair is None else f', more than any other {t.noun}'}."
    if len(seen) == 1:
        error, left = (t.scale.value(x) for x in (t.split.error.value, largest.error))
        return f"Without {named(largest.tag)} the error is {left}, not {error}, at best."
    if pair is None or pair.tied:
        tied = () if pair is None else pair.tied
        rivals = [f"{named(c.tag)} (→ {t.scale.value(c.error)})"
                  for c in seen[1:] if c.tag in tied or pair is None]  # fmt: skip
        return (
            f"Cannot tell which {t.noun} is the largest of {some([_left(largest, t), *rivals], 2)}."
        )
    return f"The largest {t.noun} is {_left(largest, t)}."


def _shown(t: ErrorTable, seen: Sequence[Category]) -> str:
    worth = [c.worth for c in seen if c.worth is not None]
    if not worth:
        return ""
    fewest = None if t.detectable is None else f"{count(t.detectable.fewest_fixed)} errors"
    shown, perhaps = worth.count("yes"), worth.count("undecided")
    if len(worth) == 1:
        takes = "" if shown or fewest is None else f": that takes {fewest}"
        would = {"yes": "would", "no": "would not", "undecided": "may"}[worth[0]]
        return f"A full fix {would} show on this dev set{takes}."
    number = f"{count(shown) if shown else 'none'} of the {count(len(worth))} {t.noun}s"
    if shown == len(worth):
        number = f"{'both' if shown == 2 else f'all {count(shown)}'} {t.noun}s"
    more = f", and perhaps {count(perhaps)} more once more errors are read" if perhaps else ""
    start = "A full fix shows on this dev set"
    return f"{start}{'' if fewest is None else f' from {fewest} on'}: {number}{more}."


def _left(c: Category, t: ErrorTable) -> str:
    scale = t.scale
    return f"{named(c.tag)} ({scale.value(t.split.error.value)} → {scale.value(c.error)} at best)"


def table_of(columns: Mapping[str, Sequence[str]]) -> Table:
    """Return the table of some columns."""
    return Table(tuple(columns), tuple(zip(*columns.values(), strict=True)))


def shares_table(t: ErrorTable) -> Table:
    """Return tag, count, share with interval, how often alone, false positives and negatives."""
    scale, shown = Scale(), t.categories[:MOST_TAGS]
    known = None if t.of_run else t.split.drawn_from
    intervals = scale.intervals([c.share.ci for c in shown])
    if known is not None and t.reviewed >= known:
        pairs = zip(shown, intervals, strict=True)
        intervals = [EVERY_READ if c.share.ci else interval for c, interval in pairs]
    columns = {
        t.noun: tags_of(shown),
        "errors": counts([c.count for c in shown]),
        "share": scale.values([c.share.value for c in shown]),
        "interval": intervals,
    }
    if any(c.only is not None for c in t.categories):
        alone = [None if c.only_share is None else c.only_share.value for c in shown]
        columns["alone"] = ["–" if x is None else scale.value(x) for x in alone]
    if any(c.false_positives is not None for c in t.categories):
        columns["FP"] = counts([c.false_positives for c in shown])
        columns["FN"] = counts([c.false_negatives for c in shown])
    return table_of(columns)


def second_blocks(read: int, tags: Sequence[TwoReadings]) -> list[Block]:
    """Return what two readers say of each tag."""
    shown = tags[:MOST_TAGS]
    names = cleaned([x.tag for x in shown], LONGEST_TAG)
    out: list[Block] = [
        Heading("Two readers"),
        Paragraph(f"{count(read)} errors were read by both. Kappa is Cohen's."),
        table_of({
            "tag": names,
            "both": counts([x.both for x in shown]),
            "1st only": counts([x.first for x in shown]),
            "2nd only": counts([x.second for x in shown]),
            "kappa": ["–" if x.kappa.value is None else f"{x.kappa.value:z.2f}" for x in shown],
            "interval": ["–" if x.kappa.ci is None
                         else f"{x.kappa.ci[0]:z.2f} to {x.kappa.ci[1]:z.2f}" for x in shown],
        }),
    ]  # fmt: skip
    if any(x.gains[1].value is not None for x in tags):
        said = WORTH | {"undecided": "cannot tell"}
        out.append(table_of({
            "gain if all were right": names,
            "given by both": bare_points(Scale(), [x.gains[0].value for x in shown]),
            "by either": bare_points(Scale(), [x.gains[1].value for x in shown]),
            "shown": [said[x.worth] for x in shown],
        }))  # fmt: skip
    return out


def ceilings_table(t: ErrorTable) -> list[Block]:
    """Return what would be left of the error, the gain with interval, and gain by day."""
    costed = any(c.days is not None for c in t.categories)
    unknown = t.split.error.value is None
    if unknown and not costed and t.random:
        text = "For ceilings give the error of the split: --run RUN, or --error RATE."
        return [Paragraph(text)]
    if all(c.gain.value is None for c in t.categories) and not costed:
        return []
    scale, shown = t.scale, t.categories[:MOST_TAGS]
    left = ["–" if c.error is None else scale.value(c.error) for c in shown]
    at_most = [" at best" if c.tag in t.at_most else "" for c in shown]
    columns = {
        "if all were right": tags_of(shown),
        "left": list(map("".join, zip(left, at_most, strict=True))),
        "gain": bare_points(scale, [c.gain.value for c in shown]),
        "interval": scale.intervals([c.ceiling.ci for c in shown]),
    }
    told = any(c.worth is not None for c in t.categories)
    if told:
        columns["shown"] = [WORTH[c.worth] for c in shown]
    if costed:
        columns["days"] = ["–" if c.days is None else f"{c.days:g}" for c in shown]
        per_day = [c.share_per_day if unknown else c.gain_per_day for c in shown]
        columns["a day"] = bare_points(scale, per_day)
    out: list[Block] = [table_of(columns)]
    if not unknown and not told:
        out.append(Paragraph(
            "Whether this dev set would show a full fix depends on how many errors it has: give "
            "the error as counts, --error 100/1000, or --run RUN."
            if t.split.plain else
            "Rows come in groups or with weights: `mlstrat compare` tells whether this dev set "
            "would show a full fix, given a copy of the run in which these rows are right."
        ))  # fmt: skip
    return out


def tags_of(categories: Sequence[Category]) -> list[str]:
    """Return the column of tags."""
    return cleaned([c.tag for c in categories], LONGEST_TAG)


def bare_points(scale: Scale, column: Iterable[float | None]) -> list[str]:
    """Return a column of differences, without the word."""
    return ["–" if x is None else scale.points(x).removesuffix(" points") for x in column]


def sets_blocks(t: ErrorTable) -> list[Block]:
    """Return the best sets of one, two and three tags."""
    if len(t.categories) < 2 or not t.best_sets:
        return []
    scale, sets = Scale(), [s.category for s in t.best_sets]
    columns = {
        "tags": [" + ".join(cleaned(s.tags, LONGEST_TAG)) for s in t.best_sets],
        "errors": counts([c.count for c in sets]),
        "share": scale.values([c.share.value for c in sets]),
    }
    if any(c.error is not None for c in sets):
        columns["error left"] = scale.values([c.error for c in sets])
    return [Heading("Together: the sets of tags that cover most errors"), table_of(columns)]


def grid_blocks(t: ErrorTable, rows: Sequence[ReadRow]) -> list[Block]:
    """Return the lecture's table: a row an error, a column a tag, the share of each below."""
    tags = [c.tag for c in t.categories[:MOST_TAGS]]
    if not tags:
        return []
    said = any(r.comment.strip() for r in rows)
    shown = [
        (
            clean(r.name, LONGEST_TAG),
            *("x" if tag in r.tags else "" for tag in tags),
            *((clean(r.comment, LONGEST_COMMENT),) if said else ()),
        )
        for r in rows[:MOST_ROWS]
    ]
    shares = Scale().values(c.share.value for c in t.categories[:MOST_TAGS])
    total = ("% of total", *shares, *(("",) if said else ()))
    more = f" ({MOST_ROWS} of {count(len(rows))})" if len(rows) > MOST_ROWS else ""
    columns = ("error", *cleaned(tags, LONGEST_TAG), *(("comment",) if said else ()))
    table = Table(columns, (*shown, total), marks=True)
    return [Heading(f"The errors that were read{more}"), table]


def moves_blocks(
    before: ErrorTable,
    after: ErrorTable,
    moved: Sequence[Move],
    shared: SharedErrors | None = None,
) -> list[Block]:
    """Return what moved since an earlier sheet."""
    scale, shown = Scale(), moved[:MOST_TAGS]
    known = any(m.error.value is not None for m in moved)
    total = total_move(before, after, shared)
    blocks: list[Block] = [Heading("What moved since the earlier sheet")]
    if total.value is not None and not (shared is not None and shared.same):
        around = "" if total.ci is None else f" ({scale.interval(total.ci)})"
        blocks.append(
            Paragraph(
                f"The error went from {scale.value(before.split.error.value)} to "
                f"{scale.value(after.split.error.value)}: "
                f"{scale.points(total.value, sign=True)}{around}."
            )
        )
    if shown:
        of_error = [m.error.value is not None for m in shown]
        pairs = [m.errors if x else m.shares for m, x in zip(shown, of_error, strict=True)]
        changes = [m.error if x else m.share for m, x in zip(shown, of_error, strict=True)]
        blocks.append(table_of({
            "error from it" if known else "share": cleaned([m.tag for m in shown], LONGEST_TAG),
            "before": scale.values([x.value for x, _ in pairs]),
            "after": scale.values([x.value for _, x in pairs]),
            "change": [scale.points(x.value, sign=True).removesuffix(" points") for x in changes],
            "interval": scale.intervals([x.ci for x in changes]),
            "moved": ["yes" if m.sure else "cannot tell" for m in shown],
        }))  # fmt: skip
    if not (before.random and after.random):
        blocks.append(Paragraph("What moved cannot be told: a ranking picked the errors."))
    elif moved:
        blocks.append(Paragraph(_samples(shared)))
        none = "" if any(m.sure for m in moved) else "No tag is sure to have moved. "
        many = ""
        if len(moved) > 1:
            level = f"{100 * after.confidence:.3g}%"
            many = (
                f"Each interval is for one change alone; moved is said at {level} of all "
                f"{count(len(moved))} tags together."
            )
        if none or many:
            blocks.append(Paragraph((none + many).strip()))
    return blocks


def _samples(shared: SharedErrors | None) -> str:
    if shared is None:
        return "No error was read on both sheets: changes are those of independent samples."
    errors = "error was" if shared.read == 1 else "errors were"
    return f"{count(shared.read)} {errors} read on both sheets, by id: changes are paired on them."


KINDS: dict[Kind, str] = {
    "false_positives": "false positives",
    "false_negatives": "false negatives",
}


class Read(Record):
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
