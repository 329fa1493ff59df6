"""What choosing a threshold adds to a variance: a jackknife over the folds of dev."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from mlstrat.core.figures import Estimate, Figure
from mlstrat.core.intervals import normal_quantile

F = TypeVar("F", bound=Figure)


def jackknife(values: Sequence[float | None]) -> float:
    """Return the variance of a figure by its values without each of K folds; 0 where undefined.

    Formula: (K − 1) / K Σ (vₖ − mean)².

    References
    ----------
    Efron and Stein (1981), Annals of Statistics 9, 586-596.

    Examples
    --------
    >>> round(jackknife([0.1, 0.1, 0.1, 0.1, 0.2]), 4)
    0.0064
    """
    known = [x for x in values if x is not None]
    if len(known) < len(values):
        return 0.0
    mean = sum(known) / len(known)
    return (len(known) - 1) / len(known) * sum((x - mean) ** 2 for x in known)


def widened(
    found: F, extra: float, confidence: float, low: float = -math.inf, high: float = math.inf,
    least: float = 0.0,
) -> F:  # fmt: skip
    """Return a figure with a variance added to that of its interval, each side in proportion.

    The variance of the interval is then at least `least`.

    Examples
    --------
    >>> found = widened(Figure(0.5, (0.4, 0.6), 100), 3 * (0.1 / 1.959964) ** 2, 0.95)
    >>> [round(x, 3) for x in found.ci]
    [0.3, 0.7]
    """
    if found.ci is None or found.value is None or not max(extra, least) > 0:
        return found
    (start, end), value = found.ci, found.value
    own = ((end - start) / 2 / normal_quantile(confidence)) ** 2
    if not own > 0:
        return found
    extra = max(extra, least - own)
    k = math.sqrt(1 + extra / own)
    ci = max(low, value - (value - start) * k), min(high, value + (end - value) * k)
    more: dict[str, Any] = {}
    if isinstance(found, Estimate):
        more = {
            "variance": None if found.variance is None else found.variance + extra,
            "draws": None if found.draws is None else value + (found.draws - value) * k,
            "trials": None if found.trials is None else found.trials / k**2,
        }
    return replace(found, ci=ci, **more)
