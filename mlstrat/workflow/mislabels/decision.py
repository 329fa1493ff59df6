"""Are wrong labels worth correcting, and are they systematic?"""

from __future__ import annotations

from collections.abc import Sequence

from mlstrat.workflow.mislabels.compute import LARGE_PART, Mislabels
from mlstrat.workflow.mislabels.systematic import Concentration
from mlstrat.workflow.mislabels.versus import Versus

SLACK = 1e-9
"""Comparisons against a threshold allow this much rounding."""


def worth_fixing(result: Mislabels, versus: Versus | None) -> bool | None:
    """Return whether wrong labels are so large a part that they are worth correcting.

    Without another model: they make up at least `LARGE_PART` of the errors. With one: at least
    the difference of the two, so that they can turn the choice round, or they do. None where that
    cannot be told.

    References
    ----------
    Ng, C3W2 Cleaning up incorrectly labeled data: 0.6 points of label errors against a difference
    of 2.1% and 1.9%.
    """
    if versus is None:
        share = result.label_share.value
        if share is None or share >= LARGE_PART - SLACK:
            return None if share is None else True
        return None if result.picked else False  # of picked rows: at least so many
    part = result.error_from_labels.value
    if part is None:
        return None
    if part > 0 and part >= abs(versus.observed_difference) - SLACK:
        return True
    corrected = versus.corrected_difference
    if corrected is not None and corrected * versus.observed_difference < 0:
        return True
    return None if result.picked else False


def is_systematic(found: Sequence[Concentration], confidence: float) -> bool | None:
    """Return whether wrong labels are concentrated anywhere; None where nothing was tested."""
    if not found:
        return None
    return any(one.p_adjusted <= 1 - confidence + SLACK for one in found)
