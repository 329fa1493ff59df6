"""Dates as people write them, and as a machine does; the target writes them in other ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlstrat.harness.recipes.recipe import HumanLevel

if TYPE_CHECKING:
    import numpy as np

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

FORMATS = {
    False: ("{day} {month} {year}", "{month} {day}, {year}", "{day}. {month} {year}"),
    True: ("{day} {month} {year}", "{year}, {month} {day}", "{month} {year}, the {day}"),
}
"""Whether it is of the target: how dates are written; one way is in both."""


@dataclass(frozen=True)
class Written:
    """A date as it was written, and as it is to come out: 1997-05-03."""

    source: str
    reference: str


class Dates:
    """What draws dates of 1950 to 2049."""

    human = HumanLevel(0.0, "by construction: each date is written in full, in one way", known=True)

    def draw(self, random: np.random.Generator, target: bool) -> Written:
        """Return a date."""
        year, month, day = random.integers((1950, 1, 1), (2050, 13, 29)).tolist()
        formats = FORMATS[target]
        shown = formats[random.integers(len(formats))]
        return Written(
            shown.format(day=day, month=MONTHS[month - 1], year=year),
            f"{year}-{month:02d}-{day:02d}",
        )
