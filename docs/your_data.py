"""The page `your_data.md`: what a run may be, from the constants by which it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mlstrat.core.asked import Reading, declared
from mlstrat.core.wording import markdown_text as safe
from mlstrat.data.columns import ALIASES, COUNT, PERSON, PROBABILITY, STRONG, VOTES, WEAK
from mlstrat.data.columns import WEAK_PROBABILITIES as WEAK_PREFIXES
from mlstrat.data.files import FORMATS, UNZIPPED
from mlstrat.data.formats.contents import NAMES
from mlstrat.data.formats.json_text import LARGEST_JSON
from mlstrat.data.formats.workbook import INSTALL, LARGEST_WORKBOOK
from mlstrat.data.values import SPLIT_ALIASES
from mlstrat.show import markdown
from mlstrat.show.blocks import Table
from mlstrat.workflow.human.read import LONG

ABOUT = {
    "label": "what is true; needed",
    "prediction": "what the model says; this, a score or probabilities are needed",
    "score": "of the positive class, for rankings and thresholds",
    "confidence": "of the predicted label",
    "correct": "1 or 0, where no label and no prediction were kept",
    "split": "without it every row is dev",
    "fold": "folds of a cross-validation",
    "id": "for pairing, sampling and review",
    "weight": "of a row",
    "group": "rows of one group are not independent",
    "source": "the distribution that a row comes from",
    "human": "a person's answer",
}
"""What a role is, where its name says too little."""


@dataclass(frozen=True)
class Recipe:
    """How a tool's predictions become a run.

    Attributes
    ----------
    title
        The tool.
    code
        What to type; Python where it is run, and after it a file `run` is there.
    needs
        The modules without which it cannot run; none for what is not Python.
    run
        The file that it writes; empty for what a test does not run.
    language
        Of the code.
    """

    title: str
    code: str
    needs: tuple[str, ...] = ()
    run: str = ""
    language: str = "python"


RECIPES: Sequence[Recipe] = (
    Recipe("scikit-learn, cross-validated", '''\
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_predict

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
model = RandomForestClassifier(20, random_state=0)
predicted = cross_val_predict(model, X, y, cv=5)
run = pd.DataFrame({"id": X.index, "label": y, "prediction": predicted})
run.to_csv("run.csv", index=False)
''', ("sklearn", "pandas"), "run.csv"),
    Recipe("scikit-learn, a fitted estimator", '''\
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_dev, y_train, y_dev = train_test_split(X, y, random_state=0)
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X_train, y_train)
parts = {"train": (X_train, y_train), "dev": (X_dev, y_dev)}
run = pd.concat(
    pd.DataFrame(
        {
            "id": x.index,
            "split": split,
            "label": labels,
            "prediction": model.predict(x),
            "score": model.predict_proba(x)[:, 1],
        }
    )
    for split, (x, labels) in parts.items()
)
run.to_parquet("run.parquet")
''', ("sklearn", "pandas", "pyarrow"), "run.parquet"),
    Recipe("PyTorch", '''\
import polars as pl
import torch
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(200, 4)
model, data = torch.nn.Linear(4, 3), TensorDataset(x, (x[:, 0] > 0).long())
loaders = {"train": DataLoader(data, batch_size=50), "dev": DataLoader(data, batch_size=50)}

rows = {"split": [], "label": [], "prediction": []}
model.eval()
with torch.no_grad():
    for split, loader in loaders.items():
        for inputs, labels in loader:
            rows["split"] += [split] * len(labels)
            rows["label"] += labels.tolist()
            rows["prediction"] += model(inputs).argmax(dim=1).tolist()
pl.DataFrame(rows).write_csv("run.csv")
''', ("torch", "polars"), "run.csv"),
    Recipe("Keras", '''\
import keras
import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
x_dev = rng.normal(size=(100, 4))
y_dev = (x_dev[:, 0] > 0).astype(int)
model = keras.Sequential([keras.layers.Dense(2, activation="softmax")])

probabilities = model.predict(x_dev, verbose=0)
run = pd.DataFrame(probabilities, columns=["prob_0", "prob_1"]).assign(label=y_dev)
run.to_csv("run.csv", index=False)
''', ("keras", "pandas"), "run.csv"),
    Recipe("Hugging Face Trainer", '''\
import pandas as pd

# trainer is a transformers.Trainer; splits are datasets with a column labels
parts = []
for split, data in {"train": train_dataset, "dev": eval_dataset}.items():
    found = trainer.predict(data)
    predicted = found.predictions.argmax(axis=-1)
    part = {"split": split, "label": found.label_ids, "prediction": predicted}
    parts.append(pd.DataFrame(part))
pd.concat(parts).to_json("run.ndjson", orient="records", lines=True)
''', ("transformers",)),
    Recipe("XGBoost", '''\
import pandas as pd
import xgboost
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_dev, y_train, y_dev = train_test_split(X, y, random_state=0)
model = xgboost.XGBClassifier(n_estimators=20).fit(X_train, y_train)
for name, (x, labels) in {"train": (X_train, y_train), "dev": (X_dev, y_dev)}.items():
    run = pd.DataFrame({"id": x.index, "label": labels, "score": model.predict_proba(x)[:, 1]})
    run.to_csv(f"{name}.csv", index=False)
# mlstrat diagnose train=train.csv dev=dev.csv
''', ("xgboost", "sklearn", "pandas"), "train=train.csv,dev=dev.csv"),
    Recipe("LightGBM", '''\
import lightgbm
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

X, y = load_breast_cancer(return_X_y=True)
X_train, X_dev, y_train, y_dev = train_test_split(X, y, random_state=0)
model = lightgbm.LGBMClassifier(n_estimators=20, verbose=-1).fit(X_train, y_train)
run = pd.DataFrame({"label": y_dev, "score": model.predict_proba(X_dev)[:, 1]})
run.to_csv("run.csv", index=False)
''', ("lightgbm", "sklearn", "pandas"), "run.csv"),
    Recipe("R, base", '''\
# fit is a model, dev a data frame with a column species
run <- data.frame(label = dev$species, prediction = predict(fit, dev, type = "class"))
write.csv(run, "run.csv", row.names = FALSE)
''', language="r"),
    Recipe("R, tidymodels", '''\
# .pred_class and .pred_<class> are read as they are
run <- augment(fit, new_data = dev)
readr::write_csv(run, "run.csv")
# mlstrat diagnose run.csv --map label=species
''', language="r"),
    Recipe("SQL, one row an example (PostgreSQL)", '''\
COPY (SELECT id, split, label, prediction FROM predictions) TO STDOUT WITH CSV HEADER
-- psql -f run.sql | mlstrat diagnose -
''', language="sql"),
    Recipe("SQL, counts alone (DuckDB)", '''\
import duckdb

table = duckdb.connect()
table.sql("""
    CREATE TABLE predictions AS
    SELECT i % 3 = 0 AS label, i % 4 = 0 AS prediction,
           CASE WHEN i < 600 THEN 'train' ELSE 'dev' END AS split
    FROM range(1000) AS r(i)
""")
table.sql("""
    COPY (
        SELECT split, label, prediction, COUNT(*) AS n
        FROM predictions GROUP BY split, label, prediction
    ) TO 'counts.parquet' (FORMAT parquet)
""")
''', ("duckdb",), "counts.parquet"),
    Recipe("lm-eval, samples of a multiple-choice task", '''\
import json

import polars as pl

# lm_eval ... --log_samples --output_path out
with open("samples.jsonl") as file:
    samples = [json.loads(line) for line in file]
choices = [[float(reply[0]) for reply in sample["filtered_resps"]] for sample in samples]
run = {
    "id": [sample["doc_id"] for sample in samples],
    "label": [str(sample["target"]) for sample in samples],
    "prediction": [str(max(range(len(x)), key=x.__getitem__)) for x in choices],
}
pl.DataFrame(run).write_csv("run.csv")
''', ("lm_eval",)),
)  # fmt: skip


def your_data() -> list[str]:
    """Return the parts of the page."""
    return [
        "A run is the predictions of one model: one table, one row an example. "
        "[`mlstrat diagnose run.csv`](commands/diagnose.md) is the start; every command that takes "
        "a run takes all of this.\n",
        f"## Formats\n\n{_formats()}",
        f"## Columns\n\n{_columns()}",
        f"## Splits\n\n{_splits()}",
        f"## Several files\n\n{_several()}",
        f"## Answers of people\n\n{_answers()}",
        f"## Options\n\n{_options()}",
        "## Where runs come from\n\nEach writes a run. Those that say so are run by a test "
        "where their library is installed.\n",
        *map(_recipe, RECIPES),
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return markdown.render([Table(tuple(head), tuple(map(tuple, rows)), left=len(head))])


def _code(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _formats() -> str:
    endings: dict[str, list[str]] = {}
    for ending, name in FORMATS.items():
        endings.setdefault(name, []).append(ending)
    lines = ["| format | endings | packed as .gz |", "|---|---|---|"]
    for name, found in endings.items():
        packed = "no" if name in UNZIPPED else "yes"
        lines.append(f"| {safe(NAMES[name])} | {_code(found)} | {packed} |")
    return "\n".join(lines) + (
        "\n\nAlso a glob of one of these, a folder of `key=value` partitioned Parquet, a store "
        "(`s3://…`), and `-` for CSV on standard input. From Python any frame that narwhals reads."
        "\n\n"
        "- CSV is UTF-8; the separator (`,` `;` tab `|`) and a decimal comma are told by the "
        "header, or by a first line `sep=;`; blank lines are skipped.\n"
        '- JSON is an array of records, `[{"label": "cat", "prediction": "dog"}, …]`, or an object '
        'of columns, `{"label": ["cat", …], …}`, as pandas writes either. It is read whole, up to '
        f"{LARGEST_JSON // 2**20:,} MiB.\n"
        "- Of a workbook the first sheet is read, or `book.xlsx#Sheet`: one row of names, then "
        f"one row an example, up to {LARGEST_WORKBOOK // 2**20:,} MiB. It needs `{INSTALL}`.\n"
    )


def _columns() -> str:
    lines = ["| role | names | names that are weak | |", "|---|---|---|---|"]
    for role in ALIASES:
        strong, weak = _code(STRONG.get(role, ())), _code(WEAK.get(role, ()))
        lines.append(f"| {role} | {strong} | {weak} | {safe(ABOUT.get(role, ''))} |")
    prefixes = _code([f"{x}<class>" for x in (PROBABILITY, *WEAK_PREFIXES)])
    lines += [
        f"| probabilities | {prefixes} | | one column a class; the largest is the prediction |",
        f"| people | `{PERSON}<name>` | | one column a person |",
        f"| votes | `{VOTES}<label>` | | how many people answered this label |",
        f"| counts | `{COUNT}`, last and without ids | | how many examples a row stands for |",
    ]
    return "\n".join(lines) + (
        "\n\nCase does not matter. A weak name has its role only where no strong one does; "
        "`--map ROLE=COLUMN` says it outright. Any other column is one to slice by.\n"
    )


def _splits() -> str:
    names: dict[str, list[str]] = {}
    for name, split in SPLIT_ALIASES.items():
        names.setdefault(split, []).append(name)
    lines = ["| split | values |", "|---|---|"]
    lines += [f"| {split} | {_code(values)} |" for split, values in names.items()]
    return "\n".join(lines) + (
        "\n\nCase does not matter. `--split-as hans=dev` says what another value is, "
        "`--split-as '*=dev'` all others.\n"
    )


def _several() -> str:
    return (
        "```sh\n"
        "mlstrat diagnose train=a.csv dev=b.parquet           # a file, or a glob, a split\n"
        "mlstrat compare train=a.csv,dev=b.csv other.csv      # in one word, where runs are two\n"
        "mlstrat diagnose predictions.csv --labels truth.csv  # joined by id\n"
        "mlstrat diagnose predictions.csv --labels truth.csv --labels-in-order\n"
        "```\n\n"
        'From Python `ms.diagnose({"train": "a.csv", "dev": frame})`, and `labels="truth.csv"`. '
        "Columns are found by their names in each file, in any order. An id is one however it is "
        "written: 30 and 30.0.\n"
    )


def _answers() -> str:
    lines = ["| role | names |", "|---|---|"]
    lines += [f"| {role} | {_code(names)} |" for role, names in LONG.items()]
    return (
        "`mlstrat human` also reads a long table, one row an answer:\n\n" + "\n".join(lines) + "\n"
    )


def _options() -> str:
    lines = ["| option | |", "|---|---|"]
    for name, (_, option) in declared(Reading).items():
        flag = ", ".join(option.flags(name))
        metavar = f" {option.metavar}" if option.metavar else ""
        lines.append(f"| `{flag}{metavar.replace('|', ' or ')}` | {safe(option.help)} |")
    return "\n".join(lines) + "\n"


def _recipe(recipe: Recipe) -> str:
    run = "Run by a test where the library is there." if recipe.run else "Not run by a test."
    return f"### {safe(recipe.title)}\n\n{run}\n\n```{recipe.language}\n{recipe.code}```\n"
