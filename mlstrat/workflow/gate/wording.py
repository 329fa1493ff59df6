"""How a check is called and what it found, for the document, its findings and JUnit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.core.sample_size.to_settle import to_settle_sentence
from mlstrat.core.wording import GAP_TITLES, Scale, clean

Evidence = Mapping[str, Any]

AGAINST = {"last": "the baseline", "pinned": "the pinned baseline"}


def named(e: Evidence) -> str:
    """Return what a check looks at: ``F1 on dev, region north``."""
    title = GAP_TITLES.get(e["metric"], clean(e["title"]))
    text = f"{title} on {e['split']}" if e["split"] else title
    parts = [f"{clean(k, 30)} {clean(v, 40) or '(blank)'}" for k, v in e["where"].items()]
    return ", ".join([text, *parts])


def bound(e: Evidence) -> str:
    """Return the bound as text: ``at least 90.0%``."""
    if e["kind"] == "margin":
        side = "below" if e["bound"] < 0 else "above"
        return f"{_points(e, abs(e['bound']))} {side} {AGAINST[e['against']]}"
    word = "at least" if e["kind"] == "min" else "at most"
    return f"{word} {_level(e, e['bound'])}"


def short_bound(e: Evidence) -> str:
    """Return the bound for a narrow column: ``-1.0 vs pinned``."""
    if e["kind"] == "margin":
        against = "baseline" if e["against"] == "last" else "pinned"
        return f"{_points(e, e['bound'], sign=True).removesuffix(' points')} vs {against}"
    return bound(e)


def short_observed(e: Evidence) -> str:
    """Return the figure for a narrow column, a difference without its unit."""
    return observed(e).removesuffix(" points")


def observed(e: Evidence) -> str:
    """Return the figure as text."""
    if e["observed"] is None:
        return "missing"
    if e["kind"] == "margin":
        return _points(e, e["observed"], sign=True)
    return _level(e, e["observed"])


def interval(e: Evidence) -> str:
    """Return the interval as text."""
    return Scale(e["share"]).interval(e["ci"])


def sentence(e: Evidence) -> str:
    """Return what a check found, in one line without its end."""
    text = f"{named(e)}: {observed(e)}"
    if e["ci"] is not None:
        text += f" ({interval(e)})"
    return f"{text}; {'allowed: less than' if e['kind'] == 'margin' else 'bound:'} {bound(e)}"


def settle(e: Evidence) -> str:
    """Return what would settle an inconclusive check, without its end."""
    if e["to_settle"] is None:
        reason = clean(e["reason"] or "no number of examples would settle it", 200)
        return reason[0].upper() + reason[1:]
    such = "such " if e["where"] else ""
    rows, most = (
        None if found is None else {f"{such}{split}": n for split, n in found.items()}
        for found in (e["to_settle"]["rows"], e["to_settle"]["or_more"])
    )
    return to_settle_sentence(rows or {}, most, paired=e["paired"]).removesuffix(".")


def _level(e: Evidence, x: float) -> str:
    if e["metric"] in GAP_TITLES:
        return Scale(e["share"]).points(x, sign=True)
    return Scale(True).value(x) if e["share"] else f"{x:.6g}"


def _points(e: Evidence, x: float, *, sign: bool = False) -> str:
    return Scale(e["share"]).points(x, sign=sign)
