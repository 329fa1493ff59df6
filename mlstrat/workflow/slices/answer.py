"""`slices`: where errors concentrate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import choose_metric
from mlstrat.data.config import find_config
from mlstrat.data.settings import names_of, settle
from mlstrat.errors import UsageError
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import how_of, other_task, skippable
from mlstrat.tasks.classification.findings import part_findings
from mlstrat.tasks.findings import ONLY_SPLIT_USED, TEST_LOOKED_AT
from mlstrat.workflow.slices.analysis import (
    ANSWERED,
    MODEL_LESS_PEOPLE,
    GroupCells,
    Mismatch,
    Sliced,
    compare_people,
    decompose_column,
    gap_figure,
    heat_of,
    label_pairs,
    leading_slice,
)
from mlstrat.workflow.slices.command import SLICES, Asked
from mlstrat.workflow.slices.compute import (
    B_LESS_A,
    ERROR,
    ERROR_AND_PEOPLE,
    ERROR_OF_A,
    difference_slices,
    error_slices,
    whole_difference,
)
from mlstrat.workflow.slices.document import SliceDocument
from mlstrat.workflow.slices.findings import slice_findings
from mlstrat.workflow.slices.search import GroupSums, Ranked, rank, search

if TYPE_CHECKING:
    from mlstrat.workflow.slices.passes import Coded
    from mlstrat.workflow.slices.read import SliceInput

METHOD = (
    "halves by hash; hypergeometric test of counts (two models: rows dealt out at random), with "
    "groups also the linearised difference with t(G - 1); people: exact McNemar; Holm; Wilson "
    "(errors); Kitagawa and Oaxaca, linearised (mismatch)"
)


@skippable
@asks(SLICES)
def slices(
    run: Any,
    y_pred: Any = None,  # noqa: ARG001  put together with the run before
    **asked: Unpack[Asked],
) -> SliceDocument:
    """Return where errors concentrate: values of columns and pairs of them, tested honestly.

    All values of all columns and all their pairs are ranked by errors above the rest. They are
    found on one half of the rows; at most twenty are tested on the other. Of a task other than
    classification every value of a column is tested, on all examples.

    Parameters
    ----------
    run
        A file, a glob, a folder of partitioned Parquet, ``"-"``, a frame; an array of labels, a
        dict of columns or of splits, or a fitted estimator.
    y_pred
        Predictions, or probabilities (rows × classes), where `run` is an array of labels; the data
        of a fitted estimator, ``(X, y)`` or such a pair a split.

    Raises
    ------
    InputError, ConfigError, UsageError
        With file, row, column, what was found and what is accepted.

    References
    ----------
    C3W2 Carrying out error analysis; Holm (1979); Kitagawa (1955), JASA 50.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"id": range(400), "label": ["cat"] * 400,
    ...                       "prediction": ["cat"] * 300 + ["dog", "cat"] * 50,
    ...                       "light": ["day"] * 300 + ["night"] * 100})
    >>> best = slices(frame).slices[0]
    >>> best.where, best.errors, best.share_of_errors, best.confirmed
    ((('light', 'night'),), 50, 1.0, True)
    """
    versus, a, b = asked["versus"], asked["a"], asked["b"]
    other = other_task(asked, run, "versus", "a", "b", "mismatch", "positive",
                       "threshold")  # fmt: skip
    if other is not None:
        from mlstrat.workflow.slices.measured import slice_task

        how = settle(run, asked)
        reads = how_of(how, names_of(asked["by"]), checksum=asked["checksum"])
        return slice_task(run, other, reads, asked["min_size"], how.sampling)
    if b is not None and versus is None:
        if a is None:
            raise UsageError(
                "b names predictions of a second model, and a is not named",
                accepted="--a COLUMN --b COLUMN of one run, or --versus OTHER",
            )
        versus = run
    how = settle(run, asked)
    left, right = dict(how.columns), {}
    if versus is not None:
        right = {**find_config(versus, asked["config"]).columns, **(asked["columns"] or {})}
    for named, roles in ((a, left), (b, right)):
        if named is not None:
            roles["prediction"] = named

    from mlstrat.workflow.slices.read import open_slices

    opened = open_slices(run, versus, (left, right), how, asked)
    result = _analysed(opened, how.sampling, how.tolerance)
    notes = list(opened.notes)
    if how.split is None and opened.split != "dev":
        notes.append(Finding(ONLY_SPLIT_USED, {"split": opened.split}))
    result = replace(result, findings=_findings(opened, result, notes, bool(asked["by"])))
    signature = Signature.of(opened.inputs, how.sampling, METHOD, "error", opened.positive)
    return SliceDocument(result, _names(opened), signature, opened.columns)


def _analysed(opened: SliceInput, sampling: Sampling, tolerance: float) -> Sliced:
    coded, confidence = opened.coded, sampling.confidence
    counts = coded.counts(pairs=True)
    score = ERROR_OF_A if opened.pair is not None else ERROR_AND_PEOPLE if opened.people else ERROR
    ranked = rank(search(counts, score, opened.smallest), coded.overlaps)
    people = None
    if opened.people:
        people = compare_people(ranked, sampling, _of_people(coded, ranked))
    weights = coded.weight_sums(ranked.slices, score)
    sliced = error_slices(ranked, sampling, _sums(coded, ranked, score), people, weights)
    differences = whole = None
    if opened.pair is not None:
        whole = whole_difference(counts, confidence, grouped=bool(coded.groups))
        apart = rank(search(counts, B_LESS_A, opened.smallest, two_sided=True), coded.overlaps)
        differences = difference_slices(apart, sampling, _sums(coded, apart, B_LESS_A))
    totals = counts.totals
    n, halves = int(totals.sum()), totals.sum(axis=1)
    cells = opened.cells if opened.pair is None else opened.pair.cells.side("a")
    choice = choose_metric("error", labels=cells.labels, positive=None, average=None)
    return Sliced(
        split=opened.split,
        n=n,
        errors=counts.sum_of(score),
        error=estimate(cells, choice, sampling, draws=False).figure,
        columns=counts.columns,
        left_out=opened.left_out,
        smallest=opened.smallest,
        unit=opened.unit,
        half_rows=(int(halves[0]), int(halves[1])),
        slices=sliced,
        pairs=label_pairs(cells, confidence) if cells.classes else (),
        differences=differences,
        whole_difference=whole,
        mismatch=None if opened.between is None else _mismatch(opened.between, confidence),
        heat=heat_of(counts, score),
        leading=leading_slice(sliced, n, opened.split, confidence, tolerance),
    )


def _sums(coded: Coded, ranked: Ranked, score: Sequence[int]) -> GroupSums | None:
    return coded.group_sums(ranked.slices, score) if coded.groups else None


def _of_people(coded: Coded, ranked: Ranked) -> GroupSums | None:
    """Return rows that people answered, and how many fewer errors they make there, by group."""
    answered, ahead = (_sums(coded, ranked, x) for x in (ANSWERED, MODEL_LESS_PEOPLE))
    if answered is None or ahead is None:
        return None
    return replace(ahead, slice_rows=answered.slice_score)


def _mismatch(between: Coded, confidence: float) -> Mismatch:
    counts = between.counts(pairs=False)
    parts, gap = [], None
    for place, (column, table) in enumerate(zip(counts.columns, counts.singles, strict=True)):
        groups = GroupCells(*between.group_cells(place)) if between.groups else None
        parts.append(decompose_column(column, table, confidence, groups))
        gap = gap or gap_figure(table, confidence, groups)
    if gap is None:
        raise UsageError("no column to slice by")
    return Mismatch("train-dev", "dev", gap, tuple(parts), confidence)


def _findings(
    opened: SliceInput, result: Sliced, notes: Sequence[Finding], asked: bool
) -> tuple[Finding, ...]:
    out = slice_findings(result, weighted=opened.cells.weighted, asked=asked)
    if opened.split == "test":
        out.append(Finding(TEST_LOOKED_AT, {"split": opened.split}))
    if opened.pair is not None:
        from mlstrat.tasks.unpaired import unpaired_findings

        pair = opened.pair
        out += unpaired_findings(pair.names, pair.missing, pair.extra, pair.cells.rows)
    choice = choose_metric("error", labels=opened.cells.labels, positive=None, average=None)
    return (*out, *notes, *part_findings({opened.split: opened.cells}, choice))


def _names(opened: SliceInput) -> tuple[str, str]:
    """Return what to call the two models: their files, or their columns in one file."""
    if opened.pair is None:
        return opened.inputs[0].path, ""
    names = opened.pair.names
    if names[0] == names[1]:
        found = tuple(x.get("prediction", "") for x in opened.pair.columns)
        names = (found[0], found[1]) if found[0] != found[1] else ("a", "b")
    return names
