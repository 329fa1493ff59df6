# Over 300 lines: the two documents of the ladder, in full and as one screen, stand together.
"""The documents of `gaps` and `diagnose`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, cast

from mlstrat.core.findings import Finding
from mlstrat.core.intervals import interval_json
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.wording import (
    Scale,
    clean,
    count,
    counts,
    files_read,
    is_share,
    listed,
    short_path,
)
from mlstrat.errors import UsageError
from mlstrat.show.blocks import Block, Heading, Paragraph, Table
from mlstrat.show.document import Document, Signature, columns_read, ends, findings_blocks, head
from mlstrat.workflow.diagnose.ladder import Decomposition, Gap
from mlstrat.workflow.diagnose.layout import ladder, one_screen, two_way, verdict
from mlstrat.workflow.diagnose.run import Diagnosis, SplitFigures

if TYPE_CHECKING:
    from mlstrat.core.operating.point import Point
    from mlstrat.core.schema_parts import Figure
    from mlstrat.show.picture import Picture
    from mlstrat.tasks.classification.floor import Floor
    from mlstrat.workflow.diagnose import schema
    from mlstrat.workflow.diagnose.figure import Confused
    from mlstrat.workflow.diagnose.ladder import TwoWayTable

MOST_DENSE = 50
"""Classes up to which the JSON holds every cell of a confusion; of more, the filled ones alone."""

MOST_CLASSES = 20
"""Classes and columns of a confusion matrix that a reader is shown; the JSON has all."""


def loss_name(choice: MetricChoice) -> str:
    """Return what the levels are of: the error, a loss, or 1 minus a metric."""
    title = choice.title
    return f"1 − {title}" if choice.metric.higher_is_better else title


class LadderDocument(Document):
    """What `gaps` and `diagnose` have in common."""

    def ladder(self) -> Decomposition:
        """Return the ladder and its gaps."""
        raise NotImplementedError

    @property
    def focus(self) -> tuple[str, ...]:
        """The gaps to work on."""
        return self.ladder().focus

    @property
    def verdict(self) -> str:
        """One of focus, small, undetermined, insufficient."""
        return self.ladder().verdict

    @property
    def attention(self) -> bool | None:
        """Whether the largest gap is above the tolerance; None where that cannot be told."""
        return self.ladder().attention

    def ladder_picture(self) -> Picture:
        """Return the waterfall of the ladder."""
        raise NotImplementedError

    def pictures(self) -> Sequence[Picture]:
        """Return the figures that belong to it, drawn when they are shown."""
        return (self.ladder_picture(),)

    def records(self) -> list[dict[str, Any]]:
        """Return levels and gaps, one record each."""
        return _ladder_records(self.ladder())


class GapsDocument(LadderDocument):
    """The decomposition of levels that were typed in."""

    decomposition: Decomposition
    two_way: TwoWayTable | None
    findings: tuple[Finding, ...]
    signature: Signature

    def ladder(self) -> Decomposition:
        """Return the ladder and its gaps."""
        return self.decomposition

    def ladder_picture(self) -> Picture:
        """Return the waterfall of the ladder."""
        from mlstrat.workflow.diagnose.figure import ladder_picture

        return ladder_picture(self.ladder(), Scale(), confidence=self.signature.confidence)

    def to_dict(self) -> schema.Gaps:
        return {
            "schema": "mlstrat.gaps/1",
            **head(self.signature, self.findings),
            "task": None,
            "labels": [],
            "metric": None,
            "splits": {},
            "floor": None,
            **_decomposition_dict(self.decomposition, self.two_way),
        }

    def blocks(self) -> list[Block]:
        scale = Scale()
        return [
            verdict(self.decomposition, scale),
            *ladder(self.decomposition, scale, self.signature.confidence),
            *(two_way(self.two_way, scale) if self.two_way else []),
            *findings_blocks(self.findings, scale),
        ]

    def on_screen(self) -> list[Block]:
        """Return verdict, ladder and the first findings."""
        d, scale = self.decomposition, Scale()
        first, confidence = verdict(d, scale), self.signature.confidence
        screen = one_screen(first, (), d, scale, confidence, "error", self.findings, (), "")
        return self._doubt_first(screen)


class DiagnosisDocument(LadderDocument):
    """What a run says: the single number, the ladder, the gap to work on."""

    diagnosis: Diagnosis
    signature: Signature
    columns: Mapping[str, str] = field(default_factory=dict)
    point: Point | None = None

    def ladder(self) -> Decomposition:
        """Return the ladder and its gaps."""
        return self.diagnosis.decomposition

    def ladder_picture(self) -> Picture:
        """Return the waterfall of the ladder."""
        from mlstrat.workflow.diagnose.figure import ladder_picture

        choice = self.diagnosis.level_metric
        scale = Scale(is_share(choice))
        return ladder_picture(self.ladder(), scale, loss_name(choice), self.signature.confidence)

    def pictures(self) -> Sequence[Picture]:
        """Return the figures that belong to it, drawn when they are shown."""
        try:
            return self.ladder_picture(), self.confusion_picture()
        except UsageError:
            return (self.ladder_picture(),)

    def confusion_picture(self) -> Picture:
        """Return the confusion matrix of the split of the single number."""
        from mlstrat.workflow.diagnose.figure import confusion_picture

        return confusion_picture(self.confused())

    def confused(self) -> Confused:
        """Return how often each label was taken for which, on the split of the single number."""
        from mlstrat.workflow.diagnose.figure import Confused

        d = self.diagnosis
        split = d.splits[d.number.split]
        if split.errors is None:
            raise UsageError(
                "scores that are not probabilities predict no class without --threshold"
            )
        if not d.labels:
            raise UsageError(
                "a confusion matrix needs labels and predictions, and this run only tells which "
                "rows are right"
            )
        return Confused.of_rows(split, d.labels, d.number.split)

    def to_dict(self) -> schema.Diagnose:
        d = self.diagnosis
        number = d.number
        out: schema.Diagnose = {
            "schema": "mlstrat.diagnose/1",
            **head(self.signature, d.findings),
            "columns": dict(self.columns),
            "task": d.task,
            "labels": list(d.labels),
            "metric": {
                "name": number.choice.metric.name,
                "average": number.choice.average,
                "split": number.split,
                **number.figure.to_dict(),
            },
            "splits": {name: _split_dict(x, d.labels) for name, x in d.splits.items()},
            "floor": None if d.floor is None else _floor_dict(d.floor),
            **_decomposition_dict(d.decomposition, d.two_way),
        }
        if self.point is None:
            return out
        from mlstrat.core.operating.point import point_json

        return cast("schema.Diagnose", {**out, **point_json(self.point, d.level_metric, loss=True)})

    @property
    def threshold(self) -> float | None:
        """The threshold that dev chose; None where none was."""
        return None if self.point is None else self.point.value

    def blocks(self) -> list[Block]:
        d = self.diagnosis
        scale = Scale(is_share(d.level_metric))
        sections: list[Block] = [verdict(d.decomposition, scale), self._number()]
        sections += ladder(
            d.decomposition, scale, self.signature.confidence, loss_name(d.level_metric)
        )
        sections += self._threshold(scale)
        sections += self._floor()
        if d.two_way is not None:
            sections += two_way(d.two_way, scale)
        sections += self._classes()
        sections += findings_blocks(d.findings, scale)
        sections.append(self._basis())
        return sections

    def on_screen(self) -> list[Block]:
        """Return verdict, number, ladder, the first findings, and what was read."""
        d = self.diagnosis
        scale = Scale(is_share(d.level_metric))
        screen = one_screen(
            verdict(d.decomposition, scale), self._beside_the_ladder(), d.decomposition, scale,
            self.signature.confidence, loss_name(d.level_metric), d.findings,
            self._threshold(scale), self._read(),
        )  # fmt: skip
        return self._doubt_first(screen)

    def _beside_the_ladder(self) -> list[Paragraph]:
        """Return the single number, unless it is a level of the ladder."""
        choice, of_levels = self.diagnosis.number.choice, self.diagnosis.level_metric
        same = choice == of_levels and not choice.metric.higher_is_better
        return [] if same else [self._number()]

    def _read(self) -> str:
        """Return in a few words what was read, and as what where a column's name is another."""
        inputs = [{**x, "path": short_path(x["path"])} for x in self.signature.inputs]
        others = {role: x for role, x in self.columns.items() if x != role}
        mapped = columns_read(others)
        told = files_read(inputs) if len(inputs) < 3 else f"{len(inputs)} files"
        return f"Read {told}{f'; {mapped}' if mapped else ''}."

    def _threshold(self, scale: Scale) -> list[Paragraph]:
        """Return in a line each which threshold was chosen, and whether scores keep what they say.

        Nothing where none was chosen.
        """
        if self.point is None:
            return []
        from mlstrat.core.operating.point import calibration_line, threshold_line

        metric = self.diagnosis.level_metric
        lines = [threshold_line(self.point.told(metric, loss=True), scale, loss_name(metric))]
        return [Paragraph(x) for x in (*lines, *calibration_line(self.point))]

    def _floor(self) -> list[Block]:
        floor, metric = self.diagnosis.floor, self.diagnosis.level_metric
        if floor is None and metric.metric.name not in ("error", "accuracy"):
            return [Paragraph(f"No floor: it is told of the error, not of {metric.title}.")]
        if floor is None:
            return [Paragraph("No floor: there is one label alone.")]
        scale = Scale()
        of_splits = [f"{scale.value(x.constant)} ({name})" for name, x in floor.splits.items()]
        text = (
            f"The floor: always answering {clean(floor.label, 24)!r} errs on {listed(of_splits)}, "
            f"chance on {scale.value(floor.chance)} of {floor.split}."
        )
        return [Paragraph(text)]

    def _number(self) -> Paragraph:
        number = self.diagnosis.number
        scale = Scale(is_share(number.choice))
        figure = number.figure
        text = f"{number.choice.title}{self._positive()} on {number.split}: "
        if figure.value is None:
            return Paragraph(f"{text}{figure.reason}.")
        text += scale.value(figure.value)
        text += f" ({scale.interval(figure.ci)})" if figure.ci else f" ({figure.reason})"
        return Paragraph(f"{text}, {count(figure.n)} rows.")

    def _positive(self) -> str:
        """Return which class is taken as positive, where the number depends on it."""
        positive = self.signature.positive
        if self.diagnosis.number.choice.average != "binary" or positive is None:
            return ""
        return f" of {clean(positive, 24)!r} (taken as positive)"

    def _classes(self) -> list[Block]:
        number = self.diagnosis.number
        split = self.diagnosis.splits[number.split]
        if not split.per_class:
            return []
        scale = Scale()
        hardest = sorted(split.per_class, key=lambda c: (c.f1 is None, c.f1 or 0.0, c.label))
        shown = hardest[:MOST_CLASSES]
        rows = zip(
            [clean(c.label, 24) for c in shown],
            counts([c.support for c in shown]),
            counts([c.predicted for c in shown]),
            scale.values([c.precision for c in shown]),
            scale.values([c.recall for c in shown]),
            scale.values([c.f1 for c in shown]),
            strict=True,
        )
        title = f"Classes on {number.split}, hardest first"
        if len(hardest) > MOST_CLASSES:
            title += f" ({MOST_CLASSES} of {count(len(hardest))})"
        columns = ("class", "rows", "predicted", "precision", "recall", "F1")
        return [Heading(title), Table(columns, tuple(rows))]

    def _basis(self) -> Block:
        s = self.signature
        roles = columns_read(self.columns)
        classes = sum(role.startswith("prob_") for role in self.columns)
        if classes:
            roles += f", and probabilities of {classes} classes"
        return s.basis(f"; columns {roles}", s.resampled)


def _decomposition_dict(d: Decomposition, table: TwoWayTable | None) -> schema.Decomposition:
    out: schema.Decomposition = {
        "levels": [
            {
                "level": cast("schema.LevelName", x.name),
                "error": x.value,
                "ci": interval_json(x.estimate.ci),
                "n": x.estimate.n,
                "errors": x.estimate.errors,
            }
            for x in d.levels
        ],
        "gaps": [_gap(g) for g in d.gaps],
        "leading": cast("schema.GapName | None", d.leading),
        "focus": list(d.focus),
        "attention": d.attention,
        "verdict": cast("schema.Verdict", d.verdict),
        "to_settle": None if d.to_settle is None else d.to_settle.to_dict(),
    }
    if table is not None:
        out["two_way"] = [
            {
                "distribution": name,
                "human": _cell(table, "human", name),
                "trained_on": _cell(table, "trained on", name),
                "held_out": _cell(table, "held out", name),
                "avoidable_bias": table.difference("human", "trained on", name),
                "variance": table.difference("trained on", "held out", name),
            }
            for name in table.distributions
        ]
    return out


def _gap(g: Gap) -> schema.Gap:
    out: schema.Gap = {
        "gap": cast("schema.GapName", g.gap),
        "from": cast("schema.LevelName", g.start),
        "to": cast("schema.LevelName", g.end),
        "value": g.value,
        "ci": interval_json(g.ci),
        "p_largest": g.p_largest,
        "resolved": g.resolved,
        "candidate": g.candidate,
    }
    if g.bounds is not None:
        out["bounds"] = list(g.bounds)
    return out


def _cell(table: TwoWayTable, row: str, distribution: str) -> Figure | None:
    found = table.cells.get((row, distribution))
    return None if found is None else found.figure.to_dict()


def _ladder_records(d: Decomposition) -> list[dict[str, Any]]:
    levels: list[dict[str, Any]] = [
        {"kind": "level", "name": x.name, "from": None, "to": None, **ends("value", x.estimate),
         "n": x.estimate.n, "errors": x.estimate.errors, "p_largest": None, "resolved": None}
        for x in d.levels
    ]  # fmt: skip
    return levels + [
        {"kind": "gap", "name": g.gap, "from": g.start, "to": g.end, **ends("value", g),
         "n": None, "errors": None, "p_largest": g.p_largest, "resolved": g.resolved}
        for g in d.gaps
    ]  # fmt: skip


def _split_dict(x: SplitFigures, labels: Sequence[str]) -> schema.Split:
    return {
        "n": x.n,
        "errors": x.errors,
        "error": x.figures["error"].to_dict(),
        "accuracy": x.figures["accuracy"].to_dict(),
        "precision": x.figures["precision"].to_dict(),
        "recall": x.figures["recall"].to_dict(),
        "f1": x.figures["f1"].to_dict(),
        "abstentions": x.abstentions,
        "per_class": [
            {"label": c.label, "support": c.support, "predicted": c.predicted,
             "precision": c.precision, "recall": c.recall, "f1": c.f1}
            for c in x.per_class
        ],
        "confusion": _confusion(x, labels),
    }  # fmt: skip


def _floor_dict(x: Floor) -> schema.Floor:
    return {
        "constant": x.constant.to_dict(),
        "label": x.label,
        "split": x.split,
        "chance": x.chance,
        "difference": x.difference.to_dict(),
        "above": x.above,
        "splits": [
            {"split": name, "constant": one.constant, "chance": one.chance}
            for name, one in x.splits.items()
        ],
    }


def _confusion(x: SplitFigures, labels: Sequence[str]) -> schema.Confusion:
    """Return the confusion: whole, or its filled cells alone where there are many classes."""
    if x.errors is None:
        return {"labels": list(labels), "counts": None, "cells": []}
    if len(labels) > MOST_DENSE:
        return {"labels": list(labels), "counts": None, "cells": [list(c) for c in x.cells]}
    counts = [[0] * len(labels) for _ in labels]
    for i, j, n in x.cells:
        counts[i][j] = n
    return {"labels": list(labels), "counts": counts}
