"""MLS50x: what a report is to be told with that none of its parts says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.core.findings import Rule
from mlstrat.core.wording import Scale, clean, count, listed
from mlstrat.workflow.compare.findings import slice_names

Evidence = Mapping[str, Any]


MOST_SHOWN = 5


LONGEST_REASON = 300


def _some(words: list[str]) -> str:
    more = len(words) - MOST_SHOWN
    return listed([*words[:MOST_SHOWN], f"{count(more)} more"] if more > 0 else words)


def _broken(e: Evidence, _s: Scale) -> str:
    parts = [f"{clean(x['path'])} ({clean(x['reason'], LONGEST_REASON)})" for x in e["runs"]]
    return f"{_some(parts)}."


def _several(e: Evidence, _s: Scale) -> str:
    parts = [f"{clean(x['run'])} ({count(x['knobs'])} beside {clean(x['beside'])})"
             for x in e["runs"]]  # fmt: skip
    return f"{_some(parts)}."


def _columns(e: Evidence, _s: Scale) -> str:
    parts = []
    for x in e["columns"]:
        values = "" if x["values"] is None else f" ({count(x['values'])} values)"
        parts.append(clean(x["column"], 40) + values)
    return f"{_some(parts)}."


RUN_LEFT_OUT = Rule(
    "MLS501", "issue", "A run of the history is left out",
    "It could not be read; what is said about the history is said without it.",
    "A run in the folder of the history cannot be read, and --skip-broken was given.",
    "interface", ("mend the run, or take it out of the folder",),
    sentence=_broken)  # fmt: skip

BASELINE_IS_RUN = Rule(
    "MLS502", "issue", "The baseline is the run itself",
    "The two files hold the same bytes, so the comparison says nothing about a change.",
    "The run and its baseline have the same path or the same SHA-256.", "interface",
    ("check which file the baseline should be",),
    sentence=lambda e, _s: f"{clean(e['baseline'])} and {clean(e['run'])} are the same.")  # fmt: skip

SEVERAL_KNOBS = Rule(
    "MLS503", "note", "Several knobs were turned at once",
    "What changed cannot be put down to any one of them.",
    "Two or more settings differ between a run and the earlier one that differs least.",
    "C3W1 Orthogonalization",
    ("turn one knob at a time where a run is cheap enough",),
    sentence=_several)  # fmt: skip

ONE_RUN = Rule(
    "MLS504", "note", "The history is one run",
    "There is nothing to compare it with yet.", "One run in the folder can be read.",
    "interface", ("keep each run in a folder of its own, with its config beside it",),
    sentence=lambda e, _s: f"{clean(e['run'])} is alone.")  # fmt: skip

NO_GAP_MOVED = Rule(
    "MLS505", "note", "A knob was turned and no gap surely moved",
    "The changes may be chance at this number of examples.",
    "No interval of a change, widened for all changes that were looked at, excludes 0 "
    "(Bonferroni; ours).", "C3W1 Orthogonalization",
    sentence=lambda e, _s: f"{_some([clean(x) for x in e['runs']])}.")  # fmt: skip

SLICES_WORSE = Rule(
    "MLS506", "issue", "Slices surely got worse",
    "On these rows the run is right less often than its baseline, whatever the total says.",
    "The run is right less often there, and the p-value of the slice, adjusted for the number "
    "of slices by Holm's method, is at most 1 − confidence.", "Holm (1979)",
    ("read the examples there on which only the baseline is right",),
    sentence=slice_names)  # fmt: skip

COLUMNS_NOT_COMPARED = Rule(
    "MLS507", "note", "Columns that the two were not compared by",
    "A loss in one of their values would not be seen here.",
    "Without --by a column of more than 50 values, or one too many for the size of the run, "
    "is left out; above a million rows all are (ours).", "interface",
    ("name the columns that matter: --by COLUMN",),
    sentence=_columns)  # fmt: skip
