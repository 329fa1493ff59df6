"""The story's sheet is read by keyboard alone."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import pytest

import mlstrat as ms
from tests.workflow.error_table.review.served import STORY


def read_rows(page: Any, rows: list[dict[str, str]]) -> None:
    """Tag what the committed sheet holds, with the keys that a person has."""
    known: list[str] = []
    keys = page.keyboard
    for row in rows:
        page.locator("#title bdi", has_text=row["id"]).wait_for()
        for tag in row["tags"].split(";"):
            if tag == "none":
                keys.press("n")
            elif tag in known[:9]:
                keys.press(str(known.index(tag) + 1))
            else:
                keys.press("t")
                keys.insert_text(tag)
                keys.press("Enter")
                known += [tag] * (tag not in known)
        if row["comment"]:
            keys.press("c")
            keys.insert_text(row["comment"])
            keys.press("Escape")
        keys.press("j")


def of_story(folder: Path) -> list[dict[str, str]]:
    shutil.copy(STORY / "first.csv", folder / "first.csv")
    ms.sample("first.csv", correct=40, output="review.csv")
    with (STORY / "first_review.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_the_story_is_read_by_keyboard_alone(serve, opened, tmp_path: Path):
    rows = of_story(tmp_path)
    served = serve("--run", "first.csv", "--media", str(STORY / "digits"))
    page = opened(served)
    read_rows(page, rows)
    page.locator("#counts", has_text="114 of 114 rows read").wait_for()
    page.locator("#stop", has_text="You can stop").wait_for()
    page.locator("#finish").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Finished: you can close this tab").wait_for()
    out, _ = served.process.communicate(timeout=120)
    assert served.process.returncode == 0
    assert "Read 114 of 114 rows of review.csv, with 14 tags." in out
    assert (tmp_path / "review.csv").read_bytes() == (STORY / "first_review.csv").read_bytes()


def test_the_first_rows_are_read_by_keyboard_alone(serve, opened, tmp_path: Path):
    rows = of_story(tmp_path)[:6]
    served = serve("--run", "first.csv", "--media", str(STORY / "digits"))
    page = opened(served)
    read_rows(page, rows)
    page.locator("#counts", has_text="6 of 114 rows read").wait_for()
    page.locator("#saved", has_text="saved").wait_for()
    assert served.end()[0] == 0
    expected = (STORY / "first_review.csv").read_bytes().splitlines()[:7]
    assert (tmp_path / "review.csv").read_bytes().splitlines()[:7] == expected
