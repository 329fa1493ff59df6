"""The parts of a report: each document of another command, taken apart and laid out anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mlstrat.core.findings import Finding
from mlstrat.core.record import Record
from mlstrat.core.wording import Scale, count, some_of
from mlstrat.show.blocks import Block, Fold, Heading, Item, Lead, Paragraph, Table, Verdict
from mlstrat.show.document import Document
from mlstrat.workflow.compare.compute import SliceComparison
from mlstrat.workflow.compare.document import ComparisonDocument, change_in, slice_cells
from mlstrat.workflow.report.findings import COLUMNS_NOT_COMPARED, SLICES_WORSE

TITLES = {
    "ladder": "The ladder",
    "number": "The single number",
    "compare": "Against the baseline",
    "error-table": "What the errors are",
    "mislabels": "Wrong labels",
    "slices": "Slices that got worse",
    "select": "The candidates",
    "history": "The history of the gaps",
}
"""Parts in the order of the workflow, with their titles."""

MOST_TEXT = 1200
"""Characters of a sentence that a report shows: evidence can name every class there is."""

MOST_TABLE = 60
"""Rows of a table that a report shows; the JSON has all."""


class Section(Record):
    """One part of a report: what stands open, and what is folded."""

    name: str
    title: str
    lead: str
    body: tuple[Block, ...] = ()
    folds: tuple[Fold, ...] = ()


@dataclass
class Pieces:
    """A document taken apart."""

    lead: str = ""
    open: list[Block] = field(default_factory=list)
    headed: list[Fold] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    basis: list[Block] = field(default_factory=list)


def take_apart(document: Document) -> Pieces:
    """Return verdict, open blocks, headed parts, findings, and what it is based on."""
    out = Pieces()
    headed: list[tuple[str, list[Block]]] = []
    into = out.open
    for block in document.blocks():
        match block:
            case Verdict(text):
                out.lead = text
            case Heading("Findings"):
                into = out.basis
            case Heading(text):
                headed.append((text, []))
                into = headed[-1][1]
            case Item():
                out.items.append(_short_item(block))
                into = out.basis
            case _:
                into.append(_short(block))
    _take_basis(out, headed)
    out.headed = [Fold(title, tuple(blocks)) for title, blocks in headed]
    return out


def _take_basis(pieces: Pieces, headed: list[tuple[str, list[Block]]]) -> None:
    """Move what was read, which ends a document without findings, to where a report tells it."""
    last = headed[-1][1] if headed else pieces.open
    if last and isinstance(last[-1], Paragraph) and last[-1].text.startswith("Read "):
        pieces.basis.append(last.pop())


def sections_of(
    parts: Mapping[str, Document], pieces: Mapping[str, Pieces], notes: Sequence[Item]
) -> list[Section]:
    """Return the sections of a report, in the order of the workflow; notes are of the slices."""
    out: list[Section] = []
    told: set[Item] = set()
    for name, piece in pieces.items():
        document = parts[name]
        if name == "diagnose":
            out += _diagnosis(piece, told)
        elif name == "compare" and isinstance(document, ComparisonDocument):
            out.append(_section(name, piece, told, piece.headed))
            slices = worse_slices(document)
            folds = (*slices.folds, *([Fold("Notes", tuple(notes))] if notes else ()))
            out.append(replace(slices, folds=folds))
        elif name == "history":
            out.append(_history(piece, told))
        elif name == "select":
            opened = [b for fold in piece.headed[:1] for b in fold.blocks]
            section = _section(name, piece, told, tuple(piece.headed[1:]))
            out.append(replace(section, body=(*section.body, *opened)))
        else:
            out.append(_section(name, piece, told, piece.headed))
    order = list(TITLES)
    return sorted(out, key=lambda s: order.index(s.name))


def _history(piece: Pieces, told: set[Item]) -> Section:
    """Return what was tried, with the gaps of every run folded under it."""
    tried = [block for fold in piece.headed for block in fold.blocks]
    if not tried:
        return _section("history", piece, told, ())
    section = _section("history", piece, told, (Fold("The gaps of every run", tuple(piece.open)),))
    return replace(section, body=tuple(tried))


def _section(name: str, piece: Pieces, told: set[Item], folds: Sequence[Fold]) -> Section:
    folds = (*folds, *_notes(piece, told))
    return Section(name, TITLES[name], piece.lead, tuple(piece.open), folds)


def _notes(piece: Pieces, told: set[Item]) -> list[Fold]:
    """Return the notes of a part, folded, but for those that an earlier part told."""
    notes = [x for x in piece.items if x.severity == "note" and x not in told]
    told.update(notes)
    return [Fold("Notes", tuple(notes))] if notes else []


def _diagnosis(piece: Pieces, told: set[Item]) -> list[Section]:
    """Return the ladder, and the single number with its classes."""
    picture = [fold for fold in piece.headed if fold.title == TITLES["ladder"]]
    classes = [fold for fold in piece.headed if fold.title.startswith("Classes")]
    others = [fold for fold in piece.headed if fold not in picture and fold not in classes]
    folds = [*others, *_notes(piece, told)]
    body = [block for fold in picture for block in fold.blocks]
    number = [block for block in piece.open if isinstance(block, Paragraph)]
    rest = [block for block in piece.open if block not in number]
    return [
        Section("ladder", TITLES["ladder"], piece.lead, (*body, *rest), tuple(folds)),
        Section(
            "number", TITLES["number"], "".join(b.text for b in number[:1]), tuple(number[1:]),
            tuple(classes),
        ),
    ]  # fmt: skip


def surely_worse(document: ComparisonDocument) -> list[SliceComparison]:
    """Return the slices on which the run is surely right less often, the surest first."""
    alpha = 1 - document.signature.confidence
    found = [x for x in document.result.slices
             if (x.difference.value or 0) < 0 and (x.p_adjusted or 0.0) <= alpha]  # fmt: skip
    return sorted(found, key=lambda x: (x.p_adjusted, x.difference.value))


def comparison_findings(
    document: ComparisonDocument, left_out: Sequence[tuple[str, int | None]]
) -> list[Finding]:
    """Return what a report makes of a comparison: slices that fell, columns not compared by."""
    out = []
    sure = surely_worse(document)
    if sure:
        rows = [
            {
                "where": {x.column: x.value},
                "n": x.rows,
                "difference": x.difference.value,
                "p_adjusted": x.p_adjusted,
            }
            for x in sure
        ]
        out.append(Finding(SLICES_WORSE, {"slices": rows}))
    if left_out:
        columns = [{"column": name, "values": values} for name, values in left_out]
        out.append(Finding(COLUMNS_NOT_COMPARED, {"columns": columns}))
    return out


def worse_slices(document: ComparisonDocument) -> Section:
    """Return the slices on which the run is right less often than the baseline."""
    result, points = document.result, Scale()
    worse = [x for x in result.slices if x.difference.value is not None and x.difference.value < 0]
    worse.sort(key=lambda x: (x.p_adjusted, x.difference.value))
    sure = surely_worse(document)
    looked = count(len(result.slices))
    if sure:
        names = some_of([slice_cells(x)[0] for x in sure], 3)
        lead = f"{count(len(sure))} of {looked} slices surely got worse: {names}."
    elif worse:
        lead = (
            f"No slice surely got worse: of {looked}, {count(len(worse))} are right less often, "
            "which may be chance."
        )
    else:
        lead = f"None of {looked} slices is right less often."
    rows = tuple(
        (
            *slice_cells(x),
            change_in(points, x),
            points.interval(x.difference.ci),
            f"{x.p_adjusted:.3g}",
            "yes" if x in sure else "cannot tell",
        )
        for x in worse[:MOST_TABLE]
    )
    columns = (
        "slice", "rows", "accuracy b − a",
        document.signature.interval, "p (Holm)", "worse",
    )  # fmt: skip
    body: tuple[Block, ...] = (Table(columns, rows),) if rows else ()
    if sure or not rows:
        return Section("slices", TITLES["slices"], lead, body)
    return Section("slices", TITLES["slices"], lead, (), (Fold("Slices that fell", body),))


def _short_item(item: Item) -> Item:
    return replace(item, text=_cut(item.text))


def _short(block: Block) -> Block:
    match block:
        case Paragraph(text):
            return Paragraph(_cut(text))
        case Lead(text):
            return Lead(_cut(text))
        case Table(columns, rows) if len(rows) > MOST_TABLE:
            left = f"({count(len(rows) - MOST_TABLE)} more)"
            last = (left, *("…" for _ in columns[1:]))
            return replace(block, rows=(*rows[:MOST_TABLE], last))
    return block


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…"
