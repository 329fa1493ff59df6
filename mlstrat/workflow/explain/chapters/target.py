"""Setting the target: what to aim at, and on which examples."""

from mlstrat.core.decisions import CONSTRAINTS
from mlstrat.workflow.explain.term import Term

TARGET = (
    Term(
        "why-strategy",
        "Why strategy",
        "A system that is not good enough could be improved in a dozen ways, most of which take "
        "weeks. Measure first where the error comes from: that rules most of them out before any "
        "is tried.",
        (
            "every idea is written down",
            "each is matched with the gap that it would close, before anyone starts on it",
            "an idea that closes none of the large gaps is dropped, however good it sounds",
            "the whole team knows which gap comes first, and why",
        ),
        (
            "At 90% accuracy the list may read: more data, more varied data, longer training, "
            "another optimiser, a bigger or a smaller network, dropout, L2, other activations or "
            "hidden units. The diagnosis keeps two or three of them.",
            "How much data there is decides which choices matter: with 20 examples hand-made "
            "features, with 1,000,000 a neural network has the edge.",
        ),
        "C3W1 Why ML strategy; MLY 1, 4, 58",
        ("Q1", "N1"),
        commands=("diagnose", "report"),
        also=("orthogonalization", "improving", "first-system"),
        aliases=("strategy",),
    ),
    Term(
        "orthogonalization",
        "Orthogonalization",
        "Four things must hold, one after the other: a good fit on train, on dev, on test, and in "
        "the real world. Each has knobs of its own. Find the first that fails and turn only its "
        "knobs, so that fixing one does not spoil another.",
        (
            "train fails: a bigger network, or a better optimiser (Adam)",
            "dev fails: regularisation, or a bigger training set",
            "test fails: a bigger dev set",
            "the real world fails: another dev set, or another cost function",
            "early stopping moves the fit to train and to dev at once. The lecture: “I tend not "
            "to use early stopping”; it is not a bad technique, only less orthogonal",
        ),
        (
            "An old television has one knob for the height of the picture, one for its width, "
            "others for its trapezoid and its position. A single knob for 0.1 × height + 0.3 × "
            "width − 1.7 × trapezoid + 0.8 × position would be almost impossible to use.",
            "A joystick whose axes each mix angle and speed (0.3 × angle − 0.8 × speed, and "
            "2 × angle + 0.9 × speed) can drive a car, but is almost impossible to use.",
        ),
        "C3W1 Orthogonalization",
        ("Q2",),
        codes=("MLS101", "MLS102", "MLS103", "MLS104", "MLS112", "MLS701", "MLS702", "MLS704"),
        commands=("diagnose", "gaps", "study knobs"),
        also=("avoidable-bias", "variance", "data-mismatch", "dev-overfit"),
        aliases=("orthogonality", "knobs", "early-stopping", "knob", "hyperparameters"),
    ),
    Term(
        "single-number",
        "Single number evaluation metric",
        "Rank models by one number on the dev set, so that a new idea is judged at a glance. "
        "Where two numbers pull apart, combine them: precision and recall by their harmonic mean "
        "F1, regions by their mean.",
        (
            "one metric, chosen before the models are compared",
            "measured on dev, on the same examples for all",
            "several figures are averaged, or one is optimised and the others get bounds",
        ),
        (
            "Precision 95% and recall 90% make an F1 of 92.4%; 98% and 85% make 91.0%: take "
            "the first. The plain means are 92.5% and 91.5%, and rank them alike here.",
            "Error in the US, China, India and elsewhere: A 3, 7, 5, 9%, B 5, 6, 5, 10%, "
            "C 2, 3, 4, 5%, D 5, 8, 7, 2%, E 4, 5, 2, 4%, F 7, 11, 8, 12%. Four figures a model "
            "rank nothing; their means do: 6, 6.5, 3.5, 5.5, 3.75 and 9.5%. Take C (for D the "
            "slide has 5.25).",
            "3 true positives, 1 false positive, 2 false negatives and 4 true negatives: precision "
            "75.0%, recall 60.0%, F1 66.7%, accuracy 70.0%.",
        ),
        "C3W1 Single number evaluation metric; MLY 8",
        ("M1", "M2"),
        codes=("MLS202", "MLS204", "MLS205", "MLS209", "MLS230", "MLS301", "MLS324", "MLS27"),
        commands=("score",),
        also=("satisficing", "changing-metrics", "f1", "confusion-matrix"),
        aliases=(
            "metric",
            "evaluation-metric",
            "single-number-evaluation-metric",
            "precision-and-recall",
            "macro-f1",
        ),
    ),
    Term(
        "satisficing",
        "Satisficing and optimizing metrics",
        "Of N things that matter, optimise one and give each of the other N − 1 a bound that is "
        "good enough. A weighted sum of unlike things hides the same choice in its units.",
        (
            "one metric is optimised: the optimizing metric",
            "each of the others has a bound, beyond which more is worth nothing",
            "a candidate exactly at the bound passes",
            "the figure that decides was measured on the same dev set for all",
        ),
        (
            "Accuracies of 90, 92 and 95% at 80, 95 and 1,500 ms; at most 100 ms: the third is "
            "out, and of the others 92% wins.",
            "Accuracy − 0.5 × time picks the first model in percent and milliseconds (50, 44.5, "
            "−655), and the second in fractions and seconds (0.86, 0.8725, 0.20) (mlstrat's "
            "sums).",
            "A wake word may wake the device by mistake at most once in 24 hours: false positives "
            "× 24 / hours ≤ 1, and exactly 1 passes.",
        ),
        "C3W1 Satisficing and optimizing metric; MLY 9",
        ("M4", "M5"),
        codes=("MLS31", "MLS320"),
        commands=("select",),
        also=("single-number", "candidate", "pareto"),
        aliases=(
            "optimizing",
            "optimizing-metric",
            "satisficing-metric",
            "satisficing-and-optimizing-metric",
            "constraint",
        ),
        decision=CONSTRAINTS,
    ),
    Term(
        "distributions",
        "Train, dev and test distributions",
        "Dev and test say where to aim. Both come from one distribution: that of the examples "
        "on which the system is to do well in future. Other data may help in train, and have no "
        "place in dev or test.",
        (
            "dev and test come from the same sources, shuffled together",
            "they look like what is expected in future and matters",
            "no example, person or device appears in two splits (mlstrat's condition: a figure "
            "on what was seen looks too good)",
            "data of another kind go to train only",
        ),
        (
            "Eight regions, four in dev and the other four in test: the team aims at one half and "
            "is judged on the other. Shuffle all eight into both.",
            "A dev set of people of medium income and a test set of poorer districts cost a team "
            "about 3 months.",
            "10,000,000 pictures of the target and 1,000,000 of another kind from citizens: add "
            "the million to train; in dev or test it would move the target.",
        ),
        "C3W1 Train/dev/test distributions; MLY 6",
        ("S3", "S4", "S8"),
        codes=("MLS118", "MLS119", "MLS350", "MLS351", "MLS353", "MLS354", "MLS355", "MLS449"),
        commands=("split", "split --check"),
        also=("dev-set", "test-set", "training-on-other-data", "train-dev"),
        aliases=("train-dev-test-distributions",),
    ),
    Term(
        "dev-set",
        "Dev set",
        "The examples on which ideas and models are chosen: tuned, compared, dropped. The dev set "
        "says where to aim, so it holds what the system is to do well on.",
        (
            "from the distribution that matters, not from whatever is at hand",
            "never trained on",
            "large enough to tell apart the models that it has to choose from",
            "the same examples for every model, so that they can be compared in pairs",
            "once much has been chosen on it: more of it, or a fresh one",
        ),
        (
            "1,000 to 10,000 examples are common; 100 cannot show 90.0% against 90.1%.",
            "Errors of 5% and 4%, the two models disagreeing on 5% of the examples: 4,120 "
            "examples would settle it in four of five such cases (mlstrat's figure).",
        ),
        "C3W1 Train/dev/test distributions; MLY 5-7; Connor (1987)",
        codes=("MLS207",),
        commands=("plan", "split", "score"),
        also=("test-set", "sizes", "dev-overfit", "eyeball"),
        aliases=("dev", "development-set", "validation-set", "validation", "hold-out", "holdout"),
    ),
    Term(
        "test-set",
        "Test set",
        "The examples that give the final figure. Nothing is decided on them, not even which "
        "model to keep; that is what keeps the figure honest.",
        (
            "from the same distribution as dev",
            "sized for confidence in its figure, not as a share of the data",
            "looked at once a week or a month, if progress has to be followed, and never to "
            "decide anything, not even whether to roll back to last week's model (MLY 11)",
            "no gate looks at test: to stop a merge is to decide (mlstrat's reading of MLY 11)",
        ),
        (
            "10,000 examples know an error of 10% to ± 0.59 points, 1,000 to ± 1.9 (mlstrat's "
            "figures).",
        ),
        "C3W1 Size of the dev and test sets; MLY 5, 7, 11",
        codes=("MLS206", "MLS346"),
        commands=("plan", "split", "gate --ledger"),
        also=("dev-set", "sizes", "dev-overfit", "ledger", "gate"),
        aliases=("test",),
    ),
    Term(
        "sizes",
        "Size of the dev and test sets",
        "Dev is large enough to tell the candidates apart, test large enough to trust the final "
        "figure, and train gets the rest. Shares such as 70/30 come from small data; with a "
        "million examples 1% is plenty.",
        (
            "the smallest difference worth knowing is written down",
            "dev detects that difference with the power that you want, both models predicting "
            "the same examples",
            "test gives an interval as narrow as the decision needs",
            "to go without test is acceptable only with a very large dev set, and not advised",
        ),
        (
            "100, 1,000 or 10,000 examples: 70/30, or 60/20/20. 1,000,000: 98/1/1, which is "
            "980,000, 10,000 and 10,000; above that even 99.5/0.25/0.25 or 99.5/0.4/0.1.",
            "One example is 1 point of 100, 0.1 of 1,000 and 0.01 of 10,000. 90.0 against 90.1% "
            "cannot show on 100 examples.",
            "5% against 4% with a power of 80%: 4,120 examples that both models predict, if they "
            "disagree on 5% of them; 6,745 each, if every model has a sample of its own "
            "(mlstrat's figures).",
            "10,000 examples at 90% have a standard error of 0.30 points: unpaired, 0.1 points "
            "take about 1.41 million (mlstrat's figures).",
            "A test set of 10,000, or of 100,000 for very sure verdicts, is usually enough.",
        ),
        "C3W1 Size of the dev and test sets; C2W1 Train/dev/test sets; MLY 5, 7, 10",
        ("S1", "S11", "S12"),
        codes=("MLS34", "MLS357"),
        commands=("plan",),
        also=("dev-set", "test-set", "paired-comparison", "eyeball", "interval"),
        aliases=("size", "dev-size", "test-size", "size-of-the-dev-and-test-sets"),
    ),
    Term(
        "changing-metrics",
        "When to change dev and test sets and metrics",
        "When the metric prefers a model that you would not ship, the metric, the dev set or both "
        "are wrong: change them. Placing the target is one step, aiming at it is another; do not "
        "tune a model to a target that ranks wrongly.",
        (
            "the metric orders two models otherwise than you or your users do",
            "or the application sees other examples than dev holds",
            "or dev has been chosen on for so long that it is overfitted: then a fresh dev set",
            "the new metric or dev set is defined first; only then are models tuned to it",
        ),
        (
            "Model A errs on 3%, B on 5%, but A lets pornography through. Weigh such examples "
            "10 (or 100) and the others 1: error = Σ weight × wrong / Σ weight. The lecture "
            "names no share of such examples. If B errs on none of them, B wins once A's are more "
            "than 0.22% of all examples (weight 10), or 0.02% (weight 100) (mlstrat's figures).",
            "A errs on 3% of sharp web pictures and B on 5%, yet B is better on photos from "
            "users' phones: put such photos into dev and test.",
            "More accurate than a competitor, but with more false negatives: rethink the metric, "
            "then tune to it. Neither the false negatives alone nor two numbers at once.",
            "1,000 pictures of a species that arrived now and a deadline in 3 months: first a "
            "metric with dev and test sets that hold the species (answers to this quiz differ).",
            "A first metric and dev set in less than a week; a mature product may take months.",
        ),
        "C3W1 When to change dev/test sets and metrics; MLY 11",
        ("M7", "M8", "M9", "M10", "W4"),
        codes=("MLS302", "MLS303", "MLS316"),
        commands=("score", "select"),
        also=("single-number", "dev-overfit", "first-system"),
        aliases=("when-to-change", "metric-change", "when-to-change-dev-test-sets-and-metrics"),
    ),
)
