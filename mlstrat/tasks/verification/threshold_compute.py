"""The threshold of trials: chosen on dev, and on dev itself by the trials of other people."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.hashing import text_hash
from mlstrat.core.operating.choose import (
    FOLD_PREFIX,
    FOLDS,
    Scored,
    Wanted,
    choose,
    no_dev,
    out_of_reach,
)
from mlstrat.errors import UsageError
from mlstrat.tasks.contract import How
from mlstrat.tasks.table.examples import Raw
from mlstrat.tasks.table.operating import costs_of, wanted_of
from mlstrat.tasks.table.task import check_number
from mlstrat.tasks.verification.compute import Trials, threshold_at
from mlstrat.tasks.verification.read import LEFT, RIGHT

FAR = 0.01


def cuts_of(
    trials: Trials,
    splits: NDArray[Any],
    wanted: Wanted,
    given: float | None,
    distance: bool,
    raw: Raw,
) -> tuple[float | None, NDArray[np.float64]]:
    """Return the threshold, and the one that each trial is read at: on dev cross-fitted.

    The best threshold of a set flatters that set; so each fifth of dev's people is read at the
    threshold of the trials that none of them is in.
    """
    if given is not None:
        threshold = -given if distance else given
        return threshold, np.full(len(splits), threshold)
    dev = splits == "dev"
    if not dev.any():
        raise no_dev()
    best = chosen_by(trials.where(dev), wanted)
    if best is None:
        raise out_of_reach(_scored(trials.where(dev)), wanted)
    threshold = best
    cuts = np.full(len(splits), threshold)
    folds = _folds(trials.where(dev), raw, dev)
    places = np.flatnonzero(dev)
    here = trials.where(dev)
    for fold in range(FOLDS):
        inside_left, inside_right = folds[here.left] == fold, folds[here.right] == fold
        others = here.where(~inside_left & ~inside_right)
        if others.same.any() and not others.same.all():
            found = chosen_by(others, wanted)
            cuts[places[inside_right]] = threshold if found is None else found
    return threshold, cuts


def rule_of(how: How) -> Wanted:
    """Return the rule that the threshold is chosen by: ``--far``, or another."""
    rule = wanted_of(how)
    if rule is None:
        return Wanted("far", check_number(how, "far", FAR, 0.0) or 0.0)
    if how.options.get("far") is not None:
        raise UsageError(
            "a threshold is chosen by one rule, and there are two",
            accepted="one of --far and --choose-threshold",
        )
    return rule


def chosen_by(trials: Trials, wanted: Wanted) -> float | None:
    """Return the threshold that trials choose; None where none keeps the constraint."""
    if wanted.kind == "far":
        return threshold_at(trials, wanted.bound)
    return choose(_scored(trials), wanted, costs_of(wanted)) if trials.same.any() else None


def _scored(trials: Trials) -> Scored:
    """Return trials by score; what was not acquired is below every threshold."""
    score = np.nan_to_num(trials.score, neginf=-np.finfo(float).max)
    same = trials.same.astype(float)
    return Scored(score, same, 1 - same, np.zeros(len(same), np.int64))


def _folds(trials: Trials, raw: Raw, dev: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the fold of each identity: a fifth of those of dev each, in the order of hashes."""
    frame = raw.frame.filter(dev)
    texts: dict[int, str] = {}
    for side, column in ((trials.left, LEFT), (trials.right, RIGHT)):
        names = frame[column].to_list() if column in frame.columns else side.tolist()
        texts |= {int(code): str(name) for code, name in zip(side, names, strict=True)}
    order = sorted(texts, key=lambda code: (text_hash(FOLD_PREFIX + texts[code]), texts[code]))
    folds = np.zeros(max(texts) + 1, np.int64)
    folds[order] = np.arange(len(order)) % FOLDS
    return folds
