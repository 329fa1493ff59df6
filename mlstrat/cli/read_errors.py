"""Read the errors: what are the errors like?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from mlstrat.cli import completion
from mlstrat.cli import options as opt
from mlstrat.errors import UsageError


def sample(
    run: Annotated[str, typer.Argument(metavar="RUN", help=opt.RUN_HELP)],
    n: Annotated[
        int | None, typer.Option("-n", metavar="100", help="How many errors to draw.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(metavar="all|fp|fn", help="Errors, false positives or false negatives."),
    ] = None,
    stratify: Annotated[
        str | None,
        typer.Option(metavar="pair|COLUMN", help="Some of each label pair, or of each value."),
    ] = None,
    correct: Annotated[
        int | None, typer.Option(metavar="N", help="Correctly classified rows to draw, too.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="confidence", help="The most confident errors: no random sample."),
    ] = None,
    eyeball: Annotated[
        str | None,
        typer.Option(metavar="N|SHEET", help="Fix an eyeball set of N rows; or use a sheet's."),
    ] = None,
    append: Annotated[
        bool, typer.Option("--append", help="Add rows to a sheet; what is filled in stays.")
    ] = False,
    bom: Annotated[
        bool, typer.Option("--bom", help="Begin with the mark that tells Excel it is UTF-8.")
    ] = False,
    positive: opt.Positive = None,
    threshold: opt.Threshold = None,
    map_: opt.Map = None,
    split: Annotated[
        str | None, typer.Option(metavar="NAME", help="The split to draw from (dev).")
    ] = None,
    split_as: opt.SplitAs = None,
    seed: Annotated[int | None, typer.Option(metavar="0", help="Of the hash of the ids.")] = None,
    config: opt.ConfigFile = None,
    checksum: opt.Checksum = False,
    skip_broken: opt.SkipBroken = False,
    engine: opt.Engine = None,
    master: opt.Master = None,
    format_: opt.Format = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="The review sheet: .csv or .tsv."),
    ] = None,
) -> None:
    """Misclassified dev examples to read, in a review sheet.

    \b
    Examples:
      mlstrat sample sample_runs/variance/run.csv -n 20 -o review.csv
      mlstrat sample sample_runs/variance/run.csv --stratify pair --correct 50
    """
    how = opt.chosen_format(format_, None)
    from mlstrat import public

    [run] = public.on_engine([run], engine, master)
    document = public.sample(
        run,
        n=100 if n is None else n,
        output=output,
        kind="all" if kind is None else kind,
        stratify=stratify,
        correct=correct or 0,
        by=by,
        eyeball=eyeball,
        append=append,
        bom=bom,
        columns=opt.pairs(map_, "--map"),
        split=split,
        split_as=opt.pairs(split_as, "--split-as"),
        positive=positive,
        threshold=threshold,
        seed=seed,
        config=config,
        checksum=checksum,
        skip_broken=skip_broken,
    )
    opt.tell(document, how, output)


def slices(
    run: Annotated[str, typer.Argument(metavar="RUN", help=opt.RUN_HELP)],
    versus: Annotated[
        str | None,
        typer.Option(metavar="OTHER", help="A second run: where do the two differ most?"),
    ] = None,
    a: Annotated[
        str | None, typer.Option("--a", metavar="COLUMN", help="The predictions of RUN.")
    ] = None,
    b: Annotated[
        str | None,
        typer.Option("--b", metavar="COLUMN", help="The predictions of OTHER, or of RUN, too."),
    ] = None,
    mismatch: Annotated[
        bool, typer.Option("--mismatch", help="Also: what makes up the gap train-dev to dev?")
    ] = False,
    min_size: Annotated[
        int | None,
        typer.Option(metavar="ROWS", help="Rows of a slice at least (20, or 1 in 1,000)."),
    ] = None,
    figure: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Draw the heat map of two --by: an .svg or a .png."),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="COLUMN",
            help="A column to slice by (all); repeatable.",
            autocompletion=completion.columns,
        ),
    ] = None,
    positive: opt.Positive = None,
    threshold: opt.Threshold = None,
    map_: opt.Map = None,
    split: Annotated[
        str | None, typer.Option("--split", metavar="NAME", help="The split to slice (dev).")
    ] = None,
    split_as: opt.SplitAs = None,
    confidence: opt.Confidence = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="0", help="Of the two halves.")
    ] = None,
    resamples: opt.Resamples = None,
    config: opt.ConfigFile = None,
    checksum: opt.Checksum = False,
    skip_broken: opt.SkipBroken = False,
    engine: opt.Engine = None,
    master: opt.Master = None,
    format_: opt.Format = None,
    output: opt.Output = None,
) -> None:
    """Where the errors concentrate: by column values, and pairs.

    \b
    Examples:
      mlstrat slices sample_runs/variance/run.csv --by label --by ink
      mlstrat slices runs/a.csv --versus runs/b.csv --min-size 10
    """
    how = opt.chosen_format(format_, output)
    opt.check_figure(figure)
    if figure is not None and len(set(by or ())) != 2:
        raise UsageError(
            "the heat map of --figure needs two columns", accepted="--by COLUMN --by COLUMN"
        )
    from mlstrat import public

    run, versus = public.on_engine([run, versus], engine, master)
    document = public.slices(
        run,
        versus=versus,
        a=a,
        b=b,
        mismatch=mismatch,
        by=by or (),
        min_size=min_size,
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
    if figure is not None:
        document.save_figure(figure)
    opt.emit(document, how, output)


def error_table(
    sheet: Annotated[
        str | None, typer.Argument(metavar="SHEET", help="A review sheet, filled in.")
    ] = None,
    after: Annotated[
        str | None, typer.Argument(metavar="LATER", help="A later sheet: what moved?")
    ] = None,
    run: Annotated[
        list[str] | None,
        typer.Option(
            "--run", metavar="RUN", help="Of the sheet: all errors, ids checked; one a sheet."
        ),
    ] = None,
    error: Annotated[
        str | None, typer.Option(metavar="RATE", help="Of the split: 10%, 0.1 or 100/1000.")
    ] = None,
    reviewed: Annotated[
        int | None, typer.Option(metavar="N", help="Numbers alone: how many errors were read.")
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=COUNT", help="Numbers alone: errors with it; repeatable."),
    ] = None,
    tag_column: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="A further column of tags; repeatable."),
    ] = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="Count spelling variants as one tag.")
    ] = False,
    effort: Annotated[
        str | None, typer.Option(metavar="FILE", help="TOML: days of work by tag.")
    ] = None,
    rows: Annotated[
        bool, typer.Option("--rows", help="Show every error that was read, with its tags.")
    ] = False,
    figure: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Draw the Pareto chart too: an .svg or a .png."),
    ] = None,
    task: opt.Task = None,
    positive: opt.Positive = None,
    threshold: opt.Threshold = None,
    map_: opt.Map = None,
    split: Annotated[
        str | None, typer.Option(metavar="NAME", help="The split (the one of the sheet).")
    ] = None,
    split_as: opt.SplitAs = None,
    confidence: opt.Confidence = None,
    config: opt.ConfigFile = None,
    checksum: opt.Checksum = False,
    skip_broken: opt.SkipBroken = False,
    format_: opt.Format = None,
    output: opt.Output = None,
) -> None:
    """Tally of tags: shares of errors, and what each could gain.

    \b
    Examples:
      mlstrat error-table filled.csv --error 10% --rows
      mlstrat error-table --error 10% --reviewed 100 --tag dog=5 --tag blurry=61
    """
    how = opt.chosen_format(format_, output)
    opt.check_figure(figure)
    from mlstrat import public

    document = public.error_table(
        sheet,
        after,
        task=task,
        run=run or None,
        error=error,
        reviewed=reviewed,
        tags=opt.counts(tag, "--tag"),
        tag_columns=tag_column or (),
        merge=merge,
        effort=effort,
        rows=rows,
        columns=opt.pairs(map_, "--map"),
        split=split,
        split_as=opt.pairs(split_as, "--split-as"),
        positive=positive,
        threshold=threshold,
        confidence=confidence,
        config=config,
        checksum=checksum,
        skip_broken=skip_broken,
    )
    if figure is not None:
        document.save_figure(figure)
    opt.emit(document, how, output)


def mislabels(
    sheet: Annotated[
        str | None,
        typer.Argument(metavar="SHEET", help="A review sheet with labels looked at."),
    ] = None,
    run: Annotated[
        str | None, typer.Option(metavar="RUN", help="The run that the sheet is from.")
    ] = None,
    versus: Annotated[
        str | None, typer.Option(metavar="RUN", help="Another model on the same examples.")
    ] = None,
    error: Annotated[
        str | None, typer.Option(metavar="RATE", help="The error: 10%, 0.1 or 80/1000.")
    ] = None,
    from_labels: Annotated[
        str | None, typer.Option(metavar="RATE", help="The part of it from wrong labels.")
    ] = None,
    versus_error: Annotated[
        str | None, typer.Option(metavar="RATE", help="The error of another model.")
    ] = None,
    n: Annotated[
        int | None, typer.Option("-n", metavar="N", help="Rows behind rates; suspects to pick.")
    ] = None,
    suspects: Annotated[
        str | None, typer.Option(metavar="RUN", help="Write a sheet of likely wrong labels.")
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Are wrong labels concentrated by it? Repeatable."),
    ] = None,
    positive: opt.Positive = None,
    threshold: opt.Threshold = None,
    map_: opt.Map = None,
    split: Annotated[
        str | None, typer.Option(metavar="NAME", help="The split (the one of the sheet).")
    ] = None,
    split_as: opt.SplitAs = None,
    confidence: opt.Confidence = None,
    seed: opt.Seed = None,
    resamples: opt.Resamples = None,
    config: opt.ConfigFile = None,
    checksum: opt.Checksum = False,
    skip_broken: opt.SkipBroken = False,
    format_: opt.Format = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="The report; of suspects the sheet."),
    ] = None,
) -> None:
    """Errors due to wrong labels: is it worth correcting them?

    \b
    Examples:
      mlstrat mislabels checked.csv --error 60/1000
      mlstrat mislabels --error 10% --from-labels 0.6%
    """
    # Of suspects the output is the sheet; the report goes to the terminal.
    how = opt.chosen_format(format_, None if suspects else output)
    from mlstrat import public

    document = public.mislabels(
        sheet,
        run=run,
        versus=versus,
        error=error,
        from_labels=from_labels,
        versus_error=versus_error,
        n=n,
        suspects=suspects,
        output=output if suspects else None,
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
    show = opt.tell if suspects else opt.emit
    show(document, how, output)


COMMANDS: tuple[Callable[..., Any], ...] = (sample, error_table, mislabels, slices)
