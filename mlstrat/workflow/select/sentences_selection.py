"""Findings about a choice as sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlstrat.core.wording import Scale, clean, count, listed, rounded_up

Evidence = Mapping[str, Any]

MOST_NAMES = 8
"""Names in a sentence; the table and the JSON have all."""


def named(names: Sequence[str]) -> str:
    """Return some names, and how many more there are."""
    shown = [clean(x, 30) for x in names[:MOST_NAMES]]
    more = len(names) - len(shown)
    return listed([*shown, f"{count(more)} more"] if more else shown)


def _tie(e: Evidence, _s: Scale) -> str:
    text = f"{named(e['tied'])} cannot be told from {clean(e['best'], 30)}"
    text += ", on shared examples" if e["paired"] else ""
    text += f", looking at {count(e['candidates'])}."
    if e["rows_needed"] is not None:
        text += (
            f" About {count(rounded_up(e['rows_needed']))} examples instead of "
            f"{count(e['rows'])} would tell the best from the next, if figures stay as they are."
        )
    return text


def _nearest(e: Evidence, _s: Scale) -> str:
    misses = [f"{clean(m['constraint'])} by {m['by']:.4g} ({m['value']:.4g})" for m in e["misses"]]
    return f"{named(e['nearest'])} is nearest: it misses {listed(misses)}."


def _preferences(e: Evidence, _s: Scale) -> str:
    pairs = [
        f"{clean(p['better'], 30)} over {clean(p['worse'], 30)}" for p in e["wrong"][:MOST_NAMES]
    ]
    text = f"People prefer {listed(pairs)}; the metric does not."
    if e["weights_tried"] is None:
        return text
    if e["smallest"] is None:
        return text + f" No weight on one of {count(e['weights_tried'])} parts alone mends it."
    where = listed([f"{clean(k)} {clean(v)}" for k, v in e["smallest"]["where"].items()])
    return text + (
        f" An error that weighs {where} {e['smallest']['weight']:g} times would agree (any weight "
        f"just above {e['smallest']['above']:.3g})."
    )


SENTENCES: dict[str, Callable[[Evidence, Scale], str]] = {
    "MLS310": _tie,
    "MLS311": lambda e, _s: f"Undecided: {named(e['undecided'])}.",
    "MLS312": _nearest,
    "MLS313": lambda e, _s: (
        f"Better than {clean(e['choice'], 30)}, but undecided: {named(e['candidates'])}."
    ),
    "MLS314": lambda e, _s: f"{clean(e['optimize'])} has no interval.",
    "MLS315": lambda e, _s: f"Columns: {named(e['columns'])}.",
    "MLS316": _preferences,
    "MLS317": lambda e, _s: f"Not paired: {named(e['runs'])}.",
    "MLS318": lambda e, _s: (
        "Blank or undefined: "
        + listed([f"{count(n)} of {clean(c, 30)}" for c, n in e["columns"].items()])
        + "."
    ),
}
