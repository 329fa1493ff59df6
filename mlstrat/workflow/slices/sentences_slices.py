"""Sentences of the findings MLS43x."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlstrat.core.wording import Scale, clean, count, listed, rounded_up

Evidence = Mapping[str, Any]

WHY = {
    "id": "nearly every row has its own value",
    "constant": "one value only",
    "rare": "no value is frequent enough",
    "nested": "lists, structs or bytes",
}
"""Why a column is left out."""

NO_PRACTICAL_NUMBER = 100
"""More than this many times the rows that there are is no advice."""


def condition(column: str, value: str, longest: int = 24) -> str:
    """Return one condition of a slice as people read it: ``site = north``, ``age >= 40``."""
    name = clean(column, longest)
    if value.startswith(("< ", ">= ")):
        return f"{name} {clean(value, longest)}"
    return f"{name} = {clean(value, longest) or '(blank)'}"


def slice_name(where: Mapping[str, str], longest: int = 24) -> str:
    """Return a slice as people read it."""
    return ", ".join(condition(column, value, longest) for column, value in where.items())


def _left_out(e: Evidence, _s: Scale) -> str:
    shown = [f"{clean(x['column'])} ({WHY[x['reason']]})" for x in e["columns"]]
    return f"{listed(shown)}."


def _confirmed(e: Evidence, s: Scale) -> str:
    parts = [
        f"{slice_name(x['where'])}: {s.value(x['error'])} of {count(x['n'])} rows, "
        f"{100 * x['share_of_errors']:.0f} % of all errors"
        for x in e["slices"]
    ]
    more = e["confirmed"] - len(parts)
    return f"{'; '.join(parts)}{f'; and {count(more)} more' if more else ''}."


def _unsure(e: Evidence, _s: Scale) -> str:
    if not e["tested"]:
        return f"No slice of {count(e['smallest'])} rows or more stands out on the searched half."
    best = e["slices"][0]
    text = (
        f"{count(e['tested'])} were tested on the other half. The strongest is "
        f"{slice_name(best['where'])}, {best['excess']:.0f} errors above the rest."
    )
    needed = e["rows_needed"]
    if needed is None or needed > NO_PRACTICAL_NUMBER * e["rows"]:
        return f"{text} No practical number of examples would settle a difference this small."
    if needed <= e["rows"]:
        return f"{text} On all rows it looks larger than on the half that was held out."
    return (
        f"{text} If that is real, about {count(rounded_up(needed))} examples in all would show it "
        "with a chance of 80 %."
    )


def _people(e: Evidence, s: Scale) -> str:
    parts = [
        f"{slice_name(x['where'])} (people {s.value(x['people'])}, model {s.value(x['model'])}, "
        f"{count(x['answers'])} rows)"
        for x in e["slices"]
    ]
    more = e["count"] - len(parts)
    return f"{listed([*parts, f'{count(more)} more'] if more else parts)}."


def _differ(e: Evidence, s: Scale) -> str:
    parts = [
        f"{slice_name(x['where'])} ({s.points(x['difference'], sign=True)}, elsewhere "
        f"{s.points(x['rest'], sign=True)})"
        for x in e["slices"]
    ]
    more = e["confirmed"] - len(parts)
    return f"{listed([*parts, f'{count(more)} more'] if more else parts)}."


def _gap(e: Evidence, s: Scale) -> str:
    mix, within = e["mix"]["value"], e["slice_within"]["value"]
    ((column, value),) = e["slice"].items()
    text = (
        f"Of {s.points(e['gap'], sign=True)}, {s.points(mix, sign=True)} are another mix of "
        f"{clean(e['column'])}, the column whose mix explains most"
    )
    if e["mostly"] == "mix":
        return f"{text}: mostly the mix."
    return (
        f"{text}; so most is error within slices. The largest such part: "
        f"{condition(column, value)}, {s.points(within, sign=True)}."
    )


SENTENCES: dict[str, Callable[[Evidence, Scale], str]] = {
    "MLS431": _left_out,
    "MLS432": _confirmed,
    "MLS433": _unsure,
    "MLS434": _people,
    "MLS435": lambda e, _s: f"{count(e['slices'])} slices were found, and none could be tested.",
    "MLS436": lambda e, _s: f"All {count(e['rows'])} rows count alike.",
    "MLS437": lambda e, _s: f"Sliced by {clean(e['column'])} alone.",
    "MLS438": _differ,
    "MLS439": _gap,
}
