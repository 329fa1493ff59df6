"""The confusion matrix: what is taken for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlstrat.core.wording import Scale, count
from mlstrat.show.canvas import COLUMN, ORANGE, conclusion
from mlstrat.show.picture import Picture, shown
from mlstrat.workflow.diagnose.run import SplitFigures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

MOST_CLASSES = 10
"""Classes that a column of a page shows; those with the most errors stay, others are joined."""

DARK = 0.55
"""Share of a row from which the count stands in white on its cell."""


@dataclass(frozen=True)
class Matrix:
    """Counts as they are drawn: rows are true labels, columns predicted ones.

    The first `named` rows and columns are classes; the next are of all others, and of blank
    predictions. ``worst`` is the cell that the title speaks of.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    named: int
    worst: tuple[int, int] | None


def confusion_picture(split: SplitFigures, labels: Sequence[str], name: str) -> Picture:
    """Return the confusion matrix of one split."""
    matrix = _matrix(split, labels)
    title = _title(split, labels, name)
    size = len(matrix.rows)

    def draw(figure: Figure) -> None:
        panel = figure.subplots()
        _draw(panel, matrix)
        conclusion(figure, title)

    text = f"Confusion matrix of {count(split.n)} rows of {name}, rows are labels. {_pairs(matrix)}"
    return Picture("confusion", title, text, draw, min(COLUMN + 0.4, 1.6 + 0.27 * size))


def _full(split: SplitFigures, labels: Sequence[str]) -> Mapping[tuple[int, int], int]:
    """Return the counts that are not 0; the column after the last one is of blank predictions."""
    out = {(i, j): n for i, j, n in split.cells}
    called = [0] * len(labels)
    for i, _, n in split.cells:
        called[i] += n
    for i, (figures, n) in enumerate(zip(split.per_class, called, strict=True)):
        if figures.support > n:
            out[i, len(labels)] = figures.support - n
    return out


def _worst(full: Mapping[tuple[int, int], int]) -> tuple[int, int] | None:
    """Return the most frequent error: the label and what it is taken for."""
    wrong = [(-n, pair) for pair, n in full.items() if pair[0] != pair[1]]
    return min(wrong)[1] if wrong else None


def _title(split: SplitFigures, labels: Sequence[str], name: str) -> str:
    """Say what is most often taken for what, and which part of the errors that is."""
    full = _full(split, labels)
    worst = _worst(full)
    if worst is None:
        return f"No errors in the {count(split.n)} rows of {name}."
    (i, j), n = worst, full[worst]
    truth = shown(labels[i], 24)
    taken = "left blank" if j == len(labels) else f"taken for {shown(labels[j], 24)}"
    part = Scale().value(n / (split.errors or 1))
    return f"{truth} {taken} is {count(n)} of the {count(split.errors)} errors on {name} ({part})."


def _matrix(split: SplitFigures, labels: Sequence[str]) -> Matrix:
    """Return the counts with the classes that have the most errors, the others joined."""
    full = _full(split, labels)
    wrong = [0] * len(labels)
    seen = [0] * len(labels)
    for (i, j), n in full.items():
        for k in {i, j} - {len(labels)}:
            seen[k] += n
            wrong[k] += n * (i != j)
    here = [k for k in range(len(labels)) if seen[k]]
    kept = here
    if len(here) > MOST_CLASSES:
        # The two of the error that the title names are there whatever else is.
        first = set(_worst(full) or ())
        kept = sorted(sorted(here, key=lambda k: (k not in first, -wrong[k]))[: MOST_CLASSES - 1])
    joined = len(here) - len(kept)
    place = {k: i for i, k in enumerate(kept)}
    names = [shown(labels[k], 14) for k in kept] + ([f"{joined} others"] if joined else [])
    has_blank = any(j == len(labels) for _, j in full)
    columns = [*names, *(["(blank)"] if has_blank else [])]
    counts = [[0] * len(columns) for _ in names]
    for (i, j), n in full.items():
        column = len(names) if j == len(labels) else place.get(j, len(kept))
        counts[place.get(i, len(kept))][column] += n
    mark = _worst(full)
    if mark is not None:
        mark = place[mark[0]], len(names) if mark[1] == len(labels) else place[mark[1]]
    return Matrix(tuple(names), tuple(columns), tuple(map(tuple, counts)), len(kept), mark)


def _draw(panel: Axes, matrix: Matrix) -> None:
    shares = [[n / max(sum(row), 1) for n in row] for row in matrix.counts]
    panel.imshow(shares, cmap="Blues", vmin=0, vmax=1.15, aspect="auto")
    letters = 8.0 if len(matrix.columns) <= 6 else 6.5
    for i, row in enumerate(matrix.counts):
        for j, n in enumerate(row):
            if not n:
                continue
            dark = shares[i][j] > DARK
            mark = (i, j) == matrix.worst
            panel.text(
                j, i, _short(n), ha="center", va="center", fontsize=letters,
                color="white" if dark else "black", fontweight="bold" if mark else "normal",
            )  # fmt: skip
            if mark:
                panel.add_patch(_frame(i, j))
    long = max(map(len, matrix.columns)) > 4
    panel.set_xticks(
        range(len(matrix.columns)), matrix.columns, rotation=90 if long else 0, fontsize=letters
    )
    panel.set_yticks(range(len(matrix.rows)), matrix.rows, fontsize=letters)
    panel.set_xticks([j - 0.5 for j in range(1, len(matrix.columns))], minor=True)
    panel.set_yticks([i - 0.5 for i in range(1, len(matrix.rows))], minor=True)
    panel.grid(which="minor", color="0.8", linewidth=0.6)
    panel.tick_params(which="both", length=0)
    panel.set_xlabel("prediction")
    panel.set_ylabel("label")


def _frame(i: int, j: int) -> Rectangle:
    """Return a frame around a cell."""
    from matplotlib.patches import Rectangle

    return Rectangle((j - 0.46, i - 0.46), 0.92, 0.92, fill=False, edgecolor=ORANGE, linewidth=1.8)


def _short(n: int) -> str:
    """Return a count in at most five characters."""
    for limit, unit, name in ((1e10, 1e9, "G"), (1e7, 1e6, "M"), (1e4, 1e3, "k")):
        if n >= limit:
            return f"{n / unit:.0f}{name}"
    return str(n)


def _pairs(matrix: Matrix) -> str:
    """Return the largest wrong cells in words."""
    wrong = sorted(
        (-n, i, j)
        for i, row in enumerate(matrix.counts[: matrix.named])
        for j, n in enumerate(row)
        if n and i != j and (j < matrix.named or j >= len(matrix.rows))
    )
    if not wrong:
        return "No errors."
    said = [f"{matrix.rows[i]} as {matrix.columns[j]}: {count(-n)}" for n, i, j in wrong[:5]]
    return f"Largest errors: {'; '.join(said)}."
