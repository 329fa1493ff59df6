"""MLS240–259: what is odd about labels, predictions, scores and ids, and the flag that fixes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.core.findings import Rule
from mlstrat.core.wording import Scale, clean, count, listed
from mlstrat.tasks.findings import by_split

Evidence = Mapping[str, Any]

MOST_SHOWN = 4
"""Values that a sentence names; the JSON has more."""


def _file(e: Evidence) -> str:
    return f"{clean(e['file'])}: " if "file" in e else ""


def _quoted(values: list[str]) -> str:
    shown = [f"'{clean(x)}'" for x in values[:MOST_SHOWN]]
    more = len(values) - len(shown)
    return listed([*shown, f"{count(more)} more"] if more > 0 else shown)


def _in(rows: Mapping[str, int]) -> str:
    total = sum(rows.values())
    if set(rows) == {"all"}:
        return f"{count(total)} row{'' if total == 1 else 's'}"
    text = f"{count(total)} row{'' if total == 1 else 's'}"
    if len(rows) == 1:
        return f"{text} in {next(iter(rows))}"
    return f"{text} ({by_split(rows)})"


def _unknown(e: Evidence, _s: Scale) -> str:
    values = [x["value"] for x in e["values"]]
    more = e["distinct"] - len(values)
    named = _quoted([*values, *([""] * more)]) if more else _quoted(values)
    return (
        f"{_file(e)}Column {clean(e['column'])} holds {named}, which no label is: "
        f"{_in(e['rows'])} count as wrong."
    )


UNKNOWN_VALUES = Rule(
    "MLS240", "issue", "Some predictions are not labels",
    "A value that no label has can only be wrong. In a task of few labels it is mostly another "
    "name of one; among many labels it may be a class that happens not to occur.",
    "A prediction, or a person's answer, is not a value of the label column. A tip where it costs "
    "under 5% of the rows, or there are more than 50 labels (mlstrat's thresholds).",
    "mlstrat: a name is not an error",
    ("map what is another name of a label: --label-as VALUE=LABEL",),
    sentence=_unknown, doubts=True)  # fmt: skip


def _alike(e: Evidence, _s: Scale) -> str:
    pairs = [f"'{clean(x['value'])}' beside '{clean(x['label'])}'" for x in e["values"]]
    more = e["distinct"] - min(len(pairs), MOST_SHOWN)
    shown = listed([*pairs[:MOST_SHOWN], *([f"{count(more)} more"] if more > 0 else [])])
    return (
        f"{_file(e)}One label is spelled in two ways in {clean(e['column'])}: {shown}. "
        f"{_in(e['rows'])} count as wrong for that alone."
    )


LOOK_ALIKES = Rule(
    "MLS241", "issue", "One label is spelled in two ways",
    "Values that differ in letter case, accents, punctuation at the ends, blanks, underscores or "
    "zeros before a number are two labels to a computer, and mostly one to whoever wrote them.",
    "A prediction, a label or a person's answer is written like another label. A tip where it "
    "costs under 0.5% of the rows and 10% of the errors of each split, or where the model tells "
    "the two apart (mlstrat's thresholds).",
    "mlstrat: a spelling is not an error",
    sentence=_alike, doubts=True)  # fmt: skip


SHIFTED_CLASSES = Rule(
    "MLS242", "issue", "Labels and predictions count their classes from different numbers",
    "Classes counted from 0 beside classes counted from 1 agree nowhere, however good the model.",
    "Labels and predictions are whole numbers, and predictions shifted by one agree with the "
    "labels in over half of the rows, and in 20 points more of them than as they are (mlstrat's "
    "thresholds).",
    "mlstrat: the first class is 0 to some programs and 1 to others",
    sentence=lambda e, s: (
        f"{_file(e)}Predictions shifted by {e['shift']:+d} agree with {s.value(e['shifted'])} of "
        f"labels, as they are with {s.value(e['agreement'])}: one counts classes from 0, the other "
        "from 1."), doubts=True)  # fmt: skip


SEVERAL_LABELS = Rule(
    "MLS243", "issue", "Cells hold several labels",
    "A cell is one label: x|y is another label than y|x, and no part of it counts.",
    "A cell of labels is a list of values that are labels of their own, or the same list occurs in "
    "another order.",
    "mlstrat: the error of sets is not that of labels",
    ("give one row a label, or one yes-or-no column a label",
     "if each list is a class of its own, say so: --task classification"),
    sentence=lambda e, _s: (
        f"{_file(e)}Cells hold several labels, such as {_quoted(e['values'])}: {_in(e['rows'])}"
        + (f", {_in(e['reordered'])} wrong for their order alone." if e["reordered"] else ".")
    ), doubts=True)  # fmt: skip


FILLER = Rule(
    "MLS244", "issue", "A label looks like a filler: it is never predicted",
    "Rows without a label are often marked with -100, ? or unknown; all of them count as wrong.",
    "A label that is written like a filler is never predicted, and costs 0.5% of the rows or 10% "
    "of the errors of a split (mlstrat's thresholds).",
    "mlstrat: what has no label has no error",
    sentence=lambda e, _s: (
        f"{_file(e)}The label {_quoted(e['values'])} is never predicted and looks like a filler: "
        f"{_in(e['rows'])} count as wrong."), doubts=True)  # fmt: skip


NO_COLUMN_OF_CLASS = Rule(
    "MLS245", "issue", "A label has no column of probabilities",
    "The prediction is the class with the largest probability: a class without one is never "
    "predicted.",
    "Predictions come from prob_<class> columns, and a label has none.",
    "mlstrat: a class that cannot be predicted is wrong by construction",
    ("add the column, or name it: --map prob_<class>=COLUMN",),
    sentence=lambda e, _s: (
        f"{_file(e)}No column holds the probability of {_quoted(e['values'])}: {_in(e['rows'])} "
        "are wrong for that."), doubts=True)  # fmt: skip


def _one(e: Evidence, _s: Scale) -> str:
    parts = [
        f"all {count(x['n'])} predictions in {split} are '{clean(x['value'])}', and "
        f"{count(x['others'])} rows have another label"
        for split, x in e["splits"].items()
    ]
    text = "; ".join(parts)
    return f"{_file(e)}{text[0].upper()}{text[1:]}."


ONE_CLASS_PREDICTED = Rule(
    "MLS246", "issue", "One class is predicted for all rows",
    "A constant answer has learnt nothing of the others, whatever its error is.",
    "All predictions of a split are one label, and at least three rows have another one "
    "(mlstrat's threshold).",
    "C1W2, mlstrat: a constant is the floor of any error",
    ("look at the threshold, at the loss and at the balance of the classes in training",),
    sentence=_one, doubts=True)  # fmt: skip


ONE_CLASS_IN_SPLIT = Rule(
    "MLS247", "tip", "A split holds one label alone",
    "Such a split measures one kind of error: nothing ranks, and no precision means anything.",
    "All labels of a split are one, and others occur elsewhere.",
    "mlstrat: half of a task is another task",
    ("draw the split at random, or by stratum",),
    sentence=lambda e, _s: (
        _file(e) + "; ".join(f"{split} holds only '{clean(x)}'" for split, x in e["splits"].items())
        + "."))  # fmt: skip


POSITIVE_NEVER_FOUND = Rule(
    "MLS248", "issue", "The positive class is never found",
    "Recall is 0: with few positives the error may be small all the same.",
    "No row of the positive class is predicted right in a split with at least five of them "
    "(mlstrat's threshold).",
    "C3W1 Single number evaluation metric",
    ("look at recall and precision, and at the threshold",),
    sentence=lambda e, _s: (
        f"{_file(e)}None of the rows of '{clean(e['positive'])}' is found: {by_split(e['rows'])}."
    ), doubts=True)  # fmt: skip


SUMS = Rule(
    "MLS249", "tip", "Probabilities do not add up to 1",
    "The largest still predicts and ranks; a log loss or a Brier score of them does not exist.",
    "The prob_<class> columns of a row add up to something else than 1, rounding aside.",
    "mlstrat: a probability of each class, one in all",
    ("take the softmax of scores, or divide each row by its sum, before a log loss",),
    sentence=lambda e, _s: (
        f"{_file(e)}In {count(e['rows'])} of {count(e['of'])} rows the probabilities do not add up "
        f"to 1 (from {e['low']:.3g} to {e['high']:.3g})."))  # fmt: skip


PERCENT = Rule(
    "MLS250", "note", "Percent signs were read as percent",
    "97% is 0.97.", "Scores or probabilities end with a percent sign.",
    "mlstrat: what was read is said",
    sentence=lambda e, _s: (
        f"{_file(e)}Read as percent: {listed([clean(x) for x in e['columns']])}."))  # fmt: skip


CONTRADICTION = Rule(
    "MLS251", "issue", "Predictions and scores contradict each other",
    "Rows predicted positive have lower scores than the others: the score belongs to the other "
    "class, or to the predicted label whatever it is.",
    "The mean score of the rows predicted positive is below that of the others.",
    "mlstrat: one model cannot say both",
    sentence=lambda e, _s: (
        f"{_file(e)}Rows predicted '{clean(e['positive'])}' have a mean {clean(e['column'])} of "
        f"{e['mean']:.3g}, the others {e['other']:.3g}."), doubts=True)  # fmt: skip


BELOW_CHANCE = Rule(
    "MLS252", "issue", "ROC AUC is below one half: the score may belong to the other class",
    "A score that ranks the positive class below the other is worth more upside down.",
    "The ROC AUC of a split is surely below 0.5 (its bound at three standard errors).",
    "Hanley and McNeil (1982), the largest variance of an AUC",
    sentence=lambda e, _s: (
        f"{_file(e)}ROC AUC with '{clean(e['positive'])}' as positive class is "
        + listed([f"{x:.3f} in {split}" for split, x in e["auc"].items()])
        + ", surely below one half."), doubts=True)  # fmt: skip


def _twice(e: Evidence, _s: Scale) -> str:
    parts = []
    for split, x in e["splits"].items():
        if x["times"] is not None:
            often = "twice" if x["times"] == 2 else f"{x['times']} times"
            parts.append(f"every id stands {often} in {split}: intervals as of {count(x['ids'])} "
                         f"rows, not {count(x['rows'])}")  # fmt: skip
        else:
            parts.append(f"{count(x['repeated'])} of {count(x['ids'])} ids stand more than once "
                         f"in {split}")  # fmt: skip
    text = "; ".join(parts)
    about = f" (of a sample of one id in {count(e['one_in'])})" if e["one_in"] > 1 else ""
    return f"{_file(e)}{text[0].upper()}{text[1:]}{about}."


IDS_TWICE = Rule(
    "MLS253", "issue", "An id stands more than once in a split",
    "Rows of one example are not independent: intervals are too narrow.",
    "An id occurs twice in a split, and no group holds its rows together. A tip where fewer than "
    "5% of its rows are repeated (mlstrat's threshold).",
    "mlstrat: an example counts once",
    ("keep one row an example (--filter), or let each id be a group: --map group=COLUMN",),
    sentence=_twice, doubts=True)  # fmt: skip
