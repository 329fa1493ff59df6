"""`slices` on what a task measured: every value of a column is tested, on all examples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from mlstrat.core.counts import pick_split
from mlstrat.core.figures import Sampling
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.wording import Scale, clean, count, files_read, is_share, listed
from mlstrat.errors import InputError
from mlstrat.show.blocks import Block, Paragraph
from mlstrat.show.document import Signature
from mlstrat.tasks.contract import How, Task
from mlstrat.tasks.findings import CATEGORY, about_split
from mlstrat.tasks.measured import Measured
from mlstrat.workflow.slices.analysis import Sliced
from mlstrat.workflow.slices.compute import Slice, adjusted_of, is_confirmed, student_tail
from mlstrat.workflow.slices.cutter import ID_LIKE, MOST_VALUES, kept_values
from mlstrat.workflow.slices.document import SliceDocument
from mlstrat.workflow.slices.findings import slice_findings, why_left_out
from mlstrat.workflow.slices.read import smallest_slice
from mlstrat.workflow.slices.search import LeftOut, SliceColumn, slice_name

METHOD = (
    "linearised difference of two ratios of sums, t at clusters of even size, one-sided; Holm over "
    "all values; ratio of sums with its interval (errors)"
)


@dataclass(frozen=True)
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
    signature = Signature.of(whole.inputs, sampling, METHOD, choice.metric.name)
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
