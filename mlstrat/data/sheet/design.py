"""How the rows of a review sheet are drawn: strata, how many of each, and what each stands for.

Within a stratum the rows of the smallest hash are taken, which is a simple random sample without
replacement that anyone can repeat and that a later draw continues.

The eyeball set, whose errors people read, and the blackbox set, which is only measured on: a row
belongs to the first where the hash of its id and a seed lies below a cut point. So nobody needs a
list: old rows never move when the data grow, and new rows join either set in the same proportion.
The two are random halves of one dev set, so that their errors differ by chance alone until someone
works on what was read.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Mapping

from mlstrat.core.figures import Figure, Sampling, from_counts
from mlstrat.core.intervals import contrast
from mlstrat.core.record import Record
from mlstrat.core.sample_size.to_settle import Side, ToSettle, settle

ERROR, CORRECT = "error", "correct"
"""Strata of a sheet that was not stratified; the strata of errors begin with the first."""

KINDS = {"all": ERROR, "fp": "false positive", "fn": "false negative"}
"""Kinds of errors that are drawn."""

CONFIDENT = "error: most confident first, not a random sample"
SUSPECT = "suspect: likely wrong label, not a random sample"
NOT_RANDOM = frozenset({CONFIDENT, SUSPECT})
"""Strata of rows that a ranking picked. No estimate follows from them: their ``sampling_weight`` is
blank, and whatever stands there counts as nothing."""

SUGGESTED = ("suggested_label", "label_probability")
"""Own columns of a sheet of suspects, which tell them from random rows without a stratum, too."""

OTHERS = "other strata"
"""The rarest strata together, where there are more of them than can be drawn from."""

FEWEST_PER_STRATUM = 2
"""Rows drawn from each stratum (ours): from one row nobody can tell how much a stratum varies."""

DRAW_PREFIX = "draw/"
"""Before an id that is hashed for drawing: independent of the hashes that cut splits and halves."""

ORDER_PREFIX = "order/"
"""Before an id that is hashed for its place in the sheet."""


class Drawn(Record):
    """One stratum of a sheet: its rows in the run, in the sheet, and those added to it now."""

    name: str
    rows: int
    drawn: int
    new: int
    random: bool = True

    @property
    def weight(self) -> float | None:
        """Rows of the run that a row of the sheet stands for; None where that is not known."""
        return self.rows / self.drawn if self.random and self.drawn else None


def stratum_name(kind: str, part: str | None = None) -> str:
    """Return the name of a stratum of errors."""
    parts = [*([] if kind == "all" else [KINDS[kind]]), *([] if part is None else [part])]
    return f"{ERROR}: {', '.join(parts)}" if parts else ERROR


def pooled(sizes: Mapping[str, int], n: int, others: str) -> dict[str, str]:
    """Return for each stratum the name under which it is drawn: the rarest are `others`.

    Each that keeps its name gets at least two of the `n` rows.
    """
    most = max(n // FEWEST_PER_STRATUM, 1)
    ranked = sorted(sizes, key=lambda name: (-sizes[name], name))
    if len(ranked) <= most:
        return {name: name for name in ranked}
    return {name: name if i < most - 1 else others for i, name in enumerate(ranked)}


def allocate(
    sizes: Mapping[str, int], n: int, already: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Return how many more rows to draw from each stratum.

    First two of each stratum, the largest first; then in proportion to the sizes, by the method
    of Webster and Sainte-Laguë: the next row goes to the largest Nₕ / (2nₕ + 1). It never takes a
    row back when n grows, so that a sheet can be added to: `sizes` are Nₕ, nₕ begin at `already`.
    """
    before = already or {}
    drawn = {name: before.get(name, 0) for name in sizes}

    def urgency(name: str) -> tuple[int, float, str]:
        few = drawn[name] < FEWEST_PER_STRATUM
        return (0 if few else 1, -sizes[name] / (1 if few else 2 * drawn[name] + 1), name)

    heap = [urgency(name) for name in sizes if drawn[name] < sizes[name]]
    heapq.heapify(heap)
    for _ in range(n):
        if not heap:
            break
        *_, name = heapq.heappop(heap)
        drawn[name] += 1
        if drawn[name] < sizes[name]:
            heapq.heappush(heap, urgency(name))
    return {name: drawn[name] - before.get(name, 0) for name in sizes}


EYEBALL_PREFIX = "eyeball/"
"""Before an id that is hashed: independent of the hashes that cut splits."""

_TEXT = re.compile(
    r"seed ([0-9]+) cut ([0-9a-f]{16}) eyeball ([0-9]+)/([0-9]+) blackbox ([0-9]+)/([0-9]+)\Z"
)


class Part(Record):
    """Errors among the rows of a set."""

    errors: int
    n: int

    @property
    def error(self) -> float | None:
        """The error, a fraction; None where the set is empty."""
        return self.errors / self.n if self.n else None


class EyeballSet(Record):
    """Who is in the eyeball set, and how both sets stood when it was fixed.

    A row is in it where the hash of its id with this seed is below the cut.
    """

    seed: int
    cut: int
    eyeball: Part
    blackbox: Part

    def to_text(self) -> str:
        """Return it as the text of one cell of a sheet."""
        e, b = self.eyeball, self.blackbox
        return (
            f"seed {self.seed} cut {self.cut:016x} "
            f"eyeball {e.errors}/{e.n} blackbox {b.errors}/{b.n}"
        )


def eyeball_of_text(text: str) -> EyeballSet | None:
    """Return the eyeball set that a cell describes, or None."""
    found = _TEXT.match(text.strip())
    if found is None:
        return None
    seed, cut, *counts = found.groups()
    a, b, c, d = map(int, counts)
    if a > b or c > d:
        return None
    return EyeballSet(int(seed), int(cut, 16), Part(a, b), Part(c, d))


class Wear(Record):
    """Whether the eyeball set is worn out.

    ``difference`` is the blackbox error minus the eyeball error now, ``bar`` what it must surely
    exceed: that at the start, at least 0. ``to_settle`` is None where nothing points that way, or
    it is settled.
    """

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
    """
    e, b = eyeball.error, blackbox.error
    if e is None or b is None:
        which = "eyeball" if e is None else "blackbox"
        nothing = Figure(None, None, eyeball.n, f"the {which} set is empty")
        return Wear(nothing, 0.0, False, None)
    sampling = Sampling(confidence, resamples=1)
    now_e, now_b = (from_counts(part.errors, part.n, sampling) for part in (eyeball, blackbox))
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
    return Wear(Figure(difference, (low, high), eyeball.n), bar, worn, more)
