"""The document of `study gradients`: how much of a gradient reaches back, cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mlstrat.core.decisions import KNOB
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.wording import Scale, clean, count, listed
from mlstrat.show.blocks import Block, Heading, Paragraph, Table, Verdict
from mlstrat.show.document import Signature, ends, findings_blocks, head
from mlstrat.show.picture import Picture
from mlstrat.workflow.study.compute import too_few
from mlstrat.workflow.study.document import DocumentOfRuns
from mlstrat.workflow.study.findings import FEW_SEEDS
from mlstrat.workflow.study.gradients import (
    TITLES,
    VANISHED,
    CellFindings,
    Clipping,
    Fate,
    Shares,
    cell_findings,
)

if TYPE_CHECKING:
    from mlstrat.harness.studies.gradients import CellGradients
    from mlstrat.harness.studies.plan import Plan
    from mlstrat.workflow.study import schema

STATES = ("untrained", "trained", "clipped")
"""The networks of a cell, as `CellFindings` and the tables call them."""

MOST_LAGS = 3
"""Lags that fit a line of a terminal, the longest among them; the JSON has all of them."""

LEARNT, NOT_LEARNT = 0.05, 0.5
"""Errors below and above which a network is said to have learnt the task or not; ours."""

SCALE = Scale()


class GradientDocument(DocumentOfRuns, kw_only=True):
    """What a study of gradients found."""

    cells: tuple[CellFindings, ...]
    lags: tuple[int, ...]
    clip: float
    steps: int
    seeds: tuple[int, ...]

    @property
    def verdict(self) -> str:
        """In which untrained cells the gradient vanishes, in one sentence."""
        by_fate: dict[Fate, list[str]] = {}
        for x in self.cells:
            words = f"{TITLES[x.cell]} (times {_number(x.untrained.a_step.value)} a step)"
            by_fate.setdefault(x.untrained.fate, []).append(words)
        told = {
            "vanishes": "vanishes in",
            "arrives": "arrives in",
            "cannot_tell": "may do either in",
        }
        parts = [
            f"{words} {listed(by_fate[fate])}" for fate, words in told.items() if fate in by_fate
        ]  # fmt: skip
        return f"Before training, the gradient {self.lags[-1]} steps back {'; '.join(parts)}."

    def picture(self) -> Picture:
        from mlstrat.workflow.study.figure import gradient_picture

        return gradient_picture(self.cells, self.lags, self.verdict, self.signature.confidence)

    def to_dict(self) -> schema.Gradients:
        return {
            "schema": "mlstrat.gradients/1",
            **head(self.signature, self.findings),
            "study": "gradients",
            "small": self.small,
            "about": self.about,
            "seeds": list(self.seeds),
            "lags": list(self.lags),
            "clip": self.clip,
            "steps": self.steps,
            "vanished": VANISHED,
            "cells": [_cell(x) for x in self.cells],
            "folder": self.folder,
            "files": list(self.files),
        }

    def arranged(self, figure: list[Block]) -> list[Block]:
        return [
            Verdict(self.verdict, KNOB),
            Heading("Share of the gradient that reaches back so many steps"),
            self._shares(), *figure, Paragraph(self._read()),
            Heading("Clipping"),
            self._clipping(), Paragraph(self._clipped()),
            *findings_blocks(self.findings, SCALE),
            Heading("How it was done"),
            Paragraph(
                f"{clean(self.about, 800)} {count(len(self.seeds))} seeds. Geometric means over "
                f"seeds; the intervals are of them, at {self.signature.level}."
            ),
            *self._kept(),
        ]  # fmt: skip

    def _shares(self) -> Table:
        places = shown_lags(self.lags)
        rows = []
        for x in self.cells:
            for state in STATES:
                found: Shares = getattr(x, state)
                rows.append((
                    f"{TITLES[x.cell]}, {state}",
                    *(_number(found.by_lag[place].value) for place in places),
                    _interval(found.by_lag[-1]), _number(found.a_step.value),
                ))  # fmt: skip
        columns = ("cell", *(str(self.lags[place]) for place in places), self.signature.interval,
                   "a step")  # fmt: skip
        return Table(columns, tuple(rows), left=1)

    def _read(self) -> str:
        vanishing = [x for x in self.cells if x.untrained.fate == "vanishes"]
        text = "A share multiplies from step to step, so that it falls like a power. "
        if vanishing:
            worst = min(vanishing, key=lambda x: x.untrained.a_step.value or 0.0)
            factor, share = worst.untrained.a_step.value, worst.untrained.by_lag[-1].value
            text += (
                f"The {TITLES[worst.cell]} keeps {_number(factor)} of it a step, and "
                f"{_number(share)} over {self.lags[-1]}: what stands there hardly counts in a "
                "step of training. "
            )
        through = [TITLES[x.cell] for x in self.cells if x.trained.fate == "arrives"]
        if through:
            text += f"After training it surely gets through in {listed(through)}"
            gated = [name for name in through if name in (TITLES["gru"], TITLES["lstm"])]
            text += "; a gate that has learnt to stay open multiplies by nearly 1" if gated else ""
            text += ". "
        uneven = [TITLES[x.cell] for x in self.cells if _uneven(x.free)]
        if uneven:
            text += (
                f"Not all seeds of {listed(uneven)} learnt the task, which makes their intervals "
                "wide; the JSON has the error of each."
            )
        return text.strip()

    def _clipping(self) -> Table:
        rows = []
        for x in self.cells:
            for title, one in (("free", x.free), ("clipped", x.held)):
                error = sum(one.errors) / len(one.errors)
                rows.append((
                    f"{TITLES[x.cell]}, {title}", _number(one.longest), _number(one.handed_on),
                    SCALE.value(one.shortened), SCALE.value(error),
                ))  # fmt: skip
        columns = ("cell", "longest gradient", "handed on", "shortened", "error")
        return Table(columns, tuple(rows), left=1)

    def _clipped(self) -> str:
        longest = max(x.held.longest for x in self.cells)
        text = f"Clipping bounds the step: no gradient above {_number(self.clip)} is handed on"
        text += f", and the longest was {_number(longest)}. " if longest > self.clip else ". "
        moved = [x for x in self.cells if _moved(x.moved)]
        if not any(x.moved.ci for x in self.cells):
            return text + "What it does to the share that reaches back, so few seeds do not tell."
        if not moved:
            return text + (
                f"It does not cure vanishing: in no cell is another share seen to reach "
                f"{self.lags[-1]} steps back."
            )
        told = [f"{TITLES[x.cell]} (times {_number(x.moved.value)})" for x in moved]
        return text + f"The share that reaches back was another one in {listed(told)}."

    def _kept(self) -> list[Block]:
        if self.folder is None or not self.files:
            return []
        names = listed([clean(x) for x in self.files])
        return [Paragraph(f"In {clean(self.folder, 200)}: {names}.")]

    def records(self) -> list[dict[str, Any]]:
        return [
            {"cell": x.cell, "networks": state, "lag": lag, **ends("share", one)}
            for x in self.cells
            for state in STATES
            for lag, one in zip(self.lags, getattr(x, state).by_lag, strict=True)
        ]


METHOD = "geometric means over seeds, Student's t of logarithms"


def gradient_study(
    plan: Plan, seeds: tuple[int, ...], confidence: float, *, small: bool,
    progress: Callable[[str], None],
) -> GradientDocument:  # fmt: skip
    """Measure every cell with every seed, free and clipped, and tell what came out."""
    from mlstrat.harness.studies.gradients import CELLS, gradient_norms

    lags, steps, clip = plan.facts["lags"], plan.facts["steps"], plan.facts["clip"]
    found: dict[tuple[str, bool], list[CellGradients]] = {}
    for seed in seeds:
        for clipped in (False, True):
            for one in gradient_norms(
                lags=lags, clip=clip if clipped else None, seed=seed, steps=steps,
                progress=progress,
            ):  # fmt: skip
                found.setdefault((one.cell, clipped), []).append(one)
    cells = tuple(
        cell_findings(cell, lags, found[cell, False], found[cell, True], clip, confidence)
        for cell in CELLS
    )
    few = too_few(len(seeds)) is not None
    return GradientDocument(
        kind=plan.kind, cells=cells, lags=lags, clip=clip, steps=steps, seeds=seeds, small=small,
        about=plan.about, findings=(Finding(FEW_SEEDS, {"seeds": len(seeds)}),) if few else (),
        signature=Signature.of((), Sampling(confidence), METHOD),
    )  # fmt: skip


def shown_lags(lags: tuple[int, ...]) -> tuple[int, ...]:
    """Return the places of lags that a table shows: few enough for its width, with the longest."""
    places = range(1, len(lags))
    step = -(-len(places) // MOST_LAGS)
    return tuple(sorted(places[::-1][::step]))


def _uneven(x: Clipping) -> bool:
    return min(x.errors) < LEARNT and max(x.errors) > NOT_LEARNT


def _moved(ratio: Figure) -> bool:
    return ratio.ci is not None and not ratio.ci[0] <= 1 <= ratio.ci[1]


def _number(x: float | None) -> str:
    """Return two digits: ``0.43``, ``5.3e-08``, ``450``."""
    if x is None:
        return "–"
    short = f"{x:.2g}"
    return f"{float(short):,.0f}" if x >= 100 else short


def _interval(one: Figure) -> str:
    return "–" if one.ci is None else f"{_number(one.ci[0])} to {_number(one.ci[1])}"


def _cell(x: CellFindings) -> schema.GradientCell:
    return {
        "cell": x.cell,
        "untrained": _state(x.untrained),
        "trained": _state(x.trained),
        "clipped": _state(x.clipped),
        "training": {"free": _training(x.free), "clipped": _training(x.held)},
        "moved": x.moved.to_dict(),
    }


def _state(x: Shares) -> schema.GradientShares:
    return {
        "norm_at_end": x.end.to_dict(),
        "shares": [one.to_dict() for one in x.by_lag],
        "a_step": x.a_step.to_dict(),
        "fate": x.fate,
    }


def _training(x: Clipping) -> schema.GradientSteps:
    return {"longest": x.longest, "handed_on": x.handed_on, "shortened": x.shortened,
            "errors": list(x.errors)}  # fmt: skip
