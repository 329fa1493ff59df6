"""Data from elsewhere: what to add, and what to do about the difference."""

from mlstrat.workflow.explain.term import Term

DATA = (
    Term(
        "training-on-other-data",
        "Training and testing on different distributions",
        "Plenty of data of another kind belong in train; dev and test hold the target alone. "
        "What of the target is left over goes to train too.",
        (
            "dev and test are of the target only",
            "the other data are of use for the same mapping from input to label",
            "train and dev now differ, so a train-dev set is needed to read the gaps",
        ),
        (
            "200,000 web pictures and 10,000 from the app. Shuffled, 205,000 train and 2,500 each "
            "in dev and test: of dev 2,381 (95.2%) would be web. Better: train on 200,000 web and "
            "5,000 app, with dev and test of 2,500 app pictures each.",
            "500,000 clips of other speech and 20,000 at the mirror: train on the 500,000 with "
            "10,000 each for dev and test, or on 510,000 with 5,000 each; dev and test at the "
            "mirror only, either way.",
            "20,000 clips of street addresses and 500,000 others: 10,000 for dev and test "
            "together, 510,000 to train.",
        ),
        "C3W2 Training and testing on different distributions; MLY 36",
        ("S5", "S6", "S10"),
        codes=("MLS355",),
        commands=("split --target",),
        also=("distributions", "include-data", "weighting-data", "mismatched-distributions"),
        aliases=("training-and-testing-on-different-distributions",),
    ),
    Term(
        "include-data",
        "Whether to include other data",
        "Data of another kind help where one and the same function fits both kinds and the model "
        "has room for both. Where the same input calls for another label, they hurt.",
        (
            "the same input would get the same label in both kinds",
            "the network is big enough for both",
            "data with nothing in common with the target are left out, since they only take room",
            "otherwise the kind becomes a feature, or the data weigh less",
        ),
        (
            "10,000 users' pictures and 20,000 from the internet: use all 30,000; scanned "
            "documents beside them are left out.",
            "Prices in one city do not teach those in another: the same flat, another price. Leave "
            "them out, or add the city as a feature.",
        ),
        "MLY 37-38",
        ("W2", "W3"),
        also=("training-on-other-data", "weighting-data", "addressing-mismatch"),
        aliases=("inconsistent-data",),
    ),
    Term(
        "weighting-data",
        "Weighting data",
        "Where the other data are many times as many and unlike the target, a model that is good "
        "at both takes a very big network and much computing. A weight β below 1 on each of the "
        "other examples makes do with less: loss = Σ target + β Σ others.",
        (
            "the other data are of a very different kind, or far more than those of the target",
            "the network cannot be as big as both kinds together would need",
            "β is tuned on dev; equal total weight is a place to start",
        ),
        (
            "200,000 internet pictures and 5,000 from the app: 40 to 1. β = 1/40 gives both kinds "
            "the same weight in all.",
        ),
        "MLY 39",
        commands=("study mismatch",),
        also=("include-data", "training-on-other-data", "addressing-mismatch"),
        aliases=("weighting", "reweighting"),
    ),
    Term(
        "addressing-mismatch",
        "Addressing data mismatch",
        "See by hand how dev differs from train, then make training data more like dev: collect "
        "such data, or synthesise them. No method is sure to work.",
        (
            "1. read errors of dev beside examples of train (not of test)",
            "2. make training data more like dev, or collect data like dev",
            "3. synthesise what is missing, with care",
            "4. check that what was made covers the whole space and not a small part",
        ),
        (
            "With 5.2 points of mismatch (9.1 to 14.3%), car noise in dev that train does not "
            "have is a first candidate: mix it in, and see whether the gap moves.",
        ),
        "C3W2 Addressing data mismatch; MLY 42",
        ("D5",),
        codes=("MLS103", "MLS75"),
        commands=("diagnose", "slices --mismatch", "study mismatch"),
        also=("data-mismatch", "synthesis", "weighting-data", "error-analysis"),
        aliases=("addressing-data-mismatch",),
    ),
    Term(
        "synthesis",
        "Artificial data synthesis",
        "Synthetic data can look varied to people and still come from few sources, and a network "
        "memorises those sources. Count the unique sources, not the examples made.",
        (
            "what is made looks or sounds real",
            "the sources that are mixed in are many, or at least unlike one another",
            "what is made goes to train, not to dev or test",
        ),
        (
            "10,000 hours of speech over 1 hour of noise: the hour is heard 10,000 times; 10,000 "
            "unique hours would be better.",
            "Pictures from a video game with 20 cars look real while one plays, and the world has "
            "far more than 20 kinds of car: the network overfits to those 20.",
            "1,000 hours of noise from 10 cars: 10 sources.",
            "1,000 pictures of fog laid over clear ones: if it looks real, fog is covered as far "
            "as those pictures go. Adding thousands of clear pictures does not remove the risk "
            "of overfitting the 1,000.",
        ),
        "C3W2 Addressing data mismatch; MLY 43",
        ("D1", "D2", "D4"),
        codes=("MLS74", "MLS870"),
        commands=("study synthesis",),
        also=("addressing-mismatch",),
        aliases=("data-synthesis", "synthetic-data"),
    ),
)
