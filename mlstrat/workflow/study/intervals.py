"""What several seeds say: a level, a gap or a change, with its interval over seeds and examples.

A study trains each condition once a seed. Two things vary: the seed (splits, initial weights,
planted noise) and the examples, of which the same ones may stand in the runs of several seeds and
of several conditions. Variances of crossed clusters add up:

    V = V(seeds) + (V(examples) − V(examples within a seed)) · S / (S − 1),

with S seeds; the last factor because the spread of seeds does not show the luck that they share.
Conditions with the same examples are so compared as pairs without being paired by hand.

Source: Cameron, Gelbach and Miller (2011), Journal of Business & Economic Statistics 29;
Satterthwaite (1946), Biometrics Bulletin 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlstrat.core import intervals as _student
from mlstrat.core.counts import Floats, Ints
from mlstrat.core.figures import Estimate, Figure, jeffreys_trials
from mlstrat.core.intervals import wilson_interval

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


@dataclass(frozen=True)
class SeedRun:
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


@dataclass(frozen=True)
class Measurement:
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
