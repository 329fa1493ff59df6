"""Options of a dataset that must be numbers."""

from __future__ import annotations

from mlstrat.harness.recipes.recipe import Dataset


def number(dataset: Dataset, name: str, default: float | None = None) -> float:
    """Return an option as a number.

    Raises
    ------
    ValueError
        It is missing or no number: a slip in the table of recipes.
    """
    value = dataset.options.get(name, default)
    if not isinstance(value, int | float):
        raise ValueError(f"the option {name} of {dataset.name} is {value!r}")
    return float(value)
