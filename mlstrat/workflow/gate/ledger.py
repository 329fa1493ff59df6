"""The ledger of a gate: one more use of the dev and the test set, and whether dev is worn out.

It is a small JSON file that a team commits, written with ``gate --ledger FILE``. A set
that is chosen on again and again wears out.

Source: C3W1 Train/dev/test distributions; Machine Learning Yearning 11 (when to change dev and
test sets); Dwork et al. (2015), The reusable holdout, Science 349.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any, Self

from mlstrat.core.figures import Figure
from mlstrat.core.findings import Finding
from mlstrat.core.record import Record
from mlstrat.data.config import parse_json
from mlstrat.data.formats.contents import read_text_file
from mlstrat.errors import InputError
from mlstrat.places import cannot
from mlstrat.show.writing import whole_files
from mlstrat.workflow.gate.findings import DEV_WORN_OUT, USES_OF_SETS
from mlstrat.workflow.gate.questions import Asker

COUNTED = ("dev", "test")
"""The sets that wear out: those that models are chosen and judged on."""


class UsedSet(Record):
    """A set, and the gates that looked at it.

    ``uses`` counts gates, ``runs`` holds a key for each distinct run, ``gaps`` the gap dev → test
    at each of these that had both, by the key of the run.
    """

    split: str
    rows: int
    uses: int = 0
    runs: tuple[str, ...] = ()
    gaps: Mapping[str, float] = field(default_factory=dict)

    def used(self, run: str, gap: float | None) -> UsedSet:
        """Return the set after one more use."""
        runs = self.runs if run in self.runs else (*self.runs, run)
        gaps = dict(self.gaps) if gap is None else {**self.gaps, run: gap}
        return replace(self, uses=self.uses + 1, runs=runs, gaps=gaps)


class Ledger(Record):
    """All sets, by fingerprint."""

    sets: Mapping[str, UsedSet] = field(default_factory=dict)

    def after(self, fingerprint: str, split: str, rows: int, run: str, gap: float | None) -> Ledger:
        """Return the ledger after one more use of a set."""
        known = self.sets.get(fingerprint) or UsedSet(split, rows)
        return Ledger({**self.sets, fingerprint: known.used(run, gap)})


SCHEMA = "mlstrat.ledger/1"


PATIENCE = 30.0
"""Seconds to wait for another process that writes the same ledger."""


def read_ledger(path: str | Path) -> Ledger:
    """Return the ledger; one without entries where there is no file."""
    if not os.path.exists(path):  # noqa: PTH110  a folder that may not be searched is none
        return Ledger()
    text = read_text_file(path, "JSON")
    try:
        document = parse_json(text)
        if document["schema"] != SCHEMA:
            raise _no_ledger(path)
        return Ledger({str(k): _used(x) for k, x in document["sets"].items()})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _no_ledger(path) from None


def _used(entry: dict[str, Any]) -> UsedSet:
    uses, rows = entry["uses"], entry["rows"]
    gaps = {str(k): float(v) for k, v in entry["dev_to_test"].items()}
    if not (type(uses) is type(rows) is int and uses >= 0 and rows >= 0):
        raise ValueError("counts")
    if not all(math.isfinite(x) for x in gaps.values()) or not isinstance(entry["runs"], list):
        raise ValueError("values")
    return UsedSet(str(entry["split"]), rows, uses, tuple(str(x) for x in entry["runs"]), gaps)


def ledger_text(ledger: Ledger) -> str:
    """Return the ledger as it is written: a line an entry, so that it merges and reads well."""
    sets = {
        key: {"split": x.split, "rows": x.rows, "uses": x.uses, "runs": list(x.runs),
              "dev_to_test": dict(x.gaps)}
        for key, x in sorted(ledger.sets.items())
    }  # fmt: skip
    return json.dumps({"schema": SCHEMA, "sets": sets}, indent=1, ensure_ascii=False) + "\n"


@contextlib.contextmanager
def alone(path: str | Path) -> Iterator[None]:
    """Hold the ledger against other processes while it is read and written again.

    The folder is locked where the system can do that, which leaves nothing behind; else a file
    beside the ledger, which must not be there, is.
    """
    folder = Path(path).resolve().parent
    try:
        import fcntl
    except ImportError:  # Windows
        with _lock_file(Path(path)):
            yield
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise cannot(path, error) from None
    try:
        _wait(lambda: fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB), path)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def _lock_file(path: Path) -> Iterator[None]:
    lock = path.with_name(f"{path.name}.lock")

    def take() -> None:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            raise BlockingIOError from None

    _wait(take, path)
    try:
        yield
    finally:
        lock.unlink()


def _wait(take: Any, path: str | Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            take()
            return
        except BlockingIOError:
            if time.monotonic() > until:
                raise InputError(
                    "another process holds the ledger",
                    file=str(path),
                    hint="wait for it, or end it",
                ) from None
            time.sleep(0.02)
        except OSError as error:
            raise cannot(path, error) from None


def _no_ledger(path: str | Path) -> InputError:
    return InputError(
        "is not a ledger of mlstrat",
        file=str(path),
        accepted=f'JSON with "schema": "{SCHEMA}", as gate --ledger writes it',
        hint="name a file that is not there yet to begin a new one",
    )


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
        """Write the ledger beside its place."""
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
    """Count one more use of the dev and the test set of a run in the ledger."""
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
