"""From gates to questions: what each check measures, in the run, its config and its baselines."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from mlstrat.core.bounds import BASELINES, Gate, Which
from mlstrat.core.counts import pick_split
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.metrics import Metric, MetricChoice
from mlstrat.core.sample_size.to_settle import Side
from mlstrat.core.wording import is_share
from mlstrat.data.gates import GAPS
from mlstrat.data.settings import first
from mlstrat.errors import ConfigError, MlstratError, UsageError, did_you_mean
from mlstrat.tasks.findings import UNLABELLED_LEFT_OUT
from mlstrat.workflow.diagnose.ladder import Decomposition
from mlstrat.workflow.gate.judge import Question
from mlstrat.workflow.gate.slices import Measure, each_slice, missing, of_two
from mlstrat.workflow.gate.sources import P, R, Sources


@dataclass(eq=False)
class Asker(Sources[R, P]):
    """Makes the questions of all gates; what a task measures is said by those derived from it."""

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """The metrics of the task."""
        raise NotImplementedError

    @property
    def single(self) -> str:
        """The metric where a gate names none."""
        raise NotImplementedError

    @property
    def loss(self) -> Metric:
        """The metric of gaps."""
        raise NotImplementedError

    @property
    def positive(self) -> str | None:
        """The positive class."""
        return None

    def choice(self, name: str) -> MetricChoice:
        """Return a metric, as the run is measured by it."""
        raise NotImplementedError

    def lacks(self, name: str) -> str | None:  # noqa: ARG002
        """Return what the run lacks of what a metric needs; None where it has it."""
        return None

    def occurring(
        self, column: str, split: str | None, where: Mapping[str, str], name: str
    ) -> Sequence[str]:
        """Return the values of a column in a slice of a split, or of the whole run."""
        raise NotImplementedError

    def part(
        self, side: str, choice: MetricChoice, split: str, where: Mapping[str, str]
    ) -> Measure:
        """Return the measure of a metric on a slice of the run, or of a baseline."""
        raise NotImplementedError

    def change(
        self, which: Which, choice: MetricChoice, split: str, where: Mapping[str, str]
    ) -> Measure:
        """Return the measure of the run minus a baseline that is paired with it."""
        raise NotImplementedError

    def why_unpaired(
        self,
        which: Which,
        choice: MetricChoice,  # noqa: ARG002
        where: Mapping[str, str],  # noqa: ARG002
    ) -> str | None:
        """Return why a baseline cannot be paired; None where it can."""
        return "no id" if which in self.without_ids else None

    def check_same_target(self, which: Which, choice: MetricChoice, split: str) -> None:
        """Refuse an unpaired baseline on other examples, as far as can be seen."""

    def threshold(self) -> Mapping[str, Any] | None:
        """Return the JSON of the threshold that dev of the run chose; None where none was."""
        return None

    def rows(self, split: str) -> int:
        """Return the number of examples of a split."""
        raise NotImplementedError

    def run_key(self) -> str:
        """Return what tells runs apart: the hash of the file, or of the counts of a frame."""
        known = self.main.inputs[0].sha256
        return (known or hashlib.sha256(repr(self.counted()).encode()).hexdigest())[:16]

    def counted(self) -> object:
        """Return what was counted of the run."""
        raise NotImplementedError

    def decomposition(self, sampling: Sampling) -> Decomposition:
        """Return the gaps of the run."""
        raise NotImplementedError

    def questions(self) -> list[Question]:
        """Return every check that the gates ask for."""
        return [q for gate in self.gates for q in self._of_gate(gate)]

    # What is asked.

    def _of_gate(self, gate: Gate) -> Iterator[Question]:
        name = gate.metric or self.single
        name = name if name in self._numbers else name.strip().lower().replace("-", "_")
        if name in self.metrics:
            yield from self._of_metric(gate, name)
        elif name in GAPS:
            sides = partial(self._levels_of, name)
            for question in self._absolute(gate, name, None, {}, self.gap(name), name):
                yield replace(question, sides=sides)
        else:
            self._refuse_parts(gate, name)
            yield from self._absolute(gate, name, None, {}, self._number(name), name, exact=True)

    @property
    def _numbers(self) -> Mapping[str, Any]:
        return self.how.config.run

    def _refuse_parts(self, gate: Gate, name: str) -> None:
        for key, given in (("where", gate.where), ("split", gate.split), ("margin", gate.margin)):
            if given:
                raise ConfigError(
                    f"{key} beside {name!r} in {gate.name}, which is not a metric",
                    accepted=f"{', '.join(self.metrics)}; a number of the run's config takes min "
                    "or max",
                    hint=did_you_mean(name, self.metrics, 0.6),
                )

    def _of_metric(self, gate: Gate, name: str) -> Iterator[Question]:
        splits = self.main.splits
        if gate.split is not None and gate.split not in splits:
            blank = [x for x in self.main.notes if x.rule == UNLABELLED_LEFT_OUT]
            why = f"the run has no split {gate.split}"
            if any(gate.split in x.evidence["rows"] for x in blank):
                why = f"no row of {gate.split} has a label"
            yield from self._of_slice(gate, name, gate.split, dict(gate.where), missing(why))
            return
        split = pick_split(splits, first(gate.split, self.how.split))
        if (reason := self.lacks(name)) is not None:
            yield from self._of_slice(gate, name, split, self.where(gate), missing(reason))
            return
        known, here = (
            lambda column, where, at=at: self.occurring(column, at, where, name)
            for at in (None, split)
        )
        for where in each_slice(known, here, self.where(gate), gate.name):
            yield from self._of_slice(gate, name, split, where)

    def _of_slice(
        self, gate: Gate, name: str, split: str, where: Mapping[str, str],
        gone: Measure | None = None,
    ) -> Iterator[Question]:  # fmt: skip
        choice = self.choice(name)
        measure = gone or self.part("", choice, split, where)
        yield from self._absolute(gate, name, split, where, measure, choice.title, choice=choice)
        for which in self._compared(gate) if gate.margin is not None else ():
            if gone is not None:
                yield self._margin(gate, name, split, where, gone, which)
                continue
            change, paired = self._difference(which, choice, split, where)
            yield replace(self._margin(gate, name, split, where, change, which), paired=paired)

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
        share = not exact if choice is None else is_share(choice)
        for kind, bound in gate.bounds:
            self._check_range(gate, kind, bound, choice, exact)
            if kind != "margin":
                yield Question(gate, kind, name, split, where, bound, measure, kind == "min",
                               title=title, share=share, exact=exact)  # fmt: skip

    def _check_range(
        self, gate: Gate, kind: str, bound: float, choice: MetricChoice | None, exact: bool
    ) -> None:
        """Refuse a bound that the figure cannot reach: 5 for 5% would hold for ever."""
        if exact:
            return
        if choice is None:
            high = self.loss.high - self.loss.low
            low = -high
        else:
            low, high = choice.metric.low, choice.metric.high
        if kind == "margin":
            low, high = 0.0, high - low
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
        choice = self.choice(name)
        metric, margin = choice.metric, gate.margin or 0.0
        higher = metric.higher_is_better
        return Question(
            gate, "margin", name, split, where, -margin if higher else margin, change, higher,
            which, choice.title, is_share(choice),
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

    # What is measured.

    def _difference(
        self, which: Which, choice: MetricChoice, split: str, where: Mapping[str, str]
    ) -> tuple[Measure, bool]:
        reason = self.why_unpaired(which, choice, where)
        if reason is None:
            return self.change(which, choice, split, where), True
        self.unpaired[which] = reason
        self.check_same_target(which, choice, split)
        return of_two(*(self.part(x, choice, split, where) for x in ("", which))), False

    def _number(self, name: str) -> Measure:
        value = self._numbers.get(name)
        if value is None:
            near = did_you_mean(name, (*self.metrics, *GAPS, *self._numbers), 0.6)
            reason = "neither a metric nor a number in the run's config"
            return missing(f"{reason}; {near}" if near else reason)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return missing("no number in the run's config")
        if not math.isfinite(value):
            return missing(f"{value} in the run's config")
        return lambda _confidence: Figure(float(value), None, None)

    def _at(self, confidence: float) -> Decomposition:
        return self.decomposition(self.at(confidence))

    def _levels_of(self, name: str, confidence: float) -> list[Side]:
        """Return the two levels of a gap; one that was typed without counts cannot grow."""
        found = self._at(confidence)
        gap = found.gap(name)
        ends = {} if gap is None else {gap.start: -1.0, gap.end: 1.0}
        return [
            Side(None if x.exact else x.name, ends[x.name], x.estimate)
            for x in found.levels
            if x.name in ends
        ]

    def gap(self, name: str) -> Measure:
        """Return the measure of a gap of the run."""

        def measure(confidence: float) -> Figure:
            try:
                found = self._at(confidence)
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
