"""MLS43x: where errors concentrate."""

from __future__ import annotations

from mlstrat.core.estimates import FEWEST_GROUPS
from mlstrat.core.findings import Rule
from mlstrat.workflow.slices.slice_limits import BEYOND, MOST_TESTED, MOSTLY, SAME_ROWS

_READ = "C3W2 Carrying out error analysis; Machine Learning Yearning 14"

RULES = (
    Rule("MLS431", "note", "Columns are left out",
         "A column whose values are all different, or all the same, or lists, has no slices.",
         "A value of its own in more than half of the rows, one value only, no value that is "
         "frequent enough, or lists, structs and bytes.", "ours",
         ("name a column of whole numbers with --by to have it cut into ranges",
          "take smaller slices with --min-size")),
    Rule("MLS432", "issue", "Errors concentrate in some slices",
         "These rows have more errors than the rest, and not by chance.",
         f"Found on one half of the rows; on the other at most {MOST_TESTED} are tested, and the "
         "p-value, adjusted by Holm's method, is at most 1 − confidence. A pair of conditions "
         f"must exceed each of the two alone by {BEYOND:g} standard errors; slices with "
         f"{100 * SAME_ROWS:g} % of their rows in common count as one.",
         f"{_READ}; Holm (1979); split as in Fithian, Sun and Taylor (2014)",
         ("read errors of the first of them, and tag what they have in common",
          "weigh the ceiling (share of errors) against what it takes to mend it",
          "collect or make training data like it")),
    Rule("MLS433", "note", "No slice is confirmed",
         "What was found on one half did not hold on the other: errors may be spread evenly, or "
         "the rows are too few to tell.",
         "No adjusted p-value is at most 1 − confidence.", "Holm (1979)",
         ("name the few columns that matter with --by: fewer slices compete",
          "or collect more dev examples", "or read errors by hand: mlstrat sample")),
    Rule("MLS434", "tip", "People do better than the model on some slices",
         "Where people are better there is something to learn from them: their labels, their "
         "reasons, and an estimate of the avoidable bias.",
         "The error of people is below that of the model on the same rows of a slice.",
         "Machine Learning Yearning 35",
         ("let people say why they are right on these examples",
          "have them label more examples like these")),
    Rule("MLS435", "issue", "Too few groups to test a slice",
         "Rows of one group are not independent, and a few groups do not tell how much they "
         "differ.",
         f"Fewer than {FEWEST_GROUPS} groups with rows in the slice, or beside it, on the half "
         "that was not searched.", "Cameron, Gelbach and Miller (2008)",
         ("collect more groups (patients, users), not more rows of these",)),
    Rule("MLS436", "note", "Slices count every row once",
         "Weights enter the metrics of the other commands, not the ranking of slices.",
         "The run has weights.", "interface"),
    Rule("MLS437", "note", "There is nothing to slice by but the label",
         "The run has no column that says more about an example.",
         "Every other column has a role.", "interface",
         ("add columns to the run: source, length, device, whatever may matter",)),
    Rule("MLS438", "note", "The two models differ otherwise on some slices",
         "There one of the two gains or loses more than on the rest.",
         "Found on one half, tested on the other against rows dealt out at random; Holm's "
         "adjustment.", "Holm (1979)",
         ("read the examples on which only one of the two is right there",)),
    Rule("MLS439", "note", "What the gap between train-dev and dev is made of",
         "Another mix of the same slices is a matter of which data there are; more error within "
         "a slice is a matter of how the same kind of example differs.",
         f"The mix of one column's values makes up {100 * MOSTLY:g} % of the gap or more, or it "
         "does not.", "Kitagawa (1955); Oaxaca (1973); C3W2 Addressing data mismatch",
         ("mostly mix: train on more of what dev has more of",
          "mostly within: look at what the same slice looks like in dev, and make training "
          "examples like it")),
)  # fmt: skip
