"""One function a command: read through the door, compute, return a document.

This is the only place where the layers meet; the command line calls these functions and prints
what they return. Nothing is imported before it is used.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlstrat.data.guard import guard as guard
    from mlstrat.data.settings import on_engine as on_engine
    from mlstrat.harness.predict.answer import predict
    from mlstrat.harness.recipes.answer import describe_network, list_recipes
    from mlstrat.harness.train.answer import train
    from mlstrat.show.tracking import log_to_mlflow
    from mlstrat.tasks.detection.boxes import iou, nms
    from mlstrat.workflow.compare.answer import compare
    from mlstrat.workflow.count.answer import count
    from mlstrat.workflow.count.examples import examples
    from mlstrat.workflow.curve.answer import curve
    from mlstrat.workflow.diagnose.answer import diagnose, gaps
    from mlstrat.workflow.error_table.answer import error_table
    from mlstrat.workflow.error_table.review.answer import review
    from mlstrat.workflow.error_table.review.answer import run_review as run_review
    from mlstrat.workflow.error_table.sample import sample
    from mlstrat.workflow.explain.answer import explain, load, schema
    from mlstrat.workflow.gate.answer import gate
    from mlstrat.workflow.gate.ledger import LedgerUse as LedgerUse
    from mlstrat.workflow.human.answer import human
    from mlstrat.workflow.improve.answer import files_of_improve as files_of_improve
    from mlstrat.workflow.improve.answer import improve
    from mlstrat.workflow.mislabels.answer import mislabels
    from mlstrat.workflow.plot.answer import plot
    from mlstrat.workflow.report.answer import report
    from mlstrat.workflow.report.check import check_report as check_report
    from mlstrat.workflow.score.answer import list_metrics, score
    from mlstrat.workflow.select.answer import select
    from mlstrat.workflow.settings.answer import init
    from mlstrat.workflow.settings.answer import show_config as show_config
    from mlstrat.workflow.slices.answer import slices
    from mlstrat.workflow.splits.answer import check_split, split
    from mlstrat.workflow.splits.plan import plan
    from mlstrat.workflow.study.answer import files_of_study as files_of_study
    from mlstrat.workflow.study.answer import study

__all__ = [
    "check_split", "compare", "count", "curve", "describe_network", "diagnose", "error_table",
    "examples", "explain", "gaps", "gate", "human", "improve", "init", "iou",
    "list_metrics", "list_recipes", "load", "log_to_mlflow", "mislabels", "nms", "plan", "plot",
    "predict", "report", "review", "sample", "schema", "score", "select", "slices", "split",
    "study", "train",
]  # fmt: skip
"""What `mlstrat` itself offers; the rest serves the command line."""

_OF_MODULES = {
    "data.guard": "guard",
    "data.settings": "on_engine",
    "harness.predict.answer": "predict",
    "harness.recipes.answer": "describe_network list_recipes",
    "harness.train.answer": "train",
    "show.tracking": "log_to_mlflow",
    "tasks.detection.boxes": "iou nms",
    "workflow.compare.answer": "compare",
    "workflow.count.answer": "count",
    "workflow.count.examples": "examples",
    "workflow.curve.answer": "curve",
    "workflow.diagnose.answer": "diagnose gaps",
    "workflow.error_table.answer": "error_table",
    "workflow.error_table.review.answer": "review run_review",
    "workflow.error_table.sample": "sample",
    "workflow.explain.answer": "explain load schema",
    "workflow.gate.answer": "gate",
    "workflow.gate.ledger": "LedgerUse",
    "workflow.human.answer": "human",
    "workflow.improve.answer": "files_of_improve improve",
    "workflow.mislabels.answer": "mislabels",
    "workflow.plot.answer": "plot",
    "workflow.report.answer": "report",
    "workflow.report.check": "check_report",
    "workflow.score.answer": "list_metrics score",
    "workflow.select.answer": "select",
    "workflow.settings.answer": "init show_config",
    "workflow.slices.answer": "slices",
    "workflow.splits.answer": "check_split split",
    "workflow.splits.plan": "plan",
    "workflow.study.answer": "files_of_study study",
}

HOMES = {name: module for module, names in _OF_MODULES.items() for name in names.split()}
"""In which module each function lives."""


@cache
def for_python(name: str) -> Any:
    """Return a function as who writes Python calls it: its errors speak of keywords."""
    from mlstrat.tasks.caller import speaks_python

    return speaks_python(__getattr__(name), name)


def __getattr__(name: str) -> Any:
    if name in HOMES:
        return getattr(import_module(f"mlstrat.{HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
