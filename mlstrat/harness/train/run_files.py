"""A trained run, and how it comes to stand in a folder: whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.record import Record
from mlstrat.data.config import HELD, toml_value
from mlstrat.errors import InputError, UsageError
from mlstrat.harness.recipes.recipe import SPLITS, Fitted, HumanLevel, Note, Recipe
from mlstrat.harness.train.task import Task
from mlstrat.places import check_place, keep_mode, make_folder, telling, telling_a_full_disk
from mlstrat.show.writing import removed_at_the_end

if TYPE_CHECKING:
    import pandas as pd

RUN, CONFIG = "run.csv", "run.toml"
TASK_FILES = tuple(
    f"{split}{ending}"
    for split in SPLITS
    for ending in (".ndjson", ".conll", ".csv", ".truth.csv", ".json", ".truth.json")
)
"""What runs of other tasks than classification may hold."""
UNKNOWN_HUMAN = "not known: diagnose bounds avoidable bias"


class TrainedRun(Record, eq=False):
    """What training gave."""

    task: Task
    seed: int
    table: pd.DataFrame
    """The run: id, split, label, prediction, columns to slice by, one ``prob_<class>`` a class."""
    latency_ms: float
    batch_latency_ms: float
    size_bytes: int
    versions: dict[str, str]
    notes: Mapping[str, Note] = field(default_factory=dict)
    seconds: float = 0.0
    files: tuple[str, ...] = ()
    fitted: Fitted | None = None

    @property
    def recipe(self) -> Recipe:
        """The recipe, its knobs turned."""
        if self.task.recipe is None:
            raise ValueError("a run of own data has no recipe")
        return self.task.recipe

    @property
    def human(self) -> HumanLevel | None:
        """The human level; None where it is not known."""
        return self.task.human

    @property
    def command(self) -> str | None:
        """The command that makes this run again; None where data came from memory."""
        return self.task.command

    @property
    def rows(self) -> dict[str, int]:
        """Rows by split, in the order of the ladder."""
        return {split: len(rows) for split, rows in self.task.splits.items()}

    @property
    def wrong(self) -> dict[str, int]:
        """Errors by split, counted, in the order of the ladder; none of numbers."""
        if self.task.examples.number:
            return {}
        wrong = self.table["label"] != self.table["prediction"]
        counts = wrong.groupby(self.table["split"]).sum()
        return {split: int(counts[split]) for split in self.task.splits}

    @property
    def errors(self) -> dict[str, float]:
        """Error by split, as a fraction (of numbers the mean distance), as the ladder has them."""
        if self.task.examples.number:
            far = (self.table["target"] - self.table["prediction"]).abs()
            means = far.groupby(self.table["split"]).mean()
            return {split: float(means[split]) for split in self.task.splits}
        return {split: wrong / self.rows[split] for split, wrong in self.wrong.items()}


def csv_text(run: TrainedRun) -> str:
    """Write the run out as CSV; same recipe, seed and versions, same text."""
    table = run.table.copy()
    for name in table.columns:
        if name.startswith("prob_"):
            table[name] = [_decimal(share) for share in table[name]]
    return table.to_csv(index=False, lineterminator="\n")


def toml_text(run: TrainedRun) -> str:
    """Write out the config that ``diagnose`` reads from beside the run."""
    task = run.task
    noted: dict[str, Any] = {"recipe": task.name} if task.recipe is not None else {}
    noted |= {
        **({} if run.command is None else {"command": run.command}),
        "seed": run.seed,
        "dataset": f"{task.title}; {task.design}",
        "model": task.shown,
        "rows": run.rows,
        "latency_ms": round(run.latency_ms, 4),
        "size_bytes": run.size_bytes,
        **task.notes,
        **run.notes,
    }
    if task.remarks:
        noted["remarks"] = task.remarks
    if task.recipe is not None:
        noted["shows"] = task.recipe.shows
    if task.human is None:
        noted["human_level"] = UNKNOWN_HUMAN
    noted["versions"] = run.versions
    text = config_text(noted, _settings(task.mismatched, task.tolerance, task.positive), task.human)
    return text + ('\n[task]\nname = "regression"\n' if task.examples.number else "")


def config_text(
    noted: Mapping[str, Any], settings: Mapping[str, Any], human: HumanLevel | None
) -> str:
    """Return the config of a run: what is noted of it, how it is read, and the human level."""
    tables: dict[str, Mapping[str, Any]] = {"run": noted, "diagnose": settings}
    if human is not None:
        known = {"known": True} if human.known else {}
        tables["human"] = {"error": human.error, "source": human.source, **known}
    return "\n".join(
        "".join([f"[{name}]\n", *(f"{key} = {toml_value(x)}\n" for key, x in table.items())])
        for name, table in tables.items()
    )


def _settings(mismatched: bool, tolerance: float, positive: str | None) -> dict[str, Any]:
    return {
        **({"different_distributions": True} if mismatched else {}),
        "tolerance": tolerance,
        **({} if positive is None else {"positive": positive}),
    }


def framed(run: TrainedRun) -> pd.DataFrame:
    """Return the run as a frame that carries its config, as the folder of a run does."""
    frame = run.table.copy()
    frame.attrs[HELD] = toml_text(run)
    return frame


def weights_in(folder: Path, *names: str) -> Path:
    """Return the weights that a run's folder holds: the first of these names."""
    if not folder.is_dir():
        raise InputError("this is not the folder of a run", file=str(folder),
                         accepted="a folder that `mlstrat train` wrote")  # fmt: skip
    for path in (folder / name for name in names):
        if path.is_file():
            return path
    raise InputError("the run holds no weights", file=str(folder),
                     accepted=f"{' or '.join(names)} beside run.csv",
                     hint="train it again with --weights")  # fmt: skip


def files_of(folder: Path) -> list[Path]:
    """Return all files that a run may be."""
    from mlstrat.harness.networks import fitted
    from mlstrat.harness.train import estimators

    names = (RUN, CONFIG, estimators.WEIGHTS, fitted.WEIGHTS, *TASK_FILES)
    return [folder / name for name in names]


def refuse_to_overwrite(folder: Path, *, force: bool) -> None:
    """Check that a run may be written to this folder."""
    refuse_a_file(folder)
    held = [name for name in (RUN, CONFIG) if (folder / name).exists()]
    if held and not force:
        raise UsageError(
            f"the folder already holds {' and '.join(held)}",
            file=str(folder),
            hint="name another folder, or overwrite with --force",
        )
    for name in held:
        check_place(folder / name)


def refuse_a_file(folder: Path) -> None:
    """Check that a path is no file."""
    if folder.exists() and not folder.is_dir():
        raise UsageError("this is a file, not a folder", file=str(folder), hint="name a folder")


def write_run(
    run: TrainedRun, folder: Path, *, force: bool = False, weights: Fitted | None = None
) -> list[str]:
    """Write ``run.csv``, ``run.toml`` and the weights, all or none; return their names."""
    return write_files({CONFIG: toml_text(run), RUN: csv_text(run)}, folder, weights, force=force)


def write_files(texts: Mapping[str, str], folder: Path, weights: Any, *, force: bool) -> list[str]:
    """Write a config, a run and the weights, all or none; return their names."""
    refuse_to_overwrite(folder, force=force)
    make_folder(folder)
    with telling_a_full_disk(folder), telling(folder):
        return _write_all(folder, texts, weights)


def _write_all(folder: Path, texts: Mapping[str, str], weights: Any) -> list[str]:
    """Write every file in a folder beside their places before any takes its place."""
    beside = folder / f".run.{os.getpid()}.tmp"
    with removed_at_the_end([beside]):
        shutil.rmtree(beside, ignore_errors=True)  # of a process of this number that was killed
        beside.mkdir()
        if weights is not None:
            weights.save(beside)
        names = [*sorted(path.name for path in beside.iterdir()), *texts]
        for name, text in texts.items():
            with (beside / name).open("wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
        for name in names:
            keep_mode(beside / name, folder / name)
        # Interrupted from here on, a folder without a run is plain to see; an old run beside
        # the config of a new one would not be.
        (folder / RUN).unlink(missing_ok=True)
        for name in names:
            (beside / name).replace(folder / name)
    first = [RUN] if RUN in texts else []
    return [*first, *(name for name in reversed(names) if name != RUN)]


def _decimal(share: float) -> str:
    """Six decimals at most, none that say nothing: 0.25, 1, 0.000001."""
    return f"{share:.6f}".rstrip("0").rstrip(".")
