"""`study`: runs that differ in one thing. It stands in the panel Harness."""

from __future__ import annotations

from typing import Annotated

import typer

from mlstrat.cli import options as opt
from mlstrat.cli import progress
from mlstrat.errors import UsageError
from mlstrat.places import check_places


def study(
    kind: Annotated[
        str | None,
        typer.Argument(metavar="KIND", help="One that --list shows: knobs, curve, transfer ..."),
    ] = None,
    recipe: Annotated[
        str | None, typer.Argument(metavar="RECIPE", help="Of knobs and curve: a recipe.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show the studies, and exit.")] = False,
    seeds: Annotated[
        int, typer.Option(metavar="5", help="How often each run; below 3 no intervals.")
    ] = 5,
    knob: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Of knobs: this one, or l2=0.1; repeatable."),
    ] = None,
    sizes: Annotated[
        str | None, typer.Option(metavar="N,N,N", help="Numbers of training examples.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="RATE", help="Of curve: the error wanted, 5%.")
    ] = None,
    small: Annotated[
        bool, typer.Option("--small", help="The variant that ends in seconds.")
    ] = False,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="FOLDER", help="For runs and report (study_KIND)."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write into a folder that is not empty.")
    ] = False,
    confidence: opt.Confidence = None,
    format_: opt.Format = None,
    output: opt.Output = None,
) -> None:
    """Try the knobs, and show which gap each one moved.

    \b
    Examples:
      mlstrat study knobs wine --seeds 3 --out my_knobs
      mlstrat study label-noise --small --seeds 3
    """
    how = opt.chosen_format(format_, output)
    if list_:
        if format_ or output:
            raise UsageError("--list prints text alone", accepted="--list without -f and -o")
        from mlstrat.harness.studies import KINDS

        for name, one in KINDS.items():
            torch = " (needs torch)" if one.torch else ""
            print(f"{name + (' RECIPE' if one.recipe else ''):16}{one.shows}{torch}")
        return
    if kind is None:
        raise UsageError("no study", accepted="one that `mlstrat study --list` shows")
    from mlstrat import public

    folder = out or "_".join(["study", kind.replace("-", "_"), *([recipe] if recipe else [])])
    check_places([output, *public.files_of_study(folder)])
    document = public.study(
        kind,
        recipe,
        seeds=seeds,
        out=folder,
        force=force,
        small=small,
        knobs=knob or (),
        sizes=_numbers(sizes),
        target=target,
        confidence=confidence,
        progress=progress.tell,
    )
    opt.emit(document, how, output)


def _numbers(text: str | None) -> tuple[int, ...]:
    """Return the sizes that were typed.

    Raises
    ------
    UsageError
        For one that is no whole number above 0.
    """
    out = []
    for part in (text or "").split(","):
        word = part.strip().replace("_", "")
        if not word and text is None:
            continue
        if not (word.isdecimal() and 0 < int(word) < 10**9):
            raise UsageError(f"--sizes is {text!r}", accepted="whole numbers, as 50,100,200")
        out.append(int(word))
    return tuple(out)


COMMANDS = (study,)
