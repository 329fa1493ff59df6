# Over 300 lines: of labels, and of what a task measured.
"""`slices`: where errors concentrate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.counts import pick_split
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import MetricChoice, choose_metric
from mlstrat.core.wording import Scale, clean, count, files_read, is_share, listed
from mlstrat.data.config import find_config
from mlstrat.data.settings import names_of, settle
from mlstrat.errors import InputError, UsageError
from mlstrat.show.blocks import Block, Paragraph
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import how_of, other_task, skippable
from mlstrat.tasks.classification.findings import part_findings
from mlstrat.tasks.contract import How, Task
from mlstrat.tasks.findings import CATEGORY, ONLY_SPLIT_USED, TEST_LOOKED_AT, about_split
from mlstrat.tasks.measured import Measured
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
    Slice,
    adjusted_of,
    difference_slices,
    error_slices,
    is_confirmed,
    student_tail,
    whole_difference,
)
from mlstrat.workflow.slices.cutter import ID_LIKE, MOST_VALUES, kept_values
from mlstrat.workflow.slices.document import SliceDocument
from mlstrat.workflow.slices.findings import slice_findings, why_left_out
from mlstrat.workflow.slices.read import SliceInput, open_slices, smallest_slice
from mlstrat.workflow.slices.search import (
    GroupSums,
    LeftOut,
    Ranked,
    SliceColumn,
    rank,
    search,
    slice_name,
)

if TYPE_CHECKING:
    from mlstrat.workflow.slices.passes import Coded


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


METHOD_OF_TASK = (
    "linearised difference of two ratios of sums, t at clusters of even size, one-sided; Holm over "
    "all values; ratio of sums with its interval (errors)"
)


class MeasuredSliceDocument(SliceDocument):
    """Where the errors of a task concentrate."""

    def _verdict(self) -> str:
        r, scale = self.result, Scale(self.result.share)
        if not r.error.value:
            return f"No errors on {r.split}: {count(r.n)} examples, all right."
        if self.confirmed:
            best = self.confirmed[0]
            return (
                f"Errors concentrate in {slice_name(dict(best.where))}: its error is "
                f"{scale.value(best.error.value)} against {scale.value(best.rest)} of the rest, "
                f"{100 * (best.share_of_errors or 0):.0f}% of all errors."
            )
        if [x.name for x in r.columns] == [CATEGORY]:
            most = max(r.slices, key=lambda x: x.share_of_errors or 0)
            return (
                f"{clean(dict(most.where)[CATEGORY])} is the kind with most of the errors: "
                f"{100 * (most.share_of_errors or 0):.0f}% of them."
            )
        return f"Cannot tell where errors concentrate: no slice of {r.split} is confirmed."

    def _basis(self) -> Block:
        s, r = self.signature, self.result
        return Paragraph(
            f"Read {files_read(s.inputs)}; split {r.split}. Slices of {count(r.smallest)} examples "
            f"or more, of {listed([clean(x.name, 30) for x in r.columns])}, each tested on all "
            f"examples. Intervals at {100 * s.confidence:g}%."
        )


def slice_task(
    run: Any, task: Task, how: How, min_size: int | None, sampling: Sampling
) -> MeasuredSliceDocument:
    """Return where the errors of a run concentrate, as its task measures it.

    The run is read once more for each column: their joint values could be as many as its rows.
    """
    run = task.opened(run, how)
    whole = task.measure(run, how)
    split, choice = pick_split(whole.splits, how.split), task.choose(None, whole)
    n = whole.examples(split)
    smallest = smallest_slice(min_size, n)
    columns: list[SliceColumn] = []
    left: list[LeftOut] = []
    found: list[tuple[Slice, tuple[float, float] | None]] = []
    for name in whole.by or whole.free:
        measured = task.measure(run, replace(how, by=(name,)))
        counts = measured.counts(name, split)
        values = kept_values(counts, smallest)
        if len(counts) == 1:
            left.append(LeftOut(name, "constant", 1))
        elif not values:
            left.append(LeftOut(name, "id" if len(counts) > ID_LIKE * n else "rare", len(counts)))
        else:
            columns.append(SliceColumn(name, values))
            found += [_slice(measured, choice, split, (name, x), sampling) for x in values]
    if not columns:
        raise InputError(
            f"no column to slice by: {why_left_out(left) or 'all have roles'}",
            file=whole.inputs[0].path,
            accepted=f"a column of at most {MOST_VALUES} values, of which one occurs in at least "
            f"{smallest:,} examples",
        )
    p_values = {i: student_tail(*t) for i, (_, t) in enumerate(found) if t is not None}
    adjusted = adjusted_of(p_values)
    slices = [
        replace(x, p_value=p_values.get(i), p_adjusted=adjusted.get(i),
                confirmed=is_confirmed(adjusted.get(i), sampling))
        for i, (x, _) in enumerate(found)
    ]  # fmt: skip
    estimate = whole.estimate(choice, split, sampling, draws=False)
    result = Sliced(
        split=split, n=n, errors=estimate.errors, error=estimate.figure, columns=tuple(columns),
        left_out=tuple(left), smallest=smallest, share=is_share(choice),
        slices=tuple(sorted(slices, key=lambda x: (not x.excess > 0, -x.excess))),
    )  # fmt: skip
    findings = slice_findings(result, weighted=False, asked=True)
    findings += [*about_split(split, how.split), *whole.notes, *whole.about_groups()]
    signature = Signature.of(whole.inputs, sampling, METHOD_OF_TASK, choice.metric.name)
    result = replace(result, findings=tuple(findings))
    return MeasuredSliceDocument(result, (whole.inputs[0].path, ""), signature, whole.columns)


def _slice(
    measured: Measured,
    choice: MetricChoice,
    split: str,
    where: tuple[str, str],
    sampling: Sampling,
) -> tuple[Slice, tuple[float, float] | None]:
    """Return a slice that is not tested yet, and its t with degrees of freedom."""
    column, value = where
    (num, den), (all_num, all_den) = measured.sums(split, {column: value}), measured.sums(split)
    rest = (all_num - num) / (all_den - den) if all_den > den else None
    of_slice = measured.estimate(choice, split, sampling, {column: value}, draws=False)
    found = Slice(
        where=(where,), n=measured.counts(column, split)[value], errors=of_slice.errors,
        error=of_slice.figure, rest=rest, share_of_errors=num / all_num if all_num else None,
        lift=num / den / (all_num / all_den) if rest is not None and den and all_num else None,
        excess=0.0 if rest is None else num - rest * den,
    )  # fmt: skip
    return found, measured.above_rest(column, value, split)
