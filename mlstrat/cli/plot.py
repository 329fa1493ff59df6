"""`plot`: one figure alone. It stands in the panel Report."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from mlstrat.cli import completion
from mlstrat.cli import options as opt

KINDS = (
    "ladder", "confusion", "reliability", "precision-recall", "roc", "tally", "pareto", "curve",
    "history",
)  # fmt: skip
"""For the help and the shell, which load no registry; a test holds them to it."""


def plot(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help=f"{', '.join(KINDS[:5])}, {', '.join(KINDS[5:])}.",
            autocompletion=completion.chosen(KINDS),
        ),
    ],
    source: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE", help="Run; sheet (tally), table (pareto, curve), folder (history)."
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="The figure: an .svg or a .png."),
    ] = None,
    of: Annotated[
        str | None,
        typer.Option("--of", metavar="LABEL", help="Curves: of several classes, the one to draw."),
    ] = None,
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="RUN", help="Tally: the run that the sheet was drawn from."),
    ] = None,
    optimize: Annotated[
        str | None, typer.Option("--optimize", metavar="METRIC", help="Pareto: as for select.")
    ] = None,
    maximize: Annotated[
        str | None, typer.Option("--maximize", metavar="EXPR", help="Pareto: as for select.")
    ] = None,
    minimize: Annotated[
        str | None, typer.Option("--minimize", metavar="EXPR", help="Pareto: as for select.")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="EXPR", help="Pareto: a constraint; repeatable."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="COLUMN", help="Pareto: the column of names.")
    ] = None,
    n: Annotated[
        int | None, typer.Option("--n", metavar="N", help="Pareto: rows behind each share.")
    ] = None,
    skip_broken: opt.SkipBroken = False,
    target: Annotated[
        str | None, typer.Option("--target", metavar="RATE", help="Curve: the error wanted.")
    ] = None,
    dev_n: Annotated[
        int | None, typer.Option("--dev-n", metavar="N", help="Curve: examples behind each dev.")
    ] = None,
    human_error: Annotated[
        str | None, typer.Option("--human-error", metavar="RATE", help="Ladder: the human level.")
    ] = None,
    human: Annotated[
        str | None,
        typer.Option("--human", metavar="FILE", help="Ladder: what `mlstrat human -f json` said."),
    ] = None,
    different_distributions: opt.DifferentDistributions = None,
    tolerance: opt.Tolerance = None,
    metric: opt.Metric = None,
    average: opt.Average = None,
    beta: opt.Beta = None,
    positive: opt.Positive = None,
    threshold: opt.Threshold = None,
    map_: opt.Map = None,
    split: opt.SplitName = None,
    split_as: opt.SplitAs = None,
    confidence: opt.Confidence = None,
    seed: opt.Seed = None,
    resamples: opt.Resamples = None,
    config: opt.ConfigFile = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format", "-f", metavar="text|markdown|json|csv",
            help="How to say on the screen what is drawn.",
        ),
    ] = None,
) -> None:  # fmt: skip
    """One figure, as SVG or PNG, with its conclusion in words.

    \b
    Examples:
      mlstrat plot ladder sample_runs/variance/run.csv -o ladder.svg
      mlstrat plot roc sample_runs/wine/run.csv --of class_1 -o roc.png
    """
    how = opt.chosen_format(format_, None)
    opt.check_figure(output)
    from mlstrat import public

    document = public.plot(
        kind,
        source,
        of=of,
        run=run,
        optimize=optimize,
        maximize=maximize,
        minimize=minimize,
        where=where or (),
        name=name,
        n=n,
        skip_broken=skip_broken or None,
        target=target,
        dev_n=dev_n,
        human_error=human_error,
        human=human,
        different_distributions=different_distributions,
        tolerance=tolerance,
        metric=metric,
        average=average,
        beta=beta,
        positive=positive,
        threshold=threshold,
        columns=opt.pairs(map_, "--map"),
        split=split,
        split_as=opt.pairs(split_as, "--split-as"),
        confidence=confidence,
        seed=seed,
        resamples=resamples,
        config=config,
    )
    if output is not None:
        document = document.saved(output)
    opt.tell(document, how, output)
    if output is None:
        print("mlstrat: nothing was drawn: name a file with --output", file=sys.stderr)
