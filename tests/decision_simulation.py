"""How often each kind of sentence is wrong: worlds of a known truth, read through the library.

A simulation is registered with the decision that it is about. `benchmarks/decisions.py` writes
what comes out into `docs/decisions.json`, from which the page "How mlstrat decides" has its rates;
the slow tests run the same functions with fewer trials.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
import polars as pl

import mlstrat as ms
from mlstrat.core import decisions as by
from mlstrat.core.figures import Estimate, from_counts
from mlstrat.core.findings import Decision
from mlstrat.core.paired_tests import mcnemar_exact
from mlstrat.harness.studies.plan import Comparison
from mlstrat.workflow.diagnose.ladder import LADDER, Level, decompose
from mlstrat.workflow.diagnose.to_settle import with_what_would_settle
from mlstrat.workflow.history.compute import Trial, compare_trials
from mlstrat.workflow.mislabels.compute import LARGE_PART
from mlstrat.workflow.study.compute import Condition, study_runs
from tests.simulated_ladders import SAMPLING, World, read_first_lines
from tests.study_simulation import StudyWorld
from tests.workflow.diagnose.test_verdict_simulated import is_closed


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


# The ladder. People are typed, so exact.

SIZES = (100, 300, 1000)
GAPS = ("avoidable_bias", "variance", "data_mismatch", "dev_overfit")


@simulates(by.FOCUS)
def nothing_to_work_on(trials: int) -> Iterator[Rate]:
    """Say "Work on" though every gap is 0."""
    for n in SIZES:
        worlds = [World.without_gaps(error, n) for error in (0.02, 0.05, 0.10, 0.20)]
        worst = max(read_first_lines(world, trials).work_on for world in worlds)
        yield Rate(by.FOCUS, "every gap is 0, errors of 2, 5, 10 or 20% (the worst of them); said: "
                   "work on one", f"{n:,} a split", trials, worst, at_most=0.05)  # fmt: skip


@simulates(by.CONTESTED)
def the_largest_is_left_out(trials: int) -> Iterator[Rate]:
    """Name gaps of which none is within the tolerance of the largest."""
    each = 20
    for n in SIZES:
        random, wrong = np.random.default_rng(n), 0.0
        for seed in range(trials // each):
            errors = 0.02 + np.cumsum([0, *random.exponential(0.02, 4)])
            world = World.of(dict(zip(LADDER, errors, strict=True)), n, train=3)
            wrong += read_first_lines(world, each, seed).left_out * each
        yield Rate(by.CONTESTED, "gaps of 2 points on average (exponential); said: work on others "
                   "than those within 1 point of the largest", f"{n:,} a split", trials,
                   wrong / trials, at_most=0.025)  # fmt: skip


@simulates(by.FOCUS)
def one_true_gap(trials: int) -> Iterator[Rate]:
    """Name the one gap that there is: the power."""
    for size, n, alone in ((0.10, 300, 0.60), (0.10, 1000, 0.95), (0.05, 1000, 0.80)):
        said = [read_first_lines(World.with_one_gap(i, size, n), trials) for i in range(4)]
        named = min(x.focus[GAPS[i]] / trials for i, x in enumerate(said))
        world = f"one gap of {100 * size:g} points, the others 0 (the worst of four); said: "
        yield Rate(by.FOCUS, f"{world}work on it", f"{n:,} a split", trials, named,
                   at_least=0.95)  # fmt: skip
        yield Rate(by.FOCUS, f"{world}work on it alone", f"{n:,} a split", trials,
                   min(x.share("focus") for x in said), at_least=alone)  # fmt: skip


@simulates(by.SMALL)
def small_though_it_is_not(trials: int) -> Iterator[Rate]:
    """Say that every gap is small, with one just above the tolerance."""
    for n in (300, 1000, 10_000):
        worlds = [World.with_one_gap(i, 0.0101, n, error=0.005) for i in range(4)]
        said = [read_first_lines(world, trials).share("small") for world in worlds]
        yield Rate(by.SMALL, "one gap just above the tolerance of 1 point, each of the four in "
                   "turn; said: every gap is small", f"{n:,} a split", 4 * trials,
                   sum(said) / 4, at_most=0.05)  # fmt: skip


@simulates(by.UNDETERMINED)
def above_the_bound(trials: int) -> Iterator[Rate]:
    """Say that no gap is above a figure, though one is."""
    for n in SIZES:
        world = World.with_one_gap(1, 0.01, n, error=0.05)
        wrong = sum(run.verdict == "undetermined" and run.most is not None and run.most < 0.01
                    for run in world.runs(trials))  # fmt: skip
        yield Rate(by.UNDETERMINED, "a gap of 1 point; said: no gap is above a smaller figure",
                   f"{n:,} a split", trials, wrong / trials, at_most=0.05)  # fmt: skip


@simulates(by.SURPASSED)
def no_better_than_people(trials: int) -> Iterator[Rate]:
    """Say that people are surpassed by a model at their level."""
    for n in SIZES:
        world = World.of({"human": 0.1, "train": 0.08, "dev": 0.1}, n)
        said = sum(run.surpassed for run in world.runs(trials)) / trials
        yield Rate(by.SURPASSED, "people and the model err on 10% of unseen rows, train is "
                   "memorised; said: people are surpassed", f"{n:,} a split", trials, said,
                   at_most=0.025)  # fmt: skip


@simulates(by.FALLING)
def nothing_falls(trials: int) -> Iterator[Rate]:
    """Say that the error falls along the ladder, though all levels are equal."""
    for n in SIZES:
        runs = World.without_gaps(0.05, n).runs(trials)
        said = sum(any(g.falls for g in run.gaps) for run in runs) / trials
        yield Rate(by.FALLING, "every level is 5%; said: the error falls from one to the next",
                   f"{n:,} a split", trials, said, at_most=0.025)  # fmt: skip


@simulates(by.SETTLE)
def so_many_settle_it(trials: int) -> Iterator[Rate]:
    """Settle a question with the number of examples named, the truth being what was observed."""
    each = 20
    for n in SIZES:
        world = World.of(dict(zip(LADDER, (0, 0.01, 0.02, 0.05, 0.07), strict=True)), n, train=3)
        random, settled, asked = np.random.default_rng(n), 0, 0
        while asked < trials:
            wrong = world.draw(random)
            asks = with_what_would_settle(world.decompose(wrong), SAMPLING).to_settle
            if asks is None:
                continue
            rates = {x: k / world.rows[x] for x, k in wrong.items()}
            more = World({"human": 0, **rates}, {x: asks.rows.get(x, 0) for x in rates})
            both = World(more.errors, {x: world.rows[x] + more.rows[x] for x in rates})
            for _ in range(each):
                after = both.decompose({x: wrong[x] + k for x, k in more.draw(random).items()})
                settled += is_closed(asks.question, after)
            asked += each
        yield Rate(by.SETTLE, "levels of 1, 2, 5 and 7%; as many rows more as were named, the "
                   "truth being what was seen: settled", f"{n:,} a split before", asked,
                   settled / asked, at_least=0.75)  # fmt: skip


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
        yield Rate(by.LARGEST, "ten tags of 10% of the errors each; the gain of the largest lies "
                   "in its interval", f"{read} errors read", trials, covered / trials,
                   at_least=least)  # fmt: skip


@simulates(by.CONSTRAINTS)
def all_just_beyond_the_bound(trials: int) -> Iterator[Rate]:
    """Say that one of many candidates meets a constraint that all of them miss."""
    for k in (5, 20, 50):
        random, wrong = np.random.default_rng(k), 0
        for _ in range(trials):
            table = pl.DataFrame({"name": [f"c{i}" for i in range(k)], "accuracy": [0.9] * k,
                                  "error": random.binomial(1000, 0.0501, k) / 1000,
                                  "n": [1000] * k})  # fmt: skip
            found = ms.select(table, optimize="accuracy", where="error <= 0.05").to_dict()
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


@simulates(by.GATE)
def all_exactly_at_their_bound(trials: int) -> Iterator[Rate]:
    """Fail a gate of slices that are truly at their bound."""
    for k, n in ((1, 1000), (50, 200)):
        random, failed = np.random.default_rng(k), 0
        # What would settle it is not asked: it decides nothing, and takes most of the time.
        unasked = mock.patch("mlstrat.workflow.gate.answer.with_what_would_settle", lambda x, _: x)
        with tempfile.TemporaryDirectory() as folder, unasked:
            config = Path(folder) / "mlstrat.toml"
            config.write_text('[[gate]]\nmetric = "accuracy"\nmin = 0.9\nwhere = {part = "*"}\n')
            parts = np.repeat(np.arange(k).astype(str), n)
            for _ in range(trials):
                said = np.where(random.random(k * n) < 0.1, "y", "x")
                run = pl.DataFrame({"label": ["x"] * (k * n), "prediction": said, "part": parts})
                failed += ms.gate(run, config=config).verdict == "fail"
        yield Rate(by.GATE, f"{k} slice{'s' if k > 1 else ''} at an accuracy of 90%, which is the "
                   "bound; said: the gate failed", f"{n:,} a slice", trials, failed / trials,
                   at_most=0.025)  # fmt: skip


@simulates(by.SLICES)
def no_slice_differs(trials: int) -> Iterator[Rate]:
    """Confirm a slice of errors that are spread evenly."""
    random, said, runs = np.random.default_rng(0), 0, min(trials, 500)
    for _ in range(runs):
        wrong = random.random(1000) < 0.1
        columns = {f"c{i}": random.integers(0, 4, 1000).astype(str) for i in range(4)}
        run = pl.DataFrame({"label": ["x"] * 1000, "prediction": np.where(wrong, "y", "x"),
                            **columns})  # fmt: skip
        said += any(x["confirmed"] for x in ms.slices(run).to_dict()["slices"])
    yield Rate(by.SLICES, "4 columns of 4 values and their pairs, the error 10% everywhere; said: "
               "errors concentrate in a slice", "1,000", runs, said / runs,
               at_most=0.05)  # fmt: skip


@simulates(by.SLICES)
def people_and_slices_are_alike(trials: int) -> Iterator[Rate]:
    """Call people better on a slice, or say what would settle one, where nothing differs."""
    for n in (300, 1000, 3000):
        random, better, named, runs = np.random.default_rng(n), 0, 0, min(trials, 300)
        for _ in range(runs):
            model, human = (np.where(random.random(n) < 0.1, "y", "x") for _ in "mh")
            columns = {f"c{i}": random.integers(0, 4, n).astype(str) for i in range(4)}
            run = pl.DataFrame({"label": ["x"] * n, "prediction": model, "human": human, **columns})
            text = ms.slices(run).to_text()
            better += "People do better" in text
            named += "would settle it" in text
        for words, count in (("people do better on some", better),
                             ("so many examples would settle one", named)):  # fmt: skip
            yield Rate(by.SLICES, "4 columns of 4 values and their pairs, the error of the model "
                       f"and of people 10% everywhere; said: {words}", f"{n:,}", runs,
                       count / runs, at_most=0.05)  # fmt: skip


@simulates(by.REACHED)
def a_target_on_the_other_side(trials: int) -> Iterator[Rate]:
    """Say of a curve that it reaches a target below its floor, or never one above."""
    sizes, runs = np.array([500, 1000, 2000, 4000, 8000]), min(trials, 200)
    worlds = (
        ("it is reached, or will be", {"reached", "yes"}, np.full(5, 0.0724), "stays at 7.24%"),
        ("it will not be reached", {"never"}, 0.068 + 2.0 * sizes**-0.6, "falls towards 6.8%"),
    )  # fmt: skip
    for words, wrong, errors, shape in worlds:
        for n in (500, 2000, 10_000):
            random, said = np.random.default_rng(n), 0
            for _ in range(runs):
                table = pl.DataFrame({"n": sizes, "train": [0.01] * 5, "dev_n": [n] * 5,
                                      "dev": random.binomial(n, errors) / n})  # fmt: skip
                said += ms.curve(table, target="7%").to_dict()["reaches"] in wrong
            yield Rate(by.REACHED, f"a curve that {shape}, the target at 7%; said: {words}",
                       f"five sizes, {n:,} of dev", runs, said / runs, at_most=0.05)  # fmt: skip


@simulates(by.WORTH)
def labels_at_the_threshold(trials: int) -> Iterator[Rate]:
    """Call labels worth correcting that make up exactly as much of the errors as is the bound."""
    for read in (50, 200):
        random, said = np.random.default_rng(read), 0
        for _ in range(trials):
            marks = np.where(random.random(read) < LARGE_PART, "x", "no")
            sheet = pl.DataFrame({"id": range(read), "label": ["x"] * read,
                                  "prediction": ["y"] * read, "mislabeled": marks})  # fmt: skip
            said += ms.mislabels(sheet, error="1000/10000").to_dict()["worth_fixing"] is True
        yield Rate(by.WORTH, f"wrong labels are {100 * LARGE_PART:g}% of the errors, which is the "
                   "bound; said: worth correcting", f"{read} errors read", trials, said / trials,
                   at_most=0.05)  # fmt: skip


@simulates(by.MOVED)
def nothing_moved(trials: int) -> Iterator[Rate]:
    """Say of two runs that differ by chance that a gap moved."""
    for n in SIZES:
        random, said = np.random.default_rng(n), 0
        for _ in range(trials):
            runs = []
            for seed in range(2):
                levels = [Level("human", Estimate(0.0), fixed=True)]
                levels += [Level(split, from_counts(int(random.binomial(n, error)), n, SAMPLING))
                           for split, error in (("train", 0.1), ("dev", 0.2))]  # fmt: skip
                runs.append(Trial(str(seed), {"seed": seed}, decompose(levels, sampling=SAMPLING)))
            said += any(change.moved for change in compare_trials(runs, 0.95))
        yield Rate(by.MOVED, "two runs with train at 10% and dev at 20%, on rows of their own; "
                   "said: a gap moved", f"{n:,} a split", trials, said / trials,
                   at_most=0.05)  # fmt: skip


@simulates(by.KNOB)
def knobs_that_do_nothing(trials: int) -> Iterator[Rate]:
    """See a knob of a study in which none does anything."""
    world, names = StudyWorld(5, 300, 0.1, 0.1, spread=0.1), [f"knob-{k}" for k in range(10)]
    random, alarms, studies = np.random.default_rng(8), 0, min(trials, 300)
    for _ in range(studies):
        base = world.draw(random)["a"]
        others = [Condition(name, name, world.draw(random)["b"]) for name in names]
        found = study_runs(
            [Condition("base", "base", base), *others],
            [Comparison(name, "base", "dev") for name in names], range(5), tolerance=0.0,
        )  # fmt: skip
        alarms += any(x.moved for x in found.changes)
    yield Rate(by.KNOB, "ten knobs that do nothing, 5 seeds each; said: one of them moved a gap",
               "300 of dev", studies, alarms / studies, at_most=0.05)  # fmt: skip


@simulates(by.DETECTABLE)
def fixed_and_none_broken(trials: int) -> Iterator[Rate]:
    """Show a fix of errors with none broken; no chance in it, so one trial says all."""
    for fixed, shows in ((5, False), (6, True), (8, True)):
        seen = float(mcnemar_exact(0, fixed) <= 0.05)
        yield Rate(by.DETECTABLE, f"{fixed} errors fixed and none broken; said: better",
                   "any number", trials, seen, at_least=1.0 if shows else None,
                   at_most=None if shows else 0.0)  # fmt: skip


@simulates(by.ABOVE_FLOOR)
def as_good_as_a_constant(trials: int) -> Iterator[Rate]:
    """Let a model pass for better than the constant answer that errs exactly as often."""
    for n in (100, 1000):
        random, said = np.random.default_rng(n), 0
        for _ in range(trials):
            yes = random.random(n) < 0.3
            flipped = random.random(n) < np.where(yes, 0.35, 0.15)  # as many right as wrong
            run = pl.DataFrame({"label": np.where(yes, "yes", "no"),
                                "prediction": np.where(flipped, "yes", "no")})  # fmt: skip
            codes = {x.code for x in ms.score(run, metric="error").findings}
            said += "MLS270" not in codes
        yield Rate(by.ABOVE_FLOOR, "a model that errs on 30%, as the constant answer does; said: "
                   "better than that", f"{n:,}", trials, said / trials, at_most=0.025)  # fmt: skip
