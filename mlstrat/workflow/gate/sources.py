"""What a gate reads: the run, its baselines, and both together, each as often as it must."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.bounds import BASELINES, Gate, Which
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import MetricChoice, Needs
from mlstrat.data.columns import find_column, resolve_columns
from mlstrat.data.config import Config, find_config
from mlstrat.data.input_file import InputFile
from mlstrat.data.opening import open_table
from mlstrat.data.settings import first
from mlstrat.errors import InputError
from mlstrat.tasks.classification.run import Run, read_run
from mlstrat.tasks.findings import UNPAIRED_EXAMPLES
from mlstrat.workflow.gate.findings import BASELINE_UNPAIRED
from mlstrat.workflow.gate.slices import LABEL

if TYPE_CHECKING:
    from mlstrat.tasks.classification.pairing.join import Pair
    from mlstrat.workflow.diagnose.run import HumanLevel


@dataclass(frozen=True)
class How:
    """How runs are read and measured; what is None follows the config."""

    settings: Config
    config: str | Path | None
    columns: Mapping[str, str]
    split: str | None
    split_as: Mapping[str, str]
    positive: str | None
    threshold: float | None
    metric: str | None
    average: str | None
    beta: float
    human: HumanLevel | None
    different_distributions: bool
    sampling: Sampling
    checksum: bool

    def option(self, name: str) -> Any:
        """Return what a flag says, else the config."""
        return first(getattr(self, name), self.settings.diagnose.get(name))


@dataclass(eq=False)
class Sources:
    """The run of a gate and its baselines, read when they are asked for."""

    run: Any
    baselines: Mapping[Which, Any]
    gates: tuple[Gate, ...]
    how: How
    _runs: dict[tuple[str, Needs], Run] = field(default_factory=dict)
    _pairs: dict[tuple[Which, tuple[str, Needs]], Pair] = field(default_factory=dict)
    unpaired: dict[Which, str] = field(default_factory=dict)

    @cached_property
    def main(self) -> Run:
        """The run."""
        return self.read("", "")

    @property
    def used(self) -> list[Which]:
        """The baselines that were looked at."""
        pairs = {which for which, _ in self._pairs}
        return [w for w in BASELINES if w in pairs or w in self.unpaired]

    @property
    def pairs(self) -> dict[tuple[Which, str], Pair]:
        """The pairs that were looked at, by baseline and split."""
        return {(which, split): pair for (which, (split, _)), pair in self._pairs.items()}

    @cached_property
    def _columns(self) -> dict[str, str]:
        """Return the column that each name of a condition means, as the header writes it."""
        asked = {column: gate.name for gate in self.gates for column in gate.where
                 if column.lower() != LABEL}  # fmt: skip
        if not asked:
            return {}
        table = open_table(self.run)
        return {
            column: find_column(table.header, column, file=table.name, option=name)
            for column, name in asked.items()
        }

    def where(self, gate: Gate) -> dict[str, str]:
        """Return the slice of a gate, by the names that the header has."""
        return {LABEL if c.lower() == LABEL else self._columns[c]: v for c, v in gate.where.items()}

    def read(self, side: str, needs: Needs) -> Run:
        """Return the run (side ""), or a baseline as a run by itself."""
        if (side, needs) not in self._runs:
            h = self.how
            source = self.run if not side else self.baselines[side]  # type: ignore[index]
            self._runs[side, needs] = read_run(
                source,
                columns=self._roles(source),
                split_as={**h.settings.splits, **h.split_as},
                positive=h.option("positive"),
                threshold=h.option("threshold"),
                needs=needs,
                by=tuple(dict.fromkeys(self._columns.values())),
                checksum=h.checksum,
            )
        return self._runs[side, needs]

    def _roles(self, source: Any) -> dict[str, str]:
        settings = self.how.settings if source is self.run else find_config(source, self.how.config)
        return {**settings.columns, **self.how.columns}

    @property
    def inputs(self) -> list[InputFile]:
        """What was read, the run first."""
        return [
            *self.main.inputs,
            *(x for pair in self._pairs.values() for x in pair.inputs[1:]),
            *(x for (side, _), run in self._runs.items() if side for x in run.inputs),
        ]

    def fingerprints(self) -> dict[str, str]:
        """Return which set each split of the run is."""
        from mlstrat.workflow.splits.read_checks import set_fingerprints

        split_as = {**self.how.settings.splits, **self.how.split_as}
        return set_fingerprints(self.run, columns=self._roles(self.run), split_as=split_as)

    def name_of(self, which: Which) -> str:
        """Return what a baseline is called: its path, or what kind of frame it is."""
        source = self.baselines[which]
        if isinstance(source, str | Path):
            return str(source)
        found = [p.names[1] for (w, _), p in self._pairs.items() if w == which]
        return found[0] if found else type(source).__name__

    def is_the_run(self, which: Which) -> bool:
        """Whether a baseline is the run itself: the same object, path, or bytes."""
        source = self.baselines[which]
        if source is self.run:
            return True
        if not isinstance(source, str | Path) or not isinstance(self.run, str | Path):
            return False
        if Path(source).resolve() == Path(self.run).resolve():
            return True
        mine = self.main.inputs[0].sha256
        theirs = [p.inputs[-1] for (w, _), p in self._pairs.items() if w == which]
        theirs += [r.inputs[0] for (side, _), r in self._runs.items() if side == which]
        return mine is not None and any(x.sha256 == mine for x in theirs)

    def predicts_the_same(self, which: Which) -> bool:
        """Whether a paired baseline predicts the same on every row that was looked at."""
        mine = [p.cells.identical for (w, _), p in self._pairs.items() if w == which]
        return bool(mine) and all(mine)

    def why_unpaired(
        self, which: Which, choice: MetricChoice, where: Mapping[str, str]
    ) -> str | None:
        """Return why a baseline cannot be paired: scores, or no id; None where it can."""
        if choice.metric.needs == "score" and where:
            return "scores"
        for source in (self.run, self.baselines[which]):
            table = open_table(source)
            columns = resolve_columns(table.header, self._roles(source), file=table.name)
            if columns.get("id") is None:
                return "no id"
        return None

    def pair(self, which: Which, split: str, needs: Needs = "") -> Pair:
        """Return run and baseline paired by id on a split, with what a metric reads."""
        from mlstrat.tasks.classification.pairing.join import read_pair

        if (which, (split, needs)) not in self._pairs:
            h, other = self.how, self.baselines[which]
            self._pairs[which, (split, needs)] = read_pair(
                self.run,
                other,
                columns=(self._roles(self.run), self._roles(other)),
                split=split,
                split_as={**h.settings.splits, **h.split_as},
                positive=h.option("positive"),
                threshold=h.option("threshold"),
                by=tuple(dict.fromkeys(self._columns.values())),
                needs=needs,
                checksum=h.checksum,
            )
        return self._pairs[which, (split, needs)]

    def notes(self) -> list[Finding]:
        """Return what was met while reading."""
        out = list(self.main.notes)
        for pair in self._pairs.values():
            if pair.missing.count or pair.extra.count:
                lost = {
                    side: {"file": name, "count": x.count, "ids": list(x.ids)}
                    for side, name, x in zip(
                        ("missing", "extra"), pair.names, (pair.missing, pair.extra), strict=True
                    )
                }
                out.insert(0, Finding(UNPAIRED_EXAMPLES, {**lost, "paired": pair.cells.rows}))
        for which, reason in self.unpaired.items():
            out.append(Finding(BASELINE_UNPAIRED, {"baseline": which, "reason": reason}))
        return out


def check_classes(run: Run, other: Run, split: str) -> None:
    """Refuse an unpaired baseline whose true classes on the split are others."""
    sets = [
        {x.cells.labels[i] for i in set(x.cells.of_split(split).truth.tolist())}
        for x in (run, other)
        if split in x.cells.splits
    ]
    if len(sets) == 2 and sets[0] != sets[1]:
        only = sorted(sets[0] ^ sets[1])
        raise InputError(
            f"other classes on {split} than {run.inputs[0].path}: {', '.join(map(repr, only[:5]))} "
            "in one of the two only",
            file=other.inputs[0].path,
            accepted="a baseline on the same examples",
        )
