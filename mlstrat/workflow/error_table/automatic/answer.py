"""`error-table` without a sheet: kinds of error as a task tells them apart, parts of a chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.counts import pick_split
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import Interval, interval_of_largest
from mlstrat.core.ratio import estimate
from mlstrat.core.ratio_pairs import Ceiling, part_of_errors
from mlstrat.core.wording import clean, count, files_read, is_share, listed
from mlstrat.data.settings import Settled
from mlstrat.errors import InputError, UsageError
from mlstrat.show.blocks import Block, Paragraph
from mlstrat.show.document import Signature
from mlstrat.tasks import find
from mlstrat.tasks.contract import How, Task
from mlstrat.tasks.findings import about_split
from mlstrat.tasks.measured import Measured
from mlstrat.workflow.error_table.automatic.parts_read import read_parts
from mlstrat.workflow.error_table.document import ErrorTableDocument, Read
from mlstrat.workflow.error_table.findings import FEW_ERRORS_READ, STAYS_WRONG, table_findings
from mlstrat.workflow.error_table.match_run import costed
from mlstrat.workflow.error_table.table import Category, ErrorTable, SplitError
from mlstrat.workflow.error_table.tally import leading_by_intervals

if TYPE_CHECKING:
    from mlstrat.workflow.error_table import schema

CEILINGS = (
    "ceilings: ratio of sums with num and den as they would be if fixed, Newcombe (1998) with the "
    "correlation of both"
)
METHOD = f"kinds of error as the task tells them apart; {CEILINGS}"
PARTS_METHOD = (
    "each error is owned by the first part of the chain whose fix makes the whole right, else by "
    f"the last (Machine Learning Yearning 53-57); shares: ratio of sums; {CEILINGS}"
)
NO_SHARE = "no interval: a kind is counted by error, not by example"


@dataclass(frozen=True)
class MeasuredErrorTableDocument(ErrorTableDocument):
    """Which kinds of error there are, and what fixing each could gain."""

    task: str = ""
    counted: str = "errors"
    parts: Mapping[str, str] = field(default_factory=dict)
    unexplained: int = 0

    def to_dict(self) -> schema.ErrorTable:
        """Return the JSON document."""
        out = super().to_dict()
        out["task"] = self.task
        for category in out["categories"]:
            category["source"] = "part" if self.parts else "automatic"
            category["ceiling"]["at_most"] = category["tag"] in self.table.at_most
        out["categories"].sort(key=lambda x: -(x["share"]["value"] or 0.0))
        if self.parts:
            out["parts"] = [{"part": x, "column": c} for x, c in self.parts.items()]
            out["unexplained"] = self.unexplained
        return out

    def _how_many(self) -> str:
        t, scale = self.table, self.table.scale
        n = len(t.categories)
        what = "part" if self.parts else "kind"
        error = t.split.error
        owned = "owned by" if self.parts else "of"
        return (
            f"{count(t.reviewed)} {self.counted} {owned} {count(n)} {what}{'' if n == 1 else 's'}. "
            f"The error is {scale.value(error.value)}"
            + (f" ({scale.interval(error.ci)})." if error.ci is not None else ".")
        )

    def _basis(self) -> Block:
        s, read = self.signature, self.read
        split = "" if read is None else f" {read.split}"
        chain = [f"{clean(x)} (column {clean(c)})" for x, c in self.parts.items()]
        return Paragraph(
            f"Read {files_read(s.inputs)};{split}. "
            + (f"The chain is {listed(chain)}. " if chain else "")
            + f"Intervals at {100 * s.confidence:g}%: gains "
            f"{'(in points) ' if self.table.percent else ''}of the population; that of the largest "
            f"{'part' if chain else 'kind'} allows for having been picked."
        )


def refuse_sheets(given: Mapping[str, Any]) -> None:
    """Refuse what speaks of a review sheet."""
    for option, value in given.items():
        empty = isinstance(value, list | tuple) and not value
        if value is not None and value is not False and not empty:
            raise UsageError(
                f"{option} belongs to a review sheet, and a task tells its kinds of error apart "
                "by itself",
                accepted="a run alone: mlstrat error-table RUN --task NAME",
            )


def kinds_of(
    run: Any, task: Task, how: How, sampling: Sampling, effort: str | Path | None = None
) -> MeasuredErrorTableDocument:
    """Return the table of the kinds of error of one split of a run."""
    if run is None:
        raise UsageError("no run", accepted="mlstrat error-table RUN --task NAME")
    measured = task.measure(run, how)
    split = pick_split(measured.splits, how.split)
    table = automatic_table(measured, task, split, sampling)
    if table is None:
        raise InputError(
            "no kinds of error to count",
            file=measured.inputs[0].path,
            accepted=", ".join(r.name for r in task.roles if r.name.startswith("count.")) or None,
        )
    table, uncosted = costed(table, effort)
    findings = [f for f in table_findings(table) if f.rule is not FEW_ERRORS_READ]
    findings += [*about_split(split, how.split), *measured.notes, *measured.about_groups()]
    metric = task.choose(None, measured).metric.name
    return MeasuredErrorTableDocument(
        table,
        tuple(findings),
        Signature.of(measured.inputs, sampling, METHOD, metric),
        Read(split, uncosted=uncosted),
        task=task.name,
        counted="tokens" if task.unit == "token" else "errors",
    )


def parts_of(
    run: Any, task: Task | None, how: Settled, parts: str | Sequence[str],
    effort: str | Path | None = None, *, checksum: bool = False,
) -> MeasuredErrorTableDocument:  # fmt: skip
    """Return the table of the parts of a chain: the errors that each owns, and their ceilings."""
    if run is None:
        raise UsageError("no run", accepted="mlstrat error-table RUN --parts COLUMN,COLUMN")
    read = read_parts(run, task, how, parts, checksum=checksum)
    measured, sampling = read.measured, how.sampling
    split = pick_split(measured.splits, how.split)
    part = measured.part(split)
    shares = {
        x: estimate(part_of_errors(part.ratios, one), sampling, draws=False).figure
        for x, one in part.categories.items()
    }
    table = automatic_table(measured, find("ratio"), split, sampling, shares, noun="part")
    assert table is not None, "there is a part"
    table, uncosted = costed(table, effort)
    stays = read.unexplained.get(split, 0)
    last = list(read.columns)[-1]
    table = replace(table, at_most=(last,) if stays else ())
    findings = table_findings(table) if table.reviewed else []
    if stays:
        evidence = {"stays": stays, "errors": table.reviewed, "part": last}
        findings.insert(0, Finding(STAYS_WRONG, evidence))
    findings += [*about_split(split, how.split), *measured.notes, *measured.about_groups()]
    return MeasuredErrorTableDocument(
        table,
        tuple(findings),
        Signature.of(measured.inputs, sampling, PARTS_METHOD, "error"),
        Read(split, uncosted=uncosted),
        task=read.task,
        parts=read.columns,
        unexplained=stays,
    )


def automatic_table(
    measured: Measured,
    task: Task,
    split: str,
    sampling: Sampling,
    shares: Mapping[str, Figure] | None = None,
    noun: str = "tag",
) -> ErrorTable | None:
    """Return the table of the kinds of error of a split; None where none are told apart.

    Where every example is right or wrong, and each kind is of whole examples, shares are of the
    errors, with intervals; else of all that the kinds count.
    """
    choice = task.choose(None, measured)
    whole = measured.estimate(choice, split, sampling, draws=False)
    found = measured.categories(split, sampling)
    if not found:
        return None
    shares = shares or measured.shares(split, sampling)
    every = sum(one.count for one in found.values())
    if task.overlap and whole.errors is not None:
        every = whole.errors
    if shares is None:
        shares = {x: Figure(one.count / every if every else None, None, every, NO_SHARE)
                  for x, one in found.items()}  # fmt: skip
    elif whole.errors is not None:
        every = whole.errors
    errors = SplitError(
        whole.figure, whole.errors, measured.examples(split), plain=measured.groups(split) is None
    )
    kinds = sorted(
        (_category(name, one, shares[name], errors, sampling) for name, one in found.items()),
        key=lambda c: (-(c.gain.value or 0.0), -c.count, c.tag),
    )
    leading = leading_by_intervals(kinds, lambda c: c.gain)
    if len(kinds) > 1 and kinds[0].gain.ci is not None:
        first = kinds[0]

        def at(confidence: float) -> Interval:
            again = measured.categories(split, replace(sampling, confidence=confidence))
            return again[first.tag].gain.ci or (0.0, 0.0)

        ci = interval_of_largest(at, len(kinds), sampling.confidence)
        kinds[0] = replace(first, picked=replace(first.gain, ci=ci))
    return ErrorTable(
        every, errors, tuple(kinds), None, None, (), leading, drawn=every,
        confidence=sampling.confidence, percent=is_share(choice), noun=noun,
        at_most=task.at_most, of_run=True,
    )  # fmt: skip


def _category(
    tag: str, one: Ceiling, share: Figure, split: SplitError, sampling: Sampling
) -> Category:
    shows = None if one.p_value is None else one.p_value <= 1 - sampling.confidence + 1e-12
    return Category(
        tag, one.count, share, share, replace(one.gain, n=split.rows), one.error.value,
        Figure(None, None, None, NO_SHARE), one.p_value,
        None if shows is None else "yes" if shows else "no",
    )  # fmt: skip
