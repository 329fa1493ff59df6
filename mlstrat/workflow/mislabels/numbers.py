"""`mislabels` from numbers alone."""

from __future__ import annotations

from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.intervals import normal_quantile, wilson_interval
from mlstrat.data.rates import Rate, parse_rate
from mlstrat.data.settings import check_rows
from mlstrat.errors import InputError, UsageError
from mlstrat.workflow.mislabels.compute import (
    NO_ERRORS,
    NO_ROWS,
    Mislabels,
    SetSize,
    overall_error,
)
from mlstrat.workflow.mislabels.label_row import Kind
from mlstrat.workflow.mislabels.versus import Versus, typed_versus


def typed_mislabels(
    error: SetSize, from_labels: float, labelled: int | None, *, confidence: float = 0.95
) -> Mislabels:
    """Return the figures of numbers that were typed: all errors were read, correct rows were not.

    What the corrected error is depends on which errors become right, so it is only bounded.
    `labelled` errors have wrong labels, None where unknown.
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


def typed(
    error: str | float | None,
    from_labels: str | float | None,
    versus_error: str | float | None,
    n: int | None,
    sampling: Sampling,
) -> tuple[Mislabels, Versus | None]:
    """Return the figures of typed numbers, and the choice between two models."""
    if error is None or from_labels is None:
        raise UsageError(
            "nothing to look at",
            accepted="a review sheet, or --error RATE --from-labels RATE",
        )
    size = size_of_rate(parse_rate(error, "the error"), n)
    part = parse_rate(from_labels, "the error from labels")
    if part.n is not None and size.rows not in (None, part.n):
        raise InputError(
            f"the error is of {size.rows} rows, the error from labels of {part.n}",
            accepted="both of the same rows: --error 80/1000 --from-labels 6/1000",
        )
    if part.n is not None and size.rows is None:
        size = size_of_rate(Rate(size.rate or 0.0), part.n)
    rate = size.rate if size.rate is not None else (size.errors or 0) / (size.rows or 1)
    if part.value > rate + 1e-12:
        raise InputError(
            f"{100 * part.value:g}% of error from labels, and {100 * rate:g}% of error in all",
            accepted="a part of the error",
            hint="both are shares of the rows, not one of the errors",
        )
    labelled = part.errors
    if labelled is None and size.rows is not None:
        labelled = round(part.value * size.rows)
    result = typed_mislabels(size, part.value, labelled, confidence=sampling.confidence)
    choice = None
    if versus_error is not None:
        other = parse_rate(versus_error, "the error of the other model")
        if other.n is not None and size.rows not in (None, other.n):
            raise InputError(f"the errors are of {size.rows} and of {other.n} rows",
                             accepted="two models on the same rows")  # fmt: skip
        choice = typed_versus(rate, other.value, part.value, size.rows or other.n, sampling)
    return result, choice


def size_of_rate(rate: Rate, n: int | None) -> SetSize:
    """Return what a typed error says of the split."""
    if rate.n is not None:
        if n not in (None, rate.n):
            raise UsageError(f"-n {n} and counts of {rate.n} rows", accepted="one of the two")
        return SetSize(rate.n, rate.errors)
    if n is None:
        return SetSize(rate=rate.value)
    check_rows(n, "-n")
    return SetSize(n, round(rate.value * n), rate=rate.value)
