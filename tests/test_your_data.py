"""The page "Your data": its recipes write runs, and it names what the code reads."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

import mlstrat as ms
from docs.your_data import RECIPES, Recipe, your_data
from mlstrat.data.columns import KNOWN_NAMES
from mlstrat.data.files import FORMATS
from mlstrat.data.several.named import named_files
from mlstrat.data.values import SPLIT_ALIASES

RUNNING = [x for x in RECIPES if x.run]


@pytest.mark.parametrize("recipe", RUNNING, ids=[x.title for x in RUNNING])
def test_a_recipe_writes_a_run(recipe: Recipe, tmp_path: Path, monkeypatch: Any) -> None:
    if missing := [x for x in recipe.needs if importlib.util.find_spec(x) is None]:
        pytest.skip(f"needs {', '.join(missing)}")
    monkeypatch.chdir(tmp_path)
    exec(recipe.code, {})
    found = ms.score(named_files(recipe.run) or recipe.run, metric="accuracy").to_dict()
    assert found["scores"][0]["n"] >= 100


def test_the_samples_of_lm_eval_become_a_run(tmp_path: Path, monkeypatch: Any) -> None:
    """With a file of the kind: a log-likelihood, and whether it is greedy, for each choice."""
    (recipe,) = (x for x in RECIPES if x.needs == ("lm_eval",))
    monkeypatch.chdir(tmp_path)
    replies = [[["-1.5", "False"], ["-2.5", "False"]], [["-2.5", "False"], ["-0.5", "True"]]]
    lines = [{"doc_id": i, "target": str(i % 2), "acc": 1.0, "filtered_resps": replies[i % 2]}
             for i in range(6)]  # fmt: skip
    Path("samples.jsonl").write_text("\n".join(map(json.dumps, lines)))
    exec(recipe.code, {})
    assert ms.score("run.csv", metric="accuracy").to_dict()["scores"][0]["value"] == 1.0


def test_the_page_names_what_is_read_and_says_what_is_not_run() -> None:
    page = "\n".join(your_data())
    for name in (*KNOWN_NAMES, *FORMATS, *SPLIT_ALIASES):
        assert f"`{name}`" in page, name
    assert page.count("Not run by a test.") == len(RECIPES) - len(RUNNING)
