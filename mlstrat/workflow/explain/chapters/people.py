# Over 300 lines: the glossary is text, one entry after another, in the order of the course.
"""People as the yardstick: what they reach, and how far the model is from it."""

from mlstrat.core.decisions import BEST_PERSON, SURPASSED
from mlstrat.workflow.explain.term import Term

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
        "The lowest error that any function from inputs to labels can have: some pictures are "
        "too blurred, some sound too noisy for anyone. It is not known. Two things bound it from "
        "above: the error of people, and the error of a model on examples that it was not "
        "trained on. A training error bounds nothing: a model can memorise its way below Bayes "
        "error.",
        (
            "the stand-in is the best person or team, not the average one",
            "its answers were given on the distribution of the level that it is compared with",
            "a training error below it is memory, and is never taken as Bayes error",
        ),
        (
            "A team reaches 0.5%: Bayes error is at most 0.5%.",
            "Of a dev error of 30%, 14 points are unavoidable, 1 is avoidable bias and 15 are "
            "variance: 14 + 1 + 15 = 30.",
            "People 10%, train 0%, dev 15%: train was memorised. Bayes error is at most 10%, not "
            "0; variance is 15 points (mlstrat's example).",
        ),
        "C3W1 Why human-level performance; MLY 22",
        ("H3", "H13a"),
        codes=("MLS107",),
        commands=("human",),
        also=("human-level-proxy", "avoidable-bias", "surpassing"),
        aliases=("bayes", "optimal-error", "unavoidable-bias"),
    ),
    Term(
        "avoidable-bias",
        "Avoidable bias",
        "Training error minus human-level error: what a better fit could still win. Compare it "
        "with the variance, and work on the larger. The same training error is a failure beside "
        "one human level and perfect beside another.",
        (
            "a human level is known; without one, another gap is named only if it is larger than "
            "all that avoidable bias could be",
            "people and model are measured on the training distribution",
            "avoidable bias is larger than the other gaps",
            "then: a bigger network, longer or better optimisation, another architecture; more "
            "data will not close this gap",
        ),
        (
            "People 1%, train 8%, dev 10%: avoidable bias 7 points, variance 2; work on bias. "
            "With people at 7.5% it would be 0.5 against 2: variance.",
            "Train 4.0% and dev 4.5% with no human level: variance is 0.5 points, avoidable bias "
            "anything from 0 to 4, so what to work on is unknown.",
            "People below 1%, train 5.2%, dev 7.3%: more than 4.2 points of bias against 2.1 "
            "of variance; a bigger network.",
            "People 0%, train 15%, dev 16%: 15 against 1, underfitting. Train 0.5% and dev 1%: "
            "0.5 and 0.5, doing well.",
            "People 14%, train 15%, dev 30%: 1 point of avoidable bias, 15 of variance.",
        ),
        "C3W1 Avoidable bias; MLY 20-22",
        ("H1", "H7", "H7b", "H12b", "H12d", "H13a"),
        codes=("MLS101", "MLS110", "MLS116"),
        commands=("diagnose", "gaps"),
        also=("variance", "bayes-error", "improving", "basic-recipe"),
        aliases=("bias", "underfitting", "underfit"),
    ),
    Term(
        "human-level-proxy",
        "Understanding human-level performance",
        "For bias the human level is the lowest error that people reach, a team of experts where "
        "there is one, because Bayes error is at most that. For publishing or shipping another "
        "level, such as that of a typical expert, may be the bar.",
        (
            "whoever reaches the lowest error answered enough examples to trust it",
            "the lowest of many was picked for being the lowest, so mlstrat corrects it for luck "
            "before it stands in for Bayes error",
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
            "Untrained 15%, a junior doctor 10%, an experienced one 5%, a small team 2%: the "
            "proxy is 2%. A system at 40% learns from any of them; at 10%, from the team. The "
            "junior may label most examples and pass on the hard ones (MLY 34).",
            "Ten people who all err on 5%, 100 answers each: the lowest of the ten is 2.0% on "
            "average, by luck alone (mlstrat's figure).",
        ),
        "C3W1 Understanding human-level performance; MLY 34",
        ("H3", "H4a", "H4c", "H6"),
        codes=(
            "MLS210",
            "MLS211",
            "MLS212",
            "MLS213",
            "MLS327",
            "MLS328",
            "MLS329",
            "MLS33",
        ),
        commands=("human",),
        also=("bayes-error", "avoidable-bias", "surpassing"),
        aliases=(
            "human-level-performance",
            "understanding-human-level-performance",
            "proxy",
            "annotator-agreement",
        ),
        decision=BEST_PERSON,
    ),
    Term(
        "human-study",
        "A person as the benchmark",
        "Measuring one careful person shows what is left to win, and reading the model's errors "
        "with the same care shows of what kind it is. Both take days, and both age: the next "
        "model may be past the person.",
        (
            "the person learnt the task: the classes, and how to tell them apart",
            "answers are given on examples held out from the learning",
            "wrong labels found on the way are counted separately",
        ),
        (
            "In a well-known study of picture classes a person erred on 5.1% of 1,500 pictures, "
            "the model on 6.8% (neither wrong if the class is among five guesses): a gap of 1.7 "
            "points.",
            "Of the model's errors 24% had several objects, 21% small or thin ones, 13% picture "
            "filters and 6% abstract pictures: fixing each alone would win at most 1.6, 1.4, 0.9 "
            "and 0.4 points.",
            "0.3% of the examples were labelled wrongly: 4.4% of the model's error (mlstrat's "
            "division, 0.3 / 6.8).",
            "These figures come from secondary sources.",
        ),
        "C3 heroes: Andrej Karpathy interview; Russakovsky et al. (2015), ImageNet challenge",
        ("Q7",),
        commands=("human", "error-table"),
        also=("human-level-proxy", "ceiling"),
        aliases=("karpathy", "andrej-karpathy-interview"),
    ),
    Term(
        "surpassing",
        "Surpassing human-level performance",
        "Once the model is better than the best people on examples that it was not trained on, "
        "nothing measured says where Bayes error lies, so bias and variance can no longer be "
        "weighed and labels from people teach less. Where people are still better on some slice, "
        "the tools keep their force there. A training error below the human level is memory, not "
        "skill: avoidable bias is then taken as 0, and variance is train → dev.",
        (
            "the error on unseen examples is below the human level, and not by chance",
            "those examples are of the distribution on which people were measured: train-dev, "
            "or dev and test where train does not differ from them",
            "slices on which people are better are looked for",
            "the next yardstick is named: a team, an expert, what users do",
        ),
        (
            "A team at 0.5%, one person at 1%, train 0.6%, dev 0.8%: avoidable bias is 0.1 "
            "points, variance 0.2, so variance has more to give. Both are within mlstrat's "
            "tolerance of 1 point; --tolerance 0.1% names the variance.",
            "The same people, train 0.3%, dev 0.4%: better than the team. Is train overfitted by "
            "0.2 points, or is Bayes error 0.1, 0.2 or 0.3%? Nothing measured says; avoidable "
            "bias lies between 0 and 0.3 points.",
            "Machines are well past people in online advertising, product recommendations, "
            "logistics (how long a trip takes) and loan approval: 4 tasks of structured data, "
            "much data, and no natural perception, at which people are good.",
            "People at 10% and the system at 8%: on fast speech people are still better, so "
            "collect their answers there and work on that slice.",
            "People at 10%, train 8%, dev 15%: not surpassed. Dev, unseen, is worse than people; "
            "variance is 7 points (mlstrat's example).",
        ),
        "C3W1 Surpassing human-level performance; MLY 35",
        ("H17",),
        codes=("MLS107", "MLS111", "MLS332", "MLS333", "MLS434"),
        commands=("human", "diagnose", "slices"),
        also=("human-level", "bayes-error", "slices"),
        aliases=("surpassed", "surpassing-human-level-performance", "beyond-human"),
        decision=SURPASSED,
    ),
    Term(
        "improving",
        "Improving your model performance",
        "Two things are assumed of a learner: it can fit train well, and the fit generalises to "
        "dev. Take the larger gap first, with the knobs of that gap.",
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
        also=("basic-recipe", "trade-off", "avoidable-bias", "variance", "learning-curves"),
        aliases=("improving-your-model-performance", "knobs-of-bias-and-variance"),
    ),
    Term(
        "basic-recipe",
        "The basic recipe for bias and variance",
        "High avoidable bias: make the model bigger. High variance: add training data. Measure "
        "again, and repeat. With a network and a training set that both can grow, this alone "
        "goes far; what ends it is training time, and the data that there are.",
        (
            "the ladder is measured again after every step",
            "regularisation is tuned on dev: then a bigger model rarely does worse, and costs "
            "only computing time",
            "other architectures may do more, but less predictably than size and data",
        ),
        (
            "People 0%, train 15%, dev 16%: 15 points of bias, a bigger model first.",
            "People 0%, train 1%, dev 11%: 10 points of variance, more data first.",
        ),
        "MLY 21, 23; C2W1 Basic recipe for machine learning",
        commands=("diagnose", "gaps"),
        also=("improving", "trade-off", "learning-curves"),
        aliases=("simplest-formula", "addressing-bias-and-variance"),
    ),
    Term(
        "trade-off",
        "Bias against variance: the trade-off",
        "Some changes lower one and raise the other: a bigger model or more features lower bias "
        "and may raise variance; regularisation does the reverse. With much data and big networks "
        "there is less of a trade: more data lower variance and leave bias alone, and a bigger "
        "network with tuned regularisation lowers bias with hardly any variance.",
        (
            "what a change did to both gaps is measured, not assumed",
            "the change in dev error decides, since it is the sum of both",
            "an architecture that suits the task may lower both, and is hard to find",
        ),
        (
            "People 0%. Dropout takes train from 1 to 3% and dev from 11 to 8%: bias +2 points, "
            "variance −5, dev −3, so it is worth it (mlstrat's example).",
        ),
        "MLY 24",
        commands=("study knobs", "report --history"),
        also=("basic-recipe", "orthogonalization", "improving"),
        aliases=("bias-variance-trade-off", "bias-variance-tradeoff", "tradeoff"),
    ),
    Term(
        "iteration-speed",
        "Speed of iteration",
        "Progress is the number of ideas tried, each in one loop of idea, code, experiment. What "
        "shortens the loop, such as fewer examples or a faster computer, may be worth more than "
        "what it costs in accuracy.",
        (
            "a try takes days, and most tries fail",
            "a part of the data is enough to rank ideas; the ranking can change with size, so "
            "the last few are compared on all of it (MLY 4)",
            "the winner is trained on everything",
        ),
        (
            "14 days for 100,000,000 examples are 1.4 days for 10,000,000, if the cost grows with "
            "the examples: a factor of 10.",
        ),
        "Quiz W1 Q15; MLY 10",
        ("M11",),
        codes=("MLS347", "MLS86"),
        commands=("plan", "improve"),
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
