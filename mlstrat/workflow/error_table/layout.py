"""How a table of errors is laid out: the verdict, shares, ceilings, sets, the grid, what moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlstrat.core.wording import Scale, clean, count
from mlstrat.show.blocks import Block, Heading, Paragraph, Table
from mlstrat.workflow.error_table.findings import some
from mlstrat.workflow.error_table.moves import Move, SharedErrors, total_move
from mlstrat.workflow.error_table.table import Category, ErrorTable

LONGEST_TAG, LONGEST_COLUMN, LONGEST_COMMENT = 24, 14, 40
MOST_TAGS, MOST_ROWS = 30, 200
"""Tags and rows that a reader is shown; the JSON has all."""

EVERY_READ = "all read"
"""Stands for the interval of a share that is exact, since every error of the set was read."""


@dataclass(frozen=True)
class ReadRow:
    """An error that was read: its id or row, its tags, and the comment."""

    name: str
    tags: tuple[str, ...]
    comment: str


WORTH = {"yes": "yes", "no": "no", "undecided": "open", None: "–"}


def verdict(t: ErrorTable) -> str:
    """Return the first line: what to work on, or why that cannot be told."""
    seen = [c for c in t.categories if c.count]
    scale = Scale()
    if not seen:
        return f"No error has a tag yet: {count(t.reviewed)} were read."
    rough = "Only a hint: " if t.reviewed < 20 else ""
    largest = seen[0]
    if not t.random:
        return (
            f"Counts alone: {clean(largest.tag)} is in {count(largest.count)} of the "
            f"{count(t.reviewed)} errors that were read, and a ranking picked these."
        )
    if t.split.error.value is None or largest.error is None:
        of = "the errors" if t.split.pool is None else "the errors of this kind"
        share = f"{clean(largest.tag)} is in {scale.value(largest.share.value)} of {of}"
        if t.leading is not None and not t.leading.resolved:
            return f"{rough}{share}, not told apart from {clean(t.leading.tags[1])}."
        if t.leading is None:  # counts by tag alone do not say how they overlap
            return f"{rough}{share}{', the largest so far' if len(seen) > 1 else ''}."
        return f"{rough}{share}, more than any other tag."
    yes = [c for c in seen if c.worth == "yes"]
    no = [c for c in seen if c.worth == "no"]
    if yes:
        text = f"{'worth' if rough else 'Worth'} work: {some([_left(c, t) for c in yes], 3)}."
        return rough + text + (f" Not on their own: {some(_tags(no), 3)}." if no else "")
    if t.split.noise is None:
        return (
            f"{rough}{clean(largest.tag)} has the highest ceiling: without it the error is "
            f"{scale.value(largest.error)}, not {scale.value(t.split.error.value)}."
        )
    noise = scale.points(t.split.noise)
    if len(no) == len(seen):
        return (
            f"{rough}{'no' if rough else 'No'} tag alone is worth work: even "
            f"{clean(largest.tag)} takes at most "
            f"{scale.points(largest.gain.value)} off, less than the dev set's noise (±{noise})."
        )
    pool = t.split.drawn_from
    more = "" if pool is not None and t.reviewed >= pool else "read more errors, or "
    return (
        f"Cannot tell what is worth work: {_left(largest, t)} is the highest ceiling, not clear "
        f"of the dev set's noise (±{noise}); {more}use a larger dev set."
    )


def _left(c: Category, t: ErrorTable) -> str:
    scale = Scale()
    return f"{clean(c.tag)} ({scale.value(t.split.error.value)} → {scale.value(c.error)} at best)"


def _tags(categories: Sequence[Category]) -> list[str]:
    return [clean(c.tag) for c in categories]


def shares_table(t: ErrorTable) -> Table:
    """Return tag, count, share with interval, how often alone, false positives and negatives."""
    scale = Scale()
    binary = any(c.false_positives is not None for c in t.categories)
    alone = any(c.only is not None for c in t.categories)
    columns = ["tag", "errors", "share", "interval"]
    columns += ["alone"] * alone + ["FP", "FN"] * binary
    every = t.split.drawn_from is not None and t.reviewed >= t.split.drawn_from
    rows = []
    for c in t.categories[:MOST_TAGS]:
        interval = EVERY_READ if every and c.share.ci else scale.interval(c.share.ci)
        row = [clean(c.tag, LONGEST_TAG), count(c.count), scale.value(c.share.value), interval]
        if alone:
            row.append("–" if c.only_share is None else scale.value(c.only_share.value))
        if binary:
            row += [count(c.false_positives), count(c.false_negatives)]
        rows.append(tuple(row))
    return Table(tuple(columns), tuple(rows))


def ceilings_table(t: ErrorTable) -> list[Block]:
    """Return what would be left of the error, the gain with interval, and gain by day."""
    costed = any(c.days is not None for c in t.categories)
    if t.split.error.value is None and not costed and t.random:
        text = "For ceilings give the error of the split: --run RUN, or --error RATE."
        return [Paragraph(text)]
    if all(c.gain.value is None for c in t.categories) and not costed:
        return []
    scale = Scale()
    columns = ["if all were right", "left", "gain", "interval"]
    noise = t.split.noise is not None
    columns += ["> noise"] * noise
    columns += ["days", "a day"] * costed
    rows = []
    for c in t.categories[:MOST_TAGS]:
        row = [clean(c.tag, LONGEST_TAG), "–" if c.error is None else scale.value(c.error),
               _points(c.gain.value), scale.interval(c.gain.ci)]  # fmt: skip
        if noise:
            row.append(WORTH[c.worth])
        if costed:
            per_day = c.gain_per_day if t.split.error.value is not None else c.share_per_day
            row += ["–" if c.days is None else f"{c.days:g}", _points(per_day)]
        rows.append(tuple(row))
    out: list[Block] = [Table(tuple(columns), tuple(rows))]
    if t.split.error.value is not None and not noise:
        out.append(
            Paragraph(
                "Whether a ceiling is above the noise of the dev set takes its size: give the "
                "error as counts, --error 100/1000, or --run RUN."
            )
        )
    return out


def _points(x: float | None) -> str:
    return "–" if x is None else Scale().points(x).removesuffix(" points")


def sets_blocks(t: ErrorTable) -> list[Block]:
    """Return the best sets of one, two and three tags."""
    if len(t.categories) < 2 or not t.best_sets:
        return []
    scale = Scale()
    known = any(s.category.error is not None for s in t.best_sets)
    rows = tuple(
        (
            " + ".join(clean(tag, LONGEST_TAG) for tag in s.tags),
            count(s.category.count),
            scale.value(s.category.share.value),
            *((scale.value(s.category.error),) if known else ()),
        )
        for s in t.best_sets
    )
    head = Heading("Together: the sets of tags that cover most errors")
    return [head, Table(("tags", "errors", "share", *(("error left",) if known else ())), rows)]


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
    scale = Scale()
    shares = (scale.value(c.share.value) for c in t.categories[:MOST_TAGS])
    total = ("% of total", *shares, *(("",) if said else ()))
    more = f" ({MOST_ROWS} of {count(len(rows))})" if len(rows) > MOST_ROWS else ""
    names = (clean(tag, LONGEST_COLUMN) for tag in tags)
    columns = ("error", *names, *(("comment",) if said else ()))
    return [Heading(f"The errors that were read{more}"), Table(columns, (*shown, total))]


def moves_blocks(
    before: ErrorTable,
    after: ErrorTable,
    moved: Sequence[Move],
    shared: SharedErrors | None = None,
) -> list[Block]:
    """Return what moved since an earlier sheet."""
    scale = Scale()
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
    rows = []
    for m in moved[:MOST_TAGS]:
        pair, change = (m.errors, m.error) if m.error.value is not None else (m.shares, m.share)
        rows.append(
            (clean(m.tag, LONGEST_TAG), scale.value(pair[0].value), scale.value(pair[1].value),
             scale.points(change.value, sign=True).removesuffix(" points"),
             scale.interval(change.ci), "yes" if m.sure else "cannot tell")
        )  # fmt: skip
    what = "error from it" if known else "share"
    columns = (what, "before", "after", "change", "interval", "moved")
    if rows:
        blocks.append(Table(columns, tuple(rows)))
    sure = [m for m in moved if m.sure]
    if not (before.random and after.random):
        blocks.append(Paragraph("What moved cannot be told: a ranking picked the errors."))
    elif moved:
        blocks.append(Paragraph(_samples(shared)))
        none = "" if sure else "No tag is sure to have moved. "
        many = ""
        if len(moved) > 1:
            level = f"{100 * after.confidence:.3g}%"
            many = (
                f"Each interval stands by itself; moved is said at {level} of all "
                f"{count(len(moved))} tags together."
            )
        if none or many:
            blocks.append(Paragraph((none + many).strip()))
    return blocks


def _samples(shared: SharedErrors | None) -> str:
    """Say whether changes are paired."""
    if shared is None:
        return "No error was read on both sheets: changes are those of independent samples."
    errors = "error was" if shared.read == 1 else "errors were"
    return f"{count(shared.read)} {errors} read on both sheets, by id: changes are paired on them."
