"""Tables whose rows Spark holds: counted there, so that counts alone come back.

The expressions are those of every frame, through narwhals. What differs stands here: columns are
called by number, as Spark reads a dot in a name as a field and does not tell cases apart; a text
that is no number is null, where Spark would stop; rows have no order, and so no numbers.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Self

from mlstrat.core.hashing import MIX, PRIME_LOW, start_of
from mlstrat.data.formats.text_records import diagnose
from mlstrat.data.grouping import Counted
from mlstrat.data.table import Table
from mlstrat.errors import InputError, MlstratError

N, KEY, HALF, HASH = "\x1fn", "\x1fkey", "\x1fhalf", "\x1fhash"
ID, OTHER = "\x1fid", "\x1fother"
"""Columns of what comes back, named as no column of a run is."""

SPELLING = str.maketrans({".": "\x1d", "`": "\x1e"})
SPELT = str.maketrans({"\x1d": ".", "\x1e": "`"})

NUMBER = (
    r"^(?:[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?i:inf|infinity)|(?i:nan))$"
)
"""The texts that Polars reads as numbers; Spark reads more, as 1d."""

WHOLE = r"'^(-?(?:0|[1-9][0-9]*))\\.0*$', '$1'"
"""What takes ``1.00`` to ``1``, in SQL."""


_WORD = "4294967295L"

SPACES = r"(?U)^\\s+|\\s+$"
"""White space around a text, all of Unicode's, in a literal of SQL."""


def quoted(name: str) -> str:
    """Return the name of a column as SQL writes it.

    Examples
    --------
    >>> quoted("a.b")
    '`a.b`'
    """
    return f"`{name.replace('`', '``')}`"


def hash_sql(text: str, seed: int, prefix: str = "") -> str:
    """Return the SQL of the hash of an expression of text, from 0 to 2⁶³ − 1.

    The same numbers as `mlstrat.core.hashing`, and nothing to install on the workers. SQL has no
    unsigned numbers and refuses to overflow, so that a state of 64 bits is held as two numbers of
    32 bits, and factors are multiplied 16 bits at a time.
    """
    start = start_of(seed, prefix)
    state = f"named_struct('h', {start >> 32}L, 'l', {start & 0xFFFFFFFF}L)"
    code = f"hex(encode({text}, 'UTF-8'))"
    places = f"if(length({code}) = 0, cast(array() AS array<int>), sequence(1, length({code}), 2))"
    octets = f"transform({places}, i -> cast(conv(substr({code}, i, 2), 16, 10) AS bigint))"
    factors = ", ".join(
        f"named_struct('h', {factor >> 32}L, 'l', {factor & 0xFFFFFFFF}L)" for factor in MIX
    )
    read = f"aggregate({octets}, {state}, (s, x) -> {_multiplied_by_prime('(s.l ^ x)')})"
    spread = f"aggregate(array({factors}), {read}, (s, c) -> {_multiplied()}"
    # The last shift by 33 and that by 1, which leaves 63 bits.
    return f"{spread}, s -> shiftleft(s.h, 31) | shiftright(s.l ^ shiftright(s.h, 1), 1))"


def _multiplied_by_prime(low: str) -> str:
    """Return the state times 2⁴⁰ + 435, modulo 2⁶⁴."""
    product = f"({low} * {PRIME_LOW}L)"
    high = f"(s.h * {PRIME_LOW}L + shiftright({product}, 32) + shiftleft({low}, 8)) & {_WORD}"
    return f"named_struct('h', {high}, 'l', {product} & {_WORD})"


def _multiplied() -> str:
    """Return the state xor itself shifted by 33, times the factor c, modulo 2⁶⁴."""
    low = "(s.l ^ shiftright(s.h, 1))"
    upper, lower = f"(shiftright({low}, 16) * c.l)", f"(({low} & 65535L) * c.l)"
    whole = f"(shiftleft({upper} & 65535L, 16) + {lower})"
    high = (
        f"(shiftright({upper}, 16) + shiftright({whole}, 32)"
        f" + {_times('s.h', 'c.l')} + {_times(low, 'c.h')}) & {_WORD}"
    )
    return f"named_struct('h', {high}, 'l', {whole} & {_WORD})"


def _times(x: str, factor: str) -> str:
    """Return a product of two numbers of 32 bits, modulo 2⁴⁸ and more: its low 32 bits hold."""
    upper = f"shiftleft((shiftright({x}, 16) * {factor}) & 65535L, 16)"
    return f"({upper} + (({x} & 65535L) * {factor}))"


class SparkTable(Table):
    """A table whose one frame is Spark's, as narwhals sees it."""

    @property
    def on_spark(self) -> bool:
        """Whether Spark holds the rows."""
        return True

    def where(self, condition: Any) -> Self:
        """Return the table of the rows that fulfil a condition."""
        return replace(self, frames=(self.frames[0].filter(condition),))

    @property
    def native(self) -> Any:
        """The frame as PySpark knows it."""
        return self.frames[0].to_native()

    def spelled(self, name: str) -> str:
        """Return a name without dots and backticks, which Spark reads as its syntax."""
        return name.translate(SPELLING)

    def number(self, name: str) -> Any:
        """Return the expression of a column read as numbers; null where there is none."""
        import narwhals as nw

        x = self.column(name)
        if not self.text and self._dtype(name) != nw.String:
            return x.cast(nw.Float64)
        x = x.str.strip_chars()
        x = x.str.replace_all(",", ".", literal=True) if self.decimal_comma else x
        return nw.when(x.str.contains(NUMBER)).then(x).cast(nw.Float64)

    def collect(self, ask: Callable[[Any], Any]) -> Counted:
        """Run a query in Spark, and return what it counted."""
        try:
            with warnings.catch_warnings():  # PySpark's, on versions of what it was tried with
                warnings.simplefilter("ignore")
                found = ask(self.frame).collect("polars").to_native()
        except MlstratError:
            raise
        except Exception as error:
            self._explain(error)
        if self.files is not None:
            self.files.check_unchanged()
        found.columns = [name.translate(SPELT) for name in found.columns]
        return Counted(found, polars=True)

    def check_counted(self, found: Counted) -> None:
        """Do nothing: Spark refuses uneven rows while it counts."""

    def check_rows(self) -> None:
        """Do nothing: Spark refuses uneven rows while it counts."""

    def text_sql(self, name: str, whole: bool = True) -> str:
        """Return the SQL of a column as text, blank where nothing is there; if whole, 1.0 is 1."""
        import narwhals as nw

        x, kind = quoted(self.names[self.header.index(name)]), self._dtype(name)
        text = f"cast({x} AS string)"
        if kind in {nw.Float32, nw.Float64}:  # Spark writes 1.0E7, Polars 1e7
            even = f"{x} = floor({x}) AND abs({x}) < 1e18D"
            text = f"if({even}, cast(cast({x} AS bigint) AS string), {text})"
        stripped = f"regexp_replace({text}, '{SPACES}', '')"
        return f"coalesce({f'regexp_replace({stripped}, {WHOLE})' if whole else stripped}, '')"

    def hashed(self, name: str, seed: int, prefix: str = "", whole: bool = True) -> Any:
        """Return the frame with a column `HASH` of the hash of a column's text."""
        import narwhals as nw

        # In two steps: the expression of the hash reads the text in many places.
        text = self.native.selectExpr("*", f"{self.text_sql(name, whole)} AS `{HASH}`")
        names = [quoted(x) for x in text.columns if x != HASH]
        hashed = hash_sql(quoted(HASH), seed, prefix)
        return nw.from_native(text.selectExpr(*names, f"{hashed} AS `{HASH}`"))

    def _explain(self, error: BaseException) -> None:
        if self.files is not None:
            self.files.check_unchanged()
            separator = self.files.separator
            for part in self.files.parts if separator else ():
                diagnose(part, separator, len(self.header))
        raise InputError(f"cannot be read by Spark: {_reason(error)}", file=self.name) from None


def _reason(error: BaseException) -> str:
    """Return why Spark stopped: the first line that tells more than that it did."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [x for x in lines if not x.startswith(("An error occurred", "at ", ":"))]
    return ((told or lines) + [type(error).__name__])[0][:200]


def spark_table(name: str, frame: Any, header: Sequence[str], **more: Any) -> SparkTable:
    """Return the table of a PySpark frame, its columns called by number."""
    import narwhals as nw

    names = tuple(f"c{i}" for i in range(len(header)))
    return SparkTable(name, tuple(header), (nw.from_native(frame.toDF(*names)),), nw, names, **more)


def rows_of(table: SparkTable, wanted: Any) -> Table:
    """Return the rows of a Spark table that fulfil a condition, in Polars."""
    import polars as pl

    found = table.collect(lambda frame: frame.filter(wanted).select(*table.names)).frame
    return Table(table.name, table.header, (found.lazy(),), pl, table.names, text=table.text)


def values_of(found: Counted, name: str, chosen: Any) -> list[Any]:
    """Return the distinct values of some rows of what was counted, as Spark has them."""
    values = found.frame[name].filter(chosen).unique(maintain_order=True).to_list()
    return [x for x in values if x is not None and x == x]  # noqa: PLR0124  NaN
