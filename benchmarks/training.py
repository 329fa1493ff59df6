"""Train LeNet-5 by the harness, or by a bare loop of PyTorch: ``training.py ours`` or ``bare``.

Prints seconds of the processor: both use one thread, and what else the machine does is not their
time. Importing and making the data are not counted. Both do the same arithmetic on batches of the
same size.
"""

from __future__ import annotations

import sys
import time
from typing import Any

SEED = 20_170_815
EXAMPLES, SIDE, CLASSES = 2_000, 32, 10
EPOCHS, BATCH, RATE = 5, 64, 1e-3


def examples() -> tuple[Any, Any]:
    """Return pictures of noise with a bright row that tells the class."""
    import numpy as np

    rng = np.random.default_rng(SEED)
    labels = rng.integers(CLASSES, size=EXAMPLES)
    pictures = rng.random((EXAMPLES, 1, SIDE, SIDE), dtype=np.float32)
    pictures[np.arange(EXAMPLES), 0, 3 * labels + 1] += 1
    return pictures, labels


def bare(pictures: Any, labels: Any, epochs: int) -> None:
    """Train as one would by hand."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(),
        nn.AvgPool2d(2), nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84),
        nn.Tanh(), nn.Linear(84, 10),
    ).to(memory_format=torch.channels_last)  # fmt: skip
    x, y = torch.from_numpy(pictures), torch.from_numpy(labels)
    x = (x - x.mean()) / x.std()
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()


def ours(pictures: Any, labels: Any, epochs: int) -> None:
    """Train as ``mlstrat train`` does."""
    from mlstrat.harness.networks.fit import fit_network, network_options

    options = network_options(
        "lenet5", {"epochs": epochs, "batch_size": BATCH, "learning_rate": RATE}
    )
    names = labels.astype(str)
    fit_network("lenet5", options, pictures, names, pictures[:0], names[:0])


def main(who: str) -> None:
    """Train once to have everything loaded, then on the clock."""
    train = {"ours": ours, "bare": bare}[who]
    pictures, labels = examples()
    train(pictures[: 2 * BATCH], labels[: 2 * BATCH], 1)
    begun = time.process_time()
    train(pictures, labels, EPOCHS)
    print(time.process_time() - begun)


if __name__ == "__main__":
    main(*sys.argv[1:])
