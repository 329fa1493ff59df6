# Over 300 lines: a task trained, and timed.
"""Train one task: model, predictions, latency and size.

The network's side writes checkpoints, whole or not at all; here they get their name, which tells
what is trained, and go when the run is there.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.wording import Scale
from mlstrat.errors import UsageError
from mlstrat.harness.networks.torch_needed import load_torch
from mlstrat.harness.recipes.models import is_network
from mlstrat.harness.recipes.recipe import Fitted, Progress, Recipe, find_recipe, silent
from mlstrat.harness.train.estimators import LARGEST_SEED, fit_estimator, one_thread, require_skops
from mlstrat.harness.train.knobs import turned
from mlstrat.harness.train.run_files import TrainedRun, refuse_to_overwrite, write_run
from mlstrat.harness.train.task import Task, recipe_task, without_test
from mlstrat.places import make_folder

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


DECIMALS = 6  # of probabilities; what lies beyond differs between machines
FEWEST_DIGITS = 4  # of the number in an id


def predicted(fitted: Fitted, features: Any) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return the label of the largest probability of each example, and all probabilities.

    Of a model of numbers these are the numbers, of eight digits.
    """
    import numpy as np

    shares = fitted.predict_proba(features)
    if not fitted.classes:
        return np.array([float(f"{x:.8g}") for x in shares[:, 0]]), shares[:, :0]
    return np.array(fitted.classes)[shares.argmax(axis=1)], shares


def predictions_of(
    task: Task, fitted: Fitted, splits: Mapping[str, NDArray[np.intp]]
) -> pd.DataFrame:
    """Return the predictions of some splits, a row an example."""
    import numpy as np
    import pandas as pd

    examples = task.examples
    rows = np.concatenate(list(splits.values()))
    labels, shares = predicted(fitted, examples.rows(rows))
    prefix = task.name if task.recipe is None else task.recipe.dataset.name
    digits = max(FEWEST_DIGITS, len(str(len(examples) - 1)))
    columns: dict[str, Any] = {
        "id": [f"{prefix}-{row:0{digits}d}" for row in rows]
        if examples.ids is None
        else examples.ids[rows],
        "split": np.repeat(list(splits), [len(part) for part in splits.values()]),
        "target" if examples.number else "label": examples.labels[rows],
        "prediction": labels,
    }
    for role, values in (("source", examples.sources), ("group", examples.groups)):
        if values is not None:
            columns[role] = values[rows]
    columns |= {name: values[rows] for name, values in examples.slices.items()}
    if task.probabilities:
        shares = shares.round(DECIMALS)
        columns |= {f"prob_{name}": shares[:, k] for k, name in enumerate(fitted.classes)}
    return pd.DataFrame(columns)


def latency(fitted: Fitted, task: Task) -> tuple[float, float]:
    """Milliseconds an example, from the cells of a row to its class, whichever the model.

    Reserved rows are not looked at.
    """
    import numpy as np

    rows = np.sort(np.concatenate(list(task.splits.values())))
    return latency_of(task.examples.rows, fitted.predict_proba, rows)


TIMED_PREDICTIONS = 200  # a median of so many is steady and takes well under a second
FEWEST_TIMES, LONGEST_TIMING = 5, 500.0  # predictions, and milliseconds after which they do
BATCH_ROWS = 2000  # of the latency of a batch


def latency_of(
    fetch: Callable[[NDArray[np.intp]], Any],
    predict: Callable[[Any], Any],
    rows: NDArray[np.intp],
) -> tuple[float, float]:
    """Milliseconds an example: median of predictions one by one, and of rows in one batch."""
    import numpy as np

    rows = rows[:BATCH_ROWS]
    predict(fetch(rows[:1]))  # the first call pays for imports and caches
    singles = np.split(rows, len(rows))[:TIMED_PREDICTIONS]
    single = _milliseconds(fetch, predict, singles)
    return single, _milliseconds(fetch, predict, [rows] * FEWEST_TIMES) / len(rows)


def _milliseconds(
    fetch: Callable[[NDArray[np.intp]], Any],
    predict: Callable[[Any], Any],
    batches: list[NDArray[np.intp]],
) -> float:
    """Return the median time of a prediction, of fewer of them where they are slow."""
    from statistics import median

    took: list[float] = []
    for rows in batches:
        batch = fetch(rows)
        start = time.perf_counter()
        predict(batch)
        took.append(1000 * (time.perf_counter() - start))
        if len(took) >= FEWEST_TIMES and sum(took) > LONGEST_TIMING:
            break
    return median(took)


def train(
    recipe: str | Recipe,
    *,
    knobs: Mapping[str, Any] | None = None,
    seed: int = 0,
    out: Path | None = None,
    force: bool = False,
    small: bool = False,
    weights: bool | None = None,
    with_test: bool = True,
    progress: Progress | None = None,
) -> TrainedRun:
    """Train a recipe and, where ``out`` is given, write its ``run.csv`` and ``run.toml`` there."""
    chosen = find_recipe(recipe) if isinstance(recipe, str) else recipe
    check_seed(seed)
    turned(chosen.smaller() if small else chosen, knobs or {})  # refuses what it does not take
    if out is not None:
        refuse_to_overwrite(out, force=force)  # before the work, not after it
    if is_network(chosen.model.architecture):
        load_torch()  # before pictures are drawn, too
    task = recipe_task(chosen, dict(knobs or {}), seed, small=small)
    task = task if with_test else without_test(task)
    return train_task(task, seed=seed, out=out, force=force, weights=weights, progress=progress)


def check_seed(seed: int) -> None:
    """Refuse a seed that scikit-learn does not take."""
    if not 0 <= seed <= LARGEST_SEED:
        raise UsageError(f"the seed is {seed}", accepted=f"a whole number, 0 to {LARGEST_SEED}")


def train_task(
    task: Task,
    *,
    seed: int = 0,
    out: Path | None = None,
    force: bool = False,
    weights: bool | None = None,
    progress: Progress | None = None,
) -> TrainedRun:
    """Train what was put together, measure it, and write it where a folder is named."""
    begun = time.perf_counter()
    network = is_network(task.model.architecture)
    stored = network if weights is None else weights
    if network:
        load_torch()  # says what to install before the work, not after it
    elif stored:
        require_skops()
    if out is not None:
        refuse_to_overwrite(out, force=force)
    report = progress or silent
    sizes = ", ".join(f"{split} {len(rows)}" for split, rows in task.splits.items())
    report(f"{task.title}: {sizes} rows")
    for finding in task.findings:
        report(f"{finding.code}: {finding.sentence(Scale())}")
    checkpoint = checkpoint_of(task, seed, out) if network else None
    with one_thread(_numbers(task)), kept(checkpoint, report):
        fitted = _fit(task, seed, checkpoint, report) if task.fit is None else task.fit()
        report("predicting and measuring latency")
        single, batch = latency(fitted, task)
        table = predictions_of(task, fitted, task.splits)
    run = TrainedRun(
        task=task,
        seed=seed,
        table=table,
        latency_ms=single,
        batch_latency_ms=batch,
        size_bytes=fitted.size_bytes,
        versions=versions_of(network),
        notes=dict(fitted.notes),
        seconds=time.perf_counter() - begun,
        fitted=fitted,
    )
    if out is not None:
        files = write_run(run, out, force=force, weights=fitted if stored else None)
        remove_checkpoints(out)
        run = replace(run, files=tuple(files))
        report(f"wrote {', '.join(files[:-1])} and {files[-1]} to {out}")
    return run


def _numbers(task: Task) -> int:
    shape: tuple[int, ...] = task.examples.features.shape
    return len(task.training) * math.prod(shape[1:])


def _fit(task: Task, seed: int, checkpoint: Path | None, report: Progress) -> Fitted:
    """Train the model; of several candidates keep the first with the fewest errors on dev."""
    import numpy as np

    many = task.model.candidates
    if many == 1:
        report("training")
        return _fit_one(task, seed, checkpoint, report)
    dev = task.splits["dev"]
    features, labels = task.examples.rows(dev), task.examples.labels[dev]
    seeds = np.random.default_rng([seed, 2]).integers(LARGEST_SEED, size=many).tolist()
    best, fewest = None, len(dev) + 1
    for number, candidate_seed in enumerate(seeds, start=1):
        candidate = _fit_one(task, candidate_seed, None, silent)
        errors = int((predicted(candidate, features)[0] != labels).sum())
        if errors < fewest:
            best, fewest = candidate, errors
        if number % 200 == 0 or number == many:
            report(f"candidate {number} of {many}: best dev error {fewest / len(dev):.3f}")
    if best is None:
        raise UsageError(f"{many} candidates", accepted="at least 1")
    return best


def _fit_one(task: Task, seed: int, checkpoint: Path | None, report: Progress) -> Fitted:
    rows, dev, examples = task.training, task.splits["dev"], task.examples
    features, labels = examples.rows(rows), examples.labels[rows]
    if not is_network(task.model.architecture):
        fitted = fit_estimator(task.model, features, labels, seed, report, task.build)
        return replace(fitted, reading=task.reading)
    from mlstrat.harness.networks.fit import fit_network, network_options

    options = network_options(task.model.architecture, task.model.options)
    before, seen = None, examples.rows(dev)
    if task.prepare is not None:
        from mlstrat.harness.train.prepared import lent_order

        before = task.prepare(features)
        if options.init_from is not None:
            before = lent_order(before, options.init_from)
        features, seen = before.transform(features), before.transform(seen)
    network = fit_network(
        task.model.architecture,
        options,
        features,
        labels,
        seen,
        examples.labels[dev],
        seed=seed,
        checkpoint=checkpoint,
        progress=report,
    )
    if before is None or task.reading is None:
        return network
    from mlstrat.harness.train.prepared import PreparedNetwork

    notes = {**network.notes, **before.notes}
    return PreparedNetwork(network, before, task.reading, notes)


def versions_of(network: bool) -> dict[str, str]:
    """Return the versions that a run depends on."""
    import platform
    from importlib.metadata import version

    packages = ("torch" if network else "scikit-learn", "numpy")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}


PREFIX, ENDING = "checkpoint-", ".safetensors"


def checkpoint_of(task: Task, seed: int, out: Path | None) -> Path | None:
    """Return the checkpoint of a task in the folder of its run; None where there is none."""
    if out is None:
        return None
    what = (task.command, task.shown, task.title, task.design, len(task.training), seed)
    mark = hashlib.sha256(repr(what).encode()).hexdigest()[:12]
    return out / f"{PREFIX}{mark}{ENDING}"


@contextlib.contextmanager
def kept(checkpoint: Path | None, progress: Callable[[str], None]) -> Iterator[None]:
    """Make the checkpoint's folder for a training, and say where an interrupted one goes on."""
    if checkpoint is None:
        yield
        return
    folder = checkpoint.parent
    make_folder(folder)
    if checkpoint.exists():
        progress(f"going on from {checkpoint}")
    try:
        yield
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and checkpoint.exists():
            progress(f"interrupted: the same command goes on from {checkpoint}")
        with contextlib.suppress(OSError):  # of a folder that holds something
            folder.rmdir()
        raise


def remove_checkpoints(out: Path) -> None:
    """Remove what training would have gone on from, now that it has ended."""
    for path in out.glob(f"{PREFIX}*{ENDING}"):
        path.unlink(missing_ok=True)
