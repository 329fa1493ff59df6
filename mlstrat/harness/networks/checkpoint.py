"""What is kept of a training after each epoch, so that an interrupted one goes on where it was.

One safetensors file a network: weights, the best weights so far and the optimizer's moments as
tensors, everything else as JSON in the file's header. Written whole or not at all, never pickle.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlstrat.errors import InputError, UsageError
from mlstrat.harness.networks.torch_needed import load_torch
from mlstrat.places import make_folder, telling
from mlstrat.show.writing import removed_at_the_end

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
