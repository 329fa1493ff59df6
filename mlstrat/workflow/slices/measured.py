"""`slices` on what a task measured: every value of a column is tested, on all examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mlstrat.core.counts import pick_split
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.wording import Scale, clean, count, files_read, is_share, listed
from mlstrat.errors import InputError
from mlstrat.show.blocks import Block, Paragraph
from mlstrat.show.document import Signature
from mlstrat.tasks.contract import CATEGORY, How, Measured, Task
from mlstrat.tasks.findings import about_split
from mlstrat.workflow.slices.analysis import (
    MANY_SHOWN,
    Sliced,
    evidence,
    left_out_finding,
    nothing_sure,
)
from mlstrat.workflow.slices.columns import MOST_VALUES, kept_values
from mlstrat.workflow.slices.compute import Slice, adjusted_of
from mlstrat.workflow.slices.counts import LeftOut, SliceColumn
from mlstrat.workflow.slices.cutting.cutter import ID_LIKE
from mlstrat.workflow.slices.document import SliceDocument
from mlstrat.workflow.slices.findings import (
    ERRORS_CONCENTRATE,
    FEW_GROUPS_TO_TEST,
    NO_SLICE_CONFIRMED,
    slice_name,
)
from mlstrat.workflow.slices.read import REASONS, smallest_slice
from mlstrat.workflow.slices.significance import student_tail

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
        if not self.confirmed and [x.name for x in r.columns] == [CATEGORY]:
            most = max(r.slices, key=lambda x: x.share_of_errors or 0)
            return (
                f"{clean(dict(most.where)[CATEGORY])} is the kind with most of the errors: "
                f"{100 * (most.share_of_errors or 0):.0f}% of them."
            )
        if not self.confirmed:
            return f"Cannot tell where errors concentrate: no slice of {r.split} is confirmed."
        best = self.confirmed[0]
        return (
            f"Errors concentrate in {slice_name(dict(best.where))}: its error is "
            f"{scale.value(best.error.value)} against {scale.value(best.rest)} of the rest, "
            f"{100 * (best.share_of_errors or 0):.0f}% of all errors."
        )

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

    Raises
    ------
    InputError
        Without a column to slice by.
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
        if (reason := _useless(counts, values, n)) is not None:
            left.append(LeftOut(name, reason, len(counts)))
            continue
        columns.append(SliceColumn(name, values))
        found += [_slice(measured, choice, split, (name, x), sampling) for x in values]
    if not columns:
        raise InputError(
            "no column to slice by: "
            + (", ".join(f"{x.name!r} ({REASONS[x.reason]})" for x in left) or "all have roles"),
            file=whole.inputs[0].path,
            accepted=f"a column of at most {MOST_VALUES} values, of which one occurs in at least "
            f"{smallest:,} examples",
        )  # fmt: skip
    p_values = {i: student_tail(*t) for i, (_, t) in enumerate(found) if t is not None}
    adjusted = adjusted_of(p_values)
    slices = [
        replace(x, p_value=p_values.get(i), p_adjusted=adjusted.get(i),
                confirmed=adjusted.get(i, 1.0) <= 1 - sampling.confidence + 1e-12)
        for i, (x, _) in enumerate(found)
    ]  # fmt: skip
    estimate = whole.estimate(choice, split, sampling, draws=False)
    result = Sliced(
        split, n, estimate.errors, estimate.figure, tuple(columns), tuple(left), smallest, None,
        None, tuple(sorted(slices, key=lambda x: (not x.excess > 0, -x.excess))), (), None, None,
        None, None, share=is_share(choice),
    )  # fmt: skip
    findings = _concluded(result)
    findings += [*about_split(split, how.split), *whole.notes, *whole.about_groups()]
    signature = Signature.of(whole.inputs, sampling, METHOD, choice.metric.name)
    result = replace(result, findings=tuple(findings))
    return MeasuredSliceDocument(result, (whole.inputs[0].path, ""), signature, whole.columns)


def _useless(counts: Mapping[str, int], values: tuple[str, ...], n: int) -> Any:
    """Return why a column is of no use to slice by; None where it is of use."""
    if len(counts) == 1:
        return "constant"
    if not values:
        return "id" if len(counts) > ID_LIKE * n else "rare"
    return None


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
    lift = num / den / (all_num / all_den) if rest is not None and den and all_num else None
    found = Slice(
        (where,), measured.counts(column, split)[value], of_slice.errors, of_slice.figure, rest,
        num / all_num if all_num else None, lift, 0.0 if rest is None else num - rest * den,
    )  # fmt: skip
    return found, measured.above_rest(column, value, split)


def _concluded(result: Sliced) -> list[Finding]:
    """Return what is concluded from slices."""
    tested = sum(x.p_value is not None for x in result.slices)
    if [x.name for x in result.columns] == [CATEGORY]:
        return [left_out_finding(result.left_out)] if result.left_out else []
    sure = [x for x in result.slices if x.confirmed]
    out = []
    if sure:
        out.append(Finding(ERRORS_CONCENTRATE, {
            "slices": [evidence(x) for x in sure[:MANY_SHOWN]], "confirmed": len(sure),
            "tested": tested, "halved": False,
        }))  # fmt: skip
    elif result.error.value:
        out.append(Finding(NO_SLICE_CONFIRMED, nothing_sure(result, tested) | {"halved": False}))
    if result.slices and not tested:
        out.append(Finding(FEW_GROUPS_TO_TEST, {"slices": len(result.slices)}))
    return [*out, left_out_finding(result.left_out)] if result.left_out else out
