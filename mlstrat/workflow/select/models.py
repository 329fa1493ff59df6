"""Candidates from one run: columns of predictions, one a model, on the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from mlstrat.core.figures import Sampling
from mlstrat.core.metrics import METRICS
from mlstrat.data.likely_roles import quoted
from mlstrat.data.opening import open_table
from mlstrat.data.parts import InputFile
from mlstrat.data.roles import roles_of
from mlstrat.data.settings import names_of, settle
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.pairing.join import Pair
from mlstrat.tasks.classification.pairing.one_run import read_columns
from mlstrat.workflow.select.evaluate import Measured
from mlstrat.workflow.select.pairs import PairedRuns
from mlstrat.workflow.select.runs import RunSet


@dataclass(eq=False)
class ModelSet(RunSet):
    """K columns of one run as candidates."""

    @property
    def file(self) -> str:
        """What to call the columns in a message."""
        return f"the {len(self.names)} columns of models"

    @property
    def inputs(self) -> tuple[InputFile, ...]:
        """What was read: one file."""
        return super().inputs[:1]

    def measured(self, column: str, *, optimised: bool) -> Measured:
        """Return a metric of predictions, or a number that the config tells."""
        if column in METRICS and METRICS[column].needs:
            raise UsageError(
                f"{column} needs scores, and --models names predictions",
                accepted=", ".join(name for name, m in METRICS.items() if not m.needs),
                hint="give a run a model, each with its own scores",
            )
        return super().measured(column, optimised=optimised)


@dataclass(eq=False)
class PairedModels(PairedRuns):
    """Differences of one metric of columns of one run, paired row by row."""

    def read(self, a: int, b: int) -> Pair | None:
        """Return two columns of predictions on the same rows."""
        how = self.runs.hows[a]
        return read_columns(
            self.runs.sources[a],
            self.runs.names[a],
            self.runs.names[b],
            columns=without_models(how.columns),
            split=how.split,
            split_as=how.split_as,
            positive=how.positive,
        )


def without_models(columns: Mapping[str, str]) -> dict[str, str]:
    """Return what ``--map`` says but for the role that the columns of models have."""
    return {role: x for role, x in columns.items() if role not in ("prediction", "correct")}


def read_model_set(run: Any, asked: Mapping[str, Any], sampling: Sampling) -> ModelSet:
    """Return columns of one run as candidates: predictions; without a label right or wrong rows."""
    for option in ("name", "n", "threshold"):
        if asked[option] is not None:
            raise UsageError(
                f"--{option} and --models exclude each other: the columns are predictions",
                hint=f"leave out --{option}",
            )
    table = open_table(run)
    how = settle(run, asked)
    said = without_models(how.columns)
    roles = roles_of(table, said)
    own = {column for role, column in roles.items() if role != "prediction"}
    globs = names_of(asked["models"])
    names = tuple(
        x
        for x in table.header
        if any(
            x.lower() == glob.strip().lower()
            or (x not in own and fnmatchcase(x.lower(), glob.strip().lower()))
            for glob in globs
        )
    )
    shown = " ".join(f"--models {glob}" for glob in globs)
    if len(names) < 2:
        what = f"only {names[0]!r}" if names else "no column"
        raise InputError(
            f"{shown} names {what}, and a choice needs two or more",
            file=table.name,
            accepted=f"columns of predictions, among {quoted(table.header)}",
        )
    role = "prediction" if "label" in roles else "correct"
    hows = tuple(replace(how, columns={**said, role: name}) for name in names)
    return ModelSet((table,) * len(names), names, asked, hows, sampling)


def several_models(candidates: Sequence[Any]) -> Any:
    """Return the one run whose columns are candidates."""
    if len(candidates) != 1:
        raise UsageError("--models names columns of one run", accepted="one run")
    return candidates[0]
