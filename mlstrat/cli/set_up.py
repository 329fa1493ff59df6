"""Set up: what is the target, and are dev and test fit to show it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mlstrat.cli import options as opt
from mlstrat.errors import UsageError

if TYPE_CHECKING:
    from mlstrat.show.document import Document


def init(
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="A run whose header tells the columns.")
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to write.")
    ] = "mlstrat.toml",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    format_: opt.Format = None,
) -> None:
    """A commented mlstrat.toml with every setting there is.

    \b
    Examples:
      mlstrat init
      mlstrat init sample_runs/wine/run.csv -o wine.toml
    """
    how = opt.chosen_format(format_, None)
    from mlstrat import public

    opt.tell(public.init(run, output=output, force=force), how, output)


def split(
    examples: Annotated[
        str,
        typer.Argument(
            metavar="EXAMPLES", help="CSV, TSV, Parquet, NDJSON, a glob, a partitioned folder, -."
        ),
    ],
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE", help="The source dev and test are for; repeatable."),
    ] = None,
    dev: Annotated[
        str | None, typer.Option(metavar="N", help="Rows of dev, or percent of all: 2500, 1%.")
    ] = None,
    test: Annotated[str | None, typer.Option(metavar="N", help="Rows of test.")] = None,
    train_dev: Annotated[
        str | None, typer.Option(metavar="N", help="Rows held out of the mixture of train.")
    ] = None,
    stratify: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Keep its mix in every split.")
    ] = None,
    group: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Rows of one stay together.")
    ] = None,
    source_column: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The distribution a row comes from.")
    ] = None,
    cuts: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Cut points of an earlier run: old rows never move."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Check the splits there are: leaks, mixes, sizes.")
    ] = False,
    detect: Annotated[
        str | None,
        typer.Option(metavar="DIFFERENCE", help="What dev and test must tell, as 1%."),
    ] = None,
    error: Annotated[
        str | None, typer.Option(metavar="RATE", help="The error to expect, for --detect (10%).")
    ] = None,
    map_: opt.Map = None,
    split_as: opt.SplitAs = None,
    seed: Annotated[
        int | None, typer.Option(metavar="0", help="Of the hash; of a check's shufflings.")
    ] = None,
    confidence: Annotated[
        float | None, typer.Option(metavar="0.95", help="Of a check's interval and --detect.")
    ] = None,
    config: opt.ConfigFile = None,
    skip_broken: opt.SkipBroken = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace outputs and a split column that are there.")
    ] = False,
    format_: opt.Format = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The table with its splits (.csv, .tsv, .parquet, .ndjson); with --check the "
            "report.",
        ),
    ] = None,
) -> None:
    """Dev and test of the target only and alike, or splits checked.

    \b
    Examples:
      mlstrat split images.csv --target app --dev 25 --test 25 -o splits.csv
      mlstrat split sample_runs/wine/run.csv --check --detect 5%
    """
    how = opt.chosen_format(format_, output if check else None)
    from mlstrat import public

    columns = opt.pairs(map_, "--map")
    if check:
        making = {"--dev": dev, "--test": test, "--train-dev": train_dev, "--stratify": stratify,
                  "--cuts": cuts, "--force": force or None}  # fmt: skip
        given = [name for name, value in making.items() if value is not None]
        if given:
            raise UsageError(f"--check makes no splits: {', '.join(given)} does not apply")
        document: Document = public.check_split(
            examples,
            target=target,
            source_column=source_column,
            group=group,
            columns=columns,
            config=config,
            split_as=opt.pairs(split_as, "--split-as"),
            detect=detect,
            error=error,
            confidence=confidence,
            seed=seed,
            skip_broken=skip_broken,
        )
        opt.emit(document, how, output)
        return
    if split_as:
        raise UsageError("--split-as is for --check")
    document = public.split(
        examples,
        output=output,
        target=target,
        source_column=source_column,
        group=group,
        stratify=stratify,
        dev=dev,
        test=test,
        train_dev=train_dev,
        seed=seed,
        cuts=cuts,
        detect=detect,
        error=error,
        confidence=confidence,
        columns=columns,
        config=config,
        force=force,
        skip_broken=skip_broken,
    )
    opt.tell(document, how, output)


COMMANDS = (init, "plan", split)
