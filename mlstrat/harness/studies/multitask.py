"""`study multitask`: five questions about a face, one network for all, or one for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.record import Record
from mlstrat.harness.datasets.shapes import QUESTIONS, draw_faces
from mlstrat.harness.recipes.recipe import Fitted, Model
from mlstrat.harness.studies.plan import (
    Comparison,
    Condition,
    Place,
    Plan,
    cut,
    own_task,
    trains,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlstrat.harness.train.task import Task

KIND = "multitask"
SIZES, SMALL_SIZES = (50, 200, 800), (100,)
HELD = {"dev": 300, "test": 100}
SEEN, SMALL_SEEN = 6_000, 1_000
EPOCHS = (5, 60)
"""Fewest and most."""

MISSING = 0.5
"""Share of the answers of train that nobody gave, where some are missing."""

WAYS = {
    "apart": "a network each",
    "together": "one network for all",
    "missing": "one network, half the answers",
}
YES, NO = "yes", "no"


def plan_multitask(*, sizes: tuple[int, ...] = (), small: bool = False) -> Plan:
    """Return the plan: at each size the questions apart, together, and with answers missing."""
    wanted = tuple(sorted(set(sizes))) or (SMALL_SIZES if small else SIZES)
    conditions = [
        Condition(f"{way}-{n}", title, trains(_asking, way, n, small), title, n,
                  settings={"n": n, "missing": MISSING if way == "missing" else 0.0})
        for n in wanted
        for way, title in WAYS.items()
    ]  # fmt: skip
    return Plan(
        KIND,
        None,
        "Drawn faces of 32×32 with five independent questions: glasses, smile, hat, beard, looks "
        "left. Every network is LeNet-5 of the same size; errors are of single answers, and the "
        "answers about one face count as one example",
        tuple(conditions),
        tuple(Comparison(f"{way}-{n}", f"apart-{n}", "dev") for n in wanted
              for way in ("together", "missing")),
        fresh=True,
    )  # fmt: skip


class Asked(Record, eq=False):
    """Pictures, each with the number of the question that is asked about it."""

    pictures: NDArray[np.float32]
    question: NDArray[np.int64]

    def __getitem__(self, rows: Any) -> Asked:
        return Asked(self.pictures[rows], self.question[rows])

    def __len__(self) -> int:
        return len(self.question)

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the pictures."""
        return self.pictures.shape


class Answers(Record, Fitted, eq=False):
    """Networks that between them answer all questions."""

    networks: tuple[Any, ...]
    """One for all, or one for each."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The two answers."""
        return (NO, YES)

    @property
    def size_bytes(self) -> int:
        """Of all of them."""
        return sum(int(x.size_bytes) for x in self.networks)

    @property
    def notes(self) -> Mapping[str, int | float | str]:
        """How many, and their parameters."""
        parameters = sum(int(x.notes["parameters"]) for x in self.networks)
        return {"networks": len(self.networks), "parameters": parameters}

    def predict_proba(self, features: Asked) -> NDArray[np.float64]:
        """Return (N, 2) probabilities of no and yes."""
        from mlstrat.harness.networks.multitask import answered

        yes = np.zeros(len(features))
        if len(self.networks) == 1:
            answers = answered(self.networks[0], features.pictures)
            yes = answers[np.arange(len(features)), features.question]
        else:
            for number, network in enumerate(self.networks):
                mine = features.question == number
                if mine.any():
                    yes[mine] = answered(network, features.pictures[mine])[:, 0]
        return np.stack([1 - yes, yes], axis=1)


def _asking(way: str, n: int, small: bool, seed: int, _: Place) -> Task:
    from mlstrat.harness.datasets import Examples

    held, many = sum(HELD.values()), len(QUESTIONS)
    faces = draw_faces(held + n, seed)
    face, question = np.divmod(np.arange((held + n) * many), many)
    cuts = cut(np.arange(len(face)), {**{k: x * many for k, x in HELD.items()}, "train": n * many})
    names = np.array(QUESTIONS)[question]
    examples = Examples(
        Asked(faces.pictures[face], question),
        np.where(faces.answers[face, question] > 0, YES, NO),
        {"question": names},
        groups=np.array([f"face-{seed}-{x:05d}" for x in face]),
        ids=np.array([f"face-{seed}-{x:05d}-{q}" for x, q in zip(face, names, strict=True)]),
    )
    train = slice(held, held + n)
    epochs = min(max(round((SMALL_SEEN if small else SEEN) / n), EPOCHS[0]), EPOCHS[1])
    return own_task(
        KIND, "drawn faces", "all independent draws", examples,
        {split: cuts[split] for split in ("train", *HELD)},
        Model("lenet5", {"epochs": epochs}), notes={"way": way},
        fit=lambda: fit_answers(way, faces.pictures[train], faces.answers[train], seed, epochs),
    )  # fmt: skip


def fit_answers(
    way: str,
    pictures: NDArray[np.float32],
    answers: NDArray[np.float32],
    seed: int,
    epochs: int,
) -> Answers:
    """Train one network for all questions, or one for each."""
    from mlstrat.harness.networks.fit import network_options
    from mlstrat.harness.networks.multitask import fit_multitask

    options = network_options("lenet5", {"epochs": epochs, "batch_size": 32})
    if way == "missing":
        silent = np.random.default_rng([seed, 23]).random(answers.shape) < MISSING
        answers = np.where(silent, np.float32(np.nan), answers)
    columns = [[k] for k in range(len(QUESTIONS))] if way == "apart" else [
        list(range(len(QUESTIONS)))]  # fmt: skip
    return Answers(tuple(
        fit_multitask("lenet5", options, pictures, answers[:, some], pictures[:2],
                      answers[:2][:, some], names=tuple(QUESTIONS[k] for k in some),
                      seed=seed + number)
        for number, some in enumerate(columns)
    ))  # fmt: skip
