"""What a person typed as a rate or a number of rows."""

from __future__ import annotations

import math
import re

from mlstrat.core.figures import Estimate, Sampling, from_rate
from mlstrat.core.record import Record
from mlstrat.errors import InputError

ACCEPTED_RATES = "8%, 0.08, or counts 80/1000"


COUNT_DIGITS = 15
"""Of a number of rows: a float holds every whole number of so many."""


class Rate(Record):
    """A fraction, with the counts behind it where they are known."""

    value: float
    errors: int | None = None
    n: int | None = None


def parse_count(text: str) -> int | None:
    """Return a number of rows, above 0 and of at most 15 digits, which a float holds; else None.

    Examples
    --------
    >>> parse_count("1000"), parse_count("0"), parse_count("9" * 5000)
    (1000, None, None)
    """
    return int(text) or None if text.isdecimal() and len(text) <= COUNT_DIGITS else None


def parse_rate(text: str | float | Rate, what: str, *, bounded: bool = True) -> Rate:
    """Return the rate that a person typed.

    Examples
    --------
    >>> parse_rate("8%", "train")
    Rate(value=0.08, errors=None, n=None)
    >>> parse_rate("80/1000", "train")
    Rate(value=0.08, errors=80, n=1000)
    """
    if isinstance(text, Rate):
        return text
    shown = str(text).strip()
    counts = re.fullmatch(rf"(\d{{1,{COUNT_DIGITS}}})\s*/\s*(\d{{1,{COUNT_DIGITS}}})", shown)
    if counts:
        errors, n = int(counts[1]), int(counts[2])
        if n == 0 or errors > n:
            raise InputError(
                f"{what} is {shown}", accepted=f"{ACCEPTED_RATES}, with at most n errors of n > 0"
            )
        return Rate(errors / n, errors, n)
    percent = shown.endswith("%")
    try:
        number = float(shown.removesuffix("%").strip())
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{what} is {shown!r}, which is not a number", accepted=ACCEPTED_RATES)
    # Read as "0.7e-2", so that 0.7% is 0.007 and not 0.006999999999999999.
    value = number if not percent else float(f"{number:.12f}e-2")
    if bounded and not 0 <= value <= 1:
        hint = f"write {number:g}% for {number:g} percent" if 1 < number <= 100 else None
        raise InputError(
            f"{what} is {shown}, outside 0 to 100%", accepted=ACCEPTED_RATES, hint=hint
        )
    return Rate(value)


def typed_estimate(rate: Rate, sampling: Sampling, stream: int) -> Estimate:
    """Return a rate as an estimate, with an interval where it has counts."""
    if rate.n is None or rate.errors is None:
        return Estimate(rate.value)
    return from_rate(rate.value, rate.n, rate.errors, sampling, stream)
