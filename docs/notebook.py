"""The notebook of the documentation: written, executed and looked at again by this script.

``python docs/notebook.py`` writes and executes ``docs/notebook.ipynb``; with ``--check`` it
executes it again, and fails where a cell fails or says other words than those that are
committed. Needs the group ``notebook`` of pyproject.toml; ``tests/show/test_jupyter.py`` looks at
it in a browser.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

PLACE = Path(__file__).with_name("notebook.ipynb")

CELLS = [
    """\
# From a fitted model to what to work on

A classifier of handwritten digits, fitted with scikit-learn; what to work on, what its errors have
in common, and a report to hand on. Everything here is a function of `mlstrat` and runs offline.""",
    """\
>from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

X, y = load_digits(return_X_y=True)
X_train, X_rest, y_train, y_rest = train_test_split(X, y, train_size=300, random_state=0)
X_dev, X_test, y_dev, y_test = train_test_split(X_rest, y_rest, train_size=1000, random_state=0)
model = LogisticRegression(max_iter=2000).fit(X_train / 16, y_train)""",
    """\
## What should we work on?

`ms.diagnose` takes the estimator with its data. Human error on these digits is put at 1%: without
one, nothing says how much of the training error could be avoided.""",
    """\
>import mlstrat as ms

splits = {"train": (X_train / 16, y_train), "dev": (X_dev / 16, y_dev)}
result = ms.diagnose(model, splits, human_error=0.01)
result""",
    """\
The result is a document: `result.verdict`, `result.focus` and `result.to_dict()` hold the same for
a program, and `print(result)` for a terminal.""",
    ">result.verdict, result.focus",
    """\
## Why are the errors errors?

Before more data is bought, read about a hundred errors. `ms.sample` draws a review sheet; here all
errors of dev, at most 100.""",
    """\
>sheet = ms.sample(model, {"dev": (X_dev / 16, y_dev)}, n=100, output="review.csv")
sheet""",
    """\
`mlstrat review review.csv` opens the sheet in the browser, with pictures, tags on keys, and word
of when to stop. Here two tags are set that a rule can tell: *little ink*, and *8 taken for 1 or the
other way round*.""",
    """\
>import pandas as pd

review = pd.read_csv("review.csv")
rows = review["id"].str.removeprefix("row ").astype(int) - 1
little = pd.Series(X_dev.sum(axis=1)).rank(pct=True)[rows].to_numpy() < 0.25
ones = review[["label", "prediction"]].isin([1, 8]).all(axis=1)
review["tags"] = ""
review.loc[little, "tags"] += "little ink;"
review.loc[ones, "tags"] += "1 and 8;"
review.loc[review["tags"] == "", "tags"] = "none"
review.to_csv("review.csv", index=False)
ms.error_table("review.csv", run=(y_dev, model.predict(X_dev / 16)))""",
    """\
A tag's *ceiling* is the error that would be left if every error with that tag were gone: work on a
tag can gain no more than that.

## Hand it on

`ms.report` makes one document of all of it: markdown for a pull request, or an HTML file that opens
by itself.""",
    """\
>from pathlib import Path

run = pd.DataFrame(
    {
        "split": ["train"] * len(y_train) + ["dev"] * len(y_dev),
        "label": [*y_train, *y_dev],
        "prediction": [*model.predict(X_train / 16), *model.predict(X_dev / 16)],
    }
)
run.to_csv("run.csv", index=False)
report = ms.report("run.csv", human_error=0.01)
Path("report.html").write_text(report.to_html(), encoding="utf-8")
report.verdict""",
    """\
The same from a terminal: `mlstrat diagnose run.csv --human-error 1%`, `mlstrat sample`,
`mlstrat error-table review.csv`, `mlstrat report run.csv -f html -o report.html`.""",
]
"""Text, or code where it begins with ``>``."""


def written() -> Any:
    """Return the notebook without outputs; a cell is known by its place."""
    made = [
        new_code_cell(x[1:], id=f"cell-{i}")
        if x[0] == ">"
        else new_markdown_cell(x, id=f"cell-{i}")
        for i, x in enumerate(CELLS)
    ]
    about = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    return new_notebook(cells=made, metadata=about)


def executed(book: Any) -> Any:
    """Return the notebook with the outputs of its cells, run in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(book, timeout=300, resources={"metadata": {"path": folder}})
        client.execute(cleanup_kc=True)
    for cell in book.cells:
        cell.metadata.clear()  # when it was run
    return book


def words(book: Any) -> list[tuple[str, str]]:
    """Return the source of each cell with the plain words of its outputs."""
    return [
        (
            cell.source,
            "".join(
                x.get("text", "") or x.get("data", {}).get("text/plain", "")
                for x in cell.get("outputs", ())
            ),
        )
        for cell in book.cells
    ]


def check() -> None:
    """Execute the notebook; stop where it says other words than the committed one."""
    committed = nbformat.read(PLACE, as_version=4)
    found = words(executed(written()))
    for (source, said), (was_source, was_said) in zip(found, words(committed), strict=True):
        if (source, said) != (was_source, was_said):
            sys.exit(f"stale, run python docs/notebook.py:\n{source}\n{was_said!r}\n{said!r}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    if given.check:
        check()
    else:
        nbformat.write(executed(written()), PLACE)
