"""How a table of errors is laid out: the verdict, shares, ceilings, sets, the grid, what moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mlstrat.core.wording import Scale, clean, cleaned, count, counts
from mlstrat.show.blocks import Block, Heading, Paragraph, Table
from mlstrat.workflow.error_table.findings import named, some
from mlstrat.workflow.error_table.table import (
    Category,
    ErrorTable,
    Move,
    SharedErrors,
    TwoReadings,
    total_move,
)

LONGEST_TAG, LONGEST_COMMENT = 24, 40
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
