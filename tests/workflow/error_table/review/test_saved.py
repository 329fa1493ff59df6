"""What was acknowledged is in the file, whatever happens to the process, the disk or the sheet."""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mlstrat.data.sheet.editing import OpenSheet
from mlstrat.data.sheet.read import read_sheet
from mlstrat.workflow.error_table.review import session
from tests.workflow.error_table.review.served import Served, sheet_text
from tests.workflow.error_table.review.test_page import faults, saved, type_tag

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
    while not acknowledged and any(writer.is_alive() for writer in writers):
        time.sleep(0.001)
    time.sleep(random.Random(seed).uniform(0.01, 0.25))
    served.process.send_signal(signal.SIGKILL)
    served.process.communicate(timeout=120)
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
    served.process.communicate(timeout=120)
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
    said = refused(tmp_path, tmp_path / "review.csv")
    assert f"process {served.process.pid} reviews this sheet already" in said


def test_the_same_operation_is_done_once(serve):
    served = serve(text=sheet_text())
    for _ in range(2):
        status, body = served.post("change", {"id": "1", "op": "add", "row": "r0", "tag": "a"})
        assert (status, body["rows"]) == (200, 1)
    served.change(op="take", row="r0", tag="a")
    assert served.post("change", {"id": "1", "op": "add", "row": "r0", "tag": "a"})[0] == 200
    assert served.get("state")["rows"][0]["tags"] == []


def test_a_full_disk_is_said_and_caught_up_with(disk, tmp_path: Path):
    sheet = disk.folder / "review.csv"
    sheet.write_text(sheet_text())
    full = {"id": "9", "op": "add", "row": "r1", "tag": "full"}
    with Served(tmp_path, str(sheet)) as served:
        assert served.add("r0", "before") == 200
        disk.fill()
        status, body = served.post("change", full)
        assert (status, body["why"]) == (507, "the disk is full")
        assert tags_in(sheet)["r0"] == {"before"}  # the old file
        assert "full" in served.get("state")["trouble"]
        assert not [p for p in disk.folder.iterdir() if "part" in p.name]
        disk.empty()
        for _ in range(1200):
            if served.post("change", full)[0] == 200:
                break
            time.sleep(0.1)
        assert tags_in(sheet)["r1"] == {"full"}
        assert served.get("state")["trouble"] == ""


def test_the_page_says_that_nothing_can_be_saved_and_catches_up(disk, opened, tmp_path: Path):
    sheet = disk.folder / "review.csv"
    sheet.write_text(sheet_text())
    with Served(tmp_path, str(sheet)) as served:
        page = opened(served)
        disk.fill()
        type_tag(page, "full")
        alert = page.get_by_role("alert")
        alert.filter(has_text="Not saved: the disk is full. It is kept here").wait_for()
        page.locator("#saved.not-saved").wait_for()
        assert faults(page) == []
        disk.empty()
        saved(page)
        alert.wait_for(state="hidden")
        assert tags_in(sheet)["r0"] == {"full"}


def held_by_excel() -> OSError:
    error = PermissionError(13, "Permission denied")
    error.winerror = 32  # as on Windows
    return error


@pytest.mark.parametrize(("error", "why"), [
    (PermissionError(13, "x"), "it, or its folder, is read-only"),
    (OSError(30, "x"), "its disk is read-only"), (OSError(122, "quota"), "the disk is full"),
    (held_by_excel(), "another program holds it: close it in Excel"),
    (OSError(5, "fault"), "fault"),
], ids=["folder", "disk", "quota", "Excel", "another"])  # fmt: skip
def test_why_nothing_can_be_saved_is_said_until_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, why: str
):
    (tmp_path / "review.csv").write_text(sheet_text())
    review = session.Session(OpenSheet(tmp_path / "review.csv"))
    operation = {"id": "1", "op": "add", "row": "r0", "tag": "kept"}
    with monkeypatch.context() as there:
        there.setattr(session, "write_in_place", lambda *_: (_ for _ in ()).throw(error))
        _, waiting = review.submit(operation)
        assert waiting is not None
        assert (waiting.result(120), review.trouble) == (why, why)
        assert tags_in(tmp_path / "review.csv")["r0"] == set()
    _, waiting = review.submit(operation)  # as the page tries again
    assert waiting is None or waiting.result(120) == ""
    assert tags_in(tmp_path / "review.csv")["r0"] == {"kept"}
    assert review.close() == ""


def refused(folder: Path, sheet: Path) -> str:
    """Return what a review says that does not start."""
    command = [sys.executable, "-m", "mlstrat", "review", str(sheet), "--no-open"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    return ended.stderr


def test_a_sheet_on_a_disk_that_is_read_only_is_refused(disk, tmp_path: Path):
    sheet = disk.folder / "review.csv"
    sheet.write_text(sheet_text())
    assert disk.mount("remount,ro")
    assert "cannot be written: it is read-only" in refused(tmp_path, sheet)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write into any folder")
def test_a_folder_that_cannot_be_written_is_refused_or_said(serve, tmp_path: Path):
    served = serve(text=sheet_text())
    tmp_path.chmod(0o555)
    try:
        status, body = served.change(op="add", row="r1", tag="x")
        assert (status, body["why"]) == (507, "it, or its folder, is read-only")
        served.end()
        assert "folder cannot be written" in refused(tmp_path, tmp_path / "review.csv")
    finally:
        tmp_path.chmod(0o755)


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
    for _ in range(1200):
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
    for _ in range(1200):
        if served.post("change", {"id": "7", "op": "add", "row": "r1", "tag": "b"})[0] == 200:
            break
        time.sleep(0.1)
    assert tags_in(path) == {
        f"r{i}": {"a"} if i == 0 else {"b"} if i == 1 else set() for i in range(6)
    }
