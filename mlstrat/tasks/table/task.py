"""A task that reads its own files into a table of examples; the rest follows from that."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, fields, replace
from typing import Any

from mlstrat.core.findings import Finding
from mlstrat.core.metrics import Metric, MetricChoice
from mlstrat.data.asked.read_as import heeded
from mlstrat.data.several.named import sources_by_split
from mlstrat.data.values import check_split_as, split_name, value_text
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.cards import card_of, check_options, options_of, parts_of_card, read_card
from mlstrat.tasks.contract import ErringRow, Given, How, Task
from mlstrat.tasks.measured import Measured, MeasuredPair
from mlstrat.tasks.operating_findings import own_thresholds
from mlstrat.tasks.table.columns import COUNT
from mlstrat.tasks.table.examples import Examples, MeasuredExamples, Raw, measured
from mlstrat.tasks.table.pairing import pair_ratios

OWN = ("num", "den", "id", "split", "group")


def error(formula: str, *, high: float = 1.0, name: str = "error", rate: bool = False) -> Metric:
    """Return the error of a task: a ratio of sums, lower being better."""
    return Metric(name, name.replace("_", " "), formula, 0.0, high, False,
                  "nothing could be wrong (every den is 0)", "mlstrat", rate=rate)  # fmt: skip


class TableTask(Task):
    """A task whose files become a table of examples.

    ``read_part`` reads the rows of one part of a run, and ``examples`` makes the table of those
    of all parts; ``kind`` is what the run is measured as.
    """

    read_part: Callable[[Given, How], Raw] = field(kw_only=True)
    kind: type[MeasuredExamples] = MeasuredExamples
    unequal_hint: str | None = None

    def examples(self, raw: Raw, how: How) -> Examples:
        """Return the table of examples of all rows of a run, whose splits have our names."""
        raise NotImplementedError

    def read(self, source: Any, how: How) -> Examples:
        """Read a run: a file, a frame, or a card with several splits."""
        if isinstance(source, Examples):
            return source
        card = card_of(source)
        if card is not None:
            said = options_of(read_card(card))
            check_options(said, self.options, str(card))
            if "truth" in how.options:
                raise UsageError("--truth, and a card that says what is right for each split",
                                 accepted="one of the two")  # fmt: skip
            how = replace(how, options={**said, **how.options})
            given = parts_of_card(card)
        elif (named := sources_by_split(source)) is not None:
            if "truth" in how.options:
                raise UsageError("--truth is of one split, and the run has a file for each",
                                 hint="write a card: truth and predictions by split")  # fmt: skip
            given = [Given(one, None, split) for split, one in named.items()]
        else:
            truth = how.options.get("truth")
            given = [Given(source, truth, None if truth is None else how.split or "dev")]
        check_split_as(how.split_as)
        machine = [x for x in given if not x.people]
        found = self.examples(_joined([self._part(x, how) for x in machine]), how)
        people = [x for x in given if x.people]
        if people:
            of_people = self.examples(_joined([self._part(x, how) for x in people]), how)
            found = replace(found, people=of_people.frame, inputs=found.inputs + of_people.inputs)
        return found

    def _part(self, given: Given, how: How) -> Raw:
        import polars as pl

        with heeded(how.columns):
            raw = self.read_part(given, how)
        if not len(raw.frame):
            raise InputError("no examples", file=raw.name, accepted=f"at least one {self.example}")
        if given.split is not None and ("split" not in raw.frame.columns or given.people):
            split = pl.lit(given.split).alias("split")
            return replace(raw, frame=raw.frame.with_columns(split))
        return raw if "split" not in raw.frame.columns else replace(raw, frame=_named(raw, how))

    def table(self, source: Any, how: How) -> Any:
        """Return the examples of a run as a table."""
        return self.read(source, how).table

    def opened(self, source: Any, how: How) -> Any:
        """Return a run that is read once, for what measures it more than once."""
        return self.read(source, how)

    def choose(
        self, metric: str | None, measured: Measured | MeasuredPair | None = None
    ) -> MetricChoice:
        """Return a metric of the task; one that num may exceed den of has no upper end."""
        name = next(iter(self.metrics)) if metric is None else metric.strip().lower()
        name = name.replace("-", "_")
        if name not in self.metrics:
            raise UsageError(f"--metric {metric}: {self.name} has no such metric",
                             accepted=", ".join(self.metrics))  # fmt: skip
        found = self.metrics[name]
        if isinstance(measured, Measured | MeasuredPair):
            found = replace(found, high=1.0 if measured.bounded else math.inf)
        return MetricChoice(found, None, None)

    def metric_of(self, how: How) -> str:
        """Return the name of the metric that the examples are measured by."""
        return self.choose(how.options.get("metric")).metric.name

    def measure(self, source: Any, how: How) -> MeasuredExamples:
        """Read a run and measure it."""
        return measured(self.read(source, how), how.by, self.kind)

    def pair(self, a: Any, b: Any, how: tuple[How, How]) -> MeasuredPair:
        """Read two runs and pair them by the ids of their examples."""
        left, right = self.read(a, how[0]), self.read(b, how[1])
        self.check_pair(left, right)
        plain = (How(split=how[0].split, by=how[0].by), How(split=how[0].split))
        pair = pair_ratios(left.table, right.table, plain)
        own = {x.name: getattr(pair, x.name) for x in fields(pair)}
        notes = (*pair.notes, *left.notes, *self.pair_notes(left, right, pair))
        if left.choosing is not None and right.choosing is not None:
            own["apart"] = left.choosing.apart(right.choosing)
            notes += tuple(own_thresholds(left.choosing.threshold, right.choosing.threshold))
        own |= {"inputs": (*left.inputs, *right.inputs), "notes": notes,
                "names": (left.name, right.name)}  # fmt: skip
        if left.unbounded:
            sides = {x: replace(getattr(pair.table.pair, x), bounded=False) for x in "ab"}
            own["table"] = replace(pair.table, pair=replace(pair.table.pair, **sides))
        return MeasuredPair(**own)

    def check_pair(self, left: Examples, right: Examples) -> None:
        """Refuse two runs that are not of the same examples, where more than ids tells it."""
        if left.truth is None or right.truth is None:
            return
        a, b = left.truth(), right.truth()
        keys = [x for x in ("id", "split") if x in a.columns and x in b.columns]
        both = a.join(b, on=keys, how="inner", maintain_order="left")
        other = both.filter(both["truth"] != both["truth_right"])
        if len(other):
            raise InputError(
                f"{len(other):,} {self.example}s are others than in {left.name}, under one id: "
                f"the first is {other['id'][0]!r}",
                file=right.name, accepted="two runs on the same examples",
                hint=self.unequal_hint,
            )  # fmt: skip

    def pair_notes(
        self,
        left: Examples,  # noqa: ARG002
        right: Examples,  # noqa: ARG002
        pair: MeasuredPair,  # noqa: ARG002
    ) -> Sequence[Finding]:
        """Return what is to be told of two runs beside their error."""
        return ()

    def rows(self, source: Any, how: How) -> Iterator[ErringRow]:
        """Yield the examples with errors, of one split if one is asked for, as they stand."""
        read = self.read(source, how)
        kinds = [x[len(COUNT) :] for x in read.frame.columns if x.startswith(COUNT)]
        for row in read.frame.iter_rows(named=True):
            split = row.get("split", "dev")
            if row["num"] > 0 and how.split in (None, split):
                found = tuple(kind for kind in kinds if row[COUNT + kind] > 0)
                yield ErringRow(value_text(row.get("id")), split, row["num"], row["den"], found)

    def units(self, source: Any, how: How) -> Iterator[Mapping[str, Any]]:
        """Yield what erred, of all splits."""
        read = self.read(source, how)
        if read.units is None:
            yield from super().units(read, how)
            return
        yield from read.units().iter_rows(named=True)

    def wholes(self, source: Any, how: How) -> Iterator[Mapping[str, Any]]:
        """Yield what erred and may be right where the truth is wrong, of all splits."""
        read = self.read(source, how)
        if read.wholes is None:
            yield from self.units(read, how)
            return
        yield from read.wholes().iter_rows(named=True)


def _joined(raws: Sequence[Raw]) -> Raw:
    """Return the rows of all parts; the first names the run."""
    import polars as pl

    if len(raws) == 1:
        return raws[0]
    frame, tokens = (
        pl.concat(parts, how="diagonal_relaxed") if parts[0] is not None else None
        for parts in ([x.frame for x in raws], [x.tokens for x in raws])
    )
    inputs = tuple(i for x in raws for i in x.inputs)
    return Raw(frame, raws[0].name, inputs, raws[0].columns, tokens)


def _named(raw: Raw, how: How) -> Any:
    import polars as pl

    names: dict[str, str] = {}
    targets = check_split_as(how.split_as)
    for value in raw.frame["split"].unique(maintain_order=True).to_list():
        text = value_text(value)
        split = split_name(text, targets)
        if split is None:
            raise InputError(
                f"unknown split {text!r}" if text else "a blank split", file=raw.name,
                column=raw.columns.get("split", "split"),
                accepted="train, train-dev, dev, test",
                hint=f"say what it is: --split-as {text}=SPLIT" if text else None,
            )  # fmt: skip
        names[value] = split
    column = pl.col("split").replace_strict(names, return_dtype=pl.String)
    return raw.frame.with_columns(column.alias("split"))


def check_choice(how: How, option: str, accepted: Sequence[str], default: str) -> str:
    """Return what an option chooses among a few words."""
    given = how.options.get(option, default)
    word = str(given).strip().lower()
    if word not in accepted:
        raise UsageError(f"--{option.replace('_', '-')} {given}: no such choice",
                         accepted=", ".join(accepted))  # fmt: skip
    return word


def check_number(how: How, option: str, default: float | None, low: float) -> float | None:
    """Return a number that an option gives."""
    given: Any = how.options.get(option, default)
    if given is None:
        return None
    try:
        number = float(given)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and number >= low):
        raise UsageError(f"--{option.replace('_', '-')} is {given}",
                         accepted=f"a number of at least {low:g}")  # fmt: skip
    return number


def kinds_of(counts: Mapping[str, Any], num: Mapping[str, Any], den: Mapping[str, Any]) -> Any:
    """Return the columns of kinds of error: how many, and what changes if they were right."""
    found = {}
    for name, count in counts.items():
        found[COUNT + name] = count
        found[f"fixed.{name}.num"] = num[name]
        if name in den:
            found[f"fixed.{name}.den"] = den[name]
    return found
