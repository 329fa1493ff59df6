"""Masks of images at random, and the table that they come to."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import polars as pl

FEW: dict[str, Any] = {"resamples": 300, "task": "segmentation"}
NAMES = ("background", "cell", "nucleus")
Masks = list[tuple[str, str, np.ndarray, np.ndarray]]


def images(n: int = 60, seed: int = 0, off: float = 0.2, classes: int = 3) -> Masks:
    """Return masks of images with what a model says of them, some images harder than others."""
    rng, said = np.random.default_rng(0), np.random.default_rng(100 + seed)
    found = []
    for i in range(n):
        split = ("train", "dev")[i % 2]
        truth = rng.choice(classes, (9, 9), p=[0.6, *[0.4 / (classes - 1)] * (classes - 1)])
        wrong = said.random(truth.shape) < said.uniform(0, 2 * off) * (1 if i % 2 else 0.4)
        other = np.where(wrong, said.integers(0, classes, (9, 9)), truth)
        found.append((f"i{i}", split, truth, other))
    return found


def table(masks: Masks, names: tuple[str, ...] = NAMES) -> pl.DataFrame:
    """Return the pixels of masks by pair of classes, counted one by one."""
    rows = [
        (name, split, names[a], names[b], n)
        for name, split, truth, said in masks
        for (a, b), n in sorted(Counter(zip(truth.flat, said.flat, strict=True)).items())
    ]
    columns = ["id", "split", "label", "prediction", "pixels"]
    return pl.DataFrame(rows, schema=columns, orient="row")
