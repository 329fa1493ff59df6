"""The application: panels in the order of the workflow, errors as exit codes."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from io import TextIOWrapper
from typing import Any

import typer
from typer.core import TyperGroup

from mlstrat.cli import decide, harness, measure, progress, report
from mlstrat.cli import options as opt
from mlstrat.cli import read_errors as reading
from mlstrat.cli import set_up as setup
from mlstrat.cli import study as studying
from mlstrat.cli.old_quick import Quick, QuickCommand, inert_errors
from mlstrat.cli.old_settings import with_show_config
from mlstrat.errors import MlstratError
from mlstrat.process import say, say_fault, silence
from mlstrat.version import __version__

EPILOG = "mlstrat COMMAND --help tells the options of a command, with examples."


PANELS: tuple[tuple[str, tuple[Callable[..., Any], ...]], ...] = (
    ("Set up", setup.COMMANDS),
    ("Measure", measure.COMMANDS),
    ("Read the errors", reading.COMMANDS),
    ("Decide", decide.COMMANDS),
    ("Report", report.COMMANDS),
    ("Harness", (*harness.COMMANDS, *studying.COMMANDS)),
)
"""The commands of each step of the workflow."""

COMMANDS: dict[str, Callable[..., Any]] = {
    command.__name__.replace("_", "-"): command for _, commands in PANELS for command in commands
}
"""Every command by the name that is typed."""


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
        """Write one section a step, each with the question that it answers."""
        from mlstrat.core.steps import STEPS

        questions = dict(STEPS)
        names = {command: name for name, command in COMMANDS.items()}
        for step, commands in PANELS:
            rows = [(names[command], _first_line(command)) for command in commands]
            with formatter.section(f"{step} ({questions[step]})"):
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
    from mlstrat.data.watching import pipes_kept

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
