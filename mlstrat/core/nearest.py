"""The nearest known name to one that was typed."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(typed: str, known: Iterable[str], cutoff: float = 0.5) -> str | None:
    """Return a hint with the nearest known name, or None where none is near.

    Examples
    --------
    >>> did_you_mean("data-mismach", ["variance", "data_mismatch"])
    "did you mean 'data_mismatch'?"
    """
    import difflib

    folded = typed.casefold().replace("-", "_")
    nearest = difflib.get_close_matches(folded, list(known), n=1, cutoff=cutoff)
    return f"did you mean {nearest[0]!r}?" if nearest else None
