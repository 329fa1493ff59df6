"""The findings about people as sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlstrat.core.wording import Scale, clean, count, listed

Evidence = Mapping[str, Any]

AGREEMENTS = {"cohen_kappa": "Cohen's kappa", "krippendorff_alpha": "Krippendorff's alpha"}

MOST_NAMES = 8
"""Names that a reader is shown; the JSON has all."""


def named(names: Sequence[str]) -> str:
    """Return names in a sentence, the first of many."""
    some = [clean(name) for name in names[:MOST_NAMES]]
    if len(names) > MOST_NAMES:
        some.append(f"{len(names) - MOST_NAMES} more")
    return listed(some)


def _purpose(e: Evidence, s: Scale) -> str:
    text = f"{clean(e['proxy'])} at {s.value(e['error'])} is the proxy for Bayes error. "
    if e["bar"] is None:
        return text + "The bar for publishing or deploying is yours to name: --bar NAME."
    return text + (
        f"The bar for publishing or deploying is {clean(e['bar'])} at {s.value(e['bar_error'])}."
    )


def _few(e: Evidence, _s: Scale) -> str:
    who = [f"{clean(name)} ({count(n)} answers)" for name, n in e["answers"].items()]
    return f"Lower than {clean(e['proxy'])} and passed over: {listed(who[:MOST_NAMES])}."


def _model(e: Evidence, s: Scale) -> str:
    parts = [
        f"{words} {named(e[answer])}"
        for answer, words in (("yes", "beats"), ("no", "does not beat"),
                              ("undecided", "cannot be told from"))
        if e[answer]
    ]  # fmt: skip
    return f"At {s.value(e['model'])} the model {listed(parts)}."


SENTENCES: dict[str, Callable[[Evidence, Scale], str]] = {
    "MLS330": _purpose,
    "MLS331": _few,
    "MLS332": _model,
    "MLS333": _model,
    "MLS334": lambda e, _s: f"{AGREEMENTS[e['method']]} is {e['value']:.2f}.",
    "MLS335": lambda e, _s: f"{clean(e['proxy'])} may be no better than {named(e['tied'])}.",
    "MLS336": lambda e, _s: f"{count(e['ids'])} ids, as {named(e['first'])}.",
    "MLS337": _model,
    "MLS338": lambda e, _s: f"{count(e['ties'])} examples are tied.",
}
