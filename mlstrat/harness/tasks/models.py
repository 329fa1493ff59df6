"""The models of tasks, one a row: what trains them, and what can be turned at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mlstrat.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from mlstrat.harness.networks.options import NetworkOptions

LEARNS = (
    "width", "epochs", "batch_size", "learning_rate", "decay", "optimizer", "l2",
    "early_stopping", "clip",
)  # fmt: skip

CELLS = ("rnn", "gru", "lstm")


@dataclass(frozen=True)
class TaskModel:
    """A model of a task."""

    title: str
    module: str
    knobs: tuple[str, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Options of its own that are one of several names."""


MODELS: Mapping[str, TaskModel] = {
    "next_token": TaskModel(
        "recurrent network that predicts the next token", "language_models",
        (*LEARNS, "depth", "dropout", "cell"),
        {"width": 1.0, "depth": 1, "dropout": 0.0, "cell": "gru", "learning_rate": 0.005},
        {"cell": CELLS},
    ),
    "tagger": TaskModel(
        "recurrent network that tags words", "taggers",
        (*LEARNS, "depth", "dropout", "cell", "direction"),
        {"width": 1.0, "depth": 1, "dropout": 0.0, "cell": "lstm", "direction": "both",
         "learning_rate": 0.01},
        {"cell": CELLS, "direction": ("both", "forward")},
    ),
    "grid_detector": TaskModel(
        "convolutions to a grid of cells with anchor boxes", "detectors",
        (*LEARNS, "anchors", "nms", "threshold"),
        {"width": 1.0, "anchors": 2, "nms": True, "threshold": None, "learning_rate": 0.008,
         "batch_size": 32, "decay": "cosine"},
    ),
    "proposal_classifier": TaskModel(
        "connected components as proposals, and convolutions that classify each", "proposals",
        (*LEARNS, "threshold"),
        {"width": 1.0, "threshold": 0.5, "learning_rate": 0.005, "decay": "cosine"},
    ),
    "several_outputs": TaskModel(
        "convolutions to several outputs", "faces", (*LEARNS, "shared"),
        {"width": 1.0, "shared": True, "learning_rate": 0.004, "batch_size": 16,
         "decay": "cosine"},
    ),
    "encoder": TaskModel(
        "convolutions to an encoding, compared by distance", "verifiers",
        (*LEARNS, "mining", "distance", "threshold"),
        {"width": 1.0, "mining": "pairs", "distance": "squared", "threshold": None, "far": 0.05,
         "learning_rate": 0.003, "batch_size": 128},
        {"mining": ("pairs", "random", "semihard"), "distance": ("squared", "chi_square")},
    ),
    "translator": TaskModel(
        "encoder and decoder of gated recurrent units", "translators",
        (*LEARNS, "attention", "beam", "length_penalty"),
        {"width": 1.0, "attention": False, "beam": 1, "length_penalty": 0.0,
         "learning_rate": 0.01},
    ),
}  # fmt: skip


def settings_of(
    architecture: str, given: Mapping[str, Any]
) -> tuple[NetworkOptions, dict[str, Any]]:
    """Return what the loop is told, and the options of the model's own."""
    from mlstrat.harness.networks.options import NetworkOptions

    row = MODELS[architecture]
    every = {**row.defaults, **given}
    for name, accepted in row.choices.items():
        if every[name] not in accepted:
            raise UsageError(
                f"{name} is {every[name]!r}", accepted=", ".join(accepted),
                hint=did_you_mean(str(every[name]), accepted),
            )  # fmt: skip
    loop = {x.name for x in fields(NetworkOptions)}
    common = {name: value for name, value in every.items() if name in loop}
    return NetworkOptions(**common), {k: v for k, v in every.items() if k not in loop}


def family_of(architecture: str) -> Any:
    """Return the module whose ``train`` trains a model."""
    return import_module(f"mlstrat.harness.tasks.{MODELS[architecture].module}")
