"""An interval is a promise: simulated, a nominal 95% covers 93 to 97%.

Where fewer than ten errors are expected it covers at least 90%. The tests count with the
simulation's own error of three standard errors beside these limits. Marked slow: `.ci/run` runs
them.
"""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest

from mlstrat.core.counts import Tally
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Estimate, Sampling, from_counts
from mlstrat.core.metrics import METRICS, MetricChoice
from mlstrat.core.pairs import PairedErrors
from mlstrat.workflow.diagnose.ladder import Level, decompose
from mlstrat.workflow.diagnose.run import diagnose_cells
from tests.simulation import World

pytestmark = pytest.mark.slow

SIZES, ERRORS = (50, 200, 2000), (0.01, 0.1, 0.5)
METRIC_CASES = {
    "accuracy": (MetricChoice(METRICS["accuracy"], None, None), (0.5, 0.5)),
    "F1": (MetricChoice(METRICS["f1"], "binary", "c0"), (0.5, 0.5)),
    "F1 of a rare class": (MetricChoice(METRICS["f1"], "binary", "c0"), (0.2, 0.8)),
    "macro-F1": (MetricChoice(METRICS["f1"], "macro", None), (0.34, 0.33, 0.33)),
    "macro-F1, uneven": (MetricChoice(METRICS["f1"], "macro", None), (0.6, 0.3, 0.1)),
    "Matthews correlation": (MetricChoice(METRICS["mcc"], None, None), (0.5, 0.5)),
}


def within_limits(covered: int, trials: int, expected_errors: float) -> bool:
    """Tell whether the coverage keeps the promise, up to the simulation's own error."""
    rate = covered / trials
    if expected_errors < 10:
        return rate >= 0.90 - 3 * np.sqrt(0.9 * 0.1 / trials)
    slack = 3 * np.sqrt(0.95 * 0.05 / trials)
    return 0.93 - slack <= rate <= 0.97 + slack


def true_value(world: World, choice: MetricChoice) -> float:
    table = world.truth()
    labels = tuple(f"c{i}" for i in range(len(table)))
    margins = Tally(np.diag(table)[None], table.sum(1)[None], table.sum(0)[None], np.ones(1))
    return float(choice.of_tally(margins, labels)[0])


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("grouped", [False, True], ids=["", "grouped"])
@pytest.mark.parametrize("name", METRIC_CASES)
def test_metrics(name, grouped, weighted):
    choice, prior = METRIC_CASES[name]
    trials, misses = 400, {}
    for n, error in product(SIZES, ERRORS):
        world = World(n, error, prior, grouped, weighted)
        wanted, rng, covered, given = true_value(world, choice), np.random.default_rng(1), 0, 0
        for trial in range(trials):
            found = estimate(world.draw(rng), choice, Sampling(0.95, 500, trial), draws=False)
            if found.ci is None:
                assert found.reason
                continue
            low, high = METRICS[choice.metric.name].low, METRICS[choice.metric.name].high
            assert low <= found.ci[0] <= found.ci[1] <= high
            given += 1
            covered += found.ci[0] - 1e-12 <= wanted <= found.ci[1] + 1e-12
        # With ten rows a group, few groups are few degrees of freedom: never too narrow is asked.
        expected = n * error if not (grouped and n < 200) else 0
        if given > 30 and not within_limits(covered, given, expected):
            misses[n, error] = covered / given
    assert not misses


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("error", ERRORS)
def test_the_gap_of_two_independent_levels(n, error):
    rng, trials, covered = np.random.default_rng(2), 2000, 0
    end = min(1.5 * error, 0.75)
    sampling = Sampling(0.95, 100, 0)

    @cache  # few errors come out as often as they do, and mean the same each time
    def covers(train: int, dev: int) -> bool:
        levels = [
            Level("human", Estimate(0.0), fixed=True),
            Level("train", from_counts(train, n, sampling)),
            Level("dev", from_counts(dev, n, sampling, 1)),
        ]
        low, high = decompose(levels, sampling=sampling).gap("variance").ci
        return low <= end - error <= high

    for _ in range(trials):
        covered += covers(int(rng.binomial(n, error)), int(rng.binomial(n, end)))
    assert within_limits(covered, trials, n * error)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("error", ERRORS)
def test_the_gap_of_people_and_model_on_the_same_rows(n, error):
    rng, trials = np.random.default_rng(3), 2000
    # People err on half of what the model errs on, and on some more.
    table = np.array([error / 2, error / 4, error / 2, 1 - 1.25 * error])
    sampling = Sampling(0.95, 100, 0)

    @cache
    def covers(both: int, human: int, model: int, neither: int) -> bool:
        paired = PairedErrors("train", both, human, model, neither)
        levels = [
            Level("human", from_counts(both + human, n, sampling)),
            Level("train", from_counts(both + model, n, sampling, 1)),
        ]
        low, high = decompose(levels, sampling=sampling, paired=paired).gap("avoidable_bias").ci
        return low <= error / 4 <= high

    covered = sum(covers(*counts) for counts in rng.multinomial(n, table, trials).tolist())
    # The discordant rows are what the gap is made of.
    assert covered / trials >= 0.93 - 0.015 if n * error >= 10 else covered / trials >= 0.90


@pytest.mark.parametrize("grouped", [False, True])
def test_the_gap_of_another_metric_and_of_groups(grouped):
    from dataclasses import replace

    misses = {}
    for n, error in product((200, 2000), (0.1, 0.5)):
        trials, covered, rng = 300, 0, np.random.default_rng(4)
        worlds = {
            name: World(n, e, (0.34, 0.33, 0.33), grouped)
            for name, e in (("train", error), ("dev", 1.2 * error))
        }
        choice = MetricChoice(METRICS["f1"], "macro", None)
        wanted = true_value(worlds["train"], choice) - true_value(worlds["dev"], choice)
        for trial in range(trials):
            a, b = (w.draw(rng) for w in worlds.values())
            both = {
                f: np.concatenate([getattr(a, f), getattr(b, f)])
                for f in ("truth", "predicted", "n", "weight", "weight_squared")
            }
            split = np.repeat([0, 1], [len(a.n), len(b.n)])
            group = None
            if a.group is not None and b.group is not None:
                group = np.concatenate([a.group, b.group + a.group.max() + 1])
            cells = replace(a, splits=("train", "dev"), split=split, group=group, **both)
            found = diagnose_cells(cells, metric="f1", sampling=Sampling(0.95, 500, trial))
            gap = found.decomposition.gap("variance")
            covered += gap.ci[0] <= wanted <= gap.ci[1]
        if not within_limits(covered, trials, n * error):
            misses[n, error] = covered / trials
    assert not misses


def test_a_gap_that_is_not_there_is_resolved_at_most_as_often_as_promised():
    rng, trials = np.random.default_rng(5), 2000
    sampling = Sampling(0.95, 100, 0)

    @cache
    def resolves(train: int, dev: int, n: int) -> bool:
        levels = [
            Level("train", from_counts(train, n, sampling)),
            Level("dev", from_counts(dev, n, sampling, 1)),
        ]
        return bool(decompose(levels, sampling=sampling).gap("variance").resolved)

    for n, error in product(SIZES, ERRORS):
        called = sum(resolves(*x, n) for x in rng.binomial(n, error, (trials, 2)).tolist())
        assert called / trials <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / trials), (n, error)
