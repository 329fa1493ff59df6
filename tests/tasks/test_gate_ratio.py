"""`gate --task ratio`: bounds, margins, slices and gaps of any additive error."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import ConfigError, UsageError

FEW = {"resamples": 300, "task": "ratio"}


def sentences(seed: int = 0, better: float = 1.0, n: int = 400) -> pl.DataFrame:
    """Return sentences of some words; ``better`` is the share of the errors that is kept."""
    rng = np.random.default_rng(seed)
    den = 1 + rng.poisson(12, n)
    num = rng.binomial(den, rng.beta(1, 8, n))
    return pl.DataFrame({
        "id": np.arange(n), "split": np.repeat(["train", "dev"], n // 2),
        "light": rng.choice(["day", "night"], n),
        "num": np.random.default_rng(seed + 1).binomial(num, better), "den": den,
    })  # fmt: skip


def labels(seed: int, wrong: float) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    light = np.random.default_rng(9).choice(["day", "night"], 300)
    return pl.DataFrame({
        "id": np.arange(300), "split": np.repeat(["train", "dev"], 150), "light": light,
        "label": "a", "prediction": np.where(rng.random(300) < wrong, "b", "a"),
    })  # fmt: skip


def as_ratio(run: pl.DataFrame) -> pl.DataFrame:
    num = (pl.col("label") != pl.col("prediction")).cast(pl.Int64)
    return run.select("id", "split", "light", num=num, den=1)


def written(folder: Path, text: str) -> Path:
    file = folder / "own.toml"
    file.write_text(text)
    return file


GATES = """
[[gate]]
metric = "error"
max = 0.2
margin = 0.02
[[gate]]
metric = "error"
where = "light == *"
max = 0.12
[[gate]]
metric = "variance"
max = 0.1
"""


def test_a_table_of_right_and_wrong_is_gated_as_its_labels_are(empty_folder: Path):
    config = written(empty_folder, GATES)
    run, baseline = labels(1, 0.1), labels(2, 0.13)
    whole = ms.gate(run, baseline=baseline, config=config, metric="error", resamples=300)
    ratio = ms.gate(as_ratio(run), baseline=as_ratio(baseline), config=config, **FEW)
    assert len(ratio.checks) == 5
    for mine, theirs in zip(ratio.checks, whole.checks, strict=True):
        assert (mine.verdict, mine.question.where) == (theirs.verdict, theirs.question.where)
        assert mine.figure.value == pytest.approx(theirs.figure.value)
        assert mine.figure.n == theirs.figure.n
        assert mine.figure.ci == pytest.approx(theirs.figure.ci, rel=1e-9)
    assert ratio.verdict == whole.verdict


def test_figures_are_those_of_the_sums(empty_folder: Path):
    config = written(empty_folder, GATES)
    run = sentences()
    baseline = sentences(better=0.5)
    found = ms.gate(run, baseline=baseline, config=config, **FEW)
    dev, old = (x.filter(pl.col("split") == "dev") for x in (run, baseline))

    def error(part: pl.DataFrame) -> float:
        return part["num"].sum() / part["den"].sum()

    by_light = [error(dev.filter(pl.col("light") == x)) for x in ("day", "night")]
    train = run.filter(pl.col("split") == "train")
    wanted = [error(dev), error(dev) - error(old), *by_light, error(dev) - error(train)]
    assert [c.figure.value for c in found.checks] == pytest.approx(wanted)
    assert found.checks[1].verdict == "fail"
    assert (found.verdict, found.exit_code) == ("fail", 1)


def test_without_ids_a_baseline_is_compared_unpaired(empty_folder: Path):
    found = ms.gate(sentences().drop("id"), baseline=sentences(7).drop("id"), **FEW)
    assert "MLS518" in {x.code for x in found.findings}
    assert found.checks[0].figure.ci is not None


def test_uses_of_dev_are_counted_by_the_ids(empty_folder: Path):
    file = empty_folder / "ledger.json"
    run = sentences()
    for one in (run, run.with_columns(num=0), run.with_columns(id=pl.col("id") + 1_000)):
        ms.gate(one, baseline=sentences(3) if one["id"][0] == 0 else one, ledger=file, **FEW)
    sets = json.loads(file.read_text())["sets"]
    assert sorted(x["uses"] for x in sets.values()) == [1, 2]


def test_an_error_without_an_upper_end_has_a_margin(empty_folder: Path):
    run = sentences().with_columns(num=pl.col("num") * 9.5)
    found = ms.gate(run, baseline=run.with_columns(num=pl.col("num") * 0.5), **FEW)
    assert found.verdict == "fail"
    assert not found.checks[0].question.share


def test_an_error_without_an_upper_end_has_bounds_above_1(empty_folder: Path):
    config = written(empty_folder, '[[gate]]\nmetric = "error"\nmax = 2.5\nmargin = 1.5')
    run = sentences().with_columns(num=pl.col("num") * 9.5)
    found = ms.gate(run, baseline=run, config=config, **FEW)
    assert [(c.question.kind, c.verdict) for c in found.checks] == [
        ("max", "pass"), ("margin", "pass"),
    ]  # fmt: skip
    ends = [(sentences(), FEW), (labels(1, 0.1), {"resamples": 300, "metric": "error"})]
    for one, asked in ends:  # an error that ends at 1 keeps to any bound above it
        for bounds, said in (("max = 2.5", "max is 2.5"), ("margin = 1.5", "margin is 1.5")):
            config = written(empty_folder, f'[[gate]]\nmetric = "error"\n{bounds}')
            with pytest.raises(ConfigError, match=f"{said} in .* lies from 0 to 1"):
                ms.gate(one, baseline=one, config=config, **asked)


@pytest.mark.parametrize("option", ["average", "beta", "positive", "threshold"])
def test_what_speaks_of_labels_is_refused(option: str):
    with pytest.raises(UsageError, match=f"^{option} belongs to classification"):
        ms.gate(
            sentences(),
            baseline=sentences(1),
            **{option: 1 if option in ("beta", "threshold") else "a"},
            **FEW,
        )


def test_a_value_that_does_not_occur_is_refused(empty_folder: Path):
    config = written(empty_folder, '[[gate]]\nmetric = "error"\nmax = 0.5\nwhere = "light == dax"')
    with pytest.raises(ConfigError, match="light == 'dax'"):
        ms.gate(sentences(), config=config, **FEW)


def test_the_command_says_its_verdict(empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    sentences().write_csv("new.csv")
    sentences(better=0.5).write_csv("old.csv")
    given = ["gate", "new.csv", "--baseline", "old.csv", "--task", "ratio", "--format", "json"]
    assert command(given) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["verdict"], document["signature"]["metric"]) == ("fail", "error")
    assert command([*given[:-3], "ratios"]) == 2
    assert "did you mean ratio" in capsys.readouterr().err


def _equal(n: int, seed: int, own: int, *, speakers: bool) -> pl.DataFrame:
    """Return sentences, and the errors of one of many models that are equally good on them.

    With speakers, a model understands each of them better or worse, ten sentences a speaker.
    """
    rng, noise = np.random.default_rng(seed), np.random.default_rng([seed, own])
    den, light = 1 + rng.poisson(12, n), rng.choice(["day", "night", "fog"], n)
    who = np.arange(n) // 10 if speakers else np.arange(n)
    rate = (rng.gamma(3, 0.04, n) * noise.gamma(8, 1 / 8, n))[who]
    return pl.DataFrame({
        "id": np.arange(n), "split": "dev", "light": light, "num": noise.poisson(den * rate) * 1.0,
        "den": den * 1.0, **({"group": who} if speakers else {}),
    })  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("speakers", [False, True])
def test_a_gate_of_four_checks_seldom_decides_between_equal_models(
    speakers: bool, empty_folder: Path
):
    """A margin of nothing, in all and in three slices: each decision, worse or better, is false."""
    config = written(
        empty_folder,
        """
[[gate]]
metric = "error"
margin = 1e-9
[[gate]]
metric = "error"
where = "light == *"
margin = 1e-9
""",
    )
    n, decided, failed = 400, 0, 0
    for seed in range(n):
        run, old = (_equal(200, seed, x, speakers=speakers) for x in (1, 2))
        found = ms.gate(run, baseline=old, config=config, task="ratio", resamples=100)
        assert len(found.checks) == 4
        decided += any(x.verdict != "inconclusive" for x in found.checks)
        failed += found.verdict == "fail"
    assert decided <= 0.055 * n + 6  # its own noise
    assert failed <= 0.03 * n + 4
