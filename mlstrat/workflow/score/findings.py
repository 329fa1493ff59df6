"""MLS30x: what is to be known about the single number."""

from __future__ import annotations

from mlstrat.core.findings import Rule

_CHANGE = "C3W1 When to change dev/test sets and metrics"

RULES = (
    Rule("MLS301", "note", "Values without a figure are left out of the mean",
         "The mean over the values of a column is over those that have a figure.",
         "The metric is undefined on the rows of a value.", "interface",
         ("look at these rows by themselves, or take a metric that exists there",)),
    Rule("MLS302", "note", "The figure is weighted by what an error costs",
         "Σ weight · error / Σ weight: a row of weight 10 counts as ten rows. A metric that "
         "captures what you prefer is one step, aiming at it another.",
         "--weight-when is given.", _CHANGE,
         ("rank models by this figure, and by no other, from here on",
          "if it still ranks them against your preference, or does well where the application "
          "does not, change the metric and/or the dev and test sets",
          "if the target itself moved, move metric, dev and test first; then aim at them")),
    Rule("MLS303", "issue", "A weight applies to no row",
         "No row of the split meets all conditions of the rule, so it changes nothing.",
         "A rule of --weight-when meets no row of the split.", _CHANGE,
         ("collect such examples into dev: a metric cannot see what dev does not hold",)),
)  # fmt: skip
