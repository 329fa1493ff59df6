"""What a learning curve says, as findings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mlstrat.core.figures import Figure
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import newcombe_interval
from mlstrat.workflow.curve.compute import LearningCurve
from mlstrat.workflow.curve.curve_limits import FAR

UNLIKELY = 2.33
"""Standard normal deviate of the scatter from which a curve is no power law, or its runs differ by
more than their dev examples: one in a hundred (ours)."""

CODES = {"bias": "MLS602", "variance": "MLS603", "both": "MLS604"}


def curve_findings(
    curve: LearningCurve, differing: Mapping[str, Sequence[Any]] | None = None
) -> list[Finding]:
    """Return the findings of a curve, the verdict of the course first.

    Parameters
    ----------
    curve
        The curve.
    differing
        Settings other than size and seed that are not the same in all runs, with their values.
    """
    out: list[Finding] = []
    if curve.target is None:
        out.append(Finding("MLS608", {"floor": _figure(curve.beyond.floor)}))
    elif curve.proof == "floor":
        out.append(Finding("MLS601", _about(curve) | {"floor": _figure(curve.beyond.floor)}))
    if curve.diagnosis in CODES:
        out.append(Finding(CODES[curve.diagnosis], _about(curve) | _gaps(curve)))
    if curve.reaches == "yes" and curve.beyond.size is not None:
        value, around = curve.beyond.size
        evidence = {"size": round(value), "ci": None if around is None else [*map(round, around)],
                    "far": value > FAR * curve.last.n}  # fmt: skip
        out.append(Finding("MLS605", _about(curve) | evidence))
    if curve.settling is not None:
        s = curve.settling
        out.append(Finding("MLS606", _about(curve) | {
            "reason": s.reason, "times": s.times, "size": s.size,
            "floor": _figure(curve.beyond.floor), "best_size": _whole(curve, 0),
            "earliest": _whole(curve, 1),
        }))  # fmt: skip
    if scatter(curve) > UNLIKELY:
        fit = curve.fit
        out.append(Finding("MLS607", {
            "chi_squared": fit.chi_squared, "degrees": fit.degrees, "spread": fit.spread,
        }))  # fmt: skip
    if differing:
        out.append(Finding("MLS609", {"settings": {k: list(v) for k, v in differing.items()}}))
    return out


def scatter(curve: LearningCurve) -> float:
    """Return how unlikely the scatter around the fit is, as a standard normal deviate.

    Formula (Wilson and Hilferty, 1931): ((χ²/ν)^(1/3) − 1 + 2/(9ν)) / √(2/(9ν)); minus infinity
    where nothing tells: no counts, or no point beyond the three parameters.
    """
    degrees = curve.fit.degrees
    if degrees < 1 or curve.fit.counted is False:
        return -math.inf
    part = 2 / (9 * degrees)
    return float(((curve.fit.chi_squared / degrees) ** (1 / 3) - 1 + part) / math.sqrt(part))


def _about(curve: LearningCurve) -> dict[str, Any]:
    return {
        "target": None if curve.target is None else curve.target.error,
        "n": curve.last.n,
        "train": _figure(curve.last.train),
        "dev": _figure(curve.last.dev),
        "reaches": curve.reaches,
        "proof": curve.proof,
    }


def _whole(curve: LearningCurve, which: int) -> int | None:
    """Return the size of the best fit (0) or the least that its interval holds (1)."""
    if curve.beyond.size is None:
        return None
    best, around = curve.beyond.size
    value = best if which == 0 else None if around is None else around[0]
    return None if value is None or math.isinf(value) else round(value)


def _gaps(curve: LearningCurve) -> dict[str, Any]:
    """Return train over the target and dev over train, with their intervals."""
    train, dev = curve.last.train, curve.last.dev
    if curve.target is None or train.value is None or dev.value is None:
        return {}
    wanted = curve.target.error
    bias = None if train.ci is None else [x - wanted for x in train.ci]
    variance = None
    if train.ci is not None and dev.ci is not None:
        variance = list(newcombe_interval(train.value, train.ci, dev.value, dev.ci))
    return {
        "bias": {"value": train.value - wanted, "ci": bias},
        "variance": {"value": dev.value - train.value, "ci": variance},
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {"value": figure.value, "ci": None if figure.ci is None else list(figure.ci)}
