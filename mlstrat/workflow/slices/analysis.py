"""What slicing a run came to: slices, differences of two models, the gap of two splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from mlstrat.core.counts import Ints
from mlstrat.core.figures import Figure
from mlstrat.core.findings import Finding
from mlstrat.workflow.slices.compute import Slice
from mlstrat.workflow.slices.counts import CIRCULAR, LeftOut, SliceColumn
from mlstrat.workflow.slices.differences import LabelPair, SliceDifference
from mlstrat.workflow.slices.findings import (
    CIRCULAR_LEFT_OUT,
    COLUMNS_LEFT_OUT,
    ERRORS_CONCENTRATE,
    FEW_GROUPS_TO_TEST,
    MISMATCH_PARTS,
    NO_SLICE_CONFIRMED,
    ONLY_LABEL_TO_SLICE,
    PEOPLE_BETTER_ON_SLICES,
    SLICES_BETWEEN_MODELS,
    SLICES_UNWEIGHTED,
)
from mlstrat.workflow.slices.held_out import Leading
from mlstrat.workflow.slices.mismatch import Mismatch

MANY_SHOWN = 5
"""Slices that a finding names."""


@dataclass(frozen=True)
class Heat:
    """Rows and errors by the values of two columns."""

    columns: tuple[SliceColumn, SliceColumn]
    rows: Ints
    errors: Ints


@dataclass(frozen=True)
class Sliced:
    """A run, sliced.

    Attributes
    ----------
    split
        The split that is sliced.
    n, errors
        Its rows and wrong rows; None where errors are no counts.
    error
        Its error.
    columns, left_out
        Columns that were sliced by, and those that are of no use.
    smallest
        Rows that a slice has at least.
    unit
        What the halves are made by: ``group``, ``id`` or ``row``; ``lot`` of counts; None where
        all slices were tested on all rows.
    half_rows
        Rows of the searched half, and of the other.
    slices
        The strongest first.
    pairs
        Labels mistaken for each other, the most frequent first.
    differences
        Of two models; None where there is one. ``whole_difference`` is that on all rows.
    mismatch
        The gap from train-dev to dev; None where it was not asked for.
    heat
        By two columns; None where other than two are sliced by.
    leading
        The slice that leads, where none is confirmed and the held-out half leans to one.
    findings
        What is concluded.
    share
        Whether the error ends at 1.
    """

    split: str
    n: int
    errors: int | None
    error: Figure
    columns: tuple[SliceColumn, ...]
    left_out: tuple[LeftOut, ...]
    smallest: int
    unit: Literal["group", "id", "row", "lot"] | None
    half_rows: tuple[int, int] | None
    slices: tuple[Slice, ...]
    pairs: tuple[LabelPair, ...]
    differences: tuple[SliceDifference, ...] | None
    whole_difference: SliceDifference | None
    mismatch: Mismatch | None
    heat: Heat | None
    leading: Leading | None = None
    findings: tuple[Finding, ...] = ()
    share: bool = True


def slice_findings(result: Sliced, *, weighted: bool, asked: bool) -> list[Finding]:
    """Return what is concluded from slices.

    Parameters
    ----------
    result
        The run, sliced.
    weighted
        Whether rows have weights, which the ranks and tests of slices do not use.
    asked
        Whether a person named the columns.
    """
    out: list[Finding] = []
    sure = [x for x in result.slices if x.confirmed]
    tested = sum(x.p_adjusted is not None for x in result.slices)
    if sure:
        out.append(Finding(ERRORS_CONCENTRATE, {"slices": [evidence(x) for x in sure[:MANY_SHOWN]],
                                      "confirmed": len(sure), "tested": tested}
                           | ({"weighted": True} if weighted else {})))  # fmt: skip
    elif result.errors:
        out.append(Finding(NO_SLICE_CONFIRMED, nothing_sure(result, tested)))
    if result.unit == "group" and result.slices and not tested:
        out.append(Finding(FEW_GROUPS_TO_TEST, {"slices": len(result.slices)}))
    people = [x for x in result.slices if x.people is not None and x.people.better]
    if people:
        shown = [_human(x) for x in people[:MANY_SHOWN]]
        out.append(Finding(PEOPLE_BETTER_ON_SLICES, {"slices": shown, "count": len(people)}))
    if result.differences is not None:
        differing = [x for x in result.differences if x.confirmed]
        if differing:
            out.append(Finding(SLICES_BETWEEN_MODELS, {
                "slices": [{"where": dict(x.where), "n": x.n, "difference": x.difference.value,
                            "rest": x.rest, "p_adjusted": x.p_adjusted}
                           for x in differing[:MANY_SHOWN]],
                "confirmed": len(differing),
            }))  # fmt: skip
    if result.mismatch is not None and (found := _made_of(result)) is not None:
        out.append(found)
    circular = [x for x in result.left_out if x.reason in CIRCULAR]
    if circular:
        out.append(replace(left_out_finding(circular), rule=CIRCULAR_LEFT_OUT))
    if rest := [x for x in result.left_out if x.reason not in CIRCULAR]:
        out.append(left_out_finding(rest))
    elif len(result.columns) == 1 and not asked:
        out.append(Finding(ONLY_LABEL_TO_SLICE, {"column": result.columns[0].name}))
    if weighted:
        out.append(Finding(SLICES_UNWEIGHTED, {"rows": result.n}))
    return out


def left_out_finding(columns: Sequence[LeftOut]) -> Finding:
    """Return the finding on columns that are no use to slice by."""
    return Finding(COLUMNS_LEFT_OUT, {
        "columns": [{"column": x.name, "reason": x.reason, "values": x.distinct} for x in columns],
    })  # fmt: skip


def evidence(x: Slice) -> dict[str, Any]:
    """Return what a finding says of a slice."""
    return {
        "where": dict(x.where),
        "n": x.n,
        "errors": x.errors,
        "error": x.error.value,
        "share_of_errors": x.share_of_errors,
        "excess": x.excess,
        "p_adjusted": x.p_adjusted,
    }


def nothing_sure(result: Sliced, tested: int) -> dict[str, Any]:
    """Return how many were tested, and of the slice that leads what would settle it."""
    lead = result.leading
    out: dict[str, Any] = {
        "tested": tested, "slices": [], "rows": result.n, "rows_needed": None, "to_settle": None,
        "smallest": result.smallest,
    }  # fmt: skip
    if lead is None or lead.slice.above is None:
        return out
    held_out, settling = lead.slice.held_out or Figure(None), lead.to_settle
    out["slices"] = [evidence(lead.slice) | {
        "held_out": held_out.value, "above": lead.slice.above.to_dict()}]  # fmt: skip
    if settling is not None:
        out |= {"rows_needed": settling.total, "to_settle": settling.to_dict()}
    return out


def _human(x: Slice) -> dict[str, Any]:
    people = x.people
    above = None if people is None else people.above
    if people is None or above is None:
        raise ValueError("people were not held against the model there")
    return {
        "where": dict(x.where),
        "people": people.error.value,
        "answers": people.error.n,
        "model": people.model,
        "above": above.to_dict(),
        "p_adjusted": people.p_adjusted,
    }


def _made_of(result: Sliced) -> Finding | None:
    """Return what the gap is mostly made of, as far as that is sure."""
    m = result.mismatch
    if m is None or m.gap.value is None or m.gap.value <= 0:
        return None
    best, within = m.largest_mix(), m.largest_within()
    return Finding(MISMATCH_PARTS, {
        "gap": m.gap.value,
        "column": best.column,
        "mix": best.mix.to_dict(),
        "within": best.within.to_dict(),
        "mostly": m.mostly(),
        "slice": None if within is None else {within.column: within.value},
        "slice_within": None if within is None else within.within.to_dict(),
    })  # fmt: skip
