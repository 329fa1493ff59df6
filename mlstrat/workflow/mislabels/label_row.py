"""A row of a review sheet, as far as its label is concerned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class LabelRow:
    """One row of a sheet, as far as its label is concerned.

    Attributes
    ----------
    label, prediction
        As in the run; the prediction None where blank.
    read
        Whether a person read it.
    mislabeled
        Whether the label is wrong.
    truth
        The right label; None where it is not known.
    stratum, weight
        How the row was drawn; weight 0 where it stands for no others.
    id
        To find it again.
    attributes
        Columns in which wrong labels may be concentrated.
    """

    label: str
    prediction: str | None
    read: bool
    mislabeled: bool
    truth: str | None
    stratum: str = ""
    weight: float = 1.0
    id: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def wrong(self) -> bool:
        """Whether the prediction is not the label."""
        return self.prediction != self.label

    @property
    def wrong_corrected(self) -> bool:
        """Whether the prediction is wrong by the corrected label; unknown labels leave an error."""
        return self.truth is None or self.prediction != self.truth


HALF_MARKED = "only wrong labels are marked, and blank rows count as not read"


def is_half_marked(rows: Sequence[LabelRow]) -> bool:
    """Return whether all rows of a kind that were read have wrong labels, and some are blank."""
    read = [row.mislabeled for row in rows if row.read]
    return bool(read) and all(read) and len(read) < len(rows)


def usable(rows: Sequence[LabelRow]) -> list[LabelRow]:
    """Return the rows, those of a kind (errors, correct rows) that is half marked as not read."""
    half = {kind for kind in (True, False) if is_half_marked([r for r in rows if r.wrong == kind])}
    return [replace(row, read=False) if row.wrong in half else row for row in rows]


@dataclass(frozen=True)
class SheetFacts:
    """What the sheet says beside the figures."""

    new_labels: tuple[str, ...] = ()
    inferred: int = 0
    by_hand: int = 0
    unread: float = 0.0
    weighted: bool = False
    split: str | None = None
    eyeball: bool = False
