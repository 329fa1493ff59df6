"""Runs of several shards: partitioned folders, globs; a shard that is cut off, and what is said."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path

import polars as pl
import pytest

import mlstrat as ms

ROWS = 60
"""Rows of a shard."""


def shard(number: int) -> pl.DataFrame:
    """Return rows whose ids no other shard has: one in six is an error of dev."""
    rows = range(number * ROWS, (number + 1) * ROWS)
    wrong = {i for i in rows if i % 6 == 0}
    label = ["yes" if i % 2 else "no" for i in rows]
    return pl.DataFrame({
        "id": [f"x{i}" for i in rows],
        "split": ["train" if i % 3 == 0 and i not in wrong else "dev" for i in rows],
        "label": label,
        "prediction": [("yes" if y == "no" else "no") if i in wrong else y
                       for i, y in zip(rows, label, strict=True)],
        "score": [0.9 if (y == "yes") != (i in wrong) else 0.1
                  for i, y in zip(rows, label, strict=True)],
        "site": ["north" if i % 5 else "south" for i in rows],
        "embedding": [float(i) for i in rows],
    })  # fmt: skip


def as_bytes(frame: pl.DataFrame, ending: str) -> bytes:
    if ending == ".parquet":
        frame.write_parquet("shard.tmp")
        content = Path("shard.tmp").read_bytes()
        Path("shard.tmp").unlink()
        return content
    text = frame.write_ndjson() if ending == ".ndjson" else frame.write_csv()
    return gzip.compress(text.encode(), mtime=0) if ending.endswith(".gz") else text.encode()


CUT = {".parquet": -30, ".csv.gz": -20, ".csv": -40, ".ndjson": -12}
"""Where a shard of each format is cut: within its footer, its stream, its last row."""


@pytest.fixture
def shards(request: pytest.FixtureRequest, empty_folder: Path) -> tuple[str, str]:
    """Write four shards, the third of them cut off; return the glob, and the one that is cut."""
    ending = getattr(request, "param", ".parquet")
    Path("runs").mkdir()
    for i in range(4):
        content = as_bytes(shard(i), ending)
        Path(f"runs/part-{i}{ending}").write_bytes(content[: CUT[ending]] if i == 2 else content)
    pl.concat([shard(i) for i in (0, 1, 3)]).write_csv("whole.csv")
    pl.concat([shard(i) for i in range(4)]).with_columns(
        prediction=pl.col("label")).write_csv("other.csv")  # fmt: skip
    return f"runs/*{ending}", f"runs/part-2{ending}"


@pytest.mark.parametrize("shards", CUT, indirect=True)
def test_a_shard_that_is_cut_off_is_named(shards, mlstrat) -> None:
    glob, broken = shards
    ended = mlstrat("diagnose", glob, "-o", "out.json")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"mlstrat: {broken}")
    assert not Path("out.json").exists()


@pytest.mark.parametrize("shards", CUT, indirect=True)
def test_without_it_the_rest_is_read_and_what_is_missing_told(shards, mlstrat) -> None:
    glob, broken = shards
    ended = mlstrat("diagnose", glob, "--skip-broken", "-f", "json")
    assert (ended.code, ended.err) == (0, "")
    found = json.loads(ended.out)
    whole = json.loads(mlstrat("diagnose", "whole.csv", "-f", "json").out)
    (file,) = found["signature"]["inputs"]
    assert (file["path"], file["rows"]) == (glob, 3 * ROWS)
    (gone,) = file["left_out"]
    assert (gone["path"], gone["rows"]) == (broken, None)
    assert found["findings"][0]["code"] == "MLS214"
    assert found["findings"][0]["severity"] == "issue"
    assert found["findings"][0]["evidence"]["runs"] == [
        {"path": glob, "shards": 1, "of": 4, "rows": None, "left_out": [gone]}
    ]
    assert [found[key] for key in ("levels", "gaps", "splits")] == [
        whole[key] for key in ("levels", "gaps", "splits")
    ]
    assert "issue MLS214" in mlstrat("diagnose", glob, "--skip-broken").out
    text = " ".join(mlstrat("diagnose", glob, "--skip-broken", "--full").out.split())
    assert f"1 of 4 shards of {glob}, with an unknown number of rows: {broken}" in text


def sheet(of: str, mlstrat) -> str:
    assert mlstrat("sample", of, "-n", "10", "-o", "sheet.csv", "--skip-broken").code == 0
    rows = pl.read_csv("sheet.csv", infer_schema=False)
    rows.with_columns(tags=pl.lit("blurry"), mislabeled=pl.lit("no")).write_csv("sheet.csv")
    return "sheet.csv"


COMMANDS = {
    "diagnose": ["RUN"],
    "score": ["RUN", "--by", "site"],
    "slices": ["RUN"],
    "sample": ["RUN", "-n", "5", "-o", "five.csv"],
    "error-table": ["sheet.csv", "--run", "RUN"],
    "mislabels": ["sheet.csv", "--run", "RUN"],
    "compare": ["RUN", "other.csv"],
    "select": ["RUN", "other.csv", "--optimize", "accuracy"],
    "report": ["RUN", "--baseline", "other.csv"],
    "gate": ["RUN", "--baseline", "other.csv"],
    "plot": ["ladder", "RUN"],
    "human": ["RUN"],
    "count": ["RUN", "-o", "counts.csv"],
    "split": ["RUN", "--dev", "20", "--test", "20", "--force", "-o", "splits.csv"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_takes_a_run(command: str, shards, mlstrat) -> None:
    glob, broken = shards
    sheet(glob, mlstrat)
    if command == "human":
        for path in Path("runs").glob("part-[013]*"):
            pl.read_parquet(path).with_columns(human_ann=pl.col("label")).write_parquet(path)
    options = [glob if x == "RUN" else x for x in COMMANDS[command]]
    refused = mlstrat(command, *options)
    assert refused.code == 2
    assert broken in refused.err
    ended = mlstrat(command, *options, "--skip-broken", "-f", "json")
    assert ended.code in ((0, 1) if command == "gate" else (0,)), ended.err
    found = json.loads(ended.out)
    assert [x["code"] for x in found["findings"]].count("MLS214") == 1
    told = [x["left_out"] for x in found["signature"]["inputs"] if "left_out" in x]
    assert [[x["path"] for x in shard] for shard in told] == [[broken]]


def test_several_broken_shards_are_left_out_at_once(shards, mlstrat) -> None:
    glob, broken = shards
    Path("runs/part-0.parquet").write_bytes(b"")
    gone = ms.diagnose(glob, skip_broken=True).to_dict()["signature"]["inputs"][0]["left_out"]
    assert [x["path"] for x in gone] == ["runs/part-0.parquet", broken]


def test_damage_within_a_shard_tells_its_rows(empty_folder: Path) -> None:
    """The footer is there, the pages of a column that is read are not."""
    frame = shard(0).select("label", "prediction")
    Path("a.parquet").write_bytes(as_bytes(frame, ".parquet"))
    content = as_bytes(frame, ".parquet")
    Path("b.parquet").write_bytes(content[:4] + bytes(60) + content[64:])
    document = ms.diagnose("?.parquet", skip_broken=True).to_dict()
    (gone,) = document["signature"]["inputs"][0]["left_out"]
    assert (gone["path"], gone["rows"]) == ("b.parquet", ROWS)
    assert document["findings"][0]["evidence"]["runs"][0]["rows"] == ROWS


def test_a_run_of_one_file_is_not_left_out(shards, mlstrat) -> None:
    _, broken = shards
    ended = mlstrat("diagnose", broken, "--skip-broken")
    assert (ended.code, ended.out) == (2, "")
    assert broken in ended.err


def test_nothing_left_is_an_error(empty_folder: Path, mlstrat) -> None:
    for name in "ab":
        Path(f"{name}.parquet").write_bytes(b"PAR1")
    ended = mlstrat("diagnose", "*.parquet", "--skip-broken")
    assert (ended.code, ended.out) == (2, "")
    assert "every shard is truncated or damaged" in ended.err


def test_rows_that_are_wrong_are_no_broken_shard(shards, mlstrat) -> None:
    glob, _ = shards
    shard(3).with_columns(label=pl.lit(None, pl.String)).write_parquet("runs/part-3.parquet")
    ended = mlstrat("diagnose", glob, "--skip-broken")
    assert ended.code == 2
    assert "60 blank labels" in ended.err


def test_where_all_is_sound_nothing_is_told(empty_folder: Path) -> None:
    shard(0).write_parquet("a.parquet")
    shard(1).write_parquet("b.parquet")
    assert (
        ms.diagnose("?.parquet", skip_broken=True).to_json() == ms.diagnose("?.parquet").to_json()
    )


def test_a_history_may_leave_out_a_run_and_a_run_its_shards(shards, mlstrat) -> None:
    glob, _ = shards
    Path("past/a").mkdir(parents=True)
    Path("past/a/run.csv").write_bytes(Path("whole.csv").read_bytes())
    Path("past/b").mkdir()
    Path("past/b/run.csv").write_text("id,label\n")
    ended = mlstrat("report", glob, "--history", "past", "--skip-broken", "-f", "json")
    codes = [x["code"] for x in json.loads(ended.out)["findings"]]
    assert {"MLS214", "MLS501"} <= set(codes)


# Partitioned by Hive's convention.


@pytest.fixture
def folder(empty_folder: Path) -> str:
    """Write a run partitioned by split and site, and the same in one file."""
    frame = pl.concat([shard(i) for i in range(4)])
    frame.write_csv("whole.csv")
    for (split, site), part in frame.group_by("split", "site"):
        path = Path(f"run/split={split}/site={site}")
        path.mkdir(parents=True)
        part.drop("split", "site").write_parquet(path / "part-0.parquet")
    return "run"


@pytest.mark.parametrize("command", ["diagnose RUN", "score RUN --by site", "slices RUN --by site",
                                     "compare RUN RUN --by site"])  # fmt: skip
def test_a_partitioned_folder_is_the_same_run(command: str, folder: str, mlstrat) -> None:
    def asked(run: str) -> dict[str, object]:
        ended = mlstrat(*command.replace("RUN", run).split(), "-f", "json")
        assert ended.code == 0, ended.err
        found = json.loads(ended.out)
        del found["signature"]["inputs"]
        return json.loads(json.dumps(found).replace(f'"{run}"', '"RUN"'))

    assert asked(folder) == asked("whole.csv")


def test_keys_of_folders_are_searched_for_slices(folder: str) -> None:
    assert ms.slices(folder).to_dict()["columns"] == ms.slices("whole.csv").to_dict()["columns"]


def test_columns_that_are_not_needed_are_not_read(folder: str) -> None:
    """Bytes of a column that nobody asks for may be anything."""
    path = Path("one.parquet")
    frame = pl.DataFrame({"label": ["a", "b"] * 50, "pred": ["a"] * 100,
                          "embedding": [float(i) for i in range(100)]})  # fmt: skip
    frame.write_parquet(path, compression="uncompressed")
    read = ms.diagnose(str(path)).to_dict()["levels"]
    content = path.read_bytes()
    pages = content.index(struct.pack("<2d", 1.0, 2.0)) - 8  # its first value is 0.0
    path.write_bytes(content[: pages - 12] + bytes([255] * 12) + content[pages:])
    with pytest.raises(pl.exceptions.PolarsError):
        pl.read_parquet(path)
    assert ms.diagnose(str(path)).to_dict()["levels"] == read
