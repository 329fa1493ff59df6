"""MLS32x: what two runs on the same examples say about each other."""

from __future__ import annotations

from mlstrat.core.findings import Rule

_SIZE = "C3W1 Size of the dev and test sets; Machine Learning Yearning 7"

RULES = (
    Rule("MLS321", "note", "Both predict the same on every row",
         "There is nothing to compare: no row tells the two apart.",
         "All predictions are equal.", "interface",
         ("check that these are two models, and not one file under two names",)),
    Rule("MLS322", "issue", "Some examples stand in one of the two runs only",
         "They are left out: two models are compared on the examples that both predict.",
         "An id of one run does not occur in the other.", "interface",
         ("predict the same examples with both models; what is missing may be what is hard",)),
    Rule("MLS323", "note", "The data cannot tell which is better",
         "The difference that was seen may be chance.",
         "The p-value (accuracy, error) or the interval (other metrics) does not tell the two "
         "apart at the confidence asked for.", _SIZE,
         ("take the one that is simpler, faster or smaller",
          "or predict more examples with both before choosing")),
    Rule("MLS324", "note", "The metric and the count of right rows disagree",
         "The p-value speaks of right and wrong rows, the interval of the metric; the verdict "
         "follows the interval.", "One of the two tells the models apart and the other does not.",
         "C3W1 Single number evaluation metric",
         ("decide which of the two you rank models by, and keep to it",)),
    Rule("MLS325", "note", "The p-value counts every row once",
         "Weights enter the figures and the difference, not McNemar's test.",
         "The run has weights and no groups.", "McNemar (1947)"),
    Rule("MLS326", "note", "The two differ on some slices",
         "On these rows one of the two is right more often, whatever the total says.",
         "A slice's p-value, adjusted for the number of slices by Holm's method, is at most "
         "1 − confidence.", "Holm (1979)",
         ("read the examples on which only one of the two is right there",)),
)  # fmt: skip
