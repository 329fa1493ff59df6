"""What a task made of the files of a run: its table of examples, and what else it has to tell."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, fields, replace
from typing import Any

from mlstrat.core.figures import Estimate, Sampling, jackknife, widened
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.operating.choose import Apart, Flags, HalfFigures, choosing_both
from mlstrat.core.operating.choose import halves as all_halves
from mlstrat.core.ratio import estimate
from mlstrat.core.record import Record
from mlstrat.data.opening import open_frame
from mlstrat.data.parts import InputFile
from mlstrat.data.table import Table
from mlstrat.tasks.contract import How
from mlstrat.tasks.measured import (
    EVERYWHERE,
    Measured,
    Pictures,
    Thresholds,
    Told,
    Where,
    no_pictures,
    no_thresholds,
    nothing_told,
)
from mlstrat.tasks.table.read import measure_ratios

LENGTH = "count.tokens"
"""How many tokens a row has: no name of a column that a run may have, see `reserved`."""
PEOPLE = 4
"""The stream of resamples of the human level, after those of the splits."""


class Raw(Record, eq=False):
    """What was read of one part of a run: rows as a frame of Polars, the column of each role.

    Where a task counts what rows consist of, that is ``tokens``, all of them in the order of the
    rows, which have the `LENGTH` of each.
    """

    frame: Any
    name: str
    inputs: tuple[InputFile, ...]
    columns: Mapping[str, str]
    tokens: Any = None


class Choosing(Record, eq=False):
    """What choosing a threshold on dev does to the error of dev.

    ``crossed`` is that error, each part read at the threshold of the others, ``extra`` the variance
    that choosing adds to it; ``without`` that of all of dev at the threshold without each fifth;
    ``halves`` makes what halves of dev say, where a comparison asks.
    """

    threshold: float
    crossed: float | None
    extra: float
    without: Sequence[float | None]
    halves: Callable[[], HalfFigures]

    @classmethod
    def of(
        cls, threshold: float, crossed: float | None, without: Sequence[float],
        halves: Callable[[], Sequence[float]], error: Callable[[float, Flags | None], float | None],
    ) -> Choosing:  # fmt: skip
        """Return it by the thresholds without each fifth (or nothing) and of each half.

        What choosing adds is a jackknife over the fifths; without them (where crossed thresholds
        leave so little out that they are nearly that of dev) the square of crossed − apparent.
        ``error`` is that of dev at a threshold, of all of it or of these twentieths.
        """

        def by_halves() -> HalfFigures:
            cuts = halves()
            known = {x: error(x, None) for x in set(cuts)}
            own = [error(x, inside) for x, inside in zip(cuts, all_halves(), strict=True)]
            return HalfFigures(crossed, [known[x] for x in cuts], own)

        errors, apparent = [error(x, None) for x in without], error(threshold, None)
        luck = 0.0 if crossed is None or apparent is None else (crossed - apparent) ** 2
        return cls(threshold, crossed, jackknife(errors) if errors else luck, errors, by_halves)

    def apart(self, other: Choosing) -> Apart:
        """Return what choosing both adds to the variance of the other's error less this one's."""
        return choosing_both(self.halves(), other.halves())


class Examples(Record, eq=False):
    """A run as its task read it: its table of examples, a frame of Polars, and what else it tells.

    ``extras``, ``document``, ``thresholds`` and ``pictured`` are as `Measured` has them. ``units``
    makes what erred, a row each: ``id``, ``split``, ``unit``, ``category``, ``where``, ``truth``,
    ``prediction``, ``score``; ``wholes`` the same, an example a row, where units are parts of what
    is said as a whole. ``people`` is the table of a second annotator; ``truth`` makes of each
    example what two runs must agree on: ``id``, perhaps ``split``, ``truth``. ``unbounded`` is
    whether num is an amount, or may exceed den, so that the error has no upper end.
    """

    frame: Any
    name: str
    inputs: tuple[InputFile, ...]
    columns: Mapping[str, str]
    notes: tuple[Finding, ...] = ()
    extras: Told = nothing_told
    document: Told = nothing_told
    units: Callable[[], Any] | None = None
    wholes: Callable[[], Any] | None = None
    people: Any = None
    truth: Callable[[], Any] | None = None
    unbounded: bool = False
    choosing: Choosing | None = None
    thresholds: Thresholds = no_thresholds
    pictured: Pictures = no_pictures

    @property
    def table(self) -> Table:
        """The table of examples, as the readers of runs take it."""
        return replace(open_frame(self.frame), name=self.name)


class MeasuredExamples(Measured, eq=False):
    """A run of a task, measured: what the table of examples gives, and what is its own."""

    examples_read: Examples = field(kw_only=True)

    def at_thresholds(
        self, choice: MetricChoice, split: str, sampling: Sampling, where: Where = EVERYWHERE, *,
        draws: bool = True,
    ) -> Estimate:  # fmt: skip
        """Return the error of a split, thresholds taken as given."""
        return super().estimate(choice, split, sampling, where, draws=draws)

    def estimate(
        self, choice: MetricChoice, split: str, sampling: Sampling, where: Where = EVERYWHERE, *,
        draws: bool = True,
    ) -> Estimate:  # fmt: skip
        """Return the error of a split, with what choosing a threshold adds to that of dev."""
        found = self.at_thresholds(choice, split, sampling, where, draws=draws)
        choosing = self.examples_read.choosing
        if choosing is None or split != "dev" or where:
            return found
        high = 1.0 if self.bounded else math.inf
        return widened(found, choosing.extra, sampling.confidence, 0.0, high)

    def human(self, sampling: Sampling) -> Estimate | None:
        """Return the error of a second annotator, where the run has one."""
        people = self.examples_read.people
        if people is None:
            return None
        ratios = measure_ratios(people, How()).table.ratios
        return estimate(replace(ratios, bounded=self.bounded), sampling, PEOPLE)


def measured(read: Examples, by: Sequence[str], kind: type[MeasuredExamples]) -> MeasuredExamples:
    """Return a run measured by its table of examples."""
    base = measure_ratios(read.table, How(by=by, options={"signed": read.unbounded}))
    own = {x.name: getattr(base, x.name) for x in fields(base)}
    own |= {
        "notes": (*base.notes, *read.notes), "inputs": read.inputs,
        "columns": read.columns, "examples_read": read, "extras": read.extras,
        "document": read.document, "thresholds": read.thresholds, "pictured": read.pictured,
    }  # fmt: skip
    if read.unbounded:
        own["table"] = replace(base.table, ratios=replace(base.table.ratios, bounded=False))
    return kind(**own)
