"""The runs of a loop, read back: which example of dev each setting gets wrong, and dev's ledger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.record import Record
from mlstrat.errors import InputError
from mlstrat.places import make_folder
from mlstrat.workflow.gate.ledger import LedgerUse, read_ledger

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = ("id", "split", "label", "target", "prediction", "group")


class Errors(Record, eq=False):
    """Which examples of a split are wrong, in the order of their ids; a share over seeds.

    Of numbers, how far each prediction is from its target.
    """

    ids: NDArray[np.str_]
    wrong: NDArray[np.float64]
    units: NDArray[np.intp] | None


def dev_errors(paths: Sequence[Path]) -> Errors:
    """Return the errors on dev of one setting, its runs being one a seed."""
    import polars as pl

    found: Errors | None = None
    for path in paths:
        try:
            frame = pl.read_csv(path, infer_schema=False).fill_null("")
            held = frame.select([x for x in COLUMNS if x in frame.columns])
            dev = held.filter(pl.col("split") == "dev").sort("id", maintain_order=True)
        except (OSError, pl.exceptions.PolarsError):
            raise InputError("a run of this loop cannot be read", file=str(path),
                             hint="delete its folder: it is trained again") from None  # fmt: skip
        if "target" in dev.columns:
            said, right = (dev[x].cast(pl.Float64) for x in ("prediction", "target"))
            wrong = (said - right).abs().to_numpy()
        else:
            wrong = (dev["label"] != dev["prediction"]).to_numpy().astype(float)
        ids = dev["id"].to_numpy().astype(str)
        units = None
        if "group" in dev.columns:
            _, units = np.unique(dev["group"].to_numpy().astype(str), return_inverse=True)
        if found is None:
            found = Errors(ids, wrong / len(paths), units)
            continue
        if not np.array_equal(found.ids, ids):
            raise InputError("the runs of this loop are not of the same rows", file=str(path),
                             hint="delete the folder of the loop, and begin again")  # fmt: skip
        found = Errors(ids, found.wrong + wrong / len(paths), units)
    if found is None:
        raise InputError("no run", accepted="at least one")
    return found


def dev_mark(path: Path) -> str:
    """Return the fingerprint of the dev set of a run, by which a ledger knows it."""
    from mlstrat.workflow.splits.read import set_fingerprints

    return set_fingerprints(str(path), columns={}, split_as={})["dev"]


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
