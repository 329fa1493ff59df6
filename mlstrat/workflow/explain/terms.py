# Over 300 lines: the glossary is text, one entry after another, in the order of the course.
"""Every term of the workflow: rule, checklist, worked numbers, source."""

from __future__ import annotations

from mlstrat.workflow.explain.term import Term

_MISMATCHED = "C3W2 Bias and variance with mismatched data distributions"
_CARRYING_OUT = "C3W2 Carrying out error analysis"
_CLEANING = "C3W2 Cleaning up incorrectly labeled data"
_WHAT = "C3W2 What is end-to-end deep learning"

TARGET = (
    Term(
        "why-strategy",
        "Why strategy",
        "A system that is not good enough could be improved in a dozen ways, and most of them "
        "take weeks. Measure first where the error comes from; the measurement rules most of the "
        "ways out before any of them is tried.",
        (
            "the ways that come to mind are written down",
            "each is matched with the gap that it moves, before one is started",
            "a way that moves none of the large gaps is dropped, however good it sounds",
        ),
        (
            "At 90% accuracy the list may read: more data, more varied data, longer training, "
            "another optimiser, a bigger or a smaller network, dropout, L2, other activations or "
            "hidden units. The diagnosis keeps two or three of them.",
            "How much data there is decides what choices matter: with 20 examples the features "
            "made by hand, with 1,000,000 a neural network has the edge.",
        ),
        "C3W1 Why ML strategy; MLY 1, 4",
        ("Q1", "N1"),
        commands=("diagnose",),
        also=("orthogonalization", "improving", "first-system"),
        aliases=("strategy",),
    ),
    Term(
        "orthogonalization",
        "Orthogonalization",
        "Four things must hold one after the other: a good fit on train, on dev, on test, and in "
        "the world. Each has knobs of its own. Find the first that fails and turn only its "
        "knobs, so that mending one does not spoil another.",
        (
            "train fails: a bigger network, or a better optimiser (Adam)",
            "dev fails: regularisation, or a bigger training set",
            "test fails: a bigger dev set",
            "the world fails: another dev set, or another cost function",
            "early stopping moves the fit to train and to dev at once, so it comes last",
        ),
        (
            "A stick that steers by 0.3 × angle − 0.8 × speed along one axis and by "
            "2 × angle + 0.9 × speed along the other can drive a car, but nobody can learn it: "
            "two knobs, each of which does one thing, are easier to tune.",
        ),
        "C3W1 Orthogonalization",
        ("Q2",),
        codes=("MLS101", "MLS102", "MLS103", "MLS104", "MLS112", "MLS701", "MLS702", "MLS704"),
        commands=("diagnose", "gaps", "study knobs"),
        also=("avoidable-bias", "variance", "data-mismatch", "dev-overfit"),
        aliases=("orthogonality", "knobs"),
    ),
    Term(
        "single-number",
        "Single number evaluation metric",
        "Rank models by one number on the dev set, so that a new idea is judged at a glance. "
        "Where two numbers pull apart, combine them: precision and recall by their harmonic mean "
        "F1, regions by their mean.",
        (
            "one metric, chosen before the models are compared",
            "measured on dev, the same examples for all",
            "several figures are averaged, or one is optimised and the others are bounds",
        ),
        (
            "Precision 95% and recall 90% make an F1 of 92.4%; 98% and 85% make 91.0%: take "
            "the first. The plain means are 92.5% and 91.5%, and rank them alike here.",
            "3 true positives, 1 false positive, 2 false negatives and 4 true negatives: precision "
            "75.0%, recall 60.0%, F1 66.7%, accuracy 70.0%.",
        ),
        "C3W1 Single number evaluation metric; MLY 8",
        ("M1", "M2"),
        codes=("MLS202", "MLS204", "MLS205", "MLS209", "MLS301", "MLS324"),
        commands=("score",),
        also=("satisficing", "changing-metrics", "f1"),
        aliases=("metric", "evaluation-metric", "single-number-evaluation-metric"),
    ),
    Term(
        "satisficing",
        "Satisficing and optimizing metrics",
        "Of N things that matter, optimise one and give each of the other N − 1 a bound that is "
        "good enough. A weighted sum of unlike things hides the same choice in its units.",
        (
            "one metric is optimised",
            "each of the others has a bound, and beyond it more is worth nothing",
            "a candidate exactly at the bound passes",
            "the figure that decides was measured on the same dev set for all",
        ),
        (
            "Accuracies of 90, 92 and 95% at 80, 95 and 1,500 ms; at most 100 ms: the third is "
            "out, and of the others 92% wins.",
            "Accuracy − 0.5 × time picks the first model in percent and milliseconds (50, 44.5, "
            "−655), and the second in fractions and seconds (0.86, 0.8725, 0.20); ours.",
            "A wake word may wake the device by mistake at most once in 24 hours: false positives "
            "× 24 / hours ≤ 1, and exactly 1 passes.",
        ),
        "C3W1 Satisficing and optimizing metric; MLY 9",
        ("M4", "M5"),
        codes=("MLS31",),
        commands=("select",),
        also=("single-number", "candidate"),
        aliases=("optimizing", "satisficing-and-optimizing-metric"),
    ),
    Term(
        "distributions",
        "Train, dev and test distributions",
        "Dev and test say where to aim. Both are drawn from one distribution: that of the "
        "examples which the system is to do well on in future. Other data may help in train, and "
        "has no place in dev or test.",
        (
            "dev and test come from the same sources, shuffled together",
            "they look like what is expected in future and matters",
            "no example, and no person or device that made it, is in two splits",
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
        codes=("MLS350", "MLS351", "MLS353", "MLS354", "MLS355"),
        commands=("split", "split --check"),
        also=("training-on-other-data", "sizes", "train-dev"),
        aliases=("train-dev-test-distributions",),
    ),
    Term(
        "sizes",
        "Size of the dev and test sets",
        "Dev is large enough to tell the candidates apart, test large enough to trust the last "
        "word, and train gets the rest. Shares such as 70/30 come from small data; with a "
        "million examples 1% is plenty.",
        (
            "the smallest difference worth knowing is written down",
            "dev tells that difference with the power that you want",
            "test gives an interval as narrow as the decision needs",
            "to go without test is acceptable only with a very large dev set, and not advised",
        ),
        (
            "100, 1,000 or 10,000 examples: 70/30, or 60/20/20. 1,000,000: 98/1/1, which is "
            "980,000, 10,000 and 10,000; above that even 99.5/0.25/0.25 or 99.5/0.4/0.1.",
            "One example is 1 point of 100, 0.1 of 1,000 and 0.01 of 10,000. 90.0 against 90.1% "
            "cannot show on 100 examples.",
            "10,000 unpaired examples at 90% have a standard error of 0.30 points: 0.1 points "
            "with a power of 80% take about 1.41 million, far fewer if both models predict the "
            "same examples (ours).",
            "A test set of 10,000, or of 100,000 for very sure verdicts, is usually enough.",
        ),
        "C3W1 Size of the dev and test sets; MLY 5, 7, 10",
        ("S1", "S11", "S12"),
        codes=("MLS34",),
        commands=("plan",),
        also=("paired-comparison", "eyeball", "interval"),
        aliases=("size", "dev-size", "test-size", "size-of-the-dev-and-test-sets"),
    ),
    Term(
        "changing-metrics",
        "When to change dev and test sets and metrics",
        "When the metric prefers a model that you would not ship, the metric, the dev set or both "
        "are wrong: change them. Placing the target is one step, aiming at it is another; do not "
        "tune a model to a target that ranks wrongly.",
        (
            "two models are ordered otherwise by the metric than by you or your users",
            "or the application sends other examples than dev holds",
            "or dev was chosen on for so long that it is overfitted: then a fresh dev set",
            "the new metric or dev set is defined first; only then models are tuned to it",
        ),
        (
            "Model A errs on 3%, B on 5%, but A lets pornography through. Weigh such examples "
            "10 (or 100) and the others 1: error = Σ weight × wrong / Σ weight. B wins.",
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
"""Setting the target: what to aim at, and on which examples."""

PEOPLE = (
    Term(
        "human-level",
        "Why human-level performance",
        "As long as a model is worse than people, people can help it: they label more examples, "
        "say why they are right where it is wrong, and give a level that separates bias from "
        "variance. Progress tends to slow down past that level.",
        (
            "people do the task well: seeing, hearing, reading, judging",
            "the model is still worse than they are",
            "then: get labels from people, read errors with them, and weigh bias against variance",
        ),
        (
            "From the highest error to the lowest: people, the algorithm that beats them, Bayes "
            "error. An algorithm may pass people; nothing passes Bayes error.",
            "People at 2% and the system at 10%: the best possible is at most 2%, so at least "
            "8 points are avoidable bias, and what reduces bias is worth trying.",
        ),
        "C3W1 Why human-level performance; MLY 33",
        ("Q3", "H11", "H15"),
        codes=("MLS337",),
        commands=("human",),
        also=("bayes-error", "human-level-proxy", "surpassing"),
        aliases=("human", "why-human-level-performance"),
    ),
    Term(
        "bayes-error",
        "Bayes error",
        "The lowest error that any function from inputs to labels can have: blurred pictures and "
        "noisy sound cannot all be told. It is not known; the lowest error that people reach "
        "bounds it from above and stands in for it.",
        (
            "the stand-in is the best person or team, not the average one",
            "its answers were given on the same distribution as the level it is compared with",
        ),
        (
            "A team reaches 0.5%: Bayes error is at most 0.5%.",
            "14% of a dev error of 30% cannot be avoided, 1 point is avoidable bias and 15 are "
            "variance: 14 + 1 + 15 = 30.",
        ),
        "C3W1 Why human-level performance; MLY 22",
        ("H3", "H13a"),
        commands=("human",),
        also=("human-level-proxy", "avoidable-bias"),
        aliases=("bayes", "optimal-error", "unavoidable-bias"),
    ),
    Term(
        "avoidable-bias",
        "Avoidable bias",
        "Training error minus human-level error: what a better fit could still win. Compare it "
        "with the variance, and work on the larger. The same training error is a failure beside "
        "one human level and perfect beside another.",
        (
            "a human level is known; without one bias and variance cannot be weighed",
            "people and model are measured on the training distribution",
            "avoidable bias is larger than the other gaps",
            "then: a bigger network, longer or better optimisation, another architecture; more "
            "data is no knob of it",
        ),
        (
            "People 1%, train 8%, dev 10%: avoidable bias 7 points, variance 2; work on bias. "
            "With people at 7.5% it would be 0.5 against 2: variance.",
            "Train 4.0% and dev 4.5% with no human level: variance is 0.5 points, and what to "
            "work on cannot be told.",
            "People below 1%, train 5.2%, dev 7.3%: more than 4.2 points of bias against 2.1 "
            "of variance; a bigger network.",
            "People 0%, train 15%, dev 16%: 15 against 1, underfitting. Train 0.5% and dev 1 "
            "%: 0.5 and 0.5, doing well.",
            "People 14%, train 15%, dev 30%: 1 point of avoidable bias, 15 of variance.",
        ),
        "C3W1 Avoidable bias; MLY 20-22",
        ("H1", "H7", "H7b", "H12b", "H12d", "H13a"),
        codes=("MLS101", "MLS110", "MLS116"),
        commands=("diagnose", "gaps"),
        also=("variance", "bayes-error", "improving"),
        aliases=("bias", "underfitting"),
    ),
    Term(
        "human-level-proxy",
        "Understanding human-level performance",
        "For bias the human level is the lowest error that people reach, a team of experts where "
        "there is one, because Bayes error is at most that. For publishing or shipping another "
        "level, such as that of a typical expert, may be the bar.",
        (
            "who reaches the lowest error was asked enough examples to trust it",
            "the level is the best one: not 0, and not the mean of the people",
            "the purpose is said: a proxy for Bayes error, or a bar to pass",
            "near the human level the choice of the proxy decides; far from it any will do",
        ),
        (
            "Anyone 3%, a doctor 1%, an experienced doctor 0.7%, a team 0.5%: the proxy is "
            "0.5%; for a paper 1% may be the bar.",
            "Train 5%, dev 6%: bias is 4, 4.3 or 4.5 points by the proxy of 1, 0.7 or 0.5%, "
            "variance 1; bias in any case.",
            "Train 0.7%, dev 0.8%: bias is −0.3, 0 or 0.2 points, variance 0.1; only the proxy "
            "of 0.5% shows that bias is the larger.",
            "Errors of 0.3, 0.5, 1.0 and 1.2%: the proxy is 0.3%, not 0, not the experts' mean "
            "of 0.4%, not the mean of all of 0.75%.",
        ),
        "C3W1 Understanding human-level performance",
        ("H3", "H4a", "H4c", "H6"),
        codes=("MLS21", "MLS33"),
        commands=("human",),
        also=("bayes-error", "avoidable-bias", "surpassing"),
        aliases=("human-level-performance", "understanding-human-level-performance", "proxy"),
    ),
    Term(
        "human-study",
        "A person as the benchmark",
        "Measuring one careful person shows what is left to win, and reading the model's errors "
        "with the same care shows of what kind it is. Both take days, and both age: the next "
        "model may be past the person.",
        (
            "the person learnt the task: the classes, and how they are told apart",
            "answers are given on examples held out from the learning",
            "wrong labels found on the way are counted apart",
        ),
        (
            "In a well-known study of picture classes a person erred on 5.1% and the model on "
            "6.8%: a gap of 1.7 points.",
            "Of the model's errors 24% had several objects, 21% small or thin ones, 13% picture "
            "filters and 6% abstract drawings: fixing each alone would win at most 1.6, 1.4, 0.9 "
            "and 0.4 points.",
            "0.3% of the examples were labelled wrongly: 4.4% of the model's error.",
            "These figures come from secondary sources.",
        ),
        "C3 heroes: Andrej Karpathy interview; ILSVRC 2014 human study",
        ("Q7",),
        commands=("human", "error-table"),
        also=("human-level-proxy", "ceiling"),
        aliases=("karpathy", "andrej-karpathy-interview"),
    ),
    Term(
        "surpassing",
        "Surpassing human-level performance",
        "Once the model beats the best people, nothing measured says where Bayes error lies, so "
        "bias and variance can no longer be weighed and labels from people teach less. Where "
        "people are still better on some slice, the tools keep their force there.",
        (
            "the model's error is below the best proxy, and not by chance",
            "slices on which people are better are looked for",
            "the next yardstick is named: a team, an expert, what users do",
        ),
        (
            "People at 10% and the system at 8%: on fast speech people are still better, so "
            "collect their answers there and work on that slice.",
            "People at 0.7%, train 0.7%: avoidable bias reads 0, and lies anywhere between 0 "
            "and 0.7 points.",
        ),
        "C3W1 Surpassing human-level performance; MLY 35",
        ("H17",),
        codes=("MLS111", "MLS332", "MLS333"),
        commands=("human", "diagnose", "slices"),
        also=("human-level", "slices"),
        aliases=("surpassing-human-level-performance", "beyond-human"),
    ),
    Term(
        "improving",
        "Improving your model performance",
        "Two things are assumed of a learner: it can fit train well, and what it learnt carries "
        "to dev. Take the larger gap first, and only the knobs of that gap.",
        (
            "bias: a bigger model; longer training or a better optimiser (momentum, RMSprop, "
            "Adam); another architecture or other hyperparameters",
            "bias, also: features from error analysis; less regularisation; not more data",
            "variance: more data; regularisation (L2, dropout, augmentation); another "
            "architecture or other hyperparameters",
            "variance, with care: early stopping, feature selection, a smaller model",
        ),
        (
            "1,000 features cut to 900 hardly change bias; cut to 100 they are a tenth, and bias "
            "is likely to grow.",
            "100,000,000 examples that train for two weeks: with 10,000,000 a try takes 1.4 days, "
            "ten times as many ideas.",
        ),
        "C3W1 Improving your model performance; MLY 25, 27",
        ("Q4", "W5", "M11"),
        codes=("MLS347",),
        commands=("diagnose", "plan"),
        also=("avoidable-bias", "variance", "learning-curves", "iteration-speed"),
        aliases=("improving-your-model-performance", "knobs-of-bias-and-variance"),
    ),
    Term(
        "iteration-speed",
        "Speed of iteration",
        "Progress is ideas tried, and each is tried in one loop of idea, code, experiment. What "
        "shortens the loop, such as fewer examples or a faster computer, may be worth more than "
        "what it costs in accuracy.",
        (
            "a try takes days, and most tries fail",
            "ideas that win on a part of the data mostly win on all of it",
            "the winner is trained on everything",
        ),
        (
            "14 days for 100,000,000 examples are 1.4 days for 10,000,000, if the cost grows with "
            "the examples: a factor of 10.",
        ),
        "Quiz W1 Q15; MLY 13",
        ("M11",),
        codes=("MLS347",),
        commands=("plan",),
        also=("first-system", "improving"),
    ),
    Term(
        "target",
        "A target for the error",
        "Where the error that the product needs is known, the training error says which half of "
        "the work comes first: above the target, no amount of data brings dev down to it.",
        (
            "the target is a figure that somebody stands behind",
            "train above target: bias first",
            "train below target and dev above: variance, and more data may do",
        ),
        (
            "Target 5%, train 15%, dev 16%: train is 10 points above the target and variance "
            "1, so more data does not help; reduce bias.",
        ),
        "MLY 20",
        ("H14",),
        codes=("MLS601", "MLS605", "MLS606", "MLS608"),
        commands=("gaps", "curve"),
        also=("avoidable-bias", "learning-curves"),
        aliases=("desired-performance",),
    ),
)
"""People as the yardstick: what they reach, and how far the model is from it."""

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
            "a level that falls along the ladder says that the examples became easier: measure "
            "people on both",
        ),
        (
            "People 0%, train 1%, dev 10%: 9 points that cannot be split; make a train-dev set.",
            "With train-dev at 9%: bias 1, variance 8, mismatch 1: variance.",
            "Train 10%, train-dev 11%, dev 12%: bias 10.",
            "4, 7, 10, 12 and 12% from people to test: 3, 3, 2 and 0 points.",
            "0.5, 8.8, 9.1, 14.3 and 14.8%: 8.3, 0.3, 5.2 and 0.5 points; bias, and mismatch too. "
            "Whether dev is harder cannot be told before people are measured on both.",
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
        ),
    ),
    Term(
        "variance",
        "Variance",
        "The error on held-out examples of the training distribution minus the training error: "
        "what was learnt does not carry. Measured from train to train-dev, or from train to dev "
        "where both are of one distribution.",
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
        codes=("MLS102",),
        commands=("diagnose", "gaps"),
        also=("avoidable-bias", "train-dev", "learning-curves"),
        aliases=("overfitting",),
    ),
    Term(
        "variance-or-mismatch",
        "Variance or mismatch",
        "The gap from train to dev where the two differ in distribution and no train-dev set "
        "tells which of the two it is.",
        (
            "distributions are declared different",
            "there is no train-dev set: setting one aside is the next step",
        ),
        ("Train 1%, dev 10%: 9 points of one, of the other or of both.",),
        _MISMATCHED,
        ("X0",),
        codes=("MLS105", "MLS117", "MLS352"),
        commands=("diagnose", "gaps"),
        also=("train-dev", "variance", "data-mismatch"),
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
            "Train-dev 9.1% and dev 14.3%: 5.2 points, more than half of the bias of 8.3, so "
            "both are worth work.",
        ),
        f"{_MISMATCHED}; MLY 41",
        ("X1", "X10"),
        codes=("MLS103", "MLS113", "MLS356"),
        commands=("diagnose", "gaps"),
        also=("addressing-mismatch", "train-dev"),
        aliases=("mismatch",),
    ),
    Term(
        "dev-overfit",
        "Overfitting to dev",
        "The error on test minus the error on dev. Choosing among many models on one dev set fits "
        "that set; the gap to test shows how far.",
        (
            "dev and test are of one distribution",
            "test is looked at seldom, and nothing is chosen on it",
            "then: a bigger dev set, or a fresh one",
        ),
        (
            "Dev 14.3% and test 14.8%: 0.5 points, small beside a bias of 8.3.",
            "Dev 12% and test 12%: none.",
        ),
        "C3W1 Orthogonalization; MLY 12",
        ("X5", "X10"),
        codes=("MLS104", "MLS206"),
        commands=("diagnose", "gate"),
        also=("changing-metrics", "sizes"),
        aliases=("degree-of-overfitting-to-dev",),
    ),
    Term(
        "train-dev",
        "Train-dev set",
        "Examples of the training distribution that are not trained on. It is what tells variance "
        "from mismatch.",
        (
            "drawn at random from what is trained on, before training",
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
            "with few examples the points are noisy: average over several draws",
        ),
        (
            "From 2 examples over 100 to 10,000 the training error can only be expected to rise: "
            "2 examples are learnt by heart. (The book draws curves and gives no figures.)",
        ),
        "MLY 28-32",
        ("L1", "N1"),
        codes=("MLS60",),
        commands=("curve", "plot"),
        also=("variance", "target", "improving"),
        aliases=("learning-curve",),
    ),
    Term(
        "interval",
        "Interval: how sure a figure is",
        "Every figure from a sample could have come out otherwise. The interval says how far: "
        "over many data sets, 95 in 100 of such intervals hold the truth. A gap, a difference or "
        "a ranking whose interval includes 0 may be noise.",
        (
            "rows are independent, or grouped and the groups are resampled",
            "the split was not chosen on, or the figure flatters",
            "few errors make wide intervals: count errors, not rows",
        ),
        (
            "20 wrong of 1,000 is 2.0%, 95% interval 1.3 to 3.1% (Wilson; ours).",
            "2 wrong of 100 is 2.0% too, and lies between 0.6 and 7.0% (ours).",
        ),
        "Wilson (1927); Newcombe (1998); the course gives no intervals",
        codes=("MLS114", "MLS115", "MLS208", "MLS314", "MLS315"),
        commands=("score", "diagnose", "compare"),
        also=("sizes", "paired-comparison"),
        aliases=("confidence-interval", "ci", "confidence", "noise"),
    ),
    Term(
        "paired-comparison",
        "Two models on the same examples",
        "Where two models predict the same examples, only those on which one is right and the "
        "other is wrong tell them apart. That needs far fewer examples than two separate sets.",
        (
            "both runs hold the same ids and labels",
            "the number of examples on which they differ is reported",
            "a difference that may be chance is said to be one",
        ),
        (
            "4 examples right in the first only and 15 in the second only: an exact p of 0.019, "
            "whatever the number of examples on which both are right (ours).",
        ),
        "McNemar (1947); MLY 7",
        codes=("MLS317", "MLS32", "MLS345"),
        commands=("compare", "gate"),
        also=("interval", "sizes"),
        aliases=("paired", "mcnemar", "pairing"),
    ),
)
"""The ladder from people to test, and the gaps on it."""

ERRORS = (
    Term(
        "first-system",
        "Build your first system quickly, then iterate",
        "Set up dev, test and a metric, build something simple within days, and let its bias, "
        "variance and errors say what comes next. A first system is not for keeping; it is for "
        "learning where the trouble is.",
        (
            "1. a dev and a test set, and a metric",
            "2. a quick first system",
            "3. bias and variance, and error analysis, to order what to do next",
            "less so where you have done much in this very area",
            "less so where much is published on almost this problem, as on faces",
        ),
        (
            "For a noisy microphone alone about 50 directions come to mind; one look at 100 "
            "errors orders them.",
            "First dev set and metric in less than a week, first system in a few days.",
        ),
        "C3W2 Build your first system quickly, then iterate; MLY 13",
        ("Q5", "W4"),
        commands=("init", "diagnose", "sample"),
        also=("error-analysis", "why-strategy", "iteration-speed"),
        aliases=("build-your-first-system-quickly-then-iterate", "first-system-quickly"),
    ),
    Term(
        "error-analysis",
        "Carrying out error analysis",
        "Take about a hundred examples of dev that the model gets wrong, look at each, and tally "
        "the reasons in a table; make up tags as you go, and give an example as many as fit. The "
        "counts say what is worth work, for the price of an hour or two.",
        (
            "errors, not random examples",
            "of dev, never of test; of train where bias is the problem",
            "drawn at random, so that the shares hold for all errors",
            "false positives and false negatives are looked at apart",
            "shares overlap and need not add up to 100%",
        ),
        (
            "Four pictures: the first a dog, the second blurry, the third a great cat and blurry, "
            "the fourth a great cat. Dog 25%, great cat 50%, blurry 50%.",
            "Four clips tagged loud noise; loud noise and far; fast and far; loud noise: 75% "
            "loud noise, 25% fast, 50% far.",
            "Asked which to read, 500 errors beat 500 or 10,000 random examples and 10,000 errors.",
            "100 examples take 5 to 10 minutes (lecture) or up to two hours (book).",
        ),
        f"{_CARRYING_OUT}; MLY 14-15, 26",
        ("E3", "E6", "E13"),
        codes=("MLS40", "MLS41"),
        commands=("sample", "error-table"),
        also=("ceiling", "eyeball", "tag", "review-sheet", "wrong-labels"),
        aliases=("carrying-out-error-analysis", "tally"),
    ),
    Term(
        "ceiling",
        "Ceiling of an idea",
        "The dev error that would be left if every error of a kind were fixed. It is the most "
        "that work on that kind can win, and it is known before the work starts.",
        (
            "the share comes from errors drawn at random",
            "the gain is set against the effort: the largest share is not always first",
            "tags that overlap are counted together once",
        ),
        (
            "5 of 100 errors are dogs and the dev error is 10%: at best it falls by 0.5 points "
            "to 9.5%, probably not worth months. Were it 50 of 100: to 5%.",
        ),
        f"{_CARRYING_OUT}; MLY 14",
        ("E1a",),
        codes=("MLS40",),
        commands=("error-table",),
        also=("error-analysis", "wrong-labels"),
    ),
    Term(
        "eyeball",
        "Eyeball set",
        "The part of dev whose errors are read by people. It wears out: who has read it tunes to "
        "it, and its error falls faster than that of the part nobody has read.",
        (
            "people can do the task; where they cannot there is nothing to read",
            "it holds about 100 errors",
            "when its error has fallen much faster than that of the blackbox set, it is worn "
            "out: take new examples, from the blackbox set or fresh",
        ),
        (
            "10 errors give a very rough picture, 20 a rough one, 50 a good one, 100 a very good "
            "one; up to 500 are read at times, seldom more than 1,000.",
            "At a dev error of 5%, 100 errors take 2,000 examples (ours, 100 / 0.05).",
        ),
        "MLY 17-18",
        ("E9", "E12"),
        codes=("MLS343", "MLS41"),
        commands=("plan", "sample"),
        also=("blackbox", "error-analysis"),
        aliases=("eyeball-set",),
    ),
    Term(
        "blackbox",
        "Blackbox set",
        "The part of dev that is only measured on and never read. It keeps figures honest and is "
        "what hyperparameters are tuned on.",
        (
            "nobody reads its examples",
            "where dev is too small for both, all of it is the eyeball set, which matters more; "
            "the price is more overfitting to it",
        ),
        ("100 examples are few but of use; 1,000 to 10,000 are mostly enough.",),
        "MLY 18-19",
        ("E11",),
        codes=("MLS344",),
        commands=("plan", "sample"),
        also=("eyeball",),
        aliases=("blackbox-set",),
    ),
    Term(
        "wrong-labels",
        "Cleaning up incorrectly labeled data",
        "Count three figures: the dev error, the part of it that wrong labels make, and the rest. "
        "Clean the labels when that part is large enough to blur the choice between models; "
        "otherwise the rest comes first.",
        (
            "dev and test go through the same process, so that they stay of one distribution",
            "examples that the model gets right are looked at too: some are right by a wrong label",
            "train can stay as it is when its wrong labels are random; systematic ones are learnt",
            "the difference between models is set against the part that labels make",
        ),
        (
            "A dev error of 10% of which 0.6 points are wrong labels: 6% of the errors, 9.4 "
            "points for other reasons; look there first.",
            "At 2.1 against 1.9% the same 0.6 points are three times the difference that is to be "
            "judged: now clean up.",
            "Accuracy 98% on 1,000 examples: 20 errors to look at and 980 right ones, so checking "
            "only errors is cheap and biased.",
        ),
        f"{_CLEANING}; MLY 16",
        ("E4a", "E4d", "E7"),
        codes=("MLS42", "MLS76"),
        commands=("mislabels", "sample --correct", "study label-noise"),
        also=("error-analysis", "ceiling"),
        aliases=("mislabels", "mislabeled", "label-errors", "cleaning-up-incorrectly-labeled-data"),
    ),
    Term(
        "slices",
        "Slices",
        "Rows that share a value: a source, a device, a class. Errors that gather in a slice point "
        "at a cause; rank slices by the errors they hold above the rest, since a small slice with "
        "a high rate wins little.",
        (
            "the slice is large enough to judge",
            "a slice found by searching is tested on rows that were not searched",
            "p-values are adjusted for how many were tried",
        ),
        (
            "A system at 8% beside people at 10% may be worse than people on fast speech: there "
            "people can still teach it.",
        ),
        "MLY 35; Holm (1979)",
        ("H17",),
        codes=("MLS326", "MLS43"),
        commands=("slices", "score --by"),
        also=("surpassing", "error-analysis"),
        aliases=("slice",),
    ),
)
"""Reading the errors: what they are like, and which are worth work."""

DATA = (
    Term(
        "training-on-other-data",
        "Training and testing on different distributions",
        "Plenty of data of another kind belongs into train; dev and test hold the target alone. "
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
        also=("distributions", "include-data", "mismatched-distributions"),
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
        "MLY 37-39",
        ("W2", "W3"),
        also=("training-on-other-data", "addressing-mismatch"),
        aliases=("inconsistent-data",),
    ),
    Term(
        "addressing-mismatch",
        "Addressing data mismatch",
        "See by hand how dev differs from train, then make training data more like dev: collect "
        "such data, or make them. No method is sure to work.",
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
        also=("data-mismatch", "synthesis", "error-analysis"),
        aliases=("addressing-data-mismatch",),
    ),
    Term(
        "synthesis",
        "Artificial data synthesis",
        "Made data can look varied to people and still come from few sources, and a network "
        "learns those sources by heart. Count the unique sources, not the examples made.",
        (
            "what is made looks or sounds real",
            "the sources that are mixed in are many, or at least unlike one another",
            "what is made goes to train, not to dev or test",
        ),
        (
            "10,000 hours of speech over 1 hour of noise: the hour is heard 10,000 times; 10,000 "
            "unique hours would be better.",
            "1,000 hours of noise from 10 cars: 10 sources.",
            "1,000 pictures of fog laid over clear ones: if it looks real, fog is covered as far "
            "as those pictures go; that thousands of clear pictures remove the risk of "
            "overfitting the 1,000 is not so.",
        ),
        "C3W2 Addressing data mismatch; MLY 43",
        ("D1", "D2", "D4"),
        codes=("MLS74",),
        commands=("study synthesis",),
        also=("addressing-mismatch",),
        aliases=("data-synthesis", "synthetic-data"),
    ),
)
"""Data from elsewhere: what to add, and what to do about the difference."""

LEARNING = (
    Term(
        "transfer",
        "Transfer learning",
        "Train on task A, where data are plentiful, and go on with task B, where they are scarce. "
        "It helps when what A teaches at the low levels is what B needs.",
        (
            "A and B have the same kind of input",
            "A has far more data than B",
            "low-level features of A help in B",
        ),
        (
            "1,000,000 pictures of things, then 100 X-ray pictures: worth it.",
            "100 pictures of A for 100 to 1,000 of B: no harm, and no gain.",
            "Traffic lights photographed by the same camera: transfer to the rare yellow light "
            "works. A siren is sound: neither transfer nor multi-task learning.",
        ),
        "C3W2 Transfer learning",
        ("T1", "T3", "T6"),
        codes=("MLS71",),
        commands=("study transfer",),
        also=("fine-tuning", "multi-task"),
        aliases=("transfer-learning", "pre-training"),
    ),
    Term(
        "fine-tuning",
        "Fine-tuning: how much to retrain",
        "How much of the network is trained again on task B depends on how much data B has.",
        (
            "B is small: a new last layer, or the last one or two",
            "B is large: all layers, starting from what A taught",
        ),
        ("With 100 examples the last layer; with hundreds of thousands the whole network (ours).",),
        "C3W2 Transfer learning",
        ("T5",),
        also=("transfer",),
        aliases=("finetune", "finetuning"),
    ),
    Term(
        "multi-task",
        "Multi-task learning",
        "One network learns several yes-or-no questions about one input, each with its own "
        "logistic loss. It helps when the tasks share low-level features and lend each other data.",
        (
            "the tasks can share low-level features",
            "the data of each task are about as many, so that the others together add much",
            "the network is big enough to do all of them well; if not, apart is better",
            "an answer may be missing: its term is left out of the loss",
        ),
        (
            "Pedestrian, car, stop sign, traffic light: y = (0, 1, 1, 0) has shape 4 × 1, and Y "
            "is 4 × m. Loss = 1/m Σᵢ Σⱼ logistic, with a sigmoid for each answer and no softmax, "
            "since several can be true.",
            "y = (0, ?, 1, 1, ?) is used with 3 of its 5 terms.",
            "100 tasks with 1,000 examples each: to each, the others add 99,000.",
        ),
        "C3W2 Multi-task learning",
        ("K2",),
        codes=("MLS72",),
        commands=("study multitask",),
        also=("transfer",),
        aliases=("multitask", "multi-task-learning"),
    ),
    Term(
        "end-to-end",
        "What is end-to-end deep learning",
        "One network from input to output in place of a chain of steps. It needs pairs (x, y) of "
        "the whole task; where the steps have more data than the whole, steps win.",
        (
            "pairs of the whole task are plentiful: end to end",
            "each step has plenty of data and the whole has little: steps",
            "in between: a network for some of the steps",
        ),
        (
            "Speech: with 3,000 hours the chain of steps is better, with 10,000 to 100,000 hours "
            "end to end; between them audio to phonemes by a network, then steps.",
            "A face at a turnstile: find the face, then tell who it is, since each step has "
            "hundreds of millions of pictures and the comparison is with some 10,000 employees.",
            "Translation: end to end, pairs are plentiful. The age of a child from an X-ray of the "
            "hand: steps, pairs are few.",
        ),
        f"{_WHAT}; MLY 47-48",
        ("Z1", "Z2"),
        codes=("MLS731", "MLS732"),
        commands=("study end-to-end",),
        also=("whether-end-to-end", "pipeline-parts"),
        aliases=("end-to-end-learning", "what-is-end-to-end-deep-learning"),
    ),
    Term(
        "whether-end-to-end",
        "Whether to use end-to-end deep learning",
        "Ask whether there are enough pairs (x, y) for a function as complex as the one from x to "
        "y.",
        (
            "for: the data speak, and no human idea of the steps is forced on them",
            "for: less is designed by hand",
            "against: it may take very many pairs",
            "against: useful knowledge that could be put in by hand stays out",
            "each step of a chain has data, and is simple: the chain is the better choice",
        ),
        (
            "Driving: networks find cars and pedestrians, and planning computes the route: a "
            "chain, because pairs of pictures and steering are too few for the whole.",
            "Speech: 3,000 hours of sound and text are too few for the whole, 100,000 enough.",
        ),
        "C3W2 Whether to use end-to-end deep learning; MLY 49-51",
        ("Q6",),
        also=("end-to-end", "pipeline-parts"),
        aliases=("whether-to-use-end-to-end-deep-learning",),
    ),
    Term(
        "pipeline-parts",
        "Error analysis by parts",
        "Blame each error of a chain on the first part whose perfect output would have made the "
        "whole right. If each part is at human level and the whole is not, the chain itself lacks "
        "something.",
        (
            "the parts stand in an order in which each is fed by those before it",
            "give part A a perfect output: right now? A is to blame",
            "else B perfect too: right now? B; else C",
            "swapping parts that do not feed each other changes the shares a little",
            "each part is compared with people who see what that part sees",
        ),
        (
            "Of 100 errors 60 come right once A is perfect, and 25 more once B is too: 60 are A's, "
            "25 B's, and 15 are left to C (ours).",
            "Cars and pedestrians are found as people find them, and the path is planned as people "
            "plan it from those boxes, yet the whole drives far worse: the chain is flawed, it "
            "does not see lane markings. Redesign it.",
        ),
        "MLY 53-57",
        ("P2", "P3"),
        codes=("MLS733",),
        commands=("study end-to-end",),
        also=("end-to-end", "error-analysis"),
        aliases=("parts", "error-analysis-by-parts"),
    ),
    Term(
        "optimization-verification",
        "Optimization verification test",
        "When a search picks the output of highest score and picks wrongly, ask how the right "
        "output scores. If it scores higher, the search failed to find it; if not, the score is "
        "wrong.",
        (
            "a right output y* is known; one better than the output is enough",
            "score(y*) > score(output): work on the search",
            "score(y*) ≤ score(output), ties too: work on the score",
            "the test is made on many errors, and the share of each verdict decides",
        ),
        (
            "A helicopter flown by a person: if reward(person) > reward(algorithm), the learner "
            "failed; if not, the reward is wrong, say one of −1,000 for a crash that does not "
            "weigh enough.",
            "With a vocabulary of 50,000 there are 50,000 to the power of N sentences of N words: "
            "no search sees all.",
        ),
        "MLY 44-46",
        ("O1", "O3", "N1"),
        also=("beam-search",),
        aliases=("optimisation-verification",),
    ),
    Term(
        "beam-search",
        "Error analysis in beam search",
        "The same test for translation: compare the probability that the network gives to the "
        "person's sentence with that of the sentence found. Widen the beam only when the search "
        "is at fault in most errors.",
        (
            "P(person) > P(found): the beam search is at fault",
            "P(person) ≤ P(found): the network is at fault",
            "the counts over many errors decide",
            "scores are normalised by length: divided by length to the power α",
        ),
        (
            "P(person) = 2 × 10⁻¹⁰ and P(found) = 1 × 10⁻¹⁰: the search.",
            "Most errors with P(person) > P(found): improve the search.",
            "Widths: 1 is greedy, 3 small, 10 usual in products, 100 large there, 1,000 to 3,000 "
            "in research. α = 0.7 is in use; 0 is no normalisation, 1 full.",
        ),
        "C5W3 Error analysis in beam search; C5W3 Refinements to beam search",
        ("B1", "B3", "B4"),
        also=("optimization-verification",),
        aliases=("beam",),
    ),
    Term(
        "bleu",
        "Bleu score",
        "The share of the words and runs of words of a translation that occur in one of several "
        "references. A word counts at most as often as it occurs in one reference.",
        (
            "counts are clipped to the most that one reference has",
            "precisions of runs of 1 to 4 words are combined, and too short a text is punished",
        ),
        (
            "Seven times “the” against “the cat is on the mat” and “there is a cat on the mat”: "
            "unclipped 7/7, clipped 2/7.",
        ),
        "C5W3 Bleu score",
        ("B5",),
        also=("single-number",),
        aliases=("bleu-score",),
    ),
)
"""Ways to learn: from another task, from several at once, end to end."""

WORDS = (
    Term(
        "run",
        "Run",
        "The predictions of one model over some splits: one table with one row an example, with a "
        "label and a prediction, score or probabilities.",
        (
            "each row has a label; a blank prediction counts as wrong and is reported",
            "without a column split every row is dev",
        ),
        ("900 rows with 90 wrong are an error of 10% (ours).",),
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
        ("0.5, 8.8, 9.1, 14.3 and 14.8% from people to test.",),
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
        "for tags, wrong labels and comments. It carries how it was drawn, so that later figures "
        "hold for all errors.",
        (
            "a row counts as reviewed when one of its review cells is filled",
            "the columns stratum and sampling_weight stay as they are",
        ),
        ("5 of 100 rows tagged dog at a dev error of 10%: a ceiling of 9.5%.",),
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
        ("92% at 95 ms beside 90% at 80 ms and 95% at 1,500 ms: one of three.",),
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
        ("The ladder 1, 8 and 10% comes out as bias 7 points, variance 2: work on bias.",),
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
            "Six knobs and three gaps are 18 comparisons: at 95% each, one or more would be seen "
            "by chance in 60 of 100 studies; with Holm's adjustment, in 5 (ours).",
        ),
        "C3W1 Orthogonalization; Holm (1979); Cameron, Gelbach and Miller (2011)",
        codes=("MLS70",),
        commands=("study",),
        also=("orthogonalization", "interval", "run"),
        aliases=("studies", "ablation"),
    ),
)
"""The words that the commands use."""

CHAPTERS: dict[str, tuple[str, tuple[Term, ...]]] = {
    "target": ("Setting the target", TARGET),
    "people": ("People as the yardstick", PEOPLE),
    "ladder": ("The ladder and its gaps", LADDER),
    "errors": ("Reading the errors", ERRORS),
    "data": ("Data from elsewhere", DATA),
    "learning": ("Ways to learn", LEARNING),
    "words": ("Words of the commands", WORDS),
}
"""Title and terms of each chapter, in the order of the course."""

TERMS: dict[str, Term] = {t.name: t for _, terms in CHAPTERS.values() for t in terms}
"""By name."""

NAMES: dict[str, str] = {a: t.name for t in TERMS.values() for a in (*t.aliases, t.name)}
"""Names and other words for a term, each with the term's name."""


def terms_of(code: str) -> tuple[Term, ...]:
    """Return the terms that a finding rests on.

    Examples
    --------
    >>> [term.name for term in terms_of("MLS102")]
    ['orthogonalization', 'variance']
    """
    return tuple(term for term in TERMS.values() if term.covers(code))
