"""Each option is declared once: its function's signature and docstring, and its command, agree."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
import typer

import mlstrat as ms
from mlstrat.cli.app import COMMANDS, app
from mlstrat.cli.build import declaration
from mlstrat.core.asked import PANELS, declared

COMMAND_LINE: Any = typer.main.get_command(app)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_function_shows_every_option_of_its_command(name: str) -> None:
    function, command = getattr(ms, name.replace("-", "_")), declaration(name)
    options = declared(command.asked)
    parameters = inspect.signature(function).parameters
    positional = [x.name for x in command.arguments]
    assert [*parameters][: len(positional)] == positional
    assert {*parameters} - {*positional} - {"y_pred", "beside", "progress"} == {
        *options
    }  # no flags
    assert all(parameters[x].kind is inspect.Parameter.KEYWORD_ONLY for x in options)
    section = inspect.getdoc(function).partition("Parameters\n----------\n")[2].partition("\n\n")[0]
    lines = re.findall(r"^(\w[\w, ]*)\n    \S", section, re.MULTILINE)
    assert [x for line in lines for x in line.split(", ")] == [*parameters]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_every_option_of_its_function(name: str) -> None:
    typed = {x.name: x for x in COMMAND_LINE.get_command(None, name).params}
    arrays = {x for x, (_, option) in declared(declaration(name).asked).items() if option.python}
    assert declared(declaration(name).asked).keys() - arrays <= typed.keys()
    assert not arrays & typed.keys(), "no array can be typed"
    assert all(x.help for x in typed.values())


@pytest.mark.parametrize("name", COMMANDS)
def test_help_stands_in_panels(mlstrat, name: str) -> None:
    shown = mlstrat(name, "--help").out
    heads = re.findall(r"^(\w+):$", shown, re.MULTILINE)
    assert [x for x in heads if x != "Arguments"] == [x for x in PANELS if x in heads]
    assert "Output" in heads
    assert all(f"mlstrat {line}" in " ".join(shown.split()) for line in declaration(name).examples)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_the_five_options_used_first_before_all_others(mlstrat, name: str) -> None:
    command, shown = declaration(name), mlstrat(name, "--help").out
    options = command.options()
    if len(options) < 8:
        assert not command.first
        return
    assert len(command.first) == 5
    panel = shown.partition("Most used:\n")[2].partition("\n\n")[0]
    for option in command.first:
        flag = options[option][1].typed_as(option)
        line = rf"^  (?:-\w, )?{flag}(?![\w-])"
        assert re.search(line, panel, re.MULTILINE), flag
        assert len(re.findall(line, shown, re.MULTILINE)) == 1


def test_a_keyword_that_no_option_has_is_refused() -> None:
    with pytest.raises(TypeError, match="treshold"):
        ms.score("run.csv", treshold=0.5)  # type: ignore[call-arg]


def test_notes_are_of_options_that_there_are() -> None:
    for name in COMMANDS:
        command = declaration(name)
        assert (command.notes or {}).keys() <= declared(command.asked, *command.typed).keys()
