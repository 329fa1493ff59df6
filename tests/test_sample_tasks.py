"""The sample runs of tasks are what makes them, and their reports say what was planted."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

import mlstrat as ms
from mlstrat.tasks import HOMES


def _load(path: Path) -> ModuleType:
    found = importlib.util.spec_from_file_location(path.stem, path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


make = _load(Path(__file__).parent.parent / "sample_runs" / "make_tasks.py")


@pytest.fixture(autouse=True)
def from_the_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)


BESIDE = {
    "detection": "boxes",
    "localisation": "points/localisation",
    "landmarks": "points/landmarks",
}
"""Tasks whose sample runs are pictures, and made by scripts of their own."""


def test_every_task_has_one():
    assert set(HOMES) - {"ratio"} <= {*make.TASKS, *BESIDE}
    for folder in BESIDE.values():
        assert (make.FOLDER.parent / folder / "report.md").is_file()


@pytest.mark.parametrize("name", make.TASKS)
def test_a_run_is_what_makes_it(name: str):
    for file, text in make.files_of(name).items():
        assert (make.FOLDER / name / file).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", make.TASKS)
def test_a_report_is_the_one_that_comes_out(name: str):
    kept = (make.FOLDER / name / "report.md").read_text(encoding="utf-8")
    assert kept == make.report_of(name)


def test_the_page_names_every_run():
    assert (make.FOLDER / "README.md").read_text(encoding="utf-8") == make.page()


@pytest.mark.parametrize(
    ("name", "focus"),
    [("regression", "variance"), ("multilabel", "variance"), ("language_model", "variance"),
     ("tagging", "data_mismatch"), ("speech", "data_mismatch"),
     ("segmentation", "avoidable_bias")],
)  # fmt: skip
def test_what_was_planted_is_found(name: str, focus: str):
    found = ms.diagnose(make.run_of(name), task=name).to_dict()["gaps"]
    gap = next(x for x in found if x["gap"] == focus)
    assert gap["resolved"]
    assert gap["value"] == max(x["value"] or 0.0 for x in found)


def test_search_and_the_first_part_of_the_chain_own_most_errors():
    codes = {x.code for x in ms.diagnose(make.run_of("seq2seq"), task="seq2seq").findings}
    assert "MLS810" in codes
    found = ms.error_table(make.run_of("chain"), task="seq2seq", parts=make.PARTS)
    assert found.categories[0].tag == "detect"
