"""`count`: the contingency table of a run, kept instead of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.data.config import find_config
from mlstrat.data.guard import guard
from mlstrat.data.settings import first, names_of
from mlstrat.places import check_place
from mlstrat.show.document import Signature
from mlstrat.tasks import How
from mlstrat.tasks.asking import other_task
from mlstrat.tasks.left_out import skippable
from mlstrat.workflow.count.document import CountDocument

if TYPE_CHECKING:
    from mlstrat.workflow.count.compute import RunCounts

METHOD = "rows that agree in every column that is kept, counted"


@skippable
def count(
    run: Any,
    *,
    task: str | None = None,
    output: str | Path | None = None,
    by: Sequence[str] = (),
    scores: bool = False,
    columns: Mapping[str, str] | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    threshold: float | None = None,
    config: str | Path | None = None,
    checksum: bool = False,
    skip_broken: bool = False,  # noqa: ARG001  read by `skippable`
) -> CountDocument:
    """Return the counts of a run, which every function that reads a run takes in its place.

    Kept are split, label, prediction, group, people's answers and weight, under the names of
    their roles, and the number ``n`` of examples that agree in all of them. Figures and their
    intervals are those of the rows, to the last digit; ids are gone. Counts of counts are
    counts: those of many shards add up to those of the whole.

    Parameters
    ----------
    run
        A file, a glob, a folder of partitioned Parquet, ``"-"``, or a frame; of rows or of
        counts.
    task
        What the run predicts; without it classification. Of any other the sums of num and den are
        kept, with those of squares and products, which ``task="ratio"`` reads.
    output
        Where the counts go (CSV, TSV, Parquet or NDJSON by its ending).
    by
        Columns to keep for slices; of counts all are kept where none is named.
    scores
        Keep scores and probabilities too, for rankings, losses and other thresholds.
    columns
        Which column has which role, where the names do not say it: ``{"label": "churned"}``.
    split_as
        What an unknown split value is: ``{"hans": "dev", "*": "train"}``.
    positive
        The positive class of a binary task, where scores predict.
    threshold
        Turns a score into a prediction.
    config
        A TOML file; without it ``mlstrat.toml`` in the current folder, if there is one, over the
        config beside the run.
    checksum
        Hash inputs above 64 MiB too.
    skip_broken
        Leave out shards of a glob or a folder that are cut off or damaged, and say so.

    Raises
    ------
    InputError, ConfigError, UsageError
        With file, row, column, what was found and what is accepted.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"label": ["cat"] * 6 + ["dog"] * 4,
    ...                       "prediction": ["cat"] * 5 + ["dog"] * 5})
    >>> print(count(frame).to_csv())
    label,prediction,n
    cat,cat,5
    cat,dog,1
    dog,dog,4
    <BLANKLINE>
    """
    by = names_of(by)
    guard([output], [run], config=config)
    settings = find_config(run, config)
    options = settings.diagnose

    from mlstrat.data.table_files import ending_of
    from mlstrat.workflow.count.compute import count_run

    if output is not None:  # refused before a large file is read
        ending_of(output)
        check_place(output)
    other = other_task(task, {
        "scores": scores or None, "positive": positive, "threshold": threshold,
    })  # fmt: skip
    if other is not None:
        from mlstrat.workflow.count.sums_table import sums_of

        how = How(
            {**settings.columns, **(columns or {})},
            None,
            {**settings.splits, **(split_as or {})},
            by,
            checksum=checksum,
        )
        return sums_of(run, other, how, output)
    counts = count_run(
        run,
        by=by,
        scores=scores,
        columns={**settings.columns, **(columns or {})},
        split_as={**settings.splits, **(split_as or {})},
        positive=first(positive, options.get("positive")),
        threshold=first(threshold, options.get("threshold")),
        checksum=checksum,
    )
    if output is not None:
        _write(counts, output)
    return CountDocument(
        counts.rows,
        {**dict(zip(counts.names, counts.values, strict=True)), "n": counts.n},
        counts.columns,
        None if output is None else str(output),
        Signature((counts.input.facts(),), positive=counts.positive, method=METHOD),
    )


def _write(counts: RunCounts, output: str | Path) -> None:
    """Write counts to a file."""
    from mlstrat.show.writing import whole_files
    from mlstrat.workflow.count.compute import write_counts

    with whole_files(output) as (path,):
        write_counts(counts, output, path)
