"""The page in a browser: what is tagged is saved, said and undone; nobody's text runs."""

from __future__ import annotations

import random
import struct
import time
import zlib
from pathlib import Path
from typing import Any

import pytest

from mlstrat.data.sheet.read import read_sheet
from tests.workflow.error_table.review.served import HEAD, sheet_text


def tags(path: Path) -> dict[str, list[str]]:
    return {str(row.id): sorted(row.tags) for row in read_sheet(path).rows}


def until(does: Any, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not does():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.05)


def saved(page: Any) -> None:
    page.locator("#saved.saved", has_text="saved").wait_for()
    until(lambda: page.locator("#saved").inner_text() == "saved")


def type_tag(page: Any, tag: str) -> None:
    page.keyboard.press("t")
    page.keyboard.insert_text(tag)
    page.keyboard.press("Enter")


def png(side: int) -> bytes:
    raw = b"".join(b"\0" + bytes((side + 7) // 8) for _ in range(side))
    parts = [(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)),
             (b"IDAT", zlib.compress(raw)), (b"IEND", b"")]  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )


def faults(page: Any) -> list[str]:
    """Return what axe finds, in light and in dark."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    out = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = axe.run(page)
        assert found.response["passes"]
        out += [f"{x['id']}: {x['nodes'][0]['html']}" for x in found.response["violations"]]
    return out


def test_keys_are_shown_once_and_tags_are_toggles(serve, opened, tmp_path: Path):
    served = serve("--error", "6/60", text=sheet_text())
    page = opened(served)
    assert faults(page) == []
    type_tag(page, "fog")
    type_tag(page, "night")
    page.keyboard.press("1")
    saved(page)
    assert tags(tmp_path / "review.csv")["r0"] == ["night"]
    page.keyboard.press("n")
    page.get_by_role("button", name="Nothing to tag", pressed=True).wait_for()
    page.keyboard.press("2")
    saved(page)
    assert tags(tmp_path / "review.csv")["r0"] == ["night"]
    assert faults(page) == []
    page.reload()
    page.locator("#title", has_text="r1").wait_for()  # the first unread; the keys not again
    assert page.locator("dialog[open]").count() == 0


def test_moving_on_says_that_the_label_is_right_and_one_key_takes_it_back(serve, opened, tmp_path):
    page = opened(serve(text=sheet_text()))
    page.locator("#ceilings", has_text="Start with --run RUN or --error RATE.").wait_for()
    assert faults(page) == []
    type_tag(page, "fog")
    page.keyboard.press("j")
    page.locator("#title", has_text="r1").wait_for()
    saved(page)
    assert read_sheet(tmp_path / "review.csv").rows[0].mislabeled is False
    page.keyboard.press("k")
    page.get_by_role("button", name="Label: right").wait_for()
    page.keyboard.press("u")
    page.get_by_role("button", name="Label: right").wait_for(state="hidden")
    saved(page)
    assert read_sheet(tmp_path / "review.csv").rows[0].mislabeled is None
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("I judge labels").uncheck()
    page.keyboard.press("Escape")
    page.locator("#title").focus()
    page.keyboard.press("j")
    saved(page)
    assert read_sheet(tmp_path / "review.csv").rows[0].mislabeled is None


def test_no_key_acts_in_a_field_or_with_ctrl_or_while_it_is_off(serve, opened, tmp_path: Path):
    page = opened(serve("--tag", "fog", text=sheet_text()))
    page.keyboard.press("c")
    page.keyboard.type("j1 nms")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+1")
    page.keyboard.press("Alt+n")
    page.locator("#title").dispatch_event("keydown", {"key": "1", "isComposing": True})
    saved(page)
    row = read_sheet(tmp_path / "review.csv").rows[0]
    assert (row.comment, set(row.tags)) == ("j1 nms", set())
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Single keys").uncheck()
    page.keyboard.press("Escape")
    page.locator("#title").focus()
    page.keyboard.press("1")
    page.keyboard.press("Control+z")  # is no single key
    page.locator("#live", has_text="undone").wait_for()
    saved(page)
    row = read_sheet(tmp_path / "review.csv").rows[0]
    assert (row.comment, set(row.tags)) == ("", set())


def test_a_wrong_label_a_dropped_row_and_undo_and_redo(serve, opened, tmp_path: Path):
    page = opened(serve(text=sheet_text(2, 1)))
    page.keyboard.press("m")
    page.keyboard.type("cat|lynx")
    page.keyboard.press("Enter")  # leaves the field, as in that of a tag
    saved(page)
    row = read_sheet(tmp_path / "review.csv").rows[0]
    assert (row.mislabeled, row.true_label) == (True, "cat|lynx")
    for _ in range(2):
        page.keyboard.press("u")
    saved(page)
    row = read_sheet(tmp_path / "review.csv").rows[0]
    assert (row.mislabeled, row.true_label) == (None, None)
    for _ in range(2):
        page.keyboard.press("Control+Shift+Z")
    saved(page)
    assert read_sheet(tmp_path / "review.csv").rows[0].true_label == "cat|lynx"
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.get_by_role("heading", name="This one is right. Anything to note?").wait_for()
    page.keyboard.press("d")
    saved(page)
    assert (tmp_path / "review.csv").read_text().splitlines()[3].endswith(",,drop,,")


def test_a_tag_is_renamed_merged_and_deleted_everywhere(serve, opened, tmp_path: Path):
    text = sheet_text(4)
    for i, tag in enumerate(["blury", "blurry", "blurry;fog", ""]):
        text = text.replace(f"r{i},dev,cat,dog,error,1,0,", f"r{i},dev,cat,dog,error,1,0,{tag}")
    page = opened(serve(text=text))
    page.get_by_role("button", name="Edit tag blury").click()
    page.get_by_text("Changes 1 row; one undo takes it back.").wait_for()
    assert faults(page) == []
    page.get_by_role("button", name="Merge into “blurry”").click()
    saved(page)
    assert list(tags(tmp_path / "review.csv").values()) == [
        ["blurry"], ["blurry"], ["blurry", "fog"], [],
    ]  # fmt: skip
    page.keyboard.press("u")
    saved(page)
    assert (tmp_path / "review.csv").read_text() == text
    page.get_by_role("button", name="Edit tag blurry").click()
    page.get_by_role("button", name="Delete everywhere").click()
    saved(page)
    page.keyboard.press("u")
    saved(page)
    assert (tmp_path / "review.csv").read_text() == text


def test_skipped_rows_come_again_at_the_end(serve, opened):
    page = opened(serve(text=sheet_text(3)))
    page.keyboard.press("s")
    for row in ("r1", "r2"):
        page.locator("#title", has_text=row).wait_for()
        page.keyboard.press("n")
        page.keyboard.press("j")
    page.locator("#title", has_text="r0").wait_for()
    page.locator("#counts", has_text="2 of 3 rows read, 1 skipped").wait_for()
    page.keyboard.press("n")
    page.keyboard.press("/")
    page.keyboard.type("r2")
    page.keyboard.press("Enter")
    page.locator("#title", has_text="r2").wait_for()
    page.locator("#counts", has_text="All are read").wait_for()


def test_two_people_see_each_other_and_a_note_is_a_conflict(serve, opened, tmp_path: Path):
    served = serve(text=sheet_text(3))
    one, two = opened(served), opened(served)
    type_tag(one, "fog")
    two.locator("#tags li", has_text="fog").wait_for()
    type_tag(two, "night")
    saved(two)
    one.locator("#tags li", has_text="night").wait_for()
    assert tags(tmp_path / "review.csv")["r0"] == ["fog", "night"]
    two.keyboard.press("u")  # only what this tab did
    saved(two)
    assert tags(tmp_path / "review.csv")["r0"] == ["fog"]
    for page, text in ((one, "theirs"), (two, "mine")):
        page.keyboard.press("c")
        page.keyboard.insert_text(text)
    one.keyboard.press("Escape")
    saved(one)
    two.keyboard.press("Escape")
    loser = None
    for page in (one, two):
        if page.locator("#comment_conflict:visible").count() or page is two:
            loser = page
    assert loser is not None
    until(lambda: one.locator("#comment_conflict:visible").count()
          or two.locator("#comment_conflict:visible").count())  # fmt: skip
    loser = next(x for x in (one, two) if x.locator("#comment_conflict:visible").count())
    mine = loser.locator("#comment").input_value()
    assert mine in ("mine", "theirs")
    assert faults(loser) == []
    loser.get_by_role("button", name="Keep mine").click()
    saved(loser)
    assert read_sheet(tmp_path / "review.csv").rows[0].comment == mine


def test_a_server_that_stops_is_said_and_nothing_is_lost(serve, opened, tmp_path: Path):
    served = serve(text=sheet_text(3))
    page = opened(served)
    type_tag(page, "before")
    saved(page)
    served.end()
    page.get_by_role("alert").filter(has_text="The server is gone").wait_for()
    type_tag(page, "meanwhile")
    page.keyboard.press("j")
    page.locator("#saved.not-saved").wait_for()
    assert faults(page) == []
    served.start()
    page.locator("#saved.saved", has_text="saved").wait_for()
    until(lambda: page.title() and tags(tmp_path / "review.csv")["r0"] == ["before", "meanwhile"])
    page.get_by_role("alert").wait_for(state="hidden")


def test_a_reload_keeps_what_is_not_saved(serve, opened, tmp_path: Path):
    page = opened(serve(text=sheet_text(3)))
    page.route("**/change", lambda route: route.abort())
    type_tag(page, "kept")
    page.locator("#saved.not-saved").wait_for()
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.unroute("**/change")
    saved(page)  # not a sleep: a request held for the route is let go while the page is asked
    until(lambda: page.title() and tags(tmp_path / "review.csv")["r0"] == ["kept"])


HOSTILE = [
    "<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", '"\'`${alert(1)}',
    "=cmd|x",
    "\u202egnp.exe", "a\x07b\x1b[31m", "x" * 80, "{{7*7}}", "javascript:alert(1)", "a\u200bb",
]  # fmt: skip


def test_hostile_texts_are_texts(serve, opened, tmp_path: Path):
    import csv
    import io

    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow([*HEAD.split(","), "run.text", "run.<b onclick=alert(1)>", "run.file"])
    for i, text in enumerate(HOSTILE):
        bad = "'" + text if text.startswith("=") else text
        table.writerow([f"{i}{text}", "dev", bad, f"{bad}2", "error", 1, 0, bad, "", "", bad,
                        bad, bad, bad])  # fmt: skip
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.png").write_bytes(png(8))
    (tmp_path / "review.csv").write_text(out.getvalue().replace(HOSTILE[9], "a.png"), newline="")
    text = (tmp_path / "review.csv").read_text()
    before = read_sheet(tmp_path / "review.csv")
    page = opened(serve("--media", "media", "--file", "run.file", text=text), keys=True)
    page.on("dialog", lambda _: pytest.fail("a script ran"))
    page.keyboard.press("Escape")
    first = next((i for i, r in enumerate(before.rows) if not r.reviewed), 0)
    assert first == 0
    for i in range(len(HOSTILE)):
        page.locator("#title bdi", has_text=str(i)).first.wait_for()
        page.keyboard.press("j")
    assert page.locator("main img[src=x]").count() == 0
    assert page.locator("main script").count() == 0
    page.keyboard.press("/")
    page.keyboard.type("zzz")
    page.keyboard.press("Enter")
    page.locator("#notfound", has_text="zzz").wait_for()
    page.keyboard.press("Escape")
    page.locator("#title").focus()
    page.keyboard.press("k")
    page.keyboard.press("c")
    page.keyboard.insert_text("</textarea><script>alert(2)</script>")
    page.keyboard.press("Escape")
    saved(page)
    assert faults(page) == []
    after = read_sheet(tmp_path / "review.csv")
    same = [(r.id, r.label, r.prediction, r.tags, dict(r.columns)) for r in after.rows]
    assert same == [(r.id, r.label, r.prediction, r.tags, dict(r.columns)) for r in before.rows]


def test_media_that_cannot_be_shown_are_said(serve, opened, tmp_path: Path):
    media = tmp_path / "media"
    media.mkdir()
    for name, body in (("r0.png", png(8)), ("r1.png", b"broken"), ("r2.tiff", b"x"),
                       ("r4.wav", b"broken"), ("r5.txt", "line\nمرحبا".encode())):  # fmt: skip
        (media / name).write_bytes(body)
    page = opened(serve("--media", "media", text=sheet_text()))
    page.locator(".frame.small img").wait_for()
    for said in ("r1.png: cannot be shown", "browsers do not show TIFF; convert it to PNG",
                 "r3.png (or another known ending) is missing", "r4.wav: cannot be played",
                 "مرحبا"):  # fmt: skip
        page.keyboard.press("j")
        page.locator("#stage", has_text=said).wait_for()
        assert faults(page) == []


def test_a_unit_is_shown_with_its_kind_of_error_and_those_like_it(serve, opened):
    text = "id,split,unit,category,where,truth,prediction,stratum,sampling_weight,seed,tags\n"
    text += "".join(f"{i},dev,w{i},{'missing' if i < 2 else 'type'},{i},LOC {i},,error,1,0,\n"
                    for i in range(3))  # fmt: skip
    page = opened(serve(text=text))
    page.locator("#claim", has_text="missing: 2 of 3 errors on this sheet").wait_for()
    page.get_by_role("button", name="More like this").click()
    page.locator("#filter", has_text="Only category = missing: 2 rows.").wait_for()
    assert faults(page) == []


def test_enter_closes_the_keys_and_no_key_of_the_dialog_turns_one_off(serve, opened):
    page = opened(serve(text=sheet_text(2)), keys=True)
    page.locator("#keys[open]").wait_for()
    page.keyboard.press("Space")
    assert page.get_by_label("Single keys").is_checked()
    page.keyboard.press("Enter")
    page.locator("#keys").wait_for(state="hidden")
    type_tag(page, "fog")
    saved(page)


def test_a_blind_page_shows_the_label_once_the_row_is_judged(serve, opened):
    page = opened(serve("--blind", text=sheet_text(3)))
    page.get_by_text("are hidden until you judge").wait_for()
    assert page.locator("#claim", has_text="dog").count() == 0
    type_tag(page, "fog")
    page.locator("#claim", has_text="dog").wait_for()
    page.keyboard.press("j")
    page.get_by_text("are hidden until you judge").wait_for()
    page.keyboard.press("b")
    page.locator("#claim", has_text="dog").wait_for()
    assert faults(page) == []


@pytest.mark.parametrize("text", [
    sheet_text(1), sheet_text(0, 2),
    sheet_text(2).replace("error,1,0", '"suspect: likely wrong label, not a random sample",,0'),
], ids=["one row", "no error", "suspects"])  # fmt: skip
def test_other_sheets_have_their_words(serve, opened, text: str):
    page = opened(serve(text=text))
    page.keyboard.press("n")
    saved(page)
    page.locator("#stop").wait_for(state="attached")
    assert faults(page) == []
    asked = page.locator("#ask").inner_text()
    assert asked == ("Is the label right?" if "suspect" in text
                     else "Why is it wrong?" if "error" in text
                     else "This one is right. Anything to note?")  # fmt: skip
    page.get_by_role("button", name="Finish").click()
    page.get_by_role("heading", name="Finished: you can close this tab").wait_for()
    assert faults(page) == []


def test_what_is_open_and_when_to_stop_is_said_in_words(serve, opened):
    served = serve("--error", "40/400", text=sheet_text(40))
    page = opened(served)
    page.locator("#title", has_text="r0 1 of 40 · not read").wait_for()
    page.locator("#stop", has_text="Nothing is settled yet: read from the top.").wait_for()
    page.keyboard.press("s")
    page.keyboard.press("k")
    page.locator("#title", has_text="· skipped").wait_for()
    for i in range(38):
        served.add(f"r{i}", "fog" if i % 2 else "none")
        if i == 1:
            page.locator("#stop", has_text='Open after the first 2 errors: "fog"').wait_for()
            assert faults(page) == []
    served.change(op="set", row="r1", field="mislabeled", value="x", was="")
    page.locator("#labels_wrong", has_text="1 error has a wrong label: correcting gains at most "
                 "0.26 points (").wait_for()  # fmt: skip
    page.locator("#stop.may", has_text="You can stop").wait_for()
    page.locator("#tags .state.worth", has_text="worth it").wait_for()
    page.locator("#title", has_text="· read").wait_for()
    for i in (38, 39):
        served.add(f"r{i}", "none")
    page.locator("#counts", has_text="40 of 40 rows read. All are read: Finish").wait_for()
    assert faults(page) == []


def test_a_sheet_that_cannot_settle_it_says_what_would(serve, opened):
    served = serve("--error", "1000/10000", "--worth", "1%", text=sheet_text(12))
    page = opened(served)
    for i in range(11):
        served.add(f"r{i}", "fog" if i % 8 == 0 else "none")
    page.locator("#stop", has_text="This sheet is unlikely to settle").wait_for()
    page.locator("#stop", has_text="mlstrat sample --append, or take a larger dev set").wait_for()
    page.locator("#tags", has_text="this sheet is unlikely to settle it").wait_for()
    assert page.locator("#tags .state.worth").count() == 0
    assert faults(page) == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 2560])
def test_nothing_is_wider_than_the_window(serve, opened, width: int):
    many = [x for i in range(40) for x in ("--tag", f"a tag with some words {i}")]
    page = opened(
        serve(*many, text=sheet_text(3, more="text").replace("text of 0", "word" * 400)),
        viewport={"width": width, "height": 800},
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = page.evaluate(
        "[...document.querySelectorAll('button, input:not([type=checkbox]), summary')]"
        ".filter(x => x.offsetParent && x.getBoundingClientRect().height < 44 "
        "&& x.getBoundingClientRect().height > 0).map(x => x.outerHTML)"
    )
    assert small == []
    page.keyboard.press("c")
    until(lambda: page.evaluate(
        "document.activeElement.id === 'comment' && document.activeElement.getBoundingClientRect()"
        ".bottom <= document.querySelector('nav').getBoundingClientRect().top"
    ))  # fmt: skip


def work_at_random(pages: list[Any], path: Path, rounds: int, seed: int) -> None:
    """Tag, note, rename and undo from two tabs, and save the sheet in between elsewhere."""
    random_ = random.Random(seed)
    for i in range(rounds):
        page = random_.choice(pages)
        kind = random_.choice(
            ["key", "key", "key", "type", "next", "back", "undo", "none", "note", "rename"]
        )
        if kind == "key":
            page.keyboard.press(str(random_.randint(1, 6)))
        elif kind == "type":
            type_tag(page, f"t{random_.randint(0, 12)}")
        elif kind == "rename":
            if (edit := page.locator("#tags .edit")).count():
                edit.first.click()
                page.locator("#name").fill(f"t{random_.randint(0, 12)}")  # or merge
                page.keyboard.press("Enter")
                page.locator("#edit").wait_for(state="hidden")
        elif kind == "note":
            page.keyboard.press("c")
            page.keyboard.insert_text(f"{i} ")
            page.keyboard.press("Escape")
        else:
            page.keyboard.press({"next": "j", "back": "k", "undo": "u", "none": "n"}[kind])
        if i % 25 == 24:
            for one in pages:
                until(lambda one=one: one.locator("#saved").inner_text() == "saved")
            text = path.read_text()
            path.write_text(text.replace(",hand,", f",hand {i},"))


def shown(page: Any) -> dict[str, list[str]]:
    """Return the tags of every row as the page would show them to its server."""
    rows = page.evaluate("fetch('state').then(x => x.json()).then(x => x.rows)")
    return {row["id"]: sorted(x for x in row["tags"] if x != "none") for row in rows}


def test_two_tabs_and_a_spreadsheet_at_random(serve, opened, tmp_path: Path):
    served = serve(
        text=sheet_text(5).replace(
            "r4,dev,cat,dog,error,1,0,,,,", "r4,dev,cat,dog,error,1,0,,,,hand"
        )
    )
    pages = [opened(served), opened(served)]
    work_at_random(pages, tmp_path / "review.csv", 80, 0)
    for page in pages:
        until(lambda page=page: page.locator("#saved").inner_text() == "saved")
    until(lambda: shown(pages[0]) == tags(tmp_path / "review.csv"))  # it asks now and then


@pytest.mark.slow
def test_a_thousand_changes_of_two_tabs_and_a_spreadsheet(serve, opened, tmp_path: Path):
    served = serve(text=sheet_text(9))
    pages = [opened(served), opened(served)]
    work_at_random(pages, tmp_path / "review.csv", 1000, 1)
    for page in pages:
        until(lambda page=page: page.locator("#saved").inner_text() == "saved")
    until(lambda: shown(pages[0]) == tags(tmp_path / "review.csv"))
