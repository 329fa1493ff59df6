"""Sentences of the findings MLS30x."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlstrat.core.wording import Scale, clean, count, listed

Evidence = Mapping[str, Any]

MOST_SHOWN = 10


def _values(names: list[str]) -> str:
    shown = [clean(x) or "(blank)" for x in names[:MOST_SHOWN]]
    more = len(names) - len(shown)
    return listed([*shown, f"{count(more)} more"] if more else shown)


def _left_out(e: Evidence, _s: Scale) -> str:
    return "; ".join(f"{clean(k)}: {_values(v)}" for k, v in e["values"].items()) + "."


def where(conditions: Mapping[str, str]) -> str:
    """Return the conditions of a rule as text: ``label cat and prediction dog``."""
    return listed([f"{clean(k)} {clean(v) or '(blank)'}" for k, v in conditions.items()])


def _weighted(e: Evidence, s: Scale) -> str:
    parts = []
    for rule in e["rules"]:
        share = rule["share_of_weight"]
        held = "" if share is None else f", {100 * share:.1f} % of the weight"
        parts.append(
            f"{where(rule['where'])} weighs {rule['weight']:g} ({count(rule['rows'])} rows{held})"
        )
    return f"{'; '.join(parts)}. Without these weights the figure is {s.value(e['unweighted'])}."


def _unmet(e: Evidence, _s: Scale) -> str:
    rules = listed([where(x["where"]) for x in e["rules"]])
    return f"No row of {e['split']} is {rules}."


SENTENCES: dict[str, Callable[[Evidence, Scale], str]] = {
    "MLS301": _left_out,
    "MLS302": _weighted,
    "MLS303": _unmet,
}
