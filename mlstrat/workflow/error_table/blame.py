"""Error analysis by parts: which part of a chain is to blame for each error.

Replace the first part by the truth: is the whole right now? Then that part is to blame. Else
replace the second one too, and so on. What stays wrong with every part perfect is the chain's own.

Source: Machine Learning Yearning 53-57.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.figures import Figure
from mlstrat.core.intervals import normal_quantile, wilson_interval
from mlstrat.errors import UsageError

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class PartShare:
    """The errors that one part owns, and their share of all errors."""

    part: str
    errors: int
    share: Figure


@dataclass(frozen=True)
class Attribution:
    """Every error, blamed on one part.

    Attributes
    ----------
    errors
        All errors of the whole.
    parts
        In the order of the chain.
    unexplained
        Errors that stay when every part is perfect: the chain lacks something.
    blamed
        For each example the number of the part to blame, −1 where the whole is right, the number
        of parts where no part explains it.
    """

    errors: int
    parts: tuple[PartShare, ...]
    unexplained: PartShare
    blamed: NDArray[np.int64]


def order_parts(feeds: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the parts so that each comes after those that feed it; ties as they were named.

    Parameters
    ----------
    feeds
        Part to the parts whose output it reads.

    Raises
    ------
    UsageError
        For a part that is fed by an unknown one, or by itself in a circle.

    Examples
    --------
    >>> order_parts({"plan": ["cars", "people"], "cars": [], "people": []})
    ['cars', 'people', 'plan']
    """
    for part, inputs in feeds.items():
        for name in inputs:
            if name not in feeds:
                raise UsageError(
                    f"the part {part!r} is fed by {name!r}, which is not a part",
                    accepted=", ".join(feeds),
                )
    order: list[str] = []
    while len(order) < len(feeds):
        ready = [x for x in feeds if x not in order and all(y in order for y in feeds[x])]
        if not ready:
            circle = ", ".join(x for x in feeds if x not in order)
            raise UsageError(
                f"parts feed each other in a circle: {circle}",
                accepted="parts in an order in which each is fed by those before it",
            )
        order.append(ready[0])
    return order


def attribute_to_parts(
    right: Sequence[bool] | Flags,
    perfect: Mapping[str, Sequence[bool] | Flags],
    feeds: Mapping[str, Sequence[str]] | None = None,
    confidence: float = 0.95,
) -> Attribution:
    """Return which part of a chain is to blame for each error.

    Parameters
    ----------
    right
        For each of N examples, whether the whole is right as it stands.
    perfect
        For each part, N flags: whether the whole is right with that part and all before it
        perfect. The last part may be left out where a perfect one makes everything right.
    feeds
        Part to the parts whose output it reads; without it, a chain in the order of `perfect`.
        The parts of `perfect` are taken in the order that it implies.
    confidence
        Of Wilson's interval of each share, which takes examples for independent.

    Raises
    ------
    UsageError
        For no part, flags of different lengths, a part that `feeds` does not know, or a circle.

    Examples
    --------
    >>> found = attribute_to_parts([True, False, False, False],
    ...                            {"detect": [True, True, True, False]},
    ...                            feeds={"detect": [], "read": ["detect"]})
    >>> [(x.part, x.errors) for x in found.parts]
    [('detect', 2), ('read', 1)]
    """
    feeds = feeds or chain_of(list(perfect))
    order = order_parts(feeds)
    whole = np.asarray(right, dtype=bool)
    flags = _checked(whole, perfect, order)
    blamed = np.where(whole, -1, len(order))
    for number in reversed(range(len(order))):
        blamed = np.where(~whole & flags[number], number, blamed)
    errors = int((~whole).sum())

    def share(part: str, number: int) -> PartShare:
        owned = int((blamed == number).sum())
        if not errors:
            return PartShare(part, 0, Figure(None, None, 0, "there is no error"))
        around = wilson_interval(owned / errors, errors, normal_quantile(confidence))
        return PartShare(part, owned, Figure(owned / errors, around, errors))

    parts = tuple(share(part, number) for number, part in enumerate(order))
    return Attribution(errors, parts, share("no part", len(order)), blamed)


def chain_of(parts: Sequence[str]) -> dict[str, list[str]]:
    """Return what feeds each part where each reads the one before it.

    Examples
    --------
    >>> chain_of(["find", "read"])
    {'find': [], 'read': ['find']}
    """
    return {part: list(parts[:place][-1:]) for place, part in enumerate(parts)}


def _checked(
    whole: Flags, perfect: Mapping[str, Sequence[bool] | Flags], order: Sequence[str]
) -> list[Flags]:
    """Return the flags of each part in order; a last part that is left out explains all."""
    strange = [part for part in perfect if part not in order]
    missing = [part for part in order[:-1] if part not in perfect]
    if strange or not order:
        raise UsageError(
            f"no such part: {', '.join(strange)}" if strange else "no parts",
            accepted=", ".join(order) or "one or more parts",
        )
    if missing:
        raise UsageError(
            f"nothing is said of the part {missing[0]!r}",
            accepted="for every part but the last, whether the whole is right once it is perfect",
        )
    flags = [np.asarray(perfect.get(part, np.ones_like(whole)), dtype=bool) for part in order]
    for part, one in zip(order, flags, strict=True):
        if one.shape != whole.shape:
            raise UsageError(
                f"the part {part!r} has {one.size} flags", accepted=f"{whole.size}, one an example"
            )
    return flags
