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
from dataclasses import dataclass

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


@dataclass(frozen=True)
class FooterColumn:
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
    except (LookupError, ValueError, OSError, RecursionError):
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
    except (LookupError, ValueError, OSError, RecursionError):
        return None


def _columns(footer: bytes) -> list[FooterColumn]:
    compact = _Compact(footer)
    elements: list[dict[int, int | str]] = []
    encrypted: set[int] = set()
    for field, kind in compact.fields():
        if field == SCHEMA:
            elements = [_element(compact) for _ in range(compact.list_header()[0])]
        elif field == ROW_GROUPS:
            for _ in range(compact.list_header()[0]):
                encrypted |= _encrypted_leaves(compact)
        else:
            compact.skip(kind)
    out: list[FooterColumn] = []
    leaf, at = 0, 1  # the first element is the root
    while at < len(elements):
        top, end, leaves, first = elements[at], at, 0, leaf
        open_ = 1
        while open_:
            children = int(elements[end].get(CHILDREN, 0))
            open_ += children - 1
            leaves += not children
            end += 1
        leaf += leaves
        digits = max(int(x.get(PRECISION, 0)) for x in elements[at:end])
        hidden = not encrypted.isdisjoint(range(first, leaf))
        out.append(FooterColumn(str(top[NAME]), digits, hidden))
        at = end
    return out


def _element(compact: _Compact) -> dict[int, int | str]:
    out: dict[int, int | str] = {}
    for field, kind in compact.fields():
        if field == NAME:
            out[field] = compact.text()
        elif field in (CHILDREN, PRECISION):
            out[field] = compact.integer()
        else:
            compact.skip(kind)
    return out


def _encrypted_leaves(compact: _Compact) -> set[int]:
    """Read one row group: which of its chunks are encrypted."""
    out: set[int] = set()
    for field, kind in compact.fields():
        if field == COLUMNS_OF_GROUP:
            for leaf in range(compact.list_header()[0]):
                for inner, inner_kind in compact.fields():
                    if inner == CRYPTO_METADATA:
                        out.add(leaf)
                    compact.skip(inner_kind)
        else:
            compact.skip(kind)
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
    compact = _Compact(footer)
    rows = most = 0
    for field, kind in compact.fields():
        if field == NUM_ROWS:
            rows = compact.integer()
            if not groups:
                break
        elif field == ROW_GROUPS:
            size, _ = compact.list_header()
            for _ in range(size):
                for inner, inner_kind in compact.fields():
                    if inner == ROWS_OF_GROUP:
                        most = max(most, compact.integer())
                    else:
                        compact.skip(inner_kind)
        else:
            compact.skip(kind)
    return rows, most


class _Compact:
    """Reads values of Thrift's compact protocol one after another."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def fields(self) -> Iterator[tuple[int, int]]:
        """Yield the number and the kind of each field of a struct; its value is read in between."""
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self.integer()
            yield number, head & 15

    def integer(self) -> int:
        """Read a whole number, in zigzag."""
        n = self._unsigned()
        return (n >> 1) ^ -(n & 1)

    def text(self) -> str:
        """Read a text."""
        length = self._unsigned()
        self.at += length
        return self.data[self.at - length : self.at].decode("utf-8", "replace")

    def list_header(self) -> tuple[int, int]:
        """Read the size and the kind of a list."""
        head = self._byte()
        return (self._unsigned() if head >> 4 == 15 else head >> 4), head & 15

    def skip(self, kind: int, *, element: bool = False) -> None:
        """Pass over a value; in a list a truth value takes a byte."""
        if kind == BYTE or (element and kind in (TRUE, FALSE)):
            self.at += 1
        elif kind == DOUBLE:
            self.at += 8
        elif kind == BINARY:
            length = self._unsigned()
            self.at += length
        elif kind in (LIST, SET):
            size, inner = self.list_header()
            for _ in range(size):
                self.skip(inner, element=True)
        elif kind == STRUCT:
            for _, inner in self.fields():
                self.skip(inner)
        elif kind == MAP:
            raise ValueError("a footer holds no map")
        elif kind not in (TRUE, FALSE):
            self.integer()

    def _byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def _unsigned(self) -> int:
        n = shift = 0
        while True:
            byte = self._byte()
            n |= (byte & 127) << shift
            if byte < 128:
                return n
            shift += 7
