"""What tokens cost: nats, bits a byte, perplexity, with documents as what is independent."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import InputError, UsageError

FEW = {"resamples": 300}


def texts(docs: int = 30, seed: int = 0, worse: float = 0.0) -> pl.DataFrame:
    """Return tokens of documents; rare words cost more, and each document has its own ease."""
    rng = np.random.default_rng(seed)
    rows = []
    for doc in range(docs):
        ease = rng.normal(0, 0.3)
        for _ in range(int(rng.integers(60, 140))):
            rank = int(min(rng.zipf(1.5), 400))
            cost = max(0.01, 2 + np.log(rank) + ease + rng.normal(0, 0.5) + worse)
            rows.append((f"d{doc}", f"w{rank}", len(f"w{rank}") + 1, -float(cost)))
    return pl.DataFrame(rows, schema=["doc", "token", "bytes", "logprob"], orient="row")


def test_nats_a_token_and_what_stands_beside_it():
    frame = texts()
    document = ms.diagnose(frame, **FEW).to_dict()
    split = document["splits"]["dev"]
    nats = -frame["logprob"].sum() / len(frame)
    assert split["error"]["value"] == pytest.approx(nats)
    figures = {x["metric"]: x["value"] for x in split["beside"]}
    assert figures["perplexity"] == pytest.approx(np.exp(nats))
    bits = -frame["logprob"].sum() / np.log(2) / frame["bytes"].sum()
    assert figures["bits_per_byte"] == pytest.approx(bits)
    assert ms.score(frame, metric="bits_per_byte").value == pytest.approx(bits)
    assert (split["n"], document["example"], document["unit"]) == (30, "document", "token")


def test_the_interval_is_that_of_documents_not_tokens():
    frame = texts()
    low, high = ms.score(frame).to_dict()["scores"][0]["ci"]
    cost = -frame["logprob"].to_numpy()
    as_tokens = 2 * 1.96 * cost.std() / np.sqrt(len(cost))
    assert high - low > 1.5 * as_tokens


def test_rows_of_documents_and_bases_are_the_same_tokens():
    frame = texts()
    lists = frame.group_by("doc", maintain_order=True).agg(
        pl.col("token").alias("tokens"), pl.col("logprob").alias("logprobs"))  # fmt: skip
    assert ms.score(lists).value == pytest.approx(ms.score(frame).value)
    in_bits = frame.with_columns(pl.col("logprob") / np.log(2))
    assert ms.score(in_bits, log_base=2).value == pytest.approx(ms.score(frame).value)


def test_samples_of_the_harness_are_read(empty_folder: Path):
    frame = texts()
    docs = frame.group_by("doc", maintain_order=True).agg(
        pl.col("logprob").sum().alias("ll"), pl.len().alias("words"), pl.col("bytes").sum(),
    )  # fmt: skip
    lines = [json.dumps({"doc_id": i, "resps": [[[row["ll"]]]], "word_perplexity":
                         [row["ll"], row["words"]], "bits_per_byte": [row["ll"], row["bytes"]]})
             for i, row in enumerate(docs.iter_rows(named=True))]  # fmt: skip
    Path("samples_x.jsonl").write_text("\n".join(lines) + "\n")
    assert ms.score("samples_x.jsonl").value == pytest.approx(ms.score(frame).value)
    assert ms.score("samples_x.jsonl", metric="bits_per_byte").value == pytest.approx(
        ms.score(frame, metric="bits_per_byte").value
    )


def test_a_kind_of_token_fixed_costs_what_the_others_cost():
    frame = texts()
    ranks = frame["token"].value_counts().sort(["count", "token"], descending=[True, False])
    top = set(ranks["token"][10:100].to_list())
    cost = -frame["logprob"].to_numpy()
    mine = frame["token"].is_in(list(top)).to_numpy()
    left = cost[~mine].mean()
    split = ms.diagnose(frame, **FEW).to_dict()["splits"]["dev"]
    (row,) = [x for x in split["categories"] if x["category"] == "rank 11-100"]
    assert row["count"] == mine.sum()
    assert row["ceiling"]["error"] == pytest.approx(left)


def test_two_models_are_paired_by_document():
    found = ms.compare(texts(), texts(worse=0.3))
    assert found.verdict == "a_better"
    assert found.difference.value == pytest.approx(0.3, abs=0.02)


def test_other_tokens_under_one_document_are_refused():
    other = texts().with_columns(
        token=pl.when(pl.int_range(pl.len()) == 4).then(pl.lit("x")).otherwise(pl.col("token"))
    )
    with pytest.raises(InputError, match="document 'd0' differs first at token 5") as caught:
        ms.compare(texts(), other)
    assert "bits_per_byte" in (caught.value.hint or "")
    ms.compare(texts(), other, metric="bits_per_byte")


def test_a_log_probability_above_0_is_refused_with_its_row(empty_folder: Path):
    frame = texts()
    frame.with_columns(
        logprob=pl.when(pl.int_range(pl.len()) == 2).then(5.0).otherwise(pl.col("logprob"))
    ).write_csv("x.csv")
    with pytest.raises(InputError, match=r"'5\.0' is not accepted") as caught:
        ms.score("x.csv")
    assert (caught.value.row, caught.value.column) == (4, "logprob")
    assert "perplexity" in (caught.value.hint or "")


def test_what_is_missing_is_refused():
    with pytest.raises(InputError, match="no column doc"):
        ms.score(texts().drop("doc"))
    with pytest.raises(UsageError, match="nothing says how many bytes"):
        ms.score(texts().drop("bytes"), metric="bits_per_byte")
    with pytest.raises(InputError, match="no log-probabilities"):
        ms.score(texts().drop("logprob"), task="language_model")


def test_documents_that_cost_the_same_vary_by_nothing():
    """Rounding may leave a spread below 0, of which there is no root."""
    costs = [7.2639, 26.8586, 22.2493, 0.0035]
    rows = [{"doc": f"d{i}", "token": f"w{j % 3}", "logprob": -costs[j % 4]}
            for i in range(6) for j in range(130)]  # fmt: skip
    found = ms.diagnose(rows, **FEW).to_dict()["levels"][0]
    assert found["error"] == pytest.approx(np.mean([costs[j % 4] for j in range(130)]))


def test_every_command_takes_it(empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    texts().write_ndjson("a.ndjson")
    texts(worse=-0.1).write_ndjson("b.ndjson")
    for line in (
        "score a.ndjson", "compare a.ndjson b.ndjson", "error-table a.ndjson", "count a.ndjson",
        "gate b.ndjson --baseline a.ndjson --margin 0.1", "sample a.ndjson -n 8 -o sheet.csv",
        "select a.ndjson b.ndjson --minimize error", "report b.ndjson --baseline a.ndjson",
    ):  # fmt: skip
        assert command(line.split()) in (0, 1, 3), (line, capsys.readouterr().err)
        assert capsys.readouterr().out
