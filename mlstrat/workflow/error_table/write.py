"""Review sheets as files: a new one, and one that a person has begun, with rows added."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlstrat.core.hashing import text_hash
from mlstrat.data.sheet.begun import Begun
from mlstrat.data.sheet.cells import (
    SheetTable,
    guarded,
    read_table,
    unguarded,
    without_separator_line,
)
from mlstrat.data.sheet.design import ORDER_PREFIX, Drawn
from mlstrat.data.sheet.eyeball import EyeballSet, eyeball_of_text
from mlstrat.data.sheet.read import COLUMNS, EYEBALL, REVIEW, ROLES, RUN_PREFIX, Sheet, read_sheet
from mlstrat.data.values import label_text
from mlstrat.errors import InputError, MlstratError, UsageError
from mlstrat.places import STANDARD_OUTPUT
from mlstrat.tasks.classification.row_source import ID, LABEL, PREDICTION, Drawable

STRATUM = "\x1fstratum"


def sheet_row(
    run: Drawable, row: Mapping[str, Any], split: str, seed: int, eyeball: EyeballSet | None
) -> dict[str, str]:
    """Return a row of the sheet; its weight is filled in when all is drawn."""
    roles, names = run.columns.roles, dict(zip(run.table.header, run.table.names, strict=True))
    shown = {role: cell_text(row[names[roles[role]]]) for role in ("id", "score") if role in roles}
    if not run.table.text and "id" in shown:
        shown["id"] = label_text(shown["id"])  # 7.0 in a column of floats is 7
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
    """Return a value of a run as the text of a cell.

    Examples
    --------
    >>> [cell_text(x) for x in (None, " 007", True, 0.5, b"a")]
    ['', '007', 'true', '0.5', 'a']
    """
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
    return sorted(rows, key=lambda row: (text_hash(ORDER_PREFIX + row["id"], seed), row["id"]))


ENDINGS = {".csv": ",", ".tsv": "\t"}
"""Endings of new sheets, and what parts their cells."""

BOM = b"\xef\xbb\xbf"


def check_output(output: str | Path) -> None:
    """Refuse a place for a new sheet, before any work.

    Raises
    ------
    UsageError
        For another ending than those of a sheet.
    InputError
        For a file that is no review sheet, or one in which anything is filled in.
    """
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


def separator_of(output: str | Path) -> str:
    """Return what parts the cells of a new sheet, by its ending; on standard output a comma."""
    return ENDINGS.get(Path(output).suffix.lower(), ",")


def check_ending(output: str | Path) -> None:
    """Refuse a file that no sheet is written into: by its ending."""
    if str(output) != STANDARD_OUTPUT and Path(output).suffix.lower() not in ENDINGS:
        raise UsageError(
            f"a review sheet is no {Path(output).suffix or 'file without an ending'}",
            accepted="a file that ends in .csv or .tsv",
        )


def _there(output: str | Path) -> InputError:
    return InputError(
        "there already, and no review sheet", file=str(output), hint="name another file"
    )


def sheet_bytes(rows: Sequence[Mapping[str, str]], separator: str, *, bom: bool = False) -> bytes:
    """Return a new sheet: UTF-8, guarded, a line feed after each row."""
    header = list(rows[0])
    records = [header, *([row[name] for name in header] for row in rows)]
    lines = [_line(list(map(guarded, record)), separator) for record in records]
    return (BOM if bom else b"") + "".join(line + "\n" for line in lines).encode()


def _line(record: Sequence[str], separator: str) -> str:
    """Return a record as a line, without its end: quoted where a reader would stumble."""
    out = io.StringIO()
    # With this end, cells that hold either half of it are quoted in every version of Python.
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerow(record)
    return out.getvalue()[:-2]


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
        drawn = {label_text(row.id): row for row in self.sheet.rows if row.id and row.stratum}
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
        lines = [_line(record, self.table.separator or ",") + end for record in records]
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
    missing = {"id", "stratum", "sampling_weight", "seed"} - {x.lower() for x in table.header}
    if missing:
        raise InputError(
            f"no review sheet that was drawn: no column {', '.join(sorted(missing))}",
            file=str(path),
            accepted="a sheet that `mlstrat sample -o` wrote",
        )
    return BegunSheet(table, sheet, Path(path).read_bytes())
