# Over 300 lines: what a task must offer stands in one place.
"""What a task must offer: a run as it measured it, two runs paired, the rows that have errors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mlstrat.core.findings import Finding
from mlstrat.errors import UsageError
from mlstrat.tasks.findings import FEW_GROUPS, FEW_GROUPS_FOUND

if TYPE_CHECKING:
    from mlstrat.core.figures import Estimate, Figure, Sampling
    from mlstrat.core.metrics import Metric, MetricChoice
    from mlstrat.core.ratio_pairs import Ceiling, RatioDifference
    from mlstrat.data.parts import InputFile
    from mlstrat.data.table import Table
    from mlstrat.tasks.unpaired import Unpaired

Where = Mapping[str, str]
"""Column to value: the rows of a slice; empty for all."""

EVERYWHERE: Where = {}

CATEGORY = "category"
"""Stands for a column where a run has none of that name: its values are the kinds of error."""


@dataclass(frozen=True)
class Role:
    """What a column means to a task: its name, what it holds, and whether it must be there."""

    name: str
    meaning: str
    needed: bool = False


@dataclass(frozen=True)
class How:
    """How files are read.

    Attributes
    ----------
    columns
        Role to column, as ``--map`` says it.
    split
        The split that a pair is of; None picks dev, or the only one.
    split_as
        Value of the split column to split.
    by
        Columns to slice by.
    options
        What belongs to the task alone (``iou``, ``scheme``, …).
    checksum
        Take the SHA-256 of large files, too.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    split: str | None = None
    split_as: Mapping[str, str] = field(default_factory=dict)
    by: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    checksum: bool = False


@dataclass(frozen=True)
class Shape:
    """A box or a point over a picture.

    Attributes
    ----------
    side
        ``truth`` or ``prediction``.
    name
        What is in the box, or which point it is.
    error
        What is wrong with it, in words; empty where nothing is.
    xywh
        The upper left corner and the sides, in pixels, or in fractions of the picture where all of
        a picture lie in 0 to 1; a point has no sides.
    """

    side: str
    name: str
    error: str
    xywh: tuple[float, float, float, float]


@dataclass(frozen=True)
class Pictured:
    """An example that is a picture, with all that lies over it.

    ``size`` is width and height, where the run says them; ``columns`` are the texts of its row.
    """

    id: str
    num: float
    den: float
    shapes: tuple[Shape, ...]
    size: tuple[float, float] | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AtThresholds:
    """What is looked at over thresholds.

    Attributes
    ----------
    split, sampling
        The split, and how its intervals are found.
    of
        The one class or label to look at; None for all together.
    used
        A threshold to look at in any case: that of the run.
    """

    split: str
    sampling: Sampling
    of: str | None = None
    used: float | None = None


@dataclass(frozen=True, eq=False)
class Measured:
    """A run as its task measured it.

    Attributes
    ----------
    splits
        The splits that occur, in the order of the ladder.
    columns
        The column of each role.
    notes
        What is worth a finding: its code and evidence.
    inputs
        What was read.
    by
        The columns to slice by, as the header writes them.
    free
        The columns without a role.
    """

    splits: tuple[str, ...]
    columns: Mapping[str, str]
    notes: tuple[Finding, ...]
    inputs: tuple[InputFile, ...]
    by: tuple[str, ...]
    free: tuple[str, ...]

    def examples(self, split: str, where: Where = EVERYWHERE) -> int:
        """Return the number of examples."""
        raise NotImplementedError

    def groups(self, split: str) -> int | None:
        """Return the number of groups; None where examples are independent."""
        raise NotImplementedError

    @property
    def bounded(self) -> bool:
        """Whether the error ends at 1."""
        raise NotImplementedError

    def about_groups(self) -> list[Finding]:
        """Return the finding on splits with few groups, if there are any."""
        counts = {split: self.groups(split) for split in self.splits}
        few = {split: n for split, n in counts.items() if n is not None and n < FEW_GROUPS}
        return [Finding(FEW_GROUPS_FOUND, {"groups": few})] if few else []

    def values(self, column: str, split: str, where: Where = EVERYWHERE) -> tuple[str, ...]:
        """Return the values of a column that occur in a slice of a split, in display order."""
        raise NotImplementedError

    def estimate(
        self,
        choice: MetricChoice,
        split: str,
        sampling: Sampling,
        where: Where = EVERYWHERE,
        *,
        draws: bool = True,
    ) -> Estimate:
        """Return a metric of a split, or of a slice of it, with its interval."""
        raise NotImplementedError

    def counts(self, column: str, split: str) -> Mapping[str, int]:
        """Return the number of examples of a split by the value of a column, in display order."""
        raise NotImplementedError

    def above_rest(self, column: str, value: str, split: str) -> tuple[float, float] | None:
        """Return t of the error of a value less that of all others, and its degrees of freedom."""
        raise NotImplementedError

    def categories(self, split: str, sampling: Sampling) -> Mapping[str, Ceiling]:
        """Return how often each kind of error occurs, and what fixing it would leave."""
        raise NotImplementedError

    def shares(self, split: str, sampling: Sampling) -> Mapping[str, Figure] | None:
        """Return the share of each kind in the errors; None where kinds are not whole examples."""
        raise NotImplementedError

    def sums(self, split: str, where: Where = EVERYWHERE) -> tuple[float, float]:
        """Return Σnum and Σden of the error of a split, or of a slice of it."""
        raise NotImplementedError

    def summed(self) -> Mapping[str, Any]:
        """Return the sums of each cell by column, as `ratio` reads them; ``n`` is the last."""
        raise NotImplementedError

    def extras(self, split: str, sampling: Sampling) -> Mapping[str, Any]:
        """Return what the JSON of a split holds for this task alone: confusion, units, …"""
        raise NotImplementedError

    def document(self, split: str, sampling: Sampling) -> Mapping[str, Any]:  # noqa: ARG002
        """Return what the JSON of the run holds for this task alone: threshold, attribution, …"""
        return {}

    def human(self, sampling: Sampling) -> Estimate | None:  # noqa: ARG002
        """Return the error of a second annotator, where the run has one."""
        return None

    def thresholds(
        self,
        look: AtThresholds,  # noqa: ARG002
    ) -> Mapping[float, Mapping[str, Figure]]:
        """Return what each of some rising thresholds gives, by name; nothing without scores."""
        return {}

    def pictured(self, split: str, most: int) -> Sequence[Pictured]:  # noqa: ARG002
        """Return the pictures of a split that are most wrong, worst first; nothing without any."""
        return ()


@dataclass(frozen=True, eq=False)
class MeasuredPair:
    """Two runs on the same examples of one split.

    ``missing`` and ``extra`` are ids of a that b lacks, and the reverse.
    """

    split: str
    names: tuple[str, str]
    columns: tuple[Mapping[str, str], Mapping[str, str]]
    notes: tuple[Finding, ...]
    inputs: tuple[InputFile, ...]
    missing: Unpaired
    extra: Unpaired
    by: tuple[str, ...]

    @property
    def grouped(self) -> bool:
        """Whether examples come in groups."""
        raise NotImplementedError

    @property
    def identical(self) -> bool:
        """Whether both say the same of every example."""
        raise NotImplementedError

    @property
    def overlap(self) -> float:
        """How far the two are on the same examples: n / √(nₐ n_b), 1 where all are shared."""
        n = self.examples()
        return n / math.sqrt((n + self.missing.count) * (n + self.extra.count))

    def quadrants(self, where: Where = EVERYWHERE) -> tuple[int, int, int, int] | None:
        """Return how many both get right, only a, only b, none; None unless right or wrong."""
        raise NotImplementedError

    def examples(self, where: Where = EVERYWHERE) -> int:
        """Return the number of examples that both have."""
        raise NotImplementedError

    def values(self, column: str) -> tuple[str, ...]:
        """Return the values of a column that occur, in display order."""
        raise NotImplementedError

    def estimate(
        self, side: str, choice: MetricChoice, sampling: Sampling, where: Where = EVERYWHERE
    ) -> Estimate:
        """Return a metric of one of the two, ``a`` or ``b``."""
        raise NotImplementedError

    def difference(
        self, choice: MetricChoice, sampling: Sampling, where: Where = EVERYWHERE
    ) -> RatioDifference:
        """Return the metric of b minus that of a."""
        raise NotImplementedError


@dataclass(frozen=True)
class ErringRow:
    """What `sample` puts on a sheet: an example with errors, tagged with their kinds."""

    id: str
    split: str
    num: float
    den: float
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
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
