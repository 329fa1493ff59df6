"""The slice that leads: what would show it, where the rows do not yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlstrat.core.decisions import one_sided
from mlstrat.core.figures import Estimate
from mlstrat.core.intervals import normal_quantile
from mlstrat.core.sample_size.to_settle import IntervalAt, Side, ToSettle, settle
from mlstrat.core.wording import Scale
from mlstrat.workflow.slices.compute import Slice
from mlstrat.workflow.slices.findings import slice_name


@dataclass(frozen=True)
class Leading:
    """The strongest slice of the searched half, and what would settle whether it is one."""

    slice: Slice
    to_settle: ToSettle | None


def leading_slice(
    slices: Sequence[Slice], rows: int, split: str, confidence: float, tolerance: float
) -> Leading | None:
    """Return the strongest slice of the searched half, where the other half leans to it, too.

    One slice is looked at, which the other half had no part in choosing: so its p-value needs no
    adjustment to be named, only to be confirmed. It is settled where the adjusted test shows it, or
    rules out that its error is above the rest by the tolerance; of new rows one half is searched.

    Parameters
    ----------
    slices
        Those of a run.
    rows
        Of both halves.
    split
        Where new rows would come from.
    confidence, tolerance
        As asked for.

    Returns
    -------
    Leading or None
        None where a slice is confirmed, or where the other half does not lean to it.
    """
    tested = [x for x in slices if x.p_value is not None]
    lead = max(tested, key=lambda x: x.found, default=None)
    if lead is None or any(x.confirmed for x in tested):
        return None
    if lead.p_value is None or lead.p_value > 1 - confidence or lead.above is None:
        return None
    level = one_sided(confidence, len(tested))

    def decides(at: IntervalAt) -> bool:
        low, high = at(level)
        return low > 0 or high < tolerance

    where, points = slice_name(dict(lead.where)), Scale().points(tolerance)
    question = f"is the error of {where} above that of the rest, or by less than {points}?"
    # The interval of which the test's p-value is the inversion, so that the decision is the same.
    value = lead.above.value or 0.0
    error = value / normal_quantile(1 - 2 * lead.p_value)
    half = normal_quantile(confidence) * error
    above = Estimate(value, (value - half, value + half), rows, variance=error**2)
    side = Side(split, 1.0, above)
    return Leading(
        lead, settle(question, [side], decides, of_ci=confidence, hardest=(tolerance / 2,))
    )
