"""Features and labels to trained networks, one after another from one plan."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.record import Record
from mlstrat.errors import UsageError, did_you_mean
from mlstrat.harness.networks.architectures import Network, find_network, scaled
from mlstrat.harness.networks.build import build, start_weights
from mlstrat.harness.networks.convolutional import Scale
from mlstrat.harness.networks.fitted import (
    FittedNetwork,
    as_tensor,
    borrow,
    cached,
    frozen_layers,
    lender,
    standardised,
)
from mlstrat.harness.networks.layers import Layer, placed
from mlstrat.harness.networks.loop import Epoch, Learnt, Task, train_network
from mlstrat.harness.networks.options import NetworkOptions, build_augmentation
from mlstrat.harness.networks.torch_needed import one_thread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MEMBER_SEED = 7919
"""Between the seeds of the networks of an ensemble; a prime, so that runs of neighbouring seeds
share none."""

Progress = Callable[[str], None]
Tensor = Any
Loss = Callable[[Tensor, Tensor], Tensor]


class Data(Record, eq=False):
    """What is learnt from, and what early stopping looks at; targets as the loss wants them."""

    train: Any
    targets: Any
    dev: Any
    dev_targets: Any


def train_members(
    architecture: str,
    options: NetworkOptions,
    data: Data,
    outputs: tuple[str, ...],
    loss: Callable[[], Loss],
    *,
    seed: int,
    checkpoint: Path | None,
    progress: Progress | None,
) -> FittedNetwork:
    """Train as many networks as the ensemble has."""
    import numpy as np

    network = find_network(architecture)
    scale = _scale(network, architecture, options, data.train, len(outputs))
    layers = network.layers(scale)
    given = list(placed(layers, scale.input))  # refuses a network that does not fit, at once
    with one_thread():
        tensors = Data(*[as_tensor(getattr(data, f.name)) for f in dataclasses.fields(Data)])
        lent = lender(options, architecture, scale)
        centre, spread = (lent.centre, lent.spread) if lent else _standard(tensors.train)
        plan = _Plan(
            architecture, options, scale, layers, tensors, outputs, loss(), lent, centre, spread
        )
        members, learnt = [], []
        for number in range(options.ensemble):
            told = progress and partial(_told, progress, number + 1, options.ensemble)
            path = checkpoint and _beside(checkpoint, number and str(number + 1))
            module, how = _member(plan, seed + number * MEMBER_SEED, path, told)
            members.append(module.eval())
            learnt.append(how)
    cost = options.ensemble * options.crops
    notes: dict[str, int | float | str] = {
        "parameters": sum(layer.parameters(shape) for layer, shape in given),
        "multiply_adds": cost * sum(layer.multiply_adds(shape) for layer, shape in given),
        "epochs": max(how.epochs for how in learnt),
        "train_loss": round(float(np.mean([how.train_loss for how in learnt])), 6),
    }
    if options.early_stopping:
        notes["best_epoch"] = max(how.best_epoch for how in learnt)
    if cost > 1:
        notes["inference_cost"] = cost
    return FittedNetwork(
        architecture, scale, outputs, members, centre, spread, options.crops, notes
    )


class _Plan(Record, eq=False):
    architecture: str
    options: NetworkOptions
    scale: Scale
    layers: tuple[Layer, ...]
    data: Data
    outputs: tuple[str, ...]
    loss: Loss
    lent: FittedNetwork | None
    centre: Tensor
    spread: Tensor

    def fingerprint(self, seed: int) -> str:
        """Return what a checkpoint must be of to be gone on with."""
        about = {
            "architecture": self.architecture,
            "options": dataclasses.asdict(self.options),
            "scale": dataclasses.asdict(self.scale),
            "outputs": self.outputs,
            "seed": seed,
        }
        digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
        data = self.data
        tensors = [data.train, data.targets, data.dev, data.dev_targets]
        for member in self.lent.members[:1] if self.lent else ():
            tensors += member.state_dict().values()
        for tensor in tensors:
            digest.update(tensor.contiguous().numpy().tobytes())
        return digest.hexdigest()


def _member(
    plan: _Plan, seed: int, checkpoint: Path | None, progress: Callable[[Epoch], None] | None
) -> tuple[Any, Learnt]:
    import torch

    torch.manual_seed(seed)
    module = build(plan.layers, plan.scale.input)
    start_weights(module, plan.layers)
    if plan.lent:
        borrow(module, plan.lent, plan.layers)
    frozen = frozen_layers(plan.options, plan.layers) if plan.lent else 0
    body, trained = module[:frozen].eval().requires_grad_(False), module[frozen:]
    fingerprint = plan.fingerprint(seed) if checkpoint is not None else ""
    features = checkpoint and _beside(checkpoint, "frozen")
    learnt = train_network(
        _task(plan, body, trained, features, fingerprint), plan.options, seed,
        checkpoint=checkpoint, fingerprint=fingerprint, progress=progress,
    )  # fmt: skip
    return module, learnt


def _task(plan: _Plan, body: Any, trained: Any, features: Path | None, fingerprint: str) -> Task:
    import torch

    data, options = plan.data, plan.options

    def ready(x: Tensor) -> Tensor:
        return standardised(x, plan.centre, plan.spread)

    inputs, dev, prepare = data.train, ready(data.dev), None
    if options.augment:
        change = build_augmentation(options.augment, data.train)

        def prepare(x: Tensor, random: np.random.Generator) -> Tensor:
            with torch.no_grad():
                return body(ready(change(x, random)))
    else:
        inputs = ready(inputs)
    if len(body) and len(inputs):
        kept = {"dev": dev} if options.augment else {"train": inputs, "dev": dev}
        kept = cached(features, body, {k: x for k, x in kept.items() if len(x)}, fingerprint)
        inputs, dev = kept.get("train", inputs), kept.get("dev", dev)
    return Task(trained, plan.loss, inputs, data.targets, dev, data.dev_targets, prepare)


def _scale(
    network: Network, architecture: str, options: NetworkOptions, features: Any, classes: int
) -> Scale:
    import numpy as np

    wanted, array = network.scale.input, np.asarray(features)
    whole = np.issubdtype(array.dtype, np.integer)
    if len(array) < 2:
        raise UsageError(f"{len(array)} examples to train on", accepted="2 or more")
    if array.ndim != len(wanted) + 1 and architecture != "dense":
        raise UsageError(
            f"{architecture} reads examples of {len(wanted)} axes, and these have {array.ndim - 1}",
            accepted="the axes of " + "×".join(map(str, wanted)),
        )
    if network.scale.tokens and not whole:
        raise UsageError(
            f"{architecture} reads sequences of tokens, and these examples are other numbers",
            hint="the network `dense`, or a model of scikit-learn, reads them",
        )
    if not np.isfinite(array).all():
        raise UsageError(
            "the features hold values that are not finite numbers",
            hint="impute them, or train a model of scikit-learn, whose pipeline does",
        )
    given = {name: getattr(options, name) for name in ("width", "depth", "dropout", "batch_norm")}
    tokens = max(network.scale.tokens, int(array.max(initial=0)) + 1) if whole else None
    return scaled(network.scale, input=array.shape[1:], classes=classes, tokens=tokens, **given)


def _standard(train: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each channel; a channel that is constant is only centred."""
    import torch

    if not train.is_floating_point():
        return torch.zeros(1), torch.ones(1)
    channels = train.transpose(0, 1).flatten(1)
    spread = channels.std(dim=1, correction=0)
    return channels.mean(dim=1), torch.where(spread > 0, spread, torch.ones_like(spread))


def _told(progress: Progress, number: int, networks: int, epoch: Epoch) -> None:
    progress(str(dataclasses.replace(epoch, network=number, networks=networks)))


def _beside(path: Path, what: str | int) -> Path:
    return path.with_stem(f"{path.stem}-{what}") if what else path


def network_options(architecture: str, given: Mapping[str, Any]) -> NetworkOptions:
    """Return the options of an architecture: its own defaults, and what is given over them."""
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
    dev_targets = np.searchsorted(classes, np.asarray(dev_labels)[known])
    data = Data(features, targets, np.asarray(dev_features)[known], dev_targets)

    def loss() -> Loss:
        import torch

        weights = None
        if options.class_weights:
            counts = np.bincount(targets, minlength=len(classes))
            weights = torch.from_numpy(len(targets) / (len(classes) * counts)).float()
        entropy: Loss = torch.nn.CrossEntropyLoss(weight=weights)
        return entropy

    return train_members(
        architecture, options, data, classes, loss,
        seed=seed, checkpoint=checkpoint, progress=progress,
    )  # fmt: skip
