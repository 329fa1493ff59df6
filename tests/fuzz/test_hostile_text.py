"""Other people's text, in every place where a table can hold it, through every form of output."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.fuzz.door import Ended, call, faults
from tests.fuzz.tables import csv_bytes

LABELS = (
    "<script>alert(1)</script>", "a|b `c` *d* [e](f) #g @h $i ~j", "=cmd|' /C calc'!A0",
    "\x1b[31mred\x1b]0;t\x07", "[red]no[/red] \\", "]]>\u202e\u0000x".replace("\u0000", "\x01"),
    "::error title=a::b", "w ##[error]v ##vso[task.x]u", "a5c3785ed8d6a35868bc169f07e40e889087fd2e",
    "\\@octo @a/b www.a.b o/r#1 gh-2 a@b.de http://a.b ftp://c",
)  # fmt: skip
"""What a browser, a forge, a spreadsheet, a terminal, rich, XML and a runner would each act on."""

ORDER = re.compile(r"^(?:\s|\x1b\[[\d;]*m)*::|##\w*\[", re.MULTILINE)
"""What the runner of a CI job obeys: ``::`` at the start of a line, ``##[`` anywhere in it."""

REFERENCE = re.compile(r"@\w|#\d|\bgh-\d|www\.|(?:https?|ftp)://|\b[\da-f]{40}\b", re.IGNORECASE)
"""What a forge makes a link or a message of, once backslashes and entities are resolved."""


def run(wrong: int = 3) -> bytes:
    """A run in which every text but the ids is hostile."""
    n, k = 120, len(LABELS)
    label = [LABELS[i % k] for i in range(n)]
    called = [LABELS[(i + (i % wrong == 0)) % k] for i in range(n)]
    return csv_bytes(
        {
            "id": [f"{i} {LABELS[i % k]}" for i in range(n)],
            "split": [("train", "dev", "dev", "test")[i // 30] for i in range(n)],
            "label": label,
            "prediction": called,
            "group": [f"{LABELS[i % k]}{i % 30}" for i in range(n)],
            "source": [LABELS[i % 2] for i in range(n)],
            "human_<b>ann|": label,
            "human_\x1b[1m": called,
            "=site<i>|": [LABELS[(i // 6) % k] for i in range(n)],
        }
    )


def sheet() -> bytes:
    """A review sheet whose tags and comments are hostile."""
    n, k = 30, len(LABELS)
    return csv_bytes(
        {
            "id": [f"{i + 30} {LABELS[(i + 30) % k]}" for i in range(0, n, 3)],
            "tags": [LABELS[i % k].replace(",", " ").replace(";", " ") for i in range(n // 3)],
            "mislabeled": ["x" if i % 2 else "" for i in range(n // 3)],
            "true_label": [LABELS[0] if i % 2 else "" for i in range(n // 3)],
            "comment": [LABELS[i % k] for i in range(n // 3)],
            "run.=site<i>|": [LABELS[(i // 4) % k] for i in range(n // 3)],
        }
    )


def candidates() -> bytes:
    """Candidates and a column with hostile names."""
    return csv_bytes(
        {"name": list(LABELS), "accuracy": [f"0.{90 - i}" for i in range(len(LABELS))],
         "<i>|ms": list(range(len(LABELS))), "n": ["500"] * len(LABELS)}
    )  # fmt: skip


FILES = {"run.csv": run(), "other.csv": run(4), "review.csv": sheet(), "models.csv": candidates()}
LINES = (
    ("diagnose", "run.csv"),
    ("score", "run.csv", "--by", "=site<i>|"),
    ("human", "run.csv"),
    ("sample", "run.csv", "-n", "5", "-o", "out.csv"),
    ("split", "run.csv", "--check"),
    ("split", "run.csv", "--target", LABELS[1], "--dev", "9", "--test", "9", "--force", "-o",
     "out.csv"),
    ("error-table", "review.csv", "--run", "run.csv", "--rows"),
    ("mislabels", "review.csv", "--run", "run.csv", "--by", "=site<i>|"),
    ("slices", "run.csv", "--min-size", "2"),
    ("slices", "run.csv", "--versus", "other.csv", "--min-size", "2"),
    ("select", "models.csv", "--optimize", "accuracy"),
    ("select", "run.csv", "other.csv", "--optimize", "accuracy"),
    ("compare", "run.csv", "other.csv", "--by", "=site<i>|"),
    ("report", "run.csv", "--baseline", "other.csv", "--review", "review.csv"),
    ("gate", "run.csv", "--config", "g.toml"),
)  # fmt: skip
GATE = '[[gate]]\nmetric = "accuracy"\nwhere = {"=site<i>|" = "*"}\nmin = 0.5\n'


def end(line: tuple[str, ...], how: str, *more: str) -> Ended:
    folder = Path("work")
    folder.mkdir(exist_ok=True)
    files = {**FILES, "g.toml": GATE.encode()}
    ended = call((*line, "-f", how, *more), files, folder)
    codes = (0, 1, 3) if line[0] == "gate" else (0,)
    assert (faults(ended, codes), ended.code in codes) == ([], True), ended.err
    return ended


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_text_steers_no_terminal_and_is_no_markup(line: tuple[str, ...]) -> None:
    text = end(line, "text").out.decode()
    assert not set(text) & {"\x1b", "\x07", "\x01", "\u202e"}
    assert "�[31mred" in text or "[31mred" not in text
    assert not ORDER.search(text)


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_markdown_shows_it_as_it_is(line: tuple[str, ...]) -> None:
    text = end(line, "markdown").out.decode()
    outside = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    assert not re.search(r"<(?!/?(?:details|summary)>|!-- mlstrat report -->)", outside)
    for table in re.findall(r"(?:^\|.*\n?)+", outside, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(widths) == 1, table
    assert not re.search(r"(?<!\\)\]\(f\)", outside)
    assert not ORDER.search(text)
    assert not REFERENCE.search(html.unescape(re.sub(r"\\(.)", r"\1", outside)))


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_json_holds_it_as_it_was(line: tuple[str, ...]) -> None:
    text = end(line, "json").out.decode()
    assert not ORDER.search(text)
    document = json.loads(text)
    if line[0] == "diagnose":
        assert set(document["labels"]) == set(LABELS)


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_no_cell_of_csv_starts_a_formula(line: tuple[str, ...]) -> None:
    text = end(line, "csv").out.decode()
    assert not ORDER.search(text)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len({len(row) for row in rows}) == 1
    for cell in (cell for row in rows for cell in row):
        assert not re.match(r"[=@\t\r]|[+-](?!\d|\.\d|inf)", cell), cell


class Elements(HTMLParser):
    """Collects the names of elements, and attributes that run or fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.active: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.active += [name for name, value in attrs if name.startswith("on") or name == "src"]


def test_html_has_no_element_that_we_did_not_write() -> None:
    line = ("report", "run.csv", "--baseline", "other.csv", "--review", "review.csv",
            "--candidates", "models.csv", "--metric", "accuracy")  # fmt: skip
    page = end(line, "html").out.decode()
    found = Elements()
    found.feed(page)
    assert "script" not in found.names
    assert found.active == []
    assert "<script" not in page
    assert "##[" not in page
    assert "&lt;script&gt;" in page


def cases(path: Path) -> Iterator[str]:
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        yield case.attrib["name"]


def test_junit_is_xml_with_a_case_a_check() -> None:
    end(("gate", "run.csv", "--config", "g.toml"), "text", "--junit", "gate.xml")
    names = list(cases(Path("work") / "gate.xml"))
    assert len(names) == len(LABELS)
    assert sum("<script>alert(1)</script>" in name for name in names) == 1
    assert not any(set(name) & {"\x1b", "\x07", "\x01"} for name in names)


@pytest.mark.parametrize(
    "typed",
    [
        ("diagnose", "::error::x"),
        ("diagnose", "a\n::error::x"),
        ("diagnose", "a\r ::error::x ##[error]y"),
        ("diagnose", "--a\n::error::x ##[error]y"),
        ("a\n::error::x ##[error]y",),
        ("diagnose", "run.csv", "--seed", "##[error]y"),
        ("diagnose", "run.csv", "--config", "##[error]y.toml"),
        ("diagnose", "run.csv", "--map", "label=a\n::error::x ##[error]y"),
        ("diagnose", "run.csv", "--split-as", "##[error]y=a\n::error::x"),
        ("diagnose", "bad.csv"),
    ],
)
def test_no_message_is_an_order(typed: tuple[str, ...]) -> None:
    folder = Path("work")
    folder.mkdir(exist_ok=True)
    bad = csv_bytes({"split": ["##[error]y", "\n::error::x"], "label": ["a", "b"],
                     "prediction": ["a", "b"]})  # fmt: skip
    ended = call(typed, {"run.csv": FILES["run.csv"], "bad.csv": bad}, folder)
    assert ended.code == 2
    assert ended.err
    assert not ORDER.search(ended.err)
