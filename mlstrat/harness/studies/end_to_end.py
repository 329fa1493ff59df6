"""`study end-to-end`: digits in clutter, read by one network, or found first and then read."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mlstrat.harness.recipes.recipe import Model
from mlstrat.harness.studies.own import cut, own_task, train_into
from mlstrat.harness.studies.plan import Comparison, Condition, Place, Plan, Train
from mlstrat.harness.train.fitted import Progress

if TYPE_CHECKING:
    from mlstrat.harness.datasets.digit_pictures import Cluttered
    from mlstrat.harness.studies.chains import Chain

KIND = "end-to-end"
SIZES, SMALL_SIZES = (300, 1000, 3000), (200,)
HELD = {"dev": 400, "test": 200}
PARTS = ("find the digit", "read the digit")

SEEN, SMALL_SEEN = 15_000, 2_000
"""Examples that a network sees in training, at least."""

FEWEST_EPOCHS, SMALL_FEWEST = 10, 3


def plan_end_to_end(*, sizes: tuple[int, ...] = (), small: bool = False) -> Plan:
    """Return the plan: at each size one network, a chain, and the chain with the true box.

    Parameters
    ----------
    sizes
        Numbers of training pictures, each with its label and its box.
    small
        Fewer, and shorter training.
    """
    wanted = tuple(sorted(set(sizes))) or (SMALL_SIZES if small else SIZES)
    conditions, comparisons = [], []
    for n in wanted:
        for name, title in (("end-to-end", "one network, end to end"),
                            ("chain", "find the digit, then read it"),
                            ("true-box", "the true box, then read it")):  # fmt: skip
            conditions.append(
                Condition(f"{name}-{n}", title, _trained(name, n, small=small), title, n,
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


def _epochs(n: int, *, small: bool) -> int:
    seen, fewest = (SMALL_SEEN, SMALL_FEWEST) if small else (SEEN, FEWEST_EPOCHS)
    return max(round(seen / n), fewest)


def _trained(way: str, n: int, *, small: bool) -> Train:
    def train_one(seed: int, place: Place, condition: str, progress: Progress) -> None:
        task, fit = _parts(way, n, seed, small=small)
        train_into(task, seed, place, condition, progress, fit=fit)

    return train_one


def _parts(way: str, n: int, seed: int, *, small: bool) -> tuple[Any, Any]:
    """Return what is trained, and what trains it where that is not one network."""
    import numpy as np

    from mlstrat.harness.datasets import Examples
    from mlstrat.harness.studies.chains import Reader, halved, windows_at

    held = sum(HELD.values())
    drawn = _drawn(n, seed)
    rows = cut(np.arange(held + n), {**HELD, "train": n})
    splits = {split: rows[split] for split in ("train", *HELD)}
    ids = np.array([f"clutter-{seed}-{row:05d}" for row in range(held + n)])
    groups = np.char.add("digit-", drawn.digits.astype(str))
    epochs = _epochs(n, small=small)

    features: Any = drawn.pictures
    model = Model("dense", {"width": 2, "epochs": epochs})

    def fit() -> Any:
        chain = _chain(n, seed, epochs)
        return Reader(chain.reader) if way == "true-box" else chain

    if way == "end-to-end":
        features = halved(drawn.pictures)
        model = Model("nin", {"epochs": epochs, "batch_size": 32, "learning_rate": 0.003})
    elif way == "true-box":
        features = windows_at(drawn.pictures, drawn.boxes)
    examples = Examples(features, drawn.labels, ids=ids, groups=groups)
    task = own_task(KIND, "digits in clutter", "dev and test of other writers than train",
                    examples, splits, model, mismatched=True,
                    notes={"way": way})  # fmt: skip
    return task, None if way == "end-to-end" else fit


@lru_cache(maxsize=1)
def _drawn(n: int, seed: int) -> Cluttered:
    """Draw the pictures; the three conditions of one size and seed have the same."""
    from mlstrat.harness.datasets.digit_pictures import draw_cluttered

    held = sum(HELD.values())
    return draw_cluttered(held + n, held, seed)


@lru_cache(maxsize=1)
def _chain(n: int, seed: int, epochs: int) -> Chain:
    """Train both parts; the chain with the true box is the same chain."""
    from mlstrat.harness.studies.chains import train_chain

    drawn, held = _drawn(n, seed), sum(HELD.values())
    return train_chain(drawn.pictures[held:], drawn.labels[held:], drawn.boxes[held:], seed, epochs)
