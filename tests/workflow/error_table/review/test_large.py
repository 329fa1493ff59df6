"""What is large is shown and saved like what is small: pictures, texts, sounds, tags, sheets."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any

import pytest

from mlstrat.data.sheet.read import read_sheet
from tests.workflow.error_table.review.served import HEAD, sheet_text
from tests.workflow.error_table.review.test_page import png, saved, tags, type_tag, until

SIDE, LETTERS, COLUMNS, TAGS, MINUTES = 5_000, 1_000_000, 200, 300, 20
RATE = 8_000
"""Samples a second, of a byte each."""


def silence(path: Path, seconds: int) -> None:
    """Write a sound that takes no room on the disk."""
    size = RATE * seconds
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, RATE,
                       RATE, 1, 8, b"data", size)  # fmt: skip
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + size)


def wide_sheet() -> str:
    """Return three rows of 200 columns with 300 tags; the first text has a million letters."""
    more = [f"column {i}" for i in range(COLUMNS)]
    lines = [",".join([HEAD, "run.text", *more])]
    for i in range(3):
        text = ("word " * (LETTERS // 5))[:-4] + "last" if i == 0 else "short"
        given = ";".join(f"reason {n}" for n in range(TAGS)) if i == 2 else ""
        cells = [f"r{i}", "dev", "cat", "dog", "error", "1", "0", given, "", "", "", text]
        lines.append(",".join([*cells, *(f"cell {n} of {i}" for n in range(COLUMNS))]))
    return "\n".join(lines) + "\n"


def test_large_media_long_texts_and_many_columns_and_tags(serve, opened, tmp_path: Path):
    media = tmp_path / "media"
    media.mkdir()
    (media / "r0.png").write_bytes(png(SIDE))
    silence(media / "r1.wav", 60 * MINUTES)
    page = opened(serve("--media", "media", text=wide_sheet()))

    picture = page.locator("#stage img")
    until(lambda: picture.evaluate("x => x.naturalWidth") == SIDE)
    assert picture.evaluate("x => x.getBoundingClientRect().width") < 1280  # fitted
    page.keyboard.press("z")
    until(lambda: picture.evaluate("x => x.getBoundingClientRect().width") == SIDE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    text = page.locator("#stage pre")
    assert len(text.inner_text()) == 20_000
    page.get_by_role("button", name=re.compile("^Show 980,000 more")).click()
    until(lambda: text.evaluate("x => x.textContent.endsWith('last')"))
    assert text.evaluate("x => x.textContent.length") == LETTERS

    page.locator("#columns summary").click()
    assert page.locator("#cells dt").count() == COLUMNS
    assert page.locator("#tags li").count() == TAGS
    page.locator("h1").focus()
    page.keyboard.press("9")
    type_tag(page, "reason 299")
    saved(page)
    assert tags(tmp_path / "review.csv")["r0"] == ["reason 299", "reason 8"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("#comment").is_visible()  # a long list scrolls by itself


def test_a_long_sound_is_played_from_anywhere(serve, opened, tmp_path: Path):
    media = tmp_path / "media"
    media.mkdir()
    silence(media / "r0.wav", 60 * MINUTES)
    served = serve("--media", "media", text=sheet_text(2))
    asked: list[tuple[int, str]] = []
    page = opened(served)
    page.on("response", lambda x: asked.append((x.status, x.headers.get("content-range", ""))))
    sound = page.locator("audio")
    until(lambda: sound.evaluate("x => Math.round(x.duration)") == 60 * MINUTES)
    page.evaluate("() => { document.querySelector('audio').currentTime = 1100; }")
    until(lambda: sound.evaluate("x => !x.seeking && x.currentTime >= 1100 && x.readyState > 1"))
    started = [int(of.split()[1].split("-")[0]) for status, of in asked if status == 206]
    assert any(place > RATE * 1000 for place in started)  # not from the beginning
    page.keyboard.press("Space")
    until(lambda: sound.evaluate("x => x.currentTime > 1100.1"))


def tag_and_move(page: Any, path: Path, rows: int) -> None:
    type_tag(page, "fog")
    page.keyboard.press("j")
    page.locator("#title", has_text="r1").wait_for()
    page.keyboard.press("/")
    page.keyboard.insert_text(f"r{rows - 1}")
    page.keyboard.press("Enter")
    page.locator("#title", has_text=f"r{rows - 1}").wait_for()
    page.keyboard.press("1")
    saved(page)
    found = read_sheet(path).rows
    assert [row.id for row in found if row.tags] == ["r0", f"r{rows - 1}"]


def test_ten_thousand_rows_are_read_as_a_few_are(serve, opened, tmp_path: Path):
    page = opened(serve("--error", "10000/100000", text=sheet_text(10_000)))
    page.locator("#counts", has_text="0 of 10,000 rows read").wait_for()
    tag_and_move(page, tmp_path / "review.csv", 10_000)
    page.locator("#counts", has_text="2 of 10,000 rows read").wait_for()


@pytest.mark.slow
def test_a_sheet_of_a_hundred_megabytes_is_read_as_a_small_one_is(serve, opened, tmp_path: Path):
    rows = 1_000
    lines = [f"r{i},dev,cat,dog,error,1,0,,,,,{i} {'x' * 100_000}" for i in range(rows)]
    text = "\n".join([HEAD + ",run.text", *lines]) + "\n"
    page = opened(serve(text=text))
    tag_and_move(page, tmp_path / "review.csv", rows)
    touched = (tmp_path / "review.csv").read_text().splitlines()
    assert len(touched) == rows + 1
    assert touched[2:-1] == lines[1:-1]
