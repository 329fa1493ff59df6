"""MLS42x: what wrong labels do to the error, and whether to correct them."""

from __future__ import annotations

from mlstrat.core.findings import Rule
from mlstrat.workflow.mislabels.compute import LARGE_PART

_CLEANING = "C3W2 Cleaning up incorrectly labeled data; MLY16"

RULES = (
    Rule("MLS420", "issue", "Only wrong labels are marked",
         "A blank row counts as not read. Where all that is filled in are wrong labels, nobody "
         "can tell how many rows were looked at and found right, and so what part is wrong.",
         "Every row read of a kind (errors, correct rows) has a wrong label, and other rows of it "
         "are blank.", "interface",
         ("write 0 into mislabeled, or none into tags, wherever you looked and the label is "
          "right",)),
    Rule("MLS421", "tip", "Wrong labels are worth correcting",
         "They are so large a part of the errors that they hide what the model does, or blur the "
         "choice between models.",
         f"Wrong labels make up at least {LARGE_PART:g} of the errors (ours: the course calls 6 % "
         "small and 30 % worth it); with another model, at least the difference of the two.",
         _CLEANING,
         ("correct the labels of dev and test by the same process",
          "look at correct rows, too: a wrong label can hide an error")),
    Rule("MLS422", "note", "Wrong labels are not what to work on",
         "Other errors are the larger part by far: correcting labels would gain little.",
         f"Wrong labels make up less than {LARGE_PART:g} of the errors; with another model, less "
         "than the difference of the two.", _CLEANING,
         ("read the other errors first: mlstrat error-table",)),
    Rule("MLS423", "note", "Only mistakes were reviewed",
         "Among rows that count as correct some labels are wrong, too, and there a right answer "
         "is a wrong one. Without them the corrected error is a lower bound, and too kind.",
         "No correct row of the sheet was read.", _CLEANING,
         ("draw correct rows, too, and read them: mlstrat sample --correct 100",)),
    Rule("MLS424", "tip", "Correct dev and test by the same process",
         "They must go on coming from the same distribution; a test set with other labels than "
         "dev no longer tells how good the choice on dev was.",
         "Labels of one of the two are corrected.", _CLEANING,
         ("apply the same rules, people and share of rows read to both",)),
    Rule("MLS425", "note", "Training labels can stay where errors are random",
         "A learner averages over random errors of labels. Train may then differ slightly from "
         "dev and test, which is all right.",
         "No sign that wrong labels are systematic: every adjusted p-value is above 1 − "
         "confidence. Few wrong labels show little.", _CLEANING,
         ("look again once more wrong labels are known",)),
    Rule("MLS426", "issue", "Wrong labels are systematic",
         "They are concentrated, so they do not average out: a model learns them. Training labels "
         "of that kind need correcting, too.",
         "A permutation test of wrong labels by label, by pair of label and prediction, by "
         "annotator or by source has an adjusted p-value (Holm) of at most 1 − confidence.",
         _CLEANING,
         ("write down how such cases are to be labelled",
          "label them again in train, dev and test")),
    Rule("MLS427", "issue", "The other model's errors were not reviewed",
         "Rows that were drawn from one model's errors can only turn in its favour. Where only "
         "one of the two is right and nobody read such rows, wrong labels are taken to hit the "
         "two alike.",
         "No row was read on which only one of the two models is right, or, with numbers alone, "
         "nothing is known of single rows.", "ours",
         ("read the errors of the other model, too: add them to the sheet and read correct rows",)),
    Rule("MLS428", "note", "True labels that are new, missing or taken to be the other of two",
         "A true label that the run does not know is a new class. A wrong label without a right "
         "one leaves an error an error; of two labels the other one is the right one.",
         "true_label holds a label that is none of the run's, or is blank where mislabeled says x.",
         "interface",
         ("write the right label into true_label wherever it is known",)),
    Rule("MLS429", "note", "A ranking is not an estimate",
         "Rows that look most like wrong labels say nothing about how many there are: only a "
         "random sample does. Their probabilities must come from a model that was not trained on "
         "them.",
         "Rows were picked by confident learning.", "Northcutt, Jiang and Chuang (2021), JAIR 70",
         ("read a random sample for the figures: mlstrat sample run.csv --correct 100",)),
)  # fmt: skip
