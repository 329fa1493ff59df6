"""One door for every task: a question asks what was measured, and labels are a task like others."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.core.figures import Sampling
from mlstrat.core.metrics import METRICS, MetricChoice, choose_metric
from mlstrat.errors import UsageError
from mlstrat.tasks import How, find
from mlstrat.tasks.classification.measured import MeasuredCells
from mlstrat.tasks.classification.run import read_run
from mlstrat.workflow.score.compute import score_cells
from mlstrat.workflow.score.measured import score_measured

SAMPLING = Sampling(resamples=300)
ERROR = MetricChoice(METRICS["error"], None, None)


def labels(*, grouped: bool = False) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    truth = rng.choice(["cat", "dog", "owl"], 400)
    frame = pl.DataFrame({
        "split": rng.choice(["train", "dev"], 400), "light": rng.choice(["day", "night"], 400),
        "label": truth, "prediction": np.where(rng.random(400) < 0.2, "owl", truth),
    })  # fmt: skip
    return frame.with_columns(group=pl.Series(rng.integers(0, 40, 400))) if grouped else frame


def measured(frame: pl.DataFrame) -> MeasuredCells:
    run = read_run(frame, by=["light"])
    return MeasuredCells(
        run.cells.splits, run.columns, run.notes, run.inputs, tuple(run.cells.slices), run.cells
    )


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("metric", ["error", "accuracy", "f1", "mcc"])
def test_score_through_the_door_is_score_of_the_counts_to_the_last_bit(metric: str, grouped: bool):
    found = measured(labels(grouped=grouped))
    choice = choose_metric(metric, labels=found.cells.labels, positive=None)
    wanted = score_cells(found.cells, choice, by=["light"], sampling=SAMPLING)
    got = score_measured(found, choice, by=["light"], sampling=SAMPLING)
    assert (got.scores, got.means, got.split) == (wanted.scores, wanted.means, wanted.split)


def test_counts_answer_as_a_ratio_table_of_the_same_examples_does():
    frame = labels()
    table = frame.select(
        "split", "light", num=(pl.col("label") != pl.col("prediction")).cast(int), den=1
    )
    one, other = measured(frame), find("ratio").measure(table, How(by=["light"]))
    for split in ("train", "dev"):
        for where in ({}, {"light": "night"}):
            a, b = (x.estimate(ERROR, split, SAMPLING, where, draws=False) for x in (one, other))
            assert (a.value, a.ci, a.n, a.errors) == (b.value, b.ci, b.n, b.errors)
            assert one.examples(split, where) == other.examples(split, where)
        assert one.values("light", split) == other.values("light", split)
        assert one.sums(split) == other.sums(split)
        assert one.groups(split) is other.groups(split) is None


def test_score_takes_a_ratio_table_by_split_and_by_column():
    rng = np.random.default_rng(1)
    den = 1 + rng.poisson(9, 300)
    frame = pl.DataFrame({
        "split": rng.choice(["train", "dev"], 300), "light": rng.choice(["day", "night"], 300),
        "num": rng.binomial(den, 0.2), "den": den,
    })  # fmt: skip
    found = ms.score(frame, task="ratio", by="light", resamples=300)
    dev = frame.filter(pl.col("split") == "dev")
    assert found.value == dev["num"].sum() / dev["den"].sum()
    document = found.to_dict()
    assert [(x["split"], x["by"]) for x in document["scores"]] == [
        ("dev", None), ("train", None), ("dev", {"light": "day"}), ("dev", {"light": "night"}),
    ]  # fmt: skip
    night = dev.filter(pl.col("light") == "night")
    assert document["scores"][3]["value"] == night["num"].sum() / night["den"].sum()
    assert found.to_text().startswith("Error on dev: ")


def test_score_refuses_what_speaks_of_labels():
    frame = pl.DataFrame({"num": [1, 0], "den": [1, 1]})
    with pytest.raises(UsageError, match="--weight-when belongs to classification"):
        ms.score(frame, task="ratio", weight_when=["label=a:2"])
