"""Recipes on pictures and signals; their networks need PyTorch, and letters need matplotlib."""

from __future__ import annotations

from mlstrat.harness.recipes.recipe import READERS, Dataset, Model, Recipe, Small, SplitDesign

DIGITS_32 = Dataset(
    "digit_pictures", "handwritten digits enlarged to 32×32", 1797, options={"side": 32}
)
DIGITS_16 = Dataset(
    "digit_pictures", "handwritten digits enlarged to 16×16", 1797, options={"side": 16}
)
FEW_SHUFFLED = SplitDesign((300, 499, 499, 499))
ALL_SHUFFLED = SplitDesign((700, 399, 399, 299))
SPARE = 1000
"""Rows of the target beyond dev and test, for those who add some to train."""

TEN = "ABCDEFGHJK"


def _letters(title: str, rows: int, **options: int | float | str) -> Dataset:
    return Dataset("glyphs", title, rows, options=options, generated=True)


RECIPES: tuple[Recipe, ...] = (
    Recipe(
        name="lenet5",
        question="A classic network, but only 300 digits: how far do they carry?",
        shows="variance: LeNet-5 has 200 weights for each of its 300 examples",
        dataset=DIGITS_32,
        splits=FEW_SHUFFLED,
        model=Model("lenet5", {"epochs": 30}),
        human=READERS,
        finds="variance",
        probabilities=False,
    ),
    Recipe(
        name="alexnet",
        question="A large network, trained for eight epochs: is it too small, or not yet trained?",
        shows="avoidable bias of the optimiser: plain gradient descent has hardly begun to fit",
        dataset=DIGITS_32,
        splits=ALL_SHUFFLED,
        model=Model("alexnet", {"optimizer": "sgd", "epochs": 8}),
        human=READERS,
        finds="avoidable_bias",
        probabilities=False,
        small=Small(options={"width": 1 / 12, "epochs": 5}),
    ),
    Recipe(
        name="vgg16",
        question="Sixteen layers and 300 digits: does depth make up for data?",
        shows="variance: 16 layers fit 300 digits without an error and err on the next ones",
        dataset=DIGITS_32,
        splits=FEW_SHUFFLED,
        model=Model("vgg16", {"epochs": 12}),
        human=READERS,
        finds="variance",
        probabilities=False,
    ),
    Recipe(
        name="plain56",
        question="Fifty-six layers without shortcuts: can they even be trained?",
        shows="avoidable bias from optimisation alone: 56 plain layers do not learn to fit train",
        dataset=DIGITS_16,
        splits=ALL_SHUFFLED,
        model=Model("plain", {"depth": 56, "epochs": 10, "decay": "cosine", "learning_rate": 0.01}),
        human=READERS,
        finds="avoidable_bias",
        probabilities=False,
        small=Small(options={"epochs": 6}, dataset={"side": 8}),
    ),
    Recipe(
        name="resnet56",
        question="The same fifty-six layers with shortcuts: what is left to work on?",
        shows="variance, the bias of `plain56` being gone: the same layers with shortcuts",
        dataset=DIGITS_16,
        splits=ALL_SHUFFLED,
        model=Model("resnet", {"depth": 56, "epochs": 10, "decay": "cosine"}),
        human=READERS,
        finds="variance",
        probabilities=False,
        small=Small(options={"epochs": 6}, dataset={"side": 8}),
    ),
    Recipe(
        name="nin_unnormalised",
        question="A network in network without batch norm: has it been trained at all?",
        shows="avoidable bias: what is not normalised learns slowly, or not at all",
        dataset=DIGITS_16,
        splits=ALL_SHUFFLED,
        model=Model("nin", {"batch_norm": False, "epochs": 4}),
        human=READERS,
        finds="avoidable_bias",
        probabilities=False,
    ),
    Recipe(
        name="inception",
        question="Convolutions of three sizes side by side, and 400 letters: are they enough?",
        shows="variance: 400 letters of 26 kinds, however many branches look at them",
        dataset=_letters("letters of 16×16 in twelve fonts for the screen", 2800, side=16),
        splits=SplitDesign((400, 800, 800, 800)),
        model=Model("inception", {"epochs": 20}),
        human=READERS,
        finds="variance",
        probabilities=False,
        small=Small((250, 700, 700, 700), {"epochs": 12}, {"characters": TEN}),
    ),
    Recipe(
        name="inception_naive",
        question="The same without 1×1 bottlenecks: what do they change?",
        shows="variance as with bottlenecks; what differs is the cost, in the run's config",
        dataset=_letters("letters of 16×16 in twelve fonts for the screen", 2800, side=16),
        splits=SplitDesign((400, 800, 800, 800)),
        model=Model("inception_naive", {"epochs": 20}),
        human=READERS,
        finds="variance",
        probabilities=False,
        small=Small((250, 700, 700, 700), {"epochs": 12}, {"characters": TEN}),
    ),
    Recipe(
        name="glyphs_variance",
        question="Letters of twelve fonts, 500 examples: more of them, or another model?",
        shows="variance: 500 letters of 26 kinds, turned, slanted and noisy",
        dataset=_letters("letters in twelve fonts for the screen", 2500, side=32),
        splits=SplitDesign((500, 800, 600, 600)),
        model=Model("lenet5", {"epochs": 40}),
        human=READERS,
        finds="variance",
        probabilities=False,
    ),
    Recipe(
        name="glyphs_mismatch",
        question="Trained on fonts for the screen, used on print: which gap is it?",
        shows="data mismatch: dev and test are in fonts that train does not have",
        dataset=_letters(
            "letters in fonts for screen and print", 10400, side=32, printed=1400 + SPARE
        ),
        splits=SplitDesign((7000, 1000, 700, 700), target="TeX"),
        model=Model("lenet5", {"epochs": 12}),
        human=READERS,
        finds="data_mismatch",
        probabilities=False,
        small=Small((3000, 700, 500, 500), {}, {"characters": TEN, "printed": 1000 + SPARE}),
    ),
    Recipe(
        name="style_synthesis",
        question="Digits in the style of three pictures of dev: does train look like dev now?",
        shows="data mismatch: synthesis halves the error on dev, and train-dev, synthesised as "
        "well, cannot show what is left",
        dataset=Dataset(
            "styled_digits",
            "digits of 16×16 on woven ground, and others synthesised by content and style cost",
            1700,
            options={"synthesised": 800, "styles": 3, "steps": 40, "spare": 300},
        ),
        splits=SplitDesign((600, 200, 300, 300), target="woven"),
        model=Model("lenet5", {"epochs": 20}),
        human=READERS,
        finds="data_mismatch",
        probabilities=False,
        small=Small(options={"epochs": 15}, dataset={"steps": 25}),
    ),
    Recipe(
        name="blurred_letters",
        question="Every fourth letter is misread: is the network to blame?",
        shows="nothing to gain: the network errs as often as the exact posterior must",
        dataset=Dataset(
            "blurred_glyphs",
            "five letters blurred and noisy beyond recognition",
            30000,
            options={"side": 16, "characters": "CDGOQ", "blur": 0.08, "noise": 0.35},
            generated=True,
        ),
        splits=SplitDesign((20000, 3000, 3000, 4000)),
        model=Model("lenet5", {"width": 0.5, "epochs": 4}),
        finds="small",
        tolerance=0.03,
        probabilities=False,
    ),
    Recipe(
        name="heartbeats",
        question="Trained in the clinic, worn on the wrist: what goes wrong?",
        shows="data mismatch: dev and test are recorded by a noisier device",
        dataset=Dataset(
            "heartbeats",
            "synthetic heartbeats of clinic and wearable",
            5400,
            options={"wearable": 1400 + SPARE},
            generated=True,
        ),
        splits=SplitDesign((2400, 600, 700, 700), target="wearable"),
        model=Model("conv1d"),
        finds="data_mismatch",
        probabilities=False,
    ),
    Recipe(
        name="moving_squares",
        question="Which way does the square go? The best rule never errs: does the network?",
        shows="avoidable bias against a known Bayes error: filters that have hardly been trained",
        dataset=Dataset(
            "moving_squares",
            "squares that move through noise",
            3600,
            options={"noise": 0.7},
            generated=True,
        ),
        splits=SplitDesign((1800, 600, 600, 600)),
        model=Model("conv3d", {"epochs": 3}),
        finds="avoidable_bias",
        probabilities=False,
        small=Small((900, 400, 400, 400), {"epochs": 5}),
    ),
)
