"""Train one recipe: splits, model, predictions, latency and size."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.errors import UsageError
from mlstrat.harness.data import Examples, load_examples, make_splits
from mlstrat.harness.models import build_model, parameter_bytes
from mlstrat.harness.recipes import SPLITS, Recipe, find_recipe
from mlstrat.harness.run_files import TrainedRun, refuse_to_overwrite, write_run

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

Progress = Callable[[str], None]

LARGEST_SEED = 2**32 - 1  # of scikit-learn's random_state
DECIMALS = 6  # of probabilities; what lies beyond differs between machines
TIMED_PREDICTIONS = 200  # a median of so many is steady and takes well under a second


def train(
    recipe: str,
    *,
    seed: int = 0,
    out: Path | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> TrainedRun:
    """Train a recipe and, where ``out`` is given, write its ``run.csv`` and ``run.toml`` there.

    Parameters
    ----------
    recipe
        A name of :func:`~mlstrat.harness.recipes.list_recipes`.
    seed
        Decides splits, model and planted noise: same seed, same bytes of ``run.csv``.
    out
        The folder, made if need be. None: nothing is written.
    force
        Overwrite a run that is already in ``out``.
    progress
        Called with a line of text at each step.

    Raises
    ------
    UsageError
        An unknown recipe, a seed out of range, or a folder that holds a run or is none.
    InputError
        The folder cannot be written; nothing half-written is left.
    """
    chosen = find_recipe(recipe)
    if not 0 <= seed <= LARGEST_SEED:
        raise UsageError(f"the seed is {seed}", accepted=f"a whole number, 0 to {LARGEST_SEED}")
    if out is not None:
        refuse_to_overwrite(out, force=force)  # before the work, not after it
    report = progress or _silent
    examples = load_examples(chosen.dataset, seed)
    splits = make_splits(chosen.splits, seed)
    sizes = ", ".join(f"{split} {len(rows)}" for split, rows in splits.items())
    report(f"{chosen.dataset.title}: {sizes} rows")
    fitted = _fit(chosen, examples, splits, seed, report)
    report("predicting and measuring latency")
    single, batch = _latency(fitted, examples.features)
    run = TrainedRun(
        recipe=chosen,
        seed=seed,
        table=_predictions(chosen, examples, splits, fitted),
        latency_ms=single,
        batch_latency_ms=batch,
        size_bytes=parameter_bytes(chosen.model, fitted),
        versions=_versions(),
    )
    if out is not None:
        write_run(run, out, force=force)
        report(f"wrote run.csv and run.toml to {out}")
    return run


def _silent(_: str) -> None:
    """Stand in where nobody wants to hear of progress."""


def _fit(
    recipe: Recipe,
    examples: Examples,
    splits: dict[str, NDArray[np.intp]],
    seed: int,
    report: Progress,
) -> Any:
    """Train the model; of several candidates keep the first with the fewest errors on dev."""
    import numpy as np

    features, labels = examples.features, examples.labels
    rows, dev, many = splits["train"], splits["dev"], recipe.model.candidates
    if many == 1:
        report("training")
        return build_model(recipe.model, seed).fit(features[rows], labels[rows])
    seeds = np.random.default_rng([seed, 2]).integers(LARGEST_SEED, size=many).tolist()
    best, fewest = None, len(dev) + 1
    for number, candidate_seed in enumerate(seeds, start=1):
        candidate = build_model(recipe.model, candidate_seed).fit(features[rows], labels[rows])
        errors = int((candidate.predict(features[dev]) != labels[dev]).sum())
        if errors < fewest:
            best, fewest = candidate, errors
        if number % 200 == 0 or number == many:
            report(f"candidate {number} of {many}: best dev error {fewest / len(dev):.3f}")
    return best


def _predictions(
    recipe: Recipe, examples: Examples, splits: dict[str, NDArray[np.intp]], fitted: Any
) -> pd.DataFrame:
    """One row an example, in the order of the ladder and then of the file."""
    import numpy as np
    import pandas as pd

    rows = np.concatenate([splits[split] for split in SPLITS])
    features = examples.features[rows]
    columns: dict[str, Any] = {
        "id": [f"{recipe.dataset.name}-{row:04d}" for row in rows],
        "split": np.repeat(SPLITS, [len(splits[split]) for split in SPLITS]),
        "label": examples.labels[rows],
        "prediction": fitted.predict(features),
    }
    columns |= {name: values[rows] for name, values in examples.slices.items()}
    if recipe.probabilities:
        shares = fitted.predict_proba(features).round(DECIMALS)
        columns |= {f"prob_{name}": shares[:, k] for k, name in enumerate(fitted.classes_)}
    return pd.DataFrame(columns)


def _latency(fitted: Any, features: NDArray[np.float64]) -> tuple[float, float]:
    """Milliseconds an example: median of predictions one by one, and all rows in one batch."""
    from statistics import median

    def milliseconds(batch: NDArray[np.float64]) -> float:
        start = time.perf_counter()
        fitted.predict(batch)
        return 1000 * (time.perf_counter() - start)

    milliseconds(features[:1])  # the first call pays for imports and caches
    single = [
        milliseconds(features[k : k + 1]) for k in range(min(TIMED_PREDICTIONS, len(features)))
    ]
    batch = [milliseconds(features) for _ in range(5)]
    return median(single), median(batch) / len(features)


def _versions() -> dict[str, str]:
    import platform

    import numpy as np
    import sklearn

    return {
        "python": platform.python_version(),
        "scikit-learn": str(sklearn.__version__),
        "numpy": np.__version__,
    }
