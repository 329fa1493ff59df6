"""`report --check-only`: every input opened and looked at, nothing computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.findings import Finding
from mlstrat.core.record import Record
from mlstrat.core.wording import Scale, clean, count, shown_reason
from mlstrat.data.run_folders import find_history
from mlstrat.data.settings import settle
from mlstrat.errors import InputError, MlstratError
from mlstrat.show import html
from mlstrat.show.blocks import Block, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, findings_blocks, head
from mlstrat.tasks.asking import other_task, skippable
from mlstrat.tasks.classification.run import look_at_run
from mlstrat.workflow.history.findings import RUN_LEFT_OUT
from mlstrat.workflow.history.read import read_past
from mlstrat.workflow.report.answer import refuse_strays
from mlstrat.workflow.report.command import REPORT, Asked

if TYPE_CHECKING:
    from mlstrat.core.schema_parts import Input
    from mlstrat.workflow.report import schema


Part = Literal["run", "baseline", "review", "candidates", "history"]


class Checked(Record):
    """One input: what it is for, its path, its rows where they were read."""

    part: Part
    path: str
    rows: int | None

    def to_dict(self) -> schema.CheckedInput:
        """Return the JSON of one input."""
        return {"part": self.part, "path": self.path, "rows": self.rows}


class CheckDocument(Document):
    """Inputs of a report that can be read."""

    checked: tuple[Checked, ...]
    findings: tuple[Finding, ...]
    signature: Signature

    def to_dict(self) -> schema.ReportCheck:
        """Return the JSON document."""
        return {
            "schema": "mlstrat.report-check/1",
            **head(self.signature, self.findings),
            "verdict": "ok",
            "checked": [x.to_dict() for x in self.checked],
        }

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        rows = tuple(
            (x.part, clean(x.path), "header only" if x.rows is None else count(x.rows))
            for x in self.checked
        )
        blocks: list[Block] = [
            Verdict("The inputs can be read."),
            Table(("input", "file", "rows read"), rows, left=2),
        ]
        if any(x.rows is None for x in self.checked):
            blocks.append(Paragraph("Of large files the columns were checked, and no rows."))
        return blocks + findings_blocks(self.findings, Scale())

    def records(self) -> list[dict[str, Any]]:
        """Return one record an input."""
        return [{**x.to_dict()} for x in self.checked]

    def render(self, how: str) -> str:
        """Return the document in one of the formats of a report."""
        return (
            html.page("Inputs", self.blocks(), "mlstrat") if how == "html" else super().render(how)
        )


def broken_finding(broken: list[dict[str, str]]) -> tuple[Finding, ...]:
    """Return what is to be known about runs that are left out."""
    runs: list[Mapping[str, str]] = list(broken)
    return (Finding(RUN_LEFT_OUT, {"runs": runs}),) if runs else ()


@skippable
@asks(REPORT)
def check_report(run: Any, **asked: Unpack[Asked]) -> CheckDocument:
    """Return which inputs of a report can be read.

    Files up to 64 MiB are read to the last row, two runs are paired; of larger ones the header is
    checked, so that this is fast whatever the size. No interval is computed.
    """
    baseline, review, candidates = asked["baseline"], asked["review"], asked["candidates"]
    refuse_strays(run, baseline, asked["margin"], asked["by"])
    other_task({**asked, "check_only": True}, run, "check_only")
    how = settle(run, asked)
    looked = [_look("run", run, asked)]
    if baseline is not None:
        looked.append(_look("baseline", baseline, asked, asked["by"]))
        if all(x.rows is not None for x in looked):
            _pair(baseline, run, asked, how.split)
    if review is not None:
        from mlstrat.data.sheet.read import read_sheet

        looked.append(Checked("review", str(review), len(read_sheet(review).rows)))
    if candidates is not None:
        from mlstrat.workflow.select.read import read_candidates

        table = read_candidates(candidates, name=how.config.select.get("name"),
                                n=how.config.select.get("n"))  # fmt: skip
        looked.append(Checked("candidates", str(candidates), len(table.names)))
    broken: list[dict[str, str]] = []
    if (history := asked["history"]) is not None:
        past = _history(history, asked, broken)
        if not past:
            raise InputError("no run in this folder can be read", file=str(history))
        looked += past
    inputs: tuple[Input, ...] = tuple(
        {"path": x.path, "bytes": None, "sha256": None, "rows": x.rows} for x in looked
    )
    signature = Signature.of(inputs, how.sampling, "nothing is computed")
    return CheckDocument(tuple(looked), broken_finding(broken), signature)


def _look(part: Part, source: Any, asked: Asked, by: Sequence[str] = ()) -> Checked:
    from mlstrat.tasks.classification.run import read_run

    options = settle(source, asked).reading
    found = look_at_run(source, by=by, **options)
    rows = read_run(source, **options).cells.rows if found.small else None
    return Checked(part, found.path, rows)


def _pair(baseline: Any, run: Any, asked: Asked, split: str | None) -> None:
    """Pair two runs, as a comparison does, and forget the outcome."""
    from mlstrat.tasks.classification.pairing import read_pair

    options = settle(baseline, asked).reading
    both = (options.pop("columns"), settle(run, asked).reading["columns"])
    read_pair(baseline, run, columns=both, split=split, by=asked["by"], **options)


def _history(folder: str | Path, asked: Asked, broken: list[dict[str, str]]) -> list[Checked]:
    out = []
    for path in find_history(folder):
        try:
            read_past(path)
            out.append(_look("history", path, asked))
        except MlstratError as error:
            if not asked["skip_broken"]:
                raise
            broken.append({"path": str(path), "reason": shown_reason(error)})
    return out
