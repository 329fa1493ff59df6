"""`study transfer`: letters are task A, handwritten digits task B, over sizes of B."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlstrat.errors import UsageError
from mlstrat.harness.recipes.recipe import READERS, Dataset, Model, SplitDesign
from mlstrat.harness.studies.plan import (
    CUTS,
    Comparison,
    Condition,
    Place,
    Plan,
    cut,
    own_task,
    trains,
)

if TYPE_CHECKING:
    from mlstrat.harness.train.task import Task

KIND = "transfer"
TASK_A = "task-a"
LETTERS, SMALL_LETTERS = 4000, 800
SIZES, SMALL_SIZES = (30, 100, 300, 1000), (30, 100)
HELD = {"dev": 350, "test": 350}
DIGITS = Dataset("digit_pictures", "handwritten digits at 32×32", 1797, options={"side": 32})

SEEN, SMALL_SEEN = 12_000, 2_400
"""Examples that a network sees in training, whatever their number: few are shown more often."""

EPOCHS, SMALL_EPOCHS = (5, 300), (5, 40)
"""Fewest and most."""

WAYS = {
    "scratch": ("from scratch", {}),
    "frozen": ("a new last layer", {"freeze": "all"}),
    "last": ("the last layers", {"freeze": "last"}),
    "fine-tuned": ("fine-tuned", {"freeze": "none"}),
}  # fmt: skip
"""Name of a condition: its title, and what of the network of task A stays as it is."""


def plan_transfer(*, sizes: tuple[int, ...] = (), small: bool = False) -> Plan:
    """Return the plan: task A once a seed, then task B from scratch and with A's weights."""
    wanted = tuple(sorted(set(sizes))) or (SMALL_SIZES if small else SIZES)
    left = DIGITS.rows - sum(HELD.values())
    if wanted[-1] > left:
        raise UsageError(
            f"--sizes has {wanted[-1]:,}", accepted=f"at most {left:,} digits for train"
        )
    letters = SMALL_LETTERS if small else LETTERS
    conditions = [
        Condition(
            TASK_A,
            "task A, letters",
            trains(_task_a, letters, small, weights=True),
            shown=False,
        )
    ]
    comparisons = []
    for n in wanted:
        for way, (title, _) in WAYS.items():
            conditions.append(
                Condition(f"{way}-{n}", title, trains(_task_b, way, n, small), title, n,
                          settings={"n": n, **WAYS[way][1]})
            )  # fmt: skip
            if way != "scratch":
                comparisons.append(Comparison(f"{way}-{n}", f"scratch-{n}", "dev"))
    return Plan(
        KIND,
        None,
        f"Task A: {letters:,} letters of twelve fonts, 26 classes. Task B: handwritten digits, "
        f"{', '.join(f'{n:,}' for n in wanted)} of them. Both are 32×32 grey pictures; the "
        "network is LeNet-5",
        tuple(conditions),
        tuple(comparisons),
        facts={"examples": {"a": letters, "b": list(wanted)}},
        learnt="conditions",
    )


def _options(n: int, *, small: bool) -> dict[str, int | str]:
    fewest, most = SMALL_EPOCHS if small else EPOCHS
    seen = SMALL_SEEN if small else SEEN
    return {"epochs": min(max(round(seen / n), fewest), most), "batch_size": 32}


def _task_a(letters: int, small: bool, seed: int, _: Place) -> Task:
    from mlstrat.harness.datasets import load_examples
    from mlstrat.harness.train.task import make_splits

    sizes = (letters, 100, 300, 100)
    dataset = Dataset("glyphs", "letters in twelve fonts", sum(sizes), generated=True)
    examples = load_examples(dataset, seed)
    splits = make_splits(SplitDesign(sizes), seed, growing=True)
    model = Model("lenet5", {"epochs": 2 if small else 8})
    return own_task(KIND, dataset.title, "all independent draws", examples, splits, model)


def _task_b(way: str, n: int, small: bool, seed: int, place: Place) -> Task:
    import numpy as np

    from mlstrat.harness.datasets import load_examples

    examples = load_examples(DIGITS, seed)
    order = np.random.default_rng([seed, CUTS]).permutation(len(examples))
    cuts = cut(order, {**HELD, "train": n})
    splits = {split: cuts[split] for split in ("train", *HELD)}
    options = _options(n, small=small)
    if way != "scratch":
        options |= {"init_from": str(place.of(TASK_A, seed)), **WAYS[way][1]}
    return own_task(KIND, DIGITS.title, "all rows shuffled", examples, splits,
                    Model("lenet5", options), human=READERS)  # fmt: skip
