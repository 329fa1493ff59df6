"""A run out of arrays, or of a frame with arrays beside it: positions count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlstrat.core.record import Record
from mlstrat.data.columns import ALIASES, PROBABILITY
from mlstrat.data.python.values import ARRAYS, Array, Named, array_of, library, series_of
from mlstrat.errors import InputError, UsageError

if TYPE_CHECKING:
    import polars as pl

EXTRAS = {"score": "score", "group": "group", "weight": "sample_weight", "id": "id"}
"""Keyword of an array to the column that it becomes."""


class Given(Record):
    """What goes with a run in a call: predictions, or the data of an estimator, and arrays."""

    second: Any = None
    split: Any = None
    probabilities: Any = None
    classes: Sequence[Any] | None = None
    arrays: Mapping[str, Any] = field(default_factory=dict)

    @property
    def named(self) -> list[str]:
        """The keywords that were given."""
        told = {"split": None if isinstance(self.split, str) else self.split,
                "probabilities": self.probabilities, **self.arrays}  # fmt: skip
        return [name for name, value in told.items() if value is not None]

    def of(self, split: str) -> Given:
        """Return what goes with one split of several."""

        def part(value: Any) -> Any:
            return value.get(split) if isinstance(value, Mapping) else value

        every = {"second": self.second, "probabilities": self.probabilities, **self.arrays}
        for name, value in every.items():
            if value is not None and not isinstance(value, Mapping):
                raise UsageError(
                    f"one array of {'predictions' if name == 'second' else name} for a dict of "
                    "splits",
                    accepted='one a split, as {"train": (y, p), "dev": (y, p)}',
                )
        arrays = {name: part(value) for name, value in self.arrays.items()}
        return replace(self, second=part(self.second), split=None, arrays=arrays,
                       probabilities=part(self.probabilities))  # fmt: skip


NOTHING = Given()


def of_arrays(labels: Any, given: Given) -> Named:
    """Return a run of arrays: positions count."""
    label = _label(array_of(labels, "label"), given.classes)
    columns = _beside(label, given)
    index = _index(labels, given.second)
    columns["label"] = np.asarray(as_classes(label, given.classes), label.dtype if
                                  given.classes is None else object)  # fmt: skip
    if "prediction" in columns:  # the last: a column n counts where it is
        columns["prediction"] = columns.pop("prediction")
    return Named(framed(columns, given.split), index=index)


def of_frame(run: Any, given: Given) -> Named:
    """Return a frame with arrays as further columns."""
    from mlstrat.data.opening import in_polars, open_frame

    table = in_polars(open_frame(run))
    frame = table.collect(lambda frame: frame.select(*table.names)).frame
    frame = frame.rename(dict(zip(table.names, table.header, strict=True)))
    if given.classes is not None:
        for x in frame.columns:
            if x.lower() in (*ALIASES["label"], *ALIASES["prediction"]):
                values = as_classes(np.array(frame[x].to_list(), object), given.classes)
                frame = frame.with_columns(series_of(x, values))
    if given.second is None and not given.named and given.split is None:
        return Named(frame, table.name)
    of_label = [x for x in frame.columns if x.lower() in ALIASES["label"]]
    label = np.array(frame[of_label[0]].to_list() if of_label else [None] * len(frame), object)
    more = framed({"label": label, **_beside(label, given)}, given.split).drop("label")
    rest = frame.drop(more.columns, strict=False)
    return Named(rest.hstack(more), table.name)


def _beside(label: Array, given: Given) -> dict[str, Array]:
    """Return the columns of the arrays beside the labels: prediction, scores, groups, …"""
    out: dict[str, Array] = {}
    for keyword, column in EXTRAS.items():
        if (value := given.arrays.get(keyword)) is not None:
            out[column] = array_of(value, keyword)
    probabilities = given.probabilities
    if probabilities is None and (score := out.get("score")) is not None and score.ndim == 2:
        probabilities = out.pop("score")
    if given.second is not None:
        second = array_of(given.second, "prediction")
        if second.ndim == 1:
            out["prediction"] = np.asarray(as_classes(second, given.classes))
        elif second.dtype.kind in "biu":
            out["prediction"] = _label(second, given.classes, "prediction")
        elif bool(np.isfinite(second).all()) and not bool(((second >= 0) & (second <= 1)).all()):
            names = _names(second, label, given.classes)  # logits: the largest is predicted
            out["prediction"] = np.array(names, dtype=object)[second.argmax(axis=1)]
        elif probabilities is None:
            probabilities = second
    if probabilities is not None:
        found = array_of(probabilities, "probabilities")
        if found.ndim == 1:
            out.setdefault("score", found)
        else:
            names = _names(found, label, given.classes)
            out |= {f"{PROBABILITY}{x}": found[:, i] for i, x in enumerate(names)}
    return out


def _label(values: Array, classes: Sequence[Any] | None, what: str = "label") -> Array:
    """Return labels of one dimension; of one-hot rows, the class of each."""
    if values.ndim == 1:
        return values
    width = values.shape[1]
    plain = values.dtype.kind in "biuf" and bool(np.isin(values, (0, 1)).all())
    if plain and bool((values.sum(axis=1) == 1).all()):
        found: Array = values.argmax(axis=1)
        return np.asarray(as_classes(found, classes))
    several = plain and bool((values.sum(axis=1) > 1).any())
    raise InputError(
        f"an array of {len(values):,} × {width:,}" + (", with several labels a row" if several
                                                      else " that is not one-hot"),
        file=ARRAYS,
        column=what,
        accepted="one value an example, or rows with a single 1",
        hint="diagnose one label at a time, as y[:, 0]" if several
        else "flatten it: one row an example" if what == "label" else None,
    )  # fmt: skip


def as_classes(values: Array, classes: Sequence[Any] | None) -> Any:
    """Return whole numbers as the classes that they are the indices of."""
    from mlstrat.data.values import label_text

    if classes is None:
        return values
    names = [label_text(x) for x in classes]
    seen = {x: label_text(x) for x in dict.fromkeys(values.tolist())}
    if set(seen.values()) - {""} <= set(names):
        return values
    out = {}
    for value, text in seen.items():
        whole = text.isdecimal()
        if whole and int(text) >= len(names):
            raise InputError(
                f"label {text} is not an index of {len(names)} classes", file=ARRAYS,
                accepted=f"0 to {len(names) - 1}",
            )  # fmt: skip
        out[value] = names[int(text)] if whole else value
    return np.array([out[x] for x in values.tolist()], dtype=object)


def _names(values: Array, label: Array, classes: Sequence[Any] | None) -> list[str]:
    from mlstrat.data.values import display_order, label_text

    width = values.shape[1]
    if classes is not None:
        if len(classes) != width:
            raise InputError(
                f"{len(classes)} classes for {width} columns of probabilities", file=ARRAYS
            )
        return [label_text(x) for x in classes]
    texts = {label_text(x) for x in set(label.tolist())} - {""}
    if texts == {"false", "true"} and width == 2:
        return ["false", "true"]
    if all(x.isdecimal() and int(x) < width for x in texts):
        return [str(i) for i in range(width)]
    if len(texts) == width:  # the order of scikit-learn
        return list(display_order(texts))
    raise InputError(
        f"{width} columns of probabilities, and {len(texts)} labels: which class is which?",
        file=ARRAYS,
        hint="name them in the order of the columns: classes=[…]",
    )


def framed(columns: Mapping[str, Array], split: Any) -> pl.DataFrame:
    """Return columns as one frame."""
    import polars as pl

    columns = dict(columns)
    if split is not None and not isinstance(split, str):
        columns = {"split": array_of(split, "split"), **columns}
    for name, value in columns.items():
        if value.ndim > 1:
            raise InputError(
                f"an array of {value.shape[0]:,} × {value.shape[1]:,}", file=ARRAYS, column=name,
                accepted="one value an example",
            )  # fmt: skip
    lengths: dict[str, int] = {}
    for name, value in sorted(columns.items(), key=lambda x: x[0] != "label"):
        what = "probabilities" if name.startswith(PROBABILITY) else name
        lengths.setdefault(what, len(value))
    if len(set(lengths.values())) > 1:
        raise InputError(
            f"arrays of different lengths: "
            f"{', '.join(f'{n:,} of {what}' for what, n in lengths.items())}",
            file=ARRAYS,
            accepted="one value an example in each",
        )
    frame = pl.DataFrame([series_of(name, value) for name, value in columns.items()])
    if isinstance(split, str):
        frame = frame.select(pl.lit(split).alias("split"), pl.all())
    return frame


def _index(labels: Any, predictions: Any) -> str:
    """Return how the indexes of two Series of pandas differ; nothing where they do not."""
    if not all(library(x) == "pandas" and hasattr(x, "index") and len(x) == len(labels)
               for x in (labels, predictions)):  # fmt: skip
        return ""
    one, other = labels.index, predictions.index
    if one.equals(other):
        return ""
    return "order" if len(one.symmetric_difference(other)) == 0 else "rows"
