"""Candidates from runs of any task, paired by id, and from columns of predictions of one run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from mlstrat.core.counts import Floats, pick_split
from mlstrat.core.figures import Estimate, Figure, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import METRICS, Metric, MetricChoice
from mlstrat.data.likely_roles import quoted, seed_column
from mlstrat.data.opening import open_table
from mlstrat.data.parts import InputFile
from mlstrat.data.roles import roles_of
from mlstrat.data.settings import names_of, settle
from mlstrat.data.several.named import run_names
from mlstrat.data.several.seeds import first_of, runs_by_seed
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.asking import how_of
from mlstrat.tasks.classification.pairing import Pair, read_columns
from mlstrat.tasks.contract import How, Task
from mlstrat.tasks.measured import Measured, MeasuredPair
from mlstrat.tasks.unpaired import NothingSharedError
from mlstrat.workflow.select.evaluate import Measured as Column
from mlstrat.workflow.select.pairs import PairedRuns, Pairings
from mlstrat.workflow.select.preferences import PartErrors
from mlstrat.workflow.select.runs import RunSet


@dataclass(eq=False, kw_only=True)
class MeasuredRunSet(RunSet):
    """K runs of a task as candidates."""

    task: Task
    measured_runs: list[Measured] = field(default_factory=list)

    @property
    def every(self) -> list[Measured]:
        """The runs, measured."""
        if not self.measured_runs:
            self.measured_runs += [
                self.task.measure(source, self.how(i)) for i, source in enumerate(self.sources)
            ]
        return self.measured_runs

    def how(self, i: int, split: str | None = None) -> How:
        """Return how a run is read."""
        of_run = replace(self.hows[i], split=split)
        return how_of(of_run, self.by, checksum=self.asked.get("checksum", False))

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The metrics of the task; one without an upper end in any run has none."""
        found = {}
        for name in self.task.metrics:
            of_runs = [self.choice(name, i).metric for i in range(len(self.names))]
            found[name] = max(of_runs, key=lambda metric: metric.high)
        return found

    @property
    def inputs(self) -> tuple[InputFile, ...]:
        return tuple(one.inputs[0] for one in self.every)

    def metric(self, name: str) -> str | None:
        return name if name in self.task.metrics else None

    def choice(self, metric: str, i: int) -> MetricChoice:
        return self.task.choose(metric, self.every[i])

    @property
    def split(self) -> str:
        return self.main(0)

    def main(self, i: int) -> str:
        """Return the split of run i that is looked at."""
        return pick_split(self.every[i].splits, self.hows[i].split)

    def estimates(self, metric: str, confidence: float) -> list[Estimate]:
        return [
            self.over_seeds(metric, i, [
                lambda c, i=i, where=where: self.every[i].estimate(  # type: ignore[misc]
                    self.choice(metric, i), self.main(i), replace(self.sampling, confidence=c),
                    where, draws=False,
                )
                for where in self._by_seed(i)
            ])(confidence)
            for i in range(len(self.every))
        ]  # fmt: skip

    def _by_seed(self, i: int) -> list[Mapping[str, str]]:
        column = seed_column(self.every[i].by)
        if column is None:
            return [{}]
        return [{column: value} for value in self.every[i].values(column, self.main(i))]

    def rows(self, metric: str) -> Floats:  # noqa: ARG002
        return np.array([
            float(x.examples(self.main(i))) / len(self._by_seed(i))
            for i, x in enumerate(self.every)
        ])  # fmt: skip

    def about_choice(self, name: str | None, metric: str) -> list[Finding]:  # noqa: ARG002
        """Return nothing: a task without labels has no floor."""
        return []

    def errors_by_part(self) -> list[PartErrors]:
        """Return errors inside and outside of each value of ``--by``."""
        wholes = np.array([x.sums(self.main(i)) for i, x in enumerate(self.every)])
        out = []
        for column in dict.fromkeys(c for x in self.every for c in x.by if not seed_column([c])):
            values = dict.fromkeys(
                v for i, x in enumerate(self.every) for v in x.values(column, self.main(i))
            )
            for value in values:
                where = {column: value}
                inside = np.array([x.sums(self.main(i), where) for i, x in enumerate(self.every)])
                rest = wholes - inside
                out.append(PartErrors(where, inside[:, 0], rest[:, 0], inside[:, 1], rest[:, 1]))
        return out


@dataclass(eq=False)
class MeasuredPairings(Pairings[MeasuredRunSet, MeasuredPair]):
    """Differences of one metric of runs of a task."""

    def read(self, a: int, b: int) -> MeasuredPair | None:
        runs = self.runs
        if not all("id" in runs.every[i].columns for i in (a, b)):
            return None
        hows = tuple(runs.how(i, runs.main(a)) for i in (a, b))
        try:
            return runs.task.pair(runs.sources[a], runs.sources[b], (hows[0], hows[1]))
        except NothingSharedError:
            return None

    def change(self, pair: MeasuredPair, best: int, sampling: Sampling) -> Figure:
        return pair.difference(self.runs.choice(self.metric, best), sampling).figure

    def variances(self, pair: MeasuredPair, best: int) -> tuple[float, float, float]:
        choice = self.runs.choice(self.metric, best)
        sampling = self.sampling(self.runs.sampling.confidence)
        found = [pair.estimate(side, choice, sampling).variance for side in "ab"]
        of_a, of_b = (math.nan if x is None else x for x in found)
        apart = pair.difference(choice, sampling).variance
        return of_a, of_b, math.nan if apart is None else (of_a + of_b - apart) / 2


@dataclass(eq=False)
class ModelSet(RunSet):
    """K columns of one run as candidates."""

    @property
    def file(self) -> str:
        return f"the {len(self.names)} columns of models"

    @property
    def inputs(self) -> tuple[InputFile, ...]:
        return super().inputs[:1]

    def measured(self, column: str, *, optimised: bool) -> Column:
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


def pairings_of(runs: RunSet, metric: str) -> MeasuredPairings | PairedRuns | None:
    """Return the differences of one metric of runs of one seed each, as their task takes them."""
    if runs.seeds is not None or metric not in runs.metrics:
        return None
    if isinstance(runs, ModelSet):
        return PairedModels(runs, metric)
    if isinstance(runs, MeasuredRunSet):
        return MeasuredPairings(runs, metric)
    return PairedRuns(runs, metric)


def read_run_set(
    sources: Sequence[Any],
    asked: Mapping[str, Any],
    sampling: Sampling,
    task: Task | None = None,
    names: tuple[str, ...] | None = None,
) -> RunSet:
    """Return several runs as candidates, by name: of labels, unless a task is given."""
    names = run_names(sources) if names is None else names
    by = names_of(asked.get("by", ()))
    hows = tuple(settle(first_of(source, by), asked) for source in sources)
    sources = [runs_by_seed(source, by) for source in sources]
    if task is None:
        return RunSet(tuple(sources), names, asked, hows, sampling)
    return MeasuredRunSet(tuple(sources), names, asked, hows, sampling, task=task)


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
    low = [glob.strip().lower() for glob in globs]
    names = tuple(
        x for x in table.header
        if any(x.lower() == g or (x not in own and fnmatchcase(x.lower(), g)) for g in low)
    )  # fmt: skip
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
