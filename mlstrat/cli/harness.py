"""Harness: where do runs come from?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mlstrat.errors import UsageError


def train(
    recipe: Annotated[
        str | None, typer.Argument(metavar="[RECIPE]", help="A recipe that --list shows.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show the recipes and exit.")] = False,
    seed: Annotated[int, typer.Option(metavar="0", help="The same seed gives the same run.")] = 0,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="FOLDER", help="Where run.csv and run.toml go (RECIPE)."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a run that is there.")] = False,
) -> None:
    """Train a recipe in seconds and write its run, to diagnose.

    \b
    Examples:
      mlstrat train --list
      mlstrat train data_mismatch --out my_run
    """
    if list_:
        from mlstrat.harness import list_recipes
        from mlstrat.harness.models import describe_model

        for known in list_recipes():
            print(f"{known.name:16}{known.shows}")
            print(f"{'':16}{describe_model(known.model)}; {known.dataset.title}")
        return
    if recipe is None:
        raise UsageError("no recipe", accepted="a name that `mlstrat train --list` shows")
    from mlstrat import api

    folder = out or recipe
    trained = api.train(
        recipe,
        seed=seed,
        out=folder,
        force=force,
        progress=lambda line: print(line, file=sys.stderr),
    )
    errors = ", ".join(f"{split} {100 * e:.1f} %" for split, e in trained.errors.items())
    print(f"errors: {errors}\nnext: mlstrat diagnose {Path(folder) / 'run.csv'}")


COMMANDS = (train,)
