"""`curve`: learning curves. It stands in the panel Measure."""

from __future__ import annotations

from typing import Annotated

import typer

from mlstrat.cli import options as opt

Target = Annotated[
    str | None,
    typer.Option("--target", metavar="RATE", help="The error that is wanted: 5%, or 0.05."),
]
DevN = Annotated[
    int | None,
    typer.Option("--dev-n", metavar="N", help="A table: examples behind each dev error."),
]


def curve(
    source: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE", help="A table: n, train, dev; or runs, one a size."),
    ],
    target: Target = None,
    dev_n: DevN = None,
    positive: opt.Positive = None,
    threshold: opt.Threshold = None,
    map_: opt.Map = None,
    split_as: opt.SplitAs = None,
    confidence: opt.Confidence = None,
    config: opt.ConfigFile = None,
    checksum: opt.Checksum = False,
    format_: opt.Format = None,
    output: opt.Output = None,
) -> None:
    """Learning curves: will more data reach the target?

    \b
    Examples:
      mlstrat curve sample_runs/curve.csv --target 5%
      mlstrat curve runs/size_*.csv --target 10% -f json
    """
    how = opt.chosen_format(format_, output)
    from mlstrat import public

    document = public.curve(
        source,
        target=target,
        dev_n=dev_n,
        columns=opt.pairs(map_, "--map"),
        split_as=opt.pairs(split_as, "--split-as"),
        positive=positive,
        threshold=threshold,
        confidence=confidence,
        config=config,
        checksum=checksum,
    )
    opt.emit(document, how, output)
