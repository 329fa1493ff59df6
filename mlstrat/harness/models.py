"""The architectures, one a row: how to build, describe and weigh them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlstrat.harness.recipes import Model


@dataclass(frozen=True)
class Architecture:
    """A scikit-learn classifier that recipes may use."""

    title: str
    module: str
    estimator: str
    parameters: tuple[str, ...]
    """The fitted attributes that prediction needs: what would have to be stored."""
    scaled: bool = False
    """Whether features are standardised first, by the mean and deviation of train."""


ARCHITECTURES: Mapping[str, Architecture] = {
    "decision_tree": Architecture(
        "decision tree", "sklearn.tree", "DecisionTreeClassifier", ("tree_",)
    ),
    "random_tree": Architecture(
        "tree with random cuts", "sklearn.tree", "ExtraTreeClassifier", ("tree_",)
    ),
    "mlp": Architecture(
        "multilayer perceptron",
        "sklearn.neural_network",
        "MLPClassifier",
        ("coefs_", "intercepts_"),
    ),
    "logistic_regression": Architecture(
        "logistic regression on standardised features",
        "sklearn.linear_model",
        "LogisticRegression",
        ("coef_", "intercept_"),
        scaled=True,
    ),
    # The training examples are the parameters; scikit-learn keeps them under private names.
    "nearest_neighbours": Architecture(
        "nearest neighbours", "sklearn.neighbors", "KNeighborsClassifier", ("_fit_X", "_y")
    ),
}

SCALER_PARAMETERS = ("mean_", "scale_")


def build_model(model: Model, seed: int) -> Any:
    """Build the scikit-learn estimator, not yet trained."""
    import importlib

    row = ARCHITECTURES[model.architecture]
    estimator = getattr(importlib.import_module(row.module), row.estimator)(**model.options)
    if "random_state" in estimator.get_params():
        estimator.set_params(random_state=seed)
    if not row.scaled:
        return estimator
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), estimator)


def describe_model(model: Model) -> str:
    """Put the model into words, with its hyperparameters.

    Examples
    --------
    >>> describe_model(Model("decision_tree", {"max_depth": 3}))
    'decision tree (max_depth=3)'
    """
    title = ARCHITECTURES[model.architecture].title
    options = ", ".join(f"{name}={value}" for name, value in model.options.items())
    text = f"{title} ({options})" if options else title
    return text if model.candidates == 1 else f"{text}, the best on dev of {model.candidates} seeds"


def parameter_bytes(model: Model, fitted: Any) -> int:
    """Bytes of the arrays that a trained model needs to predict, without the names of classes."""
    row = ARCHITECTURES[model.architecture]
    if not row.scaled:
        return sum(_array_bytes(getattr(fitted, name)) for name in row.parameters)
    scaler, estimator = fitted[0], fitted[-1]
    held = [getattr(scaler, name) for name in SCALER_PARAMETERS]
    held += [getattr(estimator, name) for name in row.parameters]
    return sum(map(_array_bytes, held))


def _array_bytes(value: Any) -> int:
    import numpy as np

    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, list):
        return sum(map(_array_bytes, value))
    # A scikit-learn tree is compiled and shows its two arrays in its state only.
    state = value.__getstate__()
    return sum(_array_bytes(state[name]) for name in ("nodes", "values"))
