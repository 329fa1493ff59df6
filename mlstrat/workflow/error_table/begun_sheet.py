"""A review sheet that a person has begun: read to the cell, written with rows added."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlstrat.core.wording import guarded, unguarded
from mlstrat.data.formats.first_lines import without_separator_line
from mlstrat.data.sheet.cells import SheetTable, read_table
from mlstrat.data.sheet.design import Drawn
from mlstrat.data.sheet.eyeball import EyeballSet, eyeball_of_text
from mlstrat.data.sheet.read import COLUMNS, EYEBALL, Sheet, read_sheet
from mlstrat.data.values import value_text
from mlstrat.errors import InputError
from mlstrat.workflow.error_table.write import BOM, sheet_lines, weight_text


@dataclass(frozen=True)
class BegunSheet:
    """A sheet that a person has begun: its cells as they stand in the file.

    Attributes
    ----------
    table, sheet
        As any command reads it.
    raw
        The bytes.
    """

    table: SheetTable
    sheet: Sheet
    raw: bytes

    @property
    def begun(self) -> Begun:
        """What was drawn into it; rows that were added by hand are none of it."""
        # Ids as a run to draw from tells rows apart: 7.0 and 7 are one.
        drawn = {value_text(row.id): row for row in self.sheet.rows if row.id and row.stratum}
        return Begun(
            self.sheet.origin,
            {id_: str(row.stratum) for id_, row in drawn.items()},
            {id_: row.row for id_, row in drawn.items()},
        )

    def column(self, name: str) -> list[str]:
        """Return the cells of a column; none where there is no such column."""
        lower = [x.lower() for x in self.table.header]
        if name not in lower:
            return []
        place = lower.index(name)
        return [cells[place].strip() for _, cells in self.table.records]

    @property
    def seed(self) -> int:
        """The seed that it was drawn with.

        Raises
        ------
        InputError
            Where its column is not there, or holds several.
        """
        seeds = {x for x in self.column("seed") if x}
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
        texts = {x for x in self.column(EYEBALL) if x}
        found = {eyeball_of_text(text) for text in texts}
        if len(found) > 1 or None in found:
            raise InputError(
                "the eyeball set cannot be told",
                file=self.sheet.origin,
                column=EYEBALL,
                accepted="the column as `mlstrat sample --eyeball` wrote it",
            )
        return found.pop() if found else None

    def appended(self, rows: Sequence[Mapping[str, str]], strata: Sequence[Drawn]) -> bytes:
        """Return the sheet with rows at its end and the weights of its strata brought up to date.

        Every other cell stays as it is, as do separator, encoding, line ends and columns.

        Raises
        ------
        InputError
            Where the encoding of the sheet has no such letter.
        """
        text, mark, encoding = self._text()
        said, rest = without_separator_line(text)
        records = self._records(rest)
        head = next(i for i, record in enumerate(records) if any(record))
        names = [name.strip() for name in records[head]]
        places = {name.lower(): i for i, name in enumerate(names) if name}
        comma = any("," in x for x in self.column("sampling_weight"))
        weights = {s.name: _number(weight_text(s), comma) for s in strata}
        at, weight = places["stratum"], places["sampling_weight"]
        for record in records[head + 1 :]:
            name = unguarded(record[at]).strip() if len(record) > at else ""
            if name in weights and len(record) > weight:
                record[weight] = weights[name]
        for row in rows:
            low = {column.lower(): value for column, value in row.items()}
            low["sampling_weight"] = weights[row["stratum"]]
            low["score"] = _number(low.get("score", ""), comma)
            records.append([guarded(low.get(name.lower(), "")) for name in names])
        end = "\r\n" if "\r\n" in text else "\n"
        lines = [line + end for line in sheet_lines(records, self.table.separator or ",")]
        try:
            return mark + (said + "".join(lines)).encode(encoding)
        except UnicodeEncodeError as error:
            raise InputError(
                f"its encoding ({encoding}) has no {error.object[error.start]!r}, which a new row "
                "holds",
                file=self.sheet.origin,
                hint="save the sheet as CSV UTF-8, then add to it",
            ) from None

    def _text(self) -> tuple[str, bytes, str]:
        """Return the text, the mark at its beginning, and the encoding without the mark."""
        for mark, encoding in (
            (BOM, "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"),
        ):  # fmt: skip
            if self.raw.startswith(mark):
                return self.raw[len(mark) :].decode(encoding), mark, encoding
        encoding = (self.table.encoding or "utf-8").removesuffix("-sig")
        return self.raw.decode(encoding), b"", encoding

    def _records(self, text: str) -> list[list[str]]:
        lines = io.StringIO(text, newline="")
        return list(csv.reader(lines, delimiter=self.table.separator or ","))


def _number(text: str, comma: bool) -> str:
    return text.replace(".", ",") if comma else text


def read_begun(path: str | Path) -> BegunSheet:
    """Return a sheet to be added to, or that fixes an eyeball set.

    Raises
    ------
    InputError
        For what is no sheet that `sample` wrote.
    """
    sheet = read_sheet(path)
    table = read_table(path, frozenset(COLUMNS))
    if table.encoding is None:
        raise InputError("a workbook, and rows are added to text", file=str(path),
                         accepted="a sheet saved as CSV")  # fmt: skip
    missing = {"id", "stratum", "sampling_weight", "seed"} - {x.lower() for x in table.header}
    if missing:
        raise InputError(
            f"no review sheet that was drawn: no column {', '.join(sorted(missing))}",
            file=str(path),
            accepted="a sheet that `mlstrat sample -o` wrote",
        )
    return BegunSheet(table, sheet, Path(path).read_bytes())


@dataclass(frozen=True)
class Begun:
    """What stands in a sheet to be added to: id to stratum, and file and row for messages."""

    file: str = ""
    strata: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
