"""Counts of tasks equal those of the tools that people use for them."""

from __future__ import annotations

import sys

import jiwer
import numpy as np
import polars as pl
import pytest
from nervaluate import Evaluator
from rapidfuzz.distance import Levenshtein
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import BILOU, IOB2, IOBES, Entities

import mlstrat as ms
from mlstrat.tasks.table.alignment import distances, edits

Sentences = list[list[str]]
WHOLE = {"iob2": ("BIO", IOB2), "iobes": ("BIOES", IOBES), "bilou": ("BILOU", BILOU)}


def tags(rng: np.random.Generator, prefixes: str, n: int) -> Sentences:
    """Return tags at random: most of them are no spans of any scheme."""
    found = []
    for _ in range(n):
        some = rng.choice(list(prefixes), rng.integers(1, 12))
        found.append([x if x == "O" else f"{x}-{rng.choice(['A', 'B'])}" for x in some])
    return found


def alike(rng: np.random.Generator, gold: Sentences, prefixes: str) -> Sentences:
    """Return what a model may say: mostly the same."""
    other = tags(rng, prefixes, 1)[0] * 40
    return [[x if rng.random() < 0.8 else other[int(rng.integers(40)) % len(other)] for x in one]
            for one in gold]  # fmt: skip


def tokens(gold: Sentences, said: Sentences) -> pl.DataFrame:
    return pl.DataFrame({
        "sentence_id": [f"s{i}" for i, one in enumerate(gold) for _ in one],
        "label": [x for one in gold for x in one], "prediction": [x for one in said for x in one],
    })  # fmt: skip


def units(gold: Sentences, said: Sentences, scheme: str) -> tuple[int, int, int]:
    """Return the spans of truth, of predictions, and those that are right."""
    found = ms.diagnose(tokens(gold, said), task="tagging", scheme=scheme, resamples=100).to_dict()
    of_dev = found["splits"]["dev"]["units"]
    return of_dev["true"], of_dev["predicted"], of_dev["tp"]


def counted(gold: set, said: set) -> tuple[int, int, int]:
    return len(gold), len(said), len(gold & said)


@pytest.mark.parametrize("seed", range(6))
def test_spans_are_those_that_seqeval_reads_by_default(seed: int):
    rng = np.random.default_rng(seed)
    gold = tags(rng, "BIOES" if seed % 2 else "BIO", 60)
    said = alike(rng, gold, "BIOES" if seed % 2 else "BIO")
    wanted = counted(set(get_entities(gold)), set(get_entities(said)))
    assert units(gold, said, "conlleval") == wanted
    assert wanted[2] > 20


@pytest.mark.parametrize("scheme", WHOLE)
@pytest.mark.parametrize("seed", range(3))
def test_spans_are_those_that_seqeval_reads_strictly(seed: int, scheme: str):
    rng = np.random.default_rng(100 + seed)
    prefixes, theirs = WHOLE[scheme]
    gold = tags(rng, prefixes, 150)
    said = alike(rng, gold, prefixes)
    found = [{(i, x.tag, x.start, x.end) for i, one in enumerate(Entities(side, theirs).entities)
              for x in one} for side in (gold, said)]  # fmt: skip
    assert units(gold, said, scheme) == counted(*found)
    assert len(found[0] & found[1]) > 10


def test_kinds_of_spans_are_those_of_nervaluate_where_each_meets_one_other():
    """A span of truth and one of the model in each window, which overlap or stand alone."""
    rng, gold, said = np.random.default_rng(5), [], []
    for _ in range(300):
        sides = []
        for _ in range(2):
            row, size = ["O"] * 6, int(rng.integers(1, 4))
            start = int(rng.integers(0, 6 - size))
            if rng.random() < 0.85:
                kind = rng.choice(["A", "B"])
                row[start : start + size] = [f"B-{kind}", *[f"I-{kind}"] * (size - 1)]
            sides.append(row)
        gold.append(sides[0])
        said.append(sides[1] if rng.random() < 0.7 else sides[0])
    table = ms.error_table(tokens(gold, said), task="tagging")
    kinds = {c.tag: c.count for c in table.categories}
    theirs = Evaluator(gold, said, tags=["A", "B"], loader="list").evaluate()["overall"]
    strict, partial, by_type = (theirs[x] for x in ("strict", "partial", "ent_type"))
    assert (kinds["missing"], kinds["spurious"]) == (strict.missed, strict.spurious)
    wrong = kinds["type"] + kinds["boundary"] + kinds["type and boundary"]
    assert wrong == strict.incorrect > 50
    assert kinds["boundary"] + kinds["type and boundary"] == partial.partial
    assert kinds["type"] + kinds["type and boundary"] == by_type.incorrect


def utterances(seed: int, n: int = 300) -> tuple[list[str], list[str]]:
    rng = np.random.default_rng(seed)
    right = [[f"w{x}" for x in rng.integers(0, 12, rng.integers(1, 15))] for _ in range(n)]
    said = []
    for words in right:
        kept = [x if rng.random() < 0.8 else f"w{rng.integers(12)}" for x in words
                if rng.random() < 0.85]  # fmt: skip
        said.append([y for x in kept for y in ([x, "w0"] if rng.random() < 0.1 else [x])])
    return [" ".join(x) for x in right], [" ".join(x) for x in said]


@pytest.mark.parametrize("seed", range(4))
def test_edits_are_those_of_rapidfuzz_and_jiwer(seed: int):
    right, said = utterances(seed)
    frame = pl.DataFrame({"reference": right, "prediction": said})
    kinds = {c.tag: c.count for c in ms.error_table(frame, task="speech").categories}
    mine = kinds["substitution"] + kinds["deletion"] + kinds["insertion"]
    pairs = zip(right, said, strict=True)
    assert mine == sum(Levenshtein.distance(a.split(), b.split()) for a, b in pairs)
    theirs = jiwer.process_words(right, said)
    assert mine == theirs.substitutions + theirs.deletions + theirs.insertions
    assert ms.diagnose(frame, task="speech").to_dict()["splits"]["dev"]["error"][
        "value"
    ] == pytest.approx(theirs.wer)


def test_edits_are_the_same_without_rapidfuzz(monkeypatch: pytest.MonkeyPatch):
    right, said = ([x.split() for x in side] for side in utterances(7))
    quick, fewest = edits(right, said), distances(right, said)
    monkeypatch.setitem(sys.modules, "rapidfuzz.distance", None)
    for one, other in zip(quick, edits(right, said), strict=True):
        assert one.tolist() == other.tolist()
    assert fewest.tolist() == distances(right, said).tolist()


def test_the_character_error_rate_is_that_of_jiwer_without_blanks():
    right, said = utterances(9)
    frame = pl.DataFrame({"reference": right, "prediction": said})
    wanted = jiwer.cer(*([x.replace(" ", "") for x in side] for side in (right, said)))
    found = ms.diagnose(frame, task="speech", unit="char").to_dict()["splits"]["dev"]
    assert found["error"]["value"] == pytest.approx(wanted)


def test_figures_of_the_corpus_are_those_of_sacrebleu():
    right, said = utterances(3)
    frame = pl.DataFrame({"reference": right, "prediction": said})
    found = ms.diagnose(frame, task="seq2seq").to_dict()["splits"]["dev"]["beside"]
    values = {x["metric"]: x for x in found}
    for name, metric in (("bleu", BLEU()), ("chrf", CHRF())):
        score = metric.corpus_score(said, [right])
        assert values[name]["value"] == pytest.approx(score.score)
        assert values[name]["signature"] == str(metric.get_signature())
    assert values["wer"]["value"] == pytest.approx(jiwer.wer(right, said))
