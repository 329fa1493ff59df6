"""No line of any command is wider than the terminal, and tables stay tables: at 80 and at 60."""

from __future__ import annotations

import re

import pytest

from tests.screens import WIDTHS, commands, folder, screen

SHOWN = [x for x in commands() if "--help" not in x]

COMMAND_LINE = re.compile(
    r"^ *(• )?(mlstrat|fix it:|\$|accepted:|hint:|next:|then:)|^ {4}mlstrat |Examples"
)
"""What is to be copied stays whole."""


@pytest.mark.parametrize("command", SHOWN)
def test_no_line_is_wider_than_the_terminal(command, empty_folder, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    folder(empty_folder)
    for width in WIDTHS:
        text = screen(command, width)
        for line in text.splitlines():
            assert len(line) <= width or COMMAND_LINE.search(line), (width, line)
        rules = [x for x in text.splitlines() if set(x) == {"─"}]
        assert all(len(x) <= width for x in rules)
        assert "internal error" not in text
