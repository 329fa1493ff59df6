"""`study mismatch`: two sources, of which one alone is the target; what to train on?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlstrat.harness.recipes.recipe import READERS, Model
from mlstrat.harness.studies.plan import (
    CUTS,
    Comparison,
    Condition,
    Place,
    Plan,
    Rows,
    Train,
    digits,
    own_task,
    train_into,
)
from mlstrat.harness.train.fitted import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KIND = "mismatch"
FIRST = 1200
"""Rows of the file of digits that are of the other source; the writers of the rest are others."""

OTHER, SMALL_OTHER = 1000, 600
"""Examples of the other source in train."""

HELD, ADDED = 190, 200
"""Examples of dev, of test and of train-dev; examples of the target that may be in train."""

# Strong regularisation, so that little is left of variance.
MODEL = Model("mlp", {"hidden_layer_sizes": (64,), "alpha": 1.0, "max_iter": 300})
SMALL_MODEL = Model(
    "mlp",
    {"hidden_layer_sizes": (32,), "alpha": 1.0, "max_iter": 40, "batch_size": 50,
     "learning_rate_init": 0.003},
)  # fmt: skip

WAYS = {
    "other": "the other source alone",
    "target": "the target alone",
    "shuffled": "all shuffled, dev too",
    "added": "target examples added",
    "weighted": "target added, weighted",
}
"""What is trained on; in ``shuffled`` dev and test are of both sources."""


def plan_mismatch(*, small: bool = False) -> Plan:
    """Return the plan: dev and test of the target, and five ways to fill train."""
    other = SMALL_OTHER if small else OTHER
    conditions = tuple(
        Condition(name, title, _trained(name, small=small),
                  settings={"other": 0 if name == "target" else other,
                            "target": 0 if name == "other" else ADDED,
                            "target_weight": _weight(other) if name == "weighted" else 1})
        for name, title in WAYS.items()
    )  # fmt: skip
    return Plan(
        KIND,
        None,
        f"8×8 pictures of handwritten digits; the target are the writers at the end of the file, "
        f"of whom {ADDED} examples can be trained on, the other source those before, {other:,} "
        f"examples. Dev and test are {HELD} examples of the target each; where all is shuffled, "
        "of both",
        conditions,
        (
            *(Comparison(name, "other", "dev") for name in ("added", "weighted", "target")),
            Comparison("weighted", "added", "dev"),
            Comparison("shuffled", "added", "dev"),
        ),
        mismatched=True,
        learnt="weights",
    )


def _weight(other: int) -> int:
    """Return how often each target example is repeated, so that both sources weigh as much."""
    return max(1, round(other / ADDED))


def _trained(way: str, *, small: bool) -> Train:
    def train_one(seed: int, place: Place, condition: str, progress: Progress) -> None:
        import numpy as np

        from mlstrat.harness.datasets import Examples

        features, labels = digits()
        sources = np.where(np.arange(len(labels)) < FIRST, "other", "target")
        splits = make_rows(way, SMALL_OTHER if small else OTHER, seed)
        repeated = None
        if way == "weighted":
            train = splits["train"]
            times = np.where(train >= FIRST, _weight(SMALL_OTHER if small else OTHER), 1)
            repeated = np.repeat(train, times)
        task = own_task(
            KIND, "8×8 pictures of handwritten digits", WAYS[way],
            Examples(features, labels, sources=sources), splits, SMALL_MODEL if small else MODEL,
            repeated=repeated, human=READERS, mismatched=way != "shuffled",
        )  # fmt: skip
        train_into(task, seed, place, condition, progress)

    return train_one


def make_rows(way: str, other: int, seed: int) -> Rows:
    """Return the rows of each split; dev and test are the same in all ways but ``shuffled``."""
    import numpy as np

    random = np.random.default_rng([seed, CUTS])
    theirs = random.permutation(FIRST)
    ours = FIRST + random.permutation(1797 - FIRST)
    dev, test, mine = np.split(ours, [HELD, 2 * HELD])
    mine, held = mine[:ADDED], theirs[other : other + HELD]
    train: dict[str, list[NDArray[np.intp]]] = {
        "other": [theirs[:other]],
        "target": [mine],
        "added": [theirs[:other], mine],
        "weighted": [theirs[:other], mine],
    }
    if way == "shuffled":
        return _shuffled(random, np.concatenate([theirs[:other], held, mine, dev, test]))
    splits = {"train": np.concatenate(train[way]), "train-dev": held, "dev": dev, "test": test}
    if way == "target":
        del splits["train-dev"]  # held out of train's own source there is dev
    return {split: np.sort(rows) for split, rows in splits.items()}


def _shuffled(random: np.random.Generator, rows: NDArray[np.intp]) -> Rows:
    """Return dev and test of all sources, as many as there are of the target."""
    import numpy as np

    dev, test, train = np.split(random.permutation(rows), [HELD, 2 * HELD])
    return {"train": np.sort(train), "dev": np.sort(dev), "test": np.sort(test)}
