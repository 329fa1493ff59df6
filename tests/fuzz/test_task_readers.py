"""Mutated files through the reader of every task: measured, or refused with a message."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Mapping
from pathlib import Path

import pytest

import mlstrat as ms
from mlstrat.core.asked import declared, default_of
from mlstrat.data.settings import settle
from mlstrat.errors import MlstratError
from mlstrat.tasks import find
from mlstrat.tasks.asking import how_of
from mlstrat.workflow.error_table.command import ERROR_TABLE
from tests.fuzz import task_seeds as seeds
from tests.fuzz.mutations import mutate

Files = Mapping[str, bytes]

READERS: Mapping[str, tuple[str, str, Files]] = {
    "conll": ("tagging", "run.conll", {"run.conll": seeds.conll()}),
    "sentences": ("tagging", "run.jsonl", {"run.jsonl": seeds.sentences()}),
    "labels": ("multilabel", "run.csv", {"run.csv": seeds.labels()}),
    "numbers": ("regression", "run.csv", {"run.csv": seeds.numbers()}),
    "trials": ("verification", "run.txt", {"run.txt": seeds.trials()}),
    "faces": ("identification", "run.txt", {"run.txt": seeds.trials()}),
    "tokens": ("language_model", "run.jsonl", {"run.jsonl": seeds.tokens()}),
    "outputs": ("seq2seq", "run.jsonl", {"run.jsonl": seeds.outputs()}),
    "utterances": ("speech", "hyp.trn", seeds.utterances()),
    "examples": ("ratio", "run.csv", {"run.csv": seeds.examples()}),
    "card": ("regression", "card.toml", seeds.card()),
    "box": ("localisation", "said.csv", seeds.boxes()),
    "points": ("landmarks", "said.csv", seeds.points()),
    "poses": ("landmarks", "said.json", seeds.poses()),
    "coco": ("detection", "said.json", seeds.coco()),
    "pixels": ("segmentation", "run.csv", {"run.csv": seeds.pixels()}),
    "rows of boxes": ("detection", "run.csv", {"run.csv": seeds.rows_of_boxes()}),
}
"""The task of each reader, the file that it is given, and the files that are made wrong."""

TRUTHS = ("ref.trn", "boxes.csv", "points.csv", "gt.json")
"""Files of a truth that stands apart."""

INPUTS = int(os.environ.get("MLSTRAT_FUZZ_INPUTS", "150"))
"""Of each reader; by hand 20,000."""


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_what_cannot_be_read_is_refused_and_never_a_traceback(
    reader: str, empty_folder: Path
) -> None:
    name, file, files = READERS[reader]
    task, refused = find(name), 0
    asked = {x: default_of(*y) for x, y in declared(ERROR_TABLE.asked).items()}
    asked |= {"task": name, "truth": next((x for x in TRUTHS if x in files), None)}
    for number in range(INPUTS):
        rng = random.Random(f"{reader}/{number}")
        wrong = rng.choice(sorted(files))
        for path, content in files.items():
            Path(path).write_bytes(mutate(content, rng) if path == wrong else content)
        try:
            how = how_of(settle(file, asked), checksum=False)
            read = task.opened(file, how)
            task.measure(read, how)
            with contextlib.suppress(StopIteration):
                next(iter(task.units(read, how)))
        except MlstratError as error:
            refused += 1
            assert str(error)
        except Exception as error:
            raise AssertionError(f"{reader}, input {number}") from error
    assert 0.02 * INPUTS < refused < INPUTS


def chain() -> bytes:
    """Plates that are detected, then read."""
    rows = [f"{i},dev,{i % 3},{i % 2 and i % 3},{i % 2},{1 - i % 2}" for i in range(24)]
    return "\n".join(["id,split,label,prediction,after_a,after_b", *rows]).encode() + b"\n"


@pytest.mark.slow
def test_a_chain_of_parts_is_counted_or_refused(empty_folder: Path) -> None:
    refused = 0
    for number in range(INPUTS):
        rng = random.Random(f"chain/{number}")
        Path("run.csv").write_bytes(mutate(chain(), rng))
        try:
            ms.error_table("run.csv", parts=["after_a", "after_b"]).to_dict()
        except MlstratError:
            refused += 1
    assert 0.02 * INPUTS < refused < INPUTS


@pytest.mark.slow
def test_a_sheet_of_units_is_counted_beside_its_run_or_refused(empty_folder: Path) -> None:
    Path("run.conll").write_bytes(seeds.conll())
    sheet = ms.sample("run.conll", task="tagging", output="sheet.csv").to_frame()
    text = sheet.assign(tags="name").to_csv(index=False).encode()
    refused = 0
    for number in range(INPUTS):
        rng = random.Random(f"sheet/{number}")
        Path("sheet.csv").write_bytes(mutate(text, rng))
        try:
            ms.error_table("sheet.csv", run="run.conll", task="tagging").to_dict()
        except MlstratError:
            refused += 1
    assert 0.02 * INPUTS < refused < INPUTS


def test_every_reader_is_made_wrong() -> None:
    for name, file, files in READERS.values():
        assert file in files
        assert find(name).name == name
