"""`count --task ratio`: sums by cell that give the figures of the examples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import InputError, UsageError

FEW = {"resamples": 300, "task": "ratio"}


def texts(n: int = 600, part: float = 1.0) -> pl.DataFrame:
    """Return texts of two kinds of error, in groups; ``part`` makes amounts of the counts."""
    rng = np.random.default_rng(4)
    den = 5 + rng.poisson(12, n)
    typos, gaps = rng.binomial(3, 0.4, n), rng.binomial(2, 0.1, n)
    return pl.DataFrame({
        "id": np.arange(n), "split": np.repeat(["train", "dev"], n // 2),
        "group": rng.integers(0, 40, n).astype(str), "light": rng.choice(["day", "night"], n),
        "num": (typos + gaps) * part, "den": den * part,
        "count.typo": typos, "fixed.typo.num": -typos * part, "fixed.typo.den": -typos * part,
        "count.gap": gaps, "fixed.gap.num": -gaps * part,
    })  # fmt: skip


def figures(document: dict) -> dict:
    """Return a document without what names its input."""
    return {k: v for k, v in document.items() if k not in ("signature", "columns")}


@pytest.mark.parametrize("drop", [(), ("group",)], ids=["grouped", "independent"])
@pytest.mark.parametrize("part", [1.0, 0.3])
@pytest.mark.parametrize("ending", ["csv", "parquet", "ndjson"])
def test_sums_give_the_figures_of_the_examples_to_the_last_digit(
    ending: str, part: float, drop: tuple[str, ...], empty_folder: Path
):
    frame = texts(part=part).drop(drop)
    ms.count(frame, task="ratio", output=f"sums.{ending}")
    ms.count(frame, task="ratio", by="light", output=f"by.{ending}")
    for file, ask in (
        ("by", lambda run: ms.score(run, by="light", **FEW)),
        ("sums", lambda run: ms.error_table(run, task="ratio")),
        ("sums", lambda run: ms.diagnose(run, **FEW)),
    ):
        mine, theirs = (ask(run).to_dict() for run in (f"{file}.{ending}", frame))
        assert figures(mine) == figures(theirs)
    if part == 1:  # counts add up exactly over what was kept, too
        whole = ms.diagnose(frame, **FEW).to_dict()
        assert figures(ms.diagnose(f"by.{ending}", **FEW).to_dict()) == figures(whole)


def test_the_sums_are_those_of_plain_numpy():
    frame = texts().drop("group")
    table = pl.DataFrame(ms.count(frame, task="ratio").records())
    dev = frame.filter(pl.col("split") == "dev")
    num, den, typos = (dev[x].to_numpy() for x in ("num", "den", "count.typo"))
    row = table.row(by_predicate=pl.col("split") == "dev", named=True)
    assert row["n"] == len(dev)
    assert (row["num"], row["den"]) == (num.sum(), den.sum())
    assert (row["num.num"], row["num.den"], row["den.den"]) == (
        (num * num).sum(), (num * den).sum(), (den * den).sum(),
    )  # fmt: skip
    assert (row["count.typo"], row["has.typo"]) == (typos.sum(), (typos > 0).sum())
    assert row["fixed.typo.num.den"] == ((num - typos) * (den - typos)).sum()
    assert row["cross.typo.num.den"] == (num * (den - typos)).sum()


def test_sums_of_shards_add_up(empty_folder: Path):
    frame = texts()
    for i in range(3):
        shard = frame.filter(pl.col("id") % 3 == i)
        ms.count(shard, task="ratio", output=f"sums{i}.csv")
    whole = ms.score(frame, **FEW).to_dict()
    assert figures(ms.score("sums*.csv", **FEW).to_dict()) == figures(whole)


def test_sums_of_sums_are_the_sums(empty_folder: Path):
    ms.count(texts(), task="ratio", output="sums.csv")
    ms.count("sums.csv", task="ratio", output="again.csv")
    assert Path("sums.csv").read_bytes() == Path("again.csv").read_bytes()


def test_what_is_no_table_of_sums_is_refused(empty_folder: Path):
    ms.count(texts(), task="ratio", output="sums.csv")
    sums = pl.read_csv("sums.csv")
    with pytest.raises(InputError, match=r"lacks the column den\.den"):
        ms.score(sums.drop("den.den"), **FEW)
    with pytest.raises(InputError, match="'-1"):
        ms.score(sums.with_columns(pl.lit(-1.0).alias("num.num")), **FEW)
    with pytest.raises(UsageError, match="has its columns by their names"):
        ms.score(sums, columns={"num": "den"}, **FEW)
    with pytest.raises(InputError, match="sums have no ids"):
        ms.compare(sums, sums, **FEW)


def test_what_speaks_of_labels_is_refused():
    with pytest.raises(UsageError, match="scores belongs to classification"):
        ms.count(texts(), task="ratio", scores=True)


def test_the_command(empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    texts().write_csv("run.csv")
    assert command(["count", "run.csv", "--task", "ratio", "--by", "light", "-o", "s.csv"]) == 0
    assert "Read it with" in capsys.readouterr().out
    assert command(["diagnose", "s.csv", "--task", "ratio"]) == 0
    assert "dev" in capsys.readouterr().out
