"""Limits of learning curves, apart so that the text of a finding loads no arithmetic."""

FEWEST_SIZES = 3
"""A power law with a floor has three parameters."""

FARTHEST = 1000.0
"""Times the largest size at which dev is said to have come to its floor, and up to which a size for
the target is looked for (ours): a shallow power law never ends, and nobody has more data."""

FAR = 10.0
"""Times the largest size beyond which a power law is a guess, and said to be one (ours)."""

NEXT_SIZES = (2, 4, 8, 16)
"""Times the largest size at which one more run is tried in thought (ours)."""
