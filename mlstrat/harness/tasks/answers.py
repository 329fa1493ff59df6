"""What families of recipes share: their models, one a row, and the answers of one network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mlstrat.core.record import Record
from mlstrat.errors import UsageError, did_you_mean
from mlstrat.harness.networks.loop import Task, outputs, train_network
from mlstrat.harness.networks.options import NetworkOptions
from mlstrat.harness.recipes.recipe import SPLITS, HumanLevel, Progress, Recipe

if TYPE_CHECKING:
    import numpy as np

    from mlstrat.harness.networks.options import NetworkOptions


LEARNS = (
    "width", "epochs", "batch_size", "learning_rate", "decay", "optimizer", "l2",
    "early_stopping", "clip",
)  # fmt: skip

CELLS = ("rnn", "gru", "lstm")


class TaskModel(Record):
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


X = TypeVar("X")

STREAM = 70
"""Of random numbers: a split each from here, and those of the target in train after them."""


class Drawn(Record, Generic[X]):
    """What was drawn: the examples of each split, and those that are trained on.

    The latter are those of train, examples of the target as often as they count.
    """

    splits: dict[str, Sequence[X]]
    trained: Sequence[X]

    def ids(self, name: str) -> dict[str, list[str]]:
        """Return the ids of the examples of each split."""
        return {
            split: [f"{name}-{split}-{i:04d}" for i in range(len(rows))]
            for split, rows in self.splits.items()
        }


def drawn(
    recipe: Recipe,
    seed: int,
    draw: Callable[[np.random.Generator, bool], X],
) -> Drawn[X]:
    """Draw the examples of a recipe; the first ones stay the same when more are asked for.

    Every split has a stream of its own.
    """
    import numpy as np

    design = recipe.splits
    sizes = dict(zip(SPLITS, design.sizes, strict=True))
    if design.target_in_train > sizes["train"]:
        raise UsageError(
            f"--target-in-train is {design.target_in_train:,}",
            accepted=f"a whole number, 0 to {sizes['train']:,}: so many examples train has",
        )
    held = design.target_in_train * sizes["train-dev"] // max(sizes["train"], 1)
    added = {"train": design.target_in_train, "train-dev": held}  # of the mixture of train
    splits: dict[str, Sequence[X]] = {}
    extra: list[X] = []
    for number, (split, rows) in enumerate(sizes.items()):
        if not rows:
            continue
        random = np.random.default_rng([seed, STREAM + number])
        mixed = min(added.get(split, 0), rows)
        target = design.mismatched and split in ("dev", "test")
        own = [draw(random, target) for _ in range(rows - mixed)]
        random = np.random.default_rng([seed, STREAM + len(SPLITS) + number])
        others = [draw(random, True) for _ in range(mixed)]
        splits[split] = [*own, *others]
        if split == "train":
            extra = others * (design.target_weight - 1)
    return Drawn(splits, [*splits["train"], *extra])


DECIMALS = 6
"""Of what a network says; what lies beyond differs between machines."""

Tensor = Any


class Job(Record):
    """What is to be trained: a recipe with its knobs turned, its settings and its examples."""

    recipe: Recipe
    options: NetworkOptions
    own: Mapping[str, Any]
    """Options of the model's own."""
    seed: int
    report: Progress
    source: Any
    """What draws the examples."""
    drawn: Drawn[Any]

    @property
    def width(self) -> float:
        """How much wider than at width 1."""
        return float(self.options.width or 1)

    def fit(
        self, module: Any, loss: Callable[[Tensor, Tensor], Tensor],
        train: tuple[Tensor, Tensor], dev: tuple[Tensor, Tensor],
    ) -> dict[str, Any]:  # fmt: skip
        """Train a module in place; return what there is to note of it."""
        self.report("training")
        learnt = train_network(
            Task(module, loss, *train, *dev), self.options, self.seed,
            progress=lambda epoch: self.report(str(epoch)),
        )  # fmt: skip
        module.eval()
        notes: dict[str, Any] = {
            "parameters": sum(p.numel() for p in module.parameters()),
            "epochs": learnt.epochs,
            "train_loss": round(learnt.train_loss, 6),
        }
        if self.options.early_stopping:
            notes["best_epoch"] = learnt.best_epoch
        return notes

    def answers(
        self, module: Any, files: Mapping[str, str], notes: Mapping[str, Any], dev: Any,
        **more: Any,
    ) -> Answers:  # fmt: skip
        """Return what a network answers, given the inputs of dev.

        A split is read from its one file, or from two of which one says what is right.
        """
        splits = self.drawn.splits
        parts: dict[str, dict[str, str]] = {split: {} for split in splits}
        for name in files:
            split, _, ending = name.partition(".")
            parts[split]["truth" if ending.startswith("truth.") else "predictions"] = name
        return Answers(files, module, notes, **{
            "parts": parts, "rows": {split: len(rows) for split, rows in splits.items()},
            "fetch": lambda rows: dev[rows], "predict": lambda x: outputs(module, x),
            "human": self.source.human, **more,
        })  # fmt: skip


class Answers(Record, eq=False):
    """What a trained network answers to all examples."""

    files: Mapping[str, str]
    """Name to text, as the task reads them."""
    module: Any
    notes: Mapping[str, Any]
    """What the config says besides."""
    parts: Mapping[str, Mapping[str, str]]
    """Split to what its ``predictions`` and ``truth`` are read from."""
    rows: Mapping[str, int]
    fetch: Callable[[Any], Any]
    predict: Callable[[Any], Any]
    """The inputs of some rows of dev, and what predicts them: for the latency."""
    human: HumanLevel | None
    """The error that nobody can avoid, where it is known."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Of the task, as the card says them."""

    @property
    def tensors(self) -> dict[str, Any]:
        """The weights, by name."""
        return {f"0.{key}": tensor for key, tensor in self.module.state_dict().items()}

    @property
    def size_bytes(self) -> int:
        """Bytes of the arrays that prediction needs."""
        return sum(t.numel() * t.element_size() for t in self.tensors.values())

    def save(self, folder: Path) -> None:
        """Write the weights into a folder that is there."""
        from mlstrat.harness.networks.fitted import WEIGHTS
        from mlstrat.harness.networks.loop import write_tensors

        about = {"schema": "mlstrat.weights/1", "notes": dict(self.notes)}
        write_tensors(folder / WEIGHTS, self.tensors, about)


def token_loss(logits: Tensor, targets: Tensor, ignored: int = -100) -> Tensor:
    """Return the entropy of the right token, a mean over all (N, T) but ignored ones."""
    from torch.nn.functional import cross_entropy

    return cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=ignored)


def ndjson(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as JSON, one a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def csv_of(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as CSV; none of their cells holds a comma, a quote or a break."""
    lines = [",".join(map(str, row)) for row in rows]
    return "\n".join([",".join(header), *lines]) + "\n"
