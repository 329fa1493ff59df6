"""The ladder from people to test, and the gaps on it."""

from mlstrat.core.decisions import DIFFERENCE, REACHED
from mlstrat.workflow.explain.term import Term

_MISMATCHED = "C3W2 Bias and variance with mismatched data distributions"

LADDER = (
    Term(
        "mismatched-distributions",
        "Bias and variance with mismatched data distributions",
        "When train and dev come from different distributions, the step from train to dev changes "
        "two things at once. A train-dev set, held out from the training distribution, splits it "
        "into variance (train to train-dev) and data mismatch (train-dev to dev).",
        (
            "train and dev come from different distributions",
            "a train-dev set is there that was never trained on",
            "if the error drops from one level to the next, the later examples are probably "
            "easier: measure people on both",
        ),
        (
            "People 0%, train 1%, dev 10%: 9 points that cannot be split; make a train-dev set.",
            "With train-dev at 9%: bias 1, variance 8, mismatch 1: variance.",
            "Train 10%, train-dev 11%, dev 12%: bias 10.",
            "4, 7, 10, 12 and 12% from people to test: 3, 3, 2 and 0 points. mlstrat names at "
            "most two gaps, here bias and variance.",
            "0.5, 8.8, 9.1, 14.3 and 14.8%: 8.3, 0.3, 5.2 and 0.5 points; bias, and mismatch too. "
            "Whether dev is harder is unknown until people are measured on both.",
            "People 4 and 6%, trained-on 7 and 6%, held out 10 and 6% on general speech and on "
            "speech at the mirror: 3 and 3 points on the first, 0 and 0 on the second, which is "
            "at human level already though it is harder.",
        ),
        f"{_MISMATCHED}; MLY 40-41",
        ("X0", "X1", "X3", "X5", "X7", "X10", "X13"),
        codes=("MLS105", "MLS117", "MLS113", "MLS211"),
        commands=("diagnose", "gaps"),
        also=("train-dev", "data-mismatch", "variance", "addressing-mismatch"),
        aliases=(
            "mismatch-decomposition",
            "bias-and-variance-with-mismatched-data-distributions",
            "two-way-table",
        ),
    ),
    Term(
        "variance",
        "Variance",
        "The error on held-out examples of the training distribution minus the training error: "
        "how far the model fails to generalise to new examples. Measured from train to train-dev, "
        "or from train to dev where both are of one distribution.",
        (
            "both sides are of the same distribution",
            "the gap is larger than avoidable bias",
            "then: more data, regularisation, augmentation, another architecture",
        ),
        (
            "Train 15% and dev 30% beside people at 14%: 15 points of variance.",
            "Train 1%, train-dev 9%, dev 10%: 8 points of variance, 1 of mismatch.",
        ),
        f"C3W1 Improving your model performance; {_MISMATCHED}; MLY 22, 27",
        ("H13a", "X1"),
        codes=("MLS102", "MLS218"),
        commands=("diagnose", "gaps"),
        also=("avoidable-bias", "train-dev", "learning-curves", "basic-recipe"),
        aliases=("overfitting", "overfit"),
    ),
    Term(
        "variance-or-mismatch",
        "Variance or mismatch",
        "The gap from train to dev where the two differ in distribution and there is no train-dev "
        "set to say which of the two it is. It is a merged gap: each of its parts lies between 0 "
        "and the whole, if neither is negative.",
        (
            "distributions are declared different",
            "there is no train-dev set: setting one aside is the next step",
        ),
        ("Train 1%, dev 10%: 9 points of one, of the other or of both.",),
        _MISMATCHED,
        ("X0",),
        codes=("MLS105", "MLS117", "MLS352", "MLS449"),
        commands=("diagnose", "gaps"),
        also=("train-dev", "variance", "data-mismatch"),
        aliases=("merged-gap",),
    ),
    Term(
        "data-mismatch",
        "Data mismatch",
        "The error on dev minus the error on train-dev: what the model loses because dev is "
        "unlike what it was trained on.",
        (
            "train-dev is of the training distribution, dev of the target",
            "the gap is the largest, or close to it",
            "then: see how dev differs, and make training data more like it",
        ),
        (
            "Train 1%, train-dev 1.5%, dev 10%: 0.5 points of variance, 8.5 of mismatch.",
            "Train-dev 9.1% and dev 14.3%: 5.2 points beside a bias of 8.3. 5.2 / 8.3 = 0.63, "
            "above mlstrat's 0.6, so both are worth work.",
        ),
        f"{_MISMATCHED}; MLY 41",
        ("X1", "X10"),
        codes=("MLS103", "MLS113", "MLS356"),
        commands=("diagnose", "gaps"),
        also=("addressing-mismatch", "train-dev"),
        aliases=("mismatch", "drift", "distribution-shift", "domain-shift", "covariate-shift"),
    ),
    Term(
        "dev-overfit",
        "Overfitting to dev",
        "The error on test minus the error on dev. Where both come from one distribution, the "
        "cause is clear: choosing among many models on dev has fitted dev. Where they do not, "
        "there are three causes, and the figures cannot say which.",
        (
            "dev and test are alike in all that is known of them: sources, devices, classes",
            "if not, one of three: dev is overfitted; test is harder, and the model does as well "
            "as can be; test is just different, and the work on dev was spent on something else",
            "then first draw dev and test from one distribution",
            "if they are alike: a bigger dev set, or a fresh one",
            "test is looked at seldom, and nothing is chosen on it",
        ),
        (
            "Dev 14.3% and test 14.8%: 0.5 points, small beside a bias of 8.3.",
            "Dev 12% and test 12%: none.",
            "Dev 5% on web pictures, test 18% on pictures from phones, one model, nothing ever "
            "chosen on dev: 13 points, and no overfitting to dev (mlstrat's example).",
        ),
        "C3W1 Orthogonalization; MLY 6, 12",
        ("X5", "X10"),
        codes=("MLS104", "MLS118", "MLS119", "MLS206", "MLS522"),
        commands=("diagnose", "split --check", "gate --ledger"),
        also=("dev-set", "test-set", "distributions", "changing-metrics"),
        aliases=("degree-of-overfitting-to-dev", "overfitting-to-dev"),
    ),
    Term(
        "train-dev",
        "Train-dev set",
        "Examples of the training distribution that are not trained on. They separate variance "
        "from mismatch.",
        (
            "sampled at random from the training data, before training",
            "never trained on, and not chosen on",
            "large enough to place the gap on either side",
        ),
        ("Train 1%, dev 10%: a train-dev error of 9% says variance, of 1.5% says mismatch.",),
        f"{_MISMATCHED}; MLY 40",
        ("X1",),
        codes=("MLS105", "MLS117", "MLS352", "MLS356"),
        commands=("split", "plan", "diagnose"),
        also=("variance", "data-mismatch"),
        aliases=("training-dev",),
    ),
    Term(
        "learning-curves",
        "Learning curves",
        "With more training examples the training error rises and the dev error falls; where the "
        "two flatten out says whether more data can reach the target.",
        (
            "dev has flattened above the target: more data will not reach it",
            "train is at or above the target on all data and the gap is small: bias; data alone "
            "cannot help",
            "train is low and dev much higher: variance; data are likely to help",
            "train is high and the gap is large: both",
            "with few examples the points are noisy: average over several samples",
        ),
        (
            "From 2 examples over 100 to 10,000 the training error can only be expected to rise: "
            "2 examples are memorised. (The book draws curves and gives no figures.)",
        ),
        "MLY 28-32",
        ("L1", "N1"),
        codes=("MLS60", "MLS61"),
        commands=("curve", "plot"),
        also=("variance", "target", "improving"),
        aliases=("learning-curve", "reached"),
        decision=REACHED,
    ),
    Term(
        "interval",
        "Interval: how sure a figure is",
        "Every figure from a sample could have come out otherwise. The interval says how far: "
        "over many data sets, 95 in 100 of such intervals hold the truth. A gap or a difference "
        "whose interval includes 0 may be noise.",
        (
            "rows are independent, or grouped and the groups are resampled",
            "the split was not chosen on, or the figure looks too good",
            "relative to the error itself, what counts is the number of errors; in points, it is "
            "the number of rows",
            "where a few groups, heavy rows, positives, classes or losses hold most of what is "
            "known, the interval is as wide as these few make it",
        ),
        (
            "20 wrong of 1,000 is 2.0%, 95% interval 1.3 to 3.1% (Wilson; mlstrat's figures).",
            "2 wrong of 100 is 2.0% too, and lies between 0.6 and 7.0% (mlstrat's figures).",
            "Of 1,000 rows, 0, 20, 100 and 500 wrong make intervals 0.4, 1.8, 3.7 and 6.2 points "
            "wide (mlstrat's figures).",
        ),
        "Wilson (1927); Newcombe (1998b), differences; the course gives no intervals",
        codes=("MLS114", "MLS208", "MLS215", "MLS295", "MLS314", "MLS315"),
        commands=("score", "diagnose", "compare"),
        also=("sizes", "resample", "paired-comparison"),
        aliases=("confidence-interval", "ci", "confidence", "noise"),
    ),
    Term(
        "paired-comparison",
        "Two models on the same examples",
        "Where two models predict the same examples, only those on which one is right and the "
        "other is wrong tell them apart. As models mostly fail on the same hard examples, that "
        "mostly takes fewer examples than a sample for each.",
        (
            "both runs hold the same ids and labels",
            "the number of examples on which they disagree is reported",
            "a difference that may be chance is said to be one",
        ),
        (
            "4 examples right in the first only and 15 in the second only: an exact p of 0.019, "
            "whatever the number of examples on which both are right (mlstrat's figures).",
            "6 errors fixed and none broken show (p = 0.031), 5 do not (p = 0.062), whatever the "
            "number of examples (mlstrat's figures).",
            "Two models that err on 10% each, independently, disagree on 18%: then pairs save "
            "nothing (mlstrat's figures).",
        ),
        "McNemar (1947)",
        codes=(
            "MLS317",
            "MLS321",
            "MLS322",
            "MLS323",
            "MLS324",
            "MLS325",
            "MLS326",
            "MLS292",
            "MLS293",
            "MLS294",
            "MLS345",
            "MLS518",
            "MLS524",
        ),
        commands=("compare", "gate"),
        also=("interval", "sizes"),
        aliases=("paired", "mcnemar", "pairing", "p-value", "significance"),
        decision=DIFFERENCE,
    ),
)
