"""`study multitask`: five questions about a face, one network for all, or one for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.harness.recipes.recipe import Model
from mlstrat.harness.studies.own import cut, own_task, train_into
from mlstrat.harness.studies.plan import Comparison, Condition, Place, Plan, Train
from mlstrat.harness.train.fitted import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
    """Return the plan: at each size the questions apart, together, and with answers missing.

    Parameters
    ----------
    sizes
        Numbers of training faces.
    small
        Fewer, and shorter training.
    """
    wanted = tuple(sorted(set(sizes))) or (SMALL_SIZES if small else SIZES)
    conditions = [
        Condition(f"{way}-{n}", title, _trained(way, n, small=small), title, n,
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


@dataclass(frozen=True, eq=False)
class Asked:
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


@dataclass(frozen=True, eq=False)
class Answers:
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
        return sum(int(x.network.size_bytes) for x in self.networks)

    @property
    def notes(self) -> Mapping[str, int | float | str]:
        """How many, and their parameters."""
        parameters = sum(int(x.network.notes["parameters"]) for x in self.networks)
        return {"networks": len(self.networks), "parameters": parameters}

    def predict_proba(self, features: Asked) -> NDArray[np.float64]:
        """Return (N, 2) probabilities of no and yes."""
        import numpy as np

        yes = np.zeros(len(features))
        if len(self.networks) == 1:
            answers = self.networks[0].predict(features.pictures)
            yes = answers[np.arange(len(features)), features.question]
        else:
            for number, network in enumerate(self.networks):
                mine = features.question == number
                if mine.any():
                    yes[mine] = network.predict(features.pictures[mine])[:, 0]
        return np.stack([1 - yes, yes], axis=1)

    def save(self, folder: Path) -> None:
        """Refuse: several networks are not one file of weights.

        Raises
        ------
        NotImplementedError
            Always; no study asks for it.
        """
        raise NotImplementedError("the networks of a study are not stored")


def _trained(way: str, n: int, *, small: bool) -> Train:
    def train_one(seed: int, place: Place, condition: str, progress: Progress) -> None:
        import numpy as np

        from mlstrat.harness.datasets import Examples

        held, many = sum(HELD.values()), len(QUESTIONS)
        faces = draw_faces(held + n, seed)
        face, question = np.divmod(np.arange((held + n) * many), many)
        cuts = cut(np.arange(len(face)), {**{k: x * many for k, x in HELD.items()},
                                          "train": n * many})  # fmt: skip
        splits = {split: cuts[split] for split in ("train", *HELD)}
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

        def fit() -> Answers:
            return fit_answers(way, faces.pictures[train], faces.answers[train], seed, epochs)

        task = own_task(KIND, "drawn faces", "all independent draws", examples, splits,
                        Model("lenet5", {"epochs": epochs}), notes={"way": way})  # fmt: skip
        train_into(task, seed, place, condition, progress, fit=fit)

    return train_one


def fit_answers(
    way: str,
    pictures: NDArray[np.float32],
    answers: NDArray[np.float32],
    seed: int,
    epochs: int,
) -> Answers:
    """Train one network for all questions, or one for each."""
    import numpy as np

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


QUESTIONS = ("glasses", "smiles", "hat", "beard", "looks left")
"""What is asked of a face, independently of each other, each yes in half the faces."""


SIDE, SCALE = 32, 3
"""Side of a picture, and how many times larger it is drawn before it is shrunk."""


NOISE = 0.12
"""Deviation of the noise on every pixel, of the range from black to white."""


@dataclass(frozen=True, eq=False)
class Faces:
    """Pictures and their answers."""

    pictures: NDArray[np.float32]
    """(N, 1, 32, 32)"""
    answers: NDArray[np.float32]
    """(N, questions): 1 yes, 0 no, NaN where nobody said."""
    questions: tuple[str, ...] = QUESTIONS


def draw_faces(rows: int, seed: int, *, missing: float = 0.0) -> Faces:
    """Draw faces; the first ones stay the same when more are asked for.

    Parameters
    ----------
    rows
        How many.
    seed
        Of everything.
    missing
        Share of answers that nobody gave, at random.
    """
    random = np.random.default_rng([seed, 50])
    silent = np.random.default_rng([seed, 51]).random((rows, len(QUESTIONS))) < missing
    pictures = np.zeros((rows, 1, SIDE, SIDE), dtype=np.float32)
    answers = np.zeros((rows, len(QUESTIONS)), dtype=np.float32)
    for row in range(rows):
        answers[row] = random.random(len(QUESTIONS)) < 0.5
        drawn = _face(dict(zip(QUESTIONS, answers[row] > 0, strict=True)), random)
        drawn += NOISE * random.standard_normal(drawn.shape, dtype=np.float32)
        pictures[row, 0] = np.clip(drawn, 0, 1)
    answers[silent] = np.nan
    return Faces(pictures, answers)


def _face(yes: dict[str, bool], random: np.random.Generator) -> NDArray[np.float32]:
    """Draw one face, three times as large as it is to be, and shrink it."""
    image, draw = _canvas()
    side = SIDE * SCALE
    x, y = side / 2 + random.uniform(-6, 6, 2)
    r = random.uniform(0.26, 0.34) * side
    line, skin = round(random.uniform(2, 4)), int(random.uniform(90, 150))
    draw.ellipse((x - r, y - r * 1.15, x + r, y + r * 1.15), fill=skin, outline=220, width=line)
    if yes["hat"]:
        top = y - r * random.uniform(0.75, 0.95)
        draw.rectangle((x - r * 1.2, top - 4, x + r * 1.2, top), fill=250)
        draw.rectangle((x - r * 0.7, top - r * 0.6, x + r * 0.7, top), fill=250)
    eye, apart, high = r * random.uniform(0.12, 0.17), r * 0.45, y - r * 0.25
    look = -r * 0.13 if yes["looks left"] else r * 0.13
    for middle in (x - apart, x + apart):
        draw.ellipse((middle - 2 * eye, high - eye, middle + 2 * eye, high + eye), fill=255)
        draw.ellipse((middle + look - eye, high - eye, middle + look + eye, high + eye), fill=0)
        if yes["glasses"]:
            g = r * random.uniform(0.3, 0.36)
            draw.ellipse((middle - g, high - g, middle + g, high + g), outline=20, width=line)
    if yes["glasses"]:
        draw.line((x - apart * 0.3, high, x + apart * 0.3, high), fill=20, width=line)
    if yes["beard"]:
        draw.chord((x - r * 0.8, y, x + r * 0.8, y + r * 1.15), 20, 160, fill=40)
    w, mouth = r * random.uniform(0.35, 0.5), y + r * random.uniform(0.45, 0.55)
    bend = r * random.uniform(0.15, 0.25)
    box = (x - w, mouth - bend, x + w, mouth + bend)
    start, end = (0, 180) if yes["smiles"] else (180, 360)
    draw.arc(box, start, end, fill=230, width=line)
    return np.asarray(image.reduce(SCALE), dtype=np.float32) / np.float32(255)


def _canvas() -> tuple[Any, Any]:
    from PIL import Image, ImageDraw

    image = Image.new("L", (SIDE * SCALE, SIDE * SCALE), 0)
    return image, ImageDraw.Draw(image)
