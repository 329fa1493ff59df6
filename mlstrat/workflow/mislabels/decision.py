"""Are wrong labels worth correcting, and are they systematic?"""

from __future__ import annotations

from collections.abc import Sequence

from mlstrat.core.figures import Estimate, jeffreys_variance
from mlstrat.core.sample_size.to_settle import IntervalAt, Side, settle
from mlstrat.workflow.mislabels.compute import LARGE_PART, Mislabels
from mlstrat.workflow.mislabels.systematic import Concentration
from mlstrat.workflow.mislabels.versus import Versus

SLACK = 1e-9
"""Comparisons against a threshold allow this much rounding."""


def worth_fixing(result: Mislabels, versus: Versus | None, confidence: float) -> bool | None:
    """Return whether wrong labels are so large a part that they are worth correcting.

    Without another model: their share of the errors is at least `LARGE_PART`. With one: their part
    of the error is at least the difference of the two, so that they can turn the choice round, or
    they do. Both by the whole interval; None where that cannot be told.

    References
    ----------
    Ng, C3W2 Cleaning up incorrectly labeled data: 0.6 points of label errors against a difference
    of 2.1% and 1.9%.
    """
    figure = result.label_share if versus is None else result.error_from_labels
    bar = LARGE_PART if versus is None else abs(versus.observed_difference)
    if figure.value is None:
        return None
    low, high = figure.ci or (figure.value, figure.value)
    if low >= bar - SLACK and figure.value > 0:
        return True
    if result.picked:  # at least so many
        return None
    turned = None if versus is None else _turned(versus, confidence)
    return True if turned else False if high < bar - SLACK and turned is None else None


def _turned(versus: Versus, confidence: float) -> bool | None:
    """Return whether corrected labels surely turn the choice; None where they do not at all."""
    corrected, p = versus.corrected_difference, versus.p_better_corrected
    if corrected is None or p is None or corrected * versus.observed_difference >= 0:
        return None
    return max(p, 1 - p) >= (1 + confidence) / 2


def more_errors(result: Mislabels, confidence: float) -> int | None:
    """Return how many more errors to read, at most all, to tell whether labels are worth it.

    None where no number would do, or nobody knows how many errors there are.
    """
    share, read, errors = result.label_share, result.errors.read, result.size.errors
    if share.value is None or share.ci is None or not read or errors is None:
        return None
    side = Side("dev", 1.0, Estimate(
        share.value, share.ci, read, variance=jeffreys_variance(share.value, read), trials=read
    ))  # fmt: skip

    def decides(at: IntervalAt) -> bool:
        low, high = at(confidence)
        return not low < LARGE_PART <= high

    found = settle("are the labels worth correcting?", [side], decides, of_ci=confidence)
    if result.taken_as_random:
        return None if found is None else found.total
    left = errors - read
    return left if found is None else min(found.total, left)


def is_systematic(found: Sequence[Concentration], confidence: float) -> bool | None:
    """Return whether wrong labels are concentrated anywhere; None where nothing was tested."""
    if not found:
        return None
    return any(one.p_adjusted <= 1 - confidence + SLACK for one in found)
