# Over 300 lines: the loop, and the files that it goes on from.
"""The one loop that trains every network, and what it keeps, to go on where it was interrupted.

After each epoch one safetensors file a network: weights, the best weights so far and the
optimizer's moments as tensors, everything else as JSON in the file's header. Written whole or not
at all, never pickle.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.record import Record
from mlstrat.errors import InputError, UsageError
from mlstrat.harness.networks.options import NetworkOptions, rate_at
from mlstrat.harness.networks.torch_needed import load_torch
from mlstrat.places import make_folder, telling
from mlstrat.show.writing import removed_at_the_end

if TYPE_CHECKING:
    import numpy as np


Tensors = Mapping[str, Any]

HEADER = "mlstrat"


@dataclass
class State:
    """Where a training is after an epoch."""

    epoch: int = 0
    train_losses: list[float] | None = None
    best_epoch: int = 0
    best_loss: float | None = None
    best: dict[str, Any] | None = None
    """Weights of the epoch with the lowest dev loss, where training may stop early."""


def write_tensors(path: Path, tensors: Tensors, about: Mapping[str, Any]) -> None:
    """Write a safetensors file, whole or not at all."""
    from safetensors.torch import save

    whole = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    data = save(whole, metadata={HEADER: json.dumps(about, sort_keys=True)})
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    make_folder(path.parent)
    with telling(path), removed_at_the_end([temporary]):
        temporary.write_bytes(data)
        temporary.replace(path)


def read_tensors(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the tensors of a file that mlstrat wrote, and the JSON of its header."""
    load_torch()
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="pt") as file:
            about = json.loads((file.metadata() or {})[HEADER])
            return {name: file.get_tensor(name) for name in file.keys()}, about  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        from mlstrat.data.formats.contents import refuse_other

        refuse_other(path, "weights")
        raise InputError(
            "no weights that mlstrat wrote",
            file=str(path),
            hint="is it damaged, or of another tool? train it again",
        ) from error


def write_checkpoint(
    path: Path, module: Any, optimizer: Any, state: State, fingerprint: str
) -> None:
    """Write where a training is."""
    tensors = {f"model.{name}": tensor for name, tensor in module.state_dict().items()}
    tensors |= {f"best.{name}": tensor for name, tensor in (state.best or {}).items()}
    for number, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{k}": v for k, v in moments.items() if v is not None}
    about = {
        "schema": "mlstrat.checkpoint/1",
        "fingerprint": fingerprint,
        "epoch": state.epoch,
        "train_losses": state.train_losses,
        "best_epoch": state.best_epoch,
        "best_loss": state.best_loss,
    }
    write_tensors(path, tensors, about)


def resume(path: Path, module: Any, optimizer: Any, fingerprint: str) -> State:
    """Load a checkpoint into a network and its optimizer; return where the training was."""
    tensors, about = read_tensors(path)
    if about.get("fingerprint") != fingerprint:
        raise UsageError(
            "the checkpoint is of another training: other data, options or seed",
            file=str(path),
            hint="train with what it was begun with, name another folder, or delete it",
        )
    module.load_state_dict(_below("model", tensors))
    state = optimizer.state_dict()
    moments: dict[int, dict[str, Any]] = {}
    for name, tensor in _below("optimizer", tensors).items():
        number, _, key = name.partition(".")
        moments.setdefault(int(number), {})[key] = tensor
    optimizer.load_state_dict({**state, "state": moments})
    return State(
        about["epoch"],
        about["train_losses"],
        about["best_epoch"],
        about["best_loss"],
        _below("best", tensors) or None,
    )


def _below(prefix: str, tensors: Tensors) -> dict[str, Any]:
    start = f"{prefix}."
    return {name[len(start) :]: t for name, t in tensors.items() if name.startswith(start)}


ORDER, CHANGES = 11, 12
"""Streams of random numbers: the order of examples, and how each is changed."""

TOLD = 10
"""Without early stopping dev loss decides nothing; it is measured in so many epochs, to be told."""

PREDICTED_AT_ONCE = 512
"""Examples a batch where nothing is trained; bounds the memory."""

Tensor = Any


class Epoch(Record):
    """What is told after an epoch."""

    number: int
    epochs: int
    train_loss: float
    """Mean over the epoch's batches, dropout and augmentation included."""
    dev_loss: float | None
    """None where it was not measured."""
    seconds: float
    network: int = 1
    networks: int = 1

    @property
    def seconds_left(self) -> float:
        """Seconds that are left if what is to come takes as long as what was."""
        networks_left = self.networks - self.network
        return self.seconds * (self.epochs - self.number + self.epochs * networks_left)

    def __str__(self) -> str:
        """Return one line."""
        dev = "" if self.dev_loss is None else f", dev loss {self.dev_loss:.3f}"
        who = "" if self.networks == 1 else f"network {self.network} of {self.networks}, "
        return (
            f"{who}epoch {self.number} of {self.epochs}: train loss {self.train_loss:.3f}{dev}, "
            f"{self.seconds_left:.0f} s left"
        )


class Task(Record, eq=False):
    """What a network is to learn: tensors, and the loss of outputs against targets."""

    module: Any
    loss: Callable[[Tensor, Tensor], Tensor]
    """A mean over the examples of a batch."""
    inputs: Tensor
    targets: Tensor
    dev_inputs: Tensor | None = None
    dev_targets: Tensor | None = None
    prepare: Callable[[Tensor, np.random.Generator], Tensor] | None = None
    """Changes a batch of inputs before the network sees it, in another thread meanwhile."""


class Learnt(Record):
    """How a training went."""

    epochs: int
    best_epoch: int
    train_loss: float


def train_network(
    task: Task,
    options: NetworkOptions,
    seed: int,
    *,
    checkpoint: Path | None = None,
    fingerprint: str = "",
    progress: Callable[[Epoch], None] | None = None,
) -> Learnt:
    """Train a module in place; same task, options and seed, same weights, interrupted or not.

    Randomness is drawn anew each epoch from the seed and the epoch's number, so that a checkpoint
    needs no states of generators.
    """
    optimizer = build_optimizer(task.module, options)
    state = State(train_losses=[])
    if checkpoint is not None and checkpoint.exists():
        state = resume(checkpoint, task.module, optimizer, fingerprint)
    losses = state.train_losses or []
    start, first = time.monotonic(), state.epoch
    while state.epoch < options.epochs and not _stopped(state, options):
        losses.append(_one_epoch(task, optimizer, options, seed, state.epoch, checkpoint))
        state.epoch, state.train_losses = state.epoch + 1, losses
        dev_loss = _dev_loss(task, options, state.epoch)
        _keep_best(task.module, options, state, dev_loss)
        if checkpoint is not None:
            write_checkpoint(checkpoint, task.module, optimizer, state, fingerprint)
        if progress is not None:
            each = (time.monotonic() - start) / (state.epoch - first)
            progress(Epoch(state.epoch, options.epochs, losses[-1], dev_loss, each))
    if state.best is not None:
        task.module.load_state_dict(state.best)
    best = state.best_epoch if state.best is not None else state.epoch
    return Learnt(state.epoch, best, losses[best - 1])


def outputs(module: Any, inputs: Tensor) -> Tensor:
    """Return the outputs of a module that is not being trained, batch by batch."""
    torch = load_torch()
    training = module.training
    module.eval()
    with torch.inference_mode():
        parts = [module(x) for x in inputs.split(PREDICTED_AT_ONCE)]
    module.train(training)
    return torch.cat(parts)


def _one_epoch(
    task: Task,
    optimizer: Any,
    options: NetworkOptions,
    seed: int,
    epoch: int,
    checkpoint: Path | None,
) -> float:
    torch = load_torch()
    torch.manual_seed((seed * 1_000_003 + epoch) % 2**63)  # of dropout
    for group in optimizer.param_groups:
        group["lr"] = rate_at(options, epoch)
    trained = [p for p in task.module.parameters() if p.requires_grad]
    task.module.train()
    total, seen = 0.0, 0
    for number, (x, y) in enumerate(_batches(task, options.batch_size, seed, epoch)):
        optimizer.zero_grad()
        loss = task.loss(task.module(x), y)
        value = loss.item()
        if not math.isfinite(value):
            steps = -(-len(task.targets) // options.batch_size)
            raise _diverged(value, epoch * steps + number + 1, epoch + 1, options, checkpoint)
        loss.backward()
        if options.clip:
            torch.nn.utils.clip_grad_norm_(trained, options.clip)
        optimizer.step()
        total, seen = total + value * len(y), seen + len(y)
    if not all(torch.isfinite(p).all() for p in trained):
        steps = -(-len(task.targets) // options.batch_size)
        raise _diverged(math.nan, (epoch + 1) * steps, epoch + 1, options, checkpoint)
    return total / seen


def _batches(task: Task, size: int, seed: int, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Give the batches of an epoch; the next one is prepared while this one is trained on."""
    import numpy as np

    torch = load_torch()
    n = len(task.targets)
    order = torch.from_numpy(np.random.default_rng([seed, ORDER, epoch]).permutation(n))
    # A last batch of one example has no variance to normalise by: it joins the one before.
    cuts = list(range(size, n - 1, size))
    rows = torch.tensor_split(order, cuts)
    prepare = task.prepare
    if prepare is None:
        for chosen in rows:
            yield task.inputs[chosen], task.targets[chosen]
        return

    def prepared(number: int) -> Tensor:
        random = np.random.default_rng([seed, CHANGES, epoch, number])
        return prepare(task.inputs[rows[number]], random)

    with ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(1,)) as worker:
        coming = worker.submit(prepared, 0)
        for number, chosen in enumerate(rows):
            x = coming.result()
            if number + 1 < len(rows):
                coming = worker.submit(prepared, number + 1)
            yield x, task.targets[chosen]


def _dev_loss(task: Task, options: NetworkOptions, epoch: int) -> float | None:
    if task.dev_inputs is None or not len(task.dev_inputs):
        return None
    every = 1 if options.early_stopping else max(1, options.epochs // TOLD)
    if epoch % every and epoch != options.epochs:
        return None
    return float(task.loss(outputs(task.module, task.dev_inputs), task.dev_targets))


def _keep_best(module: Any, options: NetworkOptions, state: State, dev_loss: float | None) -> None:
    if not options.early_stopping or dev_loss is None or math.isnan(dev_loss):
        return
    if state.best_loss is None or dev_loss < state.best_loss:
        state.best_epoch, state.best_loss = state.epoch, dev_loss
        state.best = {name: tensor.clone() for name, tensor in module.state_dict().items()}


def _stopped(state: State, options: NetworkOptions) -> bool:
    waited = state.epoch - state.best_epoch
    return bool(options.early_stopping and state.best and waited >= options.early_stopping)


def _diverged(
    value: float, step: int, epoch: int, options: NetworkOptions, checkpoint: Path | None
) -> UsageError:
    kept = checkpoint is not None and checkpoint.exists()
    return UsageError(
        f"the loss is {value} at step {step:,}, in epoch {epoch}: training stopped",
        file=str(checkpoint) if kept else None,
        hint="the usual cause is too high a learning rate: it is "
        f"{options.rate:g}, try {options.rate / 10:g}, or clip the gradient"
        + (f"; the checkpoint of epoch {epoch - 1} is kept" if kept else ""),
    )


MOMENTUM = 0.9
BETAS = (0.9, 0.999)
"""Of momentum, RMSprop and Adam, as the course sets them."""


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
