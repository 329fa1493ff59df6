"""COCO's JSON is read into columns: as `json` reads it, and in little more than the text takes."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlstrat.errors import InputError
from mlstrat.tasks.detection import compute
from mlstrat.tasks.detection.coco_read import Listed, read_coco, read_json
from mlstrat.tasks.detection.compute import Boxes
from tests.boxes import scene


def read(text: str) -> Any:
    Path("some.json").write_text(text, encoding="utf-8")
    return read_json("some.json")


@pytest.mark.parametrize("space", ["", " ", "\n\t "])
def test_a_list_and_an_object_hold_the_same_boxes_as_json_says(empty_folder: Path, space: str):
    truth, results = scene(10)
    apart = (f",{space}", f":{space}")
    for value, key in ((results, ""), ({"info": {"a": [1]}, **truth}, "annotations")):
        text = space + json.dumps(value, separators=apart) + space
        found = read(text)
        listed = found[key] if key else found
        rows = json.loads(text)[key] if key else json.loads(text)
        assert isinstance(listed, Listed)
        assert listed.image_id == [x["image_id"] for x in rows]
        assert listed.category_id == [x["category_id"] for x in rows]
        assert listed.xywh.tolist() == [x["bbox"] for x in rows]
        scores = [x.get("score", np.nan) for x in rows]
        assert np.array_equal(listed.score, scores, equal_nan=True)
        if key:
            assert {k: v for k, v in found.items() if k != key} == {
                k: v for k, v in json.loads(text).items() if k != key
            }


@pytest.mark.parametrize("text", [
    "", "[", "[1", '[{"image_id": 1', "{", '{"a"', '{"a":', '{"a": 1', '{"annotations": [',
    "{1: 2}", '{"a" 1}', '{"a": 1 "b": 2}', "[1 2]", "[] x", "{} {}", '{"a": 1,}', "[,]",
    '["\x01"]', "nul", '{"annotations": [} ',
])  # fmt: skip
def test_what_json_refuses_is_refused_at_the_same_byte(empty_folder: Path, text: str):
    """A number in a list is refused as no box before what follows it is looked at."""
    with pytest.raises(json.JSONDecodeError) as wanted:
        json.loads(text)
    with pytest.raises(InputError) as caught:
        read(text)
    if "is not a box" not in str(caught.value):
        cut = wanted.value.pos >= len(text.rstrip()) or wanted.value.msg.startswith("Unterminated")
        at = len((text if cut else text[: wanted.value.pos]).encode())
        assert f"at byte {at:,}" in str(caught.value)


def test_an_id_that_is_written_often_is_kept_once(empty_folder: Path):
    row = '{"image_id": "a long name of an image", "category_id": 1, "bbox": [1, 2, 3, 4]}'
    found = read(f"[{row}, {row}]")
    assert found.image_id[0] is found.image_id[1]


def test_boxes_take_at_most_four_times_their_file(empty_folder: Path):
    truth, results = scene(200)
    long = results * (20_000 // len(results))
    Path("gt.json").write_text(json.dumps(truth), encoding="utf-8")
    Path("said.json").write_text(json.dumps(long), encoding="utf-8")
    right = read_coco("gt.json", None, checksum=False)
    size = Path("said.json").stat().st_size
    tracemalloc.start()
    said = read_coco("said.json", right, checksum=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(said.image) == len(long)
    assert peak <= 4 * size


def test_average_precision_in_parts_is_that_of_all(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("hotcoco")
    rng, n = np.random.default_rng(0), 300
    xywh = np.column_stack([rng.integers(0, 60, (n, 2)), rng.integers(20, 40, (n, 2))]) * 1.0
    kind = rng.integers(0, 6, n)
    image, none = rng.integers(0, 30, n), np.zeros(n, np.int64)
    truth = Boxes(image, np.minimum(kind, 4), xywh, np.full(n, np.nan), none)  # 5 is never true
    keep = kind != 2  # and 2 never found
    said = Boxes(image, kind, xywh + rng.normal(0, 4, (n, 4)), rng.random(n), none).where(keep)
    whole, _ = compute.average_precision(truth, said, 30)
    for size in (1, 40, 150):
        monkeypatch.setattr(compute, "EVALUATED", size)
        found, _ = compute.average_precision(truth, said, 30)
        assert found == pytest.approx(whole, abs=1e-12)
