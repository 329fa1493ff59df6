"""Language models: what each letter of a document costs a recurrent network."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mlstrat.harness.networks.build import combined, new_cell
from mlstrat.harness.networks.loop import outputs
from mlstrat.harness.networks.torch_needed import load_torch
from mlstrat.harness.tasks.answers import DECIMALS, Answers, Job, ndjson, token_loss

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BEGIN = 1
"""The token before a document; letters follow it, and 0 is padding."""

UNITS = 32
"""Of the state, at width 1."""

SAMPLED = 60
"""Letters that are sampled from the trained network, for its config."""

Tensor = Any


def train(job: Job) -> Answers:
    """Train a network to predict the next letter, and say what each letter costs it."""
    import torch

    texts = job.drawn
    letters = sorted(set("".join("".join(x) for x in texts.splits.values())))
    coded = {split: _codes(rows, letters) for split, rows in texts.splits.items()}
    module = next_token(
        str(job.own["cell"]), BEGIN + 1 + len(letters),
        units=max(1, round(UNITS * job.width)),
        depth=int(job.options.depth or 1), dropout=float(job.options.dropout or 0),
    )  # fmt: skip

    def both(codes: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        tokens = torch.from_numpy(codes)
        return tokens[:, :-1], tokens[:, 1:]

    trained = both(_codes(texts.trained, letters))
    notes = job.fit(module, token_loss, trained, both(coded["dev"]))
    job.report("measuring what each letter costs")
    costs = {split: _costs(module, *both(codes)) for split, codes in coded.items()}
    ids = texts.ids(job.recipe.dataset.name)
    files = {
        f"{split}.ndjson": ndjson(
            {"doc": name, "tokens": list(text), "logprobs": row}
            for name, text, row in zip(ids[split], texts.splits[split], costs[split], strict=True)
        )
        for split in coded
    }
    notes["sampled"] = _sampled(module, letters, job.seed)
    return job.answers(module, files, notes, both(coded["dev"])[0])


def next_token(cell: str, tokens: int, *, units: int, depth: int, dropout: float) -> Any:
    """Return a network from tokens (N, T) to logits (N, T, tokens) of the token after each."""
    nn = load_torch().nn
    layers = [new_cell(cell, units, units) for _ in range(depth)]
    parts = [
        nn.Embedding(tokens, units, padding_idx=0), *layers,
        nn.Dropout(dropout), nn.Linear(units, tokens),
    ]  # fmt: skip

    def run(parts: Any, x: Tensor) -> Tensor:
        states = parts[0](x)
        for layer in parts[1:-2]:
            states = layer(states)[0]
        return parts[-1](parts[-2](states))

    return combined(parts, run)


def _codes(texts: Any, letters: list[str]) -> NDArray[np.int64]:
    import numpy as np

    code = {letter: BEGIN + 1 + i for i, letter in enumerate(letters)}
    return np.array([[BEGIN, *(code[x] for x in text)] for text in texts], dtype=np.int64)


def _costs(module: Any, inputs: Tensor, targets: Tensor) -> list[list[float]]:
    logs = outputs(module, inputs).double().log_softmax(dim=2)
    own = logs.gather(2, targets[:, :, None])[:, :, 0]
    return [[min(0.0, round(x, DECIMALS)) for x in row] for row in own.tolist()]


def _sampled(module: Any, letters: list[str], seed: int) -> str:
    import numpy as np
    import torch

    random = np.random.default_rng([seed, 94])
    tokens = [BEGIN]
    for luck in random.random(SAMPLED):
        logits = outputs(module, torch.tensor([tokens]))[0, -1, BEGIN + 1 :].double()
        upto = logits.softmax(dim=0).cumsum(dim=0).numpy()
        place = min(math.floor(np.searchsorted(upto, luck, side="right")), len(letters) - 1)
        tokens.append(BEGIN + 1 + place)
    return "".join(letters[x - BEGIN - 1] for x in tokens[1:])
