"""The task `ratio`: a table of num and den, read, measured and paired, against plain numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.errors import InputError, MlstratError, UsageError
from mlstrat.tasks import NAMES, find, keys
from mlstrat.tasks.contract import How
from mlstrat.tasks.findings import GROUPS_BUCKETED, NO_SPLIT_COLUMN
from mlstrat.tasks.measured import Measured, MeasuredPair
from mlstrat.tasks.ratio import fits
from mlstrat.tasks.unpaired import Unpaired

SAMPLING = Sampling(resamples=200)
TASK = find("ratio")
ERROR = TASK.choose(None)


def run(seed: int = 0, n: int = 400, **more: object) -> pl.DataFrame:
    """Return sentences of some words with errors of two kinds, three splits and 30 groups."""
    rng = np.random.default_rng(seed)
    den = 1 + rng.poisson(12, n)
    typos, rest = rng.binomial(den, 0.06), rng.binomial(den, 0.04)
    num = np.minimum(typos + rest, den)
    typos = np.minimum(typos, num)
    return pl.DataFrame({
        "id": np.arange(n), "split": rng.choice(["train", "dev", "Test"], n),
        "group": rng.integers(0, 30, n), "light": rng.choice(["day", "night"], n),
        "num": num, "den": den, "count.typo": typos, "fixed.typo.num": -typos,
        "count.rest": num - typos, "fixed.rest.num": typos - num, "fixed.rest.den": typos - num,
    } | more)  # fmt: skip


def measured(source: object, **how: object) -> Measured:
    found = TASK.measure(source, How(**how))
    assert isinstance(found, Measured)
    return found


def paired(a: object, b: object, **how: object) -> MeasuredPair:
    found = TASK.pair(a, b, (How(**how), How()))
    assert isinstance(found, MeasuredPair)
    return found


def told(found: Measured | MeasuredPair) -> list[tuple[str, object]]:
    return [(note.code, note.evidence) for note in found.notes]


# The registry


def test_a_task_is_found_by_its_name_in_any_case():
    assert find(" Ratio ") is TASK
    assert "classification" in NAMES


def test_a_task_that_there_is_not_is_refused_with_those_there_are():
    with pytest.raises(UsageError) as caught:
        find("ratios")
    assert caught.value.accepted == ", ".join(NAMES)
    assert caught.value.hint == "did you mean ratio?"


def test_a_ratio_table_is_known_by_num_and_den():
    assert fits(["num", "den"], [])
    assert not fits(["label", "prediction"], [])


def test_there_is_one_metric_and_it_has_no_upper_end_where_num_exceeds_den():
    frame = pl.DataFrame({"num": [3, 1], "den": [2, 2]})
    assert TASK.choose("Error", measured(frame)).metric.high == float("inf")
    assert TASK.choose("error", measured(run())).metric.high == 1
    with pytest.raises(UsageError, match="no such metric"):
        TASK.choose("accuracy")


# Reading, against numpy


def test_each_split_and_slice_has_the_ratio_of_its_sums():
    frame = run()
    found = measured(frame, by=["Light"])
    assert (found.splits, found.by) == (("train", "dev", "test"), ("light",))
    for split, raw in (("train", "train"), ("dev", "dev"), ("test", "Test")):
        part = frame.filter(pl.col("split") == raw)
        one = found.estimate(ERROR, split, SAMPLING)
        assert one.value == part["num"].sum() / part["den"].sum()
        assert (one.n, one.errors) == (len(part), part["num"].sum())
        assert found.groups(split) == part["group"].n_unique()
        assert found.sums(split) == (part["num"].sum(), part["den"].sum())
        assert found.values("light", split) == ("day", "night")
        night = part.filter(pl.col("light") == "night")
        assert found.estimate(ERROR, split, SAMPLING, {"light": "night"}).value == (
            night["num"].sum() / night["den"].sum()
        )


def test_the_variance_over_groups_is_that_of_numpy():
    frame = run().filter(pl.col("split") == "dev")
    num, den, group = (frame[x].to_numpy() for x in ("num", "den", "group"))
    value = num.sum() / den.sum()
    codes, place = np.unique(group, return_inverse=True)
    moved = np.bincount(place, num - value * den) / den.sum()
    by_group = len(codes) / (len(codes) - 1) * (moved**2).sum()
    n = len(num)
    by_rows = n / (n - 1) * ((num - value * den) ** 2).sum() / den.sum() ** 2
    one = measured(run()).estimate(ERROR, "dev", SAMPLING)
    assert one.variance == pytest.approx(max(by_group, by_rows), rel=1e-12)


def test_a_category_is_counted_and_its_ceiling_is_the_ratio_with_it_fixed():
    frame = run()
    found = measured(frame).categories("dev", SAMPLING)
    dev = frame.filter(pl.col("split") == "dev")
    assert list(found) == ["rest", "typo"]
    assert found["typo"].count == dev["count.typo"].sum()
    assert found["typo"].examples == (dev["count.typo"] > 0).sum()
    assert found["typo"].error.value == pytest.approx(
        (dev["num"] + dev["fixed.typo.num"]).sum() / dev["den"].sum()
    )
    rest = (dev["num"] + dev["fixed.rest.num"]).sum() / (dev["den"] + dev["fixed.rest.den"]).sum()
    assert found["rest"].error.value == pytest.approx(rest)
    assert found["rest"].gain.value == pytest.approx(dev["num"].sum() / dev["den"].sum() - rest)
    low, high = found["rest"].gain.ci
    assert 0 < low < found["rest"].gain.value < high


def test_amounts_are_read_as_they_stand():
    frame = pl.DataFrame({"num": [0.25, 1.5, 2.125], "den": [1, 1, 2]})
    one = measured(frame).estimate(ERROR, "dev", SAMPLING)
    assert (one.value, one.errors) == (3.875 / 4, None)


def test_without_a_split_column_every_row_is_dev_and_that_is_noted():
    found = measured(run().drop("split"))
    assert (found.splits, found.notes) == (("dev",), (Finding(NO_SPLIT_COLUMN, {"rows": 400}),))


def test_very_many_groups_are_put_into_buckets_and_that_is_noted(monkeypatch: pytest.MonkeyPatch):
    frame = run().with_columns(group=pl.col("id") // 2)
    apart = measured(frame).estimate(ERROR, "dev", SAMPLING)
    monkeypatch.setattr(keys, "MOST_GROUPS", 100)
    found = measured(frame)
    assert found.notes == (Finding(GROUPS_BUCKETED, {"buckets": 8192, "most_groups": 100}),)
    one = found.estimate(ERROR, "dev", SAMPLING)
    assert one.value == apart.value
    assert one.ci == pytest.approx(apart.ci, rel=0.01)  # few of so few groups share a bucket
    assert told(paired(frame, frame)) == told(found)


def test_columns_are_found_by_map_and_splits_by_split_as():
    frame = run().drop("den").rename({"num": "wrong"}).with_columns(words=pl.lit(50))
    found = measured(frame, columns={"num": "Wrong", "DEN": "words"},
                     split_as={"Test": "dev"})  # fmt: skip
    assert found.splits == ("train", "dev")
    assert found.columns["num"] == "wrong"
    assert found.columns["den"] == "words"


@pytest.mark.parametrize("kind", ["csv", "parquet", "pandas", "lazy", "shuffled"])
def test_the_same_table_gives_the_same_bytes_however_it_comes(kind: str, tmp_path: Path):
    frame = run().with_columns(num=pl.col("num") / 7)
    frame = frame.select("id", "split", "group", "light", "num", "den")
    path = tmp_path / f"run.{kind}"
    sources = {
        "csv": lambda: frame.write_csv(path),
        "parquet": lambda: frame.write_parquet(path),
        "pandas": frame.to_pandas,
        "lazy": frame.lazy,
        "shuffled": lambda: frame.sample(fraction=1, shuffle=True, seed=3),
    }
    made = sources[kind]()
    source = path if made is None else made
    expected, found = (
        measured(x, by=["light"]).estimate(ERROR, "dev", SAMPLING) for x in (frame, source)
    )
    assert found.figure == expected.figure
    assert found.variance == expected.variance
    assert np.array_equal(found.draws, expected.draws)


def test_the_file_is_told_with_its_rows_and_checksum(tmp_path: Path):
    run().write_csv(tmp_path / "own.csv")
    (told,) = measured(tmp_path / "own.csv").inputs
    assert (told.rows, told.path) == (400, str(tmp_path / "own.csv"))
    assert told.sha256 is not None


def test_rows_with_errors_come_with_their_kinds():
    frame = run(n=40)
    found = list(TASK.rows(frame, How(split="dev")))
    wanted = frame.filter((pl.col("split") == "dev") & (pl.col("num") > 0))
    assert [x.id for x in found] == [str(x) for x in wanted["id"]]
    assert [("typo" in x.categories) for x in found] == (wanted["count.typo"] > 0).to_list()


# Bad input: one message with its place

HEAD = "id,split,num,den"

BAD: dict[str, tuple[str, list[str]]] = {
    "empty": ("", ["the file is empty"]),
    "no rows": (f"{HEAD}\n", ["a header and no rows"]),
    "no den": ("id,num\n1,0\n", ["no column den", "'id', 'num'", "--map den=COLUMN"]),
    "a blank num": (f"{HEAD}\n1,dev,1,2\n2,dev,,2\n", ["row 3", "'num'", "blank"]),
    "text": (f"{HEAD}\n1,dev,x,2\n", ["row 2", "'num'", "'x'", "at least 0"]),
    "nan": (f"{HEAD}\n1,dev,1,nan\n", ["row 2", "'den'", "'nan'"]),
    "infinite": (f"{HEAD}\n1,dev,inf,1\n", ["row 2", "'num'", "'inf'"]),
    "negative": (f"{HEAD}\n1,dev,1,2\n2,dev,-1,2\n", ["row 3", "'num'", "'-1'"]),
    "too large": (f"{HEAD}\n1,dev,1e200,2\n", ["the largest num is 1e+200"]),
    "too large a change": (
        f"{HEAD},count.a,fixed.a.num\n1,dev,1,2,1,1e200\n",
        ["the largest change of num is 1e+200"],
    ),
    "too large a count": (
        f"{HEAD},count.a,fixed.a.num\n1,dev,1,2,1e200,-1\n",
        ["the largest count is 1e+200"],
    ),
    "a short row": (f"{HEAD}\n1,dev,1,2\n2,dev,1\n", ["row 3", "3 cells"]),
    "an unknown split": (f"{HEAD}\n1,prod,1,2\n", ["row 2", "'prod'", "--split-as prod=SPLIT"]),
    "a blank split": (f"{HEAD}\n1,dev,1,2\n2,,1,2\n", ["row 3", "a blank split"]),
    "a blank group": ("group,num,den\na,1,2\n,1,2\n", ["row 3", "a blank group"]),
    "nothing to be wrong about": (
        f"{HEAD}\n1,train,1,2\n2,dev,0,0\n",
        ["'den'", "every den is 0 in dev", "a den above 0"],
    ),
    "half a count": ("num,den,count.x\n1,2,0.5\n", ["row 2", "'count.x'", "whole number"]),
    "fixed without count": (
        "num,den,fixed.x.num\n1,2,-1\n",
        ["'fixed.x.num'", "no column count.x"],
    ),
    "fixed adds errors": (
        "num,den,count.x,fixed.x.num\n1,2,1,-1\n2,2,1,1\n",
        ["row 3", "'fixed.x.num'", "'1' adds errors", "subtract num"],
    ),
    "fixed takes too much": (
        "num,den,count.x,fixed.x.num\n1,2,1,-2\n",
        ["row 2", "'-2' takes more from num than there is", "from minus num to 0"],
    ),
    "fixed leaves less than no den": (
        "num,den,count.x,fixed.x.den\n1,2,1,-3\n",
        ["row 2", "'-3' takes more from den", "at least minus den"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_message_with_its_place(name: str, tmp_path: Path):
    text, said = BAD[name]
    path = tmp_path / "own.csv"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        measured(path)
    assert str(caught.value).startswith(str(path))
    for part in said:
        assert part in str(caught.value)


def test_a_role_of_another_task_is_refused():
    with pytest.raises(UsageError, match="has no role 'label'"):
        measured(run(), columns={"label": "num"})


def test_a_column_to_slice_by_that_is_not_there_is_refused_with_the_nearest():
    with pytest.raises(InputError) as caught:
        measured(run(), by=["lihgt"])
    assert caught.value.hint.startswith("did you mean 'light'")


# Two runs


def influence(num: np.ndarray, den: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return the influence of each group, scaled up where they balance more than rows would."""
    moved = (num - num.sum() / den.sum() * den) / den.sum()
    by_group = np.bincount(np.unique(group, return_inverse=True)[1], moved)
    rows, groups = len(num), len(by_group)
    by_rows = rows / (rows - 1) * (moved**2).sum()
    return by_group * max(1, by_rows / (groups / (groups - 1) * (by_group**2).sum())) ** 0.5


def test_two_runs_are_paired_by_id_whatever_their_order():
    a, b = run(0), run(1).with_columns(run(0)["split"])
    found = paired(a, b.sample(fraction=1, shuffle=True, seed=1), by=["light"])
    both = a.join(b, on="id", suffix="_b").filter(pl.col("split") == "dev")
    num_a, den_a, num_b, den_b = (both[x].to_numpy() for x in ("num", "den", "num_b", "den_b"))
    assert (found.split, found.examples(), found.missing, found.extra) == (
        "dev", len(both), Unpaired(0, ()), Unpaired(0, ()),
    )  # fmt: skip
    change = found.difference(ERROR, SAMPLING)
    v_a, v_b = num_a.sum() / den_a.sum(), num_b.sum() / den_b.sum()
    assert change.figure.value == pytest.approx(v_b - v_a, rel=1e-12)
    group = both["group"].to_numpy()
    moved = influence(num_b, den_b, group) - influence(num_a, den_a, group)
    groups = len(np.unique(group))
    assert change.variance == pytest.approx(groups / (groups - 1) * (moved**2).sum(), rel=1e-9)
    assert found.estimate("b", ERROR, SAMPLING).value == v_b
    night = both.filter(pl.col("light") == "night")
    assert found.values("light") == ("day", "night")
    assert found.difference(ERROR, SAMPLING, {"light": "night"}).figure.n == len(night)


def test_without_groups_the_variance_of_the_difference_is_that_of_numpy():
    a, b = (run(x).drop("group", "split") for x in (0, 1))
    change = paired(a, b).difference(ERROR, SAMPLING)
    num_a, den_a, num_b, den_b = (x[c].to_numpy() for x in (a, b) for c in ("num", "den"))
    v_a, v_b = num_a.sum() / den_a.sum(), num_b.sum() / den_b.sum()
    moved = (num_b - v_b * den_b) / den_b.sum() - (num_a - v_a * den_a) / den_a.sum()
    assert change.variance == pytest.approx(400 / 399 * (moved**2).sum(), rel=1e-9)


def test_examples_of_one_run_alone_are_left_out_and_told():
    a = run(0).drop("split")
    found = paired(a.head(390), a.tail(395))
    assert found.examples() == 385
    assert found.missing == Unpaired(5, ("0", "1", "2", "3", "4"))
    assert found.extra.count == 10


def test_two_runs_of_one_model_are_identical():
    assert paired(run(), run()).identical
    assert not paired(run().drop("split"), run(1).drop("split")).identical


PAIRS: dict[str, tuple[pl.DataFrame, pl.DataFrame, list[str]]] = {
    "no id": (run().drop("id"), run(), ["no id column", "--map id=COLUMN"]),
    "an id twice": (
        run().drop("split").with_columns(id=pl.col("id").replace(7, 6)),
        run().drop("split"),
        ["1 id repeated: '6'"],
    ),
    "a blank id": (
        run().with_columns(id=pl.when(pl.col("id") != 3).then("id")),
        run(),
        ["1 blank id", "row 4"],
    ),
    "nothing shared": (
        run().with_columns(pl.col("id") + 1000).drop("split"),
        run().drop("split"),
        ["no id in common"],
    ),
    "another split": (
        run().with_columns(split=pl.lit("dev")),
        run().with_columns(split=pl.when(pl.col("id") < 2).then(pl.lit("test")).otherwise(
            pl.lit("dev"))),
        ["2 ids of dev in another split"],
    ),
    "no common split": (
        run().with_columns(split=pl.lit("dev")),
        run().with_columns(split=pl.lit("test")),
        ["there is no split 'dev'"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_runs_that_do_not_pair_are_refused(name: str):
    a, b, said = PAIRS[name]
    with pytest.raises(MlstratError) as caught:
        paired(a, b)
    for part in said:
        assert part in str(caught.value)


def test_pandas_and_polars_frames_pair():
    found = paired(run().to_pandas(), run().lazy())
    assert found.names == ("<pandas.DataFrame>", "<polars.LazyFrame>")
    assert isinstance(run().to_pandas(), pd.DataFrame)
