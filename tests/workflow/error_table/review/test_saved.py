"""What was acknowledged is in the file, whatever happens to the process, the disk or the sheet."""

from __future__ import annotations

import csv
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mlstrat.data.sheet.read import read_sheet
from tests.workflow.error_table.review.served import Served, sheet_text

ROWS, MOST = 2000, 60
"""Rows of the sheet, and what a writer tags between two kills at most."""

TAGS = ["fog", "night", "rain", "snow", "blur", "crop", "tilt", "glare", "smoke", "dust",
        "mist", "ice"]  # fmt: skip
"""Few, as people have: each row is given each tag once."""


def tags_in(path: Path) -> dict[str, set[str]]:
    return {row.id or "": set(row.tags) for row in read_sheet(path).rows}


def write_until_killed(served: Served, round_: int, seed: int) -> set[tuple[str, str]]:
    """Tag from four sides until the process is killed at a random moment; what was acknowledged."""
    acknowledged: set[tuple[str, str]] = set()

    def work(writer: int) -> None:
        for i in range(MOST):
            pair = (round_ * MOST + i) * 4 + writer
            row, tag = f"r{pair % ROWS}", TAGS[pair // ROWS % len(TAGS)]
            try:
                if served.add(row, tag) == 200:
                    acknowledged.add((row, tag))
            except (OSError, Exception):
                return

    writers = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for writer in writers:
        writer.start()
    time.sleep(random.Random(seed).uniform(0.01, 0.25))
    served.process.send_signal(signal.SIGKILL)
    served.process.communicate(timeout=20)
    for writer in writers:
        writer.join()
    return acknowledged


def killed_again_and_again(serve: Callable[..., Served], folder: Path, rounds: int) -> None:
    every: set[tuple[str, str]] = set()
    served = serve(text=sheet_text(ROWS))
    for i in range(rounds):
        if i:
            served.start()
        left = [p.name for p in folder.iterdir() if "mlstrat-part" in p.name]
        assert left == []  # what the last one left was removed
        every |= write_until_killed(served, i, i)
        found = tags_in(folder / "review.csv")
        assert {pair for pair in every if pair[1] not in found[pair[0]]} == set()
        with (folder / "review.csv").open(newline="") as file:
            assert {len(row) for row in csv.reader(file)} == {11}
        assert len([p for p in folder.iterdir() if "mlstrat-part" in p.name]) <= 1
    assert every


def test_a_kill_loses_nothing_that_was_acknowledged(serve, tmp_path: Path):
    killed_again_and_again(serve, tmp_path, 2)


@pytest.mark.slow
def test_a_hundred_kills_lose_nothing_that_was_acknowledged(serve, tmp_path: Path):
    killed_again_and_again(serve, tmp_path, 100)


def test_ctrl_c_and_the_button_end_with_0_and_say_what_is_next(serve, tmp_path: Path):
    served = serve("--error", "6/100", text=sheet_text(6))
    assert served.add("r0", "blurry") == 200
    code, out, err = served.end()
    assert (code, err) == (0, "")
    assert out == (
        "Read 1 of 6 rows of review.csv, with 1 tag.\n"
        "Next: mlstrat error-table review.csv --error 6/100\n"
    )
    served.start()
    assert served.post("finish", {})[0] == 200
    served.process.communicate(timeout=20)
    assert served.process.returncode == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["review.csv", "state"]


def test_a_page_that_is_open_finds_its_server_again(serve):
    served = serve(text=sheet_text())
    before = served.url
    served.end()
    served.start()
    assert served.url == before


def test_a_second_review_of_a_sheet_says_who_has_it(serve, tmp_path: Path):
    served = serve(text=sheet_text())
    ended = subprocess.run(
        [sys.executable, "-m", "mlstrat", "review", "review.csv", "--no-open"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert f"process {served.process.pid} reviews this sheet already" in ended.stderr


def test_the_same_operation_is_done_once(serve):
    served = serve(text=sheet_text())
    for _ in range(2):
        status, body = served.post("change", {"id": "1", "op": "add", "row": "r0", "tag": "a"})
        assert (status, body["rows"]) == (200, 1)
    served.change(op="take", row="r0", tag="a")
    assert served.post("change", {"id": "1", "op": "add", "row": "r0", "tag": "a"})[0] == 200
    assert served.get("state")["rows"][0]["tags"] == []


@pytest.mark.skipif(os.getuid() == 0 and not shutil.which("mount"), reason="no disk to fill")
def test_a_full_disk_is_said_and_caught_up_with(serve, tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("no small disk can be made here")
    try:
        (disk / "review.csv").write_text(sheet_text())
        with Served(tmp_path, str(disk / "review.csv")) as served:
            assert served.add("r0", "before") == 200
            (disk / "filler").write_bytes(b"x" * 4096)
            with (disk / "filler").open("ab") as file:
                try:
                    while True:
                        os.write(file.fileno(), b"x" * 512)
                except OSError:
                    pass
            status, body = served.post(
                "change", {"id": "9", "op": "add", "row": "r1", "tag": "full"}
            )
            assert (status, body["why"]) == (507, "the disk is full")
            assert tags_in(disk / "review.csv")["r0"] == {"before"}  # the old file
            assert "full" in served.get("state")["trouble"]
            assert not [p for p in disk.iterdir() if "part" in p.name]
            (disk / "filler").unlink()
            for _ in range(100):
                again = served.post("change", {"id": "9", "op": "add", "row": "r1", "tag": "full"})
                if again[0] == 200:
                    break
                time.sleep(0.1)
            assert tags_in(disk / "review.csv")["r1"] == {"full"}
            assert served.get("state")["trouble"] == ""
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_a_sheet_made_read_only_is_said(serve, tmp_path: Path):
    if os.getuid() == 0:
        pytest.skip("root may write anything")
    served = serve(text=sheet_text())
    (tmp_path / "review.csv").chmod(0o444)
    status, body = served.change(op="add", row="r1", tag="x")
    assert (status, body["why"]) == (507, "it, or its folder, is read-only")


def test_what_a_spreadsheet_saves_meanwhile_is_merged(serve, tmp_path: Path):
    served = serve(text=sheet_text())
    path = tmp_path / "review.csv"
    served.add("r0", "mine")
    path.write_text(
        path.read_text().replace(
            "r1,dev,cat,dog,error,1,0,,,,", "r1,dev,cat,dog,error,1,0,theirs,no,,hm"
        )
    )
    assert served.add("r2", "more") == 200
    found = read_sheet(path).rows
    assert [sorted(r.tags) for r in found[:3]] == [["mine"], ["theirs"], ["more"]]
    assert found[1].comment == "hm"
    assert [r["tags"] for r in served.get("state")["rows"][:3]] == [["mine"], ["theirs"], ["more"]]


def test_a_note_that_a_spreadsheet_changed_first_is_a_conflict(serve, tmp_path: Path):
    served = serve(text=sheet_text())
    path = tmp_path / "review.csv"
    path.write_text(
        path.read_text().replace(
            "r1,dev,cat,dog,error,1,0,,,,", "r1,dev,cat,dog,error,1,0,,,,theirs"
        )
    )
    status, body = served.change(op="set", row="r1", field="comment", value="mine", was="")
    assert (status, body["theirs"]) == (409, "theirs")
    assert read_sheet(path).rows[1].comment == "theirs"


def test_rows_that_sample_appends_come_in(serve, tmp_path: Path):
    served = serve(text=sheet_text(3))
    served.add("r0", "a")
    path = tmp_path / "review.csv"
    path.write_text(path.read_text() + "r9,dev,cat,dog,error,1,0,,,,\n")
    for _ in range(60):
        if len(served.get("state")["rows"]) == 4:
            break
        time.sleep(0.1)
    assert served.add("r9", "b") == 200
    assert tags_in(path)["r9"] == {"b"}


def test_a_file_that_is_no_sheet_for_a_while_is_not_written_over(serve, tmp_path: Path):
    served = serve(text=sheet_text())
    path = tmp_path / "review.csv"
    served.add("r0", "a")
    whole = path.read_text()
    path.write_text("half of a fi")
    status, _ = served.post("change", {"id": "7", "op": "add", "row": "r1", "tag": "b"})
    assert status == 507
    assert path.read_text() == "half of a fi"
    assert served.get("state")["trouble"]
    path.write_text(whole)
    for _ in range(100):
        if served.post("change", {"id": "7", "op": "add", "row": "r1", "tag": "b"})[0] == 200:
            break
        time.sleep(0.1)
    assert tags_in(path) == {
        f"r{i}": {"a"} if i == 0 else {"b"} if i == 1 else set() for i in range(6)
    }
