"""Human level: the people's error that stands in for the best error that is possible.

The lowest error that people reach bounds Bayes error from above, so it is the best proxy for it
(C3W1 Understanding human-level performance). It is measured where the model was trained, since
avoidable bias is a gap within the training distribution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import ABSTAINED, Cells, Ints

if TYPE_CHECKING:
    from mlstrat.core.pairs import PairedErrors

FEWEST_ANSWERS = 100
"""The lowest of several people counts from this many answers on: with fewer, the best of many is
the luckiest (at an error of 5%, 100 answers leave a standard error of 2 points)."""

TEAM = "team (majority)"


@dataclass(frozen=True)
class HumanAnswers:
    """One person's, or the team's, answers on one split.

    Attributes
    ----------
    name
        The column, or `TEAM`.
    split
        Where the answers were given.
    cells
        The cells of the answered rows, with the answers as predictions.
    model
        The same rows with the model's predictions.
    complete
        Whether every row of the split was answered, so that person and model saw the same rows.
    """

    name: str
    split: str
    cells: Cells
    model: Cells
    complete: bool

    @property
    def error(self) -> float:
        """The share of answers that are wrong, weighted as the rows are."""
        return float(self.cells.weight[self.cells.wrong].sum() / self.cells.weight.sum())

    @property
    def rows(self) -> int:
        """Number of answered rows."""
        return self.cells.rows


def answers_of_people(
    cells: Cells, split: str | None = None, groups: Mapping[str, str] | None = None
) -> tuple[HumanAnswers, ...]:
    """Return the answers of each person and of the team on the split that serves best.

    Parameters
    ----------
    cells
        The table of counts.
    split
        Where to look; without it train, else train-dev, else dev, whichever is the first that
        holds answers.
    groups
        Person to group, where people come in groups: each group of several is a team, too.
    """
    for name in ("train", "train-dev", "dev") if split is None else (split,):
        if not cells.answers or name not in cells.splits:
            continue
        part = cells.of_split(name)
        people = {n: codes for n, codes in part.answers.items() if (codes != ABSTAINED).any()}
        if people:
            found = [_answers(part, name, n, codes, codes != ABSTAINED)
                     for n, codes in people.items()]  # fmt: skip
            teams = {TEAM: list(people)} if len(people) > 1 else {}
            teams |= teams_of_groups(list(people), groups or {})
            for team, members in teams.items():
                table = np.stack([people[n] for n in members], axis=1)
                given = (table != ABSTAINED).any(axis=1)
                found.append(_answers(part, name, team, majority(table), given))
            return tuple(found)
    return ()


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


def _answers(
    part: Cells, split: str, name: str, codes: Ints, given: NDArray[np.bool_]
) -> HumanAnswers:
    model = part.where(given)
    cells = replace(model, predicted=np.maximum(codes[given], ABSTAINED), loss=None, scores=None)
    return HumanAnswers(name, split, cells, model, bool(given.all()))


def majority(answers: Ints) -> Ints:
    """Return the most frequent answer of each row of a K×P table; a tie is no answer.

    Examples
    --------
    >>> majority(np.array([[0, 0, 1], [0, 1, -1], [2, -1, -1]]))
    array([ 0, -1,  2])
    """
    classes = range(max(int(answers.max()), 0) + 1)
    votes = np.stack([(answers == code).sum(axis=1) for code in classes], axis=1)
    best = votes.argmax(axis=1)
    tied = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) > 1
    return np.where(tied | (votes.max(axis=1) == 0), ABSTAINED, best)


def bayes_proxy(people: tuple[HumanAnswers, ...]) -> HumanAnswers:
    """Return whose answers stand for human level; see `lowest_with_enough`."""
    return people[lowest_with_enough([a.error for a in people], [a.rows for a in people])]


def lowest_with_enough(errors: Sequence[float], answers: Sequence[int | None]) -> int:
    """Return the place of the lowest error that rests on enough answers.

    Where nobody gave `FEWEST_ANSWERS`, of whoever answered most: a person's luck is worse than a
    person's limits. An error whose answers are unknown (None) is taken as exact.

    Examples
    --------
    >>> lowest_with_enough([0.03, 0.01, 0.0], [500, 200, 20])
    1
    >>> lowest_with_enough([0.1, 0.0], [50, 10])
    0
    """
    places = range(len(errors))
    enough = [i for i in places if (n := answers[i]) is None or n >= FEWEST_ANSWERS]
    if enough:
        return min(enough, key=lambda i: errors[i])
    return max(places, key=lambda i: answers[i] or 0)


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
