"""Errors in the language of who calls: on the command line flags, from Python keywords.

Messages are written for the command line; here their flags become the keywords of the function that
was called, by the table of its options.
"""

from __future__ import annotations

import functools
import inspect
import os
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_args, get_origin

from mlstrat.core.asked import declared, signature_of, with_options
from mlstrat.errors import InputError, MlstratError, first_line, for_want_of_memory

Function = TypeVar("Function", bound=Callable[..., Any])

ENGINES = frozenset({"polars", "pandas", "narwhals", "pyarrow", "duckdb", "dask", "sklearn",
                     "pyo3_runtime"})  # fmt: skip
"""Libraries whose exceptions are about the data that they were given."""

_FLAG = re.compile(
    r"(?<![\w-])(?P<flag>--?[a-z][a-z0-9-]*)"
    r"(?: (?P<value>'[^']*'|\"[^\"]*\"|[^\s,;:)'\"]*=(?:'[^']*'|\"[^\"]*\"|[^\s,;)]+)|[^\s,;:)]+))?"
)
_COMMAND = re.compile(r"`mlstrat ([a-z-]+)([^`\n]*)`|mlstrat ([a-z-]+)((?: [^\s`]*[-.<A-Z][^\s`]*"
                      r"(?: (?![a-z]+ )[^\s`]+)*)+)$", re.MULTILINE)  # fmt: skip
_PROSE = frozenset({"out", "too", "with", "alone", "it", "instead", "only", "and", "or", "is"})
"""Words after a flag that are not its value."""


def speaks_python(function: Function, name: str) -> Function:
    """Return a function whose errors name its keywords, and show no frame within mlstrat."""

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except MlstratError as error:
            if os.environ.get("MLSTRAT_DEBUG"):
                raise
            told = in_python(error, function, name)
        except Exception as error:
            # A wrong keyword is the caller's; what an engine says is of the data.
            engine = type(error).__module__.partition(".")[0] in ENGINES
            if not engine or for_want_of_memory(error) or os.environ.get("MLSTRAT_DEBUG"):
                raise
            told = InputError(f"cannot be read: {first_line(error)}")
        raise told.with_traceback(None) from None

    called.__module__, called.__qualname__ = "mlstrat", name  # where it is found again
    if (command := getattr(function, "command", None)) is not None:
        called.__doc__ = with_options(inspect.cleandoc(function.__doc__ or ""), command)
        vars(called)["__signature__"] = signature_of(function)
    return called  # type: ignore[return-value]


def in_python(error: MlstratError, function: Callable[..., Any], name: str) -> MlstratError:
    """Return an error whose message, hint and what is accepted speak of keywords."""
    options = _options(function)
    error.message = _translated(error.message, options, name, bare=True)
    error.accepted = error.accepted and _translated(error.accepted, options, name)
    error.hint = error.hint and _translated(error.hint, options, name)
    error.args = (error.message,)
    return error


Options = Mapping[str, tuple[str, Any, bool]]
"""Flag to keyword, its type, and whether it is the flag's opposite."""


def _options(function: Callable[..., Any]) -> Options:
    command = getattr(function, "command", None)
    out: dict[str, tuple[str, Any, bool]] = {}
    for keyword, (kind, option) in (declared(command.asked) if command else {}).items():
        for flag in option.flags(keyword):
            yes, _, no = flag.partition("/")
            out[yes] = keyword, kind, False
            if no:
                out[no] = keyword, kind, True
    if command:
        for argument in command.arguments:  # an input that another command takes as an option
            out.setdefault(f"--{argument.name}", (argument.name, Any, False))
    return out


def _translated(text: str, options: Options, name: str, *, bare: bool = False) -> str:
    """Return a text in which flags are keywords; whole commands of others stay as they are.

    The command of the function called ``name`` becomes a call; ``bare`` is whether a flag without
    a value is told by its keyword alone.
    """
    out, at = [], 0
    for match in _COMMAND.finditer(text):
        out.append(_keywords(text[at : match.start()], options, bare=bare))
        out.append(_call(match, options, name))
        at = match.end()
    return "".join([*out, _keywords(text[at:], options, bare=bare)])


def _call(match: re.Match[str], options: Options, name: str) -> str:
    """Return a whole command as a call, if it is that of the function; else as it is."""
    command, rest = (match[1], match[2]) if match[1] else (match[3], match[4])
    if command.replace("-", "_") != name:
        return match[0]
    try:
        words = shlex.split(rest)
    except ValueError:
        return match[0]
    place = next((i for i, x in enumerate(words) if x.startswith("-")), len(words))
    if any(x.startswith("--") and x not in options for x in words):
        return match[0]  # what the command line alone can do
    said = " ".join(shlex.quote(x) for x in words[place:])
    parts = [x if x.startswith("<") else repr(x).replace("'", '"') for x in words[:place]]
    if said:
        parts.append(_keywords(said, options, bare=False))
    return f"ms.{name}({', '.join(parts)})"


def _keywords(text: str, options: Options, *, bare: bool) -> str:
    out = ""
    at = 0
    last: tuple[str, Any, list[str]] | None = None  # a keyword that may be said again
    for match in _FLAG.finditer(text):
        found = options.get(match["flag"])
        if found is None:
            continue
        keyword, kind, no = found
        between = text[at : match.start()]
        value = None if _is_flag(kind) else _value(match, text, kind)
        if last is not None and between == " " and value is not None and last[0] == keyword:
            last[2].append(value)
        else:
            out += _said(last)
            out += ", " if last is not None and between == " " and value is not None else between
            last = None
            if value is not None:
                last = keyword, kind, [value]
            elif _is_flag(kind) and not bare:
                out += f"{keyword}={not no}"
            elif Mapping in _kinds(kind) and text[match.end() :].startswith((" names", " says")):
                out += f"{keyword}[{_quoted(match['value'])}]"  # a key of it
                value = keyword
            else:
                out += keyword
        at = match.end() if value is not None else match.end("flag")
    return out + _said(last) + text[at:]


def _is_flag(kind: Any) -> bool:
    return kind is bool or bool in get_args(kind)


def _kinds(kind: Any) -> tuple[Any, ...]:
    return tuple(get_origin(x) or x for x in (kind, *get_args(kind)))


def _value(match: re.Match[str], text: str, kind: Any) -> str | None:
    """Return the value behind a flag; None where what follows is the sentence."""
    value = match["value"]
    if value is None or (value.startswith("-") and not value[1:2].isdigit()):
        return None
    if Mapping in _kinds(kind):
        return value if "=" in value else None
    if value[0] in "'\"" or re.search(r"[A-Z0-9=%./<]", value.rstrip(".")):
        return value
    if value in _PROSE or not re.match(r"[,;:)\n]| --|$", text[match.end() :]):
        return None
    return value


def _said(last: tuple[str, Any, list[str]] | None) -> str:
    if last is None:
        return ""
    keyword, kind, values = last
    kinds = _kinds(kind)
    if Mapping in kinds:
        pairs = (x.rpartition("=") if keyword == "split_as" else x.partition("=") for x in values)
        number = int in get_args(next(x for x in (kind, *get_args(kind)) if get_origin(x)))
        said = ", ".join(f"{_quoted(k)}: {v if number else _quoted(v)}" for k, _, v in pairs)
        return f"{keyword}={{{said}}}"
    sequence = any(issubclass(x, list | tuple) or x.__name__ == "Sequence"
                   for x in kinds if inspect.isclass(x))  # fmt: skip
    if sequence:
        return f"{keyword}=[{', '.join(map(_quoted, values))}]"
    plain = int in kinds or float in kinds
    return f"{keyword}={values[0] if plain and _numeric(values[0]) else _quoted(values[0])}"


def _numeric(text: str) -> bool:
    return text == "N" or re.fullmatch(r"-?[0-9.]+", text) is not None


def _quoted(text: str) -> str:
    return '"' + text.replace("'", "").replace('"', "") + '"'
