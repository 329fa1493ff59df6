"""MLS50x: what a report is to be told with that none of its parts says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.core.decisions import DIFFERENCE
from mlstrat.core.findings import Rule
from mlstrat.core.wording import Scale, clean, count, some_of
from mlstrat.workflow.compare.findings import slice_names

Evidence = Mapping[str, Any]


def _columns(e: Evidence, _s: Scale) -> str:
    parts = []
    for x in e["columns"]:
        values = "" if x["values"] is None else f" ({count(x['values'])} values)"
        parts.append(clean(x["column"], 40) + values)
    return f"{some_of(parts)}."


SLICES_WORSE = Rule(
    "MLS506", "issue", "Slices surely got worse",
    "On these rows the run is right less often than its baseline, whatever the total says.",
    "The run is right less often there, and the p-value of the slice, adjusted for the number "
    "of slices by Holm's method, is at most 1 − confidence.", "Holm (1979)",
    ("read the examples there on which only the baseline is right",),
    sentence=slice_names, decision=DIFFERENCE)  # fmt: skip

COLUMNS_NOT_COMPARED = Rule(
    "MLS507", "note", "Columns that the two were not compared by",
    "A loss in one of their values would not be seen here.",
    "Without --by a column of more than 50 values, or one too many for the size of the run, "
    "is left out; above a million rows all are (mlstrat's threshold).",
    "mlstrat: a table of thousands of values is read by nobody",
    ("name the columns that matter: --by COLUMN",),
    sentence=_columns)  # fmt: skip
