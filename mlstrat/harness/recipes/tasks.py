"""Recipes of tasks beyond one label an example; their networks need torch.

Each run is a folder with its card, which `diagnose` reads; the examples are drawn.
"""

from __future__ import annotations

from typing import Any

from mlstrat.harness.recipes.recipe import Dataset, Model, Recipe, Small, SplitDesign

MARKOV = {"letters": 12, "contrast": 1.8, "length": 40, "source": 0}
LANGUAGE = {"words": 40, "shared": 20, "contrast": 1.5, "length": 48, "source": 0}


def _letters(rows: int) -> Dataset:
    title = "documents of 40 letters, each letter drawn by the one before"
    return Dataset("markov_letters", title, rows, options=MARKOV, generated=True)


def _language(rows: int) -> Dataset:
    title = "documents of 48 letters in a made-up language, in two registers"
    return Dataset("language", title, rows, options=LANGUAGE, generated=True)


def _texts(name: str, question: str, shows: str, dataset: Dataset, splits: SplitDesign,
           options: dict[str, Any], finds: str, small: Small | None = None) -> Recipe:  # fmt: skip
    return Recipe(
        name=name, question=question, shows=shows, dataset=dataset, splits=splits,
        model=Model("next_token", options), task="language_model", finds=finds,
        tolerance=0.05, small=small, probabilities=False,
    )  # fmt: skip


def _tags(name: str, question: str, shows: str, options: dict[str, Any], finds: str) -> Recipe:
    return Recipe(
        name=name, question=question, shows=shows, task="tagging",
        dataset=Dataset("sentences", "sentences with names of people, places and firms", 2400,
                        options={"names": 120}, generated=True),
        splits=SplitDesign((1200, 400, 400, 400), target="other words"),
        model=Model("tagger", options), finds=finds,
        probabilities=False,
    )  # fmt: skip


def _faces(name: str, question: str, shows: str, task: str, n: int, epochs: int,
           **options: float) -> Recipe:  # fmt: skip
    return Recipe(
        name=name, question=question, shows=shows, task=task,
        dataset=Dataset("faces", "drawn faces on pictures of 32×32", n + 900, options=options,
                        generated=True),
        splits=SplitDesign((n, 300, 300, 300)), model=Model("several_outputs", {"epochs": epochs}),
        finds="variance", probabilities=False,
    )  # fmt: skip


def _trials(name: str, question: str, shows: str, mining: str,
            task: str = "verification") -> Recipe:  # fmt: skip
    return Recipe(
        name=name, question=question, shows=shows, task=task,
        dataset=Dataset("scribbles", "writers who draw one stroke eight times each", 190,
                        options={"pictures": 8}, generated=True),
        splits=SplitDesign((40, 50, 50, 50)),
        model=Model("encoder", {"mining": mining, "epochs": 60}),
        finds="variance", probabilities=False, tolerance=0.02,
    )  # fmt: skip


def _dates(name: str, question: str, shows: str, options: dict[str, Any], finds: str) -> Recipe:
    return Recipe(
        name=name, question=question, shows=shows, task="seq2seq",
        dataset=Dataset("dates", "dates as people write them, to 1997-05-03", 1800,
                        generated=True),
        splits=SplitDesign((1200, 200, 200, 200), target="other orders"),
        model=Model("translator", {"epochs": 14, **options}), finds=finds, probabilities=False,
    )  # fmt: skip


RECIPES: tuple[Recipe, ...] = (
    _texts(
        "markov_lm_two_units",
        "Can a state of two numbers say which letter comes next?",
        "avoidable bias against a known entropy: a GRU of 2 units",
        _letters(1700),
        SplitDesign((800, 300, 300, 300)),
        {"width": 1 / 16, "epochs": 8, "learning_rate": 0.01},
        "avoidable_bias",
    ),
    _texts(
        "markov_lm",
        "More units: is anything left to gain?",
        "nothing: a GRU of 32 units comes close to the entropy of the source",
        _letters(3900),
        SplitDesign((3000, 300, 300, 300)),
        {"epochs": 8, "learning_rate": 0.01},
        "small",
    ),
    _texts(
        "markov_lm_few",
        "The documents of train are known by heart: and others of the same source?",
        "variance: a GRU of 96 units on 60 documents",
        _letters(960),
        SplitDesign((60, 300, 300, 300)),
        {"width": 3.0, "epochs": 60, "learning_rate": 0.01, "batch_size": 16},
        "variance",
    ),
    _texts(
        "char_lm_rnn",
        "What a network has read of one register, does it know of another?",
        "data mismatch: half of the words of dev and test do not occur in train",
        _language(2100),
        SplitDesign((1200, 300, 300, 300), target="letters"),
        {"cell": "rnn", "width": 2.0, "epochs": 12, "learning_rate": 0.003},
        "data_mismatch",
    ),
    _texts(
        "char_lm_gru",
        "Do gates help with words that were never read?",
        "data mismatch: gates come closer to the entropy of train, and dev costs more",
        _language(2100),
        SplitDesign((1200, 300, 300, 300), target="letters"),
        {"cell": "gru", "width": 2.0, "epochs": 12, "learning_rate": 0.005},
        "data_mismatch",
    ),
    _texts(
        "char_lm_deep",
        "And three layers of them, on 100 documents?",
        "variance: three layers of gates know 100 documents by heart",
        _language(1000),
        SplitDesign((100, 300, 300, 300)),
        {
            "cell": "gru",
            "depth": 3,
            "width": 2.0,
            "epochs": 40,
            "learning_rate": 0.005,
            "batch_size": 16,
        },
        "variance",
        small=Small(options={"epochs": 20}),
    ),
    _tags(
        "bilstm_tagger",
        "Does a tagger know names that it has never read?",
        "data mismatch: names, and the words that tell their type, are others in dev",
        {"direction": "both", "epochs": 6},
        "data_mismatch",
    ),
    _tags(
        "lstm_tagger",
        "What does a network that reads from the left know of the word to come?",
        "avoidable bias of one direction: the word that tells the type comes after the name",
        {"direction": "forward", "epochs": 6},
        "avoidable_bias",
    ),
    Recipe(
        name="yolo_shapes",
        question="Are shapes found in the dark that were learnt in the light?",
        shows="data mismatch, a part of which is the threshold: pictures of dev are dark and noisy",
        task="detection",
        dataset=Dataset(
            "shapes", "shapes on pictures of 64×64", 1900, options={"side": 64}, generated=True
        ),
        splits=SplitDesign((1300, 200, 200, 200), target="dark"),
        model=Model("grid_detector", {"epochs": 15}),
        finds="data_mismatch",
        probabilities=False,
        small=Small((700, 120, 120, 120), {"epochs": 15}, {"side": 48}),
    ),
    Recipe(
        name="anchors_lost",
        question="Two boxes with one midpoint, and one anchor box: what is learnt?",
        shows="avoidable bias by construction: one box of each pair has no anchor left",
        task="detection",
        dataset=Dataset(
            "crossed_bars",
            "a tall and a wide bar with one midpoint, on pictures of 64×64",
            900,
            options={"side": 64},
            generated=True,
        ),
        splits=SplitDesign((450, 150, 150, 150)),
        model=Model("grid_detector", {"epochs": 10, "anchors": 1}),
        finds="avoidable_bias",
        probabilities=False,
    ),
    Recipe(
        name="rcnn_components",
        question="A chain that proposes boxes and classifies them: which part owns the errors?",
        shows="avoidable bias of one part: shapes that touch are one proposal, which no "
        "classifier fixes (error-table --parts after_proposals,after_classifier)",
        task="detection",
        dataset=Dataset(
            "shapes",
            "up to six shapes on pictures of 64×64, many of which touch",
            1000,
            options={"side": 64, "most": 6, "overlap": 0.4},
            generated=True,
        ),
        splits=SplitDesign((400, 200, 200, 200)),
        model=Model("proposal_classifier", {"epochs": 15}),
        finds="avoidable_bias",
        probabilities=False,
    ),
    _faces(
        "localise_faces",
        "Is there a face, where, and does it wear a hat: from 200 pictures?",
        "variance: boxes of train fit, and others are loose",
        "localisation",
        200,
        80,
        absent=0.3,
    ),
    _faces(
        "landmarks_faces",
        "Where are eyes and mouth, learnt from 150 faces?",
        "variance: points of 150 faces are known by heart",
        "landmarks",
        150,
        70,
    ),
    _faces(
        "multitask_faces",
        "One network for five questions, half of whose answers nobody gave?",
        "variance of multi-task learning: 250 faces, and blanks that cost and teach nothing",
        "multilabel",
        250,
        20,
        missing=0.5,
    ),
    *(
        _trials(name, question, shows, mining)
        for name, question, shows, mining in (
            (
                "siamese_scribbles",
                "Are two signatures by one hand, of writers never seen?",
                "variance: pairs of 40 writers in train, and other writers in dev",
                "pairs",
            ),
            (
                "triplet_random",
                "Does any triplet teach as well as another?",
                "variance: triplets as they come, most of which teach nothing",
                "random",
            ),
            (
                "triplet_semihard",
                "And triplets that are chosen, hard but not the hardest?",
                "variance: of writers never seen as well; semi-hard triplets",
                "semihard",
            ),
        )
    ),
    _trials(
        "one_shot_scribbles",
        "And if one picture of each writer is all there is to compare with?",
        "variance: `siamese_scribbles` identifies 50 writers never seen, of whom it has one "
        "picture each",
        "pairs",
        "identification",
    ),
    *(
        _dates(name, question, shows, options, finds)
        for name, question, shows, options, finds in (
            (
                "dates_seq2seq",
                "Can a whole date be held in one vector?",
                "avoidable bias: the decoder sees one vector for all that was written",
                {"beam": 1},
                "avoidable_bias",
            ),
            (
                "dates_beam",
                "Was the search at fault, or the model?",
                "avoidable bias that no search cures: the model prefers its errors",
                {"beam": 3},
                "avoidable_bias",
            ),
            (
                "dates_attention",
                "And if the decoder may look back at what was written?",
                "data mismatch: train is learnt, and dates of dev are written in other orders",
                {"attention": True},
                "data_mismatch",
            ),
        )
    ),
)
