"""Two runs are paired by id: what does not pair is counted, and what cannot be is refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mlstrat as ms
from mlstrat.core.figures import Sampling
from mlstrat.core.metrics import choose_metric
from mlstrat.data.held import held
from mlstrat.data.opening import open_table
from mlstrat.errors import InputError
from mlstrat.tasks.classification.pairing import read_columns, read_pair
from mlstrat.tasks.pairing import Side
from mlstrat.workflow.compare.difference import joint_draws

pytestmark = pytest.mark.usefixtures("typed")

HEAD = "id,split,label,prediction\n"
F1 = choose_metric("f1", labels=("cat", "dog", "owl"), positive=None, average=None)


def frame(n: int = 60, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    label = rng.choice(["cat", "dog", "owl"], n)
    prediction = np.where(rng.random(n) < 0.7, label, rng.choice(["cat", "dog", "owl"], n))
    return pd.DataFrame({"id": np.arange(n), "label": label, "prediction": prediction})


def pair() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two runs of the same examples, the second in another order."""
    a, b = frame(), frame(seed=1)
    b["label"] = a["label"]
    return a, b.sample(frac=1, random_state=0)


def quadrants(found: object) -> list[int]:
    counts = np.zeros(4, int)
    np.add.at(counts, found.cells.quadrants, found.cells.n)
    return counts.tolist()


def expected() -> list[int]:
    a, b = pair()
    both = a.merge(b, on="id", suffixes=("", "_b"))
    one, two = both.label == both.prediction, both.label == both.prediction_b
    return [int((x & y).sum()) for x, y in ((one, two), (one, ~two), (~one, two), (~one, ~two))]


def test_rows_are_paired_by_id_in_any_order():
    a, b = pair()
    found = read_pair(a, b)
    assert quadrants(found) == expected()
    assert (found.missing.count, found.extra.count) == (0, 0)
    assert quadrants(read_pair(b, a)) == [expected()[i] for i in (0, 2, 1, 3)]


def test_two_columns_of_one_file_give_the_same():
    a, b = pair()
    both = a.merge(b[["id", "prediction"]].rename(columns={"prediction": "pred_b"}), on="id")
    assert quadrants(read_columns(both, "prediction", "pred_b")) == expected()


def test_every_format_and_frame_gives_the_same():
    a, b = pair()
    a.to_csv("a.csv", index=False)
    b.to_csv("b.tsv", sep="\t", index=False)
    b.to_parquet("b.parquet")
    b.to_json("b.jsonl", orient="records", lines=True)
    with gzip.open("b.csv.gz", "wt") as file:
        b.to_csv(file, index=False)
    others = ["b.tsv", "b.parquet", "b.jsonl", "b.csv.gz", b, pl.DataFrame(b), pa.table(b),
              pl.DataFrame(b).lazy(), duckdb.from_df(b), b.convert_dtypes(),
              b.assign(id=b["id"].astype(float))]  # fmt: skip
    for other in others:
        for first in ("a.csv", a):
            assert quadrants(read_pair(first, other)) == expected(), type(other)


def test_without_pyarrow_a_frame_is_still_read(monkeypatch):
    import narwhals as nw

    def none(_self: object) -> None:
        raise ModuleNotFoundError("pyarrow")

    monkeypatch.setattr(nw.DataFrame, "to_polars", none)
    assert quadrants(read_pair(*pair())) == expected()


def test_labels_are_normalised_as_at_the_door():
    a = pl.DataFrame({"id": [1, 2, 3], "label": [1.0, 0.0, 1.0], "prediction": [1, 1, 1]})
    b = pl.DataFrame({"id": ["3", "2", " 1 "], "label": ["1", "0", "1.0"],
                      "prediction": ["1", " 0 ", ""]})  # fmt: skip
    found = read_pair(a, b)
    assert found.cells.labels == ("0", "1")
    assert quadrants(found) == [1, 1, 1, 0]
    assert found.positive == "1"


def test_probabilities_and_thresholds_predict():
    a = pl.DataFrame({"id": [1, 2], "label": [1, 0], "score": [0.6, 0.6]})
    b = pl.DataFrame({"id": [2, 1], "label": [0, 1], "prob_0": [0.9, 0.2], "prob_1": [0.1, 0.8]})
    assert quadrants(read_pair(a, b)) == [1, 0, 1, 0]
    assert quadrants(read_pair(a, b, threshold=0.7)) == [1, 0, 1, 0]


def test_each_may_name_its_columns():
    a, b = pair()
    b = b.rename(columns={"prediction": "new", "id": "uid"})
    assert quadrants(read_pair(a, b, columns=({}, {"prediction": "new"}))) == expected()
    found = ms.compare(a, b, b="new").to_dict()
    assert found["both_right"] == expected()[0]
    assert found["b"]["columns"]["prediction"] == "new"


def test_missing_and_extra_ids_are_counted_and_listed():
    a, b = pair()
    a, b = a[a["id"] != 3], b[~b["id"].isin(range(10, 20))]
    found = read_pair(a, b)
    assert found.cells.rows == 49
    assert (found.missing.count, found.extra.count) == (10, 1)
    assert found.missing.ids == ("10", "11", "12", "13", "14")
    assert found.extra.ids == ("3",)
    document = ms.compare(a, b).to_dict()
    assert document["missing"]["count"] == 10
    assert "MLS322" in [x["code"] for x in document["findings"]]


def test_as_many_missing_as_extra_are_seen():
    a, b = pair()
    b = b.assign(id=b["id"].replace({7: 700}))
    found = read_pair(a, b)
    assert (found.missing.ids, found.extra.ids) == (("7",), ("700",))


@pytest.mark.parametrize("side", [0, 1])
def test_repeated_ids_are_refused_even_where_the_numbers_agree(side):
    runs = list(pair())
    again = runs[side].assign(id=runs[side]["id"].replace({5: 6, 8: 9}))
    runs[side] = again
    with pytest.raises(ms.InputError, match="2 ids repeated: '6', '9'"):
        read_pair(*runs)
    # Two and two repeated: as many pairs as rows, and still not one partner each.
    a = pd.DataFrame({"id": list("xxyw"), "label": "k", "prediction": "k"})
    b = pd.DataFrame({"id": list("xxuv"), "label": "k", "prediction": "k"})
    with pytest.raises(ms.InputError, match="1 id repeated: 'x'"):
        read_pair(*((a, b) if side else (b, a)))


def test_different_labels_are_refused_with_their_ids():
    a, b = pair()
    a.to_csv("a.csv", index=False)
    b = b.assign(label=np.where(b["id"].isin([4, 5]), "bat", b["label"]))
    with pytest.raises(ms.InputError, match="2 examples with another label") as found:
        read_pair("a.csv", b)
    assert "for id '4'" in str(found.value) or "for id '5'" in str(found.value)
    assert found.value.row in (6, 7)


def test_no_id_in_common_is_refused():
    a, b = pair()
    with pytest.raises(ms.InputError, match="no id in common"):
        read_pair(a, b.assign(id=b["id"] + 1000))


def test_a_run_without_ids_is_refused():
    a, b = pair()
    with pytest.raises(ms.InputError, match="no id column"):
        read_pair(a, b.drop(columns="id"))


def test_blank_ids_are_refused():
    Path("a.csv").write_text(HEAD + "1,dev,x,x\n,dev,x,x\n  ,dev,x,x\n")
    with pytest.raises(ms.InputError, match="2 blank ids; the first is here") as found:
        read_pair("a.csv", "a.csv")
    assert found.value.row == 3


def test_ids_may_start_again_in_another_split():
    a, b = pair()
    train = a.assign(split="train", prediction="cat")
    one, two = (pd.concat([x.assign(split="val"), train]) for x in (a, b))
    found = read_pair(one, two)
    assert quadrants(found) == expected()
    assert found.cells.split == "dev"
    assert found.inputs[0].rows == 120


def test_a_run_without_splits_pairs_with_the_split_of_the_other():
    a, b = pair()
    one = pd.concat([a.assign(split="dev"), a.assign(split="test", id=a["id"] + 100)])
    assert quadrants(read_pair(one, b)) == expected()
    assert quadrants(read_pair(one, b.assign(id=b["id"] + 100), split="test")) == expected()


def test_other_splits_are_refused():
    a, b = pair()
    with pytest.raises(ms.InputError, match="there is no split 'dev'"):
        read_pair(a.assign(split="dev"), b.assign(split="test"))
    moved = b.assign(split=np.where(b["id"] < 3, "test", "dev"))
    with pytest.raises(ms.InputError, match="3 ids of dev in another split"):
        read_pair(a.assign(split="dev"), moved)


def test_weights_groups_and_slices_are_those_of_the_first():
    a, b = pair()
    a = a.assign(sample_weight=0.5, group=a["id"] // 3, region=["EU", "US"] * 30)
    found = read_pair(a, b.assign(sample_weight=7), by=["Region"])
    assert found.cells.weight.sum() == pytest.approx(30)
    assert found.cells.weight_squared.sum() == pytest.approx(15)
    assert len(np.unique(found.cells.group)) == 20
    assert found.cells.slices["region"][0] == ("EU", "US")


def test_uneven_rows_are_refused():
    a, _ = pair()
    a.assign(split="dev")[["id", "split", "label", "prediction"]].to_csv("a.csv", index=False)
    Path("b.csv").write_text(HEAD + "1,dev,cat\n")
    with pytest.raises(ms.InputError, match=r"row 2"):
        read_pair("a.csv", "b.csv")


def test_a_long_and_a_short_row_do_not_make_up_for_each_other():
    Path("a.csv").write_text(HEAD + "1,dev,x,x\n2,dev,y,y\n")
    Path("b.csv").write_text(HEAD + "1,dev,x\n2,dev,y,y,z\n")
    with pytest.raises(ms.InputError):
        read_pair("a.csv", "b.csv")


def test_only_one_can_be_standard_input():
    with pytest.raises(ms.UsageError, match="both runs are standard input"):
        read_pair("-", "-")


def test_no_rows_are_refused():
    Path("a.csv").write_text(HEAD)
    with pytest.raises(ms.InputError, match="a header and no rows"):
        read_pair("a.csv", "a.csv")


@pytest.mark.parametrize(
    ("a", "b", "wanted"),
    [
        ("pred_a", "pred_c", "--b names the column 'pred_c', which is not there"),
        ("pred_c", "pred_a", "--a names the column 'pred_c', which is not there"),
        ("pred_a", "pred_a", "both name the column"),
        ("pred_a", "id", "no value in common"),
        ("pred_a", None, "one run and no two predictions"),
    ],
)
def test_bad_columns_are_refused(a, b, wanted):
    run = frame().rename(columns={"prediction": "pred_a"})
    run["pred_b"] = run["label"]
    with pytest.raises(ms.MlstratError, match=wanted):
        ms.compare(run, a=a, b=b)


def test_a_positive_class_must_be_one_of_two_labels_of_both():
    run = pd.DataFrame({"label": [1, 0], "a": [1, 0], "b": [1, 2]})
    with pytest.raises(ms.UsageError, match="there are 3 labels"):
        ms.compare(run, a="a", b="b", positive="1")


# Joined in parts, as runs that are larger than memory are.


def large_runs() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return two runs of 900 rows in different orders; 20 rows stand in one of them only."""
    rng = np.random.default_rng(3)
    n = 900
    label = rng.integers(0, 2, n)
    runs = []
    for _ in range(2):
        prediction = np.where(rng.random(n) < 0.2, 1 - label, label)
        score = np.round(np.clip(0.5 * prediction + 0.5 * rng.random(n), 0, 1), 3)
        runs.append(pl.DataFrame({
            "id": np.arange(n), "label": label, "prediction": prediction, "score": score,
            "group": np.arange(n) // 3, "sample_weight": 1 + np.arange(n) % 4,
            "site": np.where(np.arange(n) % 7 < 3, "x", "y"),
        }).sample(fraction=1.0, shuffle=True, seed=len(runs)))  # fmt: skip
    a, b = runs
    return a.filter(pl.col("id") >= 10), b.filter(pl.col("id") < n - 10)


@pytest.mark.parametrize("metric", ["accuracy", "f1", "log_loss", "roc_auc"])
@pytest.mark.parametrize("text", [False, True])
def test_in_parts_the_figures_are_the_same(
    metric: str, text: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = large_runs()
    if text:
        b = b.with_columns(pl.col("id").cast(pl.String))
    found = ms.compare(a, b, metric=metric, by=["site"])
    whole = found.to_json()
    assert (found.missing.count, found.extra.count) == (10, 10)
    monkeypatch.setattr("mlstrat.tasks.pairing.PART_ROWS", 100)
    assert ms.compare(a, b, metric=metric, by=["site"]).to_json() == whole


@pytest.mark.parametrize("grouped", [False, True])
def test_slices_of_two_runs_join_in_parts(grouped: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = large_runs()
    if not grouped:
        a, b = a.drop("group"), b.drop("group")
    whole = ms.slices(a, versus=b, by=["site"], min_size=10).to_json()
    monkeypatch.setattr("mlstrat.tasks.pairing.PART_ROWS", 100)
    assert ms.slices(a, versus=b, by=["site"], min_size=10).to_json() == whole


@pytest.mark.parametrize("change", ["a repeated id", "another label", "another split", "no id"])
def test_in_parts_the_message_is_the_same(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = (run.with_columns(split=pl.lit("dev")) for run in large_runs())
    picked = pl.col("id") % 50 == 20
    if change == "a repeated id":
        b = pl.concat([b, b.filter(picked)])
    elif change == "another label":
        b = b.with_columns(label=pl.when(picked).then(1 - pl.col("label")).otherwise("label"))
    elif change == "another split":
        b = b.with_columns(split=pl.when(picked).then(pl.lit("test")).otherwise("split"))
    else:
        b = b.with_columns(pl.col("id") + 100_000)

    def message() -> str:
        with pytest.raises(InputError) as caught:
            ms.compare(a, b)
        return str(caught.value)

    whole = message()
    monkeypatch.setattr("mlstrat.tasks.pairing.PART_ROWS", 100)
    assert message() == whole


def test_a_run_beside_many_is_counted_once_and_says_the_same(
    monkeypatch: pytest.MonkeyPatch,
):
    """Of a run beside those in its order, in another, with fewer ids and with another id."""
    a, _ = pair()
    a["split"] = "dev"
    others = [frame(seed=i).assign(label=a["label"], split="dev") for i in range(1, 5)]
    others[1] = others[1].sample(frac=1, random_state=0)
    others[2] = others[2][5:]
    others[3]["id"] = others[3]["id"].where(a["id"] != 3, 900)
    tables = [held(open_table(pl.from_pandas(x.astype(str)))) for x in (a, *others)]
    counted = []
    count = Side.counted
    monkeypatch.setattr(
        Side, "counted", lambda s, text: (counted.append(s.table is tables[0]), count(s, text))[1]
    )
    kept: dict[object, object] = {}
    for other in (*tables[1:], tables[1]):
        alone, beside = (read_pair(tables[0], other, split="dev", kept=x) for x in (None, kept))
        assert quadrants(beside) == quadrants(alone)
        assert (beside.missing, beside.extra) == (alone.missing, alone.extra)
        assert np.array_equal(
            joint_draws(beside.cells, F1, Sampling(0.95, 50, 0)),
            joint_draws(alone.cells, F1, Sampling(0.95, 50, 0)),
        )
    assert counted.count(True) == 5 + 1
    assert counted.count(False) == 5 + 3  # those in the order of a are not counted beside it


def test_ids_that_stand_twice_are_refused_though_both_runs_have_them_so():
    a, b = frame(), frame(seed=1).assign(label=frame()["label"])
    for x in (a, b):
        x.loc[7, "id"] = 6
        x.loc[7, "label"] = "cat"
    tables = [held(open_table(pl.from_pandas(x.astype(str)))) for x in (a, b)]
    with pytest.raises(InputError) as alone:
        read_pair(*tables)
    with pytest.raises(InputError) as beside:
        read_pair(*tables, kept={})
    assert str(beside.value) == str(alone.value)
