"""Which split a question is asked of."""

from __future__ import annotations

from mlstrat.errors import UsageError


def pick_split(splits: tuple[str, ...], asked: str | None) -> str:
    """Return the split that a single number looks at: the one asked for, dev, or the only one.

    Raises
    ------
    UsageError
        Where the split is not there, or several are and none is dev.
    """
    if asked is not None:
        if asked not in splits:
            raise UsageError(f"there is no split {asked!r}", accepted=", ".join(splits))
        return asked
    if "dev" in splits:
        return "dev"
    if len(splits) == 1:
        return splits[0]
    raise UsageError(
        "there is no dev split and more than one other",
        accepted=", ".join(splits),
        hint="say which one with --split",
    )
