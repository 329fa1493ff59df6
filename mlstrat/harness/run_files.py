"""A trained run, and how it comes to stand in a folder: whole or not at all."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlstrat.errors import InputError, UsageError
from mlstrat.harness.models import describe_model
from mlstrat.harness.recipes import SPLITS, Recipe

if TYPE_CHECKING:
    import pandas as pd

RUN, CONFIG = "run.csv", "run.toml"


@dataclass(frozen=True, eq=False)
class TrainedRun:
    """What training a recipe gave."""

    recipe: Recipe
    seed: int
    table: pd.DataFrame
    """The run: id, split, label, prediction, columns to slice by, one ``prob_<class>`` a class."""
    latency_ms: float
    """Milliseconds an example, predicted one by one; median."""
    batch_latency_ms: float
    """Milliseconds an example, all predicted at once."""
    size_bytes: int
    """Bytes of the arrays that prediction needs."""
    versions: dict[str, str]

    @property
    def command(self) -> str:
        """The command that makes this run again."""
        return f"mlstrat train {self.recipe.name} --seed {self.seed}"

    @property
    def rows(self) -> dict[str, int]:
        """Rows by split, in the order of the ladder."""
        counts = self.table["split"].value_counts()
        return {split: int(counts[split]) for split in SPLITS}

    @property
    def errors(self) -> dict[str, float]:
        """Error by split, as a fraction, in the order of the ladder."""
        wrong = self.table["label"] != self.table["prediction"]
        shares = wrong.groupby(self.table["split"]).mean()
        return {split: float(shares[split]) for split in SPLITS}


def csv_text(run: TrainedRun) -> str:
    """Write the run out as CSV; same recipe, seed and versions, same text."""
    table = run.table.copy()
    for name in table.columns:
        if name.startswith("prob_"):
            table[name] = [_decimal(share) for share in table[name]]
    return table.to_csv(index=False, lineterminator="\n")


def toml_text(run: TrainedRun) -> str:
    """Write out the config that ``diagnose`` reads from beside the run."""
    recipe = run.recipe
    lines = [
        "[run]",
        f"recipe = {_quoted(recipe.name)}",
        f"command = {_quoted(run.command)}",
        f"seed = {run.seed}",
        f"dataset = {_quoted(f'{recipe.dataset.title}; {recipe.splits.title}')}",
        f"model = {_quoted(describe_model(recipe.model))}",
        "rows = {" + ", ".join(f"{split} = {n}" for split, n in run.rows.items()) + "}",
        f"latency_ms = {run.latency_ms:.4f}",
        f"size_bytes = {run.size_bytes}",
        f"shows = {_quoted(recipe.shows)}",
        "versions = {" + ", ".join(f"{k} = {_quoted(v)}" for k, v in run.versions.items()) + "}",
        "",
        "[diagnose]",
    ]
    if recipe.splits.file_order:
        lines.append("different_distributions = true")
    lines.append(f"tolerance = {recipe.tolerance}")
    if recipe.dataset.positive is not None:
        lines.append(f"positive = {_quoted(recipe.dataset.positive)}")
    if recipe.human is not None:
        lines += ["", "[human]", f"error = {recipe.human.error}"]
        lines.append(f"source = {_quoted(recipe.human.source)}")
        if recipe.human.known:
            lines.append("known = true")
    return "\n".join(lines) + "\n"


def refuse_to_overwrite(folder: Path, *, force: bool) -> None:
    """Check that a run may be written to this folder.

    Raises
    ------
    UsageError
        The path is no folder, or holds a run and ``force`` is false.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError("this is a file, not a folder", file=str(folder), hint="name a folder")
    held = [name for name in (RUN, CONFIG) if (folder / name).exists()]
    if held and not force:
        raise UsageError(
            f"the folder already holds {' and '.join(held)}",
            file=str(folder),
            hint="name another folder, or overwrite with --force",
        )


def write_run(run: TrainedRun, folder: Path, *, force: bool = False) -> None:
    """Write ``run.csv`` and ``run.toml``, each whole or not at all.

    Raises
    ------
    UsageError
        The path is no folder, or holds a run and ``force`` is false.
    InputError
        The folder cannot be written.
    """
    refuse_to_overwrite(folder, force=force)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace_all(folder, {CONFIG: toml_text(run), RUN: csv_text(run)})
    except OSError as error:
        raise InputError(
            f"cannot write here: {error.strerror or error}",
            file=str(folder),
            hint="name a folder on a disk with space, in which you may write",
        ) from error


def _replace_all(folder: Path, texts: dict[str, str]) -> None:
    """Write every file beside its place before any takes its place."""
    temporary = {name: folder / f".{name}.{os.getpid()}.tmp" for name in texts}
    try:
        for name, text in texts.items():
            with temporary[name].open("wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
        # Interrupted from here on, a folder without a run is plain to see; an old run beside
        # the config of a new one would not be.
        (folder / RUN).unlink(missing_ok=True)
        for name, path in temporary.items():
            path.replace(folder / name)
    finally:
        for path in temporary.values():
            path.unlink(missing_ok=True)


def _decimal(share: float) -> str:
    """Six decimals at most, none that say nothing: 0.25, 1, 0.000001."""
    return f"{share:.6f}".rstrip("0").rstrip(".")


def _quoted(text: str) -> str:
    """Quote as a TOML basic string, which JSON's escapes fit."""
    return json.dumps(text, ensure_ascii=False)
