"""Average precision, as COCO's tools have it: by hotcoco, where it is installed."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlstrat.tasks.detection.compute import CROWD, Boxes

NAMES = ("AP", "AP50", "AP75")
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
    found = run.get_results()
    return {x: float(found[x]) for x in NAMES}, f"hotcoco {hotcoco.__version__}, COCO, maxDets 100"
