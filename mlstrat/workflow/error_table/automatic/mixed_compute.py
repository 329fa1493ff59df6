"""The ceiling of a tag that a person gave to some of the erring units of a run."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats, sum_by
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import logit_interval, t_quantile
from mlstrat.core.ratio import FEWEST_CLUSTERS


def tagged_ceiling(
    num: Floats, den: Floats, change: tuple[Floats, Floats], group: NDArray[np.int64] | None,
    confidence: float,
) -> tuple[Figure, float | None]:  # fmt: skip
    """Return by how much the error would fall if what has a tag were right, and what is left of it.

    Formula: g = N/D − (N + ΣwΔnum)/(D + ΣwΔden), with w the units that one that was read stands
    for; variance = G/(G − 1) Σ u² over clusters of the linearised u, which holds the sampling of
    units, too, as of ultimate clusters; g · exp(± t · standard error / g), t at the clusters with
    the tag less 1. `change` is ΣwΔnum and ΣwΔden of the units with the tag, by example.

    References
    ----------
    Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, 4.6.

    Examples
    --------
    >>> wrong = (np.arange(400) < 100) * 1.0
    >>> some = np.where(np.arange(400) < 50, -1.0, 0.0)
    >>> gain, left = tagged_ceiling(wrong, np.ones(400), (some, np.zeros(400)), None, 0.95)
    >>> gain.value, [round(x, 3) for x in gain.ci], left
    (0.125, [0.096, 0.163], 0.125)
    """
    total, fixed = float(den.sum()), float((den + change[1]).sum())
    if total <= 0 or fixed <= 0:
        return Figure(None, None, len(num), "nothing is left that could be wrong"), None
    value = float(num.sum()) / total
    left = min(max(float((num + change[0]).sum()) / fixed, 0.0), 1.0 if value <= 1 else math.inf)
    gain = value - left
    influence = (num - value * den) / total - (num + change[0] - left * (den + change[1])) / fixed
    tagged = (change[0] != 0) | (change[1] != 0)
    if group is not None:
        place = np.unique(group, return_inverse=True)[1]
        influence, tagged = sum_by(place, influence), sum_by(place, tagged * 1.0) > 0
    clusters, n = int(tagged.sum()), len(influence)
    if clusters < FEWEST_CLUSTERS or gain <= 0:
        reason = f"no interval: fewer than {FEWEST_CLUSTERS} examples or groups have it"
        return Figure(gain, None, len(num), reason), left
    error = math.sqrt(n / (n - 1) * float(influence @ influence))
    reach = t_quantile(confidence, clusters - 1)
    low, high = logit_interval(gain, error, reach, 0.0, math.inf)
    return Figure(gain, (low, min(high, max(value, gain))), len(num)), left
