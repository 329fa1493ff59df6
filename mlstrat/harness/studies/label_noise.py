"""`study label-noise`: labels that are wrong at random, and as many that are wrong by a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlstrat.harness.recipes.recipe import READERS
from mlstrat.harness.studies.plan import (
    CUTS,
    PLANTED,
    Comparison,
    Condition,
    Place,
    Plan,
    Train,
    cut,
    digits,
    own_task,
    perceptron,
    train_into,
)
from mlstrat.harness.train.fitted import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KIND = "label-noise"
SHARES = (0.1, 0.2)
SIZES = {"train": 1000, "dev": 400, "test": 397}
SMALL_SIZES = {"train": 500, "dev": 400, "test": 397}
RULE = "those with the most ink are called the next digit"


def plan_label_noise(*, small: bool = False) -> Plan:
    """Return the plan: clean labels in train, then shares of wrong ones, random and systematic."""
    conditions = [Condition("clean", "clean labels", _trained("clean", 0.0, small=small))]
    comparisons = []
    for share in SHARES:
        percent = f"{100 * share:g}"
        for how, title in (("random", "at random"), ("systematic", "by a rule")):
            name = f"{how}-{percent}"
            conditions.append(
                Condition(name, f"{percent}% wrong {title}", _trained(how, share, small=small),
                          settings={"wrong": share, "how": how})
            )  # fmt: skip
            comparisons.append(Comparison(name, "clean", "dev"))
        comparisons.append(Comparison(f"systematic-{percent}", f"random-{percent}", "dev"))
    sizes = SMALL_SIZES if small else SIZES
    return Plan(
        KIND,
        None,
        f"8×8 pictures of handwritten digits, {sizes['train']:,} in train; labels of dev and test "
        f"are clean. At random: another digit, any. By a rule: {RULE}, as one device or one "
        f"annotator might",
        tuple(conditions),
        tuple(comparisons),
    )


def _trained(how: str, share: float, *, small: bool) -> Train:
    def train_one(seed: int, place: Place, condition: str, progress: Progress) -> None:
        import numpy as np

        from mlstrat.harness.datasets import Examples

        features, labels = digits()
        order = np.random.default_rng([seed, CUTS]).permutation(len(labels))
        splits = cut(order, SMALL_SIZES if small else SIZES)
        given = wrong_labels(features, labels, splits["train"], how, share, seed)
        examples = Examples(
            features, given, {"label_is": np.where(given == labels, "right", "wrong")}
        )
        task = own_task(KIND, "8×8 pictures of handwritten digits", "all rows shuffled", examples,
                        splits, perceptron(small=small), human=READERS,
                        notes={"wrong_labels": share, "how": how})  # fmt: skip
        train_into(task, seed, place, condition, progress)

    return train_one


def wrong_labels(
    features: NDArray[np.float64],
    labels: NDArray[np.str_],
    train: NDArray[np.intp],
    how: str,
    share: float,
    seed: int,
) -> NDArray[np.str_]:
    """Return the labels with a share of those of train made wrong.

    ``random``: any other digit; ``systematic``: the pictures with the most ink are called the
    next digit; ``clean``: none.
    """
    import numpy as np

    out = labels.copy()
    many = round(share * len(train))
    if how == "clean" or not many:
        return out
    random = np.random.default_rng([seed, PLANTED])
    if how == "random":
        rows = random.choice(train, many, replace=False)
        step = random.integers(1, 10, many)
    else:
        ink = features[train].mean(axis=1)
        rows, step = train[np.argsort(-ink, kind="stable")[:many]], np.ones(many, dtype=int)
    out[rows] = ((labels[rows].astype(int) + step) % 10).astype(str)
    return out
