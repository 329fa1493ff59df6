"""`category` where a column is asked for: the part of the error that each kind is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.core.figures import Sampling
from mlstrat.core.ratio import Ratios, Sums, estimate


def texts(n: int = 400, seed: int = 0, typo: float = 0.4) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    den = 5 + rng.poisson(12, n)
    typos, gaps = rng.binomial(3, typo, n), rng.binomial(2, 0.2, n)
    return pl.DataFrame({
        "id": np.arange(n), "light": rng.choice(["day", "night"], n), "num": typos + gaps,
        "den": den, "count.typo": typos, "fixed.typo.num": -typos, "fixed.typo.den": -typos,
        "count.gap": gaps, "fixed.gap.num": -gaps,
    })  # fmt: skip


def of_kind(frame: pl.DataFrame, kind: str):
    """Return Σ num of a kind / Σ den with its interval, as its numbers alone give it."""
    num, den = (frame[x].to_numpy().astype(float) for x in (f"count.{kind}", "den"))
    return estimate(Ratios(Sums.of(num, den)), Sampling(), draws=False)


def test_a_slice_of_a_kind_is_its_part_of_the_error():
    frame = texts()
    found = {x.where[0][1]: x for x in ms.slices(frame, task="ratio", by="category").slices}
    assert set(found) == {"typo", "gap"}
    for kind, one in found.items():
        wanted = of_kind(frame, kind)
        assert one.error.value == pytest.approx(wanted.value)
        assert one.error.ci == pytest.approx(wanted.ci)
        assert one.share_of_errors == pytest.approx(
            frame[f"count.{kind}"].sum() / frame["num"].sum()
        )
        assert one.n == (frame[f"count.{kind}"] > 0).sum()
        assert one.p_value is None
    assert (
        "typo is the kind with most of the errors"
        in ms.slices(frame, task="ratio", by="category").to_text()
    )


def test_a_column_of_that_name_is_a_column():
    frame = texts().with_columns(category=pl.col("light"))
    found = ms.slices(frame, task="ratio", by="category").slices
    assert {x.where[0][1] for x in found} == {"day", "night"}


def test_a_run_without_kinds_has_no_such_column():
    with pytest.raises(ms.InputError, match="names the column 'category'"):
        ms.slices(texts().select("id", "num", "den"), task="ratio", by="category")


def test_a_kind_stands_beside_columns_of_the_table_of_examples():
    found = ms.slices(texts(), task="ratio", by=["light", "category"])
    assert {dict(x.where).popitem()[0] for x in found.slices} == {"light", "category"}
    assert found.result.slices[0].p_value is not None


GATES = """
[[gate]]
metric = "error"
where = "category == typo"
max = 0.05
margin = 0.01
[[gate]]
metric = "error"
where = "category == *"
max = 0.1
"""


def test_a_gate_holds_each_kind_to_a_bound(empty_folder: Path):
    (empty_folder / "own.toml").write_text(GATES)
    run, baseline = texts(), texts(seed=1, typo=0.1)
    found = ms.gate(run, baseline=baseline, config="own.toml", task="ratio", resamples=200)
    checks = {(dict(c.question.where)["category"], c.question.kind): c for c in found.checks}
    assert set(checks) == {("typo", "max"), ("typo", "margin"), ("gap", "max")}
    assert checks["typo", "margin"].figure.value == pytest.approx(
        of_kind(run, "typo").value - of_kind(baseline, "typo").value
    )
    assert checks["gap", "max"].figure.value == pytest.approx(of_kind(run, "gap").value)
    assert checks["typo", "margin"].verdict == "fail"
    assert next(x for x in found.findings if x.code == "MLS518").evidence["reason"] == "kinds"


def test_gates_slice_by_what_the_table_of_examples_has_whatever_the_files_are(
    empty_folder: Path, capsys: pytest.CaptureFixture[str]
):
    """CoNLL columns are no table, and their sentences have kinds of error all the same."""
    tokens = [f"w B-X {'B-X' if i % 7 else 'O'}\n\n" for i in range(300)]
    Path("run.conll").write_text("".join(tokens))
    Path("own.toml").write_text(
        '[[gate]]\nmetric = "error"\nwhere = "category == missing"\nmax = 0.2\n'
    )
    assert command(["gate", "run.conll", "--task", "tagging", "--config", "own.toml"]) == 0
    assert "category missing" in capsys.readouterr().out
