# Over 300 lines: the words of one chapter stand together.
"""The words that the commands use."""

from mlstrat.core.decisions import GATE, KNOB, MOVED, TIED
from mlstrat.workflow.explain.term import Term

_MISMATCHED = "C3W2 Bias and variance with mismatched data distributions"

WORDS = (
    Term(
        "run",
        "Run",
        "The predictions of one model over some splits: one table with one row an example, with a "
        "label and a prediction, score or probabilities.",
        (
            "each row has a label; a blank prediction counts as wrong and is reported",
            "without a column split every row is dev",
            "a shard that cannot be read stops the command, unless --skip-broken leaves it out",
        ),
        ("900 rows with 90 wrong are an error of 10% (mlstrat's example).",),
        "mlstrat: what a training script can write with one line",
        codes=(
            "MLS201",
            "MLS203",
            "MLS207",
            "MLS214",
            "MLS216",
            "MLS217",
            "MLS226",
            "MLS236",
            "MLS227",
            "MLS228",
            "MLS229",
            "MLS24",
            "MLS25",
            "MLS26",
        ),
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
            "columns to slice by are kept with --by; scores, to rank by, with --scores",
            "without ids, rows are assigned to the two halves of slices at random",
        ),
        (
            "10,000,000 rows of ten labels and four splits are at most 400 counts (mlstrat's "
            "figures).",
        ),
        "mlstrat: counts are enough for every figure of hard predictions",
        commands=("count",),
        also=("run", "slices", "confusion-matrix"),
    ),
    Term(
        "split",
        "Split",
        "Which part of the data a row belongs to: train, train-dev, dev or test. Train-dev is held "
        "out from the training distribution; dev and test are of the distribution that matters.",
        (
            "nothing is trained on dev or test",
            "dev is chosen on, test gives the final figure",
        ),
        ("1,000,000 examples in 98/1/1: 980,000, 10,000 and 10,000.",),
        "C3W1 Size of the dev and test sets",
        ("S1",),
        codes=("MLS35",),
        commands=("split",),
        also=("dev-set", "test-set", "train-dev", "distributions", "sizes"),
        aliases=("train", "training-set", "splits"),
    ),
    Term(
        "level",
        "Level",
        "The error at one station of the ladder: human, train, train-dev, dev, test.",
        (
            "all levels are of one metric: the error, or the loss of --metric",
            "each level comes with its rows, or is typed and has no interval",
        ),
        ("0.5, 8.8, 9.1, 14.3 and 14.8% from people to test.",),
        _MISMATCHED,
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
            "a gap is a focus when it is the largest, or the second and more than 0.6 of the "
            "largest (mlstrat's threshold); a third is never named",
            "at most the tolerance of 1 point, no gap asks for attention (mlstrat's threshold)",
            "where a level between is missing, two gaps merge into one",
        ),
        (
            "8.3, 0.3, 5.2 and 0.5 points: 8.3 and 5.2 are worth work, as 5.2 / 8.3 = 0.63.",
            "3, 3 and 2 points: the first two, though 2 / 3 = 0.67.",
        ),
        _MISMATCHED,
        ("X5", "X10"),
        codes=("MLS114",),
        commands=("diagnose", "gaps"),
        also=("focus", "avoidable-bias", "variance", "data-mismatch", "dev-overfit"),
        aliases=("gaps",),
    ),
    Term(
        "tag",
        "Tag",
        "A category that a person gives to an error while reading it; an error may have several.",
        (
            "tags are made up while reading and added later to what was read before",
            "the tag none means read, and nothing to tag",
        ),
        ("Loud noise on 3 of 4 clips, far on 2, fast on 1: 75, 50 and 25%.",),
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
        "for tags, wrong labels and comments. It carries how it was sampled, so that later figures "
        "hold for all errors.",
        (
            "a row counts as reviewed when one of its review cells is filled",
            "the columns stratum and sampling_weight stay as they are",
        ),
        ("5 of 100 rows tagged dog at a dev error of 10%: a ceiling of 9.5%.",),
        "C3W2 Carrying out error analysis",
        ("E1a",),
        codes=("MLS41",),
        commands=("sample", "review", "error-table", "mislabels"),
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
            "the figure of the best is shrunk, as it was picked for being the best",
        ),
        ("92% at 95 ms beside 90% at 80 ms and 95% at 1,500 ms: one of three.",),
        "C3W1 Satisficing and optimizing metric",
        ("M4",),
        codes=("MLS31",),
        commands=("select",),
        also=("satisficing", "pareto"),
        aliases=("candidates", "tied"),
        decision=TIED,
    ),
    Term(
        "pareto",
        "Pareto front",
        "The candidates that no other beats: a candidate is off the front if another is no worse "
        "in every figure and better in one. Whatever the bounds, a best choice is on it.",
        (
            "the figures are those of the constraints and of the metric that is optimised",
            "equal candidates do not beat each other",
            "the front is of values: a candidate just off it may be as good",
            "a candidate with a figure missing is not on it",
        ),
        (
            "90% at 80 ms, 92% at 95 ms and 95% at 1,500 ms: all three are on the front. A fourth "
            "with 91% at 100 ms is not: 92% at 95 ms beats it twice (mlstrat's example).",
        ),
        "Pareto (1906); C3W1 Satisficing and optimizing metric",
        codes=("MLS311", "MLS312"),
        commands=("select", "plot pareto"),
        also=("satisficing", "candidate"),
        aliases=("pareto-front", "dominated"),
    ),
    Term(
        "finding",
        "Finding",
        "A numbered conclusion, MLS and three digits: what was seen in figures, and what to do.",
        (
            "an issue is what the data show, a tip what they lean to, a note is to be known",
            "the same data and seed give the same findings",
        ),
        ("A gap of 8.3 points as the largest is MLS101 with its interval as evidence.",),
        "mlstrat: a code stays the same when its words change",
        ("X10",),
        commands=("explain",),
        also=("gap", "verdict"),
        aliases=("findings", "code", "codes"),
    ),
    Term(
        "gate",
        "Gate",
        "A check that passes, fails or is inconclusive. It is decided on the interval: fail when "
        "all of it is beyond the bound, pass when all of it is within.",
        (
            "the bound and the smallest number of examples are in the config",
            "a figure that is missing or undefined fails",
            "one baseline is pinned, so that a slow slide is seen",
            "it looks at dev: a merge that test stops is a decision made on test (MLY 11)",
        ),
        (
            "“Not worse by 1 point”, decided on the value alone, fails 15% of unchanged models by "
            "accuracy (error 10%) and four in ten by F1 with 10% positives, where run and "
            "baseline have 2,000 examples each and are not paired (mlstrat's figures).",
        ),
        "ICH E9 (1998), non-inferiority by an interval; Holm (1979)",
        codes=("MLS51", "MLS520", "MLS521", "MLS522", "MLS523"),
        commands=("gate",),
        also=("ledger", "interval", "paired-comparison", "test-set"),
        aliases=("gates",),
        decision=GATE,
    ),
    Term(
        "ledger",
        "Ledger",
        "A small JSON file that a team commits: how often each dev and test set was used by a "
        "gate, by how many runs, and the gap from dev to test each time. On a set that models "
        "are chosen on again and again, the chosen one looks better than it is.",
        (
            "written by gate --ledger FILE, one more use each time",
            "a set is known by its rows, whatever its file is called",
            "dev is worn out once several runs used it and test is surely worse than dev",
        ),
        (
            "Two gates of two runs on one dev set: 2 uses by 2 runs; the same run again: 3 uses by "
            "2 (mlstrat's example).",
        ),
        "MLY 11; Dwork et al. (2015), the reusable holdout",
        codes=("MLS521", "MLS522"),
        commands=("gate --ledger",),
        also=("gate", "dev-set", "test-set", "dev-overfit"),
    ),
    Term(
        "report",
        "Report",
        "One document for whoever decides: the verdict, what to do next, the ladder, the figures "
        "with their intervals, and what all of it is based on.",
        (
            "inputs are named with their checksums",
            "the same inputs and seed give the same document",
            "beside the runs before it, it says which gap each change moved",
        ),
        ("The ladder 1, 8 and 10% comes out as bias 7 points, variance 2: work on bias.",),
        "mlstrat: a team works on what all of it has read (MLY 58)",
        ("H1",),
        codes=("MLS50", "MLS524"),
        commands=("report", "init"),
        also=("finding", "gate"),
        aliases=("config", "history"),
        decision=MOVED,
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
            "of many comparisons some look like a change by chance: each must be surer than one "
            "alone",
            "no difference seen is an answer, with how large a change may have been overlooked",
        ),
        (
            "Six knobs and three gaps are 18 comparisons: at 95% each, one or more would be seen "
            "by chance in 60 of 100 studies; with Holm's adjustment, in 5 (mlstrat's figures).",
        ),
        "C3W1 Orthogonalization; Holm (1979); Cameron, Gelbach and Miller (2011)",
        codes=("MLS70",),
        commands=("study",),
        also=("orthogonalization", "interval", "run"),
        aliases=("studies", "ablation"),
        decision=KNOB,
    ),
    Term(
        "leakage",
        "Leakage",
        "Something in the examples tells the answer that will not be there when the model is "
        "used: copies of test rows in train, people who are in two splits, a column that is "
        "filled in once the answer is known. The error on test is then too low.",
        (
            "no row, person or device is in two splits",
            "no single column determines the target",
            "what is computed over all rows (a mean, a vocabulary) is computed on train alone",
            "where the target drifts in time, test is later than train",
        ),
        (
            "100 of 1,000 test rows are copies that the model knows by heart: an error of 10% on "
            "the other 900 looks like 9%.",
        ),
        "C3W1 Train/dev/test distributions; Kaufman, Rosset and Perlich (2011)",
        commands=("split --check", "train"),
        also=("distributions", "test-set"),
        aliases=("data-leakage", "target-leakage", "leak", "data-leak"),
    ),
    Term(
        "baseline",
        "Baseline",
        "What a figure is compared with before it means anything: the constant answer and chance "
        "(the floor), people, the run before the change, the system in use.",
        (
            "the floor: diagnose names the error of always giving the most frequent label",
            "the run before: gate --baseline and report --baseline, on the same examples",
            "people: --human-error, the level that bias is measured from",
            "a small model that takes an hour to build, before a large one",
        ),
        (
            "90 of 100 rows are “no”: always answering no errs on 10%, so a model at 9% has won "
            "1 point, not 91.",
        ),
        "C3W2 Build your first system quickly, then iterate; MLY 13",
        commands=("diagnose", "gate --baseline", "report --baseline"),
        also=("human-level", "first-system", "gate"),
        aliases=(
            "baselines",
            "floor",
            "majority-class",
            "dummy-classifier",
            "class-imbalance",
            "imbalance",
        ),
    ),
    Term(
        "regression",
        "Regression",
        "The target is a number, and the error of a row is how far off its prediction is. The "
        "ladder, the gaps and the verdict are the same; an error is an amount, not a share, "
        "unless --within says from which distance on a prediction is wrong.",
        (
            "columns target and prediction hold numbers: --task regression",
            "--within 5 counts a row as wrong from a distance of 5",
            "--human-error is in the unit of the target",
        ),
        (
            "Predictions 3, 5 and 9 for 2, 5 and 11 are off by 1, 0 and 2: mean absolute error 1, "
            "root mean square √(5/3) = 1.29.",
        ),
        "C3W1 Avoidable bias; Hyndman and Koehler (2006)",
        commands=("diagnose --task", "score --task"),
        also=("single-number", "gap"),
        aliases=("mae", "rmse", "mean-absolute-error", "mean-squared-error", "numeric-target"),
    ),
    Term(
        "regularisation",
        "Regularisation",
        "What keeps a network from learning its training examples by heart: it lowers variance "
        "and may raise bias. L2 draws all weights towards 0; dropout leaves out units at random, "
        "so that none can rely on another.",
        (
            "for variance, not for bias",
            "L2: the loss grows by λ/2m times the sum of squared weights",
            "dropout: at training time only; what is kept is divided by the share kept",
            "early stopping turns two knobs at once",
        ),
        (
            "L2 with λ = 0.1, m = 50 and α = 0.5: each step multiplies the weights by "
            "1 − 0.5 × 0.1/50 = 0.999.",
            "Dropout that keeps 0.8 of 50 units leaves out 10 at a time.",
        ),
        "C2W1 Regularization; Dropout regularization",
        commands=("train --dropout", "study knobs"),
        also=("variance", "orthogonalization", "augmentation"),
        aliases=("regularization", "l2", "weight-decay", "dropout"),
    ),
    Term(
        "softmax",
        "Softmax",
        "Turns a number for each class into probabilities that sum to 1: e to each, over the sum "
        "of all. The largest stays the largest.",
        (
            "one right class of several; where several can be right, a sigmoid for each",
            "probabilities look surer than they are: calibration says by how much",
        ),
        ("(5, 2, −1, 3) becomes 0.842, 0.042, 0.002 and 0.114.",),
        "C2W3 Softmax regression",
        also=("calibration", "multi-task"),
        aliases=("logits",),
    ),
)
