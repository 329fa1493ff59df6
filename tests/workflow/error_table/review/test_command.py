"""`review` as it is typed: what it refuses, and how it shows what it was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

import mlstrat as ms
from tests.workflow.error_table.review.served import sheet_text


@pytest.fixture
def sheet(empty_folder: Path) -> Path:
    path = empty_folder / "review.csv"
    path.write_text(sheet_text(4, 2, more="text"))
    (empty_folder / "run.csv").write_text("id,label,prediction\nr0,cat,dog\nz,dog,cat\n")
    (empty_folder / "media").mkdir()
    (empty_folder / "media" / "x.png").write_bytes(b"x")
    return path


REFUSED = [
    ("nowhere.csv", "nowhere.csv: no such file"),
    ("run.csv", "draw a sheet first: mlstrat sample run.csv -n 100 -o review.csv"),
    ("review.csv.gz", "a sheet is written back"),
    ("review.xlsx", "a sheet is written back"),
    ("-", "a sheet is written back"),
    ("media", "a sheet is written back"),
    ("twice.csv", "the id 'a' is already in row 2"),
    ("blank.csv", "a row without an id"),
    ("review.csv --run run.csv", "are not in run.csv"),
    ("review.csv --run run.csv --error 10%", "--run says the error already"),
    ("review.csv --media nowhere", "nowhere: no such folder"),
    ("review.csv --media run.csv", "run.csv: not a folder"),
    ("review.csv --media media", "no row has a file here: tried 'r0.png'"),
    ("review.csv --media media --file nothing", "--file names no column: 'nothing'"),
    ("review.csv --file text", "--media their folder is missing"),
    ("review.csv --show nothing", "--show names no column: 'nothing'"),
    ("review.csv --reader a/b", "is not a name for a file"),
    ("review.csv --reader ..", "is not a name for a file"),
    ("review.csv --reader anna --against review.csv", "accepted: one of the two"),
    ("review.csv --tag a;b --tag none", "--tag: "),
    ("review.csv --port 70000", "--port is 70000"),
    ("review.csv --worth much", "much"),
    ("labels.csv --blind", "nothing to hide"),
]


@pytest.mark.parametrize(("line", "said"), REFUSED)
def test_bad_input_is_one_sentence_and_exit_2(mlstrat, sheet: Path, line: str, said: str):
    Path("twice.csv").write_text("id,label,prediction,tags\na,x,y,\na,x,y,\n")
    Path("blank.csv").write_text("id,label,prediction,tags\na,x,y,\n,x,y,\n")
    Path("labels.csv").write_text("id,tags\na,\nb,\n")
    before = sheet.read_bytes()
    ended = mlstrat("review", *line.split(), "--no-open")
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert sheet.read_bytes() == before
    assert not [p.name for p in Path().iterdir() if "mlstrat-" in p.name]


def test_a_frame_is_no_sheet_to_be_written_back():
    import polars as pl

    with pytest.raises(ms.UsageError, match="a frame cannot be reviewed"):
        ms.review(pl.DataFrame({"id": [1]}))


def test_without_the_extra_one_sentence_says_how_to_have_it(mlstrat, sheet: Path, monkeypatch):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    ended = mlstrat("review", "review.csv")
    assert ended.code == 2
    assert "pip install 'mlstrat[review]'" in ended.err


def test_a_sheet_that_libreoffice_has_open_is_said(serve, tmp_path: Path):
    (tmp_path / ".~lock.review.csv#").write_text(",someone,here;")
    served = serve(text=sheet_text())
    assert served.process.stdout is not None
    assert "LibreOffice has this sheet open" in served.process.stdout.readline()


def test_a_second_reader_gets_a_sheet_without_answers(serve, tmp_path: Path):
    text = sheet_text(4).replace("error,1,0,,,,", "error,1,0,fog,no,,hm")
    served = serve("--reader", "anna", text=text)
    assert "review.anna.csv" in served.line
    assert served.add("r0", "night") == 200
    served.end()
    assert (tmp_path / "review.csv").read_text() == text
    theirs = (tmp_path / "review.anna.csv").read_text()
    assert theirs == sheet_text(4).replace("error,1,0,,,,", "error,1,0,night,,,", 1)
    served.start()  # goes on where it was
    assert served.get("state")["rows"][0]["tags"] == ["night"]


def test_what_two_readers_differ_on_is_read_side_by_side(serve, tmp_path: Path):
    first, second = sheet_text(4), sheet_text(4)
    for i, tags in enumerate([("a", "a"), ("a", "b"), ("a", ""), ("", "")]):
        row = f"r{i},dev,cat,dog,error,1,0,"
        first = first.replace(row, row + tags[0])
        second = second.replace(row, row + tags[1])
    (tmp_path / "other.csv").write_text(second)
    served = serve("--against", "other.csv", text=first)
    assert "review.agreed.csv" in served.line
    assert served.get("state")["order"] == ["r1"]
    assert [(x["reader"], x["tags"]) for x in served.get("rows/1")["others"]] == [
        ("review.csv", ["a"]), ("other.csv", ["b"]),
    ]  # fmt: skip
    assert served.add("r1", "c") == 200
    served.end()
    tags = [line.split(",")[7] for line in (tmp_path / "review.agreed.csv").read_text().split()]
    assert tags == ["tags", "a", "c", "", ""]
    assert (tmp_path / "review.csv").read_text() == first
    assert (tmp_path / "other.csv").read_text() == second


def test_a_blind_reader_is_told_nothing_before_the_row_is_judged(serve):
    served = serve("--blind", text=sheet_text(2, 1))
    hidden = {"kind", "label", "prediction", "score", "bars", "pair"}
    assert not hidden & set(served.get("rows/0"))
    assert not hidden & set(served.get("state")["rows"][0])
    assert served.get("state")["about"]["labels"] == []
    assert served.get("rows/0?revealed")["label"] == "cat"
    served.add("r0", "fog")
    assert served.get("rows/0")["prediction"] == "dog"
    assert served.get("state")["rows"][0]["label"] == "cat"


def test_tags_to_start_with_have_the_first_keys(serve, tmp_path: Path):
    (tmp_path / "old.csv").write_text("id,tags\n1,fog;night\n")
    served = serve("--tag", "blurry", "--tags-from", "old.csv", text=sheet_text())
    assert served.get("state")["tags"] == ["blurry", "fog", "night"]


def test_a_column_is_shown_large_and_json_with_its_lines(serve):
    text = sheet_text(2, more="text").replace("text of 0", '"{""a"": [1, 2]}"')
    served = serve("--show", "text", text=text)
    (large,) = served.get("rows/0")["large"]
    assert large["text"] == '{\n  "a": [\n    1,\n    2\n  ]\n}'


def test_a_long_text_comes_in_two_parts(serve):
    served = serve(text=sheet_text(2, more="text").replace("text of 0", "x" * 30_000))
    (large,) = served.get("rows/0")["large"]
    assert (len(large["text"]), large["more"]) == (20_000, 10_000)
    assert served.get("texts/0?name=run.text")["text"] == "x" * 30_000


def test_the_tally_says_what_is_open_and_when_to_stop(serve):
    served = serve("--error", "40/400", text=sheet_text(40))
    assert served.get("tally")["said"] == "Nothing is settled yet: read from the top."
    for i in range(40):
        served.add(f"r{i}", "fog" if i % 2 else "none")
    found = served.get("tally")
    assert found["said"] == "You can stop: reading on cannot change which tags are worth work."
    (fog,) = found["tags"]
    assert (fog["count"], fog["state"], fog["words"]) == (20, "worth", "worth it")
    assert fog["ceiling"] == "5.0 points"


def test_strata_of_unequal_weights_are_counted_each_by_its_own(serve, tmp_path: Path):
    lines = sheet_text(36).splitlines()
    for i in range(1, 37):
        lines[i] = lines[i].replace("error,1,", "error: a,1," if i <= 20 else "error: b,1.25,")
    head, *rows = lines  # 20 of 20 and 16 of 20, in an order that has nothing to do with it
    served = serve("--error", "40/400", text="\n".join([head, *rows[::2], *rows[1::2]]) + "\n")
    for i in range(36):
        served.add(f"r{i}", "fog" if i % 3 else "none")
    assert served.get("tally")["said"] == (
        "You can stop: reading on cannot change which tags are worth work."
    )
    served.end()
    served.arguments = ("review.csv", "--error", "41/400")
    served.start()
    assert served.get("tally")["why_not"] == (
        "Whether you may stop cannot be said: the weights of the strata do not add up to the 41 "
        "errors."
    )


def test_no_ceilings_says_why(serve):
    served = serve(text="id,label,prediction,tags\n1,a,b,x\n2,a,b,\n")
    found = served.get("tally")
    assert "Start with --run RUN or --error RATE" in found["ceilings"]
    assert "the number of errors is unknown" in found["why_not"]


def test_rows_that_were_not_drawn_at_random_get_no_such_statement(serve):
    text = sheet_text(4).replace("error,1,", '"error: most confident first, not a random sample",,')
    served = serve(text=text)
    served.add("r0", "fog")
    assert "not a random sample" in served.get("tally")["why_not"]
    assert served.get("tally")["said"] == ""


def test_a_tag_that_comes_up_later_is_marked(serve):
    served = serve(text=sheet_text())
    served.add("r0", "a")
    served.add("r1", "b")
    assert [x.get("since") for x in served.get("tally")["tags"]] == [None, 2]
    served.change(op="looked", tag="b")
    assert [x.get("since") for x in served.get("tally")["tags"]] == [None, None]


def test_a_sheet_of_a_task_has_a_row_an_erring_unit(serve, tmp_path: Path):
    lines = ["Paris B-LOC B-PER", "and O O", "Paris B-LOC O", "", "Paris B-LOC B-PER"]
    (tmp_path / "said.conll").write_text("\n".join(lines) + "\n")
    ms.sample(str(tmp_path / "said.conll"), task="tagging", output=tmp_path / "review.csv")
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "1.txt").write_text("Paris and Paris")
    served = serve("--error", "3/4", "--media", "texts")
    state = served.get("state")
    assert sorted(state["order"]) == ["1 · Paris · 1", "1 · Paris · 3", "2 · Paris · 1"]
    numbers = {row["id"]: row["n"] for row in state["rows"]}
    example = served.get(f"rows/{numbers['1 · Paris · 3']}")
    assert example["media"]["text"] == "Paris and Paris"
    assert example["category"] == ["category", "missing", "1 of 3 errors"]
    other = served.get(f"rows/{numbers['2 · Paris · 1']}")
    assert other["category"] == ["category", "type", "2 of 3 errors"]
    assert "category" not in dict(example["columns"])
    assert "pair" not in example  # no other row has both of its places
    served.end()
    served = serve("--error", "3/4", "--blind")
    number = next(x["n"] for x in served.get("state")["rows"] if x["id"] == "1 · Paris · 3")
    hidden = served.get(f"rows/{number}")
    assert not {"category", "label"} & {*hidden, *dict(hidden["columns"])}  # it tells the answer
    assert served.add("1 · Paris · 3", "second mention") == 200
    (tag,) = served.get("tally")["tags"]
    assert (tag["tag"], tag["count"]) == ("second mention", 1)
    served.end()
    rows = [x for x in (tmp_path / "review.csv").read_text().splitlines() if "mention" in x]
    assert [x.split(",")[4] for x in rows] == ["3"]


def test_from_python_it_returns_the_table(tmp_path: Path, monkeypatch):
    from mlstrat.workflow.error_table.review import answer

    Path("review.csv").write_text(sheet_text(3).replace("error,1,0,", "error,1,0,fog", 1))
    monkeypatch.setattr(answer, "_wait", lambda _finished: None)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    found = ms.review("review.csv", error="3/30", no_open=True)
    assert [c.tag for c in found.categories] == ["fog"]


def test_a_browser_is_told_by_a_file_of_the_users_own(tmp_path: Path, monkeypatch):
    """`ps` shows to everyone what a browser was started with."""
    from mlstrat.workflow.error_table.review import answer

    Path("review.csv").write_text(sheet_text(1))
    found: list[tuple[str, int]] = []
    monkeypatch.setattr(answer, "_wait", lambda _finished: None)
    monkeypatch.setattr(answer, "_has_windows", lambda: True)
    monkeypatch.setattr(
        answer, "_open_browser",
        lambda file: found.append((file.read_text(), file.stat().st_mode & 0o777)),
    )  # fmt: skip
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    said: list[str] = []
    answer.run_review("review.csv", said.append)
    ((text, mode),) = found
    assert mode == 0o600
    assert said[0].split(" at ")[1].split()[0] in text
