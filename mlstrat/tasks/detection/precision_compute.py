"""Average precision, as COCO's tools have it: by hotcoco, where it is installed."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlstrat.tasks.detection.boxes import Ints
from mlstrat.tasks.detection.compute import CROWD, Boxes

NAMES = ("AP", "AP50", "AP75")
AT_ONCE = 100_000
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
    sums, known = dict.fromkeys(NAMES, 0.0), 0
    for some in _parts(truth, said):
        here, there = (np.isin(x.category, some) for x in (truth, said))
        asked = len(np.unique(truth.category[here & (truth.ignored == 0)]))
        if not asked:
            continue  # a category without a true box has no average precision
        known += asked
        if there.any():  # else it is 0: nothing was found
            found = _evaluated(hotcoco, truth.where(here), said.where(there), images)
            sums = {x: sums[x] + asked * found[x] for x in NAMES}
    how = f"hotcoco {hotcoco.__version__}, COCO, maxDets 100"
    return {x: sums[x] / known for x in NAMES}, how


def _parts(truth: Boxes, said: Boxes) -> list[Ints]:
    """Return the categories in parts of few detections: each is evaluated by itself."""
    names, place = np.unique(np.concatenate([truth.category, said.category]), return_inverse=True)
    number = np.bincount(place[len(truth) :], minlength=len(names))
    part = (np.cumsum(number) - number) // AT_ONCE
    return [names[part == x] for x in np.unique(part)]


def _evaluated(hotcoco: Any, truth: Boxes, said: Boxes, images: int) -> Any:
    """Return the figures of some categories."""
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
    return {x: float(v) for x, v in run.get_results().items() if x in NAMES}
