"""The words that the commands use."""

from __future__ import annotations

from mlstrat.workflow.explain.term import Term

TITLE = "Words of the commands"

TERMS = (
    Term(
        "run",
        "Run",
        "The predictions of one model over some splits: one table with one row an example, with a "
        "label and a prediction, score or probabilities.",
        (
            "each row has a label; a blank prediction counts as wrong and is reported",
            "without a column split every row is dev",
        ),
        ("900 rows with 90 wrong are an error of 10 % (ours).",),
        "interface",
        codes=("MLS201", "MLS203", "MLS207"),
        commands=("diagnose", "score"),
        also=("split", "level", "counts"),
    ),
    Term(
        "counts",
        "Counts",
        "A run whose rows stand for n examples each: those that agree in split, label, prediction "
        "and whatever else is kept. Figures and intervals are those of the rows, and counts of "
        "many shards add up.",
        (
            "the last column is n, and there are no ids; or --map n=COLUMN says so",
            "each n is a whole number, 0 or above",
            "what is sliced by is kept with --by; what ranks, with --scores",
            "halves of slices are drawn by lot, as there are no ids to halve by",
        ),
        ("10,000,000 rows of ten labels and four splits are at most 400 counts (ours).",),
        "interface",
        commands=("count",),
        also=("run", "slices"),
    ),
    Term(
        "split",
        "Split",
        "Which part of the data a row belongs to: train, train-dev, dev or test. Train-dev is held "
        "out from the training distribution; dev and test are of the distribution that matters.",
        (
            "nothing is trained on dev or test",
            "dev is chosen on, test is for the last word",
        ),
        ("1,000,000 examples in 98/1/1: 980,000, 10,000 and 10,000.",),
        "C3W1 Size of the dev and test sets",
        ("S1",),
        codes=("MLS35",),
        commands=("split",),
        also=("train-dev", "distributions", "sizes"),
        aliases=("dev", "test", "train", "splits"),
    ),
    Term(
        "level",
        "Level",
        "The error at one station of the ladder: human, train, train-dev, dev, test.",
        (
            "all levels are of one metric: the error, or the loss of --metric",
            "each level comes with its rows, or is typed and has no interval",
        ),
        ("0.5, 8.8, 9.1, 14.3 and 14.8 % from people to test.",),
        "C3W2 Bias and variance with mismatched data distributions",
        ("X10",),
        codes=("MLS116",),
        commands=("diagnose", "gaps"),
        also=("gap", "human-level"),
        aliases=("levels", "ladder"),
    ),
    Term(
        "gap",
        "Gap",
        "The difference of two neighbouring levels: avoidable bias, variance, data mismatch, "
        "overfitting to dev. The largest says what to work on.",
        (
            "a gap is a focus when it is the largest, or more than 0.6 of it (ours)",
            "below the tolerance of 1 point no gap asks for attention (ours)",
        ),
        ("8.3, 0.3, 5.2 and 0.5 points: 8.3 and 5.2 are worth work, as 5.2 / 8.3 = 0.63.",),
        "C3W2 Bias and variance with mismatched data distributions",
        ("X10",),
        codes=("MLS114", "MLS115"),
        commands=("diagnose", "gaps"),
        also=("avoidable-bias", "variance", "data-mismatch", "dev-overfit"),
        aliases=("gaps", "focus"),
    ),
    Term(
        "tag",
        "Tag",
        "A category that a person gives to an error while reading it; an error may have several.",
        (
            "tags are made up while reading and added later to what was read before",
            "the tag none means read, and nothing to tag",
        ),
        ("Loud noise on 3 of 4 clips, far on 2, fast on 1: 75, 50 and 25 %.",),
        "MLY 15, 26",
        ("E13",),
        codes=("MLS40",),
        commands=("error-table",),
        also=("error-analysis", "review-sheet"),
        aliases=("tags",),
    ),
    Term(
        "review-sheet",
        "Review sheet",
        "The table that `sample` writes and a person fills in: one row an error, with empty cells "
        "for tags, wrong labels and comments. It carries how it was drawn, so that later figures "
        "hold for all errors.",
        (
            "a row counts as reviewed when one of its review cells is filled",
            "the columns stratum and sampling_weight stay as they are",
        ),
        ("5 of 100 rows tagged dog at a dev error of 10 %: a ceiling of 9.5 %.",),
        "C3W2 Carrying out error analysis",
        ("E1a",),
        codes=("MLS41",),
        commands=("sample", "error-table", "mislabels"),
        also=("tag", "error-analysis"),
        aliases=("sheet", "review"),
    ),
    Term(
        "candidate",
        "Candidate",
        "One model in a choice: a row of a table of figures, or a run.",
        (
            "all candidates were measured on the same examples",
            "candidates that cannot be told from the best are tied with it",
        ),
        ("92 % at 95 ms beside 90 % at 80 ms and 95 % at 1,500 ms: one of three.",),
        "C3W1 Satisficing and optimizing metric",
        ("M4",),
        codes=("MLS31",),
        commands=("select",),
        also=("satisficing",),
        aliases=("candidates",),
    ),
    Term(
        "finding",
        "Finding",
        "A numbered conclusion, MLS and three digits: what was seen in figures, and what to do.",
        (
            "an issue asks for work, a tip may save some, a note is to be known",
            "the same data and seed give the same findings",
        ),
        ("A gap of 8.3 points as the largest is MLS101 with its interval as evidence.",),
        "interface",
        ("X10",),
        commands=("explain",),
        also=("gap",),
        aliases=("findings", "code", "codes"),
    ),
    Term(
        "gate",
        "Gate",
        "A check that passes, fails or is inconclusive. It is decided on the interval: fail when "
        "all of it is beyond the bound, pass when all of it is within.",
        (
            "the bound and the smallest number of examples stand in the config",
            "a figure that is missing or undefined fails",
            "one baseline is pinned, so that a slow slide is seen",
        ),
        (
            "Not worse by 1 point, on a point estimate with 2,000 examples: four in ten unchanged "
            "models fail (ours).",
        ),
        "blueprint; Holm (1979)",
        codes=("MLS51", "MLS52"),
        commands=("gate",),
        also=("interval", "paired-comparison", "dev-overfit"),
        aliases=("gates",),
    ),
    Term(
        "report",
        "Report",
        "One document for whoever decides: the verdict, what to do next, the ladder, the figures "
        "with their intervals, and what all of it is based on.",
        (
            "inputs are named with their checksums",
            "the same inputs and seed give the same document",
        ),
        ("The ladder 1, 8 and 10 % comes out as bias 7 points, variance 2: work on bias.",),
        "blueprint",
        ("H1",),
        codes=("MLS50",),
        commands=("report", "init"),
        also=("finding", "gate"),
        aliases=("config",),
    ),
    Term(
        "study",
        "Study",
        "Runs that differ in one thing, each trained over several seeds: what that thing moved, "
        "with intervals over seeds and examples.",
        (
            "one thing is changed at a time",
            "every condition has the same seeds, and so the same splits",
            "three seeds or more; five tell more",
            "of many comparisons some look like a change by chance: each must be surer than alone",
            "no difference seen is an answer, with how large a change may have been overlooked",
        ),
        (
            "Six knobs and three gaps are 18 comparisons: at 95 % each, one or more would be seen "
            "by chance in 60 of 100 studies; with Holm's adjustment, in 5 (ours).",
        ),
        "C3W1 Orthogonalization; Holm (1979); Cameron, Gelbach and Miller (2011)",
        codes=("MLS70",),
        commands=("study",),
        also=("orthogonalization", "interval", "run"),
        aliases=("studies", "ablation"),
    ),
)
