"""The document of `compare`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from mlstrat.core.decisions import DIFFERENCE
from mlstrat.core.figures import Figure
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.sample_size.to_settle import ToSettle, to_settle_sentence
from mlstrat.core.wording import Scale, clean, count, file_names, is_share, share_of_resamples
from mlstrat.show.blocks import Block, Heading, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, ends, findings_blocks, head
from mlstrat.workflow.compare.compute import Comparison, Quadrants

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


@dataclass(frozen=True)
class ComparisonDocument(Document):
    """Two models on the same examples: b against a."""

    result: Comparison
    names: tuple[str, str]
    columns: tuple[Mapping[str, str], Mapping[str, str]]
    missing: Unpaired
    extra: Unpaired
    signature: Signature
    points: tuple[Point | None, Point | None] = (None, None)

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
        """Return the JSON document."""
        r = self.result
        a, b = (side_json(*one) for one in zip(self.names, self.columns, r.figures, strict=True))
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
                    "n": x.quadrants.rows,
                    **x.quadrants.to_dict(),
                    "difference": x.difference.to_dict(),
                    "p_value": x.p_value,
                    "p_adjusted": x.p_adjusted,
                }
                for x in r.slices
            ],
        }

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        r, (a, b) = self.result, (clean(x) for x in self.names)
        q = r.quadrants
        scale = Scale(is_share(r.choice))
        alike = f"predict alike on all {count(r.rows)} examples"
        sure = f"p = {r.p_value:.3g}" if r.decided_by == "p_value" else self._interval(scale)
        blocks = said(
            (a, b), r.choice, r.difference, r.verdict, sure, alike,
            Ruled(r.tolerance, r.equivalent, r.non_inferior, r.to_settle),
        )  # fmt: skip
        blocks += self._sure()
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
        interval = self.signature.interval
        blocks += [
            Table(("", r.choice.title, interval, "rows"), (*figures, change)),
        ]
        if q is not None:
            right = ("a right", count(q.both_right), count(q.only_a_right))
            wrong = ("a wrong", count(q.only_b_right), count(q.both_wrong))
            blocks.append(Table(("", "b right", "b wrong"), (right, wrong)))
        blocks += self._slices()
        blocks += findings_blocks(r.findings, scale)
        blocks.append(self._basis())
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

    def _sure(self) -> list[Block]:
        """Say how often the two disagree; nothing where scores say no class."""
        r = self.result
        q = r.quadrants
        if q is None:
            return []
        test = "exact McNemar" if r.test == "mcnemar_exact" else "a sign-flip of groups"
        text = (
            f"The two disagree on {count(q.only_a_right + q.only_b_right)} of {count(q.rows)} "
            "examples"
        )
        told = r.decided_by == "p_value"  # the first line has it
        text += f" ({test})." if told else f": p = {r.p_value:.3g} by {test}."
        if r.p_b_better is not None:
            b = file_names(self.names)[1]
            text += f" {clean(b)} is better in {share_of_resamples(r.p_b_better)} of resamples."
        return [Paragraph(text)]

    def _slices(self) -> list[Block]:
        r = self.result
        shown = [x for x in r.slices if x.quadrants.only_a_right + x.quadrants.only_b_right]
        if not shown:
            return []
        points = Scale()
        name = f"Where only one is right, by slice of {r.split}"
        if len(shown) > MOST_SLICES:
            name += f" ({MOST_SLICES} of {count(len(shown))})"
        rows = tuple(
            (
                f"{clean(x.column, 20)} {clean(x.value, 24) or '(blank)'}",
                count(x.quadrants.rows),
                count(x.quadrants.only_a_right),
                count(x.quadrants.only_b_right),
                points.points(x.difference.value, sign=True).removesuffix(" points"),
                f"{x.p_adjusted:.3g}",
            )
            for x in shown[:MOST_SLICES]
        )
        columns = ("slice", "rows", "only a", "only b", "accuracy b − a", "p (Holm)")
        return [Heading(name), Table(columns, rows)]

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
        whole: tuple[Any, ...] = (None, None, r.quadrants, r.difference, r.p_value, None)
        rows = [whole] + [
            (x.column, x.value, x.quadrants, x.difference, x.p_value, x.p_adjusted)
            for x in r.slices
        ]
        out = []
        for i, (column, value, q, d, p, adjusted) in enumerate(rows):
            metric = "accuracy" if i else r.choice.metric.name
            out.append(
                {"by": column, "of": value, "n": r.rows if q is None else q.rows,
                 **counts_of(q), "metric": metric,
                 **ends("difference", d), "p_value": p, "p_adjusted": adjusted}
            )  # fmt: skip
        return out


def counts_of(quadrants: Quadrants | None) -> schema.Quadrants:
    """Return the JSON of who is right; nulls where scores say no class."""
    if quadrants is None:
        return {"both_right": None, "only_a_right": None, "only_b_right": None, "both_wrong": None}
    return quadrants.to_dict()


def side_json(name: str, columns: Mapping[str, str], figure: Figure) -> schema.Side:
    """Return the JSON of one of the two runs."""
    found = {"name": name, "columns": dict(columns), **figure.to_dict()}
    return cast("schema.Side", found)


@dataclass(frozen=True)
class Ruled:
    """What is said of a tolerance or a margin, and what would settle what is open."""

    tolerance: float
    equivalent: bool
    non_inferior: str | None
    to_settle: ToSettle | None


def said(
    names: tuple[str, str],
    choice: MetricChoice,
    difference: Figure,
    verdict: str,
    sure: str,
    alike: str,
    ruled: Ruled,
) -> list[Block]:
    """Return the first line of a comparison, and what it says of a margin.

    Parameters
    ----------
    names
        What to call a and b.
    choice, difference, verdict
        The metric, that of b minus that of a, and which is better.
    sure
        How surely, in words.
    alike
        What identical runs do, in words.
    ruled
        What is said of the tolerance.
    """
    (a, b), scale, d = file_names(names), Scale(is_share(choice)), difference.value
    margin, higher = scale.points(ruled.tolerance), choice.metric.higher_is_better
    if verdict == "identical":
        text = f"The same: {a} and {b} {alike}."
    elif d is None:
        text = f"Cannot tell: {choice.title} is {difference.reason}."
    elif not d:
        text = f"Cannot tell {a} and {b} apart: their {choice.title} is equal ({sure})."
    else:
        better, worse = (b, a) if (d > 0) == higher else (a, b)
        size = f"{'higher' if higher else 'lower'} {choice.title}, by {scale.points(abs(d))}"
        if verdict != "undecided":
            text = f"{better} is better than {worse}: {size} ({sure})."
        else:
            text = f"Cannot tell {a} and {b} apart: {better} has the {size} ({sure})."
    if verdict == "undecided" and ruled.equivalent:
        text += f" They are within {margin} of each other."
    if (x := ruled.to_settle) is not None:
        text += " " + to_settle_sentence(x.rows, x.or_more, paired=True)
    blocks: list[Block] = [Verdict(text, DIFFERENCE)]
    if ruled.non_inferior is not None:
        blocks.append(Paragraph({
            "yes": f"{b} is not worse than {a} by {margin} or more.",
            "no": f"{b} is worse than {a} by more than {margin}.",
        }.get(ruled.non_inferior,
              f"Whether {b} is worse than {a} by {margin} or more cannot be told.")))  # fmt: skip
    return blocks
