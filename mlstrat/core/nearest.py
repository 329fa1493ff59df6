"""The nearest known names to one that was typed: every "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(typed: str, known: Iterable[str], cutoff: float = 0.5, most: int = 1) -> list[str]:
    """Return the known names nearest to one that was typed, best first; case plays no part.

    Parameters
    ----------
    typed, known
        What was typed, and what could have been.
    cutoff
        How alike they must be, from 0 to 1 (the ratio of `difflib`).
    most
        How many to return at most.

    Examples
    --------
    >>> nearest("Nort", ["north", "south", "Norte"], most=3)
    ['north', 'Norte']
    """
    import difflib

    folded: dict[str, str] = {}
    for name in known:
        folded.setdefault(_fold(name), name)
    return [folded[x] for x in difflib.get_close_matches(_fold(typed), folded, most, cutoff)]


def did_you_mean(
    typed: str, known: Iterable[str], cutoff: float = 0.5, most: int = 1
) -> str | None:
    """Return a hint with the nearest known names, or None where none is near.

    Examples
    --------
    >>> did_you_mean("data-mismach", ["variance", "data_mismatch"])
    "did you mean 'data_mismatch'?"
    """
    near = nearest(typed, known, cutoff, most)
    return f"did you mean {', '.join(map(repr, near))}?" if near else None


def _fold(name: str) -> str:
    return name.casefold().replace("-", "_")
