"""Sequences to sequences: an encoder and a decoder over characters, and a search for the best.

Source: Sutskever et al. 2014; attention as in Luong et al. 2015 (dot products); beam search as the
course has it, by the sum of log-probabilities.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from mlstrat.harness.networks.build import new_cell
from mlstrat.harness.networks.loop import outputs
from mlstrat.harness.networks.torch_needed import load_torch
from mlstrat.harness.tasks.answers import DECIMALS, Answers, Job, ndjson, token_loss

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BEGIN, END, FIRST = 1, 2, 3
"""Tokens before and after an output, and the first of characters; 0 is padding."""

UNITS = 48
"""Of the embedding and of both states, at width 1."""

Tensor = Any


def train(job: Job) -> Answers:
    """Train a network, search for its outputs, and weigh each against the reference."""
    import torch

    rows = job.drawn
    every = [x for one in rows.splits.values() for x in one]
    letters = sorted({c for x in every for c in x.source + x.reference})
    code = {c: FIRST + i for i, c in enumerate(letters)}
    longest = max(len(x.source) for x in every)
    steps = max(len(x.reference) for x in every) + 1

    def coded(texts: list[str]) -> Tensor:
        return torch.from_numpy(_outputs_of(texts, code, steps))

    def both(some: Any) -> tuple[Tensor, Tensor]:
        sources = torch.from_numpy(_sources_of([x.source for x in some], code, longest))
        right = coded([x.reference for x in some])
        return torch.cat([sources, right[:, :-1]], dim=1), right[:, 1:]

    beam, penalty = int(job.own["beam"]), float(job.own["length_penalty"])
    module = translator(
        FIRST + len(letters), longest, max(1, round(UNITS * job.width)),
        attention=bool(job.own["attention"]),
    )  # fmt: skip
    pairs = {split: both(some) for split, some in rows.splits.items()}
    notes = job.fit(module, partial(token_loss, ignored=0), both(rows.trained), pairs["dev"])
    job.report("searching")
    ids, files = rows.ids(job.recipe.dataset.name), {}
    for split, some in rows.splits.items():
        sources = pairs[split][0][:, :longest]
        found = search(module, sources, beam, steps, penalty)
        said = ["".join(letters[t - FIRST] for t in row if t >= FIRST) for row in found]
        scores = [
            _scores(module, sources, coded(texts))
            for texts in ([x.reference for x in some], said)
        ]  # fmt: skip
        files[f"{split}.ndjson"] = ndjson(
            {"id": name, "source": x.source, "reference": x.reference, "prediction": text,
             "logprob_reference": right,
             "logprob_prediction": right if text == x.reference else own,
             **({"length_reference": len(x.reference) + 1, "length_prediction": len(text) + 1}
                if penalty else {})}
            for name, x, text, right, own in zip(ids[split], some, said, *scores, strict=True)
        )  # fmt: skip
    return job.answers(
        module, files, notes, pairs["dev"][0][:, :longest],
        predict=lambda x: search(module, x, beam, steps, penalty),
        options={"length_penalty": penalty} if penalty else {},
    )  # fmt: skip


def translator(tokens: int, longest: int, units: int, *, attention: bool) -> Any:
    """Return a network from sources and outputs so far to logits of the token after each.

    Its input is (N, longest + T): the source, padded in front, and the output from its beginning.
    """
    nn = load_torch().nn

    class Translator(nn.Module):  # type: ignore[misc,name-defined] # PyTorch may be missing
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(tokens, units, padding_idx=0)
            self.encoder = new_cell("gru", units, units)
            self.decoder = new_cell("gru", units, units)
            self.out = nn.Linear(units * (2 if attention else 1), tokens)

        def encode(self, sources: Tensor) -> tuple[Tensor, Tensor]:
            states, last = self.encoder(self.embedding(sources))
            return states, last

        def decode(self, said: Tensor, states: Tensor, last: Tensor, padding: Tensor) -> Any:
            own, last = self.decoder(self.embedding(said), last)
            if attention:
                weights = (own @ states.transpose(1, 2)).masked_fill(padding[:, None], -1e9)
                own = load_torch().cat([own, weights.softmax(dim=2) @ states], dim=2)
            return self.out(own), last

        def forward(self, x: Tensor) -> Tensor:
            sources, said = x[:, :longest], x[:, longest:]
            return self.decode(said, *self.encode(sources), sources == 0)[0]

    return Translator()


def search(
    module: Any, sources: Tensor, beam: int, steps: int, penalty: float = 0.0
) -> list[list[int]]:
    """Return the most probable outputs that a beam search finds; a beam of 1 is greedy.

    Of each source ``beam`` outputs are kept, those of the largest sums of log-probabilities, each
    divided by its length to the power of ``penalty``; one that has ended goes on with padding, at
    no cost.
    """
    import torch

    with torch.inference_mode():
        n = len(sources)
        states, last = module.encode(sources)
        owner = torch.arange(n).repeat_interleave(beam)
        states, padding, last = states[owner], (sources == 0)[owner], last[:, owner]
        said = torch.full((n * beam, 1), BEGIN)
        # All outputs of a source begin alike: one of them counts until they part.
        total = torch.full((n, beam), -torch.inf)
        total[:, 0] = 0.0
        length = torch.zeros(n * beam)
        for _ in range(steps):
            logits, after = module.decode(said[:, -1:], states, last, padding)
            logs = logits[:, 0].log_softmax(dim=1)
            logs[:, [0, BEGIN]] = -torch.inf
            ended = (said[:, -1] == END) | (said[:, -1] == 0)
            logs[ended] = -torch.inf
            logs[ended, 0] = 0.0
            length = length + ~ended
            sums = (total[:, :, None] + logs.view(n, beam, -1)).flatten(1)
            worth = length.view(n, beam, 1) ** -penalty * sums.view(n, beam, -1)
            place = worth.flatten(1).topk(beam, dim=1).indices
            total = sums.gather(1, place)
            kinds = logs.shape[1]
            came = (torch.arange(n)[:, None] * beam + place // kinds).flatten()
            said = torch.cat([said[came], (place % kinds).flatten()[:, None]], dim=1)
            last, length = after[:, came], length[came]
        best: list[list[int]] = said.view(n, beam, -1)[:, 0].tolist()
    return best


def _scores(module: Any, sources: Tensor, said: Tensor) -> list[float]:
    import torch

    logs = outputs(module, torch.cat([sources, said[:, :-1]], dim=1)).double().log_softmax(dim=2)
    own = logs.gather(2, said[:, 1:, None])[:, :, 0] * (said[:, 1:] != 0)
    return [min(0.0, round(x, DECIMALS)) for x in own.sum(dim=1).tolist()]


def _sources_of(texts: list[str], code: dict[str, int], longest: int) -> NDArray[np.int64]:
    """Return tokens padded in front, so that all end at once."""
    import numpy as np

    out = np.zeros((len(texts), longest), dtype=np.int64)
    for row, text in zip(out, texts, strict=True):
        row[longest - len(text) :] = [code[c] for c in text]
    return out


def _outputs_of(texts: list[str], code: dict[str, int], steps: int) -> NDArray[np.int64]:
    import numpy as np

    out = np.zeros((len(texts), steps + 2), dtype=np.int64)
    for row, text in zip(out, texts, strict=True):
        row[: len(text) + 2] = [BEGIN, *(code[c] for c in text), END]
    return out
