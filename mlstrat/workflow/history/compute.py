"""The history of the gaps: each knob that was tried, and the gap that it moved.

Orthogonalization (C3W1) asks for knobs that move one gap each. A run is set beside the earlier run
whose settings differ least from its own, so that what differs is as close to one knob as the
history allows; where several differ, no change can be put down to any one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mlstrat.core.intervals import Interval, contrast, holm, p_value
from mlstrat.core.record import Record
from mlstrat.workflow.diagnose.ladder import Decomposition, Gap, Level, intervals_of

Setting = str | int | float | bool | None


class Trial(Record):
    """One run of a history: what it is called, how it was set, the ladder that came out."""

    name: str
    settings: Mapping[str, Setting]
    ladder: Decomposition


class Turn(Record):
    """A knob that was turned; None where a run does not say how it stood."""

    knob: str
    before: Setting
    after: Setting


class Move(Record):
    """The change of one gap, or of one level, between two runs.

    ``moved`` is whether it is surely not 0, by Holm's adjustment for all changes of the history
    that were looked at; None without an interval.
    """

    name: str
    value: float
    ci: Interval | None = None
    moved: bool | None = None


class Comparison(Record):
    """One run beside the earlier one whose settings differ least."""

    run: str
    beside: str
    turns: tuple[Turn, ...]
    moves: tuple[Move, ...]
    levels: tuple[Move, ...]

    @property
    def moved(self) -> tuple[Move, ...]:
        """The gaps that surely moved, the largest change first."""
        return _surely(self.moves)

    @property
    def moved_levels(self) -> tuple[Move, ...]:
        """The levels that surely moved, the largest change first."""
        return _surely(self.levels)


def _surely(moves: Sequence[Move]) -> tuple[Move, ...]:
    return tuple(sorted((m for m in moves if m.moved), key=lambda m: -abs(m.value)))


Together = Callable[[int, int], Mapping[str, float]]
"""For two runs by their places, the correlation of the levels that they measured on shared rows."""


def apart(_first: int, _second: int) -> Mapping[str, float]:
    """Return no correlation: runs on different rows."""
    return {}


def compare_trials(
    trials: Sequence[Trial], confidence: float, together: Together = apart
) -> tuple[Comparison, ...]:
    """Return what changed at each run but the first, in the order of the runs.

    Formula: the interval of a change is square-and-add over the levels that it is made of, two of
    each run for a gap, with the correlation of levels on shared rows; p is the error at which it
    ends at 0, adjusted by Holm's method over all changes of the history.

    Source: Newcombe (1998), Statistics in Medicine 17, 2635-2650 (paired); Zou and Donner (2008),
    ibid. 27; Holm (1979); C3W1 Orthogonalization.
    """
    steps = []
    for i, trial in enumerate(trials):
        if i:
            j = _nearest(trial, trials[:i])
            old, new = trials[j].ladder, trial.ladder
            shared = together(j, i)
            changes = [_change(x.gap, old, new, x, shared) for x in _same_gaps(old, new)]
            levels = [
                _change(x.name, old, new, x, shared)
                for x in new.levels
                if x.name != "human" and old.level(x.name) is not None
            ]
            steps.append((trial, trials[j], changes, levels))
    known = [x for _, _, *both in steps for changes in both for x in changes if x.known]
    adjusted = holm([x.p_value(confidence) for x in known])
    sure = {id(x): p for x, p in zip(known, adjusted, strict=True)}

    def move(x: _Change) -> Move:
        if not x.known:
            return Move(x.name, x.value)
        moved = sure[id(x)] <= 1 - confidence + 1e-12
        return Move(x.name, x.value, x.interval(confidence, confidence), moved)

    return tuple(
        Comparison(
            trial.name,
            beside.name,
            turns(beside.settings, trial.settings),
            tuple(move(x) for x in changes),
            tuple(move(x) for x in levels),
        )
        for trial, beside, changes, levels in steps
    )


class _Change(Record, eq=False):
    """A change as a weighted sum of levels of both runs; `known` without one that has no counts."""

    name: str
    terms: tuple[tuple[float, Level], ...]
    shared: Mapping[str, float]
    known: bool

    @property
    def value(self) -> float:
        return sum(weight * level.value for weight, level in self.terms)

    def interval(self, confidence: float, of_ci: float) -> Interval:
        ends = intervals_of([level for _, level in self.terms], confidence, of_ci)
        terms = [
            (weight, level.value, (level.value,) * 2 if self._same(level) else ci)
            for (weight, level), ci in zip(self.terms, ends, strict=True)
        ]
        return contrast(terms, self._correlation)

    def p_value(self, of_ci: float) -> float:
        return p_value(lambda confidence: self.interval(confidence, of_ci))

    def _same(self, level: Level) -> bool:
        """Whether it cancels: both runs have the answers of the same people."""
        twins = [x.estimate for _, x in self.terms if x.name == level.name == "human"]
        return len(twins) == 2 and (twins[0].value, twins[0].ci) == (twins[1].value, twins[1].ci)

    def _correlation(self, i: int, j: int) -> float:
        one, other = self.terms[i][1], self.terms[j][1]
        return self.shared.get(one.name, 0.0) if one.name == other.name else 0.0


def _change(
    name: str,
    old: Decomposition,
    new: Decomposition,
    what: Gap | Level,
    shared: Mapping[str, float],
) -> _Change:
    weights = {what.start: -1.0, what.end: 1.0} if isinstance(what, Gap) else {what.name: 1.0}
    terms = [
        (sign * weights[x.name], x)
        for sign, ladder in ((1.0, new), (-1.0, old))
        for x in ladder.levels
        if x.name in weights
    ]
    known = all(x.exact or x.estimate.ci is not None for _, x in terms)
    return _Change(name, tuple(terms), shared, known)


def turns(before: Mapping[str, Setting], after: Mapping[str, Setting]) -> tuple[Turn, ...]:
    """Return the knobs that stand differently."""
    knobs = dict.fromkeys((*before, *after))
    pairs = ((knob, before.get(knob), after.get(knob)) for knob in knobs)
    return tuple(Turn(knob, old, new) for knob, old, new in pairs if old != new)


def _nearest(trial: Trial, earlier: Sequence[Trial]) -> int:
    """Return the place of the earlier run with the fewest settings that differ; the latest."""
    places = range(len(earlier) - 1, -1, -1)
    return min(places, key=lambda i: len(turns(earlier[i].settings, trial.settings)))


def _same_gaps(before: Decomposition, after: Decomposition) -> list[Gap]:
    """Return the gaps whose value is known in both ladders, between the same levels."""
    out = []
    for new in after.gaps:
        old = before.gap(new.gap)
        same = old is not None and (old.start, old.end) == (new.start, new.end)
        if old is not None and same and old.value is not None and new.value is not None:
            out.append(new)
    return out
