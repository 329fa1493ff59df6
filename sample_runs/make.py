"""Make the sample runs again: train every recipe, diagnose it, write the reports and this page.

``python sample_runs/make.py`` trains; ``--reports`` only writes what is made from the runs.
"""

from __future__ import annotations

import sys
from pathlib import Path

import mlstrat as ms
from mlstrat.harness import list_recipes
from mlstrat.harness.models import describe_model
from mlstrat.report.ladder_documents import DiagnosisDocument

HERE = Path(__file__).parent

INTRO = """# Sample runs

Real runs of small models on data that scikit-learn ships, each with a disease to find. A folder
holds the run (`run.csv`), its config (`run.toml`: the command and seed that made it, latency and
size, the human level with its source) and the report that `mlstrat diagnose` makes of it. All of it
is made by `python sample_runs/make.py`, and tests hold it to what is found. `models.csv` and
`doctors.csv` are no runs: they hold numbers of the course's lectures, for the examples of `select`
and `human`. [`story`](story/README.md) is one run from its errors to the run after it: the errors
were read, which no script can do, and all else is made by `python sample_runs/make_story.py`.

| run | what it shows | model | verdict expected | verdict found |
| --- | --- | --- | --- | --- |
"""


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
    (HERE / "README.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
