"""The document of a history of runs."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from mlstrat.core.schema_parts import Base, Figure, Interval

HistoryGap = TypedDict(
    "HistoryGap",
    {"gap": str, "from": str, "to": str, "value": float | None, "ci": Interval | None},
)


class Trial(TypedDict):
    """One run of the history."""

    name: str
    path: str
    settings: dict[str, Any]
    metric: Figure
    gaps: list[HistoryGap]
    focus: list[str]
    verdict: str


class Turn(TypedDict):
    """A knob that was turned."""

    knob: str
    before: Any
    after: Any


class GapMove(TypedDict):
    """What became of a gap."""

    gap: str
    change: Figure
    moved: Any


class LevelMove(TypedDict):
    """What became of a level."""

    level: str
    change: Figure
    moved: Any


class Change(TypedDict):
    """A run beside the one before it."""

    run: str
    beside: str
    knobs: list[Turn]
    gaps: list[GapMove]
    levels: NotRequired[list[LevelMove]]


class History(Base):
    """Which knob moved which gap, over runs."""

    schema: Literal["mlstrat.history/1"]
    runs: list[Trial]
    changes: list[Change]
