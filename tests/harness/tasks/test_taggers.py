"""Taggers: which names train has, what one direction cannot know, and unknown words."""

import json

import numpy as np
import pytest

import mlstrat as ms
from mlstrat.harness import find_recipe
from mlstrat.harness.datasets import source_of
from mlstrat.harness.datasets.texts import TELLS


def drawn_sentences(*, target):
    source, random = source_of(find_recipe("bilstm_tagger").dataset), np.random.default_rng(3)
    return [source.draw(random, target) for _ in range(400)]


def test_the_word_after_a_name_says_what_it_is_the_name_of():
    kind_of = {word: kind for kind, both in TELLS.items() for words in both for word in words}
    for target in (False, True):
        for sentence in drawn_sentences(target=target):
            tags = [*sentence.tags, "O"]
            ends = [i for i, tag in enumerate(tags[:-1]) if tag != "O" and tags[i + 1][0] != "I"]
            assert [tags[i][2:] for i in ends] == [kind_of[sentence.words[i + 1]] for i in ends]


def test_names_of_all_types_are_the_same_and_about_half_of_the_target_s_are_others():
    def names(rows, kind=""):
        pairs = [pair for x in rows for pair in zip(x.words, x.tags, strict=True)]
        return [word for word, tag in pairs if tag != "O" and tag.endswith(kind)]

    train, target = drawn_sentences(target=False), drawn_sentences(target=True)
    assert len({*names(train, "PER")} & {*names(train, "LOC")}) > 50
    unseen = np.mean([name not in names(train) for name in names(target)])
    assert 0.4 < unseen < 0.7


def test_one_direction_costs_what_two_do_not(folder_of):
    both, forward = (
        {x["level"]: x["error"] for x in ms.diagnose(folder_of(name)).to_dict()["levels"]}
        for name in ("bilstm_tagger", "lstm_tagger")
    )
    assert both["train-dev"] < 0.05
    assert forward["train"] > 0.5


def test_an_error_of_one_direction_is_one_of_type_not_of_place(folder_of):
    found = ms.diagnose(folder_of("lstm_tagger"), split="train-dev").to_dict()
    kinds = {x["category"]: x["count"] for x in found["splits"]["train-dev"]["categories"]}

    assert max(kinds, key=kinds.get) == "type"


def test_a_line_is_a_sentence_with_a_tag_a_word(folder_of):
    lines = (folder_of("bilstm_tagger") / "dev.ndjson").read_text().splitlines()
    rows = [json.loads(line) for line in lines]

    assert rows[0]["id"] == "sentences-dev-0000"
    assert all(len(x["tokens"]) == len(x["tags"]) == len(x["predictions"]) for x in rows)


@pytest.mark.slow
def test_a_study_of_direction_says_that_it_moves_avoidable_bias():
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    found = ms.study("knobs", "lstm_tagger", small=True, seeds=3, knobs=["both_directions"])

    change = found.study.change("both_directions", "base", "avoidable_bias")
    assert change.outcome == "fell"
