"""A number that no count, seed or bound can be is refused by every option that takes one."""

from __future__ import annotations

import pytest
import typer

import mlstrat as ms
from mlstrat.cli.app import COMMANDS, app
from mlstrat.errors import UsageError


def options(kind: str) -> list[tuple[str, str]]:
    """Return every option that takes a number of this kind, by its command."""
    group = typer.main.get_command(app)
    out = []
    for name in COMMANDS:
        command = group.get_command(None, name)
        for parameter in command.params:
            text = getattr(parameter.type, "name", "")
            if kind in text and parameter.param_type_name == "option":
                out.append((name, parameter.opts[0]))
    return out


@pytest.mark.parametrize("digits", [400, 5000])
@pytest.mark.parametrize(("command", "option"), options("integer"))
def test_a_whole_number_of_hundreds_of_digits(mlstrat, command, option, digits):
    ended = mlstrat(command, option, "9" * digits)
    assert (ended.code, ended.out) == (2, "")
    assert option in ended.err
    assert "whole number" in ended.err or "more than 18 digits" in ended.err
    assert len(ended.err) < 1000
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e999", "9" * 400])
@pytest.mark.parametrize(("command", "option"), options("float"))
def test_a_number_that_is_not_finite(mlstrat, command, option, number):
    ended = mlstrat(command, f"{option}={number}")
    assert (ended.code, ended.out) == (2, "")
    assert "is not a finite number" in ended.err
    assert len(ended.err) < 1000


def test_there_are_such_options():
    assert ("error-table", "--reviewed") in options("integer")
    assert ("score", "--threshold") in options("float")


@pytest.mark.parametrize(
    "reviewed",
    [0, -1, 10**15, 10**400, 10**5000],
    ids=["0", "-1", "16 digits", "401 digits", "5001 digits"],
)
def test_the_library_refuses_them_too(reviewed):
    with pytest.raises(UsageError, match="reviewed is "):
        ms.error_table(error="10%", reviewed=reviewed, tags={"dog": 5})
