"""Sentences of the findings MLS40x."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlstrat.core.wording import Scale, clean, count, listed, rounded_up

Evidence = Mapping[str, Any]

MOST_SHOWN = 5
READINGS = {"very_rough": "very rough", "rough": "rough"}


def some(words: Sequence[str], most: int = MOST_SHOWN) -> str:
    """Return the first of some words, and how many more there are."""
    shown = [*words[:most], f"{count(len(words) - most)} more"] if len(words) > most else words
    return listed(list(shown))


def _worth(e: Evidence, _s: Scale) -> str:
    scale = Scale()
    tags = [f"{clean(x['tag'])} (at most {scale.points(x['gain'])})" for x in e["tags"]]
    return f"{some(tags)}; the noise of the dev set is ±{scale.points(e['noise'])}."


def _first(e: Evidence, _s: Scale) -> str:
    if e["most_per_day"] is None:
        other = "1 other tag" if e["others"] == 1 else f"{count(e['others'])} other tags"
        return f"{clean(e['largest'])} is the largest; {other} may pay back the work sooner."
    rate = ""
    if e["gain_per_day"] is not None:
        rate = f", at most {Scale().points(e['gain_per_day'])} a day"
    if e["most_per_day"] == e["largest"]:
        return f"{clean(e['largest'])} is the largest, and gives most for each day of work{rate}."
    return (
        f"{clean(e['largest'])} is the largest, but {clean(e['most_per_day'])} gives most for "
        f"each day of work{rate}."
    )


def _pair(e: Evidence, _s: Scale) -> str:
    first, second = (clean(tag) for tag in e["tags"])
    text = f"{first} leads {second} by {Scale().points(e['difference'])} ({_ci(e)}). "
    if e["more"] is not None:
        more = rounded_up(e["more"])
        if e["errors"] is not None and e["reviewed"] + more >= e["errors"]:
            return text + f"Reading all {count(e['errors'])} errors would tell, for this set."
        return text + f"Reading about {count(more)} more errors would tell."
    if e["difference"] <= 0:
        return f"{first} and {second} are as large as each other so far; no number would tell."
    return text + "A few more errors would tell."


def _ci(e: Evidence) -> str:
    return f"{Scale().interval(e['ci'])}"


def _few(e: Evidence, _s: Scale) -> str:
    text = f"{count(e['reviewed'])} errors were read: {READINGS[e['reading']]}"
    if e["errors"] is not None and e["reviewed"] >= e["errors"]:
        return f"{text}, though these are all there are."
    return f"{text}; 50 give a good sense and 100 a very good one."


def _variants(e: Evidence, _s: Scale) -> str:
    groups = [" / ".join(clean(tag) for tag in group) for group in e["variants"]]
    return f"{some(groups)}{': counted as one' if e['merged'] else ''}."


def _sum(e: Evidence, _s: Scale) -> str:
    parts = []
    if e["weighed"] is not None:
        parts.append(
            f"The weights add up to {e['weighed']:.6g} errors, and there are {count(e['errors'])}"
        )
    if e["added"]:
        rows = "1 row has" if e["added"] == 1 else f"{count(e['added'])} rows have"
        parts.append(f"{rows} no weight and {'is' if e['added'] == 1 else 'are'} left out")
    return _of_sheet(e) + ". ".join(parts) + "."


def _of_sheet(e: Evidence) -> str:
    """Return which of two sheets it is, where that is not the later one."""
    return f"{clean(e['sheet'])}: " if "sheet" in e else ""


def _unread(e: Evidence, _s: Scale) -> str:
    unread = f"{e['unread']:.0f}"
    return f"They hold {unread} of the {count(e['errors'])} errors."


SENTENCES: dict[str, Callable[[Evidence, Scale], str]] = {
    "MLS401": _worth,
    "MLS402": _worth,
    "MLS403": _first,
    "MLS404": _pair,
    "MLS405": _few,
    "MLS406": _variants,
    "MLS407": _sum,
    "MLS408": _unread,
    "MLS409": lambda e, _s: f"{clean(e['file'])} was read as {e['encoding']}.",
    "MLS410": lambda e, _s: (
        f"{_of_sheet(e)}A ranking picked the {count(e['reviewed'])} errors that were read."
    ),
}
