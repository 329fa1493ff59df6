# Over 300 lines: who answered, and what level each reaches.
"""What people reach: the error of each, of each group and team, and what each level is for.

The best of them is the proxy for Bayes error, which bounds the avoidable bias. To publish or to
deploy another level may be the bar: that of a typical expert (C3W1 Understanding human-level
performance). The human level is measured where the model was trained, since avoidable bias is a gap
within the training distribution.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import ABSTAINED, Cells, Ints, is_person
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Estimate, Figure, Sampling
from mlstrat.core.intervals import Interval, newcombe_interval
from mlstrat.core.metrics import METRICS, MetricChoice
from mlstrat.core.record import Record
from mlstrat.errors import UsageError
from mlstrat.workflow.human.crowd import (
    TEAM,
    VOTER,
    Agreement,
    Proxy,
    agreement,
    error_of_votes,
    majority,
    mean_level,
    pooled_error,
    proxy_of_answers,
    proxy_of_levels,
)

if TYPE_CHECKING:
    from mlstrat.core.pairs import PairedErrors


class HumanAnswers(Record):
    """One person's, or the team's, answers.

    ``cells`` are those of the answered rows, with the answers as predictions, ``model`` the same
    rows with the model's; ``complete`` tells whether every row of the split was answered, so that
    person and model saw the same rows.
    """

    name: str
    cells: Cells
    model: Cells
    complete: bool

    @property
    def error(self) -> float:
        """The share of answers that are wrong, weighted as the rows are."""
        return float(self.cells.weight[self.cells.wrong].sum() / self.cells.weight.sum())


def of_people(cells: Cells) -> tuple[Cells, tuple[str, ...]]:
    """Return a run with the answers of people alone, by name, and the columns that are no people.

    The order of columns in the file says nothing, so nothing may depend on it.
    """
    given = {n: x for n, x in sorted(cells.answers.items()) if (x != ABSTAINED).any()}
    people = {name: codes for name, codes in given.items() if is_person(codes, cells.n)}
    return replace(cells, answers=people), tuple(name for name in given if name not in people)


def answered_split(cells: Cells, split: str | None) -> str | None:
    """Return the split to look at: the one asked for, or the first that holds answers or votes.

    In the order train, train-dev, dev: a human level belongs to the training distribution.
    """
    for name in ("train", "train-dev", "dev") if split is None else (split,):
        if name in cells.splits:
            part = cells.of_split(name)
            answers = any((codes != ABSTAINED).any() for codes in part.answers.values())
            if answers or (part.votes is not None and part.votes[:, 0].any()):
                return name
    return None


def answers_of_people(
    part: Cells, groups: Mapping[str, str] | None = None
) -> tuple[HumanAnswers, ...]:
    """Return the answers of each person and of the teams; nothing where nobody answered.

    `groups` go from person to group: each group of several is a team, too.
    """
    people = {n: codes for n, codes in part.answers.items() if (codes != ABSTAINED).any()}
    found = [_answers(part, n, codes, codes != ABSTAINED) for n, codes in people.items()]
    teams = {TEAM: list(people)} if len(people) > 1 else {}
    teams |= teams_of_groups(list(people), groups or {})
    for team, members in teams.items():
        table = np.stack([people[n] for n in members], axis=1)
        given = (table != ABSTAINED).any(axis=1)
        found.append(_answers(part, team, majority(table), given))
    if not people and part.votes is not None:
        found.append(_answers(part, TEAM, part.votes[:, 2], part.votes[:, 0] > 0))
    return tuple(found)


def team_name(group: str) -> str:
    """Return what the majority of a group is called."""
    return f"{group} (majority)"


def teams_of_groups(people: Sequence[str], groups: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the members of each group of several, unless it holds everyone."""
    teams: dict[str, list[str]] = {}
    for person in people:
        if person in groups:
            teams.setdefault(team_name(groups[person]), []).append(person)
    return {name: who for name, who in teams.items() if 1 < len(who) < len(people)}


def _answers(part: Cells, name: str, codes: Ints, given: NDArray[np.bool_]) -> HumanAnswers:
    model = part.where(given)
    cells = replace(model, predicted=np.maximum(codes[given], ABSTAINED), loss=None, scores=None)
    return HumanAnswers(name, cells, model, bool(given.all()))


def paired_errors(human: Cells, model: Cells, split: str) -> PairedErrors:
    """Return who is wrong where, of two sets of answers on the very same rows.

    Weighted rows count at their effective number (Kish), so that φ and draws keep their spread.
    """
    weight = model.weight * (model.weight.sum() / model.weight_squared.sum())
    h, m = human.wrong, model.wrong
    both, only_h, only_m, none = (
        float(weight[mask].sum()) for mask in (h & m, h & ~m, ~h & m, ~h & ~m)
    )
    from mlstrat.core.pairs import PairedErrors

    return PairedErrors(split, both, only_h, only_m, none)


ERROR = MetricChoice(METRICS["error"], None, None)


class Standing(Record):
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


class GroupLevel(Record):
    """A group: the error of a typical member (all answers pooled) and of its majority."""

    typical: Standing
    members: tuple[str, ...]
    team: Standing | None


class Versus(Record):
    """The model against one level: its error minus theirs, and whether it beats them.

    ``beats`` is yes or no where the interval of the difference excludes 0 (without counts, by
    value), else undecided.
    """

    name: str
    difference: Figure
    beats: Literal["yes", "no", "undecided"]


class HumanLevels(Record):
    """All that `human` concludes.

    ``split`` is where people answered, None for typed levels; ``proxy`` is None where no column
    holds the answers of people; ``ties`` are the answered examples on which a team has no majority,
    by team; ``no_people`` the columns that hold no answers.
    """

    split: str | None
    annotators: tuple[Standing, ...]
    groups: tuple[GroupLevel, ...]
    team: Standing | None
    proxy: Proxy | None
    bar: Standing | None = None
    agreement: Agreement | None = None
    model: Estimate | None = None
    versus: tuple[Versus, ...] = ()
    ties: Mapping[str, int] = field(default_factory=dict)
    no_people: tuple[str, ...] = ()

    @property
    def candidates(self) -> tuple[Standing, ...]:
        """People, the team, and the teams of groups."""
        teams = [g.team for g in self.groups if g.team is not None]
        return (*self.annotators, *([self.team] if self.team else []), *teams)

    @property
    def lowest(self) -> Standing | None:
        """Who has the lowest error as it was seen, uncorrected; of equals the first by name."""
        return min(self.candidates, key=lambda s: (s.value, s.name), default=None)


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
    """Return what the people of a run reach, on the first split that holds answers, or on `split`.

    `model` is the model's error, typed; with `has_model` the predictions of the run are a model's,
    which is then compared on the same rows.
    """
    groups = groups or {}
    unknown = sorted(set(groups) - set(cells.answers))
    if unknown:
        raise UsageError(
            f"a group is given to {unknown[0]!r}, who gave no answers",
            accepted=", ".join(cells.answers),
        )
    cells, no_people = of_people(cells)
    where = answered_split(cells, split)
    if where is None:
        if no_people:
            return _with_bar(HumanLevels(None, (), (), None, None, no_people=no_people), bar, [])
        place = f"on {split}" if split else "on train, train-dev or dev"
        raise UsageError(f"nobody answered {place}", hint="say where with --split")
    part = cells.of_split(where)
    if not part.weight.any():
        raise UsageError(f"all weights on {where} are 0", hint="say where with --split")
    found = answers_of_people(part, groups)
    standings = {
        a.name: Standing(
            a.name, groups.get(a.name), estimate(a.cells, ERROR, sampling, 20 + i, draws=False), a
        )
        for i, a in enumerate(found)
    }
    people = [standings[a.name] for a in found if a.name in cells.answers]
    levels = []
    for name, who in _members(people).items():
        answers = [s.answers for s in who if s.answers is not None]
        pooled = Standing(name, name, pooled_error(part, [a.name for a in answers], sampling))
        levels.append(
            GroupLevel(pooled, tuple(s.name for s in who), standings.get(team_name(name)))
        )
    if part.votes is not None:
        levels.append(GroupLevel(Standing(VOTER, None, error_of_votes(part, sampling)), (), None))
    if has_model and model is None:
        against = [_on_same_rows(s, sampling) for s in standings.values()]
        model = estimate(part, ERROR, sampling, draws=False)
    else:
        against = [_versus(s, model) for s in standings.values() if model is not None]
    # A majority abstains where it is tied.
    ties = {a.name: int(a.cells.n[a.cells.predicted == ABSTAINED].sum())
            for a in found if a.name not in cells.answers}  # fmt: skip
    levels_found = HumanLevels(
        where, tuple(people), tuple(levels), standings.get(TEAM),
        proxy_of_answers(part, ERROR, sampling), agreement=agreement(part, sampling), model=model,
        ties=ties, no_people=no_people,
    )  # fmt: skip
    return _with_bar(levels_found, bar, against)


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
    proxy = proxy_of_levels([s.name for s in annotators], [s.error for s in annotators], sampling)
    best = next((s for s in annotators if s.name == proxy.name), None)
    tied = [
        s.name for s in annotators
        if best and s is not best and (ci := _difference(best, s).ci) and ci[0] <= 0 <= ci[1]
    ]  # fmt: skip
    proxy = replace(proxy, not_told_from=tuple(tied))
    found = HumanLevels(None, tuple(annotators), tuple(levels), None, proxy, model=model)
    return _with_bar(found, bar, against)


def _with_bar(found: HumanLevels, bar: str | None, against: list[Versus]) -> HumanLevels:
    """Return the levels with the bar of that name, the model judged against it, too."""
    named = {s.name: s for s in (*(g.typical for g in found.groups), *found.candidates)}
    if bar is not None and bar not in named:
        raise UsageError(f"--bar {bar}: no such person or group", accepted=", ".join(named))
    level, judged = None if bar is None else named[bar], {v.name for v in against}
    if level is not None and found.model is not None and level.name not in judged:
        against.append(_versus(level, found.model))
    return replace(found, bar=level, versus=tuple(against))


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
