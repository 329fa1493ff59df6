"""Report: `gate`, whose exit code a CI job reads."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from mlstrat.cli import options as opt
from mlstrat.errors import harmless
from mlstrat.places import STANDARD_OUTPUT


def gate(
    run: Annotated[str, typer.Argument(metavar="RUN", help=opt.RUN_HELP)],
    baseline: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The last run, on the same examples."),
    ] = None,
    pinned: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A run that stays, so that no slow slide passes."),
    ] = None,
    margin: Annotated[
        str | None,
        typer.Option(metavar="RATE", help="Of the default gate: 1% or 0.01 (0.01)."),
    ] = None,
    ledger: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Count there how often dev and test were used."),
    ] = None,
    junit: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write JUnit XML too: a test case a check."),
    ] = None,
    human_error: Annotated[
        str | None, typer.Option(metavar="RATE", help="The human level: 1%, 0.01 or 5/500.")
    ] = None,
    different_distributions: opt.DifferentDistributions = None,
    task: opt.Task = None,
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
    """Pass, fail or inconclusive against thresholds and a baseline.

    Exit 0 passed, 1 failed, 2 bad input, 3 inconclusive where the config
    says that this matters.

    \b
    Examples:
      mlstrat gate runs/b.csv --baseline runs/a.csv
      mlstrat gate runs/a.csv --baseline runs/a.csv --junit gate.xml
    """
    how = opt.chosen_format(format_, output)
    from mlstrat import public
    from mlstrat.show.writing import write_all

    run, baseline, pinned = public.on_engine([run, baseline, pinned], engine, master)
    use = None if ledger is None else public.LedgerUse(ledger)
    with use or contextlib.nullcontext():  # counted once all is told
        document = public.gate(
            run,
            baseline=baseline,
            pinned=pinned,
            margin=margin,
            task=task,
            metric=metric,
            average=average,
            beta=beta,
            human_error=human_error,
            different_distributions=different_distributions,
            columns=opt.pairs(map_, "--map"),
            split=split,
            split_as=opt.pairs(split_as, "--split-as"),
            positive=positive,
            threshold=threshold,
            confidence=confidence,
            seed=seed,
            resamples=resamples,
            config=config,
            ledger=use,
            checksum=checksum,
            skip_broken=skip_broken,
        )
        files: dict[str | Path, bytes] = {}
        if output not in (None, STANDARD_OUTPUT):
            files[str(output)] = document.render(how).encode()
        if junit is not None:
            files[junit] = document.to_junit().encode()
        write_all(files)
        if output in (None, STANDARD_OUTPUT):
            opt.emit(document, how, None)
        if document.warning is not None:
            print(f"mlstrat: {harmless(document.warning)}", file=sys.stderr, flush=True)
    raise opt.Verdict(document.exit_code)
