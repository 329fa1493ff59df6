"""What a review reads before its page is there: the sheet, its run, its files, other readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlstrat.core.wording import count
from mlstrat.data.rates import Rate
from mlstrat.data.settings import Settled
from mlstrat.data.sheet.editing import OpenSheet
from mlstrat.data.sheet.pieces import SheetFile, read_sheet_file, write_in_place
from mlstrat.data.sheet.read import read_sheet
from mlstrat.errors import InputError, UsageError
from mlstrat.workflow.error_table.match_run import counted
from mlstrat.workflow.error_table.review.compute import Known
from mlstrat.workflow.error_table.review.example_read import Shown, columns_shown
from mlstrat.workflow.error_table.review.media import Media, column_named, media_of

ENDINGS = (".csv", ".tsv")


def check_sheet(sheet: Any) -> Path:
    """Return the path of a sheet that can be written back."""
    if not isinstance(sheet, str | Path):
        raise UsageError("a frame cannot be reviewed: a sheet is written back",
                         accepted="a .csv or .tsv file")  # fmt: skip
    path = Path(sheet)
    if str(sheet) == "-" or path.suffix.lower() not in ENDINGS:
        what = "standard input" if str(sheet) == "-" else path.suffix or "a file without an ending"
        raise UsageError(f"{what} cannot be reviewed: a sheet is written back", file=str(sheet),
                         accepted="a .csv or .tsv file")  # fmt: skip
    return path


def reader_path(sheet: Path, name: str) -> Path:
    """Return where a second reader's answers go: beside the sheet."""
    if not name.strip() or any(x in name for x in "/\\\0") or ".." in name or len(name) > 60:
        raise UsageError(f"--reader {name!r} is not a name for a file",
                         accepted="a short name without / and ..")  # fmt: skip
    return sheet.with_name(f"{sheet.stem}.{name.strip()}{sheet.suffix}")


def blank_copy(sheet: Path, target: Path) -> None:
    """Write a sheet of the same rows and design, without answers, unless it is there."""
    file = read_sheet_file(sheet)
    if target.exists():
        _check_same(read_sheet_file(target), file, target)
        return
    columns = [file.sheet.layout.at[name] for name in file.sheet.layout.review]
    for row in range(len(file.at)):
        file.set_cells(row, dict.fromkeys(columns, ""))
    _write_new(target, file)


def _check_same(one: SheetFile, other: SheetFile, path: Path) -> None:
    apart = {r.key for r in one.sheet.rows} ^ {r.key for r in other.sheet.rows}
    if apart:
        raise InputError(
            f"{count(len(apart))} rows are on one of the two sheets alone", file=str(path),
            accepted=f"the rows of {other.sheet.origin}",
            hint="was one of them added to? Add the same rows to both",
        )  # fmt: skip


def _write_new(target: Path, file: SheetFile) -> None:
    try:
        write_in_place(target, file.to_pieces())
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", file=str(target)) from None


def agreed_copy(one: Path, other: Path) -> tuple[Path, dict[str, list[dict[str, Any]]]]:
    """Return the sheet of what two readers agree on, made on first use, and where they differ."""
    target = one.with_name(f"{one.stem}.agreed{one.suffix}")
    left, right = OpenSheet(one), OpenSheet(other)
    _check_same(right.file, left.file, other)
    both = [k for k in left.keys if left.rows[k].read and right.rows[k].read]
    if not both:
        raise InputError("no row was read by both", file=str(other), accepted="two sheets, read")
    apart = {
        key: [
            {"reader": path.name, "tags": list(x.named), "mislabeled": x.mislabeled,
             "true_label": x.true_label, "comment": x.comment}
            for path, x in ((one, left.rows[key]), (other, right.rows[key]))
        ]
        for key in both
        if (set(left.rows[key].named), left.rows[key].mislabeled)
        != (set(right.rows[key].named), right.rows[key].mislabeled)
    }  # fmt: skip
    if not apart:
        raise InputError(f"the two agree on all {count(len(both))} rows that both read",
                         file=str(other))  # fmt: skip
    if target.exists():
        _check_same(read_sheet_file(target), left.file, target)
    else:
        columns = [left.file.sheet.layout.at[name] for name in left.file.sheet.layout.review]
        for row, key in enumerate(left.keys):
            if key in apart or not right.rows[key].read:
                left.file.set_cells(row, dict.fromkeys(columns, ""))
        _write_new(target, left.file)
    return target, apart


def opened(path: Path, tags: Sequence[str], asked: Mapping[str, Any], how: Settled) -> OpenSheet:
    """Open a sheet to be filled in."""
    shown, tags_from, run = str(path), asked["tags_from"], asked["run"]
    columns, of_run = how.columns, tuple[str, ...]()
    if run is not None:
        from mlstrat.workflow.error_table.match_run import columns_of_run

        columns, of_run = {}, columns_of_run(run)
    try:
        more = () if tags_from is None else read_sheet(tags_from).tags
        sheet = OpenSheet(path, [*tags, *more], columns, of_run)
    except ValueError as error:
        raise UsageError(f"--tag: {error}") from None
    if any(row.id is None for row in sheet.file.sheet.rows):
        row = next(r.row for r in sheet.file.sheet.rows if r.id is None)
        raise InputError("a row without an id, by which it is told from others", file=shown,
                         row=row, accepted="a column id, filled in every row",
                         hint=_drawn(shown))  # fmt: skip
    layout = sheet.file.sheet.layout
    if "stratum" not in layout.lower and not layout.review:
        raise InputError("a run, not a review sheet", file=shown, hint=_drawn(shown))
    return sheet


def _drawn(shown: str) -> str:
    return f"draw a sheet first: mlstrat sample {shown} -n 100 -o review.csv"


def known_of(
    sheet: OpenSheet, how: Settled, asked: Mapping[str, Any], rate: Rate | None, worth: float | None
) -> Known:
    """Return what is known of the split, its run counted once."""
    reading = {**how.reading, "split": how.split}
    found = counted(sheet.file.sheet, asked["run"], rate, how.sampling, reading, unread=True)
    of_run = None
    if asked["run"] is not None:
        rows = found.sheet.rows
        of_run = {row.id or "": (row.label, row.prediction, row.split) for row in rows}
    errors = found.errors
    return Known(found.split, found.split_name, errors.positive, how.sampling, worth, of_run)


def shown_of(
    sheet: OpenSheet, asked: Mapping[str, Any], known: Known,
    others: dict[str, list[dict[str, Any]]] | None,
) -> Shown:  # fmt: skip
    """Return what the page shows."""
    header = [x for x in sheet.file.names if x]
    for name in asked["show"]:
        if column_named(header, name) is None:
            raise UsageError(f"--show names no column: {name!r}", accepted=", ".join(header))
    if asked["blind"] and known.of_run is None and not sheet.file.sheet.has_predictions:
        raise UsageError("--blind has nothing to hide: the sheet holds no label and prediction",
                         accepted="a sheet with both, or --run RUN")  # fmt: skip
    media: Media | None = None
    if asked["media"] is not None:
        rows = []
        for i, row in enumerate(sheet.file.sheet.rows):
            cells = zip(sheet.file.names, sheet.file.cells(i), strict=True)
            rows.append({**{n: x.strip() for n, x in cells}, "": row.id or ""})
        media = media_of(asked["media"], asked["file"], header, rows)
    elif asked["file"] is not None:
        raise UsageError("--file names the column of files, and --media their folder is missing")
    return Shown(columns_shown(list(asked["show"]), header), bool(asked["blind"]), media, others)
