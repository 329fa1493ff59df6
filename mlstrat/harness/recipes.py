"""What there is to train: every recipe in one table, from which ``train --list`` is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mlstrat.errors import UsageError

SPLITS = ("train", "train-dev", "dev", "test")
"""The splits of every run, in the order of the ladder and of the rows of ``run.csv``."""

Option = int | float | str | tuple[int, ...]


@dataclass(frozen=True)
class Dataset:
    """Examples that scikit-learn ships, and the question asked of them."""

    name: str
    """The loader in :mod:`mlstrat.harness.data`; also the first part of every id."""
    title: str
    rows: int
    positive: str | None = None
    """The positive class, where there are two."""
    flipped: float = 0.0
    """Share of labels turned around at random, by the seed: irreducible error by construction."""


@dataclass(frozen=True)
class SplitDesign:
    """How many rows each split gets, and whether dev and test have another source than train."""

    sizes: tuple[int, int, int, int]
    """Rows of train, train-dev, dev and test; together all rows of the dataset."""
    file_order: bool = False
    """True: train and train-dev are the first rows of the file, dev and test the last ones."""

    @property
    def title(self) -> str:
        """The design in words."""
        if not self.file_order:
            return "all rows shuffled"
        first = self.sizes[0] + self.sizes[1]
        return f"train and train-dev from the first {first} rows, dev and test from the rest"


@dataclass(frozen=True)
class Model:
    """One architecture of :mod:`mlstrat.harness.models` with its options."""

    architecture: str
    options: Mapping[str, Option] = field(default_factory=dict)
    candidates: int = 1
    """How many are trained, by seed; of several the first with the lowest dev error is kept."""


@dataclass(frozen=True)
class HumanLevel:
    """The human level that the config carries, as a fraction, and where it comes from."""

    error: float
    source: str
    known: bool = False
    """True only where the error that no classifier can avoid is known by construction."""


@dataclass(frozen=True)
class Recipe:
    """Dataset × splits × model × options, and the disease that ``diagnose`` must find in them."""

    name: str
    question: str
    shows: str
    """What the recipe plants or exposes, in words."""
    dataset: Dataset
    splits: SplitDesign
    model: Model
    expected_verdict: Literal["focus", "small", "undetermined", "insufficient"]
    expected_focus: tuple[str, ...]
    human: HumanLevel | None = None
    """None: not known, and ``diagnose`` must bound avoidable bias."""
    tolerance: float = 0.01
    probabilities: bool = True
    """False where ten columns of them would be two thirds of the file."""


DIGITS = Dataset("digits", "8×8 pictures of handwritten digits", rows=1797)
NOISY_PARITY = Dataset(
    "digits_parity",
    "digits, odd or even, with 40 % of the labels flipped",
    rows=1797,
    positive="odd",
    flipped=0.4,
)
BREAST_CANCER = Dataset(
    "breast_cancer", "Wisconsin breast cancer, 30 measurements", rows=569, positive="malignant"
)
WINE = Dataset("wine", "wine of three cultivars, 13 measurements", rows=178)

# 0 is the lowest that a human level can be, so avoidable bias is at most what the run shows.
READERS = HumanLevel(
    0.0,
    "assumed: people read such digits almost without error; not measured on these pictures",
)

RECIPES: tuple[Recipe, ...] = (
    Recipe(
        name="avoidable_bias",
        question="The model is too small even for its training set: is that what comes out?",
        shows="avoidable bias: a tree of depth 3 has at most 8 leaves for 10 digits",
        dataset=DIGITS,
        splits=SplitDesign((900, 300, 300, 297)),
        model=Model("decision_tree", {"max_depth": 3}),
        human=READERS,
        expected_verdict="focus",
        expected_focus=("avoidable_bias",),
        probabilities=False,
    ),
    Recipe(
        name="variance",
        question="The model learns its few training examples by heart: what about held-out ones?",
        shows="variance: a tree grown until every leaf is pure, on 300 examples",
        dataset=DIGITS,
        splits=SplitDesign((300, 499, 499, 499)),
        model=Model("decision_tree"),
        human=READERS,
        expected_verdict="focus",
        expected_focus=("variance",),
    ),
    Recipe(
        name="data_mismatch",
        question="The writers of dev and test are not those of train: does it matter?",
        shows="data mismatch: the writers change along the file of digits",
        dataset=DIGITS,
        splits=SplitDesign((900, 300, 298, 299), file_order=True),
        model=Model("mlp", {"hidden_layer_sizes": (64,), "alpha": 1.0, "max_iter": 1000}),
        human=READERS,
        expected_verdict="focus",
        expected_focus=("data_mismatch",),
        probabilities=False,
    ),
    Recipe(
        name="dev_overfit",
        question="The best of 1,000 models on 30 dev examples: is it as good as it looks?",
        shows="overfitting to dev: the best of 1,000 random trees on 30 dev examples",
        dataset=NOISY_PARITY,
        splits=SplitDesign((800, 400, 30, 567)),
        # Shallow trees with one random question a node err nearly alike, hardly above the noise
        # that was planted, and disagree from seed to seed: what remains to choose by is luck.
        # Balanced, because a tree that always gives the same answer disagrees with nobody.
        model=Model(
            "random_tree",
            {"max_depth": 3, "max_features": 1, "class_weight": "balanced"},
            candidates=1000,
        ),
        human=HumanLevel(
            NOISY_PARITY.flipped,
            "by construction: 40 % of the labels were flipped at random, which nobody can predict",
            known=True,
        ),
        expected_verdict="focus",
        expected_focus=("dev_overfit",),
    ),
    Recipe(
        name="breast_cancer",
        question="No human level is known: can the run tell what to work on?",
        shows="what a missing human level leaves open: training error above every other gap",
        dataset=BREAST_CANCER,
        splits=SplitDesign((209, 120, 120, 120)),
        # This solver needs no optimiser of SciPy, whose options come and go between versions.
        model=Model("logistic_regression", {"C": 0.01, "solver": "newton-cholesky"}),
        expected_verdict="insufficient",
        expected_focus=(),
    ),
    Recipe(
        name="wine",
        question="No human level is known, but training error is 0: is it needed?",
        shows="variance that needs no human level: one nearest neighbour, features not scaled",
        dataset=WINE,
        splits=SplitDesign((58, 40, 40, 40)),
        model=Model("nearest_neighbours", {"n_neighbors": 1}),
        expected_verdict="focus",
        expected_focus=("variance",),
    ),
)


def list_recipes() -> tuple[Recipe, ...]:
    """All recipes, in the order of the table.

    Examples
    --------
    >>> [recipe.name for recipe in list_recipes()][:3]
    ['avoidable_bias', 'variance', 'data_mismatch']
    """
    return RECIPES


def find_recipe(name: str) -> Recipe:
    """Return the recipe of this name.

    Raises
    ------
    UsageError
        No such recipe; names the nearest ones and lists all.

    Examples
    --------
    >>> find_recipe("wine").model.architecture
    'nearest_neighbours'
    """
    by_name = {recipe.name: recipe for recipe in RECIPES}
    if name in by_name:
        return by_name[name]
    import difflib

    folded = name.casefold().replace("-", "_")
    nearest = difflib.get_close_matches(folded, by_name, n=1, cutoff=0.5)
    raise UsageError(
        f"no recipe {name!r}",
        accepted=", ".join(by_name),
        hint=f"did you mean {nearest[0]!r}?" if nearest else "`mlstrat train --list` describes all",
    )
