"""The thresholds of `slices`, each with its reason; none is the course's."""

MOST_TESTED = 20
"""Slices that are tested: each test more makes Holm's adjustment harder."""

LISTED = 200
"""Slices that are looked at closely: what nobody reads need not be told apart."""

SAME_ROWS = 0.95
"""Two slices with this share of all their rows in common are one under two names."""

MOST_OVERLAPS = 3_000
"""Pairs of slices whose common rows are counted, those of the highest ranks first."""

BEYOND = 2.0
"""Standard errors by which a pair of conditions must exceed each of the two alone, or it is
explained by that one; and within which a slice without its strongest pair is like the rest."""

MOSTLY = 0.5
"""Share of a gap from which it is said to be mostly a mix."""
