"""What gradients by lag say: how much reaches back, and what clipping moves.

Norms vary over orders of magnitude between seeds, so that means and intervals are of logarithms:
geometric means over seeds, with Student's t. A share is the norm at a lag over that at lag 0 of the
same network. Source: Pascanu, Mikolov and Bengio (2013), On the difficulty of training RNNs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from mlstrat.core import intervals as _student
from mlstrat.core.figures import Figure
from mlstrat.core.record import Record
from mlstrat.workflow.study.compute import too_few

if TYPE_CHECKING:
    from mlstrat.harness.studies.gradients import CellGradients

Fate = Literal["vanishes", "arrives", "cannot_tell"]

TITLES = {"rnn": "RNN", "rnn_large": "large RNN", "gru": "GRU", "lstm": "LSTM"}

VANISHED = 0.01
"""A gradient of which less than this share reaches a token is said to vanish on the way. Ours: a
step for that token is then a hundredth of one for the last token."""


class Shares(Record):
    """How much of the gradient at the end reaches back.

    ``end`` is the norm at lag 0, ``by_lag`` the share at each lag, ``a_step`` the factor a step up
    to the longest lag, ``fate`` what becomes of it there.
    """

    end: Figure
    by_lag: tuple[Figure, ...]
    a_step: Figure
    fate: Fate


class Clipping(Record):
    """What training with or without clipping did.

    ``longest`` is the longest gradient of any step and seed, ``handed_on`` the longest that the
    optimizer was given, ``shortened`` the share of steps that were shortened.
    """

    longest: float
    handed_on: float
    shortened: float
    errors: tuple[float, ...]


class CellFindings(Record):
    """One cell: untrained, trained, trained with clipping; ``moved`` is the latter two's ratio."""

    cell: str
    untrained: Shares
    trained: Shares
    clipped: Shares
    free: Clipping
    held: Clipping
    moved: Figure


def cell_findings(
    cell: str,
    lags: Sequence[int],
    free: Sequence[CellGradients],
    held: Sequence[CellGradients],
    clip: float,
    confidence: float = 0.95,
) -> CellFindings:
    """Return what the networks of one cell showed, trained without (free) and with (held) clipping.

    One network a seed, in the same order of seeds.
    """
    reached = [run.after[-1] / run.after[0] for run in free]
    with_clip = [run.after[-1] / run.after[0] for run in held]
    return CellFindings(
        cell,
        shares(lags, [run.before for run in free], confidence),
        shares(lags, [run.after for run in free], confidence),
        shares(lags, [run.after for run in held], confidence),
        _clipping(free, math.inf),
        _clipping(held, clip),
        geometric([b / a for a, b in zip(reached, with_clip, strict=True)], confidence),
    )


def shares(
    lags: Sequence[int], norms: Sequence[Sequence[float]], confidence: float = 0.95
) -> Shares:
    """Return how much of the gradient reaches back: norms by lag, one row a seed."""
    by_lag = tuple(
        geometric([row[place] / row[0] for row in norms], confidence) for place in range(len(lags))
    )
    a_step = geometric([(row[-1] / row[0]) ** (1 / lags[-1]) for row in norms], confidence)
    end = geometric([row[0] for row in norms], confidence)
    return Shares(end, by_lag, a_step, _fate(by_lag[-1]))


def geometric(values: Sequence[float], confidence: float = 0.95) -> Figure:
    """Return a geometric mean with its interval: exp(mean ± t · deviation / √n) of logarithms."""
    if min(values) <= 0:
        return Figure(None, None, len(values), "a norm of 0 has no logarithm")
    logs = np.log(np.asarray(values, dtype=np.float64))
    mean, count = float(logs.mean()), len(values)
    missing = too_few(count)
    if missing is not None:
        return Figure(math.exp(mean), None, count, missing)
    half = _student.t_quantile(confidence, count - 1) * float(logs.std(ddof=1)) / math.sqrt(count)
    return Figure(math.exp(mean), (math.exp(mean - half), math.exp(mean + half)), count)


def _fate(share: Figure) -> Fate:
    if share.ci is None:
        return "cannot_tell"
    if share.ci[1] < VANISHED:
        return "vanishes"
    return "arrives" if share.ci[0] > VANISHED else "cannot_tell"


def _clipping(runs: Sequence[CellGradients], clip: float) -> Clipping:
    steps = np.concatenate([run.steps for run in runs])
    longest = float(steps.max())
    return Clipping(
        longest,
        min(longest, clip),
        float((steps > clip).mean()),
        tuple(run.error for run in runs),
    )
