"""Dates to dates: what a search finds, what the model prefers, and whose fault an error is."""

import json

import numpy as np
import pytest

import mlstrat as ms
from mlstrat.harness import find_recipe, train
from mlstrat.harness.datasets import source_of
from mlstrat.harness.tasks.translators import END, search, translator

torch = pytest.importorskip("torch")


def rows_of(folder, split):
    return [json.loads(line) for line in (folder / f"{split}.ndjson").read_text().splitlines()]


def test_a_date_can_be_read_back_from_how_it_is_written():
    source, random = source_of(find_recipe("dates_seq2seq").dataset), np.random.default_rng(1)
    for target in (False, True):
        for _ in range(50):
            found = source.draw(random, target)
            year, _, day = found.reference.split("-")
            assert year in found.source
            assert str(int(day)) in found.source


@pytest.mark.parametrize(("attention", "penalty"), [(False, 0.0), (True, 0.0), (False, 1.5)])
def test_a_wide_beam_finds_the_most_probable_output_of_all(attention, penalty):
    torch.manual_seed(3)
    module = translator(5, 4, 6, attention=attention)
    with torch.no_grad():
        module.out.weight.mul_(4)  # so that outputs differ in how probable they are
    sources = torch.tensor([[0, 0, 3, 4], [3, 4, 4, 3]])
    steps = 3
    ways = [(a, b, c) for a in (2, 3, 4) for b in (0, 2, 3, 4) for c in (0, 2, 3, 4)
            if (b == 0) == (a in (0, END)) and (c == 0) == (b in (0, END))]  # fmt: skip

    def probability(source, way):
        said = torch.tensor([[1, *way]])
        logs = module(torch.cat([source[None], said[:, :-1]], dim=1))
        own = logs.log_softmax(dim=2)[0, range(steps), list(way)]
        total = float(sum(x for x, token in zip(own, way, strict=True) if token))
        return total / sum(token > 0 for token in way) ** penalty

    with torch.no_grad():
        best = [max(ways, key=lambda way: probability(x, way)) for x in sources]
    found = search(module, sources, 27, steps, penalty)
    assert [tuple(row[1:]) for row in found] == best


def test_a_beam_never_finds_what_the_model_likes_less_than_greedy(folder_of):
    greedy, beam = (rows_of(folder_of(name), "dev") for name in ("dates_seq2seq", "dates_beam"))

    assert [x["reference"] for x in greedy] == [x["reference"] for x in beam]
    gain = [b["logprob_prediction"] - a["logprob_prediction"]
            for a, b in zip(greedy, beam, strict=True)]  # fmt: skip
    assert np.mean(gain) > 0
    assert np.mean([x >= -1e-6 for x in gain]) > 0.95


def test_more_search_leaves_the_model_with_more_of_the_errors(folder_of):
    greedy, beam = (
        ms.diagnose(folder_of(name)).to_dict()["attribution"]
        for name in ("dates_seq2seq", "dates_beam")
    )
    assert greedy["unknown"] == beam["unknown"] == 0
    assert beam["search"]["count"] <= greedy["search"]["count"]
    assert beam["model"]["count"] > 10 * max(beam["search"]["count"], 1)


def test_attention_reads_what_one_vector_does_not_hold(folder_of):
    without, with_it = (
        {x["level"]: x["error"] for x in ms.diagnose(folder_of(name)).to_dict()["levels"]}
        for name in ("dates_seq2seq", "dates_attention")
    )
    assert with_it["train-dev"] < 0.2
    assert without["train-dev"] > 0.5


def test_a_length_penalty_stands_in_the_card_with_the_lengths_it_needs(tmp_path):
    knobs = {"length_penalty": 0.7, "beam": 2, "epochs": 1, "n": 40}
    train("dates_beam", small=True, knobs=knobs, out=tmp_path / "run")
    row = rows_of(tmp_path / "run", "dev")[0]

    assert row["length_reference"] == len(row["reference"]) + 1
    assert row["length_prediction"] == len(row["prediction"]) + 1
    assert "length_penalty = 0.7" in (tmp_path / "run" / "run.toml").read_text()
    assert ms.diagnose(tmp_path / "run").to_dict()["attribution"] is not None
