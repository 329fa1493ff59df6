"""What people reach: the error of each, of each group and team, and what each level is for.

The lowest is the proxy for Bayes error, which bounds the avoidable bias. To publish or to deploy
another level may be the bar: that of a typical expert (C3W1 Understanding human-level performance).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mlstrat.core.counts import ABSTAINED, Cells
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Estimate, Figure, Sampling
from mlstrat.core.intervals import Interval, newcombe_interval
from mlstrat.core.metrics import METRICS, MetricChoice
from mlstrat.errors import UsageError
from mlstrat.workflow.human.agreement import Agreement, agreement, mean_level, pooled_error
from mlstrat.workflow.human.level import (
    TEAM,
    HumanAnswers,
    answers_of_people,
    lowest_with_enough,
    paired_errors,
    team_name,
)

ERROR = MetricChoice(METRICS["error"], None, None)


@dataclass(frozen=True)
class Standing:
    """One level that people reach: a person, a team's majority, or a group's typical member.

    ``answers`` is None where the level was typed, or pools several people.
    """

    name: str
    group: str | None
    error: Estimate
    answers: HumanAnswers | None = None

    @property
    def value(self) -> float:
        """The error, a fraction."""
        return float(self.error.value or 0.0)


@dataclass(frozen=True)
class GroupLevel:
    """A group: the error of a typical member (all answers pooled) and of its majority."""

    typical: Standing
    members: tuple[str, ...]
    team: Standing | None


@dataclass(frozen=True)
class Versus:
    """The model against one level: its error minus theirs, and whether it beats them.

    ``beats`` is yes or no where the interval of the difference excludes 0 (without counts, by
    value), else undecided.
    """

    name: str
    difference: Figure
    beats: Literal["yes", "no", "undecided"]


@dataclass(frozen=True)
class HumanLevels:
    """All that `human` concludes.

    ``split`` is where people answered, None for typed levels; ``ties`` the answered examples on
    which the team has no majority; ``tied`` who cannot be told from the proxy.
    """

    split: str | None
    annotators: tuple[Standing, ...]
    groups: tuple[GroupLevel, ...]
    team: Standing | None
    proxy: Standing
    bar: Standing | None
    agreement: Agreement | None
    model: Estimate | None
    versus: tuple[Versus, ...]
    ties: int | None
    tied: tuple[str, ...]

    @property
    def candidates(self) -> tuple[Standing, ...]:
        """Who may stand for Bayes error: people, the team, the teams of groups."""
        teams = [g.team for g in self.groups if g.team is not None]
        return (*self.annotators, *([self.team] if self.team else []), *teams)


def levels_from_cells(
    cells: Cells,
    sampling: Sampling,
    *,
    split: str | None = None,
    groups: Mapping[str, str] | None = None,
    bar: str | None = None,
    model: Estimate | None = None,
    has_model: bool = False,
) -> HumanLevels:
    """Return what the people of a run reach.

    Parameters
    ----------
    cells
        The table of counts, with people's answers.
    sampling
        Of the intervals.
    split
        Where to look; without it the first of train, train-dev and dev that holds answers.
    groups
        Person to group.
    bar
        Who is the bar for publishing or deploying.
    model
        The model's error, typed.
    has_model
        Whether the predictions of the run are a model's; then it is compared on the same rows.

    Raises
    ------
    UsageError
        Where nobody answered, or a name is nobody's.
    """
    groups = groups or {}
    unknown = sorted(set(groups) - set(cells.answers))
    if unknown:
        raise UsageError(
            f"a group is given to {unknown[0]!r}, who gave no answers",
            accepted=", ".join(cells.answers),
        )
    found = answers_of_people(cells, split, groups)
    if not found:
        where = f"on {split}" if split else "on train, train-dev or dev"
        raise UsageError(f"nobody answered {where}", hint="say where with --split")
    part = cells.of_split(found[0].split)
    standings = {
        a.name: Standing(
            a.name, groups.get(a.name), estimate(a.cells, ERROR, sampling, 20 + i, draws=False), a
        )
        for i, a in enumerate(found)
    }
    people = [standings[a.name] for a in found if a.name in cells.answers]
    team = standings.get(TEAM)
    levels = []
    for name, who in _members(people).items():
        answers = [s.answers for s in who if s.answers is not None]
        pooled = Standing(name, name, pooled_error(part, [a.name for a in answers], sampling))
        levels.append(
            GroupLevel(pooled, tuple(s.name for s in who), standings.get(team_name(name)))
        )
    if has_model and model is None:
        against = [_on_same_rows(s, sampling) for s in standings.values()]
        model = estimate(part, ERROR, sampling, draws=False)
    else:
        against = [_versus(s, model) for s in standings.values() if model is not None]
    ties = None
    if team is not None and team.answers is not None:
        # A majority abstains where it is tied.
        ties = int(team.answers.cells.n[team.answers.cells.predicted == ABSTAINED].sum())
    return _conclude(
        found[0].split, people, levels, team, bar, agreement(part, sampling), model, against, ties
    )  # fmt: skip


def levels_from_figures(
    annotators: Sequence[Standing],
    sampling: Sampling,
    *,
    bar: str | None = None,
    model: Estimate | None = None,
) -> HumanLevels:
    """Return what typed levels say; a level without counts is taken as exact."""
    levels = []
    for name, who in _members(annotators).items():
        pooled = Standing(name, name, mean_level([s.error for s in who], sampling))
        levels.append(GroupLevel(pooled, tuple(s.name for s in who), None))
    against = [_versus(s, model) for s in annotators if model is not None]
    return _conclude(None, annotators, levels, None, bar, None, model, against, None)


def _conclude(
    split: str | None,
    people: Sequence[Standing],
    groups: Sequence[GroupLevel],
    team: Standing | None,
    bar: str | None,
    agreed: Agreement | None,
    model: Estimate | None,
    against: list[Versus],
    ties: int | None,
) -> HumanLevels:
    teams = [g.team for g in groups if g.team is not None]
    candidates = [*people, *([team] if team else []), *teams]
    proxy = candidates[
        lowest_with_enough([s.value for s in candidates], [s.error.n for s in candidates])
    ]
    named = {s.name: s for s in (*(g.typical for g in groups), *candidates)}
    if bar is not None and bar not in named:
        raise UsageError(f"--bar {bar}: no such person or group", accepted=", ".join(named))
    level = None if bar is None else named[bar]
    if level is not None and model is not None and level.name not in {v.name for v in against}:
        against.append(_versus(level, model))
    tied = [
        s.name for s in candidates
        if s is not proxy and (ci := _difference(proxy, s).ci) and ci[0] <= 0 <= ci[1]
    ]  # fmt: skip
    return HumanLevels(
        split, tuple(people), tuple(groups), team, proxy, level, agreed, model, tuple(against),
        ties, tuple(tied),
    )  # fmt: skip


def _members(people: Sequence[Standing]) -> dict[str, list[Standing]]:
    out: dict[str, list[Standing]] = {}
    for person in people:
        if person.group is not None:
            out.setdefault(person.group, []).append(person)
    return out


def _on_same_rows(standing: Standing, sampling: Sampling) -> Versus:
    answers = standing.answers
    if answers is None:
        raise ValueError("a typed level has no rows")
    model = Standing("model", None, estimate(answers.model, ERROR, sampling, draws=False))
    phi = _correlation(standing.error, model.error, answers.cells, answers.model)
    return _judged(standing.name, _subtract(standing.error, model.error, phi))


def _versus(standing: Standing, model: Estimate) -> Versus:
    return _judged(standing.name, _difference(standing, Standing("model", None, model)))


def _judged(name: str, difference: Figure) -> Versus:
    low, high = difference.ci or (difference.value or 0.0, difference.value or 0.0)
    if difference.reason is not None or low <= 0 <= high:
        return Versus(name, difference, "undecided")
    return Versus(name, difference, "yes" if high < 0 else "no")


def _difference(start: Standing, end: Standing) -> Figure:
    """Return the error of the second minus that of the first."""
    a, b, phi = start.answers, end.answers, 0.0
    if a is not None and b is not None and a.complete and b.complete:
        phi = _correlation(start.error, end.error, a.cells, b.cells)
    return _subtract(start.error, end.error, phi)


def _subtract(start: Estimate, end: Estimate, phi: float) -> Figure:
    a, b = float(start.value or 0.0), float(end.value or 0.0)
    rows = [n for n in (start.n, end.n) if n is not None]
    n = min(rows, default=None)
    if not rows:
        return Figure(b - a)
    ends = _ends(start), _ends(end)
    if ends[0] is None or ends[1] is None:
        return Figure(b - a, None, n, "no interval: too few groups")
    return Figure(b - a, newcombe_interval(a, ends[0], b, ends[1], phi), n)


def _ends(level: Estimate) -> Interval | None:
    """Return the interval; a level whose counts are unknown is taken as exact."""
    if level.n is None:
        return float(level.value or 0.0), float(level.value or 0.0)
    return level.ci


def _correlation(start: Estimate, end: Estimate, a: Cells, b: Cells) -> float:
    """Return how two errors on the very same rows move together."""
    if start.influence is None or end.influence is None:
        return paired_errors(a, b, "").correlation
    scale = math.sqrt(start.influence.variance * end.influence.variance)
    if not scale > 0:
        return 0.0
    return max(-1.0, min(1.0, start.influence.covariance(end.influence) / scale))
