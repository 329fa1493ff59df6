"""MLS2xx: what is to be known about the data behind the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlstrat.core.counts import Cells
from mlstrat.core.findings import Finding, Rule
from mlstrat.core.wording import clean, count, listed
from mlstrat.tasks.findings import FEW_GROUPS, FEW_GROUPS_FOUND, by_split

MISMATCHED_LECTURE = "C3W2 Bias and variance with mismatched data distributions"


Evidence = Mapping[str, Any]


ABSTENTIONS = Rule(
    "MLS201", "note", "Some rows have no prediction",
    "A blank prediction counts as wrong.", "A prediction is blank.",
    "mlstrat: no answer is no right answer",
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

SCORES_BINNED = Rule(
    "MLS205", "note", "Scores were counted in bins",
    "There are more distinct scores than fit in memory; the bound on the error of the "
    "AUC is given.", "More distinct scores than are kept apart.",
    "mlstrat: memory is finite; the bound on the error is stated",
    sentence=lambda e, _s: (
    f"{count(e['bins'])} bins; the AUC is off by at most {e['auc_bound']:.2g}."
    ))  # fmt: skip


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


def data_findings(
    cells: Cells,
    *,
    binary_without_positive: bool,
    undefined: Mapping[str, Sequence[str]],
    groups: Mapping[str, int],
) -> list[Finding]:
    """Return what is to be known about the data behind the figures."""
    out: list[Finding] = []
    blank = cells.predicted < 0
    if blank.any():
        counts = {
            split: int(cells.n[blank & (cells.split == i)].sum())
            for i, split in enumerate(cells.splits)
        }
        out.append(Finding(ABSTENTIONS, {"abstentions": {k: v for k, v in counts.items() if v}}))
    if binary_without_positive:
        out.append(Finding(NO_POSITIVE_CLASS, {"labels": list(cells.labels)}))
    left_out = {split: list(classes) for split, classes in undefined.items() if classes}
    if left_out:
        out.append(Finding(CLASSES_LEFT_OUT, {"classes": left_out}))
    few = {split: count for split, count in groups.items() if count < FEW_GROUPS}
    if few:
        out.append(Finding(FEW_GROUPS_FOUND, {"groups": few}))
    return out
