"""Several outputs about a face: a box and a class, points, or answers to several questions.

Source: the course on localisation, landmarks and multi-task learning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isnan
from typing import TYPE_CHECKING, Any

from mlstrat.core.record import Record
from mlstrat.harness.datasets.shapes import POINTS, QUESTIONS, SIDE, Face
from mlstrat.harness.networks.loop import outputs
from mlstrat.harness.networks.multitask import masked_logistic, masked_squares
from mlstrat.harness.networks.torch_needed import load_torch
from mlstrat.harness.tasks.answers import DECIMALS, Answers, Job, csv_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FILTERS, UNITS = (12, 24), 64
"""At width 1."""

SQUARES = 40.0
"""How much squares of places, in sides of the picture, count beside answers (ours)."""

HAT = QUESTIONS.index("hat")

Tensor = Any
Row = list[Any]


class Head(Record):
    """What a network is asked about a face."""

    answers: int
    """Outputs before the sigmoid that are yes or no; those after them are places, in sides."""
    header: tuple[str, ...]
    right: Callable[[Face], list[float]]
    """What the outputs should be, NaN where that costs nothing."""
    truth: Callable[[Face], Row]
    said: Callable[[list[float]], Row]
    together: tuple[str, ...] = ()


def _box(face: Face) -> Floats:
    """Return bx, by, bh and bw of a face in sides of the picture, as the course has them."""
    return face.box[[0, 1, 3, 2]] / SIDE


def _right_box(face: Face) -> list[float]:
    if not face.there:
        return [0.0] + [float("nan")] * 5
    return [1.0, float(face.answers[HAT]), *_box(face).tolist()]


def _rounded(row: list[float]) -> Row:
    return [round(x, DECIMALS) for x in row]


CLASSES = ("bare", "hat")
HEADS: Mapping[str, Head] = {
    "localisation": Head(
        2, ("pc", "bx", "by", "bh", "bw", "c"), _right_box,
        lambda x: [int(x.there), *(_rounded(_box(x).tolist()) if x.there else [0] * 4),
                   CLASSES[int(x.answers[HAT])] if x.there else ""],
        lambda x: [*_rounded([x[0], *x[2:]]), CLASSES[int(x[1] >= 0.5)]],
    ),
    "landmarks": Head(
        0, tuple(f"{axis}_{name}" for name in POINTS for axis in "xy"),
        lambda x: (x.points / SIDE).ravel().tolist(),
        lambda x: _rounded(x.points.ravel().tolist()),
        lambda x: _rounded([SIDE * place for place in x]),
    ),
    "multilabel": Head(
        len(QUESTIONS), tuple(f"label_{name.replace(' ', '_')}" for name in QUESTIONS),
        lambda x: x.answers.tolist(),
        lambda x: ["" if isnan(answer) else int(answer) for answer in x.answers],
        _rounded,
        tuple(f"score_{name.replace(' ', '_')}" for name in QUESTIONS),
    ),
}  # fmt: skip


def train(job: Job) -> Answers:
    """Train one network for all outputs, or one for each, and write what it says."""
    import numpy as np
    import torch

    faces, head = job.drawn, HEADS[job.recipe.task]

    def both(rows: Any) -> tuple[Tensor, Tensor]:
        right = np.array([head.right(x) for x in rows], dtype=np.float32)
        return torch.from_numpy(np.stack([x.picture for x in rows])), torch.from_numpy(right)

    coded = {split: both(rows) for split, rows in faces.splits.items()}
    many = coded["dev"][1].shape[1]
    module = network(many, job.width, shared=bool(job.own["shared"]))
    notes = job.fit(module, loss_of(head.answers), both(faces.trained), coded["dev"])
    ids, files, parts = faces.ids(job.recipe.dataset.name), {}, {}
    for split, rows in faces.splits.items():
        found = outputs(module, coded[split][0]).double()
        found[:, : head.answers] = found[:, : head.answers].sigmoid()
        truth = [[name, *head.truth(x)] for name, x in zip(ids[split], rows, strict=True)]
        said = [head.said(x) for x in found.tolist()]
        parts[split] = {"predictions": f"{split}.csv"}
        header = ("id", *head.header)
        if head.together:
            table = [[*a, *b] for a, b in zip(truth, said, strict=True)]
            files[f"{split}.csv"] = csv_of((*header, *head.together), table)
            continue
        parts[split]["truth"] = f"{split}.truth.csv"
        files[f"{split}.truth.csv"] = csv_of(header, truth)
        files[f"{split}.csv"] = csv_of(
            header, [[name, *x] for name, x in zip(ids[split], said, strict=True)]
        )
    return job.answers(module, files, notes, coded["dev"][0], parts=parts)


def loss_of(answers: int) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the loss: logistic on answers, squares on places; what is blank costs nothing."""

    def loss(said: Tensor, right: Tensor) -> Tensor:
        logistic = masked_logistic(said[:, :answers], right[:, :answers])
        total: Tensor = logistic + SQUARES * masked_squares(said[:, answers:], right[:, answers:])
        return total

    return loss


def network(many: int, width: float, *, shared: bool) -> Any:
    """Return a network from pictures (N, 1, 32, 32) to so many outputs, or one network for each."""
    torch = load_torch()
    nn = torch.nn
    a, b, units = (max(1, round(width * x)) for x in (*FILTERS, UNITS))

    def of(out: int) -> Any:
        return nn.Sequential(
            nn.Conv2d(1, a, 5, stride=2, padding=2), nn.ReLU(),
            nn.Conv2d(a, b, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten(),
            nn.Linear(b * (SIDE // 4) ** 2, units), nn.ReLU(), nn.Linear(units, out),
        )  # fmt: skip

    if shared:
        return of(many)

    class Apart(nn.Module):  # type: ignore[misc,name-defined] # PyTorch may be missing
        def __init__(self) -> None:
            super().__init__()
            self.parts = nn.ModuleList(of(1) for _ in range(many))

        def forward(self, x: Tensor) -> Tensor:
            return torch.cat([part(x) for part in self.parts], dim=1)

    return Apart()
