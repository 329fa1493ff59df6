"""MLS34x: how large the sets must be, and what a set of a given size can tell."""

from __future__ import annotations

from mlstrat.core.findings import Rule
from mlstrat.workflow.splits.planning import LARGE, MODERN_DEV, SMALL

EYEBALL_WORDS = ((10, "very rough"), (20, "rough"), (50, "good"), (100, "very good"))
"""From how many errors the picture of where errors come from is how good (MLY18)."""

MOST_READ = 1_000
"""More errors than this are rarely read by anyone (MLY18)."""

BLACKBOX_USEFUL, BLACKBOX_ENOUGH = 100, 1_000
"""From how many examples a blackbox set is useful, and from how many mostly enough (MLY18)."""

LITTLE_LEFT = 0.5
"""Share of the examples below which what is left to train on is called little (ours)."""

SPEEDUP = 10
"""By how much fewer examples make a first pass quicker (Quiz W1 Q15: 100 to 10 million)."""

_SIZE = "C3W1 Size of the dev and test sets"
_words = "; ".join(f"{word} from {n} errors" for n, word in EYEBALL_WORDS)

RULES = (
    Rule("MLS340", "note", "The course's shares for so many examples",
         "Shares of train, dev and test by era; they know nothing of the difference to be told.",
         f"60/20/20 or 70/30 up to {SMALL:,}; 98/1/1 at {LARGE:,}; above it 99.5/0.25/0.25 or "
         f"99.5/0.4/0.1, and never fewer than {MODERN_DEV:,} in dev and test (ours).",
         f"{_SIZE}; C2W1; MLY5"),
    Rule("MLS341", "issue", "The dev set is too small for what is asked",
         "A difference smaller than what dev can tell is lost in its noise: 100 examples do not "
         "tell 0.1 points.",
         "A dev set that is there already, smaller than the formula asks for.", "MLY7",
         ("collect more dev examples, or ask for a larger difference",
          "compare models on the same examples, which needs fewer (--discordance)")),
    Rule("MLS342", "note", "The course names no shares for so many examples",
         f"The old shares hold up to about {SMALL:,} examples, the new ones at {LARGE:,}; between "
         "them public summaries disagree.", f"More than {SMALL:,}, fewer than {LARGE:,} examples.",
         _SIZE, ("say what must be told apart, with --error and --detect",)),
    Rule("MLS343", "note", "What the eyeball set will show",
         "The part of dev whose errors are read by people. A task that people cannot do needs "
         "none: there is nothing to learn from reading.",
         f"The picture of where errors come from is {_words}. Rarely are more than {MOST_READ:,} "
         "read.", "MLY17-19", ("read these errors, and tune on none of the blackbox set",)),
    Rule("MLS344", "note", "What is left for the blackbox set",
         "The part of dev that is only measured on. Where dev is small all of it is the eyeball "
         "set, which matters more; then watch for overfitting to it.",
         f"Useful from {BLACKBOX_USEFUL} examples, mostly enough from {BLACKBOX_ENOUGH:,} to "
         "10,000.", "MLY18-19"),
    Rule("MLS345", "tip", "Two models on the same examples need fewer",
         "Where both models predict the same examples, only those on which they disagree count.",
         "--detect without --discordance.", "Connor (1987); MLY7",
         ("plan with --discordance: the share of examples on which exactly one of two models is "
          "right, which `compare` counts",)),
    Rule("MLS346", "note", "The test set is sized for confidence, not as a share",
         "It must be large enough to trust the last word. 10,000 or 100,000 are usually enough, "
         "far below 30 % of many examples. To do without a test set is acceptable only with a "
         "very large dev set, and not recommended: a dev set that is chosen on flatters.",
         "A test set is planned.", f"{_SIZE}; MLY7"),
    Rule("MLS347", "tip", "A tenth of the examples makes iteration ten times faster",
         "Where training takes days, fewer examples or faster computers are what speeds up ideas: "
         "two weeks for 100 million examples are 1.4 days for 10 million, if the cost grows with "
         "the examples.", f"At least {LARGE:,} examples; a factor of {SPEEDUP}.", "Quiz W1 Q15",
         ("try ideas on a tenth of the training set, then train the chosen one on all",)),
    Rule("MLS348", "issue", "Little is left to train on",
         "Dev and test take more than they leave.",
         f"Train gets less than {100 * LITTLE_LEFT:g} % of the examples (ours).", _SIZE,
         ("ask for a larger difference, or compare models on the same examples (--discordance)",)),
    Rule("MLS349", "issue", "No improvement can be told on this dev set",
         "Even a model without errors might be no better than luck.",
         "No difference up to the error itself reaches the power asked for.", "MLY7",
         ("collect more dev examples",)),
)  # fmt: skip
