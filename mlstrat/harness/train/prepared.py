"""What stands before a network that reads a table: the words of free text, or medians and scales.

The same figures as scikit-learn's `ColumnTransformer` gives, kept as numbers and names, so that
they go with the weights into one safetensors file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mlstrat.core.record import Record
from mlstrat.errors import InputError, UsageError
from mlstrat.harness.datasets.reading import TableReading, reading_of
from mlstrat.harness.recipes.recipe import Note

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlstrat.harness.networks.fitted import FittedNetwork

    Floats = NDArray[np.float64]

PADDING, UNKNOWN = 0, 1
"""Tokens that are no words: what is after the end, and words that train does not have twice."""

MOST_TOKENS, MOST_STEPS, SHARE = 10_000, 256, 0.99
"""Words that are known, the most frequent ones; tokens of a text that are read, and the share of
train's texts that are read to their end where not all are so short. Ours."""

_TOKEN = re.compile(r"\w+(?:['’]\w+)?|[^\w\s]")


def tokens_of(text: str) -> list[str]:
    """Return the words and signs of a text, in lower case."""
    return _TOKEN.findall(text.lower())


class Words(Record):
    """What makes free text into the tokens of a recurrent network."""

    columns: tuple[str, ...]
    """Whose texts are read, one after the other."""
    known: tuple[str, ...]
    """The words, the first of which is the token after `UNKNOWN`."""
    steps: int

    @property
    def nbytes(self) -> int:
        """Bytes of the words."""
        return sum(len(x.encode()) for x in self.known)

    @property
    def notes(self) -> Mapping[str, Note]:
        """What the run's config says of them."""
        return {"words": len(self.known), "tokens_read": self.steps}

    def transform(self, frame: Any) -> NDArray[np.int64]:
        """Return (N, steps) tokens, padding at the end."""
        token = {word: number for number, word in enumerate(self.known, start=UNKNOWN + 1)}
        made = np.full((len(frame), self.steps), PADDING, np.int64)
        for row, text in enumerate(_texts(frame, self.columns)):
            said = [token.get(x, UNKNOWN) for x in tokens_of(text)[: self.steps]]
            made[row, : len(said)] = said
        return made


def words_of(frame: Any, columns: tuple[str, ...]) -> Words:
    """Return the words of train that occur twice or more, the most frequent first."""
    said = [tokens_of(text) for text in _texts(frame, columns)]
    often = Counter(word for words in said for word in words)
    ranked = sorted((x for x in often if often[x] > 1), key=lambda x: (-often[x], x))
    longest = np.quantile([len(x) for x in said], SHARE, method="higher")
    return Words(columns, tuple(ranked[:MOST_TOKENS]), int(min(max(longest, 1), MOST_STEPS)))


def _texts(frame: Any, columns: tuple[str, ...]) -> list[str]:
    parts = [frame[name].to_numpy().astype(str).tolist() for name in columns]
    return [" ".join(row) for row in zip(*parts, strict=True)]


HEADER = "prepared"
"""Of the weights' file: what its header and its arrays are called by."""

ARRAYS = ("medians", "means", "scales")


class Category(NamedTuple):
    """A column of categories: those with an input of their own, and whether others share one."""

    name: str
    own: tuple[str, ...]
    shared: bool


class Prepared(Record, eq=False):
    """What makes the features of a table into a network's inputs."""

    numbers: tuple[str, ...]
    gaps: tuple[int, ...]
    """Places of those that have an input of their own saying that a number is missing."""
    medians: Floats
    """(N,), which stand in gaps."""
    means: Floats
    scales: Floats
    categories: tuple[Category, ...]
    order: tuple[int, ...] | None = None
    """In which the inputs come; None: as they are made."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the inputs, in their order."""
        made = [*self.numbers, *(f"{self.numbers[i]} (missing)" for i in self.gaps)]
        for x in self.categories:
            made += [f"{x.name}={value}" for value in x.own]
            made += [f"{x.name} (others)"] if x.shared else []
        return tuple(made if self.order is None else (made[i] for i in self.order))

    @property
    def notes(self) -> Mapping[str, Note]:
        """What the run's config says of it: nothing."""
        return {}

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays, and of the names of categories."""
        named = sum(len(value.encode()) for x in self.categories for value in x.own)
        return int(self.medians.nbytes + self.means.nbytes + self.scales.nbytes) + named

    def transform(self, frame: Any) -> NDArray[np.float32]:
        """Return (N, inputs) of a frame of features."""
        parts: list[Any] = []
        if self.numbers:
            values = frame[list(self.numbers)].to_numpy(np.float64)
            missing = np.isnan(values)
            filled = np.where(missing, self.medians, values)
            both = np.hstack([filled, missing[:, list(self.gaps)].astype(float)])
            parts.append((both - self.means) / self.scales)
        for x in self.categories:
            cells = frame[x.name].to_numpy().astype(str)
            own = cells[:, None] == np.array(x.own, dtype=str)[None, :]
            parts.append(own.astype(float))
            if x.shared:
                parts.append((~own.any(axis=1, keepdims=True)).astype(float))
        made = np.hstack(parts).astype(np.float32)
        return made if self.order is None else made[:, list(self.order)]


def prepared(
    steps: Any, frame: Any, numbers: tuple[str, ...], categories: tuple[str, ...]
) -> Prepared:
    """Return what scikit-learn's preprocessing learns from the rows of train."""
    steps.fit(frame)
    held = steps.named_transformers_
    gaps: tuple[int, ...] = ()
    medians = means = scales = np.zeros(0)
    if numbers:
        filled, scaled = held["numbers"][0], held["numbers"][1]
        gaps = tuple(int(i) for i in filled.indicator_.features_)
        medians, means, scales = filled.statistics_, scaled.mean_, scaled.scale_
        medians = np.where(np.isnan(medians), 0.0, medians)
    kept: list[Category] = []
    if categories:
        encoder = held["categories"]
        for name, every, rare in zip(
            categories, encoder.categories_, encoder.infrequent_categories_, strict=True
        ):
            few = set() if rare is None else set(map(str, rare))
            own = tuple(x for x in map(str, every) if x not in few)
            kept.append(Category(name, own, bool(few)))
    return Prepared(numbers, gaps, np.asarray(medians, float), np.asarray(means, float),
                    np.asarray(scales, float), tuple(kept))  # fmt: skip


def lent_order(made: Prepared | Words, folder: str) -> Prepared | Words:
    """Return the preparation with its inputs in the order of a run whose weights are borrowed."""
    held, _ = read_prepared(Path(folder))
    if held is None:
        raise UsageError(
            f"the network in {folder} does not say which columns it was trained on",
            hint="train it again on a table, and with its weights",
        )
    if isinstance(made, Words) or isinstance(held, Words):
        if isinstance(made, Words) and isinstance(held, Words):
            return replace(held, columns=made.columns)  # the words whose vectors are borrowed
        raise UsageError(f"the network in {folder} reads other things than this one")
    theirs, ours = held.names, made.names
    if set(theirs) != set(ours):
        only = [("has", x) for x in ours if x not in set(theirs)]
        only += [("lacks", x) for x in theirs if x not in set(ours)]
        shown = ", ".join(f"{verb} {name[:40]!r}" for verb, name in only[:4])
        more = f" and {len(only) - 4} more" if len(only) > 4 else ""
        raise UsageError(
            f"the network in {folder} was trained on other columns: this table {shown}{more}",
            accepted="a run on the same columns and categories, in any order",
        )
    at = {name: i for i, name in enumerate(ours)}
    return replace(made, order=tuple(at[name] for name in theirs))


def read_prepared(folder: Path) -> tuple[Prepared | Words | None, TableReading | None]:
    """Return what stands before the network of a run, and how its table is read; None without."""
    from mlstrat.harness.networks.fitted import WEIGHTS
    from mlstrat.harness.networks.loop import read_tensors

    tensors, about = read_tensors(folder / WEIGHTS)
    if HEADER not in about:
        return None, None
    try:
        told = about[HEADER]
        if "known" in told:
            words = Words(tuple(told["columns"]), tuple(told["known"]), int(told["steps"]))
            return words, reading_of(about["reading"])
        categories = tuple(Category(name, tuple(own), shared)
                           for name, own, shared in told["categories"])  # fmt: skip
        order = None if told["order"] is None else tuple(told["order"])
        medians, means, scales = (tensors[f"{HEADER}.{x}"].numpy() for x in ARRAYS)
        made = Prepared(tuple(told["numbers"]), tuple(told["gaps"]), medians, means, scales,
                        categories, order)  # fmt: skip
        return made, reading_of(about["reading"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            "the weights do not say how their table is read", file=str(folder / WEIGHTS),
            hint="train it again",
        ) from error  # fmt: skip


class PreparedNetwork(Record, eq=False):
    """A network with what stands before it: from a table's features to probabilities."""

    network: FittedNetwork
    before: Prepared | Words
    reading: TableReading
    notes: Mapping[str, Note] = field(default_factory=dict)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes."""
        return self.network.classes

    @property
    def size_bytes(self) -> int:
        """Bytes of the arrays that prediction needs, those before the network as well."""
        return self.network.size_bytes + self.before.nbytes

    def predict_proba(self, features: Any) -> NDArray[np.float64]:
        """Return (N, K) probabilities of a frame of features."""
        return self.network.predict_proba(self.before.transform(features))

    def save(self, folder: Path) -> None:
        """Write network and preparation into one ``model.safetensors``."""
        import torch

        held = vars(self.before)
        arrays = {f"{HEADER}.{name}": torch.from_numpy(np.ascontiguousarray(held[name]))
                  for name in ARRAYS if name in held}  # fmt: skip
        told = {HEADER: {name: x for name, x in held.items() if name not in ARRAYS},
                "reading": self.reading.to_dict()}  # fmt: skip
        self.network.save(folder, arrays, told)


def load_prepared(folder: Path) -> PreparedNetwork | None:
    """Return the network of a run with what stands before it; None where it is not of a table."""
    from mlstrat.harness.networks.fitted import load_network

    before, reading = read_prepared(folder)
    if before is None or reading is None:
        return None
    network = load_network(folder)
    return PreparedNetwork(network, before, reading, network.notes)
