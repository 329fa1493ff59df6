# Over 300 lines: which models there are for own data, and the pictures and tables themselves.
"""Which models own data can be given to, what they read of it, and what stands before them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.record import Record
from mlstrat.errors import InputError, UsageError, did_you_mean, nearest
from mlstrat.harness.datasets import Examples
from mlstrat.harness.datasets.own_pictures import (
    Found,
    counted,
    decode,
    find_pictures,
    listed_pictures,
)
from mlstrat.harness.datasets.own_tables import MOST_CATEGORIES, split_rows
from mlstrat.harness.recipes.models import find_architecture, is_network, networks, regressors
from mlstrat.harness.train.knobs import KNOBS, TABLE_KNOBS, check_taken, check_value
from mlstrat.harness.train.learning_table import (
    LearningTable,
    check_train,
    drawn_splits,
    given_splits,
)
from mlstrat.harness.train.task import first_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlstrat.core.findings import Finding
    from mlstrat.core.schema_parts import Input
    from mlstrat.harness.train.prepared import Prepared, Words

    Rows = Mapping[str, NDArray[np.intp]]


class Reading(Record):
    """How pictures are read: size, shape, and whether broken ones are left out."""

    side: int
    flat: bool
    """A row of numbers a picture, as scikit-learn's models take them."""
    skip_broken: bool
    seed: int


class OwnData(Record, eq=False):
    """Examples with their splits, of whatever kind."""

    examples: Examples
    splits: Mapping[str, NDArray[np.intp]]
    title: str
    design: str
    remarks: tuple[str, ...]
    inputs: tuple[Input, ...]
    findings: tuple[Finding, ...] = ()


def design_of(table: LearningTable) -> str:
    """Return in words where the splits of a table come from."""
    if not table.drawn:
        return "the splits of its own column"
    if table.ordered is not None:
        return f"the latest fifth by {table.ordered!r} for test, the fifth before it for dev"
    return drawn_words("groups" if table.groups is not None else "rows")


def drawn_words(whole: str) -> str:
    """Return in words how splits were drawn."""
    return f"60% of the {whole} for train, 20% each for dev and test, placed by their hash"


def folder_data(folder: Path, reading: Reading) -> OwnData:
    """Read a folder of pictures, with its own splits or with drawn ones."""
    found, others = find_pictures(folder)
    names = np.array([each.name for each in found])
    labels = np.array([each.label for each in found])
    told = found[0].split is not None
    splits = (
        given_splits(np.array([each.split for each in found]), labels, str(folder))
        if told
        else drawn_splits(names, labels, str(folder), reading.seed)
    )
    left = counted(others, "file")
    remarks = (f"left out {left}, not called like pictures",) if others else ()
    design = "the splits of its own folders" if told else drawn_words("pictures")
    facts: Input = {"path": str(folder), "bytes": None, "sha256": None, "rows": len(found)}
    examples = Examples(None, labels, ids=names)
    rows = split_rows(splits)
    return _pictures(
        found, OwnData(examples, rows, str(folder), design, remarks, (facts,)), reading
    )


def listed_data(table: LearningTable, place: Path, column: str, reading: Reading) -> OwnData:
    """Read the pictures that a table names."""
    beside = place.parent if place.exists() else Path()
    paths = table.cells[column]
    found = listed_pictures(paths.tolist(), [str(x) for x in table.labels], beside, table.file.path)
    ids = paths if table.ids is None else table.ids
    examples = Examples(None, table.labels, {}, table.sources, table.groups, ids=ids)
    data = OwnData(examples, split_rows(table.splits), f"pictures of {table.file.path}",
                 design_of(table), (), table.file.every())  # fmt: skip
    return _pictures(found, data, reading)


def _pictures(found: Sequence[Found], data: OwnData, reading: Reading) -> OwnData:
    made = decode(found, reading.side, None, skip_broken=reading.skip_broken)
    kept, examples = made.kept, data.examples
    place = np.full(len(found), -1)
    place[kept] = np.arange(len(kept))
    splits = {name: place[rows][place[rows] >= 0] for name, rows in data.splits.items()}
    pixels = made.pixels.reshape(len(kept), -1) if reading.flat else made.pixels
    chosen = Examples(
        pixels,
        examples.labels[kept],
        sources=None if examples.sources is None else examples.sources[kept],
        groups=None if examples.groups is None else examples.groups[kept],
        ids=None if examples.ids is None else examples.ids[kept],
    )
    _check_left(splits, chosen, data.title)
    return replace(data, examples=chosen, splits=splits, remarks=(*data.remarks, *made.said))


def _check_left(splits: Mapping[str, NDArray[np.intp]], examples: Examples, file: str) -> None:
    empty = [name for name, rows in splits.items() if len(rows) == 0]
    if empty or len(np.unique(examples.labels[splits["train"]])) < 2:
        raise InputError(
            f"without the broken pictures {empty[0]} is empty" if empty
            else "without the broken pictures train holds one class", file=file,
        )  # fmt: skip


ACCEPTED = "the path of a classifier, as sklearn.ensemble.ExtraTreesClassifier"


def import_classifier(path: str, *, number: bool | None = None) -> type[Any]:
    """Return the class of this import path; ``number``: that of a regressor, None either."""
    import importlib
    from importlib.metadata import packages_distributions

    module, _, name = path.rpartition(".")
    package = module.partition(".")[0]
    if not all(part.isidentifier() for part in path.split(".")) or not module:
        raise UsageError(f"no import path: {path!r}", accepted=ACCEPTED)
    if package not in packages_distributions():
        raise UsageError(f"no installed package {package!r}", accepted=ACCEPTED)
    try:
        inside = importlib.import_module(module)
    except ImportError as error:
        raise UsageError(f"{module!r} cannot be imported: {error}", accepted=ACCEPTED) from None
    found = getattr(inside, name, None)
    if found is None:
        near = nearest(name, dir(inside), 0.6)
        raise UsageError(
            f"{module} has no {name!r}", accepted=ACCEPTED,
            hint=f"did you mean {module}.{near[0]}?" if near else None,
        )  # fmt: skip
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

    kinds: tuple[Any, ...] = (*([] if number else [ClassifierMixin]),
                              *([] if number is False else [RegressorMixin]))  # fmt: skip
    if not (isinstance(found, type) and issubclass(found, kinds)
            and issubclass(found, BaseEstimator)):  # fmt: skip
        wanted = "regressor, and the target is a number" if number else "classifier"
        raise UsageError(f"{path} is not a scikit-learn {wanted}", accepted=ACCEPTED)
    return found


def build_classifier(kind: type[Any], seed: int) -> Any:
    """Return a classifier with its defaults, and with the seed where it takes one."""
    try:
        made = kind()
    except TypeError as error:
        raise UsageError(f"{kind.__name__} cannot be made with its defaults: {error}") from None
    if "random_state" in made.get_params():
        made.set_params(random_state=seed)
    return made


def input_axes(model: str) -> int | None:
    """Return how many axes the examples of a network have; None for scikit-learn's models."""
    row: Any = networks().get(model)
    return None if row is None else len(row.scale.input)


def reads_tokens(model: str) -> bool:
    """Whether a model reads texts word by word, and nothing else."""
    row: Any = networks().get(model)
    return row is not None and bool(row.scale.tokens)


def reads_text(model: str) -> bool:
    """Whether a model takes free text: linear ones as a bag of words, recurrent ones in order."""
    return (
        reads_tokens(model)
        or model in ("logistic_regression", "ridge")
        or model.startswith(("sklearn.linear_model.", "sklearn.svm.Linear", "sklearn.naive_bayes."))
    )


SCALINGS, FEATURES = ("standard", "quantile", "none"), ("products", "word_pairs")


def _check_of_tables(name: str, value: Any) -> None:
    known = {"scaling": SCALINGS, "features": FEATURES}.get(name, ())
    for one in (value,) if isinstance(value, str) else value if known else ():
        if known and one not in known:
            raise UsageError(f"--{name} is {one!r}", accepted=", ".join(known),
                             hint=did_you_mean(one, known))  # fmt: skip


def check_model(
    model: str, knobs: Mapping[str, Any], *, pictures: bool | None, number: bool = False
) -> None:
    """Refuse a model that there is not or that does not fit, and knobs that it does not take.

    ``pictures`` is None where it is not known yet what the data are.
    """
    taken: tuple[str, ...] = ("n", "target_weight")
    if "." in model:
        import_classifier(model, number=None if pictures is None else number)
    else:
        taken += tuple(find_architecture(model).knobs)
    if pictures is not True and not is_network(model):
        taken += TABLE_KNOBS
    if number and "." not in model and model not in regressors():
        raise UsageError(
            f"{model} predicts classes, and the target is a number",
            accepted=", ".join(regressors()) + ", or the import path of a regressor",
            hint="--task classification takes each number for a class",
        )
    if number:
        taken = tuple(x for x in taken if x != "class_weights")
    for name, value in knobs.items():
        if name not in KNOBS:
            check_taken(name, tuple(KNOBS), "mlstrat train")
        check_taken(name, taken, f"the model {model!r}")
        check_value(name, value)
        _check_of_tables(name, value)
    axes, wanted = input_axes(model), 3 if pictures else 1
    if pictures is None or axes is None or axes == wanted:
        return
    rows: Mapping[str, Any] = networks()
    fitting = [name for name in rows if input_axes(name) == wanted and not rows[name].scale.tokens]
    raise UsageError(
        f"{model} does not read {'pictures' if pictures else 'tables'}",
        accepted=", ".join(fitting) + ", or a model of scikit-learn",
    )


def before_network(
    numbers: tuple[str, ...], categories: tuple[str, ...], texts: tuple[str, ...] = ()
) -> Callable[[Any], Prepared | Words]:
    """Return what learns, from the rows of train, what stands before a network."""
    from mlstrat.harness.train.prepared import prepared, words_of

    if texts:
        return lambda frame: words_of(frame, texts)
    return lambda frame: prepared(preprocessing(numbers, categories), frame, numbers, categories)


def tolerance_of(labels: NDArray[Any], train: NDArray[np.intp]) -> float:
    """Return the gap that is small: a point; of a number 1% of the error of train's median."""
    if labels.dtype.kind != "f":
        return 0.01
    taught = labels[train]
    far = float(np.abs(taught - np.median(taught)).mean())
    return float(f"{far / 100:.2g}") or 0.01


def model_knobs(knobs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the knobs of the model itself: others are of the rows and of the features."""
    apart = ("n", "target_weight", *TABLE_KNOBS)
    return {name: value for name, value in knobs.items() if name not in apart}


def rows_kept(
    knobs: Mapping[str, Any], splits: Rows, labels: NDArray[Any], seed: int, file: str
) -> Rows:
    """Leave in train as many rows as shall be learnt from, before anything learns from them."""
    if "n" not in knobs:
        return splits
    rows, n = splits["train"], knobs["n"]
    if n > len(rows):
        raise UsageError(f"--n is {n:,}, and train has {len(rows):,} rows",
                         accepted=f"1 to {len(rows):,}")  # fmt: skip
    kept = first_rows(rows, n, seed)
    if labels.dtype.kind != "f":
        check_train(labels[kept], None, file)
    return {**splits, "train": kept}


def counted_more(
    knobs: Mapping[str, Any], sources: NDArray[np.str_] | None, splits: Rows
) -> NDArray[np.intp] | None:
    """Return the rows of train, those of dev's source as often as they count."""
    times = knobs.get("target_weight", 1)
    if times == 1:
        return None
    rows = splits["train"]
    like = target_rows(sources, splits)
    if like is None or sources is None:
        raise UsageError(
            "--target-weight needs rows of train from dev's source, and rows from others",
            accepted="a column of sources, and rows of both in train",
        )
    return np.repeat(rows, np.where(np.isin(sources[rows], like), times, 1))


def target_rows(sources: NDArray[np.str_] | None, splits: Rows) -> list[str] | None:
    """Return the sources of dev where some rows of train are of them, and others are not."""
    if sources is None:
        return None
    like = np.unique(sources[splits["dev"]]).tolist()
    inside = np.isin(sources[splits["train"]], like)
    return like if inside.any() and not inside.all() else None


MOST_WORDS = 20_000
"""Words of free text that get a column of their own, the most frequent ones. Ours."""


def preprocessing(
    numbers: tuple[str, ...],
    categories: tuple[str, ...],
    texts: tuple[str, ...] = (),
    *,
    scaling: str = "standard",
    features: Sequence[str] = (),
) -> Any:
    """Return what makes a table into numbers.

    Medians stand in gaps; each category has a column, and each word of free text. Numbers are
    scaled as ``standard``, by ``quantile`` (their ranks, as a normal distribution) or not
    (``none``); ``features`` adds squares and ``products`` of numbers, ``word_pairs`` of free text.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import (
        OneHotEncoder,
        PolynomialFeatures,
        QuantileTransformer,
        StandardScaler,
    )

    # A column that is blank in all of train stays, as 0, so that its place is not lost.
    filled = SimpleImputer(strategy="median", keep_empty_features=True, add_indicator=True)
    encoded = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=MOST_CATEGORIES, sparse_output=False
    )
    long = 2 if "word_pairs" in features else 1
    words = [
        (f"text {place}", TfidfVectorizer(max_features=MOST_WORDS, sublinear_tf=True,
                                          ngram_range=(1, long)), name)
        for place, name in enumerate(texts)
    ]  # fmt: skip
    scaler: Any = {
        "standard": StandardScaler(), "none": "passthrough",
        "quantile": QuantileTransformer(output_distribution="normal", random_state=0),
    }[scaling]  # fmt: skip
    more = [PolynomialFeatures(2, include_bias=False), StandardScaler()]
    more = more if "products" in features else []
    steps = [
        ("numbers", make_pipeline(filled, scaler, *more), list(numbers)),
        ("categories", encoded, list(categories)),
        *words,
    ]
    return ColumnTransformer([step for step in steps if step[2]])
