"""MLS70x to MLS76x: what came out of a study."""

from __future__ import annotations

from mlstrat.core.findings import Rule
from mlstrat.workflow.study.compute import WORTH
from mlstrat.workflow.study.intervals import FEWEST_SEEDS

_SEEN = (
    "Holm's p-value over all comparisons of the study is at most 1 − confidence, from an interval "
    "over seeds and examples, and the change is at least the tolerance "
    f"({100 * WORTH:g} point without one; ours)."
)
_KNOBS = "C3W1 Orthogonalization"
_TRANSFER = "C3W2 Transfer learning"
_MULTITASK = "C3W2 Multi-task learning"
_CHAIN = "C3W2 What is end-to-end deep learning; Machine Learning Yearning 47-51"
_MISMATCH = "C3W2 Addressing data mismatch"
_LABELS = "C3W2 Cleaning up incorrectly labeled data"

RULES = (
    Rule("MLS701", "tip", "Knobs that lowered a gap",
         "Turned alone, from where the recipe stands, each made a gap smaller.", _SEEN, _KNOBS,
         ("turn the knob of the gap that is largest, and diagnose again",
          "one at a time: two at once do not tell which of them it was")),
    Rule("MLS702", "note", "A knob moved more than one gap",
         "Such a knob is harder to steer by: what it gives in one place it may take in another.",
         f"Two gaps or more moved. {_SEEN}", f"{_KNOBS}: early stopping is the course's example",
         ("prefer knobs that move one gap, where there is one",
          "look at what it did to dev: both changes together")),
    Rule("MLS703", "note", "No difference seen",
         "The change may be nought, or too small for so many seeds and examples.",
         f"Not this: {_SEEN}", _KNOBS,
         ("read the interval: it says how large a change may have been overlooked",
          "more seeds, or more dev examples, make it narrower")),
    Rule("MLS704", "note", "Knobs that made a gap larger",
         "Turned alone, from where the recipe stands, each made a gap larger.", _SEEN, _KNOBS,
         ("turned less far a knob may cost less: how far it was turned is a choice",
          "weigh it against what it gained: dev is the sum")),
    Rule("MLS705", "note", "Too few seeds to tell",
         "One seed may be lucky. The figures stand as they came out, without intervals.",
         f"Fewer than {FEWEST_SEEDS} seeds (simulated: with two, intervals held the truth in 88 % "
         "of cases instead of 95 %).", "C3W1 Why ML strategy; Machine Learning Yearning 32",
         ("try five seeds: --seeds 5",)),
    Rule("MLS706", "note", "Changes that are not sure among so many comparisons",
         "Alone each would count as seen; of many comparisons some look so by chance.",
         "The p-value is at most 1 − confidence, Holm's over all comparisons is not.", _KNOBS,
         ("more seeds; or a study of these alone: --knob NAME, --sizes N",)),
    Rule("MLS711", "tip", "Transfer helped",
         "Weights learnt on task A lowered the error on task B against training from scratch.",
         f"At these sizes of B. {_SEEN}", _TRANSFER,
         ("with few examples retrain the last layers, with more all of them",
          "as B grows, look again: what A taught is worth less")),
    Rule("MLS712", "note", "Transfer hurt",
         "Weights learnt on task A raised the error on task B: what is frozen cannot learn what B "
         "has to teach.", f"At these sizes of B. {_SEEN}", _TRANSFER,
         ("train on B alone, or keep what A taught only as a start",)),
    Rule("MLS713", "note", "When transfer makes sense",
         "A and B have the same input; A has far more data than B; low-level features of A help "
         "in B.", "The figures of this study for each of the course's three conditions.",
         _TRANSFER, ("check the three for your own A and B",)),
    Rule("MLS721", "tip", "One network for all tasks was better",
         "The tasks lent each other data and low-level features.", _SEEN, _MULTITASK,
         ("train the tasks together",)),
    Rule("MLS722", "tip", "A network for each task was better",
         "Together they did worse: the course's remedy is a bigger network.", _SEEN, _MULTITASK,
         ("train the tasks apart, or try a bigger network for all of them",)),
    Rule("MLS731", "tip", "The chain of steps was better",
         "With so few pairs of input and output, the steps by hand know what the one network would "
         "have to learn.", f"At these sizes. {_SEEN}", _CHAIN,
         ("keep the steps until there are more pairs",
          "look which part owns the errors, and work on that one")),
    Rule("MLS732", "tip", "End to end was better",
         "With so many pairs, the one network finds what the steps leave out.",
         f"At these sizes. {_SEEN}", _CHAIN, ("drop the steps",)),
    Rule("MLS733", "note", "Which part owns the errors",
         "Each error is blamed on the first part whose perfect output makes the whole right.",
         "Parts are replaced by the truth in the order of the chain; intervals over seeds and "
         "examples.", "Machine Learning Yearning 53-57",
         ("work on the part that owns most errors",
          "what stays with every part perfect is the chain's own: redesign it")),
    Rule("MLS741", "issue", "Few sources of noise do not carry over to new ones",
         "What is made from few sources may look as real as the rest, and the network learns these "
         "sources by heart.", f"The mismatch is larger than with the most sources. {_SEEN}",
         f"{_MISMATCH}; Machine Learning Yearning 43",
         ("collect more distinct sources; more mixtures of the same ones do not help",
          "count how often each source is used")),
    Rule("MLS742", "note", "How often each source is used",
         "Clean examples over sources of noise: each piece of noise stands behind so many.",
         "Counted.", f"{_MISMATCH}; Machine Learning Yearning 43",
         ("hold out sources, not only examples, to see whether it carries over",)),
    Rule("MLS743", "note", "Few sources of noise look better than they are",
         "On the sources that it was trained with, the network errs less than with many.",
         f"The error on train-dev is lower than with the most sources. {_SEEN}",
         f"{_MISMATCH}; Machine Learning Yearning 43",
         ("judge by noise that train never had",)),
    Rule("MLS751", "tip", "What helped against the mismatch",
         "Against training on the other source alone, this lowered the error on the target.",
         _SEEN, f"{_MISMATCH}; Machine Learning Yearning 38-42",
         ("put examples of the target into train, and keep dev and test of the target",)),
    Rule("MLS752", "note", "What raised the error on the target",
         "Against training on the other source alone, this raised the error on the target.",
         _SEEN, f"{_MISMATCH}; Machine Learning Yearning 38-42",
         ("do without it, or weigh it less",)),
    Rule("MLS753", "issue", "A dev set of both sources aims beside the target",
         "Shuffled together, dev holds mostly the source that there is more of: its error is not "
         "that of the target.", f"The errors on the two dev sets differ. {_SEEN}",
         "C3W2 Training and testing on different distributions",
         ("take dev and test from the target alone",)),
    Rule("MLS761", "issue", "Wrong labels that raised the error on clean ones",
         "So many wrong labels in train were too many.", _SEEN, _LABELS,
         ("find and correct them, the systematic ones first",)),
    Rule("MLS762", "issue", "Systematic wrong labels cost more than random ones",
         "At the same share, labels that are wrong in the same way teach the mistake.", _SEEN,
         f"{_LABELS}: deep learning is robust to random errors in train, less so to systematic "
         "ones",
         ("look whether labels are wrong at random, or by a rule, a writer, a device",)),
    Rule("MLS763", "note", "Wrong labels that cost less than those they were compared with",
         "The error is lower than with clean labels, or with systematic ones than with as many "
         "random ones: not what the course expects.", _SEEN, _LABELS,
         ("look which examples the rule gets wrong: few classes, or easy ones, cost less",)),
)  # fmt: skip
