# Over 300 lines: a table, and every way to ask it in one pass.
"""A lazy table, from files or from any frame, and how to ask it.

Polars and narwhals share the names of their expressions; a `Table` carries the one that its
frame speaks as ``ns``, so that the counting is written once. Files speak Polars alone: importing
narwhals would cost more than counting a small run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Self

from mlstrat.core.record import Record
from mlstrat.data.files import Files, describe_input
from mlstrat.data.formats.delimited_text import check_same, stripped
from mlstrat.data.grouping import Counted
from mlstrat.data.parts import InputFile, Part
from mlstrat.data.shards import each, without_panics
from mlstrat.data.values import is_utf8, not_text
from mlstrat.errors import InputError, MlstratError, first_line, for_want_of_memory

TEXTS = ("csv", "tsv")
"""Formats whose rows are counted by the lines of their files."""

WHOLE_NUMBER = r"^(-?(?:0|[1-9][0-9]*))\.0*$"
"""A whole number that is written with a point: 30.0 is 30."""

LARGEST_WHOLE = 1e18
"""Below it a whole number fits in 64 bits."""

_NOT_TEXT = re.compile("binary|utf-?8", re.IGNORECASE)
"""In what Polars says of bytes that it should take for text."""


def our_names(header: Sequence[str]) -> tuple[str, ...]:
    """Return names of ours for so many columns."""
    return tuple(f"c{i}" for i in range(len(header)))


class Table(Record):
    """A lazy table with its header: names without surrounding blanks; a frame a file.

    `ns` is the module whose expressions the frames understand: polars or narwhals. `names` are
    those of the columns in the frames: ours, so that no name of a user's is taken for a wildcard,
    or for a column that a query makes; `given` are those that were found, to be written again.
    `separators` counts those in the bytes of delimited text, quoted ones included. `counts` is the
    column that says how many examples a row stands for; `keep` the expression of the rows that are
    looked at; `percents` the columns of numbers that may end with a percent sign; `before` the rows
    above the first record of each file, of a workbook. Rows that are `held` are in memory, and few:
    no stream is set up to ask for them.
    """

    name: str
    header: tuple[str, ...]
    frames: tuple[Any, ...]
    ns: Any
    names: tuple[str, ...]
    text: bool = False
    files: Files | None = None
    separators: int = 0
    counts: str | None = None
    keep: Any = None
    given: tuple[str, ...] = ()
    before: tuple[int, ...] = ()
    percents: frozenset[str] = frozenset()
    held: bool = False

    @property
    def polars(self) -> bool:
        """Whether the frames are those of Polars."""
        return bool(self.ns.__name__ == "polars")

    def spelled(self, name: str) -> str:
        """Return a name as its engine takes it in a query; `collect` has the name again."""
        return name

    @property
    def split_column(self) -> str | None:
        """The column that names the split each file was given for; None where none was."""
        return None

    @property
    def on_spark(self) -> bool:
        """Whether Spark holds the rows."""
        return False

    @property
    def frame(self) -> Any:
        """The rows that are looked at, lazily; of counts, those that stand for any examples."""
        whole = self.frames[0]
        if len(self.frames) > 1:
            frames = [frame.select(self.names) for frame in self.frames]
            whole = self.ns.concat(frames, how="vertical_relaxed")
        whole = whole if self.keep is None else whole.filter(self.keep)
        return whole if self.multiple is None else whole.filter(self.multiple > 0)

    def where(self, condition: Any) -> Self:
        """Return the table of the rows that fulfil a condition, each at its place for messages."""
        return replace(self, keep=condition if self.keep is None else self.keep & condition)

    @property
    def multiple(self) -> Any:
        """The expression of how many examples a row stands for; None where each is an example."""
        return None if self.counts is None else self.number(self.counts).cast(self.ns.Int64)

    @property
    def size(self) -> Any:
        """The expression of the number of examples of some rows."""
        return self.ns.len() if self.multiple is None else self.multiple.sum()

    @property
    def delimited(self) -> bool:
        """Whether this is CSV or TSV, where Polars pads short rows without a word."""
        return self.files is not None and self.files.separator is not None

    def column(self, name: str) -> Any:
        """Return the expression of a column of the header."""
        return self.ns.col(self.names[self.header.index(name)])

    def category(self, name: str) -> Any:
        """Return the expression of a column whose values are categories."""
        if self.text:
            return self.column(name)
        dtype = self._dtype(name)
        if dtype.is_nested():
            raise InputError(
                f"several values in a cell: the values are {type(dtype).__name__.lower()}s",
                file=self.name,
                column=name,
                accepted="values that are text, numbers or booleans",
            )
        column = self.column(name)
        if self.polars and dtype == self.ns.Binary:
            return column.cast(self.ns.String)
        if type(dtype).__name__ not in {"Categorical", "Enum"}:
            return column
        text = column.cast(self.ns.String)  # which pandas makes "nan" of what is missing
        return text if self.polars else self.ns.when(~column.is_null()).then(text)

    def plain_text(self, name: str) -> Any:
        """Return the expression of a column as text without blanks around it: 30.0 is 30."""
        x = self.category(name)
        if self.is_float(name):
            fits = (x == x.floor()) & (x.abs() < LARGEST_WHOLE)
            whole = self.ns.when(fits).then(x).cast(self.ns.Int64).cast(self.ns.String)
            return self.ns.when(fits).then(whole).otherwise(x.cast(self.ns.String))
        return x.cast(self.ns.String).str.strip_chars().str.replace_all(WHOLE_NUMBER, "$1")

    def is_blank(self, name: str) -> Any:
        """Return the expression that is true where a column of categories holds nothing."""
        x = self.category(name)
        blank = x.is_null() | (x.cast(self.ns.String).str.strip_chars() == "")
        return (blank | x.is_nan()).fill_null(value=True) if self.is_float(name) else blank

    def number(self, name: str) -> Any:
        """Return the expression of a column read as numbers; null where Polars finds none."""
        column = self.column(name)
        if not self.polars:
            return column.cast(self.ns.Float64)
        if self.text or type(self._dtype(name)).__name__ in {"String", "Categorical", "Enum"}:
            column = self.category(name).str.strip_chars()
            if self.decimal_comma:
                column = column.str.replace(",", ".", literal=True)
        if name not in self.percents:
            return column.cast(self.ns.Float64, strict=False)
        bare = column.str.strip_suffix("%").str.strip_chars().cast(self.ns.Float64, strict=False)
        return self.ns.when(column.str.ends_with("%")).then(bare / 100).otherwise(bare)

    def is_boolean(self, name: str) -> bool:
        """Whether the values of a column are of the type of truth values."""
        return not self.text and self._dtype(name) == self.ns.Boolean

    def is_whole(self, name: str) -> bool:
        """Whether the values of a column are of a type of whole numbers."""
        return not self.text and bool(self._dtype(name).is_integer())

    def is_float(self, name: str) -> bool:
        """Whether a column may hold NaN beside nulls."""
        return not self.text and self._dtype(name) in {self.ns.Float32, self.ns.Float64}

    def _dtype(self, name: str) -> Any:
        return self.frames[0].collect_schema()[self.names[self.header.index(name)]]

    def collect(self, ask: Callable[[Any], Any]) -> Counted:
        """Run a query over the whole table in one pass, streaming where rows are not in memory."""
        if self.files is not None and self.files.format == "parquet":
            with without_panics():
                return self._collected(ask)
        return self._collected(ask)

    def _collected(self, ask: Callable[[Any], Any]) -> Counted:
        try:
            found = ask(self.frame)
            if self.files is not None and self.files.remote:
                from mlstrat.data.stores import quietly

                found = quietly(lambda: found.collect(engine="streaming"))
            elif self.polars:
                found = found.collect(engine="in-memory" if self.held else "streaming")
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

    @property
    def decimal_comma(self) -> bool:
        """Whether numbers may be written with a comma: not where commas part the columns."""
        return self.files is not None and self.files.separator not in (None, ",")

    def check_counted(self, found: Counted) -> None:
        """Refuse uneven rows, once the rows are counted.

        Polars pads a short row with nulls, and forgives a long one unless all columns are asked
        for. Separators that are not those of so many rows show both; so does a null, where a
        short and a long row make up for each other. Counting bytes costs a tenth of counting
        rows; only quoted separators and nulls make a second look at the lines necessary. Of
        counts, every line was looked at before.
        """
        if self.delimited and self.counts is None:
            self.check_even(int(found.ints("n").sum()), nulls=found.nulls())

    def check_even(self, rows: int, *, nulls: bool) -> None:
        """Refuse uneven rows, as `check_counted` does, where so many rows were read."""
        if not self.delimited or self.files is None:
            return
        lines = rows + len(self.files.parts)
        if nulls or self.separators != lines * (len(self.header) - 1):
            self.check_rows()

    def check_rows(self) -> None:
        """Refuse rows that are shorter or longer than the header."""
        if self.files is None or self.files.separator is None:
            return
        from mlstrat.data.formats.text_records import check_lines, surely_even

        separator, width = self.files.separator, len(self.header)

        def check(part: Part) -> None:
            if not surely_even(part, separator, width):
                check_lines(part, separator, width)

        each(self.files.parts, check)

    def first_row(self, wanted: Any, column: Any) -> tuple[str, int | None, Any]:
        """Return file, row (1-based; in text the line) and value where a condition first holds.

        The row is None for a lazy frame that is not Polars': it has no order. And where an engine
        cannot compare the values, as a message without its row is better than none.
        """
        try:
            return self._first_row(wanted, column)
        except MlstratError:
            raise
        except Exception:
            return self.name, None, None

    def _first_row(self, wanted: Any, column: Any) -> tuple[str, int | None, Any]:
        wanted = wanted if self.keep is None else wanted & self.keep
        if not self.polars:
            return (self.name, *_first_in_frame(self.frames[0], wanted, column))
        for place, frame in enumerate(self.frames):
            rows = frame.select(wanted.alias("wanted"), column.alias("found"))
            rows = rows.with_row_index("row").filter(self.ns.col("wanted")).head(1)
            found = rows.collect(engine="streaming")
            if len(found):
                name, row = self._line(place, int(found["row"][0]))
                return name, row, found["found"][0]
        return self.name, None, None

    def described(self, rows: int, *, checksum: bool) -> InputFile:
        """Return what was read of it, for the signature."""
        told = describe_input(self.name, self.files, rows, checksum)
        return replace(told, counts=self.counts is not None)

    def row_of(self, index: int) -> int:
        """Return the 1-based row of a record of the first file, in text its line."""
        if self.keep is not None and self.polars:
            rows = self.frames[0].with_row_index("row").filter(self.keep).slice(index, 1)
            index = int(rows.collect()["row"].item())
        return self._line(0, index)[1]

    def _line(self, place: int, index: int) -> tuple[str, int]:
        """Return the file, and the line on which its record of this index begins."""
        if self.files is None:
            return self.name, index + 1
        part = self.files.parts[place]
        if self.files.format not in (*TEXTS, "ndjson"):
            return part.name, index + 1 + (self.before[place] if self.before else 0)
        if self.files.format == "ndjson":
            with part.open() as stream:
                lines = (row for row, line in enumerate(stream, start=1) if line.strip())
                return part.name, next(row for i, row in enumerate(lines) if i == index)
        from mlstrat.data.formats.text_records import read_records

        records = read_records(part, self.files.separator or ",")
        begun = False
        for row, record in records:
            if begun and index == 0:
                return part.name, row
            index -= begun
            begun = begun or bool(record)
        return part.name, index

    def _explain(self, error: BaseException) -> None:
        """Raise what stopped the reading, as an `InputError`, unless it was for want of memory."""
        if for_want_of_memory(error):
            raise MemoryError from error
        reason = first_line(error)
        if self.files is not None:
            self.files.check_unchanged()
            if self.files.remote:
                from mlstrat.data.stores import explained, store_error

                if store_error(error):
                    raise explained(error, self.name)
            self._check_parts(self.files, reason)
        self._check_bytes(error)
        by = "" if self.files is None else " by the engine"
        raise InputError(f"cannot be read{by}: {reason}", file=self.name) from None

    def _check_parts(self, files: Files, reason: str) -> None:
        """Raise what is wrong with one of the files, if it is that which stopped the reading."""
        if files.format in (*TEXTS, "ndjson"):
            from mlstrat.data.formats.text_records import diagnose

            each(files.parts, lambda part: diagnose(part, files.separator, len(self.header)))
        if files.format != "parquet":
            return
        from mlstrat.data.formats.parquet_faults import check_undamaged, check_usable

        # Messages name columns as the file does.
        own = dict(zip(self.names, self.given, strict=False))
        parts = [(part, x.rename(own)) for part, x in zip(files.parts, self.frames, strict=True)]
        each(parts, lambda found: check_undamaged(found[0], found[1], reason))
        each(parts, lambda found: check_usable(found[0], found[1], reason))

    def _check_bytes(self, error: BaseException) -> None:
        """Raise where bytes that are no text stopped the reading; Polars names the expression."""
        if not self.polars or not _NOT_TEXT.search(str(error)):
            return
        for name, own in zip(self.header, self.names, strict=True):
            if f'col("{own}")' not in str(error) or self._dtype(name) != self.ns.Binary:
                continue
            for place, frame in enumerate(self.frames):
                values = frame.select(self.column(name).alias("found")).collect()["found"]
                for index, value in enumerate(values):
                    if value is not None and not is_utf8(value):
                        file, row = self._line(place, index)
                        raise not_text(value, file=file, row=row, column=name) from None


def _first_in_frame(frame: Any, wanted: Any, column: Any) -> tuple[int | None, Any]:
    rows = frame.select(wanted.alias("wanted"), column.alias("found"))
    if hasattr(rows, "collect"):
        import narwhals

        return None, (
            rows.filter(narwhals.col("wanted")).head(1).collect()["found"].to_list() or [None]
        )[0]
    flags, values = rows["wanted"].to_list(), rows["found"].to_list()
    index = next((i for i, flag in enumerate(flags) if flag is True or flag == True), None)  # noqa: E712
    return (None, None) if index is None else (index + 1, values[index])


def renamed(frame: Any, given: Sequence[str]) -> Any:
    """Return a frame whose columns have names of ours, by their place among those given."""
    return frame.rename(dict(zip(given, our_names(given), strict=True)))


def of_frames(files: Files, found: Sequence[tuple[Any, tuple[str, ...]]]) -> Table:
    """Return the table of a frame a file, each with the names of its columns."""
    import polars as pl

    given = found[0][1]
    check_same(files, [tuple(sorted(names)) for _, names in found])
    header, frames = stripped(given, files.name), tuple(renamed(x, given) for x, _ in found)
    return Table(files.name, header, frames, pl, our_names(given), files=files, given=given)


def names_of(files: Files, part: Part, frame: Any, header: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the names of the columns of one file, as its frame has them."""
    import polars as pl

    alone = Table(part.name, header, (frame,), pl, (), files=replace(files, parts=(part,)))
    return tuple(alone.collect(lambda frame: frame.head(0)).frame.columns)
