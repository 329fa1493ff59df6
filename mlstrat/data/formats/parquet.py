"""What the footer of a Parquet file tells: rows of its groups, and columns that stop the engine.

A row group is decoded whole. One value repeated a thousand million times packs into a few bytes,
so the size of a file says nothing about the memory that reading it takes; its footer does. Only
what is needed of Thrift's compact protocol is read here, as Polars does not tell.

References
----------
Apache Parquet, parquet.thrift: FileMetaData (fields 2 schema, 3 num_rows, 4 row_groups),
SchemaElement (fields 4 name, 5 num_children, 8 precision), RowGroup (fields 1 columns, 3 num_rows),
ColumnChunk (field 8 crypto_metadata). Apache Thrift, specification of the compact protocol.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlstrat.core.record import Record
from mlstrat.data.parts import Part
from mlstrat.errors import InputError

MOST_IN_ROW_GROUP = 2**26
"""Rows of one row group, a gigabyte of two columns of text: the most that pyarrow ever writes into
one; most writers stop at 10⁵ to 10⁶."""

MOST_PACKED = 2**23
"""Rows of one row group of a file of less than a byte a row: what is read of it takes a hundred
times its size and more, a gigabyte for so many rows. A run with ids has several bytes a row."""

MAGIC, ENCRYPTED = b"PAR1", b"PARE"
TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
SCHEMA, NUM_ROWS, ROW_GROUPS = 2, 3, 4
NAME, CHILDREN, PRECISION = 4, 5, 8
COLUMNS_OF_GROUP, ROWS_OF_GROUP, CRYPTO_METADATA = 1, 3, 8


class FooterColumn(Record):
    """A column at the top of the schema: digits of its decimals, and whether it is encrypted."""

    name: str
    precision: int = 0
    encrypted: bool = False


def check_row_groups(part: Part) -> None:
    """Refuse a file with a row group that is too large to be held in memory.

    A footer that cannot be read is left to the reader of the file.
    """
    try:
        footer = _footer(part)
        rows = _row_counts(footer)[0]
        limit = MOST_PACKED if part.size < rows else MOST_IN_ROW_GROUP
        most = _row_counts(footer, groups=True)[1] if rows > limit else rows
    except (LookupError, TypeError, AttributeError, ValueError, OSError, RecursionError):
        return
    if most > limit:
        packed = f" in {part.size:,} bytes" if limit == MOST_PACKED else ""
        raise InputError(
            f"a row group of {most:,} rows{packed}, which would be held in memory at once",
            file=part.name,
            accepted=f"row groups of at most {limit:,} rows",
            hint="write it again with smaller row groups",
        )


def encrypted_footer(part: Part) -> bool:
    """Whether a file ends as one whose footer is encrypted."""
    with part.open_raw() as stream:
        stream.seek(-min(part.size, 4), 2)
        return stream.read(4) == ENCRYPTED


def footer_columns(part: Part) -> list[FooterColumn] | None:
    """Return the columns at the top of the schema; None where the footer cannot be read."""
    try:
        return _columns(_footer(part))
    except (LookupError, TypeError, AttributeError, ValueError, OSError, RecursionError):
        return None


def _columns(footer: bytes) -> list[FooterColumn]:
    told = dict(_Compact(footer).fields())
    encrypted = {
        leaf
        for group in told.get(ROW_GROUPS, ())
        for leaf, chunk in enumerate(group.get(COLUMNS_OF_GROUP, ()))
        if CRYPTO_METADATA in chunk
    }
    elements = told.get(SCHEMA, [])
    out: list[FooterColumn] = []
    leaf, at = 0, 1  # the first element is the root
    while at < len(elements):
        end, first, open_ = at, leaf, 1
        while open_:
            children = elements[end].get(CHILDREN, 0)
            open_ += children - 1
            leaf += not children
            end += 1
        digits = max(x.get(PRECISION, 0) for x in elements[at:end])
        hidden = not encrypted.isdisjoint(range(first, leaf))
        out.append(FooterColumn(elements[at][NAME].decode("utf-8", "replace"), digits, hidden))
        at = end
    return out


def _footer(part: Part) -> bytes:
    with part.open_raw() as stream:
        stream.seek(-8, 2)
        end = stream.read(8)
        length = int.from_bytes(end[:4], "little")
        if end[4:] != MAGIC or length > part.size:
            raise ValueError("no footer")
        stream.seek(-8 - length, 2)
        return stream.read(length)


def _row_counts(footer: bytes, *, groups: bool = False) -> tuple[int, int]:
    """Return the rows of the file, and if `groups` are looked at, those of the largest."""
    rows = most = 0
    for field, value in _Compact(footer).fields():
        if field == NUM_ROWS:
            rows = value
            if not groups:
                break
        elif field == ROW_GROUPS:
            most = max((group.get(ROWS_OF_GROUP, 0) for group in value), default=0)
    return rows, most


class _Compact:
    """Reads values of Thrift's compact protocol one after another."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def fields(self) -> Iterator[tuple[int, Any]]:
        """Yield the number and the value of each field of a struct."""
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            yield number, self._value(head & 15)

    def _value(self, kind: int, *, element: bool = False) -> Any:
        if kind == BYTE or (element and kind in (TRUE, FALSE)):  # in a list it takes a byte
            return self._byte()
        if kind in (TRUE, FALSE):
            return kind == TRUE
        if kind == DOUBLE:
            return self._bytes(8)
        if kind == BINARY:
            return self._bytes(self._unsigned())
        if kind in (LIST, SET):
            head = self._byte()
            size = self._unsigned() if head >> 4 == 15 else head >> 4
            return [self._value(head & 15, element=True) for _ in range(size)]
        if kind == STRUCT:
            return dict(self.fields())
        if kind == MAP:
            raise ValueError("a footer holds no map")
        return self._integer()

    def _bytes(self, length: int) -> bytes:
        self.at += length
        return self.data[self.at - length : self.at]

    def _byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def _integer(self) -> int:
        """Read a whole number, in zigzag."""
        n = self._unsigned()
        return (n >> 1) ^ -(n & 1)

    def _unsigned(self) -> int:
        n = shift = 0
        while True:
            byte = self._byte()
            n |= (byte & 127) << shift
            if byte < 128:
                return n
            shift += 7
