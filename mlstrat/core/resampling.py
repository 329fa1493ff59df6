"""Resampling a run from its cells: the cost does not depend on the number of rows.

Drawing n rows with replacement is a multinomial draw over the cells. Its limit, the Bayesian
bootstrap, gives each cell a weight Gamma(count) and is as cheap; it also takes sums of weights,
and it can be made honest where nothing was seen: two more atoms of weight ½, one for a right row
and one for a wrong row, each put into a cell at random by the margins. For an error this is
Jeffreys' Beta(k + ½, n − k + ½). Simulated in `tests/test_coverage.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells, Floats, Tally, TallyPlan, distances, sum_by

BATCH_NUMBERS = 4_000_000
"""Numbers drawn at a time: 32 MB, whatever the number of classes."""


def generator(seed: int, *stream: int) -> np.random.Generator:
    """Return the generator of one stream: the same seed and stream give the same numbers."""
    return np.random.default_rng([seed, *stream])


def batches(resamples: int, width: int) -> Iterator[int]:
    """Yield sizes of batches that add up to `resamples`, each within `BATCH_NUMBERS`."""
    size = max(1, BATCH_NUMBERS // max(width, 1))
    for done in range(0, resamples, size):
        yield min(size, resamples - done)


def collapse(cells: Cells) -> Cells:
    """Return the cells added up to one a (label, prediction), without groups."""
    width = len(cells.labels) + 1
    key = cells.truth * width + (cells.predicted + 1)
    distinct, place = np.unique(key, return_inverse=True)

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


def resample(
    cells: Cells,
    statistic: Callable[[Tally], Floats],
    resamples: int,
    rng: np.random.Generator,
) -> Floats:
    """Return resamples of statistics of the tally, shape (S, resamples); NaN where undefined.

    Parameters
    ----------
    cells
        The cells of one split; groups are not looked at.
    statistic
        From a batch of tallies, shapes (B, C), to S×B values.
    resamples
        How many.
    rng
        Where the randomness comes from.
    """
    cells = collapse(cells)
    # A row of weight w counts w·Gamma(1): mean Σw and variance Σw² in the cell.
    scale = cells.weight_squared / np.where(cells.weight > 0, cells.weight, 1.0)
    shape = cells.weight / np.where(scale > 0, scale, 1.0)
    unit = float(cells.weight_squared.sum() / cells.weight.sum())
    plan = TallyPlan(cells)
    classes = len(cells.labels)
    actual = sum_by(cells.truth, cells.weight, classes)
    seen = np.flatnonzero(actual + np.bincount(cells.predicted[cells.predicted != ABSTAINED],
                                               minlength=classes))  # fmt: skip
    out = []
    for size in batches(resamples, len(shape) + 3 * classes):
        drawn = rng.standard_gamma(shape, size=(size, len(shape))) * scale
        tally = plan(drawn)
        atoms = rng.standard_gamma(0.5, size=(2, size)) * unit
        right, wrong = rng.choice(classes, size=(2, size), p=actual / actual.sum())
        other = rng.choice(seen, size=size)
        rows = np.arange(size)
        tally.actual[rows, right] += atoms[0]
        tally.predicted[rows, right] += atoms[0]
        tally.right[rows, right] += atoms[0]
        tally.actual[rows, wrong] += atoms[1]
        # Where the other class drawn is the class itself, the wrong row is an abstention.
        apart = np.where(other != wrong, other, ABSTAINED)
        tally.predicted[rows, other] += np.where(other != wrong, atoms[1], 0.0)
        tally.distance[:] += atoms[1] * distances(wrong, apart, classes)
        tally.total[:] += atoms.sum(axis=0)
        out.append(statistic(tally))
    return np.concatenate(out, axis=1)


def percentiles(drawn: Floats, confidence: float) -> tuple[float, float]:
    """Return the ends of the middle share of resamples, leaving out undefined ones.

    Examples
    --------
    >>> percentiles(np.array([4.0, np.nan, 0.0, 1.0, 2.0, 3.0]), 0.5)
    (1.0, 3.0)
    """
    # np.quantile would import numpy.ma, 15 ms, to look for masks.
    ranked = np.sort(drawn[~np.isnan(drawn)])
    tail = (1 - confidence) / 2 * (len(ranked) - 1)
    low, high = np.interp([tail, len(ranked) - 1 - tail], np.arange(len(ranked)), ranked)
    return float(low), float(high)
