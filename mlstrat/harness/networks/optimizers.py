"""Optimizers by name, and how the learning rate falls."""

from __future__ import annotations

import math
from typing import Any

from mlstrat.harness.networks.options import NetworkOptions
from mlstrat.harness.networks.torch_needed import load_torch

MOMENTUM = 0.9
BETAS = (0.9, 0.999)
"""Of momentum, RMSprop and Adam, as the course sets them."""

INVERSE, EXPONENTIAL, STAIRS = 1.0, 0.95, 4
"""Decay rate of 1 / (1 + rate · epoch), base of base^epoch (the course's), and the number of equal
steps, each half as high as the one before (ours)."""


def rate_at(options: NetworkOptions, epoch: int) -> float:
    """Return the learning rate of an epoch, counted from 0.

    none: α · inverse: α / (1 + epoch) · exponential: α · 0.95^epoch · root: α / √(epoch + 1) ·
    staircase: halved three times, at equal distances · cosine: half a wave from α to 0.

    Source: the course on learning-rate decay; cosine is Loshchilov and Hutter 2017.

    Examples
    --------
    >>> options = NetworkOptions(optimizer="sgd", learning_rate=0.2, decay="inverse")
    >>> [round(rate_at(options, epoch), 3) for epoch in range(4)]
    [0.2, 0.1, 0.067, 0.05]
    """
    done = epoch / options.epochs
    factor = {
        "none": 1.0,
        "inverse": 1 / (1 + INVERSE * epoch),
        "exponential": EXPONENTIAL**epoch,
        "root": 1 / math.sqrt(epoch + 1),
        "staircase": 0.5 ** int(STAIRS * done),
        "cosine": (1 + math.cos(math.pi * done)) / 2,
    }[options.decay]
    return options.rate * factor


def build_optimizer(module: Any, options: NetworkOptions) -> Any:
    """Return the optimizer of what is to be trained; L2 holds weights, not biases nor norms."""
    optim = load_torch().optim
    trained = [p for p in module.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": options.l2},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    match options.optimizer:
        case "momentum":
            return optim.SGD(groups, lr=options.rate, momentum=MOMENTUM)
        case "rmsprop":
            return optim.RMSprop(groups, lr=options.rate, alpha=BETAS[1])
        case "adam":
            return optim.Adam(groups, lr=options.rate, betas=BETAS)
        case _:
            return optim.SGD(groups, lr=options.rate)
