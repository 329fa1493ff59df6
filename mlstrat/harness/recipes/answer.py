"""`list_recipes`: what `train` knows by name; `describe_network`: a network's layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlstrat.harness.recipes.document import NetworkDocument, RecipesDocument
from mlstrat.show.document import Signature

if TYPE_CHECKING:
    from mlstrat.harness import schema


def list_recipes() -> RecipesDocument:
    """Return the recipes, models and knobs of `train`, as ``mlstrat train --list`` shows them.

    Examples
    --------
    >>> [recipe["name"] for recipe in list_recipes().recipes][:2]
    ['avoidable_bias', 'variance']
    """
    from mlstrat import harness
    from mlstrat.harness.recipes.models import (
        describe_model,
        is_network,
        list_architectures,
        networks,
    )
    from mlstrat.harness.recipes.recipe import SHARES
    from mlstrat.harness.train.knobs import KNOBS, knobs_of

    rows: tuple[schema.RecipeRow, ...] = tuple(
        {
            "name": x.name,
            "question": x.question,
            "shows": x.shows,
            "task": x.task,
            "dataset": x.dataset.title,
            "splits": x.splits.title,
            "model": describe_model(x.model),
            "architecture": x.model.architecture,
            "needs_torch": is_network(x.model.architecture),
            "expected": {"verdict": x.expected_verdict, "focus": list(x.expected_focus)},
            "found_in_20": SHARES.get(x.name),
            "knobs": list(knobs_of(x)),
        }
        for x in harness.list_recipes()
    )
    needing: Any = networks()
    models: tuple[schema.ArchitectureRow, ...] = tuple(
        {
            "name": name,
            "title": row.title,
            "library": "torch" if name in needing else "scikit-learn",
            "knobs": ["n", *row.knobs],
        }
        for name, row in list_architectures().items()
    )
    titles = {name: knob.title for name, knob in KNOBS.items()}
    return RecipesDocument(rows, models, titles, Signature.of(method="the table of recipes"))


def describe_network(architecture: str, *, full_size: bool = False) -> NetworkDocument:
    """Return a network layer by layer: shapes, parameters, multiply-adds and receptive fields.

    Nothing of it is allocated, and PyTorch is not needed.

    Parameters
    ----------
    architecture
        A network that ``mlstrat train --list`` shows.
    full_size
        As published, instead of as the recipes train it.

    Raises
    ------
    UsageError
        For an unknown network.

    Examples
    --------
    >>> describe_network("vgg16", full_size=True).parameters
    138357544
    """
    from mlstrat.harness.networks.architectures import describe_network as described

    table = described(architecture, full_size=full_size)
    layers: tuple[schema.NetworkLayer, ...] = tuple(
        {
            "layer": row.name,
            "title": row.title,
            "output": list(row.output),
            "parameters": row.parameters,
            "multiply_adds": row.multiply_adds,
            "field": None if row.field is None else list(row.field),
        }
        for row in table.rows
    )
    return NetworkDocument(
        architecture=architecture,
        title=table.title,
        source=table.source,
        full_size=full_size,
        input=tuple(table.scale.input),
        layers=layers,
        parameters=table.parameters,
        multiply_adds=table.multiply_adds,
        signature=Signature.of(method="arithmetic on padding, stride and kernel"),
    )
