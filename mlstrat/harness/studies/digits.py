"""`study label-noise`, `mismatch` and `synthesis`: the digits of scikit-learn, and no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlstrat.harness.recipes.recipe import READERS, Model
from mlstrat.harness.studies.plan import (
    CUTS,
    PLANTED,
    Comparison,
    Condition,
    Place,
    Plan,
    Rows,
    cut,
    own_task,
    trains,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlstrat.harness.train.task import Task

DIGITS = "8×8 pictures of handwritten digits"


def perceptron(alpha: float, iterations: int, *, small: bool) -> Model:
    """Return the model of the studies on digits."""
    quick = {"batch_size": 50, "learning_rate_init": 0.003} if small else {}
    return Model("mlp", {"hidden_layer_sizes": (32 if small else 64,), "alpha": alpha,
                         "max_iter": 40 if small else iterations, **quick})  # fmt: skip


def digits() -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """Return the 1,797 digits of scikit-learn in the order of their file, and their labels."""
    from mlstrat.harness.datasets import load_examples
    from mlstrat.harness.recipes import tables

    examples = load_examples(tables.DIGITS, 0)
    return examples.features, examples.labels


SHARES = (0.1, 0.2)
LABELLED = {"train": 1000, "dev": 400, "test": 397}
SMALL_LABELLED = {"train": 500, "dev": 400, "test": 397}
RULE = "those with the most ink are called the next digit"


def plan_label_noise(*, small: bool = False) -> Plan:
    """Return the plan: clean labels in train, then shares of wrong ones, random and systematic."""
    conditions = [Condition("clean", "clean labels", trains(_noisy, "clean", 0.0, small))]
    comparisons = []
    for share in SHARES:
        percent = f"{100 * share:g}"
        for how, title in (("random", "at random"), ("systematic", "by a rule")):
            name = f"{how}-{percent}"
            conditions.append(
                Condition(name, f"{percent}% wrong {title}", trains(_noisy, how, share, small),
                          settings={"wrong": share, "how": how})
            )  # fmt: skip
            comparisons.append(Comparison(name, "clean", "dev"))
        comparisons.append(Comparison(f"systematic-{percent}", f"random-{percent}", "dev"))
    sizes = SMALL_LABELLED if small else LABELLED
    return Plan(
        "label-noise",
        None,
        f"{DIGITS}, {sizes['train']:,} in train; labels of dev and test "
        f"are clean. At random: another digit, any. By a rule: {RULE}, as one device or one "
        f"annotator might",
        tuple(conditions),
        tuple(comparisons),
    )


def _noisy(how: str, share: float, small: bool, seed: int, _: Place) -> Task:
    import numpy as np

    from mlstrat.harness.datasets import Examples

    features, labels = digits()
    order = np.random.default_rng([seed, CUTS]).permutation(len(labels))
    splits = cut(order, SMALL_LABELLED if small else LABELLED)
    given = wrong_labels(features, labels, splits["train"], how, share, seed)
    examples = Examples(features, given, {"label_is": np.where(given == labels, "right", "wrong")})
    return own_task(
        "label-noise", DIGITS, "all rows shuffled", examples, splits,
        perceptron(0.1, 100, small=small), human=READERS,
        notes={"wrong_labels": share, "how": how},
    )  # fmt: skip


def wrong_labels(
    features: NDArray[np.float64], labels: NDArray[np.str_], train: NDArray[np.intp], how: str,
    share: float, seed: int,
) -> NDArray[np.str_]:  # fmt: skip
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


FIRST = 1200
"""Rows of the file of digits that are of the other source; the writers of the rest are others."""

OTHER, SMALL_OTHER = 1000, 600
"""Examples of the other source in train."""

HELD, ADDED = 190, 200
"""Examples of dev, of test and of train-dev; examples of the target that may be in train."""

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
        Condition(name, title, trains(_of_two, name, small),
                  settings={"other": 0 if name == "target" else other,
                            "target": 0 if name == "other" else ADDED,
                            "target_weight": _weight(other) if name == "weighted" else 1})
        for name, title in WAYS.items()
    )  # fmt: skip
    return Plan(
        "mismatch",
        None,
        f"{DIGITS}; the target are the writers at the end of the file, "
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


def _of_two(way: str, small: bool, seed: int, _: Place) -> Task:
    import numpy as np

    from mlstrat.harness.datasets import Examples

    features, labels = digits()
    sources = np.where(np.arange(len(labels)) < FIRST, "other", "target")
    other = SMALL_OTHER if small else OTHER
    splits = make_rows(way, other, seed)
    repeated, train = None, splits["train"]
    if way == "weighted":
        repeated = np.repeat(train, np.where(train >= FIRST, _weight(other), 1))
    return own_task(
        "mismatch", DIGITS, WAYS[way], Examples(features, labels, sources=sources), splits,
        perceptron(1.0, 300, small=small),  # regularised so that little is left of variance
        repeated=repeated, human=READERS, mismatched=way != "shuffled",
    )  # fmt: skip


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


SOURCES = (5, 50, 5000)
LOUD = 0.5
"""Standard deviation of the noise; black to white is 1."""

COPIES, SMALL_COPIES = 6, 3
"""Noisy copies of each clean example of train, each with a source of its own choice."""

CLEAN = {"train": 900, "train-dev": 300, "dev": 300, "test": 297}
SMALL_CLEAN = {"train": 600, "train-dev": 300, "dev": 300, "test": 297}


def plan_synthesis(*, small: bool = False) -> Plan:
    """Return the plan: train and train-dev with noise of K sources, dev and test of new ones."""
    sizes, copies = (SMALL_CLEAN, SMALL_COPIES) if small else (CLEAN, COPIES)
    amounts = {"clean": sizes["train"], "copies": copies}
    conditions = tuple(
        Condition(f"sources-{many}", f"{many:,} sources of noise", trains(_with_noise, many, small),
                  settings={"sources": many, **amounts})
        for many in SOURCES
    )  # fmt: skip
    most = conditions[-1].name
    return Plan(
        "synthesis",
        None,
        f"{DIGITS}, {sizes['train']} clean ones for train, each "
        f"{copies} times with noise laid over it; dev and test have noise of sources that nobody "
        "has heard, train-dev that of the sources of train",
        conditions,
        tuple(Comparison(x.name, most, quantity) for x in conditions[:-1]
              for quantity in ("data_mismatch", "dev", "train-dev")),
        mismatched=True,
        facts={"amounts": [{"sources": many, **amounts} for many in SOURCES]},
        learnt="reuse",
    )  # fmt: skip


def _with_noise(many: int, small: bool, seed: int, _: Place) -> Task:
    import numpy as np

    from mlstrat.harness.datasets import Examples

    sizes, copies = (SMALL_CLEAN, SMALL_COPIES) if small else (CLEAN, COPIES)
    features, labels = digits()
    random = np.random.default_rng([seed, CUTS])
    clean = cut(random.permutation(len(labels)), sizes)
    rows = {**clean, "train": np.repeat(clean["train"], copies)}
    noise = np.random.default_rng([seed, PLANTED])
    heard = noise.normal(0.0, LOUD, (max(SOURCES), features.shape[1]))[:many]
    parts, source = [], []
    for split, chosen in rows.items():
        fresh = split in ("dev", "test")
        whose = np.arange(len(chosen)) if fresh else noise.integers(many, size=len(chosen))
        shape = (len(chosen), features.shape[1])
        parts.append(features[chosen] + (noise.normal(0.0, LOUD, shape) if fresh else heard[whose]))
        source.append(np.full(len(chosen), "new" if fresh else f"{many} sources"))
    every = np.concatenate(list(rows.values()))
    examples = Examples(
        np.concatenate(parts), labels[every], sources=np.concatenate(source),
        ids=_ids(every), groups=np.array([f"digit-{row:04d}" for row in every]),
    )  # fmt: skip
    splits = cut(np.arange(len(every)), {split: len(x) for split, x in rows.items()})
    return own_task(
        "synthesis", "digits with noise laid over them", f"train with noise of {many:,} sources",
        examples, splits, perceptron(0.1, 100, small=small), mismatched=True,
        notes={"sources": many, "clean": sizes["train"], "copies": copies},
    )  # fmt: skip


def _ids(rows: NDArray[np.intp]) -> NDArray[np.str_]:
    """Name each copy of an example: the digit, and which copy it is."""
    import numpy as np

    seen: dict[int, int] = {}
    names = []
    for row in rows.tolist():
        seen[row] = seen.get(row, -1) + 1
        names.append(f"digit-{row:04d}-{seen[row]}")
    return np.array(names)
