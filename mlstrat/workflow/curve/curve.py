"""MLS60x: what a learning curve says."""

from __future__ import annotations

from mlstrat.core.findings import Rule
from mlstrat.workflow.curve.curve_limits import FAR, FARTHEST
from mlstrat.workflow.diagnose.ladder import SECOND_FOCUS

_DEV = "Machine Learning Yearning 28-29"
_TRAIN = "Machine Learning Yearning 30-31"
_FIT = (
    "Cortes and others (1994) for the power law; Viering and Loog (2022) for curves that are none"
)
_BOTH = (
    f"bias is train − target, variance dev − train; the second counts too above {SECOND_FOCUS:g} "
    "of the first (our threshold, as in the ladder)."
)

RULES = (
    Rule("MLS601", "issue", "Dev flattens above the target: more data will not reach it",
         "The error that dev falls towards is above the target, however many examples are added.",
         "The interval of the fitted power law lies above the target even at "
         f"{FARTHEST:,.0f} times the largest size (ours).", _DEV,
         ("do not collect training data for this target",
          "where train is low, lower variance by other knobs, or look for a mismatch: is dev of "
          "another distribution than train?",
          "where train is high, lower bias first: a bigger model, longer training",
          "ask whether the target can be reached at all: measure people on dev")),
    Rule("MLS602", "issue", "Bias: train is at or above the target, and the gap to dev is small",
         "The training error only rises with more examples and dev stays above it, so data alone "
         "cannot help.", f"Of the largest size: {_BOTH}", _TRAIN,
         ("train a bigger network",
          "train longer, or with a better optimisation algorithm (momentum, RMSprop, Adam)",
          "try another architecture, or better features",
          "more data is not a knob of this gap")),
    Rule("MLS603", "issue", "Variance: train is low, dev is much higher",
         "What was learnt does not carry to unseen examples yet; more data are likely to help.",
         f"Of the largest size: {_BOTH}", _TRAIN,
         ("get more training data, unless the curve has flattened",
          "regularise: L2, dropout, data augmentation",
          "try another architecture or other hyperparameters")),
    Rule("MLS604", "issue", "Both: train is high, and dev is much higher",
         "Bias and variance both stand between dev and the target. More data lower the variance "
         "and leave the bias.", f"Of the largest size: {_BOTH}", _TRAIN,
         ("lower bias first: a bigger model shows what data can do",
          "then more data, or regularisation")),
    Rule("MLS605", "tip", "More data will reach the target",
         "The fitted power law falls to the target at a size that it can tell.",
         f"Train is not above the target, and the interval of the size ends. Beyond {FAR:g} times "
         "the largest size (ours) a power law is a guess.", f"{_DEV}; {_FIT}",
         ("weigh what so many examples cost against the other knobs of variance",
          "train on a step on the way, and fit again")),
    Rule("MLS606", "note", "Whether more data will reach the target cannot be told",
         "The points leave it open on which side of the target dev flattens.",
         f"The interval of the fit at {FARTHEST:,.0f} times the largest size holds the target, or "
         "nothing tells how sure the points are.",
         f"{_DEV}; {_FIT}",
         ("add what is named before collecting data for this target alone",
          "with few examples the points are noisy: average several draws of each size (MLY 32)")),
    Rule("MLS607", "note", "The points scatter more than their counts explain",
         "Runs of one size differ by their examples and seeds, or the curve is no power law. The "
         "intervals are widened for it.",
         "The weighted sum of squares around the fit is so large in one of a hundred curves "
         "(ours; Wilson and Hilferty, 1931).", f"Machine Learning Yearning 32; {_FIT}",
         ("average several draws of each size, or more of them",
          "leave out sizes so small that the model has hardly learnt anything")),
    Rule("MLS608", "note", "No target: a curve alone has no verdict",
         "Bias, variance and enough are said against the error that is wanted.",
         "There is no --target, and no human level in the config.", _DEV,
         ("say the error that the product needs, or that people reach: --target 5%",)),
    Rule("MLS609", "note", "The runs differ in more than their size",
         "What another setting does to the error looks like the work of data here.",
         "A setting that the configs note, other than size and seed, is not the same in all runs.",
         "C3W1 Orthogonalization",
         ("train all sizes alike", "leave out the runs that differ")),
)  # fmt: skip
