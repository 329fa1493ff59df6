"""How the cells of a table become features: part of a model, so that new rows are read alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.errors import InputError
from mlstrat.harness.datasets.cells import DAYS, parsed_days, parsed_numbers

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Texts = NDArray[np.str_]

NOTHING = "(missing)"
"""The category of cells that say nothing."""

KINDS = ("number", "date", "category", "text")


@dataclass(frozen=True)
class ReadColumn:
    """A column of the table: what its cells are, and the features that are made of it."""

    name: str
    kind: str
    """One of `KINDS`."""
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


@dataclass(frozen=True)
class TableReading:
    """The columns that a model was trained on, and the order of the features made of them."""

    columns: tuple[ReadColumn, ...]
    features: tuple[str, ...]
    ids: str | None = None
    """The column of ids, which names the rows."""
    target: str | None = None
    """The column that is predicted."""

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
    """Return what `TableReading.to_dict` wrote.

    Examples
    --------
    >>> told = TableReading((ReadColumn("age", "number", ("age",)),), ("age",))
    >>> reading_of(told.to_dict()) == told
    True
    """
    columns = tuple(
        ReadColumn(str(name), str(kind), tuple(map(str, features)), form)
        for name, kind, features, form in about["columns"]
    )
    if any(x.kind not in KINDS for x in columns):
        raise ValueError("the kind of a column")
    ids, target = (None if about[x] is None else str(about[x]) for x in ("ids", "target"))
    return TableReading(columns, tuple(map(str, about["features"])), ids, target)
