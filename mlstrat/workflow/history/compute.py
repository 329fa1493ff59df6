"""The history of the gaps: each knob that was tried, and the gap that it moved.

Orthogonalization (C3W1) asks for knobs that move one gap each. A run is set beside the earlier run
whose settings differ least from its own, so that what differs is as close to one knob as the
history allows; where several differ, no change can be put down to any one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlstrat.core.intervals import Interval, newcombe_interval, normal_quantile
from mlstrat.workflow.diagnose.ladder import Decomposition, Gap

Setting = str | int | float | bool | None


@dataclass(frozen=True)
class Trial:
    """One run of a history: what it is called, how it was set, the ladder that came out."""

    name: str
    settings: Mapping[str, Setting]
    ladder: Decomposition


@dataclass(frozen=True)
class Turn:
    """A knob that was turned; None where a run does not say how it stood."""

    knob: str
    before: Setting
    after: Setting


@dataclass(frozen=True)
class Move:
    """The change of one gap between two runs.

    Attributes
    ----------
    gap
        Its name.
    value
        The gap afterwards minus the gap before.
    ci
        Its interval, as if the two runs had been measured on different examples; None where a gap
        has none.
    moved
        Whether the interval, widened for all changes of the history that were looked at, excludes
        0; None without an interval.
    """

    gap: str
    value: float
    ci: Interval | None = None
    moved: bool | None = None


@dataclass(frozen=True)
class Comparison:
    """One run beside the earlier one whose settings differ least."""

    run: str
    beside: str
    turns: tuple[Turn, ...]
    moves: tuple[Move, ...]

    @property
    def moved(self) -> tuple[Move, ...]:
        """The gaps that surely moved, the largest change first."""
        return tuple(sorted((m for m in self.moves if m.moved), key=lambda m: -abs(m.value)))


def compare_trials(trials: Sequence[Trial], confidence: float) -> tuple[Comparison, ...]:
    """Return what changed at each run but the first, in the order of the runs.

    Formula: Newcombe's square-and-add interval of the difference of two gaps. A gap has moved
    where that interval, its half-widths multiplied by z(1 − α/k) / z(1 − α), excludes 0; k is the
    number of changes looked at in the whole history (Bonferroni).

    Parameters
    ----------
    trials
        The runs, the oldest first.
    confidence
        Of the intervals of the gaps, and of what is made of them.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890; C3W1 Orthogonalization.
    """
    steps = []
    for i, trial in enumerate(trials):
        if i:
            beside = _nearest(trial, trials[:i])
            steps.append((trial, beside, _changes(beside.ladder, trial.ladder)))
    looked_at = sum(len(changes) for _, _, changes in steps)
    return tuple(
        Comparison(
            trial.name,
            beside.name,
            turns(beside.settings, trial.settings),
            tuple(_move(old, new, confidence, looked_at) for old, new in changes),
        )
        for trial, beside, changes in steps
    )


def turns(before: Mapping[str, Setting], after: Mapping[str, Setting]) -> tuple[Turn, ...]:
    """Return the knobs that stand differently.

    Examples
    --------
    >>> [turn.knob for turn in turns({"rate": 0.1, "depth": 3}, {"rate": 0.1, "depth": 5})]
    ['depth']
    """
    knobs = dict.fromkeys((*before, *after))
    pairs = ((knob, before.get(knob), after.get(knob)) for knob in knobs)
    return tuple(Turn(knob, old, new) for knob, old, new in pairs if old != new)


def _nearest(trial: Trial, earlier: Sequence[Trial]) -> Trial:
    """Return the earlier run with the fewest settings that differ; the latest of several."""
    return min(reversed(earlier), key=lambda other: len(turns(other.settings, trial.settings)))


def _changes(before: Decomposition, after: Decomposition) -> list[tuple[Gap, Gap]]:
    """Return the gaps whose value is known in both ladders, between the same levels."""
    out = []
    for new in after.gaps:
        old = before.gap(new.gap)
        same = old is not None and (old.start, old.end) == (new.start, new.end)
        if old is not None and same and old.value is not None and new.value is not None:
            out.append((old, new))
    return out


def _move(old: Gap, new: Gap, confidence: float, looked_at: int) -> Move:
    if old.value is None or new.value is None:
        raise ValueError("a gap without a value has no change")
    change = new.value - old.value
    if old.ci is None or new.ci is None:
        return Move(new.gap, change)
    low, high = newcombe_interval(old.value, old.ci, new.value, new.ci)
    all_together = 1 - (1 - confidence) / looked_at
    wider = normal_quantile(all_together) / normal_quantile(confidence)
    moved = change - wider * (change - low) > 0 or change + wider * (high - change) < 0
    return Move(new.gap, change, (low, high), moved)
