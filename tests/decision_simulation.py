"""How often each kind of sentence is wrong: worlds of a known truth, read through the library.

A simulation is registered with the decision that it is about. `benchmarks/decisions.py` writes
what comes out into `docs/decisions.json`, from which the page "How mlstrat decides" has its rates;
the slow tests run the same functions with fewer trials.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

import mlstrat as ms
from mlstrat.core import decisions as by
from mlstrat.core.decisions import Decision
from mlstrat.core.paired_tests import mcnemar_exact

Random = np.random.Generator


@dataclass(frozen=True)
class Rate:
    """How often something was said in a world, and what was promised of it.

    Attributes
    ----------
    decision
        The kind of sentence.
    world
        What is true there, and what is counted.
    n
        Rows, as a reader is told.
    trials
        Runs that were simulated.
    rate
        Share of them in which it was said.
    at_most, at_least
        The promise; one of the two.
    """

    decision: Decision
    world: str
    n: str
    trials: int
    rate: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the promise holds, within two standard errors of the simulation."""
        bound = self.at_most if self.at_least is None else self.at_least
        assert bound is not None
        slack = 2 * math.sqrt(bound * (1 - bound) / self.trials)
        if self.at_least is None:
            return self.rate <= bound + slack
        return self.rate >= bound - slack

    def to_dict(self) -> dict[str, object]:
        """Return the JSON."""
        return {"decision": self.decision.name, "world": self.world, "n": self.n,
                "trials": self.trials, "rate": round(self.rate, 4), "at_most": self.at_most,
                "at_least": self.at_least}  # fmt: skip


Simulation = Callable[[int], Iterator[Rate]]

SIMULATIONS: dict[str, tuple[Decision, Simulation]] = {}
"""By name; each takes the number of trials a world."""


def simulates(decision: Decision) -> Callable[[Simulation], Simulation]:
    """Register a simulation."""

    def keep(simulation: Simulation) -> Simulation:
        SIMULATIONS[simulation.__name__] = decision, simulation
        return simulation

    return keep


# The ladder. People are typed, so exact; train has three times the rows of the other splits.

SPLITS = ("train", "train_dev", "dev", "test")


def ladder(random: Random, human: float, errors: Sequence[float], n: int) -> dict[str, str]:
    """Return one sample of the levels from people to test, as counts."""
    rows = [3 * n, n, n, n]
    wrong = random.binomial(rows, errors)
    counts = (f"{k}/{size}" for k, size in zip(wrong, rows, strict=True))
    return {"human": f"{100 * human}%", **dict(zip(SPLITS, counts, strict=True))}


def said(levels: Mapping[str, str]) -> Any:
    """Return what `gaps` says of levels; few resamples, which decide nothing."""
    return ms.gaps(**levels, resamples=100)


def errors_of(human: float, gaps: Sequence[float]) -> list[float]:
    """Return the levels from train to test."""
    return [float(x) for x in human + np.cumsum(gaps)]


@simulates(by.FOCUS)
def nothing_to_work_on(trials: int) -> Iterator[Rate]:
    """Say focus or contested though every gap is 0."""
    for n in (100, 300, 1000):
        worst = 0.0
        for error in (0.02, 0.05, 0.10, 0.20):
            random = np.random.default_rng(n)
            worst = max(worst, np.mean([
                said(ladder(random, error, [error] * 4, n)).verdict in ("focus", "contested")
                for _ in range(trials)
            ]))  # fmt: skip
        yield Rate(by.FOCUS, "every gap is 0, errors of 2, 5, 10 or 20% (the worst of them); said: "
                   "focus or contested", f"{n:,} a split", trials, worst, at_most=0.05)  # fmt: skip


GAPS = ("avoidable_bias", "variance", "data_mismatch", "dev_overfit")


@simulates(by.FOCUS)
def the_largest_is_left_out(trials: int) -> Iterator[Rate]:
    """Name gaps of which none is within the tolerance of the largest."""
    for n in (100, 300, 1000):
        random, wrong = np.random.default_rng(n), 0
        for _ in range(trials):
            truth = random.exponential(0.02, 4)
            found = said(ladder(random, 0.02, errors_of(0.02, truth), n))
            first = re.split(r"(?<=\D)\.\s|\.$", found.to_text().partition("\n\n")[0])[0]
            if found.verdict in ("focus", "contested"):
                largest = {g for g, x in zip(GAPS, truth, strict=True) if x >= truth.max() - 0.01}
                wrong += not any(TITLES[g] in " ".join(first.split()) for g in largest)
        yield Rate(by.CONTESTED, "gaps of 2 points on average (exponential); said: a first line "
                   "without any gap within 1 point of the largest", f"{n:,} a split", trials,
                   wrong / trials, at_most=0.025)  # fmt: skip


TITLES = {"avoidable_bias": "avoidable bias", "variance": "variance",
          "data_mismatch": "data mismatch", "dev_overfit": "overfitting to dev"}  # fmt: skip


@simulates(by.FOCUS)
def one_true_gap(trials: int) -> Iterator[Rate]:
    """Name the one gap that there is: the power."""
    for points, n, named, alone in ((0.10, 1000, 0.95, 0.95), (0.10, 300, 0.95, 0.60),
                                    (0.05, 1000, 0.95, 0.80)):  # fmt: skip
        random, worst, least = np.random.default_rng(n), 1.0, 1.0
        for place in range(4):
            truth = [points if i == place else 0.0 for i in range(4)]
            found = [said(ladder(random, 0.05, errors_of(0.05, truth), n)) for _ in range(trials)]
            worst = min(worst, np.mean([GAPS[place] in x.focus for x in found]))
            least = min(least, np.mean([x.verdict == "focus" for x in found]))
        world = f"one gap of {100 * points:g} points, whichever (the worst of four); said: "
        yield Rate(by.FOCUS, f"{world}it is in focus", f"{n:,} a split", trials, worst,
                   at_least=named)  # fmt: skip
        yield Rate(by.FOCUS, f"{world}focus, and nothing open", f"{n:,} a split", trials, least,
                   at_least=alone)  # fmt: skip


@simulates(by.SMALL)
def small_though_it_is_not(trials: int) -> Iterator[Rate]:
    """Say that every gap is small, with one just above the tolerance."""
    for n in (300, 1000, 10_000):
        random, worst = np.random.default_rng(n), 0.0
        for place in range(4):
            truth = [0.0101 if i == place else 0.0 for i in range(4)]
            worst = max(worst, np.mean([
                said(ladder(random, 0.02, errors_of(0.02, truth), n)).verdict == "small"
                for _ in range(trials)
            ]))  # fmt: skip
        yield Rate(by.SMALL, "one gap just above the tolerance of 1 point (the worst of four); "
                   "said: small", f"{n:,} a split", trials, worst, at_most=0.05)  # fmt: skip


@simulates(by.UNDETERMINED)
def above_the_bound(trials: int) -> Iterator[Rate]:
    """Say that no gap is above a figure, though one is."""
    for n in (100, 300, 1000):
        random, wrong = np.random.default_rng(n), 0
        for _ in range(trials):
            truth = random.exponential(0.01, 4)
            text = said(ladder(random, 0.05, errors_of(0.05, truth), n)).to_text()
            bound = re.search(r"none is\s+above\s+(-?[\d.]+)", text)
            wrong += "Cannot tell" in text and bound is not None and (
                100 * truth.max() > float(bound[1]) + 0.05
            )  # fmt: skip
        yield Rate(by.UNDETERMINED, "gaps of 1 point on average (exponential); said: none is above "
                   "a figure that one is above", f"{n:,} a split", trials, wrong / trials,
                   at_most=0.05)  # fmt: skip


def codes(document: Any) -> set[str]:
    """Return the codes of the findings."""
    return {finding.code for finding in document.findings}


@simulates(by.SURPASSED)
def no_better_than_people(trials: int) -> Iterator[Rate]:
    """Say that people are surpassed by a model at their level."""
    for n in (100, 300, 1000):
        random = np.random.default_rng(n)
        rate = np.mean([
            "MLS111" in codes(said(ladder(random, 0.05, [0.03, 0.05, 0.05, 0.05], n)))
            for _ in range(trials)
        ])  # fmt: skip
        yield Rate(by.SURPASSED, "people and the model err on 5% of unseen rows, train is "
                   "memorised (3%); said: surpassed", f"{n:,} a split", trials, float(rate),
                   at_most=0.025)  # fmt: skip


@simulates(by.FALLING)
def nothing_falls(trials: int) -> Iterator[Rate]:
    """Say that the error falls along the ladder, though all levels are equal."""
    for n in (100, 300, 1000):
        random = np.random.default_rng(n)
        rate = np.mean([
            bool({"MLS113", "MLS119"} & codes(said(ladder(random, 0.05, [0.05] * 4, n))))
            for _ in range(trials)
        ])  # fmt: skip
        yield Rate(by.FALLING, "every level is 5%; said: the error falls", f"{n:,} a split",
                   trials, float(rate), at_most=0.025)  # fmt: skip


@simulates(by.SETTLE)
def so_many_settle_it(trials: int) -> Iterator[Rate]:
    """Settle a question with the number of examples named, the truth being what was observed."""
    worlds = (
        ("is variance above 0?", {"human": "4.0%", "train": "40/1000", "dev": "55/1000"}),
        ("is variance or avoidable bias the larger?",
         {"human": "1.0%", "train": "40/1000", "dev": "18/200"}),
    )  # fmt: skip
    for question, levels in worlds:
        asked = said(levels).to_dict()["to_settle"]
        assert asked is not None
        assert asked["question"] == question
        random = np.random.default_rng(0)
        settled = np.mean([
            said(with_more(random, levels, asked["rows"])).verdict not in
            ("contested", "undetermined") for _ in range(trials)
        ])  # fmt: skip
        shown = ", ".join(f"{k} {v}" for k, v in levels.items())
        yield Rate(by.SETTLE, f"{shown}: {question} So many more, the truth being what was seen: "
                   "settled", " and ".join(f"{x:,} {s}" for s, x in asked["rows"].items()),
                   trials, float(settled), at_least=0.75)  # fmt: skip


def with_more(random: Random, levels: Mapping[str, str], more: Mapping[str, int]) -> dict[str, str]:
    """Return levels after so many more rows, whose error is the one observed so far."""
    out = dict(levels)
    for split, new in more.items():
        wrong, rows = map(int, levels[split].split("/"))
        out[split] = f"{wrong + random.binomial(new, wrong / rows)}/{rows + new}"
    return out


# People


@simulates(by.BEST_PERSON)
def equal_people(trials: int) -> Iterator[Rate]:
    """Miss the level of equal people: how far off the proxy is on average, as a fraction."""
    for people in (2, 5, 12):
        random, off = np.random.default_rng(people), []
        for _ in range(trials):
            answers = np.where(random.random((100, people)) < 0.05, "b", "a")
            table = pl.DataFrame(
                {"label": ["a"] * 100, **{f"human_p{i}": answers[:, i] for i in range(people)}}
            )
            off.append(ms.human(table).to_dict()["bayes_proxy"]["error"]["value"] - 0.05)
        yield Rate(by.BEST_PERSON, f"{people} people who all err on 5%; the level taken is off by "
                   "so much on average", "100 answers each", trials, abs(float(np.mean(off))),
                   at_most=0.005)  # fmt: skip


# Choices


@simulates(by.LARGEST)
def the_largest_of_ten_tags(trials: int) -> Iterator[Rate]:
    """Cover the ceiling of the tag that came out largest of ten equal ones."""
    for read, least in ((30, 0.90), (100, 0.93)):
        random, covered = np.random.default_rng(read), 0
        for _ in range(trials):
            counts = random.binomial(read, 0.1, 10)
            tags = {f"tag{i}": int(k) for i, k in enumerate(counts) if k}
            first = ms.error_table(error="10%", reviewed=read, tags=tags).to_dict()["categories"][0]
            low, high = first["ceiling"]["ci"]
            covered += low <= 0.1 * 0.1 <= high
        yield Rate(by.LARGEST, "ten tags of 10% of the errors each; the gain of the largest lies in "
                   "its interval", f"{read} errors read", trials, covered / trials,
                   at_least=least)  # fmt: skip


@simulates(by.CONSTRAINTS)
def all_just_beyond_the_bound(trials: int) -> Iterator[Rate]:
    """Say that one of many candidates meets a constraint that all of them miss."""
    for k in (5, 20, 50):
        random, wrong = np.random.default_rng(k), 0
        for _ in range(trials):
            table = pl.DataFrame({"name": [f"c{i}" for i in range(k)], "accuracy": [0.9] * k,
                                  "miss": random.binomial(1000, 0.0501, k) / 1000,
                                  "n": [1000] * k})  # fmt: skip
            found = ms.select(table, optimize="accuracy", where="miss <= 0.05").to_dict()
            wrong += any(c["feasible"] == "yes" for c in found["candidates"])
        yield Rate(by.CONSTRAINTS, f"{k} candidates at 5.01%, the bound at 5%; said: one meets it",
                   "1,000 each", trials, wrong / trials, at_most=0.05)  # fmt: skip


@simulates(by.TIED)
def the_truly_best_is_left_out(trials: int) -> Iterator[Rate]:
    """Leave the truly best candidate out of those that are tied with the choice."""
    for k, n in ((2, 200), (10, 500), (50, 2000)):
        random, wrong = np.random.default_rng(k), 0
        for _ in range(trials):
            table = pl.DataFrame({"name": [f"c{i}" for i in range(k)],
                                  "accuracy": random.binomial(n, 0.9, k) / n,
                                  "n": [n] * k})  # fmt: skip
            found = ms.select(table, optimize="accuracy").to_dict()
            wrong += "c0" not in (found["choice"], *found["tied_with_choice"])
        yield Rate(by.TIED, f"{k} equal candidates, one of them called the truly best; it is left "
                   "out", f"{n:,} each", trials, wrong / trials, at_most=0.025)  # fmt: skip


@simulates(by.DIFFERENCE)
def equal_models(trials: int) -> Iterator[Rate]:
    """Say that one of two equal models is better."""
    for n in (100, 300, 1000):
        random, wrong = np.random.default_rng(n), 0
        for _ in range(trials):
            hard = random.random(n) < 0.05
            a, b = (np.where(hard | (random.random(n) < 0.05), "y", "x") for _ in "ab")
            run = pl.DataFrame({"label": ["x"] * n, "pred_a": a, "pred_b": b})
            verdict = ms.compare(run, a="pred_a", b="pred_b", metric="accuracy").verdict
            wrong += verdict in ("a_better", "b_better")
        yield Rate(by.DIFFERENCE, "two models that err on 10% each, half of it on the same rows; "
                   "said: one is better", f"{n:,} paired", trials, wrong / trials,
                   at_most=0.05)  # fmt: skip


@simulates(by.DETECTABLE)
def fixed_and_none_broken(trials: int) -> Iterator[Rate]:
    """Show a fix of errors with none broken; no chance in it, so one trial says all."""
    for fixed, shows in ((5, False), (6, True), (8, True)):
        seen = float(mcnemar_exact(0, fixed) <= 0.05)
        yield Rate(by.DETECTABLE, f"{fixed} errors fixed and none broken; said: better",
                   "any number", trials, seen, at_least=1.0 if shows else None,
                   at_most=None if shows else 0.0)  # fmt: skip
