"""Measure: where does the error come from?"""

from __future__ import annotations

from typing import Annotated

import typer

from mlstrat.cli import completion
from mlstrat.cli import options as opt
from mlstrat.cli.count import count
from mlstrat.cli.curve import curve
from mlstrat.errors import UsageError

_LEVEL = "8%, 0.08, or counts 80/1000, which bring an interval"


def gaps(
    human: Annotated[
        str | None, typer.Option(metavar="RATE", help=f"Human error: {_LEVEL}.")
    ] = None,
    train: Annotated[str | None, typer.Option(metavar="RATE", help="Training error.")] = None,
    train_dev: Annotated[
        str | None, typer.Option(metavar="RATE", help="Held out from the training distribution.")
    ] = None,
    dev: Annotated[str | None, typer.Option(metavar="RATE", help="Dev error.")] = None,
    test: Annotated[str | None, typer.Option(metavar="RATE", help="Test error.")] = None,
    table: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="CSV: level, error, optional n and distribution."),
    ] = None,
    n: Annotated[
        int | None, typer.Option(metavar="N", help="Rows behind each level but human.")
    ] = None,
    different_distributions: opt.DifferentDistributions = None,
    tolerance: opt.Tolerance = None,
    confidence: opt.Confidence = None,
    seed: opt.Seed = None,
    resamples: opt.Resamples = None,
    config: opt.ConfigFile = None,
    format_: opt.Format = None,
    output: opt.Output = None,
) -> None:
    """The gap to work on, from levels typed in.

    \b
    Examples:
      mlstrat gaps --human 1% --train 8% --dev 10%
      mlstrat gaps --human 0.5% --train 80/1000 --train-dev 91/1000 --dev 143/1000
    """
    how = opt.chosen_format(format_, output)
    from mlstrat import public

    document = public.gaps(
        human=human,
        train=train,
        train_dev=train_dev,
        dev=dev,
        test=test,
        table=table,
        n=n,
        different_distributions=different_distributions,
        tolerance=tolerance,
        confidence=confidence,
        seed=seed,
        resamples=resamples,
        config=config,
    )
    opt.emit(document, how, output)


def diagnose(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN", help="CSV, TSV, Parquet, NDJSON, a glob, a partitioned folder, or -."
        ),
    ],
    human_error: Annotated[
        str | None, typer.Option(metavar="RATE", help=f"The human level: {_LEVEL}.")
    ] = None,
    human: Annotated[
        str | None, typer.Option(metavar="FILE", help="What `mlstrat human -f json` printed.")
    ] = None,
    eyeball: Annotated[
        str | None,
        typer.Option(metavar="SHEET", help="A sheet of sample --eyeball: is that set worn out?"),
    ] = None,
    task: opt.Task = None,
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
    checksum: opt.Checksum = False,
    skip_broken: opt.SkipBroken = False,
    engine: opt.Engine = None,
    master: opt.Master = None,
    format_: opt.Format = None,
    output: opt.Output = None,
) -> None:
    """What to work on next, from the predictions of a run.

    \b
    Examples:
      mlstrat diagnose sample_runs/variance/run.csv
      mlstrat diagnose sample_runs/wine/run.csv --human-error 1% -f markdown
    """
    how = opt.chosen_format(format_, output)
    from mlstrat import public

    [run] = public.on_engine([run], engine, master)
    document = public.diagnose(
        run,
        task=task,
        columns=opt.pairs(map_, "--map"),
        split=split,
        split_as=opt.pairs(split_as, "--split-as"),
        positive=positive,
        threshold=threshold,
        metric=metric,
        average=average,
        beta=beta,
        human_error=human_error,
        human=human,
        eyeball=eyeball,
        different_distributions=different_distributions,
        tolerance=tolerance,
        confidence=confidence,
        seed=seed,
        resamples=resamples,
        config=config,
        checksum=checksum,
        skip_broken=skip_broken,
    )
    opt.emit(document, how, output)


def score(
    run: Annotated[str | None, typer.Argument(metavar="RUN", help=opt.RUN_HELP)] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            metavar="NAME",
            help="One that --list-metrics shows.",
            autocompletion=completion.metrics,
        ),
    ] = None,
    average: opt.Average = None,
    beta: opt.Beta = None,
    by: opt.By = None,
    weight_when: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE:WEIGHT",
            help="What an error costs: label=porn:10, or label=cat,prediction=dog:5; "
            "several multiply; repeatable.",
        ),
    ] = None,
    list_metrics: Annotated[
        bool, typer.Option("--list-metrics", help="Show the metrics there are and exit.")
    ] = False,
    task: opt.Task = None,
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
    """The single number with its interval, by split and column.

    \b
    Examples:
      mlstrat score sample_runs/variance/run.csv --by ink
      mlstrat score sample_runs/wine/run.csv --weight-when label=class_0:10
    """
    how = opt.chosen_format(format_, output)
    from mlstrat import public

    if list_metrics:
        opt.emit(public.list_metrics(), how, output)
        return
    if run is None:
        raise UsageError("no run", accepted="a file, a glob, a folder, or - for standard input")
    [run] = public.on_engine([run], engine, master)
    document = public.score(
        run,
        task=task,
        metric=metric,
        average=average,
        beta=beta,
        by=by or (),
        weight_when=weight_when or (),
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


def human(
    source: Annotated[
        str,
        typer.Argument(
            metavar="TABLE",
            help="A run with human_<name>; id, annotator, answer; or name, error.",
        ),
    ],
    run: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="The run with the labels of a long table, by id."),
    ] = None,
    bar: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who is the bar for publishing or deploying."),
    ] = None,
    model_error: Annotated[
        str | None, typer.Option(metavar="RATE", help=f"Whom does it beat? {_LEVEL}.")
    ] = None,
    n: Annotated[
        int | None, typer.Option(metavar="N", help="Answers behind each level without its own.")
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=GROUP", help="Whose group is which; repeatable."),
    ] = None,
    map_: opt.Map = None,
    split: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Where people answered (train, train-dev, dev)."),
    ] = None,
    split_as: opt.SplitAs = None,
    positive: opt.Positive = None,
    threshold: opt.Threshold = None,
    confidence: opt.Confidence = None,
    seed: opt.Seed = None,
    resamples: opt.Resamples = None,
    config: opt.ConfigFile = None,
    skip_broken: opt.SkipBroken = False,
    format_: opt.Format = None,
    output: opt.Output = None,
) -> None:
    """What people reach, and the proxy for Bayes error.

    \b
    Examples:
      mlstrat human sample_runs/doctors.csv --bar typical_doctor
      mlstrat human sample_runs/doctors.csv --model-error 0.8% -f json
    """
    how = opt.chosen_format(format_, output)
    from mlstrat import public

    document = public.human(
        source,
        run=run,
        n=n,
        model_error=model_error,
        bar=bar,
        groups=opt.pairs(group, "--group"),
        columns=opt.pairs(map_, "--map"),
        split=split,
        split_as=opt.pairs(split_as, "--split-as"),
        positive=positive,
        threshold=threshold,
        confidence=confidence,
        seed=seed,
        resamples=resamples,
        config=config,
        skip_broken=skip_broken,
    )
    opt.emit(document, how, output)


COMMANDS = (gaps, diagnose, score, human, curve, count)
