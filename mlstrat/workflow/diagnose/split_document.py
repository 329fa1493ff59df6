"""The figures of a split in JSON: its classes, its confusion, and what takes no model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlstrat.tasks.classification.floor import Floor
from mlstrat.workflow.diagnose.split_figures import SplitFigures

if TYPE_CHECKING:
    from mlstrat.workflow.diagnose import schema

MOST_DENSE = 50
"""Classes up to which the JSON holds every cell of a confusion; of more, the filled ones alone."""


def split_dict(x: SplitFigures, labels: Sequence[str]) -> schema.Split:
    """Return the figures of a split."""
    return {
        "n": x.n,
        "errors": x.errors,
        "error": x.figures["error"].to_dict(),
        "accuracy": x.figures["accuracy"].to_dict(),
        "precision": x.figures["precision"].to_dict(),
        "recall": x.figures["recall"].to_dict(),
        "f1": x.figures["f1"].to_dict(),
        "abstentions": x.abstentions,
        "per_class": [
            {"label": c.label, "support": c.support, "predicted": c.predicted,
             "precision": c.precision, "recall": c.recall, "f1": c.f1}
            for c in x.per_class
        ],
        "confusion": _confusion(x, labels),
    }  # fmt: skip


def floor_dict(x: Floor) -> schema.Floor:
    """Return what takes no model."""
    return {
        "constant": x.constant.to_dict(),
        "label": x.label,
        "split": x.split,
        "chance": x.chance,
        "difference": x.difference.to_dict(),
        "above": x.above,
        "splits": [
            {"split": name, "constant": one.constant, "chance": one.chance}
            for name, one in x.splits.items()
        ],
    }


def _confusion(x: SplitFigures, labels: Sequence[str]) -> schema.Confusion:
    """Return the confusion: whole, or its filled cells alone where there are many classes."""
    if x.errors is None:
        return {"labels": list(labels), "counts": None, "cells": []}
    if len(labels) > MOST_DENSE:
        return {"labels": list(labels), "counts": None, "cells": [list(c) for c in x.cells]}
    counts = [[0] * len(labels) for _ in labels]
    for i, j, n in x.cells:
        counts[i][j] = n
    return {"labels": list(labels), "counts": counts}
