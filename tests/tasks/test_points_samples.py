"""The sample runs of boxes and points show what they say, and their reports are those that come."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

import mlstrat as ms

FOUND = {"localisation": ("data_mismatch", "loose box"),
         "landmarks": ("avoidable_bias", "sides swapped")}  # fmt: skip


@pytest.fixture(scope="module")
def script(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "make_points", root / "sample_runs" / "make_points.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", FOUND)
def test_the_disease_and_its_kind_of_error_are_found(
    name: str, root: Path, script: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(root)
    focus, kind = FOUND[name]
    reports = script.reports(name)
    assert reports["report.md"].focus == (focus,)
    assert reports["kinds.md"].to_dict()["categories"][0]["tag"] == kind
    folder = root / "sample_runs" / "points" / name
    for file, document in reports.items():
        assert (folder / file).read_text(encoding="utf-8") == document.to_markdown()


def test_what_is_drawn_is_what_stands_there(tmp_path: Path, root: Path, script: ModuleType):
    for name in FOUND:
        folder = tmp_path / name
        folder.mkdir()
        getattr(script, name)(folder)
        kept = root / "sample_runs" / "points" / name
        for path in folder.iterdir():
            assert path.read_text() == (kept / path.name).read_text(), path.name
        assert ms.diagnose(folder, resamples=300).focus == (FOUND[name][0],)


def test_the_page_is_that_of_the_script(root: Path, script: ModuleType):
    kept = (root / "sample_runs" / "points" / "README.md").read_text(encoding="utf-8")
    assert kept == script.page()
