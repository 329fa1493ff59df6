"""What a learning curve is: its points, its target, and what was found of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mlstrat.core.figures import Figure
from mlstrat.core.intervals import Interval
from mlstrat.workflow.curve.power_law import CurveFit

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
    train: Figure
    dev: Figure
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
    floor
        The error that dev falls towards: that of the fit at `FARTHEST` times the largest size.
    doubled
        The error at twice the largest size.
    size
        The number of examples at which the target is reached; its upper end is infinite where it
        may never be. None without a target.
    """

    floor: Figure
    doubled: Figure
    size: tuple[float, Interval | None] | None


@dataclass(frozen=True)
class Settling:
    """What would tell whether the target is reached.

    Attributes
    ----------
    reason
        ``floor``: it may lie on either side of the target; ``train``: the training error is above
        the target, though not surely; ``counts``: nothing tells how sure the points are.
    times
        How many times the dev examples, or the runs a size; None where no number would do.
    size
        Training examples of one more run that would do; None where none of `NEXT_SIZES` would.
    """

    reason: Literal["floor", "train", "counts"]
    times: float | None = None
    size: int | None = None


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

    @property
    def last(self) -> CurvePoint:
        """The largest size."""
        return self.points[-1]

    @property
    def more_data_helps(self) -> bool | None:
        """Whether more data will bring dev to the target that it has not reached."""
        known: Mapping[Any, bool] = {"yes": True, "never": False, "reached": False}
        return known.get(self.reaches)
