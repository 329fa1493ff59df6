"""The findings of a study as sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlstrat.core.wording import GAP_TITLES, Scale, clean, count, listed

Evidence = Mapping[str, Any]

MOST_MOVES = 8
"""Comparisons that a sentence names; the JSON has all."""


def quantity_title(name: str) -> str:
    """Return a gap or a level in words: ``variance``, ``error on dev``."""
    return GAP_TITLES.get(name, f"error on {name}")


def change_text(change: Mapping[str, Any], s: Scale) -> str:
    """Return ``−12.3 points (−14.1 to −10.5)``."""
    text = s.points(change["value"], sign=True)
    return text if change["ci"] is None else f"{text} ({s.interval(change['ci'])})"


def _moves(e: Evidence, s: Scale) -> str:
    return _several([_move(x, s) for x in e["moves"]])


def _move(x: Mapping[str, Any], s: Scale) -> str:
    at = "" if x["n"] is None else f" at {count(x['n'])} examples"
    against = "" if x["against"] == "base" else f" against {clean(x['against_title'])}"
    what = f"{quantity_title(x['quantity'])} {change_text(x['change'], s)}"
    return f"{clean(x['title'])}{against}{at}: {what}"


def _several(parts: Sequence[str]) -> str:
    shown = list(parts[:MOST_MOVES])
    if len(parts) > MOST_MOVES:
        shown.append(f"{len(parts) - MOST_MOVES} more")
    return f"{'; '.join(shown)}."


def _several_gaps(e: Evidence, s: Scale) -> str:
    parts = []
    for knob in e["knobs"]:
        gaps = listed([
            f"{quantity_title(x['quantity'])} {change_text(x['change'], s)}" for x in knob["gaps"]
        ])  # fmt: skip
        dev = [f"; dev {change_text(x['change'], s)}" for x in knob["dev"]]
        parts.append(f"{clean(knob['title'])} moved {gaps}{''.join(dev)}")
    return _several(parts)


def _none(e: Evidence, s: Scale) -> str:
    if "conditions" in e:
        text = f"{_several([clean(x) for x in e['conditions'].values()])}"
        if e["widest"] is None:
            return text
        return (
            f"{text} A change of dev of up to {s.points(e['widest'])}, either way, may have "
            "been overlooked."
        )
    return _several([_move(x, s) for x in e["moves"]])


def _conditions(e: Evidence, s: Scale) -> str:
    c = e["conditions"]
    times = c["examples_a"] / c["examples_b"][-1]
    return (
        f"Same input: {clean(c['input'], 200)}. Data: {count(c['examples_a'])} examples of A, "
        f"{count(c['examples_b'][0])} to {count(c['examples_b'][-1])} of B, "
        f"{c['examples_a'] / c['examples_b'][0]:.3g} to {times:.3g} times as many. Low-level "
        f"features: a new last layer on what A taught, {change_text(c['frozen'], s)} against "
        f"scratch with {count(c['examples_b'][0])} examples."
    )


def _parts(e: Evidence, s: Scale) -> str:
    parts = []
    for row in e["parts"]:
        owned = listed([
            f"{clean(x['part'])} {s.value(x['share']['value'])}" for x in row["parts"]
            if x["share"]["value"] is not None
        ] or ["nothing to share out"])  # fmt: skip
        parts.append(f"with {count(row['n'])} examples: {owned}")
    return f"Of the errors of the chain, {'; '.join(parts)}."


def _reuse(e: Evidence, _s: Scale) -> str:
    parts = [f"{count(x['sources'])} sources, each under {x['repeats']:,.3g}" for x in e["reuse"]]
    x = e["reuse"][0]
    return (
        f"Of {count(x['clean'] * x['copies'])} examples, {count(x['clean'])} clean ones "
        f"{count(x['copies'])} times each: {'; '.join(parts)}."
    )


SENTENCES: dict[str, Callable[[Evidence, Scale], str]] = {
    **dict.fromkeys(
        ("MLS701", "MLS704", "MLS706", "MLS711", "MLS712", "MLS721", "MLS722", "MLS731",
         "MLS732", "MLS741", "MLS743", "MLS751", "MLS752", "MLS753", "MLS761", "MLS762",
         "MLS763"),
        _moves,
    ),
    "MLS702": _several_gaps,
    "MLS703": _none,
    "MLS705": lambda e, _s: f"Seeds: {e['seeds']}.",
    "MLS713": _conditions,
    "MLS733": _parts,
    "MLS742": _reuse,
}  # fmt: skip
