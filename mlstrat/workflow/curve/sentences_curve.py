"""The findings of a learning curve as sentences."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from mlstrat.core.wording import Scale, clean, count, listed, rounded_up

Evidence = Mapping[str, Any]

NO_PRACTICAL_NUMBER = 100
"""More than this many times the examples that there are is no advice."""

MOST_VALUES = 6
"""Values of one setting that a reader is shown; the JSON has all."""


def sized(x: float) -> str:
    """Return a size from a fit, to two digits: 5,213 is not known to the example.

    Examples
    --------
    >>> sized(5213), sized(40), sized(96_500.0)
    ('5,200', '40', '96,000')
    """
    if x < 100:
        return count(max(round(x), 1))
    digits = int(math.log10(x)) - 1
    return count(int(round(x / 10**digits) * 10**digits))


def figure(e: Evidence, s: Scale) -> str:
    """Return ``8.2 % (7.1 to 9.0)``."""
    text = s.value(e["value"])
    return text if e["ci"] is None else f"{text} ({s.interval(e['ci'])})"


def _apart(e: Evidence, s: Scale) -> str:
    text = s.points(abs(e["value"]))
    return text if e["ci"] is None else f"{text} ({s.interval(_facing(e))})"


def _facing(e: Evidence) -> list[float]:
    """Return an interval as seen from the side on which the value lies."""
    low, high = e["ci"]
    return [low, high] if e["value"] >= 0 else [-high, -low]


def _gaps(e: Evidence, s: Scale) -> str:
    side = "above" if e["bias"]["value"] >= 0 else "below"
    over = "above" if e["variance"]["value"] >= 0 else "below"
    return (
        f"At {count(e['n'])} examples train is {s.value(e['train']['value'])}, "
        f"{_apart(e['bias'], s)} {side} the target of {s.value(e['target'])}; dev is "
        f"{s.value(e['dev']['value'])}, {_apart(e['variance'], s)} {over} train."
    )


def _flat(e: Evidence, s: Scale) -> str:
    return (
        f"Dev falls towards {figure(e['floor'], s)}, and the target is {s.value(e['target'])}. "
        f"At {count(e['n'])} examples dev is {figure(e['dev'], s)}."
    )


def _variance(e: Evidence, s: Scale) -> str:
    text = _gaps(e, s)
    if e["reaches"] == "never":
        why = "the curve has flattened" if e["proof"] == "floor" else "train is above the target"
        text += f" Yet data alone will not do: {why}."
    return text


def size_words(value: float, ci: list[float] | None) -> str:
    """Return ``about 5,200 examples (3,900 to 8,100)``."""
    text = f"about {sized(value)} examples"
    return text if ci is None else f"{text} ({sized(ci[0])} to {sized(ci[1])})"


def _reached(e: Evidence, s: Scale) -> str:
    times = e["size"] / e["n"]
    text = f"Dev reaches {s.value(e['target'])} at {size_words(e['size'], e['ci'])}"
    if times > 1:
        text += f", {times:.2g} times the {count(e['n'])} of the largest run"
    text += "."
    return text + (" So far out a power law is a guess." if e["far"] else "")


def _open(e: Evidence, s: Scale) -> str:
    if e["reason"] == "counts":
        return (
            "Nothing tells how sure the dev errors are, and the points are too few to show their "
            "scatter. A column dev_n, or --dev-n, would tell; in a study, three seeds or more."
        )
    if e["reason"] == "train":
        return (
            f"The training error of {figure(e['train'], s)} is above the target of "
            f"{s.value(e['target'])}, though not surely; if it is, no data will do."
        )
    text = f"Dev falls towards {figure(e['floor'], s)}, and the target is {s.value(e['target'])}. "
    if e["best_size"] is not None:
        text += f"The best fit reaches it at about {sized(e['best_size'])} examples"
        early = e["earliest"]
        text += f", at the earliest at {sized(early)}. " if early is not None else ". "
    ways = []
    if e["times"] is not None and e["times"] <= NO_PRACTICAL_NUMBER:
        ways.append(f"{e['times']:.2g} times the dev examples and the runs a size, averaged")
    if e["size"] is not None:
        ways.append(f"one more run on about {count(rounded_up(e['size']))} examples")
    if not ways:
        return text + "No practical number of examples or runs would settle it, if so it stays."
    return text + f"What would settle it, if the figures stay as they are: {', or '.join(ways)}."


def _scattered(e: Evidence, _s: Scale) -> str:
    return (
        f"χ² is {e['chi_squared']:.1f} on {e['degrees']} degrees of freedom; variances are taken "
        f"{e['spread']:.1f} times as large as counts say."
    )


def _differ(e: Evidence, _s: Scale) -> str:
    parts = []
    for knob, values in e["settings"].items():
        some = [clean(str(v), 30) if v is not None else "not said" for v in values[:MOST_VALUES]]
        if len(values) > MOST_VALUES:
            some.append(f"{len(values) - MOST_VALUES} more")
        parts.append(f"{clean(knob)} ({listed(some)})")
    return f"{'; '.join(parts)}."


SENTENCES: dict[str, Callable[[Evidence, Scale], str]] = {
    "MLS601": _flat,
    "MLS602": _gaps,
    "MLS603": _variance,
    "MLS604": _gaps,
    "MLS605": _reached,
    "MLS606": _open,
    "MLS607": _scattered,
    "MLS608": lambda e, s: f"Dev falls towards {figure(e['floor'], s)}.",
    "MLS609": _differ,
}
