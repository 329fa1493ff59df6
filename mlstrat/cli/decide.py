"""Decide: which model, and is it really better?"""

from __future__ import annotations

from typing import Annotated

import typer

from mlstrat.cli import completion
from mlstrat.cli import options as opt


def compare(
    run: Annotated[str, typer.Argument(metavar="A", help=opt.RUN_HELP)],
    other: Annotated[
        str | None,
        typer.Argument(metavar="B", help="A second run on the same examples, paired by id."),
    ] = None,
    a: Annotated[
        str | None, typer.Option("--a", metavar="COLUMN", help="The predictions of the first.")
    ] = None,
    b: Annotated[
        str | None, typer.Option("--b", metavar="COLUMN", help="The predictions of the second.")
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            metavar="NAME",
            help="What the difference is of (accuracy).",
            autocompletion=completion.metrics,
        ),
    ] = None,
    task: opt.Task = None,
    average: opt.Average = None,
    beta: opt.Beta = None,
    margin: Annotated[
        str | None,
        typer.Option("--margin", metavar="RATE", help="Is b worse by less than this? 1% or 0.01."),
    ] = None,
    by: opt.By = None,
    positive: opt.Positive = None,
    threshold: opt.Threshold = None,
    map_: opt.Map = None,
    split: opt.SplitName = None,
    split_as: opt.SplitAs = None,
    confidence: opt.Confidence = None,
    seed: opt.Seed = None,
    resamples: opt.Resamples = None,
    config: opt.ConfigFile = None,
    checksum: opt.Checksum = False,
    skip_broken: opt.SkipBroken = False,
    engine: opt.Engine = None,
    master: opt.Master = None,
    format_: opt.Format = None,
    output: opt.Output = None,
) -> None:
    """Two models on the same examples: is b really better than a?

    \b
    Examples:
      mlstrat compare runs/a.csv runs/b.csv --metric f1
      mlstrat compare runs/two.csv --a pred_cnn --b pred_lstm --margin 1%
    """
    how = opt.chosen_format(format_, output)
    from mlstrat import public

    run, other = public.on_engine([run, other], engine, master)
    document = public.compare(
        run,
        other,
        task=task,
        a=a,
        b=b,
        metric=metric,
        average=average,
        beta=beta,
        margin=margin,
        by=by or (),
        columns=opt.pairs(map_, "--map"),
        split=split,
        split_as=opt.pairs(split_as, "--split-as"),
        positive=positive,
        threshold=threshold,
        confidence=confidence,
        seed=seed,
        resamples=resamples,
        config=config,
        checksum=checksum,
        skip_broken=skip_broken,
    )
    opt.emit(document, how, output)


def select(
    candidates: Annotated[
        list[str],
        typer.Argument(metavar="TABLE|RUN RUN…", help="One row a candidate; or several runs."),
    ],
    optimize: Annotated[
        str | None, typer.Option(metavar="METRIC", help="A metric that knows its direction.")
    ] = None,
    maximize: Annotated[
        str | None, typer.Option(metavar="EXPR", help="Columns, + - * /, mean min max f1 rate.")
    ] = None,
    minimize: Annotated[
        str | None, typer.Option(metavar="EXPR", help="The same, lower being better.")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="EXPR", help='A constraint, as "ms <= 100"; repeatable.'),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column of names of a table.")
    ] = None,
    n: Annotated[
        int | None, typer.Option(metavar="N", help="Rows behind each share of a table.")
    ] = None,
    prefer: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Breaks ties: the lowest, or max:COLUMN."),
    ] = None,
    preferences: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="CSV: better, worse: how people order candidates."),
    ] = None,
    figure: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Draw the Pareto front too: an .svg or a .png."),
    ] = None,
    task: opt.Task = None,
    by: opt.By = None,
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
    checksum: opt.Checksum = False,
    skip_broken: opt.SkipBroken = False,
    format_: opt.Format = None,
    output: opt.Output = None,
) -> None:
    """The best candidate within limits, and all that may be as good.

    \b
    Examples:
      mlstrat select sample_runs/models.csv --optimize accuracy --where "ms<=100"
      mlstrat select sample_runs/models.csv --optimize accuracy --prefer ms
    """
    how = opt.chosen_format(format_, output)
    opt.check_figure(figure)
    from mlstrat import public

    document = public.select(
        list(candidates),
        task=task,
        optimize=optimize,
        maximize=maximize,
        minimize=minimize,
        where=where or (),
        name=name,
        n=n,
        prefer=prefer,
        preferences=preferences,
        columns=opt.pairs(map_, "--map"),
        split=split,
        split_as=opt.pairs(split_as, "--split-as"),
        by=by or (),
        positive=positive,
        threshold=threshold,
        average=average,
        beta=beta,
        confidence=confidence,
        seed=seed,
        resamples=resamples,
        config=config,
        checksum=checksum,
        skip_broken=skip_broken,
    )
    if figure is not None:
        document.save_figure(figure)
    opt.emit(document, how, output)


COMMANDS = (select, compare)
