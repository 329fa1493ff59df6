# Over 300 lines: the parts of one document, each with its JSON, its table and its records.
"""The document of `slices`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mlstrat.core.decisions import LARGEST, SLICES
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import interval_json
from mlstrat.core.wording import Scale, clean, count, file_names, listed
from mlstrat.show.blocks import Block, Heading, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, ends, findings_blocks, head
from mlstrat.workflow.slices.analysis import Heat, LabelPair, Mismatch, Sliced
from mlstrat.workflow.slices.compute import Slice, SliceDifference, Tested
from mlstrat.workflow.slices.search import condition, slice_name

if TYPE_CHECKING:
    from mlstrat.workflow.slices import schema

MOST_SHOWN, MOST_PAIRS, MOST_PARTS = 15, 8, 12
"""Slices, pairs of labels and parts of a gap that a reader is shown; the JSON has all."""

LONGEST = 14
"""Characters of a name or a value in a table: two of each fit beside the figures."""

T = TypeVar("T", bound=Tested)


class SliceDocument(Document):
    """Where errors concentrate."""

    result: Sliced
    names: tuple[str, str]
    signature: Signature
    columns: Mapping[str, str]

    @property
    def slices(self) -> tuple[Slice, ...]:
        """The slices, the most errors above the rest first."""
        return self.result.slices

    @property
    def confirmed(self) -> tuple[Slice, ...]:
        """Those that held on the half that was not searched."""
        return tuple(x for x in self.result.slices if x.confirmed)

    @property
    def differences(self) -> tuple[SliceDifference, ...]:
        """The slices on which two models differ most; none where there is one model."""
        return self.result.differences or ()

    def save_figure(self, path: str | Path) -> None:
        """Write the heat map of two columns as SVG or PNG.

        Raises
        ------
        UsageError
            Where other than two columns are sliced by.
        """
        from mlstrat.workflow.slices.figure import heatmap_figure

        heatmap_figure(self.result.heat, self._verdict(), self.own_place(path))

    def to_dict(self) -> schema.Slices:
        """Return the JSON document."""
        r = self.result
        found: schema.Slices = {
            "schema": "mlstrat.slices/1",
            **head(self.signature, r.findings),
            "split": r.split,
            "n": r.n,
            "errors": r.errors,
            "error": r.error.to_dict(),
            "min_size": r.smallest,
            "halves": self._halves(),
            "columns": [
                {"column": x.name, "values": list(x.values), "joined": x.joined} for x in r.columns
            ],
            "left_out": [
                {"column": x.name, "reason": x.reason, "values": x.distinct} for x in r.left_out
            ],
            "slices": [_slice_json(x) for x in r.slices],
            "label_pairs": [_label_pair_json(x) for x in r.pairs],
            "to_settle": None
            if r.leading is None or r.leading.to_settle is None
            else r.leading.to_settle.to_dict(),
        }
        if r.differences is not None and r.whole_difference is not None:
            found["versus"] = {
                "a": self.names[0],
                "b": self.names[1],
                "whole": _difference_json(r.whole_difference),
                "slices": [_difference_json(x) for x in r.differences],
            }
        if r.mismatch is not None:
            found["mismatch"] = _mismatch_json(r.mismatch)
        if (h := r.heat) is not None:
            found["heat_map"] = {
                "columns": [x.name for x in h.columns],
                "values": [list(x.values) for x in h.columns],
                "n": h.rows.tolist(),
                "errors": h.errors.tolist(),
            }
        return found

    def _halves(self) -> schema.Halves | None:
        unit, rows = self.result.unit, self.result.half_rows
        if unit is None or rows is None:
            return None
        return {"by": unit, "searched": rows[0], "held_out": rows[1]}

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        r = self.result
        blocks: list[Block] = [Verdict(self._verdict(), LARGEST if r.mismatch else SLICES)]
        if r.mismatch is not None:
            blocks += _mismatch_blocks(r.mismatch)
        if r.differences is not None:
            blocks += _difference_blocks(r.differences, *self._short())
        blocks += _slice_blocks(r)
        if r.heat is not None:
            blocks += _heat_blocks(r.heat)
        blocks += _label_pair_blocks(r.pairs)
        blocks += findings_blocks(r.findings, Scale(r.share))
        blocks.append(self._basis())
        return blocks

    def _short(self) -> list[str]:
        return [clean(x, 30) for x in file_names(self.names)]

    def _verdict(self) -> str:
        r = self.result
        if r.mismatch is not None:
            return _mismatch_verdict(r.mismatch)
        if r.differences is not None:
            names = self._short()
            if r.whole_difference is not None and not any(r.whole_difference.quadrants[1:3]):
                return f"{names[0]} and {names[1]} are right and wrong on the same rows."
            return _difference_verdict(r.differences, *names)
        if not r.errors:
            return f"No errors on {r.split}: {count(r.n)} rows, all right."
        if not self.confirmed:
            return f"Cannot tell where errors concentrate: no slice of {r.split} is confirmed."
        first, scale = self.confirmed[0], Scale()
        if first.held_out is None or first.above is None:
            raise ValueError("what is confirmed was tested")
        return (
            f"Errors concentrate in {slice_name(dict(first.where))}: on the half held out "
            f"{scale.value(first.held_out.value)} of its rows are wrong, "
            f"{scale.points(first.above.value)} ({scale.interval(first.above.ci)}) above the rest. "
            f"It holds {100 * (first.share_of_errors or 0.0):.0f}% of all errors."
        )

    def _basis(self) -> Block:
        s, r, halves = self.signature, self.result, self._halves()
        if halves is None:
            raise ValueError("rows that are not halved have a basis of their own")
        way = {"group": "the hash of the group", "id": "the hash of the id",
               "row": "the hash of the row's content", "lot": "lot"}[halves["by"]]  # fmt: skip
        predicted = self.columns.get("prediction") or self.columns.get("score") or "probabilities"
        read = f"label {clean(self.columns.get('label', ''))}, predictions {clean(predicted)}"
        if correct := self.columns.get("correct"):
            read = f"right or wrong by {clean(correct)}"
        return s.basis(
            f"; split {r.split}, {read}. Slices of {count(r.smallest)} rows or more, of "
            f"{listed([clean(x.name, 30) for x in r.columns])}. Searched on "
            f"{count(halves['searched'])} rows, tested on {count(halves['held_out'])}, halves by "
            f"{way}",
            f", seed {s.seed}",
        )

    def records(self) -> list[dict[str, Any]]:
        """Return one record a slice; of the gap's slices with --mismatch, or of two models."""
        r = self.result
        if r.mismatch is not None:
            return _mismatch_records(r.mismatch)
        if r.differences is not None and r.whole_difference is not None:
            return _difference_records((r.whole_difference, *r.differences))
        return _slice_records(r)


def _slice_json(x: Slice) -> schema.ErrorSlice:
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


def _slice_blocks(r: Sliced) -> list[Block]:
    scale = Scale(r.share)
    out = _table_of(
        r.slices, f"Slices of {r.split}, by errors above the rest", ("error", "of errors"),
        lambda x: (scale.value(x.error.value), _percent(x.share_of_errors)),
    )  # fmt: skip
    tested = "on all rows" if r.unit is None else "on the half that was not searched"
    text = Paragraph(
        "Of errors: this slice's part of all errors, the most that a fix could remove. "
        f"p: {tested}; slices without one were not tested."
    )
    return [*out, text] if out else []


def _table_of(
    slices: Sequence[T], title: str, columns: tuple[str, ...], cells: Callable[[T], tuple[str, ...]]
) -> list[Block]:
    """Return a table of slices; a second condition stands in a row below the first."""
    shown = [x for x in slices if x.explained_by is None]
    rows = []
    for x in shown[:MOST_SHOWN]:
        figures = (count(x.n), *cells(x), _p(x.p_adjusted))
        rows.append((condition(*x.where[0], LONGEST), *figures))
        rows += [(f"  {condition(*y, LONGEST)}", *("" for _ in figures)) for y in x.where[1:]]
    if not rows:
        return []
    heads = ("slice", "rows", *columns, "p (Holm)")
    return [_heading(title, MOST_SHOWN, len(shown)), Table(heads, tuple(rows))]


def _heading(title: str, most: int, of: int) -> Heading:
    return Heading(f"{title} ({most} of {count(of)})" if of > most else title)


def _slice_records(r: Sliced) -> list[dict[str, Any]]:
    """Return one record for all rows, then one a slice."""
    part = 1.0 if r.errors else None
    whole = Slice(where=(), n=r.n, errors=r.errors, error=r.error, rest=None, excess=0.0,
                  share_of_errors=part, lift=part)  # fmt: skip
    return [
        {**_columns(x.where), "n": x.n, "errors": x.errors, **ends("error", x.error, "error"),
         "share_of_errors": x.share_of_errors, "lift": x.lift, "excess": x.excess,
         "p_value": x.p_value, "p_adjusted": x.p_adjusted, "confirmed": x.confirmed,
         **ends("held_out", x.held_out or Figure(None), "held_out"),
         "explained": x.explained_by is not None}
        for x in (whole, *r.slices)
    ]  # fmt: skip


def _columns(where: Sequence[tuple[str, str]]) -> dict[str, str | None]:
    first, second = [*where, (None, None), (None, None)][:2]
    return {"column": first[0], "value": first[1], "column_2": second[0], "value_2": second[1]}


def _percent(x: float | None) -> str:
    return "–" if x is None else f"{100 * x:.1f}%"


def _p(p: float | None) -> str:
    return "–" if p is None else "< 1e-9" if p < 1e-9 else f"{p:.2g}"


def _label_pair_json(x: LabelPair) -> schema.LabelPair:
    ci = interval_json(x.gain.ci)
    return {
        "label": x.label,
        "prediction": x.prediction,
        "errors": x.errors,
        "share_of_errors": x.share_of_errors,
        "ceiling": {"error": x.left, "gain": x.gain.value or 0.0, "ci": ci},
    }


def _label_pair_blocks(pairs: Sequence[LabelPair]) -> list[Block]:
    scale = Scale()
    rows = tuple(
        (
            f"{clean(x.label, LONGEST)} → {clean(x.prediction, LONGEST) or '(blank)'}",
            count(x.errors),
            _points(x.gain, sign=False),
            scale.interval(x.gain.ci),
            scale.value(x.left),
        )
        for x in pairs[:MOST_PAIRS]
    )
    title = "Most confused labels, and what fixing each would gain"
    columns = ("label → prediction", "errors", "points", "interval", "error left")
    return [_heading(title, MOST_PAIRS, len(pairs)), Table(columns, rows)] if pairs else []


def _points(x: Figure, *, sign: bool = True) -> str:
    return Scale().points(x.value, sign=sign).removesuffix(" points")


def _difference_json(x: SliceDifference) -> schema.DifferenceSlice:
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


def _difference_verdict(slices: Sequence[SliceDifference], a: str, b: str) -> str:
    first = next((x for x in slices if x.confirmed), None)
    if first is None:
        return f"Cannot tell where {a} and {b} differ: no slice is confirmed."
    scale = Scale()
    return (
        f"{a} and {b} compare differently on {slice_name(dict(first.where))}: the error of {b} "
        f"less that of {a} is {_with_interval(first.difference)} there, "
        f"{scale.points(first.rest, sign=True)} elsewhere."
    )


def _with_interval(x: Figure) -> str:
    scale = Scale()
    around = "" if x.ci is None else f" ({scale.interval(x.ci)})"
    return f"{scale.points(x.value, sign=True)}{around}"


def _difference_blocks(slices: Sequence[SliceDifference], a: str, b: str) -> list[Block]:
    return _table_of(
        slices, f"Error of b less error of a, by slice of both (a: {a}, b: {b})",
        ("only a", "only b", "b − a"),
        lambda x: (count(x.quadrants[1]), count(x.quadrants[2]), _points(x.difference)),
    )  # fmt: skip


def _difference_records(slices: Sequence[SliceDifference]) -> list[dict[str, Any]]:
    return [
        {**_columns(x.where), "n": x.n, "only_a_right": x.quadrants[1],
         "only_b_right": x.quadrants[2], **ends("difference", x.difference, "difference"),
         "rest": x.rest, "excess": x.excess, "p_value": x.p_value, "p_adjusted": x.p_adjusted,
         "confirmed": x.confirmed, "explained": x.explained_by is not None}
        for x in slices
    ]  # fmt: skip


def _heat_blocks(h: Heat) -> list[Block]:
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


def _mismatch_json(m: Mismatch) -> schema.Mismatch:
    def by_split(values: Sequence[Any]) -> dict[str, Any]:
        return dict(zip((m.start, m.end), values, strict=True))

    return {
        "from": m.start,
        "to": m.end,
        "gap": m.gap.to_dict(),
        "columns": [
            {"column": x.column, "mix": x.mix.to_dict(), "within": x.within.to_dict()}
            for x in m.columns
        ],
        "slices": [
            {
                "where": {x.column: x.value},
                "n": by_split(x.rows),
                "share": by_split(x.shares),
                "error": by_split(x.errors),
                "mix": x.mix.to_dict(),
                "within": x.within.to_dict(),
            }
            for x in m.slices()
        ],
    }


def _mismatch_verdict(m: Mismatch) -> str:
    text = f"{m.start} → {m.end}: {_with_interval(m.gap)}"
    if m.gap.ci is not None and m.gap.ci[0] <= 0 <= m.gap.ci[1]:
        return f"Cannot tell whether there is a gap. {text}."
    best = m.largest_mix()
    return (
        f"{text}. Another mix of {clean(best.column, 30)} makes up {_with_interval(best.mix)}, "
        f"error within its values {_with_interval(best.within)}."
    )


def _mismatch_blocks(m: Mismatch) -> list[Block]:
    scale = Scale()
    columns = tuple(
        (clean(x.column, 24), _points(x.mix), scale.interval(x.mix.ci), _points(x.within),
         scale.interval(x.within.ci))
        for x in sorted(m.columns, key=lambda x: -abs(x.mix.value or 0.0))
    )  # fmt: skip
    found = m.slices()
    slices = tuple(
        (
            condition(x.column, x.value, LONGEST),
            " → ".join(_percent(y) for y in x.shares),
            " → ".join(_percent(y) for y in x.errors),
            _points(x.mix),
            _points(x.within),
        )
        for x in found[:MOST_PARTS]
    )
    name = f"Slices that make up the gap ({min(MOST_PARTS, len(found))} of {count(len(found))})"
    return [
        Heading(f"The gap {m.start} → {m.end} by column, in points; columns do not add up"),
        Table(("column", "mix", "interval", "within", "interval "), columns),
        Heading(name),
        Table(("slice", "share of rows", "error", "mix", "within"), slices),
    ]


def _mismatch_records(m: Mismatch) -> list[dict[str, Any]]:
    return [
        {"column": x.column, "value": x.value, "n_from": x.rows[0], "n_to": x.rows[1],
         "error_from": x.errors[0], "error_to": x.errors[1], **ends("mix", x.mix, "mix"),
         **ends("within", x.within, "within")}
        for x in m.slices()
    ]  # fmt: skip
