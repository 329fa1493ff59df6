"""`study end-to-end`: digits in clutter, read by one network, or found first and then read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mlstrat.core.record import Record
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
    import numpy as np
    from numpy.typing import NDArray

    from mlstrat.harness.datasets.digit_pictures import Cluttered
    from mlstrat.harness.networks.fitted import FittedNetwork
    from mlstrat.harness.train.task import Task

    Pictures = NDArray[np.float32]
    Boxes = NDArray[np.int64]


WINDOW, STEP = 16, 2
"""Side of the windows that are looked through, and how far each lies from the next."""

AT_ONCE = 64
"""Pictures whose windows are looked through together: 3 MB."""

JITTER, APART = 1, 4
"""Most that a training window lies off the digit; least that one without it does."""

WITH, WITHOUT = 2, 6
"""Training windows with the digit, and without it, of each picture."""

DIGIT, SCRAP = "digit", "scrap"


def halved(pictures: Pictures) -> Pictures:
    """Return pictures of half the side, each pixel the mean of four."""
    import numpy as np

    n, channels, high, wide = pictures.shape
    four = pictures.reshape(n, channels, high // 2, 2, wide // 2, 2)
    return np.asarray(four.mean(axis=(3, 5)), dtype=np.float32)


def windows_at(pictures: Pictures, corners: Boxes) -> NDArray[np.float32]:
    """Return one window of each picture as (N, 64) numbers; corners are (N, 2): top and left."""
    import numpy as np

    cuts = np.stack([
        picture[:, top : top + WINDOW, left : left + WINDOW]
        for picture, (top, left) in zip(pictures, corners[:, :2], strict=True)
    ])  # fmt: skip
    return halved(cuts).reshape(len(cuts), -1)


def training_windows(
    pictures: Pictures, labels: NDArray[np.str_], boxes: Boxes, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.str_], NDArray[np.str_]]:
    """Return windows, whether a digit is in each, and which; those without one have no label."""
    import numpy as np

    random = np.random.default_rng([seed, 22])
    reach = pictures.shape[-1] - WINDOW
    near = np.repeat(boxes[:, :2], WITH, axis=0)
    near = np.clip(near + random.integers(-JITTER, JITTER + 1, near.shape), 0, reach)
    far = random.integers(0, reach + 1, (len(boxes) * WITHOUT, 2))
    away = np.repeat(boxes[:, :2], WITHOUT, axis=0)
    while (close := np.abs(far - away).max(axis=1) < APART).any():
        far[close] = random.integers(0, reach + 1, (int(close.sum()), 2))
    shown = np.concatenate([np.repeat(pictures, WITH, axis=0),
                            np.repeat(pictures, WITHOUT, axis=0)])  # fmt: skip
    found = np.array([DIGIT] * len(near) + [SCRAP] * len(far))
    which = np.concatenate([np.repeat(labels, WITH), np.full(len(far), "")])
    return windows_at(shown, np.concatenate([near, far])), found, which


class Chain(Record, Fitted, eq=False):
    """Two networks: where the digit is, and which it is."""

    finder: FittedNetwork
    reader: FittedNetwork

    @property
    def classes(self) -> tuple[str, ...]:
        """The ten digits."""
        return self.reader.classes

    @property
    def size_bytes(self) -> int:
        """Of both."""
        return self.finder.size_bytes + self.reader.size_bytes

    @property
    def notes(self) -> Mapping[str, int | float | str]:
        """The parameters of both."""
        parts = (self.finder, self.reader)
        return {"parameters": sum(int(x.notes["parameters"]) for x in parts)}

    def find(self, pictures: Pictures) -> Boxes:
        """Return the (N, 2) corners of the window that looks most like a digit."""
        import numpy as np

        column = self.finder.classes.index(DIGIT)
        best = []
        for start in range(0, len(pictures), AT_ONCE):
            # A window every two pixels is one every pixel of the halved picture.
            small = halved(pictures[start : start + AT_ONCE])[:, 0]
            shape = (WINDOW // STEP, WINDOW // STEP)
            seen = np.lib.stride_tricks.sliding_window_view(small, shape, axis=(1, 2))
            rows, high, wide = seen.shape[:3]
            scores = self.finder.predict_proba(seen.reshape(rows * high * wide, -1))[:, column]
            places = scores.reshape(rows, -1).argmax(axis=1)
            best.append(STEP * np.stack(np.divmod(places, wide), axis=1))
        return np.concatenate(best)

    def predict_proba(self, features: Pictures) -> NDArray[np.float64]:
        """Return (N, 10) probabilities of N pictures."""
        return self.reader.predict_proba(windows_at(features, self.find(features)))


def train_chain(
    pictures: Pictures, labels: NDArray[np.str_], boxes: Boxes, seed: int, epochs: int
) -> Chain:
    """Train both parts on windows of the same pictures."""
    from mlstrat.harness.networks.fit import fit_network, network_options

    options = network_options("dense", {"epochs": epochs, "width": 2})
    windows, found, which = training_windows(pictures, labels, boxes, seed)
    held = windows[:2], found[:2]  # no early stopping: nothing is decided by it
    finder = fit_network("dense", options, windows, found, *held, seed=seed)
    digits = found == DIGIT
    reader = fit_network("dense", options, windows[digits], which[digits],
                         windows[digits][:2], which[digits][:2], seed=seed)  # fmt: skip
    return Chain(finder, reader)


KIND = "end-to-end"
SIZES, SMALL_SIZES = (300, 1000, 3000), (200,)
HELD = {"dev": 400, "test": 200}
PARTS = ("find the digit", "read the digit")

SEEN, SMALL_SEEN = 15_000, 2_000
"""Examples that a network sees in training, at least."""

FEWEST_EPOCHS, SMALL_FEWEST = 10, 3


def plan_end_to_end(*, sizes: tuple[int, ...] = (), small: bool = False) -> Plan:
    """Return the plan: at each size one network, a chain, and the chain with the true box."""
    wanted = tuple(sorted(set(sizes))) or (SMALL_SIZES if small else SIZES)
    conditions, comparisons = [], []
    for n in wanted:
        for name, title in (("end-to-end", "one network, end to end"),
                            ("chain", "find the digit, then read it"),
                            ("true-box", "the true box, then read it")):  # fmt: skip
            conditions.append(
                Condition(f"{name}-{n}", title, trains(_reading, name, n, small), title, n,
                          settings={"n": n})
            )  # fmt: skip
        comparisons.append(Comparison(f"chain-{n}", f"end-to-end-{n}", "dev"))
    return Plan(
        KIND,
        None,
        "Handwritten digits among scraps of others, 40×40 pictures; dev and test are of other "
        "writers than train. End to end: a network in network on the picture at half its side. "
        "The chain: a dense network looks through windows of 16×16 for the digit, another reads "
        "the best one; the boxes to learn from come with the pictures",
        tuple(conditions),
        tuple(comparisons),
        mismatched=True,
        facts={"sizes": list(wanted)},
        learnt="parts",
    )


def _reading(way: str, n: int, small: bool, seed: int, _: Place) -> Task:
    import numpy as np

    from mlstrat.harness.datasets import Examples

    held = sum(HELD.values())
    drawn = _drawn(n, seed)
    rows = cut(np.arange(held + n), {**HELD, "train": n})
    splits = {split: rows[split] for split in ("train", *HELD)}
    ids = np.array([f"clutter-{seed}-{row:05d}" for row in range(held + n)])
    groups = np.char.add("digit-", drawn.digits.astype(str))
    seen, fewest = (SMALL_SEEN, SMALL_FEWEST) if small else (SEEN, FEWEST_EPOCHS)
    epochs = max(round(seen / n), fewest)
    features: Any = drawn.pictures
    model = Model("dense", {"width": 2, "epochs": epochs})

    def fit() -> Any:
        chain = _chain(n, seed, epochs)
        return chain.reader if way == "true-box" else chain

    if way == "end-to-end":
        features = halved(drawn.pictures)
        model = Model("nin", {"epochs": epochs, "batch_size": 32, "learning_rate": 0.003})
    elif way == "true-box":
        features = windows_at(drawn.pictures, drawn.boxes)
    examples = Examples(features, drawn.labels, ids=ids, groups=groups)
    return own_task(
        KIND, "digits in clutter", "dev and test of other writers than train", examples, splits,
        model, mismatched=True, notes={"way": way}, fit=None if way == "end-to-end" else fit,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _drawn(n: int, seed: int) -> Cluttered:
    """Draw the pictures; the three conditions of one size and seed have the same."""
    from mlstrat.harness.datasets.digit_pictures import draw_cluttered

    held = sum(HELD.values())
    return draw_cluttered(held + n, held, seed)


@lru_cache(maxsize=1)
def _chain(n: int, seed: int, epochs: int) -> Chain:
    """Train both parts; the chain with the true box is the same chain."""
    drawn, held = _drawn(n, seed), sum(HELD.values())
    return train_chain(drawn.pictures[held:], drawn.labels[held:], drawn.boxes[held:], seed, epochs)
