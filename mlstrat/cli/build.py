"""Commands as typer takes them, made from what a question's ``command.py`` declares."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any, get_args, get_origin

import typer

from mlstrat.cli import completion
from mlstrat.cli import options as opt
from mlstrat.core.asked import Argument, Command, Option, ShowConfig, declared, is_sequence

FOLDERS = {
    "plan": "splits", "gaps": "diagnose", "diagnose": "diagnose", "score": "score",
    "human": "human", "curve": "curve", "count": "count", "sample": "error_table",
    "error-table": "error_table", "mislabels": "mislabels", "slices": "slices",
    "select": "select", "compare": "compare", "gate": "gate", "report": "report",
}  # fmt: skip
"""Command to the folder of its question."""

Given = Mapping[str, Any]
Run = Callable[[str, Command, Given], None]
"""Does what a command does, given its name, its declaration and what was typed."""


class Commands(Mapping[str, Callable[..., Any]]):
    """The functions that typer reads, by the name that is typed; each made when asked for."""

    def __init__(
        self, made: Mapping[str, Callable[..., Any] | None], special: Mapping[str, Run]
    ) -> None:
        self._made, self._special = dict(made), special

    def __getitem__(self, name: str) -> Callable[..., Any]:
        if (function := self._made[name]) is None:
            function = self._made[name] = function_of(name, self._special.get(name, answer))
        return function

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def summary(self, name: str) -> str:
        """Return the first line of a command's help."""
        function = self._made[name]
        text = declaration(name).help if function is None else function.__doc__
        return (text or "").partition("\n")[0]


def declaration(name: str) -> Command:
    """Return what a question declares of its command."""
    key = name.replace("-", "_")
    module = import_module(f"mlstrat.workflow.{FOLDERS[name]}.command")
    found: Command = getattr(module, key.upper())
    return found


def function_of(name: str, run: Run) -> Callable[..., Any]:
    """Return the function of a command with the parameters that typer reads."""
    command, key = declaration(name), name.replace("-", "_")
    options = declared(command.asked, *command.typed)
    if "config" in options:
        options |= declared(ShowConfig)
    parameters = [
        *(_of_argument(x) for x in command.arguments),
        *(_of_option(x, *options[x], command) for x in options),
    ]

    def function(**given: Any) -> None:
        if given.pop("show_config", False):
            opt.show_config(key, given)
        else:
            run(key, command, given)

    function.__name__ = key
    lines = "".join(f"\n  mlstrat {line}" for line in command.examples)
    function.__doc__ = f"{inspect.cleandoc(command.help)}\n\n\b\nExamples:{lines}\n"
    function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    function.__annotations__ = {x.name: x.annotation for x in parameters}
    return function


def _parameter(name: str, kind: Any, info: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, info]
    )


def _of_argument(argument: Argument) -> inspect.Parameter:
    kind = list[str] if argument.several else str
    info = typer.Argument(metavar=argument.metavar, help=argument.help)
    if argument.required:
        return _parameter(argument.name, kind, info, inspect.Parameter.empty)
    return _parameter(argument.name, kind | None, info, None)


def _of_option(name: str, kind: Any, option: Option, command: Command) -> inspect.Parameter:
    complete = getattr(completion, option.complete) if option.complete else None
    info = typer.Option(
        *(option.flag or f"--{name.replace('_', '-')}").split(), metavar=option.metavar or None,
        help=command.note(name, option.help), rich_help_panel=option.panel, show_default=False,
        autocompletion=complete,
    )  # fmt: skip
    if kind is bool:
        return _parameter(name, bool, info, False)
    kinds = (kind, *get_args(kind))
    if is_sequence(kind) or _is_mapping(kind):
        return _parameter(name, list[str] | None, info, None)
    typed = next((x for x in (bool, int, float) if x in kinds and str not in kinds), str)
    return _parameter(name, typed | None, info, None)


def _is_mapping(kind: Any) -> bool:
    return any(get_origin(x) is Mapping for x in (kind, *get_args(kind)))


def answer(key: str, command: Command, given: Given) -> None:
    """Ask a question as it was typed, and report what it answers."""
    output, figure = given["output"], given.get("figure")
    own = "output" in command.asked.__annotations__  # the function writes it; this is beside it
    how = opt.chosen_format(given["format_"], None if own else output)
    opt.check_figure(figure)
    document = ask(key, command, given)
    if figure is not None:
        document.save_figure(figure)
    show = opt.tell if own else opt.emit
    show(document, how, output)


def ask(key: str, command: Command, given: Given, **instead: Any) -> Any:
    """Return the document of what was typed; `instead` are values to take in another's place."""
    from mlstrat import public

    given = _on_engine(command, given)
    options = declared(command.asked)
    asked = {
        name: _value(name, *options[name], given[name])
        for name in options
        if name in given and given[name] is not None
    }
    function = getattr(public, key)
    return function(*(given[x.name] for x in command.arguments), **asked | instead)


def _value(name: str, kind: Any, option: Option, typed: Any) -> Any:
    """Return what a function takes for what was typed."""
    if not _is_mapping(kind):
        return typed
    flag = (option.flag or f"--{name.replace('_', '-')}").split()[0]
    return opt.counts(typed, flag) if option.metavar == "NAME=COUNT" else opt.pairs(typed, flag)


def _on_engine(command: Command, given: Given) -> Given:
    """Return what was typed, the runs for the engine that counts their rows."""
    if "engine" not in given:
        return given
    from mlstrat import public

    names = [x.name for x in command.arguments]
    names += [name for name, (_, option) in declared(command.asked).items() if option.run]
    runs = public.on_engine([given[x] for x in names], given["engine"], given["master"])
    return {**given, **dict(zip(names, runs, strict=True))}
