"""All architectures by name: those of scikit-learn, one a row; the networks are not imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Protocol, cast

from mlstrat.core.record import Record
from mlstrat.errors import UsageError, did_you_mean
from mlstrat.harness.recipes.recipe import Model, Option

MLP_WIDTH = 100  # scikit-learn's own
ENSEMBLE = "ensemble"
"""The option of ours among those of an estimator: how many are trained and averaged."""

OPTIMIZERS: Mapping[str, Mapping[str, Option]] = {
    "adam": {"solver": "adam"},
    "sgd": {"solver": "sgd", "momentum": 0.0, "nesterovs_momentum": False},
    "momentum": {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": False},
}
"""What the knob ``optimizer`` sets of a multilayer perceptron."""


class Architecture(Record):
    """A model of scikit-learn: a classifier, and its sister that predicts numbers."""

    title: str
    module: str
    estimator: str
    parameters: tuple[str, ...]
    """The fitted attributes that prediction needs: what would have to be stored."""
    knobs: Mapping[str, str] = field(default_factory=dict)
    """Knob to the option that it sets; one that begins with ``*`` is worked out."""
    scaled: bool = False
    """Whether features are standardised first, by the mean and deviation of train."""
    rounds: str | None = None
    """The fitted attribute that counts epochs or rounds."""
    regressor: str | None = None
    """The class of the same kind that predicts a number; None where there is none."""


ARCHITECTURES: Mapping[str, Architecture] = {
    "decision_tree": Architecture(
        "decision tree", "sklearn.tree", "DecisionTreeClassifier", ("tree_",),
        {"depth": "max_depth", "class_weights": "*balanced"}, regressor="DecisionTreeRegressor",
    ),
    "random_tree": Architecture(
        "tree with random cuts", "sklearn.tree", "ExtraTreeClassifier", ("tree_",),
        {"depth": "max_depth", "ensemble": ENSEMBLE}, regressor="ExtraTreeRegressor",
    ),
    "random_forest": Architecture(
        "random forest", "sklearn.ensemble", "RandomForestClassifier", ("estimators_",),
        {"depth": "max_depth", "ensemble": "n_estimators", "class_weights": "*balanced"},
        regressor="RandomForestRegressor",
    ),
    "hist_gradient_boosting": Architecture(
        "gradient-boosted trees", "sklearn.ensemble", "HistGradientBoostingClassifier",
        ("_predictors", "_baseline_prediction"),
        {"depth": "max_depth", "epochs": "max_iter", "l2": "l2_regularization",
         "learning_rate": "learning_rate", "early_stopping": "*patience",
         "class_weights": "*balanced"},
        rounds="n_iter_", regressor="HistGradientBoostingRegressor",
    ),
    "mlp": Architecture(
        "multilayer perceptron", "sklearn.neural_network", "MLPClassifier",
        ("coefs_", "intercepts_"),
        {"width": "*units", "depth": "*layers", "epochs": "max_iter", "l2": "alpha",
         "learning_rate": "learning_rate_init", "batch_size": "batch_size",
         "optimizer": "*optimizer", "early_stopping": "*patience", "ensemble": ENSEMBLE},
        rounds="n_iter_", regressor="MLPRegressor",
    ),
    "logistic_regression": Architecture(
        "logistic regression on standardised features", "sklearn.linear_model",
        "LogisticRegression", ("coef_", "intercept_"),
        {"l2": "*inverse", "class_weights": "*balanced"},
        scaled=True,
    ),
    "ridge": Architecture(
        "ridge regression on standardised features", "sklearn.linear_model", "RidgeClassifier",
        ("coef_", "intercept_"), {"l2": "alpha"},
        scaled=True, regressor="Ridge",
    ),
    # The training examples are the parameters; scikit-learn keeps them under private names.
    "nearest_neighbours": Architecture(
        "nearest neighbours", "sklearn.neighbors", "KNeighborsClassifier", ("_fit_X", "_y"),
        {"neighbours": "n_neighbors"}, regressor="KNeighborsRegressor",
    ),
}  # fmt: skip

SCALER_PARAMETERS = ("mean_", "scale_")


def regressors() -> tuple[str, ...]:
    """Return the architectures that predict numbers, too."""
    return tuple(name for name, row in ARCHITECTURES.items() if row.regressor is not None)


def set_knob(model: Model, knob: str, value: Any) -> Mapping[str, Option]:
    """Return the model's options with one knob turned."""
    option = ARCHITECTURES[model.architecture].knobs[knob]
    if not option.startswith("*"):
        return {**model.options, option: value}
    return {**model.options, **_worked_out(option[1:], value, model.options)}


def _worked_out(how: str, value: Any, options: Mapping[str, Option]) -> Mapping[str, Option]:
    layers = cast(tuple[int, ...], options.get("hidden_layer_sizes", (MLP_WIDTH,)))
    if how == "units":
        if value != int(value):
            raise UsageError(f"--width is {value:g}", accepted="whole units a layer, as 64")
        return {"hidden_layer_sizes": (int(value),) * len(layers)}
    if how == "layers":
        return {"hidden_layer_sizes": (layers[0],) * value}
    if how == "optimizer":
        if value not in OPTIMIZERS:
            raise UsageError(f"--optimizer is {value!r}", accepted=", ".join(OPTIMIZERS))
        return OPTIMIZERS[value]
    if how == "patience":
        return {"early_stopping": value > 0} | ({"n_iter_no_change": value} if value else {})
    if how == "inverse":
        if value == 0:
            raise UsageError("--l2 is 0", accepted="a number above 0, as 0.1")
        return {"C": 1 / value}
    return {"class_weight": "balanced"} if value else {}


def build_model(model: Model, seed: int, *, scaling: bool = True, number: bool = False) -> Any:
    """Build the scikit-learn estimator, not yet trained; with the scaling that it wants."""
    import importlib

    row = ARCHITECTURES[model.architecture]
    options = {name: value for name, value in model.options.items() if name != ENSEMBLE}
    kind = row.regressor if number else row.estimator
    if kind is None:
        raise UsageError(
            f"{model.architecture} predicts classes, and the target is a number",
            accepted=", ".join(regressors()),
            hint="--task classification makes each number a class",
        )
    estimator = getattr(importlib.import_module(row.module), kind)(**options)
    if "random_state" in estimator.get_params():
        estimator.set_params(random_state=seed)
    if not (row.scaled and scaling):
        return estimator
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), estimator)


class Row(Protocol):
    """What every row of a table of architectures tells."""

    @property
    def title(self) -> str:
        """The architecture in words."""
        ...

    @property
    def knobs(self) -> Any:
        """The names of the knobs that it takes."""
        ...


def networks() -> Mapping[str, Row]:
    """Return the architectures that need torch."""
    from mlstrat.harness.networks.architectures import NETWORKS

    return NETWORKS


def list_architectures() -> Mapping[str, Row]:
    """Return all architectures by name."""
    return {**ARCHITECTURES, **networks()}


def task_models() -> Mapping[str, Row]:
    """Return the models of recipes of other tasks than classification; they need torch."""
    from mlstrat.harness.tasks.answers import MODELS

    return MODELS


def is_network(name: str) -> bool:
    """Whether an architecture is a network of PyTorch."""
    return name in networks() or name in task_models()


def find_architecture(name: str) -> Row:
    """Return the architecture of this name."""
    known = list_architectures()
    if name in known:
        return known[name]
    raise UsageError(
        f"no architecture {name!r}",
        accepted=", ".join(known),
        hint=did_you_mean(name, known),
    )


def row_of(name: str) -> Row:
    """Return what a recipe's model is, one of a task among them."""
    return task_models()[name] if name in task_models() else find_architecture(name)


def describe_model(model: Model) -> str:
    """Put the model into words, with its hyperparameters."""
    title = row_of(model.architecture).title
    options = ", ".join(f"{name}={value}" for name, value in model.options.items())
    text = f"{title} ({options})" if options else title
    return text if model.candidates == 1 else f"{text}, the best on dev of {model.candidates} seeds"
