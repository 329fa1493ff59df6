# Over 300 lines: a question's codes stand together, each once, with its sentence and its rule.
"""MLS2xx: what is to be known about the data behind the figures, and what is odd about them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells, codes_in, tally
from mlstrat.core.findings import Finding, Rule
from mlstrat.core.metrics import METRICS, OF_CORRECTNESS, MetricChoice, undefined_classes
from mlstrat.core.wording import Scale, clean, count, is_share, listed
from mlstrat.data.columns import COUNT, Columns
from mlstrat.data.roles import IS_TRAIN
from mlstrat.tasks.findings import FEW_GROUPS, FEW_GROUPS_FOUND, NO_SPLIT_COLUMN, SNIFFED, by_split

if TYPE_CHECKING:
    from mlstrat.data.table import Table


MISMATCHED_LECTURE = "C3W2 Bias and variance with mismatched data distributions"


Evidence = Mapping[str, Any]


ABSTENTIONS = Rule(
    "MLS201", "note", "Some rows have no prediction",
    "A blank prediction counts as wrong.", "A prediction is blank.",
    "mlstrat: a missing answer is not right",
    ("find out why the model abstained: the error includes these rows",),
    sentence=lambda e, _s: (
        f"Blank predictions count as wrong: {by_split(e['abstentions'])}."))  # fmt: skip

NO_POSITIVE_CLASS = Rule(
    "MLS202", "note", "No positive class is named: figures are macro-averaged",
    "Of two labels, neither (or both) is called 1, true, yes, positive or pos.",
    "Two labels, no --positive.", "mlstrat: which class matters is not in the data",
    ("name the positive class with --positive for F1, precision and recall of it",),
    sentence=lambda e, _s: (
        f"The labels are {listed([clean(x) for x in e['labels']])}."))  # fmt: skip


SCORE_IGNORED = Rule(
    "MLS204", "note", "The score column was ignored",
    "A single score belongs to a positive class; there are more than two labels.",
    "More than two labels.", "mlstrat: one score cannot rank three classes",
    ("give one column prob_<class> a class to use probabilities",),
    sentence=lambda e, _s: (
    f"Column {clean(e['column'])} was not read: there are {count(e['labels'])} labels."
    ))  # fmt: skip

CONFIDENCE_TURNED = Rule(
    "MLS230", "note", "The confidence was turned into a score of the positive class",
    "A confidence is the probability of the label that was predicted; beside the other label one "
    "minus it is the score of the positive class.",
    "A metric of a ranking, two labels, a column with the role confidence and no score.",
    "mlstrat: of two labels one probability is one minus the other",
    sentence=lambda e, _s: (
        f"Column {clean(e['column'])}, the score of {clean(e['positive'])}: one minus it where "
        "the other label is predicted."))  # fmt: skip

SCORES_BINNED = Rule(
    "MLS205", "note", "Scores were counted in bins",
    "There are more distinct scores than fit in memory; the bound on the error of the "
    "AUC is given.", "More distinct scores than are kept apart.",
    "mlstrat: memory is finite; the bound on the error is stated",
    sentence=lambda e, _s: (
    f"{count(e['bins'])} bins; the AUC is off by at most {e['auc_bound']:.2g}."
    ))  # fmt: skip


CORRECT_ONLY = Rule(
    "MLS226", "note", "Only right and wrong rows are known: nothing is said of classes",
    "A column such as acc or exact_match tells errors, gaps, differences and slices; F1, a "
    "confusion matrix and false positives need labels and predictions.",
    "There is neither a label nor a prediction, and a column with the role correct.",
    "mlstrat: an evaluation often keeps no more than whether an answer was right",
    sentence=lambda e, _s: (
        f"Column {clean(e['column'])} says which rows are right; metrics: "
        f"{listed(list(OF_CORRECTNESS))}."))  # fmt: skip

SPLIT_BY_IS_TRAIN = Rule(
    "MLS227", "note", "The splits are told by is_train",
    "What is true is train, what is false dev.",
    "No column names splits, and is_train holds nothing but true and false (or 1 and 0).",
    "mlstrat: what a model was not trained on measures it",
    ("a column split can tell dev from test, and train-dev from both",),
    sentence=lambda e, _s: f"Column {clean(e['column'])}: true is train, false is dev."
    )  # fmt: skip


def _of_folds(e: Evidence, name: str) -> str:
    return Scale(e["share"]).value(e[name])


FOLDS = Rule(
    "MLS228", "note", "Figures have a spread over the folds of a cross-validation",
    "Each row was predicted by a model that was trained without its fold. The figures are of all "
    "rows together; how far folds differ shows how much the choice of training rows matters.",
    "A column fold holds numbers, of which two or more occur in the split.",
    "mlstrat: folds share most of their training rows, so their spread is not an interval "
    "(Bengio and Grandvalet 2004)",
    sentence=lambda e, _s: (
        f"{e['title']} on {e['split']} over {count(e['folds'])} folds ({clean(e['column'])}): "
        f"{_of_folds(e, 'min')} to {_of_folds(e, 'max')}, mean {_of_folds(e, 'mean')}, "
        f"standard deviation {Scale(e['share']).points(e['sd'])}."))  # fmt: skip


def fold_findings(folds: Cells | None, choice: MetricChoice, split: str) -> list[Finding]:
    """Return the spread over the folds of a split: of a metric of predictions, else the error."""
    if folds is None or split not in folds.splits:
        return []
    if choice.metric.needs:
        choice = MetricChoice(METRICS["error"], None, choice.positive)
    part = folds.of_split(split)
    (column, (values, codes)), *_ = part.slices.items()
    found = [
        float(choice.of_tally(tally(part.where(codes == code)), part.labels)[0])
        for code in np.unique(codes)
        if values[code]
    ]
    found = [x for x in found if not math.isnan(x)]
    if len(found) < 2:
        return []
    evidence = {
        "split": split, "column": column, "folds": len(found), "metric": choice.metric.name,
        "title": choice.title, "share": is_share(choice), "min": min(found), "max": max(found),
        "mean": float(np.mean(found)), "sd": float(np.std(found, ddof=1)),
    }  # fmt: skip
    return [Finding(FOLDS, evidence)]


NO_COUNTS = Rule(
    "MLS229", "issue", "A last column n was not taken for counts",
    "Where a table has no ids, a last column n says how many examples a row stands for. Here rows "
    "repeat but for n, or most have measurements of their own, which counts do not: each row is "
    "taken for one example.",
    "The last column is called n, and the first rows are not those of counts.",
    "mlstrat: a feature called n must not weigh the rows, nor counts be taken for rows",
    (f"if it says how many examples a row stands for: --map {COUNT}={COUNT}",
    f"if it is a column like others (or give it another name): --map {COUNT}="),
    sentence=lambda e, _s: (
        f"Each of the {count(e['rows'])} rows is taken for one example, and column "
        f"{clean(e['column'])} for a column like others: say which with --map."),
    doubts=True)  # fmt: skip

CLASSES_LEFT_OUT = Rule(
    "MLS209", "note", "Classes without a figure are left out of the average",
    "A class that was never predicted has no precision, one without rows no recall.",
    "A class whose figure is undefined.", "mlstrat: undefined is said, never counted as 0",
    ("look at these classes by themselves",),
    sentence=lambda e, _s: (
    "; ".join(
    f"{split}: {listed([clean(x) for x in classes])}"
    for split, classes in e["classes"].items()
    )
    + "."
    ))  # fmt: skip


FEW_ROWS = 10
"""Rows of a class below which a figure of the whole table leans on few."""

FEW_ROWS_OF_A_CLASS = Rule(
    "MLS295", "note", "The interval leans on few rows of a class",
    "Kappa and the Matthews correlation move with every row of a rare class. Simulated with three "
    "such rows among 300, nominal 95% covers 92 to 97% where one in ten is wrong, and kappa 87% "
    "where three in ten are.",
    f"The metric is cohen_kappa or mcc, and a class has fewer than {FEW_ROWS} rows.",
    "mlstrat: simulated, tests/core/test_scarce.py",
    ("collect more rows of that class, or look at its recall and precision by themselves",),
    sentence=lambda e, _s: "; ".join(
        f"{clean(split)}: {listed([f'{clean(x)} {count(n)}' for x, n in classes.items()])}"
        for split, classes in e["rows"].items()) + ".")  # fmt: skip


def _few_rows(parts: Mapping[str, Cells], choice: MetricChoice) -> list[Finding]:
    if choice.metric.name not in ("cohen_kappa", "mcc"):
        return []
    rows: dict[str, dict[str, int]] = {}
    for name, cells in parts.items():
        n = np.bincount(cells.truth, cells.n, len(cells.labels)).astype(int)
        few = {x: int(k) for x, k in zip(cells.labels, n, strict=True) if 0 < k < FEW_ROWS}
        if few:
            rows[name] = dict(sorted(few.items(), key=lambda one: one[1])[:MOST_CLASSES])
    return [Finding(FEW_ROWS_OF_A_CLASS, {"rows": rows})] if rows else []


MOST_CLASSES = 5
"""Classes that the sentence names, the rarest first."""


NOT_IN_TRAIN = Rule(
    "MLS218", "issue", "Classes that do not occur in train",
    "Nothing can be learnt of a class that is not shown: its rows are wrong whatever is done "
    "against variance.",
    "A class occurs among the labels of a split, and not among those of train. A tip where fewer "
    "than half of the errors of every split are of such classes.",
    "mlstrat: what was never shown is missing data, not variance",
    ("collect examples of it for train, or leave these rows out",),
    sentence=lambda e, _s: " ".join(
        f"On {name}, {count(x['errors'])} of {count(x['of'])} errors are of "
        f"{listed([clean(c, 24) for c in x['classes'][:MOST_CLASSES]])}"
        + (f" and {count(len(x['classes']) - MOST_CLASSES)} more"
           if len(x["classes"]) > MOST_CLASSES else "")
        + f", which {'does' if len(x['classes']) == 1 else 'do'} not occur in train."
        for name, x in e["splits"].items()), doubts=True)  # fmt: skip


def untaught_classes(parts: Mapping[str, Cells]) -> list[Finding]:
    """Return the classes of each split that do not occur in train, where there is one."""
    if "train" not in parts:
        return []
    classes = len(parts["train"].labels)
    taught = np.bincount(parts["train"].truth, parts["train"].n, classes) > 0
    found, most = {}, False
    for name, cells in parts.items():
        new = ~taught[cells.truth]
        wrong = cells.predicted != cells.truth
        errors, of = int(cells.n[new & wrong].sum()), int(cells.n[wrong].sum())
        if errors:
            names = [cells.labels[i] for i in np.unique(cells.truth[new])]
            found[name] = {"classes": names, "errors": errors, "of": of}
            most = most or 2 * errors >= of
    return (
        [Finding(NOT_IN_TRAIN, {"splits": found}, lowered_to=None if most else "tip")]
        if found
        else []
    )


def run_notes(table: Table, columns: Columns, cells: Cells) -> list[Finding]:
    """Return what is to be known of how a run was read."""
    notes: list[Finding] = []
    if table.files is not None and (said := table.files.sniffed):
        notes.append(Finding(SNIFFED, {"separator": said}))
    if (split := columns.roles.get("split")) is not None and split.lower() == IS_TRAIN:
        notes.append(Finding(SPLIT_BY_IS_TRAIN, {"column": split}))
    if column := columns.feature:
        flags = [f"--map {COUNT}={column}", f"--map {COUNT}="]
        notes.append(Finding(NO_COUNTS, {"column": column, "rows": cells.rows, "flags": flags}))
    if split is None:
        notes.append(Finding(NO_SPLIT_COLUMN, {"rows": cells.rows}))
    if correct := columns.roles.get("correct"):
        notes.append(Finding(CORRECT_ONLY, {"column": correct}))
    score = columns.roles.get("score")
    if score and len(cells.labels) > 2:
        notes.append(Finding(SCORE_IGNORED, {"labels": len(cells.labels), "column": score}))
    return notes


def data_findings(
    parts: Mapping[str, Cells], choice: MetricChoice, *, no_positive: bool
) -> list[Finding]:
    """Return what is to be known about the data behind the figures; `parts` by split, or by name.

    `no_positive` tells that a class of two is asked for and none named.
    """
    out: list[Finding] = []
    blank = {name: int(x.n[x.predicted == ABSTAINED].sum()) for name, x in parts.items()}
    if any(blank.values()):
        out.append(Finding(ABSTENTIONS, {"abstentions": {k: n for k, n in blank.items() if n}}))
    if no_positive:
        out.append(Finding(NO_POSITIVE_CLASS, {"labels": list(next(iter(parts.values())).labels)}))
    undefined = undefined_classes(parts, choice)
    left_out = {name: list(classes) for name, classes in undefined.items() if classes}
    if left_out:
        out.append(Finding(CLASSES_LEFT_OUT, {"classes": left_out}))
    groups = {n: len(codes_in(x.group)) for n, x in parts.items() if x.group is not None}
    few = {name: count for name, count in groups.items() if count < FEW_GROUPS}
    if few:
        out.append(Finding(FEW_GROUPS_FOUND, {"groups": few}))
    return out


def part_findings(parts: Mapping[str, Cells], choice: MetricChoice) -> list[Finding]:
    """Return what is to be known about the data of each part, each the cells of one split."""
    two = len(next(iter(parts.values())).classes) == 2
    no_positive = two and choice.average == "macro" and choice.positive is None
    return data_findings(parts, choice, no_positive=no_positive) + _few_rows(parts, choice)


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
    text = f"{count(total)} row{'' if total == 1 else 's'}"
    if set(rows) == {"all"}:
        return text
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
