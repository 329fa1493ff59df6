"""Made-up people: levels as they are typed, and answers with given errors."""

from __future__ import annotations

import numpy as np
import polars as pl

DOCTORS = {"typical_human": 3, "typical_doctor": 1, "experienced_doctor": 0.7, "team": 0.5}
THREE = {"human_ann": 0.1, "human_bob": 0.1, "human_cy": 0.1}


def levels(errors: dict[str, float], **columns: list[object]) -> pl.DataFrame:
    percent = [f"{x}%" for x in errors.values()]
    return pl.DataFrame({"name": list(errors), "error": percent, **columns})


def people(n: int, errors: dict[str, float], seed: int = 0, share: float = 1.0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 3, n)
    columns: dict[str, list[str]] = {"id": [f"x{i}" for i in range(n)], "label": []}
    columns["label"] = [["cat", "dog", "owl"][k] for k in label]
    for name, error in errors.items():
        wrong = rng.random(n) < error
        said = np.where(wrong, (label + rng.integers(1, 3, n)) % 3, label)
        gave = rng.random(n) < share
        columns[name] = [["cat", "dog", "owl"][k] if g else ""
                         for k, g in zip(said, gave, strict=True)]  # fmt: skip
    return pl.DataFrame(columns)
