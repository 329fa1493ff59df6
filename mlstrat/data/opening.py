# Over 300 lines: the ways in which a run is opened stand together.
"""From files, or from any frame, to a lazy table whose header is checked."""

from __future__ import annotations

import glob
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from mlstrat.data.asked.read_as import BESIDE, FILTER, filtered
from mlstrat.data.files import Files, SparkPath, find_files
from mlstrat.data.formats.delimited_text import check_same, read_header, stripped
from mlstrat.data.formats.survey import Survey, survey
from mlstrat.data.parts import Part
from mlstrat.data.progress import begin_bytes
from mlstrat.data.several.named import sources_by_split
from mlstrat.data.shards import each
from mlstrat.data.table import Table, names_of, of_frames, our_names, renamed
from mlstrat.errors import InputError, first_line

WHOLE = ("json", "workbook", "arrow")
"""Formats that are neither lines of text nor Parquet: their readers load where one is met."""

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
"""The value in the name of a folder that stands for a null."""


def open_table(source: Any, *, surveyed: bool = True) -> Table:
    """Return the lazy table of a path or a frame, of the rows that the call asks for.

    Split to path or frame is one run of them all. One that is open already is taken as it is.
    """
    if isinstance(source, Table):
        return source
    return as_asked(open_all(source, surveyed=surveyed))


def as_asked(table: Table) -> Table:
    """Return a table with the labels that the call names, and the rows that it asks for."""
    return filtered(table if BESIDE.get() is None else _labelled(table))


def _labelled(table: Table) -> Table:
    from mlstrat.data.several.labels import with_labels

    table = table if table.on_spark else in_polars(table)
    return with_labels(table, lambda source: in_polars(open_all(source)))


def open_all(source: Any, *, surveyed: bool = True) -> Table:
    """Return the lazy table of a path, a frame, or a mapping of splits to them, with all rows."""
    if isinstance(source, Table):
        return source
    named = sources_by_split(source)
    if named is not None:
        from mlstrat.data.several.composed import one_table

        return one_table({name: in_polars(open_all(one)) for name, one in named.items()})
    if isinstance(source, str | Path):
        return open_files(find_files(source), surveyed=surveyed)
    return open_frame(source)


def without_filter(source: Any) -> Table:
    """Return the lazy table of a run with the labels that the call names, and all its rows."""
    table = open_all(source)
    return table if BESIDE.get() is None else _labelled(table)


def open_in_place(source: Any) -> Table:
    """Return the lazy table of a run in Spark, where its rows are there; else in Polars."""
    table = open_table(source)
    return table if table.on_spark else in_polars(table)


def open_files(files: Files, *, surveyed: bool = True) -> Table:
    """Return the lazy table of files, their headers checked.

    Delimited text that is not ``surveyed`` is looked at no further than its header: enough to know
    the columns, not to count rows.
    """
    import polars as pl

    if isinstance(files.name, SparkPath):
        from mlstrat.data.spark.opening import open_on_spark

        return open_on_spark(files, _header(files))
    if files.format == "parquet":
        return _open_parquet(files)
    if files.format == "ndjson":
        return _open_json_lines(files)
    if files.format in WHOLE:
        from mlstrat.data.formats.whole_files import open_whole

        return open_whole(files)
    if surveyed:
        return _open_text(files)
    header = _header(files)
    return Table(files.name, header, (), pl, header, text=True, files=files)


def _header(files: Files) -> tuple[str, ...]:
    """Return the columns of files that are looked at no further; of others than text, none."""
    if files.format == "parquet":
        return _open_parquet(files).header
    if files.format in ("ndjson", *WHOLE):
        return ()
    separator = files.separator or ","
    headers: list[tuple[str, ...]] = each(files.parts, lambda part: read_header(part, separator))
    check_same(files, headers)
    return headers[0]


def _open_text(files: Files) -> Table:
    import polars as pl

    separator = files.separator or ","
    begin_bytes(0 if any(part.zipped for part in files.parts) else files.size)
    surveys: list[Survey] = each(files.parts, lambda part: survey(part, separator))
    header = surveys[0].header
    check_same(files, [seen.header for seen in surveys])
    # A small file was read by now; of many, all would be held.
    whole = surveys[0].whole if len(files.parts) == 1 else None
    parts = files.parts if whole is None else (replace(files.parts[0], instead=whole),)
    frames = [_scanned(part, separator) for part in parts]
    given = _given(files, surveys, frames)
    filled = [pl.col(x).str.strip_chars() != "" for x in our_names(header)]
    blank = any(seen.blank_lines for seen in surveys)
    return Table(
        files.name,
        header,
        tuple(map(renamed, frames, given)),
        pl,
        our_names(header),
        text=True,
        files=files,
        separators=sum(seen.separators for seen in surveys),
        keep=pl.any_horizontal(filled) if blank else None,
        # Polars leaves a quote in a name doubled.
        given=tuple(x if x.strip() == name else name
                    for x, name in zip(given[0], header, strict=True)),
    )  # fmt: skip


def _scanned(part: Part, separator: str, types: Mapping[str, Any] | None = None) -> Any:
    import polars as pl

    return pl.scan_csv(
        part.source, glob=False, infer_schema=False, separator=separator, schema_overrides=types
    )


def _given(files: Files, surveys: Sequence[Survey], frames: Sequence[Any]) -> list[tuple[str, ...]]:
    """Return the names that Polars gives the columns of each file: with surrounding blanks."""
    known: dict[bytes, tuple[str, ...]] = {}
    separator = files.separator or ","

    def given(found: tuple[Part, Survey, Any]) -> tuple[str, ...]:
        part, seen, frame = found
        line, header = seen.first_line, seen.header
        if line not in known:  # files of one run begin alike: one is asked for all
            known[line] = seen.plain_names(separator) or names_of(files, part, frame, header)
        if len(known[line]) != len(header):
            raise InputError("the header cannot be read", file=part.name, row=1)
        return known[line]

    return each(list(zip(files.parts, surveys, frames, strict=True)), given)


def _open_parquet(files: Files) -> Table:
    """Return the lazy table of Parquet files, with the keys of their folders as columns."""
    import polars as pl

    from mlstrat.data.formats.parquet import check_row_groups

    def opened(part: Part) -> tuple[Any, tuple[str, ...]]:
        check_row_groups(part)
        where = part.address or part.source
        frame = pl.scan_parquet(where, hive_partitioning=False, glob=False)
        values: dict[str, str] = {}
        if files.keys:
            steps = PurePath(part.address or part.name).parts[-len(files.keys) - 1 : -1]
            values = {s.partition("=")[0]: unquote(s.partition("=")[2]) for s in steps}
            frame = frame.with_columns(
                pl.lit(None if value == HIVE_NULL else value, dtype=pl.String).alias(key)
                for key, value in values.items()
            )
        # A column n of the files stays the last.
        return frame, (*values, *(x for x in names_of(files, part, frame) if x not in values))

    return of_frames(files, each(files.parts, opened))


def _open_json_lines(files: Files) -> Table:
    import polars as pl

    def named(part: Part) -> tuple[str, ...]:
        scan = pl.scan_ndjson(_escaped(part), infer_schema_length=10_000)
        return names_of(files, part, scan)

    given = tuple(dict.fromkeys(name for found in each(files.parts, named) for name in found))
    frames = _json_frames(files, given)
    header, names = stripped(given, files.name), our_names(given)
    return Table(files.name, header, frames, pl, names, text=True, files=files, given=given)


def _json_frames(
    files: Files, given: Sequence[str], types: Mapping[str, Any] = MappingProxyType({})
) -> tuple[Any, ...]:
    import polars as pl

    schema = {x: types.get(x.strip().lower(), pl.String()) for x in given}
    return tuple(
        renamed(pl.scan_ndjson(_escaped(part), schema=schema), given) for part in files.parts
    )


def with_types(table: Table, types: Mapping[str, Any], few: Collection[str] = ()) -> Table:
    """Return JSON lines whose columns of these names in lower case are read as what they are.

    To write numbers as text, and to read that, takes half as long again as reading the file.
    What is of another type stops the reading. Of a file of delimited text, columns of ``few``
    values are read as categories, which takes less than a text a row. Other tables are returned as
    they are.
    """
    import polars as pl

    files, asked = table.files, FILTER.get() is not None or BESIDE.get() is not None
    if files is None or asked:
        return table
    if files.format == "ndjson" and types:
        return replace(table, frames=_json_frames(files, table.given, types))
    named = {x: pl.Categorical for x in table.header if x.lower() in few}
    plain = table.delimited and table.given == table.header and table.keep is None
    if not named or not plain or len(files.parts) > 1:
        return table
    frame = _scanned(files.parts[0], files.separator or ",", named)
    return replace(table, frames=(renamed(frame, table.given),))


def _escaped(part: Part) -> str | bytes:
    """Return the path of a file as a glob that means it alone: JSON lines know no other way."""
    source = part.source
    return source if isinstance(source, bytes) else glob.escape(str(source))


def open_frame(source: Any) -> Table:
    """Return the lazy table of a frame that Polars or narwhals reads."""
    from mlstrat.data.python.frames import from_pandas, from_polars, of_rows
    from mlstrat.data.python.values import Named

    kind = type(source)
    name = f"<{kind.__module__.split('.')[0].lstrip('_')}.{kind.__name__}>"
    if isinstance(source, list) and source and all(isinstance(x, Mapping) for x in source):
        name, source = "<rows>", of_rows(source)
    if isinstance(source, Named):
        name, source = source.name, source.frame
    elif kind.__module__.split(".")[0] == "pandas":
        source = from_pandas(source, name)
    polars = sys.modules.get("polars")
    if polars is not None and isinstance(source, polars.DataFrame | polars.LazyFrame):
        frame, given = from_polars(source, name)
        header, names = stripped(given, name), our_names(given)
        return Table(name, header, (renamed(frame, given),), polars, names, given=given)
    import narwhals as nw

    try:
        frame = nw.from_native(source)
        given = tuple(frame.collect_schema().names())
    except Exception as error:
        raise InputError(
            f"no frame that can be read: {first_line(error)}",
            file=name,
            accepted="a path; a frame of pandas, polars, pyarrow, DuckDB, Dask or PySpark; two "
            "arrays, (y_true, y_pred); a dict of columns or of splits",
        ) from None
    header = stripped(given, name)
    if frame.implementation.is_pyspark() or frame.implementation.is_pyspark_connect():
        from mlstrat.data.spark.table import spark_table

        return spark_table(name, source, header)
    return Table(name, header, (renamed(frame, given),), nw, our_names(given), given=given)


def in_polars(table: Table, header: Sequence[str] | None = None) -> Table:
    """Return a table in Polars; of one that is not, these columns (all) are collected."""
    if table.polars:
        return table
    import polars as pl

    header = table.header if header is None else tuple(header)
    names = [table.names[table.header.index(x)] for x in header]
    if hasattr(table.frame, "collect"):
        frame = table.collect(lambda frame: frame.select(*names)).frame
    else:
        frame = table.frame.select(*names)
    try:
        moved = frame if isinstance(frame, pl.DataFrame) else frame.to_polars()
    except ImportError:  # some engines hand over by way of pyarrow alone
        values = {name: [_or_none(x) for x in frame[name].to_list()] for name in names}
        moved = pl.DataFrame({k: pl.Series(k, v, strict=False) for k, v in values.items()})
    return Table(
        table.name, tuple(header), (moved.lazy(),), pl, tuple(names), text=table.text,
        counts=table.counts,
        given=tuple(table.given[table.names.index(x)] for x in names) if table.given else (),
    )  # fmt: skip


def _or_none(value: Any) -> Any:
    return value if value == value else None  # noqa: PLR0124  NaN
