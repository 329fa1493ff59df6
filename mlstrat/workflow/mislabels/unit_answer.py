"""`mislabels --suspects` of a task: erring units whose truth is likely to be wrong, not the output.

Where a second run is named, what all runs say and the truth does not; else what the score of the
task itself ranks: genuine pairs with the lowest scores, impostor pairs with the highest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mlstrat.core.counts import pick_split
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.wording import Scale, clean, count, files_read
from mlstrat.data.guard import guard
from mlstrat.data.settings import first, settle
from mlstrat.data.sheet.design import SUSPECT
from mlstrat.errors import UsageError
from mlstrat.show.blocks import Block, Paragraph, Table, Verdict
from mlstrat.show.document import Signature, findings_blocks
from mlstrat.show.writing import write_whole_bytes
from mlstrat.tasks.asking import how_of
from mlstrat.tasks.contract import Task
from mlstrat.tasks.findings import TEST_LOOKED_AT
from mlstrat.workflow.error_table.automatic.sample_answer import UNIT, unit_row
from mlstrat.workflow.error_table.write import check_output, separator_of, sheet_bytes
from mlstrat.workflow.mislabels.command import Asked
from mlstrat.workflow.mislabels.findings import RANKING_ONLY
from mlstrat.workflow.mislabels.suspects_document import (
    MOST_PAIRS,
    NOTHING_FOUND,
    SuspectsDocument,
)

RANKINGS = {
    "agreement": "what every run says of a unit, and the truth does not; in the order of the run",
    "score": "by how far the score of a wrong unit speaks against its truth",
}
PICKED, MOST_PICKED = 100, 1_000_000
Unit = Mapping[str, Any]
Ranking = Literal["agreement", "score"]


@dataclass(frozen=True)
class UnitSuspectsDocument(SuspectsDocument):
    """Erring units whose truth is likely to be wrong, in a sheet to be read."""

    units: int = 0

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        drawn = len(self.sheet)
        where = "" if self.path is None else f", in {clean(self.path)}: fill in mislabeled"
        text = f"{count(drawn)} suspects of {count(self.units)} errors of {self.split}{where}."
        if not drawn:
            text = f"No suspects among {count(self.units)} errors of {self.split}."
        blocks: list[Block] = [Verdict(text), Paragraph(f"Ranked {self._how()}.")]
        if drawn:
            names = ("id", *UNIT[:-1])
            rows = tuple(tuple(clean(row[x], 24) or "–" for x in names)
                         for row in self.sheet[:MOST_PAIRS])  # fmt: skip
            blocks.append(Table(names, rows, left=len(names)))
        else:
            blocks.append(Paragraph(NOTHING_FOUND))
        blocks += findings_blocks(self.findings, Scale())
        blocks.append(Paragraph(f"Read {files_read(self.signature.inputs)}."))
        return blocks

    def _how(self) -> str:
        if self.ranking == "agreement":
            return "by agreement: every run says so, and the truth does not"
        return "by the score, which speaks against the truth"


def find_unit_suspects(
    run: Any, others: Sequence[Any], task: Task, asked: Asked
) -> UnitSuspectsDocument:
    """Return the units whose truth is most likely wrong, and write them into a review sheet.

    Parameters
    ----------
    run, others
        The run, and others on the same examples: of these, all must say the same.
    task
        What they predict.
    asked
        The keywords of `mislabels`.

    Raises
    ------
    InputError, UsageError, ConfigError
        Also for a sheet whose filled cells would be lost, and where nothing ranks the errors.
    """
    n, output = first(asked["n"], PICKED), asked["output"]
    if not 1 <= n <= MOST_PICKED:
        raise UsageError(f"-n is {n}", accepted=f"1 to {MOST_PICKED:,} rows")
    guard([output], [run, *others], config=asked["config"])
    if output is not None:
        check_output(output)
    how = settle(run, asked)
    reads = how_of(how, checksum=asked["checksum"])
    run = task.opened(run, reads)
    measured = task.measure(run, reads)
    split = pick_split(measured.splits, how.split)
    wrong = _units(task, run, reads, split)
    inputs = list(measured.inputs)
    if others:
        kept = [x for x in wrong if _said(x)]
        for other in others:
            opened = task.opened(other, reads)
            task.pair(run, opened, (reads, reads))  # of the same examples, and of one truth
            inputs += task.measure(opened, reads).inputs
            theirs = {_key(x) for x in _units(task, opened, reads, split)}
            kept = [x for x in kept if _key(x) in theirs]
    else:
        kept = task.suspects(wrong, reads)
    ranking: Ranking = "agreement" if others else "score"
    seed = how.sampling.seed
    sheet = tuple(unit_row(x, split, SUSPECT, "", seed) for x in kept[:n])
    written = None
    if output is not None and sheet:
        write_whole_bytes(output, sheet_bytes(sheet, separator_of(output)))
        written = str(output)
    findings = [Finding(RANKING_ONLY, {
        "rows": len(sheet), "found": len(kept), "ranking": ranking, "none_confident": 0,
    })]  # fmt: skip
    if split == "test":
        findings.append(Finding(TEST_LOOKED_AT, {"split": split}))
    return UnitSuspectsDocument(
        split, measured.examples(split), len(kept), {}, {}, sheet, len(sheet), 0, ranking,
        written, tuple(findings), Signature.of(inputs, Sampling(seed=seed), RANKINGS[ranking]),
        units=len(wrong),
    )  # fmt: skip


def _units(task: Task, run: Any, reads: Any, split: str) -> list[Unit]:
    return [x for x in task.wholes(run, reads) if x.get("split", "dev") == split]


def _said(unit: Unit) -> bool:
    """Whether a unit is something that was predicted: what is missing, several may miss."""
    return unit["prediction"] not in (None, "")


def _key(unit: Unit) -> tuple[Any, ...]:
    """Return what two runs must say alike: of which example, of what in it, and what."""
    named = unit["unit"] if unit["prediction"] in ("0", "1") else None
    return unit.get("id"), named, " ".join(str(unit["prediction"]).split())
