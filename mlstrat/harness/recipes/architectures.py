"""All architectures, of scikit-learn and of PyTorch, by name; none of these is imported here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from mlstrat.errors import UsageError, did_you_mean
from mlstrat.harness.recipes.recipe import Model


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
    from mlstrat.harness.recipes.models import ARCHITECTURES

    return {**ARCHITECTURES, **networks()}


def task_models() -> Mapping[str, Row]:
    """Return the models of recipes of other tasks than classification; they need torch."""
    from mlstrat.harness.tasks.models import MODELS

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
    """Put the model into words, with its hyperparameters.

    Examples
    --------
    >>> describe_model(Model("decision_tree", {"max_depth": 3}))
    'decision tree (max_depth=3)'
    """
    title = row_of(model.architecture).title
    options = ", ".join(f"{name}={value}" for name, value in model.options.items())
    text = f"{title} ({options})" if options else title
    return text if model.candidates == 1 else f"{text}, the best on dev of {model.candidates} seeds"
