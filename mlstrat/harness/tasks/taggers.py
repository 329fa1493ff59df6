"""Taggers: the names in sentences, by a recurrent network over words, in one direction or both."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from mlstrat.harness.networks.build import combined, recurrent
from mlstrat.harness.networks.layers import Recurrent
from mlstrat.harness.networks.loop import outputs
from mlstrat.harness.networks.torch_needed import load_torch
from mlstrat.harness.tasks.answers import Answers, Job, ndjson, token_loss

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlstrat.harness.datasets.texts import Sentence

UNKNOWN, FIRST = 1, 2
"""The token of words that train has once or never, and the first of the others; 0 is padding."""

UNITS = 24
"""Of the embedding and of each direction, at width 1."""

NOT_THERE = -100
"""Stands for the tag of padding, which costs nothing."""

Tensor = Any


def train(job: Job) -> Answers:
    """Train a tagger, and write its tag of each word beside the true one."""
    import torch

    texts = job.drawn
    words = words_of(texts.trained)
    tags = sorted({tag for x in texts.trained for tag in x.tags})
    longest = max(len(x.words) for rows in texts.splits.values() for x in rows)

    def both(rows: Any) -> tuple[Tensor, Tensor]:
        tokens, right = _coded(rows, words, tags, longest)
        return torch.from_numpy(tokens), torch.from_numpy(right)

    module = tagger(
        str(job.own["cell"]), FIRST + len(words), len(tags),
        units=max(1, round(UNITS * job.width)),
        depth=int(job.options.depth or 1), dropout=float(job.options.dropout or 0),
        both=job.own["direction"] == "both",
    )  # fmt: skip
    coded = {split: both(rows) for split, rows in texts.splits.items()}
    notes = job.fit(module, token_loss, both(texts.trained), coded["dev"])
    ids = texts.ids(job.recipe.dataset.name)
    files = {}
    for split, rows in texts.splits.items():
        said = outputs(module, coded[split][0]).argmax(dim=2).tolist()
        files[f"{split}.ndjson"] = ndjson(
            {"id": name, "tokens": x.words, "tags": x.tags,
             "predictions": [tags[i] for i in row[: len(x.words)]]}
            for name, x, row in zip(ids[split], rows, said, strict=True)
        )  # fmt: skip
    return job.answers(module, files, notes, coded["dev"][0])


def words_of(sentences: Any) -> dict[str, int]:
    """Return the token of each word that occurs twice or more; the others are unknown.

    So a network learns from train what an unknown word is like.
    """
    counts = Counter(word for x in sentences for word in x.words)
    return {word: FIRST + i for i, word in enumerate(sorted(w for w, n in counts.items() if n > 1))}


def tagger(
    cell: str, tokens: int, tags: int, *, units: int, depth: int, dropout: float, both: bool
) -> Any:
    """Return a network from tokens (N, T) to logits (N, T, tags) of the tag of each.

    Each direction has its own weights. Source: Schuster and Paliwal 1997.
    """
    nn = load_torch().nn
    sizes = [units, *[units * (2 if both else 1)] * depth]
    layers = [
        recurrent(Recurrent(cell, units, both, sequence=True), (0, size)) for size in sizes[:-1]
    ]
    parts = [
        nn.Embedding(tokens, units, padding_idx=0), *layers, nn.Dropout(dropout),
        nn.Linear(sizes[-1], tags),
    ]  # fmt: skip

    def run(parts: Any, x: Tensor) -> Tensor:
        for part in parts:
            x = part(x)
        return x

    return combined(parts, run)


def _coded(
    rows: Any, words: dict[str, int], tags: list[str], longest: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    import numpy as np

    place = {tag: i for i, tag in enumerate(tags)}
    tokens = np.zeros((len(rows), longest), dtype=np.int64)
    right = np.full((len(rows), longest), NOT_THERE, dtype=np.int64)
    row: Sentence
    for i, row in enumerate(rows):
        tokens[i, : len(row.words)] = [words.get(word, UNKNOWN) for word in row.words]
        right[i, : len(row.words)] = [place[tag] for tag in row.tags]
    return tokens, right
