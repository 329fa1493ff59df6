"""The rows of a sheet whose labels were looked at, as `mislabels` counts them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mlstrat.data.columns import ALIASES
from mlstrat.data.sheet.layout import SheetRow
from mlstrat.data.sheet.read import Sheet, require_reviewed
from mlstrat.data.values import label_texts
from mlstrat.errors import InputError
from mlstrat.workflow.mislabels.compute import LabelReview, LabelRow

ANNOTATORS = frozenset(
    {"annotator", "annotator_id", "annotated_by", "labeler", "labeller", "labeled_by",
     "labelled_by", "rater", "rater_id", "worker", "worker_id"}
)  # fmt: skip
"""Columns of a run, in lower case, that say who made a label."""

SEVERAL = "|"
"""Between labels that are all right."""

ACCEPTED = (
    "x in mislabeled (0 where the label was looked at and is right, drop where no label is), "
    "and the right label in true_label, or several as cat|lynx"
)


def review_labels(
    sheet: Sheet, split: str | None, labels: Collection[str] | None, by: Sequence[str] = ()
) -> LabelReview:
    """Return the rows of a sheet with what a person said about their labels.

    `labels` are those of the run, if there is one; `by` further columns of it to look for
    concentrations in.
    """
    require_reviewed(sheet)
    if all(row.mislabeled is None and row.true_label is None for row in sheet.rows):
        n = len(sheet.reviewed)
        raise InputError(
            f"{n} row{'s were' if n > 1 else ' was'} read, and nothing is said about the labels: "
            "mislabeled and true_label are blank in all rows",
            file=sheet.origin, accepted=ACCEPTED,
        )  # fmt: skip
    chosen = [row for row in sheet.rows if split is None or row.split in (None, split)]
    if not any(row.reviewed for row in chosen):
        raise InputError(f"no row of the split {split!r} was read", file=sheet.origin)
    missing = next((row for row in chosen if row.label is None), None)
    if missing is not None or not sheet.has_predictions:
        raise InputError(
            "no label and prediction in every row, without which errors cannot be told",
            file=sheet.origin, row=None if missing is None else missing.row,
            accepted="the columns label and prediction, as sample writes them",
            hint="give the run that the sheet was drawn from: --run run.csv",
        )  # fmt: skip
    known = set(labels) if labels is not None else _labels_of(chosen)
    columns = _columns(sheet, chosen, by)
    said = {label for row in chosen if row.reviewed for label in _truths(row.true_label, known)}
    open_ = [r for r in chosen if r.mislabeled and not r.dropped and r.true_label is None]
    return LabelReview(
        tuple(_row(row, sheet, known, columns) for row in chosen),
        columns,
        () if labels is None else tuple(sorted(said - known)),
        len(open_) if len(known) == 2 else 0,
        sum(sheet.weighted and row.weight == 0 for row in chosen),
        sheet.weighted,
        sheet.eyeball,
        split,
    )


def _labels_of(rows: Sequence[SheetRow]) -> set[str]:
    found = {row.label for row in rows} | {row.prediction for row in rows}
    return {label for label in found if label}


def _columns(sheet: Sheet, rows: Sequence[SheetRow], by: Sequence[str]) -> tuple[str, ...]:
    """Return the run's own columns that say where a label comes from, and those asked for."""
    there = list(rows[0].columns) if rows else []
    lower = {name.lower(): name for name in reversed(there)}
    sources = {*ALIASES["source"], *ANNOTATORS}
    found = [name for name in there if name.lower() in sources]
    for name in by:
        own = lower.get(name.strip().lower())
        if own is None:
            raise InputError(
                f"--by names the column {name!r}, which is not there",
                file=sheet.origin,
                accepted=", ".join(map(repr, there)) or "columns of the run, as run.<name>",
            )
        found.append(own)
    return tuple(dict.fromkeys(found))


def _row(row: SheetRow, sheet: Sheet, labels: set[str], columns: Sequence[str]) -> LabelRow:
    """Return one row, its two cells about the label read together."""
    label, truths = row.label or "", _truths(row.true_label, labels)
    _check(row, truths, sheet)
    mislabeled = bool(row.mislabeled) or (bool(truths) and label not in truths)
    if not mislabeled:
        truths = (label, *(x for x in truths if x != label))
    elif not truths and len(labels) == 2 and not row.dropped:
        truths = tuple(other for other in labels if other != label)[:1]
    return LabelRow(
        label=label,
        prediction=row.prediction,
        read=row.reviewed,
        mislabeled=mislabeled,
        truth=truths[0] if truths else None,
        stratum=row.stratum or "",
        weight=row.weight,
        id=row.id,
        attributes={name: row.columns.get(name, "") for name in columns},
        also=truths[1:],
        dropped=row.dropped,
    )


def _truths(cell: str | None, labels: Collection[str]) -> tuple[str, ...]:
    """Return the right labels of a cell: one, which may hold a bar itself, or several."""
    if cell is None:
        return ()
    if cell in labels:
        return (cell,)
    return tuple(dict.fromkeys(x for x in label_texts(cell.split(SEVERAL)) if x))


def _check(row: SheetRow, truths: Sequence[str], sheet: Sheet) -> None:
    if not truths or row.mislabeled is None:
        return
    if row.dropped:
        raise InputError(
            f"to drop, as no label is right, and the true label {row.true_label!r}",
            file=sheet.origin, row=row.row, column="true_label",
            accepted="a blank beside drop; x beside the right label",
        )  # fmt: skip
    if row.mislabeled and set(truths) == {row.label}:
        raise InputError(
            f"mislabeled, and the true label {row.true_label!r} is the label",
            file=sheet.origin, row=row.row, column="true_label",
            accepted="another label, or a blank where the right one is not known",
        )  # fmt: skip
    if not row.mislabeled and row.label not in truths:
        raise InputError(
            f"not mislabeled, and the true label {row.true_label!r} is not the label {row.label!r}",
            file=sheet.origin, row=row.row, column="mislabeled", accepted=ACCEPTED,
        )  # fmt: skip
