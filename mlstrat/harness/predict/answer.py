"""`predict`: the rows of a table, as a trained model sees them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.figures import Sampling
from mlstrat.data.config import read_config
from mlstrat.data.examples import examples_of, open_examples
from mlstrat.errors import InputError, UsageError
from mlstrat.harness.predict.command import PREDICT, Asked
from mlstrat.harness.predict.document import PredictDocument
from mlstrat.show.document import Signature

if TYPE_CHECKING:
    from mlstrat.harness.datasets.reading import TableReading
    from mlstrat.harness.recipes.recipe import Fitted
    from mlstrat.harness.train.estimators import FittedEstimator

METHOD = "the class of the largest probability"


@asks(PREDICT)
def predict(run: str | Path, source: Any, **asked: Unpack[Asked]) -> PredictDocument:
    """Predict the rows of a table with a trained model.

    Each cell becomes a feature as it did in training: the same columns by name, the same medians
    and categories, whatever the order of the columns.

    Parameters
    ----------
    run
        The folder of a run that ``train`` wrote together with its weights.
    source
        A table, or a frame, with the columns that the model was trained on.

    Raises
    ------
    InputError
        Where the folder holds no weights of a table's model, or columns are missing.
    UsageError
        Where a package is missing that reads the weights.
    """
    from mlstrat.harness.train.learning_table import cells_of
    from mlstrat.harness.train.training import DECIMALS, predicted

    folder = Path(run)
    fitted, reading = load_model(folder)
    table = open_examples(source)
    examples = examples_of(table, columns=asked["columns"] or {})
    cells = cells_of(examples)
    frame = reading.frame(cells, table.name)
    labels, shares = predicted(fitted, frame)
    ids = examples.roles.get("id", reading.ids)
    out: dict[str, list[Any]] = {
        "id": [f"row-{i}" for i in range(1, len(frame) + 1)]
        if ids is None or ids not in cells else cells[ids].tolist()
    }  # fmt: skip
    if reading.target in cells:
        out["label"] = cells[reading.target].tolist()
    out["prediction"] = labels.tolist()
    rounded = shares.round(DECIMALS)
    out |= {f"prob_{x}": rounded[:, k].tolist() for k, x in enumerate(fitted.classes)}
    facts = table.described(len(frame), checksum=False)
    signature = Signature.of(facts.every(), Sampling(), METHOD, "error")
    return PredictDocument(str(folder), _model(folder), out, signature)


def _model(folder: Path) -> str:
    path = folder / "run.toml"
    told = read_config(path).run.get("model") if path.is_file() else None
    return told if isinstance(told, str) else "a model"


KNOWN = ("sklearn.", "numpy.", "scipy.")
"""Packages whose types a stored model may hold; a file that names others is refused."""


def load_estimator(folder: Path) -> FittedEstimator:
    """Return the scikit-learn model that a run's folder holds; no code of the file is run."""
    from mlstrat.harness.datasets.reading import reading_of
    from mlstrat.harness.train.estimators import WEIGHTS, FittedEstimator, require_skops

    require_skops()
    from skops import io

    path = folder / WEIGHTS
    try:
        named = io.get_untrusted_types(file=path)
        strange = [name for name in named if not name.startswith(KNOWN)]
        if strange:
            raise InputError(
                f"the model holds types of other packages: {', '.join(strange[:3])}",
                file=str(path), accepted="models of scikit-learn",
            )  # fmt: skip
        held = io.load(path, trusted=named)
        reading = held.get("reading")
        return FittedEstimator(
            tuple(held["models"]), tuple(map(str, held["classes"])), None,
            reading=None if reading is None else reading_of(reading),
        )  # fmt: skip
    except InputError:
        raise
    except Exception as error:  # whatever a damaged archive makes its reader do
        raise InputError("no model that mlstrat wrote can be read from it", file=str(path),
                         hint="train it again with --weights") from error  # fmt: skip


def load_model(folder: Path) -> tuple[Fitted, TableReading]:
    """Return the model of a run's folder, and how a table is read for it."""
    from mlstrat.harness.networks.fitted import WEIGHTS as TENSORS
    from mlstrat.harness.train.estimators import WEIGHTS
    from mlstrat.harness.train.run_files import weights_in

    weights_in(folder, WEIGHTS, TENSORS)
    reading: TableReading | None = None
    fitted: Fitted | None = None
    if (folder / TENSORS).is_file():
        from mlstrat.harness.train.prepared import load_prepared

        found = load_prepared(folder)
        fitted, reading = found, None if found is None else found.reading
    else:
        loaded = load_estimator(folder)
        fitted, reading = loaded, loaded.reading
    if fitted is None or reading is None:
        raise UsageError(
            f"the model in {folder} was not trained on a table, and predict reads tables",
            hint="train on a table: mlstrat train FILE --target COLUMN --weights",
        )
    return fitted, reading
