"""The studies that are kept: what `mlstrat study knobs` says of seven recipes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import mlstrat as ms
from mlstrat.harness import find_recipe
from mlstrat.harness.recipes.models import is_network
from tests.schema_hook import check
from tests.test_sample_runs import load_script

make_studies = load_script(Path(__file__).parent.parent / "sample_runs" / "make_studies.py")
FOLDER = make_studies.HERE


def kept(recipe: str) -> dict:
    return json.loads((FOLDER / recipe / "report.json").read_text("utf-8"))


@pytest.mark.parametrize("recipe", make_studies.STUDIES)
def test_a_kept_study_is_whole_and_its_report_is_that_of_its_json(recipe):
    told = kept(recipe)
    check(told)
    assert {x.name for x in (FOLDER / recipe).iterdir()} == set(make_studies.KEPT)
    assert (told["study"], told["recipe"], told["small"]) == ("knobs", recipe, False)
    assert told["seeds"] == list(range(make_studies.SEEDS[recipe]))
    report = (FOLDER / recipe / "report.md").read_text("utf-8").replace("\\_", "_")
    assert "](knobs.png)" in report
    for finding in told["findings"]:
        assert f"**{finding['code']} {finding['title']}.**" in report
    for condition in told["conditions"][1:]:
        assert condition["title"].partition(" (")[0] in report


def test_one_needs_no_torch_and_the_others_do():
    found = [is_network(find_recipe(name).model.architecture) for name in make_studies.STUDIES]
    assert found == [False, *[True] * (len(found) - 1)]


def moved(recipe: str) -> dict[str, set[str]]:
    out: dict[str, set[str]] = {}
    for x in kept(recipe)["comparisons"]:
        if x["outcome"] in ("fell", "rose"):
            out.setdefault(x["of"], set()).add(x["quantity"])
    return out


def test_more_data_moves_variance_alone_and_augmentation_bias_too():
    found = moved("glyphs_variance")
    assert found["more_data"] == {"variance", "dev"}
    assert found["augmentation"] == {"avoidable_bias", "variance", "dev"}
    named = next(f for f in kept("glyphs_variance")["findings"] if f["code"] == "MLS702")
    assert [x["of"] for x in named["evidence"]["knobs"]] == ["augmentation"]


def test_examples_like_dev_lower_a_mismatch_and_no_knob_of_bias_and_variance_does():
    changes = [x for x in kept("data_mismatch")["comparisons"] if x["outcome"] == "fell"]
    assert [(x["of"], x["quantity"]) for x in changes] == [
        ("target_data", "data_mismatch"), ("target_data", "dev"),
    ]  # fmt: skip
    first = (FOLDER / "data_mismatch" / "report.md").read_text("utf-8").splitlines()[0]
    assert "the error on dev fell most with examples like dev in train" in first


def test_the_kept_study_that_needs_no_torch_says_what_its_runs_say(tmp_path):
    """One condition of one seed, trained again."""
    told = kept("data_mismatch")
    again = ms.train("data_mismatch", seed=0, out=tmp_path / "run").errors
    entry = next(x for x in told["signature"]["inputs"] if x["path"] == "base/seed-0/run.csv")
    assert entry["rows"] == sum(find_recipe("data_mismatch").splits.sizes)
    changes = [x for x in told["comparisons"] if x["of"] == "longer" and x["quantity"] == "dev"]
    assert len(changes[0]["by_seed"]) == len(told["seeds"])
    assert abs(again["dev"] - told["conditions"][0]["levels"]["dev"]["value"]) < 0.05


@pytest.mark.parametrize("recipe", ["triplet_random", "dates_beam"])
def test_no_gap_surely_moved_by_how_triplets_are_chosen_or_by_how_wide_a_search_is(recipe):
    assert moved(recipe) == {}
    assert len(kept(recipe)["conditions"]) == 4


def test_of_boxes_only_one_anchor_moved_anything_and_that_is_dev():
    assert moved("yolo_shapes") == {"anchors_1": {"dev"}}
