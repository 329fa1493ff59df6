"""The spread of a figure over the folds of a cross-validation."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from mlstrat.core.counts import Cells, tally
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import METRICS, MetricChoice
from mlstrat.core.wording import is_share
from mlstrat.data.columns import Columns
from mlstrat.tasks.classification.contingency import Keys
from mlstrat.tasks.classification.findings import FOLDS


def keys_of_folds(keys: Keys) -> Keys:
    """Return what a run is counted by for the figures of its folds: without groups and people."""
    kept = ("label", "prediction", "split")
    roles = {role: column for role, column in keys.columns.roles.items() if role in kept}
    columns = Columns(keys.columns.header, roles)
    return replace(keys, columns=columns, by=(keys.columns.roles["fold"],), buckets=0)


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
