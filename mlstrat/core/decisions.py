"""What the data support: the one place where a sentence of choice or rank is decided.

A reader acts on the first line, so each kind of such a sentence is a statistical claim with an
error rate: a `Decision` says which, and how it is kept. A rule or a first line that chooses, ranks
or says that something is enough names its decision, and a test walks all of them.

The tools that decide are in `mlstrat.core.intervals`; what would settle an open question is
`mlstrat.core.sample_size.to_settle`.
"""

from __future__ import annotations

from mlstrat.core.findings import Decision

FOCUS = Decision(
    "focus", "Work on variance (5.7 points).",
    "The leading gap, and a second of more than 0.6 of it, where each is above 0 after Holm's "
    "adjustment over the ladder and no other gap may be larger by more than the tolerance "
    "(interval of the difference of the two gaps, square-and-add over all levels involved).",
    "With every gap truly 0, focus or contested in at most 5% of runs at any size; a first line "
    "that leaves out every gap within the tolerance of the largest in at most 2.5%.",
    "Holm (1979); Newcombe (1998b); Zou and Donner (2008); Gupta (1965)",
)  # fmt: skip

CONTESTED = Decision(
    "contested", "Work on data mismatch (5.7 points); overfitting to dev, 1.3 here, may be larger.",
    "As focus, but up to three gaps may be the largest: each of them is named.",
    FOCUS.promise, FOCUS.source,
)  # fmt: skip

SMALL = Decision(
    "small", "Every gap is small: none is above 1.0 points.",
    "There are unseen rows, and the one-sided upper bound of every gap is at most the tolerance.",
    "Said with a true gap above the tolerance in at most 5% of runs.",
    "Schuirmann (1987)",
)  # fmt: skip

UNDETERMINED = Decision(
    "undetermined", "No gap stands clear of the noise; none is above 2.3 points.",
    "Bounds on all gaps at once, at the confidence divided by how many there are.",
    "A gap above the bound that is named in at most 5% of runs.",
    "Bonferroni's inequality",
)  # fmt: skip

SURPASSED = Decision(
    "surpassed", "The model is better than people on examples that it has not seen.",
    "The interval of the error on unseen rows of the people's distribution minus the human level "
    "lies wholly below 0.",
    "Said of a model at human level in at most 2.5% of runs.",
    "Newcombe (1998b)",
)  # fmt: skip

SETTLE = Decision(
    "to settle", "About 1,400 more examples would settle it if the gap is what it looks like.",
    "The smallest number of new rows with which the same decision says resolved, or rules out the "
    "tolerance, in all but an adverse fifth of the ways in which they may fall.",
    "If the truth is what was observed, so many settle it in 75 to 97% of cases.",
    "Schuirmann (1987); Hoenig and Heisey (2001)",
)  # fmt: skip

FALLING = Decision(
    "a falling error", "Test is easier than dev.",
    "The gap is below 0 after Holm's adjustment over the ladder.",
    "Said of equal levels in at most 2.5% of runs.", "Holm (1979)",
)  # fmt: skip

BEST_PERSON = Decision(
    "best person", "The best of 5 people errs on about 4.1%.",
    "Where people differ by more than chance: chosen on two thirds of the rows and measured on the "
    "third, in turns. Else the level of all of them.",
    "Within 0.5 points of the truth for equal people who gave 100 answers each.",
    "Stone (1974), cross-validation",
)  # fmt: skip

LARGEST = Decision(
    "largest of several", "The largest tag is blurry.",
    "Said where the interval of its difference from each other tag, on the same errors, lies above "
    "0. Its own interval has its lower end at one Kth of the error, for the K that were looked at.",
    "Said of equal tags in at most 5% of tables. The interval of the largest of ten equal tags "
    "covers at least 90% from 30 errors read, 93% from 100.",
    "Bonferroni's inequality; Hsu (1984)",
)  # fmt: skip

CONSTRAINTS = Decision(
    "constraints", "Model B meets every constraint.",
    "Yes where every constraint holds at the error divided by the k candidates, no where one is "
    "broken at the error divided by k and the m constraints; Clopper-Pearson for counts.",
    "A candidate just beyond its bound passes in at most 5% of choices, whatever the number "
    "of candidates.",
    "Clopper and Pearson (1934); Berger (1982)",
)  # fmt: skip

TIED = Decision(
    "the best candidate", "B is the best; C cannot be told from it.",
    "Comparison with the best: every candidate whose difference from the leader may be 0 is tied "
    "with it; the leader's figure is shrunk for having been picked.",
    "The truly best is left out in at most 2.5% of choices.",
    "Hsu (1984); Efron and Morris (1973)",
)  # fmt: skip

DIFFERENCE = Decision(
    "two models", "B is better than A.",
    "Exact McNemar of accuracy and error, else the interval of the difference; Holm over slices. "
    "Within the tolerance where the whole interval is.",
    "Said of equal models in at most 5% of comparisons; within the tolerance, of models that are "
    "apart by it, in at most 2.5%.",
    "McNemar (1947); Newcombe (1998c); Schuirmann (1987)",
)  # fmt: skip

GATE = Decision(
    "gate", "The gate failed.",
    "A check fails where its whole interval is beyond the bound, passes where it is within, at "
    "Holm's confidence over all checks; Clopper-Pearson above 99%.",
    "A gate whose checks are all exactly at their bound fails in at most 2.5% of runs.",
    "Holm (1979); Shaffer (1980); Brown, Cai and DasGupta (2001)",
)  # fmt: skip

SLICES = Decision(
    "slices", "Errors concentrate in night pictures.",
    "Found in one half of the rows and tested on the other, Holm over what was found; people "
    "against the model likewise, by exact McNemar. What would settle a slice is said of the first "
    "of the searched half alone, where the other half leans to it.",
    "A slice is confirmed in at most 5% of runs in which no slice differs; so are people called "
    "better, or a number of examples named that would settle it.",
    "Cox (1975); Holm (1979)",
)  # fmt: skip

REACHED = Decision(
    "reached", "The target is reached with 20,000 examples.",
    "The interval of the error, or of the fitted curve, lies wholly on one side of the target.",
    "Said wrongly in at most 5% of runs.",
    "Newcombe (1998a)",
)  # fmt: skip

DETECTABLE = Decision(
    "what a dev set can tell", "A full fix shows on this dev set from 6 errors on.",
    "Exact McNemar of the errors that are fixed against none that are broken, on the same rows; "
    "where a part of the errors was read, of as many as there surely are, for all tags together. "
    "With some broken, McNemar's size at a power of 80%, for two models that disagree on 5%.",
    "A fix of so many errors shows at 5%; of fewer it does not. An improvement of the size that is "
    "named is found by 79 to 86% of models that disagree as assumed.",
    "McNemar (1947); Connor (1987)",
)  # fmt: skip

WORTH = Decision(
    "worth fixing", "The labels are worth correcting.",
    "The interval of the share of errors that are wrong labels against a threshold; with two "
    "models, of their part of the error against the difference of the two.",
    "Said wrongly in at most 5% of sheets.",
    "Newcombe (1998a)",
)  # fmt: skip

MOVED = Decision(
    "moved", "Variance fell by 4.1 points.",
    "The interval of the change of the gap, paired where both runs have the ids, Holm over the "
    "gaps.",
    "Said of an unchanged gap in at most 5% of pairs of runs.",
    "Newcombe (1998c); Holm (1979)",
)  # fmt: skip

KNOB = Decision(
    "knob", "Dropout lowered the error on dev.",
    "Holm over all comparisons of a study; intervals over seeds and examples.",
    "A change is said of a study without one in at most 5% of studies.",
    "Holm (1979); Satterthwaite (1946)",
)  # fmt: skip

ABOVE_FLOOR = Decision(
    "the floor", "No better than always answering 'no'.",
    "Said unless the interval of the model's error minus that of the constant answer, on the same "
    "rows, lies wholly below 0.",
    "A model that errs as often as the constant answer passes for better in at most 2.5% of runs.",
    "Newcombe (1998c)",
)  # fmt: skip

DECISIONS = (
    FOCUS, CONTESTED, SMALL, UNDETERMINED, SURPASSED, SETTLE, FALLING, BEST_PERSON, LARGEST,
    CONSTRAINTS, TIED, DIFFERENCE, GATE, SLICES, REACHED, DETECTABLE, WORTH, MOVED, KNOB,
    ABOVE_FLOOR,
)  # fmt: skip
"""Every kind of sentence that chooses, ranks or says that something is enough."""
