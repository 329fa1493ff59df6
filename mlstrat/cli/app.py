"""The application: panels in the order of the workflow, errors as exit codes."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import TextIOWrapper
from types import MappingProxyType
from typing import Any, get_args

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from mlstrat.cli import options as opt
from mlstrat.cli import progress
from mlstrat.cli.build import KINDS, answer, declaration, function_of, number
from mlstrat.cli.options import check_call
from mlstrat.cli.special import SPECIAL, begin
from mlstrat.core import asked
from mlstrat.errors import MlstratError, inert
from mlstrat.process import say, say_fault, silence
from mlstrat.version import __version__


class Quick:
    """Mixed into a command or group of typer, whose parameters read what was typed themselves."""

    numbers: Mapping[str, Any] = MappingProxyType({})
    params: list[Any]
    help_option: Any = None

    def get_help_option(self, ctx: Any) -> Any:
        """Return the option for help, the same each time."""
        if self.help_option is None:
            self.help_option = quick(super().get_help_option(ctx))  # type: ignore[misc]
        return self.help_option

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line."""
        self.params = [quick(x, self.numbers.get(x.name)) for x in self.params]
        with inert_errors():
            rest: list[str] = super().parse_args(ctx, args)  # type: ignore[misc]
        return rest


@contextlib.contextmanager
def inert_errors() -> Iterator[None]:
    """Let no complaint about what was typed steer the runner of a CI job: typer prints it."""
    try:
        yield
    except Exception as error:
        if isinstance(message := getattr(error, "message", None), str):
            error.message = inert(message)  # type: ignore[attr-defined]
        raise


class QuickCommand(Quick, TyperCommand):
    """A typer command that is read quickly, and writes over nothing that it reads."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, and a section a panel of options."""
        panels: dict[str, list[tuple[str, str]]] = {}
        used = declaration(str(self.name)).first
        parameters = {str(x.name): x for x in self.get_params(ctx)}
        parameters = {**{x: parameters[x] for x in used}, **parameters}
        for name, parameter in parameters.items():
            if (row := parameter.get_help_record(ctx)) is not None:
                panel = getattr(parameter, "rich_help_panel", None) or "Options"
                if parameter.param_type_name == "argument":
                    panel = "Arguments"
                elif name in used:
                    panel = asked.FIRST
                panels.setdefault(panel, []).append(row)
        for panel in ("Arguments", asked.FIRST, *asked.PANELS):
            if panel in panels:
                with formatter.section(panel):
                    formatter.write_dl(panels[panel])

    def invoke(self, ctx: Any) -> Any:
        """Run the command, once it is sure that nothing it reads is lost."""
        check_call(ctx.params)
        return super().invoke(ctx)


EPILOG = "mlstrat COMMAND --help tells the options of a command, with examples."


PANELS = {
    "Set up (What is the target, and are dev and test fit to show it?)": ("init", "plan", "split"),
    "Measure (Where does the error come from?)":
        ("gaps", "diagnose", "score", "human", "curve", "count"),
    "Read the errors (What are the errors like?)":
        ("sample", "review", "error-table", "mislabels", "slices"),
    "Decide (Which model, and is it really better?)": ("select", "compare"),
    "Report (What do the others need to know?)": ("report", "gate", "plot", "explain", "schema"),
    "Harness (Where do runs come from?)": ("train", "predict", "study", "improve"),
}  # fmt: skip
"""The commands of each step of the workflow, with the question that it answers."""

COMMANDS = tuple(name for names in PANELS.values() for name in names)

ELSEWHERE = {"history": "report --history FOLDER", "transfer": "study transfer",
             "recipes": "train --list", "metrics": "score --list-metrics"}  # fmt: skip
"""What is part of a command, and typed as one."""


class Panels(Quick, TyperGroup):
    """The commands by the step of the workflow that they belong to; only the one typed is built.

    Typer would read the options of every command before it runs one, which takes a third of the
    time that `--help` does.
    """

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: dict[str, Any] = dict.fromkeys(COMMANDS)  # to list and to suggest

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line; say where to begin where there is nothing on it."""
        if not args and not ctx.resilient_parsing:  # that is a shell's, which asks what to offer
            begin()
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that was typed."""
        if args and args[0] in ELSEWHERE:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {ELSEWHERE[args[0]]!r}?")
        if args and args[0] in COMMANDS and not ctx.resilient_parsing:
            return args[0], built(args[0], args[1:]), args[1:]
        with inert_errors():
            return super().resolve_command(ctx, args)

    def get_command(self, _ctx: Any, name: str) -> Any:
        """Build a command with all its options; None for a name that is none."""
        if name in COMMANDS and self.commands[name] is None:
            self.commands[name] = built(name)
        return self.commands.get(name)

    def format_commands(self, _ctx: Any, formatter: Any) -> None:
        """Write one section a step."""
        for step, commands in PANELS.items():
            rows = [(name, declaration(name).help.partition("\n")[0]) for name in commands]
            with formatter.section(step):
                formatter.write_dl(rows)


def built(name: str, typed: Sequence[str] | None = None) -> Any:
    """Return a command with all its options, or with those that what was typed may need."""
    one = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    function = function_of(name, SPECIAL.get(name, answer), typed)
    one.command(name, cls=QuickCommand)(function)
    command: Any = typer.main.get_command(one)
    command.numbers = numbers_of(function)
    return command


app = typer.Typer(
    cls=Panels,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: rich would double the start-up time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"mlstrat {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and exit."
    ),
) -> None:
    """What should a machine-learning project work on next, and how sure are we?"""


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code; without arguments, those of the process."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot show a label shows "?"
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except MlstratError as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        silence(sys.stdout)
        return 141
    except OSError as error:
        if error.filename is not None:
            return _failed(f"{error.filename}: {error.strerror}")
        silence(sys.stdout)
        reason = "it is closed" if error.errno == errno.EBADF else error.strerror or error
        return _failed(f"standard output cannot be written: {reason}")
    except BaseException as error:  # a panic in Rust is no Exception
        if os.environ.get("MLSTRAT_DEBUG"):
            raise
        return say_fault(error)
    return code


def _run(arguments: list[str] | None) -> int:
    from mlstrat.data.parts import pipes_kept

    progress.start()
    try:
        with pipes_kept():
            app(args=arguments, prog_name="mlstrat")
    except opt.Verdict as verdict:
        return int(verdict.code or 0)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):
            raise end.__context__ from None
        # What typer ends with 1 (an input that ended, a shell that it does not know) is no gate.
        return 2 if end.code == 1 else end.code if isinstance(end.code, int) else 0
    finally:
        progress.stop()
    return 0


def _failed(message: str) -> int:
    say(message)
    return 2


class QuickOption(TyperOption):
    """An option that reads its text without pydantic, whose start-up it would take."""

    number: Any = None

    def process_value(self, ctx: Any, value: Any) -> Any:
        """Return the value of an option; None where it was not given."""
        if value is not None and self.number is not None:
            value = number(self.number, value, self, ctx)
        return value if self.callback is None else self.callback(ctx, self, value)


class QuickArgument(TyperArgument):
    """An argument, likewise."""

    number: Any = None

    def process_value(self, ctx: Any, value: Any) -> Any:
        """Return the value of an argument; typer refuses one that is missing."""
        missing = self.required and (value is None or value == ())
        return super().process_value(ctx, value) if missing else value


QUICK: dict[type, Any] = {TyperOption: QuickOption, TyperArgument: QuickArgument}


def quick(parameter: Any, kind: Any = None) -> Any:
    """Return a parameter of typer as one that reads its text; `kind` is that of its number."""
    if type(parameter) not in QUICK:
        return parameter
    own = object.__new__(QUICK[type(parameter)])
    vars(own).update(vars(parameter), number=kind)
    return own


def numbers_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return which parameters are numbers, and of which kind."""
    return {
        name: kind
        for name, hint in function.__annotations__.items()
        for kind in (get_args(hint)[0], *get_args(get_args(hint)[0]))
        if kind in KINDS
    }
