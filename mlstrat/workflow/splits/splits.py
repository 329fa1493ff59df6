"""MLS35x: what is to be known about splits."""

from __future__ import annotations

from mlstrat.core.findings import Rule

ALARM = 0.01
"""Two splits are called different where chance alone does so in this share of cases (ours)."""

DISTINCT = 0.5
"""Share of distinct contents from which the columns tell examples apart (ours): below it, rows
that are alike are ordinary."""

FEWEST_TO_DISTINGUISH = 100
"""Rows of dev and of test from which a classifier is told to tell them apart (ours)."""

_DISTRIBUTIONS = "C3W1 Train/dev/test distributions"
_DIFFERENT = "C3W2 Training and testing on different distributions"
_MISMATCHED = "C3W2 Bias and variance with mismatched data distributions"

RULES = (
    Rule("MLS350", "note", "Part of the check could not be made",
         "What is not looked at is not known to be fine.",
         "A column, a split, or enough rows are missing.", "interface",
         ("give what is missing, and check again",)),
    Rule("MLS351", "issue", "Examples or groups occur in two splits",
         "What was trained on is no test of what was learnt.",
         "An id, a group, or a row identical in every column that tells examples apart lies in "
         "two splits.", "C3W1 Train/dev/test distributions; blueprint",
         ("split again with --group, or by id: `mlstrat split` keeps whole groups together",)),
    Rule("MLS352", "tip", "There is no train-dev set: variance and mismatch stay one gap",
         "Where train and dev come from different distributions, only a set held out from the "
         "training distribution tells what is variance and what is mismatch.",
         "Train holds sources that dev does not, and there is no train-dev split.", _MISMATCHED,
         ("set some rows of the training mixture aside: --train-dev N",)),
    Rule("MLS353", "issue", "Near-identical rows occur in two splits",
         "Copies that differ in case, blanks, punctuation or late digits are one example.",
         "The features of rows in two splits are equal once text is in lower case, without "
         "punctuation, and numbers are rounded to 3 significant digits (ours).",
         "Elangovan, He and Verspoor (2021)",
         ("keep copies in one split: give them one group",)),
    Rule("MLS354", "issue", "Dev and test come from different distributions",
         "A team aims at dev; if test is somewhere else, months of work miss it.",
         f"Chance alone explains the difference in at most {ALARM:.0%} of shufflings (ours); or a "
         "classifier tells dev from test, its AUC surely above 0.5.", _DISTRIBUTIONS,
         ("shuffle all of their sources into both dev and test",
          "choose them to stand for the data of the future that matter")),
    Rule("MLS355", "issue", "Dev or test is not of the target",
         "Dev and test say where to aim: they hold what matters, and nothing else.",
         "Rows of dev or test come from another source than --target.", _DIFFERENT,
         ("draw dev and test from the target source only",
          "put the other data into train, where they may help")),
    Rule("MLS356", "issue", "Train-dev is not drawn from the training mixture",
         "The gap from train to train-dev is variance only if both are of one distribution.",
         f"Chance alone explains the difference in at most {ALARM:.0%} of shufflings (ours).",
         _MISMATCHED,
         ("draw train-dev at random from train: `mlstrat split --train-dev N` does",)),
    Rule("MLS357", "issue", "Dev or test is too small for the difference that matters",
         "Ideas that differ by less than dev can tell are chosen by luck.",
         "Two independent sets of this size tell the difference with less than 80 % power.",
         "C3W1 Size of dev and test sets",
         ("make the set larger: `mlstrat plan` says how large",)),
    Rule("MLS358", "note", "There is no id: rows are known by their content",
         "A row keeps its split as long as none of its cells changes and no column is added.",
         "Neither a group nor an id column.", "interface",
         ("add an id column, so that corrected rows keep their place",)),
    Rule("MLS359", "note", "The data hold what the cut points do not know",
         "New strata are cut at the shares of the whole when the cuts were made.",
         "A source or value to stratify by that was not there when the cuts were made.",
         "interface",
         ("make new cuts once the new data matter, and start dev and test afresh",)),
)  # fmt: skip
