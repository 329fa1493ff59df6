"""The examples of each split of a recipe, drawn one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from mlstrat.errors import UsageError
from mlstrat.harness.recipes.recipe import SPLITS, Recipe

if TYPE_CHECKING:
    import numpy as np

X = TypeVar("X")

STREAM = 70
"""Of random numbers: a split each from here, and those of the target in train after them."""


@dataclass(frozen=True)
class Drawn(Generic[X]):
    """What was drawn: the examples of each split, and those that are trained on.

    The latter are those of train, examples of the target as often as they count.
    """

    splits: dict[str, Sequence[X]]
    trained: Sequence[X]

    def ids(self, name: str) -> dict[str, list[str]]:
        """Return the ids of the examples of each split.

        Examples
        --------
        >>> Drawn({"dev": ["a", "b"]}, []).ids("words")
        {'dev': ['words-dev-0000', 'words-dev-0001']}
        """
        return {
            split: [f"{name}-{split}-{i:04d}" for i in range(len(rows))]
            for split, rows in self.splits.items()
        }


def drawn(
    recipe: Recipe,
    seed: int,
    draw: Callable[[np.random.Generator, bool], X],
) -> Drawn[X]:
    """Draw the examples of a recipe; the first ones stay the same when more are asked for.

    Every split has a stream of its own.
    """
    import numpy as np

    design = recipe.splits
    sizes = dict(zip(SPLITS, design.sizes, strict=True))
    if design.target_in_train > sizes["train"]:
        raise UsageError(
            f"--target-in-train is {design.target_in_train:,}",
            accepted=f"a whole number, 0 to {sizes['train']:,}: so many examples train has",
        )
    held = design.target_in_train * sizes["train-dev"] // max(sizes["train"], 1)
    added = {"train": design.target_in_train, "train-dev": held}  # of the mixture of train
    splits: dict[str, Sequence[X]] = {}
    extra: list[X] = []
    for number, (split, rows) in enumerate(sizes.items()):
        if not rows:
            continue
        random = np.random.default_rng([seed, STREAM + number])
        mixed = min(added.get(split, 0), rows)
        target = design.mismatched and split in ("dev", "test")
        own = [draw(random, target) for _ in range(rows - mixed)]
        random = np.random.default_rng([seed, STREAM + len(SPLITS) + number])
        others = [draw(random, True) for _ in range(mixed)]
        splits[split] = [*own, *others]
        if split == "train":
            extra = others * (design.target_weight - 1)
    return Drawn(splits, [*splits["train"], *extra])
