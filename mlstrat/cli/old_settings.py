"""`--show-config`, on every command that reads settings."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from mlstrat.cli import options as opt
from mlstrat.cli.places import report_file


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
