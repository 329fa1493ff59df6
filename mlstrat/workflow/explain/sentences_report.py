"""Sentences of the findings MLS50x."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

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


SENTENCES: dict[str, Callable[[Evidence, Scale], str]] = {
    "MLS501": _broken,
    "MLS502": lambda e, _s: f"{clean(e['baseline'])} and {clean(e['run'])} are the same.",
    "MLS503": _several,
    "MLS504": lambda e, _s: f"{clean(e['run'])} is alone.",
    "MLS505": lambda e, _s: f"{_some([clean(x) for x in e['runs']])}.",
    "MLS506": slice_names,
    "MLS507": _columns,
}
