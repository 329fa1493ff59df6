"""`count`, of the panel Measure."""

from __future__ import annotations

from typing import Annotated

import typer

from mlstrat.cli import completion
from mlstrat.cli import options as opt


def count(
    run: Annotated[str, typer.Argument(metavar="RUN", help=opt.RUN_HELP)],
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by", metavar="COLUMN", help="Keep a column, for slices; repeatable.",
            autocompletion=completion.columns,
        ),
    ] = None,
    scores: Annotated[
        bool, typer.Option("--scores", help="Keep scores, for rankings, losses, thresholds.")
    ] = False,
    task: opt.Task = None,
    positive: opt.Positive = None,
    threshold: opt.Threshold = None,
    map_: opt.Map = None,
    split_as: opt.SplitAs = None,
    config: opt.ConfigFile = None,
    checksum: opt.Checksum = False,
    skip_broken: opt.SkipBroken = False,
    format_: opt.Format = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The counts (.csv, .tsv, .parquet, .ndjson)."
        ),
    ] = None,
) -> None:  # fmt: skip
    """Counts to keep instead of the rows: kilobytes, and they add up.

    \b
    Examples:
      mlstrat count sample_runs/wine/run.csv -o counts.parquet
      mlstrat count sample_runs/variance/run.csv --by ink -f csv
    """
    how = opt.chosen_format(format_, None)
    from mlstrat import public

    document = public.count(
        run,
        task=task,
        output=output,
        by=by or (),
        scores=scores,
        columns=opt.pairs(map_, "--map"),
        split_as=opt.pairs(split_as, "--split-as"),
        positive=positive,
        threshold=threshold,
        config=config,
        checksum=checksum,
        skip_broken=skip_broken,
    )
    opt.tell(document, how, output)
