"""Report: what do the others need to know?"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import typer

from mlstrat.cli import completion
from mlstrat.cli import options as opt
from mlstrat.cli.gate import gate
from mlstrat.cli.plot import plot


def explain(
    name: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CODE|TERM|METRIC",
            help="As MLS102, avoidable bias, or f1; without it, the list.",
            autocompletion=completion.explained,
        ),
    ] = None,
    format_: opt.Format = None,
    output: opt.Output = None,
) -> None:
    """What a finding, term or metric means: rule, checklist, source.

    \b
    Examples:
      mlstrat explain MLS102
      mlstrat explain avoidable bias
    """
    how = opt.chosen_format(format_, output)
    from mlstrat import public

    opt.emit(public.explain(" ".join(name) if name else None), how, output)


def schema(
    command: Annotated[
        str | None,
        typer.Argument(
            metavar="COMMAND",
            help="Whose document; without it, the list.",
            autocompletion=completion.schemas,
        ),
    ] = None,
    format_: opt.Format = None,
    output: opt.Output = None,
) -> None:
    """The JSON schema of what a command writes with --format json.

    \b
    Examples:
      mlstrat schema
      mlstrat schema diagnose -o diagnose.schema.json
    """
    # A schema is for programs, so it is JSON unless a person asks to read it.
    asked = format_ or ("json" if command and not output else None)
    how = opt.chosen_format(asked, output)
    from mlstrat import public

    opt.emit(public.schema(command), how, output)


def report(
    run: Annotated[str, typer.Argument(metavar="RUN", help="As for diagnose, but not -.")],
    baseline: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The run before the change, on the same examples."),
    ] = None,
    review: Annotated[
        str | None, typer.Option(metavar="FILE", help="A review sheet that a person filled in.")
    ] = None,
    table: Annotated[
        str | None,
        typer.Option("--candidates", metavar="FILE", help="A table of candidates."),
    ] = None,
    history: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="Runs and their configs: which knob moved which gap."),
    ] = None,
    skip_broken: Annotated[
        bool,
        typer.Option("--skip-broken", help="Leave out broken shards, and runs of the history."),
    ] = False,
    figures: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="Draw figures there, as SVG and PNG; HTML holds them."),
    ] = None,
    check_only: Annotated[
        bool, typer.Option("--check-only", help="Check that the inputs can be read, and stop.")
    ] = False,
    summary: Annotated[
        bool, typer.Option("--summary", help="Append to the file $GITHUB_STEP_SUMMARY too.")
    ] = False,
    name: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Of this report: a bot finds its comment by it."),
    ] = None,
    margin: Annotated[
        str | None,
        typer.Option(metavar="RATE", help="Is the run worse by less than this? 1% or 0.01."),
    ] = None,
    by: opt.By = None,
    human_error: Annotated[
        str | None, typer.Option(metavar="RATE", help="The human level: 1%, 0.01 or 5/500.")
    ] = None,
    human: Annotated[
        str | None, typer.Option(metavar="FILE", help="What `mlstrat human -f json` printed.")
    ] = None,
    different_distributions: opt.DifferentDistributions = None,
    tolerance: opt.Tolerance = None,
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
    engine: opt.Engine = None,
    master: opt.Master = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="text|markdown|html|json|csv",
            help="How to report; without it text, or what the ending of --output says.",
        ),
    ] = None,
    output: opt.Output = None,
) -> None:
    """One document for a pull request, the verdict first.

    \b
    Examples:
      mlstrat report sample_runs/wine/run.csv --history sample_runs -o report.md
      mlstrat report runs/b.csv --baseline runs/a.csv -f html -o report.html
    """
    from mlstrat.workflow.report.formats import REPORT_FORMATS, summary_file

    how = opt.chosen_format(format_, output, REPORT_FORMATS)
    step = summary_file() if summary else None
    from mlstrat import public
    from mlstrat.workflow.report.formats import appended, summary_text

    run, baseline = public.on_engine([run, baseline], engine, master)
    ask = public.check_report if check_only else public.report
    document = ask(
        run,
        task=task,
        baseline=baseline,
        review=review,
        candidates=table,
        history=history,
        skip_broken=skip_broken,
        figures=figures,
        beside=output,
        margin=margin,
        by=by or (),
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
        name=name,
    )
    with nullcontext() if step is None else appended(step, summary_text(document, step)):
        opt.emit(document, how, output)


COMMANDS = (report, gate, plot, explain, schema)
