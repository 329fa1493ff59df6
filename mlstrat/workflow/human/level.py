"""Who answered, and where: people, their teams, and the split that serves best.

The human level is measured where the model was trained, since avoidable bias is a gap within the
training distribution (C3W1 Understanding human-level performance).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import ABSTAINED, Cells, Ints, is_person

if TYPE_CHECKING:
    from mlstrat.core.pairs import PairedErrors

TEAM, VOTER = "team (majority)", "one voter"
"""What everyone together, and one of those of whom only votes are known, is called."""


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
    part: Cells, split: str, groups: Mapping[str, str] | None = None
) -> tuple[HumanAnswers, ...]:
    """Return the answers of each person and of the teams; nothing where nobody answered.

    Parameters
    ----------
    part
        The counts of one split.
    split
        Its name.
    groups
        Person to group, where people come in groups: each group of several is a team, too.
    """
    people = {n: codes for n, codes in part.answers.items() if (codes != ABSTAINED).any()}
    found = [_answers(part, split, n, codes, codes != ABSTAINED) for n, codes in people.items()]
    teams = {TEAM: list(people)} if len(people) > 1 else {}
    teams |= teams_of_groups(list(people), groups or {})
    for team, members in teams.items():
        table = np.stack([people[n] for n in members], axis=1)
        given = (table != ABSTAINED).any(axis=1)
        found.append(_answers(part, split, team, majority(table), given))
    if not people and part.votes is not None:
        found.append(_answers(part, split, TEAM, part.votes[:, 2], part.votes[:, 0] > 0))
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
