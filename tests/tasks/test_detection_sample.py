"""The sample run of boxes shows the faults that it was drawn with."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

import mlstrat as ms

CARD = "sample_runs/boxes/card.toml"


@pytest.fixture(autouse=True)
def from_the_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = Path(__file__).parent.parent.parent / "sample_runs" / "make_boxes.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = made
    spec.loader.exec_module(made)
    return made


def test_its_files_are_those_that_are_drawn(script: ModuleType):
    for name, text in script.files().items():
        assert (script.FOLDER / name).read_text(encoding="utf-8") == text, name


def test_variance_is_found_and_missed_boxes_are_most_of_it():
    found = ms.diagnose(CARD)
    assert (found.verdict, found.focus) == ("focus", ("variance",))
    kinds = found.to_dict()["splits"]["dev"]["categories"]
    assert kinds[0]["category"] == "Miss"
    assert found.to_dict()["levels"][0]["level"] == "human"


def test_the_night_is_where_boxes_are_missed():
    found = ms.slices(CARD, by="light").to_dict()
    first = found["slices"][0]
    assert (first["where"], first["confirmed"]) == ({"light": "night"}, True)


def test_the_report_is_the_one_that_comes_out(script: ModuleType):
    pytest.importorskip("hotcoco")  # AP is in it
    kept = (script.FOLDER / "report.md").read_text(encoding="utf-8")
    assert kept == ms.diagnose(CARD).to_markdown()
