"""A run out of a fitted estimator and its data; scikit-learn is not imported to tell what it is."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mlstrat.data.columns import KNOWN_NAMES, PREFIXES
from mlstrat.data.python.arrays import Given, of_arrays, of_frame
from mlstrat.data.python.splits import joined
from mlstrat.data.python.values import Named, array_of, is_frame, library
from mlstrat.errors import InputError, UsageError, first_line

MOST_FEATURES = 200
"""Columns of features that are kept to slice by, at most (mlstrat's threshold)."""

ACCEPTED = 'its data: (X, y), or {"train": (X, y), "dev": (X, y)}'


def estimated(estimator: Any, given: Given) -> Named:
    """Return what an estimator predicts of its data as a run."""
    name = type(estimator).__name__
    if inspect.isclass(estimator):
        raise UsageError(
            f"{estimator.__name__} is a class, not an estimator",
            hint=f"make one and fit it: {estimator.__name__}().fit(X, y)",
        )
    _check_kind(estimator, name)
    data = given.second
    if data is None:
        raise UsageError(f"{name} without data", accepted=ACCEPTED)
    if isinstance(data, Mapping) and not is_frame(data):
        parts = {split: _predicted(estimator, name, x, str(split)) for split, x in data.items()}
        run = Named(joined(parts))
    else:
        run = _predicted(estimator, name, data, "")
    given = replace(given, second=None)
    if given.named or given.split is not None:
        run = of_frame(run.frame, given)
    return replace(run, name=f"<{library(estimator)}.{name}>")


def _check_kind(estimator: Any, name: str) -> None:
    kind = getattr(estimator, "_estimator_type", None)
    if kind is None and hasattr(estimator, "__sklearn_tags__"):
        try:
            kind = estimator.__sklearn_tags__().estimator_type
        except Exception:  # of whatever library: then predictions tell what it predicts
            kind = None
    if kind not in (None, "classifier"):
        article = "an" if kind[0] in "aeiou" else "a"
        raise UsageError(
            f"{name} is {article} {kind.replace('_', ' ')}, and predicts no classes",
            accepted="a fitted classifier",
            hint="for errors of numbers give a table of num and den by example: task='ratio'"
            if kind == "regressor"
            else None,
        )


def _predicted(estimator: Any, name: str, data: Any, split: str) -> Named:
    """Return labels, predictions and probabilities of one split, its features before them."""
    if not isinstance(data, tuple) or len(data) != 2:
        raise UsageError(
            f"{name}{f', split {split!r}' if split else ''}: "
            f"{type(data).__name__} is not a pair of features and labels",
            accepted=ACCEPTED,
        )
    features, labels = data
    try:
        predicted = array_of(estimator.predict(features), "prediction")
        scores = _scores(estimator, features)
    except InputError:
        raise
    except Exception as error:
        if type(error).__name__ == "NotFittedError":
            raise UsageError(
                f"{name} is not fitted", hint="call fit(X, y) first, on train alone"
            ) from None
        raise InputError(
            f"{name} cannot predict: {first_line(error)}",
            file=f"<{library(estimator)}.{name}>",
            accepted="the features that it was fitted on",
            column=split or None,
        ) from None
    given = Given(second=predicted)
    classes = np.asarray(getattr(estimator, "classes_", ())).tolist()
    if scores is not None and scores.ndim == 1:
        given = replace(given, arrays={"score": scores})
    elif scores is not None and scores.shape[1] == len(classes):
        given = replace(given, probabilities=scores, classes=classes)
    run = of_arrays(labels, given)
    return replace(run, frame=_with_features(features, run.frame))


def _scores(estimator: Any, features: Any) -> Any:
    """Return probabilities of all classes, or scores of the positive one; None without them."""
    for method in ("predict_proba", "decision_function"):
        if not hasattr(estimator, method):  # absent, or not there for these settings
            continue
        try:
            found = np.asarray(getattr(estimator, method)(features))
        except (AttributeError, NotImplementedError):  # which some tell only when asked
            continue
        if found.dtype.kind == "f" and found.ndim in (1, 2):
            return found if method == "predict_proba" or found.ndim == 1 else None
    return None


def _with_features(features: Any, run: Any) -> Any:
    if not is_frame(features) or len(features.columns) > MOST_FEATURES:
        return run
    from mlstrat.data.opening import in_polars, open_frame

    try:
        table = in_polars(open_frame(features))
        frame = table.frame.collect().rename(dict(zip(table.names, table.header, strict=True)))
    except InputError:  # columns that no run can have: they are not needed
        return run
    kept = [
        x for x in frame.columns
        if x.lower() not in KNOWN_NAMES and not x.lower().startswith(PREFIXES)
    ]  # fmt: skip
    return frame.select(kept).hstack(run) if kept else run
