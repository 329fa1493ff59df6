"""A lazy table from files or from any frame, and how to ask it.

Polars and narwhals share the names of their expressions; a `Table` carries the one that its
frame speaks as ``ns``, so that the counting is written once. Files speak Polars alone: importing
narwhals would cost more than counting a small run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from mlstrat.errors import InputError, MlstratError
from mlstrat.inputs.files import Files, Part
from mlstrat.inputs.rawtext import (
    check_lines,
    diagnose,
    read_header,
    read_records,
    survey,
)

SEPARATORS = {"csv": ",", "tsv": "\t"}
HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class Counted:
    """The small table that a lazy one was reduced to."""

    frame: Any
    polars: bool

    def __len__(self) -> int:
        return len(self.frame)

    def codes(self, name: str) -> tuple[list[Any], NDArray[np.int64]]:
        """Return the distinct values of a column, and for each row the index of its value."""
        column = self.frame[name]
        if not self.polars:
            seen: dict[Any, int] = {}
            values = [_hashable(value) for value in column.to_list()]
            codes = [seen.setdefault(value, len(seen)) for value in values]
            return list(seen), np.array(codes, dtype=np.int64)
        import polars as pl

        distinct = pl.DataFrame({"value": column.unique()}).with_row_index("code")
        rows = pl.DataFrame({"value": column})
        joined = rows.join(
            distinct, on="value", how="left", nulls_equal=True, maintain_order="left"
        )
        return distinct["value"].to_list(), joined["code"].to_numpy().astype(np.int64)

    def ints(self, name: str) -> NDArray[np.int64]:
        """Return a column of whole numbers."""
        return np.asarray(self.frame[name].to_numpy()).astype(np.int64)

    def floats(self, name: str) -> NDArray[np.float64]:
        """Return a column of numbers."""
        return np.asarray(self.frame[name].to_numpy()).astype(np.float64)

    def value(self, name: str) -> Any:
        """Return the first value of a column."""
        return self.frame[name].to_list()[0]


@dataclass(frozen=True)
class Table:
    """A lazy table with its header.

    Attributes
    ----------
    name
        What the user called it.
    header
        The names of the columns without surrounding blanks.
    frames
        One lazy frame a file, or the one frame that was passed.
    ns
        The module whose expressions the frames understand: polars or narwhals.
    names
        The names of the columns in the frames, in the order of ``header``.
    text
        Whether all columns are text.
    files
        Where the frames come from, or None.
    separators
        How many separators the bytes of delimited text hold, quoted ones included.
    """

    name: str
    header: tuple[str, ...]
    frames: tuple[Any, ...]
    ns: Any
    names: tuple[str, ...]
    text: bool = False
    files: Files | None = None
    separators: int = 0

    @property
    def polars(self) -> bool:
        """Whether the frames are those of Polars."""
        return bool(self.ns.__name__ == "polars")

    @property
    def frame(self) -> Any:
        """The whole table, lazily."""
        if len(self.frames) == 1:
            return self.frames[0]
        frames = [frame.select(self.names) for frame in self.frames]
        return self.ns.concat(frames, how="vertical_relaxed")

    @property
    def delimited(self) -> bool:
        """Whether this is CSV or TSV, where Polars pads short rows without a word."""
        return self.files is not None and self.files.format in SEPARATORS

    def column(self, name: str) -> Any:
        """Return the expression of a column of the header."""
        return self.ns.col(self.names[self.header.index(name)])

    def category(self, name: str) -> Any:
        """Return the expression of a column whose values are categories."""
        coded = not self.text and type(self._dtype(name)).__name__ in {"Categorical", "Enum"}
        return self.column(name).cast(self.ns.String) if coded else self.column(name)

    def number(self, name: str) -> Any:
        """Return the expression of a column read as numbers; null where Polars finds none."""
        column = self.column(name)
        if not self.polars:
            return column.cast(self.ns.Float64)
        if self.text or self._dtype(name) == self.ns.String:
            column = column.str.strip_chars()
        return column.cast(self.ns.Float64, strict=False)

    def is_float(self, name: str) -> bool:
        """Whether a column may hold NaN beside nulls."""
        return not self.text and self._dtype(name) in {self.ns.Float32, self.ns.Float64}

    def _dtype(self, name: str) -> Any:
        """Return the type of a column."""
        return self.frames[0].collect_schema()[self.names[self.header.index(name)]]

    def collect(self, ask: Callable[[Any], Any]) -> Counted:
        """Run a query over the whole table in one streaming pass.

        Raises
        ------
        InputError
            For whatever stops the reading, at its place where that can be found.
        """
        try:
            found = ask(self.frame)
            if self.polars:
                found = found.collect(engine="streaming")
            elif hasattr(found, "collect"):
                found = found.collect()
        except MlstratError:
            raise
        except (KeyboardInterrupt, MemoryError, SystemExit):
            raise
        except BaseException as error:  # a panic in Rust is no Exception
            self._explain(error)
        if self.files is not None:
            self.files.check_unchanged()
        return Counted(found, self.polars)

    def check_count(self, rows: int) -> None:
        """Refuse uneven rows where the separators are not those of so many rows.

        Polars forgives a long row once not all columns are asked for; counting bytes costs a
        tenth of counting rows, and only quoted separators make a second look necessary.
        """
        if self.delimited and self.files is not None:
            lines = rows + len(self.files.parts)
            if self.separators != lines * (len(self.header) - 1):
                self.check_rows()

    def check_rows(self) -> None:
        """Refuse rows that are shorter or longer than the header."""
        if self.files is None or self.files.format not in SEPARATORS:
            return
        separator, width = SEPARATORS[self.files.format], len(self.header)
        for part in self.files.parts:
            if not _surely_even(part, separator, width):
                check_lines(part, separator, width)

    def first_row(self, wanted: Any, column: Any) -> tuple[str, int | None, Any]:
        """Return file, row (1-based; in text the line) and value where a condition first holds.

        The row is None for a lazy frame that is not Polars': it has no order.
        """
        if not self.polars:
            return (self.name, *_first_in_frame(self.frame, wanted, column))
        for place, frame in enumerate(self.frames):
            rows = frame.select(wanted.alias("wanted"), column.alias("found"))
            rows = rows.with_row_index("row").filter(self.ns.col("wanted")).head(1)
            found = rows.collect(engine="streaming")
            if len(found):
                name, row = self._line(place, int(found["row"][0]))
                return name, row, found["found"][0]
        return self.name, None, None

    def _line(self, place: int, index: int) -> tuple[str, int]:
        """Return the file, and the line on which its record of this index begins."""
        if self.files is None:
            return self.name, index + 1
        part = self.files.parts[place]
        if self.files.format == "parquet":
            return part.name, index + 1
        if self.files.format == "ndjson":
            with part.open() as stream:
                lines = (row for row, line in enumerate(stream, start=1) if line.strip())
                return part.name, next(row for i, row in enumerate(lines) if i == index)
        records = read_records(part, SEPARATORS[self.files.format])
        begun = False
        for row, record in records:
            if begun and index == 0:
                return part.name, row
            index -= begun
            begun = begun or bool(record)
        return part.name, index

    def _explain(self, error: BaseException) -> None:
        """Raise what stopped the reading, as an `InputError`."""
        if self.files is not None:
            self.files.check_unchanged()
            separator = SEPARATORS.get(self.files.format)
            for part, frame in zip(self.files.parts, self.frames, strict=True):
                if self.files.format != "parquet":
                    diagnose(part, separator, len(self.header))
                elif not _readable(frame):
                    raise InputError(
                        "is no readable Parquet file: cut short or damaged", file=part.name
                    ) from None
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise InputError(f"cannot be read: {reason}", file=self.name) from None


def open_files(files: Files) -> Table:
    """Return the lazy table of files, their headers checked."""
    import polars as pl

    if files.format == "parquet":
        return _open_parquet(files)
    if files.format == "ndjson":
        return _open_json_lines(files)
    separator = SEPARATORS[files.format]
    headers = [read_header(part, separator) for part in files.parts]
    _check_same(files, headers)
    surveys = [survey(part, separator) for part in files.parts]
    frames = [
        pl.scan_csv(
            part.path if part.path is not None else part.data,
            infer_schema=False,
            separator=separator,
            n_rows=_rows_before_blank_lines(part, separator, seen.trailing_blank_lines),
        )
        for part, seen in zip(files.parts, surveys, strict=True)
    ]
    table = Table(
        files.name,
        headers[0],
        tuple(frames),
        pl,
        headers[0],
        text=True,
        files=files,
        separators=sum(seen.separators for seen in surveys),
    )
    return replace(table, names=_names(table))


def _rows_before_blank_lines(part: Part, separator: str, blank: int) -> int | None:
    """Return the number of rows to read where the file ends in blank lines, else None."""
    import polars as pl

    if not blank:
        return None
    source = part.path if part.path is not None else part.data
    scan = pl.scan_csv(source, infer_schema=False, separator=separator)
    try:
        rows = scan.select(pl.len()).collect(engine="streaming").item()
    except pl.exceptions.PolarsError:
        return None  # the counting meets the same error, and explains it
    return max(0, int(rows) - blank)


def _names(table: Table) -> tuple[str, ...]:
    """Return the names that Polars gives the columns: unlike ours, with surrounding blanks."""
    counted = table.collect(lambda frame: frame.head(0))
    names = tuple(counted.frame.columns)
    if len(names) != len(table.header):
        raise InputError("the header cannot be read", file=table.name, row=1)
    return names


def _check_same(files: Files, headers: Sequence[tuple[str, ...]]) -> None:
    """Refuse files whose columns differ."""
    for part, header in zip(files.parts, headers, strict=True):
        if header != headers[0]:
            raise InputError(
                f"other columns than in {files.parts[0].name!r}: "
                f"{', '.join(map(repr, header))} instead of {', '.join(map(repr, headers[0]))}",
                file=part.name,
                accepted="files with one header",
            )


def _open_parquet(files: Files) -> Table:
    """Return the lazy table of Parquet files, with the keys of their folders as columns."""
    import polars as pl

    frames, headers = [], []
    for part in files.parts:
        frame = pl.scan_parquet(str(part.path), hive_partitioning=False, glob=False)
        if files.keys and part.path is not None:
            steps = part.path.parts[-len(files.keys) - 1 : -1]
            values = {s.partition("=")[0]: unquote(s.partition("=")[2]) for s in steps}
            frame = frame.with_columns(
                pl.lit(None if value == HIVE_NULL else value, dtype=pl.String).alias(key)
                for key, value in values.items()
            )
        alone = Table(part.name, (), (frame,), pl, (), files=replace(files, parts=(part,)))
        headers.append(tuple(sorted(_names_of(alone))))
        frames.append(frame)
    _check_same(files, headers)
    names = tuple(_names_of(Table(files.name, (), (frames[0],), pl, (), files=files)))
    header = _stripped(names, files.name)
    return Table(files.name, header, tuple(frames), pl, names, files=files)


def _open_json_lines(files: Files) -> Table:
    """Return the lazy table of JSON lines, every column read as text."""
    import polars as pl

    names: dict[str, None] = {}
    for part in files.parts:
        scan = pl.scan_ndjson(str(part.path), infer_schema_length=10_000)
        alone = Table(part.name, (), (scan,), pl, (), files=replace(files, parts=(part,)))
        names.update(dict.fromkeys(_names_of(alone)))
    schema = dict.fromkeys(names, pl.String())
    frames = tuple(pl.scan_ndjson(str(part.path), schema=schema) for part in files.parts)
    header = _stripped(tuple(names), files.name)
    return Table(files.name, header, frames, pl, tuple(names), text=True, files=files)


def _names_of(table: Table) -> list[str]:
    """Return the names of the columns of one file."""
    names: list[str] = table.collect(lambda frame: frame.head(0)).frame.columns
    return names


def open_frame(source: Any) -> Table:
    """Return the lazy table of a frame that Polars or narwhals reads."""
    kind = type(source)
    name = f"<{kind.__module__.split('.')[0].lstrip('_')}.{kind.__name__}>"
    polars = sys.modules.get("polars")
    if polars is not None and isinstance(source, polars.DataFrame | polars.LazyFrame):
        frame, ns = source.lazy(), polars
        names = tuple(frame.collect_schema().names())
        return Table(name, _stripped(names, name), (frame,), ns, names)
    import narwhals as nw

    if kind.__module__.split(".")[0] == "pandas":  # the one whose names need not be text, or differ
        _stripped(tuple(map(str, source.columns)), name)
        source = source.rename(columns=str)
    try:
        frame = nw.from_native(source)
        names = tuple(frame.collect_schema().names())
    except Exception as error:
        raise InputError(
            f"no frame that can be read: {str(error).splitlines()[0][:200]}",
            file=name,
            accepted="a path, or a frame of pandas, polars, pyarrow, DuckDB, Dask or PySpark",
        ) from None
    return Table(name, _stripped(names, name), (frame,), nw, names)


def _stripped(names: tuple[str, ...], file: str) -> tuple[str, ...]:
    """Return the names of columns without surrounding blanks; each may occur once."""
    header = tuple(name.strip() for name in names)
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError(
            f"several columns have one name: {', '.join(map(repr, twice))}",
            file=file,
            accepted="each column name once",
        )
    return header


def _surely_even(part: Part, separator: str, width: int) -> bool:
    """Whether every line has the cells of the header, by a fast look that may say no for yes."""
    import polars as pl

    lines = pl.scan_csv(
        part.path if part.path is not None else part.data,
        has_header=False,
        infer_schema=False,
        separator="\x01",
        quote_char=None,
        new_columns=["line"],
    )
    line = pl.col("line")
    cells = line.str.replace_all('"[^"]*"', "").str.count_matches(separator, literal=True) + 1
    odd = (line.str.count_matches('"', literal=True) % 2) == 1
    even = (cells == width) & ~odd
    try:
        found = lines.select(even.fill_null(value=False).all()).collect(engine="streaming")
    except pl.exceptions.PolarsError:
        return False
    return bool(found.item())


def _readable(frame: Any) -> bool:
    """Whether a Parquet file can be read from end to end."""
    import polars as pl

    try:
        frame.select(pl.all().null_count()).collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError):
        return False
    return True


def _first_in_frame(frame: Any, wanted: Any, column: Any) -> tuple[int | None, Any]:
    """Return the 1-based row, where a frame has an order, and the value of a first match."""
    rows = frame.select(wanted.alias("wanted"), column.alias("found"))
    if hasattr(rows, "collect"):
        import narwhals

        return None, (
            rows.filter(narwhals.col("wanted")).head(1).collect()["found"].to_list() or [None]
        )[0]
    flags, values = rows["wanted"].to_list(), rows["found"].to_list()
    index = next((i for i, flag in enumerate(flags) if flag is True or flag == True), None)  # noqa: E712
    return (None, None) if index is None else (index + 1, values[index])


def _hashable(value: Any) -> Any:
    """Return a value that can be told from others, lists and the like by their text."""
    try:
        hash(value)
    except TypeError:
        return str(value)
    return value
