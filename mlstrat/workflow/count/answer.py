"""`count`: the contingency table of a run, kept instead of its rows."""

from __future__ import annotations

from typing import Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.data.guard import guard
from mlstrat.data.settings import names_of, settle
from mlstrat.places import check_place
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import how_of, other_task, skippable
from mlstrat.workflow.count.command import COUNT, Asked
from mlstrat.workflow.count.document import CountDocument

METHOD = "rows that agree in every column that is kept, counted"


@skippable
@asks(COUNT)
def count(
    run: Any,
    y_pred: Any = None,  # noqa: ARG001  put together with the run before
    **asked: Unpack[Asked],
) -> CountDocument:
    """Return the counts of a run, which every function that reads a run takes in its place.

    Kept are split, label, prediction, group, people's answers and weight, under the names of
    their roles, and the number ``n`` of examples that agree in all of them. Figures and their
    intervals are those of the rows, to the last digit; ids are gone. Counts of counts are
    counts: those of many shards add up to those of the whole.

    Of a task other than classification the sums of num and den are kept, with those of squares and
    products, which ``task="ratio"`` reads.

    Parameters
    ----------
    run
        A file, a glob, a folder of partitioned Parquet, ``"-"``, a frame; an array of labels, a
        dict of columns or of splits, or a fitted estimator; of rows or of
        counts.
    y_pred
        Predictions, or probabilities (rows × classes), where `run` is an array of labels; the data
        of a fitted estimator, ``(X, y)`` or such a pair a split.

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
    output = asked["output"]
    guard([output], [run], config=asked["config"])
    how = settle(run, asked)

    from mlstrat.data.formats.written import ending_of
    from mlstrat.workflow.count.compute import count_run, framed

    if output is not None:  # refused before a large file is read
        ending_of(output)
        check_place(output)
    by = names_of(asked["by"])
    other = other_task(asked, run, "scores", "positive", "threshold")
    from mlstrat.workflow.count.examples import examples_of, sums_of, written

    if other is not None:
        made = sums_of if asked["sums"] or other.summed else examples_of
        return made(run, other, how_of(how, by, checksum=asked["checksum"]), output)
    counts = count_run(
        run,
        by=by,
        scores=asked["scores"],
        checksum=asked["checksum"],
        **how.reading,
    )
    table = counts.table()
    return CountDocument(
        counts.rows,
        table,
        counts.columns,
        None if output is None else written(framed(table), output),
        Signature.of((counts.input,), method=METHOD, positive=counts.positive),
        counts.findings,
    )
