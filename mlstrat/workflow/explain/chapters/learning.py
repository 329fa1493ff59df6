"""Ways to learn: from another task, from several at once, end to end."""

from mlstrat.workflow.explain.term import Term

_WHAT = "C3W2 What is end-to-end deep learning"

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
        "How much of the network is trained again on task B depends on how much data B has. The "
        "last layer is always new, since B has other classes.",
        (
            "B is small: freeze all layers and train a new last one, or the last one or two; what "
            "the frozen layers put out can be computed once and saved",
            "B is larger: freeze fewer of the early layers, train the later ones",
            "B is large: train all layers, starting from what A taught",
        ),
        (
            "With 100 examples the last layer; with hundreds of thousands the whole network "
            "(mlstrat's example; the lectures give no numbers).",
        ),
        "C3W2 Transfer learning; C4W2 Transfer learning",
        ("T5",),
        also=("transfer",),
        aliases=("finetune", "finetuning", "freezing"),
    ),
    Term(
        "multi-task",
        "Multi-task learning",
        "One network learns several yes-or-no questions about one input, each with its own "
        "logistic loss. It helps when the tasks share low-level features and lend each other "
        "data. In practice it is used much less than transfer, as such a set of tasks is rare; "
        "object detection is the exception.",
        (
            "the tasks can share low-level features",
            "each task has about as much data, so that the others together add much",
            "the network is big enough to do all of them well; if not, a network for each is "
            "better",
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
        codes=("MLS72", "MLS801"),
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
            "A face at a turnstile: find the face, then tell whose it is among some 10,000 "
            "employees. There is much data for the first step, and for the second there are "
            "hundreds of millions of pictures of faces; for the whole there is little.",
            "Translation: end to end, pairs are plentiful. The age of a child from an X-ray of the "
            "hand: steps, pairs are few.",
        ),
        f"{_WHAT}; MLY 47-48",
        ("Z1", "Z2"),
        codes=("MLS731", "MLS732"),
        commands=("study end-to-end",),
        also=("whether-end-to-end", "rich-outputs", "pipeline-parts"),
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
        commands=("study end-to-end",),
        also=("end-to-end", "rich-outputs", "pipeline-parts"),
        aliases=("whether-to-use-end-to-end-deep-learning",),
    ),
    Term(
        "rich-outputs",
        "Learning rich outputs directly",
        "The output of a network need not be a number or a class. With enough pairs (x, y) it can "
        "be a sentence, a picture or sound, learnt end to end.",
        (
            "there are many pairs of input and whole output",
            "a figure exists that says how good such an output is: Bleu, word error rate, "
            "perplexity",
            "people can look at outputs and tag what is wrong with them",
        ),
        (
            "One number or class: spam or not, the kind of a picture, the price of a house. Rich: "
            "a picture to its caption, English to French, a text and a question to the answer, "
            "sound to text, text to sound: 5 kinds in the book.",
        ),
        "MLY 52",
        commands=("study end-to-end", "diagnose --task ratio"),
        also=("end-to-end", "bleu", "word-error-rate", "perplexity"),
    ),
    Term(
        "pipeline-parts",
        "Error analysis by parts",
        "Attribute each pipeline error to the first component whose perfect output would have "
        "fixed it. If each part is at human level and the whole is not, the chain itself lacks "
        "something.",
        (
            "the parts are in an order in which each is fed by those before it",
            "give part A a perfect output: right now? The error is A's",
            "else B perfect too: right now? B's; else C's",
            "swapping parts that do not feed each other changes the shares a little",
            "each part is compared with people who see what that part sees",
        ),
        (
            "Of 100 errors 60 come right once A is perfect, and 25 more once B is too: 60 are A's, "
            "25 B's, and 15 are left to C (mlstrat's example).",
            "Cars and pedestrians are found as people find them, and the path is planned as people "
            "plan it from those boxes, yet the whole drives far worse: the chain is flawed, it "
            "does not see lane markings. Redesign it.",
        ),
        "MLY 53-57",
        ("P2", "P3"),
        codes=("MLS733", "MLS418"),
        commands=("error-table RUN --parts", "study end-to-end"),
        also=("end-to-end", "error-analysis"),
        aliases=("parts", "error-analysis-by-parts", "ceiling-analysis"),
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
        "The same test for translation: compare the score that the network gives to the person's "
        "sentence with that of the sentence found. The score is what the search maximised. Widen "
        "the beam only when the search is at fault in most errors.",
        (
            "score(person) > score(found): the beam search is at fault",
            "score(person) ≤ score(found): the network is at fault",
            "without length normalisation the score is log P; with it, log P / length^α, and "
            "that is what is compared",
            "the counts over many errors decide",
            "the search: a wider beam. The network: a deeper look at its errors, then "
            "regularisation, more data, another architecture",
        ),
        (
            "P(person) = 2 × 10⁻¹⁰ and P(found) = 1 × 10⁻¹⁰: the search.",
            "The same with 10 and 5 words and α = 1: log P / length is −2.23 against −4.61, the "
            "search again. With P(person) = 1 × 10⁻¹⁰ it is −2.30, though log P alone would tie "
            "and blame the network (mlstrat's figures).",
            "Most errors with score(person) > score(found): improve the search.",
            "Widths: 1 is greedy, 3 small, 10 usual in products, 100 large there, 1,000 to 3,000 "
            "in research. α = 0.7 is in use; 0 is not a normalisation, 1 full.",
        ),
        "C5W3 Error analysis in beam search; C5W3 Refinements to beam search",
        ("B1", "B3", "B4"),
        codes=("MLS810", "MLS811", "MLS812"),
        commands=("diagnose --task seq2seq",),
        also=("optimization-verification",),
        aliases=(
            "length-normalisation",
            "length-normalization",
            "length-penalty",
            "beam",
        ),
    ),
    Term(
        "bleu",
        "Bleu score",
        "How much of a translation occurs in reference translations. With pₙ the share of its "
        "runs of n words that do, over the whole corpus: Bleu = BP · exp(¼ Σ ln pₙ), n from 1 to "
        "4, the geometric mean, where BP = exp(1 − r/c) if the c words written are fewer than the "
        "r of the references, else 1.",
        (
            "a run of words counts at most as often as it occurs in one reference",
            "counts are summed over all sentences before they are divided",
            "r sums, sentence by sentence, the reference length nearest to what was written",
            "several references a sentence, the same for all systems that are compared",
        ),
        (
            "Seven times “the” against “the cat is on the mat” and “there is a cat on the mat”: "
            "unclipped 7/7, clipped 2/7.",
            "“the cat is on the” against the first of them alone: p₁ to p₄ are 5/5, 4/4, 3/3 and "
            "2/2; 5 words for 6, so BP = exp(1 − 6/5) = 0.819, and so is Bleu (mlstrat's figures).",
        ),
        "C5W3 Bleu score; Papineni, Roukos, Ward and Zhu (2002)",
        ("B5",),
        also=("single-number", "rich-outputs"),
        aliases=("bleu-score",),
    ),
)
