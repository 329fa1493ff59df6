"""The document of `count`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from mlstrat.core.schema_parts import Base, Columns, Count


class Counts(Base):
    """The counts of a run: rows that stand for `n` examples each."""

    schema: Literal["mlstrat.count/1"]
    rows: Annotated[Count, "examples that were counted"]
    counts: Annotated[Count, "rows of the table of counts"]
    header: Annotated[list[str], "its columns; n is the last"]
    columns: Columns
    output: str | None
    table: Annotated[list[dict[str, Any]] | None, "the counts; null where a file has them"]
