"""`compare --task ratio`: two runs of any additive error on the same examples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import UsageError

FEW = {"resamples": 300}


def runs(better: float = 0.6, n: int = 300) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return two runs on the same sentences; b keeps a share of the errors of a."""
    rng = np.random.default_rng(0)
    den = 1 + rng.poisson(12, n)
    num = rng.binomial(den, rng.beta(1, 8, n))
    frame = pl.DataFrame({
        "id": np.arange(n), "light": rng.choice(["day", "night"], n), "num": num, "den": den,
    })  # fmt: skip
    return frame, frame.with_columns(num=rng.binomial(num, better))


def test_the_run_with_the_smaller_error_is_better():
    a, b = runs()
    found = ms.compare(a, b, task="ratio", **FEW)
    assert found.verdict == "b_better"
    assert found.to_text().splitlines()[0].startswith("b is better than a: lower error, by ")
    document = found.to_dict()
    wanted = b["num"].sum() / b["den"].sum() - a["num"].sum() / a["den"].sum()
    assert document["difference"]["value"] == pytest.approx(wanted)
    assert document["difference"]["ci"][1] < 0
    assert (document["n"], document["both_right"], document["test"]) == (
        300, None, "t_of_influences",
    )  # fmt: skip


def test_runs_that_cannot_be_told_apart_say_what_would_settle_it():
    a, b = runs()
    mixed = a.with_columns(num=pl.when(pl.col("id") % 2 == 0).then(b["num"]).otherwise("num"))
    swapped = a.with_columns(num=pl.when(pl.col("id") % 2 == 1).then(b["num"]).otherwise("num"))
    found = ms.compare(mixed, swapped, task="ratio", **FEW)
    assert found.verdict == "undecided"
    assert "They are within 1.0 points of each other." in " ".join(found.to_text().split())
    found = ms.compare(mixed, swapped, task="ratio", margin="0.5%", **FEW)
    assert found.to_dict()["n_needed"] == found.to_dict()["to_settle"]["rows"]["dev"]
    assert "paired dev examples would settle it" in " ".join(found.to_text().split())


def test_the_same_run_is_the_same():
    a, _ = runs()
    found = ms.compare(a, a, task="ratio", **FEW)
    assert (found.verdict, found.p_value) == ("identical", 1)
    assert [x.code for x in found.findings] == ["MLS321", "MLS203"]


@pytest.mark.parametrize(("margin", "answer"), [("5%", "yes"), ("0.01%", "no")])
def test_a_margin_is_answered(margin: str, answer: str):
    a, b = runs()
    first, second = (a, b) if answer == "yes" else (b, a)
    found = ms.compare(first, second, task="ratio", margin=margin, **FEW)
    assert found.result.non_inferior == answer


def test_slices_are_compared_with_holms_adjustment():
    a, b = runs()
    document = ms.compare(a, b, task="ratio", by="light", **FEW).to_dict()
    both = a.join(b, on="id", suffix="_b")
    for one in document["slices"]:
        part = both.filter(pl.col("light") == one["where"]["light"])
        assert one["n"] == len(part)
        assert one["difference"]["value"] == pytest.approx(
            part["num_b"].sum() / part["den_b"].sum() - part["num"].sum() / part["den"].sum()
        )
    plain, adjusted = ([x[key] for x in document["slices"]] for key in ("p_value", "p_adjusted"))
    assert adjusted[0] == pytest.approx(2 * min(plain))


def test_right_or_wrong_examples_compare_as_classification_does():
    rng = np.random.default_rng(3)
    wrong_a, wrong_b = rng.random(200) < 0.2, rng.random(200) < 0.12
    sides = [pl.DataFrame({"id": range(200), "label": "x", "prediction": np.where(w, "y", "x")})
             for w in (wrong_a, wrong_b)]  # fmt: skip
    tables = [pl.DataFrame({"id": range(200), "num": w.astype(int), "den": 1})
              for w in (wrong_a, wrong_b)]  # fmt: skip
    one = ms.compare(*sides, metric="error", **FEW).to_dict()
    other = ms.compare(*tables, task="ratio", **FEW).to_dict()
    same = ("both_right", "only_a_right", "only_b_right", "both_wrong", "p_value", "test",
            "verdict", "difference", "n")  # fmt: skip
    assert {key: other[key] for key in same} == {key: one[key] for key in same}


def test_options_of_labels_and_one_run_alone_are_refused():
    a, _ = runs()
    with pytest.raises(UsageError, match="a belongs to classification"):
        ms.compare(a, task="ratio", a="num")
    with pytest.raises(UsageError, match="nothing to compare it with"):
        ms.compare(a, task="ratio")


def test_the_command_line_takes_the_task(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for name, frame in zip("ab", runs(), strict=True):
        frame.write_csv(tmp_path / f"{name}.csv")
    paths = [str(tmp_path / f"{name}.csv") for name in "ab"]
    assert command(["compare", *paths, "--task", "ratio", "--by", "light", "-f", "csv"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4
