"""Very many groups are counted in buckets: in less memory, with the same figures and intervals."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Sampling
from mlstrat.core.metrics import choose_metric
from mlstrat.data.settings import settle
from mlstrat.errors import InputError
from mlstrat.tasks import keys as group_buckets
from mlstrat.tasks.classification.run import read_run
from mlstrat.workflow.slices import passes as slice_passes
from mlstrat.workflow.slices.command import Asked
from mlstrat.workflow.slices.read import open_slices
from mlstrat.workflow.slices.search import search

GROUPS = 6_000


def grouped() -> pl.DataFrame:
    """Return rows in threes that are right or wrong together, mostly."""
    rng = np.random.default_rng(5)
    hard = np.repeat(rng.random(GROUPS) < 0.2, 3)
    label = rng.integers(0, 2, 3 * GROUPS)
    wrong = np.where(hard, rng.random(len(hard)) < 0.7, rng.random(len(hard)) < 0.02)
    return pl.DataFrame({
        "label": label, "prediction": np.where(wrong, 1 - label, label),
        "group": np.repeat(np.arange(GROUPS), 3), "id": np.arange(3 * GROUPS),
    })  # fmt: skip


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_buckets, "MOST_GROUPS", 1_000)
    monkeypatch.setattr(group_buckets, "BUCKETS", 1_024)
    monkeypatch.setattr(group_buckets, "SMALL", 0)


def width(ci: tuple[float, float]) -> float:
    return ci[1] - ci[0]


@pytest.mark.parametrize("metric", [None, "f1", "mcc"])
def test_figures_are_the_same_and_intervals_as_wide(metric, request) -> None:
    frame = grouped()
    apart = ms.diagnose(frame, metric=metric).to_dict()
    request.getfixturevalue("few")
    together = ms.diagnose(frame, metric=metric).to_dict()
    one, two = apart["metric"], together["metric"]
    assert two["value"] == one["value"]
    # The variance over 1,024 buckets has a relative standard deviation of √(2/1023) = 4.4%.
    assert width(two["ci"]) == pytest.approx(width(one["ci"]), rel=3 * math.sqrt(2 / 1023) / 2)
    assert two["ci"] != one["ci"]
    assert "MLS215" in [x["code"] for x in together["findings"]]
    assert "MLS215" not in [x["code"] for x in apart["findings"]]


def test_intervals_are_wider_than_without_groups(few) -> None:
    frame = grouped()
    clustered = ms.diagnose(frame).to_dict()["metric"]["ci"]
    independent = ms.diagnose(frame.drop("group")).to_dict()["metric"]["ci"]
    assert width(clustered) > 1.2 * width(independent)


def test_two_runs_are_compared_in_buckets_too(request) -> None:
    frame = grouped()
    other = frame.with_columns(prediction=pl.when(pl.col("id") % 40 == 0).then("label")
                               .otherwise("prediction"))  # fmt: skip
    apart = ms.compare(frame, other).to_dict()["difference"]
    request.getfixturevalue("few")
    found = ms.compare(frame, other).to_dict()
    assert found["difference"]["value"] == apart["value"]
    assert width(found["difference"]["ci"]) == pytest.approx(width(apart["ci"]), rel=0.15)
    assert "MLS215" in [x["code"] for x in found["findings"]]


def test_the_cells_are_those_of_buckets(few) -> None:
    cells = read_run(grouped()).cells
    assert cells.group is not None
    assert len(np.unique(cells.group)) <= 1_024
    assert cells.rows == 3 * GROUPS


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_group_has_one_bucket_however_it_is_written(ending: str, few, empty_folder) -> None:
    """`7`, `7.0` and ` 7 ` are one group, as they are one label."""
    frame = grouped()
    expected = read_run(frame).cells
    if ending == "csv":
        group = pl.col("group").cast(pl.String)
        frame.with_columns(group=pl.when(pl.col("id") % 2 == 0).then(group + ".0")
                           .otherwise(" " + group + " ")).write_csv("run.csv")  # fmt: skip
    else:
        frame.with_columns(pl.col("group").cast(pl.Float64)).write_parquet("run.parquet")
    cells = read_run(f"run.{ending}").cells
    assert cells.group is not None
    assert expected.group is not None
    sizes = np.bincount(cells.group, cells.n)
    assert set((sizes % 3).tolist()) == {0}  # no group of three is torn apart


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_group_is_still_refused(blank: str, few, empty_folder) -> None:
    frame = grouped().with_columns(pl.col("group").cast(pl.String))
    frame.with_columns(group=pl.when(pl.col("id") == 17).then(pl.lit(blank))
                       .otherwise("group")).write_csv("run.csv")  # fmt: skip
    with pytest.raises(InputError, match="1 rows belong to a blank group"):
        read_run("run.csv")


def test_there_are_so_many_buckets_that_their_counts_fit_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of 2 labels 8,192; of 10 in 4 splits fewer; never fewer than a t quantile can bear."""
    monkeypatch.setattr(group_buckets, "MOST_APART", 1_000)
    rows = 20_000

    def buckets(labels: int, splits: list[str]) -> int:
        i = pl.int_range(rows, eager=True)
        split = pl.Series(splits)[(i // labels % len(splits)).to_list()]
        label = (i % labels).cast(pl.String)
        frame = pl.DataFrame({"label": label, "prediction": label, "group": i, "split": split})
        (note,) = [x.evidence for x in read_run(frame).notes if x.code == "MLS215"]
        return int(str(note["buckets"]))

    assert buckets(2, ["dev"]) == group_buckets.BUCKETS
    assert buckets(10, ["train", "train-dev", "dev", "test"]) == 1_024
    assert buckets(300, ["dev"]) == group_buckets.FEWEST_BUCKETS


@pytest.mark.slow
@pytest.mark.parametrize("buckets", [group_buckets.FEWEST_BUCKETS, 1_024])
def test_intervals_over_buckets_cover(buckets: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nominal 95%: 3,000 groups of one to nine rows, hard together, in so many buckets."""
    monkeypatch.setattr(group_buckets, "MOST_GROUPS", 0)
    monkeypatch.setattr(group_buckets, "BUCKETS", buckets)
    rng = np.random.default_rng(17)
    error, spread, trials = 0.1, 1 / 0.2 - 1, 500
    covered = {"accuracy": 0, "f1": 0, "naive": 0}
    for _ in range(trials):
        sizes = rng.integers(1, 10, 3_000)
        group = np.repeat(np.arange(3_000), sizes)
        rate = rng.beta(error * spread, (1 - error) * spread, 3_000)[group]
        label = rng.integers(0, 3, len(group))
        wrong = rng.random(len(group)) < rate
        called = np.where(wrong, (label + rng.integers(1, 3, len(group))) % 3, label)
        cells = read_run(pl.DataFrame({"label": label, "prediction": called, "group": group})).cells
        assert cells.group is not None
        assert len(np.unique(cells.group)) <= buckets
        for name in ("accuracy", "f1"):
            choice = choose_metric(name, labels=cells.labels, positive=None, average=None)
            low, high = estimate(cells, choice, Sampling(), draws=False).ci or (0.0, 0.0)
            covered[name] += low <= 1 - error <= high
        mean, half = 1 - wrong.mean(), 1.96 * math.sqrt(error * (1 - error) / len(group))
        covered["naive"] += mean - half <= 1 - error <= mean + half
    # 500 trials at 95% have a standard error of 1%.
    assert all(0.93 <= covered[name] / trials <= 0.975 for name in ("accuracy", "f1")), covered
    assert covered["naive"] / trials < 0.9  # what rows that are taken for independent would say


def test_slices_sum_very_many_groups_in_buckets_too(few, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slice_passes, "MOST_GROUPS", 500)
    site = pl.when(pl.col("group") % 3 == 0).then(pl.lit("x")).otherwise(pl.lit("y"))
    run = grouped().with_columns(site=site)
    asked: Asked = {"by": ["site"], "mismatch": False, "min_size": None, "checksum": False}
    coded = open_slices(run, None, ({}, {}), settle(run, asked), asked).coded
    found = search(coded.counts(pairs=True), (0, 1), 20)
    sums = coded.group_sums(found.slices, found.score.tolist())
    assert len(sums.rows) <= 2 * 500
    assert int(sums.rows.sum()) == 3 * GROUPS
