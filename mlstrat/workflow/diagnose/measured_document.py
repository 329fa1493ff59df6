"""The diagnosis of a task whose error is a ratio: the ladder, and its kinds of error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, cast

from mlstrat.core.figures import Figure
from mlstrat.core.intervals import interval_json
from mlstrat.core.operating.point import threshold_line
from mlstrat.core.ratio_pairs import Ceiling
from mlstrat.core.record import Record
from mlstrat.core.wording import Scale, clean, count, is_share
from mlstrat.errors import UsageError
from mlstrat.show.blocks import Block, Heading, Paragraph, Table
from mlstrat.workflow.diagnose.document import DiagnosisDocument, loss_name

if TYPE_CHECKING:
    from mlstrat.tasks.contract import Task
    from mlstrat.workflow.diagnose import schema
    from mlstrat.workflow.diagnose.figure import Confused


class MeasuredSplit(Record):
    """What a task measured of one split; ``num`` and ``den`` are sums over its examples."""

    examples: int
    groups: int | None
    num: float
    den: float
    error: Figure
    errors: int | None
    categories: Mapping[str, Ceiling]
    extras: Mapping[str, Any]
    at_most: tuple[str, ...] = ()
    overlap: bool = False

    @property
    def clusters(self) -> int:
        """Number of independent observations: groups, or examples."""
        return self.examples if self.groups is None else self.groups

    def to_dict(self) -> schema.MeasuredSplit:
        """Return the JSON of the split."""
        counted = sum(x.count for x in self.categories.values())
        if self.overlap and self.errors is not None:
            counted = self.errors
        out: schema.MeasuredSplit = {
            "n": self.examples,
            "errors": self.errors,
            "error": self.error.to_dict(),
            "units": None,
            "per_class": [],
            "confusion": None,
            "categories": [
                {
                    "category": name,
                    "count": x.count,
                    "share": {
                        "value": x.count / counted if counted else None, "ci": None, "n": counted,
                    },
                    "ceiling": {
                        "error": x.error.value,
                        "gain": x.gain.value,
                        "ci": interval_json(x.error.ci),
                        "at_most": name in self.at_most,
                    },
                    "examples": x.examples,
                }
                for name, x in _by_gain(self.categories)
            ],
            "beside": [],
        }  # fmt: skip
        return cast("schema.MeasuredSplit", {**out, **self.extras})


def _by_gain(categories: Mapping[str, Ceiling]) -> list[tuple[str, Ceiling]]:
    """Return the categories, what would gain most first."""
    return sorted(categories.items(), key=lambda x: (-(x[1].gain.value or 0.0), x[0]))


class MeasuredDiagnosisDocument(DiagnosisDocument):
    """What a run of any task but classification says."""

    task: Task | None = None
    measured: Mapping[str, MeasuredSplit] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def example(self) -> str:
        """What one row of the run is called."""
        return "example" if self.task is None else self.task.example

    def to_dict(self) -> schema.Diagnose:
        out = super().to_dict()
        main = self.measured[self.diagnosis.number.split]
        by = self.example
        if self.task is not None and main.groups is not None:
            by = "group" if "group" in self.columns else self.task.cluster
        out["unit"] = None if self.task is None else self.task.unit
        out["example"] = self.example
        out["cluster"] = {"by": by, "count": main.clusters}
        out["threshold"] = None
        out["splits"] = {name: x.to_dict() for name, x in self.measured.items()}
        for level in out["levels"]:
            x = self.measured.get(level["level"])
            level["num"] = None if x is None else _whole(x.num)
            level["den"] = None if x is None else _whole(x.den)
            level["clusters"] = None if x is None else x.clusters
        out["alignment"] = None
        out["attribution"] = None
        return cast("schema.Diagnose", {**out, **self.more})

    @property
    def threshold(self) -> float | None:
        """The threshold that dev chose, or that was given; None of a task without one."""
        told = self.more.get("threshold")
        return None if told is None else told["value"]

    def confused(self) -> Confused:
        """Return how often each label was taken for which, where the task tells."""
        from mlstrat.workflow.diagnose.figure import Confused

        split = self.diagnosis.number.split
        told = self.measured[split].to_dict()["confusion"]
        if told is None:
            raise UsageError(f"this run of --task {self.diagnosis.task} has no confusion matrix")
        what = "examples" if self.task is None else self.task.counted
        return Confused.of_json(told, split, what)

    def _threshold(self, scale: Scale) -> list[Paragraph]:
        told = self.more.get("threshold")
        if told is None or told["value"] is None:
            return []
        return [Paragraph(threshold_line(told, scale, loss_name(self.diagnosis.level_metric)))]

    def _floor(self) -> list[Block]:
        return []

    def _classes(self) -> list[Block]:
        split = self.diagnosis.number.split
        scale = Scale(is_share(self.diagnosis.level_metric))
        rows = tuple(
            (
                clean(name, 24),
                count(x.count),
                count(x.examples),
                self._left(name, scale.value(x.error.value)),
                scale.interval(x.error.ci),
            )
            for name, x in _by_gain(self.measured[split].categories)
        )
        blocks: list[Block] = []
        if rows:
            tokens = self.task is not None and self.task.unit == "token"
            what = "tokens" if tokens else "errors"
            columns = ("kind", what, f"{self.example}s", "error without it", "interval")
            head = Heading(f"Kinds of error on {split}, the most to gain first")
            blocks += [head, Table(columns, rows)]
        return blocks + self._beside(split)

    def _left(self, kind: str, left: str) -> str:
        """Return the error without a kind; as a lower end where fixing may gain less."""
        bounded = self.task is not None and kind in self.task.at_most
        return f"{left} at best" if bounded else left

    def _beside(self, split: str) -> list[Block]:
        """Return the figures that stand beside the error, which no gap is of."""
        found = self.measured[split].to_dict()["beside"]
        plain = Scale(share=False)
        rows = tuple(
            (
                clean(x["metric"].replace("_", " "), 30),
                "–" if x["value"] is None else plain.value(x["value"]),
                x.get("reason", "") if x["value"] is None else plain.interval(x["ci"]),
            )
            for x in found
        )
        if not rows:
            return []
        return [
            Heading(f"Beside the error on {split}"),
            Table(("figure", "value", "interval"), rows),
        ]


def _whole(x: float) -> float | int:
    """Return a whole number as one, so that counts are counts in JSON."""
    return int(x) if x.is_integer() else x
