"""Make the sample runs of boxes and points again: drawn pictures, and two networks' mistakes.

``python sample_runs/make_points.py`` draws them; ``--reports`` only writes what is made from them.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

import mlstrat as ms
from mlstrat.show.document import Document

FOLDER = Path(__file__).parent / "points"
SIZES = {"train": 200, "train-dev": 120, "dev": 160}
CLASSES = ("car", "cyclist", "walker")
FACE = {"left_eye": (-20, -15), "right_eye": (20, -15), "nose": (0, 0), "left_mouth": (-14, 20),
        "right_mouth": (14, 20)}  # fmt: skip
OTHER_SIDE = [1, 0, 2, 4, 3]

ABOUT = {
    "localisation": "data mismatch: the camera of dev stands higher, and boxes there are too small "
    "and too low",
    "landmarks": "avoidable bias: training mirrored pictures without exchanging left and right",
}
"""What each run shows."""

INTRO = """# Boxes and points

Two runs with a disease to find, drawn by `python sample_runs/make_points.py`. A folder holds a card
(`run.toml`), what is right and what was predicted of each split, the report of `mlstrat diagnose`,
and the table of the kinds of error on dev.

| run | what it shows |
| --- | --- |
"""


def write(path: Path, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(head)
        out.writerows(rows)


def card(folder: Path, options: str, more: str = "") -> None:
    """Write the card of a run."""
    lines = [f'[task]\nname = "{folder.name}"\n{options}']
    for split in SIZES:
        lines.append(f'\n[task.{split}]\ntruth = "{split}.csv"\n'
                     f'predictions = "{split}_said.csv"\n')  # fmt: skip
    (folder / "run.toml").write_text("".join(lines) + more, encoding="utf-8")


def localisation(folder: Path) -> None:
    """Draw one object a picture; the network finds it less well where the camera stands higher."""
    rng = np.random.default_rng(0)
    head = ("id", "pc", "bx", "by", "bh", "bw", "c")
    for split, n in SIZES.items():
        high = split == "dev"
        truth, said = [], []
        for i in range(n):
            there = rng.random() < 0.8
            x, y, h, w = *rng.uniform(0.3, 0.7, 2), *rng.uniform(0.15, 0.45, 2)
            c = CLASSES[rng.integers(len(CLASSES))]
            box = [x, y, h, w] if there else [""] * 4
            truth.append([f"{split}{i}", int(there), *map(_short, box), c if there else ""])
            seen = rng.random() < (0.97 if there else 0.03)
            small, low = (0.75, 0.05) if high else (1.0, 0.0)
            off = rng.normal(0, 0.015, 2) + np.array([0, low])
            size = np.array([h, w]) * small * np.exp(rng.normal(0, 0.06, 2))
            name = c if rng.random() < 0.98 else CLASSES[rng.integers(len(CLASSES))]
            sure = rng.uniform(0.6, 1.0) if seen else rng.uniform(0, 0.4)
            guess = [x + off[0], y + off[1], *size]
            said.append([f"{split}{i}", _short(sure), *map(_short, guess), name])
        write(folder / f"{split}.csv", head, truth)
        write(folder / f"{split}_said.csv", head, said)
    card(folder, "")


def landmarks(folder: Path) -> None:
    """Draw faces; the network names some points after the wrong side, on every split."""
    rng = np.random.default_rng(0)
    head = ("id", *(f"{axis}_{x}" for x in FACE for axis in "xy"))
    tables: dict[str, list[list[object]]] = {}
    for split, n in SIZES.items():
        shape = np.array(list(FACE.values()), float) * rng.uniform(0.6, 1.4, (n, 1, 1))
        truth = shape + rng.uniform(60, 120, (n, 1, 2))
        hidden = rng.random((n, len(FACE))) < 0.08
        hidden[:, :2] = False
        said = truth + rng.normal(0, 0.8, truth.shape)
        second = truth + rng.normal(0, 0.5, truth.shape)  # of another annotator
        turned = rng.permutation(n) < 0.16 * n  # as many on every split
        said[turned] = said[turned][:, OTHER_SIDE]
        one = rng.permutation(n) < 0.04 * n
        said[one, rng.integers(0, 5, one.sum())] += 12
        tables |= {f"{split}.csv": _rows(split, truth, hidden), f"{split}_said.csv":
                   _rows(split, said), "second.csv": _rows(split, second)}  # fmt: skip
    for name, rows in tables.items():
        write(folder / name, head, rows)
    human = '\n[task.human]\nsplit = "dev"\ntruth = "dev.csv"\npredictions = "second.csv"\n'
    card(folder, 'norm = "left_eye,right_eye"\n', human)


def _rows(split: str, points: np.ndarray, hidden: np.ndarray | None = None) -> list[list[object]]:
    gone = np.zeros(points.shape[:2], bool) if hidden is None else hidden
    return [[f"{split}{i}", *("" if gone[i, j // 2] else f"{x:.1f}"
             for j, x in enumerate(row.ravel()))] for i, row in enumerate(points)]  # fmt: skip


def _short(x: object) -> str:
    return f"{x:.3f}" if isinstance(x, float) else str(x)


def reports(name: str) -> Mapping[str, Document]:
    """Return the reports of a run, named as from the root of the checkout."""
    run = f"sample_runs/points/{name}"
    return {"report.md": ms.diagnose(run), "kinds.md": ms.error_table(run)}


def page() -> str:
    """Return the page of the runs."""
    rows = (f"| [{x}]({x}/report.md), [kinds of error]({x}/kinds.md) | {said} |\n"
            for x, said in ABOUT.items())  # fmt: skip
    return INTRO + "".join(rows)


def main() -> None:
    """Write everything."""
    for name, draw in (("localisation", localisation), ("landmarks", landmarks)):
        folder = FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        if "--reports" not in sys.argv:
            draw(folder)
        for file, document in reports(name).items():
            (folder / file).write_text(document.to_markdown(), encoding="utf-8")
    (FOLDER / "README.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
