"""Recipes on sequences; their networks need torch, but for a bag of words.

The Bayes error of each is known, as its loader says, so that avoidable bias is known too.
"""

from __future__ import annotations

from mlstrat.harness.recipes.recipe import Dataset, Model, Recipe, Small, SplitDesign

TUNES = {"sources": 4, "notes": 6, "length": 20, "contrast": 1.1, "scores": 0}
REVIEWS = {"negated": 0.4, "phrases": (2, 5)}
GENOMES = {"motif": "TATAAT", "length": 40, "gc": 0.75, "other_gc": 0.25}


def _music(rows: int) -> Dataset:
    title = "tunes of 20 notes by 4 composers, each a Markov source"
    return Dataset("music", title, rows, options=TUNES, generated=True)


def _reviews(rows: int, **options: bool) -> Dataset:
    return Dataset(
        "reviews",
        "reviews of one sentence in which a negation stands 11 to 23 words before its adjective",
        rows,
        positive="praise",
        options={**REVIEWS, **options},
        generated=True,
    )


RECIPES: tuple[Recipe, ...] = (
    Recipe(
        name="music_two_units",
        question="Can a state of two numbers tell four composers apart?",
        shows="avoidable bias against a known Bayes error: a GRU of 2 units",
        dataset=_music(6000),
        splits=SplitDesign((3000, 1000, 1000, 1000)),
        model=Model("gru", {"width": 1 / 16, "epochs": 10, "learning_rate": 0.01}),
        finds="avoidable_bias",
        tolerance=0.03,
    ),
    Recipe(
        name="music",
        question="More units, more tunes: is anything left to gain?",
        shows="nothing: a GRU of 10 units comes close to the known Bayes error",
        dataset=_music(12_000),
        splits=SplitDesign((7500, 1500, 1500, 1500)),
        model=Model("gru", {"width": 0.3, "epochs": 12, "learning_rate": 0.015, "decay": "cosine"}),
        finds="small",
        tolerance=0.04,
        probabilities=False,
        small=Small(sizes=(5000, 1000, 1000, 1000)),
    ),
    Recipe(
        name="music_few",
        question="The tunes of train are known by heart: and others by the same composers?",
        shows="variance: an LSTM of 64 units on 200 tunes",
        dataset=_music(3200),
        splits=SplitDesign((200, 1000, 1000, 1000)),
        model=Model("lstm", {"width": 2.0, "epochs": 30, "learning_rate": 0.005}),
        finds="variance",
        tolerance=0.03,
    ),
    Recipe(
        name="reviews_words",
        question="Do the words of a review say what it means, without their order?",
        shows="avoidable bias: a bag of words does not know what is negated",
        dataset=_reviews(3500, counts=True),
        splits=SplitDesign((2000, 500, 500, 500)),
        model=Model("logistic_regression"),
        finds="avoidable_bias",
    ),
    Recipe(
        name="reviews_rnn",
        question="Does a recurrent network still know the negation when the adjective comes?",
        shows="avoidable bias: its gradient vanishes over the words between",
        dataset=_reviews(4000),
        splits=SplitDesign((2500, 500, 500, 500)),
        model=Model("rnn", {"epochs": 10, "learning_rate": 0.003}),
        finds="avoidable_bias",
    ),
    Recipe(
        name="reviews_lstm",
        question="And do gates carry the negation over the words between?",
        shows="nothing: an LSTM of as many units reads the same reviews without error",
        dataset=_reviews(3500),
        splits=SplitDesign((2000, 500, 500, 500)),
        model=Model("lstm", {"epochs": 20, "learning_rate": 0.01}),
        finds="small",
        tolerance=0.02,
        small=Small(sizes=(1500, 500, 500, 500), options={"epochs": 14}),
    ),
    Recipe(
        name="dna_background",
        question="The motif is the same in the other genome: is what was learnt the motif?",
        shows="data mismatch: A and T are rare around the motif in train, and common in dev",
        dataset=Dataset(
            "dna",
            "DNA of 40 letters, with the motif TATAAT or without",
            5100,
            positive="motif",
            options={**GENOMES, "other_rows": 1400, "spare": 1000},
            generated=True,
        ),
        splits=SplitDesign((3000, 700, 700, 700), target="AT-rich"),
        model=Model("gru", {"epochs": 8, "learning_rate": 0.01}),
        finds="data_mismatch",
        small=Small(sizes=(2000, 500, 500, 500), dataset={"other_rows": 1000}),
    ),
    Recipe(
        name="copying_rnn",
        question="One token, then 40 blanks: does a recurrent network still know it?",
        shows="the floor: no gradient reaches the token (`study gradients` measures it), and one "
        "answer is given to all",
        dataset=Dataset(
            "copying",
            "one of 8 tokens, asked for 40 steps later",
            2000,
            options={"symbols": 8, "lag": 40},
            generated=True,
        ),
        splits=SplitDesign((500, 500, 500, 500)),
        model=Model("rnn", {"epochs": 10}),
        finds="undetermined",
    ),
)
