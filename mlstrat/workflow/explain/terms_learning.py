"""Ways to learn: from another task, from several at once, end to end."""

from __future__ import annotations

from mlstrat.workflow.explain.term import Term

TITLE = "Ways to learn"

_WHAT = "C3W2 What is end-to-end deep learning"

TERMS = (
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
