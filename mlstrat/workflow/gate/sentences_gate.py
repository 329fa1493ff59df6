"""Sentences of the findings MLS51x and MLS52x."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlstrat.core.wording import Scale, clean, count, listed
from mlstrat.workflow.gate.wording import AGAINST, named, sentence, settle

Evidence = Mapping[str, Any]

MOST_SHOWN = 5


def _each(e: Evidence, write: Callable[[Evidence], str]) -> str:
    checks = e["checks"]
    shown = [write(c) for c in checks[:MOST_SHOWN]]
    more = len(checks) - len(shown)
    return "; ".join([*shown, f"and {count(more)} more"] if more else shown) + "."


def _times(n: int) -> str:
    return "once" if n == 1 else f"{count(n)} times"


def _uses(e: Evidence, _s: Scale) -> str:
    parts = [
        f"{x['split']} ({count(x['rows'])} rows) {_times(x['uses'])} by "
        f"{count(x['runs'])} run{'s' if x['runs'] != 1 else ''}"
        for x in e["sets"]
    ]
    return f"Used so far, this time included: {listed(parts)}." if parts else "No dev and no test."


def _worn(e: Evidence, _s: Scale) -> str:
    points = Scale()
    text = (
        f"After {count(e['uses'])} uses by {count(e['runs'])} runs, dev → test is "
        f"{points.points(e['gap'], sign=True)} ({points.interval(e['ci'])})."
    )
    if e["first_gap"] is not None:
        text += f" At the first use it was {points.points(e['first_gap'], sign=True)}."
    return text


SENTENCES: dict[str, Callable[[Evidence, Scale], str]] = {
    "MLS511": lambda e, _s: _each(e, sentence),
    "MLS512": lambda e, _s: _each(e, lambda c: f"{named(c)}: {settle(c)}"),
    "MLS513": lambda e, _s: _each(e, lambda c: f"{named(c)}: {clean(c['reason'], 200)}"),
    "MLS515": lambda e, _s: _each(
        e, lambda c: f"{named(c)}: {count(c['n'])} rows, at least {count(c['min_n'])} are asked for"
    ),
    "MLS516": lambda e, _s: (
        f"The margin is {Scale(e['share']).points(e['margin'])} of {clean(e['title'])}, by which "
        "the run may not be worse than its baseline."
    ),
    "MLS517": lambda e, _s: _each(e, named),
    "MLS518": lambda e, _s: (
        f"{AGAINST[e['baseline']].capitalize()}: "
        + (
            "a ranking within a slice is not paired."
            if e["reason"] == "scores"
            else "there are no ids in both."
        )
    ),
    "MLS519": lambda e, _s: f"{clean(e['baseline'])} was not compared with.",
    "MLS520": lambda e, _s: (
        f"{count(e['checks'])} checks share the {100 * (1 - e['confidence']):.3g} % of error."
    ),
    "MLS521": _uses,
    "MLS522": _worn,
    "MLS523": lambda _e, _s: (
        "The last run moves along: what it loses within the margin, again and again, adds up."
    ),
}
