"""Make the sample runs again: train recipes, diagnose them, write the reports and this page.

``python sample_runs/make.py`` trains the runs that are kept here; ``--all`` also every recipe, in
full and small, for the table of the page; ``--reports`` only writes what is made from the runs.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import mlstrat as ms
from mlstrat.harness import find_recipe, list_recipes
from mlstrat.harness.datasets import load_examples
from mlstrat.harness.recipes.models import build_model, describe_model
from mlstrat.harness.recipes.recipe import Model
from mlstrat.harness.recipes.tables import DIGITS
from mlstrat.workflow.diagnose.document import DiagnosisDocument

HERE = Path(__file__).parent
FOUND = HERE / "recipes.csv"

KEPT = ("avoidable_bias", "variance", "data_mismatch", "dev_overfit", "breast_cancer", "wine")
"""Recipes whose runs are kept: the files of others are too large for that, or need torch."""

INTRO = """# Sample runs

Real runs of small models on data that need no download, each with a disease to find. A folder
holds the run (`run.csv`), its config (`run.toml`: the command and seed that made it, latency and
size, the human level with its source) and the report that `mlstrat diagnose` makes of it. All of it
is made by `python sample_runs/make.py`, and tests hold it to what is found. `models.csv` and
`doctors.csv` are no runs: they hold numbers of the course's lectures, for the examples of `select`
and `human`. `curve.csv` is a learning curve, for `mlstrat curve`: small trees on 60 to 960 digits,
six draws of each size, all measured on the same 800 others. [`story`](story/README.md) is one run
from its errors to the run after it: the errors were read, which no script can do, and all else is
made by `python sample_runs/make_story.py`. [`boxes`](boxes/report.md) is a card of boxes in images,
as COCO has them: drawn, so that the faults of the detector are known, by
`python sample_runs/make_boxes.py`; `mlstrat diagnose sample_runs/boxes/card.toml` reads it.
[`studies`](studies) has what `mlstrat study knobs` says
of seven recipes, over ten seeds and, with torch, over three or five: which gap does each knob move?
(Ten crops, mirrored ones among them, make digits worse.) It is made by
`python sample_runs/make_studies.py`. [`improved`](improved/report.md) is one table improved from
end to end by `mlstrat improve`, its story told by its report, made by
`python sample_runs/make_improved.py`. [`tasks`](tasks/README.md) has a run of each task beyond
one label an example, with planted errors, by `python sample_runs/make_tasks.py`, and
[`points`](points/README.md) drawn boxes and landmarks, by `python sample_runs/make_points.py`.

## The runs that are kept

| run | what it shows | model |
| --- | --- | --- |
"""

TABLE = """
## All recipes

Each was trained with seed 0, in full and as the small variant that CI trains, and diagnosed:
`python sample_runs/make.py --all` writes [`recipes.csv`](recipes.csv), from which this table is
made. Seconds are those of one processor, from the examples to the written run.

| recipe | verdict expected | verdict found | seconds | found, small | seconds, small |
| --- | --- | --- | ---: | --- | ---: |
"""


SIZES, DRAWS, CURVE_DEV = (60, 120, 240, 480, 960), 6, 800
"""Of the learning curve: training examples, models a size, and dev examples."""

CURVE_MODEL = Model("decision_tree", {"max_depth": 6})
"""Too small for the digits, so that train rises while dev falls."""


def learning_curve() -> str:
    """Return the learning curve of decision trees on digits, one row a tree."""
    examples = load_examples(DIGITS, seed=0)
    order = np.random.default_rng(0).permutation(len(examples.labels))
    dev, pool = order[:CURVE_DEV], order[CURVE_DEV:]
    lines = ["n,train,dev,dev_n\n"]
    for size in SIZES:
        for draw in range(DRAWS):
            rows = np.random.default_rng([size, draw]).permutation(pool)[:size]
            tree = build_model(CURVE_MODEL, draw)
            tree.fit(examples.features[rows], examples.labels[rows])
            train, held_out = (
                np.mean(tree.predict(examples.features[x]) != examples.labels[x])
                for x in (rows, dev)
            )
            lines.append(f"{size},{train:g},{held_out:g},{len(dev)}\n")
    return "".join(lines)


def report(name: str) -> DiagnosisDocument:
    """Return the diagnosis of a sample run, named as from the root of the checkout."""
    return ms.diagnose(f"sample_runs/{name}/run.csv")


def words(verdict: str, focus: tuple[str, ...]) -> str:
    """Return a verdict with its focus; of a healthy run there is none."""
    return f"{verdict}: {', '.join(focus)}" if focus else verdict


def tried(name: str, small: bool) -> tuple[str, str]:
    """Train a recipe anew; return the verdict that is found and the seconds that it took."""
    with tempfile.TemporaryDirectory() as place:
        begun = time.process_time()
        ms.train(name, out=f"{place}/run", small=small, weights=False)
        spent = time.process_time() - begun
        found = ms.diagnose(f"{place}/run")
    return words(found.verdict, found.focus), f"{spent:.1f}"


def try_all() -> None:
    """Train every recipe, in full and small, and write what was found."""
    rows = []
    for recipe in list_recipes():
        full, small = tried(recipe.name, small=False), tried(recipe.name, small=True)
        rows.append((recipe.name, *full, *small))
        sys.stderr.write(f"{rows[-1]}\n")
    with FOUND.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("recipe", "found", "seconds", "small_found", "small_seconds"))
        out.writerows(rows)


def page() -> str:
    """Return the page: the runs that are kept, and the table of all recipes."""
    kept = [
        f"| [{recipe.name}]({recipe.name}/report.md) | {recipe.shows} | "
        f"{describe_model(recipe.model)} |\n"
        for recipe in map(find_recipe, KEPT)
    ]
    with FOUND.open(encoding="utf-8", newline="") as file:
        found = {row["recipe"]: row for row in csv.DictReader(file)}
    every = [
        f"| {recipe.name} | {words(recipe.expected_verdict, recipe.expected_focus)} | "
        + " | ".join(list(found[recipe.name].values())[1:])
        + " |\n"
        for recipe in list_recipes()
    ]
    return INTRO + "".join(kept) + TABLE + "".join(every)


def main() -> None:
    """Write everything."""
    for name in KEPT:
        folder = HERE / name
        if "--reports" not in sys.argv:
            ms.train(name, out=folder, force=True)
        (folder / "report.md").write_text(report(name).to_markdown(), encoding="utf-8")
    if "--all" in sys.argv:
        try_all()
    (HERE / "curve.csv").write_text(learning_curve(), encoding="utf-8")
    (HERE / "README.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
