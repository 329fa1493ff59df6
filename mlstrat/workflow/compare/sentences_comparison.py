"""Sentences of the findings MLS32x."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlstrat.core.wording import Scale, clean, count, listed, rounded_up

Evidence = Mapping[str, Any]

MOST_SHOWN = 5


def _unpaired(e: Evidence, _s: Scale) -> str:
    parts = []
    for side in ("missing", "extra"):
        found = e[side]
        if found["count"]:
            ids = [clean(x) for x in found["ids"]]
            more = found["count"] - len(ids)
            shown = listed([*ids, f"{count(more)} more"] if more > 0 else ids)
            parts.append(f"{count(found['count'])} only in {clean(found['file'])}: {shown}")
    return f"{'; '.join(parts)}. {count(e['paired'])} are compared."


def _undecided(e: Evidence, _s: Scale) -> str:
    if e["n_needed"] is None:
        return "The two do not differ at all, so no number of examples would settle it."
    rows, needed = e["rows"], e["n_needed"]
    if needed <= rows:
        return f"The {count(rows)} examples hold {count(e['discordant'])} that tell them apart."
    return (
        f"At this discordance ({count(e['discordant'])} of {count(rows)} examples) it takes about "
        f"{count(rounded_up(needed))} examples in all, that both predict, to find a difference "
        "like this one with a chance of 80 %."
    )


def _disagree(e: Evidence, s: Scale) -> str:
    ci = s.interval(e["ci"]) if e["ci"] else "none"
    return f"p = {e['p_value']:.3g} for right rows; the interval of {e['metric']} is {ci}."


def slice_names(e: Evidence, _s: Scale) -> str:
    """Return slices with what each gained or lost."""
    points = Scale()
    parts = [
        f"{clean(column)} {clean(value) or '(blank)'} "
        f"({points.points(x['difference'], sign=True)} of accuracy)"
        for x in e["slices"][:MOST_SHOWN]
        for column, value in x["where"].items()
    ]
    more = len(e["slices"]) - len(parts)
    return f"{listed([*parts, f'{count(more)} more'] if more else parts)}."


SENTENCES: dict[str, Callable[[Evidence, Scale], str]] = {
    "MLS321": lambda e, _s: f"All {count(e['rows'])} predictions are equal.",
    "MLS322": _unpaired,
    "MLS323": _undecided,
    "MLS324": _disagree,
    "MLS325": lambda e, _s: f"p = {e['p_value']:.3g} is of rows, not of weights.",
    "MLS326": slice_names,
}
