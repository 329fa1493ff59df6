"""The document of `compare`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlstrat.core.figures import Figure
from mlstrat.core.wording import Scale, clean, count, is_share, rounded_up, share_of_resamples
from mlstrat.show.blocks import Block, Heading, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, ends, head
from mlstrat.show.findings import findings_blocks
from mlstrat.workflow.compare.compute import POWER, Comparison

if TYPE_CHECKING:
    from mlstrat.workflow.compare import schema

MOST_SLICES = 20
"""Slices that a reader is shown; the JSON has all."""


@dataclass(frozen=True)
class ComparisonDocument(Document):
    """Two models on the same examples: b against a."""

    result: Comparison
    names: tuple[str, str]
    columns: tuple[Mapping[str, str], Mapping[str, str]]
    missing: Mapping[str, Any]
    extra: Mapping[str, Any]
    signature: Signature

    @property
    def verdict(self) -> str:
        """One of a_better, b_better, undecided, identical."""
        return self.result.verdict

    @property
    def p_value(self) -> float:
        """Of "both are right equally often"."""
        return self.result.p_value

    @property
    def difference(self) -> Figure:
        """The metric of b minus that of a."""
        return self.result.difference

    def to_dict(self) -> schema.Compare:
        """Return the JSON document."""
        r = self.result
        a, b = (side_json(*one) for one in zip(self.names, self.columns, r.figures, strict=True))
        return {
            "schema": "mlstrat.compare/1",
            **head(self.signature, r.findings),
            "split": r.split,
            "metric": r.choice.metric.name,
            "average": r.choice.average,
            "a": a,
            "b": b,
            "n": r.quadrants.rows,
            **r.quadrants.to_dict(),
            "difference": r.difference.to_dict(),
            "p_value": r.p_value,
            "test": r.test,
            "p_b_better": r.p_b_better,
            "n_needed": r.n_needed,
            "verdict": r.verdict,
            "decided_by": r.decided_by,
            "margin": r.margin,
            "non_inferior": r.non_inferior,
            "missing": {"count": self.missing["count"], "ids": list(self.missing["ids"])},
            "extra": {"count": self.extra["count"], "ids": list(self.extra["ids"])},
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
        blocks: list[Block] = [Verdict(self._verdict(a, b, scale))]
        if r.non_inferior is not None and r.margin is not None:
            blocks.append(Paragraph(self._margin(a, b, scale)))
        blocks.append(Paragraph(self._sure(b)))
        figures = tuple(
            (f"{side}: {name}", scale.value(x.value), scale.interval(x.ci), count(x.n))
            for side, name, x in zip(("a", "b"), (a, b), r.figures, strict=True)
        )
        d = r.difference
        change = ("b − a", scale.points(d.value, sign=True), scale.interval(d.ci), count(d.n))
        interval = self.signature.interval
        blocks += [
            Table(("", r.choice.title, interval, "rows"), (*figures, change)),
            Table(
                ("", "b right", "b wrong"),
                (
                    ("a right", count(q.both_right), count(q.only_a_right)),
                    ("a wrong", count(q.only_b_right), count(q.both_wrong)),
                ),
            ),
        ]
        blocks += self._slices()
        blocks += findings_blocks(r.findings, scale)
        blocks.append(self._basis())
        return blocks

    def _verdict(self, a: str, b: str, scale: Scale) -> str:
        r = self.result
        d, title = r.difference, r.choice.title
        if r.verdict == "identical":
            return f"The same: {a} and {b} predict alike on all {count(r.quadrants.rows)} examples."
        if d.value is None:
            return f"Cannot tell: {title} is {d.reason}."
        size = f"{scale.points(abs(d.value))} of {title}"
        sure = f"p = {r.p_value:.3g}" if r.decided_by == "p_value" else self._interval(scale)
        if r.verdict == "undecided":
            if not d.value:
                return f"Cannot tell {a} and {b} apart: their {title} is equal."
            better = b if (d.value > 0) == r.choice.metric.higher_is_better else a
            text = f"Cannot tell {a} and {b} apart: {better} is ahead by {size} ({sure})."
            if r.n_needed is not None and r.n_needed > r.quadrants.rows:
                needed = count(rounded_up(r.n_needed))
                text += f" About {needed} examples that both predict would tell."
            return text
        better, worse = (b, a) if r.verdict == "b_better" else (a, b)
        return f"{better} is better than {worse}, by {size} ({sure})."

    def _interval(self, scale: Scale) -> str:
        d = self.result.difference
        if d.ci is None:
            return str(d.reason)
        low, high = d.ci
        # Told of whichever is ahead, as the sentence is, so that its figure lies within.
        return scale.interval((-high, -low) if (d.value or 0) < 0 else (low, high))

    def _margin(self, a: str, b: str, scale: Scale) -> str:
        r = self.result
        margin = scale.points(r.margin)
        if r.non_inferior == "yes":
            return f"{b} is not worse than {a} by {margin} or more."
        if r.non_inferior == "no":
            return f"{b} is worse than {a} by more than {margin}."
        return f"Whether {b} is worse than {a} by {margin} or more cannot be told."

    def _sure(self, b: str) -> str:
        r = self.result
        q = r.quadrants
        test = "exact McNemar" if r.test == "mcnemar_exact" else "a sign-flip of groups"
        text = (
            f"{count(q.only_a_right + q.only_b_right)} of {count(q.rows)} examples tell them "
            f"apart: p = {r.p_value:.3g} by {test}."
        )
        if r.p_b_better is not None:
            text += f" {b} is better in {share_of_resamples(r.p_b_better)} of resamples."
        if r.n_needed is not None:
            text += (
                f" To find a difference like this one with a chance of {100 * POWER:g}% takes "
                f"{count(rounded_up(r.n_needed))} examples."
            )
        return text

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
                {"by": column, "of": value, "n": q.rows, **q.to_dict(), "metric": metric,
                 **ends("difference", d), "p_value": p, "p_adjusted": adjusted}
            )  # fmt: skip
        return out


def side_json(name: str, columns: Mapping[str, str], figure: Figure) -> schema.Side:
    """Return the JSON of one of the two runs."""
    return {"name": name, "columns": dict(columns), **figure.to_dict()}
