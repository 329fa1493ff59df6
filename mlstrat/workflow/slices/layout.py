"""The parts of the document of `slices`: JSON, tables and records of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from mlstrat.core.figures import Figure
from mlstrat.core.intervals import interval_json
from mlstrat.core.wording import Scale, clean, count
from mlstrat.show.blocks import Block, Heading, Paragraph, Table
from mlstrat.show.document import ends
from mlstrat.workflow.slices.analysis import Heat, Sliced
from mlstrat.workflow.slices.compute import Slice
from mlstrat.workflow.slices.differences import LabelPair, SliceDifference
from mlstrat.workflow.slices.findings import condition, slice_name

if TYPE_CHECKING:
    from mlstrat.workflow.slices import schema

MOST_SHOWN, MOST_PAIRS = 15, 8
"""Slices and pairs of labels that a reader is shown; the JSON has all."""

LONGEST = 14
"""Characters of a name or a value in a table: two of each fit beside the figures."""


def slice_json(x: Slice) -> schema.ErrorSlice:
    """Return the JSON of a slice."""
    out: schema.ErrorSlice = {
        "where": dict(x.where),
        "n": x.n,
        "errors": x.errors,
        "error": x.error.to_dict(),
        "share_of_errors": x.share_of_errors,
        "lift": x.lift,
        "p_adjusted": x.p_adjusted,
        "confirmed": x.confirmed,
        "rest": x.rest,
        "excess": x.excess,
        "p_value": x.p_value,
        "held_out": None if x.held_out is None else x.held_out.to_dict(),
        "above_rest": None if x.above is None else x.above.to_dict(),
        "also": [dict(where) for where in x.also],
        "explained_by": None if x.explained_by is None else dict(x.explained_by),
    }
    if (people := x.people) is not None:
        out["human_error"] = people.error.to_dict()
        out["error_where_answered"] = people.model
        out["model_above_people"] = None if people.above is None else people.above.to_dict()
        out["people_p_adjusted"] = people.p_adjusted
        out["people_better"] = people.better
    return out


def label_pair_json(x: LabelPair) -> schema.LabelPair:
    """Return the JSON of two labels that were mistaken."""
    ci = interval_json(x.gain.ci)
    return {
        "label": x.label,
        "prediction": x.prediction,
        "errors": x.errors,
        "share_of_errors": x.share_of_errors,
        "ceiling": {"error": x.left, "gain": x.gain.value or 0.0, "ci": ci},
    }


def difference_json(x: SliceDifference) -> schema.DifferenceSlice:
    """Return the JSON of a slice on which two models differ."""
    both, a, b, none = x.quadrants
    return {
        "where": dict(x.where),
        "n": x.n,
        "both_right": both,
        "only_a_right": a,
        "only_b_right": b,
        "both_wrong": none,
        "difference": x.difference.to_dict(),
        "rest": x.rest,
        "excess": x.excess,
        "p_value": x.p_value,
        "p_adjusted": x.p_adjusted,
        "confirmed": x.confirmed,
        "also": [dict(where) for where in x.also],
        "explained_by": None if x.explained_by is None else dict(x.explained_by),
    }


def heat_json(h: Heat) -> schema.HeatMap:
    """Return the JSON of a heat map, rows of it by values of the first column."""
    return {
        "columns": [x.name for x in h.columns],
        "values": [list(x.values) for x in h.columns],
        "n": h.rows.tolist(),
        "errors": h.errors.tolist(),
    }


def slice_blocks(r: Sliced) -> list[Block]:
    """Return the table of slices."""
    shown = [x for x in r.slices if x.explained_by is None]
    if not shown:
        return []
    scale = Scale(r.share)
    tested = "on all rows" if r.unit is None else "on the half that was not searched"
    rows = _rows(
        (
            x.where,
            (
                count(x.n),
                scale.value(x.error.value),
                percent(x.share_of_errors),
                _p(x.p_adjusted),
            ),
        )
        for x in shown[:MOST_SHOWN]
    )
    name = f"Slices of {r.split}, by errors above the rest"
    if len(shown) > MOST_SHOWN:
        name += f" ({MOST_SHOWN} of {count(len(shown))})"
    columns = ("slice", "rows", "error", "of errors", "p (Holm)")
    return [
        Heading(name),
        Table(columns, rows),
        Paragraph(
            "Of errors: this slice's part of all errors, the most that a fix could remove. "
            f"p: {tested}; slices without one were not tested."
        ),
    ]


def label_pair_blocks(r: Sliced) -> list[Block]:
    """Return the table of labels that were mistaken for each other."""
    if not r.pairs:
        return []
    scale = Scale()
    rows = tuple(
        (
            f"{clean(x.label, LONGEST)} → {clean(x.prediction, LONGEST) or '(blank)'}",
            count(x.errors),
            scale.points(x.gain.value).removesuffix(" points"),
            scale.interval(x.gain.ci),
            scale.value(x.left),
        )
        for x in r.pairs[:MOST_PAIRS]
    )
    name = "Most confused labels, and what fixing each would gain"
    if len(r.pairs) > MOST_PAIRS:
        name += f" ({MOST_PAIRS} of {count(len(r.pairs))})"
    columns = ("label → prediction", "errors", "points", "interval", "error left")
    return [Heading(name), Table(columns, rows)]


def difference_verdict(slices: Sequence[SliceDifference], a: str, b: str) -> str:
    """Return the first line of a comparison."""
    sure = [x for x in slices if x.confirmed]
    if not sure:
        return f"Cannot tell where {a} and {b} differ: no slice is confirmed."
    scale, first = Scale(), sure[0]
    ci = first.difference.ci
    around = "" if ci is None else f" ({scale.interval(ci)})"
    return (
        f"{a} and {b} compare differently on {slice_name(dict(first.where))}: the error of {b} "
        f"less that of {a} is {scale.points(first.difference.value, sign=True)}{around} there, "
        f"{scale.points(first.rest, sign=True)} elsewhere."
    )


def difference_blocks(slices: Sequence[SliceDifference], a: str, b: str) -> list[Block]:
    """Return the table of slices on which two models differ."""
    shown = [x for x in slices if x.explained_by is None]
    if not shown:
        return []
    scale = Scale()
    rows = _rows(
        (
            x.where,
            (
                count(x.n),
                count(x.quadrants[1]),
                count(x.quadrants[2]),
                scale.points(x.difference.value, sign=True).removesuffix(" points"),
                _p(x.p_adjusted),
            ),
        )
        for x in shown[:MOST_SHOWN]
    )
    name = f"Error of b less error of a, by slice of both (a: {a}, b: {b})"
    if len(shown) > MOST_SHOWN:
        name += f" ({MOST_SHOWN} of {count(len(shown))})"
    columns = ("slice", "rows", "only a", "only b", "b − a", "p (Holm)")
    return [Heading(name), Table(columns, rows)]


def heat_blocks(h: Heat) -> list[Block]:
    """Return the error by two columns, where it is small enough to be read as a table."""
    a, b = h.columns
    if len(b.values) > 6 or len(a.values) > 30:
        return []
    rows = tuple(
        (clean(name, LONGEST) or "(blank)",
         *(f"{100 * k / n:.1f}% of {count(n)}" if n else "–"
           for k, n in zip(h.errors[i].tolist(), h.rows[i].tolist(), strict=True)))
        for i, name in enumerate(a.values)
    )  # fmt: skip
    head = (clean(a.name, LONGEST), *(clean(x, LONGEST) or "(blank)" for x in b.values))
    return [Heading(f"Error by {clean(a.name, 30)} and {clean(b.name, 30)}"), Table(head, rows)]


def slice_records(r: Sliced) -> list[dict[str, Any]]:
    """Return one record for all rows, then one a slice."""
    share, lift = (1.0, 1.0) if r.errors else (None, None)
    whole = Slice((), r.n, r.errors, r.error, None, share, lift, 0.0)
    return [
        {**_where(x.where), "n": x.n, "errors": x.errors, **ends("error", x.error, "error"),
         "share_of_errors": x.share_of_errors, "lift": x.lift, "excess": x.excess,
         "p_value": x.p_value, "p_adjusted": x.p_adjusted, "confirmed": x.confirmed,
         **ends("held_out", x.held_out or Figure(None), "held_out"),
         "explained": x.explained_by is not None}
        for x in (whole, *r.slices)
    ]  # fmt: skip


def difference_records(
    slices: Sequence[SliceDifference], whole: SliceDifference
) -> list[dict[str, Any]]:
    """Return one record for all rows, then one a slice on which two models differ."""
    return [
        {**_where(x.where), "n": x.n, "only_a_right": x.quadrants[1],
         "only_b_right": x.quadrants[2], **ends("difference", x.difference, "difference"),
         "rest": x.rest, "excess": x.excess, "p_value": x.p_value, "p_adjusted": x.p_adjusted,
         "confirmed": x.confirmed, "explained": x.explained_by is not None}
        for x in (whole, *slices)
    ]  # fmt: skip


def _where(where: Sequence[tuple[str, str]]) -> dict[str, str | None]:
    first, second = [*where, (None, None), (None, None)][:2]
    return {"column": first[0], "value": first[1], "column_2": second[0], "value_2": second[1]}


def _rows(
    slices: Iterable[tuple[Sequence[tuple[str, str]], tuple[str, ...]]],
) -> tuple[tuple[str, ...], ...]:
    """Return one row of a table a slice; a second condition stands in a row below the first."""
    out = []
    for where, figures in slices:
        out.append((condition(*where[0], LONGEST), *figures))
        out += [(f"  {condition(*x, LONGEST)}", *("" for _ in figures)) for x in where[1:]]
    return tuple(out)


def percent(x: float | None) -> str:
    """Return a share as text."""
    return "–" if x is None else f"{100 * x:.1f}%"


def _p(p: float | None) -> str:
    return "–" if p is None else "< 1e-9" if p < 1e-9 else f"{p:.2g}"
