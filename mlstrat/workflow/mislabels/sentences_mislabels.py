"""Sentences of the findings MLS42x."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlstrat.core.wording import Scale, clean, count, listed

Evidence = Mapping[str, Any]

MOST_SHOWN = 5


def _part(e: Evidence, s: Scale) -> str:
    if e.get("difference") is not None:
        return (
            f"The two models differ by {s.points(abs(e['difference']))}, and wrong labels make up "
            f"{s.points(e['error_from_labels'])} of the error."
        )
    return (
        f"They make up {s.value(e['label_share'])} of the errors; "
        f"{s.points(e['error_from_other'])} of error come from everything else."
    )


def _half_marked(e: Evidence, _s: Scale) -> str:
    names = (("errors", e["errors"]), ("correct rows", e["correct"]))
    kinds = [f"{count(n)} {name}" for name, n in names if n is not None]
    return f"Marked are {listed(kinds)}; the others are blank, which says not read."


def _bound(e: Evidence, _s: Scale) -> str:
    rows = "rows" if e["correct"] is None else f"{count(e['correct'])} rows"
    return f"No correct row was read: of the {rows} that count as correct nothing is known."


def _random(e: Evidence, _s: Scale) -> str:
    if not e["tested"]:
        return "Random errors average out. Whether these are random could not be tested."
    return (
        f"No sign of being systematic among {count(e['mislabeled'])} wrong labels (by "
        f"{listed([clean(x) for x in e['tested']])}; smallest adjusted p = {e['p_adjusted']:.2g})."
    )


def _systematic(e: Evidence, _s: Scale) -> str:
    parts = [
        f"{clean(x['column'])} {clean(x['value']) or '(blank)'}: {count(x['mislabeled'])} of "
        f"{count(x['read'])}, {x['expected']:.1f} expected (p = {x['p_adjusted']:.2g})"
        for x in e["concentrations"][:MOST_SHOWN]
    ]
    return f"{'; '.join(parts)}."


def _assumed(e: Evidence, _s: Scale) -> str:
    read = e["read"]
    if read is None:
        return "Typed numbers say nothing of single rows: wrong labels are taken to hit both alike."
    return (
        f"Read were {count(read['only_a_right'])} rows on which only the first is right, and "
        f"{count(read['only_b_right'])} on which only the second is."
    )


def _truths(e: Evidence, _s: Scale) -> str:
    parts = []
    if e["new_labels"]:
        parts.append(f"New: {_some(e['new_labels'])}.")
    if e["unresolved"]:
        parts.append(f"{count(e['unresolved'])} wrong labels have no right one yet.")
    if e["inferred"]:
        parts.append(f"For {count(e['inferred'])} rows the other of two labels was taken.")
    return " ".join(parts)


def _some(names: Sequence[str]) -> str:
    shown = [clean(x) for x in names[:MOST_SHOWN]]
    more = len(names) - len(shown)
    return listed([*shown, f"{count(more)} more"] if more else shown)


SENTENCES: dict[str, Callable[[Evidence, Scale], str]] = {
    "MLS420": _half_marked,
    "MLS421": _part,
    "MLS422": _part,
    "MLS423": _bound,
    "MLS424": lambda _e, _s: "What is corrected in dev is to be corrected in test.",
    "MLS425": _random,
    "MLS426": _systematic,
    "MLS427": _assumed,
    "MLS428": _truths,
    "MLS429": lambda e, _s: f"{count(e['rows'])} rows were picked, not drawn at random.",
}
