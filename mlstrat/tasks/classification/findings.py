"""MLS2xx: what is to be known about the data behind the figures."""

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
from mlstrat.tasks.findings import (
    FEW_GROUPS,
    FEW_GROUPS_FOUND,
    NO_SPLIT_COLUMN,
    SNIFFED,
    by_split,
)

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
