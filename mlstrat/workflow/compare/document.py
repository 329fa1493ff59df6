"""The document of `compare`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar, cast

from mlstrat.core.decisions import DIFFERENCE
from mlstrat.core.figures import Figure
from mlstrat.core.sample_size.to_settle import to_settle_sentence
from mlstrat.core.wording import Scale, clean, count, file_names, is_share, share_of_resamples
from mlstrat.show.blocks import Block, Heading, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, ends, findings_blocks, head
from mlstrat.workflow.compare.compute import Comparison, Quadrants, SliceComparison

if TYPE_CHECKING:
    from mlstrat.core import schema_parts
    from mlstrat.core.operating.point import Point
    from mlstrat.tasks.unpaired import Unpaired
    from mlstrat.workflow.compare import schema

MOST_SLICES = 20
"""Slices that a reader is shown; the JSON has all."""


def left_out(x: Unpaired) -> schema.LeftOut:
    """Return the JSON of examples of one run only."""
    return {"count": x.count, "ids": list(x.ids)}


class ComparisonDocument(Document):
    """Two models on the same examples: b against a."""

    result: Comparison
    names: tuple[str, str]
    columns: tuple[Mapping[str, str], Mapping[str, str]]
    missing: Unpaired
    extra: Unpaired
    signature: Signature
    points: tuple[Point | None, Point | None] = (None, None)

    each: ClassVar[str] = "rows"
    alike: ClassVar[str] = "predict alike"
    of_slices: ClassVar[str | None] = "accuracy"

    @property
    def verdict(self) -> str:
        """One of a_better, b_better, undecided, identical."""
        return self.result.verdict

    @property
    def p_value(self) -> float | None:
        """Of "both are right equally often"; None where scores say no class."""
        return self.result.p_value

    @property
    def difference(self) -> Figure:
        """The metric of b minus that of a."""
        return self.result.difference

    def to_dict(self) -> schema.Compare:
        r = self.result
        a, b = (
            cast("schema.Side", {"name": name, "columns": dict(columns), **figure.to_dict()})
            for name, columns, figure in zip(self.names, self.columns, r.figures, strict=True)
        )
        for side, told in zip((a, b), self._thresholds(), strict=False):
            side["threshold"] = told
        return {
            "schema": "mlstrat.compare/1",
            **head(self.signature, r.findings),
            "split": r.split,
            "metric": r.choice.metric.name,
            "average": r.choice.average,
            "a": a,
            "b": b,
            "n": r.rows,
            **counts_of(r.quadrants),
            "difference": r.difference.to_dict(),
            "p_value": r.p_value,
            "test": r.test,
            "p_b_better": r.p_b_better,
            "n_needed": None if r.to_settle is None else r.to_settle.total,
            "to_settle": None if r.to_settle is None else r.to_settle.to_dict(),
            "verdict": r.verdict,
            "decided_by": r.decided_by,
            "tolerance": r.tolerance,
            "equivalent": r.equivalent,
            "margin": r.margin,
            "non_inferior": r.non_inferior,
            "missing": left_out(self.missing),
            "extra": left_out(self.extra),
            "slices": [
                {
                    "where": {x.column: x.value},
                    "n": x.rows,
                    **counts_of(x.quadrants),
                    "difference": x.difference.to_dict(),
                    "p_value": x.p_value,
                    "p_adjusted": x.p_adjusted,
                }
                for x in r.slices
            ],
        }

    def blocks(self) -> list[Block]:
        r, (a, b) = self.result, (clean(x) for x in self.names)
        scale = Scale(is_share(r.choice))
        blocks = [*self._said(a, b, scale), *self._sure()]
        if told := self._thresholds():
            from mlstrat.core.operating.point import threshold_line

            blocks += [
                Paragraph(threshold_line(x, scale, r.choice.title, name))
                for x, name in zip(told, (a, b), strict=False)
            ]
        figures = tuple(
            (f"{side}: {name}", scale.value(x.value), scale.interval(x.ci), count(x.n))
            for side, name, x in zip(("a", "b"), (a, b), r.figures, strict=True)
        )
        d = r.difference
        change = ("b − a", scale.points(d.value, sign=True), scale.interval(d.ci), count(d.n))
        head = ("", r.choice.title, self.signature.interval, self.each)
        blocks += [Table(head, (*figures, change)), *self._right_or_wrong(), *self._slices(scale)]
        blocks += findings_blocks(r.findings, scale)
        blocks.append(self._basis())
        return blocks

    def _said(self, a: str, b: str, scale: Scale) -> list[Block]:
        r, d, choice = self.result, self.difference.value, self.result.choice
        margin, higher = scale.points(r.tolerance), choice.metric.higher_is_better
        a, b = file_names((a, b))
        sure = self._interval(scale)
        if r.decided_by == "p_value" and r.p_value is not None:
            sure = f"p = {r.p_value:.3g}"
        if r.verdict == "identical":
            text = f"The same: {a} and {b} {self.alike} on all {count(r.rows)} examples."
        elif d is None:
            text = f"Cannot tell: {choice.title} is {self.difference.reason}."
        elif not d:
            text = f"Cannot tell {a} and {b} apart: their {choice.title} is equal ({sure})."
        else:
            better, worse = (b, a) if (d > 0) == higher else (a, b)
            size = f"{'higher' if higher else 'lower'} {choice.title}, by {scale.points(abs(d))}"
            if r.verdict != "undecided":
                text = f"{better} is better than {worse}: {size} ({sure})."
            else:
                text = f"Cannot tell {a} and {b} apart: {better} has the {size} ({sure})."
        if r.verdict == "undecided" and r.equivalent:
            text += f" They are within {margin} of each other."
        if (x := r.to_settle) is not None:
            text += " " + to_settle_sentence(x.rows, x.or_more, paired=True)
        blocks: list[Block] = [Verdict(text, DIFFERENCE)]
        if r.non_inferior is not None:
            ruled = {
                "yes": f"{b} is not worse than {a} by {margin} or more.",
                "no": f"{b} is worse than {a} by more than {margin}.",
                "undecided": f"Whether {b} is worse than {a} by {margin} or more cannot be told.",
            }
            blocks.append(Paragraph(ruled[r.non_inferior]))
        return blocks

    def _thresholds(self) -> list[schema_parts.Threshold]:
        """Return the threshold that dev of each run chose; nothing where none was chosen."""
        told = [x.told(self.result.choice) for x in self.points if x is not None]
        return cast("list[schema_parts.Threshold]", told)

    def _interval(self, scale: Scale) -> str:
        d = self.result.difference
        if d.ci is None:
            return str(d.reason)
        low, high = d.ci
        # Told of whichever is ahead, as the sentence is, so that its figure lies within.
        return scale.interval((-high, -low) if (d.value or 0) < 0 else (low, high))

    def _right_or_wrong(self) -> list[Block]:
        q = self.result.quadrants
        if q is None:
            return []
        right = ("a right", count(q.both_right), count(q.only_a_right))
        wrong = ("a wrong", count(q.only_b_right), count(q.both_wrong))
        return [Table(("", "b right", "b wrong"), (right, wrong))]

    def _sure(self) -> list[Block]:
        """Say how often the two disagree; nothing where scores say no class."""
        r = self.result
        q = r.quadrants
        if q is None:
            return []
        test = "exact McNemar" if r.test == "mcnemar_exact" else "a sign-flip of groups"
        text = f"The two disagree on {count(q.discordant)} of {count(r.rows)} examples"
        told = r.decided_by == "p_value"  # the first line has it
        text += f" ({test})." if told else f": p = {r.p_value:.3g} by {test}."
        if r.p_b_better is not None:
            b = file_names(self.names)[1]
            text += f" {clean(b)} is better in {share_of_resamples(r.p_b_better)} of resamples."
        return [Paragraph(text)]

    def _slices(self, _scale: Scale) -> list[Block]:
        shown = [x for x in self.result.slices if x.quadrants and x.quadrants.discordant]
        columns = ("slice", "rows", "only a", "only b", "accuracy b − a", "p (Holm)")
        rows = [
            (
                *slice_cells(x),
                count(x.quadrants.only_a_right),
                count(x.quadrants.only_b_right),
                change_in(Scale(), x),
                f"{x.p_adjusted:.3g}",
            )
            for x in shown[:MOST_SLICES]
            if x.quadrants
        ]
        name = f"Where only one is right, by slice of {self.result.split}"
        return slices_table(name, columns, rows, len(shown))

    def _basis(self) -> Block:
        s = self.signature
        a, b = (c.get("prediction") or c.get("score") or "probabilities" for c in self.columns)
        label = self.columns[0].get("label", "label")
        return s.basis(
            f"; split {self.result.split}, label {clean(label)}, predictions {clean(a)} and "
            f"{clean(b)}",
            s.resampled,
        )

    def records(self) -> list[dict[str, Any]]:
        """Return one record for all rows, then one a slice."""
        r = self.result
        metric, of_slices = r.choice.metric.name, self.of_slices or r.choice.metric.name
        whole = SliceComparison("", "", r.rows, r.quadrants, r.difference, r.p_value, None)
        return [
            {"by": x.column or None, "of": x.value if x.column else None, "n": x.rows,
             **counts_of(x.quadrants), "metric": of_slices if x.column else metric,
             **ends("difference", x.difference), "p_value": x.p_value, "p_adjusted": x.p_adjusted}
            for x in (whole, *r.slices)
        ]  # fmt: skip


def counts_of(quadrants: Quadrants | None) -> schema.Quadrants:
    """Return the JSON of who is right; nulls where scores say no class."""
    if quadrants is None:
        return {"both_right": None, "only_a_right": None, "only_b_right": None, "both_wrong": None}
    return cast("schema.Quadrants", asdict(quadrants))


def slice_cells(x: SliceComparison) -> tuple[str, str]:
    """Return the name of a slice, and its rows."""
    return f"{clean(x.column, 20)} {clean(x.value, 24) or '(blank)'}", count(x.rows)


def change_in(scale: Scale, x: SliceComparison) -> str:
    """Return the difference on a slice, in points."""
    return scale.points(x.difference.value, sign=True).removesuffix(" points")


def slices_table(
    title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], of: int
) -> list[Block]:
    """Return the table of slices, of which the first are shown; nothing without any."""
    if not rows:
        return []
    if of > MOST_SLICES:
        title += f" ({MOST_SLICES} of {count(of)})"
    return [Heading(title), Table(columns, tuple(rows))]
