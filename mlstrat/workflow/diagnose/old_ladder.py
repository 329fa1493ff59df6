"""MLS1xx: what the ladder says."""

from __future__ import annotations

from mlstrat.core.findings import Rule
from mlstrat.workflow.diagnose.ladder import SECOND_FOCUS

_FOCUS_RULE = (
    "It is the largest gap by its value, or more than "
    f"{SECOND_FOCUS:g} of the largest (our threshold; the course's quiz works on 8.3 and 5.2 "
    "points both), and above --tolerance (default 0.01, ours)."
)
_IMPROVING = "C3W1 Improving your model performance; Machine Learning Yearning 25, 27"
_MISMATCHED = "C3W2 Bias and variance with mismatched data distributions"

RULES = (
    Rule("MLS101", "issue", "Avoidable bias: the training set is not fitted well enough",
         "The model is worse on its own training examples than people (or Bayes error) are.",
         _FOCUS_RULE, _IMPROVING,
         ("train a bigger network",
          "train longer, or with a better optimisation algorithm (momentum, RMSprop, Adam)",
          "try another architecture or other hyperparameters",
          "more data is not a knob of this gap")),
    Rule("MLS102", "issue", "Variance: what was learnt does not carry to unseen examples",
         "The model is worse on held-out examples of the training distribution than on those "
         "that it was trained on.", _FOCUS_RULE, _IMPROVING,
         ("get more training data",
          "regularise: L2, dropout, data augmentation",
          "try another architecture or other hyperparameters",
          "early stopping also lowers the fit to the training set: it turns two knobs at "
          "once, so prefer the others")),
    Rule("MLS103", "issue", "Data mismatch: dev is unlike the training distribution",
         "The model is worse on dev than on held-out examples of the training distribution.",
         _FOCUS_RULE, "C3W2 Addressing data mismatch; Machine Learning Yearning 42",
         ("read dev errors by hand to see how dev differs from training data (not test)",
          "make training data more similar to dev, or collect data like dev",
          "synthesise such data with care: a small set of sources used again and again is "
          "overfitted though it looks varied")),
    Rule("MLS104", "issue", "Overfitting to dev: dev looks better than test",
         "Choosing on dev again and again has fitted it.", _FOCUS_RULE,
         "C3W1 Orthogonalization; Machine Learning Yearning 12",
         ("get a bigger dev set", "start a fresh dev set if this one was looked at for long")),
    Rule("MLS105", "issue", "Variance or mismatch: two things changed at once",
         "From train to dev both the examples and their distribution changed, so this gap "
         "cannot be split.",
         "Distributions are declared different and there is no train-dev split.", _MISMATCHED,
         ("set aside a train-dev set: held out from the training distribution, never "
          "trained on",)),
    Rule("MLS110", "issue", "Human level unknown: avoidable bias is only bounded",
         "Without a human level, avoidable bias lies anywhere between 0 and the training "
         "loss, since Bayes error is not below 0.",
         "No human level is given, and no other gap is larger than the whole training loss.",
         "C3W1 Avoidable bias",
         ("give the best error that people reach: --human-error 1%, or columns human_<name>",)),
    Rule("MLS111", "note", "Human level surpassed: avoidable bias is only bounded",
         "The model beats the human level, so Bayes error lies somewhere at or below the "
         "training loss and nothing measured says where.",
         "The training loss is below the human level.",
         "C3W1 Surpassing human-level performance",
         ("labels from people, manual error analysis and this decomposition lose their force "
          "here",
          "look for slices on which people are still better: there they keep it",
          "take a better proxy for Bayes error: a team of experts instead of one person")),
    Rule("MLS112", "tip", "Every gap is small",
         "No gap is above the tolerance.", "Every gap is at most --tolerance (default 0.01).",
         "C3W1 Orthogonalization",
         ("if users are content, stop here",
          "if test is fine but the real world is not, change the dev set or the metric")),
    Rule("MLS113", "note", "Dev is easier than the training distribution",
         "The error falls from train-dev to dev, so the two distributions differ in "
         "difficulty. Measure people on both before concluding anything.",
         "The data mismatch is negative and its interval, where there is one, excludes 0.",
         _MISMATCHED,
         ("measure the human level on each distribution, and read the two-way table",)),
    Rule("MLS114", "note", "A gap may be noise",
         "The interval of the gap includes 0.", "The interval of a gap includes 0.",
         "Newcombe (1998)", ("collect the examples named before acting on this gap alone",)),
    Rule("MLS115", "note", "The first place is contested",
         "In more resamples than the confidence allows, another gap is the largest.",
         "The share of resamples in which the largest gap is the largest is below the "
         "confidence.", "resampling of the levels",
         ("collect the examples named, or work on what serves both gaps",)),
    Rule("MLS116", "issue", "A level is missing: the ladder cannot be climbed",
         "Avoidable bias and variance are gaps to the training error; mismatch and overfitting "
         "are gaps to dev.", "There is no train level, or no dev level.",
         "C3W1 Avoidable bias",
         ("predict on the split that is missing too, and give all splits in one run",)),
    Rule("MLS117", "issue", "Train and dev come from different sources, and nobody says so",
         "From train to dev the examples change and where they come from, too: what is called "
         "variance may be data mismatch.",
         "Sorted by name, all sources of train come before those of dev or all after, there is no "
         "train-dev split and distributions are not declared different.", _MISMATCHED,
         ("if the sources differ in kind, declare it: --different-distributions",
          "set aside a train-dev set: held out from the training distribution, never trained "
          "on")),
)  # fmt: skip
