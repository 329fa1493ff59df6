"""One metric to optimise, the others as thresholds: the choice, and what cannot be told from it.

Satisficing and optimizing metrics (C3W1): of N figures one is optimised and N − 1 are to be good
enough. A constraint is met surely, or surely not, or its interval straddles the bound; a winner
is named together with all candidates that it cannot be told from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.conditions.grammar import Comparison, Expression, columns_in
from mlstrat.core.counts import Bools, Floats
from mlstrat.core.figures import Figure
from mlstrat.core.record import Record
from mlstrat.core.sample_size.to_settle import ToSettle
from mlstrat.workflow.select.constraints import (
    Family,
    Miss,
    cost,
    judge_all,
    miss,
    nearest,
    pareto_front,
)
from mlstrat.workflow.select.evaluate import Columns, Span, evaluate, scale_of
from mlstrat.workflow.select.winner import not_told, settle_best, shrink, variance_of

if TYPE_CHECKING:
    from mlstrat.workflow.select.pairs import Pairings

Feasible = Literal["yes", "no", "undecided"]
WORDS: dict[int, Feasible] = {1: "yes", 0: "undecided", -1: "no"}


class Preference(Record):
    """What breaks ties: K values, and whether higher is better."""

    text: str
    values: Floats
    maximize: bool = False


class Candidate(Record):
    """One candidate, judged.

    ``violates`` and ``undecided`` name constraints; ``passes`` tells whether all are met by
    value; ``shrunk`` is the figure drawn towards the mean of the field.
    """

    name: str
    feasible: Feasible
    passes: bool
    violates: tuple[str, ...]
    undecided: tuple[str, ...]
    misses: tuple[Miss, ...]
    figure: Figure
    tied: bool
    pareto: bool
    shrunk: float | None


class Selection(Record):
    """A choice among candidates.

    ``pool`` is among whom the choice was made: the surely feasible, else the undecided; ``best``
    the best of it by value, ``group`` all that cannot be told from it, itself among them;
    ``nearest`` those that miss by least, where none is feasible; ``equivalent`` whether the next is
    surely within the tolerance of the best; ``unsure`` undecided candidates whose value is better
    than that of the choice.
    """

    expression: Expression
    maximize: bool
    scale: float | None
    constraints: tuple[Comparison, ...]
    candidates: tuple[Candidate, ...]
    pool: Literal["yes", "undecided", "none"]
    pool_size: int
    choice: str | None
    preferred: str | None
    best: str | None
    group: tuple[str, ...]
    nearest: tuple[str, ...]
    to_settle: ToSettle | None
    equivalent: bool
    tolerance: float
    unsure: tuple[str, ...]
    paired: bool
    family: Family

    @property
    def tied(self) -> tuple[str, ...]:
        """The others that cannot be told from the best."""
        return tuple(x for x in self.group if x != self.choice)

    def candidate(self, name: str) -> Candidate:
        """Return a candidate by its name."""
        return next(c for c in self.candidates if c.name == name)


def select_candidates(
    names: Sequence[str],
    columns: Columns,
    expression: Expression,
    *,
    maximize: bool,
    constraints: Sequence[Comparison] = (),
    preference: Preference | None = None,
    pairing: Pairings[Any, Any] | None = None,
    split: str = "dev",
    tolerance: float = 0.01,
    confidence: float = 0.95,
) -> Selection:
    """Return the choice among K candidates."""
    sense = 1.0 if maximize else -1.0
    span = evaluate(expression.root, columns, confidence)
    judged, family = judge_all(constraints, columns, len(names), confidence)
    states = np.stack([np.ones(len(names), np.int64), *(j.state for j in judged)])
    passes = np.logical_and.reduce([np.ones(len(names), bool), *(j.passes for j in judged)])
    feasible = states.min(axis=0)
    pool, members = _pool(feasible, passes, span)
    pairs = list(zip(constraints, judged, strict=True))
    front = pareto_front(np.stack([-sense * span.value, *(cost(c, j) for c, j in pairs)]))
    tied = np.zeros(len(names), bool)
    shrunk = np.full(len(names), np.nan)
    best, choice, preferred, to_settle, alike = None, None, None, None, False
    scale = scale_of(expression.root, columns)
    rows = _rows(expression, columns, len(names))
    # An expression of other units has no difference that is known to be worth nothing.
    tolerance = tolerance if scale is not None or pairing is not None else 0.0
    if len(members):
        best = int(members[int(np.argmax(sense * span.value[members]))])
        adjusted = 1 - (1 - confidence) / max(len(members) - 1, 1)
        at = evaluate(expression.root, columns, adjusted)
        tied[members] = not_told(best, members, at, sense, pairing, adjusted)
        variance = variance_of(span, confidence)[members]
        common = 0.0 if pairing is None else pairing.covariance(best, [int(i) for i in members])
        shrunk[members] = shrink(span.value[members], variance, common)
        group = members[tied[members]]
        choice = best
        if preference is not None:
            preferred = preference.text
            choice = _prefer(group, preference, sense * span.value)
        if len(group) > 1:
            to_settle, alike = settle_best(
                names, best, group, at, sense, pairing, scale=scale, rows=float(rows[group].min()),
                split=split, tolerance=tolerance, confidence=adjusted,
            )  # fmt: skip
        else:
            tied[:] = False
    whole = scale or 1.0
    told = Span(span.value / whole, span.low / whole, span.high / whole)
    candidates = tuple(
        Candidate(
            name,
            WORDS[int(feasible[i])],
            bool(passes[i]),
            tuple(c.text for c, j in pairs if j.state[i] < 0),
            tuple(c.text for c, j in pairs if j.state[i] == 0),
            tuple(miss(c, j, i) for c, j in pairs
                  if not j.passes[i] and np.isfinite(j.left[i] - j.right[i])),
            _figure(told, rows, i),
            bool(tied[i]),
            bool(front[i]),
            None if np.isnan(shrunk[i]) else float(shrunk[i] / whole),
        )
        for i, name in enumerate(names)
    )  # fmt: skip
    by_merit = np.argsort(-sense * span.value, kind="stable")
    better = np.zeros(len(names), bool)
    if choice is not None and pool == "yes":
        better = (feasible == 0) & (sense * span.value > sense * span.value[choice])
    return Selection(
        expression,
        maximize,
        scale,
        tuple(constraints),
        candidates,
        pool,
        len(members),
        None if choice is None else names[choice],
        preferred,
        None if best is None else names[best],
        tuple(names[int(i)] for i in by_merit if tied[i]),
        () if len(members) else nearest(names, judged, sense * span.value),
        to_settle,
        alike,
        tolerance,
        tuple(names[int(i)] for i in np.flatnonzero(better)),
        pairing is not None,
        family,
    )


def _pool(
    feasible: NDArray[np.int64], passes: Bools, span: Span
) -> tuple[Literal["yes", "undecided", "none"], NDArray[np.int64]]:
    """Return among whom to choose.

    The surely feasible; else of the undecided those that pass by value; else all undecided.
    """
    known = ~np.isnan(span.value)
    sure = np.flatnonzero((feasible == 1) & known)
    if len(sure):
        return "yes", sure
    undecided = (feasible == 0) & known
    for kept in (undecided & passes, undecided):
        if kept.any():
            return "undecided", np.flatnonzero(kept)
    return "none", np.zeros(0, np.int64)


def _prefer(group: NDArray[np.int64], preference: Preference, merit: Floats) -> int:
    wanted = preference.values[group] * (-1.0 if preference.maximize else 1.0)
    wanted = np.where(np.isnan(wanted), np.inf, wanted)
    return int(group[np.lexsort((-merit[group], wanted))[0]])


def _rows(expression: Expression, columns: Columns, count: int) -> Floats:
    """Return K numbers of rows behind the figures that are optimised, NaN where not known."""
    known = {c.name: n for c in columns_in(expression.root) if (n := columns[c.name].n) is not None}
    if not known:
        return np.full(count, np.nan)
    return np.asarray(np.stack(list(known.values())).min(axis=0))


def _figure(span: Span, rows: Floats, i: int) -> Figure:
    value, low, high = (float(x[i]) for x in (span.value, span.low, span.high))
    if np.isnan(value):
        return Figure(None, None, None, "undefined, or blank in the table")
    n = None if np.isnan(rows[i]) else int(rows[i])
    if not np.isfinite(low) or not np.isfinite(high) or low == high:
        return Figure(value, None, n)
    return Figure(value, (low, high), n)
