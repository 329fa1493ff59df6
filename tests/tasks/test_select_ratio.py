"""`select --task ratio`: the best of several runs of any additive error."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import UsageError
from tests.tasks.test_gate_ratio import as_ratio, labels, sentences

FEW = {"resamples": 300}


def candidates(folder: Path, **runs: pl.DataFrame) -> list[str]:
    """Write runs, each with the time that it takes beside it."""
    out = []
    for i, (name, run) in enumerate(runs.items()):
        place = folder / name
        place.mkdir()
        run.write_csv(place / "run.csv")
        (place / "run.toml").write_text(f"[run]\nms = {10 + i}\n")
        out.append(str(place / "run.csv"))
    return out


def test_tables_of_right_and_wrong_are_chosen_from_as_their_labels_are(empty_folder: Path):
    runs = {name: labels(i, 0.05 + 0.04 * i) for i, name in enumerate("abc")}
    of_labels = candidates(empty_folder, **runs)
    tables = candidates(empty_folder, **{f"r{k}": as_ratio(x) for k, x in runs.items()})
    whole = ms.select(of_labels, optimize="error", **FEW).to_dict()
    ratio = ms.select(tables, optimize="error", task="ratio", **FEW).to_dict()
    assert ratio["choice"] == f"r{whole['choice']}"
    for mine, theirs in zip(ratio["candidates"], whole["candidates"], strict=True):
        assert mine["name"] == f"r{theirs['name']}"
        assert mine["value"] == pytest.approx(theirs["value"])
        assert mine["ci"] == pytest.approx(theirs["ci"], rel=1e-9)
        assert mine["tied"] == theirs["tied"]


def test_figures_are_those_of_the_sums_within_limits(empty_folder: Path):
    runs = {"a": sentences(), "b": sentences(better=0.5), "c": sentences(better=0.4)}
    found = ms.select(
        candidates(empty_folder, **runs), optimize="error", where="ms <= 11", task="ratio", **FEW
    ).to_dict()
    assert found["choice"] == "b"
    dev = [x.filter(pl.col("split") == "dev") for x in runs.values()]
    wanted = [x["num"].sum() / x["den"].sum() for x in dev]
    assert [x["value"] for x in found["candidates"]] == pytest.approx(wanted)


def test_runs_on_the_same_examples_are_compared_paired(empty_folder: Path):
    a = sentences()
    b = a.with_columns(num=pl.when(pl.col("id") % 10 == 0).then(0).otherwise("num"))
    paired = ms.select(candidates(empty_folder, a=a, b=b), optimize="error", task="ratio", **FEW)
    alone = ms.select(
        candidates(empty_folder, c=a.drop("id"), d=b.drop("id")), optimize="error", task="ratio",
        **FEW,
    )  # fmt: skip
    assert (paired.choice, paired.to_dict()["tied_with_choice"]) == ("b", [])
    assert (alone.choice, alone.to_dict()["tied_with_choice"]) == ("d", ["c"])


def test_an_error_without_an_upper_end_is_ranked_too(empty_folder: Path):
    a = sentences().with_columns(num=pl.col("num") * 9.5)
    b = a.with_columns(num=pl.col("num") * 0.3)
    found = ms.select(candidates(empty_folder, a=a, b=b), minimize="error", task="ratio", **FEW)
    assert found.choice == "b"
    assert found.to_dict()["candidates"][0]["ci"] is not None


def test_preferences_of_people_say_where_the_error_misleads(empty_folder: Path):
    a = sentences(better=0.5).with_columns(
        num=pl.when(pl.col("light") == "night").then("den").otherwise("num")
    )
    b = sentences()
    files = candidates(empty_folder, a=a, b=b)
    (empty_folder / "prefs.csv").write_text("better,worse\nb,a\n")
    found = ms.select(
        files, optimize="error", by="light", preferences="prefs.csv", task="ratio", **FEW
    ).to_dict()
    assert found["choice"] == "b"


@pytest.mark.parametrize("option", ["average", "beta", "positive", "threshold"])
def test_what_speaks_of_labels_is_refused(option: str):
    runs = [sentences(), sentences(1)]
    with pytest.raises(UsageError, match=f"^{option} belongs to classification"):
        ms.select(runs, optimize="error", task="ratio", **{option: 0.5})


def test_other_metrics_and_a_table_of_candidates_are_refused():
    with pytest.raises(UsageError, match="no column 'accuracy'"):
        ms.select([sentences(), sentences(1)], optimize="accuracy", task="ratio")
    with pytest.raises(UsageError, match="task belongs to runs"):
        ms.select(pl.DataFrame({"name": ["a", "b"], "ms": [1, 2]}), minimize="ms", task="ratio")


def test_the_command(empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    files = candidates(empty_folder, a=sentences(), b=sentences(better=0.3))
    given = ["select", *files, "--optimize", "error", "--task", "ratio", "--format", "json"]
    assert command(given) == 0
    assert json.loads(capsys.readouterr().out)["choice"] == "b"
