"""Measure: where does the error come from?"""

from __future__ import annotations

from typing import Annotated

import typer

from mlstrat.cli import options as opt

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
    from mlstrat import api

    document = api.gaps(
        human=human,
        train=train,
        train_dev=train_dev,
        dev=dev,
        test=test,
        table=table,
        n=n,
        different_distributions=bool(different_distributions),
        tolerance=0.01 if tolerance is None else tolerance,
        confidence=confidence,
        seed=seed,
        resamples=resamples,
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
    from mlstrat import api

    document = api.diagnose(
        run,
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
        different_distributions=different_distributions,
        tolerance=tolerance,
        confidence=confidence,
        seed=seed,
        resamples=resamples,
        config=config,
        checksum=checksum,
    )
    opt.emit(document, how, output)


COMMANDS = (gaps, diagnose)
