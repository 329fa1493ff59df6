"""People as the yardstick: what they reach, and how far the model is from it."""

from __future__ import annotations

from mlstrat.workflow.explain.term import Term

TITLE = "People as the yardstick"

TERMS = (
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
            "People at 2 % and the system at 10 %: the best possible is at most 2 %, so at least "
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
            "A team reaches 0.5 %: Bayes error is at most 0.5 %.",
            "14 % of a dev error of 30 % cannot be avoided, 1 point is avoidable bias and 15 are "
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
            "People 1 %, train 8 %, dev 10 %: avoidable bias 7 points, variance 2; work on bias. "
            "With people at 7.5 % it would be 0.5 against 2: variance.",
            "Train 4.0 % and dev 4.5 % with no human level: variance is 0.5 points, and what to "
            "work on cannot be told.",
            "People below 1 %, train 5.2 %, dev 7.3 %: more than 4.2 points of bias against 2.1 "
            "of variance; a bigger network.",
            "People 0 %, train 15 %, dev 16 %: 15 against 1, underfitting. Train 0.5 % and dev 1 "
            "%: 0.5 and 0.5, doing well.",
            "People 14 %, train 15 %, dev 30 %: 1 point of avoidable bias, 15 of variance.",
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
            "Anyone 3 %, a doctor 1 %, an experienced doctor 0.7 %, a team 0.5 %: the proxy is "
            "0.5 %; for a paper 1 % may be the bar.",
            "Train 5 %, dev 6 %: bias is 4, 4.3 or 4.5 points by the proxy of 1, 0.7 or 0.5 %, "
            "variance 1; bias in any case.",
            "Train 0.7 %, dev 0.8 %: bias is −0.3, 0 or 0.2 points, variance 0.1; only the proxy "
            "of 0.5 % shows that bias is the larger.",
            "Errors of 0.3, 0.5, 1.0 and 1.2 %: the proxy is 0.3 %, not 0, not the experts' mean "
            "of 0.4 %, not the mean of all of 0.75 %.",
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
            "In a well-known study of picture classes a person erred on 5.1 % and the model on "
            "6.8 %: a gap of 1.7 points.",
            "Of the model's errors 24 % had several objects, 21 % small or thin ones, 13 % picture "
            "filters and 6 % abstract drawings: fixing each alone would win at most 1.6, 1.4, 0.9 "
            "and 0.4 points.",
            "0.3 % of the examples were labelled wrongly: 4.4 % of the model's error.",
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
            "People at 10 % and the system at 8 %: on fast speech people are still better, so "
            "collect their answers there and work on that slice.",
            "People at 0.7 %, train 0.7 %: avoidable bias reads 0, and lies anywhere between 0 "
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
            "Target 5 %, train 15 %, dev 16 %: train is 10 points above the target and variance "
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
