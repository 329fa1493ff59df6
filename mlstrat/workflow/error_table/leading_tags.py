"""Can the two largest tags be told apart, and how many more errors would tell?"""

from __future__ import annotations

import math
from collections.abc import Sequence

from mlstrat.core.counts import Floats
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import normal_quantile
from mlstrat.core.stratified import Design
from mlstrat.workflow.error_table.table import Category, LeadingPair


def leading_pair(
    design: Design,
    marks: Floats,
    categories: Sequence[Category],
    known: int | None,
    confidence: float,
) -> LeadingPair | None:
    """Compare the two largest tags, on the same errors: only those with one of the two count."""
    if len(categories) < 2 or not categories[1].count:
        return None
    first = design.strata(marks[:, 0] > marks[:, 1])
    second = design.strata(marks[:, 1] > marks[:, 0])
    whole = sum(s.rows for s in first)
    difference = discordance = variance = 0.0
    for a, b in zip(first, second, strict=True):
        part, n = a.rows / whole, a.reviewed
        difference += part * (a.hits - b.hits) / n
        discordance += part * (a.hits + b.hits) / n
        # Half a row in each of the four cells, so that nothing seen is not no variance.
        apart, lead = (a.hits + b.hits + 1) / (n + 2), (a.hits - b.hits) / (n + 2)
        finite = 1.0 if known is None else max(0.0, 1 - n / a.rows)
        variance += part**2 * (apart - lead**2) / n * finite
    half = normal_quantile(confidence) * math.sqrt(variance)
    ci = (max(-1.0, difference - half), min(1.0, difference + half))
    read = int(design.reviewed.sum())
    pair = (categories[0].tag, categories[1].tag)
    resolved = ci[0] > 0
    more = None if resolved else _more(discordance, difference, read, known, confidence)
    return LeadingPair(pair, Figure(difference, ci, read), resolved, more)


def _more(
    discordance: float, difference: float, read: int, errors: int | None, confidence: float
) -> int | None:
    """Return how many more errors to read; all that are left where less would not do."""
    from mlstrat.core.sample_size import Test, paired_size

    if difference <= 1e-12:
        return None
    needed = float(paired_size(discordance, difference, Test(confidence)))
    if errors is not None:
        needed = needed / (1 + (needed - 1) / errors)
    more = math.ceil(needed) - read
    if errors is not None:
        more = min(more, errors - read)
    return more if more > 0 else None
