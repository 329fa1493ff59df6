"""The documents of `score`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, cast

from mlstrat.core.figures import Figure, Spread
from mlstrat.core.metrics import METRICS
from mlstrat.core.wording import Scale, clean, count, is_share
from mlstrat.show.blocks import Block, Heading, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, columns_read, ends, findings_blocks, head
from mlstrat.workflow.score.compute import Score, Scores

if TYPE_CHECKING:
    from mlstrat.core.operating.point import Point
    from mlstrat.workflow.score import schema

MOST_VALUES = 30
"""Values of a column that a reader is shown; the JSON has all."""


class ScoreDocument(Document):
    """The single number, by split and by the values of columns."""

    result: Scores
    signature: Signature
    columns: Mapping[str, str] = field(default_factory=dict)
    point: Point | None = None
    of_task: Mapping[str, Any] | None = None
    """The threshold of a task that has one."""

    @property
    def value(self) -> float | None:
        """The single number; None where it does not exist."""
        return self.result.number.value

    @property
    def ci(self) -> tuple[float, float] | None:
        """Its interval."""
        return self.result.number.ci

    @property
    def mean(self) -> Figure | None:
        """The mean over the values of the first column of `by`; None without one."""
        return self.result.means[0].figure if self.result.means else None

    def to_dict(self) -> schema.Score:
        r = self.result
        out = {
            "schema": "mlstrat.score/1",
            **head(self.signature, r.findings),
            "columns": dict(self.columns),
            "split": r.split,
            "scores": [
                {
                    "split": x.split,
                    "by": None if x.by is None else dict(x.by),
                    "metric": r.choice.metric.name,
                    **x.figure.to_dict(),
                }
                for x in r.scores
            ],
            "mean": None if self.mean is None else self.mean.to_dict(),
            "means": [
                {
                    "by": x.column,
                    **x.figure.to_dict(),
                    "left_out": list(x.left_out),
                    "spread": None if x.spread is None else _spread(x.spread),
                }
                for x in r.means
            ],
            "weights": [
                {**x.rule.to_dict(), "rows": x.rows, "share_of_weight": x.share_of_weight}
                for x in r.costs
            ],
            "unweighted": None if r.plain is None else r.plain.to_dict(),
        }
        more = {} if self.of_task is None else {"threshold": self.of_task}
        if self.point is not None:
            from mlstrat.core.operating.point import point_json

            more |= point_json(self.point, r.choice)
        return cast("schema.Score", {**out, **more})

    def blocks(self) -> list[Block]:
        r = self.result
        scale = Scale(is_share(r.choice))
        title = f"cost-weighted {r.choice.title}" if r.costs else r.choice.title
        text = f"{title} on {r.split}: {_shown(r.number, scale)}, {count(r.number.n)} rows."
        blocks: list[Block] = [Verdict(text[0].upper() + text[1:])]
        told = self.of_task if self.point is None else self.point.told(r.choice)
        if told is not None and told["value"] is not None:
            from mlstrat.core.operating.point import threshold_line

            blocks.append(Paragraph(threshold_line(told, scale, r.choice.title)))
        if self.point is not None:
            from mlstrat.core.operating.point import calibration_line

            blocks += [Paragraph(x) for x in calibration_line(self.point)]
        others = [x for x in r.scores if x.by is None]
        if len(others) > 1:
            blocks += [Heading("By split"), self._table("split", others)]
        for mean in r.means:
            of_column = [x for x in r.scores if x.by is not None and mean.column in x.by]
            name = f"By {clean(mean.column)}, on {r.split}"
            if len(of_column) > MOST_VALUES:
                name += f" ({MOST_VALUES} of {count(len(of_column))})"
            over = "its values" if mean.spread is None else "runs, by seeds and examples"
            blocks += [
                Heading(name),
                Paragraph(f"Mean over {over}: {_shown(mean.figure, scale)}."),
                self._table(mean.column, of_column[:MOST_VALUES]),
            ]
        blocks += findings_blocks(r.findings, scale)
        blocks.append(self._basis())
        return blocks

    def _table(self, name: str, scores: list[Score]) -> Table:
        r = self.result
        scale = Scale(is_share(r.choice))
        interval = self.signature.interval
        rows = tuple(
            (
                x.split if x.by is None else clean(x.by[name], 30) or "(blank)",
                scale.value(x.figure.value),
                scale.interval(x.figure.ci),
                count(x.figure.n),
            )
            for x in scores
        )
        return Table((clean(name, 30), r.choice.title, interval, "rows"), rows)

    def _basis(self) -> Block:
        s = self.signature
        return s.basis(f"; columns {columns_read(self.columns)}", s.resampled)

    def records(self) -> list[dict[str, Any]]:
        r = self.result
        rows: list[tuple[str, str | None, str | None, Figure]] = []
        for x in r.scores:
            column, value = next(iter(x.by.items())) if x.by else (None, None)
            rows.append((x.split, column, value, x.figure))
        rows += [(r.split, m.column, "(mean)", m.figure) for m in r.means]
        return [
            {"split": split, "by": column, "of": value, "metric": r.choice.metric.name,
             **ends("value", figure), "n": figure.n}
            for split, column, value, figure in rows
        ]  # fmt: skip


def _spread(x: Spread) -> schema.Spread:
    return {"runs": x.runs, "sd": x.sd, "low": x.low, "high": x.high}


def _shown(figure: Figure, scale: Scale) -> str:
    if figure.value is None:
        return str(figure.reason)
    text = scale.value(figure.value)
    return f"{text} ({scale.interval(figure.ci) if figure.ci else figure.reason})"


class MetricList(Document):
    """The registry of metrics."""

    def to_dict(self) -> schema.Metrics:
        return {
            "schema": "mlstrat.score/1",
            **head(),
            "metrics": [m.to_dict() for m in METRICS.values()],
        }

    def blocks(self) -> list[Block]:
        """Return one table, and each formula."""
        rows = tuple(
            (
                m.name,
                f"{m.low:g} to {'∞' if math.isinf(m.high) else f'{m.high:g}'}",
                "higher" if m.higher_is_better else "lower",
            )
            for m in METRICS.values()
        )
        blocks: list[Block] = [
            Heading("Metrics"),
            Table(("name", "range", "better"), rows, left=3),
            Heading("Formulas, and when they do not exist"),
        ]
        formulas = tuple(
            (m.name, f"{m.formula}. Undefined: {m.undefined}.") for m in METRICS.values()
        )
        return [*blocks, Table(("name", "formula"), formulas, left=2)]

    def records(self) -> list[dict[str, Any]]:
        return [{**m.to_dict()} for m in METRICS.values()]
