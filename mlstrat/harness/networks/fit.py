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

    Raises
    ------
    UsageError
        An option that the architecture has no use for, or a value out of range.

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
    """Train a network, or an ensemble of them.

    Parameters
    ----------
    architecture
        A name of :data:`~.architectures.NETWORKS`.
    options
        See :func:`network_options`.
    features, labels
        N examples (N, …) and their classes.
    dev_features, dev_labels
        What early stopping looks at; a label that train does not have is left out.
    seed
        Same seed, same weights.
    checkpoint
        A file for what is kept after each epoch: from there an interrupted training goes on, to
        the same weights. Networks of an ensemble, and what frozen layers make of the examples,
        stand beside it: ``checkpoint-1-2``, ``checkpoint-1-frozen``. None keeps nothing.
    progress
        Called with a line of text after each epoch.

    Raises
    ------
    UsageError
        PyTorch is not installed; the network does not fit the examples, nor lent weights it; or
        the loss is no number any more.
    InputError
        A checkpoint or lent weights cannot be read, or the disk is full.
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
