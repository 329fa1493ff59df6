"""A row of a review sheet, as far as its label is concerned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class LabelRow:
    """One row of a sheet, as far as its label is concerned.

    The ``truth`` is None where it is not known, or there is none; ``also`` are further right
    labels. ``weight`` is 0 where the row stands for no others. A row that is ``dropped``, as no
    label is right or the example is unusable, leaves the corrected error. Wrong labels may be
    concentrated in ``attributes``.
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
    also: tuple[str, ...] = ()
    dropped: bool = False

    @property
    def wrong(self) -> bool:
        """Whether the prediction is not the label."""
        return self.prediction != self.label

    @property
    def wrong_corrected(self) -> bool:
        """Whether the prediction is wrong by the corrected label; unknown labels leave an error."""
        return self.wrong_once_corrected(self.prediction)

    def wrong_once_corrected(self, prediction: str | None) -> bool:
        """Whether a prediction, of this or another model, is none of the labels that are right."""
        return self.truth is None or prediction not in (self.truth, *self.also)


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
class Kind:
    """The rows of one kind, errors or correct ones.

    ``read`` rows were read, ``mislabeled`` of them have a wrong label; ``unresolved`` of these
    have no right one yet, and ``dropped`` have none at all; ``turned`` change sides by the
    corrected label: errors become right, correct rows become wrong. ``covered`` rows of the split
    the sheet stands for.
    """

    rows: int
    read: int
    mislabeled: int
    unresolved: int
    turned: int
    covered: float
    dropped: int = 0


def counted(rows: Sequence[LabelRow]) -> Kind:
    """Return how many rows of one kind were read, and what was said of their labels."""
    bad = [row for row in rows if row.read and row.mislabeled]
    return Kind(
        rows=len(rows),
        read=sum(row.read for row in rows),
        mislabeled=len(bad),
        unresolved=sum(row.truth is None and not row.dropped for row in bad),
        turned=sum(
            row.read and not row.dropped and row.wrong != row.wrong_corrected for row in rows
        ),
        covered=sum(row.weight for row in rows),
        dropped=sum(row.dropped for row in bad),
    )


@dataclass(frozen=True)
class LabelReview:
    """The rows of a sheet, and what is worth a note.

    ``columns`` are attributes in which wrong labels may be concentrated; ``new_labels`` true labels
    that the run does not have. Of ``inferred`` rows the right label was taken to be the other one
    of two; ``by_hand`` rows have no weight in a sheet with weights.
    """

    rows: tuple[LabelRow, ...]
    columns: tuple[str, ...]
    new_labels: tuple[str, ...]
    inferred: int
    by_hand: int
    weighted: bool
    eyeball: bool
    split: str | None
