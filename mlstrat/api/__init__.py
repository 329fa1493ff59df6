"""One function a command: read through the door, compute, return a document.

This is the only place where the layers meet; the command line calls these functions and prints
what they return. Nothing is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlstrat.api.explaining import explain
    from mlstrat.api.ladder import diagnose, gaps
    from mlstrat.api.training import train

__all__ = ["diagnose", "explain", "gaps", "train"]

HOMES = {
    "diagnose": "ladder",
    "explain": "explaining",
    "gaps": "ladder",
    "train": "training",
}
"""In which module of this package each function lives."""


def __getattr__(name: str) -> Any:
    if name in HOMES:
        return getattr(import_module(f"mlstrat.api.{HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
