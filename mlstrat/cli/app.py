"""The application: panels in the order of the workflow, errors as exit codes."""

from __future__ import annotations

import contextlib
import errno
import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from mlstrat.cli import decide, harness, measure, progress, report
from mlstrat.cli import options as opt
from mlstrat.cli import read_errors as reading
from mlstrat.cli import set_up as setup
from mlstrat.cli import study as studying
from mlstrat.cli.places import check_call, report_file
from mlstrat.errors import MlstratError, inert
from mlstrat.process import say, say_fault, silence
from mlstrat.version import __version__

KINDS = {int: "a whole number", float: "a number"}


MOST: dict[Any, float] = {int: 2**63, float: float("inf")}
"""What no count, seed or bound reaches, and what 64 bits hold."""


LONGEST_SHOWN = 40


class Quick:
    """Mixed into a command or group of typer: turns its options into values by their types."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Let `Reader` read the options, where typer would ask pydantic."""
        for parameter in self.get_params(ctx):  # type: ignore[attr-defined]
            if hasattr(parameter, "get_runtime_param"):
                reader = Reader(parameter.type_descriptor.annotation)
                parameter.get_runtime_param = lambda reader=reader: reader
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

    def invoke(self, ctx: Any) -> Any:
        """Run the command, once it is sure that nothing it reads is lost."""
        check_call(ctx.params)
        return super().invoke(ctx)


class Reader:
    """Turns the text of one option into its value."""

    def __init__(self, annotation: Any) -> None:
        self.kind = annotation if annotation in KINDS else None

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value of an option; None where it was not given."""
        if value is None or self.kind is None:
            return value
        shown = repr(value) if len(str(value)) <= LONGEST_SHOWN else f"{str(value)[:10]!r}…"
        try:
            number = self.kind(value)
        except ValueError:
            raise typer.BadParameter(
                f"{shown} is not {KINDS[self.kind]}.", ctx=ctx, param=param
            ) from None
        if not abs(number) < MOST[self.kind]:  # nan is not less
            why = (
                f"is too large: at most {2**63 - 1}"
                if self.kind is int
                else "is not a finite number"
            )
            raise typer.BadParameter(f"{shown} {why}.", ctx=ctx, param=param)
        return number


def with_show_config(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that can show the settings in force; itself where it reads none."""
    signature = inspect.signature(command, eval_str=True)
    if "config" not in signature.parameters:
        return command

    @functools.wraps(command)
    def settled(*, show_config: bool = False, **given: Any) -> None:
        if not show_config:
            command(**given)
            return
        output = report_file(command.__name__, given)  # a sheet or a figure is no place for it
        how = opt.chosen_format(given["format_"], output)
        from mlstrat import public

        said = {
            **given,
            "columns": opt.pairs(given.get("map_"), "--map"),
            "splits": opt.pairs(given.get("split_as"), "--split-as"),
        }
        shown = public.show_config(_source(given), given["config"], command.__name__, said)
        opt.emit(shown, how, output)

    last = inspect.Parameter(
        "show_config", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=opt.ShowConfig
    )
    own = [*signature.parameters.values(), last]
    settled.__signature__ = signature.replace(parameters=own)  # type: ignore[attr-defined]
    settled.__annotations__ = {**command.__annotations__, "show_config": opt.ShowConfig}
    return settled


def _source(given: dict[str, Any]) -> Any:
    """Return the run, or the one table, beside which settings may stand."""
    several = given.get("candidates") or [given.get("run") or given.get("source")]
    return several[0] if len(several) == 1 else None


EPILOG = "mlstrat COMMAND --help tells the options of a command, with examples."


PANELS: tuple[tuple[str, tuple[Callable[..., Any], ...]], ...] = (
    ("Set up (What is the target, and are dev and test fit to show it?)", setup.COMMANDS),
    ("Measure (Where does the error come from?)", measure.COMMANDS),
    ("Read the errors (What are the errors like?)", reading.COMMANDS),
    ("Decide (Which model, and is it really better?)", decide.COMMANDS),
    ("Report (What do the others need to know?)", report.COMMANDS),
    ("Harness (Where do runs come from?)", (*harness.COMMANDS, *studying.COMMANDS)),
)
"""The commands of each step of the workflow, with the question that it answers."""

COMMANDS: dict[str, Callable[..., Any]] = {
    command.__name__.replace("_", "-"): command for _, commands in PANELS for command in commands
}
"""Every command by the name that is typed."""


STEPS = (
    ("Set up", "What is the target, and are dev and test fit to show it?"),
    ("Measure", "Where does the error come from?"),
    ("Read the errors", "What are the errors like?"),
    ("Decide", "Which model, and is it really better?"),
    ("Report", "What do the others need to know?"),
    ("Harness", "Where do runs come from?"),
)
"""The panels of the workflow, in order, each with the question that it answers."""


class Panels(Quick, TyperGroup):
    """The commands by the step of the workflow that they belong to; only the one typed is built.

    Typer would read the options of every command before it runs one, which takes a third of the
    time that `--help` does.
    """

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: dict[str, Any] = dict.fromkeys(COMMANDS)  # to list and to suggest

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command that was typed."""
        with inert_errors():
            return super().resolve_command(ctx, args)

    def get_command(self, _ctx: Any, name: str) -> Any:
        """Build a command; None for a name that is none."""
        if name not in COMMANDS:
            return None
        if self.commands[name] is None:
            one = typer.Typer(
                add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
            )
            one.command(name, cls=QuickCommand)(with_show_config(COMMANDS[name]))
            self.commands[name] = typer.main.get_command(one)
        return self.commands[name]

    def format_commands(self, _ctx: Any, formatter: Any) -> None:
        """Write one section a step."""
        names = {command: name for name, command in COMMANDS.items()}
        for step, commands in PANELS:
            rows = [(names[command], _first_line(command)) for command in commands]
            with formatter.section(step):
                formatter.write_dl(rows)


def _first_line(command: Callable[..., Any]) -> str:
    return (command.__doc__ or "").partition("\n")[0]


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
    from mlstrat.data.pipes import pipes_kept

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
