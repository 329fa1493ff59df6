"""Make the sample runs again: train every recipe, diagnose it, write the reports and this page.

``python sample_runs/make.py`` trains; ``--reports`` only writes what is made from the runs.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

import mlstrat as ms
from mlstrat.harness import list_recipes
from mlstrat.harness.data import load_examples
from mlstrat.harness.models import build_model, describe_model
from mlstrat.harness.recipes import DIGITS, Model
from mlstrat.report.ladder_documents import DiagnosisDocument

HERE = Path(__file__).parent

INTRO = """# Sample runs

Real runs of small models on data that scikit-learn ships, each with a disease to find. A folder
holds the run (`run.csv`), its config (`run.toml`: the command and seed that made it, latency and
size, the human level with its source) and the report that `mlstrat diagnose` makes of it. All of it
is made by `python sample_runs/make.py`, and tests hold it to what is found. `models.csv` and
`doctors.csv` are no runs: they hold numbers of the course's lectures, for the examples of `select`
and `human`. `curve.csv` is a learning curve, for `mlstrat curve`: small trees on 60 to 960 digits,
six draws of each size, all measured on the same 800 others. [`story`](story/README.md) is one run
from its errors to the run after it: the errors were read, which no script can do, and all else is
made by `python sample_runs/make_story.py`.

| run | what it shows | model | verdict expected | verdict found |
| --- | --- | --- | --- | --- |
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
    """Return a verdict with its focus."""
    return f"{verdict}: {', '.join(focus)}" if focus else verdict


def page() -> str:
    """Return the table of all runs."""
    rows = []
    for recipe in list_recipes():
        found = report(recipe.name)
        rows.append(
            f"| [{recipe.name}]({recipe.name}/report.md) | {recipe.shows} | "
            f"{describe_model(recipe.model)} | "
            f"{words(recipe.expected_verdict, recipe.expected_focus)} | "
            f"{words(found.verdict, found.focus)} |\n"
        )
    return INTRO + "".join(rows)


def main() -> None:
    """Write everything."""
    for recipe in list_recipes():
        folder = HERE / recipe.name
        if "--reports" not in sys.argv:
            ms.train(recipe.name, out=folder, force=True)
        (folder / "report.md").write_text(report(recipe.name).to_markdown(), encoding="utf-8")
    (HERE / "curve.csv").write_text(learning_curve(), encoding="utf-8")
    (HERE / "README.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
