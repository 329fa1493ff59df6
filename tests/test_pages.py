"""The pages of commands and of the Python reference are what ``docs/make.py`` writes."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import mlstrat as ms
from docs.api_pages import api_pages, docstring
from docs.command_pages import cut
from docs.examples import LADDER, output
from mlstrat.cli.app import COMMANDS
from mlstrat.cli.build import declaration


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_of_a_command_has_its_help_and_its_examples(name, root: Path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = (root / "docs" / "commands" / f"{name}.md").read_text("utf-8")
    for part in output(f"{name} --help", 0).strip().split("\n\n"):
        if not part.startswith(("Usage:", "Arguments:")):  # releases of typer write these otherwise
            assert part in text, "run python docs/make.py"
    for example in declaration(name).examples:
        assert f"$ mlstrat {example}\n" in text
    assert "internal error" not in text
    assert "a fault of mlstrat" not in text


def test_there_is_a_page_for_every_command_and_no_other(root: Path):
    there = {path.name for path in (root / "docs" / "commands").iterdir()}
    assert there == {"README.md", *(f"{name}.md" for name in COMMANDS)}


def test_the_reference_is_what_the_docstrings_say(root: Path):
    made = api_pages()
    assert {path.name for path in (root / "docs" / "api").iterdir()} == set(made)
    for name, text in made.items():
        found = (root / "docs" / "api" / name).read_text("utf-8")
        assert found == text, f"docs/api/{name}: run python docs/make.py"


def test_the_reference_has_every_function_with_all_its_parameters():
    text = "".join(api_pages().values())
    for name in ms.public.__all__:
        entry = text.partition(f'<a id="{name}"></a>')[2].partition("<a id=")[0]
        for parameter in inspect.signature(getattr(ms, name)).parameters:
            assert re.search(rf"- `[^`]*\b{parameter}\b[^`]*`: \S", entry) or not re.search(
                r"\*\*Parameters\*\*", entry
            ), (name, parameter)


def test_a_docstring_becomes_markdown():
    made = docstring(
        "Return a_b of <x>.\n\nParameters\n----------\na, b\n    The ``x_y``\n    and `z`.\n\n"
        "Examples\n--------\n>>> 1\n1\n"
    )
    assert made.splitlines() == [
        "Return a\\_b of &lt;x&gt;.", "", "", "**Parameters**", "",
        "- `a, b`: The `x_y` and `z`.", "", "**Examples**", "", "```pycon", ">>> 1", "1", "```",
    ]  # fmt: skip


def test_a_long_output_is_cut_and_says_so():
    assert cut("a\n" * 60) == "a\n" * 60
    assert cut("a\n" * 61) == "a\n" * 40 + "[21 more lines]\n"


def test_the_picture_of_the_readme_is_of_the_run_that_it_shows(root: Path):
    text = (root / "README.md").read_text("utf-8")
    assert f"$ mlstrat diagnose {LADDER}\n" in text
    drawn = ms.plot("ladder", root / LADDER)
    found = (root / "docs" / "ladder.svg").read_text("utf-8")
    assert f"<dc:title>{drawn.title}</dc:title>" in found
    assert text.count("](docs/ladder.svg)") == 1
