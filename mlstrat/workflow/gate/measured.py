"""What a gate measures of runs of any task: ratios of sums, paired by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from mlstrat.core.bounds import Which
from mlstrat.core.counts import pick_split
from mlstrat.core.figures import Sampling
from mlstrat.core.metrics import Metric, MetricChoice, Needs
from mlstrat.data.columns import find_roles
from mlstrat.data.values import display_order
from mlstrat.tasks.contract import How, Task
from mlstrat.tasks.findings import CATEGORY
from mlstrat.tasks.measured import Measured, MeasuredPair
from mlstrat.workflow.diagnose.ladder import Decomposition, decompose
from mlstrat.workflow.diagnose.measured import levels_of
from mlstrat.workflow.gate.questions import Asker
from mlstrat.workflow.gate.slices import Measure, missing, of_pair, of_part

if TYPE_CHECKING:
    from mlstrat.data.table import Table


@dataclass(eq=False, kw_only=True)
class MeasuredAsker(Asker[Measured, MeasuredPair]):
    """Makes the questions of all gates on runs of a task."""

    task: Task
    named_beside: ClassVar[tuple[str, ...]] = (CATEGORY,)

    def read_one(self, side: str, needs: Needs) -> Measured:  # noqa: ARG002
        return self.task.measure(self.source(side), self._how(side))

    def read_both(self, which: Which, split: str, needs: Needs) -> MeasuredPair:  # noqa: ARG002
        hows = (self._how("", split), self._how(which, split))
        return self.task.pair(self.run, self.source(which), hows)

    def _how(self, side: str, split: str | None = None) -> How:
        checksum = self.asked["checksum"]
        by = self.by if split is None else [x for x in self.by if not self.beside(x)]
        return How(
            self.roles(side), split, self.how.split_as, by, self.how.options,
            checksum=checksum,
        )  # fmt: skip

    @cached_property
    def sliced(self) -> Table:
        """The table of examples, whatever the files are."""
        how = How(self.roles(""), None, self.how.split_as, (), self.how.options)
        return self.task.table(self.run, how)

    def why_unpaired(
        self, which: Which, choice: MetricChoice, where: Mapping[str, str]
    ) -> str | None:
        if self.beside(*where):
            return "kinds"
        return super().why_unpaired(which, choice, where)

    def fingerprints(self) -> dict[str, str]:
        """Return which set each split of the run is: by its ids alone."""
        from mlstrat.workflow.splits.read import set_fingerprints

        table = self.task.table(self.run, self._how(""))
        said = {r: c for r, c in self.roles("").items() if c in table.header}
        columns = find_roles(table.header, said, file=table.name, roles=("id", "split"))
        return set_fingerprints(
            table, columns={r: columns[r] for r in ("id", "split") if r in columns},
            split_as=self.how.split_as, labelled=False,
        )  # fmt: skip

    def rows(self, split: str) -> int:
        return self.main.examples(split)

    def threshold(self) -> Mapping[str, Any] | None:
        """Return the JSON of the threshold of the run; None where its task has none."""
        split = pick_split(self.main.splits, self.how.split)
        found: Mapping[str, Any] | None = self.main.document(split, self.how.sampling).get(
            "threshold"
        )
        return found

    def counted(self) -> object:
        return [(x, self.main.examples(x), *self.main.sums(x)) for x in self.main.splits]

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return self.task.metrics

    @property
    def single(self) -> str:
        return self.task.choose(self.asked["metric"]).metric.name

    @property
    def loss(self) -> Metric:
        return self.choice(self.single).metric

    def choice(self, name: str) -> MetricChoice:
        return self.task.choose(name, self.main)

    def occurring(
        self,
        column: str,
        split: str | None,
        where: Mapping[str, str],
        name: str,  # noqa: ARG002
    ) -> Sequence[str]:
        splits = self.main.splits if split is None else (split,)
        found = [self.main.values(column, x, where) for x in splits]
        return found[0] if len(found) == 1 else display_order({v for x in found for v in x})

    def part(
        self, side: str, choice: MetricChoice, split: str, where: Mapping[str, str]
    ) -> Measure:
        run = self.read(side)
        if split not in run.splits:
            return missing(f"there is no split {split}")
        return of_part(
            run.examples(split, where), split,
            lambda at: run.estimate(choice, split, self.at(at), where, draws=False),
        )  # fmt: skip

    def change(
        self, which: Which, choice: MetricChoice, split: str, where: Mapping[str, str]
    ) -> Measure:
        pair = self.pair(which, split)
        return of_pair(
            pair.examples(where), pair.split,
            lambda at: pair.difference(choice, self.at(at), where).figure,
        )  # fmt: skip

    def has_ids(self, side: str) -> bool:
        table = self.task.table(self.source(side), self._how(side))
        roles = self.roles(side).items()
        said = {r: c for r, c in roles if r.strip().lower() == "id" and c in table.header}
        return bool(find_roles(table.header, said, file=table.name, roles=("id",)))

    def decomposition(self, sampling: Sampling) -> Decomposition:
        return decompose(
            levels_of(self.main, self.choice(self.single), self.human, sampling),
            sampling=sampling,
            different_distributions=self.how.different_distributions,
        )
