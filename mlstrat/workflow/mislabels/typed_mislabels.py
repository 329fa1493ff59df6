"""Errors that are due to wrong labels, from numbers that were typed."""

from __future__ import annotations

from mlstrat.core.figures import Figure
from mlstrat.core.intervals import normal_quantile, wilson_interval
from mlstrat.workflow.mislabels.compute import (
    NO_ERRORS,
    NO_ROWS,
    Kind,
    Mislabels,
    SetSize,
    overall_error,
)


def typed_mislabels(
    error: SetSize, from_labels: float, labelled: int | None, *, confidence: float = 0.95
) -> Mislabels:
    """Return the figures of numbers that were typed: all errors were read, correct rows were not.

    What the corrected error is depends on which errors become right, so it is only bounded.

    Parameters
    ----------
    error
        The error, and its counts where they are known.
    from_labels
        The part of it that is due to wrong labels, in the same unit.
    labelled
        Number of errors with wrong labels, None where unknown.
    confidence
        Of the intervals.

    Examples
    --------
    >>> found = typed_mislabels(SetSize(rate=0.10), 0.006, None)
    >>> round(found.error_from_other.value, 6), round(found.label_share.value, 6)
    (0.094, 0.06)
    """
    rate = error.rate if error.rate is not None else (error.errors or 0) / (error.rows or 1)
    overall = overall_error(error, confidence)
    other = max(0.0, float(f"{rate - from_labels:.12g}"))
    z = normal_quantile(confidence)

    def figure(value: float) -> Figure:
        if error.rows is None:
            return Figure(value, None, None, NO_ROWS)
        return Figure(value, wilson_interval(value, error.rows, z), error.rows)

    share = float(f"{from_labels / rate:.12g}") if rate else None
    exact = None if share is None or labelled is None else (share, share)
    reason = NO_ERRORS if share is None else NO_ROWS if exact is None else None
    blamed = labelled or 0
    wrong = Kind(error.errors or 0, error.errors or 0, blamed, blamed, 0, error.errors or 0)
    return Mislabels(
        overall,
        figure(from_labels),
        figure(other),
        Figure(share, exact, error.errors, reason),
        Figure(None, None, error.rows, "which errors become right was not said"),
        Figure(None, None, error.rows, "nobody read correct rows"),
        wrong,
        Kind(0, 0, 0, 0, 0, 0),
        error,
        "at_least",
        (other, rate),
    )
