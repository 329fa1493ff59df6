"""A gate: what is checked, and the bounds that it must keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from mlstrat.core.record import Record

Which = Literal["last", "pinned"]


Kind = Literal["min", "max", "margin"]


DECIDE_ON = ("ci", "point")


ON_INCONCLUSIVE = ("pass", "warn", "fail")


BASELINES: tuple[Which, ...] = ("last", "pinned")


class Gate(Record):
    """One ``[[gate]]`` of the config."""

    metric: str | None = None
    """A metric, a gap, or a number of the run's config; None is the single number."""
    split: str | None = None
    """None is the one that `diagnose` looks at."""
    where: Mapping[str, str] = field(default_factory=dict)
    """Column to value: the slice; ``*`` is every value of the column, a check each."""
    min: float | None = None
    max: float | None = None
    margin: float | None = None
    """How much worse than the baseline is allowed, in units of the metric."""
    min_n: int | None = None
    """Rows below which a slice decides nothing."""
    decide_on: str = "ci"
    """``ci``, or ``point`` for the value alone."""
    on_inconclusive: str = "warn"
    """``pass`` and ``warn`` exit 0, ``fail`` exits 3."""
    baseline: str | None = None
    """``last`` or ``pinned``; None compares with each that is given."""
    name: str = "the default gate"

    @property
    def bounds(self) -> tuple[tuple[Kind, float], ...]:
        """The bounds that it has, a check each."""
        asked: tuple[tuple[Kind, float | None], ...] = (
            ("min", self.min), ("max", self.max), ("margin", self.margin),
        )  # fmt: skip
        return tuple((kind, value) for kind, value in asked if value is not None)
