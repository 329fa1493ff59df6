# Over 300 lines: a question's codes stand together, each once, with its sentence and its rule.
"""What next: findings with stable codes, the knobs of one station and of no other.

Orthogonalization (C3W1): each gap has its own knobs, so that mending one does not move another.
A finding says what was seen in numbers; prose is written in `report/`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding, Rule
from mlstrat.core.intervals import normal_quantile
from mlstrat.core.wording import (
    GAP_TITLES,
    Scale,
    clean,
    count,
    listed,
    rounded_up,
    share_of_resamples,
)
from mlstrat.workflow.diagnose.ladder import SECOND_FOCUS, SLACK, Decomposition, Gap
from mlstrat.workflow.diagnose.settling import what_would_settle
from mlstrat.workflow.diagnose.two_way import TwoWayTable

if TYPE_CHECKING:
    from mlstrat.core.pairs import PairedErrors
    from mlstrat.tasks.sources import Sources

_FOCUS_RULE = (
    "It is the largest gap by its value, or more than "
    f"{SECOND_FOCUS:g} of the largest (our threshold; the course's quiz works on 8.3 and 5.2 "
    "points both), and above --tolerance (default 0.01, ours)."
)


_IMPROVING = "C3W1 Improving your model performance; Machine Learning Yearning 25, 27"


_MISMATCHED = "C3W2 Bias and variance with mismatched data distributions"


Evidence = Mapping[str, Any]


NO_PRACTICAL_NUMBER = 100
"""More than this many times the rows that there are is no advice."""


MOST_SOURCES_SHOWN = 4
"""Sources that a reader is shown; the JSON has all."""


def _sources(names: Sequence[str]) -> str:
    """Return the sources of a split, some of them where there are many."""
    some = [clean(x) for x in names[:MOST_SOURCES_SHOWN]]
    if len(names) > len(some):
        some.append(f"{count(len(names) - len(some))} more")
    return listed(some)


def _gap(e: Evidence, s: Scale) -> str:
    text = f"{e['from']} → {e['to']}: {s.points(e['value'], sign=True)}"
    if e["ci"] is not None:
        text += f" ({s.interval(e['ci'])})"
    if e["p_largest"] is not None:
        text += f", the largest gap in {share_of_resamples(e['p_largest'])} of resamples"
    return text + "."


def _bounded(e: Evidence, s: Scale) -> str:
    low, high = e["bounds"]
    return f"Avoidable bias lies between {s.points(low)} and {s.points(high)}."


def _surpassed(e: Evidence, s: Scale) -> str:
    return (
        f"The model is {s.points(-e['value'])} better than the human level on training data; "
        f"Bayes error lies somewhere at or below the training error. {_bounded(e, s)}"
    )


def _both(e: Evidence, s: Scale) -> str:
    text = _gap(e, s) + " It mixes variance and mismatch."
    if e["train_dev_size"] is not None:
        size = rounded_up(e["train_dev_size"])
        text += f" Set aside about {count(size)} examples for a train-dev set to tell them apart."
    return text


def _more(e: Evidence) -> str:
    if e["more_examples"] is None:
        return "The figures are equal, so no number of examples would settle it."
    if e["more_examples"] > NO_PRACTICAL_NUMBER * e["rows"]:
        return "No practical number of examples would settle it, if the figures stay as they are."
    splits = [x for x in e["splits"] if x != "human"] or ["human-answered"]
    people = ", answered by people too," if "human" in e["splits"] and len(e["splits"]) > 1 else ""
    return (
        f"About {count(rounded_up(e['more_examples']))} more {listed(splits)} examples{people} "
        "would settle it, if the figures stay as they are."
    )


def _easier(e: Evidence, s: Scale) -> str:
    text = f"From train-dev to dev the error falls by {s.points(-e['value'])}. "
    if e["resolved"] is False:
        text = text.rstrip(". ") + f", though the interval ({s.interval(e['ci'])}) includes 0. "
    if e["dev_overfit"]:
        return text + "Since dev is overfitted too, choosing on it may be all that this is."
    people = e["human_difference"]
    if people is None:
        return text + "For people dev may be the harder one: measure them on both distributions."
    word = "harder" if people > 0 else "easier"
    return text + f"For people dev is {word}, by {s.points(abs(people))}."


def _noise(e: Evidence, s: Scale) -> str:
    return (
        f"{GAP_TITLES[e['gap']].capitalize()} is {s.points(e['value'], sign=True)}, and its "
        f"interval ({s.interval(e['ci'])}) includes 0. {_more(e)}"
    )


def _contested(e: Evidence, _s: Scale) -> str:
    return (
        f"{GAP_TITLES[e['gap']].capitalize()} is not surely larger than "
        f"{GAP_TITLES[e['rival']]}. {_more(e)}"
    )


AVOIDABLE_BIAS = Rule(
    "MLS101", "issue", "Avoidable bias: the training set is not fitted well enough",
    "The model is worse on its own training examples than people (or Bayes error) are.",
    _FOCUS_RULE, _IMPROVING,
    ("train a bigger network",
    "train longer, or with a better optimisation algorithm (momentum, RMSprop, Adam)",
    "try another architecture or other hyperparameters",
    "more data is not a knob of this gap"),
    sentence=_gap)  # fmt: skip

VARIANCE = Rule(
    "MLS102", "issue", "Variance: what was learnt does not carry to unseen examples",
    "The model is worse on held-out examples of the training distribution than on those "
    "that it was trained on.", _FOCUS_RULE, _IMPROVING,
    ("get more training data",
    "regularise: L2, dropout, data augmentation",
    "try another architecture or other hyperparameters",
    "early stopping also lowers the fit to the training set: it turns two knobs at "
    "once, so prefer the others"),
    sentence=_gap)  # fmt: skip

DATA_MISMATCH = Rule(
    "MLS103", "issue", "Data mismatch: dev is unlike the training distribution",
    "The model is worse on dev than on held-out examples of the training distribution.",
    _FOCUS_RULE, "C3W2 Addressing data mismatch; Machine Learning Yearning 42",
    ("read dev errors by hand to see how dev differs from training data (not test)",
    "make training data more similar to dev, or collect data like dev",
    "synthesise such data with care: a small set of sources used again and again is "
    "overfitted though it looks varied"),
    sentence=_gap)  # fmt: skip

DEV_OVERFIT = Rule(
    "MLS104", "issue", "Overfitting to dev: dev looks better than test",
    "Choosing on dev again and again has fitted it.", _FOCUS_RULE,
    "C3W1 Orthogonalization; Machine Learning Yearning 12",
    ("get a bigger dev set", "start a fresh dev set if this one was looked at for long"),
    sentence=_gap)  # fmt: skip

VARIANCE_OR_MISMATCH = Rule(
    "MLS105", "issue", "Variance or mismatch: two things changed at once",
    "From train to dev both the examples and their distribution changed, so this gap "
    "cannot be split.",
    "Distributions are declared different and there is no train-dev split.", _MISMATCHED,
    ("set aside a train-dev set: held out from the training distribution, never "
    "trained on",),
    sentence=_both)  # fmt: skip

HUMAN_UNKNOWN = Rule(
    "MLS110", "issue", "Human level unknown: avoidable bias is only bounded",
    "Without a human level, avoidable bias lies anywhere between 0 and the training "
    "loss, since Bayes error is not below 0.",
    "No human level is given, and no other gap is larger than the whole training loss.",
    "C3W1 Avoidable bias",
    ("give the best error that people reach: --human-error 1%, or columns human_<name>",),
    sentence=_bounded)  # fmt: skip

HUMAN_SURPASSED = Rule(
    "MLS111", "note", "Human level surpassed: avoidable bias is only bounded",
    "The model beats the human level, so Bayes error lies somewhere at or below the "
    "training loss and nothing measured says where.",
    "The training loss is below the human level.",
    "C3W1 Surpassing human-level performance",
    ("labels from people, manual error analysis and this decomposition lose their force "
    "here",
    "look for slices on which people are still better: there they keep it",
    "take a better proxy for Bayes error: a team of experts instead of one person"),
    sentence=_surpassed)  # fmt: skip

EVERY_GAP_SMALL = Rule(
    "MLS112", "tip", "Every gap is small",
    "No gap is above the tolerance.", "Every gap is at most --tolerance (default 0.01).",
    "C3W1 Orthogonalization",
    ("if users are content, stop here",
    "if test is fine but the real world is not, change the dev set or the metric"),
    sentence=lambda e, s: f"No gap is above {s.points(e['tolerance'])}.")  # fmt: skip

DEV_EASIER = Rule(
    "MLS113", "note", "Dev is easier than the training distribution",
    "The error falls from train-dev to dev, so the two distributions differ in "
    "difficulty. Measure people on both before concluding anything.",
    "The data mismatch is negative and its interval, where there is one, excludes 0.",
    _MISMATCHED,
    ("measure the human level on each distribution, and read the two-way table",),
    sentence=_easier)  # fmt: skip

GAP_MAY_BE_NOISE = Rule(
    "MLS114", "note", "A gap may be noise",
    "The interval of the gap includes 0.", "The interval of a gap includes 0.",
    "Newcombe (1998)", ("collect the examples named before acting on this gap alone",),
    sentence=_noise)  # fmt: skip

FIRST_PLACE_CONTESTED = Rule(
    "MLS115", "note", "The first place is contested",
    "In more resamples than the confidence allows, another gap is the largest.",
    "The share of resamples in which the largest gap is the largest is below the "
    "confidence.", "resampling of the levels",
    ("collect the examples named, or work on what serves both gaps",),
    sentence=_contested)  # fmt: skip

LEVEL_MISSING = Rule(
    "MLS116", "issue", "A level is missing: the ladder cannot be climbed",
    "Avoidable bias and variance are gaps to the training error; mismatch and overfitting "
    "are gaps to dev.", "There is no train level, or no dev level.",
    "C3W1 Avoidable bias",
    ("predict on the split that is missing too, and give all splits in one run",),
    sentence=lambda e, _s: f"There is no {listed(e['missing'])} level.")  # fmt: skip

SOURCES_APART = Rule(
    "MLS117", "issue", "Train and dev come from different sources, and nobody says so",
    "From train to dev the examples change and where they come from, too: what is called "
    "variance may be data mismatch.",
    "Train and dev have no source in common, there is no train-dev split and distributions are "
    "not declared different.", _MISMATCHED,
    ("if the sources differ in kind, declare it: --different-distributions",
    "set aside a train-dev set: held out from the training distribution, never trained "
    "on"),
    sentence=lambda e, _s: (
        f"Train comes from {_sources(e['train'])}, dev from {_sources(e['dev'])}."))  # fmt: skip


FOCUS_CODES = {
    "avoidable_bias": AVOIDABLE_BIAS,
    "variance": VARIANCE,
    "data_mismatch": DATA_MISMATCH,
    "dev_overfit": DEV_OVERFIT,
}


def train_dev_size(gap: float, error: float, z: float) -> int:
    """Return how many train-dev examples resolve a gap of this size at this error.

    Formula: n = z² p(1 − p) / d², so that ± z standard errors of the train-dev error are d.

    Examples
    --------
    >>> train_dev_size(0.09, 0.10, 1.96)
    43
    """
    return math.ceil(z * z * max(error * (1 - error), 0.01) / (gap * gap))


def ladder_findings(
    result: Decomposition,
    sampling: Sampling,
    paired: PairedErrors | None = None,
    people: TwoWayTable | None = None,
) -> list[Finding]:
    """Return the findings of the decomposition, the most urgent first."""
    z = normal_quantile(sampling.confidence)
    gaps = {gap.gap: gap for gap in result.gaps}
    out: list[Finding] = []
    if result.verdict == "focus":
        out += [
            Finding(FOCUS_CODES[name], _gap_evidence(gaps[name]))
            for name in result.focus
            if name in FOCUS_CODES
        ]
    elif result.verdict == "small":
        out.append(
            Finding(EVERY_GAP_SMALL, {"tolerance": result.tolerance, "focus": list(result.focus)})
        )
    missing = [name for name in ("train", "dev") if name in result.missing]
    if missing:
        out.append(Finding(LEVEL_MISSING, {"missing": missing}))
    both = gaps.get("variance_or_mismatch")
    if both is not None and both.value is not None:
        dev = result.level("dev")
        size = None
        if both.value > 0 and dev is not None:
            # Half of the gap is what a train-dev set must be able to place on either side.
            size = train_dev_size(both.value / 2, dev.value, z)
        out.append(Finding(VARIANCE_OR_MISMATCH, _gap_evidence(both) | {"train_dev_size": size}))
    bias = gaps.get("avoidable_bias")
    if bias is not None and bias.bounds is not None:
        if result.surpassed:
            out.append(Finding(HUMAN_SURPASSED, _gap_evidence(bias)))
        elif result.verdict == "insufficient":
            out.append(Finding(HUMAN_UNKNOWN, _gap_evidence(bias)))
    if dev_is_easier(result):
        flattered = "dev_overfit" in result.focus
        gap = gaps["data_mismatch"]
        evidence = _gap_evidence(gap) | {
            "resolved": gap.resolved,
            "dev_overfit": flattered,
            "human_difference": None if people is None else people.along("human"),
        }
        out.append(Finding(DEV_EASIER, evidence))
    for question in what_would_settle(result, paired, sampling):
        evidence = _gap_evidence(gaps[question.gap]) | {
            "splits": list(question.splits),
            "rows": question.rows,
            "more_examples": question.more,
        }
        if question.rival is None:
            out.append(Finding(GAP_MAY_BE_NOISE, evidence))
        else:
            out.append(Finding(FIRST_PLACE_CONTESTED, evidence | {"rival": question.rival}))
    return out


def source_findings(sources: Sources | None, splits: Sequence[str]) -> list[Finding]:
    """Return the finding on sources that differ between train and dev, undeclared.

    Parameters
    ----------
    sources
        Rows by split and source; None where they are too many.
    splits
        All splits.

    Examples
    --------
    >>> apart = {"train": {"forum": 10, "web": 90}, "dev": {"app": 50}}
    >>> [finding.code for finding in source_findings(apart, ["train", "dev"])]
    ['MLS117']
    >>> source_findings(apart, ["train", "train-dev", "dev"])
    []
    """
    if sources is None or "train-dev" in splits or not {"train", "dev"} <= sources.keys():
        return []
    train, dev = sources["train"], sources["dev"]
    if train.keys() & dev.keys():
        return []
    return [Finding(SOURCES_APART, {"train": list(train), "dev": list(dev)})]


def dev_is_easier(result: Decomposition) -> bool:
    """Tell whether the mismatch is negative."""
    gap = result.gap("data_mismatch")
    return gap is not None and gap.value is not None and gap.value < -SLACK


def _gap_evidence(gap: Gap) -> dict[str, Any]:
    return {
        "gap": gap.gap,
        "from": gap.start,
        "to": gap.end,
        "value": gap.value,
        "ci": None if gap.ci is None else list(gap.ci),
        "p_largest": gap.p_largest,
        "bounds": None if gap.bounds is None else list(gap.bounds),
    }
