"""Language models of known entropy: what nobody can beat, and what a network costs beside it."""

import tomllib

import numpy as np
import pytest

import mlstrat as ms
from mlstrat.harness import find_recipe
from mlstrat.harness.datasets import source_of


def test_the_entropy_of_letters_is_what_the_source_costs_on_what_it_draws():
    source = source_of(find_recipe("markov_lm").dataset)
    random = np.random.default_rng(5)
    texts = [source.draw(random, False) for _ in range(1000)]
    codes = np.array([[ord(x) - ord("a") for x in text] for text in texts])
    logs = np.log(source.steps)[codes[:, :-1], codes[:, 1:]].sum(axis=1) - np.log(12)

    assert source.steps.sum(axis=0) == pytest.approx(1)  # all letters are equally frequent
    assert -logs.mean() / 40 == pytest.approx(source.human.error, abs=0.01)


def test_words_cost_what_their_source_says_to_the_last_letter():
    source = source_of(find_recipe("char_lm_rnn").dataset)
    register = source.registers[0]
    first, second = register.words[3], register.words[7]
    chance = register.steps[3, 7] / len(register.words)

    assert source.cost(f"{first} {second} ") == pytest.approx(
        -np.log(chance) / (len(first) + len(second) + 2)
    )
    begun = [word.startswith(second[0]) for word in register.words]
    chance = register.steps[3][begun].sum() / len(register.words)
    assert source.cost(f"{first} {second[0]}") == pytest.approx(-np.log(chance) / (len(first) + 2))


def test_a_half_of_the_words_of_the_target_are_not_in_train():
    registers = source_of(find_recipe("char_lm_gru").dataset).registers

    assert len({*registers[0].words} & {*registers[1].words}) == 20
    assert all(len({*x.words}) == 40 for x in registers)


def test_what_is_read_is_what_the_network_gives_to_each_letter(folder_of):
    folder = folder_of("markov_lm")
    found = ms.diagnose(folder).to_dict()
    card = tomllib.loads((folder / "run.toml").read_text())

    assert found["task"] == "language_model"
    assert found["splits"]["dev"]["beside"][0]["metric"] == "nats_per_token"
    assert card["human"]["known"] is True
    assert set(card["run"]["sampled"]) <= set("abcdefghijkl")
    assert len(card["run"]["sampled"]) == 60
