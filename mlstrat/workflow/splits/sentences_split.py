"""Findings about splits as sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlstrat.core.wording import Scale, clean, count, listed, rounded_up
from mlstrat.workflow.splits.sentences_plan import fine

Evidence = Mapping[str, Any]

REASONS = {
    "source": "there is no source column, so whether dev and test are of one source, and of the "
    "target, is unknown",
    "target": "no --target says which source dev and test are for",
    "label": "there is no label column",
    "features": "no column but those with a role tells examples apart, so near-identical rows and "
    "a classifier were left out",
    "few": "too few rows of dev or test for a classifier to tell them apart",
    "id": "there is no id column",
    "splits": "there are no dev and test to compare",
}
"""Why a part of a check could not be made."""

MEANS = {"source": "sources", "label": "labels"}


def _sources(by: Mapping[str, int]) -> str:
    named = [f"{count(n)} {clean(s)}" for s, n in list(by.items())[:4]]
    more = len(by) - len(named)
    return listed([*named, *([f"{count(more)} other sources"] if more else [])])


def _unchecked(e: Evidence, _s: Scale) -> str:
    return "Not checked: " + "; ".join(REASONS[name] for name in e["unchecked"]) + "."


def _shared(e: Evidence, _s: Scale) -> str:
    return " ".join(_overlap(x) for x in e["overlaps"])


def _overlap(x: Mapping[str, Any]) -> str:
    one, two = x["splits"]
    kind = {"id": "ids", "group": "groups", "row": "identical rows", "near": "near-identical rows"}
    text = f"{count(x['shared'])} {kind[x['kind']]} in both {one} and {two}"
    text += f" ({count(x['rows'][1])} rows of {two})" if x["kind"] != "id" else ""
    if x["examples"]:
        what = listed([clean(str(v), 40) for v in x["examples"]])
        text += f", such as {'row ' if x['kind'] in ('row', 'near') else ''}{what}"
    return text + "."


def _too_small(e: Evidence, s: Scale) -> str:
    parts = []
    for split, n in e["rows"].items():
        least = e["detectable"][split]
        told = "no improvement" if least is None else f"{fine(least)} points at best"
        parts.append(f"{split} has {count(n)} rows, which tell {told}")
    return (
        f"{'; '.join(parts).capitalize()}. To tell {fine(e['detect'])} points from an error of "
        f"{s.value(e['error'])} takes about {count(rounded_up(e['needed']))} rows; fewer where "
        "both models predict the same ones."
    )


def _different(e: Evidence, s: Scale) -> str:
    out = []
    for x in e["differences"]:
        if x["by"] == "classifier":
            ci = x["auc"]["ci"]
            sure = x["auc"]["reason"] if ci is None else f"{ci[0]:.2f} to {ci[1]:.2f}"
            out.append(
                "A classifier tells dev from test, on rows that it did not see, with an AUC of "
                f"{x['auc']['value']:.2f} ({sure})."
            )
        else:
            out.append(_mix(x, "dev", "test", s))
    return " ".join(out)


def _mix(x: Mapping[str, Any], one: str, two: str, s: Scale) -> str:
    chance = f"p {x['p_value']:.2g}" if x["p_value"] > 1e-4 else "p at most 0.0001"
    return (
        f"By {MEANS[x['by']]}, {s.value(x['distance'])} of {one} would have to change to be like "
        f"{two} ({chance})."
    )


def _not_target(e: Evidence, s: Scale) -> str:
    parts = [
        f"{s.value(e['share'][split])} of {split} is not {listed([clean(t) for t in e['target']])} "
        f"({_sources(others)})"
        for split, others in e["rows"].items()
    ]
    return "; ".join(parts) + "."


SENTENCES: dict[str, Callable[[Evidence, Scale], str]] = {
    "MLS350": _unchecked,
    "MLS351": _shared,
    "MLS352": lambda e, _s: f"Train holds {_sources(e['sources'])}, of which dev has none.",
    "MLS353": _shared,
    "MLS354": _different,
    "MLS355": _not_target,
    "MLS356": lambda e, s: " ".join(_mix(x, "train-dev", "train", s) for x in e["differences"]),
    "MLS357": _too_small,
    "MLS358": lambda e, _s: f"Each of {count(e['rows'])} rows was placed by its content.",
    "MLS359": lambda e, _s: (
        f"{count(len(e['strata']))} new strata with {count(e['rows'])} rows: "
        + listed([clean(" ".join(x for x in (s["source"], s["value"]) if x)) or "blank"
                  for s in e["strata"][:5]]) + "."
    ),
}  # fmt: skip
