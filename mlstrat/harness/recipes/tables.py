"""Recipes on tables, which need no torch: measurements, tiny pictures as numbers, drawn points."""

from __future__ import annotations

from dataclasses import replace

from mlstrat.harness.recipes.recipe import READERS, Dataset, HumanLevel, Model, Recipe, SplitDesign

DIGITS = Dataset("digits", "8×8 pictures of handwritten digits", rows=1797)
NOISY_PARITY = Dataset(
    "digits_parity",
    "digits, odd or even, with 40% of the labels flipped",
    rows=1797,
    positive="odd",
    flipped=0.4,
)
BREAST_CANCER = Dataset(
    "breast_cancer", "Wisconsin breast cancer, 30 measurements", rows=569, positive="malignant"
)
WINE = Dataset(
    "wine",
    "wine of three cultivars, 13 measurements simulated from 178 bottles",
    rows=658,
    generated=True,
)
STROKES = Dataset(
    "strokes",
    "8×8 pictures of digits, simulated handwriting: neat on forms, hasty in notes",
    rows=5200,
    generated=True,
    options={"notes": 3100},
)

CIRCLE = Dataset(
    "circle",
    "points of a square, in a circle or outside, with 2% of the labels flipped",
    rows=9000,
    positive="inside",
    flipped=0.02,
    generated=True,
)
CROWD_SYSTEMATIC = replace(
    CIRCLE,
    title="points of a square; a crowd labels train and calls a quarter of the circle outside",
    rows=11_000,
    options={"experts": 5000, "crowd": "systematic"},
)
CROWD_RANDOM = replace(
    CIRCLE,
    title="points of a square; a crowd labels train and gets 20% wrong at random",
    rows=11_000,
    options={"experts": 5000, "crowd": "random", "share": 0.2},
)
GAUSSIANS = Dataset(
    "gaussians",
    "two normal distributions 3 deviations apart, in 20 features of which 5 matter",
    rows=6100,
    generated=True,
    options={"features": 20, "useful": 5, "distance": 3.0},
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
        finds="avoidable_bias",
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
        finds="variance",
    ),
    Recipe(
        name="data_mismatch",
        question="Trained on neat forms, used on hasty notes: which gap is it?",
        shows="data mismatch: digits of dev and test are hasty and slant to the right",
        dataset=STROKES,
        splits=SplitDesign((1500, 600, 1200, 900), target="note"),
        model=Model("mlp", {"hidden_layer_sizes": (64,), "alpha": 1.0, "max_iter": 1000}),
        human=READERS,
        finds="data_mismatch",
        probabilities=False,
    ),
    Recipe(
        name="dev_overfit",
        question="The best of 2,000 models on 20 dev examples: is it as good as it looks?",
        shows="overfitting to dev: the best of 2,000 random trees on 20 dev examples",
        dataset=NOISY_PARITY,
        # Without train-dev: dev, chosen on, is below train-dev as far as it is below test.
        splits=SplitDesign((800, 0, 20, 977)),
        # Shallow trees with one random question a node err nearly alike, hardly above the noise
        # that was planted, and disagree from seed to seed: what remains to choose by is luck.
        # Balanced, because a tree that always gives the same answer disagrees with nobody.
        model=Model(
            "random_tree",
            {"max_depth": 5, "max_features": 1, "class_weight": "balanced"},
            candidates=2000,
        ),
        human=HumanLevel(
            NOISY_PARITY.flipped,
            "by construction: 40% of the labels were flipped at random, which nobody can predict",
            known=True,
        ),
        finds="dev_overfit",
    ),
    Recipe(
        name="breast_cancer",
        question="No human level is known: can the run tell what to work on?",
        shows="what a missing human level leaves open: training error above every other gap",
        dataset=BREAST_CANCER,
        splits=SplitDesign((209, 120, 120, 120)),
        # This solver needs no optimiser of SciPy, whose options come and go between versions.
        model=Model("logistic_regression", {"C": 0.01, "solver": "newton-cholesky"}),
        finds="insufficient",
    ),
    Recipe(
        name="wine",
        question="No human level is known, but training error is 0: is it needed?",
        shows="variance that needs no human level: one nearest neighbour, features not scaled",
        dataset=WINE,
        splits=SplitDesign((58, 200, 200, 200)),
        model=Model("nearest_neighbours", {"n_neighbors": 1}),
        finds="variance",
    ),
    Recipe(
        name="curved_boundary",
        question="A line against a circle, and the Bayes error is known: how far is it from that?",
        shows="the floor: no line parts a circle from what is around it, and none beats a constant",
        dataset=CIRCLE,
        splits=SplitDesign((3000, 2000, 2000, 2000)),
        model=Model("logistic_regression", {"C": 1.0, "solver": "newton-cholesky"}),
        finds="undetermined",
        probabilities=False,
    ),
    Recipe(
        name="narrow_network",
        question="Four units against a circle: does a wider network close the gap to Bayes error?",
        shows="avoidable bias: four units draw four edges",
        dataset=CIRCLE,
        splits=SplitDesign((3000, 2000, 2000, 2000)),
        model=Model("mlp", {"hidden_layer_sizes": (4,), "learning_rate_init": 0.003}),
        finds="avoidable_bias",
        probabilities=False,
    ),
    Recipe(
        name="healthy",
        question="Enough examples for a model that fits: is there nothing to find?",
        shows="a healthy run: every gap is within a point, and the Bayes error is known",
        dataset=replace(CIRCLE, rows=50_000),
        splits=SplitDesign((20_000, 10_000, 10_000, 10_000)),
        model=Model("nearest_neighbours", {"n_neighbors": 25}),
        finds="small",
        probabilities=False,
    ),
    Recipe(
        name="few_rows",
        question="A forest on 100 examples of 20 features, the Bayes error known: what is wrong?",
        shows="variance: a forest fits its 100 examples without an error",
        dataset=GAUSSIANS,
        splits=SplitDesign((100, 2000, 2000, 2000)),
        model=Model("random_forest"),
        finds="variance",
        probabilities=False,
    ),
    Recipe(
        name="random_labels",
        question="The labels of train are wrong at random, those of dev are right: what shows?",
        shows="apparent avoidable bias: 20% of the training labels are noise",
        dataset=CROWD_RANDOM,
        splits=SplitDesign((4000, 2000, 2000, 2000), target="experts"),
        model=Model("hist_gradient_boosting", {"max_iter": 10, "max_leaf_nodes": 8}),
        finds="avoidable_bias",
        probabilities=False,
    ),
    Recipe(
        name="systematic_labels",
        question="The labels of train are wrong in one place, those of dev are right: what shows?",
        shows="data mismatch: boosted trees learn the crowd's mistake, and dev has none of it",
        dataset=CROWD_SYSTEMATIC,
        splits=SplitDesign((4000, 2000, 2000, 2000), target="experts"),
        model=Model("hist_gradient_boosting", {"max_iter": 30, "max_leaf_nodes": 15}),
        finds="data_mismatch",
        probabilities=False,
    ),
)
