"""The first line, read in simulated worlds: how often it is wrong, and how often it says enough."""

from __future__ import annotations

import numpy as np
import pytest

from mlstrat.core.figures import Sampling
from mlstrat.core.intervals import one_sided
from mlstrat.workflow.diagnose.ladder import LADDER
from mlstrat.workflow.diagnose.to_settle import with_what_would_settle
from tests.simulated_ladders import TOLERANCE, Said, World, read_first_lines

pytestmark = pytest.mark.slow

SIZES = (100, 300, 1000)


def at_most(share: float, trials: int) -> float:
    """Return what a share is not above by chance: three standard errors."""
    return share + 3 * (share * (1 - share) / trials) ** 0.5


def at_least(share: float, trials: int) -> float:
    return share - 3 * (share * (1 - share) / trials) ** 0.5


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("error", [0.02, 0.1, 0.2])
def test_of_equal_levels_nothing_is_to_be_worked_on(error: float, n: int):
    # statistics: "Work on X" in 6 to 56% of such runs, a gap resolved in 15 to 19.
    said = read_first_lines(World.without_gaps(error, n), 500)
    assert said.work_on <= at_most(0.05, 500)
    assert said.resolved <= at_most(0.05, 500)
    assert said.left_out == 0


@pytest.mark.parametrize("n", SIZES)
def test_a_first_line_leaves_out_no_gap_that_is_the_largest(n: int):
    rng = np.random.default_rng(n)
    worlds = [
        World.of(dict(zip(LADDER, 0.02 + np.cumsum([0, *rng.exponential(0.02, 4)]), strict=True)),
                 n, train=3)
        for _ in range(40)
    ]  # fmt: skip
    said = [read_first_lines(world, 20, seed) for seed, world in enumerate(worlds)]
    left_out = sum(x.left_out for x in said) / len(said)
    assert left_out <= at_most(0.025, 800)
    # Of what is said, 95% is right from 200 rows on.
    if n >= 200:
        claims = sum(x.work_on for x in said) / len(said)
        assert left_out / claims <= at_most(0.05, round(800 * claims))


def focus_share(said: Said, gap: int) -> float:
    names = ("avoidable_bias", "variance", "data_mismatch", "dev_overfit")
    return said.focus[names[gap]] / said.trials


@pytest.mark.parametrize(("size", "n", "alone"), [(0.1, 300, 0.6), (0.1, 1000, 0.9),
                                                 (0.05, 1000, 0.8)])  # fmt: skip
@pytest.mark.parametrize("gap", range(4))
def test_one_gap_is_found(gap: int, size: float, n: int, alone: float):
    said = read_first_lines(World.with_one_gap(gap, size, n), 200)
    assert focus_share(said, gap) >= at_least(0.95, 200)
    assert said.share("focus") >= at_least(alone, 200)


@pytest.mark.parametrize("n", SIZES)
def test_small_is_not_said_above_the_tolerance(n: int):
    world = World.with_one_gap(1, 0.0101, n, error=0.005)
    assert read_first_lines(world, 400).share("small") <= at_most(0.05, 400)


@pytest.mark.parametrize(("errors", "n"), [
    ({"human": 0, "train": 0.0025, "train-dev": 0.005, "dev": 0.005, "test": 0.005}, 3000),
    (dict.fromkeys(LADDER, 0.0), 300),
])  # fmt: skip
def test_gaps_within_the_tolerance_are_small(errors: dict[str, float], n: int):
    assert read_first_lines(World.of(errors, n), 100).share("small") >= 0.9


@pytest.mark.parametrize("n", SIZES)
def test_a_model_at_the_human_level_does_not_surpass_people(n: int):
    world = World.of({"human": 0.1, "train": 0.08, "dev": 0.1}, n)
    said = [run.surpassed for run in world.runs(400)]
    assert sum(said) / 400 <= at_most(0.025, 400)


def test_memorised_training_is_variance():
    # People 10%, train 8%, dev 15%: once "human level surpassed, cannot tell".
    said = read_first_lines(World.of({"human": 0.1, "train": 0.08, "dev": 0.15}, 1000), 200)
    assert focus_share(said, 1) >= 0.95


def test_without_a_train_level_a_larger_gap_is_told():
    said = read_first_lines(World.of({"human": 0.11, "train-dev": 0.078, "dev": 0.618}, 500), 100)
    assert focus_share(said, 2) == 1


@pytest.mark.parametrize(("errors", "wrong"), [
    ({"train": 0.01, "dev": 0.20, "test": 0.08}, "dev_overfit"),
    ({"train": 0.20, "dev": 0.08}, "variance"),
])  # fmt: skip
def test_an_error_that_falls_is_seen(errors: dict[str, float], wrong: str):
    falls = [run.gap(wrong).falls for run in World.of({"human": 0, **errors}, 500).runs(100)]
    assert sum(falls) >= 95


@pytest.mark.parametrize("n", SIZES)
def test_so_many_rows_settle_it(n: int):
    """Rows are drawn until the same decision closes, with the truth as it was observed."""
    rng = np.random.default_rng(n)
    sampling = Sampling(resamples=10)
    closed = asked = 0
    for _ in range(30):
        world = World.of({"human": 0, "train": 0.01, "train-dev": 0.02, "dev": 0.05,
                          "test": 0.07}, n, train=3)  # fmt: skip
        wrong = world.draw(rng)
        settle = with_what_would_settle(world.decompose(wrong), sampling).to_settle
        if settle is None:
            continue
        rates = {x: k / world.rows[x] for x, k in wrong.items()}
        more = World({"human": 0, **rates}, {x: settle.rows.get(x, 0) for x in rates})
        both = World(more.errors, {x: world.rows[x] + more.rows[x] for x in rates})
        for _ in range(20):
            run = both.decompose({x: wrong[x] + k for x, k in more.draw(rng).items()})
            asked += 1
            closed += is_closed(settle.question, run)
    assert asked >= 200
    assert 0.75 <= closed / asked <= 0.97


def is_closed(question: str, run) -> bool:
    """Tell whether a run answers the question, either way."""
    from mlstrat.core.wording import GAP_TITLES

    named = [g for g in run.gaps if GAP_TITLES[g.gap] in question]
    if question.endswith("above 0?"):
        (gap,) = named
        return bool(gap.resolved) or upper_end(run, gap) <= TOLERANCE
    return not all(g.candidate for g in named)


def upper_end(run, gap) -> float:
    from mlstrat.core.intervals import contrast
    from mlstrat.workflow.diagnose.ladder import intervals_of

    levels = [run.level(name) for name in gap.weights]
    ends = intervals_of(levels, one_sided(0.95), 0.95)
    terms = [(gap.weights[x.name], x.value, ci) for x, ci in zip(levels, ends, strict=True)]
    return contrast(terms)[1]
