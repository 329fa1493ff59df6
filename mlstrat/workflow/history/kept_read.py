"""What a history keeps of its runs and of their pairs, so that none is counted twice.

An entry is known by the checksum of all that went into it: the bytes of the run and of each file
that its diagnosis reads, every option, and the program. So one that is found is right, whatever
lies where; what cannot be told so (labels in another file, a run with something odd to say) is
counted each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from mlstrat.core.figures import Estimate, Figure
from mlstrat.core.metrics import METRICS, MetricChoice
from mlstrat.core.record import Record
from mlstrat.core.wording import clean, count
from mlstrat.data.asked.read_as import BESIDE, FILTER
from mlstrat.data.own_files import checksum, checksum_of, keep, own_folder, program, read_kept
from mlstrat.data.parts import state_of
from mlstrat.data.values import SPELLING
from mlstrat.errors import MlstratError
from mlstrat.show.document import Signature
from mlstrat.tasks.findings import listening
from mlstrat.workflow.diagnose.document import DiagnosisDocument
from mlstrat.workflow.diagnose.ladder import Decomposition, Gap, Level
from mlstrat.workflow.history.read import PastRun

PLAIN = frozenset({
    "columns", "split", "split_as", "positive", "threshold", "choose_threshold", "confidence",
    "config", "checksum", "average", "beta", "seed", "resamples", "metric", "tolerance",
    "human_error", "human", "different_distributions",
})  # fmt: skip
"""Options of a diagnosis that name no file but ``config`` and ``human``."""


class Past(Record):
    """What a history needs of the diagnosis of a run: the ladder, the number, its basis."""

    ladder: Decomposition
    loss: MetricChoice
    measure: MetricChoice
    number: Figure
    signature: Signature

    @classmethod
    def of(cls, document: DiagnosisDocument) -> Past:
        """Return what is needed of a diagnosis."""
        found = document.diagnosis
        return cls(document.ladder(), found.level_metric, found.number.choice,
                   found.number.figure, document.signature)  # fmt: skip

    @classmethod
    def told(cls, said: Mapping[str, Any]) -> Past:
        """Return what an entry says."""
        ladder = said["ladder"]
        levels = tuple(
            Level(x["name"], Estimate(**_ends(x["estimate"])), x["fixed"], x["bayes"])
            for x in ladder["levels"]
        )
        gaps = tuple(Gap(**_ends(x)) for x in ladder["gaps"])
        signature = said["signature"]
        return cls(
            Decomposition(**{
                **ladder, "levels": levels, "gaps": gaps, "focus": tuple(ladder["focus"]),
            }),
            _choice(said["loss"]),
            _choice(said["measure"]),
            Figure(**_ends(said["number"])),
            Signature(**{**signature, "inputs": tuple(signature["inputs"])}),
        )  # fmt: skip


LEVEL = ("value", "ci", "n", "reason", "variance", "errors", "trials", "degrees")
"""Of an estimate, without its resamples: a history asks for no more."""

LADDER = ("attention", "verdict", "tolerance", "surpassed", "leading", "test_unlike_dev", "most")


def noted(past: Past) -> dict[str, Any]:
    """Return what is needed of a run as JSON can say it."""
    return {
        "ladder": {
            "levels": [
                {"name": x.name, "fixed": x.fixed, "bayes": x.bayes,
                 "estimate": {name: getattr(x.estimate, name) for name in LEVEL}}
                for x in past.ladder.levels
            ],
            "gaps": [_fields(x) for x in past.ladder.gaps],
            "focus": list(past.ladder.focus),
            **{name: getattr(past.ladder, name) for name in LADDER},
        },
        "loss": named(past.loss),
        "measure": named(past.measure),
        "number": _fields(past.number),
        "signature": _fields(past.signature),
    }  # fmt: skip


def _fields(told: Any) -> dict[str, Any]:
    """Return what it was made from, without what it has worked out since."""
    return {x.name: getattr(told, x.name) for x in fields(told)}


def _ends(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return keywords whose intervals are pairs again."""
    return {
        name: (float(x[0]), float(x[1])) if name in ("ci", "bounds") and x is not None else x
        for name, x in said.items()
    }


def named(choice: MetricChoice) -> list[Any]:
    """Return a metric of classification as JSON can say it."""
    return [choice.metric.name, choice.average, choice.positive, choice.beta]


def _choice(said: list[Any]) -> MetricChoice:
    name, *how = said
    return MetricChoice(METRICS[name], *how)


@dataclass
class Kept:
    """The entries of one history: those of before, those that were asked for, and what is new."""

    place: Path | None
    basis: str
    config: str | None = None
    human: str | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    now: dict[str, Any] = field(default_factory=dict)
    keys: dict[Path, str] = field(default_factory=dict)
    new: bool = False
    runs: int = 0
    """Runs that were not counted."""

    @classmethod
    def of(cls, folder: str | Path, options: Mapping[str, Any], *, wanted: bool = True) -> Kept:
        """Return what is kept of a folder's runs with these options; nothing, where not wanted."""
        nothing = cls(None, "")
        given = {k: x for k, x in options.items() if x is not None and x is not False}
        may = wanted and BESIDE.get() is None and given.keys() <= PLAIN
        root = own_folder("cache") if may else None
        if root is None:
            return nothing
        files = {name: str(x) for name in ("config", "human") if (x := given.pop(name, None))
                 and isinstance(x, str | Path)}  # fmt: skip
        if options.get("human") is not None and "human" not in files:  # what a call returned
            return nothing
        spelling, condition = SPELLING.get(), FILTER.get()
        try:
            basis = checksum(
                program(), sorted(spelling.labels.items()), sorted(spelling.ignored),
                [spelling.any_case, spelling.any_of, spelling.shift, spelling.as_classes],
                None if condition is None else repr(condition),
                {k: dict(x) if isinstance(x, Mapping) else x for k, x in given.items()}, files,
            )  # fmt: skip
            name = checksum(str(Path(folder).absolute()), str(folder), basis)[:32]
        except (OSError, TypeError, ValueError):
            return nothing
        place = root / "history" / f"{name}.json"
        return cls(place, basis, files.get("config"), files.get("human"), read_kept(place))

    def past(self, run: PastRun, diagnosed: Callable[[], DiagnosisDocument]) -> Past:
        """Return what is needed of a run, diagnosed where it is not kept."""
        read = [run.path, *(Path(x) for x in (self.config or run.project, run.beside, self.human)
                            if x is not None)]  # fmt: skip
        states = _states(read)  # before their bytes are looked at
        key = self._key(read)
        if key is not None and (kept := _told(self.before.get(key))) is not None:
            self.keys[run.path], self.now[key] = key, self.before[key]
            self.runs += 1
            return kept
        with listening() as odd:
            found = Past.of(diagnosed())
        still = states is not None and _states(read) == states
        if key is not None and still and not odd and _of_labels(found):
            self.keys[run.path], self.now[key], self.new = key, noted(found), True
        return found

    def _key(self, read: list[Path]) -> str | None:
        if self.place is None:
            return None
        try:
            return checksum(self.basis, [(str(path), checksum_of(path)) for path in read])
        except OSError:
            return None

    def shared(
        self, a: Path, b: Path, basis: object, counted: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        """Return what two runs share, counted where it is not kept.

        ``basis`` is what else it depends on; ``counted`` gives ``levels``, the correlation of each,
        and the ``reason`` why not.
        """
        known = a in self.keys and b in self.keys
        key = checksum("pair", self.keys[a], self.keys[b], basis) if known else ""
        found = self.before.get(key)
        if isinstance(found, dict) and found.keys() == {"levels", "reason"}:
            self.now[key] = found
            return found
        with listening() as odd:
            entry = counted()
        if known and not odd:
            self.now[key], self.new = entry, True
        return entry

    def end(self) -> str:
        """Keep what is new, and say what was not counted: nothing where all was."""
        if self.place is not None and (self.new or self.now.keys() != self.before.keys()):
            keep(self.place, self.now)
        if not self.runs:
            return ""
        runs = f"{count(self.runs)} run{'s' if self.runs > 1 else ''}"
        where = clean(str(self.place), 200)
        return f"{runs} of the history did not change and were not counted again; kept in {where}"


def _told(entry: Any) -> Past | None:
    try:
        return None if entry is None else Past.told(entry)
    except (LookupError, TypeError, ValueError, AttributeError, MlstratError):
        return None


def _of_labels(past: Past) -> bool:
    """Whether it was measured by metrics of classification, which have names; no task's own."""
    return all(METRICS.get(x.metric.name) is x.metric for x in (past.loss, past.measure))


def _states(paths: list[Path]) -> list[tuple[int, int]] | None:
    try:
        return [state_of(path) for path in paths]
    except OSError:
        return None
