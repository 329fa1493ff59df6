"""Features and labels to a trained network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.errors import UsageError, did_you_mean
from mlstrat.harness.networks.architectures import find_network
from mlstrat.harness.networks.fitted import FittedNetwork
from mlstrat.harness.networks.members import Data, Loss, Progress, train_members
from mlstrat.harness.networks.options import NetworkOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def network_options(architecture: str, given: Mapping[str, Any]) -> NetworkOptions:
    """Return the options of an architecture: its own defaults, and what is given over them.

    Examples
    --------
    >>> network_options("lenet5", {"l2": 0.01}).epochs
    15
    """
    network = find_network(architecture)
    for name in given:
        if name not in network.knobs:
            raise UsageError(
                f"{network.title} has no use for the option {name!r}",
                accepted=", ".join(network.knobs),
                hint=did_you_mean(name, network.knobs),
            )
    return NetworkOptions(**{**network.defaults, **given})


def fit_network(
    architecture: str,
    options: NetworkOptions,
    features: Any,
    labels: NDArray[np.str_],
    dev_features: Any,
    dev_labels: NDArray[np.str_],
    *,
    seed: int = 0,
    checkpoint: Path | None = None,
    progress: Progress | None = None,
) -> FittedNetwork:
    """Train a network, or an ensemble of them; same seed, same weights.

    Early stopping looks at dev; a label that train does not have is left out there. From the
    ``checkpoint``, kept after each epoch, an interrupted training goes on to the same weights;
    networks of an ensemble, and what frozen layers make of the examples, stand beside it:
    ``checkpoint-1-2``, ``checkpoint-1-frozen``.
    """
    import numpy as np

    classes = tuple(np.unique(labels).tolist())
    known = np.isin(dev_labels, classes)
    targets = np.searchsorted(classes, labels)
    data = Data(
        features,
        targets,
        np.asarray(dev_features)[known],
        np.searchsorted(classes, np.asarray(dev_labels)[known]),
    )

    def loss() -> Loss:
        import torch

        weights = None
        if options.class_weights:
            counts = np.bincount(targets, minlength=len(classes))
            weights = torch.from_numpy(len(targets) / (len(classes) * counts)).float()
        entropy: Loss = torch.nn.CrossEntropyLoss(weight=weights)
        return entropy

    return train_members(
        architecture,
        options,
        data,
        classes,
        loss,
        seed=seed,
        checkpoint=checkpoint,
        progress=progress,
    )
