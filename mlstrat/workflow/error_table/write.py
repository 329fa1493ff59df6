"""Review sheets as files: a new one, and one that a person has begun, with rows added."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlstrat.core.hashing import text_hashes
from mlstrat.core.wording import guarded
from mlstrat.data.sheet.design import ORDER_PREFIX, Drawn
from mlstrat.data.sheet.eyeball import EyeballSet
from mlstrat.data.sheet.read import REVIEW, ROLES, RUN_PREFIX, read_sheet
from mlstrat.data.values import value_text
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
    texts = [(ORDER_PREFIX + row["id"]).encode() for row in rows]
    data = np.frombuffer(b"".join(texts), np.uint8)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    hashes = text_hashes(data, lengths, seed).tolist()
    order = sorted(range(len(rows)), key=lambda i: (hashes[i], rows[i]["id"]))
    return [rows[i] for i in order]


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
            f"a review sheet is not written as {Path(output).suffix or 'a file without an ending'}",
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
    lines = sheet_lines([list(map(guarded, record)) for record in records], separator)
    return (BOM if bom else b"") + "".join(line + "\n" for line in lines).encode()


def sheet_lines(records: Sequence[Sequence[str]], separator: str) -> list[str]:
    """Return records as lines, without their ends: quoted where a reader would stumble.

    Examples
    --------
    >>> sheet_lines([["a", "b,c"], ["d\\n", ""]], ",")
    ['a,"b,c"', '"d\\n",']
    """
    lines = _Lines()
    # With this end, cells that hold either half of it are quoted in every version of Python.
    csv.writer(lines, delimiter=separator, lineterminator="\r\n").writerows(records)
    return [line[:-2] for line in lines]


class _Lines(list[str]):
    """Takes each record as the writer of CSV hands it over."""

    write = list.append
