"""Human level: the people's error that stands in for the best error that is possible.

The lowest error that people reach bounds Bayes error from above, so it is the best proxy for it
(C3W1 Understanding human-level performance). It is measured where the model was trained, since
avoidable bias is a gap within the training distribution.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mlstrat.workflow._counts import ABSTAINED, Cells, Ints

FEWEST_ANSWERS = 100
"""The lowest of several people counts from this many answers on: with fewer, the best of many is
the luckiest (at an error of 5 %, 100 answers leave a standard error of 2 points)."""

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


def answers_of_people(cells: Cells) -> tuple[HumanAnswers, ...]:
    """Return the answers of each person and of the team on the split that serves best.

    The split is train, else train-dev, else dev, whichever is the first that holds answers.
    """
    for split in ("train", "train-dev", "dev"):
        if not cells.answers or split not in cells.splits:
            continue
        part = cells.of_split(split)
        people = {n: codes for n, codes in part.answers.items() if (codes != ABSTAINED).any()}
        if not people:
            continue
        if len(people) > 1:
            people[TEAM] = majority(np.stack(list(people.values()), axis=1))
        return tuple(_answers(part, split, name, codes) for name, codes in people.items())
    return ()


def _answers(part: Cells, split: str, name: str, codes: Ints) -> HumanAnswers:
    given = codes != ABSTAINED
    if name == TEAM:
        given = np.any([a != ABSTAINED for a in part.answers.values()], axis=0)
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
    votes = np.stack([(answers == code).sum(axis=1) for code in range(answers.max() + 1)], axis=1)
    best = votes.argmax(axis=1)
    tied = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) > 1
    return np.where(tied, ABSTAINED, best)


def bayes_proxy(people: tuple[HumanAnswers, ...]) -> HumanAnswers:
    """Return whose answers stand for human level: the lowest error with enough answers.

    Where nobody gave `FEWEST_ANSWERS`, whoever answered most: a person's luck is worse than a
    person's limits.
    """
    enough = [a for a in people if a.rows >= FEWEST_ANSWERS]
    if enough:
        return min(enough, key=lambda a: a.error)
    return max(people, key=lambda a: a.rows)
