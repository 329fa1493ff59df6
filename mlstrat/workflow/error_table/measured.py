"""What a task tells of its errors by itself: `error-table` without a sheet, `sample` of units."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.counts import pick_split
from mlstrat.core.decisions import interval_of_largest
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.hashing import text_hash
from mlstrat.core.intervals import Interval
from mlstrat.core.ratio_pairs import Ceiling
from mlstrat.core.wording import clean, count, files_read, is_share
from mlstrat.data.sheet.design import Drawn
from mlstrat.data.sheet.read import REVIEW
from mlstrat.errors import InputError, UsageError
from mlstrat.show.blocks import Block, Paragraph
from mlstrat.show.document import Signature
from mlstrat.show.writing import write_whole_bytes
from mlstrat.tasks.contract import How, Task
from mlstrat.tasks.findings import about_split
from mlstrat.workflow.error_table.document import ErrorTableDocument, Read
from mlstrat.workflow.error_table.estimates import leading_by_intervals
from mlstrat.workflow.error_table.findings import FEW_ERRORS_READ, table_findings
from mlstrat.workflow.error_table.sample_document import SampleDocument
from mlstrat.workflow.error_table.sample_findings import FEWER_ROWS
from mlstrat.workflow.error_table.table import Category, ErrorTable, SplitError
from mlstrat.workflow.error_table.write import (
    cell_text,
    check_output,
    separator_of,
    sheet_bytes,
    weight_text,
)

if TYPE_CHECKING:
    from mlstrat.workflow.error_table import schema

METHOD = (
    "kinds of error as the task tells them apart; ceilings: ratio of sums with num and den as they "
    "would be if fixed, Newcombe (1998) with the correlation of both"
)
NO_SHARE = "no interval: a kind is counted by error, not by example"


@dataclass(frozen=True)
class MeasuredErrorTableDocument(ErrorTableDocument):
    """Which kinds of error there are, and what fixing each could gain."""

    task: str = ""
    counted: str = "errors"

    def to_dict(self) -> schema.ErrorTable:
        """Return the JSON document."""
        out = super().to_dict()
        out["task"] = self.task
        for category in out["categories"]:
            category["source"] = "automatic"
        return out

    def _how_many(self) -> str:
        t, scale = self.table, self.table.scale
        kinds = len(t.categories)
        error, s = t.split.error, "" if kinds == 1 else "s"
        return (
            f"{count(t.reviewed)} {self.counted} of {count(kinds)} kind{s}. "
            f"The error is {scale.value(error.value)}"
            + (f" ({scale.interval(error.ci)})." if error.ci is not None else ".")
        )

    def _basis(self) -> Block:
        s, read = self.signature, self.read
        split = "" if read is None else f" {read.split}"
        return Paragraph(
            f"Read {files_read(s.inputs)};{split}. Intervals at {100 * s.confidence:g}%: gains "
            f"{'(in points) ' if self.table.percent else ''}of the population; that of the largest "
            "kind allows for having been picked."
        )


def refuse_sheets(given: Mapping[str, Any]) -> None:
    """Refuse what speaks of a review sheet.

    Raises
    ------
    UsageError
        For the first option that is given.
    """
    for option, value in given.items():
        if value is not None and value is not False and value != ():
            raise UsageError(
                f"{option} belongs to a review sheet, and a task tells its kinds of error apart "
                "by itself",
                accepted="a run alone: mlstrat error-table RUN --task NAME",
            )


def kinds_of(
    run: Any, task: Task, how: How, sampling: Sampling, effort: str | Path | None = None
) -> MeasuredErrorTableDocument:
    """Return the table of the kinds of error of one split of a run.

    Raises
    ------
    InputError
        Where the run tells no kinds apart.
    """
    if run is None:
        raise UsageError("no run", accepted="mlstrat error-table RUN --task NAME")
    measured = task.measure(run, how)
    split = pick_split(measured.splits, how.split)
    choice = task.choose(None, measured)
    whole = measured.estimate(choice, split, sampling, draws=False)
    found = measured.categories(split, sampling)
    if not found:
        raise InputError(
            "no kinds of error to count",
            file=measured.inputs[0].path,
            accepted=", ".join(r.name for r in task.roles if r.name.startswith("count.")) or None,
        )
    every = sum(one.count for one in found.values())
    if task.overlap and whole.errors is not None:
        every = whole.errors
    errors = SplitError(
        whole.figure, whole.errors, measured.examples(split), plain=measured.groups(split) is None
    )
    kinds = sorted(
        (_category(name, one, every, errors, sampling) for name, one in found.items()),
        key=lambda c: (-c.count, c.tag),
    )
    leading = leading_by_intervals(kinds, lambda c: c.gain)
    if len(kinds) > 1 and kinds[0].gain.ci is not None:
        first = kinds[0]

        def at(confidence: float) -> Interval:
            again = measured.categories(split, replace(sampling, confidence=confidence))
            return again[first.tag].gain.ci or (0.0, 0.0)

        ci = interval_of_largest(at, len(kinds), sampling.confidence)
        kinds[0] = replace(first, picked=replace(first.gain, ci=ci))
    table = ErrorTable(
        every, errors, tuple(kinds), None, None, (), leading, drawn=every,
        confidence=sampling.confidence, percent=is_share(choice),
    )  # fmt: skip
    uncosted: tuple[str, ...] = ()
    if effort is not None:
        from mlstrat.workflow.error_table.sheet_errors import read_effort

        days, uncosted = read_effort(effort, [c.tag for c in table.categories])
        table = table.with_days(days)
    findings = [f for f in table_findings(table) if f.rule is not FEW_ERRORS_READ]
    findings += [*about_split(split, how.split), *measured.notes, *measured.about_groups()]
    signature = Signature.of(measured.inputs, sampling, METHOD, choice.metric.name)
    return MeasuredErrorTableDocument(
        table,
        tuple(findings),
        signature,
        Read(split, uncosted=uncosted),
        task=task.name,
        counted="tokens" if task.unit == "token" else "errors",
    )


def _category(
    tag: str, one: Ceiling, every: int, split: SplitError, sampling: Sampling
) -> Category:
    share = Figure(one.count / every if every else None, None, every, NO_SHARE)
    shows = None if one.p_value is None else one.p_value <= 1 - sampling.confidence + 1e-12
    return Category(
        tag, one.count, share, share, replace(one.gain, n=split.rows), one.error.value,
        Figure(None, None, None, NO_SHARE), one.p_value,
        None if shows is None else "yes" if shows else "no",
    )  # fmt: skip


DRAWN = "errors by rising hash fmix64(FNV-1a-64('<seed>/draw/<id>/<unit>/<where>')) >> 1"
UNIT = ("unit", "category", "where", "truth", "prediction", "score")
ALL = "all"
SEVERAL = ";"
"""What parts the kinds of a unit."""


@dataclass(frozen=True)
class UnitSampleDocument(SampleDocument):
    """Erring units that were drawn into a sheet."""

    error: float | None = None

    def _next(self, command: str) -> str:
        """Return a command that reads the sheet: by the error alone."""
        words = ["mlstrat", command, clean(self.output or "", 200)]
        if self.error is not None and self.error <= 1:
            words += ["--error", f"{self.error:.6g}"]
        return shlex.join(words)

    def _verdict(self) -> str:
        what = "" if self.kind == ALL else f" ({clean(self.kind)})"
        return (
            f"Drawn: {count(len(self.rows))} of {count(self.errors)} errors{what} of {self.split}, "
            "at random."
        )


def sample_units(
    run: Any, task: Task, how: How, *, n: int, kind: str, seed: int, output: str | Path | None,
    bom: bool = False,
) -> UnitSampleDocument:  # fmt: skip
    """Draw erring units of a split: a simple random sample, that the same seed repeats.

    Raises
    ------
    InputError
        Where there is nothing to draw.
    UsageError
        For a kind that does not occur.
    """
    if output is not None:
        check_output(output)
    run = task.opened(run, how)
    measured = task.measure(run, how)
    split = pick_split(measured.splits, how.split)
    units = [x for x in task.units(run, how) if x.get("split", "dev") == split]
    # A unit may be of several kinds.
    kinds = sorted({y for x in units for y in _kinds(x)})
    if kind != ALL:
        if kind not in kinds:
            raise UsageError(f"--kind {kind}: no such kind of error on {split}",
                             accepted=", ".join([ALL, *kinds]))  # fmt: skip
        units = [x for x in units if kind in _kinds(x)]
    if not units:
        raise InputError(f"no errors on {split} to draw", file=measured.inputs[0].path)

    def order(x: Mapping[str, Any]) -> tuple[int, str]:
        key = f"{x.get('id')}/{x['unit']}/{x['where']}"
        return text_hash("draw/" + key, seed), key

    chosen = sorted(units, key=order)[:n]
    stratum = Drawn("error" if kind == ALL else f"error: {kind}", len(units), len(chosen),
                    len(chosen))  # fmt: skip
    rows = tuple(_row(x, split, stratum, seed) for x in chosen)
    if output is not None:
        write_whole_bytes(output, sheet_bytes(rows, separator_of(output), bom=bom))
    findings = [*about_split(split, how.split), *measured.notes]
    if len(chosen) < n:
        short = [{"what": "errors", "asked": n, "rows": len(units)}]
        findings.insert(0, Finding(FEWER_ROWS, {"short": short}))
    error = measured.estimate(task.choose(None, measured), split, Sampling(), draws=False)
    signature = Signature.of(measured.inputs, Sampling(seed=seed), DRAWN)
    return UnitSampleDocument(
        split, kind, None, None, len(units), (stratum,), rows, sheet_bytes(rows, ",").decode(),
        None, None if output is None else str(output), False, tuple(findings), signature,
        measured.columns, error.value,
    )  # fmt: skip


def _kinds(unit: Mapping[str, Any]) -> list[str]:
    return str(unit["category"]).split(SEVERAL)


def _row(unit: Mapping[str, Any], split: str, stratum: Drawn, seed: int) -> dict[str, str]:
    """Return a row of the sheet; its kind stands among the tags, to be kept or changed."""
    return {
        "id": cell_text(unit.get("id")), "split": split,
        **{x: cell_text(unit[x]) for x in UNIT},
        "stratum": stratum.name, "sampling_weight": weight_text(stratum), "seed": str(seed),
        **dict.fromkeys(REVIEW, ""),
    }  # fmt: skip
