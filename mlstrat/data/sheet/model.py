"""What a review sheet holds: its columns, its rows, and the sheet as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlstrat.core.findings import Finding, Rule
from mlstrat.core.wording import clean
from mlstrat.data.columns import ALIASES
from mlstrat.data.parts import InputFile

RUN_PREFIX = "run."
"""What the run's own columns begin with in a sheet."""

ROLES = ("id", "split", "label", "prediction", "score")
DESIGN = ("stratum", "sampling_weight", "seed")
REVIEW = ("tags", "mislabeled", "true_label", "comment")
UNIT, WHERE = "unit", "where"
"""What tells the rows of one example apart, where each is an erring part of it: a span, a label."""

COLUMNS = (*ROLES, *DESIGN, *REVIEW)
"""The columns of a sheet, in the order in which `sample` writes them."""

EYEBALL = "eyeball"
"""The column that says who is in the eyeball set, where one was fixed."""

TAG_COLUMNS_ACCEPTED = (
    "words separated by ; or , in a column tags (or one that --tag-column names), "
    "or a column a tag that holds x, 1, true or yes"
)
KNOWN = frozenset(COLUMNS) | {name for role in ROLES for name in ALIASES[role]}
"""Names, lower case, by which a sheet is known."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a sheet; `row` is as an editor shows it, in a frame its place.

    `tags` are without ``none``. `mislabeled` is None where blank, and true for a row to drop, too:
    no label is right, or the example is unusable. `weight` is 1 in a sheet without a design, and 0
    for a row that stands for no others: added by hand, or picked by a ranking. `key` tells the row
    from others: its id, with unit and place where several have one. `columns` are the run's own.
    """

    row: int
    id: str | None
    split: str | None
    label: str | None
    prediction: str | None
    score: float | None
    tags: frozenset[str]
    mislabeled: bool | None
    true_label: str | None
    comment: str
    stratum: str | None
    weight: float
    reviewed: bool
    columns: Mapping[str, str] = field(default_factory=dict)
    dropped: bool = False
    key: str | None = None

    @property
    def wrong(self) -> bool | None:
        """Whether the prediction is not the label; None where the sheet lacks one of the two."""
        if self.label is None:
            return None
        return self.label != self.prediction


@dataclass(frozen=True)
class Sheet:
    """A review sheet as it was read: the rows that hold anything, and its tags as first seen.

    `ignored` are columns that are neither the sheet's nor the run's nor tags; `variants` groups of
    tags that are probably one, the commonest first, which `merged` says were joined. `weighted`:
    it carries its design, weights or strata that are no random ones. `eyeball`: its rows were drawn
    from an eyeball set alone.
    """

    origin: str
    rows: tuple[SheetRow, ...]
    tags: tuple[str, ...]
    tag_columns: tuple[str, ...]
    ignored: tuple[str, ...]
    variants: tuple[tuple[str, ...], ...]
    merged: bool
    weighted: bool
    eyeball: bool
    has_predictions: bool
    notes: tuple[Finding, ...]
    input: InputFile

    @property
    def reviewed(self) -> tuple[SheetRow, ...]:
        """The rows in which any review cell is filled."""
        return tuple(row for row in self.rows if row.reviewed)


SHEET_NOT_UTF8 = Rule(
    "MLS409", "note", "The sheet is not UTF-8",
    "It was read as Windows-1252, what spreadsheets in western Europe write; other letters "
    "may have become wrong ones.", "The bytes are not UTF-8.",
    "mlstrat: spreadsheets save in other encodings",
    ("save the sheet as CSV UTF-8",),
    sentence=lambda e, _s: f"{clean(e['file'])} was read as {e['encoding']}.")  # fmt: skip
