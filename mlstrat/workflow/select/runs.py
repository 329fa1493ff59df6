"""Candidates from run files: metrics from the counts, the rest from the config beside each run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mlstrat.core.conditions.grammar import Column
from mlstrat.core.counts import Cells, Floats, pick_split
from mlstrat.core.figures import Estimate, Sampling, Spread, mean_of_runs
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import proportion_interval
from mlstrat.core.metrics import METRICS, Metric, MetricChoice, Needs, choose_metric
from mlstrat.data.held import Held
from mlstrat.data.likely_roles import seed_column
from mlstrat.data.parts import InputFile
from mlstrat.data.settings import Settled, names_of
from mlstrat.tasks.classification.floor import floor_of_run
from mlstrat.tasks.classification.run import Run, read_run
from mlstrat.workflow.select.evaluate import Ends, Measured
from mlstrat.workflow.select.linearised import figure_at
from mlstrat.workflow.select.preferences import PartErrors
from mlstrat.workflow.select.table import COSTS, find_named, words_of


@dataclass(eq=False)
class RunSet:
    """K runs as candidates; a metric is computed when an expression names it.

    ``asked`` holds the options of the call, ``hows`` what they come to over the config of each run.
    """

    sources: tuple[Any, ...]
    names: tuple[str, ...]
    asked: Mapping[str, Any]
    hows: tuple[Settled, ...]
    sampling: Sampling
    blank: dict[str, int] = field(default_factory=dict)
    part_of_rows: list[str] = field(default_factory=list)
    notes: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    read: dict[Needs, tuple[Run, ...]] = field(default_factory=dict)
    found: dict[str, list[Callable[[float], Estimate]]] = field(default_factory=dict)
    held: Held = field(default_factory=Held)
    spread: dict[str, dict[str, Spread]] = field(default_factory=dict)
    """Of each metric that was read, how far apart the runs of a candidate are."""

    @property
    def file(self) -> str:
        """What to call the runs in a message."""
        return f"the {len(self.names)} runs"

    @property
    def by(self) -> tuple[str, ...]:
        """The columns whose values are told apart."""
        return names_of(self.asked.get("by", ()))

    @property
    def seeds(self) -> str | None:
        """The column of seeds, where candidates are several runs each."""
        return seed_column(self.by)

    @property
    def header(self) -> tuple[str, ...]:
        """Metrics of the registry, and the numbers that the configs tell."""
        noted = {
            key: None
            for one in self.hows
            for key, value in one.config.run.items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        }
        return (*self.metrics, *(key for key in noted if key not in self.metrics))

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The metrics of the task."""
        return METRICS

    @property
    def inputs(self) -> tuple[InputFile, ...]:
        """What was read."""
        return tuple(one.inputs[0] for one in self._runs(next(iter(self.read), "")))

    def find(self, written: Column, text: str, option: str) -> str:
        """Return the metric or the number that an expression means."""
        return find_named(written, text, option, self.header, self.file)

    def metric(self, name: str) -> str | None:
        """Return the name of a metric: all are there."""
        return name

    def preferred(self, column: str) -> Floats:
        """Return a column of plain numbers."""
        return self.measured(column, optimised=False).values

    def measured(self, column: str, *, optimised: bool) -> Measured:  # noqa: ARG002  as tables
        """Return a metric of all runs, or a number that their configs tell."""
        if column not in self.metrics:
            values = np.array([_number(one.config.run.get(column)) for one in self.hows])
            if missing := int(np.isnan(values).sum()):
                self.blank[column] = missing
            return Measured(values)
        values = np.array([
            math.nan if one.value is None else one.value for one in self.estimates(column, 0.95)
        ])  # fmt: skip
        if missing := int(np.isnan(values).sum()):
            self.blank[column] = missing

        def interval(confidence: float, exact: bool = False) -> Ends:
            ends = np.full((2, len(values)), np.nan)
            for i, found in enumerate(self.estimates(column, confidence)):
                if found.ci is not None:
                    ends[:, i] = found.ci
                if exact and found.ci is not None and found.value is not None and found.trials:
                    ends[:, i] = proportion_interval(
                        found.value, found.trials, confidence, found.degrees, exact=True
                    )
            return ends[0], ends[1]

        metric = self.metrics[column]
        share = 1.0 if metric.low == 0 and metric.high == 1 else None
        return Measured(
            values, share, interval, self.rows(column), lambda c: interval(c, exact=True)
        )

    def estimates(self, metric: str, confidence: float) -> list[Estimate]:
        """Return a metric of each run; what is resampled is resampled once."""
        if metric not in self.found:
            self.found[metric] = [
                self.over_seeds(metric, i, [
                    figure_at(x, self.choice(metric, i), self.sampling, i)
                    for x in _by_seed(part, self.seeds)
                ])
                for i, part in enumerate(self.parts(METRICS[metric].needs))
            ]  # fmt: skip
        return [at(confidence) for at in self.found[metric]]

    def over_seeds(
        self, metric: str, i: int, runs: Sequence[Callable[[float], Estimate]]
    ) -> Callable[[float], Estimate]:
        """Return the mean of the runs of a candidate, its interval over seeds and examples."""
        if len(runs) == 1:
            return runs[0]
        one = self.choice(metric, i).metric
        values = [x for at in runs if (x := at(self.sampling.confidence).value) is not None]
        if len(values) == len(runs):
            self.spread.setdefault(metric, {})[self.names[i]] = Spread.of(values)

        def mean(confidence: float) -> Estimate:
            each = [at(confidence) for at in runs]
            undefined = next((x for x in each if x.value is None), None)
            if undefined is not None:
                return undefined
            found = mean_of_runs(each, (one.low, one.high), confidence)
            return Estimate(found.value, found.ci, found.n, found.reason)

        return mean

    def rows(self, metric: str) -> Floats:
        """Return the number of examples behind a metric of each run; of several, of one."""
        return np.array([
            float(part.rows) / len(_by_seed(part, self.seeds))
            for part in self.parts(METRICS[metric].needs)
        ])  # fmt: skip

    def choice(self, metric: str, i: int) -> MetricChoice:
        """Return the metric as run i is measured by it."""
        run, how = self._runs(METRICS[metric].needs)[i], self.hows[i]
        return choose_metric(
            metric,
            labels=run.cells.labels,
            positive=run.positive,
            average=how.average,
            beta=how.beta,
        )

    def parts(self, needs: Needs = "") -> tuple[Cells, ...]:
        """Return the cells of the split that is looked at, of each run."""
        return tuple(
            run.cells.of_split(pick_split(run.cells.splits, self.hows[i].split))
            for i, run in enumerate(self._runs(needs))
        )

    @property
    def split(self) -> str:
        """The split of the first run that is looked at."""
        run = self._runs(next(iter(self.read), ""))[0]
        return pick_split(run.cells.splits, self.hows[0].split)

    @property
    def costs(self) -> list[str]:
        """Numbers of the configs that tell what a candidate costs."""
        return [x for x in self.header if x not in self.metrics and words_of(x) & COSTS]

    def errors_by_part(self) -> list[PartErrors]:
        """Return errors inside and outside of each label, and of each value of ``--by``."""
        parts = self.parts(next(iter(self.read), ""))
        labels = dict.fromkeys(x for p in parts for x in (p.labels[i] for i in np.unique(p.truth)))
        out = [
            _errors([(p, _equals(p.labels, p.truth, label)) for p in parts], {"label": label})
            for label in labels
        ]
        for column in dict.fromkeys(c for p in parts for c in p.slices if not seed_column([c])):
            values = dict.fromkeys(v for p in parts for v in p.slices.get(column, ((), None))[0])
            out += [
                _errors([(p, _equals(*p.slices[column], value)) for p in parts], {column: value})
                for value in values
            ]
        return out

    def table(self, i: int) -> Any:
        """Return run i as it is to be read: opened once, and kept where its rows are few."""
        return self.held.open(self.sources[i])

    def about_choice(self, name: str | None, metric: str) -> list[Finding]:
        """Return the finding on the chosen run, where it is not above the floor."""
        if name is None or metric not in METRICS:
            return []
        i = self.names.index(name)
        run = self._runs(METRICS[metric].needs)[i]
        split = self.hows[i].split
        return floor_of_run(run.cells, split, self.choice(metric, i), self.sampling, name)

    def _runs(self, needs: Needs) -> tuple[Run, ...]:
        if needs not in self.read:
            self.read[needs] = tuple(self._read(i, needs) for i in range(len(self.names)))
        return self.read[needs]

    def _read(self, i: int, needs: Needs) -> Run:
        return read_run(
            self.table(i),
            needs=needs,
            by=self.by,
            looked=self.hows[i].split or "",
            predicts=False,
            checksum=self.asked.get("checksum", False),
            **self.hows[i].reading,
        )


def _by_seed(part: Cells, seeds: str | None) -> list[Cells]:
    column = None if seeds is None else seed_column(part.slices)
    if column is None:
        return [part]
    return [part.of_value(column, int(code)) for code in np.unique(part.slices[column][1])]


def _equals(values: tuple[str, ...], codes: Any, value: str) -> Any:
    return codes == values.index(value) if value in values else np.zeros(len(codes), bool)


def _errors(masked: list[tuple[Cells, Any]], where: Mapping[str, str]) -> PartErrors:
    def sums(wrong: bool, inside: bool) -> Floats:
        out = []
        for cells, mask in masked:
            kept = mask if inside else ~mask
            out.append(float(cells.weight[kept & cells.wrong if wrong else kept].sum()))
        return np.array(out)

    return PartErrors(where, sums(True, True), sums(False, True), sums(True, False),
                      sums(False, False))  # fmt: skip


def _number(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return math.nan
