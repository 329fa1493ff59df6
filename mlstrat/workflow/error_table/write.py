"""Review sheets as files: a new one, and one that a person has begun, with rows added."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mlstrat.core.hashing import text_hashes
from mlstrat.data.sheet.design import ORDER_PREFIX, Drawn, EyeballSet, eyeball_of_text
from mlstrat.data.sheet.layout import EYEBALL, REVIEW, ROLES, RUN_PREFIX, SheetRow
from mlstrat.data.sheet.pieces import LetterError, line_of, read_sheet_file
from mlstrat.data.sheet.read import Sheet, read_sheet
from mlstrat.data.values import value_text
from mlstrat.errors import InputError, MlstratError, UsageError
from mlstrat.places import STANDARD_OUTPUT
from mlstrat.show.writing import write_whole_bytes
from mlstrat.tasks.classification.row_source import ID, LABEL, PREDICTION, Drawable

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


@dataclass(frozen=True)
class Begun:
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
