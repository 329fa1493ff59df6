"""A threshold that dev chooses, in the tasks of tables: its intervals hold what choosing adds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.core.figures import Sampling, jackknife
from mlstrat.core.operating.choose import FOLDS, parts_of
from mlstrat.errors import UsageError
from mlstrat.tasks import find
from mlstrat.tasks.contract import How
from tests.boxes import scene, table

pytestmark = pytest.mark.usefixtures("typed")

FEW = {"resamples": 100}
F1 = {"choose_threshold": "f1"}


def labels(n: int, seed: int, own: int = 0) -> pl.DataFrame:
    """Return two labels an example, and scores of one of many equal models."""
    rng, noise = np.random.default_rng(seed), np.random.default_rng([seed, own + 1])
    truth = rng.random((n, 2)) < (0.4, 0.3)
    score = rng.normal(1.2 * truth, 0.7) + noise.normal(0, 0.7, (n, 2))
    return pl.DataFrame({
        "id": [f"x{i}" for i in range(n)], "split": ["dev"] * n,
        **{f"label_{x}": truth[:, i].astype(int) for i, x in enumerate("ab")},
        **{f"score_{x}": score[:, i] for i, x in enumerate("ab")},
    })  # fmt: skip


def trials(people: int, seed: int, own: int = 0, each: int = 5) -> pl.DataFrame:
    """Return trials between people who are easy and hard, and scores of one of many equal models.

    Every model has a person's place of its own, and every trial noise of its own.
    """
    rng, noise = np.random.default_rng(seed), np.random.default_rng([seed, own + 1])
    easy = rng.normal(0, 0.4, people) + noise.normal(0, 0.3, people)
    a, b, k = (x.ravel() for x in np.meshgrid(
        np.arange(people), np.arange(people), np.arange(each), indexing="ij"))  # fmt: skip
    keep = (a == b) | (k == 0)
    a, b, k = a[keep], b[keep], k[keep]
    same = a == b
    score = 3.0 * same + np.where(same, easy[a], 0.5 * (easy[a] + easy[b]))
    return pl.DataFrame({
        "id": [f"{x}-{y}-{z}" for x, y, z in zip(a, b, k, strict=True)], "split": ["dev"] * len(a),
        "left": [f"p{x}" for x in a], "right": [f"p{x}" for x in b], "same": same.astype(int),
        "score": score + noise.normal(0, 1, len(a)),
    })  # fmt: skip


def boxes(images: int, seed: int, own: int = 0) -> pl.DataFrame:
    """Return boxes that are found or not, and noise, with scores of one of many equal models."""
    rng, noise = np.random.default_rng(seed), np.random.default_rng([seed, own + 1])
    rows: list[tuple[str, str, str, float, float, float, float, float | None]] = []
    for i in range(images):
        name = f"p{i}"
        rows.append((name, "image", "", 0.0, 0.0, 1.0, 1.0, None))
        for j in range(rng.integers(1, 5)):
            rows.append((name, "gt", "cat", 100.0 * j, 0.0, 50.0, 50.0, None))
            if noise.random() < 0.85:
                score = noise.normal(0.6, 0.18)
                rows.append((name, "det", "cat", 100.0 * j + 2, 0.0, 50.0, 50.0, score))
        for j in range(noise.poisson(2.0)):
            rows.append((name, "det", "cat", 100.0 * j, 500.0, 50.0, 50.0, noise.normal(0.35, 0.2)))
    head = ("image_id", "kind", "category", "x", "y", "w", "h", "score")
    return pl.DataFrame(rows, schema=list(head), orient="row")


WORLDS: dict[str, tuple[Callable[..., pl.DataFrame], int, dict[str, Any]]] = {
    "multilabel": (labels, 100, F1), "verification": (trials, 20, {"far": 0.05}),
    "detection": (boxes, 60, F1),
}  # fmt: skip


@pytest.mark.parametrize("task", WORLDS)
def test_the_interval_of_dev_holds_what_choosing_the_threshold_adds(task: str) -> None:
    make, n, how = WORLDS[task]
    own = find(task)
    found = own.measure(make(n, 3 * (task == "verification")), How(split="dev", options=how))
    choice, sampling = own.choose(None, found), Sampling(resamples=100)
    plain, wider = (x(choice, "dev", sampling, draws=False)
                    for x in (found.at_thresholds, found.estimate))  # fmt: skip
    choosing = found.examples_read.choosing
    assert plain.value == wider.value == choosing.crossed
    (low, high), (lowest, highest) = plain.ci, wider.ci
    assert lowest < low < high < highest
    apparent = found.document("dev", sampling)["threshold"]["dev_apparent"]
    sums = (choosing.crossed - apparent) ** 2 if task == "verification" else jackknife(
        choosing.without)  # fmt: skip
    assert sums > 0
    # The same as two independent errors: half widths squared add.
    half = (highest - lowest) / 2
    assert half**2 == pytest.approx(((high - low) / 2) ** 2 + 1.959964**2 * sums, rel=1e-4)


def test_what_choosing_adds_is_by_the_errors_at_the_thresholds_without_each_fifth() -> None:
    run = labels(100, 0)
    read = find("multilabel").read(run, How(split="dev", options=F1))
    fold = parts_of(run["id"].to_list()) % FOLDS
    truth = run.select("label_a", "label_b").to_numpy() == 1
    score = run.select("score_a", "score_b").to_numpy()

    def best(keep: np.ndarray) -> float:
        t, s = truth[keep].ravel(), score[keep].ravel()
        return max(s, key=lambda x: (2 * ((s >= x) & t).sum() / ((s >= x).sum() + t.sum()), x))

    wanted = [((score >= best(fold != i)) != truth).mean() for i in range(FOLDS)]
    assert read.choosing.without == pytest.approx(wanted)


@pytest.mark.parametrize("task", WORLDS)
def test_two_runs_that_rank_alike_are_the_same_at_thresholds_of_their_own(task: str) -> None:
    make, n, how = WORLDS[task]
    run = make(n, 0)
    doubled = run.with_columns(pl.col("^score.*$") * 2)
    found = ms.compare(run, doubled, task=task, **how, **FEW).to_dict()
    assert found["verdict"] == "identical"
    assert "MLS815" in [x["code"] for x in found["findings"]]
    again = ms.compare(run, run, task=task, **how, **FEW).to_dict()
    assert "MLS815" not in [x["code"] for x in again["findings"]]


@pytest.mark.parametrize("task", WORLDS)
def test_a_difference_holds_what_choosing_both_adds_and_its_p_value_with_it(task: str) -> None:
    make, n, how = WORLDS[task]
    a, b = make(n, 0), make(n, 0, 1)
    own = find(task)
    pair = own.pair(a, b, (How(options=how), How(options=how)))
    choice = own.choose(None, pair)
    found = pair.difference(choice, Sampling())
    assert pair.apart.extra > 0
    given = replace(pair, apart=None).difference(choice, Sampling())
    assert found.figure.value == given.figure.value
    assert found.variance == pytest.approx(pair.apart.of(given.variance))
    assert found.figure.ci[1] - found.figure.ci[0] > given.figure.ci[1] - given.figure.ci[0]
    assert found.p_value > given.p_value
    assert found.p_value == ms.compare(a, b, task=task, **how, **FEW).to_dict()["p_value"]


def test_detections_by_another_rule_and_what_cannot_be() -> None:
    """The threshold with the best precision of those that find nine in ten boxes that are found."""
    truth, results = scene(40, 3)
    run = table(truth, results)
    asked = {"task": "detection", **FEW}

    def rates(cut: float) -> tuple[float, float]:
        found = ms.diagnose(run, threshold=cut, **asked).to_dict()["splits"]["dev"]["units"]
        return found["tp"] / found["true"], found["tp"] / max(found["predicted"], 1)

    cuts = sorted({x["score"] for x in results})[::6]
    told = ms.diagnose(run, choose_threshold="recall >= 0.6", **asked).to_dict()["threshold"]
    recall, precision = rates(told["value"])
    assert recall >= 0.6
    assert told["rule"] == "best precision with recall >= 0.6"
    assert all(p <= precision for r, p in map(rates, cuts) if r >= 0.6)
    best = ms.diagnose(run, choose_threshold="f1", **asked).to_dict()["threshold"]
    assert best == ms.diagnose(run, **asked).to_dict()["threshold"]
    dear = ms.diagnose(run, choose_threshold="cost label=1:20", **asked).to_dict()["threshold"]
    assert dear["value"] < best["value"]  # a box that is missed costs twenty others
    with pytest.raises(UsageError, match="no threshold has recall >= 1 on dev: the best is 0"):
        ms.diagnose(run, choose_threshold="recall >= 1", **asked)
    with pytest.raises(UsageError, match="nobody knows how many there are"):
        ms.diagnose(run, choose_threshold="far <= 0.1", **asked)
    with pytest.raises(UsageError, match="there is no label 'cat'"):
        ms.diagnose(run, choose_threshold="cost label=cat:2", **asked)


def test_a_card_may_say_the_rule(tmp_path: Path) -> None:
    run = labels(60, 0)
    run.drop("split").write_csv(tmp_path / "dev.csv")
    card = tmp_path / "card.toml"
    card.write_text('[task]\nname = "multilabel"\nchoose_threshold = "f1"\n\n'
                    '[task.dev]\npredictions = "dev.csv"\n')  # fmt: skip
    found = ms.diagnose(card, **FEW).to_dict()
    wanted = ms.diagnose(run, task="multilabel", **F1, **FEW).to_dict()
    assert found["threshold"] == wanted["threshold"]


@pytest.mark.slow
@pytest.mark.parametrize("task", WORLDS)
def test_equal_models_are_seldom_told_apart_and_more_often_with_thresholds_as_given(
    task: str,
) -> None:
    make, n, how = WORLDS[task]
    own, trials = find(task), 200
    told = np.zeros(2, int)
    for seed in range(trials):
        pair = own.pair(make(n, seed, 1), make(n, seed, 2), (How(options=how), How(options=how)))
        choice = own.choose(None, pair)
        for i, one in enumerate((pair, replace(pair, apart=None))):
            told[i] += one.difference(choice, Sampling()).p_value < 0.05
    assert told[0] <= told[1]
    assert told[0] <= 0.055 * trials + 6  # its own noise


@pytest.mark.slow
@pytest.mark.parametrize("task", WORLDS)
def test_the_interval_of_dev_covers_the_error_at_its_threshold_on_new_examples(task: str) -> None:
    make, n, how = WORLDS[task]
    own, covered, trials = find(task), 0, 100
    sizes = {"multilabel": 4000, "verification": 200, "detection": 1500}
    fresh = make(sizes[task], 10_000)
    for seed in range(trials):
        found = own.measure(make(n, seed), How(split="dev", options=how))
        choice = own.choose(None, found)
        cut = found.examples_read.choosing.threshold
        truth = own.measure(fresh, How(split="dev", options={"threshold": cut}))
        low, high = found.estimate(choice, "dev", Sampling(), draws=False).ci
        covered += low <= truth.estimate(choice, "dev", Sampling(), draws=False).value <= high
    assert covered >= 0.90 * trials
