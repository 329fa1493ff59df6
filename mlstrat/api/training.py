"""`train`: a recipe of the harness."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlstrat.harness import TrainedRun


def train(
    recipe: str,
    *,
    seed: int = 0,
    out: str | Path | None = None,
    force: bool = False,
    progress: Callable[[str], None] | None = None,
) -> TrainedRun:
    """Train a recipe of the harness, and write its run and config into a folder.

    Parameters
    ----------
    recipe
        A name that ``mlstrat train --list`` shows.
    seed
        The same seed gives the same run.
    out
        The folder; None writes nothing.
    force
        Write over a run that is there.
    progress
        Called with one line a step.

    Raises
    ------
    UsageError, InputError
        For an unknown recipe, or a folder that holds a run already.
    """
    from mlstrat.harness import train as train_recipe

    return train_recipe(
        recipe, seed=seed, out=None if out is None else Path(out), force=force, progress=progress
    )
