"""The uses of a dev set: counted in the ledger that a gate keeps, a comparison each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlstrat.places import make_folder
from mlstrat.workflow.gate.ledger import LedgerUse, read_ledger


def _key(identity: str, run: str) -> str:
    return f"improve-{identity[:12]}/{run}"


def uses_of(ledger: Any, mark: str, identity: str) -> tuple[int, bool]:
    """Return the comparisons on a dev set before this loop, and whether another loop made some."""
    if ledger is None:
        return 0, False
    held = read_ledger(ledger).sets.get(mark)
    if held is None:
        return 0, False
    own = sum(x.startswith(f"improve-{identity[:12]}/") for x in held.runs)
    loops = {x.partition("/")[0] for x in held.runs if x.startswith("improve-")}
    return held.uses - own, bool(loops - {f"improve-{identity[:12]}"})


def count_use(ledger: Any, mark: str, identity: str, run: str, dev: Any) -> None:
    """Count one comparison on dev, unless it was counted before this loop was interrupted."""
    if ledger is None:
        return
    make_folder(Path(ledger).resolve().parent)
    with LedgerUse(ledger) as use:
        counts = use.read()
        key = _key(identity, run)
        held = counts.sets.get(mark)
        if held is None or key not in held.runs:
            counts = counts.after(mark, "dev", len(dev), key, None)
        use.prepare(counts)
