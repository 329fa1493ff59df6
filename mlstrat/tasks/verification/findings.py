"""What is told of trials: MLS805 to 807."""

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
