"""What is told of trials: MLS805 to 807, MLS819."""

from __future__ import annotations

from mlstrat.core.findings import Rule
from mlstrat.core.wording import count

SCORE_FALLS = Rule(
    "MLS805", "issue", "The score falls with sameness",
    "Genuine trials score below impostors more often than not: the column holds a distance, or the "
    "two kinds are exchanged. Every rate is that of a system that says the opposite.",
    "The area under the ROC curve of dev is below 0.5.",
    "mlstrat: whoever is worse than chance has the sign wrong",
    ("say that it is a distance: --distance; or leave that out",),
    sentence=lambda e, _s: f"AUC on {e['split']} is {e['auc']:.3g}.")  # fmt: skip


NOT_ACQUIRED = Rule(
    "MLS806", "note", "Some trials have no score",
    "Nothing could be acquired there; such a trial counts as rejected: right for an impostor, "
    "wrong for a genuine one, as the person stands before a closed door either way.",
    "A score is nan or blank.",
    "ISO/IEC 19795-1 (failure to acquire counts in the false reject rate)",
    ("look at what they have in common: a camera, a microphone, a kind of face",),
    sentence=lambda e, _s: (
    f"{count(e['genuine'])} genuine and {count(e['impostor'])} impostor trials have none."
    ))  # fmt: skip


THRESHOLD_OF_TRAIN = Rule(
    "MLS807", "issue", "The threshold explains part of the gap from train to dev",
    "One threshold is kept for every split. Where scores of unseen people are lower as a whole, "
    "more of them are rejected, though the order of trials is as good: that is calibration, "
    "not overfitting.",
    "At a threshold of its own, train is worse by more than half the gap.",
    "mlstrat: part of the gap that more data would not close",
    ("normalise scores (z-norm, t-norm, s-norm) before you collect data",),
    sentence=lambda e, s: (
    f"train is at {s.value(e['train'])} with the threshold of dev, and at "
    f"{s.value(e['train_best'])} with its own; dev is at {s.value(e['dev'])}."
    ))  # fmt: skip


TOO_FEW_IMPOSTORS = Rule(
    "MLS819", "issue", "Dev has too few impostors for this FAR",
    "None may be accepted, so the threshold is that of the one that looks most alike; with more "
    "impostors a more alike one comes along. How many would be accepted is not known, and the "
    "false rejects of new people are likely more than dev shows.",
    "The share that may be accepted is less than one of the impostor trials of dev.",
    "Hanley and Lippman-Hand (1983), If nothing goes wrong, is everything all right?, JAMA 249 "
    "(with none of n seen, up to 3/n)",
    ("compare more people of dev with each other, or allow more: --far",),
    sentence=lambda e, s: (
    f"FAR <= {e['far']:g} of {count(e['impostors'])} impostor trials is less than one. Even if "
    f"they were independent, up to {s.value(3 / e['impostors'])} of new ones might be accepted."
    ))  # fmt: skip
