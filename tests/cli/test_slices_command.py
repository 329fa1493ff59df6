"""`slices` as it is typed, and the heat map."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ET
from io import StringIO
from pathlib import Path

import pytest

import mlstrat as ms
from mlstrat.errors import UsageError
from tests.conftest import names
from tests.workflow.slices.test_slices import err, frame


@pytest.fixture
def sliced(empty_folder: Path) -> str:
    run = frame(2000)
    run = err(run, (run["site"] == "north") & (run["device"] == "b"), 0.6)
    run.to_csv(empty_folder / "run.csv", index=False)
    return "run.csv"


def test_the_verdict_is_the_first_line(mlstrat, sliced):
    ended = mlstrat("slices", sliced)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Errors concentrate in device = b, site = north: ")
    assert max(map(len, ended.out.splitlines())) <= 80


def test_every_format_is_the_same_each_time(mlstrat, sliced):
    for how in ("text", "markdown", "json", "csv"):
        one, two = (mlstrat("slices", sliced, "-f", how) for _ in "12")
        assert one.code == 0
        assert one.out == two.out
    rows = list(csv.DictReader(StringIO(mlstrat("slices", sliced, "-f", "csv").out)))
    assert (rows[0]["column"], rows[0]["n"]) == ("", "2000")
    assert [rows[1][x] for x in ("column", "value", "column_2", "value_2", "confirmed")] == [
        "device", "b", "site", "north", "True",
    ]  # fmt: skip


def test_blanks_beside_values_that_are_rare_are_a_slice_of_their_own(empty_folder: Path) -> None:
    run = frame(200)
    run["note"] = [None if i % 2 else f"word {i // 4}" for i in range(200)]
    found = ms.slices(run, by=["note"]).to_dict()
    assert found["columns"][0]["values"] == ["", "other"]
    assert found["slices"] == []  # blanks have fewer errors, and "other" is no slice


def test_two_runs_and_two_splits_from_the_command_line(mlstrat, sliced):
    run = frame(2000)
    run.assign(split=["dev", "train-dev"] * 1000).to_csv("other.csv", index=False)
    gap = mlstrat("slices", "other.csv", "--mismatch", "--by", "site", "-f", "json")
    assert json.loads(gap.out)["mismatch"]["columns"][0]["column"] == "site"
    run.to_csv("b.csv", index=False)
    found = json.loads(mlstrat("slices", sliced, "--versus", "b.csv", "-f", "json").out)
    assert found["versus"]["slices"][0]["where"] == {"site": "north", "device": "b"}
    assert (found["versus"]["a"], found["versus"]["b"]) == ("run.csv", "b.csv")


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["none.csv"], "none.csv"),
        (["run.csv", "--by", "sight"], "did you mean 'site'"),
        (["run.csv", "--min-size", "2001"], "the split has 2,000 rows"),
        (["run.csv", "--figure", "map.svg"], "two columns"),
        (["run.csv", "--figure", "map.pdf", "--by", "site", "--by", "device"], "neither SVG"),
        (["run.csv", "--b", "device"], "--versus"),
        (["run.csv", "--versus", "no.csv"], "no.csv"),
        (["run.csv", "--mismatch"], "train-dev"),
    ],
)
def test_wrong_usage_is_one_message_and_exit_2(mlstrat, sliced, arguments, wanted):
    ended = mlstrat("slices", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert wanted in ended.err
    assert "Traceback" not in ended.err
    assert names() == ["run.csv"]


def test_the_heat_map_says_the_error_of_two_columns(mlstrat, sliced):
    for name in ("one.svg", "two.svg", "map.png"):
        ended = mlstrat("slices", sliced, "--by", "site", "--by", "device", "--figure", name)
        assert ended.code == 0
    assert Path("one.svg").read_bytes() == Path("two.svg").read_bytes()
    assert Path("map.png").read_bytes().startswith(b"\x89PNG")
    words = " | ".join("".join(e.itertext()).strip() for e in ET.parse("one.svg").iter()
                       if e.tag.endswith("}text"))  # fmt: skip
    cell = ms.slices(sliced, by=["site", "device"]).to_dict()["heat_map"]
    assert cell["columns"] == ["site", "device"]
    i, j = cell["values"][0].index("north"), cell["values"][1].index("b")
    assert f"{100 * cell['errors'][i][j] / cell['n'][i][j]:.1f}%" in words
    for wanted in ("north", "south", "device", "site", "error, %", "Errors concentrate in"):
        assert wanted in words
    assert "Error by site and device" in ended.out


def test_a_heat_map_needs_two_columns(sliced):
    with pytest.raises(UsageError, match="two columns"):
        ms.slices(sliced, by=["site"]).save_figure("map.svg")
