"""What `error-table` says is held against `compare` on the same rows, and against the truth."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mlstrat as ms

STORY = Path(__file__).parents[3] / "sample_runs" / "story"


@pytest.fixture(scope="module")
def story():
    """Return the table of the story, its run, and the tags of each error by id."""
    table = ms.error_table(str(STORY / "first_review.csv"), run=str(STORY / "first.csv"))
    with (STORY / "first_review.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] != row["prediction"]]
    tags = {row["id"]: row["tags"].split(";") for row in rows}
    return table.to_dict(), pl.read_csv(STORY / "first.csv"), tags


@pytest.mark.parametrize("tag", ["filled in", "flagged one", "narrow", "zigzag three", "cut off"])
def test_compare_finds_the_fixes_that_error_table_says_dev_would_show(story, tag):
    """The prediction becomes the label on the rows of a tag: `compare` says what it makes of it."""
    table, run, tags = story
    of_tag = [i for i, found in tags.items() if tag in found]
    fixed = run.with_columns(
        prediction=pl.when(pl.col("id").is_in(of_tag)).then("label").otherwise("prediction")
    )
    found = ms.compare(run, fixed).to_dict()
    said = next(c for c in table["categories"] if c["tag"] == tag)
    assert said["full_fix"]["errors"]["value"] == found["only_b_right"] == len(of_tag)
    assert said["full_fix"]["p_value"] == pytest.approx(found["p_value"])
    assert said["worth"] == {"b_better": "yes", "undecided": "no"}[found["verdict"]]
    assert said["ceiling"]["error"] == pytest.approx(
        ms.score(fixed, metric="error", split="dev").to_dict()["scores"][0]["value"]
    )


def test_the_improvement_that_dev_finds_is_the_one_that_plan_names(story):
    table, run, _ = story
    said, dev = table["detectable"], run.filter(pl.col("split") == "dev")
    planned = ms.plan(error=f"{table['errors']}/{len(dev)}", dev=len(dev)).to_dict()
    assert said["difference"] == planned["detectable_difference"]
    assert said["disagreement"] == planned["assumptions"]["discordance"]
    assert said["fewest_fixed"] == planned["fewest_fixed"]


def test_plan_and_compare_ask_for_about_as_many_examples(story):
    """Of the disagreement that `compare` counts, as the hint of MLS345 has it."""
    second = ms.compare(story[1], str(STORY / "second.csv")).to_dict()
    rows, apart = second["difference"]["n"], second["only_a_right"] + second["only_b_right"]
    gained = second["only_b_right"] - second["only_a_right"]
    planned = ms.plan(
        error=story[0]["error"]["value"], detect=gained / rows, discordance=f"{apart}/{rows}"
    )
    assert second["n_needed"] + rows == pytest.approx(planned.sizes["dev"], rel=0.15)


@pytest.mark.slow
@pytest.mark.parametrize(("read", "wanted"), [(30, 0.90), (100, 0.93), (300, 0.93)])
def test_the_ceiling_of_the_largest_of_ten_equal_tags_covers_the_truth(read, wanted):
    """Each error has one of ten tags, an error of 10%: each ceiling is a point."""
    rng, trials, rows = np.random.default_rng(51), 1_000, 10 * read
    covered = said = 0
    for _ in range(trials):
        errors = int(rng.binomial(rows, 0.1))
        counts = rng.multinomial(n := min(read, errors), [0.1] * 10)
        tags = {f"t{i}": int(k) for i, k in enumerate(counts)}
        found = ms.error_table(error=f"{errors}/{rows}", reviewed=n, tags=tags)
        low, high = found.to_dict()["categories"][0]["ceiling"]["ci"]
        covered += low <= 0.01 <= high
        said += found.blocks()[0].text.startswith("The largest tag is")
    assert wanted <= covered / trials <= 0.98
    assert said / trials <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("tags", [2, 10])
def test_of_equal_tags_none_is_called_the_largest(tags):
    """Sheets, on which it is known which errors have both tags; all errors of dev are read."""
    rng, trials, said = np.random.default_rng(52), 400, 0
    names = np.array([f"t{i}" for i in range(tags)])
    for _ in range(trials):
        which = rng.integers(0, tags, 100)
        sheet = pl.DataFrame({"tags": names[which]})
        found = ms.error_table(sheet, error="100/1000")
        said += found.blocks()[0].text.startswith("The largest tag is")
    assert said / trials <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / trials)
