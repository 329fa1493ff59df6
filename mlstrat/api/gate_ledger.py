"""The ledger of a gate: one more use of the dev and the test set, and whether dev is worn out."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mlstrat.api.gate_questions import Asker
from mlstrat.inputs.ledger import alone, ledger_text, read_ledger
from mlstrat.report.writing import write_whole
from mlstrat.workflow._figures import Figure
from mlstrat.workflow.findings import Finding
from mlstrat.workflow.ledger import COUNTED, UsedSet

Used = tuple[str, tuple[tuple[str, UsedSet], ...]]
"""The path of a ledger, and the sets of this run with their fingerprints."""


def gap_to_test(asker: Asker) -> Figure | None:
    """Return the gap dev → test of the run; None where it does not have both."""
    if not set(COUNTED) <= set(asker.main.cells.splits):
        return None
    return asker.gap("dev_overfit")(asker.how.sampling.confidence)


def count_use(path: str | Path, asker: Asker, gap: Figure | None) -> tuple[Used, list[Finding]]:
    """Write one more use of the dev and the test set of a run into the ledger.

    Raises
    ------
    InputError
        Where the ledger is none, or cannot be written; it stays as it was.
    """
    cells = asker.main.cells
    prints = asker.fingerprints()
    splits = [s for s in COUNTED if s in cells.splits]
    with alone(path):
        ledger = read_ledger(path)
        for split in splits:
            value = None if gap is None or split != "dev" else gap.value
            rows = cells.of_split(split).rows
            ledger = ledger.after(prints[split], split, rows, run_key(asker), value)
        write_whole(path, ledger_text(ledger))
    sets = tuple((prints[s], ledger.sets[prints[s]]) for s in splits)
    return (str(path), sets), _findings(sets, gap)


def run_key(asker: Asker) -> str:
    """Return what tells runs apart: the hash of the file, or of the counts of a frame."""
    known = asker.main.inputs[0].sha256
    if known is not None:
        return known[:16]
    cells = asker.main.cells
    columns = (cells.split, cells.truth, cells.predicted, cells.n)
    rows = sorted(zip(*(x.tolist() for x in columns), strict=True))
    return hashlib.sha256(repr((cells.labels, cells.splits, rows)).encode()).hexdigest()[:16]


def _findings(sets: tuple[tuple[str, UsedSet], ...], gap: Figure | None) -> list[Finding]:
    out = []
    by_split = {x.split: x for _, x in sets}
    dev = by_split.get("dev")
    if (
        gap is not None and gap.value is not None and gap.ci is not None and gap.ci[0] > 0
        and dev is not None and len(dev.runs) > 1
    ):  # fmt: skip
        first = next(iter(dev.gaps.values()), None)
        out.append(
            Finding("MLS522", {"gap": gap.value, "ci": list(gap.ci), "uses": dev.uses,
                               "runs": len(dev.runs), "first_gap": first})
        )  # fmt: skip
    uses = [{"split": x.split, "uses": x.uses, "runs": len(x.runs), "rows": x.rows}
            for _, x in sets]  # fmt: skip
    out.append(Finding("MLS521", {"sets": uses}))
    return out
