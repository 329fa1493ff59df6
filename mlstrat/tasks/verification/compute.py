"""The operating point: error rates over thresholds, the one that dev chooses, and its interval.

A trial is accepted where its score is at least the threshold.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Floats, Ints
from mlstrat.core.figures import Figure
from mlstrat.core.hashing import text_hash
from mlstrat.core.intervals import logit_interval, t_quantile, wilson_interval
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
from mlstrat.core.ratio import FEWEST_CLUSTERS
from mlstrat.core.record import Record
from mlstrat.errors import UsageError
from mlstrat.tasks.contract import How
from mlstrat.tasks.table.examples import Choosing, Raw
from mlstrat.tasks.table.figures import costs_of, wanted_of
from mlstrat.tasks.table.task import check_number

Flags = NDArray[np.bool_]
LEFT, RIGHT = "left identity", "right identity"
"""The columns that say whose each side of a trial is."""

MOST_POINTS = 100
"""Points of a DET curve that the JSON holds, at most."""


class Trials(Record, eq=False):
    """Trials of one split: scores, whether genuine, the codes of the identities of each side."""

    score: Floats
    same: Flags
    left: Ints
    right: Ints

    def where(self, keep: Flags) -> Trials:
        """Return some of them."""
        return Trials(self.score[keep], self.same[keep], self.left[keep], self.right[keep])


def threshold_at(trials: Trials, far: float) -> float:
    """Return the smallest score from which at most a share of the impostors is accepted.

    Without any such score it is above all of them.
    """
    impostors = trials.score[~trials.same]
    scores = trials.score[np.isfinite(trials.score)]
    fits, last = scores, len(impostors) - 1 - math.floor(far * len(impostors) + 1e-9)
    if last >= 0:  # above the most alike of those that may not be accepted
        fits = scores[scores > np.partition(impostors, last)[last]]
    if not len(fits):
        return math.nextafter(float(scores.max()), math.inf) if len(scores) else math.inf
    return float(fits.min())


def rates(trials: Trials) -> tuple[Floats, Floats, Floats]:
    """Return every score as a threshold, with the share of impostors accepted, genuine rejected."""
    genuine, impostors = (np.sort(trials.score[x]) for x in (trials.same, ~trials.same))
    scores = np.unique(trials.score[np.isfinite(trials.score)])
    far = 1 - np.searchsorted(impostors, scores, side="left") / max(len(impostors), 1)
    frr = np.searchsorted(genuine, scores, side="left") / max(len(genuine), 1)
    return scores, far, frr


def equal_error(trials: Trials) -> tuple[float, float]:
    """Return the mean of both rates where they are closest, and that threshold."""
    scores, far, frr = rates(trials)
    place = int(np.argmin(np.abs(far - frr)))
    return float(far[place] + frr[place]) / 2, float(scores[place])


def auc(trials: Trials) -> float:
    """Return the chance that a genuine trial scores above an impostor one, ties as halves."""
    score = np.nan_to_num(trials.score, neginf=-np.finfo(float).max)
    order = np.unique(score, return_inverse=True)[1]
    below = np.bincount(order[~trials.same], minlength=order.max() + 1)
    lower = np.cumsum(below) - below
    wins = lower[order[trials.same]] + 0.5 * below[order[trials.same]]
    return float(wins.sum() / (trials.same.sum() * (~trials.same).sum()))


def leave_one_out(
    num: Floats, den: Floats, left: Ints, right: Ints, confidence: float, unit: str = "identities"
) -> Figure:
    """Return Σ num / Σ den with an interval over identities, which trials of both sides share.

    Formula: each identity left out in turn with all trials that touch it; variance = (K − 1)/K
    Σ (v₍ᵢ₎ − mean)²; v ± t(K − 1) standard errors on the logit scale. Where nothing or everything
    is wrong: Wilson at K trials.

    References
    ----------
    Efron and Stein (1981), Annals of Statistics 9, 586-596 (the jackknife);
    Bolle, Ratha and Pankanti (2004), Computer Vision and Image Understanding 93 (subsets of people)
    """
    value, n = float(num.sum() / den.sum()), len(num)
    touched = np.unique(np.concatenate([left[den > 0], right[den > 0]]))
    k = len(touched)
    if k < FEWEST_CLUSTERS:
        why = f"no interval: {k} {unit}, and fewer than {FEWEST_CLUSTERS} do not tell their spread"
        return Figure(value, None, n, why)
    if not 0 < value < 1:
        return Figure(value, wilson_interval(value, k, t_quantile(confidence, k - 1)), n)
    most = int(max(left.max(), right.max())) + 1
    other = left != right

    def of_identity(x: Floats) -> Floats:
        both = np.bincount(left, x, most) + np.bincount(right[other], x[other], most)
        return np.asarray(both[touched], float)

    rest = den.sum() - of_identity(den)
    keep = rest > 0
    without = (num.sum() - of_identity(num))[keep] / rest[keep]
    variance = (len(without) - 1) / len(without) * float(((without - without.mean()) ** 2).sum())
    if not variance > 0:
        return Figure(value, None, n, "no interval: nothing varied in what was seen")
    ci = logit_interval(value, math.sqrt(variance), t_quantile(confidence, k - 1), 0.0, 1.0)
    return Figure(value, ci, n)


def det_points(trials: Trials) -> list[list[float]]:
    """Return points of the DET curve: threshold, FAR, FRR, where either changes."""
    scores, far, frr = rates(trials)
    changes = np.flatnonzero(np.diff(far, prepend=2.0) != 0)
    if len(changes) > MOST_POINTS:
        changes = changes[np.linspace(0, len(changes) - 1, MOST_POINTS).round().astype(int)]
    return [[float(scores[i]), float(far[i]), float(frr[i])] for i in changes]


FAR = 0.01


def cuts_of(
    trials: Trials,
    splits: NDArray[Any],
    wanted: Wanted,
    given: float | None,
    distance: bool,
    raw: Raw,
) -> tuple[float | None, Floats, Choosing | None]:
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

    def chosen(keep: Flags, place: float | None = None) -> float:
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

    def error(cut: float, inside: Flags | None = None) -> float | None:
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


def _parts(trials: Trials, raw: Raw, dev: Flags) -> Ints:
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
