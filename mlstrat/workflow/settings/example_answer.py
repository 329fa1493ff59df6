"""`init --example`: a small run and what goes with it, made here, to try every command on."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

from mlstrat.errors import InputError, UsageError, did_you_mean
from mlstrat.show.writing import write_all

LABELS = ("cat", "dog", "owl")

ROWS = {"train": 300, "train-dev": 200, "dev": 300, "test": 300}


EXAMPLES = {
    "variance": ("a model that does not generalise", (3, 38, 60, 61)),
    "avoidable_bias": ("a model that does not fit train", (45, 31, 47, 48)),
    "data_mismatch": ("dev unlike the training data", (3, 4, 51, 52)),
}
"""What a run shows, and its errors by split, of the rows in `ROWS`."""

Table = tuple[Sequence[str], list[tuple[Any, ...]]]


def write_example(name: str, *, force: bool = False) -> tuple[str, ...]:
    """Write an example into a folder of its name, and return the paths of its files."""
    if name not in EXAMPLES:
        hint = did_you_mean(name, EXAMPLES)
        raise UsageError(f"unknown example {name!r}", accepted=", ".join(EXAMPLES), hint=hint)
    folder = Path(name)
    contents: dict[str | Path, bytes] = {
        folder / file: text.encode() for file, text in _files(name).items()
    }
    there = next((path for path in contents if Path(path).exists()), None)
    if there is not None and not force:
        raise InputError("there already", file=str(there), hint="--force replaces it")
    if folder.exists() and not folder.is_dir():
        raise InputError("there already, and not a folder", file=name)
    folder.mkdir(exist_ok=True)
    write_all(contents)
    return tuple(Path(path).as_posix() for path in contents)


def _files(name: str) -> dict[str, str]:
    shows, errors = EXAMPLES[name]
    first, second = _runs(errors)
    run = {"run.csv": _csv(_table(first)), "run.toml": _config(shows)}
    if name != "variance":
        return run
    columns, rows = _table(first)
    others = {row[0]: row[3] for row in _table(second)[1]}
    two = [(*row[:3], row[3], others[row[0]]) for row in rows]
    return run | {
        "second.csv": _csv(_table(second)),
        "two.csv": _csv(((*columns[:3], "pred_small", "pred_large"), two)),
        "review.csv": _csv(_sheet(rows)),
        "models.csv": "name,accuracy,ms,n\nA,90,80,1000\nB,92,95,1000\nC,95,1500,1000\n",
        "people.csv": "name,error\ntypical_person,3%\ntypical_doctor,1%\n"
        "experienced_doctor,0.7%\nteam_of_doctors,0.5%\n",
        "curve.csv": "n,train,dev,dev_n\n"
        + "".join(
            f"{n},{train},{dev},1000\n"
            for n, train, dev in ((100, 0.01, 0.38), (200, 0.015, 0.3), (400, 0.018, 0.24),
                                  (800, 0.02, 0.19), (1600, 0.021, 0.155))
        ),
        "images.csv": "id,source\n" + "".join(f"{i},{_source(i)}\n" for i in range(300)),
        "table.csv": "age,plan,churned\n"
        + "".join(
            f"{20 + i * 7 % 50},{'free' if i % 3 else 'pro'},{'yes' if i * 7 % 50 > 30 else 'no'}\n"
            for i in range(200)
        ),
    }  # fmt: skip


def _source(i: int) -> str:
    return "web" if i < 200 else "app"


Row = tuple[str, str, str, str, str]
"""Id, split, label, prediction, light."""


def _runs(errors: Sequence[int]) -> tuple[list[Row], list[Row]]:
    random, first, second = Random(0), list[Row](), list[Row]()
    for (split, n), wrong in zip(ROWS.items(), errors, strict=True):
        lights = ["dark" if i % 4 == 0 else "day" for i in range(n)]
        # Three errors of five are on dark pictures, which are one of four.
        dark = [i for i in range(n) if lights[i] == "dark"]
        day = [i for i in range(n) if lights[i] == "day"]
        chosen = random.sample(dark, 3 * wrong // 5)
        chosen += random.sample(day, wrong - len(chosen))
        kept = {*chosen[: 3 * wrong // 5], *random.sample(day, wrong // 20)}
        for i in range(n):
            label = LABELS[i % 3]
            other = LABELS[(i + random.randint(1, 2)) % 3]
            name = f"{split}-{i:03}"
            first.append((name, split, label, other if i in chosen else label, lights[i]))
            second.append((name, split, label, other if i in kept else label, lights[i]))
    return first, second


def _table(rows: Sequence[Row]) -> Table:
    """Return a run with the probability of each class, which sum to 1."""
    random = Random(1)
    out = []
    for name, split, label, predicted, light in rows:
        most = random.randint(45, 75) if predicted != label else random.randint(55, 99)
        rest = 100 - most
        others = [x for x in LABELS if x != predicted]
        second = label if predicted != label else random.choice(others)
        share = {predicted: most, second: rest - rest // 3}
        probabilities = [f"{share.get(x, rest // 3) / 100:.2f}" for x in LABELS]
        out.append((name, split, label, predicted, light, *probabilities))
    return ("id", "split", "label", "prediction", "light", *(f"prob_{x}" for x in LABELS)), out


def _sheet(rows: Sequence[tuple[Any, ...]]) -> Table:
    errors = [row for row in rows if row[1] == "dev" and row[2] != row[3]]
    out = []
    for i, row in enumerate(errors):
        tags = [*(["dark"] if row[4] == "dark" else []), *(["far away"] if i % 3 == 0 else [])]
        fix = ("x", row[3]) if i % 10 == 9 else ("", "")
        out.append((row[0], row[2], row[3], "; ".join(tags) or "none", *fix))
    return ("id", "label", "prediction", "tags", "mislabeled", "true_label"), out


def _csv(table: Table) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table[0])
    writer.writerows(table[1])
    return out.getvalue()


def _config(shows: str) -> str:
    return (
        f'[run]\nshows = "{shows}"\ndataset = "made up: no model was trained"\n\n'
        '[human]\nerror = 0.01\nsource = "assumed"\n'
    )
