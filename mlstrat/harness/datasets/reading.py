"""How the cells of a table become features: numbers however they are written, days, text.

The reading is part of a model, so that new rows are read alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.record import Record
from mlstrat.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    Texts = NDArray[np.str_]
    Floats = NDArray[np.float64]

MISSING = ("", "na", "n/a", "nan", "null", "none", "?", "-", "#n/a", "missing", "inf", "-inf")
"""Cells, in lower case, that say that no number is known."""

MOST = 0.95
"""Share of the cells that say something of which a column is what it is; the others are missing."""

DAYS = ("ISO8601", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d")
"""How days are written; the first of those that most cells follow."""

_GROUPED = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"
_COMMA = r"^[+-]?\d*,\d+$"
_DAY = re.compile(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ]\d{1,2}:\d{2}.*)?$")


class Column(Record, eq=False):
    """A column of numbers: its values, NaN where missing, and how many cells were none."""

    values: Mapping[str, Floats]
    """One by the column's name, or the parts of a date."""
    missing: int
    """Cells that say something, and no number or date."""
    moment: Floats | None = None
    """Of a date: days since 1970."""
    form: str | None = None
    """How its days are written, one of `DAYS`."""


def is_missing(cells: Texts) -> NDArray[np.bool_]:
    """Return which cells say that no number is known."""
    return np.isin(np.char.lower(np.char.strip(cells)), MISSING)


def numbers_of(name: str, cells: Texts) -> Column | None:
    """Return a column as numbers, as ``1,234.56``, ``45%`` and ``3,5``; None if it is text."""
    missing = is_missing(cells)
    return None if missing.all() else _most(name, parsed_numbers(cells), missing)


def parsed_numbers(cells: Texts) -> Floats:
    """Return the number of each cell, NaN where there is none."""
    import pandas as pd

    missing = is_missing(cells)
    text = pd.Series(np.char.strip(cells))
    percent = text.str.endswith("%")
    text = text.where(~percent, text.str.removesuffix("%").str.rstrip())
    grouped, comma = text.str.match(_GROUPED), text.str.match(_COMMA)
    if (comma & ~grouped).any():  # 1,234 alone may be either: as English has it
        text = text.where(~comma, text.str.replace(",", "."))
    else:
        text = text.where(~grouped, text.str.replace(",", ""))
    values = pd.to_numeric(text, errors="coerce").to_numpy(np.float64).copy()
    values[percent.to_numpy()] /= 100
    values[missing | ~np.isfinite(values)] = np.nan
    return values


def _most(name: str, values: Floats, missing: NDArray[np.bool_]) -> Column | None:
    known, said = int((~np.isnan(values)).sum()), int((~missing).sum())
    return Column({name: values}, said - known) if known and known >= MOST * said else None


def days_of(name: str, cells: Texts) -> Column | None:
    """Return the parts of a column of days or moments; None if it is none."""
    missing = is_missing(cells)
    if missing.all() or not _DAY.match(str(cells[~missing][0]).strip()):
        return None
    ways = {form: _days(cells, form) for form in DAYS}
    form = max(DAYS, key=lambda one: int((~np.isnan(ways[one])).sum()))  # the first of equals
    whole = _most(name, ways[form], missing)
    if whole is None:
        return None
    values = parsed_days(name, cells, form)
    varied = {part: x for part, x in values.items() if len(np.unique(x[~np.isnan(x)])) > 1}
    return Column(varied, whole.missing, ways[form], form)


def _days(cells: Texts, form: str) -> Floats:
    return parsed_days("", cells, form)[" (days)"]


def parsed_days(name: str, cells: Texts, form: str) -> dict[str, Floats]:
    """Return all parts of a column of days that are written so, NaN where there is none."""
    import pandas as pd

    texts = pd.Series(np.where(is_missing(cells), "", np.char.strip(cells)))
    best = pd.to_datetime(texts, format=form, errors="coerce", utc=True)
    since: Any = (best - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
    at = best.dt
    parts: dict[str, Any] = {
        "days": since, "year": at.year, "month": at.month, "day of the month": at.day,
        "weekday": at.day_of_week, "hour": at.hour,
    }  # fmt: skip
    return {f"{name} ({part})": x.to_numpy(float) for part, x in parts.items()}


NOTHING = "(missing)"
"""The category of cells that say nothing."""

KINDS = ("number", "date", "category", "text")


class ReadColumn(Record):
    """A column of the table: what its cells are, and the features that are made of it."""

    name: str
    kind: str
    features: tuple[str, ...]
    form: str | None = None
    """How its days are written, where it holds dates."""

    def values(self, cells: Texts) -> Mapping[str, Any]:
        """Return the features of some cells."""
        if self.kind == "number":
            return {self.features[0]: parsed_numbers(cells)}
        if self.kind == "date":
            return parsed_days(self.name, cells, self.form or DAYS[0])
        if self.kind == "category":
            return {self.name: np.where(np.char.strip(cells) == "", NOTHING, cells)}
        return {self.name: cells}


class TableReading(Record):
    """The columns that a model was trained on, and the order of the features made of them."""

    columns: tuple[ReadColumn, ...]
    features: tuple[str, ...]
    ids: str | None = None
    target: str | None = None

    def frame(self, cells: Mapping[str, Texts], file: str) -> pd.DataFrame:
        """Return the features of other rows."""
        import pandas as pd

        missing = [x.name for x in self.columns if x.name not in cells]
        if missing:
            shown = ", ".join(repr(x[:40]) for x in missing[:5])
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            raise InputError(
                f"columns are missing that the model was trained on: {shown}{more}", file=file,
                accepted="the columns of the training table, in any order",
            )  # fmt: skip
        made: dict[str, Any] = {}
        for column in self.columns:
            made |= column.values(cells[column.name])
        return pd.DataFrame({name: made[name] for name in self.features})

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        columns = [[x.name, x.kind, list(x.features), x.form] for x in self.columns]
        return {"columns": columns, "features": list(self.features), "ids": self.ids,
                "target": self.target}  # fmt: skip


def reading_of(about: Mapping[str, Any]) -> TableReading:
    """Return what `TableReading.to_dict` wrote."""
    columns = tuple(
        ReadColumn(str(name), str(kind), tuple(map(str, features)), form)
        for name, kind, features, form in about["columns"]
    )
    if any(x.kind not in KINDS for x in columns):
        raise ValueError("the kind of a column")
    ids, target = (None if about[x] is None else str(about[x]) for x in ("ids", "target"))
    return TableReading(columns, tuple(map(str, about["features"])), ids, target)
