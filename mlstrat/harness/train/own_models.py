"""Which models own data can be given to, and what they read of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.errors import UsageError, did_you_mean
from mlstrat.harness.recipes.architectures import find_architecture, is_network, networks
from mlstrat.harness.recipes.models import regressors
from mlstrat.harness.train.knobs import KNOBS, TABLE_KNOBS, check_taken, check_value
from mlstrat.harness.train.own_examples import import_classifier


def input_axes(model: str) -> int | None:
    """Return how many axes the examples of a network have; None for scikit-learn's models."""
    row: Any = networks().get(model)
    return None if row is None else len(row.scale.input)


def reads_tokens(model: str) -> bool:
    """Whether a model reads texts word by word, and nothing else."""
    row: Any = networks().get(model)
    return row is not None and bool(row.scale.tokens)


def reads_text(model: str) -> bool:
    """Whether a model takes free text: linear ones as a bag of words, recurrent ones in order."""
    return (
        reads_tokens(model)
        or model in ("logistic_regression", "ridge")
        or model.startswith(("sklearn.linear_model.", "sklearn.svm.Linear", "sklearn.naive_bayes."))
    )


SCALINGS, FEATURES = ("standard", "quantile", "none"), ("products", "word_pairs")
"""What `scaling` and `features` take."""


def _check_of_tables(name: str, value: Any) -> None:
    known = {"scaling": SCALINGS, "features": FEATURES}.get(name, ())
    for one in (value,) if isinstance(value, str) else value if known else ():
        if known and one not in known:
            raise UsageError(f"--{name} is {one!r}", accepted=", ".join(known),
                             hint=did_you_mean(one, known))  # fmt: skip


def check_model(
    model: str, knobs: Mapping[str, Any], *, pictures: bool | None, number: bool = False
) -> None:
    """Refuse a model that there is not or that does not fit, and knobs that it does not take.

    ``pictures`` is None where it is not known yet what the data are.
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
