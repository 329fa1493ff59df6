"""The rows that a gate looks at: conditions on the label and on columns to slice by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from mlstrat.core.counts import RIGHT_OR_WRONG, Cells
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import newcombe_interval
from mlstrat.core.pairs import PairCells
from mlstrat.errors import ConfigError, UsageError, did_you_mean
from mlstrat.workflow.gate.judge import EVERY

LABEL = "label"
"""The role, not a column: rows of one true class."""

Table = TypeVar("Table", Cells, PairCells)

Occurring = Callable[[str, Mapping[str, str]], Sequence[str]]
"""Gives the values of a column that occur in a slice, in display order."""


def select_rows(cells: Table, where: Mapping[str, str]) -> Table:
    """Return the rows that meet every condition; none where a value does not occur."""
    for column, value in where.items():
        values, codes = _column(cells, column)
        code = values.index(value) if value in values else -9
        if isinstance(cells, Cells) and column in cells.slices:
            cells = cells.of_value(column, code)
        else:
            cells = cells.where(codes == code)
    return cells


def each_slice(
    known: Occurring, here: Occurring, where: Mapping[str, str], gate: str
) -> Iterator[dict[str, str]]:
    """Yield the slices that a condition names, one for each value where it says ``*``.

    ``known`` gives values of the whole run: one that occurs nowhere in it is refused; ``here``
    those of the split that is looked at, which are those of ``*``.
    """
    several = [column for column, value in where.items() if value == EVERY]
    for column, value in where.items():
        if value != EVERY and value not in (values := known(column, {})):
            raise _unknown(column, value, values, gate)
    if not several:
        yield dict(where)
        return
    rest = {column: value for column, value in where.items() if value != EVERY}
    for combination in _combinations(here, rest, several):
        yield {column: combination.get(column, value) for column, value in where.items()}


def _combinations(
    here: Occurring, within: Mapping[str, str], columns: Sequence[str]
) -> Iterator[dict[str, str]]:
    if not columns:
        yield {}
        return
    for value in here(columns[0], within):
        for rest in _combinations(here, {**within, columns[0]: value}, columns[1:]):
            yield {columns[0]: value, **rest}


def _column(cells: Cells | PairCells, column: str) -> tuple[tuple[str, ...], np.ndarray]:
    if column == LABEL and cells.labels == RIGHT_OR_WRONG:
        raise UsageError(
            "a gate looks at a label, and the run only tells which rows are right",
            accepted="a column of the run",
        )
    return (cells.labels, cells.truth) if column == LABEL else cells.slices[column]


def occurring(cells: Cells, column: str) -> list[str]:
    """Return the values with rows, in display order."""
    values, codes = _column(cells, column)
    return [values[code] for code in np.unique(codes)]


def _unknown(column: str, value: str, known: Sequence[str], gate: str) -> ConfigError:
    shown = ", ".join(repr(x[:40]) for x in known[:10])
    more = f" and {len(known) - 10} more" if len(known) > 10 else ""
    return ConfigError(
        f"{gate} looks at {column} == {value[:60]!r}, and no row of the run has that",
        accepted=shown + more,
        hint=did_you_mean(value, known, 0.6),
    )


Measure = Callable[[float], Figure]


def missing(reason: str) -> Measure:
    """Return the measure of what is not there."""
    return lambda _confidence: Figure(None, None, None, reason)


def of_part(rows: int, split: str, at: Measure) -> Measure:
    """Return the measure of a metric on some rows of a split."""
    return (
        (lambda confidence: replace(at(confidence), n=rows))
        if rows
        else missing(f"no such rows on {split}")
    )


def of_pair(rows: int, split: str, at: Measure) -> Measure:
    """Return the measure of run (a) minus baseline (b) on the rows that both predict.

    `at` gives that of b minus a.
    """
    if not rows:
        return missing(f"no such rows on {split} that both predict")

    def measure(confidence: float) -> Figure:
        found = at(confidence)
        ci = None if found.ci is None else (-found.ci[1], -found.ci[0])
        value = None if found.value is None else 0.0 - found.value
        return Figure(value, ci, rows, found.reason)

    return measure


def of_two(run: Measure, baseline: Measure) -> Measure:
    """Return the measure of run minus baseline where their rows are not paired.

    Newcombe's square-and-add with no correlation: rows that are the same after all make the
    interval wider than it need be, never narrower, as long as both models err on the same rows.
    """

    def measure(confidence: float) -> Figure:
        new, old = run(confidence), baseline(confidence)
        if new.value is None or old.value is None:
            reason = new.reason if new.value is None else f"the baseline is {old.reason}"
            return Figure(None, None, new.n, reason)
        value = new.value - old.value
        if new.ci is None or old.ci is None:
            return Figure(value, None, new.n, new.reason or old.reason)
        ci = newcombe_interval(old.value, old.ci, new.value, new.ci)
        return Figure(value, ci, new.n)

    return measure
