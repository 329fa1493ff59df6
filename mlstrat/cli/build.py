"""Commands as typer takes them, made from what a question's ``command.py`` declares."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Annotated, Any

import typer

from mlstrat import public
from mlstrat.cli import completion
from mlstrat.cli import options as opt
from mlstrat.core.asked import (
    FULL,
    Argument,
    Command,
    Option,
    TypedOption,
    declared,
    is_mapping,
)

Given = Mapping[str, Any]
Run = Callable[[str, Command, Given], None]
"""Does what a command does, given its name, its declaration and what was typed."""


def declaration(name: str, function: str = "") -> Command:
    """Return what a question declares of its command, or of another function behind it."""
    folder = public.HOMES[name.replace("-", "_")].rpartition(".")[0]
    module = import_module(f"mlstrat.{folder}.command")
    found: Command = getattr(module, (function or name).replace("-", "_").upper())
    return found


def function_of(name: str, run: Run, typed: Sequence[str] | None = None) -> Callable[..., Any]:
    """Return the function of a command with the parameters that typer reads.

    What was `typed` for it may do without the options of single tasks, which are not loaded then.
    """
    command, key = declaration(name), name.replace("-", "_")
    if typed is not None:
        plain = replace(command, every=False)
        known = {x for one in plain.typed_options() for flag in one.flags for x in flag.split("/")}
        if {x.partition("=")[0] for x in typed if len(x) > 1 and x.startswith("-")} <= known:
            command = plain
    parameters = [
        *(_of_argument(x) for x in command.arguments),
        *map(_of_option, command.typed_options()),
    ]

    runs = [x for x in command.arguments if x.by_split]

    def function(**given: Any) -> None:
        given |= {x.name: _run_of(given[x.name], given["by"] if x.by_seed else None) for x in runs}
        if given.pop("show_config", False):
            opt.show_config(key, given)
        else:
            run(key, command, given)

    lines = "".join(f"\n  mlstrat {line}" for line in command.examples)
    if any("variance/" in line for line in command.examples):
        lines += "\n\n  Files of these: mlstrat init --example variance"
    function.__name__ = key
    function.__doc__ = f"{inspect.cleandoc(command.help)}\n\n\b\nExamples:{lines}\n"
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    function.__annotations__ = {x.name: x.annotation for x in parameters}
    return function


def _run_of(typed: list[str] | None, by: list[str] | None = None) -> Any:
    """Return what was typed as one run, or as several by seed; None for nothing."""
    if not typed:
        return None
    if len(typed) > 1 and by:
        from mlstrat.data.likely_roles import seed_column
        from mlstrat.data.several.named import named_files

        if seed_column(by) is not None and named_files(typed[0]) is None:
            return typed
    from mlstrat.data.several.named import run_of

    return run_of(typed)


def _parameter(name: str, kind: Any, info: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, info]
    )


def _of_argument(argument: Argument) -> inspect.Parameter:
    kind = list[str] if argument.several or argument.by_split else str
    complete = getattr(completion, argument.complete) if argument.complete else None
    info = typer.Argument(metavar=argument.metavar, help=argument.help, autocompletion=complete)
    if argument.required:
        return _parameter(argument.name, kind, info, inspect.Parameter.empty)
    return _parameter(argument.name, kind | None, info, None)


def _of_option(typed: TypedOption) -> inspect.Parameter:
    option = typed.option
    complete = getattr(completion, option.complete) if option.complete else None
    info = typer.Option(
        *typed.flags, metavar=option.metavar or None, rich_help_panel=option.panel,
        help=typed.help, show_default=False, autocompletion=complete,
    )  # fmt: skip
    one = typed.kind not in (bool, list[str] | None)
    default = False if typed.kind is bool else option.default if one else None
    return _parameter(typed.name, typed.kind, info, default)


def answer(key: str, command: Command, given: Given, *, page: bool = False) -> None:
    """Ask a question as it was typed, and report what it answers."""
    output, figure = given["output"], given.get("figure")
    own = "output" in command.asked.__annotations__  # the function writes it; this is beside it
    how = opt.chosen_format(given["format_"], None if own else output, page=page)
    if given.get("full") and how == "text":
        how = FULL
    opt.check_figure(figure)
    target = opt.log_target(given)
    document = ask(key, command, given)
    opt.log(document, target)
    if figure is not None:
        document.save_figure(figure)
    show = opt.tell if own else opt.emit
    show(document, how, output)


def ask(key: str, command: Command, given: Given, **instead: Any) -> Any:
    """Return the document of what was typed; `instead` are values to take in another's place."""
    given = _on_engine(command, given)
    options = declared(command.asked, every=command.every)
    asked = {
        name: _value(name, *options[name], given[name])
        for name in options
        if name in given and given[name] is not None
    }
    function = getattr(public, key)
    return function(*(given[x.name] for x in command.arguments), **asked | instead)


def _value(name: str, kind: Any, option: Option, typed: Any) -> Any:
    if not isinstance(typed, list) or not is_mapping(kind):
        return typed
    flag = option.typed_as(name)
    return opt.counts(typed, flag) if option.metavar == "NAME=COUNT" else opt.pairs(typed, flag)


def _on_engine(command: Command, given: Given) -> Given:
    """Return what was typed, the runs for the engine that counts their rows."""
    if "engine" not in given:
        return given
    names = [x.name for x in command.arguments]
    names += [name for name, (_, option) in command.options().items() if option.run]
    runs = public.on_engine([given[x] for x in names], given["engine"], given["master"])
    return {**given, **dict(zip(names, runs, strict=True))}


KINDS = {int: "a whole number", float: "a number"}


MOST: dict[Any, float] = {int: 2**63, float: float("inf")}
"""What no count, seed or bound reaches, and what 64 bits hold."""


WORDS = {"threshold": ("none",)}
"""Words that an option takes in place of a number."""


LONGEST_SHOWN = 40


def number(kind: Any, text: str, parameter: Any, ctx: Any) -> Any:
    """Return the number that an option says; a text that is none, or too large, is refused."""
    if str(text).strip().lower() in WORDS.get(parameter.name, ()):
        return str(text).strip().lower()
    shown = repr(text) if len(str(text)) <= LONGEST_SHOWN else f"{str(text)[:10]!r}…"
    try:
        value = kind(text)
    except ValueError:
        raise typer.BadParameter(
            f"{shown} is not {KINDS[kind]}.", ctx=ctx, param=parameter
        ) from None
    if not abs(value) < MOST[kind]:  # nan is not less
        why = f"is too large: at most {2**63 - 1}" if kind is int else "is not a finite number"
        raise typer.BadParameter(f"{shown} {why}.", ctx=ctx, param=parameter)
    return value
