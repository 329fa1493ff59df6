"""MLS260–263: what is odd about own data, said before anything is trained."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.findings import Finding, Rule
from mlstrat.core.wording import clean, count, listed

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST_ROWS = 30

LEFT_OVER = 0.005
"""Share of rows that a feature may leave open and still determine the target (mlstrat's)."""

WORTH = 0.05
"""Share of rows that the commonest label must leave open: else any feature seems to know."""

MOST_VALUES = 50
"""Values of a feature up to which each is looked at by itself; more are cut once in two."""

TOLD_APART = 0.9
"""Share of the rows of train that are told apart by their features where a copy is no chance."""

WORTH_SAYING = 0.01
"""Share of a split from which copies are an issue."""

DRIFT_LEVEL = 0.001
"""Level of the test whether the target changes with time."""


def _leaks(e: Mapping[str, Any], _s: Any) -> str:
    known = [(clean(x["column"]), x["right"]) for x in e["columns"]]
    if e["commonest"] is None:
        told = [f"{name} alone explains {100 * x:.1f}% of the target's variance"
                for name, x in known]  # fmt: skip
        return "; ".join(told) + "."
    told = [f"{name} alone tells the target in {100 * x:.1f}% of rows" for name, x in known]
    return "; ".join(told) + f" (the commonest label: {100 * e['commonest']:.1f}%)."


def _drift(e: Mapping[str, Any], _s: Any) -> str:
    column = clean(e["column"])
    if e["class"] is None:
        return (f"The target's median is {e['first']:.4g} in the earliest fifth by {column}, "
                f"{e['last']:.4g} in the latest.")  # fmt: skip
    return (f"{clean(e['class'], 24)} is {100 * e['first']:.1f}% of the earliest fifth by "
            f"{column}, {100 * e['last']:.1f}% of the latest.")  # fmt: skip


LEAK = Rule(
    "MLS260", "issue", "A feature alone determines the target: a likely leak",
    "What is written down after the outcome is known, or from it, is not there when the model is "
    "used; an error near 0 then says nothing.",
    "The most frequent label of the other rows with the same value of a feature (of at most 50; "
    "else of each side of one cut) is right in 99.5% of rows, where the commonest label is in at "
    "most 95%. Of a number to predict, the mean of those other rows, or a line on the feature or "
    "its ranks, leaves at most 0.5% of the variance open (mlstrat's thresholds).",
    "Kaufman et al. (2012), leakage",
    ("ask when the feature is known; leave it out if that is after the target",),
    sentence=_leaks)  # fmt: skip


UNTAUGHT = Rule(
    "MLS261", "issue", "A class does not occur in train",
    "Nothing can be learnt of a class that is not shown: its rows will be wrong.",
    "A class occurs in another split, and not in train.",
    "mlstrat: what was never shown is missing data, not variance",
    ("let train have some of it, or leave its rows out",),
    sentence=lambda e, _s: " ".join(
        f"{name} has {count(sum(x.values()))} rows of "
        f"{listed([clean(c, 24) for c in x])}, which {'does' if len(x) == 1 else 'do'} not occur "
        "in train."
        for name, x in e["splits"].items()))  # fmt: skip

COPIES = Rule(
    "MLS262", "issue", "Rows of other splits are copies of rows of train",
    "What was learnt by heart counts as right there, so that errors are too low.",
    "Rows that agree with one of train in every feature and in the target, where features tell "
    "nearly all rows of train apart (90%, mlstrat's threshold); at least 1% of a split, else a "
    "tip.",
    "C3W1 Train/dev/test distributions",
    ("drop the copies, or keep them together: --group COLUMN",),
    sentence=lambda e, _s: (
        listed([f"{count(n)} of {count(e['rows'][name])} rows of {name}"
                for name, n in e["copies"].items()]) + " are in train, too."))  # fmt: skip

DRIFT = Rule(
    "MLS263", "tip", "The target changes with time",
    "A model is used on rows that are later than those it learnt from; splits that mix all times "
    "do not show what that costs.",
    "The mix of classes differs between the five fifths of the rows by time (χ² test, of a number "
    "to predict that of Kruskal and Wallis; Holm over the columns of dates, level 0.1%), and "
    "splits were drawn at random.",
    "C3W1 Train/dev/test distributions; Pearson's χ²; Kruskal and Wallis (1952)",
    ("let the latest rows be dev and test",),
    sentence=_drift)  # fmt: skip


def table_findings(
    features: Any,
    labels: NDArray[Any],
    splits: Mapping[str, NDArray[np.intp]],
    moments: Mapping[str, NDArray[np.float64]],
) -> tuple[Finding, ...]:
    """Return what is odd about a table: its frame of features, target, splits and dates."""
    columns = {str(name): features[name].to_numpy() for name in features.columns}
    same = copies(features, labels, splits)
    if labels.dtype.kind == "f":
        return (*number_leaks(columns, labels), *same, *number_drifts(moments, labels))
    found = [*untaught(labels, splits), *leaks(columns, labels), *same]
    return (*found, *drifts(moments, labels))


def untaught(labels: NDArray[Any], splits: Mapping[str, NDArray[np.intp]]) -> list[Finding]:
    """Return the finding on classes of other splits that do not occur in train."""
    taught = set(labels[splits["train"]].tolist())
    found = {}
    for name, rows in splits.items():
        classes, n = np.unique(labels[rows], return_counts=True)
        new = {str(c): int(k) for c, k in zip(classes, n, strict=True) if str(c) not in taught}
        if new:
            found[name] = new
    return [Finding(UNTAUGHT, {"splits": found})] if found else []


def copies(
    features: Any, labels: NDArray[Any], splits: Mapping[str, NDArray[np.intp]]
) -> list[Finding]:
    """Return the finding on rows of other splits that stand in train, too."""
    import pandas as pd

    alone = pd.util.hash_pandas_object(features, index=False).to_numpy()
    train = splits["train"]
    if len(np.unique(alone[train])) < TOLD_APART * len(train):
        return []
    frame = features.assign(**{"\x1f": labels})
    whole = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    seen = {name: int(np.isin(whole[rows], whole[train]).sum())
            for name, rows in splits.items() if name != "train"}  # fmt: skip
    found = {name: n for name, n in seen.items() if n}
    if not found:
        return []
    rows = {name: len(splits[name]) for name in found}
    many = any(n >= WORTH_SAYING * rows[name] for name, n in found.items())
    return [Finding(COPIES, {"copies": found, "rows": rows}, lowered_to=None if many else "tip")]


def drifts(moments: Mapping[str, NDArray[np.float64]], labels: NDArray[Any]) -> list[Finding]:
    """Return the finding on the column of dates with which the target changes most."""
    from scipy.stats import chi2_contingency

    best, least = None, DRIFT_LEVEL / max(1, len(moments))
    classes, y = np.unique(labels, return_inverse=True)
    for name, at in moments.items():
        known = ~np.isnan(at)
        order = np.argsort(at[known], kind="stable")
        if len(order) < FEWEST_ROWS:
            continue
        fifths = np.array_split(y[known][order], 5)
        table = np.array([np.bincount(x, minlength=len(classes)) for x in fifths])
        table = table[:, table.sum(axis=0) >= 25]  # five a cell are expected
        if table.shape[1] < 2:
            continue
        p = float(chi2_contingency(table).pvalue)
        if p < least:
            shares = table / table.sum(axis=1, keepdims=True)
            moved = int(np.abs(shares[-1] - shares[0]).argmax())
            names = classes[np.bincount(y[known], minlength=len(classes)) >= 25]
            best, least = (name, str(names[moved]), shares[:, moved]), p
    if best is None:
        return []
    column, label, shares = best
    evidence = {"column": column, "class": label, "first": float(shares[0]),
                "last": float(shares[-1]), "fifths": shares.tolist()}  # fmt: skip
    return [Finding(DRIFT, evidence, flags=f"--split-by-time {shlex.quote(column)}")]


def number_drifts(
    moments: Mapping[str, NDArray[np.float64]], target: NDArray[np.float64]
) -> list[Finding]:
    """Return the finding on the column of dates with which a number changes most."""
    from scipy.stats import kruskal

    best, least = None, DRIFT_LEVEL / max(1, len(moments))
    for name, at in moments.items():
        known = ~np.isnan(at)
        if known.sum() < FEWEST_ROWS or np.ptp(target[known]) == 0:
            continue
        fifths = np.array_split(target[known][np.argsort(at[known], kind="stable")], 5)
        p = float(kruskal(*fifths).pvalue)
        if p < least:
            best, least = (name, [float(np.median(x)) for x in fifths]), p
    if best is None:
        return []
    column, medians = best
    evidence = {"column": column, "class": None, "first": medians[0], "last": medians[-1],
                "fifths": medians}  # fmt: skip
    return [Finding(DRIFT, evidence, flags=f"--split-by-time {shlex.quote(column)}")]


def number_leaks(
    features: Mapping[str, NDArray[Any]], target: NDArray[np.float64]
) -> list[Finding]:
    """Return the finding on features each of which determines a number by itself."""
    if len(target) < FEWEST_ROWS or np.ptp(target) == 0:
        return []
    shares = {name: _explained(values, target) for name, values in features.items()}
    found = [{"column": name, "right": x} for name, x in shares.items() if x >= 1 - LEFT_OVER]
    return [Finding(LEAK, {"columns": found, "commonest": None})] if found else []


def _explained(values: NDArray[Any], y: NDArray[np.float64]) -> float:
    """Return the share of the variance that the mean of the other rows of a value tells, or a line.

    Without rows whose value is not known: their share of the variance stays open.
    """
    apart = y - y.mean()
    known, x = np.unique(values, return_inverse=True)
    if len(known) <= MOST_VALUES:
        n = np.bincount(x)[x]
        others = (np.bincount(x, apart)[x] - apart) / np.maximum(n - 1, 1)
        return 1 - float(((apart - others) ** 2).sum() / (apart**2).sum())
    if values.dtype.kind not in "fiu":
        return 0.0
    here = np.isfinite(values)
    from scipy.stats import rankdata

    sides = ((values[here], y[here]), (rankdata(values[here]), rankdata(y[here])))
    squares = (float(np.corrcoef(a, b)[0, 1]) ** 2 for a, b in sides if np.ptp(b) > 0)
    return max(squares, default=0.0) * float((apart[here] ** 2).sum() / (apart**2).sum())


def leaks(features: Mapping[str, NDArray[Any]], target: NDArray[Any]) -> list[Finding]:
    """Return the finding on features each of which determines the target by itself."""
    labels, y = np.unique(target, return_inverse=True)
    rows = len(y)
    if rows < FEWEST_ROWS or len(labels) < 2:
        return []
    commonest = float(np.bincount(y).max() / rows)
    if commonest > 1 - WORTH:
        return []
    found = []
    for name, values in features.items():
        right = _right(values, y, len(labels))
        if right >= 1 - LEFT_OVER:
            found.append({"column": name, "right": right})
    return [Finding(LEAK, {"columns": found, "commonest": commonest})] if found else []


def _right(values: NDArray[Any], y: NDArray[np.int64], labels: int) -> float:
    """Return the share of rows that the most frequent label of a value, or of a side, is right."""
    known, x = np.unique(values, return_inverse=True)
    table = np.zeros((len(known), labels))
    np.add.at(table, (x, y), 1)
    if len(known) <= MOST_VALUES:
        ordered = np.sort(table, axis=1)
        sure = ordered[:, -1] - 1 > ordered[:, -2] - (ordered[:, -2] == 0)  # without the row itself
        return float(ordered[sure, -1].sum() / len(y))
    if values.dtype.kind not in "fiu":
        return 0.0
    below = table.cumsum(axis=0)[:-1]
    best = below.max(axis=1) + (table.sum(axis=0) - below).max(axis=1)
    return float(best.max() / len(y))
