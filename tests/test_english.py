"""What people read is written as `english.md` says: the patterns that it bans occur nowhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from mlstrat.cli.app import COMMANDS
from mlstrat.cli.build import declaration
from mlstrat.workflow.explain.registry import RULES
from mlstrat.workflow.explain.terms import TERMS

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mlstrat"

BANNED = {
    "a blank before %": r"\d %(?![\w%(])",
    "is no": r"(?<![Tt]here )\b(?:is|are) no (?!longer\b|\w+er\b|worse\b|more\b|less\b|such\b"
    r"|choice\b|use\b|guide\b|substitute\b|chance\b|knob\b)\w",
    "no … is called": r"no \w+ is called",
    "a fault of mlstrat": r"fault of mlstrat",
    "cut short": r"cut short",
    "mend": r"\bmend(?:s|ed|ing)?\b",
    "tell them apart": r"examples tells? them apart",
    "is none": r"\b(?:is|are) none\b(?! yet)",
    "stands in": r"\bstands? in (?!for\b)",
    "speaks of": r"\bspeaks? of\b",
    "flatters": r"\bflatter(?:s|ed|ing)?\b",
    "nought": r"\bnought\b",
    "by lot": r"\bby lot\b",
    "cut off": r"(?:be|is|are) cut off",
    "aims beside": r"\baims? beside\b",
    "knob of a gap": r"\bknob of (?:it|this gap)\b",
    "what takes takes": r"[Ww]hat(?:ever)? takes a \w+ takes",
    "not this": r"^Not this:",
    "nobody can tell": r"nobody can tell",
}
"""What a native engineer would not write, by its name."""


@cache
def every_message() -> tuple[tuple[Path, int, str], ...]:
    """Return every text of the package that a person may read, with its file and line."""
    files = sorted(PACKAGE.rglob("*.py"))
    return tuple((path, *found) for path in files for found in messages(path))


def messages(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the texts of a file that a person may read, but for docstrings: with their lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    notes = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in notes:
            yield node.lineno, node.value


@pytest.mark.parametrize("name", BANNED)
def test_no_message_holds_what_english_bans(name):
    pattern = re.compile(BANNED[name])
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text[:80]}"
        for path, line, text in every_message()
        if pattern.search(text)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", BANNED)
def test_no_page_that_is_written_from_the_package_holds_it(name):
    pattern = re.compile(BANNED[name])
    pages = [*ROOT.glob("docs/*.md"), *ROOT.glob("docs/tasks/*.md")]
    assert pages
    found = [
        f"{path.name}:{i}: {line[:80]}"
        for path in pages
        for i, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, "\n".join(found)


def test_each_pattern_finds_what_it_bans():
    wrong = {
        "a blank before %": "an error of 8 % on dev", "is no": "'label' is no pair",
        "no … is called": "no split is called 'x'", "a fault of mlstrat": "a fault of mlstrat",
        "cut short": "a file cut short", "mend": "mending it",
        "tell them apart": "38 of 800 examples tell them apart",
        "is none": "and 'x' is none", "stands in": "the id stands in row 4 already",
        "speaks of": "a score speaks of two classes", "flatters": "the best one flatters",
        "nought": "the change may be nought", "by lot": "drawn by lot",
        "cut off": "the file may be cut off", "aims beside": "dev aims beside the target",
        "knob of a gap": "more data is no knob of it",
        "what takes takes": "whatever takes a run takes counts", "not this": "Not this: p > .05",
        "nobody can tell": "how much, nobody can tell",
    }  # fmt: skip
    for name, pattern in BANNED.items():
        assert re.search(pattern, wrong[name]), name
    for right in ("8.0% of dev", "There is no split column", "it is no longer there", "%d %s",
                  "is no better than chance", "recommended", "dev stands in for test",
                  "the tag 'cut off'"):  # fmt: skip
        assert not any(re.search(pattern, right) for pattern in BANNED.values()), right


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_a_sentence_that_stands_without_the_name_of_its_option(name):
    command = declaration(name)
    for option, (_, one) in command.options().items():
        said = command.note(option, one.help)
        assert said[0].isupper() or said[0].isdigit() or not said[0].isalpha(), (option, said)
        assert said.endswith((".", ")", "?", '"')) or ":" in said, (option, said)
        assert not said.startswith("Of "), (option, said)


def test_titles_have_no_full_stop_and_sentences_have_one():
    for rule in RULES.values():
        assert not rule.title.endswith("."), rule.code
        assert rule.meaning.endswith((".", "?")), rule.code
    for term in TERMS.values():
        assert term.rule.endswith("."), term.name
