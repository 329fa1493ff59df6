# Over 300 lines: what a table of candidates holds is read in one place.
"""A table of candidates: one row a model, its figures in columns."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from mlstrat.core.conditions.grammar import Column, pointed
from mlstrat.core.counts import Floats
from mlstrat.core.figures import Spread, over_runs
from mlstrat.core.metrics import METRICS
from mlstrat.data.parts import InputFile
from mlstrat.data.table import Table
from mlstrat.errors import InputError, UsageError, nearest
from mlstrat.workflow.select.evaluate import Ends, Measured, proportion_ends

MOST_NAMED = 12

SHARES = frozenset({
    "accuracy", "acc", "error", "err", "precision", "recall", "specificity", "sensitivity", "f1",
    "fpr", "fnr", "tpr", "tnr", "ppv", "npv", "auc", "auroc", "roc_auc", "ap",
})  # fmt: skip
"""Words in the name of a column that make its figures shares of 1 or of 100%."""

RATES = frozenset({
    "error", "positive", "negative", "miss", "hit", "alarm", "rejection", "acceptance",
})  # fmt: skip
"""Words that make a column with the word ``rate`` a share; a frame rate is none."""

NOT_SHARES = frozenset({"squared", "square", "absolute", "root", "rms", "std", "sd", "se", "count"})
"""Words of regression and of spread: a mean squared error is no share of rows."""

NOT_OF_ROWS = frozenset({
    "f1", "auc", "auroc", "roc", "ap", "balanced", "mcc", "kappa", "brier", "loss", "macro",
})  # fmt: skip
"""Words of figures that are no proportion of rows: n alone gives them no interval."""

PART_OF_ROWS = frozenset({
    "precision", "recall", "specificity", "sensitivity", "fpr", "fnr", "tpr", "tnr", "ppv", "npv",
    "positive", "negative",
})  # fmt: skip
"""Words of proportions of some rows only, such as recall, of the positive ones."""

COSTS = frozenset({
    "ms", "s", "sec", "second", "seconds", "minutes", "hours", "latency", "time", "duration", "us",
    "size", "bytes", "kb", "mb", "gb", "params", "parameters", "flops", "memory", "cost", "price",
    "energy",
})  # fmt: skip
"""Words of what a candidate costs: of those that are as good, the cheaper is better."""

UNITS = COSTS | {"loss", "std", "sd", "se", "lr", "learning"}
"""Words of columns that are no share, even where their figures lie between 0 and 1."""

_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(%?)")


@dataclass(eq=False)
class CandidateTable:
    """Candidates read from a table; columns are read as numbers when an expression names them.

    ``blank`` notes columns with blank cells, ``part_of_rows`` those whose n was taken as given
    though their denominator is a part of the rows.
    """

    file: str
    names: tuple[str, ...]
    header: tuple[str, ...]
    inputs: tuple[InputFile, ...]
    table: Table
    cells: Any
    n: int | None
    blank: dict[str, int] = field(default_factory=dict)
    part_of_rows: list[str] = field(default_factory=list)
    runs: Sequence[int] | None = None
    """The candidate of each row, where one has several runs; None where each has its row."""
    spread: dict[str, dict[str, Spread]] = field(default_factory=dict)
    """Of each column that was read, how far apart the runs of a candidate are."""
    split: ClassVar[str] = "dev"
    """What figures of a table are taken to be of."""

    def find(self, written: Column, text: str, option: str) -> str:
        """Return the column that an expression means."""
        return find_named(written, text, option, self.header, self.file)

    def metric(self, name: str) -> str | None:
        """Return the column of a metric of the registry, in any case; None where there is none."""
        plain = {re.sub(r"[\s-]+", "_", column.lower()): column for column in self.header}
        return plain.get(name)

    def measured(self, column: str, *, optimised: bool) -> Measured:
        """Return a column with its intervals."""
        found = self._measured(column, optimised=optimised)
        if self.runs is None:
            return found
        scale = found.scale or 1.0
        self.spread[column] = {
            name: Spread.of((found.values[rows] / scale).tolist())
            for name, rows in zip(self.names, self._rows_of(), strict=True)
            if len(rows) > 1
        }
        return of_runs(found, self._rows_of())

    def _rows_of(self) -> list[list[int]]:
        rows: list[list[int]] = [[] for _ in self.names]
        for row, candidate in enumerate(self.runs or range(len(self.names))):
            rows[candidate].append(row)
        return rows

    def _measured(self, column: str, *, optimised: bool) -> Measured:
        values, percent = self._numbers(column)
        words = words_of(column)
        rows = self._rows(column)
        scale = self._scale(column, words, values, percent)
        fractions = bool(np.all((values >= 0) & (values <= 1) | np.isnan(values)))
        if scale is None and optimised and fractions and rows is not None and not words & UNITS:
            scale = 1.0
        if scale is None:
            return Measured(values)
        if rows is None or words & NOT_OF_ROWS or _outside(values / scale):
            return Measured(values, scale)
        if words & PART_OF_ROWS and not self._own_count(column):
            self.part_of_rows.append(column)
        n, whole = rows, scale
        return Measured(
            values,
            scale,
            lambda c: proportion_ends(values, n, whole, c),
            n,
            lambda c: proportion_ends(values, n, whole, c, exact=True),
        )

    def preferred(self, column: str) -> Floats:
        """Return a column of plain numbers, the mean of a candidate's runs."""
        values = self._numbers(column)[0]
        return np.array([values[rows].mean() for rows in self._rows_of()])

    @property
    def costs(self) -> list[str]:
        """Columns of numbers that tell what a candidate costs."""
        return [x for x in self.header if words_of(x) & COSTS and self._all_numbers(x)]

    def _all_numbers(self, column: str) -> bool:
        return all(_NUMBER.fullmatch(str(cell).strip()) for cell in self.cells[column])

    def _scale(
        self, column: str, words: frozenset[str], values: Floats, percent: bool
    ) -> float | None:
        named = bool(words & SHARES or ("rate" in words and words & RATES))
        if percent:
            return 100.0
        if not named or words & NOT_SHARES:
            return None
        known = values[~np.isnan(values)]
        metric = METRICS.get(_plain(column))
        beyond = np.flatnonzero((values < 0) | (values > 100))
        if len(beyond) and metric is not None and (metric.low, metric.high) == (0, 1):
            raise self._wrong(
                int(beyond[0]), column, f"{metric.title} is {values[beyond[0]]:g}",
                "0 to 1, or 0 to 100 for percent",
            )  # fmt: skip
        if not len(known) or len(beyond):
            return None
        small, large = known[(known > 0) & (known < 1)], known[known > 1]
        if len(small) and len(large):
            row = int(np.flatnonzero(values == small[0])[0])
            raise self._wrong(
                row,
                column,
                f"percent and fraction are mixed: {small[0]:g} beside {large[0]:g}",
                "all fractions (0.92), or all percent (92, or 92%)",
                f"if {small[0]:g} is in percent too, write every cell with its sign: {small[0]:g}%",
            )
        return 100.0 if len(large) else 1.0

    def _rows(self, column: str) -> Floats | None:
        """Return the numbers of rows behind a column: its own count, the column n, or --n."""
        source = self._own_count(column) or next((h for h in self.header if h.lower() == "n"), None)
        if source is None or source == column:
            return None if self.n is None else np.full(len(self.cells[column]), float(self.n))
        counts = self._numbers(source)[0]
        bad = ~np.isnan(counts) & ((counts < 1) | (counts != np.floor(counts)))
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise self._wrong(row, source, f"{counts[row]:g} is not a number of rows",
                              "a whole number above 0")  # fmt: skip
        return counts if self.n is None else np.where(np.isnan(counts), float(self.n), counts)

    def _own_count(self, column: str) -> str | None:
        low = column.lower()
        return next((h for h in self.header if h.lower() in (f"{low}_n", f"n_{low}")), None)

    def _numbers(self, column: str) -> tuple[Floats, bool]:
        """Return a column as numbers, NaN where blank, and whether its cells have percent signs."""
        values = np.full(len(self.cells[column]), np.nan)
        signs: set[bool] = set()
        for i, cell in enumerate(self.cells[column]):
            text = "" if cell is None else str(cell).strip()
            if not text or (isinstance(cell, float) and math.isnan(cell)):
                continue
            found = _NUMBER.fullmatch(text)
            if found is None or isinstance(cell, bool) or not math.isfinite(float(found[1])):
                raise self._wrong(
                    i,
                    column,
                    f"{text[:60]!r} is not a number",
                    "92, 0.92, 92%, 1.5e3 or a blank cell",
                )
            values[i] = float(found[1])
            signs.add(bool(found[2]))
            if len(signs) > 1:
                raise self._wrong(i, column, "percent and fraction are mixed: some cells have a "
                                  "percent sign", "a sign in every cell, or in none")  # fmt: skip
        if missing := int(np.isnan(values).sum()):
            self.blank[column] = missing
        return values, signs == {True}

    def _wrong(
        self, row: int, column: str, message: str, accepted: str, hint: str | None = None
    ) -> InputError:
        file, line = place_of(self.table, row)
        return InputError(message, file=file, row=line, column=column, accepted=accepted, hint=hint)


def of_runs(column: Measured, rows: Sequence[Sequence[int]]) -> Measured:
    """Return the mean of each candidate's runs, its interval over seeds and examples."""
    values = np.array([column.values[of].mean() for of in rows])

    def joined(ends: Callable[[float], Ends] | None) -> Callable[[float], Ends] | None:
        if ends is None:
            return None

        def at(confidence: float) -> Ends:
            low, high = ends(confidence)
            out = np.full((2, len(rows)), np.nan)
            for i, of in enumerate(rows):
                pairs = list(zip(low[of].tolist(), high[of].tolist(), strict=True))
                if len(of) == 1:
                    out[:, i] = pairs[0]
                elif not np.isnan(pairs).any():
                    out[:, i] = over_runs(column.values[of].tolist(), pairs, confidence)
            return out[0], out[1]

        return at

    n = None if column.n is None else np.array([column.n[of].min() for of in rows])
    return Measured(values, column.scale, joined(column.interval), n, joined(column.exact))


def find_named(written: Column, text: str, option: str, header: Sequence[str], file: str) -> str:
    """Return the column that an expression means: exactly, or in another case."""
    if written.name in header:
        return written.name
    other_case = [h for h in header if h.lower() == written.name.lower()]
    if len(other_case) == 1:
        return other_case[0]
    near = nearest(written.name, header, most=3)
    near += [h for h in header if written.name.lower() in h.lower() and h not in near][:3]
    shown = ", ".join(f"`{h}`" if re.search(r"\W", h) else h for h in near[:3])
    raise pointed(
        f"{file} has no column {written.name!r}",
        text,
        written.place,
        option,
        f"did you mean {shown}?" if shown else f"there are {listed(header)}",
    )


def _outside(shares: Floats) -> bool:
    return bool(np.any((shares < 0) | (shares > 1)))


def _plain(name: str) -> str:
    return "_".join(w for w in re.split(r"[^a-z0-9]+", name.lower()) if w)


def words_of(column: str) -> frozenset[str]:
    """Return the words of a column's name, and the whole of it."""
    words = [w for w in re.split(r"[^a-z0-9]+", column.lower()) if w]
    return frozenset({*words, "_".join(words)})


def place_of(table: Table, index: int) -> tuple[str, int | None]:
    """Return the file and the line of a row."""
    if len(table.frames) > 1:
        return table.name, None
    return table._line(0, index)


def listed(names: Sequence[str]) -> str:
    """Return names in quotes, the first dozen of many."""
    shown = ", ".join(repr(x) for x in names[:MOST_NAMED])
    return shown if len(names) <= MOST_NAMED else f"{shown} and {len(names) - MOST_NAMED} more"


def metric_direction(name: str) -> tuple[str, bool]:
    """Return the name of a metric of the registry, and whether higher is better."""
    plain = re.sub(r"[\s-]+", "_", name.strip().strip("`").lower())
    if plain in METRICS:
        return plain, METRICS[plain].higher_is_better
    near = nearest(plain, METRICS, 0.7)
    quoted = name if re.fullmatch(r"[^\W\d][\w.]*", name) else f"`{name.strip('`')}`"
    hint = f"say the direction: --maximize '{quoted}' or --minimize '{quoted}'"
    if near:
        hint = f"did you mean {near[0]!r}? Else {hint}"
    raise UsageError(
        f"whether higher or lower {name!r} is better is not known",
        accepted=f"--optimize with one of {', '.join(METRICS)}",
        hint=hint,
    )
