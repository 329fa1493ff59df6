"""The ledger of a gate: one more use of the dev and the test set, and whether dev is worn out."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, Self

from mlstrat.core.figures import Figure
from mlstrat.core.findings import Finding
from mlstrat.places import cannot
from mlstrat.show.writing import whole_files
from mlstrat.workflow.gate.findings import DEV_WORN_OUT, USES_OF_SETS
from mlstrat.workflow.gate.ledger_file import alone, ledger_text, read_ledger
from mlstrat.workflow.gate.questions import Asker
from mlstrat.workflow.gate.uses import COUNTED, Ledger, UsedSet

Used = tuple[str, tuple[tuple[str, UsedSet], ...]]
"""The path of a ledger, and the sets of this run with their fingerprints."""


def gap_to_test(asker: Asker[Any, Any]) -> Figure | None:
    """Return the gap dev → test of the run; None where it does not have both."""
    if not set(COUNTED) <= set(asker.main.splits):
        return None
    return asker.gap("dev_overfit")(asker.how.sampling.confidence)


class LedgerUse:
    """One use that is counted where its block ends without an error: after it was delivered.

    What was counted before would count again when a gate that could tell nobody is run again; what
    is counted after is lost only where the process dies in the instant between. So the new ledger
    lies on the disk, whole, before anything is told, which shows what could go wrong; afterwards it
    is only moved to its place. From the look at the old ledger on, other processes wait.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = path
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def read(self) -> Ledger:
        """Return the ledger as it is, and keep others away from it."""
        self._open.enter_context(alone(self.path))
        return read_ledger(self.path)

    def prepare(self, ledger: Ledger) -> None:
        """Write the ledger beside its place.

        Raises
        ------
        InputError
            Where it cannot be written; the old one stays.
        """
        (file,) = self._open.enter_context(whole_files(Path(self.path).resolve()))
        try:
            with file.open("wb") as stream:
                stream.write(ledger_text(ledger).encode())
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise cannot(self.path, error) from None


def count_use(
    ledger: str | Path | LedgerUse, asker: Asker[Any, Any], gap: Figure | None
) -> tuple[Used, list[Finding]]:
    """Count one more use of the dev and the test set of a run in the ledger.

    Raises
    ------
    InputError
        Where the ledger is none, or cannot be written; it stays as it was.
    """
    if not isinstance(ledger, LedgerUse):
        with LedgerUse(ledger) as use:
            return count_use(use, asker, gap)
    prints = asker.fingerprints()
    splits = [s for s in COUNTED if s in asker.main.splits]
    counts = ledger.read()
    for split in splits:
        value = None if gap is None or split != "dev" else gap.value
        rows = asker.rows(split)
        counts = counts.after(prints[split], split, rows, asker.run_key(), value)
    ledger.prepare(counts)
    sets = tuple((prints[s], counts.sets[prints[s]]) for s in splits)
    return (str(ledger.path), sets), _findings(sets, gap)


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
            Finding(DEV_WORN_OUT, {"gap": gap.value, "ci": list(gap.ci), "uses": dev.uses,
                               "runs": len(dev.runs), "first_gap": first})
        )  # fmt: skip
    uses = [{"split": x.split, "uses": x.uses, "runs": len(x.runs), "rows": x.rows}
            for _, x in sets]  # fmt: skip
    out.append(Finding(USES_OF_SETS, {"sets": uses}))
    return out
