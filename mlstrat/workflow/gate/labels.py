"""What a gate measures of runs of labels: metrics of their counts, gaps as of `diagnose`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlstrat.core.bounds import Which
from mlstrat.core.counts import SPLITS
from mlstrat.core.estimates import estimate_at
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import METRICS, Metric, MetricChoice, Needs, choose_metric
from mlstrat.data.opening import open_table
from mlstrat.data.roles import columns_of
from mlstrat.data.settings import first
from mlstrat.errors import InputError
from mlstrat.tasks.classification.floor import floor_of_run
from mlstrat.tasks.classification.run import Run, read_run
from mlstrat.workflow.diagnose.ladder import Decomposition
from mlstrat.workflow.gate.questions import Asker
from mlstrat.workflow.gate.slices import (
    LABEL,
    Measure,
    missing,
    occurring,
    of_pair,
    of_part,
    select_rows,
)

if TYPE_CHECKING:
    from mlstrat.tasks.classification.pairing import Pair


@dataclass(eq=False)
class LabelAsker(Asker[Run, "Pair"]):
    """Makes the questions of all gates on runs of labels."""

    named_roles = (LABEL,)

    @property
    def first_needs(self) -> Needs:
        """What the run is read with at first: its scores where rankings alone are asked for.

        Scores that are no probabilities rank, and say no class without a threshold.
        """
        names = {(gate.metric or self.how.metric or "").lower() for gate in self.gates}
        if not all(name in METRICS and METRICS[name].needs == "score" for name in names):
            return ""
        found = columns_of(open_table(self.table("")), self.roles(""))
        return "score" if found.get("score") and not found.get("prediction") else ""

    def read_one(self, side: str, needs: Needs) -> Run:
        return read_run(
            self.table(side),
            columns=self.roles(side),
            split_as=self.how.split_as,
            positive=self.how.positive,
            threshold=self.how.operating,
            needs=needs,
            by=self.by,
            predicts=needs != "score",
            checksum=self.asked["checksum"],
        )

    def read_both(self, which: Which, split: str, needs: Needs) -> Pair:
        from mlstrat.tasks.classification.pairing import read_pair

        return read_pair(
            self.table(""),
            self.table(which),
            columns=(self.roles(""), self.roles(which)),
            split=split,
            split_as=self.how.split_as,
            positive=self.how.positive,
            threshold=self.how.operating,
            by=self.by,
            needs=needs,
            predicts=needs != "score",
            checksum=self.asked["checksum"],
        )

    def fingerprints(self) -> dict[str, str]:
        from mlstrat.workflow.splits.read import set_fingerprints

        return set_fingerprints(self.table(""), columns=self.roles(""), split_as=self.how.split_as)

    def threshold(self) -> Mapping[str, Any] | None:
        return None if self.main.point is None else self.main.point.told(self.choice(self.single))

    def rows(self, split: str) -> int:
        return self.main.cells.of_split(split).rows

    def counted(self) -> object:
        cells = self.main.cells
        columns = (cells.split, cells.truth, cells.predicted, cells.n)
        rows = sorted(zip(*(x.tolist() for x in columns), strict=True))
        return cells.labels, cells.splits, rows

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return METRICS

    @property
    def single(self) -> str:
        return str(first(self.how.metric, "f1" if self.main.cells.classes else "accuracy"))

    @property
    def loss(self) -> Metric:
        return METRICS[first(self.how.metric, "error").lower().replace("-", "_")]

    @property
    def positive(self) -> str | None:
        return self.main.positive

    def choice(self, name: str) -> MetricChoice:
        beta = self.how.beta if name == "f_beta" else 1.0
        return choose_metric(
            name, labels=self.main.cells.labels, positive=self.main.positive,
            average=self.how.average, beta=beta,
        )  # fmt: skip

    def lacks(self, name: str) -> str | None:
        if METRICS[name].needs and not any(
            role == "score"
            or role.startswith("prob_")
            or (role == "confidence" and METRICS[name].needs == "score")
            for role in self.main.columns
        ):
            return "the run has no scores or probabilities"
        return None

    def occurring(
        self, column: str, split: str | None, where: Mapping[str, str], name: str
    ) -> Sequence[str]:
        cells = self.read("", METRICS[name].needs).cells
        part = cells if split is None else cells.of_split(split)
        return occurring(select_rows(part, where), column)

    def part(
        self, side: str, choice: MetricChoice, split: str, where: Mapping[str, str]
    ) -> Measure:
        cells = self.read(side, choice.metric.needs).cells
        if split not in cells.splits:
            return missing(f"there is no split {split}")
        if choice.metric.needs == "score" and LABEL in where:
            return missing("a ranking needs rows of both classes")
        part = select_rows(cells.of_split(split), where)
        at = estimate_at(part, choice, self.how.sampling, SPLITS.index(split))
        return of_part(part.rows, split, at)

    def change(
        self, which: Which, choice: MetricChoice, split: str, where: Mapping[str, str]
    ) -> Measure:
        from mlstrat.workflow.compare.difference import difference_at

        pair = select_rows(self.pair(which, split, choice.metric.needs).cells, where)
        return of_pair(pair.rows, pair.split, difference_at(pair, choice, self.how.sampling))

    def why_unpaired(
        self, which: Which, choice: MetricChoice, where: Mapping[str, str]
    ) -> str | None:
        if choice.metric.needs == "score" and where:
            return "scores"
        return super().why_unpaired(which, choice, where)

    def has_ids(self, side: str) -> bool:
        return columns_of(open_table(self.table(side)), self.roles(side)).get("id") is not None

    def check_same_target(self, which: Which, choice: MetricChoice, split: str) -> None:
        """Refuse an unpaired baseline whose true classes on the split are others."""
        run, other = (self.read(x, choice.metric.needs) for x in ("", which))
        sets = [
            {x.cells.labels[i] for i in set(x.cells.of_split(split).truth.tolist())}
            for x in (run, other)
            if split in x.splits
        ]
        if len(sets) == 2 and sets[0] != sets[1]:
            only = sorted(sets[0] ^ sets[1])
            raise InputError(
                f"other classes on {split} than {run.inputs[0].path}: "
                f"{', '.join(map(repr, only[:5]))} in one of the two only",
                file=other.inputs[0].path,
                accepted="a baseline on the same examples",
            )

    def notes(self) -> list[Finding]:
        """Return what was met while reading, a model at the floor first."""
        found = floor_of_run(
            self.main.cells, self.how.split, self.choice(self.single), self.how.sampling
        )
        found += super().notes()
        chosen = [pair.points for pair in self.pairs.values() if None not in pair.points]
        if not chosen:
            return found
        from mlstrat.tasks.operating_findings import about_pair

        return [*found, *[x for points in chosen for x in about_pair(points)][:1]]

    def decomposition(self, sampling: Sampling) -> Decomposition:
        from mlstrat.workflow.diagnose.run import diagnose_cells

        return diagnose_cells(
            self.main.cells,
            positive=self.main.positive,
            metric=self.how.metric,
            average=self.how.average,
            beta=self.how.beta,
            split=self.how.split,
            human=self.human,
            different_distributions=self.how.different_distributions,
            sampling=sampling,
        ).decomposition
