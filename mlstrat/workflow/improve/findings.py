"""What a loop is to be told with: findings MLS86x, why it stopped and what its figures are.

Each reason to stop has its own, with what a person can do that no knob can.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mlstrat.core.decisions import KNOB, UNDETERMINED
from mlstrat.core.findings import Finding, Rule
from mlstrat.core.intervals import newcombe_interval, normal_quantile, wilson_interval
from mlstrat.core.wording import Scale, clean, count, listed
from mlstrat.workflow.improve.read import dev_errors

if TYPE_CHECKING:
    from mlstrat.workflow.improve.rounds import Loop, Workshop

Evidence = Mapping[str, Any]

MORE_SEEDS = 3
"""Models a setting that the advice names."""

_STOP = "C3W2 Build your first system quickly, then iterate"


def gap_title(gap: str) -> str:
    """Return a gap in words."""
    return "overfitting to dev" if gap == "dev_overfit" else gap.replace("_", " ")


def unseen_text(unseen: float | None, scale: Scale, *, luck: bool = False) -> str:
    """Return how small a gain would have been missed; where luck is left, what more seeds can do.

    The spread of a gain has two parts, rows and luck of training; averaging k models takes away
    1 - 1/k of the second, so that all of it goes by 1/√k at best. Measured: .70 to .94 with three.
    """
    if unseen is None:
        return "No gain would have been found on a dev set of this size."
    said = f"A gain under {scale.points(unseen)} would not have been found"
    if not luck:
        return f"{said}."
    best = scale.points(unseen / math.sqrt(MORE_SEEDS)).removesuffix(" points")
    return f"{said}; with --seeds {MORE_SEEDS}, one under {best} at best."


DEV_CHOSEN_ON = Rule(
    "MLS860", "note", "The error on dev was chosen on",
    "The best of several turns looks better on dev than it is.",
    "A turn was kept because of its error on dev.",
    "C3W1 Train/dev/test distributions; Machine Learning Yearning 11",
    ("quote the gain on the confirming rows",),
    sentence=lambda e, s: (
        f"Dev fell from {s.value(e['first'])} to {s.value(e['last'])} over "
        f"{count(e['comparisons'])} comparisons: do not quote it."))  # fmt: skip

NO_GAIN = Rule(
    "MLS861", "note", "No turn surely helped",
    "Going on after a round without a gain would find one by chance.",
    "Holm's p-value of every turn of the round is above 5%, or its gain is not above 0.",
    f"{_STOP}; Holm (1979)",
    ("read errors: mlstrat sample, then review", "collect more dev rows to see smaller gains",
     "average what training leaves to luck, if anything: --seeds 3",
     "think of features that are not in the table"),
    decision=KNOB,
    sentence=lambda e, s: (
        f"{count(e['turns'])} turns for {listed([gap_title(x) for x in e['focus']])}: none lowered "
        f"the error on dev surely. {unseen_text(e['unseen'], s, luck=e['luck'])}"))  # fmt: skip

NOT_CONFIRMED = Rule(
    "MLS862", "note", "A step was not confirmed on fresh rows",
    "Dev was used so often that a gain on it alone proves little.",
    "Dev has more than fifty comparisons, or another improve chose on it, and the step's gain on "
    "rows that nobody had looked at is not above 0 at 5%; or fewer than fifty such rows are left.",
    "Dwork et al. (2015), The reusable holdout, Science 349",
    ("collect a fresh dev set",),
    sentence=lambda e, s: (
        f"{clean(e['turn'])}: " + ("too few fresh rows to confirm it." if e["fresh"] is None else
        f"a gain of {s.points(e['fresh'])} on {count(e['rows'])} fresh rows, p = "
        f"{e['p']:.2g}.")))  # fmt: skip

MISMATCH = Rule(
    "MLS863", "issue", "Data mismatch, and train holds nothing like dev",
    "No knob teaches a model what its training rows do not show.",
    "Data mismatch is the gap to work on, and train has no rows of dev's source.",
    "C3W2 Addressing data mismatch",
    ("collect rows like dev for train, with a column source",
     "read dev errors beside train rows: what differs? (mlstrat slices)",
     "make training rows more like dev's"),
    sentence=lambda e, s: (
        f"Train-dev to dev: {s.points(e['gap'] or 0.0)}. No training rows are of dev's "
        "source."))  # fmt: skip

OVERFIT = Rule(
    "MLS864", "issue", "The model is overfitted to dev",
    "Turning knobs on this dev set makes that worse.",
    "Overfitting to dev is the gap to work on, or the error on the confirming rows is surely "
    "above dev's.",
    "C3W1 Avoidable bias; C3W2 Bias and variance with mismatched data distributions",
    ("collect a larger dev set", "mlstrat plan says how large"),
    sentence=lambda e, s: (
        f"Dev {s.value(e['dev'])}, rows that nobody chose on {s.value(e['fresh'])} "
        f"({count(e['rows'])} rows)."))  # fmt: skip

UNSURE = Rule(
    "MLS865", "note", "Which gap to work on cannot be told",
    "A knob turned for the wrong gap costs time and moves nothing.",
    "The verdict of diagnose is insufficient or undetermined.",
    "C3W1 Avoidable bias; C3W2 Build your first system quickly, then iterate",
    ("measure people: --human-error RATE", "collect more dev rows",
     "read errors: mlstrat sample, then review"),
    decision=UNDETERMINED,
    sentence=lambda e, s: (
        "Without a human level nobody knows whether the error on train, "
        f"{s.value(e['train'])}, is avoidable." if e["verdict"] == "insufficient" else
        "The gaps are too close to tell with so few rows."))  # fmt: skip

SMALL_GAPS = Rule(
    "MLS866", "note", "Every gap is small",
    "What is left is within the tolerance.",
    "The verdict of diagnose is small, or no row of dev is wrong.",
    "C3W1 Avoidable bias",
    ("spend the time elsewhere", "raise the bar: a lower tolerance, a better human level"),
    sentence=lambda e, s: f"The error on dev is {s.value(e['dev'])}.")  # fmt: skip

NO_KNOB = Rule(
    "MLS867", "note", "No knob aims at the gap",
    "What can be turned at this model moves other gaps.",
    "None of the knobs of the model, as it stands, is for the gap to work on.",
    "C3W1 Orthogonalization",
    ("try another model: --model NAME", "read errors: mlstrat sample, then review"),
    sentence=lambda e, _s: f"{clean(e['model'])} has none left for "
    f"{listed([gap_title(x) for x in e['focus']])}.")  # fmt: skip

BUDGET = Rule(
    "MLS868", "note", "The budget ended the loop",
    "Turns that were not tried may help.",
    "The next run was expected to take more than what is left, or all runs were used.",
    _STOP,
    ("go on with a larger --budget",),
    sentence=lambda e, _s: f"Not tried: {'; '.join(clean(x) for x in e['left_out'][:4])}"
    + (f"; {len(e['left_out']) - 4} more." if len(e["left_out"]) > 4 else "."))  # fmt: skip

TRAIN_LABELS = Rule(
    "MLS853", "issue", "Train is harder than unseen rows: look at its labels",
    "Wrong labels in train look like avoidable bias, and a bigger model would learn them by heart.",
    "Avoidable bias is the gap to work on, and more than half of it is gone on unseen rows: their "
    "error is surely below train's.",
    "C3W2 Cleaning up incorrectly labeled data",
    ("read errors on train: are its labels right?", "mlstrat mislabels estimates how many are not",
     "draw train and dev from one source"),
    sentence=lambda e, s: (
        f"Train {s.value(e['train'])}, dev {s.value(e['dev'])}."))  # fmt: skip

NO_RESERVE = Rule(
    "MLS869", "tip", "No rows confirm the gain",
    "Dev was chosen on, so its gain is too good.",
    "There are no test rows, and --confirm was not given.",
    "C3W1 Train/dev/test distributions",
    ("name fresh rows: --confirm FILE, or --confirm 25%",),
    sentence=lambda _e, _s: "There is no test set, and no --confirm.")  # fmt: skip

REASONS = {
    "no_gain": NO_GAIN, "not_confirmed": NOT_CONFIRMED, "mismatch": MISMATCH,
    "dev_overfit": OVERFIT, "unsure": UNSURE, "small": SMALL_GAPS, "no_knob": NO_KNOB,
    "budget": BUDGET, "labels": TRAIN_LABELS,
}  # fmt: skip


Levels = tuple[float, float] | None


def stop_findings(
    shop: Workshop, loop: Loop, model: str, dev: tuple[float, float], levels: Levels
) -> tuple[Finding, ...]:
    """Return why a loop stopped, first, and what its figures are worth."""
    found = [Finding(REASONS[loop.stopped], _evidence(shop, loop, model, dev[1], levels))]
    looked = loop.stopped != "dev_overfit" and _chosen_on(shop, loop)
    if looked and levels is not None and _above(dev[1], levels[1], shop, loop):
        found.append(Finding(OVERFIT, {"dev": dev[1], "fresh": levels[1],
                                       "rows": len(shop.reserve) - loop.spent}))  # fmt: skip
    if loop.steps:
        found.append(Finding(DEV_CHOSEN_ON, {"first": dev[0], "last": dev[1],
                                             "comparisons": shop.compared}))  # fmt: skip
        if levels is None:
            found.append(Finding(NO_RESERVE, {}))
    return tuple(found)


def _chosen_on(shop: Workshop, loop: Loop) -> bool:
    """Whether anything was chosen on dev: else a lower error there is luck, not overfitting."""
    setting, run = loop.last
    by_dev = len(shop.reserve) > 0 and shop.models(run, setting)[0].task.model.candidates > 1
    return bool(loop.steps or shop.before[0] or by_dev)


def _above(dev: float, fresh: float, shop: Workshop, loop: Loop) -> bool:
    """Whether the error on fresh rows is surely above dev's: intervals of two proportions."""
    errors = dev_errors(shop.paths(loop.last[1]))
    if errors.units is not None or not shop.bounded:
        return False  # the diagnosis of the last run, with its groups, says it
    n, m, z = len(errors.ids), len(shop.reserve) - loop.spent, normal_quantile(0.95)
    gap = newcombe_interval(dev, wilson_interval(dev, n, z), fresh, wilson_interval(fresh, m, z))
    return gap[0] > 0


SETTLED = ("logistic_regression", "ridge", "nearest_neighbours", "hist_gradient_boosting")
"""Models that come out the same with every seed."""


def _luck(shop: Workshop) -> bool:
    kinds = {x.task.model.architecture for runs in shop.held.values() for x in runs}
    return len(shop.seeds) == 1 and not kinds <= set(SETTLED)


def _evidence(shop: Workshop, loop: Loop, model: str, dev: float, levels: Any) -> dict[str, Any]:
    last = loop.rounds[-1]
    choice = last.choice
    kept = next((x for x in last.tried if choice is not None and x.run == choice.best), None)
    told: dict[str, dict[str, Any]] = {
        "no_gain": {"turns": len(last.tried), "focus": list(last.focus), "luck": _luck(shop),
                    "unseen": None if choice is None else choice.unseen},
        "not_confirmed": {"turn": "" if kept is None else kept.turn.title,
                          "fresh": None if last.fresh is None else last.fresh.gain,
                          "rows": None if last.fresh is None else last.fresh.rows,
                          "p": None if last.fresh is None else last.fresh.p_value},
        "mismatch": {"gap": last.gaps.get("data_mismatch")},
        "dev_overfit": {"dev": dev, "fresh": None if levels is None else levels[1],
                        "rows": len(shop.reserve) - loop.spent},
        "unsure": {"verdict": last.verdict, "train": last.levels.get("train")},
        "small": {"dev": dev},
        "labels": {"train": last.levels.get("train"), "dev": dev},
        "no_knob": {"model": model, "focus": list(last.focus)},
        "budget": {"left_out": list(last.left_out)},
    }  # fmt: skip
    return told[loop.stopped]
