"""How often a dev and a test set were used: a set that is chosen on again and again wears out.

Source: C3W1 Train/dev/test distributions; Machine Learning Yearning 11 (when to change dev and
test sets); Dwork et al. (2015), The reusable holdout, Science 349.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

COUNTED = ("dev", "test")
"""The sets that wear out: those that models are chosen and judged on."""


@dataclass(frozen=True)
class UsedSet:
    """A set, and the gates that looked at it.

    ``uses`` counts gates, ``runs`` holds a key for each distinct run, ``gaps`` the gap dev → test
    at each of these that had both, by the key of the run.
    """

    split: str
    rows: int
    uses: int = 0
    runs: tuple[str, ...] = ()
    gaps: Mapping[str, float] = field(default_factory=dict)

    def used(self, run: str, gap: float | None) -> UsedSet:
        """Return the set after one more use."""
        runs = self.runs if run in self.runs else (*self.runs, run)
        gaps = dict(self.gaps) if gap is None else {**self.gaps, run: gap}
        return replace(self, uses=self.uses + 1, runs=runs, gaps=gaps)


@dataclass(frozen=True)
class Ledger:
    """All sets, by fingerprint."""

    sets: Mapping[str, UsedSet] = field(default_factory=dict)

    def after(self, fingerprint: str, split: str, rows: int, run: str, gap: float | None) -> Ledger:
        """Return the ledger after one more use of a set.

        Examples
        --------
        >>> ledger = Ledger().after("f", "dev", 100, "a", None).after("f", "dev", 100, "b", 0.02)
        >>> ledger.sets["f"].uses, len(ledger.sets["f"].runs)
        (2, 2)
        """
        known = self.sets.get(fingerprint) or UsedSet(split, rows)
        return Ledger({**self.sets, fingerprint: known.used(run, gap)})
