# Over 300 lines: each kind of source, told apart and read in one place.
"""Learning curves from a table with a row a size, one run a size, or scikit-learn's arrays."""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

import numpy as np

from mlstrat.core.counts import Cells, Floats
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.intervals import normal_quantile, t_quantile, wilson_interval
from mlstrat.core.record import Record
from mlstrat.data.columns import find_column
from mlstrat.data.config import find_config
from mlstrat.data.files import describe_input
from mlstrat.data.formats.first_lines import header_hint
from mlstrat.data.opening import open_all
from mlstrat.data.parts import InputFile
from mlstrat.data.rates import Rate, parse_rate
from mlstrat.data.run_folders import find_history
from mlstrat.data.shards import matches
from mlstrat.data.table import Table
from mlstrat.data.values import BLANK
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.run import read_run
from mlstrat.workflow.curve.command import Asked
from mlstrat.workflow.curve.compute import Measured
from mlstrat.workflow.history.compute import Setting
from mlstrat.workflow.history.read import read_past
from mlstrat.workflow.human.read import only_one, predicts, rows_of
from mlstrat.workflow.select.table import place_of

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "n": ("n", "size", "train_size", "examples"),
    "train": ("train", "train_error"),
    "dev": ("dev", "dev_error"),
    "train_n": ("train_n", "n_train"),
    "dev_n": ("dev_n", "n_dev"),
}
"""Role to the names of its column, in any case; the last two are counts behind the errors."""

ACCEPTED = "columns n, train, dev, and optionally train_n, dev_n: the examples behind each error"

LARGEST = 10**15
"""Training examples of the largest curve that is believed."""


class TypedPoint(Record):
    """One row of a table: how many examples were trained on, and the errors that came out."""

    n: int
    train: Rate
    dev: Rate


class SizedRun(Record):
    """One run of a curve.

    ``n`` is what its config says that it was trained on, else the rows of its train split;
    ``settings`` is how it was set, ``human`` the human level that it carries.
    """

    n: int
    cells: Cells
    settings: Mapping[str, Setting] = field(default_factory=dict)
    human: Mapping[str, Any] = field(default_factory=dict)


class CurveInputs(Record):
    """What was read: rows of one table, or runs."""

    rows: tuple[TypedPoint, ...]
    runs: tuple[SizedRun, ...]
    inputs: tuple[InputFile, ...]


def read_curve(sources: Sequence[Any], asked: Asked) -> CurveInputs:
    """Return a learning curve from one table; or from several runs, a glob or a folder of them."""
    if len(sources) == 1 and not _is_several(sources[0]):
        table = open_all(sources[0])
        if not predicts(table.header, asked["columns"] or {}):
            return _typed(table, asked)
    for flag, value in (("--dev-n", asked["dev_n"]), ("--accuracies", asked["accuracies"])):
        if value is not None:
            raise UsageError(f"{flag} belongs to a table of sizes (n, train, dev)")
    paths = [path for source in sources for path in _expanded(source)]
    runs = [_sized(path, asked) for path in paths]
    return CurveInputs((), tuple(run for run, _ in runs), tuple(read for _, read in runs))


def _is_several(source: Any) -> bool:
    """Tell whether a source names several runs: a folder, or a glob."""
    if not isinstance(source, str | Path):
        return False
    return Path(source).is_dir() or (not Path(source).exists() and glob.has_magic(str(source)))


def _expanded(source: Any) -> list[Any]:
    """Return the runs that a source means: each file of a glob is one."""
    if not _is_several(source):
        return [source]
    if Path(source).is_dir():
        return list(find_history(source))
    found = sorted(matches(str(source)))
    if not found:
        raise InputError("no file matches", file=str(source), accepted="one run a size")
    return list(found)


def _sized(source: Any, asked: Asked) -> tuple[SizedRun, InputFile]:
    """Return one run with its size; what is not asked for follows its config."""
    settings, threshold = find_config(source, asked["config"]), asked["threshold"]
    read = read_run(
        source,
        columns={**settings.columns, **(asked["columns"] or {})},
        split_as={**settings.splits, **(asked["split_as"] or {})},
        positive=asked["positive"] or settings.diagnose.get("positive"),
        threshold=settings.diagnose.get("threshold") if threshold is None else threshold,
        checksum=asked["checksum"],
    )
    file = read.inputs[0]
    for split in ("train", "dev"):
        if split not in read.cells.splits:
            raise InputError(
                f"there is no {split} split",
                file=file.path,
                accepted="runs with the splits train and dev",
                hint="predict on the training examples too: a curve is of train and dev",
            )
    path = isinstance(source, str | Path) and str(source) != "-"
    knobs = read_past(Path(source)).settings if path else {}
    noted = _trained_on(settings.run, file.path)
    n = read.cells.of_split("train").rows if noted is None else noted
    return SizedRun(n, read.cells, knobs, settings.human), file


def _trained_on(noted: Mapping[str, Any], file: str) -> int | None:
    """Return the training examples that a config notes: ``rows = {train = 300}``, or ``n``."""
    rows = noted.get("rows")
    value = rows.get("train") if isinstance(rows, Mapping) else noted.get("n")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(
            f"its config says that it was trained on {value!r} rows",
            file=file,
            accepted="a whole number above 0: [run] rows = {train = 300}",
        )
    return value


def _typed(table: Table, asked: Asked) -> CurveInputs:
    said = asked["columns"] or {}
    for role in said:
        if role not in COLUMNS:
            raise UsageError(f"--map knows no role {role!r} here", accepted=", ".join(COLUMNS))
    columns = {
        role: column
        for role, names in COLUMNS.items()
        if (column := _column(table, role, names, said)) is not None
    }
    cells = enumerate(rows_of(table, columns))
    rows = tuple(_row(table, i, columns, row, asked) for i, row in cells)
    if not rows:
        raise InputError("a header and no rows", file=table.name, accepted="one row a size")
    read = describe_input(table.name, table.files, len(rows), asked["checksum"])
    return CurveInputs(rows, (), (read,))


def _column(table: Table, role: str, names: tuple[str, ...], said: Mapping[str, str]) -> str | None:
    if role in said:
        return find_column(table.header, said[role], file=table.name, option=f"--map {role}")
    found = only_one(table, role, [name for name in table.header if name.lower() in names])
    if found is None and role in ("n", "train", "dev"):
        hint = header_hint(table.header, f"name it: --map {role}=COLUMN")
        raise InputError(f"no column {role!r}", file=table.name, accepted=ACCEPTED, hint=hint)
    return found


def _row(
    table: Table, i: int, columns: Mapping[str, str], cells: Mapping[str, str], asked: Asked
) -> TypedPoint:
    n = _count(table, i, columns["n"], cells["n"], "of training examples")
    counts = {
        role: None
        if cells.get(role, BLANK) == BLANK
        else _count(table, i, columns[role], cells[role], "of examples")
        for role in ("train_n", "dev_n")
    }
    # What a model was trained on is what its training error is of, unless the table says else.
    behind = {"train": counts["train_n"] or n, "dev": counts["dev_n"] or asked["dev_n"]}
    rates = {x: _rate(table, i, columns[x], cells[x], behind[x]) for x in ("train", "dev")}
    if asked["accuracies"]:
        rates = {x: _turned(rate) for x, rate in rates.items()}
    return TypedPoint(n, rates["train"], rates["dev"])


def _turned(rate: Rate) -> Rate:
    errors = None if rate.errors is None or rate.n is None else rate.n - rate.errors
    return Rate(round(1 - rate.value, 15), errors, rate.n)  # 1 − 0.9 is 0.1 as it is typed


def _rate(table: Table, i: int, column: str, text: str, n: int | None) -> Rate:
    try:
        rate = parse_rate(text, "the error")
    except InputError as error:
        file, line = place_of(table, i)
        raise InputError(
            "a blank error" if text == BLANK else error.message, file=file, row=line,
            column=column, accepted=error.accepted, hint=error.hint,
        ) from None  # fmt: skip
    if n is None or rate.n is not None:
        return rate
    return Rate(rate.value, round(rate.value * n), n)


def _count(table: Table, i: int, column: str, text: str, what: str) -> int:
    """Return a whole number above 0, as ``800``, ``8e2`` or ``10,000``."""
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        number = 0.0
    if not (1 <= number <= LARGEST and number.is_integer()):
        file, line = place_of(table, i)
        raise InputError(
            f"{text[:60]!r} is not a number {what}" if text else "a blank cell",
            file=file, row=line, column=column, accepted="a whole number above 0",
        )  # fmt: skip
    return int(number)


FEWEST_FOLDS = 3
"""Two folds do not tell how much folds differ (mlstrat's threshold)."""

FOLDS = "(train_sizes, train_scores, test_scores) as sklearn's learning_curve returns them"


def is_folded(source: Any) -> bool:
    """Tell whether a source is what `learning_curve` returns, with or without fit times."""
    return (
        isinstance(source, tuple)
        and len(source) in (3, 4, 5)
        and all(isinstance(x, np.ndarray | list | tuple) for x in source)
    )


def measured_of_folds(
    source: Sequence[Any], *, accuracies: bool, sampling: Sampling
) -> list[Measured]:
    """Return the points of a curve whose errors are means over folds of cross-validation.

    The spread of folds tells how many independent examples stand behind a mean. Formula, over all
    sizes i and K folds: with φ = Σ sᵢ² / Σ pᵢ(1 − pᵢ), s² the variance between folds, trials are
    K/φ · (z/t)², z the normal quantile and t Student's of K − 1 degrees, as a few folds hardly tell
    their spread. A training error is of the examples that were trained on.

    `source` are sizes, and train and test scores by size and fold: accuracies, else errors.

    References
    ----------
    Bengio and Grandvalet (2004), JMLR 5: no estimate of this variance is unbiased. Simulated with
    3, 5 and 10 folds: an interval covers 92 to 98% of the error of a model trained on so many.
    """
    try:
        sizes, train, dev = (np.asarray(x, float) for x in source[:3])
    except (TypeError, ValueError):
        raise InputError("arrays that are not numbers", accepted=FOLDS) from None
    if sizes.ndim != 1 or train.shape != dev.shape or train.shape[:1] != sizes.shape:
        shapes = ", ".join(str(x.shape) for x in (sizes, train, dev))
        raise InputError(f"arrays of the shapes {shapes}", accepted=FOLDS)
    if train.ndim != 2 or not train.shape[1]:
        raise InputError("scores without folds", accepted=FOLDS)
    if not (sizes >= 1).all() or (sizes % 1).any():
        raise InputError("a train size that is not a whole number above 0", accepted=FOLDS)
    _check_shares(sizes, {"train": train, "test": dev})
    train, dev = (1 - x if accuracies else x for x in (train, dev))
    return _measured(sizes, train.mean(axis=1), dev, sampling)


def _check_shares(sizes: Floats, scores: dict[str, Floats]) -> None:
    for name, values in scores.items():
        bad = np.argwhere(~((values >= 0) & (values <= 1)))
        if len(bad):
            size, fold = bad[0]
            value = values[size, fold]
            raise InputError(
                f"a {name} score of {value:g} at {sizes[size]:,.0f} examples, fold {fold + 1}",
                accepted="accuracies (or errors) from 0 to 1: scoring='accuracy'",
                hint="leave sizes out at which a fit failed: train_sizes="
                if np.isnan(value)
                else None,
            )


def _measured(sizes: Floats, train: Floats, dev: Floats, sampling: Sampling) -> list[Measured]:
    z, folds = normal_quantile(sampling.confidence), dev.shape[1]
    means = dev.mean(axis=1)
    expected = float((means * (1 - means)).sum())
    spread = float(dev.var(axis=1, ddof=1).sum()) / expected if folds > 1 and expected else 0.0
    trials = None
    if folds >= FEWEST_FOLDS and spread > 0:
        trials = folds / spread * (z / t_quantile(sampling.confidence, folds - 1)) ** 2
    out = []
    for n, of_train, of_dev in zip(sizes.astype(int), train, means, strict=True):
        around = None if trials is None else wilson_interval(float(of_dev), trials, z)
        fitted = wilson_interval(float(of_train), float(n), z)
        out.append(
            Measured(
                int(n), Figure(float(of_train), fitted, int(n)), Figure(float(of_dev), around),
                float(n), trials, folds,
            )
        )  # fmt: skip
    return out
