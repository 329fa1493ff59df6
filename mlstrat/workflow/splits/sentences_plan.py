"""The findings and reasons of a plan as sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlstrat.core.wording import Scale, count, listed
from mlstrat.workflow.splits.planning import Wanted

Evidence = Mapping[str, Any]


def fine(x: float) -> str:
    """Return a fraction in percent or points with as many digits as it takes.

    Examples
    --------
    >>> fine(0.001), fine(0.05), fine(0.01234)
    ('0.1', '5', '1.2')
    """
    return f"{100 * x:.2g}" if x < 0.1 else f"{100 * x:.3g}"


def points(x: float) -> str:
    """Return a fraction as a difference in points.

    Examples
    --------
    >>> points(0.01), points(0.001)
    ('1 point', '0.1 points')
    """
    return f"{fine(x)} point{'' if fine(x) == '1' else 's'}"


def need_words(need: str, wanted: Wanted) -> str:
    """Return in words what asks for a size."""
    detect = "" if wanted.detect is None else points(wanted.detect)
    errors, mismatch = wanted.eyeball_errors, wanted.mismatch
    return {
        "detect_unpaired": f"tells {detect}, two independent sets",
        "detect_paired": f"tells {detect}, two models on the same examples",
        "mismatch": f"tells a mismatch of {points(mismatch or 0.0)}",
        "eyeball": f"holds about {count(errors)} errors",
        "rule_of_thumb": "the course's rule of thumb",
        "given": "there already",
        "rest": "the rest",
    }[need]


def _shares(e: Evidence, _s: Scale) -> str:
    rules = [
        f"{name} ({', '.join(count(n) for n in counts)})" for name, counts in e["rules"].items()
    ]
    return f"For {count(e['examples'])} examples: {listed(rules)} of train, dev, test."


def _open(e: Evidence, s: Scale) -> str:
    return f"{_shares(e, s)} Neither is named for this size; both ends are shown."


def _too_small(e: Evidence, _s: Scale) -> str:
    what = "a mismatch" if e["need"] == "mismatch" else "a difference"
    return (
        f"{count(e['dev'])} dev examples do not tell {what} of {points(e['difference'])}; "
        f"{count(e['needed'])} would."
    )


def _eyeball(e: Evidence, _s: Scale) -> str:
    picture = e["picture"]
    sense = "no picture to rely on" if picture is None else f"a {picture} picture"
    text = (
        f"{count(e['errors'])} errors give {sense} of where errors come from; about "
        f"{count(e['examples'])} examples hold them."
    )
    return text + (" Rarely does anyone read as many." if e["more_than_people_read"] else "")


def _blackbox(e: Evidence, _s: Scale) -> str:
    if e["use"] == "none":
        return "Nothing is left: all of dev is read, so watch for overfitting to it."
    return f"{count(e['blackbox'])} dev examples are never read: {e['use']}."


def _paired(e: Evidence, _s: Scale) -> str:
    sizes = [f"{count(p['n'])} if they disagree on {fine(p['discordance'])} %" for p in e["paired"]]
    return f"To tell {points(e['detect'])} takes {listed(sizes)} of the examples."


def _test(e: Evidence, _s: Scale) -> str:
    text = f"{count(e['test'])} examples"
    if e["share"] is not None:
        text += f", {fine(e['share'])} % of all"
    if e["half_width"] is not None:
        text += f", know the error to ± {points(e['half_width'])}"
    return text + "."


SENTENCES: dict[str, Callable[[Evidence, Scale], str]] = {
    "MLS340": _shares,
    "MLS341": _too_small,
    "MLS342": _open,
    "MLS343": _eyeball,
    "MLS344": _blackbox,
    "MLS345": _paired,
    "MLS346": _test,
    "MLS347": lambda e, _s: (
        f"{count(e['reduced'])} of {count(e['examples'])} examples take about 1/"
        f"{e['speedup']:.3g} of the time, where the cost grows with the examples."
    ),
    "MLS348": lambda e, _s: (
        f"{count(e['train'])} of {count(e['examples'])} examples are left for train."
    ),
    "MLS349": lambda e, _s: (
        f"On {count(e['dev'])} examples even a fall from {fine(e['error'])} % to 0 is not told."
    ),
}
