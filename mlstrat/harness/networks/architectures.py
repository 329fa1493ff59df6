"""The networks, one a row: PyTorch is not needed to list, scale or describe them."""

from __future__ import annotations

from collections.abc import Mapping

from mlstrat.core.nearest import did_you_mean
from mlstrat.errors import UsageError
from mlstrat.harness.networks import convolutional, sequences
from mlstrat.harness.networks.rows import COMMON, PICTURES, Network, Scale

NETWORKS: Mapping[str, Network] = {
    "lenet5": Network(
        "LeNet-5",
        "LeCun et al. 1998, as the course draws it: dense where the paper connects sparsely",
        convolutional.lenet5,
        Scale((1, 32, 32), 10),
        Scale((1, 32, 32), 10),
        (*PICTURES, "dropout"),
        {"epochs": 15},
    ),
    "alexnet": Network(
        "AlexNet",
        "Krizhevsky, Sutskever and Hinton 2012, undivided: the paper spreads it over two GPUs",
        convolutional.alexnet,
        Scale((1, 32, 32), 10, width=1 / 6, dropout=0.5),
        Scale((3, 227, 227), 1000, dropout=0.5),
        (*PICTURES, "dropout"),
        {"epochs": 12},
    ),
    "vgg16": Network(
        "VGG-16",
        "Simonyan and Zisserman 2015, configuration D; batch norm is ours",
        convolutional.vgg16,
        Scale((1, 32, 32), 10, width=1 / 8, dropout=0.5, batch_norm=True),
        Scale((3, 224, 224), 1000, dropout=0.5),
        (*PICTURES, "dropout", "batch_norm"),
        {"epochs": 6},
    ),
    "resnet": Network(
        "ResNet",
        "He et al. 2016, of 6n + 2 layers with shortcuts that have no parameters",
        convolutional.resnet,
        Scale((1, 32, 32), 10, width=0.5, depth=20, batch_norm=True),
        Scale((3, 32, 32), 10, depth=56, batch_norm=True),
        (*PICTURES, "depth", "batch_norm"),
        {"epochs": 6},
    ),
    "plain": Network(
        "plain network beside ResNet",
        "He et al. 2016: the same layers without shortcuts",
        convolutional.plain,
        Scale((1, 32, 32), 10, width=0.5, depth=20, batch_norm=True),
        Scale((3, 32, 32), 10, depth=56, batch_norm=True),
        (*PICTURES, "depth", "batch_norm"),
        {"epochs": 6},
    ),
    "nin": Network(
        "network in network",
        "Lin, Chen and Yan 2014, for pictures of 32×32; batch norm is ours",
        convolutional.network_in_network,
        Scale((1, 32, 32), 10, width=1 / 6, dropout=0.0, batch_norm=True),
        Scale((3, 32, 32), 10, dropout=0.5),
        (*PICTURES, "dropout", "batch_norm"),
        {"epochs": 8},
    ),
    "inception": Network(
        "Inception",
        "Szegedy et al. 2015 (GoogLeNet), without its auxiliary outputs",
        convolutional.inception,
        Scale((1, 32, 32), 10, width=1 / 4, depth=3, batch_norm=True),
        Scale((3, 224, 224), 1000, depth=9, dropout=0.4),
        (*PICTURES, "depth", "dropout", "batch_norm"),
        {"epochs": 6},
    ),
    "inception_naive": Network(
        "Inception without bottlenecks",
        "Szegedy et al. 2015, figure 2a: no 1×1 convolution before 3×3 and 5×5",
        convolutional.inception_naive,
        Scale((1, 32, 32), 10, width=1 / 4, depth=3, batch_norm=True),
        Scale((3, 224, 224), 1000, depth=9, dropout=0.4),
        (*PICTURES, "depth", "dropout", "batch_norm"),
        {"epochs": 6},
    ),
    "conv1d": Network(
        "1D convolution",
        "ours: the course's 1D filter over a heartbeat",
        convolutional.conv1d,
        Scale((1, 128), 4, batch_norm=True),
        Scale((1, 128), 4, batch_norm=True),
        (*COMMON, "dropout", "batch_norm"),
        {"epochs": 10},
    ),
    "conv3d": Network(
        "3D convolution",
        "ours: the course's 3D filter over a moving picture",
        convolutional.conv3d,
        Scale((1, 8, 16, 16), 4, batch_norm=True),
        Scale((1, 8, 16, 16), 4, batch_norm=True),
        (*COMMON, "dropout", "batch_norm"),
        {"epochs": 8},
    ),
    "dense": Network(
        "dense network",
        "ours: layers of 64 units, relu",
        convolutional.dense,
        Scale((64,), 10, depth=2),
        Scale((64,), 10, depth=2),
        (*COMMON, "depth", "dropout", "batch_norm"),
        {"epochs": 30},
    ),
    **sequences.ROWS,
}


def find_network(name: str) -> Network:
    """Return the architecture of this name.

    Raises
    ------
    UsageError
        There is none; names the nearest and lists all.

    Examples
    --------
    >>> find_network("lenet5").title
    'LeNet-5'
    """
    if name in NETWORKS:
        return NETWORKS[name]
    raise UsageError(
        f"no network {name!r}",
        accepted=", ".join(NETWORKS),
        hint=did_you_mean(name, NETWORKS),
    )
