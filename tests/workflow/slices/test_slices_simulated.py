"""Tests of slices are honest, with groups and without; so is the error on the half held out.

Nothing is planted: in at least 95% of the runs no slice may be confirmed. Marked slow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.core.figures import Sampling
from mlstrat.core.intervals import one_sided
from mlstrat.workflow.slices.compute import (
    B_LESS_A,
    ERROR,
    Slice,
    SliceDifference,
    above_rest,
    difference_slices,
    error_slices,
    hypergeometric_tail,
)
from mlstrat.workflow.slices.search import GroupSums, Ranked, SliceColumn, SliceCounts, rank, search
from tests.decision_simulation import people_and_slices_are_alike

pytestmark = pytest.mark.slow

VALUES = (2, 3, 4, 5, 3, 4)
"""Values of each column; 6 columns and their pairs make 21 + 180 slices."""


@dataclass(frozen=True)
class Sample:
    """Rows: half, outcome, codes of the columns, group."""

    half: np.ndarray
    outcome: np.ndarray
    codes: list[np.ndarray]
    group: np.ndarray

    def counts(self, outcomes: int) -> SliceCounts:
        kind, k = self.half * outcomes + self.outcome, VALUES
        columns = tuple(SliceColumn(f"c{i}", tuple(map(str, range(x)))) for i, x in enumerate(k))
        singles = tuple(
            np.bincount(kind * x + code, minlength=2 * outcomes * x).reshape(2, outcomes, x)
            for code, x in zip(self.codes, k, strict=True)
        )
        pairs = {
            (i, j): np.bincount(
                (kind * k[i] + self.codes[i]) * k[j] + self.codes[j],
                minlength=2 * outcomes * k[i] * k[j],
            ).reshape(2, outcomes, k[i], k[j])
            for j in range(len(k))
            for i in range(j)
        }
        return SliceCounts(columns, singles, pairs)

    def sums(self, ranked: Ranked) -> GroupSums:
        score, s = ranked.found.score[self.outcome], ranked.found.slices
        _, first = np.unique(self.group, return_index=True)
        inside = []
        for place in ranked.places:
            x = self.codes[s.first[place]] == s.first_value[place]
            if s.second[place] >= 0:
                x = x & (self.codes[s.second[place]] == s.second_value[place])
            inside.append(x)
        size = len(first)

        def by_group(values: np.ndarray) -> np.ndarray:
            return np.bincount(self.group, values, size).astype(np.int64)

        columns = [[by_group(x * v) for x in inside] for v in (np.ones_like(score), score)]
        n, k = (np.stack(c, axis=1) if c else np.zeros((size, 0), np.int64) for c in columns)
        return GroupSums(self.half[first], by_group(np.ones_like(score)), by_group(score), n, k)


def draw(
    rng: np.random.Generator, n: int, error: float, group: int, correlation: float, effect: float
) -> Sample:
    """Return a sample; with groups, half of the columns are the same within a group."""
    of = np.arange(n) // max(group, 1)
    groups = of[-1] + 1
    codes = [
        rng.integers(0, k, groups)[of] if group and i % 2 else rng.integers(0, k, n)
        for i, k in enumerate(VALUES)
    ]
    rate = np.full(n, error)
    if group:
        spread = 1 / correlation - 1
        rate = rng.beta(error * spread, (1 - error) * spread, groups)[of]
    rate = np.minimum(rate + effect * ((codes[0] == 0) & (codes[1] == 0)), 1)
    half = rng.integers(0, 2, groups)[of]
    return Sample(half, (rng.random(n) < rate).astype(int), codes, of)


def sliced(sample: Sample, group: int) -> tuple[Slice, ...]:
    ranked = rank(search(sample.counts(2), ERROR, 20), nothing_in_common)
    sums = sample.sums(ranked) if group else None
    return error_slices(ranked, Sampling(), sums)


def nothing_in_common(_slices: object, pairs: Sequence[object]) -> np.ndarray:
    return np.zeros(len(pairs), np.int64)


@pytest.mark.parametrize(
    ("group", "correlation"), [(0, 0.0), (10, 0.1), (10, 0.4), (40, 0.2)],
    ids=["rows", "groups", "groups much alike", "few groups"],
)  # fmt: skip
def test_where_errors_are_random_no_slice_is_confirmed(group, correlation):
    trials = 100 if group == 10 else 200
    for n, error in ((500, 0.05), (2000, 0.02), (2000, 0.1), (2000, 0.3)):
        wrongly = tested = covered = intervals = 0
        for trial in range(trials):
            rng = np.random.default_rng([trial, n, int(100 * error), group])
            slices = sliced(draw(rng, n, error, group, correlation, 0.0), group)
            wrongly += any(x.confirmed for x in slices)
            tested += sum(x.p_adjusted is not None for x in slices)
            for x in slices:
                if x.held_out is not None and x.held_out.ci is not None:
                    intervals += 1
                    covered += x.held_out.ci[0] <= error <= x.held_out.ci[1]
        slack = 3 * np.sqrt(0.05 * 0.95 / trials)
        assert wrongly / trials <= 0.05 + slack, (n, error)
        if group < 40:
            assert tested > 5 * trials
            # Slices were chosen on the other half: nothing pulls these intervals.
            assert 0.92 <= covered / intervals <= 0.99, (n, error, covered / intervals)


def test_two_models_that_are_equally_good_differ_nowhere():
    for group in (0, 10):
        trials, wrongly = 60, 0
        for trial in range(trials):
            rng = np.random.default_rng([trial, group])
            a, b = (draw(rng, 1000, 0.1, group, 0.3, 0.0) for _ in "ab")
            sample = Sample(a.half, 2 * a.outcome + b.outcome, a.codes, a.group)
            found = search(sample.counts(4), B_LESS_A, 20, two_sided=True)
            ranked = rank(found, nothing_in_common)
            sums = sample.sums(ranked) if group else None
            differ: tuple[SliceDifference, ...] = difference_slices(
                ranked, Sampling(resamples=2000), sums
            )
            wrongly += any(x.confirmed for x in differ)
        assert wrongly / trials <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / trials), group


@pytest.mark.parametrize("group", [0, 10], ids=["rows", "groups"])
def test_a_planted_slice_is_confirmed(group):
    trials = 60
    hits = 0
    for trial in range(trials):
        rng = np.random.default_rng([trial, group, 7])
        sure = [
            x.where for x in sliced(draw(rng, 3000, 0.05, group, 0.1, 0.15), group) if x.confirmed
        ]
        hits += any(set(x) & {("c0", "0"), ("c1", "0")} for x in sure)
    assert hits / trials >= 0.9


def test_where_nothing_differs_people_are_no_better_and_nothing_would_settle_a_slice():
    rates = [*people_and_slices_are_alike(60)]
    assert len(rates) == 6
    for rate in rates:
        assert rate.kept, (rate.world, rate.n, rate.rate)


def test_so_many_examples_settle_a_slice():
    """The truth is what was observed: the test on old and new rows shows the slice, or rules out
    that its error is a point above the rest."""
    for n, effect in ((300, 0.12), (1000, 0.07), (3000, 0.04)):
        rng, settled = np.random.default_rng(n), []
        while len(settled) < 120:
            run = {f"c{i}": rng.integers(0, 4, n).astype(str) for i in range(4)}
            wrong = rng.random(n) < 0.08 + effect * (run["c0"] == "1")
            said = np.where(wrong, "y", "x")
            document = ms.slices(pl.DataFrame({"label": ["x"] * n, "prediction": said, **run}))
            found = document.to_dict()
            if found["to_settle"] is None:
                continue
            (evidence,) = (f["evidence"] for f in found["findings"] if f["code"] == "MLS433")
            where = evidence["slices"][0]["where"]
            (lead,) = (x for x in found["slices"] if x["where"] == where)
            half, size = found["halves"]["held_out"], lead["held_out"]["n"]
            rate = lead["held_out"]["value"]
            rest = rate - lead["above_rest"]["value"]
            inside, outside = round(rate * size), round(rest * (half - size))
            level = one_sided(0.95, evidence["tested"])
            for _ in range(20):
                more = int(rng.binomial(found["to_settle"]["rows"]["dev"], 0.5))
                more_in = int(rng.binomial(more, size / half))
                k = inside + int(rng.binomial(more_in, rate))
                all_k = k + outside + int(rng.binomial(more - more_in, rest))
                p = hypergeometric_tail(k, size + more_in, all_k, half + more)
                above = above_rest((size + more_in, k), (half + more, all_k), level)
                settled.append(p <= 0.05 / evidence["tested"] or above.ci[1] < 0.01)
        assert 0.72 <= np.mean(settled) <= 0.97, (n, np.mean(settled))
