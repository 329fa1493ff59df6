"""Order, names and containers play no part: the same rows are the same document to the last digit.

Every command that takes a run is asked of one run, and of the same with rows and columns in another
order: as a file, as the frames of other libraries, as arrays and as counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import mlstrat as ms

LABELS = ["ant", "bee", "cat"]
ROWS = 400


def run(seed: int, wrong: float) -> pl.DataFrame:
    """Return the answers of one model to the questions that are the same for all."""
    rng, model = np.random.default_rng(7), np.random.default_rng(seed)
    label = rng.choice(LABELS, ROWS)
    probabilities = model.dirichlet([1, 1, 1], ROWS)
    return pl.DataFrame({
        "id": [f"e{i:04}" for i in range(ROWS)],
        "split": rng.choice(["train", "train-dev", "dev", "test"], ROWS),
        "label": label,
        "prediction": np.where(model.random(ROWS) < wrong, model.choice(LABELS, ROWS), label),
        "region": rng.choice(["north", "south", "west"], ROWS),
        "lux": rng.random(ROWS).round(4),
        "age": rng.integers(18, 80, ROWS),
        "group": [f"g{i}" for i in rng.integers(0, 50, ROWS)],
        "human_x": np.where(rng.random(ROWS) < 0.1, "bee", label),
        "human_y": np.where(rng.random(ROWS) < 0.2, "cat", label),
        **{f"prob_{name}": probabilities[:, i] for i, name in enumerate(LABELS)},
    })  # fmt: skip


WHOLE = run(1, 0.25), run(2, 0.4)
APART = tuple(x.drop("group", "human_x", "human_y") for x in WHOLE)
"""Without groups and people, whose intervals take longer."""

QUICK: dict[str, Any] = {"resamples": 100}

ASKED: dict[str, Callable[[Any, Any], Any]] = {
    "diagnose": lambda a, _: ms.diagnose(a, **QUICK),
    "diagnose of F1": lambda a, _: ms.diagnose(a, metric="f1", **QUICK),
    "score": lambda a, _: ms.score(a, by=["region"], **QUICK),
    "score of log loss": lambda a, _: ms.score(a, metric="log_loss", **QUICK),
    "slices": lambda a, _: ms.slices(a, min_size=8, **QUICK),
    "slices of two": lambda a, b: ms.slices(a, versus=b, by=["region"], **QUICK),
    "slices of the mismatch": lambda a, _: ms.slices(
        a, by=["region", "age"], mismatch=True, min_size=8, **QUICK
    ),
    "sample": lambda a, _: ms.sample(a, n=10, stratify="pair"),
    "count": lambda a, _: ms.count(a, by=["region"], scores=True),
    "compare": lambda a, b: ms.compare(a, b, metric="f1", by=["region"], **QUICK),
    "gate": lambda a, b: ms.gate(a, baseline=b, **QUICK),
    "select": lambda a, b: ms.select({"a": a, "b": b}, optimize="accuracy", **QUICK),
    "report": lambda a, b: ms.report(a, baseline=b, **QUICK),
    "human": lambda a, _: ms.human(a, **QUICK),
    "suspects": lambda a, _: ms.mislabels(suspects=a, n=10),
}

OF_WHOLE = {"count", "human", "compare", "score"}
QUESTIONS = [*ASKED, pytest.param("diagnose, groups", marks=pytest.mark.slow)]


def question(asked: str) -> tuple[Callable[[Any, Any], Any], tuple[pl.DataFrame, pl.DataFrame]]:
    """Return what is asked, and of which two runs."""
    name = asked.partition(", ")[0]
    return ASKED[name], WHOLE if name in OF_WHOLE or name != asked else APART


PLACES = re.compile(r'"(path|run|last|name|a|b)": "[^"]*"|"(bytes|sha256)": [^,}]*')
"""Names of inputs, and what only a file has."""

NEW_NAMES = {"ant": "zant", "bee": "zbee", "cat": "zcat"}


def told(document: Any) -> Any:
    """Return the JSON of a result without what it was read from."""
    text = json.dumps({k: v for k, v in document.to_dict().items() if k != "signature"})
    found = json.loads(PLACES.sub(r'"\1\2": null', text))
    if isinstance(columns := found.get("columns"), dict):
        columns.pop("n", None)  # that of counts
    return found


def renamed(frame: pl.DataFrame) -> pl.DataFrame:
    columns = [x for x in ("label", "prediction", "human_x", "human_y") if x in frame.columns]
    frame = frame.with_columns(pl.col(x).replace(NEW_NAMES) for x in columns)
    return frame.rename({f"prob_{old}": f"prob_{new}" for old, new in NEW_NAMES.items()})


SHUFFLED = np.random.default_rng(3).permutation(ROWS)


def shuffled(frame: pl.DataFrame) -> pl.DataFrame:
    return frame[SHUFFLED].select(sorted(frame.columns, reverse=True))


VARIANTS: dict[str, Callable[[pl.DataFrame], Any]] = {
    "a lazy frame": lambda frame: shuffled(frame).lazy(),
    "pandas, with categories": lambda frame: (
        shuffled(frame).to_pandas().astype({"label": "category", "region": "category"})
    ),
    "pyarrow": lambda frame: shuffled(frame).to_arrow(),
    "a dict of arrays": lambda frame: {x: frame[x].to_numpy() for x in reversed(frame.columns)},
}


@pytest.mark.parametrize("asked", QUESTIONS)
def test_the_same_rows_are_the_same_document(asked: str) -> None:
    ask, runs = question(asked)
    expected = told(ask(*runs))
    for name, variant in VARIANTS.items():
        assert told(ask(*map(variant, runs))) == expected, name


@pytest.mark.parametrize("asked", QUESTIONS)
def test_a_file_is_the_same_document_and_so_are_other_names(asked: str, tmp_path: Path) -> None:
    ask, runs = question(asked)
    expected = told(ask(*runs))
    paths = [str(tmp_path / f"{name}.csv") for name in "ab"]
    for frame, path in zip(runs, paths, strict=True):
        shuffled(frame).write_csv(path)
    assert told(ask(*paths)) == expected
    text = json.dumps(told(ask(*map(renamed, runs))))
    for old, new in NEW_NAMES.items():
        text = text.replace(new, old)
    assert json.loads(text) == expected


@pytest.mark.parametrize("asked", ["score", "human", "diagnose of F1"])
def test_counts_are_the_same_document(asked: str) -> None:
    kept = WHOLE[0].select("split", "label", "prediction", "region", "group", "human_x", "human_y")
    counts = ms.count(kept, by=["region"]).to_frame()
    assert 1 < len(counts) < len(kept)
    assert told(ASKED[asked](counts, None)) == told(ASKED[asked](kept, None))


def test_arrays_are_the_same_document_as_the_frame_of_them() -> None:
    frame = WHOLE[0].select("split", "label", "prediction", "group")
    split, label, prediction, group = (frame[x].to_numpy() for x in frame.columns)
    expected = told(ms.diagnose(frame, **QUICK))
    assert told(ms.diagnose(label, prediction, split=split, group=group, **QUICK)) == expected
    parts = {
        str(name): (part["label"].to_list(), part["prediction"].to_list())
        for (name,), part in frame.group_by("split")
    }
    assert told(ms.diagnose(parts, **QUICK)) == told(ms.diagnose(frame.drop("group"), **QUICK))
