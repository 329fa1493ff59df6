"""A number that no count, seed or bound can be is refused by every option that takes one."""

from __future__ import annotations

from typing import get_args

import pytest
import typer

import mlstrat as ms
from mlstrat.cli.app import COMMANDS
from mlstrat.cli.build import answer, function_of
from mlstrat.errors import UsageError


def options(kind: type) -> list[tuple[str, str]]:
    """Return every option that takes a number of this kind, by its command."""
    out = []
    for command in COMMANDS:
        for name, hint in function_of(command, answer).__annotations__.items():
            info = next((x for x in getattr(hint, "__metadata__", ())
                         if isinstance(x, typer.models.OptionInfo)), None)  # fmt: skip
            base = get_args(hint)[0] if info else None
            if info and kind in (base, *get_args(base)):
                names = [x for x in (info.default, *info.param_decls) if str(x).startswith("-")]
                out.append((command, names[0] if names else "--" + name.replace("_", "-")))
    return out


@pytest.mark.parametrize(("command", "option", "digits"), [
    *((command, option, 400) for command, option in options(int)),
    ("error-table", "--reviewed", 5000),
])  # fmt: skip
def test_a_whole_number_of_hundreds_of_digits(mlstrat, command, option, digits):
    ended = mlstrat(command, option, "9" * digits)
    assert (ended.code, ended.out) == (2, "")
    assert option in ended.err
    assert "not a whole number" in ended.err or "is too large: at most" in ended.err
    assert len(ended.err) < 1000


@pytest.mark.parametrize(("command", "option", "number"), [
    *((command, option, "nan") for command, option in options(float)),
    *(("score", "--threshold", number) for number in ("inf", "-inf", "1e999", "9" * 400)),
])  # fmt: skip
def test_a_number_that_is_not_finite(mlstrat, command, option, number):
    ended = mlstrat(command, f"{option}={number}")
    assert (ended.code, ended.out) == (2, "")
    assert "is not a finite number" in ended.err
    assert len(ended.err) < 1000


def test_there_are_such_options():
    assert ("error-table", "--reviewed") in options(int)
    assert ("score", "--threshold") in options(float)


@pytest.mark.parametrize(
    "reviewed",
    [0, -1, 10**15, 10**400, 10**5000],
    ids=["0", "-1", "16 digits", "401 digits", "5001 digits"],
)
def test_the_library_refuses_them_too(reviewed):
    with pytest.raises(UsageError, match="reviewed is "):
        ms.error_table(error="10%", reviewed=reviewed, tags={"dog": 5})
