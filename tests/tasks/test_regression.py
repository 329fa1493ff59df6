"""Numbers against numbers: MAE, MSE, and the share beyond a distance."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import InputError, UsageError

pytestmark = pytest.mark.usefixtures("typed")

FEW = {"task": "regression", "resamples": 300}


def prices(n: int = 400, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    target = rng.normal(100, 20, n)
    split = np.where(np.arange(n) < n // 2, "train", "dev")
    off = rng.normal(0, np.where(split == "train", 2.0, 6.0)) + 1
    return pl.DataFrame({"id": range(n), "split": split, "city": rng.choice(["a", "b"], n),
                         "target": target, "prediction": target + off})  # fmt: skip


def of_dev(frame: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    dev = frame.filter(pl.col("split") == "dev")
    return dev["target"].to_numpy(), dev["prediction"].to_numpy()


def test_the_error_is_the_mean_absolute_one_and_has_no_upper_end():
    frame = prices()
    y, p = of_dev(frame)
    document = ms.diagnose(frame, human_error=1.5, **FEW)
    assert document.focus == ("variance",)
    assert "%" not in document.to_text().splitlines()[1].partition(",")[0]
    split = document.to_dict()["splits"]["dev"]
    assert split["error"]["value"] == pytest.approx(np.abs(p - y).mean())
    low, high = split["error"]["ci"]
    assert low < split["error"]["value"] < high
    assert split["errors"] is None  # an amount, no count


def test_an_error_below_1_is_an_amount_all_the_same():
    frame = prices().with_columns(pl.col("target") / 100, pl.col("prediction") / 100)
    found = ms.score(frame, **FEW)
    assert "%" not in found.to_text().splitlines()[0].partition("(")[0]


def test_mse_and_a_distance_from_which_it_is_wrong():
    frame = prices()
    y, p = of_dev(frame)
    assert ms.score(frame, metric="mse", **FEW).value == pytest.approx(((p - y) ** 2).mean())
    within = ms.score(frame, within=5, **FEW)
    assert within.value == (np.abs(p - y) > 5).mean()
    assert "%" in within.to_text().splitlines()[0]


def test_rmse_and_r2_stand_beside_it():
    frame = prices()
    y, p = of_dev(frame)
    split = ms.diagnose(frame, **FEW).to_dict()["splits"]["dev"]
    figures = {x["metric"]: x["value"] for x in split["beside"]}
    assert figures["rmse"] == pytest.approx(np.sqrt(((p - y) ** 2).mean()))
    assert figures["one_minus_r2"] == pytest.approx(
        ((p - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    )


def test_kinds_of_error_are_sides_and_the_worst():
    frame = prices()
    y, p = of_dev(frame)
    split = ms.diagnose(frame, **FEW).to_dict()["splits"]["dev"]
    kinds = {x["category"]: x for x in split["categories"]}
    assert {k: x["count"] for k, x in kinds.items()} == {
        "overshoot": (p > y).sum(), "undershoot": (p < y).sum(), "largest 1%": 2,
    }  # fmt: skip
    left = np.abs(p - y)[p < y].sum() / len(y)
    assert kinds["overshoot"]["ceiling"]["error"] == pytest.approx(left)


def test_two_runs_are_paired_by_id():
    frame = prices()
    better = frame.with_columns(prediction=(pl.col("prediction") + pl.col("target")) / 2)
    found = ms.compare(frame, better, **FEW)
    assert found.verdict == "b_better"
    y, p = of_dev(frame)
    assert found.difference.value == pytest.approx(-np.abs(p - y).mean() / 2)


@pytest.mark.parametrize(
    ("column", "cell"), [("target", "abc"), ("prediction", ""), ("target", "inf")]
)
def test_what_is_no_number_is_refused_with_its_row(column: str, cell: str, empty_folder):
    frame = prices(40).with_columns(pl.col("target", "prediction").cast(pl.String))
    frame = frame.with_columns(
        pl.when(pl.col("id") == 7).then(pl.lit(cell)).otherwise(pl.col(column)).alias(column)
    )
    frame.write_csv("run.csv")
    with pytest.raises(InputError) as caught:
        ms.score("run.csv", **FEW)
    assert (caught.value.row, caught.value.column) == (9, column)


def test_columns_that_are_missing_are_refused():
    with pytest.raises(InputError, match="no column target"):
        ms.score(pl.DataFrame({"prediction": [1.0]}), **FEW)
    with pytest.raises(UsageError, match="--within is -1"):
        ms.score(prices(), within=-1, **FEW)


def test_every_command_takes_it(empty_folder, capsys: pytest.CaptureFixture[str]):
    frame = prices()
    frame.write_csv("a.csv")
    frame.with_columns(pl.col("prediction") + 0.5).write_csv("b.csv")
    for line in (
        "score a.csv --by city", "compare a.csv b.csv", "slices a.csv", "error-table a.csv",
        "gate b.csv --baseline a.csv --margin 0.9", "select a.csv b.csv --minimize error",
        "sample a.csv -n 5 -o sheet.csv --kind overshoot", "report a.csv",
    ):  # fmt: skip
        assert command([*line.split(), "--task", "regression"]) in (0, 1, 3), line
        assert capsys.readouterr().out
    assert set(pl.read_csv("sheet.csv")["category"]) == {"overshoot"}


def test_a_column_may_be_named_as_polars_names_all_of_them():
    """To some calls of Polars a star is every column, and a caret begins a pattern."""
    frame = prices(60)
    said = frame.select("id", "prediction").with_columns(
        pl.lit("a").alias("*"), pl.lit("b").alias("^i.*$")
    )
    truth = frame.select("id", "target")
    found = ms.diagnose(said, truth=truth, task="regression", resamples=100).to_dict()
    plain = said.select("id", "prediction")
    wanted = ms.diagnose(plain, truth=truth, task="regression", resamples=100).to_dict()
    assert found["levels"] == wanted["levels"]
