"""Every command line over the same tables in every kind of file: one process of the comparison.

`tests/test_same_bytes.py` starts it, with what Polars and Python read only once set from outside:

    POLARS_MAX_THREADS=2 PYTHONHASHSEED=1 python -m tests.same_bytes FOLDER [shuffled]
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from mlstrat.cli import run as run_line

ENDINGS = ("csv", "parquet", "ndjson")

PLACE = "@"
"""What stands for the ending of a table in a command line."""


@dataclass(frozen=True)
class Case:
    """A command line.

    Attributes
    ----------
    line
        With ``@`` for the ending of tables.
    formats
        What is asked for besides JSON.
    files
        What it writes.
    copied
        Of these, what copies cells as the table has them: JSON lines have 29 for 29.0.
    ordered
        Why the order of rows matters, where it does.
    """

    line: str
    formats: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()
    ordered: str = ""


NO_IDS = "rows without ids are told apart by their number, and so drawn by it"
KEPT = "rows are written, or learned from, in the order in which they came"
LISTED = "candidates, levels and people are listed in the order in which they came"

CASES: tuple[Case, ...] = (
    Case("init multi.@ --force -o init.toml", files=("init.toml",)),
    Case("plan --examples 10000 --error 5% --detect 3%", ("text",)),
    Case("split examples.@ --target app --dev 400 --test 400 --seed 3 --force -o cut.csv",
         copied=("cut.csv",), ordered=KEPT),
    Case("split examples.@ --target app --dev 400 --test 400 --stratify label --train-dev 200 "
         "--force -o cut.csv", files=("cut.cuts.json",)),
    Case("split bare.@ --dev 400 --test 400 --force -o cut.csv", files=("cut.cuts.json",)),
    Case("split multi.@ --check --target app", ("text",)),
    Case("split single.@ --check"),
    Case("split bare.@ --check"),
    Case("gaps --human 1% --train 80/1000 --dev 100/1000", ("text",)),
    Case("diagnose multi.@", ("text", "markdown", "csv")),
    Case("diagnose single.@ --metric log_loss --human-error 1%"),
    Case("diagnose single.@ --metric roc_auc"),
    Case("diagnose multi.@ --metric f1 --average macro"),
    Case("diagnose counts.@"),
    Case("score multi.@ --by site --metric balanced_accuracy", ("text",)),
    Case("score multi.@ --metric mcc --weight-when label=c3:5"),
    Case("score single.@ --by region --metric average_precision"),
    Case("score bare.@ --by region"),
    Case("count multi.@ --by site -o counted.csv", files=("counted.csv",)),
    Case("count single.@ --scores -o counted.csv", files=("counted.csv",)),
    Case("curve curve.@ --target 5%", ("text",)),
    Case("human multi.@ --model-error 5%", ("text",)),
    Case("human answers.@ --run multi.@"),
    Case("human people.@ --n 500 --model-error 1%", ordered=LISTED),
    Case("sample multi.@ -n 60 --correct 20 --stratify pair --eyeball 150 -o review.csv",
         ("text",), copied=("review.csv",)),
    Case("sample single.@ -n 40 --by confidence -o sure.csv", copied=("sure.csv",)),
    Case("sample bare.@ -n 40 -o drawn.csv", copied=("drawn.csv",), ordered=NO_IDS),
    Case("error-table filled.csv --run multi.@ --rows --merge --figure tally.svg",
         ("text", "markdown"), ("tally.svg",)),
    Case("mislabels filled.csv --run multi.@", ("text", "markdown")),
    Case("mislabels filled.csv --run multi.@ --versus multi2.@"),
    Case("mislabels --suspects single.@ -n 50 -o suspects.csv", copied=("suspects.csv",)),
    Case("slices multi.@", ("text", "markdown")),
    Case("slices multi.@ --mismatch --by site --by age", ("text",)),
    Case("slices single.@ --by region --by hours --mismatch --figure heat.svg",
         files=("heat.svg",)),
    Case("slices bare.@"),
    Case("slices counts.@"),
    Case("slices multi.@ --versus multi2.@"),
    Case("select models.@ --optimize accuracy --where 'ms <= 100' --prefer ms", ("text",),
         ordered=LISTED),
    Case("select multi.@ multi2.@ --optimize f1 --by site"),
    Case("select single.@ single2.@ --optimize log_loss"),
    Case("compare multi.@ multi2.@ --by site", ("text", "markdown")),
    Case("compare single.@ single2.@ --metric roc_auc"),
    Case("compare single.@ single2.@ --metric brier"),
    Case("compare multi.@ --a human_ann --b prediction --metric f1"),
    Case("gate multi.@ --baseline multi2.@ --config gates.toml --junit g.xml", ("text",),
         ("g.xml",)),
    Case("report multi.@ --baseline multi2.@ --review filled.csv", ("markdown", "html")),
    Case("report single.@ --baseline single2.@ --human-error 1%"),
    Case("plot ladder multi.@ -o plot.svg", files=("plot.svg",)),
    Case("plot confusion multi.@ -o plot.svg", files=("plot.svg",)),
    Case("plot roc single.@ -o plot.png", files=("plot.png",)),
    Case("plot reliability single.@ -o plot.svg", files=("plot.svg",)),
    Case("plot pareto models.@ --optimize accuracy --where 'ms <= 2000' -o plot.svg",
         files=("plot.svg",), ordered=LISTED),
    Case("explain", ("text",)),
    Case("schema diagnose"),
    Case("train own.@ --target label --model hist_gradient_boosting --epochs 5 --out run --force",
         files=("run/run.csv",), ordered=KEPT),
)  # fmt: skip


ROWS = 6_000


def tables() -> dict[str, pl.DataFrame]:
    """The tables of the comparison: enough rows and keys for every order of a hash to show."""
    rng = np.random.default_rng(11)
    number = np.arange(ROWS)

    def one_of(values: list[str], p: list[float] | None = None, n: int = ROWS) -> np.ndarray:
        return rng.choice(np.array(values), n, p=p)

    classes = [f"c{i}" for i in range(12)]
    split = one_of(["train", "train-dev", "dev", "test"], [0.5, 0.1, 0.2, 0.2])
    label = one_of(classes)
    group = rng.integers(0, 250, ROWS)
    hard = rng.random(250)[group]

    def answer(wrong: float) -> np.ndarray:
        other = one_of(classes)
        return np.where(rng.random(ROWS) < wrong + 0.3 * hard, other, label)

    multi = pl.DataFrame({
        "id": [f"e{i}" for i in number],
        "split": split,
        "source": np.where(np.char.startswith(split, "train"), one_of(["app", "web"]), "app"),
        "group": group,
        "label": label,
        "prediction": answer(0.1),
        "sample_weight": rng.choice([0.5, 1.0, 1.7, 3.1], ROWS),
        "site": one_of([f"s{i}" for i in range(30)]),
        "serial": rng.permutation(ROWS) + 10,
        "note": [f"seen {i}" for i in rng.permutation(ROWS)],
        "age": np.round(rng.normal(50, 20, ROWS), 1),
        "words": [" ".join(one_of(["red", "big", "old", "cat", "far"], n=3)) for _ in number],
        "human_ann": answer(0.02),
        "human_bob": np.where(rng.random(ROWS) < 0.3, "skip", answer(0.04)),
    })  # fmt: skip
    yes = rng.integers(0, 2, ROWS)
    score = np.round(np.clip(0.5 + 0.25 * (2 * yes - 1) + rng.normal(0, 0.25, ROWS), 0, 1), 3)
    single = pl.DataFrame({
        "id": number,
        "split": split,
        "source": one_of(["app", "web"]),
        "label": yes,
        "score": score,
        "prediction": (score >= 0.5).astype(int),
        "region": one_of(["north", "south", "east", "west"]),
        "hours": np.round(rng.gamma(2, 10, ROWS), 2),
        "day": rng.integers(0, 300, ROWS),
    })  # fmt: skip
    score2 = np.round(np.clip(score + rng.normal(0, 0.1, ROWS), 0, 1), 3)
    dev = multi.filter(pl.col("split") == "dev")
    return {
        "multi": multi,
        "multi2": multi.with_columns(prediction=answer(0.12)),
        "single": single,
        "single2": single.with_columns(score=score2, prediction=(score2 >= 0.5).astype(int)),
        "bare": single.drop("id", "source", "score"),
        "examples": multi.select("id", "source", "label", "site", "age", "words"),
        "own": multi.select("id", "label", "site", "age"),
        "counts": multi.group_by("split", "label", "prediction", "site")
        .len("n").sort("split", "label", "prediction", "site"),
        "answers": pl.concat([
            dev.select("id", annotator=pl.lit(who), answer=f"human_{who}").filter(
                pl.col("answer") != "skip")
            for who in ("ann", "bob")
        ]),
        "curve": pl.DataFrame({
            "n": [500, 1000, 2000, 4000], "train": [0.01, 0.02, 0.03, 0.035],
            "dev": [0.2, 0.16, 0.13, 0.11],
        }),
        "levels": pl.DataFrame({
            "level": ["human", "train", "dev"], "error": [0.01, 0.08, 0.1], "n": [100, 5000, 1000],
        }),
        "people": pl.DataFrame({"name": ["typical", "expert"], "error": [0.03, 0.01]}),
        "models": pl.DataFrame({
            "name": ["a", "b", "c"], "accuracy": [0.9, 0.92, 0.95], "ms": [80, 95, 1500],
            "n": [1000, 1000, 1000],
        }),
    }  # fmt: skip


GATES = """
[[gate]]
metric = "error"
max = 0.5
[[gate]]
metric = "f1"
where = "site == *"
min = 0.2
"""


def write(table: pl.DataFrame, path: Path) -> None:
    """Write a table in the format of a name."""
    how = {"csv": table.write_csv, "parquet": table.write_parquet, "ndjson": table.write_ndjson}
    how[path.suffix[1:]](path)


def fill(sheet: Path, filled: Path) -> None:
    """Tag the errors of a sheet as a person would, each by its own id."""
    with sheet.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        place = int(row["id"][1:])
        row["tags"] = ("blurry", "dark; Blurry", "far;dark", "none", "small, far,dark")[place % 5]
        if place % 7 == 0 and row["label"] != row["prediction"]:
            row["mislabeled"], row["true_label"] = "yes", row["prediction"]
    with filled.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def once(line: str) -> str:
    """Run a command line and return what it printed."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    err = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run_line(shlex.split(line))
    if code not in (0, 1, 3):
        raise RuntimeError(f"{line}: exit {code}: {err.getvalue()}")
    return out.buffer.getvalue().decode()  # type: ignore[attr-defined]


def outputs(folder: Path, ending: str, *, shuffled: bool, whole: bool) -> Iterator[tuple[str, str]]:
    """Run every command line in a folder; return what each printed or wrote, by its name."""
    made = tables()
    for name, table in made.items():
        rows = table.sample(fraction=1.0, shuffle=True, seed=5) if shuffled else table
        write(rows, folder / f"{name}.{ending}")
    (folder / "gates.toml").write_text(GATES)
    os.chdir(folder)
    for case in CASES:
        line = case.line.replace(PLACE, ending)
        for how in ("json", *(case.formats if whole else ())):
            out = once(f"{line} -f {how}")
            for name in made:
                out = out.replace(f"{name}.{ending}", f"{name}.{PLACE}")
            yield f"{case.line} -f {how}", out
        for name in (*case.files, *case.copied):
            yield f"{case.line}: {name}", Path(name).read_bytes().decode("latin-1")
        if "review.csv" in case.copied:
            fill(Path("review.csv"), Path("filled.csv"))


def main() -> None:
    """Write the outputs by kind of file as JSON to standard output."""
    folder, *more = sys.argv[1:]
    shuffled = "shuffled" in more
    found = {}
    for ending in ENDINGS:
        own = Path(folder) / ending
        own.mkdir()
        whole = ending == "csv" and not shuffled
        found[ending] = dict(outputs(own, ending, shuffled=shuffled, whole=whole))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
