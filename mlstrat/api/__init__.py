"""One function a command: read through the door, compute, return a document.

This is the only place where the layers meet; the command line calls these functions and prints
what they return. Nothing is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlstrat.api.comparing import compare
    from mlstrat.api.counting import count
    from mlstrat.api.curving import curve
    from mlstrat.api.documents import load, schema
    from mlstrat.api.engines import on_engine
    from mlstrat.api.error_tables import error_table
    from mlstrat.api.explaining import explain
    from mlstrat.api.gate_ledger import LedgerUse
    from mlstrat.api.gating import gate
    from mlstrat.api.guarding import guard
    from mlstrat.api.ladder import diagnose, gaps
    from mlstrat.api.mislabeling import mislabels
    from mlstrat.api.people import human
    from mlstrat.api.planning import plan
    from mlstrat.api.plotting import plot
    from mlstrat.api.recipes import describe_network, list_recipes
    from mlstrat.api.report_checks import check_report
    from mlstrat.api.reporting import report
    from mlstrat.api.sampling import sample
    from mlstrat.api.scoring import list_metrics, score
    from mlstrat.api.selecting import select
    from mlstrat.api.setting_up import init, show_config
    from mlstrat.api.slicing import slices
    from mlstrat.api.split_checks import check_split
    from mlstrat.api.splitting import split
    from mlstrat.api.studying import files_of_study, study
    from mlstrat.api.training import train

__all__ = [
    "LedgerUse",
    "check_report",
    "check_split",
    "compare",
    "count",
    "curve",
    "describe_network",
    "diagnose",
    "error_table",
    "explain",
    "files_of_study",
    "gaps",
    "gate",
    "guard",
    "human",
    "init",
    "list_metrics",
    "list_recipes",
    "load",
    "mislabels",
    "on_engine",
    "plan",
    "plot",
    "report",
    "sample",
    "schema",
    "score",
    "select",
    "show_config",
    "slices",
    "split",
    "study",
    "train",
]

HOMES = {
    "error_table": "error_tables",
    "mislabels": "mislabeling",
    "human": "people",
    "check_split": "split_checks",
    "on_engine": "engines",
    "init": "setting_up",
    "show_config": "setting_up",
    "split": "splitting",
    "diagnose": "ladder",
    "explain": "explaining",
    "load": "documents",
    "schema": "documents",
    "gaps": "ladder",
    "LedgerUse": "gate_ledger",
    "gate": "gating",
    "guard": "guarding",
    "compare": "comparing",
    "count": "counting",
    "curve": "curving",
    "list_metrics": "scoring",
    "list_recipes": "recipes",
    "describe_network": "recipes",
    "check_report": "report_checks",
    "report": "reporting",
    "sample": "sampling",
    "score": "scoring",
    "select": "selecting",
    "slices": "slicing",
    "plan": "planning",
    "plot": "plotting",
    "study": "studying",
    "files_of_study": "studying",
    "train": "training",
}
"""In which module of this package each function lives."""


def __getattr__(name: str) -> Any:
    if name in HOMES:
        return getattr(import_module(f"mlstrat.api.{HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
