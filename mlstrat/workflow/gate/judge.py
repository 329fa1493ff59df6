"""A gate: what a run must keep to, and how a check of it is decided.

======================  ========================================================================
fail                    the whole interval is beyond the bound
pass                    the whole interval is within
inconclusive            the bound lies in the interval, or the slice is below its minimum size
======================  ========================================================================

A margin is a bound for the run minus its baseline. The intervals of all checks are adjusted by
Holm's method, so that a gate of fifty slices fails an unchanged model no more often than a gate
of one; where that asks for more than 99%, those of proportions are exact. Source: Holm (1979),
Scandinavian Journal of Statistics 6; Shaffer (1980), Annals of Statistics 8 (decisions to either
side); Brown, Cai and DasGupta (2001), Statistical Science 16; the margin: ICH E9 (1998),
non-inferiority.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from functools import cache, partial
from typing import Literal, TypeVar

from mlstrat.core.bounds import Gate, Kind, Which
from mlstrat.core.figures import Figure
from mlstrat.core.record import Record
from mlstrat.core.sample_size.to_settle import Side, ToSettle

Verdict = Literal["pass", "fail", "inconclusive"]


EVERY = "*"
"""A value that stands for every value of its column: ``where = "region == *"``."""

DEFAULT_MARGIN = 0.01
"""What the single number may lose to the baseline in the gate that stands where none is written.
mlstrat's threshold, the course names none: one point is also the gap that is worth attention."""

MANY, MOST_AT_ONCE = 8, 4
"""Checks that are looked at side by side, from so many on and so many at once (ours)."""

T = TypeVar("T")

SLACK = 1e-9
"""Relative difference up to which a value counts as equal to its bound."""


class Beside(Record):
    """What holds of a config beside the run: whoever writes the predictions may write it, too.

    ``settings`` are its other settings that hold, as ``diagnose.metric``.
    """

    file: str
    gates: bool
    settings: tuple[str, ...]


class Question(Record):
    """A check before it is decided.

    ``split`` is None for a number of the config, and for a gap; ``bound`` of a margin is that of
    the difference, with its sign; a ``measure`` without a value is missing, and the reason says
    why; ``below`` is whether being below the bound fails; ``sides`` are the figures that the
    measure is made of, at a confidence, where they are several.
    """

    gate: Gate
    kind: Kind
    metric: str
    split: str | None
    where: Mapping[str, str]
    bound: float
    measure: Callable[[float], Figure]
    below: bool
    against: Which | None = None
    title: str = ""
    share: bool = True
    exact: bool = False
    paired: bool = False
    sides: Callable[[float], Sequence[Side]] | None = None


class Check(Record):
    """A decided check.

    ``confidence`` is that of the interval, after the adjustment; ``to_settle`` what would decide an
    inconclusive one; ``reason`` why there is no verdict on the interval; ``missing`` that there is
    no figure.
    """

    question: Question
    figure: Figure
    verdict: Verdict
    confidence: float | None = None
    to_settle: ToSettle | None = None
    reason: str | None = None
    missing: bool = False
    too_small: bool = False

    @property
    def needed(self) -> int | None:
        """The new rows in all that would settle it, or make its slice large enough."""
        if self.too_small:
            return (self.question.gate.min_n or 0) - (self.figure.n or 0)
        return None if self.to_settle is None else self.to_settle.total


class Judgement(Record):
    """All checks, the verdict over them, and how many shared the confidence."""

    checks: tuple[Check, ...]
    family: int

    @property
    def verdict(self) -> Verdict:
        """Fail if one fails, else inconclusive if one is, else pass."""
        found = {c.verdict for c in self.checks}
        return "fail" if "fail" in found else "inconclusive" if "inconclusive" in found else "pass"

    @property
    def matters(self) -> bool:
        """Whether an inconclusive check belongs to a gate that says that this matters."""
        return any(
            c.verdict == "inconclusive" and c.question.gate.on_inconclusive == "fail"
            for c in self.checks
        )


def judge(questions: Sequence[Question], confidence: float) -> Judgement:
    """Return every check decided, those on intervals together by Holm's method.

    With m such checks and R of them decided, the others are looked at with intervals at
    1 − α / (m − R), until none is added: the step-down of Holm, for both sides of each bound. The
    interval of a check is the one that decided it, and of the others the last one looked at.
    """
    asked = [replace(q, measure=cache(q.measure)) for q in questions]
    first = _side_by_side(partial(_without_interval, confidence=confidence), asked)
    done: dict[int, Check] = {i: found for i, found in enumerate(first) if found is not None}
    open_ = [i for i in range(len(asked)) if i not in done]
    family, decided = len(open_), 0
    while open_:
        level = 1 - (1 - confidence) / (family - decided)
        now = {i: _by_interval(asked[i], level) for i in open_}
        settled = [i for i in open_ if now[i].verdict != "inconclusive"]
        done.update(now)
        if not settled:
            break
        decided += len(settled)
        open_ = [i for i in open_ if i not in settled]
    return Judgement(tuple(done[i] for i in range(len(asked))), family)


def _side_by_side(look: Callable[[Question], T], asked: Sequence[Question]) -> list[T]:
    """Return what each look finds; several at once, as draws do not hold the interpreter."""
    if len(asked) < MANY:
        return [look(q) for q in asked]
    here = [copy_context() for _ in asked]
    with ThreadPoolExecutor(min(os.cpu_count() or 1, MOST_AT_ONCE)) as pool:
        return list(pool.map(lambda context, q: context.run(look, q), here, asked))


def _without_interval(q: Question, confidence: float) -> Check | None:
    """Decide what no interval decides: missing, too small, an exact number, on the point."""
    figure = q.measure(confidence)
    if figure.value is None or not math.isfinite(figure.value):
        reason = figure.reason or "undefined"
        return Check(q, replace(figure, value=None, ci=None), "fail", reason=reason, missing=True)
    least = q.gate.min_n
    if least is not None and figure.n is not None and figure.n < least:
        reason = f"{figure.n} rows, and min_n is {least}"
        return Check(q, figure, "inconclusive", confidence, None, reason, too_small=True)
    if q.exact or q.gate.decide_on == "point":
        verdict: Verdict = "fail" if _beyond(q, figure.value) else "pass"
        return Check(q, figure, verdict, None if q.exact else confidence)
    if figure.ci is None:
        return Check(q, figure, "inconclusive", reason=figure.reason or "no interval")
    return None


def _by_interval(q: Question, level: float) -> Check:
    figure = q.measure(level)
    value, ci = figure.value, figure.ci
    if value is None or ci is None:
        return Check(q, figure, "inconclusive", level, reason=figure.reason)
    beyond = [_beyond(q, end) for end in ci]
    if all(beyond):
        return Check(q, figure, "fail", level)
    if not any(beyond):
        return Check(q, figure, "pass", level)
    return Check(q, figure, "inconclusive", level)


def _beyond(q: Question, x: float) -> bool:
    allowed = SLACK * max(abs(x), abs(q.bound))
    return x < q.bound - allowed if q.below else x > q.bound + allowed
