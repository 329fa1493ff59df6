"""From gates to questions: what each check measures, in the run, its config and its baselines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mlstrat.core.bounds import BASELINES, Gate, Which
from mlstrat.core.counts import Cells, pick_split
from mlstrat.core.figures import Figure
from mlstrat.core.metrics import METRICS, MetricChoice, choose_metric
from mlstrat.core.nearest import did_you_mean
from mlstrat.data.gates import GAPS
from mlstrat.data.settings import first
from mlstrat.errors import ConfigError, MlstratError, UsageError
from mlstrat.tasks.classification.run import Run
from mlstrat.workflow.gate.judge import Question
from mlstrat.workflow.gate.slices import (
    LABEL,
    Measure,
    each_slice,
    missing,
    of_pair,
    of_part,
    of_two,
    select_rows,
)
from mlstrat.workflow.gate.sources import Sources, check_classes


@dataclass(eq=False)
class Asker(Sources):
    """Makes the questions of all gates."""

    def questions(self) -> list[Question]:
        """Return every check that the gates ask for."""
        return [q for gate in self.gates for q in self._of_gate(gate)]

    # What is asked.

    def _of_gate(self, gate: Gate) -> Iterator[Question]:
        name = first(gate.metric, self.how.option("metric"), "f1")
        name = name if name in self._numbers else name.strip().lower().replace("-", "_")
        if name in METRICS:
            yield from self._of_metric(gate, name)
        elif name in GAPS:
            yield from self._absolute(gate, name, None, {}, self.gap(name), name)
        else:
            self._refuse_parts(gate, name)
            yield from self._absolute(gate, name, None, {}, self._number(name), name, exact=True)

    @property
    def _numbers(self) -> Mapping[str, Any]:
        return self.how.settings.run

    def _refuse_parts(self, gate: Gate, name: str) -> None:
        for key, given in (("where", gate.where), ("split", gate.split), ("margin", gate.margin)):
            if given:
                raise ConfigError(
                    f"{key} beside {name!r} in {gate.name}, which is no metric",
                    accepted=f"{', '.join(METRICS)}; a number of the run's config takes min or max",
                    hint=did_you_mean(name, METRICS, 0.6),
                )

    def _of_metric(self, gate: Gate, name: str) -> Iterator[Question]:
        splits = self.main.cells.splits
        if gate.split is not None and gate.split not in splits:
            gone = missing(f"the run has no split {gate.split}")
            yield from self._all_bounds(gate, name, gate.split, dict(gate.where), gone)
            return
        split = pick_split(splits, first(gate.split, self.how.split))
        needs = METRICS[name].needs
        if needs and not any(r == "score" or r.startswith("prob_") for r in self.main.columns):
            gone = missing("the run has no scores or probabilities")
            yield from self._all_bounds(gate, name, split, self.where(gate), gone)
            return
        run = self.read("", needs)
        part = run.cells.of_split(split)
        for where in each_slice(run.cells, part, self.where(gate), gate.name):
            yield from self._of_slice(gate, name, split, where, run)

    def _of_slice(
        self, gate: Gate, name: str, split: str, where: Mapping[str, str], run: Run
    ) -> Iterator[Question]:
        choice = self._choice(name, run.cells)
        measure = self._part(run.cells, choice, split, where)
        yield from self._absolute(gate, name, split, where, measure, choice.title, choice=choice)
        if gate.margin is None:
            return
        for which in self._compared(gate):
            change = self._difference(which, choice, split, where)
            yield self._margin(gate, name, split, where, change, which)

    def _all_bounds(
        self, gate: Gate, name: str, split: str, where: Mapping[str, str], measure: Measure
    ) -> Iterator[Question]:
        choice = self._choice(name, self.main.cells)
        yield from self._absolute(gate, name, split, where, measure, choice.title, choice=choice)
        if gate.margin is not None:
            for which in self._compared(gate):
                yield self._margin(gate, name, split, where, measure, which)

    def _absolute(
        self,
        gate: Gate,
        name: str,
        split: str | None,
        where: Mapping[str, str],
        measure: Measure,
        title: str,
        *,
        choice: MetricChoice | None = None,
        exact: bool = False,
    ) -> Iterator[Question]:
        share = not exact if choice is None else choice.metric.low == 0 and choice.metric.high == 1
        for kind, bound in gate.bounds:
            if kind != "margin":
                self._check_range(gate, kind, bound, choice, exact)
                yield Question(gate, kind, name, split, where, bound, measure, kind == "min",
                               title=title, share=share, exact=exact)  # fmt: skip

    def _check_range(
        self, gate: Gate, kind: str, bound: float, choice: MetricChoice | None, exact: bool
    ) -> None:
        """Refuse a bound that the figure cannot reach: 5 for 5 % would hold for ever."""
        if exact:
            return
        if choice is None:
            metric = METRICS[first(self.how.option("metric"), "error").lower().replace("-", "_")]
            high = metric.high - metric.low
            low = -high
        else:
            low, high = choice.metric.low, choice.metric.high
        if not low <= bound <= high:
            name = choice.title if choice is not None else gate.metric
            raise ConfigError(
                f"{kind} is {bound:g} in {gate.name}, and {name} lies from {low:g} to {high:g}",
                accepted=f"{low:g} to {high:g}",
                hint=f'write "{bound:g}%" for {bound:g} percent' if 1 < bound <= 100 else None,
            )

    def _margin(
        self, gate: Gate, name: str, split: str, where: Mapping[str, str], change: Measure,
        which: Which,
    ) -> Question:  # fmt: skip
        choice = self._choice(name, self.main.cells)
        metric, margin = choice.metric, gate.margin or 0.0
        higher = metric.higher_is_better
        return Question(
            gate, "margin", name, split, where, -margin if higher else margin, change, higher,
            which, choice.title, metric.low == 0 and metric.high == 1,
        )  # fmt: skip

    def _compared(self, gate: Gate) -> list[Which]:
        found = [w for w in BASELINES if w in self.baselines and gate.baseline in (None, w)]
        if not found:
            option = "--pinned" if gate.baseline == "pinned" else "--baseline"
            raise UsageError(
                f"{gate.name} has a margin, and there is no baseline for it",
                accepted=f"{option} FILE",
            )
        return found

    def _choice(self, name: str, cells: Cells) -> MetricChoice:
        h = self.how
        beta = h.beta if name == "f_beta" else 1.0
        return choose_metric(
            name, labels=cells.labels, positive=self.main.positive, average=h.option("average"),
            beta=beta,
        )  # fmt: skip

    # What is measured.

    def _part(
        self, cells: Cells, choice: MetricChoice, split: str, where: Mapping[str, str]
    ) -> Measure:
        if split not in cells.splits:
            return missing(f"there is no split {split}")
        if choice.metric.needs == "score" and LABEL in where:
            return missing("a ranking needs rows of both classes")
        part = select_rows(cells.of_split(split), where)
        return of_part(part, choice, split, self.how.sampling)

    def _difference(
        self, which: Which, choice: MetricChoice, split: str, where: Mapping[str, str]
    ) -> Measure:
        reason = self.why_unpaired(which, choice, where)
        if reason is None:
            pair = self.pair(which, split, choice.metric.needs)
            return of_pair(select_rows(pair.cells, where), choice, self.how.sampling)
        self.unpaired[which] = reason
        run, other = (self.read(x, choice.metric.needs) for x in ("", which))
        check_classes(run, other, split)
        sides = (self._part(x.cells, choice, split, where) for x in (run, other))
        return of_two(*sides)

    def _number(self, name: str) -> Measure:
        value = self._numbers.get(name)
        if value is None:
            near = did_you_mean(name, (*METRICS, *GAPS, *self._numbers), 0.6)
            reason = "neither a metric nor a number in the run's config"
            return missing(f"{reason}; {near}" if near else reason)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return missing("no number in the run's config")
        if not math.isfinite(value):
            return missing(f"{value} in the run's config")
        return lambda _confidence: Figure(float(value), None, None)

    def gap(self, name: str) -> Measure:
        """Return the measure of a gap of the run."""
        h, cells = self.how, self.main.cells

        def measure(confidence: float) -> Figure:
            from mlstrat.workflow.diagnose.run import diagnose_cells

            try:
                found = diagnose_cells(
                    cells,
                    positive=self.main.positive,
                    metric=h.option("metric"),
                    average=h.option("average"),
                    beta=h.beta,
                    split=h.split,
                    human=h.human,
                    different_distributions=h.different_distributions,
                    sampling=replace(h.sampling, confidence=confidence),
                ).decomposition
            except MlstratError as error:
                return Figure(None, None, None, error.message)
            gap = found.gap(name)
            if gap is None:
                have = ", ".join(x.name for x in found.levels)
                return Figure(None, None, None, f"the levels are {have}, which have no {name}")
            if gap.value is None:
                return Figure(None, None, None, "there is no human level")
            rows = [x.estimate.n or 0 for x in found.levels if x.name in (gap.start, gap.end)]
            reason = "no interval: a level has no counts" if gap.ci is None else None
            return Figure(gap.value, gap.ci, sum(rows), reason)

        return measure
