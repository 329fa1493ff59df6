"""`sample` of a task: a sheet with a row for each erring unit that was drawn."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlstrat.core.counts import pick_split
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.hashing import text_hash
from mlstrat.core.wording import clean, count
from mlstrat.data.sheet.design import Drawn
from mlstrat.data.sheet.layout import REVIEW
from mlstrat.errors import InputError, UsageError
from mlstrat.places import is_standard
from mlstrat.show.document import Signature
from mlstrat.tasks.contract import How, Task
from mlstrat.tasks.findings import about_split
from mlstrat.workflow.error_table.findings import FEWER_ROWS
from mlstrat.workflow.error_table.sample_document import SampleDocument
from mlstrat.workflow.error_table.write import (
    cell_text,
    check_output,
    sheet_text,
    weight_text,
    write_sheet,
)

DRAWN = "errors by rising hash fmix64(FNV-1a-64('<seed>/draw/<id>/<unit>/<where>')) >> 1"
UNIT = ("unit", "category", "where", "truth", "prediction", "score")
ALL = "all"
SEVERAL = ";"
"""What parts the kinds of a unit."""


class UnitSampleDocument(SampleDocument):
    """Erring units that were drawn into a sheet."""

    error: float | None = None
    run: tuple[str, ...] = ()

    def _next(self, command: str) -> str:
        """Return a command that reads the sheet: with the run where a name is enough to find it."""
        words = ["mlstrat", command, clean(self.output or "", 200)]
        if self.run and command == "error-table":
            words += ["--run", *(clean(x, 200) for x in self.run)]
        elif self.error is not None and self.error <= 1:
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
    """Draw erring units of a split: a simple random sample, that the same seed repeats."""
    check_output(output)
    plain = isinstance(run, str | Path) and not how.options and not how.columns
    name = (str(run), "--task", task.name) if plain and not is_standard(run) else ()
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
    weight = weight_text(stratum)
    rows = tuple(unit_row(x, split, stratum.name, weight, seed) for x in chosen)
    write_sheet(output, rows, bom=bom)
    findings = [*about_split(split, how.split), *measured.notes]
    if len(chosen) < n:
        short = [{"what": "errors", "asked": n, "rows": len(units)}]
        findings.insert(0, Finding(FEWER_ROWS, {"short": short}))
    error = measured.estimate(task.choose(None, measured), split, Sampling(), draws=False)
    signature = Signature.of(measured.inputs, Sampling(seed=seed), DRAWN)
    return UnitSampleDocument(
        split, kind, None, None, len(units), (stratum,), rows, sheet_text(rows),
        None, None if output is None else str(output), False, tuple(findings), signature,
        measured.columns, error.value, name,
    )  # fmt: skip


def _kinds(unit: Mapping[str, Any]) -> list[str]:
    return str(unit["category"]).split(SEVERAL)


def unit_row(
    unit: Mapping[str, Any], split: str, stratum: str, weight: str, seed: int
) -> dict[str, str]:
    """Return a row of the sheet; its kind stands among the tags, to be kept or changed."""
    return {
        "id": cell_text(unit.get("id")), "split": split,
        **{x: cell_text(unit[x]) for x in UNIT},
        "stratum": stratum, "sampling_weight": weight, "seed": str(seed),
        **dict.fromkeys(REVIEW, ""),
    }  # fmt: skip
