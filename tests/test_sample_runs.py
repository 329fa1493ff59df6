"""The sample runs show what they say they show, and their reports are those that come out."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

import mlstrat as ms
from mlstrat.harness import Recipe, list_recipes


@pytest.fixture(autouse=True)
def from_the_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)


@pytest.mark.parametrize("recipe", list_recipes(), ids=lambda r: r.name)
def test_diagnose_finds_the_disease(recipe: Recipe):
    found = ms.diagnose(f"sample_runs/{recipe.name}/run.csv")
    assert (found.verdict, found.focus) == (recipe.expected_verdict, recipe.expected_focus)


@pytest.mark.parametrize("recipe", list_recipes(), ids=lambda r: r.name)
def test_the_focus_is_resolved_and_surely_the_largest(recipe: Recipe):
    document = ms.diagnose(f"sample_runs/{recipe.name}/run.csv").to_dict()
    for gap in document["gaps"]:
        if gap["gap"] in recipe.expected_focus:
            assert gap["resolved"]
            assert gap["p_largest"] > 0.8


@pytest.mark.parametrize("recipe", list_recipes(), ids=lambda r: r.name)
def test_the_report_is_the_one_that_comes_out(recipe: Recipe, root: Path):
    kept = (root / "sample_runs" / recipe.name / "report.md").read_text(encoding="utf-8")
    assert kept == ms.diagnose(f"sample_runs/{recipe.name}/run.csv").to_markdown()


@pytest.mark.parametrize("recipe", list_recipes(), ids=lambda r: r.name)
def test_a_recipe_shows_its_disease_when_it_is_trained_anew(recipe: Recipe, tmp_path: Path):
    ms.train(recipe.name, seed=2, out=tmp_path / "run")
    found = ms.diagnose(tmp_path / "run" / "run.csv")
    assert found.verdict == recipe.expected_verdict
    assert found.focus[:1] == recipe.expected_focus[:1]


def test_the_page_is_the_one_that_is_generated(root: Path):
    spec = importlib.util.spec_from_file_location("make", root / "sample_runs" / "make.py")
    assert spec is not None
    assert spec.loader is not None
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    assert (root / "sample_runs" / "README.md").read_text(encoding="utf-8") == make.page()
