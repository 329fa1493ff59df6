"""The document of `curve`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mlstrat.core.decisions import REACHED
from mlstrat.core.figures import Figure
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import interval_json
from mlstrat.core.wording import Scale, count, files_read
from mlstrat.show.blocks import Block, Heading, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, ends, findings_blocks, head
from mlstrat.workflow.curve.compute import FARTHEST, CurvePoint, LearningCurve
from mlstrat.workflow.curve.findings import (
    BY_VALUES,
    FIGURES_TURNED,
    figure,
    gaps_of,
    plain,
    size_words,
)

if TYPE_CHECKING:
    from mlstrat.show.picture import Picture
    from mlstrat.workflow.curve import schema

MOST_FILES = 8
"""Files that a reader is shown; the JSON has all."""

SCALE = Scale()


class CurveDocument(Document):
    """Learning curves of train and dev, with the target."""

    curve: LearningCurve
    findings: tuple[Finding, ...]
    signature: Signature

    @property
    def diagnosis(self) -> str | None:
        """``bias``, ``variance``, ``both`` or ``fine``; None without a target."""
        return self.curve.diagnosis

    @property
    def reaches(self) -> str | None:
        """``reached``, ``yes``, ``never`` or ``cannot_tell``; None without a target."""
        return self.curve.reaches

    @property
    def more_data_helps(self) -> bool | None:
        """Whether more data will reach the target; None where that cannot be told."""
        return self.curve.more_data_helps

    @property
    def n_to_target(self) -> float | None:
        """Training examples at which the fitted curve reaches the target; None where it is open."""
        value = _size(self.curve)["value"]
        return None if value is None else float(value)

    @property
    def floor(self) -> Figure:
        """The error that dev falls towards."""
        return self.curve.beyond.floor

    @property
    def verdict(self) -> str:
        """Whether more data will reach the target, in one sentence."""
        doubt = self._doubt()
        return verdict(self.curve) if doubt is None else f"{doubt.rule.title}."

    def _doubt(self) -> Finding | None:
        """Return the finding that the figures may not be errors, if there is one."""
        return next((x for x in self.findings if x.rule == FIGURES_TURNED), None)

    def to_dict(self) -> schema.Curve:
        """Return the JSON document."""
        c, fit = self.curve, self.curve.fit
        return {
            "schema": "mlstrat.curve/1",
            **head(self.signature, self.findings),
            "points": [
                {"n": p.n, "train": p.train.to_dict(), "dev": p.dev.to_dict(), "runs": p.runs}
                for p in c.points
            ],
            "target": None
            if c.target is None
            else {"error": c.target.error, "from": c.target.origin},
            "diagnosis": c.diagnosis,
            "more_data_helps": c.more_data_helps,
            "reaches": c.reaches,
            "n_to_target": _size(c),
            "floor": c.beyond.floor.to_dict(),
            "doubled": {"n": 2 * c.last.n, "dev": c.beyond.doubled.to_dict()},
            "fit": {
                "floor": fit.law.floor, "scale": fit.law.scale, "exponent": fit.law.exponent,
                "unit": fit.law.unit, "chi_squared": fit.chi_squared if fit.counted else None,
                "degrees": fit.degrees, "spread": fit.spread, "same_dev_examples": c.shared,
            },
            "would_settle": None
            if c.settling is None
            else {"reason": c.settling.reason, "times": c.settling.times, "n": c.settling.size},
            "to_settle": None
            if c.settling is None or c.settling.to_settle is None
            else c.settling.to_settle.to_dict(),
        }  # fmt: skip

    def pictures(self) -> Sequence[Picture]:
        """Return the figure that belongs to it, drawn when it is shown."""
        from mlstrat.workflow.curve.figure import curve_picture

        return (curve_picture(self.curve, self.verdict, self.signature.confidence),)

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        c = self.curve
        told = [] if self._doubt() is not None else diagnosis_blocks(c)
        out: list[Block] = [Verdict(self.verdict, REACHED), *told, Heading("The curve")]
        out += [self._table(c.points), Paragraph(self._fitted())]
        return [*out, *findings_blocks(self.findings, SCALE), self._basis()]

    def _table(self, points: tuple[CurvePoint, ...]) -> Table:
        interval = self.signature.interval
        several = any(p.runs > 1 for p in points)
        columns = ("examples", "train", interval, "dev", interval)
        rows = tuple(
            (count(p.n), SCALE.value(p.train.value), SCALE.interval(p.train.ci),
             SCALE.value(p.dev.value), SCALE.interval(p.dev.ci),
             *((count(p.runs),) if several else ()))
            for p in points
        )  # fmt: skip
        return Table((*columns, *(("runs",) if several else ())), rows, left=0)

    def _fitted(self) -> str:
        c, law = self.curve, self.curve.fit.law
        doubled = figure(plain(c.beyond.doubled), SCALE)
        return (
            f"Fitted to dev: {SCALE.value(law.floor)} + {SCALE.value(law.scale)} · (n / "
            f"{count(round(law.unit))})^−{law.exponent:.2f}. At {count(2 * c.last.n)} "
            f"examples, twice the largest size, it is {doubled}; it falls towards "
            f"{figure(plain(c.beyond.floor), SCALE)}, at {FARTHEST:,.0f} times the size."
        )

    def _basis(self) -> Block:
        c, s = self.curve, self.signature
        files = files_read(s.inputs[:MOST_FILES])
        if len(s.inputs) > MOST_FILES:
            files += f", {len(s.inputs) - MOST_FILES} more"
        how = "Dev is taken to be the same examples at every size. "
        if not c.fit.counted:
            how = (
                "The counts behind dev are not known: the scatter alone tells how sure the fit is. "
            )
        return Paragraph(
            f"Read {files}. {how if c.shared or not c.fit.counted else ''}Intervals at {s.level}."
        )

    def records(self) -> list[dict[str, Any]]:
        """Return one record a size."""
        out = []
        for p in self.curve.points:
            record: dict[str, Any] = {"n": p.n}
            for name, one in (("train", p.train), ("dev", p.dev)):
                record |= {**ends(name, one, f"{name}_ci"), f"{name}_n": one.n}
            out.append(record | {"dev_fitted": self.curve.fit.law.at(p.n), "runs": p.runs})
        return out


def verdict(c: LearningCurve) -> str:
    """Return whether more data will reach the target, in one sentence."""
    floor, dev, train = (
        figure(plain(x), SCALE) for x in (c.beyond.floor, c.last.dev, c.last.train)
    )
    if c.target is None:
        return f"Dev is at {dev} with {count(c.last.n)} examples, and falls towards {floor}."
    goal = f"the target of {SCALE.value(c.target.error)}"
    if c.reaches == "reached":
        here = figure(plain(c.beyond.here), SCALE)
        return f"{goal.capitalize()} is reached: dev is at {here} with {count(c.last.n)} examples."
    if c.reaches == "yes":
        value, around = c.beyond.size or (math.inf, None)
        return f"More data will reach {goal}, at {size_words(value, interval_json(around))}."
    if c.proof == "train":
        return f"More data will not reach {goal}: train is at {train} already, and only rises."
    if c.proof == "floor":
        return (
            f"More data will not reach {goal}: with {FARTHEST:,.0f} times as many examples dev "
            f"would be at {floor}."
        )
    if c.settling is not None and c.settling.reason == "dev":
        return (
            f"Whether {goal} is reached cannot be told: dev is at {dev} with {count(c.last.n)} "
            "examples."
        )
    start = f"Whether more data will reach {goal} cannot be told"
    if c.settling is not None and c.settling.reason == "train":
        return f"{start}: train is at {train}, and may be above it."
    if c.beyond.floor.ci is None:
        return f"{start}: nothing tells how sure the points are."
    low, high = (SCALE.value(x) for x in c.beyond.floor.ci)
    return f"{start}: dev may flatten anywhere from {low} to {high}."


_NAMES = {
    "bias": "bias: train is above the target, and the gap to dev is small",
    "variance": "variance: train is low, and dev much higher",
    "both": "both bias and variance: train is high, and dev much higher",
    "fine": "fine: dev has reached the target",
}


def diagnosis_blocks(c: LearningCurve) -> list[Block]:
    """Return the course's verdict on the largest size, or that it cannot be told."""
    if c.target is None:
        return []
    whose = " The target is the human level of the config." if c.target.origin == "human" else ""
    if c.diagnosis is None:
        return [Paragraph(f"Diagnosis: cannot tell. {_undecided(c)}{whose}")]
    alone = f" {BY_VALUES}" if c.beyond.here.ci is None else ""
    return [Paragraph(f"Diagnosis: {_NAMES[c.diagnosis]}.{alone}{whose}")]


def _undecided(c: LearningCurve) -> str:
    target, ci = (0.0 if c.target is None else c.target.error), c.beyond.here.ci
    if ci is not None and ci[0] <= target:
        here = figure(plain(c.beyond.here), SCALE)
        return f"Dev is at {here}, on either side of the target of {SCALE.value(target)}."
    gaps = gaps_of(c)
    bias, variance = (
        SCALE.points(gaps[x]["value"], sign=True)
        + ("" if gaps[x]["ci"] is None else f" ({SCALE.interval(gaps[x]['ci'])})")
        for x in ("bias", "variance")
    )
    return f"Train less the target is {bias}, dev less train {variance}: either may be the larger."


def _size(c: LearningCurve) -> schema.Size:
    """Return the size for the target; `null` as an upper end is no end."""
    if c.beyond.size is None:
        return {"value": None, "ci": None, "n": None, "reason": "no target"}
    value, around = c.beyond.size
    ends: list[int | None] | None = None
    if around is not None and c.reaches != "never":
        ends = [round(around[0]), None if math.isinf(around[1]) else round(around[1])]
    why = {"never": "never: the target is below what more data can reach",
           "cannot_tell": "cannot be told: it may never be reached"}  # fmt: skip
    if c.reaches in why or math.isinf(value):
        reason = why.get(c.reaches or "", "the fitted curve does not reach it")
        return {"value": None, "ci": ends, "n": None, "reason": reason}
    return {"value": round(value), "ci": ends, "n": None}
