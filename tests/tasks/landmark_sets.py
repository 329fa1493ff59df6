"""Sets of points with planted errors, for the tests of landmarks."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

FACE = {"left_eye": (-20, -15), "right_eye": (20, -15), "nose": (0, 0), "left_mouth": (-14, 20),
        "right_mouth": (14, 20)}  # fmt: skip
OTHER = [1, 0, 2, 4, 3]
Two = tuple[pl.DataFrame, pl.DataFrame]


def faces(n: int = 240, seed: int = 0, often: float = 0.15, jitter: float = 0.8) -> Two:
    """Return faces, and predictions in which a planted kind of error stands in column `planted`."""
    rng = np.random.default_rng(seed)
    shape = np.array(list(FACE.values()), float) * rng.uniform(0.6, 1.4, (n, 1, 1))
    truth = shape + rng.uniform(60, 120, (n, 1, 2))
    said = truth + rng.normal(0, jitter, truth.shape)
    kind = rng.choice(["fine", "swapped", "shifted", "one"], n, p=[1 - 3 * often, *[often] * 3])
    said[kind == "swapped"] = said[kind == "swapped"][:, OTHER]
    said[kind == "shifted"] += [25, 10]
    hidden = rng.random((n, len(FACE))) < 0.1
    hidden[:, :2] = False
    one = np.flatnonzero(kind == "one")
    said[one, rng.integers(0, 2, len(one))] += 30
    split = np.where(np.arange(n) < n // 3, "train", "dev")
    shared = {"id": [f"f{i}" for i in range(n)]}
    truth[hidden] = np.nan
    frames = []
    for points, more in ((truth, {"split": split, "planted": kind}), (said, {})):
        frames.append(pl.DataFrame({
            **shared, **more,
            **{f"{axis}_{name}": points[:, i, k] for i, name in enumerate(FACE)
               for k, axis in enumerate("xy")},
        }).fill_nan(None))  # fmt: skip
    return frames[0], frames[1][::-1]


POINTS = 17
SIDES = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]
NAMES = [
    "nose",
    *(
        f"{side}_{x}"
        for x in ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        for side in ("left", "right")
    ),
]


def people(n: int = 30, seed: int = 0) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a truth of COCO with people, crowds and nobodies, and poses of all kinds."""
    rng = np.random.default_rng(seed)
    images, annotations, results = [], [], []
    for image in range(n):
        images.append({"id": image + 7, "file_name": f"p{image}.jpg"})
        for _ in range(int(rng.integers(0, 5))):
            x, y, w, h = *rng.uniform(0, 300, 2), *rng.uniform(30, 150, 2)
            xy = np.column_stack([rng.uniform(x, x + w, POINTS), rng.uniform(y, y + h, POINTS)])
            seen = rng.choice([0, 1, 2], POINTS, p=[0.2, 0.2, 0.6])
            if rng.random() < 0.15:
                seen[:] = 0
            flat = np.where(seen[:, None] > 0, xy, 0)
            annotations.append({
                "id": len(annotations) + 1, "image_id": image + 7, "category_id": 1,
                "bbox": [float(v) for v in (x, y, w, h)], "area": float(w * h * 0.6),
                "iscrowd": int(rng.random() < 0.1), "num_keypoints": int((seen > 0).sum()),
                "keypoints": [float(v) for v in np.column_stack([flat, seen]).ravel()],
            })  # fmt: skip
            for _ in range(int(rng.choice([0, 1, 2, 8], p=[0.15, 0.6, 0.2, 0.05]))):
                said = xy + rng.normal(0, rng.gamma(2, 2), xy.shape)
                if rng.random() < 0.1:
                    said = said[SIDES]
                results.append({
                    "image_id": image + 7, "category_id": 1,
                    "keypoints": [float(v) for v in
                                  np.column_stack([said, np.ones(POINTS)]).ravel()],
                    "score": float(np.round(rng.random(), 2)),
                })  # fmt: skip
    categories = [{"id": 1, "name": "person", "keypoints": NAMES}]
    return {"images": images, "annotations": annotations, "categories": categories}, results
