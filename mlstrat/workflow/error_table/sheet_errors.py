"""The errors on a review sheet, as `error-table` counts them."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlstrat.core.counts import Floats
from mlstrat.data.formats.contents import read_text_file
from mlstrat.data.sheet.design import CORRECT, stratum_name
from mlstrat.data.sheet.layout import SheetRow
from mlstrat.data.sheet.read import Sheet, require_reviewed, split_of_sheet
from mlstrat.data.values import resolve_positive
from mlstrat.errors import ConfigError, InputError, did_you_mean
from mlstrat.workflow.error_table.table import DrawnError, ErrorTable, Kind, SplitError
from mlstrat.workflow.error_table.tally import errors_stood_for, tally_errors

MISLABELED = "mislabeled"
"""The tag that a mark in the column `mislabeled` stands for: a column of the lecture's table."""


@dataclass(frozen=True)
class SheetErrors:
    """The errors of one split that stand on a sheet: the rows, and what is counted of each.

    ``weighted`` tells whether the rows carry what each stands for. Only one ``kind`` was drawn,
    None for all; ``added`` rows were added by hand, and are left out; ``correct`` rows of the split
    are right, as the sheet's weights tell.
    """

    rows: tuple[SheetRow, ...]
    drawn: tuple[DrawnError, ...]
    tags: tuple[str, ...]
    split: str | None
    weighted: bool
    random: bool
    kind: Kind | None
    added: int
    correct: int | None
    positive: str | None

    def tally(
        self, split: SplitError, confidence: float, tags: Sequence[str] | None = None
    ) -> ErrorTable:
        """Return their table: counts alone, where they were not drawn at random."""
        found = tally_errors(
            self.drawn, self.tags if tags is None else tags, split, weighted=self.weighted,
            confidence=confidence,
        )  # fmt: skip
        return found if self.random else found.as_seen()

    def stood_for(self, split: SplitError) -> Floats:
        """Return how many errors of the split each row stands for; 0 where nobody read it."""
        return errors_stood_for(self.drawn, split, weighted=self.weighted)


def errors_of_sheet(
    sheet: Sheet, *, split: str | None = None, positive: str | None = None, unread: bool = False
) -> SheetErrors:
    """Return the errors of one split on a sheet: without `split` the only one, or dev.

    ``unread`` says that a sheet of which nothing was read is one.
    """
    if not unread:
        require_reviewed(sheet)
    main = split_of_sheet(sheet, split)
    rows = [row for row in sheet.rows if row.split in (main, None)]
    errors = [is_error(row) for row in rows]
    wrong = [row for row, error in zip(rows, errors, strict=True) if error]
    random = not sheet.weighted or any(row.weight > 0 for row in wrong)
    kept = [row for row in wrong if row.weight > 0 or not random]
    if not unread and not any(row.reviewed for row in kept):
        found = f"{len(kept)} error{'s wait' if len(kept) != 1 else ' waits'} to be read"
        raise InputError(
            f"no error of split {main or 'dev'} is filled in: {found}", file=sheet.origin
        )
    labels = {x for row in sheet.rows for x in (row.label, row.prediction) if x is not None}
    named = None
    if sheet.has_predictions and (len(labels) <= 2 or positive is not None):
        named = resolve_positive(positive, sorted(labels))
    weighted = sheet.weighted and random
    kind = _kind(kept) if weighted else None
    right = [r for r, error in zip(rows, errors, strict=True) if not error and r.weight > 0]
    correct = round(sum(row.weight for row in right)) if weighted and right else None
    tags = dict.fromkeys(sheet.tags)
    if any(row.mislabeled for row in kept):
        tags.setdefault(MISLABELED)
    shared: dict[DrawnError, DrawnError] = {}
    drawn = tuple(shared.setdefault(x, x) for x in (_drawn(row, named) for row in kept))
    return SheetErrors(
        tuple(kept), drawn, tuple(tags), main, weighted, random, kind,
        len(wrong) - len(kept), correct, named,
    )  # fmt: skip


def is_error(row: SheetRow) -> bool:
    """Tell whether a row is an error; one of a sheet without predictions is, unless it says so."""
    if row.label is None:
        return row.stratum is None or not row.stratum.startswith(CORRECT)
    return row.label != row.prediction


def tags_of(row: SheetRow) -> frozenset[str]:
    """Return the tags of a row; a wrong label is one of them."""
    return row.tags | {MISLABELED} if row.mislabeled else row.tags


def _kind(rows: Sequence[SheetRow]) -> Kind | None:
    names = {row.stratum or "" for row in rows}
    kinds: tuple[tuple[str, Kind], ...] = (("fp", "false_positives"), ("fn", "false_negatives"))
    for short, kind in kinds:
        if all(name.startswith(stratum_name(short)) for name in names):
            return kind
    return None


def _drawn(row: SheetRow, positive: str | None) -> DrawnError:
    return DrawnError(
        tags_of(row),
        row.reviewed,
        row.stratum or "",
        row.weight,
        None if positive is None else row.prediction == positive,
    )


ACCEPTED = '"great cat" = 3, days of work by tag, at the top or in a table [days]'


def read_effort(path: str | Path, tags: Sequence[str]) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the days by tag, and the tags of the file that no error has."""
    shown = str(path)
    text = read_text_file(path, "TOML", error=ConfigError, accepted=ACCEPTED)
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"is not TOML: {error}", file=shown, accepted=ACCEPTED) from None
    days = document.get("days")
    costs = days if isinstance(days, dict) else document
    for tag, value in costs.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 < value <= sys.float_info.max:
            raise ConfigError(
                f"{tag!r} costs {value!r}", file=shown, accepted=f"a number above 0: {ACCEPTED}"
            )
        hint = None if tag in tags else did_you_mean(tag, tags, 0.75)
        if hint:
            raise ConfigError(
                f"no error has the tag {tag!r}", file=shown, accepted=", ".join(map(repr, tags)),
                hint=hint,
            )  # fmt: skip
    if not costs:
        raise ConfigError("holds no costs", file=shown, accepted=ACCEPTED)
    known = {tag: float(value) for tag, value in costs.items() if tag in tags}
    return known, tuple(tag for tag in costs if tag not in tags)
