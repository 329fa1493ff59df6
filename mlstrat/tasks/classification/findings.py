"""MLS2xx: what is to be known about the data behind the figures."""

from __future__ import annotations

from mlstrat.core.estimates import FEWEST_GROUPS
from mlstrat.core.findings import Rule
from mlstrat.workflow.human.level import FEWEST_ANSWERS

FEW_GROUPS = 20
"""Below this many groups an interval rests on a t distribution of few degrees of freedom."""


_MISMATCHED = "C3W2 Bias and variance with mismatched data distributions"

RULES = (
    Rule("MLS201", "note", "Some rows have no prediction",
         "A blank prediction counts as wrong.", "A prediction is blank.", "interface",
         ("find out why the model abstained: the error includes these rows",)),
    Rule("MLS202", "note", "No positive class is named: figures are macro-averaged",
         "Of two labels, neither (or both) is called 1, true, yes, positive or pos.",
         "Two labels, no --positive.", "interface",
         ("name the positive class with --positive for F1, precision and recall of it",)),
    Rule("MLS203", "note", "No split column: every row counts as dev",
         "Only one level of the ladder can be measured.", "No column has the role split.",
         "interface", ("add a column split with train, train-dev, dev and test",)),
    Rule("MLS204", "note", "The score column was ignored",
         "A single score belongs to a positive class; there are more than two labels.",
         "More than two labels.", "interface",
         ("give one column prob_<class> a class to use probabilities",)),
    Rule("MLS205", "note", "Scores were counted in bins",
         "There are more distinct scores than fit in memory; the bound on the error of the "
         "AUC is given.", "More distinct scores than are kept apart.", "blueprint"),
    Rule("MLS206", "note", "The test set was looked at",
         "A test set that is looked at again and again wears out.",
         "The single number is of test.", "C3W1 Train/dev/test distributions",
         ("choose on dev; keep test for the last word",)),
    Rule("MLS207", "note", "There is no dev split: the only split there is was used",
         "The single number is of that split.", "No dev split, one other split.", "interface"),
    Rule("MLS208", "note", "Few groups: intervals are wide and rest on few numbers",
         "Rows of one group are not independent, so the number of groups is what counts.",
         f"Fewer than {FEW_GROUPS} groups in a split; below {FEWEST_GROUPS} no interval.",
         "Cameron, Gelbach and Miller (2008)",
         ("collect more groups (patients, users), not more rows of these",)),
    Rule("MLS209", "note", "Classes without a figure are left out of the average",
         "A class that was never predicted has no precision, one without rows no recall.",
         "A class whose figure is undefined.", "interface",
         ("look at these classes by themselves",)),
    Rule("MLS210", "note", "The human level comes from people's answers",
         "The lowest error of people who answered enough, or of their majority.",
         f"At least {FEWEST_ANSWERS} answers (ours), on train, else train-dev, else dev.",
         "C3W1 Understanding human-level performance"),
    Rule("MLS211", "issue", "Human level was measured on another distribution",
         "Avoidable bias compares people and model within the training distribution.",
         "Distributions are declared different and the answers are on dev.", _MISMATCHED,
         ("let people answer examples of the training distribution too",)),
    Rule("MLS212", "note", "Few answers stand behind the human level",
         "Nobody gave enough answers; who answered most was taken.",
         f"Nobody gave {FEWEST_ANSWERS} answers.",
         "C3W1 Understanding human-level performance",
         ("have at least one person answer more examples",)),
    Rule("MLS213", "note", "People's answers carry no probabilities",
         "This metric is of probabilities or scores, which people did not give, so their answers "
         "are no human level of it.", "Human columns, and a metric of scores or probabilities.",
         "interface", ("type the human level in this metric's loss with --human-error",)),
    Rule("MLS214", "issue", "Shards are missing: they are cut off or damaged",
         "Every figure speaks of the rows that are left, and what was lost need not be like them.",
         "A shard of a glob or a folder cannot be read to its end, and --skip-broken was given.",
         "interface", ("write or copy these shards again", "until then, take no decision that a "
                       "few more rows could change",)),
    Rule("MLS215", "note", "Groups were put together in buckets",
         "There are more groups than are counted apart. A bucket holds whole groups, so buckets "
         "are as independent, and the intervals are those of so many larger groups.",
         "More groups than are counted apart (ours).", "blueprint"),
)  # fmt: skip
