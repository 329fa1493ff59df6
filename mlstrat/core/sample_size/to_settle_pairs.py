"""What would settle a question about two models that predict the same rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

from mlstrat.core.intervals import Interval
from mlstrat.core.sample_size.search import mostly, smallest_number
from mlstrat.core.sample_size.to_settle import ToSettle


def settle_paired(
    question: str,
    split: str,
    difference: float,
    discordance: float,
    rows: int,
    decides: Callable[[float, int], bool],
    interval: Interval,
    hardest: Sequence[float] = (0.0,),
) -> ToSettle | None:
    """Return how many more rows that both models predict settle a question about the two.

    Parameters
    ----------
    question, split
        What is open, and where new rows come from.
    difference
        The error of the one minus that of the other, on the rows so far.
    discordance
        ψ, the share of rows on which exactly one of the two is right.
    rows
        How many rows there are.
    decides
        Whether a difference on so many rows, at the same discordance, settles the question.
    interval
        Of the difference.
    hardest
        Effects that are hardest to settle.

    Examples
    --------
    >>> from mlstrat.core.paired_tests import mcnemar_exact
    >>> def shows(d, n):
    ...     only_a, only_b = (0.10 - d) * n / 2, (0.10 + d) * n / 2
    ...     return mcnemar_exact(round(only_a), round(only_b)) <= 0.05 or abs(d) <= 0.002
    >>> settle_paired("", "dev", 0.02, 0.10, 500, shows, (-0.008, 0.048)).rows
    {'dev': 1359}
    """

    def settles(n: int, truth: float) -> bool:
        noise = math.sqrt(max(discordance - truth**2, 0.0) / n)

        def after(z: float) -> float:
            return (rows * difference + n * (truth + z * noise)) / (rows + n)

        return mostly(lambda z: decides(after(z), rows + n))

    now = smallest_number(partial(settles, truth=difference), rows)
    if now is None:
        return None
    low, high = interval
    most: int | None = now
    for truth in [x for x in hardest if low < x < high] or (low, high):
        if most is not None and not settles(most, truth):
            most = smallest_number(partial(settles, truth=truth), most)
    return ToSettle(question, {split: now}, None if most is None else {split: most}, paired=True)
