# Over 300 lines: levels, gaps and changes, with their intervals.
"""A study: conditions trained over several seeds, and what changed between two of them.

Each condition has its levels and gaps; each comparison is the change of a level or a gap from one
condition to another on the same seeds. Source: C3W1 Orthogonalization.

Two things vary: the seed (splits, initial weights, planted noise) and the examples, of which the
same ones may stand in the runs of several seeds and conditions. Variances of crossed clusters add:

    V = V(seeds) + (V(examples) − V(examples within a seed)) · S / (S − 1),

with S seeds; the last factor because the spread of seeds does not show the luck that they share.
Conditions with the same examples are so compared as pairs without being paired by hand.

Source: Cameron, Gelbach and Miller (2011), Journal of Business & Economic Statistics 29;
Satterthwaite (1946), Biometrics Bulletin 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from mlstrat.core import intervals as _student
from mlstrat.core.counts import Floats, Ints
from mlstrat.core.figures import Estimate, Figure, jeffreys_trials
from mlstrat.core.intervals import holm, wilson_interval
from mlstrat.core.record import Record
from mlstrat.harness.studies.plan import Comparison
from mlstrat.workflow.diagnose.ladder import LADDER, name_gaps

FEWEST_SEEDS = 3
"""Two seeds are one difference, on which no interval can be built: simulated, those of two seeds
held the truth in 88% of cases instead of 95%."""

FLOOR = 0.6
"""Seeds that agree by chance promise too much: the variance is at least this share of what the
examples alone explain. Ours: simulated over 0.5 to 1, the one with coverage nearest to 95%."""

ATOM = 0.5
"""Rows added to what was seen to vary, a split: no change seen is not no variance. Jeffreys' half
for a level, two of Newcombe's quarters for a difference."""

Terms = Mapping[tuple[str, str], float]
"""(condition, split) to the coefficient of its error: ``{("base", "dev"): -1, ("big", "dev"): 1}``
is the change of dev."""


class SeedRun(Record):
    """One trained run, one row an example of a split.

    ``split`` names the split of each row, ``example`` is a code that an example has in all runs
    of the study, ``n`` and ``wrong`` count its rows and those that are wrong.
    """

    split: tuple[str, ...]
    place: Ints
    example: Ints
    n: Floats
    wrong: Floats

    def of_split(self, name: str) -> tuple[Ints, Floats, Floats]:
        """Return example, rows and wrong rows of one split."""
        keep = self.place == self.split.index(name)
        return self.example[keep], self.n[keep], self.wrong[keep]


class Measurement(Record):
    """A combination of errors, the mean over seeds.

    ``variance`` and ``degrees`` are of that mean; no variance with fewer than `FEWEST_SEEDS`.
    ``by_seed`` are its values, ``examples`` the distinct examples of the smallest split in it.
    """

    value: float
    by_seed: tuple[float, ...]
    examples: int
    variance: float | None
    degrees: float

    @property
    def p_value(self) -> float | None:
        """Two-sided, that the true value is 0."""
        if self.variance is None:
            return None
        return _student.two_sided_tail(self.value / self.variance**0.5, self.degrees)

    def difference(self, confidence: float = 0.95) -> Figure:
        """Return it as a difference: value ± t standard errors, within −1 and 1."""
        if self.variance is None:
            return Figure(self.value, None, self.examples, too_few(len(self.by_seed)))
        half = _student.t_quantile(confidence, self.degrees) * self.variance**0.5
        ci = (max(-1.0, self.value - half), min(1.0, self.value + half))
        return Figure(self.value, ci, self.examples)

    def share(self, confidence: float = 0.95) -> Estimate:
        """Return it as a share: Wilson's interval at the trials that have its variance."""
        if self.variance is None:
            return Estimate(self.value, None, self.examples, too_few(len(self.by_seed)))
        trials = jeffreys_trials(self.value, self.variance)
        t = _student.t_quantile(confidence, self.degrees)
        around = wilson_interval(self.value, trials, t)
        return Estimate(self.value, around, self.examples, variance=self.variance)


def measure(runs: Mapping[str, Sequence[SeedRun]], terms: Terms) -> Measurement:
    """Return Σ coefficient · error over conditions and splits, the mean over seeds.

    Each condition has one run a seed, in the same order of seeds.
    """
    seeds = {len(runs[condition]) for condition, _ in terms}
    if len(seeds) != 1:
        raise ValueError(f"the conditions have different numbers of seeds: {sorted(seeds)}")
    count = seeds.pop()
    size = 1 + max(int(run.example.max()) for condition, _ in terms for run in runs[condition])
    influence, by_seed = np.zeros((count, size)), np.zeros(count)
    seen = {split: np.zeros(size, bool) for _, split in terms}
    for (condition, split), coefficient in terms.items():
        for seed, run in enumerate(runs[condition]):
            example, n, wrong = run.of_split(split)
            rows = n.sum()
            rate = wrong.sum() / rows
            by_seed[seed] += coefficient * rate
            moved = coefficient * (wrong - rate * n) / rows
            influence[seed] += np.bincount(example, moved, size)
            seen[split][example] = True
    distinct = {split: int(flags.sum()) for split, flags in seen.items()}
    floor = sum(ATOM * _largest(terms, split) ** 2 / n**2 for split, n in distinct.items())
    variance, degrees = _variance(by_seed, influence, floor)
    least = min(distinct.values())
    # Sums of fractions: what rounding leaves of 0 is no change.
    value, by_seed = round(float(by_seed.mean()), 12), by_seed.round(12)
    return Measurement(value, tuple(by_seed.tolist()), least, variance, degrees)


def ratio(part: Sequence[SeedRun], whole: Sequence[SeedRun], split: str) -> Measurement:
    """Return Σ wrong of one condition over Σ wrong of another, the seeds taken together.

    Both are of the same rows: the errors that a part owns, and all. Formula: linearised, r = a/b
    with influence (a − r·b)/b.
    """
    runs = {"part": part, "whole": whole}
    errors = measure(runs, {("whole", split): 1.0}).value
    if errors <= 0:
        raise ValueError("there is no error to share out")
    value = measure(runs, {("part", split): 1.0}).value / errors
    terms = {("part", split): 1 / errors, ("whole", split): -value / errors}
    return replace(measure(runs, terms), value=value)


def too_few(seeds: int) -> str | None:
    """Return why so many seeds give no interval; None where they do."""
    if seeds >= FEWEST_SEEDS:
        return None
    word = "1 seed" if seeds == 1 else f"{seeds} seeds"
    return f"no interval: {word}, and fewer than {FEWEST_SEEDS} do not tell how seeds differ"


def _largest(terms: Terms, split: str) -> float:
    return max(abs(coefficient) for (_, where), coefficient in terms.items() if where == split)


def _variance(by_seed: Floats, influence: Floats, floor: float) -> tuple[float | None, float]:
    count = len(by_seed)
    if count < FEWEST_SEEDS:
        return None, 0.0
    seeds = float(by_seed.var(ddof=1)) / count
    examples = float((influence.sum(axis=0) ** 2).sum()) / count**2
    within = float((influence**2).sum()) / count**2
    # What the spread of seeds does not show: the luck with examples that they have in common.
    common = max(examples - within, 0.0) * count / (count - 1)
    variance = max(seeds + common, FLOOR * (examples + floor))
    if seeds <= 0:
        return variance, _student.MOST_DEGREES
    return variance, min((count - 1) * (variance / seeds) ** 2, _student.MOST_DEGREES)


Outcome = Literal["fell", "rose", "small", "unsure", "none_seen", "not_told"]

WORTH = 0.01
"""A change of less than a point is not called a move: the tolerance of a gap (ours)."""


class Condition(Record):
    """One way to train, with its runs, one a seed.

    ``series`` and ``size`` say where it stands in a figure: which line, and at how many examples.
    """

    name: str
    title: str
    runs: tuple[SeedRun, ...]
    series: str = ""
    size: int | None = None


class Levels(Record):
    """The levels and the gaps of one condition, means over seeds."""

    condition: Condition
    levels: Mapping[str, Estimate]
    gaps: Mapping[str, Figure]


class Change(Record):
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


class Study(Record):
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
