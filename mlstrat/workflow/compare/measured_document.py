"""Two runs of any task on the same examples: b's error against a's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mlstrat.core.figures import Figure
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.ratio_pairs import RatioDifference
from mlstrat.core.sample_size.to_settle import ToSettle
from mlstrat.core.wording import Scale, clean, count, is_share
from mlstrat.show.blocks import Block, Heading, Table
from mlstrat.show.document import Document, Signature, ends, findings_blocks, head
from mlstrat.workflow.compare.document import MOST_SLICES, Ruled, said, side_json
from mlstrat.workflow.compare.settling import within

if TYPE_CHECKING:
    from mlstrat.workflow.compare import schema

Quadrants = tuple[int, int, int, int] | None

TESTS = {
    "mcnemar_exact": "exact McNemar",
    "t_of_influences": "Student's t of what each example, or group, moves",
}


@dataclass(frozen=True)
class ComparedSlice:
    """The examples of one value of a column."""

    column: str
    value: str
    n: int
    quadrants: Quadrants
    difference: RatioDifference
    p_adjusted: float | None


@dataclass(frozen=True)
class MeasuredComparisonDocument(Document):
    """Two runs of a task that is not classification: b against a."""

    choice: MetricChoice
    split: str
    names: tuple[str, str]
    columns: tuple[Mapping[str, str], Mapping[str, str]]
    figures: tuple[Figure, Figure]
    quadrants: Quadrants
    change: RatioDifference
    n: int
    tolerance: float
    to_settle: ToSettle | None
    verdict: Literal["a_better", "b_better", "undecided", "identical"]
    margin: float | None
    non_inferior: Literal["yes", "no", "undecided"] | None
    missing: schema.LeftOut
    extra: schema.LeftOut
    slices: tuple[ComparedSlice, ...]
    findings: tuple[Finding, ...]
    signature: Signature
    grouped: bool = False

    @property
    def difference(self) -> Figure:
        """The error of b minus that of a."""
        return self.change.figure

    @property
    def p_value(self) -> float | None:
        """Of no difference."""
        return self.change.p_value

    @property
    def equivalent(self) -> bool:
        """Whether the whole interval of the difference is within the tolerance."""
        return within(self.difference.ci, self.tolerance)

    @property
    def test(self) -> str:
        """Which test the p-value is of."""
        simple = self.quadrants is not None and not self.grouped
        return "mcnemar_exact" if simple else "t_of_influences"

    def to_dict(self) -> schema.Compare:
        """Return the JSON document."""
        a, b = (side_json(*one) for one in zip(self.names, self.columns, self.figures, strict=True))
        return {
            "schema": "mlstrat.compare/1",
            **head(self.signature, self.findings),
            "split": self.split,
            "metric": self.choice.metric.name,
            "average": None,
            "a": a,
            "b": b,
            "n": self.n,
            **_counts(self.quadrants),
            "difference": self.difference.to_dict(),
            "p_value": self.p_value,
            "test": self.test,
            "p_b_better": self.change.p_b_better,
            "n_needed": None if self.to_settle is None else self.to_settle.total,
            "to_settle": None if self.to_settle is None else self.to_settle.to_dict(),
            "verdict": self.verdict,
            "decided_by": "p_value",
            "tolerance": self.tolerance,
            "equivalent": self.equivalent,
            "margin": self.margin,
            "non_inferior": self.non_inferior,
            "missing": self.missing,
            "extra": self.extra,
            "slices": [
                {
                    "where": {x.column: x.value},
                    "n": x.n,
                    **_counts(x.quadrants),
                    "difference": x.difference.figure.to_dict(),
                    "p_value": x.difference.p_value,
                    "p_adjusted": x.p_adjusted,
                }
                for x in self.slices
            ],
        }

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        a, b = (clean(x) for x in self.names)
        scale = Scale(is_share(self.choice))
        d = self.difference
        sure = str(d.reason) if self.p_value is None else f"p = {self.p_value:.3g}"
        blocks = said(
            (a, b), self.choice, d, self.verdict, sure,
            f"agree on all {count(self.n)} examples",
            Ruled(self.tolerance, self.equivalent, self.non_inferior, self.to_settle),
        )  # fmt: skip
        figures = tuple(
            (f"{side}: {name}", scale.value(x.value), scale.interval(x.ci), count(x.n))
            for side, name, x in zip(("a", "b"), (a, b), self.figures, strict=True)
        )
        change = ("b − a", scale.points(d.value, sign=True), scale.interval(d.ci), count(d.n))
        interval = self.signature.interval
        head = ("", self.choice.title, interval, "examples")
        blocks.append(Table(head, (*figures, change)))
        blocks += self._slices(scale)
        blocks += findings_blocks(self.findings, scale)
        blocks.append(self.signature.basis(f"; split {self.split}", f"; p by {TESTS[self.test]}"))
        return blocks

    def _slices(self, scale: Scale) -> list[Block]:
        if not self.slices:
            return []
        rows = tuple(
            (
                f"{clean(x.column, 20)} {clean(x.value, 24) or '(blank)'}",
                count(x.n),
                scale.points(x.difference.figure.value, sign=True).removesuffix(" points"),
                scale.interval(x.difference.figure.ci),
                "–" if x.p_adjusted is None else f"{x.p_adjusted:.3g}",
            )
            for x in self.slices[:MOST_SLICES]
        )
        title = f"By slice of {self.split}"
        if len(self.slices) > MOST_SLICES:
            title += f" ({MOST_SLICES} of {count(len(self.slices))})"
        columns = ("slice", "examples", f"{self.choice.title} b − a", "interval", "p (Holm)")
        return [Heading(title), Table(columns, rows)]

    def records(self) -> list[dict[str, Any]]:
        """Return one record for all examples, then one a slice."""
        whole = ComparedSlice("", "", self.n, self.quadrants, self.change, None)
        return [
            {"by": None if x is whole else x.column, "of": None if x is whole else x.value,
             "n": x.n, **_counts(x.quadrants), "metric": self.choice.metric.name,
             **ends("difference", x.difference.figure), "p_value": x.difference.p_value,
             "p_adjusted": x.p_adjusted}
            for x in (whole, *self.slices)
        ]  # fmt: skip


def _counts(quadrants: Quadrants) -> schema.Quadrants:
    both, a, b, none = quadrants or (None,) * 4
    return {"both_right": both, "only_a_right": a, "only_b_right": b, "both_wrong": none}
