# Over 300 lines: sheets, and the eyeball set that is drawn for one.
"""Review sheets as files: new or begun by a person; and who is in the eyeball set of a run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.findings import Finding
from mlstrat.core.hashing import ALL, text_hashes
from mlstrat.core.record import Record
from mlstrat.data.sheet.design import (
    EYEBALL_PREFIX,
    ORDER_PREFIX,
    Drawn,
    EyeballSet,
    Part,
    eyeball_of_text,
    eyeball_wear,
)
from mlstrat.data.sheet.layout import EYEBALL, REVIEW, ROLES, RUN_PREFIX, SheetRow
from mlstrat.data.sheet.pieces import LetterError, line_of, read_sheet_file
from mlstrat.data.sheet.read import Sheet, read_sheet
from mlstrat.data.values import value_text
from mlstrat.errors import InputError, MlstratError, UsageError
from mlstrat.places import STANDARD_OUTPUT
from mlstrat.show.writing import write_whole_bytes
from mlstrat.tasks.classification.row_source import (
    ID,
    LABEL,
    PREDICTION,
    ROW,
    Drawable,
    open_drawable,
)
from mlstrat.workflow.error_table.findings import EYEBALL_NOT_WORN, EYEBALL_WORN_OUT

if TYPE_CHECKING:
    from mlstrat.data.parts import InputFile


STRATUM = "\x1fstratum"


def sheet_row(
    run: Drawable, row: Mapping[str, Any], split: str, seed: int, eyeball: EyeballSet | None
) -> dict[str, str]:
    """Return a row of the sheet; its weight is filled in when all is drawn."""
    roles, names = run.columns.roles, dict(zip(run.table.header, run.table.names, strict=True))
    shown = {role: cell_text(row[names[roles[role]]]) for role in ("id", "score") if role in roles}
    if not run.table.text and "id" in shown:
        shown["id"] = value_text(shown["id"])  # 7.0 in a column of floats is 7
    out = {
        "id": shown.get("id", row[ID]),
        "split": split,
        "label": row[LABEL],
        "prediction": row[PREDICTION],
        **({"score": shown["score"]} if "score" in shown else {}),
        "stratum": row[STRATUM],
        "sampling_weight": "",
        "seed": str(seed),
        **({} if eyeball is None else {"eyeball": eyeball.to_text()}),
        **dict.fromkeys(REVIEW, ""),
    }
    taken = {roles[role] for role in ROLES if role in roles}
    for column, name in names.items():
        if column not in taken:
            out[RUN_PREFIX + column] = cell_text(row[name])
    return out


def cell_text(value: Any) -> str:
    """Return a value of a run as the text of a cell."""
    if value is None or value != value:  # noqa: PLR0124  NaN
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return str(value).strip()


def weighed(rows: Sequence[Mapping[str, str]], strata: Sequence[Drawn]) -> list[dict[str, str]]:
    """Return rows with the weights of their strata."""
    weights = {stratum.name: weight_text(stratum) for stratum in strata}
    return [{**row, "sampling_weight": weights[row["stratum"]]} for row in rows]


def weight_text(stratum: Drawn) -> str:
    """Return the weight of the rows of a stratum as the text of a cell, blank where unknown."""
    return "" if stratum.weight is None else f"{stratum.weight:.12g}"


def shuffled(rows: Sequence[dict[str, str]], seed: int) -> list[dict[str, str]]:
    """Return rows in an order that has nothing to do with what they are."""
    texts = [(ORDER_PREFIX + row["id"]).encode() for row in rows]
    data = np.frombuffer(b"".join(texts), np.uint8)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    hashes = text_hashes(data, lengths, seed).tolist()
    order = sorted(range(len(rows)), key=lambda i: (hashes[i], rows[i]["id"]))
    return [rows[i] for i in order]


ENDINGS = {".csv": ",", ".tsv": "\t"}
"""Endings of new sheets, and what parts their cells."""

BOM = b"\xef\xbb\xbf"


def check_output(output: str | Path | None) -> None:
    """Refuse a place for a new sheet, before any work: a file of another kind, or one filled in."""
    if output is None:
        return
    check_ending(output)
    if str(output) == STANDARD_OUTPUT or not Path(output).exists():
        return
    try:
        sheet = read_sheet(output)
    except MlstratError:
        raise _there(output) from None
    if not sheet.weighted or any(row.stratum is None for row in sheet.rows):
        raise _there(output)
    if sheet.reviewed:
        raise InputError(
            f"{len(sheet.reviewed)} of its {len(sheet.rows)} rows are filled in, and would be lost",
            file=str(output),
            hint="--append adds rows to it; or name another file",
        )


def check_ending(output: str | Path) -> None:
    """Refuse a file that no sheet is written into: by its ending."""
    if str(output) != STANDARD_OUTPUT and Path(output).suffix.lower() not in ENDINGS:
        raise UsageError(
            f"a review sheet is not written as {Path(output).suffix or 'a file without an ending'}",
            accepted="a file that ends in .csv or .tsv",
        )


def _there(output: str | Path) -> InputError:
    return InputError(
        "there already, and no review sheet", file=str(output), hint="name another file"
    )


def write_sheet(
    output: str | Path | None, rows: Sequence[Mapping[str, str]], *, bom: bool = False
) -> None:
    """Write a new sheet, what parts its cells by its ending: on standard output a comma."""
    if output is not None:
        separator = ENDINGS.get(Path(output).suffix.lower(), ",")
        write_whole_bytes(output, (BOM if bom else b"") + sheet_text(rows, separator).encode())


def sheet_text(rows: Sequence[Mapping[str, str]], separator: str = ",") -> str:
    """Return a new sheet: guarded, a line feed after each row."""
    header = list(rows[0])
    records = [header, *([row[name] for name in header] for row in rows)]
    return "".join(line_of(record, separator) + "\n" for record in records)


class Begun(Record):
    """A sheet that a person has begun, to be added to, or that fixes an eyeball set."""

    sheet: Sheet

    @cached_property
    def drawn(self) -> dict[str, SheetRow]:
        """What was drawn into it, by id; rows that were added by hand are none of it."""
        # Ids as a run to draw from tells rows apart: 7.0 and 7 are one.
        return {value_text(row.id): row for row in self.sheet.rows if row.id and row.stratum}

    def _said(self, column: str) -> set[str]:
        return set(filter(None, self.sheet.layout.texts(column)))

    @property
    def seed(self) -> int:
        """The seed that it was drawn with."""
        seeds = self._said("seed")
        if len(seeds) != 1 or not re.fullmatch(r"[0-9]{1,20}", next(iter(seeds))):
            raise InputError(
                f"{len(seeds)} seeds" if seeds else "no seed",
                file=self.sheet.origin,
                column="seed",
                accepted="the column seed as `mlstrat sample` wrote it",
            )
        return int(seeds.pop())

    @property
    def eyeball(self) -> EyeballSet | None:
        """The eyeball set that it fixes, or None."""
        found = {eyeball_of_text(text) for text in self._said(EYEBALL)}
        if len(found) > 1 or None in found:
            raise InputError(
                "the eyeball set cannot be told",
                file=self.sheet.origin,
                column=EYEBALL,
                accepted="the column as `mlstrat sample --eyeball` wrote it",
            )
        return found.pop() if found else None

    def append(
        self, path: str | Path, rows: Sequence[Mapping[str, str]], strata: Sequence[Drawn]
    ) -> None:
        """Write rows at its end and bring the weights of its strata up to date.

        Every other cell stays as it is, as do separator, encoding, line ends and columns.
        """
        file = read_sheet_file(path)
        comma = any("," in x for x in self._said("sampling_weight"))
        weights = {s.name: _number(weight_text(s), comma) for s in strata}
        weight = file.column("sampling_weight")
        try:
            for i, old in enumerate(file.sheet.rows):
                if old.stratum in weights:
                    file.set_cells(i, {weight: weights[old.stratum]})
            for row in rows:
                low = {column.lower(): value for column, value in row.items()}
                low["sampling_weight"] = weights[row["stratum"]]
                low["score"] = _number(low.get("score", ""), comma)
                file.add_row([low.get(name.lower(), "") for name in file.names])
        except LetterError as error:
            raise InputError(
                f"its encoding ({file.codec}) has no {str(error)!r}, which a new row holds",
                file=self.sheet.origin,
                hint="save the sheet as CSV UTF-8, then add to it",
            ) from None
        write_whole_bytes(path, b"".join(file.to_pieces()))


def _number(text: str, comma: bool) -> str:
    return text.replace(".", ",") if comma else text


def read_begun(path: str | Path) -> Begun:
    """Return a sheet to be added to, or that fixes an eyeball set; `sample` wrote it."""
    sheet = read_sheet(path)
    if sheet.layout.table.encoding is None:
        raise InputError("a workbook, and rows are added to text", file=str(path),
                         accepted="a sheet saved as CSV")  # fmt: skip
    missing = {"id", "stratum", "sampling_weight", "seed"} - sheet.layout.lower.keys()
    if missing:
        raise InputError(
            f"no review sheet that was drawn: no column {', '.join(sorted(missing))}",
            file=str(path),
            accepted="a sheet that `mlstrat sample -o` wrote",
        )
    return Begun(sheet)


def in_eyeball(run: Drawable, fixed: EyeballSet) -> Any:
    """Return the expression that is true for rows of the eyeball set."""
    ns = run.table.ns
    return run.hashes(EYEBALL_PREFIX, fixed.seed) < ns.lit(fixed.cut, dtype=ns.UInt64)


def fix_eyeball(run: Drawable, size: int, seed: int) -> EyeballSet:
    """Return the eyeball set of the `size` smallest hashes of the split: all rows, if fewer."""
    hashes, wrong = run.hashed(EYEBALL_PREFIX, seed)
    cut = ALL if size >= len(hashes) else int(np.partition(hashes, size - 1)[size - 1]) + 1
    return EyeballSet(seed, cut, *_parts(hashes, wrong, cut))


def count_eyeball(run: Drawable, fixed: EyeballSet) -> tuple[Part, Part]:
    """Return errors and rows of the eyeball set and of the blackbox set on a run."""
    return _parts(*run.hashed(EYEBALL_PREFIX, fixed.seed), fixed.cut)


def _parts(hashes: Any, wrong: Any, cut: int) -> tuple[Part, Part]:
    inside = hashes < np.uint64(cut)
    eyeball = Part(int(wrong[inside].sum()), int(inside.sum()))
    return eyeball, Part(int(wrong.sum()) - eyeball.errors, len(wrong) - eyeball.n)


def eyeball_findings(
    run: Any, sheet: str | Path, *, confidence: float, **how: Any
) -> tuple[tuple[Finding, ...], InputFile]:
    """Return what is to be said of the eyeball set that a sheet fixes on this run, and the sheet.

    Further arguments are those of `mlstrat.tasks.classification.row_source.open_drawable`.
    """
    begun, fixed = _fixed(sheet)
    drawable = open_drawable(run, **how)
    ids = list(begun.drawn)
    within, wanted, ns = drawable.within(), drawable.key().is_in(ids), drawable.table.ns
    counted = drawable.table.collect(
        lambda frame: frame.with_row_index(ROW).filter(within & wanted).select(ns.len().alias("n"))
    )
    there = int(counted.value("n"))
    if not there:
        raise InputError(
            f"none of its {len(ids)} rows is in {drawable.split} of {drawable.table.name}",
            file=str(sheet),
            column="id",
            accepted="a run on the examples that the sheet was drawn from",
        )
    eyeball, blackbox = count_eyeball(drawable, fixed)
    wear = eyeball_wear(fixed, eyeball, blackbox, confidence)
    start = (fixed.eyeball, fixed.blackbox)
    parts = {
        name: {"start": then.error, "now": now.error, "n": now.n, "errors": now.errors}
        for name, then, now in zip(("eyeball", "blackbox"), start, (eyeball, blackbox), strict=True)
    }
    evidence = {
        "split": drawable.split,
        **parts,
        "difference": wear.difference.to_dict(),
        "bar": wear.bar,
        "rows": None if wear.to_settle is None else wear.to_settle.total,
        "to_settle": None if wear.to_settle is None else wear.to_settle.to_dict(),
        "missing": len(ids) - there,
    }
    found = Finding(EYEBALL_WORN_OUT if wear.worn else EYEBALL_NOT_WORN, evidence)
    return (found,), begun.sheet.input


def size_of(eyeball: int | str | Path | None) -> int | None:
    """Return the size of an eyeball set that is to be fixed; None for a sheet or nothing."""
    try:
        return None if eyeball is None else int(str(eyeball).replace(",", ""))
    except ValueError:
        return None


def eyeball_of(
    drawable: Drawable, eyeball: int | str | Path | None, begun: Begun | None, seed: int
) -> EyeballSet | None:
    """Return the eyeball set: that of the sheet that is added to, of another one, or a new one."""
    if begun is not None:
        if eyeball is not None:
            raise UsageError(
                "an eyeball set is fixed once, and --append draws from that of the sheet",
                accepted="--eyeball without --append",
            )
        return begun.eyeball
    if eyeball is None:
        return None
    size = size_of(eyeball)
    if size is None:
        return _fixed(str(eyeball))[1]
    if size < 1:
        raise UsageError(f"--eyeball is {size}", accepted="rows, as 500, or an earlier sheet")
    return fix_eyeball(drawable, size, seed)


def _fixed(sheet: str | Path) -> tuple[Begun, EyeballSet]:
    begun = read_begun(sheet)
    found = begun.eyeball
    if found is None:
        raise InputError(
            "the sheet fixes no eyeball set",
            file=str(sheet),
            column=EYEBALL,
            accepted="a sheet that `mlstrat sample --eyeball 500 -o` wrote",
        )
    return begun, found
