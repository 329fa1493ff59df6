"""What a task must offer: a run as it measured it, two runs paired, the rows that have errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from mlstrat.core.record import Record
from mlstrat.errors import UsageError

if TYPE_CHECKING:
    from mlstrat.core.metrics import Metric, MetricChoice
    from mlstrat.data.table import Table
    from mlstrat.tasks.measured import Measured, MeasuredPair


class Role(Record):
    """What a column means to a task: its name, what it holds, and whether it must be there."""

    name: str
    meaning: str
    needed: bool = False


class How(Record):
    """How files are read.

    ``columns`` is role to column; ``split`` that of a pair (None picks dev, or the only one);
    ``split_as`` value of the split column to split; ``options`` belong to the task alone;
    ``checksum`` takes the SHA-256 of large files, too.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    split: str | None = None
    split_as: Mapping[str, str] = field(default_factory=dict)
    by: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    checksum: bool = False


class Given(Record):
    """What a part of a run is read from.

    ``truth`` is what is right, where it stands apart from the predictions; ``split`` that of all
    its examples, None where a column says it; ``people`` whether a second annotator predicted.
    """

    run: Any
    truth: Any = None
    split: str | None = None
    people: bool = False


class ErringRow(Record):
    """What `sample` puts on a sheet: an example with errors, tagged with their kinds."""

    id: str
    split: str
    num: float
    den: float
    categories: tuple[str, ...] = ()


class Task(Record):
    """What every task offers.

    ``example`` is what one row of it is called, ``unit`` what is right or wrong inside one, and
    ``cluster`` what examples that are not independent share; ``options`` are its own.
    """

    name: str
    example: str
    roles: tuple[Role, ...]
    metrics: Mapping[str, Metric]
    unit: str | None = None
    cluster: str = "group"
    options: tuple[str, ...] = ()
    at_most: tuple[str, ...] = ()
    """Kinds of error of which fixing gains at most what their ceiling says."""
    overlap: bool = False
    """Whether an error may be of several kinds: a share is then of the errors, not of the kinds."""

    @property
    def counted(self) -> str:
        """What is right or wrong, in the plural."""
        unit = self.unit or self.example
        return f"{unit}es" if unit.endswith("x") else f"{unit}s"

    @property
    def summed(self) -> bool:
        """Whether a run is a table of examples already, of which `count` writes the sums."""
        return False

    def table(self, source: Any, how: How) -> Table:
        """Return the examples of a run as a table: ``id, split, group, num, den``, and kinds."""
        raise NotImplementedError

    def opened(self, source: Any, how: How) -> Any:  # noqa: ARG002
        """Return a run that is read once, for what measures it more than once."""
        return source

    def choose(
        self, metric: str | None, measured: Measured | MeasuredPair | None = None
    ) -> MetricChoice:
        """Return a metric of the task; without a run, as far as its name tells."""
        raise NotImplementedError

    def measure(self, source: Any, how: How) -> Measured:
        """Read a run and measure it."""
        raise NotImplementedError

    def pair(self, a: Any, b: Any, how: tuple[How, How]) -> MeasuredPair:
        """Read two runs and pair them by the ids of their examples."""
        raise NotImplementedError

    def rows(self, source: Any, how: How) -> Iterator[ErringRow]:
        """Yield the examples of a split that have errors."""
        raise NotImplementedError

    def units(self, source: Any, how: How) -> Iterator[Mapping[str, Any]]:
        """Yield what erred, of all splits: id, split, unit, category, where, truth, …"""
        for row in self.rows(source, replace(how, split=None)):
            yield {"id": row.id, "split": row.split, "unit": self.example, "where": "",
                   "category": ";".join(row.categories), "truth": None, "prediction": None,
                   "score": row.num}  # fmt: skip

    def wholes(self, source: Any, how: How) -> Iterator[Mapping[str, Any]]:
        """Yield what erred and may be right where the truth is wrong: units, if not said else."""
        yield from self.units(source, how)

    def suspects(
        self,
        units: Sequence[Mapping[str, Any]],  # noqa: ARG002
        how: How,  # noqa: ARG002
    ) -> list[Mapping[str, Any]]:
        """Return what erred by how far its score speaks against the truth; refuse without one."""
        raise UsageError(
            f"no score of --task {self.name} speaks against the truth",
            accepted="--versus RUN, a second run: what both say and the truth does not is suspect",
        )
