"""The sample runs show what they say they show, and their reports are those that come out."""

from __future__ import annotations

import contextlib
import importlib.util
import re
from io import StringIO
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

import mlstrat as ms
from mlstrat.harness import Recipe, find_recipe, list_recipes
from mlstrat.harness.datasets import load_examples
from mlstrat.harness.recipes.tables import DIGITS
from mlstrat.harness.recipes.tables import RECIPES as TABLES
from mlstrat.show.document import Document

KEPT = [
    find_recipe(path.parent.name)
    for path in sorted((Path(__file__).parent.parent / "sample_runs").glob("*/run.toml"))
]
"""Recipes whose runs are kept there: those of small files."""


@pytest.fixture(autouse=True)
def from_the_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)


@pytest.mark.parametrize("recipe", KEPT, ids=lambda r: r.name)
def test_diagnose_finds_the_disease(recipe: Recipe):
    found = ms.diagnose(f"sample_runs/{recipe.name}/run.csv")
    assert (found.verdict, found.focus) == (recipe.expected_verdict, recipe.expected_focus)


@pytest.mark.parametrize("recipe", KEPT, ids=lambda r: r.name)
def test_the_focus_is_resolved_and_surely_the_largest(recipe: Recipe):
    document = ms.diagnose(f"sample_runs/{recipe.name}/run.csv").to_dict()
    for gap in document["gaps"]:
        if gap["gap"] in recipe.expected_focus:
            assert gap["resolved"]
            assert gap["p_largest"] > 0.8


@pytest.mark.parametrize("recipe", KEPT, ids=lambda r: r.name)
def test_the_report_is_the_one_that_comes_out(recipe: Recipe, root: Path):
    kept = (root / "sample_runs" / recipe.name / "report.md").read_text(encoding="utf-8")
    assert kept == ms.diagnose(f"sample_runs/{recipe.name}/run.csv").to_markdown()


@pytest.mark.parametrize("recipe", TABLES, ids=lambda r: r.name)
def test_a_recipe_shows_its_disease_when_it_is_trained_anew(recipe: Recipe, tmp_path: Path):
    ms.train(recipe.name, seed=2, out=tmp_path / "run")
    found = ms.diagnose(tmp_path / "run" / "run.csv")
    assert found.verdict == recipe.expected_verdict
    assert found.verdict != "focus" or found.focus[:1] == recipe.expected_focus[:1]


def load_script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def test_the_page_is_the_one_that_is_generated(root: Path):
    make = load_script(root / "sample_runs" / "make.py")
    assert (root / "sample_runs" / "README.md").read_text(encoding="utf-8") == make.page()


def test_every_recipe_was_trained_and_showed_what_it_says(root: Path):
    make = load_script(root / "sample_runs" / "make.py")
    rows = pd.read_csv(root / "sample_runs" / "recipes.csv").set_index("recipe")
    assert list(rows.index) == [recipe.name for recipe in list_recipes()]
    for recipe in list_recipes():
        expected = make.words(recipe.expected_verdict, recipe.expected_focus)
        assert list(rows.loc[recipe.name, ["found", "small_found"]]) == [expected, expected]
    assert rows["seconds"].max() <= 60
    assert rows["small_seconds"].max() <= 10


def test_the_learning_curve_comes_out_again_and_shows_both(root: Path):
    make = load_script(root / "sample_runs" / "make.py")
    kept = pd.read_csv(root / "sample_runs" / "curve.csv")
    anew = pd.read_csv(StringIO(make.learning_curve()))
    assert list(anew["n"]) == list(kept["n"])
    # Between equal cuts of a tree another version or machine may choose another.
    assert (anew[["train", "dev"]] - kept[["train", "dev"]]).abs().max(axis=None) < 0.05
    found = ms.curve("sample_runs/curve.csv", target="5%")
    assert (found.diagnosis, found.reaches) == ("both", "never")
    means = kept.groupby("n")[["train", "dev"]].mean()
    assert means["train"].is_monotonic_increasing
    assert means["dev"].is_monotonic_decreasing


@pytest.fixture(scope="module")
def story(root: Path) -> ModuleType:
    return load_script(root / "sample_runs" / "make_story.py")


@pytest.fixture(scope="module")
def told(story: ModuleType, root: Path) -> dict[str, Document]:
    with contextlib.chdir(root):
        return story.documents()


def test_the_reports_and_the_page_of_the_story_are_those_that_come_out(
    story: ModuleType, told: dict[str, Document]
):
    pages = {f"{name}.md": told[name].to_markdown() for name in story.REPORTS}
    for name, text in {**pages, "README.md": story.page(told)}.items():
        assert (story.FOLDER / name).read_text(encoding="utf-8") == text, name


@pytest.mark.parametrize("name", ["first", "second"])
def test_the_runs_of_the_story_come_out_again(story: ModuleType, name: str):
    kept = pd.read_csv(story.FOLDER / f"{name}.csv", dtype=str)
    anew = story.train(name).astype(str)
    assert list(anew) == list(kept)
    shares = [column for column in kept if column.startswith("prob_")]
    pd.testing.assert_frame_equal(anew.drop(columns=shares), kept.drop(columns=shares))
    # A share that stands between two decimals may fall to either side on another machine.
    apart = (anew[shares].astype(float) - kept[shares].astype(float)).abs()
    assert (apart < 1.5 * 10**-story.DECIMALS).all(axis=None)
    assert (story.FOLDER / f"{name}.toml").read_text(encoding="utf-8") == story.config(name)


@pytest.mark.parametrize(("name", "correct"), [("first", 40), ("second", 0)])
def test_the_sheets_of_the_story_are_those_drawn_and_every_row_was_read(
    story: ModuleType, tmp_path: Path, name: str, correct: int
):
    out = tmp_path / "drawn.csv"
    ms.sample(story.path(f"{name}.csv"), correct=correct, output=out)
    drawn = pd.read_csv(out, dtype=str, keep_default_na=False)
    filled = pd.read_csv(story.FOLDER / f"{name}_review.csv", dtype=str, keep_default_na=False)
    review = ["tags", "mislabeled", "true_label", "comment"]
    pd.testing.assert_frame_equal(filled.drop(columns=review), drawn.drop(columns=review))
    assert (filled["tags"] != "").all()
    assert set(filled["mislabeled"]) == {"no"}


def test_a_doubted_label_is_the_digit_that_stands_there_elsewhere(story: ModuleType):
    digits = "".join(load_examples(DIGITS, seed=0).labels)
    sheet = story.sheet("first_review.csv")
    doubted = [int(name[-4:]) for name, row in sheet.items() if "the form" in row["comment"]]
    assert len(doubted) == 7
    for row in doubted:
        before, after = digits[row - 6 : row], digits[row + 1 : row + 7]
        elsewhere = re.findall(f"(?<={before}).(?={after})", digits)
        assert len(elsewhere) > 5
        assert set(elsewhere) == {digits[row]}


def test_the_story_is_not_told_as_a_success(told: dict[str, Document]):
    compared, moved = told["compare"].to_dict(), told["moved"].to_dict()
    assert compared["verdict"] == "undecided"
    assert not any(tag["sure"] for tag in moved["moved"])
    assert told["mislabels"].to_dict()["label_share"]["value"] == 0
