"""What a learning curve is: its points, its target, and what was found of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from mlstrat.core.figures import Estimate, Figure
from mlstrat.core.intervals import Interval
from mlstrat.core.sample_size.to_settle import ToSettle
from mlstrat.workflow.curve.power_law import CurveFit

FARTHEST = 100.0
"""Times the largest size at which dev is said to have come to its floor, and up to which a size for
the target is looked for (mlstrat's threshold): a shallow power law never ends, nobody gets more
data than that, and the interval is a tenth narrower than at a thousand times."""


Diagnosis = Literal["bias", "variance", "both", "fine"]


Reach = Literal["reached", "yes", "never", "cannot_tell"]


@dataclass(frozen=True)
class Measured:
    """Train and dev error of one model trained on n examples.

    ``trials`` is the number of independent dev examples behind the dev error, None where unknown;
    ``train_trials`` the same for train. ``runs`` is more than 1 where it is a mean of several.
    """

    n: int
    train: Figure
    dev: Figure
    train_trials: float | None = None
    trials: float | None = None
    runs: int = 1


@dataclass(frozen=True)
class CurvePoint:
    """One size: train and dev error, averaged where several models were trained on so many."""

    n: int
    train: Estimate
    dev: Estimate
    runs: int


@dataclass(frozen=True)
class Target:
    """The error that is wanted, and who says so: ``option`` or ``human``."""

    error: float
    origin: Literal["option", "human"] = "option"


@dataclass(frozen=True)
class Beyond:
    """What the fitted curve says of sizes that nobody has trained on.

    Attributes
    ----------
    here
        The error at the largest size: as it was measured, and where nobody knows on how many
        examples, with the interval of the fit.
    floor
        The error that dev falls towards: that of the fit at `FARTHEST` times the largest size. Its
        lower end is at least that of train, which only rises, and dev stays above it (MLY 28).
    doubled
        The error at twice the largest size.
    size
        The number of examples at which the target is reached; its upper end is infinite where it
        may never be. None without a target.
    """

    here: Estimate
    floor: Figure
    doubled: Figure
    size: tuple[float, Interval | None] | None


@dataclass(frozen=True)
class Settling:
    """What would tell whether the target is reached.

    Attributes
    ----------
    reason
        ``dev``: at the largest size dev may lie on either side of the target; ``floor``: so may
        what it falls towards; ``train``: the training error is above the target, though not surely;
        ``counts``: nothing tells how sure the points are.
    times
        How many times the dev examples, or the runs a size; None where no number would do.
    size
        Training examples of one more run that would do; None where none of `NEXT_SIZES` would.
    to_settle
        The new dev examples; None where nobody knows how many there are.
    """

    reason: Literal["dev", "floor", "train", "counts"]
    times: float | None = None
    size: int | None = None
    to_settle: ToSettle | None = None


@dataclass(frozen=True)
class LearningCurve:
    """A learning curve with its verdicts; None is what cannot be told, or needs a target."""

    points: tuple[CurvePoint, ...]
    target: Target | None
    diagnosis: Diagnosis | None
    reaches: Reach | None
    proof: Literal["train", "floor"] | None
    beyond: Beyond
    fit: CurveFit
    settling: Settling | None
    shared: bool

    def undecided(self) -> LearningCurve:
        """Return the curve without a verdict, as its figures may not be what they are taken for."""
        reaches: Reach | None = None if self.target is None else "cannot_tell"
        size = None if self.beyond.size is None else (math.inf, None)
        return replace(
            self, diagnosis=None, reaches=reaches, proof=None, settling=None,
            beyond=replace(self.beyond, size=size),
        )  # fmt: skip

    @property
    def last(self) -> CurvePoint:
        """The largest size."""
        return self.points[-1]

    @property
    def more_data_helps(self) -> bool | None:
        """Whether more data will bring dev to the target that it has not reached."""
        known: Mapping[Any, bool] = {"yes": True, "never": False, "reached": False}
        return known.get(self.reaches)


def value_of(figure: Figure) -> float:
    """Return the error of a point, which has one."""
    if figure.value is None:
        raise ValueError("a point of a curve has an error")
    return figure.value
