# Over 300 lines: the ways in which replicates of cells are drawn stand together.
"""Resampling a run from its cells: the cost does not depend on the number of rows.

Drawing n rows with replacement is a multinomial draw over the cells. Its limit, the Bayesian
bootstrap, gives each cell a weight Gamma(count) and is as cheap; it also takes sums of weights,
and it can be made honest where nothing was seen: two more atoms of weight ½, one for a right row
and one for a wrong row, each put into a cell at random by the margins. For an error this is
Jeffreys' Beta(k + ½, n − k + ½). Simulated in `tests/test_coverage.py`.

Of very many cells, as a thousand classes fill, each replicate moves along a straight line: they are
drawn from the normal distribution that the slopes of the statistics give, at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from mlstrat.core.counts import (
    ABSTAINED,
    Cells,
    Floats,
    Ints,
    Tally,
    distances,
    distinct_codes,
    places_in,
    sum_by,
)
from mlstrat.core.record import Record

BATCH_NUMBERS = 4_000_000
"""Numbers drawn at a time: 32 MB, whatever the number of classes."""

LINEAR_FROM = 5_000
"""Cells from which replicates are drawn by slopes: their intervals cover as those of the resampled
cells do, as `tests/core/test_linear_draws.py` shows, and cost hardly more than those of ten."""

STEP = 1e-5
"""By what share of a class its sums are moved to find a slope."""

Statistic = Callable[[Tally], Floats]
"""From a batch of tallies, shapes (B, C), to S×B values."""

Alone = Callable[[Tally, Tally], Floats]
"""From a tally, and one of which each class is moved, to what S statistics change by where one of
its classes alone is moved, shape (S, C)."""


def generator(seed: int, *stream: int) -> np.random.Generator:
    """Return the generator of one stream: the same seed and stream give the same numbers."""
    return np.random.default_rng([seed, *stream])


def jeffreys_draws(p: float, trials: float, resamples: int, seed: int, stream: int) -> Floats:
    """Return resamples of a proportion: Beta(k + ½, n − k + ½) of k = p·n hits in n trials."""
    k = p * trials
    return generator(seed, 1, stream).beta(k + 0.5, trials - k + 0.5, resamples)


def batches(resamples: int, width: int) -> Iterator[int]:
    """Yield sizes of batches that add up to `resamples`, each within `BATCH_NUMBERS`."""
    size = max(1, BATCH_NUMBERS // max(width, 1))
    for done in range(0, resamples, size):
        yield min(size, resamples - done)


def collapse(cells: Cells) -> Cells:
    """Return the cells added up to one a (label, prediction), without groups."""
    width = len(cells.labels) + 1
    key = cells.truth * width + (cells.predicted + 1)
    distinct, place = places_in(key)
    return replace(
        cells,
        split=np.zeros(len(distinct), np.int64),
        truth=distinct // width,
        predicted=distinct % width - 1,
        n=np.bincount(place, cells.n).astype(np.int64),
        weight=sum_by(place, cells.weight),
        weight_squared=sum_by(place, cells.weight_squared),
        group=None,
        answers={},
        votes=None,
        slices={},
        scores=None,
        loss=None,
        loss_weight_squared=None,
        loss_squared=None,
    )


class Atom(Record):
    """Part of a row that nobody saw, put into one cell of each replicate.

    By replicate: how much of it, the code of its label, and what each model says of it where it is
    wrong; None of a model that is right.
    """

    amount: Floats
    label: Ints
    called: tuple[Ints | None, ...]


def drawn_tallies(
    rng: np.random.Generator,
    cells: tuple[Floats, Floats, Ints, tuple[Ints, ...]],
    classes: int,
    atoms: Sequence[Atom],
) -> list[Tally]:
    """Return replicates of the tallies of models on the same rows: each cell a gamma, and atoms.

    A cell is drawn for all replicates at once and added where it belongs while it is in the
    processor's cache: no array of cells × replicates is ever made.

    `cells` are Σw, Σw² and the label of K cells, and for each model its prediction. A row of weight
    w counts w·Gamma(1): mean Σw and variance Σw² in the cell.
    """
    weight, squared, truth, called = cells
    scale = squared / np.where(weight > 0, weight, 1.0)
    shape = weight / np.where(scale > 0, scale, 1.0)
    size = len(atoms[0].amount)
    actual = np.zeros((classes, size))
    predicted, right = (np.zeros((len(called), classes, size)) for _ in range(2))
    apart = np.stack([distances(truth, x, classes) for x in called])
    distance = np.zeros((len(called), size))
    drawn = np.empty(size)
    codes = [truth.tolist(), *(x.tolist() for x in called)]
    cells_in_turn = zip(shape.tolist(), scale.tolist(), *codes, strict=True)
    for k, (a, s, label, *said) in enumerate(cells_in_turn):
        rng.standard_gamma(a, out=drawn)
        if s != 1:
            np.multiply(drawn, s, out=drawn)
        actual[label] += drawn
        for i, one in enumerate(said):
            if one != ABSTAINED:
                predicted[i, one] += drawn
                if one == label:
                    right[i, one] += drawn
                    continue
            distance[i] += apart[i, k] * drawn
    each = np.arange(size)
    for atom in atoms:
        place = atom.label * size + each
        actual.reshape(-1)[place] += atom.amount
        for i, one in enumerate(atom.called):
            if one is None:
                predicted[i].reshape(-1)[place] += atom.amount
                right[i].reshape(-1)[place] += atom.amount
            else:
                answered = np.where(one != ABSTAINED, atom.amount, 0.0)
                predicted[i].reshape(-1)[np.maximum(one, 0) * size + each] += answered
                distance[i] += atom.amount * distances(atom.label, one, classes)
    total = actual.sum(axis=0)
    return [
        Tally(r.T, actual.T, p.T, total, d)
        for r, p, d in zip(right, predicted, distance, strict=True)
    ]


def method_of(method: str, split: Ints | None, *codes: Ints) -> str:
    """Return how a figure is found as it is told: linearised where a split has very many cells."""
    within = np.zeros(len(codes[0]), np.int64) if split is None else split
    (found, *_), _ = distinct_codes(within, *codes)
    if not len(found) or np.bincount(found).max() < LINEAR_FROM:
        return method
    return method.replace("Bayesian bootstrap", "linearised Bayesian bootstrap")


MARGINS = ("actual", "predicted", "right")


def _slopes(
    statistic: Statistic, observed: Tally, *, symmetric: bool, alone: Alone | None
) -> Iterator[Floats]:
    """Yield how a unit more of each margin moves S statistics, shape (S, C): label, called, right.

    Then, of shape (S, 1), of the whole and of the distance.
    """
    base = statistic(observed)
    yield from (_one_by_one(statistic, observed, base, symmetric=symmetric) if alone is None
                else _at_once(alone, observed))  # fmt: skip
    for name in ("total", "distance"):
        step = STEP * float(observed.total[0])
        whole = replace(observed, **{name: getattr(observed, name) + step})
        yield (statistic(whole) - base) / step


def _at_once(alone: Alone, observed: Tally) -> Iterator[Floats]:
    """Yield the slopes of the margins where a statistic follows from figures of classes."""
    size = (observed.actual + observed.predicted)[0]
    step = STEP * size
    for name in MARGINS:
        change = alone(observed, replace(observed, **{name: getattr(observed, name) + step}))
        yield np.divide(change, step, out=np.zeros_like(change), where=size > 0)


def _one_by_one(
    statistic: Statistic, observed: Tally, base: Floats, *, symmetric: bool
) -> Iterator[Floats]:
    """Yield the slopes of the margins, each found by moving one class and asking again."""
    classes = observed.actual.shape[1]
    size = (observed.actual + observed.predicted)[0]
    there = np.flatnonzero(size)
    margins = np.concatenate([observed.actual, observed.predicted, observed.right])[:, there]
    each = np.arange(len(there))
    if symmetric:  # classes with the same margins move it alike
        _, first, each = np.unique(margins, axis=1, return_index=True, return_inverse=True)
        each, one_of = each.reshape(-1), there[first]
    else:
        one_of = there
    at_once = max(1, BATCH_NUMBERS // (8 * classes))
    for name in MARGINS:
        found = []
        for start in range(0, len(one_of), at_once):
            some = one_of[start : start + at_once]
            rows = np.arange(len(some))
            step = STEP * size[some]
            moved = np.repeat(getattr(observed, name), len(some), axis=0)
            moved[rows, some] += step
            others = {x: np.repeat(getattr(observed, x), len(some), axis=0)
                      for x in observed.__dataclass_fields__ if x != name}  # fmt: skip
            found.append((statistic(Tally(**{name: moved}, **others)) - base) / step)
        slope = np.zeros((len(base), classes))
        slope[:, there] = np.concatenate(found, axis=1)[:, each]
        yield slope


def linear_draws(
    rng: np.random.Generator,
    cells: tuple[Floats, Floats, Ints, tuple[Ints, ...]],
    classes: int,
    statistic: Statistic,
    resamples: int,
    *,
    symmetric: bool,
    alone: Alone | None = None,
) -> Floats:
    """Return replicates of S statistics of M models by their slopes, shape (M · S, resamples).

    Formula: a unit of cell k moves a statistic by g_k = a_label + p_called + (r_label where right)
    + t + d · distance, the slopes of the margins; the covariance of statistics x and y is
    Σ Σw²_k g_xk g_yk, that of cells of Gamma(count). NaN where a statistic is undefined.
    """
    weight, squared, truth, called = cells
    total, values, moves = weight.sum(keepdims=True), [], []
    actual = sum_by(truth, weight, classes)[None, :]
    for said in called:
        answers, hit = said != ABSTAINED, said == truth
        apart = distances(truth, said, classes)
        observed = Tally(
            sum_by(truth[hit], weight[hit], classes)[None, :],
            actual,
            sum_by(said[answers], weight[answers], classes)[None, :],
            total,
            (weight @ apart)[None],
        )
        a, p, r, whole, away = _slopes(statistic, observed, symmetric=symmetric, alone=alone)
        moved = a[:, truth] + whole + away * apart
        moved += np.where(answers, p[:, said], 0.0) + np.where(hit, r[:, truth], 0.0)
        values.append(statistic(observed)[:, 0])
        moves.append(moved)
    value = np.concatenate(values)
    move = np.nan_to_num(np.concatenate(moves))
    size, axes = np.linalg.eigh((move * squared) @ move.T)
    root = (axes * np.sqrt(np.maximum(size, 0.0))) @ axes.T
    drawn: Floats = value[:, None] + root @ rng.standard_normal((len(value), resamples))
    return drawn


def elsewhere(label: Ints, other: Ints) -> Ints:
    """Return a wrong prediction: another class, an abstention where the other is the label."""
    return np.where(other != label, other, ABSTAINED)


def resample(
    cells: Cells,
    statistic: Statistic,
    resamples: int,
    rng: np.random.Generator,
    *,
    symmetric: bool = False,
    alone: Alone | None = None,
) -> Floats:
    """Return resamples of statistics of the tally, shape (S, resamples); NaN where undefined.

    The cells are of one split, and their groups are not looked at. `symmetric` tells that no class
    is another than the rest to the statistics, but for its margins; `alone` what they change by
    where one class is moved, where that is known: with C classes C times as fast.
    """
    cells = collapse(cells)
    unit = float(cells.weight_squared.sum() / cells.weight.sum())
    classes = len(cells.labels)
    actual = sum_by(cells.truth, cells.weight, classes)
    seen = np.flatnonzero(actual + np.bincount(cells.predicted[cells.predicted != ABSTAINED],
                                               minlength=classes))  # fmt: skip
    columns = cells.weight, cells.weight_squared, cells.truth, (cells.predicted,)
    if len(cells.n) >= LINEAR_FROM:
        return linear_draws(
            rng, columns, classes, statistic, resamples, symmetric=symmetric, alone=alone
        )
    out = []
    for size in batches(resamples, 3 * classes):
        amount = rng.standard_gamma(0.5, size=(2, size)) * unit
        right, wrong = rng.choice(classes, size=(2, size), p=actual / actual.sum())
        called = elsewhere(wrong, rng.choice(seen, size=size))
        atoms = [Atom(amount[0], right, (None,)), Atom(amount[1], wrong, (called,))]
        out.append(statistic(drawn_tallies(rng, columns, classes, atoms)[0]))
    return np.concatenate(out, axis=1)


def percentiles(drawn: Floats, confidence: float) -> tuple[float, float]:
    """Return the ends of the middle share of resamples, leaving out undefined ones."""
    return ends_of(ranked(drawn), confidence)


def ranked(drawn: Floats) -> Floats:
    """Return resamples in order, without undefined ones: for the ends at several confidences."""
    return np.sort(drawn[~np.isnan(drawn)])


def ends_of(ranked: Floats, confidence: float) -> tuple[float, float]:
    """Return the ends of the middle share of resamples in order."""
    # np.quantile would import numpy.ma, 15 ms, to look for masks.
    tail = (1 - confidence) / 2 * (len(ranked) - 1)
    low, high = np.interp([tail, len(ranked) - 1 - tail], np.arange(len(ranked)), ranked)
    return float(low), float(high)
