"""A study: conditions trained over several seeds, and what changed between two of them.

Each condition has its levels and gaps; each comparison is the change of a level or a gap from one
condition to another on the same seeds. Source: C3W1 Orthogonalization.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mlstrat.core.figures import Estimate, Figure
from mlstrat.core.intervals import holm
from mlstrat.harness.studies.plan import Comparison
from mlstrat.workflow.diagnose.ladder import LADDER, name_gaps
from mlstrat.workflow.study.intervals import Measurement, SeedRun, measure

Outcome = Literal["fell", "rose", "small", "unsure", "none_seen", "not_told"]

WORTH = 0.01
"""A change of less than a point is not called a move: the tolerance of a gap (ours)."""


@dataclass(frozen=True)
class Condition:
    """One way to train, with its runs, one a seed.

    ``series`` and ``size`` say where it stands in a figure: which line, and at how many examples.
    """

    name: str
    title: str
    runs: tuple[SeedRun, ...]
    series: str = ""
    size: int | None = None


@dataclass(frozen=True)
class Levels:
    """The levels and the gaps of one condition, means over seeds."""

    condition: Condition
    levels: Mapping[str, Estimate]
    gaps: Mapping[str, Figure]


@dataclass(frozen=True)
class Change:
    """What came out of a comparison.

    ``p_adjusted`` is by Holm over all comparisons of the study. ``unsure``: alone it would be seen,
    among so many it may be chance.
    """

    asked: Comparison
    figure: Figure
    by_seed: tuple[float, ...]
    p_value: float | None
    p_adjusted: float | None
    outcome: Outcome

    @property
    def moved(self) -> bool:
        """Whether it fell or rose by enough to matter."""
        return self.outcome in ("fell", "rose")


@dataclass(frozen=True)
class Study:
    """All conditions and comparisons of a study, in the order asked for."""

    conditions: tuple[Levels, ...]
    changes: tuple[Change, ...]
    seeds: tuple[int, ...]
    human: float | None
    tolerance: float
    confidence: float

    def condition(self, name: str) -> Levels:
        """Return a condition by its name."""
        return next(x for x in self.conditions if x.condition.name == name)

    def change(self, of: str, against: str, quantity: str) -> Change:
        """Return a comparison that was asked for."""
        asked = Comparison(of, against, quantity)
        return next(x for x in self.changes if x.asked == asked)

    def changes_of(self, of: str) -> tuple[Change, ...]:
        """Return all comparisons of one condition."""
        return tuple(x for x in self.changes if x.asked.of == of)


def study_runs(
    conditions: Sequence[Condition],
    asked: Sequence[Comparison],
    seeds: Sequence[int],
    *,
    human: float | None = None,
    different_distributions: bool = False,
    tolerance: float = WORTH,
    confidence: float = 0.95,
) -> Study:
    """Return the levels, gaps and changes of a study; conditions have one run a seed.

    The human level is taken as exact; it cancels out of every change. No comparison is made of a
    gap that one of the two does not have. A change is seen where Holm's p-value is at most
    1 − confidence; below the tolerance it is ``small``, even if it is sure.
    """
    runs = {x.name: x.runs for x in conditions}
    splits = {x.name: _splits(x) for x in conditions}
    measured: list[tuple[Comparison, Measurement]] = []
    for one in asked:
        terms: dict[tuple[str, str], float] = {}
        for name, sign in ((one.against, -1.0), (one.of, 1.0)):
            parts = _parts(one.quantity, splits[name], different_distributions)
            terms |= {(name, split): sign * factor for split, factor in parts.items()}
        both = {name for name, _ in terms} == {one.of, one.against}
        if both:
            measured.append((one, measure(runs, terms)))
    adjusted = _adjusted([m.p_value for _, m in measured])
    changes = tuple(
        _change(one, m, p, tolerance, confidence)
        for (one, m), p in zip(measured, adjusted, strict=True)
    )
    return Study(
        tuple(_levels(x, splits[x.name], human, different_distributions, confidence)
              for x in conditions),
        changes, tuple(seeds), human, tolerance, confidence,
    )  # fmt: skip


def _splits(condition: Condition) -> list[str]:
    """Return the splits that all runs of a condition have, in the order of the ladder."""
    shared = set.intersection(*(set(run.split) for run in condition.runs))
    return [name for name in LADDER if name in shared]


def _parts(quantity: str, splits: Sequence[str], different: bool) -> dict[str, float]:
    """Return the errors that make up a level or a gap; none where it does not exist.

    The human level is the same in both conditions, so a change of avoidable bias is one of train.
    """
    if quantity in splits:
        return {quantity: 1.0}
    if quantity == "avoidable_bias":
        return {"train": 1.0} if "train" in splits else {}
    for gap, start, end in name_gaps(splits, different_distributions=different):
        if gap == quantity:
            return {start: -1.0, end: 1.0}
    return {}


def _levels(
    condition: Condition,
    splits: Sequence[str],
    human: float | None,
    different: bool,
    confidence: float,
) -> Levels:
    runs = {condition.name: condition.runs}

    def found(parts: Mapping[str, float]) -> Measurement:
        return measure(runs, {(condition.name, split): x for split, x in parts.items()})

    levels = {split: found({split: 1.0}).share(confidence) for split in splits}
    gaps = {}
    if human is not None and "train" in levels:
        train = levels["train"]
        ci = None if train.ci is None else (train.ci[0] - human, train.ci[1] - human)
        value = None if train.value is None else train.value - human
        gaps["avoidable_bias"] = Figure(value, ci, train.n, train.reason)
    for gap, start, end in name_gaps(splits, different_distributions=different):
        gaps[gap] = found({start: -1.0, end: 1.0}).difference(confidence)
    return Levels(condition, levels, gaps)


def _adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    known = [p for p in p_values if p is not None]
    through = iter(holm(known))
    return [None if p is None else next(through) for p in p_values]


def _change(
    asked: Comparison, found: Measurement, p: float | None, tolerance: float, confidence: float
) -> Change:
    outcome: Outcome = "none_seen"
    if p is None:
        outcome = "not_told"
    elif p <= 1 - confidence:
        outcome = "fell" if found.value < 0 else "rose"
        if abs(found.value) < tolerance:
            outcome = "small"
    elif (found.p_value or 0.0) <= 1 - confidence:
        outcome = "unsure"
    figure = found.difference(confidence)
    return Change(asked, figure, found.by_seed, found.p_value, p, outcome)
