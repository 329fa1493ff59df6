# Over 300 lines: a question's codes stand together, each once, with its sentence and its rule.
"""What a learning curve says, as findings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mlstrat.core.decisions import FOCUS, REACHED
from mlstrat.core.figures import Figure
from mlstrat.core.findings import Finding, Rule
from mlstrat.core.intervals import interval_json, newcombe_interval, p_of_chi_squared
from mlstrat.core.sample_size.to_settle import to_settle_sentence
from mlstrat.core.wording import Scale, clean, count, listed, rounded_up
from mlstrat.workflow.curve.compute import FAR, FARTHEST, CurvePoint, LearningCurve
from mlstrat.workflow.diagnose.ladder import SECOND_FOCUS

_DEV = "Machine Learning Yearning 28-29"

_TRAIN = "Machine Learning Yearning 30-31"

_FIT = "Cortes and others (1994) for the power law; Viering and Loog (2022) for other curves"

_BOTH = (
    "dev is above the target by its interval; bias is train − target, variance dev − train. As in "
    f"the ladder the second counts too above {SECOND_FOCUS:g} of the first (mlstrat's threshold), "
    "each is above 0 after Holm's adjustment, and no other may be larger by more than a point. "
    "Without counts the values decide, and the finding is a tip."
)

Evidence = Mapping[str, Any]

MOST_VALUES = 6
"""Values of one setting that a reader is shown; the JSON has all."""


def sized(x: float) -> str:
    """Return a size from a fit, to two digits: 5,213 is not known to the example."""
    if x < 100:
        return count(max(round(x), 1))
    digits = int(math.log10(x)) - 1
    return count(int(round(x / 10**digits) * 10**digits))


def figure(e: Evidence, s: Scale) -> str:
    """Return ``8.2% (7.1 to 9.0)``."""
    text = s.value(e["value"])
    return text if e["ci"] is None else f"{text} ({s.interval(e['ci'])})"


def _apart(e: Evidence, s: Scale) -> str:
    text = s.points(abs(e["value"]))
    return text if e["ci"] is None else f"{text} ({s.interval(_facing(e))})"


def _facing(e: Evidence) -> list[float]:
    """Return an interval as seen from the side on which the value lies."""
    low, high = e["ci"]
    return [low, high] if e["value"] >= 0 else [-high, -low]


def _gaps_text(e: Evidence, s: Scale) -> str:
    side = "above" if e["bias"]["value"] >= 0 else "below"
    over = "above" if e["variance"]["value"] >= 0 else "below"
    text = (
        f"At {count(e['n'])} examples train is {s.value(e['train']['value'])}, "
        f"{_apart(e['bias'], s)} {side} the target of {s.value(e['target'])}; dev is "
        f"{s.value(e['dev']['value'])}, {_apart(e['variance'], s)} {over} train."
    )
    return text if e["counted"] else f"{text} {BY_VALUES}"


BY_VALUES = "This is by values alone: nothing tells on how many dev examples."


def _flat(e: Evidence, s: Scale) -> str:
    return (
        f"Dev falls towards {figure(e['floor'], s)}, and the target is {s.value(e['target'])}. "
        f"At {count(e['n'])} examples dev is {figure(e['dev'], s)}."
    )


def _variance(e: Evidence, s: Scale) -> str:
    text = _gaps_text(e, s)
    if e["reaches"] == "never":
        why = "the curve has flattened" if e["proof"] == "floor" else "train is above the target"
        text += f" Yet data alone will not do: {why}."
    return text


def size_words(value: float, ci: list[float] | None) -> str:
    """Return ``about 5,200 examples (3,900 to 8,100)``."""
    text = f"about {sized(value)} examples"
    return text if ci is None else f"{text} ({sized(ci[0])} to {sized(ci[1])})"


def _reached(e: Evidence, s: Scale) -> str:
    times = e["size"] / e["n"]
    text = f"Dev reaches {s.value(e['target'])} at {size_words(e['size'], e['ci'])}"
    if times > 1:
        text += f", {times:.2g} times the {count(e['n'])} of the largest run"
    text += "."
    return text + (" So far out a power law is a guess." if e["far"] else "")


def _open(e: Evidence, s: Scale) -> str:
    if e["reason"] == "counts":
        return (
            "Nothing tells how sure the dev errors are, and the points are too few to show their "
            "scatter. A column dev_n, or --dev-n, would tell; in a study, three seeds or more; "
            "folds of cross-validation, three or more."
        )
    if e["reason"] == "dev":
        text = (
            f"Dev is at {figure(e['dev'], s)} with {count(e['n'])} examples, on either side of the "
            f"target of {s.value(e['target'])}. "
        )
        return text + _more_dev(e)
    if e["reason"] == "train":
        return (
            f"The training error of {figure(e['train'], s)} is above the target of "
            f"{s.value(e['target'])}, though not surely; if it is, no data will do."
        )
    text = f"Dev falls towards {figure(e['floor'], s)}, and the target is {s.value(e['target'])}. "
    if e["best_size"] is not None:
        text += f"The best fit reaches it at about {sized(e['best_size'])} examples"
        early = e["earliest"]
        text += f", at the earliest at {sized(early)}. " if early is not None else ". "
    if e["size"] is not None:
        text += (
            f"One more run on about {count(rounded_up(e['size']))} examples would settle it if the "
            "figures stay. "
        )
    return text + _more_dev(e)


def _more_dev(e: Evidence) -> str:
    if e["to_settle"] is not None:
        return to_settle_sentence(e["to_settle"]["rows"], e["to_settle"]["or_more"])
    if e["times"] is None:
        return "No number of dev examples that anyone has would settle it."
    return f"About {e['times']:.2g} times the dev examples, or the runs a size, would settle it."


def _turned(e: Evidence, s: Scale) -> str:
    as_ = "accuracies" if e["flag"] == "--accuracies" else "errors"
    return (
        f"From {count(e['n'][0])} to {count(e['n'][1])} examples train goes from "
        f"{s.value(e['train'][0])} to {s.value(e['train'][1])} and dev from {s.value(e['dev'][0])} "
        f"to {s.value(e['dev'][1])}: errors go the other way, so these look like {as_}. If they "
        f"are, say so: {e['flag']}."
    )


def _scattered(e: Evidence, _s: Scale) -> str:
    return (
        f"χ² is {e['chi_squared']:.1f} on {e['degrees']} degrees of freedom; variances are taken "
        f"{e['spread']:.1f} times as large as counts say."
    )


def _differ(e: Evidence, _s: Scale) -> str:
    parts = []
    for knob, values in e["settings"].items():
        some = [clean(str(v), 30) if v is not None else "not said" for v in values[:MOST_VALUES]]
        if len(values) > MOST_VALUES:
            some.append(f"{len(values) - MOST_VALUES} more")
        parts.append(f"{clean(knob)} ({listed(some)})")
    return f"{'; '.join(parts)}."


FLATTENS_ABOVE_TARGET = Rule(
    "MLS601", "issue", "Dev flattens above the target: more data will not reach it",
    "The error that dev falls towards is above the target, however many examples are added.",
    "The interval of the fitted power law lies above the target even at "
    f"{FARTHEST:,.0f} times the largest size (mlstrat's threshold: nobody gets more data than "
    "that).", _DEV,
    ("do not collect training data for this target",
    "where train is low, lower variance by other knobs, or look for a mismatch: is dev of "
    "another distribution than train?",
    "where train is high, lower bias first: a bigger model, longer training",
    "ask whether the target can be reached at all: measure people on dev"),
    sentence=_flat, decision=REACHED)  # fmt: skip

CURVE_BIAS = Rule(
    "MLS602", "issue", "Bias: train is at or above the target, and the gap to dev is small",
    "The training error only rises with more examples and dev stays above it, so data alone "
    "cannot help.", f"Of the largest size: {_BOTH}", _TRAIN,
    ("train a bigger network",
    "train longer, or with a better optimisation algorithm (momentum, RMSprop, Adam)",
    "try another architecture, or better features",
    "more data will not close this gap"),
    sentence=_gaps_text, decision=FOCUS)  # fmt: skip

CURVE_VARIANCE = Rule(
    "MLS603", "issue", "Variance: train is low, dev is much higher",
    "The model does not generalise to new examples yet; more data are likely to help.",
    f"Of the largest size: {_BOTH}", _TRAIN,
    ("get more training data, unless the curve has flattened",
    "regularise: L2, dropout, data augmentation",
    "try another architecture or other hyperparameters"),
    sentence=_variance, decision=FOCUS)  # fmt: skip

CURVE_BOTH = Rule(
    "MLS604", "issue", "Both: train is high, and dev is much higher",
    "Bias and variance both stand between dev and the target. More data lower the variance "
    "and leave the bias.", f"Of the largest size: {_BOTH}",
    "Machine Learning Yearning 31; mlstrat for the order",
    ("find a way to lower both; another architecture may",
    "mlstrat's order: bias first, since a bigger model also shows what more data can do, then "
    "more data or regularisation"),
    sentence=_gaps_text, decision=FOCUS)  # fmt: skip

MORE_DATA_HELPS = Rule(
    "MLS605", "tip", "More data will reach the target",
    "The fitted curve reaches the target at an estimable size.",
    "Train is not above the target, and the interval for the required size is bounded. Beyond "
    f"{FAR:g} times the largest size (mlstrat's threshold) a power law is a guess.",
    f"{_DEV}; {_FIT}",
    ("weigh what so many examples cost against the other knobs of variance",
    "train on a step on the way, and fit again"),
    sentence=_reached, decision=REACHED)  # fmt: skip

MORE_DATA_OPEN = Rule(
    "MLS606", "note", "Whether more data will reach the target cannot be told",
    "The points leave it open on which side of the target dev is, or flattens.",
    "The interval of dev at the largest size holds the target, or that of the fit at "
    f"{FARTHEST:,.0f} times the size does, or nothing tells how sure the points are.",
    f"{_DEV}; {_FIT}",
    ("add what is named before collecting data for this target alone",
    "with few examples the points are noisy: average several draws of each size (MLY 32)"),
    sentence=_open, decision=REACHED)  # fmt: skip

POINTS_SCATTER = Rule(
    "MLS607", "note", "The points scatter more than their counts explain",
    "Runs of one size differ by their examples and seeds, or the curve is not a power law. The "
    "intervals are widened for it.",
    "The weighted sum of squares around the fit is so large in one of a hundred curves "
    "(mlstrat's threshold; Wilson and Hilferty, 1931).", f"Machine Learning Yearning 32; {_FIT}",
    ("average several draws of each size, or more of them",
    "leave out sizes so small that the model has hardly learnt anything"),
    sentence=_scattered)  # fmt: skip

NO_TARGET = Rule(
    "MLS608", "note", "No target: a curve alone has no verdict",
    "Bias, variance and 'enough data' are judged against a target error.",
    "There is no --target, and no human level in the config.", _DEV,
    ("say the error that the product needs, or that people reach: --target 5%",),
    sentence=lambda e, s: f"Dev falls towards {figure(e['floor'], s)}.")  # fmt: skip

RUNS_DIFFER = Rule(
    "MLS609", "note", "The runs differ in more than their size",
    "What another setting does to the error looks like the work of data here.",
    "A setting that the configs note, other than size and seed, is not the same in all runs.",
    "C3W1 Orthogonalization",
    ("train all sizes alike", "leave out the runs that differ"),
    sentence=_differ)  # fmt: skip


FIGURES_TURNED = Rule(
    "MLS610", "issue", "These look like accuracies where errors belong",
    "With more examples the error of train rises, that of dev falls, and dev stays above train. "
    "Until it is clear what these figures are, there is no verdict.",
    "At the smallest size train is above dev, from there to the largest dev rises and train does "
    "not; in what learning_curve returned, whose scores are taken for accuracies, the reverse.",
    "Machine Learning Yearning 28",
    ("say what they are: --accuracies or --errors (from Python accuracies=True or False)",),
    sentence=_turned)  # fmt: skip


UNLIKELY = 0.01
"""Chance of so much scatter from which a curve is no power law, or its runs differ by more than
their dev examples (ours)."""

CODES = {"bias": CURVE_BIAS, "variance": CURVE_VARIANCE, "both": CURVE_BOTH}


def curve_findings(
    curve: LearningCurve, differing: Mapping[str, Sequence[Any]] | None = None
) -> list[Finding]:
    """Return the findings of a curve, the verdict of the course first.

    `differing` are the settings, other than size and seed, that are not the same in all runs.
    """
    out: list[Finding] = []
    if curve.target is None:
        out.append(Finding(NO_TARGET, {"floor": plain(curve.beyond.floor)}))
    elif curve.proof == "floor":
        out.append(
            Finding(FLATTENS_ABOVE_TARGET, _about(curve) | {"floor": plain(curve.beyond.floor)})
        )
    if curve.diagnosis in CODES:
        counted = curve.beyond.here.ci is not None
        evidence = _about(curve) | gaps_of(curve) | {"counted": counted}
        rule = CODES[curve.diagnosis]
        out.append(Finding(rule, evidence, lowered_to=None if counted else "tip"))
    if curve.reaches == "yes" and curve.beyond.size is not None:
        value, around = curve.beyond.size
        evidence = {"size": round(value), "ci": None if around is None else [*map(round, around)],
                    "far": value > FAR * curve.last.n}  # fmt: skip
        out.append(Finding(MORE_DATA_HELPS, _about(curve) | evidence))
    if curve.settling is not None:
        s, (best, around) = curve.settling, curve.beyond.size or (None, None)
        out.append(Finding(MORE_DATA_OPEN, _about(curve) | {
            "reason": s.reason, "times": s.times, "size": s.size,
            "to_settle": None if s.to_settle is None else s.to_settle.to_dict(),
            "floor": plain(curve.beyond.floor), "best_size": _whole(best),
            "earliest": _whole(around and around[0]),
        }))  # fmt: skip
    fit = curve.fit
    if fit.counted and fit.degrees and p_of_chi_squared(fit.chi_squared, fit.degrees) < UNLIKELY:
        out.append(Finding(POINTS_SCATTER, {
            "chi_squared": fit.chi_squared, "degrees": fit.degrees, "spread": fit.spread,
        }))  # fmt: skip
    if differing:
        out.append(Finding(RUNS_DIFFER, {"settings": {k: list(v) for k, v in differing.items()}}))
    return out


def turned_finding(points: Sequence[CurvePoint], flag: str) -> Finding:
    """Return the finding on figures that look like the other kind; `flag` says that they are."""
    ends = points[0], points[-1]
    return Finding(FIGURES_TURNED, {
        "n": [p.n for p in ends], "train": [p.train.value for p in ends],
        "dev": [p.dev.value for p in ends], "flag": flag,
    })  # fmt: skip


def _about(curve: LearningCurve) -> dict[str, Any]:
    return {
        "target": None if curve.target is None else curve.target.error,
        "n": curve.last.n,
        "train": plain(curve.last.train),
        "dev": plain(curve.last.dev),
        "reaches": curve.reaches,
        "proof": curve.proof,
    }


def _whole(size: float | None) -> int | None:
    return None if size is None or math.isinf(size) else round(size)


def gaps_of(curve: LearningCurve) -> dict[str, Any]:
    """Return train over the target and dev over train, with their intervals."""
    train, dev = curve.last.train, curve.beyond.here
    if curve.target is None or train.value is None or dev.value is None:
        return {}
    wanted = curve.target.error
    bias = None if train.ci is None else [x - wanted for x in train.ci]
    variance = None
    if dev.ci is not None:
        around = train.ci or (train.value, train.value)
        variance = list(newcombe_interval(train.value, around, dev.value, dev.ci))
    return {
        "bias": {"value": train.value - wanted, "ci": bias},
        "variance": {"value": dev.value - train.value, "ci": variance},
    }


def plain(figure: Figure) -> dict[str, Any]:
    """Return the value and its interval, as evidence has them."""
    return {"value": figure.value, "ci": interval_json(figure.ci)}
