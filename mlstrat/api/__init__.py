"""One function a command: read through the door, compute, return a document.

This is the only place where the layers meet; the command line calls these functions and prints
what they return. Nothing is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlstrat.api.comparing import compare
    from mlstrat.api.explaining import explain
    from mlstrat.api.ladder import diagnose, gaps
    from mlstrat.api.people import human
    from mlstrat.api.planning import plan
    from mlstrat.api.scoring import list_metrics, score
    from mlstrat.api.selecting import select
    from mlstrat.api.setting_up import init, show_config
    from mlstrat.api.split_checks import check_split
    from mlstrat.api.splitting import split
    from mlstrat.api.training import train

__all__ = [
    "check_split",
    "compare",
    "diagnose",
    "explain",
    "gaps",
    "human",
    "init",
    "list_metrics",
    "plan",
    "score",
    "select",
    "show_config",
    "split",
    "train",
]

HOMES = {
    "human": "people",
    "check_split": "split_checks",
    "init": "setting_up",
    "show_config": "setting_up",
    "split": "splitting",
    "diagnose": "ladder",
    "explain": "explaining",
    "gaps": "ladder",
    "compare": "comparing",
    "list_metrics": "scoring",
    "score": "scoring",
    "select": "selecting",
    "plan": "planning",
    "train": "training",
}
"""In which module of this package each function lives."""


def __getattr__(name: str) -> Any:
    if name in HOMES:
        return getattr(import_module(f"mlstrat.api.{HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
