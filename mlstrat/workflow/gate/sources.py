"""What a gate reads: the run, its baselines, and both together, each as often as it must."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from mlstrat.core.bounds import BASELINES, Gate, Which
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import Needs
from mlstrat.data.columns import find_column
from mlstrat.data.held import Held
from mlstrat.data.opening import open_table
from mlstrat.data.parts import InputFile
from mlstrat.data.settings import Settled, settle
from mlstrat.workflow.gate.findings import BASELINE_UNPAIRED

if TYPE_CHECKING:
    from mlstrat.core.figures import Sampling
    from mlstrat.data.table import Table
    from mlstrat.tasks.classification.pairing import Pair
    from mlstrat.tasks.classification.run import Run
    from mlstrat.tasks.measured import Measured, MeasuredPair
    from mlstrat.workflow.diagnose.ladder import Level


R = TypeVar("R", bound="Run | Measured")
P = TypeVar("P", bound="Pair | MeasuredPair")


@dataclass(eq=False)
class Sources(Generic[R, P]):
    """The run of a gate and its baselines, read when they are asked for.

    ``asked`` holds the options of the call, ``how`` what they come to over the settings of the run.
    """

    named_roles: ClassVar[tuple[str, ...]] = ()
    """Roles that a condition may name beside columns."""

    named_beside: ClassVar[tuple[str, ...]] = ()
    """What a condition may name where the run has no column of that name."""

    run: Any
    baselines: Mapping[Which, Any]
    gates: tuple[Gate, ...]
    how: Settled
    asked: Mapping[str, Any]
    human: Level | None
    _runs: dict[tuple[str, Needs], R] = field(default_factory=dict)
    _pairs: dict[tuple[Which, tuple[str, Needs]], P] = field(default_factory=dict)
    held: Held = field(default_factory=Held)
    _roles: dict[str, Mapping[str, str]] = field(default_factory=dict)
    unpaired: dict[Which, str] = field(default_factory=dict)

    @cached_property
    def main(self) -> R:
        """The run."""
        return self.read("", self.first_needs)

    @property
    def first_needs(self) -> Needs:
        """What the run is read with at first: nothing but its predictions, where it has any."""
        return ""

    @property
    def used(self) -> list[Which]:
        """The baselines that were looked at."""
        pairs = {which for which, _ in self._pairs}
        return [w for w in BASELINES if w in pairs or w in self.unpaired]

    @property
    def pairs(self) -> dict[tuple[Which, str], P]:
        """The pairs that were looked at, by baseline and split."""
        return {(which, split): pair for (which, (split, _)), pair in self._pairs.items()}

    @cached_property
    def _columns(self) -> dict[str, str]:
        """Return the column that each name of a condition means, as the header writes it."""
        asked = {column: gate.name for gate in self.gates for column in gate.where
                 if column.lower() not in self.named_roles}  # fmt: skip
        if not asked:
            return {}
        table = self.sliced
        return {
            column: column.lower() if column in self.beside(column)
            else find_column(table.header, column, file=table.name, option=name)
            for column, name in asked.items()
        }  # fmt: skip

    @cached_property
    def sliced(self) -> Table:
        """The table that has the columns of conditions."""
        return open_table(self.run)

    def beside(self, *columns: str) -> tuple[str, ...]:
        """Return those of some names that stand for a column that the run has not."""
        known = {x.lower() for x in self.sliced.header}
        named = (x for x in columns if x.lower() in self.named_beside)
        return tuple(x for x in named if x.lower() not in known)

    def where(self, gate: Gate) -> dict[str, str]:
        """Return the slice of a gate, by the names that the header has."""
        return {
            c.lower() if c.lower() in self.named_roles else self._columns[c]: v
            for c, v in gate.where.items()
        }

    def read(self, side: str, needs: Needs = "") -> R:
        """Return the run (side ""), or a baseline as a run by itself."""
        if (side, needs) not in self._runs:
            self._runs[side, needs] = self.read_one(side, needs)
        return self._runs[side, needs]

    def pair(self, which: Which, split: str, needs: Needs = "") -> P:
        """Return run and baseline paired by id on a split, with what a metric reads."""
        if (which, (split, needs)) not in self._pairs:
            found = self.read_both(which, split, needs)
            self._pairs[which, (split, needs)] = found
        return self._pairs[which, (split, needs)]

    def source(self, side: str) -> Any:
        """Return the run (side ""), or a baseline, as it was asked for."""
        return self.run if not side else self.baselines[side]  # type: ignore[index]

    def table(self, side: str) -> Any:
        """Return a run as it is to be read: opened once, and kept where its rows are few."""
        return self.held.open(self.source(side))

    def read_one(self, side: str, needs: Needs) -> R:
        """Read the run, or a baseline by itself."""
        raise NotImplementedError

    def read_both(self, which: Which, split: str, needs: Needs) -> P:
        """Read the run and a baseline, paired by id."""
        raise NotImplementedError

    def fingerprints(self) -> dict[str, str]:
        """Return which set each split of the run is."""
        raise NotImplementedError

    @property
    def by(self) -> tuple[str, ...]:
        """The columns that gates slice by."""
        return tuple(dict.fromkeys(self._columns.values()))

    def at(self, confidence: float) -> Sampling:
        """Return how is sampled at a confidence."""
        return replace(self.how.sampling, confidence=confidence)

    def roles(self, side: str) -> Mapping[str, str]:
        """Return role to column of a run: what is asked over what its config says."""
        if not side or self.source(side) is self.run:
            return self.how.columns
        if side not in self._roles:
            self._roles[side] = settle(self.source(side), self.asked).columns
        return self._roles[side]

    @cached_property
    def without_ids(self) -> frozenset[Which]:
        """The baselines that cannot be paired, as they or the run have no ids."""
        here = self.has_ids("")
        return frozenset(w for w in self.baselines if not (here and self.has_ids(w)))

    def has_ids(self, side: str) -> bool:
        """Whether a run has ids."""
        raise NotImplementedError

    @property
    def inputs(self) -> list[InputFile]:
        """What was read, the run first."""
        return [
            *self.main.inputs,
            *(x for pair in self._pairs.values() for x in pair.inputs[1:]),
            *(x for (side, _), run in self._runs.items() if side for x in run.inputs),
        ]

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
        mine = [p.identical for (w, _), p in self._pairs.items() if w == which]
        return bool(mine) and all(mine)

    def notes(self) -> list[Finding]:
        """Return what was met while reading."""
        from mlstrat.tasks.unpaired import unpaired_findings

        out = list(self.main.notes)
        for pair in self._pairs.values():
            lost = unpaired_findings(pair.names, pair.missing, pair.extra, pair.examples())
            out = [*lost, *out]
        for which, reason in self.unpaired.items():
            out.append(Finding(BASELINE_UNPAIRED, {"baseline": which, "reason": reason}))
        return out
