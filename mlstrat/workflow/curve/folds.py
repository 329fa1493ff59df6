"""What scikit-learn's `learning_curve` returns: errors by size and fold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlstrat.core.counts import Floats
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.intervals import normal_quantile, t_quantile, wilson_interval
from mlstrat.errors import InputError
from mlstrat.workflow.curve.compute import Measured

FEWEST_FOLDS = 3
"""Two folds do not tell how much folds differ (mlstrat's threshold)."""

ACCEPTED = "(train_sizes, train_scores, test_scores) as sklearn's learning_curve returns them"


def is_folded(source: Any) -> bool:
    """Tell whether a source is what `learning_curve` returns, with or without fit times."""
    return (
        isinstance(source, tuple)
        and len(source) in (3, 4, 5)
        and all(isinstance(x, np.ndarray | list | tuple) for x in source)
    )


def measured_of_folds(
    source: Sequence[Any], *, accuracies: bool, sampling: Sampling
) -> list[Measured]:
    """Return the points of a curve whose errors are means over folds of cross-validation.

    The spread of folds tells how many independent examples stand behind a mean. Formula, over all
    sizes i and K folds: with φ = Σ sᵢ² / Σ pᵢ(1 − pᵢ), s² the variance between folds, trials are
    K/φ · (z/t)², z the normal quantile and t Student's of K − 1 degrees, as a few folds hardly tell
    their spread. A training error is of the examples that were trained on.

    `source` are sizes, and train and test scores by size and fold: accuracies, else errors.

    References
    ----------
    Bengio and Grandvalet (2004), JMLR 5: no estimate of this variance is unbiased. Simulated with
    3, 5 and 10 folds: an interval covers 92 to 98% of the error of a model trained on so many.
    """
    try:
        sizes, train, dev = (np.asarray(x, float) for x in source[:3])
    except (TypeError, ValueError):
        raise InputError("arrays that are not numbers", accepted=ACCEPTED) from None
    if sizes.ndim != 1 or train.shape != dev.shape or train.shape[:1] != sizes.shape:
        shapes = ", ".join(str(x.shape) for x in (sizes, train, dev))
        raise InputError(f"arrays of the shapes {shapes}", accepted=ACCEPTED)
    if train.ndim != 2 or not train.shape[1]:
        raise InputError("scores without folds", accepted=ACCEPTED)
    if not (sizes >= 1).all() or (sizes % 1).any():
        raise InputError("a train size that is not a whole number above 0", accepted=ACCEPTED)
    _check_shares(sizes, {"train": train, "test": dev})
    train, dev = (1 - x if accuracies else x for x in (train, dev))
    return _measured(sizes, train.mean(axis=1), dev, sampling)


def _check_shares(sizes: Floats, scores: dict[str, Floats]) -> None:
    for name, values in scores.items():
        bad = np.argwhere(~((values >= 0) & (values <= 1)))
        if len(bad):
            size, fold = bad[0]
            value = values[size, fold]
            raise InputError(
                f"a {name} score of {value:g} at {sizes[size]:,.0f} examples, fold {fold + 1}",
                accepted="accuracies (or errors) from 0 to 1: scoring='accuracy'",
                hint="leave sizes out at which a fit failed: train_sizes="
                if np.isnan(value)
                else None,
            )


def _measured(sizes: Floats, train: Floats, dev: Floats, sampling: Sampling) -> list[Measured]:
    z, folds = normal_quantile(sampling.confidence), dev.shape[1]
    means = dev.mean(axis=1)
    expected = float((means * (1 - means)).sum())
    spread = float(dev.var(axis=1, ddof=1).sum()) / expected if folds > 1 and expected else 0.0
    trials = None
    if folds >= FEWEST_FOLDS and spread > 0:
        trials = folds / spread * (z / t_quantile(sampling.confidence, folds - 1)) ** 2
    out = []
    for n, of_train, of_dev in zip(sizes.astype(int), train, means, strict=True):
        around = None if trials is None else wilson_interval(float(of_dev), trials, z)
        fitted = wilson_interval(float(of_train), float(n), z)
        out.append(
            Measured(
                int(n), Figure(float(of_train), fitted, int(n)), Figure(float(of_dev), around),
                float(n), trials, folds,
            )
        )  # fmt: skip
    return out
