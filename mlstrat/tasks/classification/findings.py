"""MLS2xx: what is to be known about the data behind the figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.core.estimates import FEWEST_GROUPS
from mlstrat.core.findings import Rule
from mlstrat.core.wording import Scale, clean, count, listed
from mlstrat.workflow.human.level import FEWEST_ANSWERS

FEW_GROUPS = 20
"""Below this many groups an interval rests on a t distribution of few degrees of freedom."""


_MISMATCHED = "C3W2 Bias and variance with mismatched data distributions"


Evidence = Mapping[str, Any]


MOST_SHARDS, MOST_OF_A_REASON = 5, 120
"""Shards that a sentence names, and how much of the reason; the JSON has all."""


def _by_split(counts: Mapping[str, int]) -> str:
    return listed([f"{count(n)} in {split}" for split, n in counts.items()])


def _left_out(e: Evidence, _s: Scale) -> str:
    return " ".join(_left_out_of(run) for run in e["runs"])


def _left_out_of(run: Evidence) -> str:
    rows = "an unknown number of" if run["rows"] is None else count(run["rows"])
    gone = [f"{clean(x['path'])} ({clean(x['reason'], MOST_OF_A_REASON)})"
            for x in run["left_out"][:MOST_SHARDS]]  # fmt: skip
    if run["shards"] > MOST_SHARDS:
        gone.append(f"{count(run['shards'] - MOST_SHARDS)} more")
    return (
        f"{count(run['shards'])} of {count(run['of'])} shards of {clean(run['path'])}, with {rows} "
        f"rows: {listed(gone)}."
    )


def _human(e: Evidence, s: Scale) -> str:
    people = listed([f"{clean(k)} {s.value(v)}" for k, v in e["people"].items()])
    same = "on the very same rows as the model" if e["complete"] else "on part of the rows"
    return (
        f"Human level is {s.value(e['error'])}: {clean(e['name'])}, {count(e['answers'])} answers "
        f"on {e['split']}, {same}. Errors: {people}."
    )


ABSTENTIONS = Rule(
    "MLS201", "note", "Some rows have no prediction",
    "A blank prediction counts as wrong.", "A prediction is blank.", "interface",
    ("find out why the model abstained: the error includes these rows",),
    sentence=lambda e, _s: f"Blank predictions count as wrong: {_by_split(e['abstentions'])}.")  # fmt: skip

NO_POSITIVE_CLASS = Rule(
    "MLS202", "note", "No positive class is named: figures are macro-averaged",
    "Of two labels, neither (or both) is called 1, true, yes, positive or pos.",
    "Two labels, no --positive.", "interface",
    ("name the positive class with --positive for F1, precision and recall of it",),
    sentence=lambda e, _s: f"The labels are {listed([clean(x) for x in e['labels']])}.")  # fmt: skip

NO_SPLIT_COLUMN = Rule(
    "MLS203", "note", "No split column: every row counts as dev",
    "Only one level of the ladder can be measured.", "No column has the role split.",
    "interface", ("add a column split with train, train-dev, dev and test",),
    sentence=lambda e, _s: f"All {count(e['rows'])} rows count as dev.")  # fmt: skip

SCORE_IGNORED = Rule(
    "MLS204", "note", "The score column was ignored",
    "A single score belongs to a positive class; there are more than two labels.",
    "More than two labels.", "interface",
    ("give one column prob_<class> a class to use probabilities",),
    sentence=lambda e, _s: (
    f"Column {clean(e['column'])} was not read: there are {count(e['labels'])} labels."
    ))  # fmt: skip

SCORES_BINNED = Rule(
    "MLS205", "note", "Scores were counted in bins",
    "There are more distinct scores than fit in memory; the bound on the error of the "
    "AUC is given.", "More distinct scores than are kept apart.", "blueprint",
    sentence=lambda e, _s: (
    f"{count(e['bins'])} bins; the AUC is off by at most {e['auc_bound']:.2g}."
    ))  # fmt: skip

TEST_LOOKED_AT = Rule(
    "MLS206", "note", "The test set was looked at",
    "A test set that is looked at again and again wears out.",
    "The single number is of test.", "C3W1 Train/dev/test distributions",
    ("choose on dev; keep test for the last word",),
    sentence=lambda e, _s: f"The single number is of {e['split']}.")  # fmt: skip

ONLY_SPLIT_USED = Rule(
    "MLS207", "note", "There is no dev split: the only split there is was used",
    "The single number is of that split.", "No dev split, one other split.", "interface",
    sentence=lambda e, _s: f"The single number is of {e['split']}.")  # fmt: skip

FEW_GROUPS_FOUND = Rule(
    "MLS208", "note", "Few groups: intervals are wide and rest on few numbers",
    "Rows of one group are not independent, so the number of groups is what counts.",
    f"Fewer than {FEW_GROUPS} groups in a split; below {FEWEST_GROUPS} no interval.",
    "Cameron, Gelbach and Miller (2008)",
    ("collect more groups (patients, users), not more rows of these",),
    sentence=lambda e, _s: f"Groups: {_by_split(e['groups'])}.")  # fmt: skip

CLASSES_LEFT_OUT = Rule(
    "MLS209", "note", "Classes without a figure are left out of the average",
    "A class that was never predicted has no precision, one without rows no recall.",
    "A class whose figure is undefined.", "interface",
    ("look at these classes by themselves",),
    sentence=lambda e, _s: (
    "; ".join(
    f"{split}: {listed([clean(x) for x in classes])}"
    for split, classes in e["classes"].items()
    )
    + "."
    ))  # fmt: skip

HUMAN_LEVEL_OF_PEOPLE = Rule(
    "MLS210", "note", "The human level comes from people's answers",
    "The lowest error of people who answered enough, or of their majority.",
    f"At least {FEWEST_ANSWERS} answers (ours), on train, else train-dev, else dev.",
    "C3W1 Understanding human-level performance",
    sentence=_human)  # fmt: skip

HUMAN_LEVEL_ELSEWHERE = Rule(
    "MLS211", "issue", "Human level was measured on another distribution",
    "Avoidable bias compares people and model within the training distribution.",
    "Distributions are declared different and the answers are on dev.", _MISMATCHED,
    ("let people answer examples of the training distribution too",),
    sentence=lambda e, _s: f"People answered on {e['split']}, not on training data.")  # fmt: skip

FEW_ANSWERS = Rule(
    "MLS212", "note", "Few answers stand behind the human level",
    "Nobody gave enough answers; who answered most was taken.",
    f"Nobody gave {FEWEST_ANSWERS} answers.",
    "C3W1 Understanding human-level performance",
    ("have at least one person answer more examples",),
    sentence=lambda e, _s: f"{clean(e['name'])} gave {count(e['answers'])} answers.")  # fmt: skip

NO_PROBABILITIES_OF_PEOPLE = Rule(
    "MLS213", "note", "People's answers carry no probabilities",
    "This metric is of probabilities or scores, which people did not give, so their answers "
    "are no human level of it.", "Human columns, and a metric of scores or probabilities.",
    "interface", ("type the human level in this metric's loss with --human-error",))  # fmt: skip

SHARDS_LEFT_OUT = Rule(
    "MLS214", "issue", "Shards are missing: they are cut off or damaged",
    "Every figure speaks of the rows that are left, and what was lost need not be like them.",
    "A shard of a glob or a folder cannot be read to its end, and --skip-broken was given.",
    "interface", ("write or copy these shards again", "until then, take no decision that a "
    "few more rows could change",),
    sentence=_left_out)  # fmt: skip

GROUPS_BUCKETED = Rule(
    "MLS215", "note", "Groups were put together in buckets",
    "There are more groups than are counted apart. A bucket holds whole groups, so buckets "
    "are as independent, and the intervals are those of so many larger groups.",
    "More groups than are counted apart (ours).", "blueprint",
    sentence=lambda e, _s: (
    f"More groups than are counted apart were counted in {count(e['buckets'])} buckets."
    ))  # fmt: skip
