"""The eyeball set, whose errors people read, and the blackbox set, which is only measured on.

A row belongs to the eyeball set where the hash of its id and a seed lies below a cut point. So
nobody needs a list: old rows never move when the data grow, and new rows join either set in the
same proportion. The two sets are random halves of one dev set, so that their errors differ by
chance alone until someone works on what was read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mlstrat.core.decisions import contrast
from mlstrat.core.figures import Figure, Sampling, from_counts
from mlstrat.core.sample_size.to_settle import Side, ToSettle, settle

EYEBALL_PREFIX = "eyeball/"
"""Before an id that is hashed: independent of the hashes that cut splits."""

_TEXT = re.compile(
    r"seed ([0-9]+) cut ([0-9a-f]{16}) eyeball ([0-9]+)/([0-9]+) blackbox ([0-9]+)/([0-9]+)\Z"
)


@dataclass(frozen=True)
class Part:
    """Errors among the rows of a set."""

    errors: int
    n: int

    @property
    def error(self) -> float | None:
        """The error, a fraction; None where the set is empty."""
        return self.errors / self.n if self.n else None


@dataclass(frozen=True)
class EyeballSet:
    """Who is in the eyeball set, and how both sets stood when it was fixed.

    A row is in it where the hash of its id with the seed is below `cut`.
    """

    seed: int
    cut: int
    eyeball: Part
    blackbox: Part

    def to_text(self) -> str:
        """Return it as the text of one cell of a sheet.

        Examples
        --------
        >>> EyeballSet(0, 255, Part(50, 500), Part(451, 4500)).to_text()
        'seed 0 cut 00000000000000ff eyeball 50/500 blackbox 451/4500'
        """
        e, b = self.eyeball, self.blackbox
        return (
            f"seed {self.seed} cut {self.cut:016x} "
            f"eyeball {e.errors}/{e.n} blackbox {b.errors}/{b.n}"
        )


def eyeball_of_text(text: str) -> EyeballSet | None:
    """Return the eyeball set that a cell describes, or None.

    Examples
    --------
    >>> eyeball_of_text("seed 0 cut 00000000000000ff eyeball 50/500 blackbox 451/4500").cut
    255
    """
    found = _TEXT.match(text.strip())
    if found is None:
        return None
    seed, cut, *counts = found.groups()
    a, b, c, d = map(int, counts)
    if a > b or c > d:
        return None
    return EyeballSet(int(seed), int(cut, 16), Part(a, b), Part(c, d))


@dataclass(frozen=True)
class Wear:
    """Whether the eyeball set is worn out: the whole interval of the difference is above the bar.

    `start` and `now` are eyeball and blackbox; the difference is blackbox minus eyeball error now,
    with Newcombe's interval; the bar is that at the start, at least 0. `to_settle` is None where
    nothing points to wear, or it is settled.
    """

    start: tuple[Part, Part]
    now: tuple[Part, Part]
    difference: Figure
    bar: float
    worn: bool
    to_settle: ToSettle | None


def eyeball_wear(fixed: EyeballSet, eyeball: Part, blackbox: Part, confidence: float) -> Wear:
    """Return whether the eyeball error has fallen so much faster that the set is worn out.

    Formula: d = b − e now, with Newcombe's interval of independent proportions; worn out where
    its lower limit exceeds max(0, b₀ − e₀). Without any special work on the eyeball errors the
    expectation of d, given how the sets stood at the start, lies between 0 and b₀ − e₀, so the
    bar is never too low.

    Undefined (value and interval None) where one of the sets is empty.

    References
    ----------
    Machine Learning Yearning 17; it names no threshold: the interval is ours.

    Examples
    --------
    >>> fixed = EyeballSet(0, 1 << 60, Part(100, 500), Part(900, 4500))
    >>> eyeball_wear(fixed, Part(20, 500), Part(720, 4500), 0.95).worn
    True
    >>> eyeball_wear(fixed, Part(75, 500), Part(720, 4500), 0.95).worn
    False
    """
    start = (fixed.eyeball, fixed.blackbox)
    now = (eyeball, blackbox)
    e, b = eyeball.error, blackbox.error
    if e is None or b is None:
        which = "eyeball" if e is None else "blackbox"
        nothing = Figure(None, None, eyeball.n, f"the {which} set is empty")
        return Wear(start, now, nothing, 0.0, False, None)
    sampling = Sampling(confidence, resamples=1)
    now_e, now_b = (from_counts(part.errors, part.n, sampling) for part in now)
    sides = (Side("blackbox", 1.0, now_b), Side("eyeball", -1.0, now_e))
    low, high = contrast([(x.weight, x.value, x.estimate.ci or (0.0, 1.0)) for x in sides])
    e0, b0 = fixed.eyeball.error, fixed.blackbox.error
    bar = max(0.0, b0 - e0) if e0 is not None and b0 is not None else 0.0
    difference = b - e
    worn = low > bar
    more = None
    if not worn and difference > bar:
        more = settle("is the eyeball set worn out?", sides, lambda at: at(confidence)[0] > bar,
                      of_ci=confidence)  # fmt: skip
    return Wear(start, now, Figure(difference, (low, high), eyeball.n), bar, worn, more)
