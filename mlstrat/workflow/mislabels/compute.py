# Over 300 lines: rows, what is estimated of them, and whether wrong labels are random.
"""Errors that are due to wrong labels, and what correcting the labels would change.

A row was read by a person, who said whether its label is wrong and which is right. Rows of two
kinds, errors and correct rows, were drawn by stratum; `mlstrat.core.stratified` makes
estimates of them. An error whose label was wrong may be right once the label is corrected, or
wrong either way; a correct row whose label was wrong has hidden an error.

Training labels with random errors can stay, since a learner averages over them; systematic ones
are learned. The null hypothesis: among the rows that were read, each of a kind (errors, correct
rows) is as likely to have a wrong label as any other, whatever its value in a column. Tested by
permutation, exact but for the resampling, and adjusted for the number of columns by Holm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Literal

import numpy as np

from mlstrat.core.counts import Floats, Ints
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import holm, normal_quantile, wilson_interval
from mlstrat.core.record import Record
from mlstrat.core.resampling import generator
from mlstrat.core.stratified import Design, Stratum, share_of_population, share_of_set


class LabelRow(Record):
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


class Kind(Record):
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


class LabelReview(Record):
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


LARGE_PART = 0.2
"""Label share from which cleaning is worth it. Ours: the course gives 6% as small and 0.6 of 2.0
points, 30%, as worth it, and names no number."""

BOUNDLESS = 1e12
"""Size of a set of which the size is unknown: none of its rows to speak of was read."""

PICKED = "rows that a ranking picked stand for no others"
NO_SIZE = "the number of errors and rows of the split is unknown"
NO_ROWS = "the number of rows is unknown"
NO_ERRORS = "there are no errors"
NO_ERROR_READ = "nobody read an error"

Bound = Literal["at_least"]


class SetSize(Record):
    """What is known of the split that the rows were drawn from.

    ``trials`` is the number of independent rows that tell as much as those in groups do, None for
    rows that are independent. ``rate`` is the error where only that was typed.
    """

    rows: int | None = None
    errors: int | None = None
    trials: float | None = None
    rate: float | None = None
    labels: tuple[str, ...] = ()


class Mislabels(Record):
    """What wrong labels do to the error of a split.

    ``bound`` says that the corrected error can only be larger than given, because nobody read
    correct rows. ``corrected_range`` holds it for any true label of the unresolved rows, None
    where there are none. ``picked`` says that a ranking chose the rows.
    """

    overall_error: Figure
    error_from_labels: Figure
    error_from_other: Figure
    label_share: Figure
    corrected_error: Figure
    wrong_labels: Figure
    errors: Kind
    correct: Kind
    size: SetSize
    bound: Bound | None
    corrected_range: tuple[float, float] | None
    picked: bool = False
    unread: float = 0.0
    """Errors in strata of which nobody read a row."""
    half_marked: tuple[bool, bool] = (False, False)
    """Of errors and of correct rows, whether only the wrong labels are marked."""
    taken_as_random: bool = False
    """Whether the sheet says nothing of how it was drawn, and nothing else tells the split."""


def estimate_mislabels(
    rows: Sequence[LabelRow],
    size: SetSize,
    *,
    weighted: bool = False,
    confidence: float = 0.95,
) -> Mislabels:
    """Return the figures of a sheet, of all its rows, read or not.

    ``weighted`` says that the sheet tells how many rows each one stands for.

    References
    ----------
    Ng, C3W2 Cleaning up incorrectly labeled data; Machine Learning Yearning 16.
    """
    unsure = [row.weight for row in rows if row.wrong or not row.weight]
    picked = weighted and bool(unsure) and not any(unsure)
    if weighted and not picked:
        rows = [row for row in rows if row.weight]
    wrong, right = [r for r in rows if r.wrong], [r for r in rows if not r.wrong]
    known, size = size, _completed(size, wrong, right, picked)
    random = size is not known and not weighted
    kinds = counted(wrong), counted(right)
    if picked:
        return _picked(kinds, size, confidence)
    half = is_half_marked(wrong), is_half_marked(right)
    wrong, right = usable(wrong), usable(right)
    errors = _design(wrong, size.errors, weighted)
    correct = _design(right, _others(size), weighted)
    blamed = errors.strata(r.mislabeled for r in wrong)
    blameless = errors.strata(not r.mislabeled for r in wrong)
    still = errors.strata((r.wrong_corrected for r in wrong), (r.dropped for r in wrong))
    hidden = correct.strata((r.wrong_corrected for r in right), (r.dropped for r in right))
    found = correct.strata(r.mislabeled for r in right)
    among = _design(wrong, None, weighted).strata(r.mislabeled for r in wrong) if random else blamed
    share = share_of_set(among, confidence)
    if size.errors == 0:
        share = Figure(None, None, 0, NO_ERRORS)
    elif not blamed:
        share = Figure(None, None, 0, HALF_MARKED if half[0] else NO_ERROR_READ)
    figures = _figures(size, confidence, share, (blamed, blameless, still, hidden, found))
    unread = (kinds[1].read == 0 or half[1]) and _others(size) != 0
    return Mislabels(
        *figures,
        *kinds,
        size,
        "at_least" if unread else None,
        _range(figures[4], errors, wrong, size),
        unread=0.0 if size.errors is None or half[0] else errors.unread,
        half_marked=half,
        taken_as_random=random,
    )


def _figures(
    size: SetSize,
    confidence: float,
    share: Figure,
    parts: tuple[tuple[Stratum, ...], ...],
) -> tuple[Figure, Figure, Figure, Figure, Figure, Figure]:
    """Return overall, from labels, from other, share, corrected, wrong labels."""
    blamed, blameless, still, hidden, found = parts
    overall = overall_error(size, confidence)
    if size.rows is None or size.errors is None:
        if size.rate is None or share.value is None:
            nothing = Figure(None, None, None, NO_SIZE if size.rate is None else share.reason)
            return overall, nothing, nothing, share, nothing, nothing
        from_labels = size.rate * share.value
        wrong = sum(stratum.total for stratum in still) / sum(stratum.rows for stratum in still)
        out = 1 - sum(stratum.kept for stratum in still) / sum(stratum.rows for stratum in still)
        return (
            overall,
            Figure(from_labels, None, None, NO_ROWS),
            Figure(size.rate - from_labels, None, None, NO_ROWS),
            share,
            Figure(size.rate * wrong / (1 - size.rate * out), None, None, NO_ROWS),
            Figure(None, None, None, NO_ROWS),
        )

    def of(strata: Iterable[Stratum]) -> Figure:
        return share_of_population(tuple(strata), size.rows or 0, confidence, size.trials)

    if size.errors and not blamed:
        nothing = Figure(None, None, size.rows, share.reason)
        return overall, nothing, nothing, share, nothing, nothing
    return (
        overall, of(blamed), of(blameless), share, of((*still, *hidden)), of((*blamed, *found)),
    )  # fmt: skip


def overall_error(size: SetSize, confidence: float) -> Figure:
    """Return the error of the split, with Wilson's interval where its rows are known."""
    if size.rows is None or size.errors is None:
        if size.rate is None:
            return Figure(None, None, None, NO_SIZE)
        return Figure(size.rate, None, None, NO_ROWS)
    value = size.errors / size.rows
    ci = wilson_interval(value, size.trials or size.rows, normal_quantile(confidence))
    return Figure(value if size.rate is None else size.rate, ci, size.rows)


def _completed(
    size: SetSize, wrong: Sequence[LabelRow], right: Sequence[LabelRow], picked: bool
) -> SetSize:
    """Return the size of the split from the sheet, where nothing else tells it.

    A sheet without weights is taken as a random sample of the split.
    """
    if size.rows is not None or size.rate is not None or picked or not (wrong and right):
        return size
    errors = round(sum(row.weight for row in wrong))
    return replace(size, rows=errors + round(sum(row.weight for row in right)), errors=errors)


def _others(size: SetSize) -> int | None:
    return None if size.rows is None or size.errors is None else size.rows - size.errors


def _design(rows: Sequence[LabelRow], size: int | None, weighted: bool) -> Design:
    design = Design.of_rows(
        [row.stratum for row in rows], [row.weight for row in rows], [row.read for row in rows]
    )
    if size is None and weighted:
        return design  # the sheet itself tells how many there are
    return design.resized(BOUNDLESS if size is None else float(size))


def _range(
    corrected: Figure, errors: Design, wrong: Sequence[LabelRow], size: SetSize
) -> tuple[float, float] | None:
    """Return the corrected error if all, or none, of the unresolved rows were predicted right."""
    unresolved = [
        row.read and row.mislabeled and row.truth is None and not row.dropped for row in wrong
    ]
    if not any(unresolved) or corrected.value is None:
        return None
    part = share_of_set(errors.strata(unresolved)).value or 0.0
    overall = overall_error(size, 0.95).value or 0.0
    kept = corrected.n / size.rows if size.rows and corrected.n else 1.0
    return max(0.0, corrected.value - part * overall / kept), corrected.value


def _picked(kinds: tuple[Kind, Kind], size: SetSize, confidence: float) -> Mislabels:
    """Return what a sheet of picked rows tells: counts of itself, not estimates."""
    errors, correct = kinds
    n = size.rows

    def per_row(count: int) -> Figure:
        return Figure(None if n is None else count / n, None, n, PICKED)

    share = Figure(errors.mislabeled / size.errors if size.errors else None, None, n, PICKED)
    nothing = Figure(None, None, None, PICKED)
    total = size.errors
    return Mislabels(
        overall_error(size, confidence),
        per_row(errors.mislabeled),
        nothing if total is None else per_row(total - errors.mislabeled),
        share,
        nothing if total is None else _corrected_of_picked(kinds, total, n),
        per_row(errors.mislabeled + correct.mislabeled),
        errors,
        correct,
        size,
        None,
        None,
        picked=True,
    )


def _corrected_of_picked(kinds: tuple[Kind, Kind], total: int, n: int | None) -> Figure:
    errors, correct = kinds
    left = (n or 0) - errors.dropped - correct.dropped
    if left <= 0:
        return Figure(None, None, n, PICKED)
    wrong = total - errors.dropped - errors.turned + correct.turned
    return Figure(wrong / left, None, left, PICKED)


LABEL, PAIR = "label", "label → prediction"
"""What every sheet can be tested by."""

PERMUTATIONS = 9999
"""Draws behind a p-value; the observed table counts as one more."""

STREAM = 21


class Concentration(Record):
    """Whether wrong labels are concentrated by one column.

    ``value`` is the one with the largest excess: ``mislabeled`` of its ``read`` rows have wrong
    labels where ``expected`` are if none is special.
    """

    column: str
    value: str
    read: int
    mislabeled: int
    expected: float
    p_value: float
    p_adjusted: float


def concentrations(
    rows: Sequence[LabelRow], columns: Sequence[str] = (), seed: int = 0
) -> tuple[Concentration, ...]:
    """Return the test of each column, the least likely to be chance first.

    Rows that nobody read are left out; `columns` are tested beside label and pair.

    References
    ----------
    Ng, C3W2 Cleaning up incorrectly labeled data; Good (2005), Permutation Tests; Holm (1979).
    """
    read = [row for row in rows if row.read]
    if not any(row.mislabeled for row in read):
        return ()
    tested = []
    for place, (name, chosen, values) in enumerate(_columns(read, columns)):
        if len(set(values)) > 1 and any(row.mislabeled for row in chosen):
            tested.append(_test(name, chosen, values, seed, place))
    adjusted = holm([one.p_value for one in tested])
    found = [
        Concentration(**{**vars(one), "p_adjusted": p})
        for one, p in zip(tested, adjusted, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (one.p_adjusted, one.p_value)))


def _columns(
    read: Sequence[LabelRow], columns: Sequence[str]
) -> list[tuple[str, Sequence[LabelRow], list[str]]]:
    errors = [row for row in read if row.wrong]
    out: list[tuple[str, Sequence[LabelRow], list[str]]] = [
        (PAIR, errors, [f"{row.label} → {row.prediction or ''}" for row in errors]),
        (LABEL, read, [row.label for row in read]),
    ]
    for name in columns:
        out.append((name, read, [row.attributes.get(name, "") for row in read]))
    return out


def _test(
    name: str, rows: Sequence[LabelRow], values: Sequence[str], seed: int, place: int
) -> Concentration:
    """Return the permutation test of Σ (observed − expected)² / expected over the values."""
    names = sorted(set(values))
    position: Mapping[str, int] = {value: i for i, value in enumerate(names)}
    code: Ints = np.array([position[value] for value in values], np.int64)
    hit = np.array([row.mislabeled for row in rows])
    wrong = np.array([row.wrong for row in rows])
    rng = generator(seed, STREAM, place)
    observed = np.zeros(len(names))
    expected = np.zeros(len(names))
    drawn = np.zeros((PERMUTATIONS, len(names)))
    for kind in (True, False):
        here = wrong == kind
        if not here.any():
            continue
        sizes = np.bincount(code[here], minlength=len(names))
        hits = int(hit[here].sum())
        observed += np.bincount(code[here & hit], minlength=len(names))
        expected += sizes * (hits / sizes.sum())
        drawn += rng.multivariate_hypergeometric(sizes, hits, PERMUTATIONS, method="marginals")
    reached = _distance(observed[None], expected)[0] * (1 - 1e-12)
    p = (1 + int((_distance(drawn, expected) >= reached).sum())) / (PERMUTATIONS + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.where(expected > 0, (observed - expected) / np.sqrt(expected), -np.inf)
    top = int(np.argmax(excess))
    return Concentration(
        name, names[top], int((code == top).sum()), int(observed[top]), float(expected[top]), p, p
    )


def _distance(counts: Floats, expected: Floats) -> Floats:
    """Return Σ (counts − expected)² / expected by row."""
    known = expected > 0
    away = counts[:, known] - expected[known]
    out: Floats = (away**2 / expected[known]).sum(axis=1)
    return out
