"""The examples that scikit-learn ships."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlstrat.harness.datasets.examples import Examples
from mlstrat.harness.recipes.recipe import Dataset

WRITER_BLOCK = 600
"""Rows of a third of the digits file; the writers change along it."""


def digits(dataset: Dataset, seed: int) -> Examples:  # noqa: ARG001
    """Return 1,797 handwritten digits as 64 grey levels in 0 to 1, in the order of their file."""
    pixels, digits = _bundled("digits")
    features = pixels / 16  # 17 grey levels
    ink = features.mean(axis=1)
    level = np.searchsorted(np.quantile(ink, [1 / 3, 2 / 3]), ink)
    third = np.minimum(np.arange(len(digits)) // WRITER_BLOCK, 2)
    slices = {
        "third": np.array(["first", "second", "last"])[third],
        "ink": np.array(["light", "medium", "heavy"])[level],
    }
    return Examples(features, digits.astype(str), slices)


def digits_parity(dataset: Dataset, seed: int) -> Examples:
    """Return the digits, odd or even, with a share of these labels flipped at random."""
    pixels, digits = _bundled("digits")
    # Another stream than the splits have, so that neither moves when the other changes.
    flip = np.random.default_rng([seed, 1]).random(len(digits)) < dataset.flipped
    odd = (digits % 2 == 1) ^ flip
    slices = {"digit": digits.astype(str), "flipped": np.where(flip, "yes", "no")}
    return Examples(pixels / 16, np.where(odd, "odd", "even"), slices)


def measurements(dataset: Dataset, seed: int) -> Examples:  # noqa: ARG001
    """Return a table of measurements under its own name, with the names of its classes."""
    features, target, names = _bundled(dataset.name, names=True)
    return Examples(features, names[target])


def wine(dataset: Dataset, seed: int) -> Examples:
    """Return measurements of wine, drawn anew from those of the 178 bottles that are bundled.

    Each cultivar is as common as among the bottles, and its measurements are normal with their mean
    and covariance. Rows are independent draws, and the first ones stay the same when more are asked
    for.
    """
    measured, target, names = _bundled("wine", names=True)
    shares = np.bincount(target) / len(target)
    luck = np.random.default_rng([seed, 17]).random(dataset.rows)
    which = np.searchsorted(shares.cumsum()[:-1], luck, side="right")
    table = np.random.default_rng([seed, 18]).standard_normal((dataset.rows, measured.shape[1]))
    for cultivar in range(len(names)):
        bottles, drawn = measured[target == cultivar], which == cultivar
        spread = np.linalg.cholesky(np.cov(bottles, rowvar=False))
        # Not by BLAS, which rounds a row by how many there are.
        table[drawn] = bottles.mean(axis=0) + np.einsum("nk,mk->nm", table[drawn], spread)
    return Examples(table, names[which])


def _bundled(name: str, *, names: bool = False) -> tuple[Any, ...]:
    from sklearn import datasets

    bundle = getattr(datasets, f"load_{name}")()
    data = (bundle.data, bundle.target)
    return (*data, bundle.target_names.astype(str)) if names else data
