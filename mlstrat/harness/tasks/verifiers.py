"""Verifiers: are two pictures by one writer? By the distance of what a network makes of each.

Pictures are encoded once, and every trial compares two encodings that are stored; so does one-shot
identification, whose gallery has one picture of each writer. Source: Koch et al. 2015 (pairs,
one-shot), Schroff et al. 2015 (triplets and their choice), Taigman et al. 2014 (chi-square).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlstrat.harness.networks.loop import outputs
from mlstrat.harness.networks.torch_needed import load_torch
from mlstrat.harness.tasks.answers import DECIMALS, Answers, Job, csv_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ENCODING = 24

MARGIN = 0.2
"""How much farther a picture of another writer is to be, in squares of distances (FaceNet's)."""

STEEP, BALANCE = 6.0, 1.0
"""Of a pair's logit: STEEP · (BALANCE − squared distance) (ours)."""

IMPOSTORS = 3
"""Trials of two writers for each trial of one."""

_TRIALS = 95  # stream of random numbers

Tensor = Any


def train(job: Job) -> Answers:
    """Train an encoder, encode all pictures once, and write a score for each trial."""
    import numpy as np
    import torch

    recipe, writers = job.recipe, job.drawn

    def both(rows: Any) -> tuple[Tensor, Tensor]:
        pictures = torch.from_numpy(np.concatenate([x.pictures for x in rows])[:, None])
        who = np.repeat(np.arange(len(rows)), [len(x.pictures) for x in rows])
        return pictures, torch.from_numpy(who)

    coded = {split: both(rows) for split, rows in writers.splits.items()}
    module = encoder(coded["dev"][0].shape[-1], job.width)
    loss = LOSSES[str(job.own["mining"])]
    notes = job.fit(module, loss, both(writers.trained), coded["dev"])
    job.report("encoding every picture once")
    files, rows, trials = {}, {}, {}
    written = {"verification": trials_of, "identification": probes_of}[recipe.task]
    for number, (split, (pictures, who)) in enumerate(coded.items()):
        stored = outputs(module, pictures).double().numpy()
        names = [f"{recipe.dataset.name}-{split}-{x}" for x in range(len(writers.splits[split]))]
        random = np.random.default_rng([job.seed, _TRIALS, number])
        table = written(stored, who.numpy(), names, str(job.own["distance"]), random)
        files[f"{split}.csv"], trials[split] = csv_of(*table), len(table[1])
        rows[split] = trials[split] // (1 if written is trials_of else len(names))  # a probe each
    dev = coded["dev"][0]
    notes |= {"pictures_encoded_in_dev": len(dev), "trials_of_dev": trials["dev"]}
    threshold = job.own["threshold"]
    return job.answers(
        module, files, notes, dev, rows=rows, fetch=lambda rows: dev[rows % len(dev)],
        options=({"far": float(job.own["far"])} if recipe.task == "verification" else {})
        | ({} if threshold is None else {"threshold": threshold}),
    )  # fmt: skip


Table = tuple[tuple[str, ...], list[tuple[Any, ...]]]


def trials_of(
    stored: Floats, who: NDArray[np.int64], names: list[str], kind: str, random: np.random.Generator
) -> Table:
    """Return pairs of stored encodings with their score, which rises with sameness."""
    left, right = pairs_of(who, random)
    scores = -distances(stored[left], stored[right], kind)
    place = places_of(who)
    return ("left", "right", "left_identity", "right_identity", "same", "score"), [
        (f"{names[who[a]]}/{place[a]}", f"{names[who[b]]}/{place[b]}", names[who[a]],
         names[who[b]], int(who[a] == who[b]), round(float(s), DECIMALS))
        for a, b, s in zip(left.tolist(), right.tolist(), scores, strict=True)
    ]  # fmt: skip


def probes_of(
    stored: Floats, who: NDArray[np.int64], names: list[str], kind: str, random: np.random.Generator
) -> Table:
    """Return every further picture of a writer against the one that each is enrolled with."""
    del random  # the first picture is enrolled
    place = places_of(who)
    gallery, probes = (place == 0).nonzero()[0], (place > 0).nonzero()[0]
    return ("probe", "gallery", "real", "score"), [
        (f"{names[who[p]]}/{place[p]}", name, names[who[p]], round(float(s), DECIMALS))
        for p in probes.tolist()
        for name, s in zip(names, -distances(stored[[p]], stored[gallery], kind), strict=True)
    ]


def places_of(who: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return which picture of its writer each is, counted from 0; those of one stand together."""
    import numpy as np

    first = np.searchsorted(who, who)
    return np.arange(len(who)) - first


def encoder(side: int, width: float) -> Any:
    """Return a network from pictures (N, 1, side, side) to encodings of length 1."""
    nn = load_torch().nn
    filters, out = [max(1, round(width * x)) for x in (12, 24)], max(2, round(width * ENCODING))
    left = (side + 3) // 4  # each of two strides rounds up

    class Encoder(nn.Module):  # type: ignore[misc,name-defined] # PyTorch may be missing
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(
                nn.Conv2d(1, filters[0], 5, stride=2, padding=2), nn.ReLU(),
                nn.Conv2d(filters[0], filters[1], 3, stride=2, padding=1), nn.ReLU(),
                nn.Flatten(), nn.Linear(filters[1] * left * left, out),
            )  # fmt: skip

        def forward(self, x: Tensor) -> Tensor:
            return nn.functional.normalize(self.body(x), dim=1)

    return Encoder()


def distances(a: Floats, b: Floats, kind: str) -> Floats:
    """Return the distances of encodings (n, k), row by row.

    ``squared``: Σ (a − b)². ``chi_square``: Σ (a − b)² / (|a| + |b|).
    """
    import numpy as np

    squares: Floats = (a - b) ** 2
    if kind == "chi_square":
        squares = squares / np.maximum(np.abs(a) + np.abs(b), 1e-12)
    total: Floats = squares.sum(axis=1)
    return total


def pairs_of(
    who: NDArray[np.int64], random: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the trials of a split: neighbours of one writer, and others drawn for each."""
    import numpy as np

    first = np.flatnonzero(who[:-1] == who[1:])
    left = np.repeat(first, IMPOSTORS)
    right = random.integers(len(who), size=len(left))
    while (same := who[left] == who[right]).any():
        right[same] = random.integers(len(who), size=int(same.sum()))
    seen = dict.fromkeys(zip(left.tolist(), right.tolist(), strict=True))
    others = np.array(list(seen), dtype=np.intp)
    return np.concatenate([first, others[:, 0]]), np.concatenate([first + 1, others[:, 1]])


def _squares(codes: Tensor) -> Tensor:
    return (2 - 2 * codes @ codes.T).clamp(min=0)


def _pairs(codes: Tensor, who: Tensor) -> Tensor:
    """Return the logistic loss of all pairs of a batch, those of one writer as heavy as others."""
    import torch

    same = who[:, None] == who[None]
    away = ~torch.eye(len(who), dtype=torch.bool)
    logits = STEEP * (BALANCE - _squares(codes))
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    parts = [loss(logits[x], x[x].float() * float(kind)) for kind, x in
             ((1, same & away), (0, ~same)) if x.any()]  # fmt: skip
    total: Tensor = torch.stack(parts).mean() if parts else codes.sum() * 0
    return total


def _triplets(codes: Tensor, who: Tensor, *, semi_hard: bool) -> Tensor:
    """Return the mean of max(d(a, p)² − d(a, n)² + margin, 0) over triplets of a batch.

    A negative for each pair of one writer: the next picture of another writer, whichever it is;
    or, semi-hard, the nearest of those that are farther than the positive.
    """
    import torch

    squares = _squares(codes)
    same = who[:, None] == who[None]
    away = ~torch.eye(len(who), dtype=torch.bool)
    anchor, positive = (same & away).nonzero(as_tuple=True)
    if not len(anchor) or bool(same.all()):
        return codes.sum() * 0
    near = squares[anchor, positive]
    others, far = ~same[anchor], squares[anchor]
    if semi_hard:
        farther = others & (far > near[:, None])
        nearest = far.masked_fill(~farther, torch.inf).amin(dim=1)
        farthest = far.masked_fill(~others, -torch.inf).amax(dim=1)  # where none is farther
        negative = torch.where(nearest.isinf(), farthest, nearest)
    else:
        place = torch.arange(len(who))[None]
        turn = (place - anchor[:, None] - positive[:, None]) % len(who)
        chosen = turn.masked_fill(~others, len(who)).argmin(dim=1)
        negative = far[torch.arange(len(anchor)), chosen]
    total: Tensor = (near - negative + MARGIN).clamp(min=0).mean()
    return total


LOSSES: dict[str, Any] = {
    "pairs": _pairs,
    "random": lambda codes, who: _triplets(codes, who, semi_hard=False),
    "semihard": lambda codes, who: _triplets(codes, who, semi_hard=True),
}
