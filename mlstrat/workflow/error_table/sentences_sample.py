"""Findings about review sheets and eyeball sets as sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlstrat.core.wording import Scale, count, rounded_up

Evidence = Mapping[str, Any]


def _there(x: Evidence) -> str:
    if x["asked"] <= x["rows"]:
        return "the sheet has all"
    return "there is" if x["rows"] == 1 else "there are"


def _all_taken(e: Evidence, _s: Scale) -> str:
    return " ".join(
        f"{count(x['asked'])} {x['what']} were asked for, and {_there(x)} {count(x['rows'])}."
        for x in e["short"]
    )


def _parts(e: Evidence, s: Scale) -> str:
    return "; ".join(
        f"{name} {s.value(x['start'])} → {s.value(x['now'])} ({count(x['n'])} rows)"
        for name, x in (("eyeball", e["eyeball"]), ("blackbox", e["blackbox"]))
    )


def _wear(e: Evidence, s: Scale) -> str:
    found = e["difference"]
    if found["value"] is None:
        return f"Cannot tell: {found['reason']}."
    text = (
        f"Error since the set was fixed: {_parts(e, s)}. The eyeball error is now "
        f"{s.points(abs(found['value']))} {'below' if found['value'] >= 0 else 'above'} the "
        f"blackbox error (blackbox minus eyeball {s.interval(found['ci'])})"
    )
    text += f", {s.points(e['bar'])} of it from the start." if e["bar"] > 0 else "."
    if e["rows"] is not None:
        text += (
            f" Cannot tell yet: about {count(rounded_up(e['rows']))} eyeball rows would settle it, "
            "if the errors stay as they are."
        )
    return text


SENTENCES: dict[str, Callable[[Evidence, Scale], str]] = {
    "MLS411": _all_taken,
    "MLS412": lambda e, _s: (
        f"The sheet holds the {count(e['drawn'])} most confident of {count(e['errors'])} errors."
    ),
    "MLS413": lambda e, _s: (
        f"{count(e['strata'])} strata with {count(e['rows'])} errors together were drawn as one."
    ),
    "MLS414": _wear,
    "MLS415": _wear,
    "MLS416": lambda e, _s: f"{count(e['drawn'])} rows of test are in the sheet.",
    "MLS417": lambda e, _s: f"Ids are the numbers of rows, from row 1 to row {count(e['rows'])}.",
}
