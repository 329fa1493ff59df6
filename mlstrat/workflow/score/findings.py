"""MLS30x: what is to be known about the single number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.core.findings import Rule
from mlstrat.core.wording import Scale, clean, count, listed

_CHANGE = "C3W1 When to change dev/test sets and metrics"


Evidence = Mapping[str, Any]


MOST_SHOWN = 10


def _values(names: list[str]) -> str:
    shown = [clean(x) or "(blank)" for x in names[:MOST_SHOWN]]
    more = len(names) - len(shown)
    return listed([*shown, f"{count(more)} more"] if more else shown)


def _left_out(e: Evidence, _s: Scale) -> str:
    return "; ".join(f"{clean(k)}: {_values(v)}" for k, v in e["values"].items()) + "."


def where(conditions: Mapping[str, str]) -> str:
    """Return the conditions of a rule as text: ``label cat and prediction dog``."""
    return listed([f"{clean(k)} {clean(v) or '(blank)'}" for k, v in conditions.items()])


def _weighted(e: Evidence, s: Scale) -> str:
    parts = []
    for rule in e["rules"]:
        share = rule["share_of_weight"]
        held = "" if share is None else f", {100 * share:.1f}% of the weight"
        parts.append(
            f"{where(rule['where'])} weighs {rule['weight']:g} ({count(rule['rows'])} rows{held})"
        )
    return f"{'; '.join(parts)}. Without these weights the figure is {s.value(e['unweighted'])}."


def _unmet(e: Evidence, _s: Scale) -> str:
    rules = listed([where(x["where"]) for x in e["rules"]])
    return f"No row of {e['split']} is {rules}."


SEVERAL_RUNS = Rule(
    "MLS292", "note", "Runs of one model on the same examples are averaged",
    "Another seed would give another figure, and so would other examples: the interval is over "
    "both. The rows of all runs together are no more examples than those of one.",
    "--by names a column of seeds, and it has two values or more; or several files, each a run.",
    "mlstrat: Zou and Donner (2008); Student's t over the runs",
    ("compare models by the mean over seeds, not by their best runs",),
    sentence=lambda e, s: (
        f"{count(e['runs'])} runs by {clean(e['column'])}: standard deviation {s.points(e['sd'])}, "
        f"from {s.value(e['low'])} to {s.value(e['high'])}."))  # fmt: skip

VALUES_LEFT_OUT = Rule(
    "MLS301", "note", "Values without a figure are left out of the mean",
    "The mean over the values of a column is over those that have a figure.",
    "The metric is undefined on the rows of a value.",
    "mlstrat: undefined is said, never counted as 0",
    ("look at these rows by themselves, or take a metric that exists there",),
    sentence=_left_out)  # fmt: skip

WEIGHTED_BY_COST = Rule(
    "MLS302", "note", "The figure is weighted by what an error costs",
    "Σ weight · error / Σ weight: a row of weight 10 counts as ten rows. A metric that "
    "captures what you prefer is one step, aiming at it another.",
    "--weight-when is given.", _CHANGE,
    ("rank models by this figure, and by no other, from here on",
    "if it still ranks them against your preference, or does well where the application "
    "does not, change the metric and/or the dev and test sets",
    "if the target itself moved, move metric, dev and test first; then aim at them"),
    sentence=_weighted)  # fmt: skip

WEIGHT_UNUSED = Rule(
    "MLS303", "issue", "A weight applies to no row",
    "No row of the split meets all conditions of the rule, so it changes nothing.",
    "A rule of --weight-when meets no row of the split.", _CHANGE,
    ("collect such examples into dev: a metric cannot see what dev does not hold",),
    sentence=_unmet)  # fmt: skip
