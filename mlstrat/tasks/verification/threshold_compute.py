"""The threshold of trials: chosen on dev, and on dev itself by the trials of other people."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.hashing import text_hash
from mlstrat.core.operating.choose import (
    FOLD_PREFIX,
    PARTS,
    Scored,
    Wanted,
    choose,
    halves,
    no_dev,
    out_of_reach,
)
from mlstrat.errors import UsageError
from mlstrat.tasks.contract import How
from mlstrat.tasks.table.examples import Choosing, Raw
from mlstrat.tasks.table.figures import costs_of, wanted_of
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
) -> tuple[float | None, NDArray[np.float64], Choosing | None]:
    """Return the threshold, the one that each trial is read at, and what choosing it does to dev.

    The best threshold of a set flatters that set; so each twentieth of dev's people is read at the
    threshold of the trials that none of them is in (with at most twenty, each person alone).
    """
    if given is not None:
        threshold = -given if distance else given
        return threshold, np.full(len(splits), threshold), None
    dev = splits == "dev"
    if not dev.any():
        raise no_dev()
    best = chosen_by(trials.where(dev), wanted)
    if best is None:
        raise out_of_reach(_scored(trials.where(dev)), wanted)
    threshold = best
    cuts = np.full(len(splits), threshold)
    here = trials.where(dev)
    parts = _parts(here, raw, dev)

    def chosen(keep: NDArray[np.bool_], place: float | None = None) -> float:
        others = here.where(keep[here.left] & keep[here.right])
        if not others.same.any() or others.same.all():
            return threshold
        rule = wanted if place is None else _as_strict(wanted, here, others, place)
        found = chosen_by(others, rule)
        return threshold if found is None else found

    of_part = np.full(PARTS, threshold)
    known = np.unique(parts[here.right])
    for i, part in enumerate(known):
        of_part[part] = chosen(parts != part, (i + 0.5) / len(known))
    cuts[dev] = of_part[parts[here.right]]

    def error(cut: float, inside: NDArray[np.bool_] | None = None) -> float | None:
        own = here.score[here.same if inside is None else here.same & inside[parts[here.right]]]
        return float((own < cut).mean()) if len(own) else None

    crossed = float((here.score < cuts[dev])[here.same].mean())
    choosing = Choosing.of(
        threshold, crossed, (),
        lambda: [chosen(inside[parts]) for inside in halves()], error,
    )  # fmt: skip
    return threshold, cuts, choosing


def _as_strict(wanted: Wanted, dev: Trials, others: Trials, place: float) -> Wanted:
    """Return the rule for fewer trials under which the same share of them may be wrong.

    Formula: where k = ⌊x N⌋ of N impostors may be accepted in dev, ⌊k m / N + place⌋ of m may,
    places being spread evenly over (0, 1): on average the same share; of genuine trials that may be
    rejected alike. ⌊x m⌋ is another share, which of few trials shifts the false rejects by points:
    of 132 impostors 1 may be accepted at FAR <= .01, of 90 none.
    """
    if wanted.kind not in ("far", "recall"):
        return wanted
    far = wanted.kind == "far"
    n, m = (int((~x.same).sum() if far else x.same.sum()) for x in (dev, others))
    share = wanted.bound if far else 1 - wanted.bound
    share = math.floor(math.floor(share * n + 1e-9) * m / n + place) / m
    return replace(wanted, bound=share if far else 1 - share)


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


def _parts(trials: Trials, raw: Raw, dev: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the twentieth of dev that each identity is in, dealt out in the order of hashes."""
    frame = raw.frame.filter(dev)
    texts: dict[int, str] = {}
    for side, column in ((trials.left, LEFT), (trials.right, RIGHT)):
        names = frame[column].to_list() if column in frame.columns else side.tolist()
        texts |= {int(code): str(name) for code, name in zip(side, names, strict=True)}
    order = sorted(texts, key=lambda code: (text_hash(FOLD_PREFIX + texts[code]), texts[code]))
    parts = np.zeros(max(texts) + 1, np.int64)
    parts[order] = np.arange(len(order)) % PARTS
    return parts
