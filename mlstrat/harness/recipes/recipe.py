"""What there is to train: the parts of a recipe, the one table of all, what a trained model can do.

The rows stand by family in `recipes.tables`, `pictures`, `sequences` and `tasks`; ``train --list``
and the documentation are made from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mlstrat.core.record import Record
from mlstrat.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SPLITS = ("train", "train-dev", "dev", "test")
"""The splits of a run, in the order of the ladder and of the rows of ``run.csv``."""

Option = int | float | str | tuple[int, ...] | tuple[str, ...]
Sizes = tuple[int, int, int, int]
WITHOUT_FOCUS = ("small", "undetermined", "insufficient")

FAMILIES = ("tables", "pictures", "sequences", "tasks")
"""The modules that hold the rows, each in its ``RECIPES``."""


class Dataset(Record):
    """Examples, and the question asked of them."""

    name: str
    """The loader, a key of :data:`mlstrat.harness.datasets.LOADERS`; also begins every id."""
    title: str
    rows: int
    positive: str | None = None
    """The positive class, where there are two."""
    flipped: float = 0.0
    """Share of labels turned around at random, by the seed: irreducible error by construction."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What else the loader takes."""
    generated: bool = False
    """True: the loader draws as many rows as asked for, and the first ones stay the same when
    more are asked for. So train can be larger than the recipe has it."""


class SplitDesign(Record):
    """How many rows each split gets, and whether dev and test have another source than train."""

    sizes: Sizes
    """Rows of train, train-dev, dev and test. Train-dev may have none where the rows are shuffled:
    it is for a dev set that is unlike train (C3W2)."""
    target: str | None = None
    """The source (of ``Examples.sources``) that dev and test are drawn from, and train is not."""
    target_in_train: int = 0
    """Rows of train that are of the target all the same."""
    target_weight: int = 1
    """How many times each target row of train counts in training."""

    @property
    def mismatched(self) -> bool:
        """Whether dev and test are of another distribution than train."""
        return self.target is not None

    @property
    def title(self) -> str:
        """The design in words."""
        if self.target is not None:
            text = f"dev and test of {self.target!r}, train and train-dev of the rest"
            if not self.target_in_train:
                return text
            text += f" and {self.target_in_train} of {self.target!r}"
            return text if self.target_weight == 1 else f"{text}, each {self.target_weight} times"
        return "all rows shuffled"


class Model(Record):
    """One architecture, of `recipes.models` or of `networks`, with its options."""

    architecture: str
    options: Mapping[str, Option] = field(default_factory=dict)
    candidates: int = 1
    """How many are trained, by seed; of several the first with the lowest dev error is kept."""


class HumanLevel(Record):
    """The human level that the config carries, as a fraction, and where it comes from."""

    error: float
    source: str
    known: bool = False
    """True only where the error that no classifier can avoid is known by construction."""


# 0 is the lowest that a human level can be, so avoidable bias is at most what the run shows.
READERS = HumanLevel(
    0.0,
    "assumed: people read such characters almost without error; not measured on these pictures",
)
"""Of pictures of digits and letters."""


class Small(Record):
    """What the variant for CI, of at most ten seconds, has otherwise; None: as the recipe."""

    sizes: Sizes | None = None
    options: Mapping[str, Option] = field(default_factory=dict)
    """Of the model, over those of the recipe."""
    dataset: Mapping[str, Any] = field(default_factory=dict)
    """Of the dataset, over those of the recipe."""


class Recipe(Record):
    """Dataset × splits × model × options, and the disease that ``diagnose`` must find in them."""

    name: str
    question: str
    shows: str
    """What the recipe plants or exposes, in words."""
    dataset: Dataset
    splits: SplitDesign
    model: Model
    finds: str
    """What ``diagnose`` must say: the gap to work on, else the verdict that names none."""
    human: HumanLevel | None = None
    """None: what the dataset itself knows (``Examples.human``); where that is None too it is not
    known, and ``diagnose`` must bound avoidable bias."""
    tolerance: float = 0.01
    probabilities: bool = True
    """False where ten columns of them would be two thirds of the file."""
    small: Small | None = None
    """None: the recipe itself ends within ten seconds."""
    task: str = "classification"
    """What is predicted: the run of another task is a folder with its card."""

    @property
    def expected_verdict(self) -> str:
        """The verdict that ``diagnose`` must reach."""
        return self.finds if self.finds in WITHOUT_FOCUS else "focus"

    @property
    def expected_focus(self) -> tuple[str, ...]:
        """The gap that it must name."""
        return () if self.finds in WITHOUT_FOCUS else (self.finds,)

    @property
    def classifies(self) -> bool:
        """Whether each example gets one label, so that the run is one table."""
        return self.task == "classification"

    def smaller(self) -> Recipe:
        """Return the variant for CI."""
        if self.small is None:
            return self
        sizes = self.small.sizes or self.splits.sizes
        rows = self.dataset.rows + sum(sizes) - sum(self.splits.sizes)
        options = {**self.dataset.options, **self.small.dataset}
        model = replace(self.model, options={**self.model.options, **self.small.options})
        return replace(
            self, dataset=replace(self.dataset, rows=rows, options=options), model=model,
            splits=replace(self.splits, sizes=sizes), small=None,
        )  # fmt: skip


SHARES = {"data_mismatch": 20, "wine": 20, "healthy": 20}
"""Of twenty seeds, those in which `diagnose` finds in a recipe what it shows, and nothing else."""


def list_recipes() -> tuple[Recipe, ...]:
    """All recipes, in the order of the table."""
    # The rows are made of the types above, so they cannot be there before these are.
    families = (import_module(f"mlstrat.harness.recipes.{name}") for name in FAMILIES)
    return tuple(recipe for family in families for recipe in family.RECIPES)


def find_recipe(name: str) -> Recipe:
    """Return the recipe of this name."""
    by_name = {recipe.name: recipe for recipe in list_recipes()}
    if name in by_name:
        return by_name[name]
    raise UsageError(
        f"no recipe {name!r}",
        accepted=", ".join(by_name),
        hint=did_you_mean(name, by_name) or "`mlstrat train --list` describes all",
    )


Note = int | float | str


class Fitted(Protocol):
    """A trained model."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The K names of the classes, as the columns of probabilities; none: it tells a number."""
        ...

    @property
    def size_bytes(self) -> int:
        """Bytes of the arrays that prediction needs."""
        ...

    @property
    def notes(self) -> Mapping[str, Note]:
        """What the run's config says besides: epochs, multiply-adds, the cost of an ensemble."""
        ...

    def predict_proba(self, features: Any) -> NDArray[np.float64]:
        """Return (N, K) probabilities of N examples; (N, 1) numbers where there are no classes."""
        ...

    def save(self, folder: Path) -> None:  # noqa: ARG002
        """Write the weights into a folder that is there, never as pickle."""
        raise TypeError("several models of a study are not stored")


Progress = Callable[[str], None]


def silent(_: str) -> None:
    """Stand in where nobody wants to hear of progress."""
