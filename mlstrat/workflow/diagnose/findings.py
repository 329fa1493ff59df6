# Over 300 lines: a question's codes stand together, each once, with its sentence and its rule.
"""What next: findings with stable codes, and the knobs of each gap.

Orthogonalization (C3W1): each gap has its own knobs, so that fixing one does not move another.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mlstrat.core.decisions import FALLING, FOCUS, SETTLE, SMALL, SURPASSED
from mlstrat.core.findings import Finding, Rule, Severity
from mlstrat.core.wording import GAP_TITLES, Scale, clean, count, listed, rounded_up
from mlstrat.data.columns import PART
from mlstrat.workflow.diagnose.ladder import (
    MERGED,
    SECOND_FOCUS,
    SLACK,
    UNSEEN,
    Decomposition,
    Gap,
)

if TYPE_CHECKING:
    from mlstrat.tasks.keys import Sources
    from mlstrat.workflow.diagnose.ladder import TwoWayTable

_FOCUS_RULE = (
    "The verdict is focus or contested, and this gap is among those that it names: the largest by "
    f"value, a second of more than {SECOND_FOCUS:g} of it (mlstrat's threshold; the course's quiz "
    "works on 8.3 and 5.2 points both), or, contested, one that may be larger. At most two gaps "
    "are named where the verdict is focus."
)


_IMPROVING = "C3W1 Improving your model performance; Machine Learning Yearning 25, 27"


_MISMATCHED = "C3W2 Bias and variance with mismatched data distributions"


Evidence = Mapping[str, Any]


UNLIKE = 0.1
"""Share of rows from other sources above which two splits are unlike. mlstrat's threshold: a tenth
of the rows can move the error by as much as a gap that is worth work."""


FEWEST_PARTS = 2
"""Columns of parts from which they are taken for a chain (mlstrat's threshold)."""


def _gap(e: Evidence, s: Scale) -> str:
    text = f"{e['from']} → {e['to']}: {s.points(e['value'], sign=True)}"
    if e["ci"] is not None:
        text += f" ({s.interval(e['ci'])})"
    return text + "."


def _bounds(e: Evidence, s: Scale) -> str:
    low, high = e["bounds"]
    return f"lies between {s.points(low)} and {s.points(high)}"


def _bounded(e: Evidence, s: Scale) -> str:
    return f"{GAP_TITLES[e['gap']].capitalize()} {_bounds(e, s)}."


def _surpassed(e: Evidence, s: Scale) -> str:
    return (
        f"On {e['unseen']} the model errs on {s.value(e['error'])}, people on "
        f"{s.value(e['human'])}. {_bounded(e, s)}"
    )


def _memorised(e: Evidence, s: Scale) -> str:
    text = f"The training error ({s.value(e['train'])}) is below the human level"
    text += f" ({s.value(e['human'])})"
    if e["unseen"] is None:
        return f"{text}; no unseen rows show whether the model is better than people."
    return f"{text}, the error on {e['unseen']} ({s.value(e['error'])}) is not surely so."


def _both(e: Evidence, s: Scale) -> str:
    text = _gap(e, s) + " It mixes variance and mismatch."
    if e["train_dev_size"] is not None:
        size = rounded_up(e["train_dev_size"])
        text += f" Set aside about {count(size)} examples for a train-dev set to tell them apart."
    return text


def _missing(e: Evidence, s: Scale) -> str:
    text = f"There is no {listed(e['missing'])} level"
    if e["gap"] is not None:
        text += f", so {GAP_TITLES[e['gap']]} {_bounds(e, s)}"
    return text + "."


def _easier(e: Evidence, s: Scale) -> str:
    text = f"From train-dev to dev the error falls by {s.points(-e['value'])}. "
    if e["dev_overfit"]:
        return text + "Since dev is overfitted too, choosing on it may be all that this is."
    people = e["human_difference"]
    if people is None:
        return text + "For people dev may be the harder one: measure them on both distributions."
    word = "harder" if people > 0 else "easier"
    return text + f"For people dev is {word}, by {s.points(abs(people))}."


def _falls(e: Evidence, s: Scale) -> str:
    return f"From {e['from']} to {e['to']} the error falls by {s.points(-e['value'])}."


def _noise(e: Evidence, s: Scale) -> str:
    shown = [f"{GAP_TITLES[g['gap']]} ({s.points(g['value'], sign=True)}, {s.interval(g['ci'])})"
             for g in e["gaps"]]  # fmt: skip
    return f"Not clear of 0: {listed(shown)}."


def _open(e: Evidence, _s: Scale) -> str:
    asked = str(e["question"])
    text = f"{asked[:1].upper()}{asked[1:]} "
    if e["rows"] is None:
        return text + "No number of examples that anyone has would settle it."
    from mlstrat.core.sample_size.to_settle import to_settle_sentence

    return text + to_settle_sentence(e["rows"], e["or_more"])


def _sources(e: Evidence) -> str:
    names = [clean(x) for x in e["only"][:3]]
    more = f" and {count(len(e['only']) - 3)} more" if len(e["only"]) > 3 else ""
    return f"{', '.join(names)}{more}"


AVOIDABLE_BIAS = Rule(
    "MLS101", "issue", "Avoidable bias: the training set is not fitted well enough",
    "The model is worse on its own training examples than people (or Bayes error) are.",
    _FOCUS_RULE, _IMPROVING,
    ("train a bigger network",
    "train longer, or with a better optimisation algorithm (momentum, RMSprop, Adam)",
    "try another architecture or other hyperparameters",
    "more data will not close this gap"),
    sentence=_gap, decision=FOCUS)  # fmt: skip

VARIANCE = Rule(
    "MLS102", "issue", "Variance: the model does not generalise to new examples",
    "The model is worse on held-out examples of the training distribution than on those "
    "that it was trained on.", _FOCUS_RULE, _IMPROVING,
    ("get more training data",
    "regularise: L2, dropout, data augmentation",
    "try another architecture or other hyperparameters",
    "early stopping also lowers the fit to the training set: it turns two knobs at "
    "once, so prefer the others"),
    sentence=_gap, decision=FOCUS)  # fmt: skip

DATA_MISMATCH = Rule(
    "MLS103", "issue", "Data mismatch: dev is unlike the training distribution",
    "The model is worse on dev than on held-out examples of the training distribution.",
    _FOCUS_RULE, "C3W2 Addressing data mismatch; Machine Learning Yearning 42",
    ("read dev errors by hand to see how dev differs from training data (not test)",
    "make training data more similar to dev, or collect data like dev",
    "synthesise such data with care: a small set of sources used again and again is "
    "overfitted though it looks varied"),
    sentence=_gap, decision=FOCUS)  # fmt: skip

DEV_OVERFIT = Rule(
    "MLS104", "issue", "Overfitting to dev: dev looks better than test",
    "If dev and test are of one distribution, choosing on dev again and again has fitted it. If "
    "they are not, test may be harder, or just different.", _FOCUS_RULE,
    "C3W1 Orthogonalization; Machine Learning Yearning 6, 12",
    ("check that dev and test come from one distribution",
    "get a bigger dev set", "start a fresh dev set if this one was looked at for long"),
    sentence=_gap, decision=FOCUS)  # fmt: skip

VARIANCE_OR_MISMATCH = Rule(
    "MLS105", "issue", "Variance or mismatch: two things changed at once",
    "From train to dev both the examples and their distribution changed, so this gap "
    "cannot be split.",
    "Distributions are declared different and there is no train-dev split.", _MISMATCHED,
    ("set aside a train-dev set: held out from the training distribution, never "
    "trained on",),
    sentence=_both)  # fmt: skip

TEST_UNLIKE_DEV = Rule(
    "MLS118", "issue", "Dev and test differ in their sources",
    "A gap from dev to test has three causes: dev was overfitted, test is harder, or test is just "
    "different. Only of one distribution is it overfitting.",
    f"More than {UNLIKE:.0%} of the rows of dev or of test would have to change their source for "
    "the two to be alike (mlstrat's threshold), and more than chance explains.",
    "Machine Learning Yearning 6",
    ("draw dev and test from one distribution, the one that matters, and diagnose again",),
    sentence=lambda e, s: (
        f"{e['share']:.0%} of the rows differ in their source between dev and test. {_gap(e, s)}"
    ))  # fmt: skip

HUMAN_UNKNOWN = Rule(
    "MLS110", "issue", "Human level unknown: avoidable bias is only bounded",
    "Without a human level, avoidable bias lies anywhere between 0 and the training "
    "loss, since Bayes error is not below 0.",
    "No human level is given, and no other gap is surely larger than the whole training loss.",
    "C3W1 Avoidable bias",
    ("give the best error that people reach: --human-error 1%, or columns human_<name>",),
    sentence=_bounded)  # fmt: skip

HUMAN_SURPASSED = Rule(
    "MLS111", "note", "Human level surpassed: avoidable bias is only bounded",
    "The model beats people on examples that it has not seen, so people no longer show how much "
    "better it could be.",
    "On unseen rows of the people's distribution the error is below the human level: with counts "
    "the whole interval of the difference is, else the value.",
    "C3W1 Surpassing human-level performance; Machine Learning Yearning 33-35",
    ("labels from people, manual error analysis and this decomposition lose their force "
    "here",
    "look for slices on which people are still better: there they keep it",
    "take a better proxy for Bayes error: a team of experts instead of one person"),
    sentence=_surpassed, decision=SURPASSED)  # fmt: skip

MEMORISED = Rule(
    "MLS107", "note", "The training error is below the human level",
    "A model can fit its training examples better than people by memorising them. Only the error "
    "on examples that it has not seen says whether it is better than people, so avoidable bias is "
    "taken as not positive, and the other gaps decide.",
    "The training loss is below the human level, and the loss on unseen rows is not surely below "
    "it.",
    "C3W1 Surpassing human-level performance; Machine Learning Yearning 33-35",
    sentence=_memorised)  # fmt: skip

EVERY_GAP_SMALL = Rule(
    "MLS112", "tip", "Every gap is small",
    "No gap is above the tolerance.",
    "Unseen rows are there, and every gap is at most --tolerance (default 0.01, mlstrat's "
    "threshold): with counts the one-sided upper bound of each, at the confidence.",
    "C3W1 Orthogonalization; Schuirmann (1987)",
    ("if users are content, stop here",
    "if test is fine but the real world is not, change the dev set or the metric"),
    sentence=lambda e, s: f"No gap is above {s.points(e['tolerance'])}.",
    decision=SMALL)  # fmt: skip

DEV_EASIER = Rule(
    "MLS113", "note", "Dev is easier than the training distribution",
    "The error falls from train-dev to dev, so the two distributions differ in "
    "difficulty. Measure people on both before concluding anything.",
    "The data mismatch is negative, surely so where there are counts.",
    _MISMATCHED,
    ("measure the human level on each distribution, and read the two-way table",),
    sentence=_easier, decision=FALLING)  # fmt: skip

ERROR_FALLS = Rule(
    "MLS119", "note", "The error falls along the ladder",
    "If the error drops from one level to the next, the later examples are probably easier: the "
    "two are hardly of one distribution.",
    "A gap other than avoidable bias and data mismatch is negative, surely so where there are "
    "counts.",
    "C3W1 Train/dev/test distributions; Machine Learning Yearning 6",
    ("check that both splits are drawn from one distribution",
    "look for easy or repeated examples in the later split"),
    sentence=_falls, decision=FALLING)  # fmt: skip

GAP_MAY_BE_NOISE = Rule(
    "MLS114", "note", "A gap may be noise",
    "The interval of the gap includes 0, or it does after Holm's adjustment over the ladder.",
    "A gap with a value and an interval is not above or below 0 after Holm's adjustment.",
    "Newcombe (1998b); Holm (1979)",
    ("collect more examples before acting on such a gap alone",),
    sentence=_noise)  # fmt: skip

VERDICT_OPEN = Rule(
    "MLS115", "note", "What would settle it",
    "The verdict is open: another gap may be the largest, or none is clear of the noise.",
    "The verdict is contested or undetermined, and more rows would settle it: the same decision "
    "would then say so, or rule out the tolerance, even if the new rows bring an adverse fifth of "
    "their errors.",
    "Schuirmann (1987); Hoenig and Heisey (2001)",
    ("collect the examples named, or work on what serves every gap that may be the largest",),
    sentence=_open, decision=SETTLE)  # fmt: skip

LEVEL_MISSING = Rule(
    "MLS116", "issue", "A level is missing: the ladder cannot be climbed",
    "Avoidable bias and variance are gaps to the training error; mismatch and overfitting "
    "are gaps to dev. A gap over a missing level is all that it hides.",
    "There is no train level, or no level of unseen rows.",
    "C3W1 Avoidable bias",
    ("predict on the split that is missing too, and give all splits in one run",),
    sentence=_missing)  # fmt: skip

SOURCES_APART = Rule(
    "MLS117", "issue", "Dev holds sources that train lacks, and nobody says so",
    "From train to dev the examples change and where they come from, too: what is called "
    "variance may be data mismatch.",
    f"More than {UNLIKE:.0%} of the rows of dev (mlstrat's threshold) are of sources that train "
    "lacks, there is no train-dev split and distributions are not declared different.", _MISMATCHED,
    ("if the sources differ in kind, declare it: --different-distributions",
    "set aside a train-dev set: held out from the training distribution, never trained "
    "on"),
    sentence=lambda e, _s: (
        f"{count(e['rows'])} of {count(e['of'])} dev rows are of sources that train lacks: "
        f"{_sources(e)}."))  # fmt: skip


FOCUS_CODES = {
    "avoidable_bias": AVOIDABLE_BIAS,
    "variance": VARIANCE,
    "data_mismatch": DATA_MISMATCH,
    "dev_overfit": DEV_OVERFIT,
}


LIKE_ACCURACIES = Rule(
    "MLS254", "issue", "These look like accuracies where errors belong",
    "Errors grow from people to train to unseen rows, and are below one half in most work; "
    "accuracies fall, and are above.",
    "All levels that are typed in are above one half, and they fall from the first to the last.",
    "mlstrat: 95% right is 5% wrong",
    ("give 100% minus each",),
    sentence=lambda e, s: (
        "Levels that fall from " + " to ".join(s.value(x) for x in e["levels"])
        + " look like accuracies; errors belong here."), doubts=True)  # fmt: skip


def accuracy_findings(levels: Sequence[tuple[str, float]]) -> list[Finding]:
    """Return whether typed levels, of which all are there in order, look like accuracies."""
    values = [value for _, value in levels]
    falls = len(values) > 1 and all(a >= b for a, b in pairwise(values)) and values[0] > values[-1]
    if not falls or min(values) <= 0.5 or max(values) > 1:
        return []
    options = " ".join(f"--{name} {100 - 100 * value:.6g}%" for name, value in levels)
    return [Finding(LIKE_ACCURACIES, {"levels": values}, flags=options)]


def ladder_findings(result: Decomposition, people: TwoWayTable | None = None) -> list[Finding]:
    """Return the findings of the decomposition, the most urgent first."""
    open_verdict = result.verdict in ("undetermined", "insufficient")
    out: list[Finding] = []
    gaps = {g.gap: g for g in result.gaps}
    for name in result.focus if result.verdict in ("focus", "contested") else ():
        if name not in FOCUS_CODES or (name == "dev_overfit" and result.test_unlike_dev):
            continue  # merged, or its own finding has the three causes
        # Contested, the data lean to what leads, and the rest may be the largest.
        lowered: Severity | None = "tip" if result.verdict == "contested" else None
        out.append(Finding(FOCUS_CODES[name], _evidence(gaps[name]), lowered_to=lowered))
    if result.verdict == "small":
        out.append(
            Finding(EVERY_GAP_SMALL, {"tolerance": result.tolerance, "focus": list(result.focus)})
        )
    out += _of_levels(result, gaps, lowered_to=None if open_verdict else "note")
    if (easier := result.falling.get("data_mismatch")) is not None:
        evidence = {
            "resolved": easier.resolved,
            "dev_overfit": "dev_overfit" in result.focus,
            "human_difference": None if people is None else people.along("human"),
        }
        out.append(Finding(DEV_EASIER, _evidence(easier) | evidence))
    out += [
        Finding(ERROR_FALLS, _evidence(g))
        for name, g in result.falling.items()
        if name not in ("data_mismatch", "avoidable_bias")
    ]
    noise = [g for g in result.gaps if g.resolved is False]
    if noise:
        out.append(Finding(GAP_MAY_BE_NOISE, {"gaps": [_evidence(g) for g in noise]}))
    if result.to_settle is not None and "variance_or_mismatch" not in gaps:
        out.append(Finding(VERDICT_OPEN, result.to_settle.to_dict()))
    return out


def parts_first(findings: Iterable[Finding], columns: Iterable[str]) -> list[Finding]:
    """Return findings; those of a gap ask first which part of a chain errs, where columns say so.

    A knob of the whole is turned in vain where one part owns the errors.
    """
    parts = [x for x in columns if x.lower().startswith(PART)]
    if len(parts) < FEWEST_PARTS:
        return list(findings)
    asks = shlex.quote(",".join(parts))
    step = f"which part errs? error-table RUN --parts {asks}"
    gaps = (*FOCUS_CODES.values(), VARIANCE_OR_MISMATCH)
    return [replace(x, first=(step,)) if x.rule in gaps else x for x in findings]


def _of_levels(
    result: Decomposition, gaps: Mapping[str, Gap], lowered_to: Severity | None
) -> list[Finding]:
    out: list[Finding] = []
    levels = {x.name: x for x in result.levels}
    merged = next((gaps[name] for name in MERGED if name in gaps), None)
    if (both := gaps.get("variance_or_mismatch")) is not None:
        split = None if result.to_settle is None else result.to_settle.rows.get("train-dev")
        out.append(
            Finding(
                VARIANCE_OR_MISMATCH, _evidence(both) | {"train_dev_size": split},
                lowered_to=lowered_to,
            )
        )  # fmt: skip
    unseen = next((x for x in result.levels if x.name in UNSEEN), None)
    missing = ["train"] * ("train" not in levels) + ["dev"] * (unseen is None)
    if missing:
        gap = merged if "train" in missing else None
        evidence = {"gap": None, "bounds": None} if gap is None else _evidence(gap)
        out.append(Finding(LEVEL_MISSING, evidence | {"missing": missing}, lowered_to=lowered_to))
    bounded = next((g for g in result.gaps if g.only_bounded), None)
    human, train = levels.get("human"), levels.get("train")
    of_unseen = {
        "unseen": None if unseen is None else unseen.name,
        "error": None if unseen is None else unseen.value,
        "human": None if human is None else human.value,
    }
    if result.surpassed and bounded is not None:
        out.append(Finding(HUMAN_SURPASSED, _evidence(bounded) | of_unseen))
    elif bounded is not None and result.verdict == "insufficient":
        out.append(Finding(HUMAN_UNKNOWN, _evidence(bounded)))
    elif human is not None and train is not None and train.value < human.value - SLACK:
        out.append(Finding(MEMORISED, of_unseen | {"train": train.value}))
    return out


def source_findings(sources: Sources | None, splits: Sequence[str]) -> list[Finding]:
    """Return the finding on sources of dev that train lacks, undeclared."""
    if sources is None or "train-dev" in splits or not {"train", "dev"} <= sources.keys():
        return []
    train, dev = sources["train"], sources["dev"]
    only = sorted(dev.keys() - train.keys(), key=lambda x: (-dev[x], x))
    rows, of = sum(dev[x] for x in only), sum(dev.values())
    if rows <= UNLIKE * of:
        return []
    return [Finding(SOURCES_APART, {"only": only, "rows": rows, "of": of})]


def unlike_share(sources: Sources | None) -> float | None:
    """Return the share of rows whose source differs between dev and test; None if they are alike.

    Formula: half of Σ |pᵢ − qᵢ| over the sources (total variation), where it is above `UNLIKE` and
    above twice what chance makes of it, √((k − 1)/2π · (1/n + 1/m)) for k sources.
    """
    dev, test = (sources or {}).get("dev"), (sources or {}).get("test")
    if not dev or not test:
        return None
    n, m, names = sum(dev.values()), sum(test.values()), {*dev, *test}
    apart = sum(abs(dev.get(x, 0) / n - test.get(x, 0) / m) for x in names) / 2
    chance = math.sqrt((len(names) - 1) / (2 * math.pi) * (1 / n + 1 / m))
    return apart if apart > max(UNLIKE, 2 * chance) else None


def unlike_findings(result: Decomposition, share: float | None) -> list[Finding]:
    """Return the finding on dev and test of different sources, where the gap counts."""
    gap = result.gap("dev_overfit")
    if share is None or gap is None or not (gap.gap in result.focus or gap.shown):
        return []
    return [Finding(TEST_UNLIKE_DEV, _evidence(gap) | {"share": share})]


def dev_is_easier(result: Decomposition) -> bool:
    """Tell whether the mismatch is negative: surely so where there are counts."""
    return "data_mismatch" in result.falling


def _evidence(gap: Gap) -> dict[str, Any]:
    return {
        "gap": gap.gap,
        "from": gap.start,
        "to": gap.end,
        "value": gap.value,
        "ci": None if gap.ci is None else list(gap.ci),
        "p_largest": gap.p_largest,
        "bounds": None if gap.bounds is None else list(gap.bounds),
    }
