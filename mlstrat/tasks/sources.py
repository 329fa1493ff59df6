"""Where the rows of each split come from: by source, of which there are few.

Whether dev holds what train lacks is a matter of sets, not of the order of names; so each source of
each split is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlstrat.core.findings import Finding
from mlstrat.data.counting import tally
from mlstrat.data.values import BLANK, value_texts
from mlstrat.tasks.findings import SOURCES_UNCOUNTED
from mlstrat.tasks.keys import RowKeys, about, split_codes, surely_few

Sources = Mapping[str, Mapping[str, int]]
"""Rows by split and source."""

MOST_SOURCES = 500
"""Sources of all splits that are counted, at most (mlstrat's threshold): a column with more holds
addresses or names of single rows, not distributions that a set is drawn from."""


def count_sources(keys: RowKeys) -> Sources | None:
    """Return rows by split and source, in the order of the ladder and of the sources' text.

    Rows of a blank source tell nothing, and are left out. One pass over two columns, before which a
    large file is looked through for about how many sources there are, so that no table of millions
    of them is held. None where there are more than `MOST_SOURCES`.
    """
    table, column = keys.table, keys.columns.get("source")
    if column is None:
        return {}
    if table.polars and not surely_few(table):
        # Twice as many, as the number is an estimate: whoever is near the limit is counted.
        found = table.collect(lambda frame: frame.select(about(table, column).alias("sources")))
        if int(found.value("sources")) > 2 * MOST_SOURCES:
            return None
    by = {x: e for x, e in keys.expressions().items() if x == "split"}
    found = tally(table, by | {"source": table.category(column)}, {}, most=2 * MOST_SOURCES)
    splits, split = split_codes(keys, found)
    raw, codes = found.codes("source")
    texts = value_texts(raw)
    if len(found) == 2 * MOST_SOURCES or len(set(texts) - {BLANK}) > MOST_SOURCES:
        return None
    rows: dict[str, dict[str, int]] = {name: {} for name in splits}
    for i, n in enumerate(found.ints("n").tolist()):
        if source := texts[codes[i]]:
            of = rows[splits[split[i]]]
            of[source] = of.get(source, 0) + n
    return {name: dict(sorted(of.items())) for name, of in rows.items() if of}


def source_notes(keys: RowKeys, sources: Sources | None) -> Sequence[Finding]:
    """Return what is to be told where sources were too many to be counted."""
    if sources is not None:
        return ()
    evidence = {"column": keys.columns.get("source"), "most": MOST_SOURCES}
    return (Finding(SOURCES_UNCOUNTED, evidence),)
