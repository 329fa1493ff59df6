"""Which models own data can be given to, and what they read of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.errors import UsageError, did_you_mean
from mlstrat.harness.datasets.own_tables import preprocessing
from mlstrat.harness.recipes.architectures import find_architecture, is_network, networks
from mlstrat.harness.recipes.models import regressors
from mlstrat.harness.train.knobs import KNOBS, TABLE_KNOBS, check_taken, check_value
from mlstrat.harness.train.own_examples import import_classifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlstrat.harness.train.prepared import Prepared

    Rows = Mapping[str, NDArray[np.intp]]


def input_axes(model: str) -> int | None:
    """Return how many axes the examples of a network have; None for scikit-learn's models."""
    row: Any = networks().get(model)
    return None if row is None else len(row.scale.input)


def reads_text(model: str) -> bool:
    """Whether a model takes free text: linear ones do, as many columns as there are words."""
    return model == "logistic_regression" or model.startswith(
        ("sklearn.linear_model.", "sklearn.svm.Linear", "sklearn.naive_bayes.")
    )


SCALINGS, FEATURES = ("standard", "quantile", "none"), ("products",)
"""What `scaling` and `features` take."""


def _check_of_tables(name: str, value: Any) -> None:
    """Refuse what a table's knobs do not know."""
    known = {"scaling": SCALINGS, "features": FEATURES}.get(name, ())
    for one in (value,) if isinstance(value, str) else value if known else ():
        if known and one not in known:
            raise UsageError(f"--{name} is {one!r}", accepted=", ".join(known),
                             hint=did_you_mean(one, known))  # fmt: skip


def check_model(
    model: str, knobs: Mapping[str, Any], *, pictures: bool | None, number: bool = False
) -> None:
    """Refuse a model that there is not or that does not fit, and knobs that it does not take.

    Parameters
    ----------
    model
        Its name, or an import path.
    knobs
        What shall be turned.
    pictures
        Whether the data are pictures, or a table; None: not known yet.
    number
        Whether a number is predicted.

    Raises
    ------
    UsageError
        With what is accepted.
    """
    taken: tuple[str, ...] = ("n", "target_weight")
    if "." in model:
        import_classifier(model, number=None if pictures is None else number)
    else:
        taken += tuple(find_architecture(model).knobs)
    if pictures is not True and not is_network(model):
        taken += TABLE_KNOBS
    if number and "." not in model and model not in regressors():
        raise UsageError(
            f"{model} predicts classes, and the target is a number",
            accepted=", ".join(regressors()) + ", or the import path of a regressor",
            hint="--task classification takes each number for a class",
        )
    if number:
        taken = tuple(x for x in taken if x != "class_weights")
    for name, value in knobs.items():
        if name not in KNOBS:
            check_taken(name, tuple(KNOBS), "mlstrat train")
        check_taken(name, taken, f"the model {model!r}")
        check_value(name, value)
        _check_of_tables(name, value)
    axes, wanted = input_axes(model), 3 if pictures else 1
    if pictures is None or axes is None or axes == wanted:
        return
    rows: Mapping[str, Any] = networks()
    fitting = [name for name in rows if input_axes(name) == wanted and not rows[name].scale.tokens]
    raise UsageError(
        f"{model} does not read {'pictures' if pictures else 'tables'}",
        accepted=", ".join(fitting) + ", or a model of scikit-learn",
    )


def before_network(
    numbers: tuple[str, ...], categories: tuple[str, ...]
) -> Callable[[Any], Prepared]:
    """Return what learns, from the rows of train, what stands before a network."""
    from mlstrat.harness.train.prepared import prepared

    return lambda frame: prepared(preprocessing(numbers, categories), frame, numbers, categories)


def model_knobs(knobs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the knobs of the model itself: others are of the rows and of the features."""
    apart = ("n", "target_weight", *TABLE_KNOBS)
    return {name: value for name, value in knobs.items() if name not in apart}


def counted_more(
    knobs: Mapping[str, Any], sources: NDArray[np.str_] | None, splits: Rows
) -> NDArray[np.intp] | None:
    """Return the rows of train, those of dev's source as often as they count.

    Raises
    ------
    UsageError
        Where train has no such rows, or no others.
    """
    times = knobs.get("target_weight", 1)
    if times == 1:
        return None
    rows = splits["train"]
    like = target_rows(sources, splits)
    if like is None or sources is None:
        raise UsageError(
            "--target-weight counts rows of train that are of dev's source, and there are none",
            accepted="a column of sources, and rows of both in train",
        )
    return np.repeat(rows, np.where(np.isin(sources[rows], like), times, 1))


def target_rows(sources: NDArray[np.str_] | None, splits: Rows) -> list[str] | None:
    """Return the sources of dev where some rows of train are of them, and others are not."""
    if sources is None:
        return None
    like = np.unique(sources[splits["dev"]]).tolist()
    inside = np.isin(sources[splits["train"]], like)
    return like if inside.any() and not inside.all() else None
