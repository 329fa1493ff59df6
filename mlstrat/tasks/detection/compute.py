"""Detections matched to true boxes, why each of the others is wrong, and average precision.

Matching goes by falling score, so what is found above a threshold does not depend on what lies
below it: boxes are matched once, and every threshold is read off that.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self

import numpy as np

from mlstrat.core.record import Record
from mlstrat.tasks.detection.boxes import Flags, Floats, Ints, overlap

CLS, LOC, BOTH, DUPE, BKG, MISS = KINDS = ("Cls", "Loc", "Both", "Dupe", "Bkg", "Miss")
BACKGROUND = 0.1
"""IoU up to which a detection lies on nothing (TIDE)."""

CROWD, DIFFICULT = 1, 2
AT_ONCE = 250_000
"""Pairs of boxes that are looked at together."""


class Boxes(Record, eq=False):
    """Boxes of one side.

    ``image`` and ``category`` are codes; ``score`` that of detections; ``ignored`` says whether a
    true box is of a crowd or difficult, so that detections on it count neither way.
    """

    image: Ints
    category: Ints
    xywh: Floats
    score: Floats
    ignored: Ints

    def __len__(self) -> int:
        """How many."""
        return len(self.image)

    def where(self, keep: Flags) -> Self:
        """Return some of them."""
        return replace(self, image=self.image[keep], category=self.category[keep],
                       xywh=self.xywh[keep], score=self.score[keep],
                       ignored=self.ignored[keep])  # fmt: skip


class Matched(Record, eq=False):
    """Detections and true boxes at all scores.

    ``truth`` is the true box that a detection takes, −1 for none; ``left_out`` whether that one is
    ignored; ``kind`` of a detection that takes none its place in `KINDS`, −1 for others; ``points``
    the true box that a ``Loc`` or ``Cls`` speaks of, −1 for others; ``rank`` the order of scores.
    """

    truth: Ints
    left_out: Flags
    kind: Ints
    points: Ints
    rank: Ints


class AtThreshold(Record, eq=False):
    """What counts once a threshold is set: flags of detections, and of true boxes."""

    right: Flags
    wrong: Flags
    missed: Flags
    unexplained: Flags
    """Missed, and no ``Loc`` or ``Cls`` points to it."""
    pairs: dict[str, Flags]
    """Of each kind the detections that would find a missed box, were they right."""


def match(truth: Boxes, said: Boxes, least: float) -> Matched:
    """Return which detection takes which true box, and why the others are wrong.

    Formula: in an image and category, by falling score, each detection takes the free box that it
    overlaps most, with IoU ≥ `least` (COCO's rule); ignored boxes last, and by any number. Of the
    rest, in this order: ``Loc`` if its best IoU with its category is from 0.1 to `least`; ``Cls``
    if that with another is at least `least`; ``Dupe`` above it with its own; ``Bkg`` if no box
    overlaps more than 0.1; else ``Both``.

    References
    ----------
    Lin et al. (2014), Microsoft COCO; Bolya et al. (2020), TIDE
    """
    rank = np.empty(len(said), np.int64)
    rank[np.argsort(-said.score, kind="stable")] = np.arange(len(said))
    d, g, shared = _overlapping(truth, said)
    same, ignored = said.category[d] == truth.category[g], truth.ignored[g] > 0
    fits = same & (shared >= min(least, 1 - 1e-10))
    # Equal overlaps go to the later box, as in COCO's tools.
    order = np.lexsort((-g[fits], -shared[fits], ignored[fits], rank[d[fits]]))
    taken, free = [-1] * len(said), [True] * len(truth)
    shareable = (truth.ignored > 0).tolist()
    for i, j in zip(d[fits][order].tolist(), g[fits][order].tolist(), strict=True):
        if taken[i] < 0 and (free[j] or shareable[j]):
            taken[i], free[j] = j, False
    of_truth = np.array(taken, np.int64)
    left_out = (of_truth >= 0) & (truth.ignored > 0)[of_truth] if len(truth) else of_truth >= 0
    open_ = (of_truth < 0)[d] & ~ignored
    kind, points = _kinds(d[open_], g[open_], shared[open_], same[open_], len(said), least)
    return Matched(of_truth, left_out, np.where(of_truth < 0, kind, -1), points, rank)


def _overlapping(truth: Boxes, said: Boxes) -> tuple[Ints, Ints, Floats]:
    """Return the pairs of a detection and a true box of one image that meet, and their IoU."""
    order = np.argsort(truth.image, kind="stable")
    images = truth.image[order]
    first = np.searchsorted(images, said.image, side="left")
    count = np.searchsorted(images, said.image, side="right") - first
    ends = np.cumsum(count)
    found: list[tuple[Ints, Ints, Floats]] = []
    start = 0
    while start < len(said):
        before = ends[start] - count[start]
        stop = max(int(np.searchsorted(ends, before + AT_ONCE, side="right")), start + 1)
        n = count[start:stop]
        d = np.repeat(np.arange(start, stop), n)
        within = np.arange(len(d)) - np.repeat(ends[start:stop] - n - before, n)
        g = order[np.repeat(first[start:stop], n) + within]
        shared = overlap(said.xywh[d], truth.xywh[g], truth.ignored[g] == CROWD)
        meet = shared > 0
        found.append((d[meet], g[meet], shared[meet]))
        start = stop
    if not found:
        none = np.zeros(0, np.int64)
        return none, none, np.zeros(0)
    d, g, shared = (np.concatenate(x) for x in zip(*found, strict=True))
    return d, g, shared


def _kinds(
    d: Ints, g: Ints, shared: Floats, same: Flags, n: int, least: float
) -> tuple[Ints, Ints]:
    """Return why each detection is wrong that takes no box, and the box that it points to."""

    def best(keep: Flags) -> tuple[Floats, Ints]:
        value, place = np.zeros(n), np.full(n, -1, np.int64)
        order = np.lexsort((g[keep], -shared[keep], d[keep]))
        of, first = np.unique(d[keep][order], return_index=True)
        value[of], place[of] = shared[keep][order][first], g[keep][order][first]
        return value, place

    own, own_place = best(same)
    other, other_place = best(~same)
    loc = (own >= BACKGROUND) & (own <= least)
    cls = ~loc & (other >= least)
    dupe = ~loc & ~cls & (own > least)
    bkg = np.maximum(own, other) <= BACKGROUND
    names = [KINDS.index(x) for x in (LOC, CLS, DUPE, BKG)]
    kind = np.select([loc, cls, dupe, bkg], names, KINDS.index(BOTH)).astype(np.int64)
    return kind, np.where(loc, own_place, np.where(cls, other_place, -1))


def at_threshold(truth: Boxes, said: Boxes, found: Matched, cuts: Floats) -> AtThreshold:
    """Return what counts where each detection is kept from the threshold of its image on."""
    kept = said.score >= cuts[said.image]
    right = kept & (found.truth >= 0) & ~found.left_out
    wrong = kept & (found.truth < 0)
    hit = np.zeros(len(truth), bool)
    hit[found.truth[right]] = True
    missed = ~hit & (truth.ignored == 0)
    pairs = {}
    named = np.zeros(len(truth), bool)
    for name in (CLS, LOC):
        own = np.flatnonzero(wrong & (found.kind == KINDS.index(name)))
        named[found.points[own]] = True
        own = own[missed[found.points[own]]]
        own = own[np.argsort(found.rank[own], kind="stable")]
        flags = np.zeros(len(said), bool)
        flags[own[np.unique(found.points[own], return_index=True)[1]]] = True
        pairs[name] = flags
    return AtThreshold(right, wrong, missed, missed & ~named, pairs)


AP_NAMES = ("AP", "AP50", "AP75")
EVALUATED = 100_000
"""Detections that are evaluated together: what hotcoco holds of each is many times its numbers."""

EXTRA = "needs hotcoco: pip install 'mlstrat[boxes]'"


def average_precision(truth: Boxes, said: Boxes, images: int) -> tuple[dict[str, float], str]:
    """Return AP, AP50 and AP75 of images, and what computed them; nothing without hotcoco, and why.

    Formula: mean over IoU 0.50, 0.55, … 0.95 of the mean over categories of precision at recall
    0, 0.01, … 1, at most 100 detections an image and category.
    """
    try:
        import hotcoco
    except ImportError:
        return {}, EXTRA
    if not len(said) or not (truth.ignored == 0).any():
        return {}, "undefined: no true box, or no detection"
    sums, known = dict.fromkeys(AP_NAMES, 0.0), 0
    for some in _parts(truth, said):
        here, there = (np.isin(x.category, some) for x in (truth, said))
        asked = len(np.unique(truth.category[here & (truth.ignored == 0)]))
        if not asked:
            continue  # a category without a true box has no average precision
        known += asked
        if there.any():  # else it is 0: nothing was found
            found = _evaluated(hotcoco, truth.where(here), said.where(there), images)
            sums = {x: sums[x] + asked * found[x] for x in AP_NAMES}
    how = f"hotcoco {hotcoco.__version__}, COCO, maxDets 100"
    return {x: sums[x] / known for x in AP_NAMES}, how


def _parts(truth: Boxes, said: Boxes) -> list[Ints]:
    """Return the categories in parts of few detections: each is evaluated by itself."""
    names, place = np.unique(np.concatenate([truth.category, said.category]), return_inverse=True)
    number = np.bincount(place[len(truth) :], minlength=len(names))
    part = (np.cumsum(number) - number) // EVALUATED
    return [names[part == x] for x in np.unique(part)]


def _evaluated(hotcoco: Any, truth: Boxes, said: Boxes, images: int) -> Any:
    names = np.unique(np.concatenate([truth.category, said.category]))
    gt: Any = hotcoco.COCO.from_arrays(
        [{"id": i} for i in range(images)],
        [{"id": int(i), "name": str(i)} for i in names],
        truth.image.astype(np.int64), truth.category.astype(np.int64),
        np.ascontiguousarray(truth.xywh), iscrowd=truth.ignored == CROWD,
    )  # fmt: skip
    score = np.where(np.isinf(said.score), 1.0, said.score)
    rows = np.column_stack([said.image, said.xywh, score, said.category])
    run: Any = hotcoco.COCOeval(gt, gt.load_res(np.ascontiguousarray(rows)), "bbox")
    run.evaluate()
    run.accumulate()
    run.summary_lines()
    return {x: float(v) for x, v in run.get_results().items() if x in AP_NAMES}
