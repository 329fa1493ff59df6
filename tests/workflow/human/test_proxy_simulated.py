"""The human level is a promise: worlds of people, read from the document as it is printed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mlstrat.core.counts import ABSTAINED, Cells
from mlstrat.core.figures import Sampling, from_counts
from mlstrat.show.document import Signature
from mlstrat.workflow.diagnose.run import diagnose_cells
from mlstrat.workflow.human.crowd import proxy_of_levels
from mlstrat.workflow.human.document import HumanDocument
from mlstrat.workflow.human.levels import levels_from_cells

SAMPLING = Sampling(resamples=10)
SIGNATURE = Signature.of((), SAMPLING, "", "error", None)


def crowd(
    rng: np.random.Generator, people: int, error: float, answers: int, at_once: int,
    best: float | None = None,
) -> Cells:  # fmt: skip
    """People who answer alike many examples each, `at_once` an example; one may truly be better."""
    rows = people * answers // at_once
    errors = np.full(people, error)
    errors[0] = error if best is None else best
    first = np.arange(rows)[:, None] * at_once + np.arange(at_once)  # everyone as often
    given = np.zeros((rows, people), bool)
    given[np.arange(rows)[:, None], rng.permutation(people)[first % people]] = True
    wrong = rng.random((rows, people)) < errors
    zero, ones = np.zeros(rows, np.int64), np.ones(rows)
    said = {f"p{k:02}": np.where(given[:, k], wrong[:, k], ABSTAINED) for k in range(people)}
    return Cells(("0", "1"), ("train",), zero, zero, zero, np.ones(rows, np.int64), ones, ones,
                 answers=said)  # fmt: skip


def proxy(cells: Cells) -> dict:
    document = HumanDocument(levels_from_cells(cells, SAMPLING), (), SIGNATURE)
    return json.loads(document.to_json())["bayes_proxy"]


def covers(found: list[dict], truth: float) -> float:
    return float(np.mean([x["error"]["ci"][0] <= truth <= x["error"]["ci"][1] for x in found]))


@pytest.mark.slow
@pytest.mark.parametrize("together", ["the same", "two each", "different"])
@pytest.mark.parametrize("people", [2, 5, 10, 50])
def test_equal_people_have_the_level_that_each_has(people, together):
    at_once = {"the same": people, "two each": 2, "different": 1}[together]
    rng = np.random.default_rng(people)
    runs = {2: 300, 5: 150, 10: 100, 50: 25}[people]  # the more people, the less the level varies
    found = [proxy(crowd(rng, people, 0.05, 100, at_once)) for _ in range(runs)]
    assert np.mean([x["error"]["value"] for x in found]) == pytest.approx(0.05, abs=0.005)
    assert covers(found, 0.05) >= 0.93 - 2 * (0.93 * 0.07 / runs) ** 0.5


@pytest.mark.slow
@pytest.mark.parametrize(("answers", "error"), [(100, 0.05), (300, 0.05), (300, 0.2)])
@pytest.mark.parametrize(("people", "at_once"), [(1, 1), (2, 2), (5, 5), (10, 10), (10, 3)])
def test_the_interval_covers_whether_or_not_one_is_truly_better(people, at_once, answers, error):
    for best in (None, error / 2.5):
        rng, runs = np.random.default_rng(7), 80
        found = [proxy(crowd(rng, people, error, answers, at_once, best)) for _ in range(runs)]
        truth = error if best is None else best
        # Where fewer than ten errors are expected of the best, 90%.
        promised = 0.93 if truth * answers >= 10 else 0.9
        assert covers(found, truth) >= promised - 2 * (promised * (1 - promised) / runs) ** 0.5
        if best is not None:
            left_out = [x["name"].startswith("p") and x["name"] != "p00"
                        and "p00" not in x["not_told_from"] for x in found]  # fmt: skip
            assert np.mean(left_out) <= 0.05


@pytest.mark.slow
def test_one_truly_better_person_is_found_and_measured_where_the_examples_tell():
    rng = np.random.default_rng(3)
    found = [proxy(crowd(rng, 5, 0.2, 300, 5, best=0.05)) for _ in range(50)]
    assert {x["name"] for x in found} == {"p00"}
    assert np.mean([x["error"]["value"] for x in found]) == pytest.approx(0.05, abs=0.005)
    assert np.mean([x["not_told_from"] == [] for x in found]) > 0.95


@pytest.mark.slow
@pytest.mark.parametrize("answers", [100, 300])
def test_typed_levels_of_equal_people_have_the_level_that_each_has(answers):
    rng, sampling = np.random.default_rng(4), Sampling(resamples=10)
    for people in (2, 5, 10, 50):
        names = [f"p{i}" for i in range(people)]
        found = [
            proxy_of_levels(names, [from_counts(int(k), answers, sampling) for k in errors],
                            sampling).value
            for errors in rng.binomial(answers, 0.05, (150, people))
        ]  # fmt: skip
        assert np.mean(found) == pytest.approx(0.05, abs=0.005)


@pytest.mark.slow
def test_twelve_equal_people_are_no_avoidable_bias():
    """Train and people err alike; each of 12 gave 100 answers on train."""
    rng, runs = np.random.default_rng(12), 100
    named = 0
    for _ in range(runs):
        people = crowd(rng, 12, 0.05, 100, 12)
        n = 300
        model = (rng.random((2, n)) < 0.05).ravel().astype(np.int64)
        codes = np.arange(n) < 100  # people answered the first hundred of train
        answers = {name: np.full(2 * n, ABSTAINED) for name in people.answers}
        for name, said in people.answers.items():
            answers[name][:n][codes] = said
        zero, ones = np.zeros(2 * n, np.int64), np.ones(2 * n)
        cells = Cells(("0", "1"), ("train", "dev"), np.repeat([0, 1], n), zero, model,
                      ones.astype(np.int64), ones, ones, answers=answers)  # fmt: skip
        result = diagnose_cells(cells, sampling=Sampling(resamples=200)).decomposition
        named += result.verdict in ("focus", "contested") and "avoidable_bias" in result.focus
    assert named / runs <= 0.05
