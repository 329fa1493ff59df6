"""A gate: what is checked, and the bounds that it must keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Which = Literal["last", "pinned"]


Kind = Literal["min", "max", "margin"]


DECIDE_ON = ("ci", "point")


ON_INCONCLUSIVE = ("pass", "warn", "fail")


BASELINES: tuple[Which, ...] = ("last", "pinned")


@dataclass(frozen=True)
class Gate:
    """One ``[[gate]]`` of the config.

    Attributes
    ----------
    metric
        A metric, a gap, or a number of the run's config; None is the single number.
    split
        The split; None is the one that `diagnose` looks at.
    where
        Column to value: the slice; ``*`` is every value of the column, a check each.
    min, max
        Absolute bounds.
    margin
        How much worse than the baseline is allowed, in units of the metric.
    min_n
        Rows below which a slice decides nothing.
    decide_on
        ``ci``, or ``point`` for the value alone.
    on_inconclusive
        ``pass`` and ``warn`` exit 0, ``fail`` exits 3.
    baseline
        ``last`` or ``pinned``; None compares with each that is given.
    name
        What to call it in a message, as ``[[gate]] 2``.
    """

    metric: str | None = None
    split: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    min: float | None = None
    max: float | None = None
    margin: float | None = None
    min_n: int | None = None
    decide_on: str = "ci"
    on_inconclusive: str = "warn"
    baseline: str | None = None
    name: str = "the default gate"

    @property
    def bounds(self) -> tuple[tuple[Kind, float], ...]:
        """The bounds that it has, a check each."""
        asked: tuple[tuple[Kind, float | None], ...] = (
            ("min", self.min), ("max", self.max), ("margin", self.margin),
        )  # fmt: skip
        return tuple((kind, value) for kind, value in asked if value is not None)
