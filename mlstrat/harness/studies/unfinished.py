"""The folder of a study that was interrupted, in which the same study can go on."""

from __future__ import annotations

import json
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from mlstrat.errors import UsageError
from mlstrat.harness.studies.plan import Plan
from mlstrat.harness.train.run_files import refuse_a_file

UNFINISHED = "unfinished.json"
"""Stands in the folder of a study while it trains, and says which study it is."""


def identity_of(plan: Plan, seeds: int, *, small: bool) -> bytes:
    """Return all that the runs of a study depend on."""
    packages = {"mlstrat": "mlstrat", "numpy": "numpy", "sklearn": "scikit-learn", "torch": "torch"}
    told = {
        "study": plan.kind,
        "recipe": plan.recipe,
        "small": small,
        "seeds": seeds,
        "conditions": {x.name: dict(x.settings) for x in plan.conditions},
        "about": plan.about,
        "versions": {name: version(name) for x, name in packages.items() if find_spec(x)},
    }
    return (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode()


def check_folder(folder: Path, same: bytes, *, force: bool) -> bool:
    """Return whether a folder holds this study interrupted; refuse others before any work.

    Raises
    ------
    UsageError
        A path that is no folder, or one that holds something else, with what to do.
    """
    refuse_a_file(folder)
    if force or not folder.exists() or not any(folder.iterdir()):
        return False
    begun = folder / UNFINISHED
    if begun.is_file() and begun.read_bytes() == same:
        return True
    raise UsageError(
        "the folder is not empty",
        file=str(folder),
        hint="name another folder, or write into it with --force",
    )
